"""Reads the statements of a function without running them: which shapes its expressions have, as far as is known."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING

from shapeguard.layers.operations.counterparts import counterpart_of
from shapeguard.layers.operations.operators import OPERATORS
from shapeguard.layers.operations.registry import (
    is_elementwise,
    keeps_places,
    keeps_shape,
    shapes_of_operation,
    widens_codes,
)
from shapeguard.layers.parameters import function_parameters
from shapeguard.source import trees
from shapeguard.source.spelling import path_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from shapeguard.records.network import Shape
    from shapeguard.source.trees import Source

BATCH = 10_007
"""Stands for the number of samples: a size that no axis of a program has."""
_BACKENDS = ("tensorflow", "jax", "torch")
_KERAS = ("keras.ops.", "keras.backend.")
_WHOLE = ast.dump(ast.Slice())
_LIKE: Mapping[str, tuple[str, Mapping[str, str]]] = {
    "clip_by_value": ("clip", {"t": "x", "clip_value_min": "x_min", "clip_value_max": "x_max"}),
    "convert_to_tensor": ("convert_to_tensor", {"value": "x"}),
    "identity": ("copy", {"input": "x"}),
    "log_softmax": ("log_softmax", {"logits": "x", "input": "x"}),
    "squared_difference": ("subtract", {"x": "x1", "y": "x2"}),
    "stop_gradient": ("stop_gradient", {"input": "variable"}),
}
"""Functions of backends that give the shape of one of `keras.ops`, by their names, and what theirs parameters are."""


@dataclass(frozen=True, slots=True)
class Tensor:
    """What an expression gives: its shape, and of what it is calculated: targets, an output, names.

    `is_laid`: the code has put axes where they are, so that it may be meant to meet all samples.
    """

    shape: Shape
    of: frozenset[str]
    is_laid: bool = False


class Reader:
    """Reads statements one after the other; `names` are those whose tensors are known."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.names: dict[str, Tensor] = {}

    def read(self, statement: ast.stmt) -> None:
        """Reads a statement; names that anything else than an assignment may set are not known behind it."""
        match statement:
            case ast.Assign(targets=[target], value=value) | ast.AnnAssign(target=target, value=ast.expr() as value):
                self.assign(target, value)
            case ast.Return(value=ast.expr() as value) | ast.Expr(value=value):
                self.tensor(value)
            case _:
                self.forget(statement)

    def forget(self, node: ast.AST) -> None:
        """Knows no longer what names are that a part of the program sets."""
        for each in ast.walk(node):
            if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Store):
                self.names.pop(each.id, None)

    def assign(self, target: ast.expr, value: ast.expr) -> None:
        """Gives names what an expression gives, or several."""
        targets, values = [target], [value]
        if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple) and len(target.elts) == len(value.elts):
            targets, values = target.elts, value.elts
        for each, tensor in zip(targets, [self.tensor(value) for value in values], strict=True):
            self.forget(each)
            if isinstance(each, ast.Name) and tensor is not None:
                self.names[each.id] = tensor

    def tensor(self, node: ast.expr) -> Tensor | None:
        """What an expression gives; `None` where that is not known."""
        match node:
            case ast.Name(id=name):
                return self.names.get(name)
            case ast.Subscript(value=value, slice=index):
                return _indexed(self.tensor(value), index)
            case ast.UnaryOp(operand=operand):
                return self.tensor(operand)
            case (
                ast.BinOp(left=left, op=operator, right=right)
                | ast.Compare(left=left, ops=[operator], comparators=[right])
            ):
                return self.operation(node, _kind_of(operator), {"x1": left, "x2": right}, {})
            case ast.Call():
                return self.called(node)
            case _:
                return None

    def called(self, call: ast.Call) -> Tensor | None:
        """What a function of Keras or of its backend gives."""
        function, renamed = _function_of(path_of(self.source, call, call.func) or "")
        parameters = function_parameters(function)
        keywords = {renamed.get(each.arg or "", each.arg or ""): each.value for each in call.keywords}
        bound = None if parameters is None else parameters.bind(call.args, keywords)
        if parameters is None or bound is None:
            return self.unknown(call)
        return self.operation(call, parameters.returns, bound, parameters.defaults)

    def unknown(self, call: ast.Call) -> Tensor | None:
        """What any other call gives, for those who know more."""
        del call
        return None

    def operation(
        self, node: ast.expr, kind: str, given: Mapping[str, ast.expr], defaults: Mapping[str, object]
    ) -> Tensor | None:
        """What an operation gives."""
        tensors = {name: tensor for name, each in given.items() if (tensor := self.tensor(each)) is not None}
        config = {name: self.literal(each) for name, each in given.items() if name not in tensors}
        if not tensors or (... in config.values() and not keeps_shape(kind)):
            return None
        made = _result(kind, {**defaults, **config}, list(tensors.values()))
        if is_elementwise(kind):
            return self.noted(node, [(given[name], tensor) for name, tensor in tensors.items()], made)
        return made

    def literal(self, node: ast.expr) -> object:
        """The value of an argument; an ellipsis for one that is not known."""
        return literal_of(node)

    def noted(self, node: ast.expr, operands: Sequence[tuple[ast.expr, Tensor]], made: Tensor | None) -> Tensor | None:
        """What an operation gives that works element by element, for those who look at what meets in it."""
        del node, operands
        return made


def _result(kind: str, config: Mapping[str, object], tensors: Sequence[Tensor]) -> Tensor | None:
    """The one tensor that an operation gives; `None` where that is not known."""
    try:
        shapes = shapes_of_operation(kind, config, tuple(each.shape for each in tensors))
    except (IndexError, KeyError, TypeError, ValueError):  # arguments that no rule has met: the program was not run
        return None
    if not isinstance(shapes, tuple) or len(shapes) != 1:
        return None
    is_laid = any(each.is_laid for each in tensors) or not (keeps_places(kind) or widens_codes(kind))
    return Tensor(shapes[0], frozenset[str]().union(*(each.of for each in tensors)), is_laid)


def _kind_of(operator: ast.AST) -> str:
    known = OPERATORS.get(type(operator))
    return "" if known is None else known.kind


def _function_of(path: str) -> tuple[str, Mapping[str, str]]:
    """The function of `keras.ops` that a dotted path means, with the names that its parameters have there."""
    for prefix in _KERAS:
        if path.startswith(prefix):
            return path.removeprefix(prefix), {}
    backend, _, rest = path.partition(".")
    name = rest.rpartition(".")[2]
    like = counterpart_of(backend, name) if backend in _BACKENDS else None
    if like is not None:
        return like.function, like.names
    return _LIKE.get(name, ("", {})) if backend in _BACKENDS else ("", {})


def literal_of(node: ast.expr) -> object:
    """The value of a literal; an ellipsis for anything else."""
    try:
        return ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return ...


def _indexed(tensor: Tensor | None, index: ast.expr) -> Tensor | None:
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
    return Tensor((*shape, *sizes), tensor.of, tensor.is_laid or any(map(_is_new_axis, keys)))


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
        bounds = [None if each is None else literal_of(each) for each in (key.lower, key.upper, key.step)]
        known = [each for each in bounds if each is None or isinstance(each, int)]
        return [len(range(size)[slice(*known)])] if len(known) == len(bounds) else None
    return [] if isinstance(literal_of(key), int) else None


def _is_new_axis(key: ast.expr) -> bool:
    return (isinstance(key, ast.Constant) and key.value is None) or trees.last_name(key) == "newaxis"
