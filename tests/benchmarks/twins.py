"""Puts the same faults into functional networks and into their twins that are written in `call`, pair by pair.

    python -m benchmarks.twins --seed 1               a small sample of everything, from `tests/`; prints their rows
    python -m benchmarks.twins --large                as many faults of each network as `benchmarks.mutants` asks
    python -m benchmarks.twins --worse FOLDER         and writes each twin that is answered worse as a program
    python -m benchmarks.twins --json FILE            keeps the answers, for `benchmarks.mutants --add FILE`

A functional network is built under the guard, as in `benchmarks.mutants`. Its twin is made under the guard, unbuilt, and
goes into `fit` with the same expectations, zeros as data, and targets of the right shape.
"""

import argparse
import functools
import itertools
import json
import os
import pathlib
import random
import sys

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("SHAPEGUARD_STRICT", "1")

import keras
import numpy as np
from benchmarks import faults, kinds, networks, repairs, restructured
from benchmarks.asking import DENSITIES, Answer, expected_at, is_visible, judge, named_by, redeem
from benchmarks.sides import Functional, InCall, asked_in_fit
from benchmarks.subclassed import subclassed

SPARSE = kinds.SPARSE
SAMPLE = {"argument": 4, "two arguments": 2, "structure": 2, "annotation": 1}
"""Faults of each network and its twin; each goes through `fit`, so that more of them take half an hour."""
TWINS = (
    networks.vgg,
    networks.unet,
    networks.stacked_lstm,
    networks.wavenet,
    networks.mobile,
    networks.two_inputs,
    networks.padded_cnn,
    networks.resnet,
    networks.inception,
    networks.forecasting_gru,
    networks.sentence_cnn,
    networks.attention,
)
"""The networks that are asked as twins; any whose inputs have a size can be one."""
GROUPS = {False: ("twin, functional", "twin, in call"), True: ("twin, functional, ops", "twin, in call, ops")}
"""The names of the two sides in the table; the second twin calls `keras.ops` where that is natural."""


class Pair:
    """A correct network and its twin; `made` are the twin's layers, `names` those whose calls both have."""

    def __init__(self, name, *, operations):
        self.name, self.operations = name, operations
        self.tree = faults.program_of(name)
        self.correct = faults.recorded(faults.compiled(name))
        self.takes = [(tuple(x.shape[1:]), x.dtype) for x in self.correct.model.inputs]
        self.gives = [tuple(x.shape[1:]) for x in self.correct.model.outputs]
        self.outputs = faults.output_layers(self.correct.model)
        left, right = GROUPS[operations]
        self.sides = (Functional(self, left), InCall(self, right))
        self.correct_in_call = self.sides[1].program(self.tree)
        found = self.sides[1].built(self.correct_in_call)
        if found.error is not None:
            raise found.error
        self.names = self.correct.shapes.keys() & found.shapes.keys()
        self.made = {layer for layer, _ in found.configs}
        self.shapes = {layer: shape for layer, shape in self.correct.shapes.items() if layer in self.names}
        self.shapes_in_call = {layer: shape for layer, shape in found.shapes.items() if layer in self.names}

    def data(self, first=None):
        """Zeros of the inputs; the first may have another shape."""
        shapes = [first or self.takes[0][0], *(shape for shape, _ in self.takes[1:])]
        zeros = [np.zeros((4, *shape), dtype) for shape, (_, dtype) in zip(shapes, self.takes, strict=True)]
        return zeros if len(zeros) > 1 else zeros[0]

    def targets(self):
        (shape,) = self.gives
        return np.zeros((4, *shape), "float32")

    def asked(self, kind, fault, tree, truth, densities, accepting=None, around=(), expects=None):
        """(answer, the twin's answer, its program, expected, what it is fed) of one fault at each density.

        `accepting(name_of)` tells which causes are right, if not those of the arguments in `truth`.
        """
        programs = [side.program(tree) for side in self.sides]
        mutants = [side.built(each) for side, each in zip(self.sides, programs, strict=True)]
        for density in densities:
            outputs = self.outputs & self.names
            expected = expected_at(self.shapes, outputs, density, f"{fault}{density}") | (expects or {})
            found = []
            for side, mutant in zip(self.sides, mutants, strict=True):
                known = expected if mutant.error else {k: v for k, v in expected.items() if k in mutant.shapes}
                visible = is_visible(known, mutant)
                answer = Answer(kind, self.name, side.label, density, fault, mutant.error is not None, visible)
                found.append(answer)
            if _both_visible(found):
                for side, answer, program in zip(self.sides, found, programs, strict=True):
                    self._ask(side, answer, program, expected, truth, accepting, around)
            yield (*found, programs[1], expected, (self.data(), self.targets()))

    def _ask(self, side, answer, program, expected, truth, accepting, around):
        name_of = side.name_of(program)
        accepts = accepting(name_of) if accepting else side.accepts(truth, program)
        report, answer.seconds, reason = side.asked(program, expected, self.data())
        causes = judge(answer, report, accepts, reason)
        if causes:
            named = {layer for layer, _ in named_by(causes[0])}
            near = {*named, *map(name_of, causes[0].edits)} & {*around}
            is_there = bool(near) if around else bool(named) and named <= {layer for layer, _ in truth}
            answer.layer = answer.top1 or is_there
            if answer.kind == "argument":
                repaired = side.built(program, repairs.Patch([causes[0]]))
                kept = {k: v for k, v in repaired.shapes.items() if k in self.names}
                answer.repairs = causes[0].kind == "argument" and repaired.error is None and kept == self.shapes
        if answer.kind == "two arguments" and report is not None:
            firsts = [named_by(d.causes[0]) for d in report.diagnoses if d.causes]
            answer.both = bool(firsts) and set().union(*firsts) == truth

        def rebuilt(repair):
            found = side.built(program, repair)
            return None if found.error is not None else found.shapes

        redeem(answer, report, rebuilt, expected)


