"""Metrics of Keras' own that refuse what the loss takes: another form of them, none of them, or other targets."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from shapeguard.diagnosis.compared_targets import batched
from shapeguard.diagnosis.judged_targets import WRONG, is_taken
from shapeguard.diagnosis.proposers.losses import NUMBERS, ROWS, exchanged
from shapeguard.diagnosis.proposers.targets import propose_conversions_of_targets
from shapeguard.diagnosis.target_causes import cause_of_conversion, edits_of_loss
from shapeguard.diagnosis.target_repairs import repaired
from shapeguard.keras_compat import compiled_metrics
from shapeguard.keras_compat.loss_calls import Outcome
from shapeguard.keras_compat.other_metrics import other_forms
from shapeguard.records.findings import Cause, Edit
from shapeguard.source import trees
from shapeguard.source.compiled_metrics import renamed, with_options, without, written_metric
from shapeguard.source.conversions import Leaf
from shapeguard.source.fit_call import method_of
from shapeguard.source.literals import Code

if TYPE_CHECKING:
    import ast
    from collections.abc import Iterator, Sequence

    from shapeguard.diagnosis.analysis import Analysis
    from shapeguard.diagnosis.compared_targets import Compared
    from shapeguard.keras_compat.other_metrics import OtherForm
    from shapeguard.records.network import Feed
    from shapeguard.records.source import Correction, Span
    from shapeguard.records.targets import CompiledLoss, CompiledMetric
    from shapeguard.source.compiled_metrics import WrittenMetric
    from shapeguard.source.trees import Source

LEAVE_OUT = "leave out "
"""How a fix begins that gives up what was wanted."""
ACCURACY = "accuracy"
"""Takes numbers of classes beside a value for each class (trainers/compile_utils.py, 3.0 to 3.15)."""
ACCEPTED = "the loss and the metrics accept these shapes"


@dataclass(frozen=True, slots=True)
class _Metric:
    """A metric that refuses, where it is written, and the form of it that does not."""

    metric: CompiledMetric
    written: WrittenMetric | None
    other: OtherForm | None


def refused_metrics(feed: Feed, compared: Compared) -> list[CompiledMetric]:
    """The metrics of an output that refuse its targets, and those that compare what does not belong together.

    Empty unless one refuses them.
    """
    metrics = next(iter(feed.metrics()[compared.slot : compared.slot + 1]), ())
    given = compared.targets, compared.values.dtype, compared.output
    outcomes = [(metric, compiled_metrics.outcome(metric, *given)) for metric in metrics]
    is_refused = any(outcome is Outcome.REFUSED for _, outcome in outcomes)
    return [metric for metric, outcome in outcomes if is_refused and outcome in WRONG]


def causes_of_metrics(
    analysis: Analysis, feed: Feed, compared: Compared, refused: Sequence[CompiledMetric]
) -> list[Cause]:
    """The metrics in another form if there is one for each; else without them, or other targets, the likelier first."""
    place = _compile_call(feed)
    leaf = Leaf(compared.slot, len(feed.targets), compared.layer)
    metrics = [
        _Metric(each, None if place is None else written_metric(*place, leaf, each.name), _other_form(compared, each))
        for each in refused
    ]
    changed = _of_metrics(compared, place, metrics)
    if all(each.other is not None for each in metrics):
        return [changed]
    same, others = _of_targets(analysis, feed, compared, refused[0].name)
    return [*same, changed, *others]


def _compile_call(feed: Feed) -> tuple[Source, ast.Call] | None:
    source = None if feed.compile_span is None else trees.source_of(feed.compile_span.file)
    call = None if source is None or feed.compile_span is None else source.call_ending(feed.compile_span)
    return None if source is None or call is None or method_of(call) != "compile" else (source, call)


def _other_form(compared: Compared, metric: CompiledMetric) -> OtherForm | None:
    """The first form of a metric that takes the targets, where these tell which one is meant."""
    rows = compared.targets == compared.output
    given = compared.targets, compared.values.dtype, compared.output
    forms = other_forms(metric, rows=rows) if rows or compared.may_be_class_numbers else ()
    return next((each for each in forms if compiled_metrics.outcome(each.metric, *given) is Outcome.FITS), None)


def _of_metrics(compared: Compared, place: tuple[Source, ast.Call] | None, metrics: Sequence[_Metric]) -> Cause:
    """Each metric in its other form, and without those that have none."""
    edits = [edit for each in metrics for edit in _edits_of_form(place, each)]
    instead = ACCURACY if compared.loss.name == NUMBERS and compared.may_be_class_numbers else ""
    edits += _edits_of_removal(place, [each for each in metrics if each.other is None], instead)
    names = " and ".join(dict.fromkeys(f"`{each.metric.name}`" for each in metrics))
    verb = "does" if len(metrics) == 1 else "do"
    shapes = f"the targets {batched(compared.targets)} beside the output {batched(compared.output)}"
    removed = " and ".join(f"`{each.metric.name}`" for each in metrics if each.other is None)
    return Cause(
        "loss",
        tuple(edits),
        proven_by="rebuilt",
        title=f"{names} {verb} not take {shapes}, which the loss takes",
        fix_note=f"{LEAVE_OUT}{removed}" if removed else "",
        proof=ACCEPTED,
    )


def _edits_of_form(place: tuple[Source, ast.Call] | None, metric: _Metric) -> Iterator[Edit]:
    other, written = metric.other, metric.written
    if other is None:
        return
    name, suggestion = metric.metric.name, other.metric.name
    if other.options:
        suggestion = f"{suggestion}({', '.join(f'{option}=False' for option in other.options)})"
    if place is None or written is None:
        yield _edit(name, suggestion, None, None)
        return
    span = place[0].span(written.made)
    if other.metric.name != name:
        yield _edit(name, other.metric.name, span, renamed(place[0], written, other.metric.name))
    if other.options:
        yield _edit(name, suggestion, span, with_options(place[0], written, other.options))


def _edits_of_removal(
    place: tuple[Source, ast.Call] | None, metrics: Sequence[_Metric], instead: str
) -> Iterator[Edit]:
    names = ", ".join(each.metric.name for each in metrics)
    written = [each.written for each in metrics if each.written is not None]
    if not metrics:
        return
    if place is None or len(written) < len(metrics):
        yield _edit(names, None, None, None)
        return
    for change in without(*place, written, instead):
        text = f"{written[0].argument}={change.replacement}"
        yield _edit(names, change.replacement, place[0].span(written[0].element), replace(change, text=text))


def _edit(value: str, suggestion: str | None, span: Span | None, change: Correction | None) -> Edit:
    return Edit(
        layer="compile",
        argument="metrics",
        value=Code(value),
        suggestion=None if suggestion is None else Code(suggestion),
        explicit=True,
        span=span,
        replaces=None if change is None else change.replaces,
        replacement=None if change is None else change.replacement,
        corrected=None if change is None else change.text,
    )


def _of_targets(analysis: Analysis, feed: Feed, compared: Compared, name: str) -> tuple[list[Cause], list[Cause]]:
    """Targets in a form that the metrics take too: beside the same loss, and together with another one."""
    same, others = [], []
    proof = f"the loss and `{name}` accept these shapes"
    for repair in propose_conversions_of_targets(compared, is_frame="y" in feed.frames, own=name):
        converted = repaired(feed, repair)
        if _takes(analysis, converted, compared):
            same.append(cause_of_conversion(feed, compared, repair, "", proof))
        elif compared.loss.name == NUMBERS and repair.targets == compared.output:
            loss, doubt = exchanged(compared.loss, ROWS)
            if _takes(analysis, _with_loss(converted, compared, loss), compared):
                cause = cause_of_conversion(feed, compared, repair, doubt, proof)
                title = f"the targets have no axis of the classes; `{name}` takes a column for each class"
                edits = (*cause.edits, *edits_of_loss(feed, compared, loss))
                others.append(replace(cause, edits=edits, title=title))
    return same, others


def _takes(analysis: Analysis, feed: Feed, compared: Compared) -> bool:
    problem = replace(analysis.problem, feed=feed)
    return is_taken(problem, problem.network, compared.slot)


def _with_loss(feed: Feed, compared: Compared, loss: CompiledLoss) -> Feed:
    return replace(feed, loss=(*feed.loss[: compared.slot], loss, *feed.loss[compared.slot + 1 :]))
