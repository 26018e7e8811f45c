"""Arrays of Python's objects, which Keras makes no tensors of: stacked, padded or resized where they are given."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shapeguard.diagnosis.fit_edits import Converted, edit_in_words, edits_of_parts
from shapeguard.diagnosis.handed_over import given_in
from shapeguard.diagnosis.what_keras_said import original_of
from shapeguard.records.findings import Cause, Diagnosis
from shapeguard.source.conversions import Leaf

if TYPE_CHECKING:
    from shapeguard.diagnosis.analysis import Analysis
    from shapeguard.records.network import Feed, ObjectArray, Shape

NUMBERS = '{x}.astype("float32")'
STACKED = "np.stack({x})"
RESIZED = "np.stack([keras.ops.image.resize(each, {size}) for each in {{x}}])"
PICTURE = 3
"""The axes of a picture with channels."""


def diagnosis_of_objects(analysis: Analysis) -> list[Diagnosis]:
    """The diagnosis of the arrays of objects that a step was given; nothing of other arrays."""
    problem, feed = analysis.problem, analysis.problem.feed
    if feed is None or not feed.objects or problem.failure is None:
        return []
    causes = [_cause(analysis, feed, each) for each in feed.objects]
    diagnosis = Diagnosis(
        code="SG301",
        layer="",
        layer_type="",
        causes=tuple(causes[:1]),
        original=original_of(problem.failure),
        headline=causes[0].title,
        notes=tuple(each.title for each in causes[1:]),
        raised_at=feed.call_span or problem.raised_at,
    )
    return [diagnosis]


def _cause(analysis: Analysis, feed: Feed, array: ObjectArray) -> Cause:
    """What makes one array of the elements."""
    code, note = _conversion(array, _declared(analysis, array))
    name = array.part if array.count == 1 else f"{array.part}[{array.index}]"
    part = Converted(given_in(feed, array.part), code, None, Leaf(array.index, array.count, _name(analysis, array)))
    edits = (edits_of_parts(feed, [part]) if code else None) or [edit_in_words(feed, part, name)]
    shapes = ", ".join(map(str, array.shapes[:3])) + (", ..." if len(array.shapes) > len(array.shapes[:3]) else "")
    what = "numbers" if array.shapes == ((),) else f"arrays of the shape{'s' * (len(array.shapes) > 1)} {shapes}"
    return Cause(
        "data",
        tuple(edits),
        title=f"{name} is an array of objects: {what}, of which Keras makes no tensor",
        label="an array of objects",
        fix_note=note,
    )


def _conversion(array: ObjectArray, declared: Shape) -> tuple[str, str]:
    """The code that makes an array of the elements, and what it does; "" if nobody can tell."""
    ranks = {len(shape) for shape in array.shapes}
    if array.shapes == ((),):
        return NUMBERS, "make numbers of them"
    if len(array.shapes) == 1:
        return STACKED, "put them into one array"
    if len(ranks) > 1 or 0 in ranks:
        return "", "make all elements alike"
    return _of_one_size(declared) if ranks == {PICTURE} else _of_one_length(array, declared)


def _of_one_size(declared: Shape) -> tuple[str, str]:
    sizes = declared[1:3] if len(declared) == PICTURE + 1 and None not in declared[1:3] else ()
    return (RESIZED.format(size=sizes) if sizes else ""), "give all pictures one size"


def _of_one_length(array: ObjectArray, declared: Shape) -> tuple[str, str]:
    length = declared[1] if len(declared) > 1 else None
    options = [] if length is None else [str(length)]
    options += [] if array.is_whole else ['dtype="float32"']
    return f"keras.utils.pad_sequences({', '.join(['{x}', *options])})", "pad them to one length"


def _declared(analysis: Analysis, array: ObjectArray) -> Shape:
    """What the input takes that the array is for; `()` of targets and where it is not known."""
    inputs = analysis.graph.network.inputs
    is_input = array.part == "x" and len(inputs) == array.count
    return analysis.graph.shapes[inputs[array.index]] if is_input else ()


def _name(analysis: Analysis, array: ObjectArray) -> str:
    """The name of the input that the array is for."""
    graph = analysis.graph
    value = graph.network.inputs[array.index] if array.part == "x" and array.index < len(graph.network.inputs) else None
    maker = None if value is None else graph.producer.get(value)
    return "" if maker is None else graph.nodes[maker].call.layer
