"""The programs on which weights are fitted and judged, and what is recorded of each, asked with any weights."""

import pickle
from unittest import mock

import keras
from benchmarks import halves, kinds, mutants
from benchmarks.asking import judge, named_by
from benchmarks.recorded_searches import Recorded, in_json, recorded, watching
from corpus import forked, programs, scoring
from corpus.in_call import labels
from corpus.in_call import scoring as in_call

SAMPLE = {"argument": 4, "two arguments": 0, "structure": 1, "annotation": 1, "applications": 2}
"""Faults of each network: about 150 arguments, layers, annotations, inputs and data in all, at each density."""
SEED = 2
"""Neither that of the published figures nor one of the frozen answers."""
LIMIT = 900


def units():
    """(corpus, program, mode) of each program in which something is wrong."""
    found = []
    for name, files in halves.programs().items():
        if "correct" not in name:  # weights decide about nothing there
            modes = scoring.MODES if name == "corpus" else ("",)
            found += [(name, file, m) for file in files.values() for m in modes if not m or scoring.applies(file, m)]
    names = [name for half in halves.by_rule().values() for name in half["networks"]]
    return found + [("networks", name, "") for name in names]


def asked_all(chosen, values, at_once):
    """What is recorded of these programs, asked with these weights; a line for each that gave no answer."""
    found, lost = [], []
    jobs = [(unit, values) for unit in chosen]
    for (unit, _), answer, error in forked.each(_asked, jobs, at_once, LIMIT):
        if error:
            lost.append(f"{unit[0]} {getattr(unit[1], 'stem', unit[1])} {unit[2]}: {error}")
        else:
            found += pickle.loads(answer)  # noqa: S301  our own fork's
    return sorted(found, key=lambda each: (each.corpus, each.program, each.what)), sorted(lost)


def _asked(job):
    scoring.silent()
    return pickle.dumps(asked(*job))


def asked(unit, values):
    """What is recorded of one program."""
    corpus, program, mode = unit
    with watching(values) as watched:
        if corpus == "networks":
            return _of_network(program, watched)
        return [_of_case(program, mode, watched) if corpus == "corpus" else _of_program(corpus, program, watched)]


def _of_case(path, mode, watched):
    keras.utils.clear_session()
    keras.utils.set_random_seed(0)
    case = programs.loaded(path)
    report, _ = scoring.reported(case, mode)
    said, search = recorded(watched, report, lambda cause: scoring.is_accepted(case, cause))
    return Recorded("corpus", path.stem, mode, said, search=search)


def _of_program(corpus, path, watched):
    label = labels.Label.of(path)
    _, error, _ = in_call.ran(path)
    report = getattr(error, "report", None)
    said, search = recorded(watched, report, lambda cause: label.accepts(in_json(cause)), label.no_argument)
    return Recorded(corpus, path.stem, "", said, label.no_argument, search)


def _of_network(name, watched):
    """What is recorded of each fault of a network; nothing is built again to see whether a promise is kept."""
    found = {}

    def judged(answer, report, accepts, reason=""):
        said, search = recorded(watched, report, lambda cause: accepts(named_by(cause), cause))
        what = f"{answer.kind}: {answer.fault}; {answer.density}"
        found[what] = Recorded("networks", name, what, said, search=search)
        watched.clear()
        return judge(answer, report, accepts, reason)

    with (
        mock.patch.object(kinds, "judge", judged),
        mock.patch.object(kinds, "redeem"),
        mock.patch.object(kinds, "_restores"),
    ):
        for _ in mutants.answers(full=False, seed=SEED, chosen=mutants.KINDS, only=(name,), sample=SAMPLE):
            pass
    return list(found.values())
