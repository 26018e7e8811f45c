"""Datasets that do not tell how many axes their elements have: what a generator or a function of Python's own makes."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Any

import keras

from shapeguard.diagnosis.dataset_pipeline import DatasetPipeline
from shapeguard.diagnosis.what_keras_said import original_of
from shapeguard.keras_compat import messages
from shapeguard.records.findings import Cause, Diagnosis
from shapeguard.records.network import Element
from shapeguard.source.dataset_chains import argument, is_of
from shapeguard.source.open_specs import open_shapes, with_shapes_ensured
from shapeguard.source.spelling import spelled
from shapeguard.spec import shapes_agree

if TYPE_CHECKING:
    from collections.abc import Sequence

    from shapeguard.diagnosis.analysis import Analysis
    from shapeguard.records.findings import Edit
    from shapeguard.records.network import OpenElements, Shape

PARTS = ("x", "y", "sample_weight")


def diagnosis_of_open_rank(analysis: Analysis) -> list[Diagnosis]:
    """The diagnosis of a dataset whose elements have no rank, which was refused; nothing of others."""
    problem = analysis.problem
    feed, failure = problem.feed, problem.failure
    if feed is None or failure is None or feed.open_elements is None or not messages.tells_no_rank(failure.text):
        return []
    elements = feed.open_elements
    structure = _as_declared(analysis, elements)
    names = _names(structure)
    edits = _edits(DatasetPipeline.of(feed), elements, structure)
    given = " and ".join(f"{name} is {shape}" for name, shape in names)
    is_sure = bool(edits) and _is_taken(analysis, elements, structure)
    cause = Cause(
        "data",
        edits,
        confidence="cause" if is_sure else "possible",
        title=f"`{elements.method}` does not tell how many axes {' and '.join(name for name, _ in names)} may have",
        label="of unknown rank",
        explanation=f"As drawn from it, {given}.",
        fix_note="tell the shape",
    )
    line = f"the dataset has elements of unknown rank: {given} as drawn, and nothing declares it"
    return [
        Diagnosis(
            code="SG301",
            layer="",
            layer_type="",
            causes=(cause,),
            original=original_of(failure),
            headline=line,
            raised_at=feed.call_span or problem.raised_at,
        )
    ]


def _edits(pipeline: DatasetPipeline, elements: OpenElements, structure: Any) -> tuple[Edit, ...]:
    """The shapes where the generators declare them, or ensured behind the function that loses them."""
    if pipeline.source is None:
        return ()
    if elements.method == "from_generator":
        calls = pipeline.named("from_generator")
        return pipeline.edits([each for call in calls for each in open_shapes(pipeline.source, call, structure)])
    call = _map_of(pipeline, elements)
    function = None if call is None else spelled(pipeline.source, call, "tensorflow.ensure_shape")
    if call is None or function is None or function.needs is not None:
        return ()
    text = with_shapes_ensured(function.text, structure)
    return pipeline.edits([(each, text, True) for each in (call, *_alike(pipeline, call))])


def _map_of(pipeline: DatasetPipeline, elements: OpenElements) -> ast.Call | None:
    """The call of `map` whose elements these are."""
    own = pipeline.chains.get(elements.argument) or next(iter(pipeline.chains.values()), ())
    maps = [each for each in own if is_of(each, "map")]
    return next(iter(maps[elements.outer :]), None)


def _alike(pipeline: DatasetPipeline, call: ast.Call) -> list[ast.Call]:
    """The other calls of `map` that are given the same function: those of a dataset for validation."""
    function = argument(call, "map_func", 0)
    others = [(each, argument(each, "map_func", 0)) for each in pipeline.named("map") if each is not call]
    if not isinstance(function, ast.Name):
        return []
    return [each for each, given in others if isinstance(given, ast.Name) and given.id == function.id]


def _as_declared(analysis: Analysis, elements: OpenElements) -> Any:
    """The elements with sizes open where batches begin, and where an input of the model leaves them open."""
    declared = _shapes_of_inputs(analysis)
    given = [id(each) for each in keras.tree.flatten(_parts(elements.structure)[0])]

    def with_open(element: Element) -> Element:
        shape = (None, *element.shape[1:]) if elements.are_batches and element.shape else element.shape
        behind = shape[1:] if elements.are_batches else shape
        place = given.index(id(element)) if id(element) in given else len(declared)
        wanted = next(iter(declared[place : place + 1]), ())
        if len(wanted) == len(behind):
            behind = tuple(None if size is None else now for now, size in zip(behind, wanted, strict=True))
        return Element(element.is_open, (*shape[:1], *behind) if elements.are_batches else behind)

    return keras.tree.map_structure(with_open, elements.structure)


def _shapes_of_inputs(analysis: Analysis) -> list[Shape]:
    network = analysis.graph.network
    return [analysis.graph.shapes[value][1:] for value in network.inputs]


def _parts(structure: Any) -> Sequence[Any]:
    return structure if isinstance(structure, tuple) else (structure,)


def _names(structure: Any) -> list[tuple[str, Shape]]:
    """What the tensors of open rank are called, each with its shape."""
    found = []
    for name, part in zip(PARTS, _parts(structure), strict=False):
        leaves = keras.tree.flatten(part)
        for place, leaf in enumerate(leaves):
            if leaf.is_open:
                found.append((name if len(leaves) == 1 else f"{name}[{place}]", leaf.shape))
    return found


def _is_taken(analysis: Analysis, elements: OpenElements, structure: Any) -> bool:
    """Whether the model takes samples as they are drawn."""
    inputs = [each.shape for each in keras.tree.flatten(_parts(structure)[0])]
    declared = _shapes_of_inputs(analysis)
    samples = [shape[1:] if elements.are_batches else shape for shape in inputs]
    pairs = zip(samples, declared, strict=False)
    return len(samples) == len(declared) and all(shapes_agree(given, wanted) for given, wanted in pairs)
