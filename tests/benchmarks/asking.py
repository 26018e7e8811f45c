"""Asks a guard about a program that is wrong on purpose, and judges what it says."""

import random
import time
import warnings
from dataclasses import dataclass

from benchmarks import repairs
from helpers.edited import changes_in

from shapeguard import ShapeGuard, ShapeMismatchError

DENSITIES = ("every layer", "half", "a quarter + output", "output only")
SHARES = dict(zip(DENSITIES, (1.0, 0.5, 0.25, 0.0), strict=True))
TOP = 3


@dataclass
class Answer:
    """One fault at one density, and what was said of it.

    `visible`: some annotated shape differs, or Keras raised. `promises`: causes called verified; `kept`: those that hold
    when the program is built again with them.
    """

    kind: str
    network: str
    half: str
    density: str
    fault: str
    crashed: bool
    visible: bool = True
    found: bool = False
    top1: bool = False
    top3: bool = False
    layer: bool = False
    repairs: bool = False
    sure: bool = False
    code: str = ""
    said: str = ""
    second: str = ""
    seconds: float = 0.0
    both: bool = False
    promises: int = 0
    kept: int = 0
    broken: str = ""


class Clock:
    """Times the diagnosis inside a check; the one thing here that knows how ShapeGuard is built."""

    def __init__(self):
        from shapeguard.guard import checking

        self.seconds = 0.0
        self._checking, self._diagnose = checking, checking.diagnose

    def __enter__(self):
        def timed(problem):
            start = time.thread_time()
            try:
                return self._diagnose(problem)
            finally:
                self.seconds += time.thread_time() - start

        # Else its frame would be the user's innermost line wherever a diagnosis runs custom code again.
        timed.__code__ = timed.__code__.replace(co_filename=self._checking.__file__)
        self._checking.diagnose = timed
        return self

    def __exit__(self, *_):
        self._checking.diagnose = self._diagnose


def expected_at(shapes, outputs, density, seed):
    """The shapes that are annotated at a density; the outputs always are."""
    inner = [name for name in shapes if name not in outputs]
    chosen = set(random.Random(seed).sample(inner, round(len(inner) * SHARES[density])))  # noqa: S311  no secret
    return {name: shapes[name] for name in shapes if name in chosen or name in outputs}


def is_visible(expected, built):
    """Whether a fault changes an annotated shape, or Keras raised."""
    return built.error is not None or any(built.shapes.get(name) != shape for name, shape in expected.items())


def asked(build, expected):
    """The report on a builder under a guard, the seconds that the diagnosis took, and why there is no report."""
    guard = ShapeGuard(expected)
    with Clock() as clock, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            with guard:
                model = build()
            report = guard.check(model)
        except ShapeMismatchError as error:
            report = error.report
        except Exception as error:  # noqa: BLE001  Keras' own word: nothing was explained
            return None, clock.seconds, f"{type(error).__name__}: {error}"[:200]
    return report, clock.seconds, ""


def checked(model, expected):
    """As `asked`, of a model that is built."""
    with Clock() as clock, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        report = ShapeGuard(expected).check(model)
    return report, clock.seconds, ""


def named_by(cause):
    """{(layer, argument)} of a cause."""
    return {(layer, argument) for layer, argument, _ in changes_in(cause)}


def told(cause):
    """A cause in one line."""
    return "; ".join(f"{'+'.join(e.layers or (e.layer,))}.{e.argument}={e.suggestion!r}" for e in cause.edits)


def judge(answer, report, accepts, reason=""):
    """Fills in what the report says; `accepts` tells whether a set of (layer, argument) with its cause is right."""
    diagnoses = report.diagnoses if report is not None else ()
    answer.found = bool(diagnoses)
    if not diagnoses:
        answer.said = reason
        return ()
    causes = diagnoses[0].causes
    hits = [accepts(named_by(cause), cause) for cause in causes]
    answer.code = diagnoses[0].code
    answer.top1 = bool(hits[:1] and hits[0])
    answer.top3 = any(hits[:TOP])
    answer.sure = bool(causes) and causes[0].confidence == "cause"
    answer.said = told(causes[0]) if causes else ""
    answer.second = told(causes[1]) if len(causes) > 1 else ""
    return causes


def redeem(answer, report, rebuilt, expected):
    """Counts the promises of a report and those that are kept; `rebuilt(repair)` gives shapes by layer, or `None`."""
    for causes in repairs.promised(report):
        answer.promises += 1
        if repairs.keeps(causes, rebuilt, expected):
            answer.kept += 1
        else:
            answer.broken = "; ".join(map(told, causes))
