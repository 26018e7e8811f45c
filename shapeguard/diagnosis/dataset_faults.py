"""What TensorFlow refuses while it makes batches of a dataset: elements of other shapes than declared, or unlike."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from shapeguard.diagnosis.dataset_pipeline import DatasetPipeline
from shapeguard.diagnosis.open_ranks import diagnosis_of_open_rank
from shapeguard.diagnosis.what_keras_said import original_of
from shapeguard.keras_compat import messages
from shapeguard.records.findings import Cause, Diagnosis
from shapeguard.source.dataset_chains import argument, batch_of_windows, shapes_declared
from shapeguard.spec import shapes_agree

if TYPE_CHECKING:
    from shapeguard.diagnosis.analysis import Analysis
    from shapeguard.records.findings import Edit
    from shapeguard.records.network import Shape


def diagnosis_of_dataset(analysis: Analysis) -> list[Diagnosis]:
    """The diagnosis of elements that a dataset makes no batches of; nothing where it does."""
    problem = analysis.problem
    text = "" if problem.failure is None else problem.failure.text
    declared, unlike = messages.yielded_beside_declared(text), messages.unlike_elements(text)
    if problem.feed is None or not (declared or unlike):
        return diagnosis_of_open_rank(analysis)
    pipeline = DatasetPipeline.of(problem.feed)
    if declared:
        causes = (_of_signature(analysis, pipeline, *declared),)
        line = f"the generator yields {declared[0]} where {declared[1]} is declared"
    else:
        causes = (_of_windows(pipeline) or _of_batch(pipeline, unlike or ((), ())),)
        line = f"a batch cannot be made of elements of different shapes: {' and '.join(map(str, unlike or ()))}"
    return [
        Diagnosis(
            code="SG301",
            layer="",
            layer_type="",
            causes=causes,
            original=original_of(problem.failure),
            headline=line,
            raised_at=problem.feed.call_span or problem.raised_at,
        )
    ]


def _of_signature(analysis: Analysis, pipeline: DatasetPipeline, given: Shape, declared: Shape) -> Cause:
    """The declared shape as the one that the generator yields."""
    calls = pipeline.named("from_generator")
    shapes = [each for call in calls for each in shapes_declared(call) if _may_be(each, declared)]
    edits = pipeline.edits([(shapes[0], _as_yielded(pipeline, shapes[0], given), False)]) if len(shapes) == 1 else ()
    taken = next((shape for shape in (given, declared) if _is_taken(analysis, shape)), None)
    return Cause(
        "data",
        edits,
        confidence="cause" if taken == given and edits else "possible",
        title=f"the shape {declared} is declared for elements of shape {given}",
        label="declared",
        explanation="" if taken is None else f"An input of the model takes {taken}.",
        fix_note="declare the shape that is yielded",
    )


def _is_taken(analysis: Analysis, shape: Shape) -> bool:
    """Whether an input of the model takes samples of this shape."""
    values = analysis.graph.network.inputs
    return any(shapes_agree(shape, analysis.graph.shapes[value][1:]) for value in values)


def _may_be(written: ast.Tuple | ast.List, shape: Shape) -> bool:
    """Whether a shape that is written is this one, as far as its numbers tell."""
    if len(written.elts) != len(shape):
        return False
    pairs = zip(written.elts, shape, strict=True)
    return all(each.value == size for each, size in pairs if isinstance(each, ast.Constant))


def _as_yielded(pipeline: DatasetPipeline, written: ast.Tuple | ast.List, given: Shape) -> str:
    """The shape that is yielded, in the words of the program where it has no number; other axes are the last ones."""
    texts: list[str] = [pipeline.text(each) for each in written.elts]
    sizes = [str(size) for size in given]
    common = min(len(texts), len(sizes))
    if len(texts) == len(sizes):
        entries = [
            new if isinstance(old, ast.Constant) else text
            for old, text, new in zip(written.elts, texts, sizes, strict=True)
        ]
    else:
        entries = [*texts[:common], *sizes[common:]]  # with an axis more, or one less
    inside = ", ".join(entries)
    return f"[{inside}]" if isinstance(written, ast.List) else f"({inside},)" if len(entries) == 1 else f"({inside})"


def _of_windows(pipeline: DatasetPipeline) -> Cause | None:
    """Windows that are cut into batches of another size than theirs, or whose last ones are shorter."""
    windows, maps = pipeline.named("window"), pipeline.named("flat_map")
    batch = batch_of_windows(maps[0]) if len(maps) == 1 else None
    size = argument(windows[0], "size", 0) if len(windows) == 1 else None
    number = None if batch is None else argument(batch, "batch_size", 0)
    if batch is None or size is None or number is None:
        return None
    is_cut = ast.dump(size) != ast.dump(number)
    changes: list[tuple[ast.AST, str, bool]] = [(number, pipeline.text(size), False)] if is_cut else []
    if argument(windows[0], "drop_remainder", 3) is None:
        changes.append(([*windows[0].args, *windows[0].keywords][-1], ", drop_remainder=True", True))
    cut = f"`{pipeline.text(batch)}` cuts each window of `{pipeline.text(size)}` into several pieces"
    return _cause_of_windows(pipeline.edits(changes), cut if is_cut else "") if changes else None


def _cause_of_windows(edits: tuple[Edit, ...], cut: str) -> Cause:
    return Cause(
        "data",
        edits,
        confidence="cause",
        title=cut or "the last windows are shorter than the others",
        label="not the size of a window" if cut else "",
        explanation="Each window is to be one tensor: batches of windows have one length.",
    )


def _of_batch(pipeline: DatasetPipeline, unlike: tuple[Shape, Shape]) -> Cause:
    """The call of `batch`: elements of different lengths are padded, pictures of different sizes are resized before."""
    calls = pipeline.named("batch")
    is_sequence = all(len(shape) == 1 for shape in unlike)
    function = calls[0].func if calls else None
    can_pad = is_sequence and isinstance(function, ast.Attribute)
    edits: tuple[Edit, ...] = ()
    if calls and can_pad and isinstance(function, ast.Attribute):
        owner = pipeline.text(function.value)
        edits = pipeline.edits([(function, f"{owner}.padded_batch", False)])
    return Cause(
        "data",
        edits,
        title=f"the elements have different shapes: {' and '.join(map(str, unlike))}",
        label="of unlike elements",
        explanation=""
        if is_sequence
        else "Give all elements one shape before `batch`, for pictures by `tf.image.resize` in a `map`.",
        fix_note="fill the shorter ones up with zeros" if edits else "",
    )
