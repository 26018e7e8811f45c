"""Exit codes of `shapeguard check` and `run` for every program of the corpus, each run as a script in a forked process.

In tests/:

    python -m corpus.exit_codes                    bare and with expectations; prints a table and what disagrees
    python -m corpus.exit_codes --only 203 clean_ --mode bare --json FILE
"""

import argparse
import collections
import json
import os
import pathlib
import re
import sys
import tempfile

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ["SHAPEGUARD_STRICT"] = "1"

from helpers import commands

from . import __main__ as corpus
from . import forked
from .programs import loaded

MODES = ("bare", "annotated")
FIT = """

import keras

model = build()
x, y = data()
if not getattr(model, "optimizer", None):
    model.compile(optimizer="sgd", loss=globals().get("LOSS", "mse"))
size = globals().get("BATCH") or len(keras.tree.flatten(x)[0])
model.fit(x, y, batch_size=size, epochs=1, verbose=0)
"""


def answers_of(files, modes=MODES, *, at_once=1, limit=300):
    """{(case, mode, command): (exit code, text)} of every program; the code is -1 where there is no answer."""
    with tempfile.TemporaryDirectory() as folder:
        jobs = []
        for path in files:
            program = pathlib.Path(folder, path.name)
            program.write_text(path.read_text(encoding="utf-8") + FIT, encoding="utf-8")
            expected = {"bare": None, "annotated": dict(loaded(path).EXPECTED)}
            jobs += [(command, program, expected[mode], mode) for mode in modes for command in commands.COMMANDS]
        return {
            (program.stem, mode, command): answer or (-1, error)
            for (command, program, _, mode), answer, error in forked.each(_answered, jobs, at_once, limit)
        }


def _answered(job):
    return commands.answered(job[:3])


def crashes(path):
    """Whether the program fails in plain Keras."""
    label = re.search(r"^CRASHES = (\S+)", path.read_text(encoding="utf-8"), re.MULTILINE)
    return label is not None and label[1] != "None"


def differences(answers):
    """[(case, mode)] of which `check` and `run` do not say the same; their codes are the same where neither is 2."""
    pairs = {(case, mode): (answers[case, mode, "check"], answers[case, mode, "run"]) for case, mode, _ in answers}
    return [where for where, (check, run) in pairs.items() if _told(check) != _told(run)]


def _told(answer):
    code, text = answer
    return bool(code), commands.diagnosis(text)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="*", default=(), help="beginnings of file names")
    parser.add_argument("--mode", nargs="*", choices=MODES, default=list(MODES))
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--json", type=pathlib.Path, help="where all answers go")
    options = parser.parse_args()
    files = {file.stem: file for file in corpus.cases(options.only)}
    answers = answers_of(files.values(), options.mode, at_once=options.jobs)
    counts = collections.Counter()
    for (case, mode, command), (code, _) in answers.items():
        counts[mode, "crashes" if crashes(files[case]) else "runs", command, code] += 1
    for key, count in sorted(counts.items()):
        print("{:10} {:8} {:6} exit {}: {}".format(*key, count))
    for case, mode in differences(answers):
        for command in commands.COMMANDS:
            code, text = answers[case, mode, command]
            print(f"{mode} {case}: {command} {code} {commands.diagnosis(text)}")
    if options.json:
        rows = [{"case": c, "mode": m, "command": w, "exit": a[0], "text": a[1]} for (c, m, w), a in answers.items()]
        options.json.write_text(json.dumps(rows, indent=1), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
