"""Names and numbers of losses, targets and weights that are not those of the model's outputs."""

from __future__ import annotations

import ast
import difflib
from dataclasses import replace
from typing import TYPE_CHECKING

from shapeguard.diagnosis.class_weights import of_class_weights
from shapeguard.diagnosis.fit_edits import Converted, edit_of, edits_of_parts
from shapeguard.diagnosis.handed_over import given_in, training_call
from shapeguard.diagnosis.number_of_arrays import of_another_number
from shapeguard.diagnosis.output_keys import Outputs, compile_call, of_wrong_keys
from shapeguard.diagnosis.renamed_keys import causes_of_keys
from shapeguard.diagnosis.what_keras_said import original_of
from shapeguard.keras_compat import messages
from shapeguard.records.findings import Cause, Diagnosis
from shapeguard.source.conversions import Given
from shapeguard.source.fit_call import argument_of
from shapeguard.source.literals import Style
from shapeguard.source.statement_edits import between, replaced

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from shapeguard.diagnosis.analysis import Analysis
    from shapeguard.diagnosis.graph import Graph
    from shapeguard.records.findings import Edit
    from shapeguard.records.network import Failure, Feed
    from shapeguard.source.trees import Source

    Place = tuple[Source, ast.Call]


def diagnosis_of_names(analysis: Analysis) -> list[Diagnosis]:
    """The diagnosis of a key that is no output's, of weights that are not one for each loss; nothing if all are right.

    Asked only where Keras refused the step, and nothing else was found.
    """
    feed, problem = analysis.problem.feed, analysis.problem
    if feed is None or problem.failure is None or not problem.network.complete:
        return []
    names = Outputs.of(problem.network).names
    cause = (
        _of_lists(feed, problem.failure)
        or of_wrong_keys(problem.network, feed)
        or _of_loss_weights(feed, names, problem.failure)
        or _of_metrics(feed, names, problem.failure)
        or of_class_weights(feed, problem.failure, len(problem.network.outputs))
        or of_another_number(analysis, feed)
    )
    return [] if cause is None else [_diagnosis(analysis, feed, cause, "SG303")]


def diagnosis_of_keys(analysis: Analysis) -> list[Diagnosis]:
    """The diagnosis of data under keys that the model does not have; nothing where Keras found every key."""
    feed, problem = analysis.problem.feed, analysis.problem
    keys = "" if problem.failure is None else messages.refused_keys(problem.failure.text)
    if feed is None or not keys or not problem.network.complete:
        return []
    known = list(_wrong_inputs(feed, analysis.graph)) or causes_of_keys(analysis, feed)
    causes = known or [_of_unknown_keys(keys, _input_names(analysis.graph))]
    return [replace(_diagnosis(analysis, feed, causes[0], "SG301"), causes=tuple(causes))]


def _of_unknown_keys(keys: str, names: Sequence[str]) -> Cause:
    """Keys of which nobody can tell which input each is meant for."""
    known = ", ".join(f"'{each}'" for each in names)
    return Cause(
        "data",
        (),
        confidence="cause",
        title=f"the keys of x are {keys}, and the inputs of the model are {known}",
        label="other keys than the inputs",
        explanation="Name each Input after its key, or pass the arrays as a list in the order of the inputs.",
    )


def _input_names(graph: Graph) -> list[str]:
    return [graph.nodes[graph.producer[value]].call.layer for value in graph.network.inputs]


def _of_lists(feed: Feed, failure: Failure) -> Cause | None:
    """Lists of numbers, of which Keras makes no arrays."""
    if not feed.lists and not messages.refuses_lists(failure.text):
        return None
    known = [Given(*each) for each in feed.lists]
    parts = [Converted(each, "np.array({x})") for each in known or (given_in(feed, "x"), given_in(feed, "y"))]
    edits = edits_of_parts(feed, parts) or edits_of_parts(feed, parts[:1])
    return Cause(
        "data",
        tuple(edits or ()),
        title="the data are lists of Python's: Keras takes arrays",
        label="lists",
        fix_note="make arrays of them",
    )


def _wrong_inputs(feed: Feed, graph: Graph) -> Iterator[Cause]:
    """A key among the inputs that the model does not have."""
    place = training_call(feed)
    names = _input_names(graph)
    given = None if place is None else argument_of(place[1], "x")
    if place is not None and isinstance(given, ast.Dict):
        yield from _of_keys(*place, given, names)


