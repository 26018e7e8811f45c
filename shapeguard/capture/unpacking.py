"""`output, state_h, state_c = layer(x)`: how many tensors a statement took a call's result for."""

from __future__ import annotations

import ast
from traceback import walk_tb
from typing import TYPE_CHECKING

from shapeguard.records.expectations import Expectation
from shapeguard.source import frames
from shapeguard.source.trees import holds, source_for
from shapeguard.spec import StructureSpec, parse

if TYPE_CHECKING:
    from types import CodeType

    from shapeguard.records.network import Call, Network


def of_failed_unpacking(exception: BaseException, network: Network) -> Expectation | None:
    """That the last call gives as many tensors as the statement unpacks that raised; `None` where none did."""
    raised = [(frame.f_code, line) for frame, line in walk_tb(exception.__traceback__)]
    users = [(code, line) for code, line in raised if not frames.is_library(code.co_filename)]
    if not users or not _is_over_unpacking(exception, raised[-1][0], users[-1][0]):
        return None
    code, line = users[-1]
    source, last = source_for(code), _last_call(network)
    unpacked = None if source is None else _unpacking(source.tree, line)
    if source is None or unpacked is None or last is None or not _is_made_by(last, unpacked[0], code):
        return None
    _, names = unpacked
    return Expectation(
        last.layer,
        StructureSpec("tuple", (parse("..."),) * len(names.elts)),
        origin="unpacking",
        text=source.text(source.span(names)),
        call=last.number,
    )


def _last_call(network: Network) -> Call | None:
    """The last call that succeeded; `None` if no key tells its layer from another of that name."""
    called = [call for call in network.calls if call.parent is None and call.failure is None]
    is_unique = len({id(call.operation) for call in called if call.layer == called[-1].layer}) == 1
    return called[-1] if is_unique else None


def _is_over_unpacking(exception: BaseException, last: CodeType, user: CodeType) -> bool:
    """Whether Python found too many or too few values, or Keras would not go through a symbolic tensor.

    The latter raises in `__iter__`, keras/src/backend/common/keras_tensor.py.
    """
    if last is user:
        return isinstance(exception, ValueError) and "values to unpack" in str(exception)
    return last.co_name == "__iter__" and frames.is_framework(last.co_filename)


def _unpacking(tree: ast.Module, line: int) -> tuple[ast.Assign, ast.Tuple | ast.List] | None:
    """The innermost assignment of a call's result to several names on this line, and the names."""
    innermost = None
    for node in ast.walk(tree):
        match node:
            case ast.Assign(value=ast.Call(), targets=[(ast.Tuple() | ast.List()) as names, *_]) if holds(node, line):
                if not any(isinstance(name, ast.Starred) for name in names.elts):
                    innermost = node, names
    return innermost


def _is_made_by(call: Call, statement: ast.Assign, user: CodeType) -> bool:
    """Whether the call was made by a statement of this code."""
    if call.site is None or not call.site.frames:
        return False
    code, instruction = call.site.frames[0]
    line = frames.position(code, instruction)[0]
    return code is user and line is not None and holds(statement, line)
