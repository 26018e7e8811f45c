"""Two equal sizes in a row, `Conv2D(32, 3, 3)`: a 3x3 kernel to Keras 1, a kernel size and strides to Keras 3."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from shapeguard.layers import traits_of
from shapeguard.layers.keras1 import is_kernel_size
from shapeguard.linting.calls import is_integer, literal
from shapeguard.linting.findings import Change, Finding, FindingText, finding
from shapeguard.records.source import Opaque

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shapeguard.linting.calls import LayerCall, Module

_MEANT = re.compile(r"patch|stride|pool|scale|factor|down|reduction|ratio", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class SizePair:
    """A constructor call with two equal sizes in a row; `size` is their text."""

    call: LayerCall
    size: str
    is_kernel: bool
    """Whether nothing but a kernel can be meant: an even size may cut patches, a variable may be any."""


def takes_kernel(layer: str) -> bool:
    """Whether the layer is one whose kernel Keras 1 read from two positional arguments."""
    traits = traits_of(layer)
    return traits.axes == 2 and traits.keras1.first_size == 1


def size_pairs(module: Module) -> Iterator[SizePair]:
    """The calls of the file whose third positional argument equals the second; sizes of 0 and 1 are left out."""
    for call in module.layers:
        if not takes_kernel(call.layer) or len(call.positionals) < 3:  # filters, rows, columns
            continue
        if len(call.positionals) > 3 and is_integer(literal(call.positionals[3])):  # the rule argument-kind finds it
            continue
        rows, columns = (module.code(node) for node in call.positionals[1:3])
        if rows == columns and (is_kernel := _is_kernel(call.positionals[1], rows)) is not None:
            yield SizePair(call, rows, is_kernel)


def _is_kernel(node: ast.expr, text: str) -> bool | None:
    """Whether an expression for kernel size and strides alike can only be a kernel; `None` if that is fine."""
    size = literal(node)
    if is_integer(size):
        return None if size in {0, 1} else is_kernel_size(size)
    may_be_size = isinstance(node, ast.Name | ast.Attribute) and not _MEANT.search(text)
    return False if may_be_size else None


def finding_of(module: Module, pair: SizePair) -> Finding:
    """The finding of one call, with the two sizes as one tuple."""
    call, size = pair.call, pair.size
    third = call.positionals[2]
    value = literal(third) if is_integer(literal(third)) else Opaque(size)
    replaces, replacement = module.as_tuple(call.positionals[1:3])
    leading = module.leading(call, 3)
    change = Change("strides", value, 1, module.span(third), 2, replaces=replaces, replacement=replacement)
    syntax = f"The form ({leading}), meaning a {size}x{size} kernel, is Keras 1 syntax."
    return finding(module, call, (change,), text_of(f"{call.written}({leading})", call.layer, size, syntax))


def text_of(call: str, layer: str, size: object, syntax: str) -> FindingText:
    """The texts about one call; `syntax` is the sentence on what Keras 1 read."""
    return FindingText(
        headline=f"suspicious call {call}: the 3rd positional argument is strides={size}, not the kernel's width",
        title=f"argument `strides={size}`, the 3rd positional argument of {layer}, equals the kernel size",
        explanation=f"{layer} takes ({', '.join((traits_of(layer).positionals or ())[:3])}, ...). {syntax}",
        label=f"3rd positional argument: strides={size}",
        fix_note="pass the kernel size as one tuple",
    )
