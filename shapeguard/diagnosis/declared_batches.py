"""A batch size that an `Input` declares beside the one that `fit` and its like step with, where Keras refused it."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from shapeguard.diagnosis.fit_edits import Converted, edit_of, edits_of_parts
from shapeguard.diagnosis.handed_over import given_in, training_call
from shapeguard.diagnosis.what_keras_said import original_of
from shapeguard.records.findings import Cause, Diagnosis, Edit
from shapeguard.source.conversions import Leaf
from shapeguard.source.fit_call import argument_of
from shapeguard.source.origins import call_of, node_of
from shapeguard.source.statement_edits import end, replaced

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shapeguard.diagnosis.analysis import Analysis
    from shapeguard.diagnosis.graph import Node
    from shapeguard.records.network import Feed
    from shapeguard.records.source import Argument
    from shapeguard.source.trees import Source

LARGEST = 32
"""The size of the batches of `predict`, where none is given (trainers/trainer.py, 3.0 to 3.15)."""
KEPT = "a layer here keeps a state for each sample of a batch"


def diagnosis_of_batch_size(analysis: Analysis) -> list[Diagnosis]:
    """The diagnosis of a declared batch size that is not the step's; nothing where none is declared, or it is."""
    feed, inputs, failure = analysis.problem.feed, analysis.inputs, analysis.problem.failure
    if feed is None or failure is None or feed.source != "arrays":
        return []
    for value in analysis.graph.network.inputs:
        declared, given = next(iter(analysis.graph.shapes[value]), None), inputs.batch(value)
        maker = analysis.graph.producer.get(value)
        if maker is None or not declared:
            continue
        node = analysis.graph.nodes[maker]
        if given is not None and given != declared:
            return [_diagnosis(analysis, feed, node, declared=declared, given=given)]
        if (feed.samples or 0) % declared:
            return [_diagnosis_of_rest(analysis, feed, node, declared)]
    return []


def _diagnosis_of_rest(analysis: Analysis, feed: Feed, node: Node, declared: int) -> Diagnosis:
    """The diagnosis of a last batch that is shorter than the declared one."""
    samples = feed.samples or 0
    whole = samples - samples % declared
    parts = [
        Converted(given_in(feed, name), f"{{x}}[:{whole}]", (samples,), Leaf(index, len(arrays)))
        for name, arrays in (("x", feed.inputs), ("y", feed.targets))
        for index in range(len(arrays))
    ]
    edits = edits_of_parts(feed, parts) if whole else None
    shape = analysis.graph.shapes[node.outputs[0]]
    cause = Cause(
        "data",
        tuple(edits or ()),
        title=f"{_remainder(feed, declared)[:-1]}, and a layer here keeps a state for each sample of a batch",
        label=f"{samples} samples",
        fix_note=f"leave out the last {samples - whole}, or step with a size that divides {samples}",
    )
    return Diagnosis(
        code="SG302",
        layer=node.call.layer,
        layer_type=node.call.layer_type,
        actual=(samples % declared, *shape[1:]),
        axes=(0,),
        causes=(cause,),
        original=original_of(analysis.problem.failure),
        headline=f"input '{node.call.layer}' declares batches of {declared}, {shape}: the last of {samples} samples are"
        f" {samples % declared}",
        raised_at=analysis.problem.raised_at or feed.call_span,
    )


def _diagnosis(analysis: Analysis, feed: Feed, node: Node, *, declared: int, given: int) -> Diagnosis:
    shape = analysis.graph.shapes[node.outputs[0]]
    is_one = feed.phase == "predict" and feed.samples == 1
    of_step = _of_one_sample(feed, declared) if is_one else _of_call(feed, declared, given)
    causes = [*of_step, *_of_input(feed, node, declared, given)]
    return Diagnosis(
        code="SG302",
        layer=node.call.layer,
        layer_type=node.call.layer_type,
        actual=(given, *shape[1:]),
        axes=(0,),
        causes=tuple(sorted(causes, key=lambda each: bool(each.explanation))),
        original=original_of(analysis.problem.failure),
        headline=f"input '{node.call.layer}' declares batches of {declared}, {shape}; this step has {given} samples",
        raised_at=analysis.problem.raised_at or feed.call_span,
    )


