"""Whole programs as text, each with a fault: cases with their `fit`, and correct networks with one thing changed."""

import ast
import copy
import random
import re
from dataclasses import dataclass, field

from benchmarks import asking, faults, networks, twins
from benchmarks.subclassed import subclassed
from corpus import forked
from frozen.programs import FOLDERS

END = """
model = build()
if not getattr(model, "optimizer", None):
    model.compile(optimizer="sgd", loss=LOSS)
x, y = data()
model.fit(x, y, batch_size={batch}, epochs=1, verbose=0)
"""
FIT = """
model = {name}()
model.compile("sgd", "mse")
model.fit({data}, {targets}, batch_size=4, epochs=1, verbose=0)
"""
LIMIT = 60
DENSITIES = ("every layer", "a quarter + output", "output only")


@dataclass(frozen=True)
class Text:
    """A program and what is expected of its layers; `fits`: whether it comes to a `fit`."""

    name: str
    text: str
    expected: dict = field(default_factory=dict)
    fits: bool = True


def of_cases(folder, only=()):
    """The faulty cases of a folder, bare and with what their authors expected."""
    for path in sorted(FOLDERS[folder].glob("[0-9]*.py")):
        if only and not path.name.startswith(tuple(only)):
            continue
        text = path.read_text(encoding="utf-8")
        case = _constants(text)
        batch = case.get("BATCH") or "len(keras.tree.flatten(x)[0])"
        loss = "" if "LOSS" in case else '\nLOSS = "mse"\n'
        fits = case.get("FIT_AFTER", True)
        whole = _with_keras(text) + loss + (END.format(batch=batch) if fits else "\nmodel = build()\n")
        for mode in ("expected", "bare"):
            yield Text(f"{folder}/{mode}/{path.stem}", whole, case["EXPECTED"] if mode == "expected" else {}, fits)


def of_scripts(folder):
    """The programs of a folder, as they are."""
    for path in sorted(folder.rglob("*.py")):
        yield Text(f"{folder.name}/{path.stem}", path.read_text(encoding="utf-8"), fits=False)


def _constants(text):
    """The fields of a case that are literals."""
    found = {}
    for node in ast.parse(text).body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            try:
                found[node.targets[0].id] = ast.literal_eval(node.value)
            except ValueError:
                continue
    return found


def _with_keras(text):
    return text if re.search(r"^import keras$", text, re.MULTILINE) else f"{text}\nimport keras\n"


def of_mutants(count, seed, only=()):
    """Correct networks with one argument, one layer, an input or the data changed, at some densities of annotation.

    A network is built in a fork of its own: TensorFlow, once at work, does not survive the next fork.
    """
    names = [builder.__name__ for builder in networks.NETWORKS if not only or builder.__name__ in only]
    for _, made, error in forked.each(_of_network, [(name, count, seed) for name in names], 1, LIMIT):
        if error:
            raise RuntimeError(error)
        yield from made


def of_twins(count, seed, only=()):
    """As `of_mutants`, of the networks that are written in `call` as well, with operations of Keras where natural."""
    names = [builder.__name__ for builder in twins.TWINS if not only or builder.__name__ in only]
    for _, made, error in forked.each(_of_twin, [(name, count, seed) for name in names], 1, LIMIT):
        if error:
            raise RuntimeError(error)
        yield from made


def _of_network(job):
    name, count, seed = job
    correct = faults.recorded(faults.compiled(name))
    takes = [tuple(x.shape[1:]) for x in correct.model.inputs]
    return _at_densities(f"mutants/{seed}/{name}", name, correct, _faulty(name, takes, count, seed))


def _of_twin(job):
    name, count, seed = job
    pair = twins.Pair(name, operations=True)
    takes = [shape for shape, _ in pair.takes]
    faulty = [
        (fault, ast.unparse(subclassed(ast.parse(text), name, operations=True)), fed)
        for fault, text, fed in _faulty(name, takes, count, seed)
        if not fault.startswith("input")  # the twin declares none
    ]
    return _at_densities(f"twins/{seed}/{name}", name, pair.correct, faulty, pair.names)


