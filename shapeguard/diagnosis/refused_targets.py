"""Targets and weights that were refused although the shapes of outputs and targets are as Keras' own losses take them.

A loss or metric of the user's own refused them, to which Keras adds no axis; or the sample weights are others than the
loss has values. Only what has raised already is run again, on shapes alone.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from shapeguard.diagnosis.compared_targets import Compared, batched
from shapeguard.diagnosis.fit_edits import Converted, edit_in_words, edits_of_parts
from shapeguard.diagnosis.handed_over import given_in
from shapeguard.diagnosis.headline import of_targets
from shapeguard.diagnosis.judged_targets import is_taken
from shapeguard.diagnosis.own_metrics import whole_batch_assigned
from shapeguard.diagnosis.proposers.targets import propose_conversions_of_targets
from shapeguard.diagnosis.refused_metrics import LEAVE_OUT, causes_of_metrics, refused_metrics
from shapeguard.diagnosis.target_causes import ACCEPTED, cause_of_conversion
from shapeguard.diagnosis.target_repairs import repaired
from shapeguard.diagnosis.weights_in_datasets import edits_in_dataset
from shapeguard.diagnosis.weights_of_outputs import of_one_array
from shapeguard.diagnosis.what_keras_said import original_of
from shapeguard.keras_compat import loss_calls
from shapeguard.keras_compat.loss_calls import Outcome
from shapeguard.records.findings import Cause, Diagnosis
from shapeguard.source.conversions import Leaf

if TYPE_CHECKING:
    from collections.abc import Sequence

    from shapeguard.diagnosis.analysis import Analysis
    from shapeguard.records.network import Feed, Shape
    from shapeguard.records.targets import CompiledMetric, OwnCode, TargetValues


def refused_beside_outputs(analysis: Analysis) -> list[Diagnosis]:
    """The diagnosis of the first output whose loss, metric or weights refused what they were given."""
    feed, problem = analysis.problem.feed, analysis.problem
    if feed is None or problem.failure is None or not problem.network.complete:
        return []
    for slot in range(len(feed.targets)):
        compared = Compared.at(analysis, slot)
        found = None if compared is None else _at(analysis, feed, compared)
        if found is not None:
            return [found]
    return []


def _at(analysis: Analysis, feed: Feed, compared: Compared) -> Diagnosis | None:
    """The diagnosis of one output."""
    own = next(iter(feed.own()[compared.slot : compared.slot + 1]), ()) if analysis.problem.rerun is not None else ()
    return (
        whole_batch_assigned(analysis.problem, compared, own)
        or _of_own(analysis, feed, compared)
        or _of_metrics(analysis, feed, compared)
        or _of_weights(analysis, feed, compared)
    )


def _of_metrics(analysis: Analysis, feed: Feed, compared: Compared) -> Diagnosis | None:
    """What metrics of Keras' own refuse, if the loss takes it."""
    refused = refused_metrics(feed, compared) if _is_taken_by_loss(feed, compared) else []
    if not refused:
        return None
    names = " and ".join(dict.fromkeys(map(_metric_in_words, refused)))
    by = f"metric{'s' if len(refused) > 1 else ''} {names}"
    return _diagnosis(analysis, compared, by, causes_of_metrics(analysis, feed, compared, refused))


def _metric_in_words(metric: CompiledMetric) -> str:
    """The name that a metric has in the logs, with its class if that is another."""
    own = dict(metric.config).get("name", metric.name)
    return f"'{own}'" if own == metric.name else f"'{own}' ({metric.name})"


def _is_taken_by_loss(feed: Feed, compared: Compared) -> bool:
    if compared.loss.is_keras:
        asked = loss_calls.outcome(compared.loss, compared.targets, compared.values.dtype, compared.output)
        return asked in {Outcome.FITS, Outcome.WARNED}
    own = next(iter(feed.own()[compared.slot : compared.slot + 1]), ())
    return all(_runs(each, compared.targets, compared.values, compared.output) for each in own if each.kind == "loss")


def _of_own(analysis: Analysis, feed: Feed, compared: Compared) -> Diagnosis | None:
    """What a loss or metric of the user's own refuses, if it takes the targets in another form."""
    if analysis.problem.rerun is None or compared.targets == compared.output:
        return None
    code = next(iter(feed.own()[compared.slot : compared.slot + 1]), ())
    refusing = next(
        (each for each in code if not _runs(each, compared.targets, compared.values, compared.output)), None
    )
    if refusing is None:
        return None
    causes = []
    for repair in propose_conversions_of_targets(compared, is_frame="y" in feed.frames, own=refusing.name):
        problem = replace(analysis.problem, feed=repaired(feed, repair))
        runs = all(_runs(each, repair.targets, repair.values, compared.output) for each in code)
        if runs and is_taken(problem, problem.network, compared.slot):
            reserve = "" if repair.targets == compared.output else "its shape is not that of the output"
            causes.append(
                cause_of_conversion(feed, compared, repair, reserve, f"your {refusing.kind} takes these shapes")
            )
    return _diagnosis(analysis, compared, f"{refusing.kind} '{refusing.name}'", causes) if causes else None


