"""Runs one program of this folder as `shapeguard run` does, and judges what is said by its label and by plain Keras."""

import argparse
import contextlib
import io
import os
import re
import sys
import warnings
from dataclasses import dataclass, field

from corpus import forked
from helpers.guarding import NOTHING
from promises import texts, verified

from shapeguard.cli import run

from . import labels

OURS = re.compile(r"\[SG\d|ShapeGuard")


@dataclass
class Answer:
    """What was said of one program, and how it compares with its label; a correct one has only `exit` and `words`.

    `causes` are the first three in words. `first`, `third`: the first cause, or one of the first three, is a whole
    repair that the label accepts; `reserved`: it counts as such, as no argument is to blame and none is for sure.
    `sure`: the first cause is called the cause; `vain`: wrongly. `placed`: what is said of a silent fault is a
    mismatch at the line of the label. `promises` are the suggestions called verified, `broken` those that fail in
    plain Keras.
    """

    name: str
    right: bool = False
    silent: bool = False
    exit: int = 0
    code: str = ""
    causes: list = field(default_factory=list)
    first: bool = False
    third: bool = False
    reserved: bool = False
    vain: bool = False
    placed: bool = False
    sure: bool = False
    verified: bool = False
    promises: int = 0
    broken: list = field(default_factory=list)
    words: str = ""
    error: str = ""


def named(path):
    """The answer to a program before it is asked."""
    label = labels.Label.of(path)
    return Answer(f"{'right/' if label is None else ''}{path.stem}", label is None, label is not None and label.silent)


def asked(path):
    """The answer to one program, which runs in this process as its main module."""
    answer, label = named(path), labels.Label.of(path)
    answer.exit, error, answer.words = ran(path)
    report = getattr(error, "report", None)
    diagnoses = report.to_dict()["diagnoses"] if report is not None else []
    if diagnoses:
        answer.code = diagnoses[0]["code"]
    elif answer.exit:
        answer.error = f"{type(error).__name__}: {str(error)[:160]}"
    if diagnoses and label is not None:
        _judge(answer, label, diagnoses[0])
    return answer, [{**cause, "faults": len(diagnoses)} for each in diagnoses for cause in each["causes"]]


def ran(path):
    """(exit code, the exception that ends it, the line in which ShapeGuard says something else).

    That a model has no expected shapes is said of any such model.
    """
    raised, streams = [], io.StringIO()
    sys.excepthook = lambda _, error, __: raised.append(error)  # by which `run` prints it
    arguments = argparse.Namespace(program=str(path), arguments=[], module=False, expect=None, prove=False)
    with (
        contextlib.redirect_stdout(streams),
        contextlib.redirect_stderr(streams),
        warnings.catch_warnings(record=True) as heard,
    ):
        warnings.simplefilter("always")
        code = run.run(arguments)
    lines = [*streams.getvalue().splitlines(), *(str(each.message).partition("\n")[0] for each in heard)]
    return (
        code,
        raised[-1] if raised else None,
        next((line for line in lines if OURS.search(line) and NOTHING not in line), ""),
    )


def _judge(answer, label, diagnosis):
    causes = diagnosis["causes"]
    right = [label.accepts(cause) for cause in causes]
    answer.causes = [_in_words(cause) for cause in causes[:3]]
    answer.sure = bool(causes) and causes[0]["confidence"] == "cause"
    answer.verified = bool(causes) and causes[0]["verified"]
    answer.reserved = label.no_argument and not answer.sure and not any(right[:1])
    answer.first, answer.third = answer.reserved or any(right[:1]), answer.reserved or any(right[:3])
    answer.vain = answer.sure and not answer.first
    spans = [diagnosis["declared"], diagnosis["raised_at"], *(e["span"] for c in causes[:1] for e in c["edits"])]
    is_mismatch = answer.code.startswith("SG1") or answer.code == "SG303"
    answer.placed = answer.silent and is_mismatch and any(map(label.is_place, spans))


def _in_words(cause):
    edits = [edit for edit in cause["edits"] if edit["argument"] != "import"]
    return "; ".join(f"{_line(edit)}{edit['argument']}: {edit['value']!r} -> {edit['suggestion']!r}" for edit in edits)


def _line(edit):
    return f"line {edit['span']['line']}, " if edit["span"] else ""


def scored(path):
    """The answer to one program, with what becomes of the promises in it: each is asked and run in a fork."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
    ((_, found, error),) = forked.each(asked, [path], 1, verified.LIMIT / 2)
    if error:
        return _lost(path, error)
    answer, causes = found
    text = texts.Text(answer.name, path.read_text(encoding="utf-8"), fits=False)
    verdict = verified.Verdict(answer.name)
    verified.hold(verdict, text, causes, path)
    answer.promises = verdict.promises
    answer.broken = [*verdict.broken, *["a promise without text"] * verdict.textless]
    return answer


def _lost(path, error):
    answer = named(path)
    answer.error = error
    return answer


def all_of(paths, at_once=2):
    """The answers to the programs, as they come."""
    for path, answer, error in forked.each(scored, paths, at_once, verified.LIMIT):
        yield answer if not error else _lost(path, error)
