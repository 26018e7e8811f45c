"""Reads a program: its statements as they would run, then the builders that nothing calls."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from shapeguard.diagnosis.uncollected import uncollected
from shapeguard.source.reading import lines_at, overlay
from shapeguard.static.findings import findings
from shapeguard.static.functions import with_symbols
from shapeguard.static.given import Given
from shapeguard.static.guards import hold
from shapeguard.static.interpreter import Interpreter, OutOfSteps
from shapeguard.static.modules import Files, module_of
from shapeguard.static.state import Scope
from shapeguard.static.values import Class, Function, Instance, Tensor

if TYPE_CHECKING:
    from collections.abc import Mapping

    from shapeguard.records.expectations import Expectation
    from shapeguard.records.findings import Diagnosis
    from shapeguard.records.network import Network
    from shapeguard.static.modules import Module
    from shapeguard.static.recording import Refused, StatedShape
    from shapeguard.static.values import Dims


@dataclass(frozen=True, slots=True)
class Program:
    """What was read of a program: the shape at each call, the network of all calls, and those that Keras refuses.

    `steps` is how many statements and calls were followed; `complete` is false where there were more. `is_python` is
    false where only some statements parse. `dims` are the shapes of the network's values, with symbols and `ANY` in
    them, `None` where the rank is not known.
    """

    file: str
    shapes: tuple[StatedShape, ...]
    network: Network
    refused: tuple[Refused, ...]
    steps: int
    complete: bool = True
    is_python: bool = True
    diagnoses: tuple[Diagnosis, ...] = ()
    dims: tuple[Dims | None, ...] = ()


def read_program(
    path: str, text: str, contract: tuple[Expectation, ...] = (), *, texts: Mapping[str, str] | None = None
) -> Program:
    """The shapes of a program with this text; `contract` is expected of each model that it trains or returns.

    `texts` are those of other files that are not as on the disk.
    """
    if "".join(lines_at(path)) != text:
        overlay(path, text)  # an editor has more than the disk: edits and messages are of this text
    with uncollected():
        return _program(path, text, contract, Files(path, texts))


def _program(path: str, text: str, contract: tuple[Expectation, ...], files: Files) -> Program:
    module = module_of(path, text, is_main=True)
    machine = Interpreter(files, contract)
    complete = True
    try:
        _read(machine, module)
    except (OutOfSteps, RecursionError):
        complete = False
    recorder = machine.recorder
    shapes = tuple(each for each in recorder.shapes() if each.span.file == path)
    network, refused = recorder.network(), tuple(recorder.refused)
    diagnoses = findings(recorder, machine.declared) if complete else ()
    dims = tuple(recorder.shapes_of)
    return Program(path, shapes, network, refused, machine.steps, complete, module.is_whole, diagnoses, dims)


def _read(machine: Interpreter, module: Module) -> None:
    module.cells["__name__"] = "__main__"
    module.cells["__file__"] = module.file
    machine.read(module)
    own = [
        value for value in module.cells.values() if isinstance(value, Function | Class) and value.scope.module is module
    ]
    words = Counter(re.findall(r"\w+", module.places.text))
    for value in sorted(own, key=lambda each: words[each.name] > 1):  # first those that call the others
        if isinstance(value, Class):
            _read_class(machine, value)
        elif id(value.node) not in machine.called:
            _read_function(machine, value)


def _read_function(machine: Interpreter, function: Function) -> None:
    """A function that nothing calls, with symbols for its parameters."""
    scope = Scope({}, function.scope.module, function.scope)
    machine.uncertain = 0 if not function.node.args.args else 1
    value = machine.call_function(function, with_symbols(function), function.node, scope)
    hold(machine, value, machine.contract)
    machine.uncertain = 0


def _read_class(machine: Interpreter, made: Class) -> None:
    """A layer or model of the program whose `call` nothing calls: its input is not known."""
    call = made.lookup("call")
    if made.keras_base is None or not isinstance(call, Function) or id(call.node) in machine.called:
        return
    scope = Scope({}, made.scope.module, made.scope)
    init = made.lookup("__init__")
    given = with_symbols(init, skip=1) if isinstance(init, Function) else Given()
    machine.uncertain = 1
    instance = machine.call(made.node, made, given, scope)
    if isinstance(instance, Instance):
        count = len(call.node.args.args) - 1 - len(call.node.args.defaults)
        tensors = tuple(Tensor(None, "float32", machine.recorder.value(None, "float32")) for _ in range(max(count, 1)))
        machine.call_function(call, Given((instance, *tensors)), made.node, scope)
    machine.uncertain = 0
