"""Losses of the user's own in which each sample is broadcast against all others: `(B,)` meets `(B, 1)`.

The code is read, never run. Of what cannot be read nothing is said.
"""

from __future__ import annotations

import ast
import functools
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

from shapeguard.layers.operations.counterparts import counterpart_of
from shapeguard.layers.operations.operators import OPERATORS
from shapeguard.layers.operations.registry import is_elementwise, keeps_places, keeps_shape, shapes_of_operation
from shapeguard.layers.parameters import function_parameters
from shapeguard.source import trees
from shapeguard.source.spelling import path_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from types import CodeType

    from shapeguard.records.network import Shape
    from shapeguard.source.trees import Source

BATCH = 10_007
"""Stands for the number of samples: a size that no axis of a program has."""
TARGETS, OUTPUT = "targets", "output"
_BACKENDS = ("tensorflow", "jax", "torch")
_KERAS = ("keras.ops.", "keras.backend.")
_WHOLE = ast.dump(ast.Slice())


@dataclass(frozen=True, slots=True)
class _Tensor:
    """What an expression gives: its shape, and what of targets and output it is calculated from.

    `is_laid`: the code has put axes where they are, so that it may be meant to meet all samples.
    """

    shape: Shape
    of: frozenset[str]
    is_laid: bool = False


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
    reader = _Reader(source, function)
    reader.names[given[0]] = _Tensor((BATCH, *targets), frozenset({TARGETS}))
    reader.names[given[1]] = _Tensor((BATCH, *output), frozenset({OUTPUT}))
    for statement in function.body:
        reader.read(statement)
    return tuple(reader.found)


def _definition_of(source: Source, code: CodeType) -> ast.FunctionDef | None:
    """The first definition of that name from the line on where the code begins, which is that of its decorators."""
    functions = (node for node in ast.walk(source.tree) if isinstance(node, ast.FunctionDef))
    return next((node for node in functions if node.name == code.co_name and node.lineno >= code.co_firstlineno), None)


class _Reader:
    """Reads the statements of a function one after the other; `names` are those whose tensors are known."""

    def __init__(self, source: Source, function: ast.FunctionDef) -> None:
        self._source, self._function = source, function
        self.names: dict[str, _Tensor] = {}
        self.found: list[SampleBroadcast] = []

    def read(self, statement: ast.stmt) -> None:
        """Reads a statement; names that anything else than an assignment may set are not known behind it."""
        match statement:
            case ast.Assign(targets=[target], value=value) | ast.AnnAssign(target=target, value=ast.expr() as value):
                self._assign(target, value)
            case ast.Return(value=ast.expr() as value) | ast.Expr(value=value):
                self._tensor(value)
            case _:
                for node in ast.walk(statement):
                    if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                        self.names.pop(node.id, None)

    def _assign(self, target: ast.expr, value: ast.expr) -> None:
        targets, values = [target], [value]
        if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple) and len(target.elts) == len(value.elts):
            targets, values = target.elts, value.elts
        for each, tensor in zip(targets, [self._tensor(value) for value in values], strict=True):
            for node in ast.walk(each):
                if isinstance(node, ast.Name):
                    self.names.pop(node.id, None)
            if isinstance(each, ast.Name) and tensor is not None:
                self.names[each.id] = tensor

    def _tensor(self, node: ast.expr) -> _Tensor | None:
        """What an expression gives; `None` where that is not known."""
        match node:
            case ast.Name(id=name):
                return self.names.get(name)
            case ast.Subscript(value=value, slice=index):
                return _indexed(self._tensor(value), index)
            case ast.UnaryOp(operand=operand):
                return self._tensor(operand)
            case (
                ast.BinOp(left=left, op=operator, right=right)
                | ast.Compare(left=left, ops=[operator], comparators=[right])
            ):
                return self._operation(node, _kind_of(operator), {"x1": left, "x2": right}, {})
            case ast.Call():
                return self._called(node)
            case _:
                return None

    def _called(self, call: ast.Call) -> _Tensor | None:
        """What a function of Keras or of its backend gives."""
        function, renamed = _function_of(path_of(self._source, call, call.func) or "")
        parameters = function_parameters(function)
        keywords = {renamed.get(each.arg or "", each.arg or ""): each.value for each in call.keywords}
        bound = None if parameters is None else parameters.bind(call.args, keywords)
        if parameters is None or bound is None:
            return None
        return self._operation(call, parameters.returns, bound, parameters.defaults)

    def _operation(
        self, node: ast.expr, kind: str, given: Mapping[str, ast.expr], defaults: Mapping[str, object]
    ) -> _Tensor | None:
        """What an operation gives; notes if it compares samples with each other."""
        tensors = {name: tensor for name, each in given.items() if (tensor := self._tensor(each)) is not None}
        config = {name: _literal(each) for name, each in given.items() if name not in tensors}
        if not tensors or (... in config.values() and not keeps_shape(kind)):
            return None
        if is_elementwise(kind):
            self._note(node, [(given[name], tensor) for name, tensor in tensors.items()])
        return _result(kind, {**defaults, **config}, list(tensors.values()))

    def _note(self, node: ast.expr, operands: Iterable[tuple[ast.expr, _Tensor]]) -> None:
        for (one, first), (other, second) in combinations(operands, 2):
            pairs = ((one, first, other, second), (other, second, one, first))
            self.found += [
                SampleBroadcast(self._source, self._function, node, flat, column)
                for flat, of_flat, column, of_column in pairs
                if _are_mixed(of_flat, of_column)
            ]


