"""Measures how often the argument at fault is named: faults put into correct networks, seeded.

    python -m benchmarks.mutants                 a sample of everything, from `tests/`; writes mutants.json
    python -m benchmarks.mutants --full          every fault of the small networks
    python -m benchmarks.mutants --docs ../docs/explanation/figures.md      puts the table into that page
    python -m benchmarks.mutants --kinds applications --add small.json      adds the answers of another run of the same
    python -m benchmarks.mutants --kinds --add mutants.json twins.json --json mutants.json --docs PAGE     asks nothing

Each fault is asked at up to four densities of annotation. "first" is the same layer and argument as the fault, or for a
fault of a helper some of the layers that it makes; "repairs all" counts a first cause that restores every original
shape, annotated or not.
"""

import argparse
import json
import os
import pathlib
import platform
import random
import re
import statistics
import sys
from collections import defaultdict
from dataclasses import asdict, fields

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("SHAPEGUARD_STRICT", "1")

import keras
from benchmarks import faults, kinds, networks
from benchmarks.asking import DENSITIES, Answer

KINDS = ("argument", "two arguments", "structure", "annotation", "input", "data", "applications")
SAMPLE = {"argument": 12, "two arguments": 2, "structure": 2, "annotation": 2, "applications": 3}
"""Faults of each network, where not all are taken."""
ALL = 10**6
FULL = {"argument": ALL, "two arguments": 12, "structure": ALL, "annotation": 8, "applications": 30}
TABLE = re.compile(r"(?<=<!-- mutants -->\n).*?(?=<!-- end of mutants -->)", re.DOTALL)
HERE = pathlib.Path(__file__).parent


def answers(*, full, seed, chosen, only, sample=SAMPLE):
    """Every answer of a sample, or of everything."""
    sample = FULL if full else sample
    for builder in networks.NETWORKS:
        if not only or builder.__name__ in only:
            yield from _of_network(builder, seed, chosen, sample)
    for name, shape in networks.APPLICATIONS.items():
        if "applications" in chosen and (not only or name in only):
            yield from kinds.of_application(name, shape, sample["applications"], DENSITIES, seed)


def _of_network(builder, seed, chosen, sample):
    name, half = builder.__name__, "fitted" if builder in networks.FITTED else "reported"
    correct = faults.recorded(faults.compiled(name))
    choice = random.Random(f"{name}{seed}")  # noqa: S311  a sample, not a secret
    if "argument" in chosen:
        for change in faults.sampled(name, sample["argument"], seed):
            yield from kinds.of_arguments(name, half, correct, [change], DENSITIES)
    if "two arguments" in chosen:
        changes = faults.sampled(name, ALL, seed)
        for _ in range(sample["two arguments"]):
            pair = choice.sample(changes, 2)
            if pair[0][0].call != pair[1][0].call:
                yield from kinds.of_arguments(name, half, correct, pair, DENSITIES[::2], "two arguments")
    if "structure" in chosen:
        pool = faults.structural_faults(faults.functional(correct.model))
        for kind in ("missing", "extra", "class"):
            group = [fault for fault in pool if fault[0] == kind]
            choice.shuffle(group)
            for fault in group[: sample["structure"]]:
                yield from kinds.of_structure(name, half, correct, fault, kinds.SPARSE)
    if "annotation" in chosen:
        for number in range(sample["annotation"]):
            yield from kinds.of_annotations(name, half, correct, kinds.SPARSE, seed + number)
    if "input" in chosen:
        yield from kinds.of_inputs(name, half, correct, kinds.SPARSE)
    if "data" in chosen:
        yield from kinds.of_data(name, half, correct, DENSITIES[::3])


def summary(found):
    """One row for each kind of fault, group of networks and density; twins are told apart, and halves for an argument."""
    groups = defaultdict(list)
    for answer in found:
        networks_of = answer.half if answer.kind == "argument" or answer.half.startswith("twin") else "all"
        groups[answer.kind, networks_of, answer.density].append(answer)
    rows = [_row(*key, group) for key, group in groups.items()]
    return sorted(
        (r for r in rows if r["seen"]), key=lambda r: (r["faults"], r["networks"], DENSITIES.index(r["annotated"]))
    )


