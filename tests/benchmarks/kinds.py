"""The kinds of faults that are put into correct networks, and what is asked of each."""

import operator
import random

import keras
import numpy as np
from benchmarks import faults, repairs
from benchmarks.asking import DENSITIES, Answer, Clock, asked, checked, expected_at, is_visible, judge, named_by, redeem

from shapeguard import ShapeGuard, ShapeMismatchError

SPARSE = (DENSITIES[0], *DENSITIES[2:])


def of_arguments(name, half, correct, changes, densities, kind="argument"):
    """The answers to one or several changed arguments."""
    run = faults.compiled(name, changes)
    mutant = faults.recorded(run)
    truth = faults.truth_of(correct, mutant)
    if len({argument for _, argument in truth}) != len(changes) or _differs_in_layers(correct, mutant):
        return
    fault = "; ".join(f"{layer}.{argument}" for layer, argument in sorted(truth))
    text = ", ".join(f"{site.argument}: {site.value!r} -> {value!r}" for site, value in changes)
    for answer, expected in _answers(kind, name, half, correct, mutant, f"{fault} ({text})", densities):
        if not answer.visible:
            yield answer
            continue
        report, answer.seconds, reason = asked(run, expected)
        causes = judge(answer, report, lambda named, _: bool(named) and named <= truth, reason)
        if causes:
            answer.layer = {layer for layer, _ in named_by(causes[0])} <= {layer for layer, _ in truth}
            answer.repairs = _restores(run, causes[0], correct)
        if kind == "two arguments" and report is not None:
            named = [named_by(d.causes[0]) for d in report.diagnoses if d.causes]
            answer.both = bool(named) and set().union(*named) == truth
        redeem(answer, report, lambda repair: _shapes(run, repair), expected)
        yield answer


def _answers(kind, name, half, correct, mutant, fault, densities):
    """(answer, expected) at each density."""
    outputs = faults.output_layers(correct.model)
    for density in densities:
        expected = expected_at(correct.shapes, outputs, density, f"{fault}{density}")
        known = expected if mutant.error else {k: v for k, v in expected.items() if k in mutant.shapes}
        visible = is_visible(known, mutant)
        yield Answer(kind, name, half, density, fault, mutant.error is not None, visible), expected


def _differs_in_layers(correct, mutant):
    return mutant.error is None and len(mutant.configs) != len(correct.configs)


def _shapes(run, repair):
    built = faults.recorded(run, repair)
    return None if built.error is not None else built.shapes


def _restores(run, cause, correct):
    """Whether the cause's edits, made in the mutant, give every original shape."""
    return cause.kind == "argument" and _shapes(run, repairs.Patch([cause])) == correct.shapes


def of_inputs(name, half, correct, densities):
    """The answers to an input that is declared with another shape."""
    for what, change in faults.inputs_of(name):
        run = faults.compiled(name, [change])
        mutant = faults.recorded(run)
        fault = f"{what}: {change[0].value} -> {change[1]}"
        for answer, expected in _answers("input", name, half, correct, mutant, fault, densities):
            if answer.visible:
                report, answer.seconds, reason = asked(run, expected)
                judge(answer, report, is_about_input, reason)
                answer.layer = answer.top1
                redeem(answer, report, lambda repair, run=run: _shapes(run, repair), expected)
            yield answer


def is_about_input(named, cause):
    """Whether a cause blames the data or the declared input."""
    return cause.kind == "data" or (bool(named) and {a for _, a in named} <= {"shape", "input_shape", "batch_shape"})


def of_data(name, half, correct, densities):
    """The answers to data that the model cannot take: channels first, grey for colour, another size."""
    shapes = [tuple(x.shape[1:]) for x in correct.model.inputs]
    if any(None in shape for shape in shapes):
        return
    for what, shape in wrong_data(shapes[0]).items():
        for density in densities:
            expected = expected_at(correct.shapes, faults.output_layers(correct.model), density, f"{what}{density}")
            yield _fitted(Answer("data", name, half, density, what, crashed=True), (shape, *shapes[1:]), expected)


def wrong_data(first):
    """What people feed instead of data of this shape."""
    variants = {"another width": (*first[:-1], first[-1] + 2)}
    if len(first) > 2:
        variants["channels first"] = (first[-1], *first[:-1])
        variants["another size"] = (*(size + 4 for size in first[:-1]), first[-1])
    if len(first) > 2 and first[-1] == 3:
        variants["grey for colour"] = first[:-1]
    return variants


def _fitted(answer, shapes, expected):
    keras.utils.clear_session(free_memory=False)
    model = faults.compiled(answer.network)()
    model.compile("sgd", "mse")
    x = [np.zeros((4, *shape), "float32") for shape in shapes]
    y = [np.zeros((4, *output.shape[1:]), "float32") for output in model.outputs]
    report, reason = None, ""
    with Clock() as clock:
        try:
            model.fit(x if len(x) > 1 else x[0], y[0], batch_size=4, verbose=0, callbacks=[ShapeGuard(expected)])
        except ShapeMismatchError as error:
            report = error.report
        except Exception as error:  # noqa: BLE001  Keras' own word: nothing was explained
            reason = f"{type(error).__name__}: {error}"[:160]
    answer.seconds = clock.seconds
    answer.visible = report is not None or bool(reason)
    judge(answer, report, is_about_input, reason)
    answer.layer = answer.top1
    return answer


WHAT = {"missing": "no {}", "extra": "extra before {}", "class": "another class: {}"}


