"""Makes the edits of a cause in a program that is built again: whether what was called verified holds there."""

from collections import defaultdict

import keras
from helpers.edited import changes_of

STRUCTURE = ("insert_before", "insert_after", "remove", "replace")
TRIED = 4
"""Ways into a merge on which an insertion may be meant."""


class Patch:
    """The edits of one or several causes, each to be made as soon as its layer is; `slot`: the way into a merge."""

    def __init__(self, causes, slot=0):
        self.arguments = defaultdict(dict)
        self.structure = {}
        self.inputs = {}
        self.slot = slot
        self.edits = tuple(edit for cause in causes for edit in cause.edits)
        for edit in self.edits:
            if edit.argument in STRUCTURE:
                self.structure.update(dict.fromkeys(edit.layers or (edit.layer,), edit))
                continue
            for layer, argument, value in changes_of(edit):
                if argument in {"shape", "input_shape", "batch_shape"}:
                    self.inputs[layer] = value
                else:
                    self.arguments[layer.removeprefix("forward_")][argument] = value

    def made(self, layer, *, follows=False):
        """The layer as the edits want it, under its own name; `follows`: no strides were written for its pooling."""
        layer = self._with_arguments(layer, follows=follows)
        edit = self.structure.get(layer.name)
        if edit is None:
            return layer
        if edit.argument == "remove":
            return keras.layers.Identity(name=layer.name)
        other = eval(str(edit.suggestion), vars(keras.layers))  # noqa: S307  our own suggestion
        if edit.argument == "replace":
            return type(other).from_config({**other.get_config(), "name": layer.name})
        if edit.argument == "insert_after":
            return keras.Sequential([layer, other], name=layer.name)
        return preceded(layer, other, self.slot)

    def inputs_of(self, model):
        """New inputs for a clone of a model, `None` where they stay."""
        if not self.inputs:
            return None
        shapes = [self.inputs.get(x.name, tuple(x.shape[1:])) for x in model.inputs]
        return [keras.Input(shape, dtype=x.dtype, name=x.name) for shape, x in zip(shapes, model.inputs, strict=True)]

    def _with_arguments(self, layer, *, follows):
        config, changes = layer.get_config(), self.arguments.get(layer.name, {})
        changed = {**config, **changes}
        if follows and "pool_size" in changes and "strides" not in changes:
            changed["strides"] = None
        for key in ("layer", "backward_layer"):
            inner = config.get(key)
            if isinstance(inner, dict):
                name = str(inner["config"].get("name")).removeprefix("forward_").removeprefix("backward_")
                new = self.arguments.get(name, {})
                changed[key] = {**inner, "config": {**inner["config"], **new}}
        return type(layer).from_config(changed) if changed != config else layer

    def input(self, *args, **kwargs):
        """`keras.Input`, with the shape that an edit gives it."""
        named = [shape for name, shape in self.inputs.items() if kwargs.get("name", name) == name]  # else there is one
        if not named:
            return keras.Input(*args, **kwargs)
        given = {"batch_shape": (kwargs["batch_shape"][0], *named[0])} if "batch_shape" in kwargs else {}
        rest = {k: v for k, v in kwargs.items() if k not in {"shape", "batch_shape"}}
        return keras.Input(**(given or {"shape": named[0]}), **rest)


def preceded(layer, other, slot):
    """A layer of the same name that sends one of its inputs through another layer first."""

    class Preceded(keras.layers.Layer):
        def __init__(self):
            super().__init__(name=layer.name)
            self.first, self.second = other, type(layer).from_config(layer.get_config())

        def call(self, x, mask=None):
            if not isinstance(x, list | tuple):
                return self.second(self.first(x))
            return self.second([self.first(t) if place == slot else t for place, t in enumerate(x)])

    return Preceded()


def is_rebuildable(cause):
    """Whether all edits of a cause lie in the program: not in the data, nor in an annotation."""
    return cause.kind in {"argument", "structure"} and bool(cause.edits)


def promised(report):
    """Groups of causes that a report calls verified, each to be made alone.

    Where it tells several faults, their first causes together are what makes every expectation hold.
    """
    if report is None or not report.diagnoses:
        return []
    if len(report.diagnoses) > 1:
        firsts = [d.causes[0] for d in report.diagnoses if d.causes]
        whole = len(firsts) == len(report.diagnoses)
        return [firsts] if whole and all(c.verified and is_rebuildable(c) for c in firsts) else []
    return [[cause] for cause in report.diagnoses[0].causes if cause.verified and is_rebuildable(cause)]


def keeps(causes, rebuilt, expected):
    """Whether a program with these edits builds and has every expected shape; `rebuilt(repair)` gives shapes or None."""
    merges = any(edit.argument == "insert_before" for cause in causes for edit in cause.edits)
    for slot in range(TRIED if merges else 1):
        shapes = rebuilt(Patch(causes, slot))
        if shapes is not None and all(shapes[name] == shape for name, shape in expected.items() if name in shapes):
            return True
    return False
