"""The answers to whole programs: people's faults in the corpus and beside the repository, and correct models."""

import json
import os
import pathlib
import re
import subprocess
import sys
import warnings

import keras
import numpy as np
from benchmarks import faults, networks
from benchmarks.asking import DENSITIES, expected_at
from clean.test_correct_networks import IN_FIT, SMALL, application
from corpus import programs, scoring

from shapeguard import ShapeGuard, check

from . import answers

REPOSITORY = pathlib.Path(__file__).parents[2]
FOLDERS = {"corpus": REPOSITORY / "tests" / "corpus", "shared": REPOSITORY.parent / "shared" / "cases"}
COMMAND = "command"
"""Beside the modes of the corpus: `shapeguard check` of a program that does as in the mode "expected"."""
PROGRAM = pathlib.Path(__file__).with_name("program.py")
OURS = re.compile(r"\[(SG\d+)\]|ShapeGuard")


def faulty(folder):
    """The units of the faults in a folder of cases."""
    return [f"{folder}/{mode}/{path.stem}" for path in _cases(folder, "[0-9]*.py") for mode in _modes(path)]


def correct():
    """The units of the programs in which nothing is wrong."""
    cases = [
        f"clean/{mode}/{folder}/{path.stem}"
        for folder in FOLDERS
        for path in _cases(folder, "clean_*.py")
        for mode in _modes(path)
    ]
    built = [f"clean/network/{builder.__name__}" for builder in networks.NETWORKS]
    return [*cases, *built, *(f"clean/application/{name}" for name in SMALL)]


def _cases(folder, pattern):
    return sorted(FOLDERS[folder].glob(pattern))


def _modes(path):
    return [mode for mode in scoring.MODES if scoring.applies(path, mode)] + [COMMAND]


def asked(unit):
    """{what was asked: answer} of a unit."""
    group, mode, *rest = unit.split("/")
    if mode in {"network", "application"}:
        return (_network if mode == "network" else _application)(*rest)
    folder, name = rest if group == "clean" else (group, *rest)
    path = FOLDERS[folder] / f"{name}.py"
    return {"": _command(path) if mode == COMMAND else _guarded(path, mode)}


def _guarded(path, mode):
    keras.utils.clear_session()
    keras.utils.set_random_seed(0)
    case = programs.loaded(path)
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        report, error = scoring.reported(case, mode)
    return answers.of_report(report, path.name, error) | _warned(heard)


def _warned(heard):
    """The codes of the warnings that are ShapeGuard's."""
    found = [match[1] or match[0] for w in heard if (match := OURS.search(str(w.message)))]
    return {"warned": sorted(found)} if found else {}


def _command(path):
    command = [sys.executable, "-m", "shapeguard", "check", "--format", "json", str(PROGRAM), "--", str(path)]
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY)}
    done = subprocess.run(command, cwd=REPOSITORY, env=environment, capture_output=True, text=True, check=False)
    document = json.loads(done.stdout) if done.stdout.strip() else {"diagnoses": []}
    return answers.of_document(document, path.name, done.returncode)


def _network(name):
    run = faults.compiled(name)
    correct = faults.recorded(run)
    found = _at_densities(correct.model, correct.shapes)
    guard = ShapeGuard(correct.shapes)
    with guard:
        model = run()
    found["built under a guard"] = answers.of_report(guard.check(model), None)
    if name in {builder.__name__ for builder in IN_FIT}:
        found["fitted"] = _fitted(model)
    return found


def _at_densities(model, shapes):
    outputs = faults.output_layers(model)
    expected = {density: expected_at(shapes, outputs, density, density) for density in DENSITIES}
    return {density: answers.of_report(check(model, shapes), None) for density, shapes in expected.items()}


def _fitted(model):
    model.compile("sgd", "mse")
    x = [np.zeros((10, *tensor.shape[1:]), tensor.dtype) for tensor in model.inputs]
    y = [np.zeros((10, *tensor.shape[1:]), "float32") for tensor in model.outputs]
    guard = ShapeGuard({name: ("B", *shape[1:]) for name, shape in faults.shapes_of(model).items()})
    model.fit(x if len(x) > 1 else x[0], y[0], batch_size=4, epochs=1, verbose=0, callbacks=[guard])
    return answers.of_report(guard.report, None)


def _application(name):
    model = application(name)
    return _at_densities(model, faults.shapes_of(model))
