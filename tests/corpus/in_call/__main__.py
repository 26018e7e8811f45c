"""Asks ShapeGuard about every program of this folder and writes the figures. Run from `tests/`:

python -m corpus.in_call                     all of it; writes corpus/in_call/score.json, prints a table
python -m corpus.in_call --only 013 right/
python -m corpus.in_call --docs ../docs/explanation/figures.md      puts the table into that page
"""

import argparse
import json
import os
import pathlib
import platform
import re
import sys
from dataclasses import asdict

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ["SHAPEGUARD_STRICT"] = "1"

import keras

from . import scoring

HERE = pathlib.Path(__file__).parent
TABLE = r"(?<=<!-- {0} -->\n).*?(?=<!-- end of {0} -->)"
ROWS = {
    "explained": "the crash is explained",
    "without_cause": "of these: no cause is found (SG190)",
    "first": "the first cause is a whole repair that the label accepts",
    "third": "one of the first three is",
    "reserved": "of these: no argument is to blame, and none is for sure",
    "vain": 'wrong where it says "cause"',
    "promises_kept": '"verified" passes in plain Keras',
    "silent_placed": "a silent fault is named at its line",
    "silent_elsewhere": "a silent fault is named elsewhere",
    "silent_vain": 'wrong there where it says "cause"',
    "false_alarms": "false alarms on correct programs",
}


def programs(only=(), folder=HERE):
    """The files: faults, then correct programs."""
    files = [*sorted(folder.glob("[0-9]*.py")), *sorted(folder.glob("right/[0-9]*.py"))]
    names = {file: file.relative_to(folder).as_posix() for file in files}
    return [file for file in files if not only or names[file].startswith(tuple(only))]


def figures(found):
    """Counts over the answers, and of how many."""
    crashing = [a for a in found if not a.right and not a.silent]
    silent, right = [a for a in found if a.silent], [a for a in found if a.right]
    shares = {name: (sum(getattr(a, name) for a in crashing), len(crashing)) for name in ("first", "third", "reserved")}
    shares["explained"] = (sum(bool(a.code) for a in crashing), len(crashing))
    shares["without_cause"] = (sum(a.code == "SG190" for a in crashing), len(crashing))
    shares["vain"] = (sum(a.vain for a in crashing), sum(a.sure for a in crashing))
    promises = sum(a.promises for a in found)
    shares["promises_kept"] = (promises - sum(len(a.broken) for a in found), promises)
    shares["silent_placed"] = (sum(a.placed for a in silent), len(silent))
    shares["silent_elsewhere"] = (sum(bool(a.code) and not a.placed for a in silent), len(silent))
    shares["silent_vain"] = (sum(a.vain for a in silent), sum(a.sure for a in silent))
    shares["false_alarms"] = (sum(bool(a.exit or a.code or a.words) for a in right), len(right))
    return {name: {"count": count, "of": total} for name, (count, total) in shares.items()}


def table(shares):
    """The figures in Markdown."""
    rows = [f"| {text} | {shares[name]['count']} / {shares[name]['of']} |" for name, text in ROWS.items()]
    return "\n".join(["| | |", "|---|---:|", *rows, ""])


def in_one_line(answer):
    """What a program's line in the print is."""
    marks = ("first", "third", "reserved", "verified", "vain", "placed")
    said = [answer.code or f"exit {answer.exit}", *(mark for mark in marks if getattr(answer, mark))]
    said += [f"{answer.promises} promised"] if answer.promises else []
    causes = "".join(f"\n      {each}" for each in answer.causes)
    broken = "".join(f"\n      BROKEN {each}" for each in answer.broken)
    return f"{answer.name:32} {', '.join(said)} {answer.words}{answer.error}{causes}{broken}"


def main(folder=HERE, description=__doc__):
    """Asks about the programs of a folder by the command line's options."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="*", default=(), help="beginnings of file names")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--json", type=pathlib.Path, help="where the figures go; of some of the programs: nowhere")
    parser.add_argument("--docs", type=pathlib.Path, help="a page with a place for the table")
    options = parser.parse_args()
    found = []
    for answer in scoring.all_of(programs(options.only, folder), options.jobs):
        found.append(answer)
        print(in_one_line(answer), flush=True)
    found.sort(key=lambda a: (a.right, a.name))
    shares = figures(found)
    print(f"\n{table(shares)}")
    target = options.json or (None if options.only else folder / "score.json")
    if target:
        host = {"keras": keras.__version__, "backend": keras.backend.backend(), "python": platform.python_version()}
        text = json.dumps({**host, "figures": shares, "answers": [asdict(a) for a in found]}, indent=1, sort_keys=True)
        target.write_text(f"{text}\n", encoding="utf-8")
    if options.docs:
        page = options.docs.read_text(encoding="utf-8")
        place = re.compile(TABLE.format(folder.name), re.DOTALL)
        options.docs.write_text(place.sub(lambda _: f"\n{table(shares)}\n", page), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
