"""A batch axis that is missing or one too many, as edits of what a program hands to `fit` and its like."""

from __future__ import annotations

import ast
from dataclasses import replace
from typing import TYPE_CHECKING

from shapeguard.diagnosis.fit_edits import Converted, edit_of, edits_of_parts
from shapeguard.diagnosis.handed_over import VALIDATION, given_in, training_call, whole_given
from shapeguard.diagnosis.structure_edits import import_edit
from shapeguard.records.findings import Edit
from shapeguard.records.source import Correction
from shapeguard.source.batch_calls import named, results_dropped, without_last_batch
from shapeguard.source.conversions import NAMES, WHOLE, Given, Leaf, expression_given
from shapeguard.source.fit_call import method_of
from shapeguard.source.generators import lists_among, yielded
from shapeguard.source.single_samples import as_batches
from shapeguard.source.spelling import rewritten
from shapeguard.source.statement_edits import with_all

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from shapeguard.diagnosis.batch_axes import How, Misbatched
    from shapeguard.records.network import Feed, Shape
    from shapeguard.source.trees import Source

BATCH = "{x}.batch(32)"
UNBATCH = "{x}.unbatch()"


def edits_of_batch_axis(feed: Feed, wrong: Sequence[Misbatched], inputs: Sequence[int]) -> list[Edit]:
    """The edits of all data that is wrong by the batch axis; none where the program does not show where it is made."""
    match feed.source:
        case "arrays":
            return edits_of_parts(feed, [*_inputs(feed, wrong, inputs), *_targets(feed, wrong[0])]) or []
        case "dataset":
            return _of_dataset(feed, wrong[0])
        case "batches":
            return edits_of_samples(feed) if wrong[0].how == "missing" else []


def _inputs(feed: Feed, wrong: Sequence[Misbatched], inputs: Sequence[int]) -> Iterator[Converted]:
    for each in wrong:
        leaf = Leaf(inputs.index(each.node.outputs[0]), len(inputs), each.node.call.layer)
        code = _code(each.how, each.given, is_frame="x" in feed.frames)
        if each.how == "flat":
            code = f"np.reshape({{x}}, ({', '.join(map(str, (1, *each.declared[1:])))}))"
        yield Converted(given_in(feed, "x"), code, each.given, leaf)


def _targets(feed: Feed, first: Misbatched) -> Iterator[Converted]:
    """The targets, where they are wrong by the same axis."""
    shapes: list[Shape]
    if first.how == "missing":
        shapes = [shape for name, shape in feed.unequal if name == "y" and shape[0] != 1]
    else:
        shapes = [(first.given[0], *shape) for shape in feed.targets if shape is not None]
    for place, shape in enumerate(shapes):
        code = _code(first.how, shape, is_frame="y" in feed.frames)
        yield Converted(given_in(feed, "y"), code, shape, Leaf(place, len(shapes)))


def _code(how: How, shape: Shape, *, is_frame: bool) -> str:
    """`x[None]` of one sample; `x[0]` of a batch of one batch, else the batches one behind the other."""
    if how == "missing":
        return "np.expand_dims({x}, 0)" if is_frame else "{x}[None]"
    return "{x}[0]" if shape[0] == 1 else f"{{x}}.reshape({', '.join(map(str, (-1, *shape[2:])))})"


def _of_dataset(feed: Feed, first: Misbatched) -> list[Edit]:
    """`.batch(32)` where the dataset is handed over, also the one for validation; or one `.batch` less."""
    given = whole_given(feed)
    if first.how == "missing":
        kept = _results_kept(feed, given)
        if kept:
            return kept
        places = [given, *([Given(VALIDATION)] if _has_other_unbatched(feed, first) else [])]
        return edits_of_parts(feed, [Converted(place, BATCH, first.given) for place in places]) or []
    return (
        _without_batch(feed, given, first.given) or edits_of_parts(feed, [Converted(given, UNBATCH, first.given)]) or []
    )


def _results_kept(feed: Feed, given: Given) -> list[Edit]:
    """The name of a dataset before calls of its methods whose results nothing keeps, if one of them batches it."""
    place = training_call(feed)
    node = None if place is None else expression_given(place[1], given, WHOLE)
    if place is None or not isinstance(node, ast.Name):
        return []
    dropped = results_dropped(*place, node.id)
    return [edit_of(place[1], given.argument, named(place[0], each, node.id)) for each in dropped]


def edits_of_samples(feed: Feed) -> list[Edit]:
    """Batches for the samples that a generator or a Sequence of the program gives; none where it is not in sight."""
    given = whole_given(feed)
    place = training_call(feed)
    node = None if place is None else expression_given(place[1], given, WHOLE)
    value = None if place is None or node is None else yielded(*place, node)
    return [] if place is None or value is None else _batches_of(place, value, given)


def _batches_of(place: tuple[Source, ast.Call], value: ast.expr, given: Given) -> list[Edit]:
    """What a generator gives, as batches: arrays of its lists, or its samples with an axis more."""
    lists = lists_among(place[0], value)
    if lists:
        return _as_arrays(place, value, lists, given)
    batched = as_batches(place[0], value)
    if batched is None:
        return []
    edits = [edit_of(place[1], given.argument, each) for each in batched.corrections]
    return [*edits, *map(import_edit, batched.imports)]


def _as_arrays(place: tuple[Source, ast.Call], value: ast.expr, lists: Sequence[ast.expr], given: Given) -> list[Edit]:
    """Arrays for the lists of samples in a batch, of which Keras would take each sample for an array."""
    source, call = place
    written = rewritten(source, value, "np.array(the_list)", NAMES)
    if written is None:
        return []
    texts = {each: written[0].replace("the_list", source.text(source.span(each))) for each in lists}
    changes = [Correction(None, source.span(each), text) for each, text in texts.items()]
    whole = with_all(source, value, changes)
    edits = [edit_of(call, given.argument, replace(each, text=whole)) for each in changes]
    return [*edits, *map(import_edit, written[1])]


def _has_other_unbatched(feed: Feed, first: Misbatched) -> bool:
    """Whether the dataset for validation is not batched either."""
    return feed.phase == "train" and bool(feed.validation) and first.given[1:] in (feed.validation or ())


def _without_batch(feed: Feed, given: Given, shape: Shape) -> list[Edit] | None:
    place = training_call(feed)
    node = None if place is None else expression_given(place[1], given, WHOLE)
    change = None if place is None or node is None else without_last_batch(place[0], place[1], node)
    if place is None or change is None:
        return None
    method = method_of(place[1]) or "fit"
    return [
        Edit(
            layer=method,
            argument=given.argument,
            value=shape,
            suggestion=change.text or None,
            explicit=True,
            span=change.replaces,
            replaces=change.replaces,
            replacement=change.replacement,
            corrected=change.text or None,
        )
    ]
