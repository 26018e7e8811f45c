"""Where a layer that a constructor call makes enters its model: added, listed, or applied to tensors."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from shapeguard.source.constants import LOOPS, Scope, functions_called_again, own_nodes, parameters_of, written_calls
from shapeguard.source.trees import ancestors, last_name, parents_in

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shapeguard.source.trees import Source

_LISTS = "Sequential"
_CHOICES = (ast.If, ast.IfExp, ast.BoolOp, ast.Try, ast.Match)
_Functions = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda


@dataclass(frozen=True, slots=True, eq=False)
class Added:
    """The layer is the argument of `call`, which is the whole `statement`: `model.add(Dense(10))`."""

    statement: ast.Expr
    call: ast.Call


@dataclass(frozen=True, slots=True, eq=False)
class Listed:
    """The layer is an `element` of the list that a Sequential is given."""

    display: ast.List | ast.Tuple
    element: ast.expr


@dataclass(frozen=True, slots=True, eq=False)
class Applied:
    """The layer is what `call` calls: `Dense(10)(x)`, or `self.dense(x)`."""

    call: ast.Call


LayerPlace = Added | Listed | Applied


def place_of_layer(source: Source, made: ast.Call) -> LayerPlace | None:
    """Where the layer of a constructor call enters; `None` unless that is one place, seen in the source."""
    use = _only_use(source, made)
    if use is None:
        return None
    parent = parents_in(source)[use]
    match parent:
        case ast.Call(func=function) if function is use:
            return Applied(parent)
        case ast.Call(func=ast.Attribute(attr="add", value=owner), args=[argument], keywords=[]) if (
            argument is use and _is_name(owner)
        ):
            statement = parents_in(source)[parent]
            return Added(statement, parent) if isinstance(statement, ast.Expr) else None
        case ast.List() | ast.Tuple() if _is_of_sequential(source, parent):
            return Listed(parent, use)
        case _:
            return None


def calls_of_layer(source: Source, made: ast.Call) -> list[ast.Call]:
    """The calls of the layer that a constructor call gives a name, in the order in which they run.

    None where the layer is used otherwise as well, or where one of them runs more than once or under a condition.
    """
    parents = parents_in(source)
    named = parents[made]
    if not isinstance(named, ast.Assign) or len(named.targets) > 1:
        return []
    uses = list(_uses(source, named.targets[0]))
    calls = [call for use in uses if isinstance(call := parents[use], ast.Call) and call.func is use]
    if len(calls) < len(uses) or len({_around(source, use, Scope) for use in uses}) > 1:
        return []
    return [] if any(_may_not_run(source, call) for call in calls) else _in_order(calls)


def _in_order(calls: list[ast.Call]) -> list[ast.Call]:
    """The calls as they run: one inside another before that."""
    return sorted(calls, key=lambda call: (call.end_lineno or 0, call.end_col_offset or 0))


def runs_again(source: Source, made: ast.Call) -> bool:
    """Whether a loop, or several calls of a function, may run a constructor call more than once."""
    return any(written.call is made and written.loop is not None for written in written_calls(source.tree))


def is_repeated(source: Source, node: ast.AST) -> bool:
    """Whether a loop around a node, or calls of the functions that it is in, run it more than once."""
    again = functions_called_again(source.tree)
    around = list(ancestors(source, node))
    return any(isinstance(each, LOOPS) or getattr(each, "name", None) in again for each in around)


def _may_not_run(source: Source, call: ast.Call) -> bool:
    """Whether something decides if, or how often, a call runs, as far as the file tells."""
    return is_repeated(source, call) or any(isinstance(each, _CHOICES) for each in ancestors(source, call))


def _is_name(node: ast.expr) -> bool:
    """Whether an expression is a name or an attribute of one, so that it may be written twice."""
    while isinstance(node, ast.Attribute):
        node = node.value
    return isinstance(node, ast.Name)


def _is_of_sequential(source: Source, display: ast.expr) -> bool:
    """Whether a list goes into a Sequential: directly, with others, or by a name."""
    use: ast.expr | None = display
    parent = parents_in(source)[display]
    while isinstance(parent, ast.BinOp) and isinstance(parent.op, ast.Add):
        use, parent = parent, parents_in(source)[parent]
    if isinstance(parent, ast.Assign):
        use = _only_use(source, display)
        parent = parents_in(source)[use] if use is not None else parent
    if isinstance(parent, ast.keyword) and parent.arg == "layers":
        use, parent = parent.value, parents_in(source)[parent]
    if not isinstance(parent, ast.Call) or last_name(parent.func) != _LISTS:
        return False
    return use in (*parent.args[:1], *(keyword.value for keyword in parent.keywords))


def _only_use(source: Source, node: ast.expr) -> ast.expr | None:
    """The one expression that stands for the value: the node itself, or the name that it is given, read once."""
    parent = parents_in(source)[node]
    match parent:
        case ast.Assign(targets=[ast.Name() | ast.Attribute() as target]) | ast.AnnAssign(target=target):
            uses = list(_uses(source, target))
            return uses[0] if len(uses) == 1 else None
        case ast.Expr() | ast.Return() | ast.Assign() | ast.NamedExpr():
            return None
        case _:
            return node


def _uses(source: Source, target: ast.expr) -> Iterator[ast.expr]:
    """The places where a name, or an attribute of `self`, is read; none where it is given several values."""
    nodes: list[Any] = []
    match target:
        case ast.Name(id=name):
            nodes = _named(_seen_from(_around(source, target, Scope), name), name)
        case ast.Attribute(value=ast.Name(id="self"), attr=attribute):
            around = _around(source, target, ast.ClassDef | ast.Module)
            nodes = [node for node in ast.walk(around) if _is_own(node, attribute)]
    if sum(isinstance(node.ctx, ast.Store) for node in nodes) == 1:
        yield from (node for node in nodes if isinstance(node.ctx, ast.Load))


def _around(source: Source, node: ast.AST, kinds: Any) -> Any:
    """The innermost node of some kinds around another."""
    return next(each for each in ancestors(source, node) if isinstance(each, kinds))


def _named(nodes: Iterator[ast.AST], name: str) -> list[ast.Name]:
    return [node for node in nodes if isinstance(node, ast.Name) and node.id == name]


def _is_own(node: ast.AST, attribute: str) -> bool:
    match node:
        case ast.Attribute(value=ast.Name(id="self"), attr=name):
            return name == attribute
        case _:
            return False


def _seen_from(scope: Scope, name: str) -> Iterator[ast.AST]:
    """The nodes of a scope and of the functions in it that do not bind the name themselves."""
    for node in own_nodes(scope):
        yield node
        if isinstance(node, ast.ClassDef) or (isinstance(node, _Functions) and not _binds(node, name)):
            yield from _seen_from(node, name)


def _binds(function: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda, name: str) -> bool:
    if any(parameter.arg == name for parameter in parameters_of(function.args)):
        return True
    return any(isinstance(node.ctx, ast.Store) for node in _named(own_nodes(function), name))
