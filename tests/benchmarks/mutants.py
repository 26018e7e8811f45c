"""Measures how often the argument at fault is named: faults put into correct networks, seeded.

    python -m benchmarks.mutants                 a sample, about three minutes on two cores (from `tests/`)
    python -m benchmarks.mutants --full          every fault
    python -m benchmarks.mutants --json F --markdown F

Each fault is asked at four densities of annotation. "top-1" is the same layer and argument as the fault, or for a fault
of a helper some of the layers that it makes; "repairs" counts a first cause that restores all original shapes.
"""

import argparse
import json
import os
import pathlib
import random
import statistics
import sys
import time
import warnings
from collections import defaultdict
from dataclasses import asdict, dataclass

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("SHAPEGUARD_STRICT", "1")

import keras
import numpy as np
from benchmarks import faults, networks

from shapeguard import ShapeGuard, ShapeMismatchError, checking

DENSITIES = ("every layer", "half", "a quarter + output", "output only")
TOP = 3


@dataclass
class Answer:
    """One fault at one density, and what was said of it."""

    kind: str
    network: str
    half: str
    density: str
    fault: str
    crashed: bool
    found: bool = False
    top1: bool = False
    top3: bool = False
    layer: bool = False
    repairs: bool = False
    sure: bool = False
    code: str = ""
    said: str = ""
    second: str = ""
    seconds: float = 0.0
    both: bool = False


class Clock:
    """Times the diagnosis inside a check."""

    def __init__(self):
        self.seconds = 0.0
        self._diagnose = checking.diagnose

    def __enter__(self):
        def timed(problem):
            start = time.perf_counter()
            try:
                return self._diagnose(problem)
            finally:
                self.seconds += time.perf_counter() - start

        checking.diagnose = timed
        return self

    def __exit__(self, *_):
        checking.diagnose = self._diagnose


def expected_at(shapes, outputs, density, seed):
    """The shapes that are annotated at a density; the outputs always are."""
    inner = [name for name in shapes if name not in outputs]
    share = {"every layer": 1.0, "half": 0.5, "a quarter + output": 0.25, "output only": 0.0}[density]
    chosen = set(random.Random(seed).sample(inner, round(len(inner) * share)))  # noqa: S311  a sample, not a secret
    return {name: shapes[name] for name in shapes if name in chosen or name in outputs}


def asked(build, expected):
    """The report on a builder under a guard, and the seconds that the diagnosis took."""
    guard = ShapeGuard(expected)
    with Clock() as clock, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            with guard:
                model = build()
            report = guard.check(model)
        except ShapeMismatchError as error:
            report = error.report
        except Exception as error:  # noqa: BLE001  Keras' own word: nothing was explained
            return None, clock.seconds, f"{type(error).__name__}: {error}"[:200]
    return report, clock.seconds, ""


def named_by(cause):
    """{(layer, argument)} of a cause."""
    return {(layer, edit.argument) for edit in cause.edits for layer in (edit.layers or (edit.layer,))}


def told(cause):
    """A cause in one line."""
    return "; ".join(f"{'+'.join(e.layers or (e.layer,))}.{e.argument}={e.suggestion!r}" for e in cause.edits)


def judge(answer, report, accepts, reason=""):
    """Fills in what the report says; `accepts` tells whether a set of (layer, argument) with its cause is right."""
    diagnoses = report.diagnoses if report is not None else ()
    answer.found = bool(diagnoses)
    if not diagnoses:
        answer.said = reason
        return ()
    causes = diagnoses[0].causes
    hits = [accepts(named_by(cause), cause) for cause in causes]
    answer.code = diagnoses[0].code
    answer.top1 = bool(hits[:1] and hits[0])
    answer.top3 = any(hits[:TOP])
    answer.sure = bool(causes) and causes[0].confidence == "cause"
    answer.said = told(causes[0]) if causes else ""
    answer.second = told(causes[1]) if len(causes) > 1 else ""
    return causes


def is_visible(expected, built):
    """Whether a fault changes an annotated shape, or Keras raised."""
    return built.error is not None or any(built.shapes.get(name) != shape for name, shape in expected.items())


