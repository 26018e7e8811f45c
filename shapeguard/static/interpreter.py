"""Follows the statements of a program: known tests and loops as Python does, both sides of what is not known."""

from __future__ import annotations

import ast
from collections import Counter
from functools import reduce
from typing import TYPE_CHECKING, Any

from shapeguard.static import assigning, attributes, callees, calling, expressions, functions
from shapeguard.static import declared as declaring
from shapeguard.static.expected import Declared
from shapeguard.static.naming import snake_case
from shapeguard.static.recording import Recorder, Refused
from shapeguard.static.signals import BREAK, CONTINUE, RAISE, Return, Signal
from shapeguard.static.state import Scope, State, value_of_either, widened
from shapeguard.static.statements import STATEMENTS
from shapeguard.static.truth import truth_of
from shapeguard.static.values import (
    ANY,
    Function,
    Made,
    Record,
)
from shapeguard.strict import is_strict

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from shapeguard.layers import Refusal
    from shapeguard.records.expectations import Expectation
    from shapeguard.records.source import Span
    from shapeguard.static.given import Given
    from shapeguard.static.modules import Files, Module

MOST_STEPS = 12_000
"""Statements and calls of one program; a program of 200 lines takes a few hundred."""


MOST_READINGS = 4
"""Readings of the body of a loop of unknown length until nothing new changes."""


class OutOfSteps(Exception):  # noqa: N818  the end of a reading, no error
    """The program takes more steps than are followed."""


