"""Freezes what ShapeGuard answers, and tells each answer that differs from the frozen one. Run from `tests/`:

    python -m frozen --write                        asks everything; the answers of before go
    python -m frozen --check                        asks everything; exit 1 where an answer differs
    python -m frozen --check corpus clean           some groups alone: corpus, shared, mutants, clean
    python -m frozen --check mutants --part 2/8     every eighth program from the second; --write keeps the others
    python -m frozen --check --only mutants/0/resnet corpus/late      beginnings of names, as `--list` prints them

An answer is the code, layer, axes and causes with their edits of each diagnosis, and how the program ended, by the
public interface and `python -m shapeguard` alone; texts are no part of it. Each program runs in a process of its own.
"""

import argparse
import difflib
import json
import os
import pathlib
import platform
import sys
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ["SHAPEGUARD_STRICT"] = "1"
sys.path.insert(0, str(pathlib.Path(__file__).parents[2]))

import keras
from corpus import forked
from corpus.scoring import silent

from . import file, mutants, programs

GROUPS = ("corpus", "shared", "clean", "mutants")


def host():
    """Where answers hold: Keras' own behaviour is part of them."""
    return {"keras": keras.__version__, "backend": keras.backend.backend(), "python": platform.python_version()}


def units_of(group):
    """The names of the programs of a group."""
    if group == "mutants":
        return mutants.units()
    return programs.correct() if group == "clean" else programs.faulty(group)


def asked(unit):
    """{what was asked: answer} of one program."""
    return mutants.asked(unit) if unit.startswith("mutants/") else programs.asked(unit)


def differences(frozen, fresh):
    """[(what was asked, lines: - of the frozen answer, + of the fresh one)] of those of one program that differ."""
    asked_of = sorted(frozen.keys() | fresh.keys())
    pairs = [(what, frozen.get(what), fresh.get(what)) for what in asked_of]
    return [(what, _changes(old, new)) for what, old, new in pairs if old != new]


def _changes(old, new):
    return [line for line in difflib.unified_diff(_lines(old), _lines(new), n=0, lineterm="") if _is_change(line)]


def _is_change(line):
    return line[:1] in "+-" and line.strip() not in {"+++", "---"}


def _lines(answer):
    """An answer with a line for each diagnosis and cause."""
    if answer is None:
        return ["not asked"]
    lines = [_line({name: value for name, value in answer.items() if name != "diagnoses"})]
    for diagnosis in answer.get("diagnoses", ()):
        lines.append(_line({name: value for name, value in diagnosis.items() if name != "causes"}))
        lines += [f"    {_line(cause)}" for cause in diagnosis["causes"]]
    return lines


def _line(value):
    return json.dumps(value, ensure_ascii=False)


def _silently_asked(unit):
    silent()
    return asked(unit)


def _chosen(options):
    units = []
    for group in options.groups or GROUPS:
        if group in programs.FOLDERS and not programs.FOLDERS[group].is_dir():
            print(f"SKIPPED: {programs.FOLDERS[group]} is not here", file=sys.stderr)
        units += units_of(group)
    part, parts = map(int, options.part.split("/"))
    return [unit for unit in units if not options.only or unit.startswith(tuple(options.only))][part - 1 :: parts]


def _answers(units, options):
    """{unit: answers} of those that gave one, and the names of the others."""
    found, lost, since = {}, [], time.monotonic()
    for unit, answer, error in forked.each(_silently_asked, units, options.jobs, options.limit):
        if error:
            lost.append(unit)
        else:
            found[unit] = answer
        done = f"{time.monotonic() - since:6.0f} s  {len(found) + len(lost)}/{len(units)}"
        print(f"{done}  {unit}: {error or f'{len(answer)} answers'}", file=sys.stderr)
    return found, lost


def main():
    parser = argparse.ArgumentParser(
        prog="python -m frozen", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    action = parser.add_mutually_exclusive_group(required=True)
    action.add_argument("--write", action="store_true", help="freeze the answers of now")
    action.add_argument("--check", action="store_true", help="compare the answers of now with the frozen ones")
    action.add_argument("--list", action="store_true", help="print the names of the programs")
    parser.add_argument("groups", nargs="*", metavar="GROUP", help=f"of {', '.join(GROUPS)} (default: all)")
    parser.add_argument("--part", default="1/1", metavar="I/N", help="every Nth program from the Ith")
    parser.add_argument("--only", nargs="*", default=(), help="beginnings of names")
    parser.add_argument("--jobs", type=int, default=1, help="processes at once (default: %(default)s)")
    parser.add_argument("--limit", type=int, default=1800, help="seconds for one program (default: %(default)s)")
    parser.add_argument("--folder", type=pathlib.Path, default=file.HERE, help="where the frozen answers lie")
    options = parser.parse_args()
    if wrong := set(options.groups) - set(GROUPS):
        parser.error(f"no group {', '.join(sorted(wrong))}; there are {', '.join(GROUPS)}")
    units = _chosen(options)
    if options.list:
        print(*units, sep="\n")
        return 0
    there, frozen = file.read(options.folder)
    if options.check and there != host():
        print(f"frozen on {there or 'nothing yet'}, but this is {host()}: no comparison", file=sys.stderr)
        return 2
    found, lost = _answers(units, options)
    if lost:
        print(f"no answer of {', '.join(lost)}", file=sys.stderr)
        return 2
    return _write(options, there, frozen, found) if options.write else _tell(frozen, found)


def _write(options, there, frozen, found):
    whole = options.part == "1/1" and not options.only and not options.groups
    kept = {} if whole or there != host() else frozen
    path, size = file.write(host(), kept | found, options.folder)
    print(f"{sum(map(len, found.values()))} answers into {path}, {size} bytes")
    return 0


def _tell(frozen, found):
    changed = {unit: differences(frozen.get(unit, {}), found[unit]) for unit in sorted(found)}
    for unit, pairs in changed.items():
        for what, lines in pairs:
            print(f"{unit}  {what}".rstrip(), *lines, sep="\n    ")
    count = sum(map(len, changed.values()))
    print(f"{count} of {sum(map(len, found.values()))} answers differ; {len(frozen.keys() - found)} programs not asked")
    return 1 if count else 0


if __name__ == "__main__":
    sys.exit(main())