def of_arguments(name, half, correct, changes, densities, kind="argument"):
    """The answers to one or several changed arguments."""
    run = faults.compiled(name, changes)
    mutant = faults.recorded(run)
    truth = faults.truth_of(correct, mutant)
    if len({argument for _, argument in truth}) != len(changes) or _differs_in_layers(correct, mutant):
        return
    fault = "; ".join(f"{layer}.{argument}" for layer, argument in sorted(truth))
    text = ", ".join(f"{site.argument}: {site.value!r} -> {value!r}" for site, value in changes)
    outputs = faults.output_layers(correct.model)
    for density in densities:
        expected = expected_at(correct.shapes, outputs, density, f"{fault}{text}{density}")
        if not is_visible(expected, mutant):
            continue
        report, seconds, reason = asked(run, expected)
        answer = Answer(kind, name, half, density, f"{fault} ({text})", mutant.error is not None, seconds=seconds)
        causes = judge(answer, report, lambda named, cause: bool(named) and named <= truth, reason)
        if causes:
            answer.layer = {layer for layer, _ in named_by(causes[0])} <= {layer for layer, _ in truth}
            answer.repairs = restores(name, changes, causes[0], correct)
        if kind == "two arguments" and report is not None:
            named = [named_by(d.causes[0]) for d in report.diagnoses if d.causes]
            answer.both = bool(named) and set().union(*named) == truth
        yield answer


def _differs_in_layers(correct, mutant):
    return mutant.error is None and len(mutant.configs) != len(correct.configs)


def restores(name, changes, cause, correct):
    """Whether the cause's edits, made in the mutant, give every original shape."""
    if cause.kind != "argument":
        return False
    overrides = defaultdict(dict)
    for edit in cause.edits:
        for layer in edit.layers or (edit.layer,):
            overrides[layer][edit.argument] = edit.suggestion
    again = faults.recorded(faults.compiled(name, changes), overrides)
    return again.error is None and again.shapes == correct.shapes


def of_structure(name, half, correct, fault, densities):
    """The answers to a missing layer, an extra one, or one of the wrong class."""
    kind, layer, changes = fault
    model = faults.functional(correct.model)

    def build():
        return faults.rebuilt(model, **changes)

    mutant = faults.Built()
    try:
        mutant.shapes = faults.shapes_of(build())
    except Exception as error:  # noqa: BLE001  Keras' refusal is part of the fault
        mutant.error = error
    after = {operation.name for node in layer._outbound_nodes for operation in [node.operation]}
    cls = type(layer).__name__.replace("Max", "Average")

    def accepts(named, cause):
        edit = cause.edits[0] if len(cause.edits) == 1 else None
        if edit is None:
            return False
        if kind == "missing":
            same = str(edit.suggestion).partition("(")[0].replace("Max", "Average") == cls
            return edit.argument == "insert_before" and edit.layer in after and same
        if kind == "extra":
            return named == {("extra", "remove")}
        return (
            named == {(layer.name, "replace")}
            and str(edit.suggestion).partition("(")[0].replace("Max", "Average") == cls
        )

    for density in densities:
        expected = expected_at(
            correct.shapes, faults.output_layers(correct.model), density, f"{layer.name}{kind}{density}"
        )
        if kind == "missing" and layer.name in faults.output_layers(correct.model):
            continue
        if not is_visible({k: v for k, v in expected.items() if k in mutant.shapes}, mutant):
            continue
        report, seconds, reason = asked(build, expected)
        what = {
            "missing": f"no {layer.name}",
            "extra": f"extra before {layer.name}",
            "class": f"another class: {layer.name}",
        }
        answer = Answer(
            f"{kind} layer" if kind != "class" else "wrong class",
            name,
            half,
            density,
            what[kind],
            mutant.error is not None,
            seconds=seconds,
        )
        causes = judge(answer, report, accepts, reason)
        answer.layer = bool(causes) and bool({n for n, _ in named_by(causes[0])} & (after | {layer.name, "extra"}))
        yield answer


def of_annotations(name, half, correct, densities, seed):
    """The answers to one wrong size in one annotation of a correct network."""
    run = faults.compiled(name)
    choice = random.Random(f"{name}{seed}")  # noqa: S311  a sample, not a secret
    layer = choice.choice(sorted(k for k, v in correct.shapes.items() if isinstance(v, tuple)))
    shape = correct.shapes[layer]
    axes = [axis for axis in range(1, len(shape)) if shape[axis] is not None]
    axis = choice.choice(axes)
    typo = choice.choice([shape[axis] + 1, shape[axis] * 2, int(str(shape[axis])[::-1]) or 1, max(1, shape[axis] - 2)])
    if typo == shape[axis]:
        typo += 3
    wrong = (*shape[:axis], typo, *shape[axis + 1 :])
    for density in densities:
        expected = expected_at(correct.shapes, faults.output_layers(correct.model), density, f"{layer}{density}")
        expected = {**{k: v for k, v in expected.items() if k != layer}, layer: wrong}
        report, seconds, reason = asked(run, expected)
        answer = Answer(
            "annotation", name, half, density, f"{layer}: {wrong} for {shape}", crashed=False, seconds=seconds
        )
        judge(answer, report, lambda named, cause: cause.kind == "annotation", reason)
        answer.layer = answer.top1
        yield answer


