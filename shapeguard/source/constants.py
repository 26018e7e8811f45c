"""What names and small expressions in a file stand for, read from the source without running any of it."""

from __future__ import annotations

import ast
import operator
from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

Constants = dict[str, ast.expr]
UNKNOWN = object()
_NO_CALL = ast.Call(func=ast.Constant(value=None), args=[], keywords=[])
_OPERATORS: dict[type[ast.operator], Callable[[int, int], int]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.FloorDiv: operator.floordiv,
}
_DEEPEST = 20
_LARGEST = 1 << 40
LOOPS = (ast.For, ast.AsyncFor, ast.While, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
Scope = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.ClassDef | ast.Module


def import_names(tree: ast.Module) -> dict[str, str]:
    """The original name of each renamed import: `{"Conv": "Conv2D"}` of `from keras.layers import Conv2D as Conv`."""
    return {
        alias.asname: alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
        if alias.asname
    }


@dataclass(frozen=True, slots=True, eq=False)
class WrittenCall:
    """A call in a file, with the constants known there.

    `loop` is the loop or the function called from several places that may run it again, `None` where it runs once.
    `branches`: whether it is under a condition inside that.
    """

    call: ast.Call
    constants: Constants
    loop: ast.AST | None
    branches: bool


def written_calls(tree: ast.Module) -> Iterator[WrittenCall]:
    """Every call in the order of the source."""
    return iter(_grown(tree)[0])


def functions_called_again(tree: ast.Module) -> frozenset[str]:
    """The functions that run more than once, as far as the file tells."""
    return _grown(tree)[1]


def _grown(tree: ast.Module) -> tuple[list[WrittenCall], frozenset[str]]:
    around = WrittenCall(_NO_CALL, assigned_once(tree), None, branches=False)
    repeated: frozenset[str] = frozenset()
    while True:
        calls = list(_calls(tree, around, repeated))
        grown = _called_again(calls)
        if grown <= repeated:
            return calls, repeated
        repeated |= grown


def _called_again(written: list[WrittenCall]) -> frozenset[str]:
    """The functions that are called from several places, from a loop or from a function that runs again."""
    called: Counter[str] = Counter()
    for each in written:
        if isinstance(each.call.func, ast.Name):
            called[each.call.func.id] += 1 if each.loop is None else 2
    return frozenset(name for name, count in called.items() if count > 1)


def _calls(node: ast.AST, around: WrittenCall, repeated: frozenset[str]) -> Iterator[WrittenCall]:
    for child in ast.iter_child_nodes(node):
        inside = around
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            again = isinstance(child, ast.Lambda) or child.name in repeated
            inside = replace(
                around,
                constants=_constants_inside(child, around.constants),
                loop=child if again else around.loop,
                branches=around.branches and not again,
            )
        elif isinstance(child, LOOPS):
            inside = replace(around, loop=child, branches=False)
        elif isinstance(child, ast.If | ast.IfExp | ast.Try | ast.Match | ast.BoolOp):
            inside = replace(around, branches=True)
        if isinstance(child, ast.Call):
            yield replace(inside, call=child)
        yield from _calls(child, inside, repeated)


def _constants_inside(function: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda, outer: Constants) -> Constants:
    own = {argument.arg for argument in parameters_of(function.args)} | _bound_in(function)
    return {name: node for name, node in outer.items() if name not in own} | assigned_once(function)


def parameters_of(arguments: ast.arguments) -> list[ast.arg]:
    """The parameters of a function, `*` and `**` included."""
    return [
        *arguments.posonlyargs,
        *arguments.args,
        *arguments.kwonlyargs,
        *filter(None, (arguments.vararg, arguments.kwarg)),
    ]


def own_nodes(scope: Scope) -> Iterator[ast.AST]:
    """The nodes of a scope without those of the functions and classes inside it."""
    pending = list(ast.iter_child_nodes(scope))
    while pending:
        node = pending.pop()
        yield node
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.ClassDef):
            pending.extend(ast.iter_child_nodes(node))


def _bound_in(scope: Scope) -> set[str]:
    return {node.id for node in own_nodes(scope) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}


def assigned_once(scope: Scope) -> Constants:
    """The names that a scope assigns once, outright; a loop's or an unpacked target tells nothing."""
    stores: dict[str, int] = {}
    values: Constants = {}
    for node in own_nodes(scope):
        match node:
            case ast.Name(id=name, ctx=ast.Store()):
                stores[name] = stores.get(name, 0) + 1
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                values[name] = value
            case ast.Assign(targets=[ast.Tuple() as target], value=value):
                values |= _unpacked(target, value)
            case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value):
                values[name] = value
    return {name: value for name, value in values.items() if stores.get(name) == 1}


def _unpacked(target: ast.Tuple, value: ast.expr) -> Constants:
    if not isinstance(value, ast.Tuple) or len(value.elts) != len(target.elts):
        return {}
    return {t.id: v for t, v in zip(target.elts, value.elts, strict=True) if isinstance(t, ast.Name)}


def value_of(node: ast.expr, constants: Constants, depth: int = 0) -> Any:
    """What the expression stands for; `UNKNOWN` where only running the program would tell."""
    value: Any = UNKNOWN
    match node:
        case _ if depth > _DEEPEST:
            pass
        case ast.Constant(value=constant):
            value = constant
        case ast.Name(id=name) if name in constants:
            value = value_of(constants[name], constants, depth + 1)
        case ast.Tuple(elts=elements) | ast.List(elts=elements):
            items = [value_of(element, constants, depth + 1) for element in elements]
            if UNKNOWN not in items:
                value = tuple(items) if isinstance(node, ast.Tuple) else items
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            negated = value_of(operand, constants, depth + 1)
            value = -negated if isinstance(negated, int | float) else UNKNOWN
        case ast.BinOp(left=left, op=sign, right=right):
            value = _calculated(value_of(left, constants, depth + 1), sign, value_of(right, constants, depth + 1))
    return value


def _calculated(left: Any, sign: ast.operator, right: Any) -> Any:
    function = _OPERATORS.get(type(sign))
    if function is None or type(left) is not int or type(right) is not int or max(abs(left), abs(right)) > _LARGEST:
        return UNKNOWN
    try:
        return function(left, right)
    except ZeroDivisionError:
        return UNKNOWN