def _both_visible(pair):
    """Whether both sides show a fault; where one does not, neither is counted."""
    visible = all(answer.visible for answer in pair)
    for answer in pair:
        answer.visible = visible
    return visible


def of_network(name, sample, seed, *, operations):
    """The pairs of answers of one network and its twin to a sample of faults of each kind."""
    pair = Pair(name, operations=operations)
    if operations and pair.names == pair.correct.shapes.keys():
        return  # no call of a layer is written as an operation
    choice = random.Random(f"{name}{seed}")  # noqa: S311  a sample, not a secret
    for change in faults.sampled(name, sample["argument"], seed):
        yield from _of_arguments(pair, "argument", [change], DENSITIES)
    changes = faults.sampled(name, 10**6, seed)
    for _ in range(sample["two arguments"]):
        two = choice.sample(changes, 2)
        if two[0][0].call != two[1][0].call:
            yield from _of_arguments(pair, "two arguments", two, DENSITIES[::2])
    yield from _of_structure(pair, choice, sample["structure"])
    for number in range(sample["annotation"]):
        yield from _of_annotation(pair, seed + number)
    yield from _of_data(pair)


def _of_arguments(pair, kind, changes, densities):
    tree = faults.changed(pair.name, changes)
    made = _made(pair.name, tree)
    truth = faults.truth_of(_made(pair.name, pair.tree), made)
    if made.error is not None or len({argument for _, argument in truth}) != len(changes):
        return
    fault = "; ".join(f"{layer}.{argument}" for layer, argument in sorted(truth))
    text = ", ".join(f"{site.argument}: {site.value!r} -> {value!r}" for site, value in changes)
    yield from pair.asked(kind, f"{fault} ({text})", tree, truth, densities)


def _made(name, tree):
    """The layers that a program makes, none of them called: what is wrong with them, whatever Keras would say of it."""
    return faults.recorded(faults.runnable(name, *faults.source_of(name, subclassed(tree, name))), called=False)


def _of_structure(pair, choice, count):
    tree = restructured.named(pair.tree, pair.name)
    if tree is None:
        return
    pool = faults.structural_faults(faults.functional(pair.correct.model))
    for kind in ("missing", "extra", "class"):
        group = [each for each in pool if each[0] == kind]
        choice.shuffle(group)
        for fault in group[:count]:
            layer = fault[1]
            if kind == "missing" and layer.name in pair.outputs:
                continue
            changed = restructured.restructured(tree, fault)
            label = "wrong class" if kind == "class" else f"{kind} layer"
            what, accepting = kinds.WHAT[kind].format(layer.name), functools.partial(kinds.accepting, kind, layer)
            if kind == "class":
                what = f"{what} {restructured.new_class(fault)}"
            around = kinds.takers_of(layer) | {layer.name, "extra"}
            yield from pair.asked(label, what, changed, set(), SPARSE, accepting, around)


