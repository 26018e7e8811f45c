"""What the search of one program found: repairs whose scores remember their weights, and what its label accepts.

With other weights a search gives its answer again without the program, as the engine would choose it from the same
repairs: see `rescored`.
"""

import contextlib
import pathlib
from collections import Counter
from dataclasses import dataclass, field
from dataclasses import replace as replaced
from unittest import mock

from benchmarks import traced_weights
from helpers.weights_table import TABLE

from shapeguard.diagnosis import explanation, pipeline
from shapeguard.diagnosis.causes import cause_of
from shapeguard.diagnosis.confidence import is_sure
from shapeguard.diagnosis.deduplication import deduplicate
from shapeguard.diagnosis.evaluated import Verdict
from shapeguard.diagnosis.proposers import wrong_expectations
from shapeguard.diagnosis.repairs import Insert, is_guessed
from shapeguard.diagnosis.reservations import READ_ELSEWHERE
from shapeguard.diagnosis.verification import TRIED, prove
from shapeguard.render.document import plain

MOST = 40
"""Repairs of a search that are looked at."""
PROOFS = 400
"""Layers that Keras calls for those that the engine did not prove, in one search."""


@dataclass
class Candidate:
    """A repair that was found. `blame` and `place` are numbers that repairs of one blame, or one place, share.

    `terms` has how often which weight is in the score. `nested` are the candidates that are the same blame for more or
    fewer layers. `may_be_cause`: it is not a guess, whatever its score. `order` decides between equal scores.
    """

    score: float
    terms: dict
    order: list
    blame: int
    place: int = -1
    nested: list = field(default_factory=list)
    refused: bool = False
    verified: bool = False
    may_be_cause: bool = True
    guessed: bool = False
    unprovable: bool = False
    is_kernel: bool = False
    accepted: bool = False


@dataclass
class Search:
    """What was found for one fault. `crashed`: Keras refused a call.

    `others` are causes among targets and losses; `doubt` is whether the label accepts that the annotation is wrong,
    `None` where that is not said; `axes` are how many differ then. `settled`: one of the `others` is certain.
    """

    candidates: list = field(default_factory=list)
    others: list = field(default_factory=list)
    crashed: bool = False
    settled: bool = False
    doubt: bool | None = None
    axes: int = 0


@dataclass
class Recorded:
    """One answer of the engine, as `outcome` has it, beside the search that it comes from, if it comes from one.

    `reserved`: no argument is to blame, and an answer that says nothing for sure is right.
    """

    corpus: str
    program: str
    what: str
    said: list
    reserved: bool = False
    search: Search | None = None


class _Watched:
    """A search while it is watched, with its causes as users would see them."""

    def __init__(self, fault):
        self.fault, self.search = fault, Search(crashed=fault.graph.refused is not None)
        self.causes, self.others, self.doubt = [], [], None

    def judged(self, accepts):
        for candidate, cause in zip(self.search.candidates, self.causes, strict=True):
            candidate.accepted = accepts(cause)
        for candidate, cause in zip(self.search.others, self.others, strict=True):
            candidate.accepted = accepts(cause)
        if self.doubt is not None:
            self.search.doubt = accepts(self.doubt)
        return self.search


@contextlib.contextmanager
def watching(values=TABLE):
    """Gives the list of what is searched inside, with these weights."""
    found = []
    verify, targets, far = pipeline.verify, explanation.causes_of_targets, explanation.is_far_fetched

    def of(fault):
        if not found or found[-1].fault is not fault:
            found.append(_Watched(fault))
        return found[-1]

    def verified(repairs, fault, earlier=()):
        kept = verify(repairs, fault, earlier)
        if not fault.constructions and not fault.weights:
            found.append(_Watched(fault))
            _look_at(found[-1], repairs, kept, earlier)
        return kept

    def causes_of_targets(fault):
        others = targets(fault)
        watched = of(fault)
        watched.others = [each.cause for each in others]
        watched.search.others = [_of_targets(place, each) for place, each in enumerate(others)]
        watched.search.settled = any(each.cause.confidence == "cause" for each in others)
        return others

    def is_far_fetched(first, axes):
        watched = found[-1]
        watched.search.axes, watched.doubt = len(axes), wrong_expectations.wrong_annotation(watched.fault)
        return far(first, axes)

    for each in (verified, causes_of_targets, is_far_fetched):
        _hide(each)
    traced_weights.trace(values)
    try:
        with (
            mock.patch.object(pipeline, "verify", verified),
            mock.patch.object(explanation, "causes_of_targets", causes_of_targets),
            mock.patch.object(explanation, "is_far_fetched", is_far_fetched),
        ):
            yield found
    finally:
        for name, weight in TABLE.items():
            traced_weights.put(name, weight)


