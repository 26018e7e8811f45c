"""The order in which repairs are named: the most plausible first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shapeguard.diagnosis.number_change import ChangeNumber
from shapeguard.diagnosis.repairs import ChangeArguments, ChangeInput, is_guessed
from shapeguard.diagnosis.rewritten_calls import RewriteCall
from shapeguard.diagnosis.scoring.scorer import scored
from shapeguard.diagnosis.written_numbers import is_slip
from shapeguard.diagnosis.written_shapes import written_shape

if TYPE_CHECKING:
    from collections.abc import Iterable

    from shapeguard.diagnosis.evaluated import Evaluated
    from shapeguard.diagnosis.faults import Fault
    from shapeguard.diagnosis.repairs import Repair

GUESSES = 2
"""Layers of some size that may be missing, named beside a change without one: more of them are noise."""


def rank(found: list[Evaluated], fault: Fault) -> list[Evaluated]:
    """The repairs with their scores, the most plausible first; those of weights and of calls as their proposers say."""
    found = _without_multiples(_without_overriding(found, fault), fault)
    if fault.constructions:
        return _in_order_of_call(found)
    if fault.weights:
        return sorted(found, key=lambda each: (round(each.score, 3), repr(each.repair.suggestion)))
    ranked = in_order(scored(found, fault.graph, fault.groups, fault.outputs))
    if ranked and not is_guessed(ranked[0].repair):
        noise = {id(each) for each in [each for each in ranked if is_guessed(each.repair)][GUESSES:]}
        return [each for each in ranked if id(each) not in noise]
    return ranked


def _without_overriding(found: list[Evaluated], fault: Fault) -> list[Evaluated]:
    """The repairs without those that write over a name, if another literal behind it does.

    Where a part of what is written was meant, or another name, the literal stays if it serves other lines too.
    """
    numbers = [each.repair for each in found if isinstance(each.repair, ChangeNumber)]
    own = [number for number in numbers if len(fault.groups.spans_of(number.nodes)) == 1]
    of_any, of_one = _changed_by(numbers), _changed_by(own)
    return [
        each
        for each in found
        if _is_in_words(each.repair, fault)
        or (
            not _written_over(each.repair) & of_one
            and not (_written_over(each.repair) & of_any and _is_over(each.repair, fault))
        )
    ]


def _without_multiples(found: list[Evaluated], fault: Fault) -> list[Evaluated]:
    """The repairs without those that double or halve a name, if the literal behind it does and serves nothing else.

    Where Keras refused nothing, neither are those that count a name on: the literal is what was expected otherwise.
    """
    numbers = [each.repair for each in found if isinstance(each.repair, ChangeNumber)]
    homes = fault.analysis.homes
    changed = _changed_by(each for each in numbers if each.rewrite is None and homes.read_elsewhere(each) is None)
    needless = [each for each in numbers if _is_needless(each, fault)]
    dropped = {id(each) for each in needless if _changed_by([each]) & changed}
    return [each for each in found if id(each.repair) not in dropped]


def _is_needless(number: ChangeNumber, fault: Fault) -> bool:
    """Whether the literal behind a text says the same in fewer words."""
    rewrite = number.rewrite
    return rewrite is not None and (rewrite.is_multiple or (rewrite.adds and fault.graph.refused is None))


def _is_over(repair: Repair, fault: Fault) -> bool:
    """Whether a repair writes over a name of which nothing else was meant."""
    if not isinstance(repair, ChangeArguments | ChangeInput) or not repair.overrides:
        return False
    return isinstance(repair, ChangeInput) or not is_slip(fault.analysis.homes, repair)


def _is_in_words(repair: Repair, fault: Fault) -> bool:
    """Whether a repair writes no number, but another name, or the sizes of a weight as its line calculates them."""
    if not isinstance(repair, ChangeArguments):
        return False
    return (
        repair.wording is not None or written_shape(fault.graph.nodes[repair.nodes[0]], repair.suggestion) is not None
    )


def _changed_by(numbers: Iterable[ChangeNumber]) -> set[tuple[int, str]]:
    return {(node, name) for number in numbers for node, change in number.changes for name, _ in change.arguments}


def _written_over(repair: Repair) -> set[tuple[int, str]]:
    """The arguments of layers, by one of their calls, for which a repair writes another value."""
    is_written = isinstance(repair, ChangeArguments | ChangeInput)
    return {(node, repair.argument) for node in repair.nodes} if is_written else set()


def _in_order_of_call(found: list[Evaluated]) -> list[Evaluated]:
    """The repairs of a call as its arguments are written, one of the first but for those that say why."""
    first = found[0].repair.argument if found else ""
    return [*found[:1], *(each for each in found[1:] if each.repair.argument != first or _says_why(each.repair))]


def _says_why(repair: Repair) -> bool:
    return isinstance(repair, RewriteCall) and bool(repair.hint)


def in_order(found: Iterable[Evaluated]) -> list[Evaluated]:
    """The repairs by their scores; equal ones by place, argument and value."""
    return sorted(found, key=_order)


def _order(evaluated: Evaluated) -> tuple[float, int, str, str]:
    repair = evaluated.repair
    first = repair.nodes[0] if repair.nodes else -1
    return round(evaluated.score, 3), first, repair.argument, repr(repair.suggestion)
