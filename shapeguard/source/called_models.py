"""A call of a model in a function of the user's own, what its names hold then, and the statements that follow."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING

from shapeguard.source.trees import ancestors, parents_in

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from shapeguard.records.network import Shape
    from shapeguard.source.trees import Source

_BLOCKS = ("body", "orelse", "finalbody")
_UNSURE = ast.Lambda | ast.GeneratorExp | ast.ListComp | ast.SetComp | ast.DictComp | ast.IfExp | ast.BoolOp
"""What may evaluate its parts never, or more than once."""


@dataclass(frozen=True, slots=True)
class CalledModel:
    """The `call` gave `outputs`, a tensor or several of so many `samples`.

    `models` are the texts of what stands for the same model, `shapes` those of the tensors and numbers that names hold,
    `numbers` the values of the latter; `together` are the names that one line took in hand with what the model got.
    """

    source: Source
    call: ast.Call
    given: Shape
    outputs: Shape | tuple[Shape, ...]
    models: frozenset[str]
    shapes: Mapping[str, Shape]
    numbers: Mapping[str, int | float]
    together: frozenset[str]

    @property
    def samples(self) -> int:
        """How many samples the model got."""
        return self.given[0] or 0


def statements_from(source: Source, call: ast.Call) -> list[ast.stmt]:
    """The statements that are certain to follow in the same round, that of the call first; none where it is not sure.

    They end with the body of a loop or function, and where something may be left.
    """
    around, parents = list(ancestors(source, call)), parents_in(source)
    first: ast.stmt | None = next((each for each in around if isinstance(each, ast.stmt)), None)
    if first is None or not isinstance(first, ast.Assign | ast.AnnAssign | ast.Expr | ast.Return):
        return []
    if any(isinstance(each, _UNSURE) for each in around[: around.index(first)]):
        return []
    inner: ast.stmt = first
    found = [inner]
    while True:
        parent = parents[inner]
        found += _behind(parent, inner)
        if not isinstance(parent, ast.With | ast.If):
            return list(_until_left(found))
        inner = parent


def _behind(parent: ast.AST, statement: ast.stmt) -> Sequence[ast.stmt]:
    """The statements behind one in its block."""
    blocks = (getattr(parent, name, None) for name in _BLOCKS)
    block: list[ast.stmt] = next((each for each in blocks if isinstance(each, list) and statement in each), [])
    return block[block.index(statement) + 1 :] if block else ()


def _until_left(statements: Sequence[ast.stmt]) -> Iterator[ast.stmt]:
    for each in statements:
        yield each
        if may_leave(each):
            return


def may_leave(statement: ast.stmt) -> bool:
    """Whether what follows a statement may not be reached."""
    leaving = ast.Return | ast.Raise | ast.Break | ast.Continue | ast.Assert
    return any(isinstance(each, leaving) for each in ast.walk(statement))