def of_data(name, half, correct):
    """The answers to data that the model cannot take: channels first, an axis missing, another size."""
    shapes = [tuple(x.shape[1:]) for x in correct.model.inputs]
    first = shapes[0]
    if any(None in shape for shape in shapes):
        return
    variants = {"a wrong size": (*first[:-1], first[-1] + 1)}
    if len(first) > 1:
        variants["a missing axis"] = first[1:] if first[-1] == 1 else first[:-1]
    if len(first) > 2:
        variants["channels first"] = (first[-1], *first[:-1])
    for what, shape in variants.items():
        keras.utils.clear_session(free_memory=False)
        model = faults.compiled(name)()
        model.compile("sgd", "mse")
        x = [np.zeros((4, *s), "float32") for s in (shape, *shapes[1:])]
        y = [np.zeros((4, *s[1:]), "float32") for s in (tuple(o.shape) for o in model.outputs)]
        guard = ShapeGuard(dict(correct.shapes))
        report = None
        with Clock() as clock:
            try:
                model.fit(
                    x if len(x) > 1 else x[0], y if len(y) > 1 else y[0], batch_size=4, verbose=0, callbacks=[guard]
                )
            except ShapeMismatchError as error:
                report = error.report
            except Exception as error:  # noqa: BLE001  Keras' own word: nothing was explained
                reason = f"{type(error).__name__}: {error}"[:160]
        answer = Answer("data", name, half, "every layer", what, crashed=True, seconds=clock.seconds)
        judge(answer, report, lambda named, cause: _is_about_input(named, cause), "" if report else reason)
        answer.layer = answer.top1
        yield answer


def _is_about_input(named, cause):
    return cause.kind == "data" or {a for _, a in named} <= {"shape", "input_shape", "batch_shape"}


def of_application(name, shape, count, densities, seed):
    """The answers to one changed argument in a network of keras.applications, cloned."""
    keras.utils.clear_session(free_memory=False)
    model = getattr(keras.applications, name)(weights=None, input_shape=shape)
    correct = faults.Built(model=model, shapes=faults.shapes_of(model))
    choice = random.Random(f"{name}{seed}")  # noqa: S311  a sample, not a secret
    pool = [
        (layer, argument, value)
        for layer in model.layers
        for argument, values in faults.PLAUSIBLE.get(type(layer).__name__, {}).items()
        for value in values
        if argument in layer.get_config() and not _is_now(layer.get_config()[argument], value)
    ]
    choice.shuffle(pool)
    asked_for = 0
    for layer, argument, value in pool:
        if asked_for >= count:
            return
        changed = _as_configured(layer.get_config()[argument], value)

        def build(layer=layer, argument=argument, changed=changed):
            return faults.rebuilt(model, configs={layer.name: {argument: changed}})

        mutant = faults.Built()
        try:
            mutant.model = build()
            mutant.shapes = faults.shapes_of(mutant.model)
        except Exception as error:  # noqa: BLE001  Keras' refusal is part of the fault
            mutant.error = error
        seen = False
        for density in densities:
            expected = expected_at(
                correct.shapes, faults.output_layers(model), density, f"{layer.name}{argument}{density}"
            )
            if not is_visible(expected, mutant):
                continue
            seen = True
            report, seconds, reason = asked(build, expected)
            answer = Answer(
                "application",
                name,
                "reported",
                density,
                f"{layer.name}.{argument} -> {changed!r}",
                mutant.error is not None,
                seconds=seconds,
            )
            truth = {(layer.name, argument)}
            causes = judge(answer, report, lambda named, cause, truth=truth: named == truth, reason)
            answer.layer = bool(causes) and {n for n, _ in named_by(causes[0])} == {layer.name}
            answer.repairs = answer.top1
            yield answer
        asked_for += seen


def _is_now(now, value):
    return value is None or faults._same(now, value)


def _as_configured(now, value):
    return (value,) * len(now) if isinstance(now, list | tuple) and isinstance(value, int) else value


