"""Loops: round by round where the rounds are known."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from shapeguard.static import assigning
from shapeguard.static.iterating import item_of, items_of
from shapeguard.static.signals import BREAK, CONTINUE, Signal
from shapeguard.static.values import (
    ANY,
)

if TYPE_CHECKING:
    import ast

    from shapeguard.static.machine import Machine
    from shapeguard.static.state import Scope

MOST_ROUNDS = 128
"""Rounds of one loop that are followed one by one."""


def follow_for(machine: Machine, node: ast.For | ast.AsyncFor, scope: Scope) -> Signal:
    """A loop over what is known, or over what is not."""
    iterable = machine.evaluate(node.iter, scope)
    items = items_of(iterable)
    followed = items if items is not None and len(items) <= MOST_ROUNDS else None
    if followed is None:
        return _unknown_rounds(machine, node, scope, item_of(iterable))
    for place, item in enumerate(followed):
        assigning.assign(machine, node.target, item, scope)
        machine.may_leave = False
        signal = machine.block(node.body, scope)
        if machine.may_leave:
            machine.may_leave = False
            rest = followed[place + 1 :]
            return _unknown_rounds(machine, node, scope, rest[0] if len(rest) == 1 else ANY) if rest else None
        if signal is BREAK:
            return None
        if signal is not None and signal is not CONTINUE:
            return signal
    return machine.block(node.orelse, scope)


def _unknown_rounds(machine: Machine, node: ast.For | ast.AsyncFor, scope: Scope, item: Any) -> Signal:
    def run() -> Signal:
        assigning.assign(machine, node.target, item, scope)
        return _within_loop(machine.block(node.body, scope))

    signal = machine.repeated(run)
    machine.may_leave = False
    return signal


def _within_loop(signal: Signal) -> Signal:
    return None if signal in (BREAK, CONTINUE) else signal


def follow_while(machine: Machine, node: ast.While, scope: Scope) -> Signal:
    """A loop as long as its test is known to be true."""
    for _ in range(MOST_ROUNDS):
        test = machine.truth(node.test, scope)
        if test is None:
            break
        if not test:
            return machine.block(node.orelse, scope)
        machine.may_leave = False
        signal = machine.block(node.body, scope)
        if machine.may_leave:
            break
        if signal is BREAK:
            return None
        if signal is not None and signal is not CONTINUE:
            return signal

    def run() -> Signal:
        machine.evaluate(node.test, scope)
        return _within_loop(machine.block(node.body, scope))

    signal = machine.repeated(run)
    machine.may_leave = False
    return signal
