"""Inputs and targets in another order than the model's: each fits in the place of another."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from itertools import permutations
from typing import TYPE_CHECKING

from shapeguard.diagnosis.compared_targets import Compared, batched
from shapeguard.diagnosis.diagnosis_text import diagnosis_of_data
from shapeguard.diagnosis.handed_over import given_in, training_call
from shapeguard.diagnosis.headline import headline
from shapeguard.diagnosis.judged_targets import reservation_of_targets
from shapeguard.diagnosis.target_repairs import reordered_targets
from shapeguard.diagnosis.target_shapes import accepts
from shapeguard.diagnosis.what_keras_said import original_of
from shapeguard.records.findings import Cause, Diagnosis, Edit
from shapeguard.source.conversions import Leaf, reordered
from shapeguard.source.fit_call import method_of
from shapeguard.source.literals import Code
from shapeguard.spec import shapes_agree

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from shapeguard.diagnosis.analysis import Analysis
    from shapeguard.records.network import Feed, Shape
    from shapeguard.source.conversions import Given

    Order = tuple[int, ...]

MOST = 5
"""Arrays of which all orders are tried."""
NOUNS = {"x": "inputs", "y": "targets"}


def diagnosis_of_order(analysis: Analysis) -> list[Diagnosis]:
    """The diagnosis of a call whose arrays fit the model in another order; nothing where they fit as they are."""
    return _of_inputs(analysis) or _of_targets(analysis)


def _of_inputs(analysis: Analysis) -> list[Diagnosis]:
    feed, graph, problem = analysis.problem.feed, analysis.graph, analysis.problem
    conflicts = analysis.inputs.conflicts()
    values = graph.network.inputs
    if feed is None or problem.failure is None or len(conflicts) < 2 or len(analysis.inputs.fed) < len(values):
        return []
    fed = [analysis.inputs.fed[value] for value in values]
    declared = [graph.shapes[value][1:] for value in values]
    orders = _orders(len(values), lambda place, index: shapes_agree(fed[index], declared[place]))
    if not orders:
        return []
    names = [graph.nodes[graph.producer[value]].call.layer for value in values]
    cause = _cause(feed, "x", orders, (names, fed, declared), "")
    return [diagnosis_of_data(problem, analysis.inputs, *conflicts[0], (cause,))]


def _of_targets(analysis: Analysis) -> list[Diagnosis]:
    feed, violated = analysis.problem.feed, analysis.violated
    if feed is None or len(violated) < 2 or analysis.accepted or any(each.output is None for each in violated):
        return []
    compared = _all_compared(analysis, feed)
    orders = _orders(len(compared), partial(_is_compared, compared))
    return [_diagnosis_of_targets(analysis, feed, compared, orders)] if orders else []


def _all_compared(analysis: Analysis, feed: Feed) -> list[Compared]:
    """All targets, each beside its output; none where one has no output or an output no target."""
    compared = [Compared.at(analysis, slot) for slot in range(len(feed.targets))]
    known = [each for each in compared if each is not None]
    return known if len(known) == len(compared) >= len(analysis.graph.network.outputs) else []


def _diagnosis_of_targets(
    analysis: Analysis, feed: Feed, compared: Sequence[Compared], orders: Sequence[Order]
) -> Diagnosis:
    """The diagnosis at the first output whose targets do not fit."""
    graph, problem = analysis.graph, analysis.problem
    with_it = reordered_targets(feed, orders[0])
    reserve = reservation_of_targets(replace(problem, feed=with_it), graph.network)
    names = [each.layer for each in compared]
    shapes = names, [each.targets for each in compared], [each.output for each in compared]
    first = analysis.violated[0]
    layer_type = graph.network.calls[first.call].layer_type
    expected, actual = first.accepted_shapes[0], graph.shapes.get(first.values[0])
    return Diagnosis(
        code="SG303",
        layer=first.layer,
        layer_type=layer_type,
        expected=expected,
        actual=actual,
        causes=(_cause(feed, "y", orders, shapes, reserve),),
        original=original_of(problem.failure),
        origin="targets",
        headline=headline(problem, graph, first, first.layer, layer_type),
        raised_at=problem.raised_at,
    )


def _is_compared(compared: Sequence[Compared], place: int, index: int) -> bool:
    """Whether an output may be compared with the targets that are given for another one."""
    return accepts(compared[place].output, compared[index].targets, compared[place].loss)


def _orders(count: int, fits: Callable[[int, int], bool]) -> list[Order]:
    """The orders in which all fit, those that move the fewest first and no others beside them."""
    if not 2 <= count <= MOST:
        return []
    found = [order for order in permutations(range(count)) if all(fits(*each) for each in enumerate(order))]
    moved = {order: sum(place != index for place, index in enumerate(order)) for order in found}
    fewest = min(moved.values(), default=0)
    return [order for order in found if moved[order] == fewest > 0]


def _cause(
    feed: Feed, part: str, orders: Sequence[Order], shapes: tuple[list[str], list[Shape], list[Shape]], reserve: str
) -> Cause:
    """The cause; `shapes` are the names of the layers, what they were given, and what they take or give."""
    names, given, own = shapes
    order, noun = orders[0], NOUNS[part]
    lines = [
        f"'{name}' {'takes' if part == 'x' else 'gives'} {batched(own[place])}: it was given {batched(given[place])}"
        for place, name in enumerate(names)
        if order[place] != place
    ]
    is_one = len(orders) == 1
    return Cause(
        "data" if part == "x" else "targets",
        (_edit(feed, part, names, order),),
        confidence="cause" if is_one else "possible",
        proven_by=None if reserve else "rebuilt",
        title=f"the {noun} are in another order than the {'inputs' if part == 'x' else 'outputs'} of the model",
        label=f"{noun} in another order",
        explanation="\n".join(lines),
        fix_note=f"exchange the {noun}" if sum(p != i for p, i in enumerate(order)) == 2 else f"order the {noun}",
        proof=reserve or ("the inputs take these shapes" if part == "x" else "the losses accept these shapes"),
    )


def _edit(feed: Feed, part: str, names: Sequence[str], order: Order) -> Edit:
    """The edit of the call; without a place where it does not show the arrays one by one."""
    given: Given = given_in(feed, part)
    leaves = tuple(Leaf(place, len(names), name) for place, name in enumerate(names))
    place = training_call(feed)
    change = None if place is None else reordered(*place, given, leaves, order)
    wanted = "[" + ", ".join(names[index] for index in order) + "]"
    return Edit(
        layer="fit" if place is None else method_of(place[1]) or "fit",
        argument=given.argument,
        value=None,
        suggestion=Code(wanted if change is None else change.replacement),
        explicit=True,
        span=feed.call_span if change is None else change.replaces,
        replaces=None if change is None else change.replaces,
        replacement=None if change is None else change.replacement,
        corrected=None if change is None else change.text,
    )
