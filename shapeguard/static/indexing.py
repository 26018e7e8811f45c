"""Indices of tensors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from shapeguard.static.operations import Where, given_by
from shapeguard.static.values import (
    ANY,
    Runtime,
    Symbol,
    Tensor,
    Unknown,
)

if TYPE_CHECKING:
    import ast

    from shapeguard.static.machine import Machine
    from shapeguard.static.state import Scope


def indexed(machine: Machine, node: ast.Subscript, owner: Tensor, scope: Scope) -> Any:
    """What an index of a tensor gives."""
    where, key = Where(node, scope, "[]"), machine.evaluate(node.slice, scope)
    parts = key if isinstance(key, tuple) else (key,)
    open_axes = [place for place, part in enumerate(parts) if _is_open(part)]
    known = _with_open_axes(owner, parts, open_axes) if all(map(_is_plain, parts)) else None
    if known is None:
        return given_by(machine, "GetItem", [owner], None, where)
    whole = tuple(slice(None) if _is_open(part) else _place(part) for part in parts)
    return given_by(machine, "GetItem", [known], {"key": whole}, where)


def _with_open_axes(owner: Tensor, parts: tuple[Any, ...], open_axes: list[int]) -> Tensor | None:
    """The tensor with an unknown size where a slice has a bound that is not known."""
    if not open_axes:
        return owner
    if owner.shape is None or Ellipsis in parts or None in parts:
        return None
    sizes = tuple(ANY if place in open_axes else size for place, size in enumerate(owner.shape))
    return Tensor(sizes, owner.dtype, owner.index)


def _is_plain(part: Any) -> bool:
    """Whether a part of an index is a number, a slice, `None` or `...`."""
    return part is None or part is Ellipsis or isinstance(part, int | slice | Symbol | Runtime)


def _place(part: Any) -> Any:
    """A number for an index that is one: which, no shape depends on."""
    return 0 if isinstance(part, Symbol | Runtime) else part


def _is_open(part: Any) -> bool:
    """Whether a slice has a bound that is not known."""
    bounds = (part.start, part.stop, part.step) if isinstance(part, slice) else ()
    return any(isinstance(each, Unknown | Symbol | Runtime | Tensor) for each in bounds)