def _at_densities(title, name, correct, faulty, names=None):
    """Each faulty program with what is expected of it, of the layers in `names` alone if any are given."""
    gives = [tuple(x.shape[1:]) for x in correct.model.outputs]
    kinds = [x.dtype for x in correct.model.inputs]
    shapes = {layer: shape for layer, shape in correct.shapes.items() if names is None or layer in names}
    outputs = faults.output_layers(correct.model) & shapes.keys()
    made = []
    for fault, text, fed in faulty:
        whole = _fitted(name, text, fed, kinds, gives)
        for density in DENSITIES if whole else ():
            expected = asking.expected_at(shapes, outputs, density, f"{fault}{density}")
            made.append(Text(f"{title}: {fault}; {density}", whole, expected))
        if whole:
            made.append(Text(f"{title}: {fault}; bare", whole))
    return made


def _faulty(name, inputs, count, seed):
    """(what is wrong, the text of the builder, the shapes of the data)."""
    tree = faults.program_of(name)
    for site, value in faults.sampled(name, count, seed):
        yield f"{site.argument} of call {site.call} -> {value!r}", _unparsed(name, site, value), inputs
    for what, (site, value) in faults.inputs_of(name):
        yield f"input, {what}", _unparsed(name, site, value), inputs
    for what, text in _with_other_layers(tree, random.Random(f"{name}{seed}")):  # noqa: S311  a sample, not a secret
        yield what, text, inputs
    first = inputs[0]
    if None not in first:
        yield "data, another width", ast.unparse(tree), [(*first[:-1], first[-1] + 2), *inputs[1:]]
        if len(first) > 2:
            yield "data, channels first", ast.unparse(tree), [(first[-1], *first[:-1]), *inputs[1:]]
            yield "data, no channels", ast.unparse(tree), [first[:-1], *inputs[1:]]


def _unparsed(name, site, value):
    return ast.unparse(faults.changed(name, [(site, value)]))


def _with_other_layers(tree, choice, count=3):
    """The builder without one of its layers, or with one too many, where a line makes a layer and calls it."""
    places = [number for number, node in enumerate(ast.walk(tree)) if _is_step(node)]
    for number in choice.sample(places, min(count, len(places))):
        without, twice = copy.deepcopy(tree), copy.deepcopy(tree)
        step = list(ast.walk(without))[number]
        called = ast.unparse(step.value.func)
        step.value = step.value.args[0]
        yield f"no {called}", ast.unparse(without)
        step = list(ast.walk(twice))[number]
        if ast.unparse(step.value.func.func) in {"layers.MaxPooling2D", "layers.Dense", "layers.Flatten"}:
            step.value = ast.Call(step.value.func, [step.value], [])
            yield f"{called} twice", ast.unparse(twice)


def _is_step(node):
    """Whether this is `x = layers.Dense(10)(x)`."""
    value = node.value if isinstance(node, ast.Assign) else None
    is_called = isinstance(value, ast.Call) and isinstance(value.func, ast.Call) and len(value.args) == 1
    return is_called and isinstance(value.func.func, ast.Attribute) and isinstance(value.args[0], ast.Name)


def _fitted(name, text, fed, kinds, targets):
    """The program that fits a network to zeros; `None` where a size of them is open."""
    if any(None in shape for shape in (*fed, *targets)):
        return None
    data = [f"np.zeros({(4, *shape)}, {kind!r})" for shape, kind in zip(fed, kinds, strict=True)]
    zeros = [f"np.zeros({(4, *shape)})" for shape in targets]
    x, y = (each[0] if len(each) == 1 else f"[{', '.join(each)}]" for each in (data, zeros))
    return f"import numpy as np\n{text}\n" + FIT.format(name=name, data=x, targets=y)
