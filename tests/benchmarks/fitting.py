"""Fits the weights of `shapeguard.diagnosis.scoring` on one half of the programs, and judges them on the other.

    python -m benchmarks.fitting            from `tests/`: asks, fits, asks again with what was fitted; prints both

Run it again after the engine has changed; one that has not is asked once, as its answers lie in --kept. `halves.json`
names the halves. Each search is asked once while every score remembers the weights it is made of. From then on the
weights are changed off-line: one after the other by small steps, as long as the answers of the fitting half gain more
than it costs to go away from the weights of today. What that costs is chosen inside the fitting half too, by fits of
three quarters of it that are tried on the fourth. A weight keeps its sign, and has two significant digits. In the end
the programs are asked again with what was fitted, and these answers alone decide.
"""

import argparse
import hashlib
import math
import os
import pathlib
import pickle
import sys
import tempfile
from collections import Counter, defaultdict

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ["SHAPEGUARD_STRICT"] = "1"

import keras
from benchmarks import fitting_units, halves, rescored, traced_weights
from benchmarks.recorded_searches import weights_in
from helpers.weights_table import TABLE

import shapeguard

STEPS = (-0.3, -0.1, -0.05, 0.05, 0.1, 0.3)
COSTS = (64.0, 32.0, 16.0, 8.0, 4.0, 2.0)
"""What it may cost to move a weight by 1: by 0.1 as much as the first answers of 3.2 programs give, to a tenth."""
QUARTERS = 4
SWEEPS = 6
GAINS = (2.0, 1.0, 0.5, -4.0)
"""What an answer is worth: the first is right, one of the first three is, "cause" is right, "cause" is wrong."""
LEAD = 0.2
"""What it is worth that the best right cause is ahead of the best wrong one by the margin that makes it the cause."""
LEAST = 0.01
COLUMNS = ("first", "first 3", '"cause" right', '"cause" wrong')


def rounded(value):
    """With two significant digits."""
    return float(f"{value:.2g}")


def moved(name, value, step):
    """A weight moved by a step; it keeps its sign, and does not come to 0."""
    new = rounded(value + step)
    if TABLE[name] < 0:
        return min(new, -LEAST)
    return max(new, 0.0 if TABLE[name] == 0 else LEAST)


class Fit:
    """The fitting half's searches, and what their answers are worth with some weights.

    Each program counts as much as any other, however often it was asked; so does each fault of a network.
    """

    def __init__(self, recorded, cost=math.inf):
        self.cost = cost
        self.recorded = [each for each in recorded if is_followed(each)]
        asked = Counter(map(_program, self.recorded))
        self.shares = [1 / asked[_program(each)] for each in self.recorded]
        self.having = defaultdict(list)
        for place, each in enumerate(self.recorded):
            for name in weights_in(each.search):
                self.having[name].append(place)
        self.weights = {name: float(TABLE[name]) for name in TABLE}
        self.worth = [self._worth(place, {}) for place in range(len(self.recorded))]

    def gain(self, weights):
        """What the answers would gain with these weights."""
        shifts = _shifts(weights)
        return sum(self._worth(place, shifts) - self._worth(place, {}) for place in range(len(self.recorded)))

    def _worth(self, place, shifts):
        said, lead = rescored.answered(self.recorded[place], shifts)
        gain = sum(gain for gain, is_so in zip(GAINS, said, strict=True) if is_so)
        return self.shares[place] * (gain + LEAD * lead / rescored.MARGIN)

    def improve(self, name):
        """Moves one weight to the best of its neighbouring values; whether it did."""
        now, best, gain, worths = self.weights[name], None, 1e-9, {}
        for new in {moved(name, now, step) for step in STEPS} - {now}:
            shifts = _shifts({**self.weights, name: new})
            found = {place: self._worth(place, shifts) for place in self.having[name]}
            cost = self.cost * (abs(new - TABLE[name]) - abs(now - TABLE[name]))
            better = sum(found.values()) - sum(self.worth[place] for place in found) - cost
            if (better, -abs(new - now)) > (gain, -9 if best is None else -abs(best - now)):
                best, gain, worths = new, better, found
        if best is None:
            return False
        self.weights[name] = best
        for place, worth in worths.items():
            self.worth[place] = worth
        return True

    def fit(self):
        """The weights after each was improved in turn, until none is."""
        names = [name for name in TABLE if name in self.having and name not in traced_weights.THRESHOLDS]
        for _ in range(SWEEPS):
            if not sum([self.improve(name) for name in names]):
                break
        return self.weights


def _shifts(weights):
    return {name: weight - TABLE[name] for name, weight in weights.items() if weight != TABLE[name]}


def gains(recorded):
    """{what it costs to move a weight: what fits at this cost gain on programs that they were not made on}."""
    found = dict.fromkeys(COSTS, 0.0)
    for quarter in range(QUARTERS):
        rest = [each for each in recorded if _quarter(each) != quarter]
        judge = Fit([each for each in recorded if _quarter(each) == quarter])
        for cost in COSTS:
            found[cost] += judge.gain(Fit(rest, cost).fit())
    return found


def _quarter(recorded):
    name = f"{recorded.corpus}/{recorded.program}"
    return hashlib.sha256(f"quarter of {name}".encode()).digest()[0] % QUARTERS


def _program(recorded):
    """What counts as one: a program of a corpus, or a fault of a network."""
    return recorded.corpus, recorded.program, recorded.what.partition(";")[0] if recorded.corpus == "networks" else ""


def is_followed(recorded):
    """Whether the answer off-line, with the weights that were asked, is the engine's."""
    return recorded.search is not None and rescored.answered(recorded, {})[0] == recorded.said


