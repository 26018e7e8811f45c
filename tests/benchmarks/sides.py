"""The two sides of a pair of twins: the functional network, and the same written in `call`."""

import ast
import functools
import re
import warnings
from dataclasses import dataclass, field

import keras
from benchmarks import faults
from benchmarks.asking import Clock, asked
from benchmarks.subclassed import subclassed

from shapeguard import ShapeGuard, ShapeMismatchError


@dataclass(frozen=True)
class Program:
    """One side's program with a fault in it; `layers` are those for which an operation stands, by line."""

    name: str
    text: str
    file: str
    layers: dict = field(default_factory=dict)

    @functools.cached_property
    def run(self):
        return faults.runnable(self.name, self.text, self.file)


class Functional:
    """The network as `networks.py` has it."""

    def __init__(self, pair, label):
        self.pair, self.label = pair, label

    def program(self, tree):
        return Program(self.pair.name, *faults.source_of(self.pair.name, tree))

    def built(self, program, repair=None):
        return faults.recorded(program.run, repair)

    def asked(self, program, expected, _):
        return asked(program.run, expected)

    def accepts(self, truth, program):
        """Whether a cause names nothing but what the fault changed."""
        return lambda named, _: bool(named) and named <= truth

    def name_of(self, program):
        """The name that the functional network has for the layer which an edit changes."""
        return lambda edit: edit.layer


class InCall(Functional):
    """Its twin, a subclass of `keras.Model`."""

    def program(self, tree):
        name, operations = self.pair.name, self.pair.operations
        text, file = faults.source_of(name, subclassed(tree, name, operations=operations))
        layers = _by_line(text, ast.unparse(subclassed(tree, name))) if operations else {}
        return Program(name, text, file, layers)

    def name_of(self, program):
        def name_of(edit):
            if edit.layer in self.pair.made or edit.span is None:
                return edit.layer
            line = program.layers.get(edit.span.line, ())
            there = [layer for layer in line if f"name='{layer}'" not in program.text]
            return there[0] if len(there) == 1 else edit.layer

        return name_of

    def built(self, program, repair=None):
        """The shapes of one call on zeros; of a repair of an operation, in the text as it would be pasted."""
        if repair is not None and not self._is_of_layers(repair):
            program, repair = _pasted(program, repair.edits), None
            if program is None:
                return faults.Built(error=ValueError("no text"))
        recording, built = faults.Recording(repair), faults.Built()
        try:
            built.model = program.run(recording)
            built.shapes = _called(built.model, self.pair.data(), {layer.name for layer in recording.made})
        except Exception as error:  # noqa: BLE001  Keras' refusal is part of the fault
            built.error = error
        built.configs = [(layer.name, layer.get_config()) for layer in recording.made]
        return built

    def _is_of_layers(self, repair):
        return all(edit.layer in {*self.pair.made, "extra"} for edit in repair.edits)

    def asked(self, program, expected, data):
        return asked_in_fit(program, expected, data, self.pair.targets())

    def accepts(self, truth, program):
        """An argument of an operation is right in the lines that the fault changed."""
        before, after = self.pair.correct_in_call.text.splitlines(), program.text.splitlines()
        changed = {number for number, pair in enumerate(zip(before, after, strict=False), 1) if len(set(pair)) > 1}
        is_told_by_lines = len(before) == len(after)

        def is_right(edit):
            in_operation = edit.layer not in self.pair.made
            return in_operation and is_told_by_lines and edit.span is not None and edit.span.line in changed

        def accepts(named, cause):
            wrong = {(layer, argument) for layer, argument in named if (layer, argument) not in truth}
            operations = [edit for edit in cause.edits if is_right(edit)]
            return bool(named) and wrong <= {(edit.layer, edit.argument) for edit in operations}

        return accepts


def _by_line(text, of_layers):
    """{line of `text`: the named layers that the same line calls where every layer is one}.

    The two texts end alike: what `__init__` makes is not the same, `call` has as many lines.
    """
    found, last = {}, text.count("\n")
    lines = of_layers.splitlines()
    for attribute, layer in re.findall(r"self\.(\w+) = layers\..*name='(\w+)'\)$", of_layers, re.MULTILINE):
        for number, line in enumerate(lines, last - len(lines) + 1):
            if f"self.{attribute}(" in line:
                found.setdefault(number, []).append(layer)
    return found


def asked_in_fit(program, expected, data, targets):
    """As `asked`, of a model that goes into `fit` with the guard, for one batch."""
    guard = ShapeGuard(expected)
    with Clock() as clock, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            with guard:
                model = program.run()
            model.compile("sgd", "mse")
            model.fit(data, targets, batch_size=4, verbose=0, callbacks=[guard])
        except ShapeMismatchError as error:
            return error.report, clock.seconds, ""
        except Exception as error:  # noqa: BLE001  Keras' own word: nothing was explained
            return None, clock.seconds, f"{type(error).__name__}: {error}"[:200]
    return None, clock.seconds, ""


def _called(model, data, names):
    """The output shapes of these layers in one call of the model, the batch left open."""
    found, call = {}, keras.layers.Layer.__call__

    def calling(layer, *args, **kwargs):
        output = call(layer, *args, **kwargs)
        if layer.name in names:
            shapes = [(None, *x.shape[1:]) for x in keras.tree.flatten(output)]
            found[layer.name] = shapes[0] if len(shapes) == 1 else shapes
        return output

    keras.layers.Layer.__call__ = calling
    try:
        model(data)
    finally:
        keras.layers.Layer.__call__ = call
    return found


def _pasted(program, edits):
    """The program with the replacements of these edits in its text; `None` where one has none."""
    if any(edit.replaces is None or edit.replacement is None for edit in edits):
        return None
    lines = program.text.splitlines(keepends=True)
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line))
    text = program.text
    for place, new in sorted({(edit.replaces, edit.replacement) for edit in edits}, reverse=True):
        start, end = starts[place.line - 1] + place.column, starts[place.end_line - 1] + place.end_column
        text = text[:start] + new + text[end:]
    return Program(program.name, text, program.file.replace(".py", "_pasted.py"))
