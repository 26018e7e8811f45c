"""Steps of the user's own in which each sample is broadcast against all others: `(B,)` meets a model's `(B, 1)`.

What follows a call of a model is read, never run. That two axes are those of the samples, and not as large by chance,
must be known: both were taken in hand by one line, or the program lets them meet in another place.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass, replace
from itertools import combinations, permutations
from typing import TYPE_CHECKING

from shapeguard.diagnosis.read_tensors import BATCH, Reader, Tensor, literal_of
from shapeguard.source.callables import function_named
from shapeguard.source.called_models import may_leave, statements_from

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from shapeguard.records.network import Shape
    from shapeguard.source.called_models import CalledModel
    from shapeguard.source.name_bindings import Function

OUTPUT = "()"
"""Stands for an output of the model among the names that a tensor is calculated from: no name is written so."""
_DEEPEST = 3
"""Functions that are looked into, one in the other."""
_IN_PLACE = frozenset({"resize"})
"""Methods that give an array another shape; those of PyTorch end in an underscore."""


@dataclass(frozen=True, slots=True, eq=False)
class Meeting:
    """Two tensors in an operation that works element by element, as they are written, and the tensor that it gives."""

    node: ast.expr
    written: tuple[ast.expr, ast.expr]
    tensors: tuple[Tensor, Tensor]
    mark: str

    @property
    def is_crossed(self) -> bool:
        """Whether one is a number for each sample, and the other a column of the model's output alone."""
        flat, column = self.tensors
        is_plain = (
            not flat.is_laid and not column.is_laid and column.of == {OUTPUT} and flat.of and OUTPUT not in flat.of
        )
        return self.meets_all and bool(is_plain)

    @property
    def meets_all(self) -> bool:
        """Whether each sample of one meets all samples of the other."""
        flat, column = self.tensors
        return flat.shape == (BATCH,) and column.shape == (BATCH, 1)


def meetings_after(step: CalledModel) -> list[Meeting]:
    """Whatever meets in the statements that follow the call, in both orders."""
    reader = _StepReader(step, {name: _tensor(name, shape, step.samples) for name, shape in step.shapes.items()}, [], 0)
    for statement in statements_from(step.source, step.call):
        reader.read(statement)
    return reader.meetings


def crossed_in(step: CalledModel, meetings: Sequence[Meeting]) -> list[Meeting]:
    """Those in which samples meet that do not belong to each other."""
    return [each for each in meetings if each.is_crossed and _is_of_samples(step, each, meetings)]


def _is_of_samples(step: CalledModel, crossed: Meeting, meetings: Sequence[Meeting]) -> bool:
    """Whether the numbers are one for each sample: none of another kind has as many by chance."""
    names = crossed.tensors[0].of
    return names <= step.together or any(_tells(each, crossed) for each in meetings)


def _tells(meeting: Meeting, crossed: Meeting) -> bool:
    """Whether the same numbers, or what was made of them, meet one value for each sample of the output elsewhere."""
    one, other = meeting.tensors
    is_of_output = other.shape == (BATCH,) and OUTPUT in other.of
    if not is_of_output or meeting.node is crossed.node:
        return False
    is_same = one.shape == (BATCH,) and OUTPUT not in one.of and one.of <= crossed.tensors[0].of and bool(one.of)
    is_made = crossed.mark in one.of and crossed.mark not in other.of and one.shape == (BATCH, BATCH)
    return is_same or is_made


def _tensor(name: str, shape: Shape, samples: int) -> Tensor:
    first = BATCH if shape[:1] == (samples,) else None
    return Tensor(shape if first is None else (first, *shape[1:]), frozenset({name}))


