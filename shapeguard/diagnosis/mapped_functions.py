"""Functions that a dataset is mapped by, in which one small slip gives inputs or targets that the model refuses."""

from __future__ import annotations

import contextlib
import io
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from shapeguard.diagnosis.expression_edits import THIS_EXPRESSION, line_with
from shapeguard.diagnosis.judged_targets import reservation_of_targets
from shapeguard.diagnosis.own_functions import functions_behind
from shapeguard.diagnosis.proposers.own_expressions import vocabulary
from shapeguard.diagnosis.rewritten_expressions import value_or_code
from shapeguard.diagnosis.scoring import expression_costs as costs
from shapeguard.diagnosis.scoring.data_costs import MAPPED_MARGIN
from shapeguard.diagnosis.target_causes import ACCEPTED
from shapeguard.diagnosis.what_keras_said import original_of
from shapeguard.keras_compat import messages, states
from shapeguard.records.findings import Cause, Diagnosis, Edit
from shapeguard.source.compiled_otherwise import compiled_with, running
from shapeguard.source.function_slices import expressions_before
from shapeguard.source.literals import Code
from shapeguard.source.other_expressions import other_expressions
from shapeguard.spec import shapes_agree

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shapeguard.diagnosis.analysis import Analysis
    from shapeguard.diagnosis.own_functions import OwnFunction
    from shapeguard.records.network import Feed, MappedElements, Shape
    from shapeguard.source.slips import OtherExpression

    Shapes = tuple[tuple[Shape, ...], tuple[Shape, ...]]

MOST = 160
"""Slips that are tried, the likeliest first."""
EVERYWHERE = "axes of one everywhere"
SHOWN = 3


@dataclass(frozen=True, slots=True)
class _Trial:
    """Traces the functions with other text, and asks whether the model takes what comes of it."""

    analysis: Analysis
    feed: Feed
    mapped: MappedElements

    @classmethod
    def of(cls, analysis: Analysis) -> _Trial | None:
        """That of what the model is given; `None` where no function of the user's own maps it."""
        feed = analysis.problem.feed
        return None if feed is None or feed.mapped is None else cls(analysis, feed, feed.mapped)

    def gives_what_is_refused(self) -> bool:
        """Whether the functions give what the model was given, and it does not take that."""
        now = self._shapes()
        given = self.feed.inputs, tuple(each for each in self.feed.targets if each is not None)
        return now is not None and _agree(now, given) and not self._is_taken(now)

    def does_without(self) -> bool:
        """Whether the model takes the elements as they are before the functions."""
        return self._is_taken(self._shapes(is_mapped=False))

    def mending(self) -> list[_Slip]:
        """The slips with which the model takes what the dataset gives, the likeliest first."""
        found: list[_Slip] = []
        for slip in sorted(_slips(self.mapped), key=lambda each: each.cost)[:MOST]:
            if found and slip.cost >= found[0].cost + MAPPED_MARGIN:
                break
            if found and slip.other.manner == EVERYWHERE:
                continue  # it does in one place
            if self._mends(slip):
                found.append(slip)
        return found

    def _mends(self, slip: _Slip) -> bool:
        function, other = slip.function, slip.other
        code = compiled_with(function.source, other.span, other.text, function.function.__code__)
        if code is None:
            return False
        with running(function.function, code):
            return self._is_taken(self._shapes())

    def _shapes(self, *, is_mapped: bool = True) -> Shapes | None:
        """The shapes that the dataset gives now; `None` where a function refuses its elements."""
        try:
            with contextlib.redirect_stdout(io.StringIO()), states.leaving_no_mark(stateless=False):
                return self.mapped.shapes(is_mapped=is_mapped)
        except Exception:  # noqa: BLE001  whatever the user's own code raises with another expression in it
            return None

    def _is_taken(self, shapes: Shapes | None) -> bool:
        """Whether the model takes these inputs, and Keras compares these targets with its outputs."""
        inputs, targets = shapes or ((), ())
        graph, problem = self.analysis.graph, self.analysis.problem
        declared = [graph.shapes[value][1:] for value in graph.network.inputs]
        is_of_all = (len(inputs), len(targets)) == (len(declared), len(self.feed.targets))
        if shapes is None or not is_of_all or not all(map(shapes_agree, inputs, declared)):
            return False
        given = replace(problem, feed=replace(self.feed, inputs=inputs, targets=targets))
        return not reservation_of_targets(given, problem.network)


