"""What the source says of an exception: who raised it, and what the lines behind it would still have built."""

from __future__ import annotations

import ast
from traceback import walk_tb
from typing import TYPE_CHECKING

from shapeguard.source import frames
from shapeguard.source.trees import holds, last_name, source_for

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import CodeType, FrameType

    from shapeguard.source.trees import Source

_JOINING = frozenset({
    "concatenate", "add", "multiply", "subtract", "average", "maximum", "minimum", "dot", "reshape",
    "attention", "additiveattention", "multiheadattention", "groupedqueryattention",
})  # fmt: skip
_LOOPS = (ast.For, ast.AsyncFor, ast.While, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
_NAMED = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
GUARD = "ShapeGuard"


def later_lines_may_fail(exception: BaseException) -> bool:
    """Whether lines that never ran join tensors, reshape them or call what the user has defined.

    Such a line may refuse as the one before it did; a chain of single layers seldom does. True too where the line that
    raised is in a loop, or where the source is not at hand.
    """
    for frame, line in walk_tb(exception.__traceback__):
        if not frames.is_library(frame.f_code.co_filename):
            source = source_for(frame.f_code)
            if source is None or _refusing(source, frame, line):
                return True
    return False


def lines_behind(source: Source, frame: FrameType, line: int) -> list[ast.AST]:
    """What the function or module that runs in a frame has after a line, and the loops around that."""
    scope = _scope(source.tree, frame.f_code)
    return [] if scope is None else _rest(scope, line, frame)[0]


def _refusing(source: Source, frame: FrameType, line: int) -> bool:
    scope = _scope(source.tree, frame.f_code)
    if scope is None:
        return True
    rest, _ = _rest(scope, line, frame)
    defined = {node.name for node in ast.walk(source.tree) if isinstance(node, _NAMED)}
    return any(isinstance(each, _LOOPS) or any(_may_refuse(node, defined) for node in ast.walk(each)) for each in rest)


def _scope(tree: ast.Module, code: CodeType) -> ast.AST | None:
    """The function or module whose code this is; `None` where several begin on its line, or none."""
    if code.co_name == "<module>":
        return tree
    kinds = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
    scopes = [n for n in ast.walk(tree) if isinstance(n, kinds) and _first_line(n) == code.co_firstlineno]
    return scopes[0] if len(scopes) == 1 else None


def _first_line(node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda) -> int:
    decorators = [] if isinstance(node, ast.Lambda) else node.decorator_list
    return min((each.lineno for each in decorators), default=node.lineno)


def _rest(scope: ast.AST, line: int, frame: FrameType) -> tuple[list[ast.AST], bool]:
    """What a scope has after a line, and the loops around it; whether the end of the guard's `with` ends that."""
    for statements in _blocks(scope):
        for place, statement in enumerate(statements):
            if holds(statement, line):
                inside, ended = _rest(statement, line, frame)
                if ended or _is_guarded(statement, frame):
                    return inside, True
                loops = [node for node in ast.walk(statement) if isinstance(node, _LOOPS) and holds(node, line)]
                return [*inside, *loops, *statements[place + 1 :]], False
    return [], False


def _blocks(node: ast.AST) -> Iterator[list[ast.stmt]]:
    for name in ("body", "orelse", "finalbody"):
        block = getattr(node, name, None)
        if isinstance(block, list):
            yield block
    for handler in getattr(node, "handlers", ()):
        yield handler.body


def _is_guarded(statement: ast.stmt, frame: FrameType) -> bool:
    return isinstance(statement, ast.With) and any(_is_guard(item.context_expr, frame) for item in statement.items)


def _is_guard(expression: ast.expr, frame: FrameType) -> bool:
    if isinstance(expression, ast.Call):
        return last_name(expression.func) == GUARD
    name = expression.id if isinstance(expression, ast.Name) else ""
    return type(frame.f_locals.get(name, frame.f_globals.get(name))).__name__ == GUARD


def _may_refuse(node: ast.AST, defined: set[str]) -> bool:
    if isinstance(node, ast.BinOp):
        return isinstance(node.op, ast.Add) and all(isinstance(x, ast.Name | ast.Call) for x in (node.left, node.right))
    if not isinstance(node, ast.Call):
        return False
    name = last_name(node.func) or ""
    if name == "add" and isinstance(node.func, ast.Attribute):  # layers.add([a, b]); model.add(layer) joins nothing
        return bool(node.args) and isinstance(node.args[0], ast.List | ast.Tuple)
    return name.lower() in _JOINING or name in defined