class _StepReader(Reader):
    """Reads what follows a call, and the functions of the file that are called there; `meetings` is what it finds."""

    def __init__(self, step: CalledModel, names: dict[str, Tensor], meetings: list[Meeting], depth: int) -> None:
        super().__init__(step.source)
        self._step, self._depth, self.names, self.meetings = step, depth, names, meetings
        self._numbers = {} if depth else dict(step.numbers)
        self._set: set[str] = set()
        self.result: Tensor | None = None

    def read(self, statement: ast.stmt) -> None:
        match statement:
            case ast.Match() | ast.Try():
                self.names.clear()
                self._numbers.clear()
            case ast.With(items=items, body=body):
                for item in items:
                    self.forget(item)
                for each in body:
                    self.read(each)
            case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
                self.names.pop(name, None)
            case _ if any(isinstance(each, ast.NamedExpr) for each in ast.walk(statement)):
                self.forget(statement)
            case ast.AugAssign(value=value):
                self.tensor(value)
                self.forget(statement)
            case ast.Return(value=ast.expr() as value):
                self.result = self.tensor(value)
            case _:
                super().read(statement)

    def assign(self, target: ast.expr, value: ast.expr) -> None:
        outputs = self._outputs_of(value)
        if isinstance(target, ast.Tuple) and isinstance(outputs, list) and len(outputs) == len(target.elts):
            self.forget(target)
            pairs = zip(target.elts, outputs, strict=True)
            self.names |= {each.id: tensor for each, tensor in pairs if isinstance(each, ast.Name)}
        else:
            super().assign(target, value)
        if isinstance(target, ast.Attribute | ast.Subscript):
            self._change(target)  # `wanted.shape = (-1, 1)`

    def called(self, call: ast.Call) -> Tensor | None:
        outputs = self._outputs_of(call)
        if outputs is not None:
            self.unknown(call)
            return outputs if isinstance(outputs, Tensor) else None
        is_named = (
            isinstance(call.func, ast.Name) and self._depth < _DEEPEST
        )  # a method may be another one in a subclass
        function = function_named(self.source, call.func) if is_named else None
        return super().called(call) if function is None else self._returned(function, call)

    def unknown(self, call: ast.Call) -> Tensor | None:
        """Reads what a call that is not known is given."""
        owner = [call.func.value] if isinstance(call.func, ast.Attribute) else []
        for each in (*owner, *call.args, *(keyword.value for keyword in call.keywords)):
            self.tensor(each)
        if isinstance(call.func, ast.Attribute) and (call.func.attr.endswith("_") or call.func.attr in _IN_PLACE):
            self._change(call.func.value)
        return None

    def tensor(self, node: ast.expr) -> Tensor | None:
        if isinstance(node, ast.Tuple | ast.List):
            for each in node.elts:
                self.tensor(each)
        return super().tensor(node)

    def literal(self, node: ast.expr) -> object:
        return self._numbers.get(node.id, ...) if isinstance(node, ast.Name) else literal_of(node)

    def forget(self, node: ast.AST) -> None:
        super().forget(node)
        names = [each.id for each in ast.walk(node) if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Store)]
        self._set.update(names)
        for name in names:
            self._numbers.pop(name, None)

    def _change(self, node: ast.expr) -> None:
        """Knows no longer what the names in an expression are whose value is another one, or has another shape."""
        for each in ast.walk(node):
            if isinstance(each, ast.Name):
                self.names.pop(each.id, None)

    def noted(self, node: ast.expr, operands: Sequence[tuple[ast.expr, Tensor]], made: Tensor | None) -> Tensor | None:
        marks: set[str] = set()
        for pair in combinations(operands, 2):
            for (one, first), (other, second) in permutations(pair):
                mark = f"({node.lineno}, {node.col_offset})"
                meeting = Meeting(node, (one, other), (first, second), mark)
                self.meetings.append(meeting)
                marks |= {mark} if meeting.is_crossed else set()
        return None if made is None else replace(made, of=made.of | marks)

    def _outputs_of(self, node: ast.expr) -> Tensor | list[Tensor] | None:
        """What a call of the model gives, if it is one and gets what the call at hand got; `None` of others."""
        if not isinstance(node, ast.Call) or not (node is self._step.call or self._is_like(node)):
            return None
        outputs = self._step.outputs
        if outputs and isinstance(outputs[0], tuple):
            return [self._output(shape) for shape in outputs if isinstance(shape, tuple)]
        return self._output(tuple(each for each in outputs if not isinstance(each, tuple)))

    def _is_like(self, call: ast.Call) -> bool:
        text = self.source.text(self.source.span(call.func))
        is_same = text in self._step.models and text.partition(".")[0] not in self._set
        if self._depth or not is_same or not call.args:
            return False
        given = self.tensor(call.args[0])
        return given is not None and given.shape == (BATCH, *self._step.given[1:])

    def _output(self, shape: Shape) -> Tensor:
        first = BATCH if shape[:1] == (self._step.samples,) else None
        return Tensor(shape if first is None else (first, *shape[1:]), frozenset({OUTPUT}))

    def _returned(self, function: Function, call: ast.Call) -> Tensor | None:
        """What a function of the file gives, if all of it is certain to run."""
        if not isinstance(function, ast.FunctionDef) or function.decorator_list or any(map(_is_unsure, function.body)):
            return self.unknown(call)
        if any(isinstance(each, ast.Starred) for each in call.args):
            return self.unknown(call)
        names = dict(_bound(function, call, self))
        inner = _StepReader(self._step, names, self.meetings, self._depth + 1)
        for statement in function.body:
            inner.read(statement)
        return inner.result


def _is_unsure(statement: ast.stmt) -> bool:
    """Whether a statement of a function may leave it before its end."""
    return not isinstance(statement, ast.Return) and may_leave(statement)


def _bound(function: ast.FunctionDef, call: ast.Call, reader: Reader) -> Iterator[tuple[str, Tensor]]:
    """The tensors that the parameters of a function get."""
    names = [each.arg for each in (*function.args.posonlyargs, *function.args.args)]
    given = [*zip(names, call.args, strict=False), *((each.arg or "", each.value) for each in call.keywords)]
    for name, value in given:
        tensor = reader.tensor(value)
        if tensor is not None:
            yield name, tensor
