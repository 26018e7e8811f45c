"""Batches whose parts are nested otherwise than Keras takes them: as inputs, targets and sample weights."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from shapeguard.diagnosis.batch_edits import edits_of_samples
from shapeguard.diagnosis.compared_targets import batched
from shapeguard.diagnosis.fit_edits import Converted, edit_of, edits_of_parts
from shapeguard.diagnosis.handed_over import given_in, is_of_validation, training_call, whole_given
from shapeguard.diagnosis.target_shapes import accepts
from shapeguard.diagnosis.what_keras_said import original_of
from shapeguard.diagnosis.zipped_pairs import cause_of_zipped_pairs
from shapeguard.keras_compat import messages
from shapeguard.records.findings import Cause, Diagnosis
from shapeguard.source.conversions import WHOLE, Given, exchanged, expression_given
from shapeguard.source.generators import yielded
from shapeguard.source.statement_edits import replaced
from shapeguard.spec import shapes_agree

if TYPE_CHECKING:
    from collections.abc import Sequence

    from shapeguard.diagnosis.analysis import Analysis
    from shapeguard.records.findings import Edit
    from shapeguard.records.network import Feed, Shape

NOT_BATCHED = "the data is not batched: it gives single samples"
EXCHANGED = "{x}.map(lambda x, y: (y, x))"


def diagnosis_of_parts(analysis: Analysis) -> list[Diagnosis]:
    """The diagnosis of batches that Keras cannot take apart, or takes apart wrongly; nothing where it is right."""
    feed, problem = analysis.problem.feed, analysis.problem
    if feed is None or not problem.network.complete or not (problem.failure or analysis.violated):
        return []
    refused = _of_refused_form(feed, "" if problem.failure is None else problem.failure.text)
    if refused is not None:
        return [_diagnosis(analysis, feed, *refused)]
    zipped = cause_of_zipped_pairs(analysis, feed)
    if zipped is not None:
        return [_diagnosis(analysis, feed, zipped, zipped.title)]
    flat = [part[0] for part in feed.parts if len(part) == 1]
    return _of_single_arrays(analysis, feed, flat) if len(flat) == len(feed.parts) >= 2 else []


def _of_refused_form(feed: Feed, text: str) -> tuple[Cause, str] | None:
    """What a generator or a Sequence gives in a form that Keras takes for no batch, in words; `None` elsewhere."""
    if messages.refuses_yielded(text):
        return _of_list(feed), "each batch of a generator is to be a tuple"
    if messages.refuses_list_of_inputs(text):
        return _of_inner_list(feed), "a part of each batch of a generator is a list: several arrays are to be a tuple"
    if messages.refuses_scalars(text):
        return _of_scalars(feed), "a batch has a number where Keras takes an array"
    return None


def _of_single_arrays(analysis: Analysis, feed: Feed, flat: Sequence[Shape]) -> list[Diagnosis]:
    """The diagnosis where each part is one array: of inputs and targets that are not nested, or are exchanged."""
    declared = [analysis.graph.shapes[value][1:] for value in analysis.graph.network.inputs]
    if _are_flat(analysis, flat, declared):
        return [_diagnosis(analysis, feed, _of_flat(feed, flat, len(declared)), _as_given(flat, declared))]
    if len(declared) == 1 and _are_exchanged(analysis, flat, declared[0]):
        line = f"x is {batched(flat[0])} and y is {batched(flat[1])}: the input takes {batched(declared[0])}"
        return [_diagnosis(analysis, feed, _of_exchanged(feed), line)]
    return []


def _are_flat(analysis: Analysis, flat: Sequence[Shape], declared: Sequence[Shape]) -> bool:
    """Whether the parts are the inputs one by one, and then the targets one by one."""
    outputs = analysis.graph.network.outputs
    inputs, targets = flat[: len(declared)], flat[len(declared) :]
    if len(flat) < 3 or len(flat) != len(declared) + len(outputs):
        return False
    fit = all(shapes_agree(shape, own) for shape, own in zip(inputs, declared, strict=True))
    return fit and all(_is_compared(analysis, slot, shape) for slot, shape in enumerate(targets))


def _is_compared(analysis: Analysis, slot: int, targets: Shape) -> bool:
    feed, network = analysis.problem.feed, analysis.graph.network
    loss = feed.loss[slot] if feed is not None and slot < len(feed.loss) else None
    return accepts(analysis.graph.shapes[network.outputs[slot]][1:], targets, loss)


def _are_exchanged(analysis: Analysis, flat: Sequence[Shape], declared: Shape) -> bool:
    """Whether the targets are given for the input, and the input for the targets."""
    is_one = len(analysis.graph.network.outputs) == 1 and bool(analysis.inputs.conflicts())
    return is_one and shapes_agree(flat[1], declared) and _is_compared(analysis, 0, flat[0])


def _of_flat(feed: Feed, flat: Sequence[Shape], count: int) -> Cause:
    inputs = [f"x{place + 1}" for place in range(count)]
    outputs = [f"y{place + 1}" for place in range(len(flat) - count)] if len(flat) - count > 1 else ["y"]
    nested = f"{_nested(inputs)}, {_nested(outputs)}"
    code = f"{{x}}.map(lambda {', '.join([*inputs, *outputs])}: ({nested}))"
    return Cause(
        "data",
        tuple(_edits(feed, code, count) if feed.source != "arrays" else ()),
        confidence="cause",
        title=f"Keras takes the parts of a batch as x, y and sample_weight: ({nested}) is wanted",
        label="the batches",
        fix_note="put the inputs together, and the targets",
    )


def _nested(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"({', '.join(names)})"


def _of_exchanged(feed: Feed) -> Cause:
    beside = " in validation_data" if is_of_validation(feed) else ""
    return Cause(
        "data",
        tuple(_exchanged_arrays(feed) if feed.source == "arrays" else _edits(feed, EXCHANGED, None)),
        confidence="cause",
        title=f"the inputs and the targets{beside} are exchanged: (x, y) is the order",
        label="inputs and targets exchanged",
        fix_note="exchange the two",
    )


def _exchanged_arrays(feed: Feed) -> list[Edit]:
    place = training_call(feed)
    change = None if place is None else exchanged(*place, given_in(feed, "x"), given_in(feed, "y"))
    return [] if place is None or change is None else [edit_of(place[1], given_in(feed, "x").argument, change)]


def _of_list(feed: Feed) -> Cause:
    return Cause(
        "data",
        tuple(_edits(feed, "", 0)),
        title="the generator yields no tuple: (x, y) is wanted, x alone as (x,)",
        label="the generator",
        fix_note="yield a tuple",
    )


def _of_inner_list(feed: Feed) -> Cause:
    return Cause(
        "data",
        tuple(_tuples_for_lists(feed)),
        confidence="cause",
        title="the generator yields a list of arrays in a batch: TensorFlow takes a tuple of them, ((x1, x2), y)",
        label="the generator",
        fix_note="yield a tuple",
    )


def _of_scalars(feed: Feed) -> Cause:
    edits = edits_of_samples(feed)
    lists = [each for each in edits if "np.array(" in str(each.replacement)]
    return Cause(
        "data",
        tuple(edits),
        title=NOT_BATCHED if not lists else "the generator yields lists of samples: Keras takes arrays",
        explanation="A batch has several samples, or one, on axis 0 of each of its arrays.",
    )


def _tuples_for_lists(feed: Feed) -> list[Edit]:
    """Each list among what the generator yields, as a tuple."""
    given = whole_given(feed)
    place = training_call(feed)
    node = None if place is None else expression_given(place[1], given, WHOLE)
    value = None if place is None or node is None else yielded(*place, node)
    if place is None or value is None:
        return []
    source, edits = place[0], []
    for each in _elements(value):
        if isinstance(each, ast.List) and len(each.elts) > 1:
            span = source.span(each)
            text = f"({source.text(span)[1:-1]})"
            edits.append(edit_of(place[1], given.argument, replaced(source, value, span, text)))
    return edits


def _edits(feed: Feed, code: str, count: int | None) -> list[Edit]:
    """The dataset mapped by `code`; of a generator what it yields, nested anew behind `count` inputs.

    `count` is `None` where the two parts are exchanged, and 0 where a list is to be a tuple.
    """
    given = whole_given(feed)
    if feed.source == "dataset":
        return edits_of_parts(feed, [Converted(given, code, None)]) or []
    return _edits_of_yielded(feed, given, count)


def _edits_of_yielded(feed: Feed, given: Given, count: int | None) -> list[Edit]:
    """What the generator yields, as a tuple of its elements rearranged; none where it does not show them."""
    place = training_call(feed)
    node = None if place is None else expression_given(place[1], given, WHOLE)
    value = None if place is None or node is None else yielded(*place, node)
    texts = [] if place is None or value is None else [place[0].text(place[0].span(each)) for each in _elements(value)]
    if place is None or value is None or len(texts) < 2:
        return []
    whole = place[0].span(value)
    is_bracketed = place[0].text(whole).startswith("(")
    text = ", ".join(_rearranged(texts, count))
    return [edit_of(place[1], given.argument, replaced(place[0], value, whole, f"({text})" if is_bracketed else text))]


def _rearranged(texts: Sequence[str], count: int | None) -> Sequence[str]:
    """The elements of a batch with the first two exchanged, nested behind `count` inputs, or as they are for 0."""
    if count is None:
        return [texts[1], texts[0], *texts[2:]]
    return [_nested(texts[:count]), _nested(texts[count:])] if count else texts


def _elements(value: ast.expr) -> list[ast.expr]:
    return list(getattr(value, "elts", []))


def _as_given(flat: Sequence[Shape], declared: Sequence[Shape]) -> str:
    inputs = "1 input" if len(declared) == 1 else f"{len(declared)} inputs"
    return f"each batch has the parts {', '.join(map(batched, flat))}: the model takes {inputs}"


def _diagnosis(analysis: Analysis, feed: Feed, cause: Cause, line: str) -> Diagnosis:
    problem = analysis.problem
    failure = problem.failure
    return Diagnosis(
        code="SG301",
        layer="",
        layer_type="",
        causes=(cause,),
        original=original_of(failure),
        headline=line,
        raised_at=feed.call_span or problem.raised_at,
    )