def answers(*, full, seed, kinds, only):
    """Every answer of the sample, or of everything."""
    many = 10**6 if full else None
    for builder in networks.NETWORKS:
        name = builder.__name__
        if only and name not in only:
            continue
        half = "fitted" if builder in networks.FITTED else "reported"
        correct = faults.recorded(faults.compiled(name))
        choice = random.Random(f"{name}{seed}")  # noqa: S311  a sample, not a secret
        if "argument" in kinds:
            for change in faults.sampled(name, many or 8, seed):
                yield from of_arguments(name, half, correct, [change], DENSITIES)
        if "two arguments" in kinds:
            changes = faults.sampled(name, 10**6, seed)
            for _ in range(12 if full else 2):
                pair = choice.sample(changes, 2)
                if pair[0][0].call != pair[1][0].call:
                    yield from of_arguments(name, half, correct, pair, DENSITIES[::2], "two arguments")
        if "structure" in kinds:
            pool = faults.structural_faults(faults.functional(correct.model))
            by_kind = {kind: [f for f in pool if f[0] == kind] for kind in ("missing", "extra", "class")}
            for group in by_kind.values():
                choice.shuffle(group)
                for fault in group[: many or 2]:
                    yield from of_structure(name, half, correct, fault, (DENSITIES[0], *DENSITIES[2:]))
        if "annotation" in kinds:
            for number in range(8 if full else 2):
                yield from of_annotations(name, half, correct, (DENSITIES[0], *DENSITIES[2:]), seed + number)
        if "data" in kinds:
            yield from of_data(name, half, correct)
    if "application" in kinds:
        for name, shape in networks.APPLICATIONS.items():
            if not only or name in only:
                yield from of_application(name, shape, 60 if full else 3, (DENSITIES[0], DENSITIES[-1]), seed)


KINDS = ("argument", "two arguments", "structure", "annotation", "data", "application")


def summary(found):
    """One row for each kind of fault, half of the networks and density."""
    groups = defaultdict(list)
    for answer in found:
        groups[answer.kind, answer.half, answer.density].append(answer)
    rows = []
    for (kind, half, density), group in groups.items():
        sure = [a for a in group if a.sure]
        times = sorted(a.seconds for a in group)
        rows.append(
            {
                "faults": kind,
                "networks": half,
                "annotated": density,
                "n": len(group),
                "found": _percent(a.found for a in group),
                "top-1": _percent(a.top1 for a in group),
                "top-3": _percent(a.top3 for a in group),
                "layer": _percent(a.layer for a in group),
                "repairs": _percent(a.repairs for a in group) if kind in {"argument", "application"} else None,
                "both": _percent(a.both for a in group) if kind == "two arguments" else None,
                "sure": len(sure),
                "sure right": _percent(a.top1 for a in sure) if sure else None,
                "ms median": round(1000 * statistics.median(times), 1),
                "ms p95": round(1000 * times[min(len(times) - 1, int(0.95 * len(times)))], 1),
            }
        )
    return sorted(rows, key=lambda r: (r["faults"], r["networks"], DENSITIES.index(r["annotated"])))


def _percent(flags):
    flags = list(flags)
    return round(100 * sum(map(bool, flags)) / len(flags), 1)


def markdown(rows):
    """The summary as a Markdown table."""
    names = list(rows[0])
    lines = ["| " + " | ".join(names) + " |", "|" + "---|" * len(names)]
    lines += ["| " + " | ".join("" if row[n] is None else str(row[n]) for n in names) + " |" for row in rows]
    return "\n".join(lines) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--full", action="store_true", help="every fault, not a sample")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--kinds", nargs="*", choices=KINDS, default=KINDS)
    parser.add_argument("--only", nargs="*", default=(), help="networks by name")
    parser.add_argument("--show", action="store_true", help="print each answer that is not right")
    parser.add_argument("--json", type=pathlib.Path)
    parser.add_argument("--markdown", type=pathlib.Path)
    options = parser.parse_args()
    found = []
    for answer in answers(full=options.full, seed=options.seed, kinds=options.kinds, only=options.only):
        found.append(answer)
        if options.show and not answer.top1:
            print(
                f"{answer.network:12} {answer.density:18} {answer.kind}: {answer.fault}\n    {answer.code} "
                f"{'SURE ' if answer.sure else ''}{'top3 ' if answer.top3 else ''}{'repairs ' if answer.repairs else ''}"
                f"said: {answer.said}   | {answer.second}",
                flush=True,
            )
    table = markdown(summary(found))
    print(table)
    if options.json:
        options.json.write_text(json.dumps({"rows": summary(found), "answers": [asdict(a) for a in found]}, indent=1))
    if options.markdown:
        options.markdown.write_text(table)
    return 0


if __name__ == "__main__":
    sys.exit(main())