def _of_annotation(pair, seed):
    layer, wrong = kinds.typo_in(pair.shapes, f"{pair.name}{seed}")
    fault = f"{layer}: {wrong} for {pair.shapes[layer]}"

    def accepting(_):
        return lambda _, cause: cause.kind == "annotation"

    yield from pair.asked("annotation", fault, pair.tree, set(), SPARSE, accepting, expects={layer: wrong})


def _of_data(pair):
    for what, shape in kinds.wrong_data(pair.takes[0][0]).items():
        data = pair.data(shape)
        for density in DENSITIES[::3]:
            outputs = pair.outputs & pair.names
            expected = expected_at(pair.shapes, outputs, density, f"{what}{density}")
            found = []
            for side in pair.sides:
                program = side.program(pair.tree)
                answer = Answer("data", pair.name, side.label, density, what, crashed=True)
                report, answer.seconds, reason = asked_in_fit(program, expected, data, pair.targets())
                answer.visible = report is not None or bool(reason)
                judge(answer, report, kinds.is_about_input, reason)
                answer.layer = answer.top1
                found.append(answer)
            _both_visible(found)
            yield (*found, program, expected, (data, pair.targets()))


def answers(sample, seed, only=()):
    """(functional answer, the twin's, its program, expected, (data, targets)) of each fault that both sides show."""
    for builder in TWINS:
        if not only or builder.__name__ in only:
            for operations in (False, True):
                yield from of_network(builder.__name__, sample, seed, operations=operations)


STANDALONE = """import numpy as np
from shapeguard import ShapeGuard

{text}

guard = ShapeGuard({expected})
with guard:
    model = {name}()
model.compile("sgd", "mse")
model.fit({data}, np.zeros({targets}), batch_size=4, verbose=0, callbacks=[guard])
"""


def standalone(program, expected, data, targets):
    """The whole text of a twin that goes into `fit`."""
    zeros = [f"np.zeros({each.shape}, {str(each.dtype)!r})" for each in keras.tree.flatten(data)]
    given = zeros[0] if len(zeros) == 1 else f"[{', '.join(zeros)}]"
    written = {"text": program.text, "expected": expected, "name": program.name, "data": given}
    return STANDALONE.format(**written, targets=targets.shape)


def is_worse(left, right):
    """Whether a twin is answered worse than the functional network."""
    if not (left.visible and right.visible):
        return False
    marks = ("found", "top1", "top3", "layer", "repairs", "both")
    is_wrong = (right.sure and not right.top1) > (left.sure and not left.top1)
    lost = any(getattr(left, mark) > getattr(right, mark) for mark in marks)
    return lost or is_wrong or right.kept < right.promises


def main():
    from benchmarks import mutants

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--large", action="store_true", help="the sample of benchmarks.mutants")
    parser.add_argument("--only", nargs="*", default=(), help="networks by name")
    parser.add_argument("--json", type=pathlib.Path, help="where the answers go")
    parser.add_argument("--worse", type=pathlib.Path, help="a folder for the twins that are answered worse")
    options = parser.parse_args()
    found, numbers = [], itertools.count(1)
    sample = mutants.SAMPLE if options.large else SAMPLE
    for left, right, program, expected, data in answers(sample, options.seed, options.only):
        for answer in (left, right):
            answer.seconds = round(answer.seconds, 5)
            found.append(answer)
        if is_worse(left, right):
            number = next(numbers)
            said = "\n".join(map(_told, (left, right)))
            print(f"{number}: {right.network} {right.density} {right.kind}: {right.fault}\n{said}", flush=True)
            if options.worse:
                options.worse.mkdir(parents=True, exist_ok=True)
                comment = "".join(f"# {line}\n" for line in f"{right.kind}: {right.fault}\n{said}".splitlines())
                text = comment + standalone(program, expected, *data)
                (options.worse / f"{number:03}_{right.network}.py").write_text(text, encoding="utf-8")
    print(mutants.markdown(mutants.summary(found)))
    if options.json:
        written = json.dumps({"answers": [mutants.written(each) for each in found]}, indent=0, sort_keys=True)
        options.json.write_text(f"{written}\n", encoding="utf-8")
    return 0


def _told(answer):
    marks = [mark for mark in ("top1", "top3", "layer", "repairs", "both", "sure") if getattr(answer, mark)]
    promises = f"verified {answer.kept}/{answer.promises}" + (f" BROKEN {answer.broken}" if answer.broken else "")
    return f"    {answer.half}: {answer.code} {' '.join(marks)} {promises} said: {answer.said} | {answer.second}"


if __name__ == "__main__":
    sys.exit(main())
