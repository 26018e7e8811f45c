"""Which programs weights are fitted on, and which judge the fit: `python -m benchmarks.halves`, in tests/, writes them.

A program's half follows from its name, so that nobody can choose it: of each corpus the first half by the digest of
the names is for fitting. The small networks keep the halves of `networks`, as today's weights were set on one of them;
weights were set on none of `keras.applications`, and they judge.
"""

import hashlib
import json
import pathlib

from benchmarks import networks
from corpus import __main__ as corpus
from corpus.data import __main__ as data
from corpus.in_call import __main__ as in_call

LIST = pathlib.Path(__file__).with_name("halves.json")
FITTING, JUDGING = "fitting", "judging"


def programs():
    """{corpus: {name: its file}}; correct programs are corpora of their own, so that they are halved as well."""
    of_data = pathlib.Path(data.__file__).parent
    found = {}
    for folder, files in {
        "corpus": corpus.cases(),
        "in_call": in_call.programs(),
        "data": in_call.programs(folder=of_data),
    }.items():
        for file in files:
            is_right = file.name.startswith("clean_") or file.parent.name == "right"
            found.setdefault(f"{folder}, correct" if is_right else folder, {})[file.stem] = file
    return found


def by_rule():
    """{half: {corpus, or "networks": names}}, as the rule has it."""
    halves = {FITTING: {}, JUDGING: {}}
    for corpus_name, files in programs().items():
        ordered = sorted(files, key=lambda name: hashlib.sha256(f"{corpus_name}/{name}".encode()).hexdigest())
        middle = (len(ordered) + 1) // 2
        halves[FITTING][corpus_name], halves[JUDGING][corpus_name] = sorted(ordered[:middle]), sorted(ordered[middle:])
    halves[FITTING]["networks"] = [builder.__name__ for builder in networks.FITTED]
    halves[JUDGING]["networks"] = [*(builder.__name__ for builder in networks.REPORTED), *networks.APPLICATIONS]
    return halves


def listed():
    """The same as the committed list has it."""
    return json.loads(LIST.read_text(encoding="utf-8"))


def half_of(corpus_name, name):
    """The half in which the list has a program."""
    return next(half for half, names in listed().items() if name in names[corpus_name])


if __name__ == "__main__":
    LIST.write_text(f"{json.dumps(by_rule(), indent=1)}\n", encoding="utf-8")
