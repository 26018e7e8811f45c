"""The answers to the faults that `benchmarks.mutants` puts into correct networks, as it asks them."""

import contextlib
from collections import Counter
from unittest import mock

from benchmarks import kinds, mutants, networks

from . import answers

SEEDS = (0, 1)


class _NoClock:
    """Stands for the clock, which knows how ShapeGuard is built; an answer has no seconds."""

    seconds = 0.0

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass


def units():
    """One for each seed and network."""
    names = [builder.__name__ for builder in networks.NETWORKS] + list(networks.APPLICATIONS)
    return [f"mutants/{seed}/{name}" for seed in SEEDS for name in names]


def asked(unit, chosen=mutants.KINDS):
    """{fault and density: answer} of a unit; `chosen` are the kinds of faults."""
    _, seed, name = unit.split("/")
    found, times = {}, Counter()
    with _only_asking() as reports:
        for each in mutants.answers(full=False, seed=int(seed), chosen=chosen, only=(name,)):
            if id(each) not in reports:
                continue  # nothing annotated differs: nobody was asked
            _, report, reason = reports.pop(id(each))
            key = f"{each.kind}: {each.fault}; {each.density}"
            times[key] += 1
            key = key if times[key] == 1 else f"{key}, {times[key]}"
            found[key] = answers.of_report(report, f"{name}.py", reason)
    return found


@contextlib.contextmanager
def _only_asking():
    """Gives {id of an answer of the benchmark: (it, report, reason)}, while nothing is judged, timed or built again."""
    reports = {}

    def keep(answer, report, accepts, reason=""):
        reports[id(answer)] = (answer, report, reason)
        return ()

    clockless = mock.patch("benchmarks.asking.Clock", _NoClock), mock.patch("benchmarks.kinds.Clock", _NoClock)
    asking = mock.patch.object(kinds, "judge", keep), mock.patch.object(kinds, "redeem")
    with contextlib.ExitStack() as stack:
        for patch in (*clockless, *asking):
            stack.enter_context(patch)
        yield reports