def _of_one_sample(feed: Feed, declared: int) -> Iterator[Cause]:
    """One sample that is predicted of, as often as a batch has samples: no size of a batch makes more of it."""
    parts = [
        Converted(
            given_in(feed, "x"), f"np.repeat({{x}}, {declared}, axis=0)", (1, *shape), Leaf(place, len(feed.inputs))
        )
        for place, shape in enumerate(feed.inputs)
    ]
    edits = edits_of_parts(feed, parts) if declared <= LARGEST else None
    if edits:
        yield Cause(
            "data",
            tuple(edits),
            title=f"there is one sample; the model is declared for batches of {declared}",
            label="one sample",
            fix_note="fill a batch with it, and take the first of the rows that are predicted",
            proof=KEPT,
        )


def _of_call(feed: Feed, declared: int, given: int) -> Iterator[Cause]:
    """The declared size passed as `batch_size`."""
    place = training_call(feed)
    default = "" if place is None or argument_of(place[1], "batch_size") is not None else ", the default"
    yield from cause_of_batch_size(
        feed,
        declared,
        title=f"the step is made with batches of {given}{default}; the model is declared for {declared}",
        label=f"batches of {given}",
        explanation=_remainder(feed, declared),
        fix_note=f"step with batches of {declared}",
        proof=KEPT,
    )


def cause_of_batch_size(feed: Feed, size: int, **said: str) -> Iterator[Cause]:
    """Another `batch_size` in the user's call; nothing where that is not in sight. `said` are words of the cause."""
    place = training_call(feed)
    if place is None:
        return
    source, call = place
    node = argument_of(call, "batch_size")
    written = [*call.args, *(keyword.value for keyword in call.keywords)]
    if node is not None:
        change = replaced(source, call, source.span(node), str(size))
    elif written:
        last = max((source.span(each) for each in written), key=lambda span: (span.end_line, span.end_column))
        change = replaced(source, call, end(last), f", batch_size={size}")
    else:
        return
    yield Cause("data", (edit_of(call, "batch_size", change),), **said)  # type: ignore[arg-type]


def _of_input(feed: Feed, node: Node, declared: int, given: int) -> Iterator[Cause]:
    """The size of the step declared, where a number says the other one."""
    made = node.construction
    place = None if made is None else call_of(made)
    if made is None or place is None:
        return
    source, call = place
    for argument in made.arguments:
        first = _first_size(source, call, argument)
        if first is None or first.value != declared:
            continue
        change = replaced(source, call, source.span(first), str(given))
        new = (given, *argument.value[1:]) if isinstance(argument.value, list | tuple) else given
        edit = Edit(
            layer=node.call.layer,
            argument=argument.name,
            value=argument.value,
            suggestion=new,
            explicit=True,
            span=argument.span,
            replaces=change.replaces,
            replacement=change.replacement,
            corrected=change.text,
        )
        yield Cause("argument", (edit,), explanation=_remainder(feed, given), proof=KEPT)


def _first_size(source: Source, call: ast.Call, argument: Argument) -> ast.Constant | None:
    """The number that is written for the batch in `batch_shape` or `batch_size`; `None` where none is."""
    written = node_of(source, call, argument) if argument.name.startswith("batch_") else None
    value = written.value if isinstance(written, ast.keyword) else written
    first = value.elts[0] if isinstance(value, ast.Tuple | ast.List) and value.elts else value
    return first if isinstance(first, ast.Constant) else None


def _remainder(feed: Feed, size: int) -> str:
    """What is left of the samples behind the last whole batch; "" if nothing is, or the number is not known."""
    rest = 0 if feed.samples is None else feed.samples % size
    return f"{feed.samples} samples are not a multiple of {size}: the last batch would have {rest}." if rest else ""
