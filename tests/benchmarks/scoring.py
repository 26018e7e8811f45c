"""Which answers need which weight of `shapeguard.diagnosis.scoring`: each is changed where it matters.

    python tests/benchmarks/scoring.py corpus shared               a case for each weight, and those that no answer needs
    python tests/benchmarks/scoring.py mutants --part 1/4          the same on every fourth program
    python tests/benchmarks/scoring.py --weights TRUNK -- corpus   of these weights alone
    python tests/benchmarks/scoring.py --tests tests/diagnosis     a test for each weight that fails without it

Each program is asked once while every score remembers the weights it is made of. Those that would put the first repairs
into another order, switched off or much larger, are then changed one by one, and what is answered is compared with the
frozen answers.
A weight that has its case is not tried again. `--thorough` also tries the weights that are part of a first repair's
score without moving it: they may decide how sure the answer is.
"""

import argparse
import collections
import contextlib
import io
import os
import pathlib
import sys

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ["SHAPEGUARD_STRICT"] = "1"
sys.path.insert(0, str(pathlib.Path(__file__).parents[1]))
sys.path.insert(0, str(pathlib.Path(__file__).parents[2]))

import pytest
from benchmarks.traced_weights import THRESHOLDS, neutral, put, trace
from corpus import forked
from corpus.scoring import silent
from frozen import __main__ as frozen
from frozen import file, mutants, programs
from helpers.weights_table import TABLE

from shapeguard.diagnosis import ranking
from shapeguard.diagnosis.scoring import weights

IMPORTED = "ignore::pytest.PytestAssertRewriteWarning"
"""What pytest says of modules that were there before it."""
FIRST = 8
"""Repairs of which the answer is chosen."""


def others(name):
    """Other values of a weight: one at which it says nothing; of a proposal's cost one that is far worse, too."""
    is_cost = not hasattr(weights, name.partition("[")[0])
    return (neutral(name), TABLE[name] + weights.FAR_BEHIND) if is_cost else (neutral(name),)


def asked(unit):
    """The answers to a unit."""
    silent()
    return (mutants if unit.startswith("mutants/") else programs).asked(unit)


def traced(unit):
    """The weights without which the first repairs would have another order, and those of which any of them is made."""
    moving, present = set(), set()
    plain = ranking.scored

    def scored(*each):
        found = plain(*each)
        moved, there = mattering([evaluated.score for evaluated in found])
        moving.update(moved)
        present.update(there)
        return found

    trace(TABLE)
    ranking.scored = scored
    asked(unit)
    return moving, present - moving


def mattering(scores):
    """The weights that the order of the lowest of these scores needs, and those that occur among them."""
    terms = [getattr(score, "terms", {}) for score in scores]
    first = order(scores)
    present = {name for place in first for name in terms[place]}
    every = {name for each in terms for name in each}
    moving = set()
    for name in every:
        for shift in (other - TABLE[name] for other in others(name)):
            shifted = [score + each.get(name, 0) * shift for score, each in zip(scores, terms, strict=True)]
            if order(shifted) != first:
                moving.add(name)
    return moving, present


def order(scores):
    """The places of the first few, lowest score first."""
    return sorted(range(len(scores)), key=lambda place: (round(float(scores[place]), 3), place))[:FIRST]


class FirstFailure:
    """Remembers the first test that fails."""

    name = None

    def pytest_runtest_logreport(self, report):
        if report.failed:
            self.name = self.name or report.nodeid


def failing(job):
    """The first of these tests that fails where a weight has another value, or `None`."""
    name, tests = job
    first = FirstFailure()
    for other in others(name):
        put(name, other)
        with contextlib.redirect_stdout(io.StringIO()):
            pytest.main(["-q", "-x", "-p", "no:cacheprovider", "-W", IMPORTED, *tests], plugins=[first])
        if first.name:
            break
    return first.name


def is_choice(answers):
    """Whether any of these answers names several causes."""
    return any(len(each["causes"]) > 1 for answer in answers.values() for each in answer.get("diagnoses", ()))


def without(job):
    """What was asked of a unit that is answered otherwise where a weight has another value, or `None`."""
    unit, name, answers = job
    for other in others(name):
        put(name, other)
        for what, _ in frozen.differences(answers, asked(unit)):
            return what
    return None


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("groups", nargs="*", default=["corpus", "shared"], help="groups or beginnings of names")
    parser.add_argument("--weights", nargs="*", help="these alone")
    parser.add_argument("--tests", nargs="*", help="look for tests instead that fail without a weight")
    parser.add_argument("--thorough", action="store_true", help="try weights that move no order as well")
    parser.add_argument("--part", default="1/1", metavar="I/N", help="every Nth program from the Ith")
    parser.add_argument("--tries", type=int, default=20, help="programs in which one weight is switched off at most")
    parser.add_argument("--limit", type=int, default=900, help="seconds for one program")
    options = parser.parse_args()
    names = options.weights or list(TABLE)
    if unknown := set(names) - TABLE.keys():
        parser.error(f"no weight {', '.join(sorted(unknown))}")
    if options.tests:
        for (name, _), test, trouble in forked.each(
            failing, [(name, options.tests) for name in names], 1, options.limit
        ):
            print(f"{name:32} {test or trouble or 'no test needs it'}", flush=True)
        return
    there, answers = file.read(file.HERE)
    if there != frozen.host():
        sys.exit(f"frozen on {there}")
    part, parts = map(int, options.part.split("/"))
    units = [unit for unit in answers if unit.startswith(tuple(options.groups)) and "/command/" not in unit]
    fires, tries, cases = collections.Counter(), collections.Counter(), {}
    for unit, found, error in forked.each(traced, units[part - 1 :: parts], 1, options.limit):
        if error:
            sys.exit(f"{unit}: {error}")
        fires.update(found[0] | found[1])
        moving, present = found
        chosen = moving | present if options.thorough else moving
        tried = [name for name in names if name in chosen or (name in THRESHOLDS and is_choice(answers[unit]))]
        tried = [name for name in tried if name not in cases and tries[name] < options.tries]
        tries.update(tried)
        jobs = [(unit, name, answers[unit]) for name in tried]
        for (_, name, _), what, trouble in forked.each(without, jobs, 1, options.limit):
            if what is not None or trouble:
                cases[name] = unit
                print(f"{name:32} {unit} {what or trouble}".rstrip(), flush=True)
    print()
    for name in names:
        if name not in cases:
            print(f"{name:32} no answer needs it; in the scores of {fires[name]} programs")


if __name__ == "__main__":
    main()