@dataclass(frozen=True, slots=True)
class _Slip:
    """An expression of a function, written otherwise."""

    cost: float
    function: OwnFunction
    other: OtherExpression


def with_mapped_functions(analysis: Analysis, diagnoses: list[Diagnosis]) -> list[Diagnosis]:
    """The diagnosis of a step that was refused, slips in the functions before it first; others as they are.

    A slip is the cause if the elements would do as they are without these functions, and none is as likely.
    """
    trial = _Trial.of(analysis)
    if trial is None or len(diagnoses) != 1 or not trial.gives_what_is_refused():
        return diagnoses
    (diagnosis,) = diagnoses
    is_broken_there = trial.does_without()
    if not is_broken_there and any(each.confidence == "cause" for each in diagnosis.causes):
        return diagnoses
    causes = _causes(trial.mending(), is_broken_there=is_broken_there)
    if not causes:
        return diagnoses
    if not is_broken_there:
        causes += [replace(each, confidence="possible") for each in diagnosis.causes]
    return [replace(diagnosis, causes=tuple(causes[:SHOWN]), advice="", tried="")]


def diagnosis_of_mapped_function(analysis: Analysis) -> list[Diagnosis]:
    """The diagnosis of a function that refuses the elements of a dataset itself; nothing where no slip mends it."""
    problem, trial = analysis.problem, _Trial.of(analysis)
    said = None if problem.failure is None else messages.refused_by_mapped_function(problem.failure.text)
    causes = [] if trial is None or said is None else _causes(trial.mending(), is_broken_there=trial.does_without())
    if not causes:
        return []
    return [
        Diagnosis(
            code="SG301",
            layer="",
            layer_type="",
            causes=tuple(causes[:SHOWN]),
            original=original_of(problem.failure),
            headline=f"a function that the dataset is mapped by refuses its elements: {said}",
            raised_at=problem.raised_at,
        )
    ]


def _causes(found: list[_Slip], *, is_broken_there: bool) -> list[Cause]:
    """The slips as causes; the only likely one is it for certain if the elements are right without the functions."""
    if found and is_broken_there and all(each.cost >= found[0].cost + MAPPED_MARGIN for each in found[1:]):
        return [replace(_cause(found[0]), confidence="cause")]
    return [_cause(each) for each in found]


def _slips(mapped: MappedElements) -> Iterator[_Slip]:
    for function in functions_behind(mapped.functions):
        words = vocabulary(function, has_axes_of_one=True)
        for distance, expression in expressions_before(function.definition, None):
            for other in other_expressions(function.source, expression, words):
                cost = costs.SLIPS[other.manner] + costs.FURTHER_STATEMENT * distance
                yield _Slip(cost, function, other)


def _agree(some: Shapes, others: Shapes) -> bool:
    """Whether these are the same inputs and targets, as far as sizes are known."""
    pairs = [*zip(some, others, strict=True)]
    return all(len(one) == len(other) and all(map(shapes_agree, one, other)) for one, other in pairs)


def _cause(slip: _Slip) -> Cause:
    function, other = slip.function.function.__qualname__.rpartition("<locals>.")[2], slip.other
    option = other.option
    is_written = option is None or option.value is not None
    edit = Edit(
        layer=function,
        argument="inputs" if option is None else option.name,
        value=Code(other.now) if option is None else is_written and value_or_code(other.now),
        suggestion=Code(other.text) if is_written else True,
        explicit=is_written,
        span=other.span,
        replaces=other.span,
        replacement=other.text,
        corrected=line_with(other.span, other.text),
    )
    return Cause(
        "data",
        (edit,),
        proven_by="rebuilt",
        title=f"`{' '.join(other.now.split())}` in `{function}` -> `{' '.join(other.text.split())}`",
        label=THIS_EXPRESSION,
        explanation="The dataset is mapped by this function.",
        proof=ACCEPTED,
    )
