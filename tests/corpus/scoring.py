"""Asks a guard about one case, and judges what it says by the labels and by Keras."""

import contextlib
import os
import re
import warnings
from dataclasses import dataclass
from pathlib import Path

import keras
from helpers.edited import changes_in

from shapeguard import ShapeGuard, ShapeMismatchError

from .programs import fitted, loaded, opened

MODES = {
    "expected": "every label's expectation given, the model built under the guard",
    "bare": "nothing expected: only what Keras raises",
    "late": "the same expectations, the callback alone on a model built before",
}
INPUT_SHAPES = {"shape", "input_shape", "batch_shape", "batch_input_shape"}
MOST_JUDGED = 5


@dataclass
class Answer:
    """What was said of one case in one mode, and how it compares with the label.

    `place`: whether the first cause points into the guilty call; `None` where it points nowhere. `promises` are causes
    marked verified that could be rebuilt, `kept` those of them that Keras confirms.
    """

    case: str
    mode: str
    clean: bool = False
    repairable: bool = True
    found: bool = False
    sure: bool = False
    top1: bool = False
    top3: bool = False
    whole: bool = False
    place: bool | None = None
    promises: int = 0
    kept: int = 0
    code: str = ""
    said: str = ""
    error: str = ""


def applies(path, mode):
    """Whether a mode asks anything of a case: `bare` needs a crash, `late` a model that can be built."""
    crashes = re.search(r"^CRASHES = (\S+)", path.read_text(encoding="utf-8"), re.MULTILINE)
    if crashes is None:
        return True
    return {"expected": True, "bare": crashes[1] != "None", "late": crashes[1] != '"build"'}[mode]


def asked(path, mode):
    """The answer to one case."""
    case = loaded(path)
    answer = Answer(path.stem, mode, clean=case.ACCEPT is None, repairable=case.REPAIRABLE)
    keras.utils.clear_session()
    keras.utils.set_random_seed(0)
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        report, answer.error = reported(case, mode)
    own = [str(w.message) for w in heard if "ShapeGuard" in str(w.message) or "[SG" in str(w.message)]
    if own and answer.clean and mode != "bare":
        answer.error = answer.error or f"warned: {own[0].splitlines()[0]}"
    if report is not None and report.diagnoses:
        answer.found, answer.code = True, report.diagnoses[0].code
        _judge(answer, path, case, report.diagnoses[0].causes)
    return answer


def reported(case, mode):
    """(report, error): what a guard found in a case, or the exception of another type that ended it, in one line."""
    guard = ShapeGuard() if mode == "bare" else ShapeGuard(dict(case.EXPECTED))
    try:
        with contextlib.nullcontext() if mode == "late" else guard:
            model = case.build()
        fitted(case, model, guard)
    except ShapeMismatchError as error:
        return error.report, ""
    except Exception as error:  # noqa: BLE001  an error of another type is an answer too: a wrong one
        return None, f"{type(error).__name__}: {str(error)[:160]}"
    return None, ""


def _judge(answer, path, case, causes):
    if not causes:
        return
    places, named = places_of(case), [named_by(case, cause) for cause in causes]
    right = [is_accepted(case, cause) for cause in causes]
    answer.sure = causes[0].confidence == "cause"
    answer.top1, answer.top3, answer.whole = right[0], any(right[:3]), named[0] in places
    answer.said = "; ".join(f"{layer}.{argument}={value!r}" for layer, argument, value in edits_of(causes[0]))
    answer.place = _points_there(path, case, causes[0], named[0] if answer.top1 else set())
    for cause in causes[:MOST_JUDGED]:
        kept = is_kept(path, case, cause, bare=answer.mode == "bare") if cause.verified else None
        answer.promises += kept is not None
        answer.kept += bool(kept)


def places_of(case):
    """The (layer, argument) of each repair that the label accepts."""
    accepted = [alternative if isinstance(alternative, list) else [alternative] for alternative in case.ACCEPT]
    return [{_place(case, layer, argument) for layer, argument, _ in alternative} for alternative in accepted]


def named_by(case, cause):
    """The (layer, argument) that a cause changes."""
    return {_place(case, layer, argument) for layer, argument, _ in edits_of(cause)}


def is_accepted(case, cause):
    """Whether a cause changes nothing that one repair of the label does not."""
    named = named_by(case, cause)
    return bool(named) and any(named <= place for place in places_of(case))


def _points_there(path, case, cause, named):
    """Whether the cause's first edit stands in the call of the guilty layer, or of one that is rightly named."""
    span = cause.edits[0].span if cause.edits else None
    lines = opened(path)[0].lines
    truths = [lines[layer] for layer in {case.CULPRIT["layer"], *(layer for layer, _ in named)} & lines.keys()]
    if span is None or not truths:
        return None
    return Path(span.file).name == path.name and any(first <= span.line <= last for first, last in truths)


def edits_of(cause):
    """[(layer, argument, suggestion)], one for each layer whose value an edit changes."""
    return changes_in(cause)


def _place(case, layer, argument):
    layer = next((outer for outer, inner in case.ALIASES.items() if layer in inner), layer)
    return ("the model's input", "shape") if argument in INPUT_SHAPES else (layer, argument)


def is_kept(path, case, cause, *, bare):
    """Whether the model built with a cause's edits is as expected; `None` where the edits cannot be made here.

    Where nothing was expected the promise is that the model builds and fits the data.
    """
    edits = edits_of(cause)
    codes = [value for _, argument, value in edits if argument == "x"]
    edits = [edit for edit in edits if edit[1] != "x"]
    workshop, error = opened(
        path, edits, fits=bare and case.FIT_AFTER, transform=_transform(codes[0]) if codes else None
    )
    if not {(layer, argument) for layer, argument, _ in edits} <= workshop.applied:
        return None
    return error is None and (bare or all(_holds(workshop, *item) for item in case.EXPECTED.items()))


def _transform(code):
    def transform(x):
        import numpy as np

        return eval(code.format(x="x"), {"np": np, "x": x})  # noqa: S307

    return transform


def _holds(workshop, name, expected):
    return any(_same(expected, seen) for seen in workshop.shapes.get(name, ()))


def _same(expected, seen):
    if isinstance(expected, list) or isinstance(seen, list):
        both = isinstance(expected, list) and isinstance(seen, list) and len(expected) == len(seen)
        return both and all(map(_same, expected, seen))
    free = bool(expected) and expected[0] is None
    return len(expected) == len(seen) and tuple(expected[free:]) == tuple(seen[free:])


def silent():
    """Turns off what TensorFlow and Keras write to the error stream of this process."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
