"""SG703 argument-kind: a literal of the wrong kind for its place, as in `UpSampling2D(2, 2)`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shapeguard.layers import Role
from shapeguard.linting.calls import is_integer, literal
from shapeguard.linting.findings import Change, Finding, FindingText, Rule, finding
from shapeguard.records.source import Opaque

if TYPE_CHECKING:
    import ast
    from collections.abc import Iterator

    from shapeguard.linting.calls import LayerCall, Module

_WORDS = frozenset({"padding", "data_format", "activation", "recurrent_activation", "embeddings_initializer"})
_NUMBERS = frozenset({"strides", "kernel_size", "filters", "pool_size", "units"})
_COUNTS = frozenset({"filters", "units"})
_PADDINGS = frozenset({"same", "valid", "causal"})


def check(module: Module) -> Iterator[Finding]:
    """The calls with an int for an argument that is a word, or a word for one that is a number: the first of each."""
    for call in module.layers:
        for position, (name, node) in enumerate(zip(call.signature, call.positionals, strict=False)):
            value = literal(node)
            if is_integer(value) and _is_word(call, name):
                yield _number_for_word(module, call, position, value)
                break
            if isinstance(value, str) and name in _NUMBERS:
                yield _word_for_number(module, call, position, value)
                break


def _is_word(call: LayerCall, name: str) -> bool:
    return name in _WORDS and not (name == "padding" and call.traits.role is Role.ZERO_PADDING)


def _number_for_word(module: Module, call: LayerCall, position: int, value: object) -> Finding:
    order = call.signature
    name = order[position]
    sizes = _sizes_up_to(call, position)
    meant = order[position + 1 - len(sizes)] if sizes else None
    replaces, replacement = module.as_tuple(sizes) if sizes else (None, None)
    suggestion = tuple(literal(node) for node in sizes) if sizes else Opaque("a string")
    span = module.span(call.positionals[position])
    change = Change(name, value, suggestion, span, position, replaces=replaces, replacement=replacement)
    text = FindingText(
        headline=f"suspicious call {call.written}({module.leading(call, position + 1)}): "
        f"argument {position + 1} is `{name}`; it must be a string, not {value!r}",
        title=f"argument `{name}={value!r}`, positional argument {position + 1} of {call.layer}, must be a string",
        explanation=f"{call.layer} takes ({', '.join(order[: position + 1])}, ...)."
        + (f" Separate sizes are Keras 1 syntax: pass `{meant}` as one tuple." if meant else ""),
        label=f"{name}={value!r}",
        fix_note=f"pass {meant} as one tuple" if meant else "",
    )
    return finding(module, call, (change,), text)


def _sizes_up_to(call: LayerCall, position: int) -> list[ast.expr]:
    """The integers up to `position` that Keras 1 read as sizes of one argument; none if they are not that."""
    first = call.traits.keras1.first_size
    if first is None:
        return []
    sizes = call.positionals[first : position + 1]
    meant = len(sizes) == call.traits.axes and all(is_integer(literal(node)) for node in sizes)
    return sizes if meant else []


def _kind(name: str) -> str:
    """What kind of value the argument takes, with an article."""
    return "an int" if name in _COUNTS else "an int or a tuple of ints"


def _word_for_number(module: Module, call: LayerCall, position: int, value: str) -> Finding:
    order = call.signature
    name = order[position]
    node = call.positionals[position]
    is_padding = value in _PADDINGS and len(call.node.args) == position + 1 and "padding" not in call.keywords
    replaces, replacement = (module.span(node), f"padding={module.code(node)}") if is_padding else (None, None)
    suggestion = Opaque(replacement or _kind(name))
    change = Change(name, value, suggestion, module.span(node), position, replaces=replaces, replacement=replacement)
    text = FindingText(
        headline=f"suspicious call {call.written}({module.leading(call, position + 1)}): "
        f"argument {position + 1} is `{name}`; it must be {_kind(name)}, not {value!r}",
        title=f"argument `{name}={value!r}`, positional argument {position + 1} of {call.layer}, must be {_kind(name)}",
        explanation=f"{call.layer} takes ({', '.join(order[: position + 2])}, ...).",
        label=f"{name}={value!r}",
        fix_note="name the argument" if is_padding else "",
    )
    return finding(module, call, (change,), text)


RULE = Rule(
    "SG703",
    "argument-kind",
    "an int where Keras expects a string, or a string where it expects an int: UpSampling2D(2, 2)",
    check,
    fixable=True,
)
