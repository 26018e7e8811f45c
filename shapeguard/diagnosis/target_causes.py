"""Repairs of targets and losses as causes: judged by Keras, with the edits that make them in the program."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, assert_never

from shapeguard.diagnosis.compared_targets import Compared, batched, name_of_targets
from shapeguard.diagnosis.dataset_makers import cause_of_labels
from shapeguard.diagnosis.fit_edits import Converted, edit_in_words, edit_of, edits_of_parts
from shapeguard.diagnosis.handed_over import VALIDATION, given_in, is_of_validation, training_call
from shapeguard.diagnosis.judged_targets import is_taken, reservation_of_targets
from shapeguard.diagnosis.loss_edits import Output, change_of_loss, spelled
from shapeguard.diagnosis.proposers.losses import propose_losses
from shapeguard.diagnosis.proposers.targets import propose_conversions_of_targets
from shapeguard.diagnosis.reservations import OTHER_DATA, REGROUPED
from shapeguard.diagnosis.scoring import data_costs as costs
from shapeguard.diagnosis.structure_edits import import_edit
from shapeguard.diagnosis.target_repairs import ChangeLoss, ConvertTargets, repaired
from shapeguard.records.findings import Cause, Edit
from shapeguard.source.conversions import Given, Leaf
from shapeguard.source.one_hot_calls import with_classes, with_labels_from
from shapeguard.source.unread_names import unread_targets

if TYPE_CHECKING:
    import ast
    from collections.abc import Iterator, Sequence

    from shapeguard.diagnosis.faults import Fault
    from shapeguard.diagnosis.target_repairs import TargetRepair
    from shapeguard.records.network import Feed, Shape
    from shapeguard.records.source import Correction
    from shapeguard.records.targets import CompiledLoss
    from shapeguard.source.trees import Source

ACCEPTED = "the loss accepts these shapes"


@dataclass(frozen=True, slots=True)
class Ranked:
    """A cause with how far-fetched it is, and the repair of targets or loss that it is of."""

    cause: Cause
    score: float
    repair: TargetRepair | None = None


def causes_of_targets(fault: Fault) -> list[Ranked]:
    """Targets in another form and losses that take them, the likelier first; none if the fault is not of targets.

    A loss is the cause where the values tell that the present one cannot be meant; else the author alone knows whether
    the loss or the targets are.
    """
    constraint, feed = fault.outputs[0] if fault.outputs else None, fault.analysis.problem.feed
    if constraint is None or feed is None or constraint.output is None:
        return []
    compared = Compared.at(fault.analysis, constraint.output)
    return [] if compared is None else ranked_causes(fault, feed, compared)


def with_right_targets(fault: Fault) -> Feed | None:
    """What the step is given with the likeliest repair of the targets or their loss; `None` if there is none."""
    feed = fault.analysis.problem.feed
    repair = next((each.repair for each in causes_of_targets(fault)), None)
    return None if feed is None or repair is None else repaired(feed, repair)


def ranked_causes(fault: Fault, feed: Feed, compared: Compared) -> list[Ranked]:
    """The causes among the targets and the loss of one output, the likelier first."""
    found = [_ranked(fault, feed, compared, repair) for repair in _proposed(feed, compared)]
    found.append(_of_unread_targets(feed, compared))
    of_labels = cause_of_labels(feed, compared)
    found.append(None if of_labels is None else Ranked(of_labels, costs.KIND_OF_LABELS))
    return sorted((each for each in found if each is not None), key=lambda each: each.score)


def _proposed(feed: Feed, compared: Compared) -> Iterator[TargetRepair]:
    """What may be changed; where `fit` has trained before it validates, its loss is not in question."""
    if not is_of_validation(feed):
        yield from propose_losses(compared)
    own = "" if compared.loss.is_keras else compared.loss.name
    yield from propose_conversions_of_targets(compared, is_frame="y" in feed.frames, own=own)


def _ranked(fault: Fault, feed: Feed, compared: Compared, repair: TargetRepair) -> Ranked | None:
    """A repair as a cause; `None` where Keras does not take what it leads to."""
    problem = replace(fault.analysis.problem, feed=repaired(feed, repair))
    other = OTHER_DATA if fault.analysis.inputs.conflicts() else ""
    match repair:
        case ChangeLoss():
            reserve = other or _reservation(feed, compared, repair) or reservation_of_targets(problem, problem.network)
            return Ranked(_of_loss(feed, compared, repair, reserve), repair.cost, repair)
        case ConvertTargets():
            if not is_taken(problem, problem.network, repair.slot) or not _shows_why(feed, compared, repair):
                return None
            reserve = other or (REGROUPED if repair.regroups else reservation_of_targets(problem, problem.network))
            return Ranked(cause_of_conversion(feed, compared, repair, reserve), repair.cost, repair)
        case _:
            assert_never(repair)


def _of_unread_targets(feed: Feed, compared: Compared) -> Ranked | None:
    """Targets that the program has made and uses nowhere, where it hands the inputs over in their place."""
    place = training_call(feed) if compared.values.is_input and len(feed.targets) == 1 else None
    name = None if place is None else unread_targets(*place)
    if name is None:
        return None
    edits = edits_of_parts(feed, [Converted(given_in(feed, "y"), name, _whole_shape(feed, compared))])
    cause = Cause(
        "targets",
        tuple(edits or ()),
        title=f"the targets are the inputs themselves, and `{name}` is used nowhere",
        label="the inputs once more",
        fix_note=f"pass `{name}`",
        proof=f"the shape of `{name}` is not known",
    )
    return Ranked(cause, costs.UNREAD_TARGETS) if edits else None


def _whole_shape(feed: Feed, compared: Compared) -> Shape:
    """The targets of one batch."""
    return (min(filter(None, (feed.batch_size, feed.samples)), default=None), *compared.targets)


def _reservation(feed: Feed, compared: Compared, repair: ChangeLoss) -> str:
    """Why another loss may not be what is meant, though Keras may take it; "" if nothing says so.

    Targets of which only the shape is known, and that have the shape of an input, may be that of an autoencoder.
    """
    may_be_input = compared.values.kind is None and compared.targets in feed.inputs and len(compared.targets) > 1
    return repair.doubt or ("they may be the inputs, whose values are not at hand" if may_be_input else "")


def edits_of_loss(feed: Feed, compared: Compared, loss: CompiledLoss) -> list[Edit]:
    """Another loss in the call of `compile`, then the imports that it needs."""
    corrected = spelled(loss)
    change = change_of_loss(feed, Output(compared.slot, compared.layer), corrected)
    edit = Edit(
        layer="compile",
        argument="loss",
        value=compared.loss.name if compared.loss.form == "string" else spelled(compared.loss),
        suggestion=loss.written if loss.form == "string" else corrected,
        explicit=True,
        span=feed.y_span,
        replaces=change.correction.replaces,
        replacement=change.correction.replacement,
        corrected=_in_one_line(change.correction),
    )
    return [edit, *map(import_edit, change.imports)]


def _in_one_line(correction: Correction) -> str | None:
    """The call for reading; of one that goes over several lines the argument alone."""
    text = correction.text
    return text if text is None or "\n" not in text else f"loss={correction.replacement}"


def _of_loss(feed: Feed, compared: Compared, repair: ChangeLoss, reserve: str) -> Cause:
    is_one_of_several = sum(each is not None for each in feed.targets) > 1
    return Cause(
        "loss",
        tuple(edits_of_loss(feed, compared, repair.loss)),
        confidence="cause" if repair.is_certain else "possible",
        proven_by=None if reserve else "rebuilt",
        title=f"the targets {repair.are}; `{compared.loss.name}` expects {repair.needed}",
        label=f"targets{f' ({repair.noun})' if repair.noun else ''}: {batched(compared.targets)}",
        explanation=repair.doubt,
        fix_note=f"pass to compile() for the output of '{compared.layer}'"
        if is_one_of_several
        else "pass to compile()",
        proof="" if repair.doubt else reserve or ACCEPTED,
    )


def cause_of_conversion(
    feed: Feed, compared: Compared, repair: ConvertTargets, reserve: str, proof: str = ACCEPTED
) -> Cause:
    """Converted targets as a cause."""
    given = given_in(feed, "y")
    leaf = Leaf(compared.slot, len(feed.targets), compared.layer)
    shape = _whole_shape(feed, compared)
    places = [given, *([Given(VALIDATION, 1)] if feed.phase == "train" and _is_validated_alike(feed) else [])]
    parts = [Converted(each, repair.code, shape, leaf) for each in places]
    edits = _in_one_hot_calls(feed, parts, repair) or edits_of_parts(feed, parts) or edits_of_parts(feed, parts[:1])
    title = (
        repair.title.replace("the targets", "the targets in validation_data", 1)
        if is_of_validation(feed)
        else repair.title
    )
    return Cause(
        "targets",
        tuple(edits or [edit_in_words(feed, parts[0], name_of_targets(feed))]),
        proven_by=None if reserve else "rebuilt",
        title=title,
        label=f"targets: {batched(compared.targets)}",
        fix_note="convert the targets",
        proof=reserve or proof,
    )


def _in_one_hot_calls(feed: Feed, parts: Sequence[Converted], repair: ConvertTargets) -> list[Edit]:
    """The number of classes, or the least label, in each call that made these rows; nothing where that is not in sight.

    Labels have to begin at 0 in all of them, or rows of one kind are compared with those of another.
    """
    place = training_call(feed)
    if place is None or not (repair.classes or repair.first):
        return []
    changes = [_in_one_hot_call(place, part, repair) for part in parts]
    if repair.first and None in changes:
        return []
    return [
        replace(edit_of(place[1], part.given.argument, change), value=part.shape)
        for part, change in zip(parts, changes, strict=True)
        if change is not None
    ]


def _in_one_hot_call(place: tuple[Source, ast.Call], part: Converted, repair: ConvertTargets) -> Correction | None:
    if repair.classes is not None:
        return with_classes(*place, part.given, part.leaf, repair.classes)
    return with_labels_from(*place, part.given, part.leaf, repair.first)


def _shows_why(feed: Feed, compared: Compared, repair: ConvertTargets) -> bool:
    """Whether missing classes explain it: the rows were made of the labels that are there, or others fitted before."""
    given, leaf = given_in(feed, "y"), Leaf(compared.slot, len(feed.targets), compared.layer)
    rows = Converted(given, repair.code, None, leaf)
    return repair.classes is None or is_of_validation(feed) or bool(_in_one_hot_calls(feed, [rows], repair))


def _is_validated_alike(feed: Feed) -> bool:
    """Whether `fit` is given data for validation as well, whose targets are made as the others are."""
    return feed.validation is not None