def half_of(recorded):
    """The half that the list has for what was recorded."""
    return halves.half_of(recorded.corpus, recorded.program)


def figures(recorded):
    """{(half, corpus): [answers, of which first right, ...]}."""
    rows = defaultdict(lambda: [0] * 5)
    for each in recorded:
        for key in ((half_of(each), each.corpus), (half_of(each), "all")):
            rows[key] = [a + b for a, b in zip(rows[key], [1, *each.said], strict=True)]
    return dict(sorted(rows.items()))


def table(before, after):
    """The figures of both in Markdown."""
    lines = [f"| half | programs | answers | {' | '.join(COLUMNS)} |", "|---|---|" + "---:|" * 5]
    for (half, corpus), (count, *old) in before.items():
        new = after[half, corpus][1:]
        cells = [f"{a}" if a == b else f"{a} -> {b}" for a, b in zip(old, new, strict=True)]
        lines.append(f"| {half} | {corpus} | {count} | {' | '.join(cells)} |")
    return "\n".join(lines)


def idle(recorded):
    """{weight: in how many searches it occurs} of those that move no answer, not even if they say nothing or far more."""
    occurs, moves = Counter(), set()
    for each in filter(is_followed, recorded):
        for name in weights_in(each.search):
            occurs[name] += 1
            others = (traced_weights.neutral(name), TABLE[name] + rescored.FAR_BEHIND)
            if name not in moves and any(_is_moved(each, name, value) for value in others):
                moves.add(name)
    return {name: occurs[name] for name in TABLE if name not in moves and name not in traced_weights.THRESHOLDS}


def _is_moved(recorded, name, value):
    return rescored.answered(recorded, {name: value - TABLE[name]}) != rescored.answered(recorded, {})


def is_better(before, after):
    """Whether the fitting half gains, and in the judging half no figure is worse."""
    (_, *old), (_, *new) = before[halves.JUDGING, "all"], after[halves.JUDGING, "all"]
    holds = new[0] >= old[0] and new[1] >= old[1] and new[3] <= old[3]
    (_, *old), (_, *new) = before[halves.FITTING, "all"], after[halves.FITTING, "all"]
    return holds and sum(g * (b - a) for g, a, b in zip(GAINS, old, new, strict=True)) > 0


def state():
    """A digest of all that an answer follows from."""
    digest = hashlib.sha256(keras.__version__.encode())
    tests = pathlib.Path(__file__).parents[1]
    package = pathlib.Path(shapeguard.__file__).parent
    for folder in (package, tests / "corpus", tests / "benchmarks"):
        for path in sorted([*folder.rglob("*.py"), *folder.rglob("labels.json")]):
            if path.name not in {"fitting.py", "rescored.py"}:
                digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def asked(values, options):
    """What all programs give with these weights, asked once for each state of the engine."""
    told = hashlib.sha256(repr(sorted((n, float(v)) for n, v in values.items())).encode()).hexdigest()[:8]
    path = options.kept / f"{state()}-{told}.pickle"
    if not path.exists():
        found = fitting_units.asked_all(fitting_units.units(), values, options.jobs)
        options.kept.mkdir(parents=True, exist_ok=True)
        path.write_bytes(pickle.dumps(found))
    recorded, lost = pickle.loads(path.read_bytes())  # noqa: S301  our own
    for line in lost:
        print(f"no answer: {line}", file=sys.stderr)
    return recorded


def chosen_cost(half):
    """What it costs to move a weight: what loses nothing on programs that a fit was not made on, else the most."""
    tried = gains(half)
    cost = max(tried, key=lambda each: (tried[each], each))
    print("\nto move a weight by 1 may cost, and what fits gain then on programs that they were not made on:\n")
    for each, gain in tried.items():
        print(f"{each:6}   {gain:+6.2f}{'   chosen' if each == cost else ''}")
    return cost


def print_weights(fit, recorded):
    """What was moved, and what moves nothing."""
    changed = {name: value for name, value in fit.weights.items() if value != TABLE[name]}
    print(f"\n{len(fit.having)} weights occur in the fitting half, {len(changed)} of them were moved:\n")
    for name, value in changed.items():
        print(f"{name:32} {float(TABLE[name]):6} -> {value:6}   {TABLE[name].why}")
    print("\nmove no answer of either half; in how many searches they occur, and the case that needs them:\n")
    for name, count in idle(recorded).items():
        print(f"{name:32} {count:4}   {TABLE[name].case}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--kept", type=pathlib.Path, default=pathlib.Path(tempfile.gettempdir(), "shapeguard-fitting"))
    parser.add_argument("--cost", type=float, help="what it costs to move a weight by 1, instead of choosing that")
    parser.add_argument("--off-line", action="store_true", help="ask nothing again with what was fitted")
    parser.add_argument("--show", action="store_true", help="print each answer that is not right first")
    options = parser.parse_args()
    recorded = asked(TABLE, options)
    found = [each for each in recorded if each.search is not None]
    print(f"{len(recorded)} answers; {len(found)} come from a search, ", end="")
    print(f"of which {sum(map(is_followed, found))} are the same off-line", flush=True)
    for each in recorded if options.show else ():
        if not each.said[0] or each.said[3]:
            print(half_of(each), each.corpus, each.program, each.what, *each.said)
    half = [each for each in recorded if half_of(each) == halves.FITTING]
    fit = Fit(half, options.cost or chosen_cost(half))
    fit.fit()
    print_weights(fit, recorded)
    before = figures(recorded)
    is_same = all(value == TABLE[name] for name, value in fit.weights.items())
    after = before if is_same or options.off_line else figures(asked(fit.weights, options))
    print(f"\n{table(before, after)}\n")
    print(f"adopt: {'yes' if is_better(before, after) else 'no'}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