def _hide(function):
    """Has a function pass for one of the engine's.

    Else its frame would be the user's innermost line wherever a diagnosis runs custom code again.
    """
    function.__code__ = function.__code__.replace(co_filename=pipeline.__file__)


def _look_at(watched, repairs, kept, earlier):
    fault, blames, places = watched.fault, {}, {}
    looked_at = repairs[:MOST]
    proved = {id(each.repair): each for each in _proved(looked_at, fault, kept, earlier)}
    for each in looked_at:
        proof = proved.get(id(each.repair), each)
        place = (each.repair.nodes, each.repair.slots) if isinstance(each.repair, Insert) else None
        watched.search.candidates.append(
            Candidate(
                score=float(each.score),
                terms=_terms(each.score),
                order=[
                    each.repair.nodes[0] if each.repair.nodes else -1,
                    each.repair.argument,
                    repr(each.repair.suggestion),
                ],
                blame=blames.setdefault(repr(each.repair.key), len(blames)),
                place=-1 if place is None else places.setdefault(place, len(places)),
                nested=[n for n, other in enumerate(looked_at) if _are_nested(each, other, fault)],
                refused=proof.verdict is Verdict.REFUSED,
                verified=proof.is_verified,
                may_be_cause=is_sure([replaced(proof, score=-1.0)], fault.analysis),
                guessed=is_guessed(each.repair),
                unprovable=proof.reservation.startswith(READ_ELSEWHERE),
                is_kernel=each.repair.argument == "kernel_size",
            )
        )
        watched.causes.append(cause_of(fault.analysis, proof, sure=False, also=()))


def _terms(score):
    return {name: times for name, times in sorted(getattr(score, "terms", {}).items()) if times}


def _are_nested(one, other, fault):
    """Whether two repairs are one blame although their layers differ."""
    return one.repair.key != other.repair.key and len(deduplicate([one, other], fault)) == 1


def _proved(repairs, fault, kept, earlier):
    """The repairs of which Keras' verdict is known: those that the engine kept, and more within bounds."""
    by_repair = {id(each.repair): each for each in kept}
    budget = fault.budget
    spent, families, calls = dict(vars(budget)), dict(budget.families), budget.work.calls
    left = PROOFS
    for place, each in enumerate(repairs):
        is_first = place < TRIED
        left -= len(each.scenario.shapes)
        if id(each.repair) not in by_repair and (is_first or left > 0):
            budget._keras_calls = 0
            by_repair[id(each.repair)] = prove(each, fault, tuple(earlier))
    vars(budget).update(spent)
    budget.families, budget.work.calls = families, calls
    return by_repair.values()


for each in (_look_at, _proved):
    _hide(each)


def _of_targets(place, ranked):
    return Candidate(float(ranked.score), _terms(ranked.score), [place, "", ""], blame=-1)


def recorded(watched, report, accepts, reserved=False):
    """The engine's answer as (first, third, sure), and the search that gave the first diagnosis, judged."""
    diagnosis = next(iter(report.diagnoses), None) if report is not None else None
    causes = () if diagnosis is None else diagnosis.causes
    hits = [accepts(cause) for cause in causes]
    sure = bool(causes) and causes[0].confidence == "cause"
    said = outcome(hits, sure=sure, reserved=reserved)
    search = next((each for each in watched if _gave(each, causes)), None)
    return said, None if search is None else search.judged(accepts)


def outcome(hits, *, sure, reserved):
    """[the first is right, one of the first three is, "cause" is right, "cause" is wrong] of causes in order."""
    is_kept_back = reserved and not sure and not any(hits[:1])
    first, third = is_kept_back or any(hits[:1]), is_kept_back or any(hits[:3])
    return [first, third, sure and first, sure and not first]


def _gave(watched, causes):
    """Whether the causes of a diagnosis come from a search."""
    if not causes:
        return False
    edits = [each.edits for each in (*watched.causes, *watched.others, *filter(None, [watched.doubt]))]
    return causes[0].edits in edits


def in_json(cause):
    """A cause as the labels of whole programs read it."""
    return plain(cause, str(pathlib.Path.cwd()))


def weights_in(search):
    """How many candidates have which weight."""
    return Counter(name for each in (*search.candidates, *search.others) for name in each.terms)
