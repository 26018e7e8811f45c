"""Slices without the first or the last step of a sequence, as a model is given that predicts the next one."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from shapeguard.source.code_places import assigned_to
from shapeguard.source.name_bindings import last_binder

if TYPE_CHECKING:
    from shapeguard.source.trees import Source

Without = Literal["first", "last"]


@dataclass(frozen=True, slots=True)
class Shifted:
    """A sequence without its first or last step: what is sliced, on which axis, and which step is left out."""

    whole: ast.expr
    axis: int
    without: Without

    def other(self) -> str:
        """The slice that leaves out the step at the other end, written behind an expression."""
        return f"[{':, ' * self.axis}{'1:' if self.without == 'last' else ':-1'}]"


def shifted(source: Source, node: ast.expr) -> Shifted | None:
    """The slice that an expression is, or that its name was given; `None` of any other."""
    binder = last_binder(source, node, node.id) if isinstance(node, ast.Name) else None
    value = assigned_to(binder, node.id) if binder is not None and isinstance(node, ast.Name) else node
    if not isinstance(value, ast.Subscript):
        return None
    slices = value.slice.elts if isinstance(value.slice, ast.Tuple) else [value.slice]
    found = [(axis, each) for axis, each in enumerate(slices) if not _is_whole(each)]
    without = _without(found[0][1]) if len(found) == 1 else None
    return None if without is None else Shifted(value.value, found[0][0], without)


def same_data(source: Source, one: ast.expr, other: ast.expr) -> bool:
    """Whether two expressions read alike, one of which may be a name for the other."""
    return len({ast.dump(_unnamed(source, each)) for each in (one, other)}) == 1


def _unnamed(source: Source, node: ast.expr) -> ast.expr:
    binder = last_binder(source, node, node.id) if isinstance(node, ast.Name) else None
    value = assigned_to(binder, node.id) if binder is not None and isinstance(node, ast.Name) else None
    return value if isinstance(value, ast.Name) else node


def _is_whole(node: ast.expr) -> bool:
    match node:
        case ast.Slice(lower=None, upper=None, step=None) | ast.Constant(value=None):
            return True
        case ast.Constant(value=value):
            return value is ...
        case _:
            return False


def _without(node: ast.expr) -> Without | None:
    match node:
        case ast.Slice(lower=ast.Constant(value=1), upper=None, step=None):
            return "first"
        case ast.Slice(lower=None, upper=ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=1)), step=None):
            return "last"
        case _:
            return None
