"""Lint rules on positional arguments: Keras 1 wrote sizes one by one, Keras 3 reads them as something else."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from shapeguard.layers.signatures import POSITIONALS
from shapeguard.linting.calls import literal, whole
from shapeguard.linting.findings import Change, Finding, Words, finding
from shapeguard.records.source import Opaque, Span

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shapeguard.linting.calls import LayerCall, Module

SIZES = "keras1-size"
WEAK_SIZES = "keras1-size-weak"
KINDS = "argument-kind"

_SIZED = frozenset({"Conv2D", "SeparableConv2D"})
_WORDS = frozenset({"padding", "data_format", "activation", "recurrent_activation", "embeddings_initializer"})
_NUMBERS = frozenset({"strides", "kernel_size", "filters", "pool_size", "units"})
_AMOUNTS = ("ZeroPadding", "Cropping", "UpSampling")
_MEANT = re.compile(r"patch|stride|pool|scale|factor|down|reduction|ratio", re.IGNORECASE)
_PADDINGS = frozenset({"same", "valid", "causal"})


def keras1_sizes(module: Module) -> Iterator[Finding]:
    """`Conv2D(32, 3, 3)`: the third integer equals the second, so it was meant as a kernel's width.

    An even pair may be meant (`Conv2D(96, 4, 4)` cuts patches), and so may a variable given twice: a rule of its own.
    """
    for call in module.layers:
        if call.layer not in _SIZED or len(call.positionals) < 3:  # filters, rows, columns
            continue
        if len(call.positionals) > 3 and whole(literal(call.positionals[3])):  # another rule speaks
            continue
        rows, columns = (module.code(node) for node in call.positionals[1:3])
        if rows == columns and (rule := _strength(call.positionals[1], rows)) is not None:
            yield _size_finding(module, call, rule, rows)


def _strength(node: ast.expr, text: str) -> str | None:
    """The rule for an expression that stands for kernel size and strides alike; `None` where that is fine."""
    size = literal(node)
    if whole(size):
        return None if size in {0, 1} else SIZES if size % 2 else WEAK_SIZES  # type: ignore[operator]
    named = isinstance(node, ast.Name | ast.Attribute) and not _MEANT.search(text)
    return WEAK_SIZES if named else None


def _size_finding(module: Module, call: LayerCall, rule: str, size: str) -> Finding:
    third = call.positionals[2]
    value = literal(third) if whole(literal(third)) else Opaque(size)
    place = _as_tuple(module, call.positionals[1:3])
    opening = _opening(module, call, 3)
    return finding(
        module,
        call,
        rule,
        (Change("strides", value, 1, module.span(third), 2, replaces=place[0], replacement=place[1]),),
        Words(
            headline=f"suspicious call {call.written}({opening}): "
            f"the 3rd positional argument is strides={size}, not the kernel's width",
            title=f"argument `strides={size}`, the 3rd positional argument of {call.layer}, equals the kernel size",
            explanation=f"{call.layer} takes ({', '.join(POSITIONALS[call.layer][:3])}, ...). The form ({opening}), "
            f"meaning a {size}x{size} kernel, is Keras 1 syntax.",
            label=f"3rd positional argument: strides={size}",
            fix_note="write the kernel size as one tuple",
        ),
    )


def argument_kinds(module: Module) -> Iterator[Finding]:
    """A literal of the wrong kind for its place: an int where a word is read, a word where a number is."""
    for call in module.layers:
        for position, (name, node) in enumerate(zip(POSITIONALS[call.layer], call.positionals, strict=False)):
            value = literal(node)
            if whole(value) and _reads_word(call.layer, name):
                yield _number_for_word(module, call, position, value)
                break
            if isinstance(value, str) and name in _NUMBERS:
                yield _word_for_number(module, call, position, value)
                break


def _reads_word(layer: str, name: str) -> bool:
    return name in _WORDS and not (name == "padding" and layer.startswith(_AMOUNTS))


def _number_for_word(module: Module, call: LayerCall, position: int, value: object) -> Finding:
    order = POSITIONALS[call.layer]
    name = order[position]
    sizes = _sizes_up_to(call, position)
    meant = order[position + 1 - len(sizes)] if sizes else None
    replaces, replacement = _as_tuple(module, sizes) if sizes else (None, None)
    suggestion = tuple(literal(node) for node in sizes) if sizes else Opaque("a word")
    span = module.span(call.positionals[position])
    change = Change(name, value, suggestion, span, position, replaces=replaces, replacement=replacement)
    words = Words(
        headline=f"suspicious call {call.written}({_opening(module, call, position + 1)}): "
        f"positional argument {position + 1} is {name}={value!r}, which cannot be a number",
        title=f"argument `{name}={value!r}`, positional argument {position + 1} of {call.layer}, must be a word",
        explanation=f"{call.layer} takes ({', '.join(order[: position + 1])}, ...)."
        + (f" Sizes written one by one are Keras 1 syntax: `{meant}` takes them as one tuple." if meant else ""),
        label=f"{name}={value!r}",
        fix_note=f"write {meant} as one tuple" if meant else "",
    )
    return finding(module, call, KINDS, (change,), words)


def _sizes_up_to(call: LayerCall, position: int) -> list[ast.expr]:
    """The integers up to `position` that were meant as one tuple; none where they are not that."""
    first = 0 if call.layer.startswith((*_AMOUNTS, "MaxPooling", "AveragePooling")) else 1
    sized = call.layer in _SIZED or call.layer == "Conv3D" or first == 0
    ndim = next((n for n in (1, 2, 3) if f"{n}D" in call.layer), 0)
    sizes = call.positionals[first : position + 1]
    meant = sized and len(sizes) == ndim > 1 and all(whole(literal(node)) for node in sizes)
    return sizes if meant else []


def _word_for_number(module: Module, call: LayerCall, position: int, value: str) -> Finding:
    name = POSITIONALS[call.layer][position]
    node = call.positionals[position]
    padding = value in _PADDINGS and len(call.node.args) == position + 1 and "padding" not in call.keywords
    replaces, replacement = (module.span(node), f"padding={module.code(node)}") if padding else (None, None)
    meant = Opaque(replacement or "a number")
    change = Change(name, value, meant, module.span(node), position, replaces=replaces, replacement=replacement)
    return finding(
        module,
        call,
        KINDS,
        (change,),
        Words(
            headline=f"suspicious call {call.written}({_opening(module, call, position + 1)}): "
            f"positional argument {position + 1} is {name}={value!r}, which cannot be a word",
            title=f"argument `{name}={value!r}`, positional argument {position + 1} of {call.layer}, must be a number",
            explanation=f"{call.layer} takes ({', '.join(POSITIONALS[call.layer][: position + 2])}, ...).",
            label=f"{name}={value!r}",
            fix_note="name the argument" if padding else "",
        ),
    )


def _opening(module: Module, call: LayerCall, count: int) -> str:
    """The first `count` positional arguments as written, on one line."""
    return ", ".join(" ".join(module.code(node).split()) for node in call.positionals[:count])


def _as_tuple(module: Module, nodes: list[ast.expr]) -> tuple[Span, str]:
    """The place of these neighbours, and their text with everything between them, in brackets."""
    first, last = module.span(nodes[0]), module.span(nodes[-1])
    span = Span(first.file, first.line, first.column, last.end_line, last.end_column)
    return span, f"({module.places.code(span)})"
