"""Holds every suggestion called verified against plain Keras. Run from `tests/`:

python -m promises                     the corpus, the shared cases, mutants and their twins in `call`, in forks
python -m promises corpus --only 207 305
python -m promises mutants --count 12 --seed 1 --only resnet unet
"""

import argparse
import os
import pathlib
import sys

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ["SHAPEGUARD_STRICT"] = "1"

from . import texts, verified

GROUPS = ("shared", "corpus", "mutants", "twins")


def _programs(options):
    if options.folder is not None:
        yield texts.of_scripts(options.folder)
        return
    for group in options.groups or GROUPS:
        if group == "mutants":
            yield texts.of_mutants(options.count, options.seed, options.only)
        elif group == "twins":
            yield texts.of_twins(options.count, options.seed, options.only)
        else:
            yield texts.of_cases(group, options.only)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("groups", nargs="*", metavar="GROUP", help=f"some of {', '.join(GROUPS)}; by default all")
    parser.add_argument("--folder", type=pathlib.Path, help="programs that are whole, instead of groups")
    parser.add_argument("--only", nargs="*", default=(), help="beginnings of file names, or names of networks")
    parser.add_argument("--count", type=int, default=4, help="changed arguments of each network")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--show", action="store_true", help="print every verdict")
    options = parser.parse_args()
    promises = broken = possible = programs = textless = others = unwritten = 0
    for chosen in _programs(options):
        for verdict in verified.judged(chosen, options.jobs):
            programs += 1
            promises, broken = promises + verdict.promises, broken + len(verdict.broken)
            possible, textless = possible + verdict.possible, textless + verdict.textless
            others, unwritten = others + verdict.others, unwritten + verdict.unwritten
            if options.show:
                print(f"{verdict.name}: {verdict.code}: {verdict.promises} verified, {verdict.possible} possible")
            if verdict.error and not verdict.code:
                print(f"{verdict.name}: {verdict.code} {verdict.error}", flush=True)
            for each in verdict.broken:
                print(f"BROKEN {verdict.name}: {each}", flush=True)
    print(f"{programs} programs: {promises} suggestions verified, {textless} of them without text, {broken} broken")
    print(f"{others} other values named beside verified ones, {unwritten} of them not tried")
    print(f"{possible} suggestions possible")
    return int(broken + textless > 0)


if __name__ == "__main__":
    sys.exit(main())