def _of_keys(source: Source, call: ast.Call, given: ast.Dict, names: Sequence[str]) -> Iterator[Cause]:
    """A key that is no input's, for the name that is left over and most like it."""
    keys = {node.value: node for node in given.keys if isinstance(node, ast.Constant) and isinstance(node.value, str)}
    misnamed = _misnamed(keys, names) if len(keys) == len(given.keys) else None
    if misnamed is None:
        return
    key, name = misnamed
    span = source.span(keys[key])
    quote = Style.of(source.text(span)).quote
    edit = edit_of(call, "x", replaced(source, call, span, f"{quote}{name}{quote}"))
    known = ", ".join(f"'{each}'" for each in names)
    yield Cause(
        "data",
        (edit,),
        confidence="cause",
        title=f"`x` names '{key}', and the inputs of the model are {known}",
        label="no input of the model",
        fix_note="name the input",
    )


def _misnamed(keys: Collection[str], names: Sequence[str]) -> tuple[str, str] | None:
    """The one key that is no input's, and the name that it should be; `None` where it may be any of several."""
    left = [name for name in names if name not in keys]
    unknown = [key for key in keys if key not in names]
    if not left or len(unknown) != 1:
        return None
    near = left if len(left) == 1 else difflib.get_close_matches(unknown[0], left, 1)
    return (unknown[0], near[0]) if near else None


def _of_loss_weights(feed: Feed, names: Sequence[str], failure: Failure) -> Cause | None:
    """More or fewer weights than outputs: the last ones go, or the others count as they are; one loss is for each."""
    place = compile_call(feed) if messages.speak_of_argument(failure.text, "loss_weights") else None
    given, loss = (None if place is None else argument_of(place[1], name) for name in ("loss_weights", "loss"))
    if place is None or not isinstance(given, ast.List | ast.Tuple) or loss is None or not given.elts or not names:
        return None
    edits = [*_a_loss_for_each(place, loss, len(names)), *_a_weight_for_each(place, given.elts, len(names))]
    if not edits:
        return None
    beside = "" if _is_repeated(loss) else f", beside {_in_words(loss)}"
    return Cause(
        "loss",
        tuple(edits),
        title=f"`loss_weights` has {len(given.elts)} weights{beside}; the model has {len(names)} outputs",
        label="one for each loss",
        fix_note="give a weight for each loss",
    )


def _in_words(loss: ast.expr) -> str:
    count = len(loss.elts) if isinstance(loss, ast.List | ast.Tuple) else 1
    return f"{count} loss{'' if count == 1 else 'es'}"


def _is_repeated(loss: ast.expr) -> bool:
    """Whether this is `["mse"] * n`, which is a list already."""
    return isinstance(loss, ast.BinOp)


def _of_metrics(feed: Feed, names: Sequence[str], failure: Failure) -> Cause | None:
    """One list of metrics for several outputs: Keras takes a list for each."""
    place = compile_call(feed) if messages.speak_of_argument(failure.text, "metrics") else None
    given = None if place is None else argument_of(place[1], "metrics")
    if place is None or not isinstance(given, ast.List | ast.Tuple) or len(names) in {0, 1, len(given.elts)}:
        return None
    if any(isinstance(each, ast.List | ast.Tuple | ast.Dict) for each in given.elts):
        return None
    source, call = place
    span = source.span(given)
    text = f"[{', '.join([source.text(span)] * len(names))}]"
    return Cause(
        "loss",
        (edit_of(call, "metrics", replaced(source, call, span, text)),),
        title=f"`metrics` is one list; the model has {len(names)} outputs",
        label="one for each output",
        fix_note="give metrics for each output",
    )


def _a_loss_for_each(place: Place, loss: ast.expr, count: int) -> Iterator[Edit]:
    """One loss, written again for each of several outputs."""
    source, call = place
    if count > 1 and not isinstance(loss, ast.Dict | ast.List | ast.Tuple | ast.BinOp):
        span = source.span(loss)
        text = f"[{', '.join([source.text(span)] * count)}]"
        yield edit_of(call, "loss", replaced(source, call, span, text))


def _a_weight_for_each(place: Place, weights: Sequence[ast.expr], count: int) -> Iterator[Edit]:
    """As many weights as outputs: the first ones, and 1 for those that have none."""
    source, call = place
    if len(weights) != count:
        spans = [source.span(node) for node in weights]
        texts = [source.text(span) for span in spans][:count]
        texts += ["1.0"] * (count - len(texts))
        change = replaced(source, call, between(spans[0], spans[-1]), ", ".join(texts))
        yield edit_of(call, "loss_weights", change)


def _diagnosis(analysis: Analysis, feed: Feed, cause: Cause, code: str) -> Diagnosis:
    problem = analysis.problem
    failure = problem.failure
    return Diagnosis(
        code=code,
        layer="",
        layer_type="",
        causes=(cause,),
        original=original_of(failure),
        origin="mapping" if code == "SG301" else "targets",
        headline=cause.title.replace("`", "'"),
        raised_at=feed.call_span or problem.raised_at,
    )
