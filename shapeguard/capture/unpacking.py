"""`output, state_h, state_c = layer(x)`: how many tensors a statement took a call's result for."""

from __future__ import annotations

import ast
from itertools import islice
from typing import TYPE_CHECKING

from shapeguard import sites
from shapeguard.capture.syntax import source_of
from shapeguard.records import Expectation
from shapeguard.spec import StructureSpec, parse

if TYPE_CHECKING:
    from types import TracebackType

    from shapeguard.records import Call, Network

SYMBOLIC = "__iter__"
"""What Keras refuses when a symbolic tensor is unpacked: keras/src/backend/common/keras_tensor.py."""


def of_failed_unpacking(exception: BaseException, network: Network) -> Expectation | None:
    """That the last call gives as many tensors as the statement unpacks that raised; `None` where none did."""
    user, last = _ends(exception)
    if user is None or last is None or not (_is_symbolic(last) or _says_so(exception, user, last)):
        return None
    called = [call for call in network.calls if call.parent is None and call.failure is None]
    source = source_of(user.tb_frame.f_code.co_filename)
    statement = None if source is None else _statement(source.tree, user.tb_lineno)
    if source is None or statement is None or not called or not _is_made_by(statement, user, called[-1]):
        return None
    if len({id(call.operation) for call in called if call.layer == called[-1].layer}) > 1:
        return None  # no key tells which of them is meant
    names = statement.targets[0]
    return Expectation(
        called[-1].layer,
        StructureSpec("tuple", (parse("..."),) * len(names.elts)),  # type: ignore[attr-defined]
        origin="unpacking",
        text=source.text(source.span(names)),
        call=called[-1].number,
    )


def _ends(exception: BaseException) -> tuple[TracebackType | None, TracebackType | None]:
    """The innermost line of the user, and the innermost of all."""
    user, last, trace = None, None, exception.__traceback__
    while trace is not None:
        file = trace.tb_frame.f_code.co_filename
        user = user if sites.is_framework(file) or sites.is_library(file) else trace
        last, trace = trace, trace.tb_next
    return user, last


def _is_symbolic(last: TracebackType) -> bool:
    code = last.tb_frame.f_code
    return code.co_name == SYMBOLIC and sites.is_framework(code.co_filename)


def _says_so(exception: BaseException, user: TracebackType, last: TracebackType) -> bool:
    """Whether Python itself raised in the user's line, over too many or too few values."""
    return user is last and isinstance(exception, ValueError) and "values to unpack" in str(exception)


def _statement(tree: ast.Module, line: int) -> ast.Assign | None:
    """The innermost assignment of a call's result to several names on this line."""
    found = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign)
        and node.lineno <= line <= (node.end_lineno or node.lineno)
        and isinstance(node.value, ast.Call)
        and isinstance(node.targets[0], ast.Tuple | ast.List)
        and not any(isinstance(name, ast.Starred) for name in node.targets[0].elts)
    ]
    return found[-1] if found else None


def _is_made_by(statement: ast.Assign, user: TracebackType, call: Call) -> bool:
    """Whether the call stands in the statement."""
    if call.site is None or not call.site.frames:
        return False
    code, instruction = call.site.frames[0]
    line = next(islice(code.co_positions(), instruction // 2, None))[0]
    here = code is user.tb_frame.f_code and line is not None
    return here and statement.lineno <= line <= (statement.end_lineno or statement.lineno)