def _result(kind: str, config: Mapping[str, object], tensors: Sequence[_Tensor]) -> _Tensor | None:
    """The one tensor that an operation gives; `None` where that is not known."""
    shapes = shapes_of_operation(kind, config, tuple(each.shape for each in tensors))
    if not isinstance(shapes, tuple) or len(shapes) != 1:
        return None
    is_laid = any(each.is_laid for each in tensors) or not keeps_places(kind)
    return _Tensor(shapes[0], frozenset[str]().union(*(each.of for each in tensors)), is_laid)


def _are_mixed(flat: _Tensor, column: _Tensor) -> bool:
    """Whether the samples of one meet all those of the other, of which one is of the targets and one of the output."""
    lacking = len(column.shape) - len(flat.shape)
    if lacking < 1 or flat.is_laid or column.is_laid or not flat.shape:
        return False
    is_mixed = flat.shape[0] == BATCH == column.shape[0] and column.shape[lacking] == 1
    is_of_both = flat.of | column.of == {TARGETS, OUTPUT}
    return is_mixed and is_of_both and flat.of != column.of


def _kind_of(operator: ast.AST) -> str:
    known = OPERATORS.get(type(operator))
    return "" if known is None else known.kind


def _function_of(path: str) -> tuple[str, Mapping[str, str]]:
    """The function of `keras.ops` that a dotted path means, with the names that its parameters have there."""
    for prefix in _KERAS:
        if path.startswith(prefix):
            return path.removeprefix(prefix), {}
    backend, _, rest = path.partition(".")
    like = counterpart_of(backend, rest.rpartition(".")[2]) if backend in _BACKENDS else None
    return ("", {}) if like is None else (like.function, like.names)


def _literal(node: ast.expr) -> object:
    """The value of a literal; an ellipsis for anything else."""
    try:
        return ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return ...


def _indexed(tensor: _Tensor | None, index: ast.expr) -> _Tensor | None:
    """A part of a tensor: whole axes, single places, an axis of 1 put in, and parts of other axes than the samples'."""
    if tensor is None:
        return None
    keys = _without_ellipsis(index.elts if isinstance(index, ast.Tuple) else [index], len(tensor.shape))
    sizes, shape = list(tensor.shape), list[int | None]()
    for key in keys:
        if _is_new_axis(key):
            shape.append(1)
            continue
        kept = _sliced(sizes.pop(0), key) if sizes else None
        if kept is None:
            return None
        shape += kept
    return _Tensor((*shape, *sizes), tensor.of, tensor.is_laid or any(map(_is_new_axis, keys)))


def _without_ellipsis(keys: Sequence[ast.expr], ndim: int) -> list[ast.expr]:
    """The keys with whole axes for the dots."""
    dots = [place for place, key in enumerate(keys) if isinstance(key, ast.Constant) and key.value is ...]
    if not dots:
        return list(keys)
    others = sum(not _is_new_axis(key) for key in keys) - 1
    return [*keys[: dots[0]], *[ast.Slice() for _ in range(ndim - others)], *keys[dots[0] + 1 :]]


def _sliced(size: int | None, key: ast.expr) -> list[int | None] | None:
    """The sizes that a key leaves of an axis: none of a single place; `None` where that is not known."""
    if ast.dump(key) == _WHOLE:
        return [size]
    if size is None or size == BATCH:
        return None
    if isinstance(key, ast.Slice):
        bounds = [None if each is None else _literal(each) for each in (key.lower, key.upper, key.step)]
        known = [each for each in bounds if each is None or isinstance(each, int)]
        return [len(range(size)[slice(*known)])] if len(known) == len(bounds) else None
    return [] if isinstance(_literal(key), int) else None


def _is_new_axis(key: ast.expr) -> bool:
    return (isinstance(key, ast.Constant) and key.value is None) or trees.last_name(key) == "newaxis"
