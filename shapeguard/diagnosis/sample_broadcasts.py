"""Losses of the user's own in which each sample is broadcast against all others: `(B,)` meets `(B, 1)`.

The code is read, never run. Of what cannot be read nothing is said.
"""

from __future__ import annotations

import ast
import functools
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

from shapeguard.diagnosis.read_tensors import BATCH, Reader, Tensor
from shapeguard.source import trees

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import CodeType

    from shapeguard.records.network import Shape
    from shapeguard.source.trees import Source

TARGETS, OUTPUT = "targets", "output"


@dataclass(frozen=True, slots=True, eq=False)
class SampleBroadcast:
    """An operation that compares all samples with each other: the operand `(B,)`, and the one that has an axis of 1."""

    source: Source
    function: ast.FunctionDef
    node: ast.expr
    flat: ast.expr
    column: ast.expr


@functools.lru_cache(maxsize=64)
def sample_broadcasts(code: CodeType, targets: Shape, output: Shape) -> tuple[SampleBroadcast, ...]:
    """The operations of a loss that broadcast samples against each other, for shapes without the batch axis."""
    source = trees.source_for(code)
    function = None if source is None else _definition_of(source, code)
    if source is None or function is None or None in (*targets, *output):
        return ()
    return broadcasts_in(source, function, targets, output)


def broadcasts_in(
    source: Source, function: ast.FunctionDef, targets: Shape, output: Shape
) -> tuple[SampleBroadcast, ...]:
    """The same for a function of a file, of whose two parameters one takes the targets and one the output."""
    given = [each.arg for each in (*function.args.posonlyargs, *function.args.args) if each.arg != "self"]
    if len(given) < len((TARGETS, OUTPUT)):
        return ()
    reader = _LossReader(source, function)
    reader.names[given[0]] = Tensor((BATCH, *targets), frozenset({TARGETS}))
    reader.names[given[1]] = Tensor((BATCH, *output), frozenset({OUTPUT}))
    for statement in function.body:
        reader.read(statement)
    return tuple(reader.found)


def _definition_of(source: Source, code: CodeType) -> ast.FunctionDef | None:
    """The first definition of that name from the line on where the code begins, which is that of its decorators."""
    functions = (node for node in ast.walk(source.tree) if isinstance(node, ast.FunctionDef))
    return next((node for node in functions if node.name == code.co_name and node.lineno >= code.co_firstlineno), None)


class _LossReader(Reader):
    """Reads a loss, and finds where samples are broadcast against each other."""

    def __init__(self, source: Source, function: ast.FunctionDef) -> None:
        super().__init__(source)
        self._function = function
        self.found: list[SampleBroadcast] = []

    def noted(self, node: ast.expr, operands: Sequence[tuple[ast.expr, Tensor]], made: Tensor | None) -> Tensor | None:
        for (one, first), (other, second) in combinations(operands, 2):
            pairs = ((one, first, other, second), (other, second, one, first))
            self.found += [
                SampleBroadcast(self.source, self._function, node, flat, column)
                for flat, of_flat, column, of_column in pairs
                if _are_mixed(of_flat, of_column)
            ]
        return made


def _are_mixed(flat: Tensor, column: Tensor) -> bool:
    """Whether the samples of one meet all those of the other, of which one is of the targets and one of the output."""
    lacking = len(column.shape) - len(flat.shape)
    if lacking < 1 or flat.is_laid or column.is_laid or not flat.shape:
        return False
    is_mixed = flat.shape[0] == BATCH == column.shape[0] and column.shape[lacking] == 1
    is_of_both = flat.of | column.of == {TARGETS, OUTPUT}
    return is_mixed and is_of_both and flat.of != column.of
