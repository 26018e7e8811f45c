"""A loop of the user's own that takes each batch for a whole one, where the last one is shorter."""

from __future__ import annotations

import ast
import inspect
from typing import TYPE_CHECKING, NamedTuple

from shapeguard.source import trees
from shapeguard.source.name_bindings import FUNCTIONS, scope_of
from shapeguard.trace.raised_frames import users_frames, value_of
from shapeguard.trace.recorder import shape_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from shapeguard.records.network import Shape
    from shapeguard.source.trees import Source
    from shapeguard.trace.raised_frames import Passed

_OF_WHOLE_LOOPS = frozenset({"batch", "padded_batch", "print", "range", "shuffle", "take"})
"""Functions that are given the size of all batches, or a number that only happens to be the same."""
_PRODUCTS = frozenset({"batch_dot", "dot", "einsum", "matmul", "tensordot"})
DIFFERENT = 2
"""Numbers of samples that meet."""
MOST = 2
"""Axes in which what meets may differ: that of the samples, and the one along which it is joined."""


class WholeBatch(NamedTuple):
    """A number of samples as a function writes it, `written`, where the `tensor` beside it has `samples`."""

    source: Source
    node: ast.expr
    function: str
    written: int
    tensor: str
    samples: int


def whole_batch(exception: BaseException, shapes: Sequence[Shape]) -> WholeBatch | None:
    """The number that stood for the samples of a batch that has fewer, of which tensors of these shapes were made.

    `None` where these differ in anything but their first axis, or the source does not tell.
    """
    numbers, users = numbers_of_samples(exception, shapes), users_frames(exception)
    found = (None if numbers is None else _in_frame(each, *numbers) for each in reversed(users))
    return next(filter(None, found), None)


def numbers_of_samples(exception: BaseException, shapes: Sequence[Shape]) -> tuple[int, int] | None:
    """The smaller and the larger number of samples of tensors of these shapes that met; `None` if they are none."""
    users = users_frames(exception)
    return _numbers_of(*shapes[:2]) if len(shapes) > 1 and users and not _is_product(users[-1].node) else None


def _numbers_of(one: Shape, other: Shape) -> tuple[int, int] | None:
    """The smaller and the larger number of samples of tensors that were to be joined, or taken together."""
    first = sorted(size for size in (*one[:1], *other[:1]) if size is not None)
    if len(one) != len(other) or len(set(first)) != DIFFERENT:
        return None
    differing = sum(size != beside for size, beside in zip(one, other, strict=True))
    return (first[0], first[1]) if differing <= MOST else None


def _is_product(node: ast.expr | None) -> bool:
    """Whether axes of one tensor meet other axes of another one."""
    match node:
        case ast.Call(func=function):
            return trees.last_name(function) in _PRODUCTS
        case ast.BinOp(op=ast.MatMult()):
            return True
        case _:
            return False


def _in_frame(passed: Passed, samples: int, written: int) -> WholeBatch | None:
    source, node = trees.source_for(passed.code), passed.node
    if source is None or node is None:
        return None
    scope, loops = scope_of(source, node), [each for each in trees.ancestors(source, node) if isinstance(each, ast.For)]
    tensor = next((name for name in _names(scope, loops) if samples_of(passed, name) == samples), None)
    found = list(_written(passed, [scope] if isinstance(scope, FUNCTIONS) else loops, written))
    if tensor is None or not found:
        return None
    return WholeBatch(source, max(found, key=_place), passed.code.co_name.strip("<>"), written, tensor, samples)


def _written(passed: Passed, parts: Sequence[ast.AST], number: int) -> Iterator[ast.expr]:
    """Where a number of samples is written before the line that raised."""
    for part in parts:
        for each in _numbers_of_samples(part, passed):
            if each.lineno <= passed.line and _number(passed, each) == number:
                yield each


def _place(node: ast.expr) -> tuple[int, int]:
    return node.lineno, node.col_offset


def _names(scope: ast.AST, loops: Sequence[ast.For]) -> Iterator[str]:
    """The names that hold a batch: what a function is given, and what the loops around go over, the innermost first."""
    for loop in loops:
        yield from (each.id for each in ast.walk(loop.target) if isinstance(each, ast.Name))
    if isinstance(scope, FUNCTIONS):
        yield from (each.arg for each in scope.args.args if each.arg != "self")


def samples_of(passed: Passed, name: str) -> int | None:
    """How many samples what a name stands for has."""
    shape = shape_of(passed.frame.f_locals.get(name))
    return shape[0] if shape else None


def _number(passed: Passed, node: ast.expr) -> int | None:
    value = node.value if isinstance(node, ast.Constant) else value_of(node, passed.frame)
    return value if type(value) is int else None


def _numbers_of_samples(part: ast.AST, passed: Passed) -> Iterator[ast.expr]:
    """The expressions in a function, or a loop, that may say how many samples something is made of; no layer is."""
    over = {each.iter for each in ast.walk(part) if isinstance(each, ast.For)}
    for each in ast.walk(part):
        match each:
            case ast.Call(func=function) if inspect.isclass(value_of(function, passed.frame)):
                continue
            case ast.Call() if each not in over and trees.last_name(each.func) not in _OF_WHOLE_LOOPS:
                yield from filter(_may_be_number, (*each.args, *(keyword.value for keyword in each.keywords)))
            case ast.Tuple(elts=[first, *_]) | ast.List(elts=[first, *_]) if _may_be_number(first):
                yield first
            case ast.BinOp(left=ast.List(), op=ast.Mult(), right=number) if _may_be_number(number):
                yield number


def _may_be_number(node: ast.expr) -> bool:
    return isinstance(node, ast.Name | ast.Attribute) or (isinstance(node, ast.Constant) and type(node.value) is int)