class Interpreter:
    """One reading of one program.

    `uncertain` counts the branches and loops around of which nobody knows whether they run; `callers` are the calls of
    the program's functions that are being followed, outermost first; `called` the functions that were. `pending` has
    for each of them what it may have returned already, `may_leave` tells that a loop may have been left. `guards` are
    those of the `with` blocks around; `contract` is expected of each model that is trained.
    """

    def __init__(self, files: Files, contract: tuple[Expectation, ...] = ()) -> None:
        self.files = files
        self.contract = contract
        self.recorder = Recorder()
        self.state = State()
        self.settings: dict[str, Any] = {"data_format": "channels_last"}
        self.callers: list[tuple[Module, ast.AST]] = []
        self.called: set[int] = set()
        self.pending: list[list[Any]] = []
        self.steps = 0
        self.uncertain = 0
        self.may_leave = False
        self.declared = Declared()
        self.guards: list[Record] = []
        self._names: Counter[str] = Counter()

    def step(self) -> None:
        """Counts a step."""
        self.steps += 1
        if self.steps > MOST_STEPS:
            raise OutOfSteps

    def evaluate(self, node: ast.expr, scope: Scope) -> Any:
        """The value of an expression."""
        followed = expressions.EVALUATE.get(type(node))
        return ANY if followed is None else followed(self, node, scope)

    def assign(self, target: ast.expr, value: Any, scope: Scope) -> None:
        """Gives the target of an assignment its value."""
        assigning.assign(self, target, value, scope)

    def call(self, node: ast.AST, callee: Any, given: Given, scope: Scope) -> Any:
        """What a call gives."""
        return calling.call(self, node, callee, given, scope)

    def call_function(self, function: Function, given: Given, node: ast.AST, scope: Scope) -> Any:
        """What a call of a function of the program gives."""
        return functions.called(self, function, given, node, scope)

    def attribute(self, owner: Any, name: str) -> Any:
        """What an attribute of a value is."""
        return attributes.attribute(self, owner, name)

    def note_refusal(self, call: int, refusal: Refusal, span: Span) -> None:
        """Notes that Keras refuses a call, if it is certain that the program comes to it."""
        if not self.uncertain and not self.recorder.paused:
            self.recorder.refused.append(Refused(call, refusal.reason, refusal.axis, span))

    def note_call(self, call: int, node: ast.AST, made: Made | None, scope: Scope) -> None:
        """Notes the comments beside a call and beside the constructor call of its layer."""
        if not declaring.is_certain(self):
            return
        declaring.note_comments(self, node, self.recorder.calls[call], scope)
        if made is not None and made.node is not node:
            declaring.note_comments(self, made.node, self.recorder.calls[call], Scope(made.module.cells, made.module))

    def scope_of(self, module: Module) -> Scope:
        """A scope for what stands in a file, whatever function it is in."""
        return Scope({}, module)

    def dotted(self, node: ast.AST, module: Module) -> str:
        """The callee of a call as it is written."""
        function = getattr(node, "func", node)
        return callees.dotted_name(function) or module.text(function)

    def define(self, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda, scope: Scope) -> Any:
        """A function as its definition makes it."""
        return functions.defined(self, node, scope)

    def layer_name(self, class_name: str, given: Any = None) -> str:
        """The name that Keras gives a new layer, if it is given none."""
        if isinstance(given, str):
            return given
        name = snake_case(class_name)
        self._names[name] += 1
        return name if self._names[name] == 1 else f"{name}_{self._names[name] - 1}"

    def read(self, module: Module) -> None:
        """Follows the statements of a file."""
        self.pending.append([])
        self.block(module.tree.body, Scope(module.cells, module))
        self.pending.pop()

    def block(self, statements: Sequence[ast.stmt], scope: Scope) -> Signal:
        """Follows statements; returns how they are left before their end."""
        for statement in statements:
            self.step()
            signal = _follow(self, statement, scope)
            if signal is not None:
                return signal
        return None

    def branches(self, *runs: Callable[[], Signal]) -> Signal:
        """Follows what may run instead of each other, and joins what they change."""
        ended = []
        self.uncertain += 1
        for run in runs:
            mark = self.state.begin()
            try:
                signal = run()
            finally:
                changed = self.state.undo(mark)
            ended.append((changed, signal))
        self.uncertain -= 1
        left = [signal for _, signal in ended if signal is not None]
        if len(left) == len(ended):
            return self._all_leave(left)
        self.state.join(*(changed for changed, signal in ended if signal is None))
        for signal in left:
            self._leave_perhaps(signal)
        return None

    def _all_leave(self, left: list[Signal]) -> Signal:
        """Every branch leaves: a function with the value of any of them, or a loop nobody knows how."""
        returned = [signal.value for signal in left if isinstance(signal, Return)]
        if not returned:
            self.may_leave = self.may_leave or any(signal in {BREAK, CONTINUE} for signal in left)
            return left[0]
        return Return(reduce(value_of_either, returned))

    def _leave_perhaps(self, signal: Signal) -> None:
        """One of two branches leaves, and the other goes on."""
        if isinstance(signal, Return):
            self.pending[-1].append(signal.value)
            self.uncertain += 1  # until the function ends
        elif signal is RAISE:
            self.uncertain += 1
        else:
            self.may_leave = True

    def repeated(self, run: Callable[[], Signal]) -> Signal:
        """Follows the body of a loop that runs nobody knows how often."""
        self.recorder.paused += 1
        self.uncertain += 1
        try:
            for last in range(MOST_READINGS):
                mark = self.state.begin()
                try:
                    run()
                finally:
                    changed = self.state.undo(mark)
                if not self.state.join(changed, {}):
                    break
                if last == MOST_READINGS - 2:
                    for cells, key, value in changed.values():
                        self.state.set(cells, key, widened(value))
        finally:
            self.recorder.paused -= 1
            self.uncertain -= 1
        return self.branches(run, lambda: None)

    def truth(self, node: ast.expr, scope: Scope) -> bool | None:
        """Whether a test is true; `None` where that is not known."""
        return truth_of(self.evaluate(node, scope))


def _follow(machine: Interpreter, statement: ast.stmt, scope: Scope) -> Signal:
    followed = STATEMENTS.get(type(statement))
    if followed is None:
        return None
    try:
        return followed(machine, statement, scope)
    except (OutOfSteps, RecursionError):
        raise
    except Exception:
        if is_strict():
            raise
        for node in ast.walk(statement):  # nobody knows what else it would have given them
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                machine.state.set(scope.owner_of(node.id), node.id, ANY)
        return None