def _runs(code: OwnCode, targets: Shape, values: TargetValues, output: Shape) -> bool:
    if None in targets or None in output:
        return False
    try:
        code.run(targets, values.dtype, output)
    except Exception:  # noqa: BLE001  what the user's own code raises is the answer
        return False
    return True


def _of_weights(analysis: Analysis, feed: Feed, compared: Compared) -> Diagnosis | None:
    """Sample weights that are no weight for each value that the loss has of a sample."""
    weights = feed.weights[compared.slot] if compared.slot < len(feed.weights) else None
    if not weights:
        return None
    of_one = of_one_array(analysis, feed)
    if of_one is not None:
        return _diagnosis(analysis, compared, "", [of_one], weights)
    asked = compared.loss, compared.targets, compared.values.dtype, compared.output
    if loss_calls.outcome(*asked) is not Outcome.FITS or loss_calls.outcome(*asked, weights) is not Outcome.REFUSED:
        return None
    part = Converted(
        given_in(feed, "sample_weight"),
        "",
        (feed.samples, *weights),
        Leaf(compared.slot, len(feed.targets), compared.layer),
    )
    causes = []
    for kept in reversed(range(len(weights))):
        if loss_calls.outcome(*asked, weights[:kept]) is Outcome.FITS:
            causes.append(_of_fewer(feed, compared, part, weights, kept))
            break
    if not causes and loss_calls.outcome(*asked, compared.output[:-1]) is Outcome.FITS:
        causes.append(_of_other_sizes(compared, weights))
    return _diagnosis(analysis, compared, f"loss '{compared.loss.name}' with these weights", causes, weights)


def _of_fewer(feed: Feed, compared: Compared, part: Converted, weights: Shape, kept: int) -> Cause:
    """One weight where there are several: the first where all are alike, which is certain; else their mean."""
    left = len(weights) - kept
    is_same = compared.slot < len(feed.alike) and feed.alike[compared.slot] >= left
    axes = -1 if left == 1 else tuple(range(kept + 1, len(weights) + 1))
    is_indexed = is_same and "sample_weight" not in feed.frames
    code = f"{{x}}[..., {', '.join(['0'] * left)}]" if is_indexed else f"np.mean({{x}}, axis={axes})"
    wanted = "one weight for each sample" if not kept else f"weights {batched(weights[:kept])}"
    lines = [f"The loss is taken over the last axis of {batched(compared.output)}, and takes {wanted}."]
    if is_same:
        lines.append("The weights are the same along what is left out.")
    elif weights == compared.output:
        lines.append(
            "For a weight of each value the output and the targets need a last axis of 1: y[..., None] and a Reshape."
        )
    return Cause(
        "data",
        tuple(
            edits_of_parts(feed, [replace(part, code=code)])
            or edits_in_dataset(feed, _last_axes(left))
            or [edit_in_words(feed, part, "sample_weight")]
        ),
        proven_by="rebuilt" if is_same else None,
        proof=ACCEPTED if is_same else "",
        title=f"`sample_weight` has the shape {batched(weights)}; the loss takes {wanted}",
        label=f"sample weights: {batched(weights)}",
        explanation="\n".join(lines),
        fix_note=f"give {wanted}",
    )


def _last_axes(count: int) -> str:
    """So many last axes, as an option says it."""
    return "-1" if count == 1 else str(tuple(range(-count, 0)))


def _of_other_sizes(compared: Compared, weights: Shape) -> Cause:
    """Weights of other sizes than the loss has values; what they are to be is the author's to say."""
    wanted = batched(compared.output[:-1])
    return Cause(
        "data",
        (),
        title=f"`sample_weight` has the shape {batched(weights)}; the loss has a value for each of {wanted}",
        label=f"sample weights: {batched(weights)}",
        explanation=f"The loss is taken over the last axis of {batched(compared.output)}.",
        fix_note=f"give weights {wanted}",
    )


def _diagnosis(
    analysis: Analysis, compared: Compared, by: str, causes: Sequence[Cause], weights: Shape | None = None
) -> Diagnosis:
    problem, graph = analysis.problem, analysis.graph
    output = graph.shapes[graph.network.outputs[compared.slot]]
    maker = graph.nodes[graph.producer[graph.network.outputs[compared.slot]]].call
    feed, failure = problem.feed, problem.failure
    owner = f"layer '{maker.layer}' ({maker.layer_type})"
    line = "" if feed is None else of_targets(feed, compared.targets, output, owner, by)
    if weights is not None:
        given = f"sample weights {batched(weights)}"
        line = f"{given} do not match the output {output} of {owner} for loss '{compared.loss.name}'"
    is_sure = len(causes) == 1 and causes[0].verified and not causes[0].fix_note.startswith(LEAVE_OUT)
    return Diagnosis(
        code="SG303",
        layer=maker.layer,
        layer_type=maker.layer_type,
        actual=output,
        causes=tuple(replace(each, confidence="cause") if is_sure else each for each in causes),
        original=original_of(failure),
        origin="targets",
        headline=line,
        raised_at=problem.raised_at,
    )
