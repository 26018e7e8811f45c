"""Runs every case of the corpus in three modes and writes the figures.

    python -m tests.corpus                         all of it; writes tests/corpus/score.json, prints a table
    python -m tests.corpus --only 203 clean_ --mode late
    python -m tests.corpus --docs docs/explanation/figures.md      puts the table into that page

Each case runs in a process of its own, as a user's program would.
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
sys.path.insert(0, str(pathlib.Path(__file__).parents[1]))

import keras

from . import forked, scoring

HERE = pathlib.Path(__file__).parent
TABLE = re.compile(r"(?<=<!-- corpus -->\n).*?(?=<!-- end of corpus -->)", re.DOTALL)
ROWS = {
    "found": "a mismatch is reported",
    "top1": "the first cause names the argument",
    "top3": "one of the first three does",
    "whole": "the first cause is a whole repair",
    "place": "the first cause points into the guilty call",
    "sure_right": 'right where it says "cause"',
    "promises_kept": '"verified" holds when rebuilt',
    "blamed_in_vain": "sure where no argument is to blame",
    "other_errors": "an error of another type",
    "false_alarms": "false alarms on correct models",
}


def cases(only=()):
    """The files of the corpus: faults, then correct models."""
    files = [*sorted(HERE.glob("[0-9]*.py")), *sorted(HERE.glob("clean_*.py"))]
    return [file for file in files if not only or file.name.startswith(tuple(only))]


def answers(jobs, at_once, limit):
    """The answer to each (file, mode), forked with Keras imported; one that takes `limit` seconds is an error."""
    for (path, mode), answer, error in forked.each(_asked, jobs, at_once, limit):
        lost = scoring.Answer(path.stem, mode, clean=path.name.startswith("clean_"), error=error)
        yield lost if error else answer


def _asked(job):
    scoring.silent()
    return scoring.asked(*job)


def figures(found):
    """What a table shows of the answers of one mode: counts, and of how many."""
    faults = [a for a in found if not a.clean and a.repairable]
    hopeless = [a for a in found if not a.clean and not a.repairable]
    clean = [a for a in found if a.clean]
    sure, placed = [a for a in faults if a.sure], [a for a in faults if a.place is not None]
    shares = {name: (sum(getattr(a, name) for a in faults), len(faults)) for name in ("found", "top1", "top3", "whole")}
    shares["place"] = (sum(a.place for a in placed), len(placed))
    shares["sure_right"] = (sum(a.top1 for a in sure), len(sure))
    shares["promises_kept"] = (sum(a.kept for a in found), sum(a.promises for a in found))
    shares["blamed_in_vain"] = (sum(a.sure for a in hopeless), len(hopeless))
    shares["other_errors"] = (sum(bool(a.error) for a in faults + hopeless), len(faults + hopeless))
    shares["false_alarms"] = (sum(a.found or bool(a.error) for a in clean), len(clean))
    return {name: {"count": count, "of": total} for name, (count, total) in shares.items()}


def table(modes):
    """The figures in Markdown, a column for each mode."""
    head = "".join(f" {mode} |" for mode in modes)
    lines = [f"| |{head}", "|---|" + "---:|" * len(modes)]
    for name, text in ROWS.items():
        cells = "".join(f" {f[name]['count']} / {f[name]['of']} |" for f in modes.values())
        lines.append(f"| {text} |{cells}")
    legend = [f"- *{mode}*: {scoring.MODES[mode]}" for mode in modes]
    return "\n".join([*lines, "", *legend, ""])


def falls_short(answer):
    """Why a case is worth reading; "" where all is well."""
    if answer.clean:
        return "false alarm" if answer.found or answer.error else ""
    faults = {
        answer.error: bool(answer.error),
        "missed": answer.repairable and not answer.found,
        "not first": answer.repairable and answer.found and not answer.top1,
        "blamed in vain": answer.sure and not answer.repairable,
        "promise broken": answer.kept < answer.promises,
        "elsewhere": answer.top1 and answer.place is False,
    }
    return ", ".join(fault for fault, is_so in faults.items() if is_so)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="*", default=(), help="beginnings of file names")
    parser.add_argument("--mode", nargs="*", choices=scoring.MODES, default=list(scoring.MODES))
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--limit", type=int, default=300, help="seconds for one case")
    parser.add_argument("--json", type=pathlib.Path, help="where the figures go; of a part of the corpus: nowhere")
    parser.add_argument("--docs", type=pathlib.Path, help="a page with a place for the table")
    options = parser.parse_args()
    jobs = [(file, mode) for mode in options.mode for file in cases(options.only) if scoring.applies(file, mode)]
    found = []
    for answer in answers(jobs, options.jobs, options.limit):
        found.append(answer)
        if why := falls_short(answer):
            print(f"{answer.mode:8} {answer.case:44} {why}: {answer.code} {answer.said}", flush=True)
    found.sort(key=lambda a: (a.mode, a.clean, a.case))
    modes = {mode: figures([a for a in found if a.mode == mode]) for mode in options.mode}
    print(f"\n{table(modes)}")
    whole = not options.only and set(options.mode) == set(scoring.MODES)
    target = options.json or (HERE / "score.json" if whole else None)
    if target:
        host = {"keras": keras.__version__, "backend": keras.backend.backend(), "python": platform.python_version()}
        text = json.dumps({**host, "modes": modes, "answers": [asdict(a) for a in found]}, indent=1, sort_keys=True)
        target.write_text(f"{text}\n", encoding="utf-8")
    if options.docs:
        page = options.docs.read_text(encoding="utf-8")
        options.docs.write_text(TABLE.sub(lambda _: f"\n{table(modes)}\n", page), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