def of_structure(name, half, correct, fault, densities):
    """The answers to a missing layer, an extra one, or one of the wrong class."""
    kind, layer, changes = fault
    model = faults.functional(correct.model)
    if kind == "missing" and layer.name in faults.output_layers(correct.model):
        return

    def build(repair=None):
        return faults.rebuilt(model, **changes, repair=repair)

    mutant = faults.built(build)
    accepts = accepting(kind, layer)
    around = takers_of(layer) | {layer.name, "extra"}
    label = "wrong class" if kind == "class" else f"{kind} layer"
    for answer, expected in _answers(label, name, half, correct, mutant, WHAT[kind].format(layer.name), densities):
        if answer.visible:
            report, answer.seconds, reason = asked(build, expected)
            causes = judge(answer, report, accepts, reason)
            answer.layer = bool(causes) and bool({n for n, _ in named_by(causes[0])} & around)
            redeem(answer, report, lambda repair: faults.shapes_or_none(lambda: build(repair)), expected)
        yield answer


def takers_of(layer):
    """The layers that take what a layer gives, and behind layers that keep the shape those that take it there."""
    found, waiting = set(), [layer]
    while waiting:
        for node in waiting.pop()._outbound_nodes:
            after = node.operation
            if after.name not in found:
                found.add(after.name)
                if len(node.input_tensors) == 1 and node.input_tensors[0].shape == node.output_tensors[0].shape:
                    waiting.append(after)
    return found


def accepting(kind, layer, name_of=operator.attrgetter("layer")):
    """Whether a cause is the opposite of the fault; one sort of pooling is as good as the other.

    `name_of(edit)` gives the layer that it changes.
    """
    cls, behind = type(layer).__name__.replace("Max", "Average"), takers_of(layer)

    def is_same(edit):
        return str(edit.suggestion).partition("(")[0].replace("Max", "Average") == cls

    def accepts(named, cause):
        if len(cause.edits) != 1:
            return False
        (edit,) = cause.edits
        if kind == "missing":
            return edit.argument == "insert_before" and name_of(edit) in behind and is_same(edit)
        if kind == "extra":
            return named == {("extra", "remove")}
        return len(named) == 1 and (name_of(edit), edit.argument) == (layer.name, "replace") and is_same(edit)

    return accepts


def of_annotations(name, half, correct, densities, seed):
    """The answers to one wrong size in one annotation of a correct network."""
    run = faults.compiled(name)
    layer, wrong = typo_in(correct.shapes, f"{name}{seed}")
    fault = f"{layer}: {wrong} for {correct.shapes[layer]}"
    for density in densities:
        expected = expected_at(correct.shapes, faults.output_layers(correct.model), density, f"{fault}{density}")
        expected = {**expected, layer: wrong}
        report, seconds, reason = asked(run, expected)
        answer = Answer("annotation", name, half, density, fault, crashed=False, seconds=seconds)
        judge(answer, report, lambda _, cause: cause.kind == "annotation", reason)
        answer.layer = answer.top1
        redeem(answer, report, lambda repair: _shapes(run, repair), expected)
        yield answer


def typo_in(shapes, seed):
    """(layer, its shape with one wrong size) of one of these layers."""
    choice = random.Random(seed)  # noqa: S311  a sample, not a secret
    layer = choice.choice(sorted(k for k, v in shapes.items() if isinstance(v, tuple)))
    shape = shapes[layer]
    axis = choice.choice([axis for axis in range(1, len(shape)) if shape[axis] is not None])
    typo = choice.choice([shape[axis] + 1, shape[axis] * 2, int(str(shape[axis])[::-1]) or 1, max(1, shape[axis] - 2)])
    typo += 3 * (typo == shape[axis])
    return layer, (*shape[:axis], typo, *shape[axis + 1 :])


def of_application(name, shape, count, densities, seed):
    """The answers to one changed argument in a network of keras.applications, cloned."""
    keras.utils.clear_session(free_memory=False)
    model = getattr(keras.applications, name)(weights=None, input_shape=shape)
    correct = faults.Built(model=model, shapes=faults.shapes_of(model))
    pool = [
        (layer, argument, value)
        for layer in model.layers
        for argument, values in faults.PLAUSIBLE.get(type(layer).__name__, {}).items()
        for value in values
        if argument in layer.get_config() and not _is_now(layer.get_config()[argument], value)
    ]
    random.Random(f"{name}{seed}").shuffle(pool)  # noqa: S311  a sample, not a secret
    visible = 0
    for layer, argument, value in pool:
        if visible >= count:
            return
        changed = _as_configured(layer.get_config()[argument], value)

        def build(repair=None, configs={layer.name: {argument: changed}}):  # noqa: B006  bound, never changed
            return faults.rebuilt(model, configs=configs, repair=repair)

        mutant, truth = faults.built(build), {(layer.name, argument)}
        fault = f"{layer.name}.{argument} -> {changed!r}"
        answers = list(_answers("argument", name, "applications", correct, mutant, fault, densities))
        visible += any(answer.visible for answer, _ in answers)
        for answer, expected in answers:
            if answer.visible:
                _ask_application(answer, expected, build, truth, mutant.model)
            yield answer


def _ask_application(answer, expected, build, truth, model):
    report, answer.seconds, reason = asked(build, expected) if model is None else checked(model, expected)
    causes = judge(answer, report, lambda named, _: named == truth, reason)
    answer.layer = bool(causes) and {n for n, _ in named_by(causes[0])} == {n for n, _ in truth}
    answer.repairs = answer.top1
    redeem(answer, report, lambda repair: faults.shapes_or_none(lambda: build(repair)), expected)


def _is_now(now, value):
    return value is None or faults.same(now, value)


def _as_configured(now, value):
    return (value,) * len(now) if isinstance(now, list | tuple) and isinstance(value, int) else value
