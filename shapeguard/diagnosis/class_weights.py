"""Weights of classes and weights of samples, the ones given where the others are taken."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from shapeguard.diagnosis.compared_targets import Compared
from shapeguard.diagnosis.fit_edits import Converted, edit_in_words, edit_of
from shapeguard.diagnosis.handed_over import training_call
from shapeguard.diagnosis.structure_edits import import_edit
from shapeguard.keras_compat import messages
from shapeguard.records.findings import Cause
from shapeguard.source.class_numbers import is_by_number, weights_by_number, weights_in_order
from shapeguard.source.conversions import NAMES, Given
from shapeguard.source.fit_call import argument_of, method_of
from shapeguard.source.spelling import rewritten
from shapeguard.source.statement_edits import replaced

if TYPE_CHECKING:
    from shapeguard.diagnosis.analysis import Analysis
    from shapeguard.records.findings import Edit
    from shapeguard.records.network import Failure, Feed, Shape
    from shapeguard.source.trees import Source

    Place = tuple[Source, ast.Call]

BOTH = 2
"""The classes that a single unit tells apart."""
OF_BOTH = frozenset({"binary_crossentropy", "binary_focal_crossentropy", "hinge", "squared_hinge"})
"""Losses of a single unit for two classes (losses/losses.py, 3.0 to 3.15)."""
AS_SUCH = "give the weights of classes as such"


def of_class_weights(feed: Feed, failure: Failure, outputs: int) -> Cause | None:
    """Weights of classes of several outputs, under other keys or none, given for samples, or of classes of each value.

    `outputs` is how many the model has.
    """
    place = training_call(feed)
    if place is None:
        return None
    return (
        _of_a_dictionary_of_samples(feed, place, failure)
        or _of_no_dictionary(place, failure)
        or _of_several_outputs(feed, place, outputs)
        or _of_other_keys(feed, place, failure)
        or _of_several_numbers(feed, place, failure)
    )


def given_as_weights_of_samples(analysis: Analysis, feed: Feed, shape: Shape) -> Cause | None:
    """Weights of this shape, one for each class or output, given as `sample_weight`; `None` if they may be others."""
    if len(feed.targets) > 1 and shape == (len(feed.targets),):
        return Cause(
            "data",
            (),
            confidence="cause",
            title=f"`sample_weight` is {shape}, a weight for each of {len(feed.targets)} outputs; it takes a weight for"
            " each sample",
            label="weights of outputs",
            explanation="The weights of outputs are `loss_weights` of compile().",
        )
    compared = Compared.at(analysis, 0) if len(feed.targets) == 1 else None
    count = None if compared is None else _classes_of(compared)
    if compared is None or count is None or shape != (count,):
        return None
    place = training_call(feed)
    edits = [] if place is None else _as_weights_of_classes(feed, place, compared)
    is_exchanged = bool(edits) and edits[0].argument == "class_weight"
    return Cause(
        "data",
        tuple(edits),
        confidence="cause",
        title=f"`sample_weight` is {shape}, a weight for each of {count} classes; it takes a weight for each sample",
        label="weights of classes",
        fix_note=AS_SUCH if is_exchanged else "give each sample the weight of its class",
    )


def _classes_of(compared: Compared) -> int | None:
    """How many classes the output tells apart; `None` if it is of none."""
    if compared.is_regression:
        return None
    if compared.output[-1:] == (1,):
        return BOTH if compared.loss.name in OF_BOTH else None
    return compared.classes if compared.loss.name.endswith("crossentropy") else None


def _as_weights_of_classes(feed: Feed, place: Place, compared: Compared) -> list[Edit]:
    """`class_weight` in the place of `sample_weight`, where `fit` takes it; else the weight of each class number."""
    source, call = place
    keyword = _keyword(call, "sample_weight")
    if keyword is None:
        return []
    is_one_each = compared.targets in {(), (1,)} or (compared.values.kind == "one-hot" and len(compared.targets) == 1)
    if method_of(call) == "fit" and is_one_each and _keyword(call, "class_weight") is None:
        text = f"class_weight={weights_by_number(source, keyword.value)}"
        return [edit_of(call, "class_weight", replaced(source, call, source.span(keyword), text))]
    return _taken(feed, place, keyword, source.text(source.span(keyword.value)))


def _taken(feed: Feed, place: Place, keyword: ast.keyword, weights: str) -> list[Edit]:
    """`sample_weight` with the weight of each of the targets, where these are numbers of classes."""
    source, call = place
    targets = argument_of(call, "y")
    written = rewritten(source, call, "np.take(the_weights, the_targets)", NAMES)
    if targets is None or written is None or not (_are_numbers(feed) or _are_rows(feed)):
        return []
    code = source.text(source.span(targets))
    numbers = code if _are_numbers(feed) else f"{code}.argmax(-1)"
    text = written[0].replace("the_weights", weights).replace("the_targets", numbers)
    change = replaced(source, call, source.span(keyword), f"sample_weight={text}")
    return [edit_of(call, keyword.arg or "sample_weight", change), *map(import_edit, written[1])]


def _of_a_dictionary_of_samples(feed: Feed, place: Place, failure: Failure) -> Cause | None:
    """`sample_weight={0: 1.0, 1: 4.0}`, which Keras takes for arrays by the name of an output."""
    source, call = place
    keyword = _keyword(call, "sample_weight")
    if keyword is None or not messages.refuses_data_type(failure.text) or not is_by_number(source, keyword.value):
        return None
    text = source.text(source.span(keyword.value))
    edits = []
    if method_of(call) == "fit" and _keyword(call, "class_weight") is None and len(feed.targets) < 2:
        change = replaced(source, call, source.span(keyword), f"class_weight={text}")
        edits.append(edit_of(call, "class_weight", change))
    return Cause(
        "data",
        tuple(edits),
        confidence="cause",
        title="`sample_weight` has a weight for each number of a class; it takes an array of a weight for each sample",
        label="weights of classes",
        fix_note=AS_SUCH,
    )


def _of_no_dictionary(place: Place, failure: Failure) -> Cause | None:
    """`class_weight=[1.0, 4.0]`."""
    source, call = place
    keyword = _keyword(call, "class_weight")
    kind = messages.lacks_get(failure.text)
    if keyword is None or not kind or isinstance(keyword.value, ast.Dict):
        return None
    span = source.span(keyword.value)
    change = replaced(source, call, span, weights_by_number(source, keyword.value))
    return Cause(
        "data",
        () if kind == "str" else (edit_of(call, "class_weight", change),),
        confidence="cause",
        title="`class_weight` is no dictionary: it takes a weight for each number of a class",
        label=f"of type '{kind}'",
        fix_note="give each weight under the number of its class",
    )


def _of_several_outputs(feed: Feed, place: Place, outputs: int) -> Cause | None:
    """`class_weight` beside several outputs, which Keras refuses in whatever form (3.0 to 3.15, data_adapters/)."""
    if outputs < 2 or _keyword(place[1], "class_weight") is None:
        return None
    return Cause(
        "data",
        (edit_in_words(feed, Converted(Given("class_weight"), ""), "class_weight"),),
        confidence="cause",
        title=f"`class_weight` is for models of one output, and this one has {outputs}: several take `sample_weight`",
        label=f"weights of classes beside {outputs} outputs",
        explanation="Beside arrays it is an array for each output, nested as the targets are; a dataset gives"
        " (x, y, weights). The weight of a sample is that of its class.",
        fix_note="leave out `class_weight`, and give each output the weights of its samples",
    )


def _of_other_keys(feed: Feed, place: Place, failure: Failure) -> Cause | None:
    """`class_weight={"cat": 1.0, "dog": 4.0}`."""
    keyword = _keyword(place[1], "class_weight")
    if keyword is None or not messages.counts_text(failure.text):
        return None
    return Cause(
        "data",
        (edit_in_words(feed, Converted(Given("class_weight"), ""), "class_weight"),),
        confidence="cause",
        title="the keys of `class_weight` are text: it takes a weight for each number of a class",
        label="no numbers of classes",
        fix_note="give each weight under the number of its class",
    )


def _of_several_numbers(feed: Feed, place: Place, failure: Failure) -> Cause | None:
    """Weights of classes where each sample has several numbers of classes: the same as weights of these numbers."""
    given = _keyword(place[1], "class_weight")
    several = any(shape not in ((), (1,)) for shape in feed.targets if shape is not None)
    if given is None or not (messages.speak_of_argument(failure.text, "class_weight") or several):
        return None
    weights = weights_in_order(place[0], given.value) if _keyword(place[1], "sample_weight") is None else None
    return Cause(
        "data",
        () if weights is None else tuple(_taken(feed, place, given, f"[{', '.join(weights)}]")),
        title="`class_weight` is for one number of a class, or one row, for each sample; weights of others are those of"
        " `sample_weight`",
        label="weights of classes",
        fix_note="give the weight of each value",
    )


def _keyword(call: ast.Call, name: str) -> ast.keyword | None:
    return next((keyword for keyword in call.keywords if keyword.arg == name), None)


def _are_numbers(feed: Feed) -> bool:
    """Whether the targets are numbers of classes of one output."""
    values = [each for each in feed.values if each is not None]
    return len(values) == 1 and values[0].kind == "whole numbers"


def _are_rows(feed: Feed) -> bool:
    """Whether the targets are rows with a one in the column of the class, of one output."""
    values = [each for each in feed.values if each is not None]
    return len(values) == 1 and values[0].kind == "one-hot"