def _row(kind, networks_of, density, group):
    seen = [answer for answer in group if answer.visible]
    sure = [answer for answer in seen if answer.sure]
    times = sorted(answer.seconds for answer in seen) or [0.0]
    return {
        "faults": kind,
        "networks": networks_of,
        "annotated": density,
        "made": len(group),
        "seen": len(seen),
        "first": _percent(a.top1 for a in seen),
        "first 3": _percent(a.top3 for a in seen),
        "layer": _percent(a.layer for a in seen),
        "repairs all": _percent(a.repairs for a in seen) if kind == "argument" else None,
        "both": _percent(a.both for a in seen) if kind == "two arguments" else None,
        '"cause"': f"{sum(a.top1 for a in sure)} / {len(sure)}",
        "verified": f"{sum(a.kept for a in seen)} / {sum(a.promises for a in seen)}",
        "ms": round(1000 * statistics.median(times), 1),
        "ms p95": round(1000 * times[min(len(times) - 1, int(0.95 * len(times)))], 1),
    }


def _percent(flags):
    flags = list(flags)
    return round(100 * sum(map(bool, flags)) / len(flags), 1) if flags else None


def markdown(rows):
    """The summary as a Markdown table."""
    names = list(rows[0])
    lines = ["| " + " | ".join(names) + " |", "|---|---|---|" + "---:|" * (len(names) - 3)]
    lines += ["| " + " | ".join("" if row[n] is None else str(row[n]) for n in names) + " |" for row in rows]
    return "\n".join(lines) + "\n"


def is_worth_reading(answer):
    """Whether an answer is not what it should be."""
    return answer.visible and (not answer.top1 or answer.kept < answer.promises)


def written(answer):
    """The fields of an answer that are not as in any other."""
    defaults = {field.name: field.default for field in fields(answer)}
    changed = {name: value for name, value in asdict(answer).items() if value != defaults[name]}
    return {**changed, "seconds": answer.seconds}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--full", action="store_true", help="every fault, not a sample")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--kinds", nargs="*", choices=KINDS, default=KINDS)
    parser.add_argument("--only", nargs="*", default=(), help="networks by name")
    parser.add_argument("--show", action="store_true", help="print each answer that is not right")
    parser.add_argument("--json", type=pathlib.Path, help="where the answers go; of a part of the kinds: nowhere")
    parser.add_argument("--docs", type=pathlib.Path, help="a page with a place for the table")
    parser.add_argument(
        "--add", type=pathlib.Path, nargs="*", default=(), help="answers of earlier runs: other kinds, twins"
    )
    options = parser.parse_args()
    earlier = [json.loads(path.read_text(encoding="utf-8"))["answers"] for path in options.add]
    found = [Answer(**each) for answers_of in earlier for each in answers_of]
    for answer in answers(full=options.full, seed=options.seed, chosen=options.kinds, only=options.only):
        answer.seconds = round(answer.seconds, 5)  # as it is published, so that the rows follow from what is
        found.append(answer)
        if options.show and is_worth_reading(answer):
            broken = f"BROKEN {answer.broken} " if answer.broken else ""
            print(
                f"{answer.network:12} {answer.density:18} {answer.kind}: {answer.fault}\n    {answer.code} {broken}"
                f"{'SURE ' if answer.sure else ''}{'top3 ' if answer.top3 else ''}{'repairs ' if answer.repairs else ''}"
                f"said: {answer.said}   | {answer.second}",
                flush=True,
            )
    rows = summary(found)
    print(markdown(rows))
    whole = not options.only and set(options.kinds) == set(KINDS)
    target = options.json or (HERE / "mutants.json" if whole else None)
    if target:
        host = {"keras": keras.__version__, "backend": keras.backend.backend(), "python": platform.python_version()}
        made = {"seed": options.seed, "full": options.full, "sample": SAMPLE, "rows": rows}
        text = json.dumps({**host, **made, "answers": [written(a) for a in found]}, indent=0, sort_keys=True)
        target.write_text(f"{text}\n", encoding="utf-8")
    if options.docs:
        page = options.docs.read_text(encoding="utf-8")
        options.docs.write_text(TABLE.sub(lambda _: f"\n{markdown(rows)}\n", page), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
