"""Random small models over all built-in layers: a recipe is drawn once and built in several forms."""

from __future__ import annotations

import math
import warnings
from dataclasses import dataclass
from random import Random

import keras
import numpy as np
from helpers.layer_samples import INTEGERS, SAMPLES, layer_class, seeded

FORMS = ("functional", "sequential", "deferred", "subclassed")
CELLS = ("InputLayer", "LSTMCell", "GRUCell", "SimpleRNNCell", "StackedRNNCells")
TEXTS = ("StringLookup", "TextVectorization")
LOST = ("Equalization",)
"""Gives the very KerasTensor that it takes, so that Keras 3.15 leaves the layer out of a graph."""
NAMES = tuple(name for name in SAMPLES if name not in CELLS + TEXTS + LOST and layer_class(name) is not None)
ENTRIES = (((7,), "float32"), ((6, 4), "float32"), ((8, 9, 3), "float32"), ((4, 5, 6, 2), "float32"), ((5,), "int32"))
MERGING = ("Add", "Multiply", "Average", "Maximum", "Minimum", "Subtract", "Concatenate", "Dot", "Attention",
           "AdditiveAttention", "MultiHeadAttention", "GroupedQueryAttention", "HashedCrossing")  # fmt: skip
LARGEST = 4096
"""Numbers in one sample of a tensor."""


@dataclass(frozen=True)
class Step:
    """One call: of the layer that this seed draws, on these of the tensors made so far, as a list or one by one."""

    name: str
    seed: str
    inputs: tuple[int, ...]
    listed: bool

    def layer(self, number):
        if self.name == "*":
            return None
        arguments, _ = SAMPLES[self.name](seeded(self.name, self.seed))
        return layer_class(self.name)(**arguments, name=f"{self.name.lower()}_of_step_{number}")

    def __call__(self, layer, tensors):
        """The first tensor that the call gives."""
        given = [tensors[index] for index in self.inputs]
        outputs = given[0] * 0.5 if layer is None else layer(given) if self.listed else layer(*given)
        return outputs, keras.tree.flatten(outputs)[0]


@dataclass(frozen=True)
class Recipe:
    """A model to be built in one of the forms; `entry` is the shape of a sample that it takes, and its dtype."""

    form: str
    entry: tuple[tuple[int, ...], str]
    steps: tuple[Step, ...]

    def layers(self):
        """Fresh layers, the head behind those of the steps."""
        made = [step.layer(number) for number, step in enumerate(self.steps)]
        head = [keras.layers.Rescaling(0.1, name="scale"), keras.layers.Flatten(name="flat")]
        return [*made, *head, keras.layers.Dense(2, name="head")]

    def flow(self, layers, x, seen=None):
        """The output of these layers for `x`; what each one gives is put into `seen`."""
        tensors = [x]
        for step, layer in zip(self.steps, layers, strict=False):
            outputs, first = step(layer, tensors)
            tensors.append(first)
            if seen is not None and layer is not None:
                seen[layer.name] = outputs
        x = tensors[-1]
        for layer in layers[len(self.steps) :]:
            x = layer(x)
            if seen is not None:
                seen[layer.name] = x
        return x

    def model(self, layers):
        shape, dtype = self.entry
        if self.form in {"sequential", "deferred"}:
            first = [] if self.form == "deferred" else [keras.Input(shape, dtype=dtype)]
            return keras.Sequential([*first, *layers])
        if self.form == "subclassed":
            return Subclassed(self, layers)
        inputs = keras.Input(shape, dtype=dtype)
        return keras.Model(inputs, self.flow(layers, inputs))

    def data(self, samples):
        """Seeded inputs and targets."""
        shape, dtype = self.entry
        draw = np.random.default_rng(0)
        x = draw.integers(0, 7, (samples, *shape)) if dtype == "int32" else draw.normal(size=(samples, *shape))
        return x.astype(dtype), draw.normal(size=(samples, 2)).astype("float32")


class Subclassed(keras.Model):
    """The recipe as a user's own class."""

    def __init__(self, recipe, layers):
        super().__init__()
        self.recipe, self.parts = recipe, layers

    def call(self, x):
        return self.recipe.flow(self.parts, x)


def drawn(seed):
    """The recipe of this seed; as many seeds as there are `NAMES` have each layer once, where it can begin a model."""
    random = Random(seed)  # noqa: S311  reproducible, not secret
    form = random.choice(FORMS[::3] if NAMES[seed % len(NAMES)] in MERGING else FORMS)
    for attempt in range(200):
        entry = random.choice(ENTRIES)
        tensors = [keras.KerasTensor((None, *entry[0]), dtype=entry[1])]
        steps = _grown(random, form, tensors, [NAMES[seed % len(NAMES)]], f"{seed} {attempt}")
        if steps:
            break
    for number in range(random.randint(0, 5)):
        for attempt in range(60):
            more = _grown(random, form, tensors, NAMES, f"{seed} {number} {attempt}", steps)
            if more:
                steps = more
                break
    return Recipe(form, entry, tuple(steps))


def _grown(random, form, tensors, names, seed, steps=()):
    """The steps and one more of these names, if there can be one; the tensors grow alike."""
    step = _proposed(random, form, tensors, names, seed)
    made = None if step is None else _tried(step, len(steps), tensors, form)
    if made is None:
        return []
    tensors.append(made)
    return [*steps, step]


def _proposed(random, form, tensors, names, seed):
    newest = len(tensors) - 1
    branches = form in {"functional", "subclassed"}
    if branches and newest and random.random() < 0.05:
        return Step("*", seed, (newest,), listed=False)
    name = random.choice(names)
    if (name in INTEGERS) != ("int" in tensors[-1].dtype):
        return None
    arguments, shapes = SAMPLES[name](seeded(name, seed))
    if _crashes(arguments, tensors[-1].shape):
        return None
    listed = isinstance(shapes[0], (list, tuple)) and any(isinstance(each, (list, tuple)) for each in shapes[0])
    wanted = shapes[0] if listed else shapes
    if len(wanted) == 1:
        return Step(name, seed, (newest,), listed=False) if len(wanted[0]) == len(tensors[-1].shape) else None
    others = [i for i, tensor in enumerate(tensors) if tensor.shape == tensors[-1].shape]
    return Step(name, seed, (newest, *random.choices(others, k=len(wanted) - 1)), listed=listed) if branches else None


def _crashes(arguments, shape):
    """Whether TensorFlow 2.21 divides by zero over it and the process ends: Keras 3.15 lets these sizes through.

    Adaptive pooling also looks through a window one larger than (size // output size), which 1 makes larger than all.
    """
    sizes = [size for size in keras.tree.flatten(arguments.get("output_size", ())) if size is not None]
    return not all(1 < size <= min(shape[1:]) for size in sizes) or 0 in keras.tree.flatten(arguments.get("pool_size"))


def _tried(step, number, tensors, form):
    """What the step makes of KerasTensors; `None` where it cannot stand there, with real arrays either."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            layer = step.layer(number)
            outputs, first = step(layer, tensors)
            step(layer, [keras.ops.ones((4, *tensor.shape[1:]), tensor.dtype) for tensor in tensors])
    except Exception:  # noqa: BLE001  whatever it is, another layer is drawn
        return None
    sizes = first.shape[1:]
    if None in sizes or not sizes or not 0 < math.prod(sizes) <= LARGEST or first.shape[0] is not None:
        return None
    return None if form in {"sequential", "deferred"} and outputs is not first else first
