"""The assignment of a line to a variable, such as `self.total.assign_add(hits)`, and its value reduced."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING

from shapeguard.source.name_bindings import FUNCTIONS
from shapeguard.source.spelling import path_of, spelled
from shapeguard.source.statement_edits import replaced
from shapeguard.source.trees import ancestors, holds

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from shapeguard.records.source import Correction
    from shapeguard.source.trees import Source

_ADDS = "assign_add"
_KERAS = "keras.ops"


@dataclass(frozen=True, slots=True, eq=False)
class Assignment:
    """A call of a method of a variable; `value` is the part of its argument that is no former value of the variable."""

    source: Source
    call: ast.Call
    function: ast.expr
    value: ast.expr

    @property
    def lines(self) -> range:
        """The lines of the function around."""
        around = next((each for each in ancestors(self.source, self.call) if isinstance(each, FUNCTIONS)), self.call)
        return range(around.lineno, (around.end_lineno or around.lineno) + 1)

    @property
    def keeps_mean(self) -> bool:
        """Whether the variable holds a mean: it is given a value of its own, or one is added for each batch."""
        name = self.function.attr if isinstance(self.function, ast.Attribute) else ""
        if name != _ADDS and self.value is self.call.args[0]:
            return True
        around = next((each for each in ancestors(self.source, self.call) if isinstance(each, FUNCTIONS)), None)
        return around is not None and any(_adds_one(node) for node in ast.walk(around))

    def reduced(self, paths: Mapping[str, str], axes: str) -> Correction | None:
        """The call with its value reduced by the function of the module that the code around uses.

        `paths` are the functions by the modules that have them.
        """
        module, beside = next(self._modules_around(paths), (_KERAS, ""))
        own = spelled(self.source, self.call, f"{module}.{paths[module]}", beside=beside)
        if own is None or own.needs is not None:
            return None
        span = self.source.span(self.value)
        return replaced(self.source, self.call, span, f"{own.text}({self.source.text(span)}{axes})")

    def _modules_around(self, paths: Collection[str]) -> Iterator[tuple[str, str]]:
        """The modules whose functions the code around calls, each with how it writes one of them."""
        around = next((each for each in ancestors(self.source, self.call) if isinstance(each, FUNCTIONS)), self.call)
        for node in ast.walk(around):
            path = path_of(self.source, self.call, node.func) if isinstance(node, ast.Call) else None
            module = next((each for each in paths if path is not None and path.startswith(f"{each}.")), None)
            if module is not None and isinstance(node, ast.Call):
                yield module, ast.unparse(node.func)


def assignment_in(source: Source, line: int, methods: Collection[str]) -> Assignment | None:
    """The only call of one of these methods on a line that gives one value."""
    found = [
        each
        for each in ast.walk(source.tree)
        if isinstance(each, ast.Call)
        and holds(each, line)
        and isinstance(each.func, ast.Attribute)
        and each.func.attr in methods
    ]
    if len(found) != 1 or len(found[0].args) != 1 or found[0].keywords:
        return None
    (call,) = found
    return Assignment(source, call, call.func, _new_part(call))


def _new_part(call: ast.Call) -> ast.expr:
    """What is added to the former value: `hits` in `total.assign(total + hits)`; else the whole argument."""
    (value,) = call.args
    owner = ast.unparse(call.func.value) if isinstance(call.func, ast.Attribute) else ""
    match value:
        case ast.BinOp(left=left, op=ast.Add(), right=right) if owner in (ast.unparse(left), ast.unparse(right)):
            return right if ast.unparse(left) == owner else left
        case _:
            return value


def _adds_one(node: ast.AST) -> bool:
    match node:
        case ast.Call(func=ast.Attribute(attr="assign_add"), args=[ast.Constant(value=value)]):
            return value == 1
        case _:
            return False
