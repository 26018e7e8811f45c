"""Faults put into correct networks on purpose: one argument, two, the structure, an annotation."""

import ast
import copy
import functools
import inspect
import itertools
import linecache
import pathlib
import random
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import keras
from benchmarks import networks

SIZES = {"filters": (8, 16, 32, 64), "units": (10, 16, 32, 64, 100), "output_dim": (32, 64, 100)}
WINDOW = {
    "kernel_size": (1, 2, 3, 4, 5, 7),
    "strides": (1, 2, 3),
    "padding": ("valid", "same"),
    "dilation_rate": (1, 2),
    "data_format": ("channels_last", "channels_first"),
}
POOL = {
    "pool_size": (2, 3, 4),
    "strides": (None, 1, 2, 3),
    "padding": ("valid", "same"),
    "data_format": ("channels_last", "channels_first"),
}
RECURRENT = {"units": SIZES["units"], "return_sequences": (False, True), "return_state": (False, True)}
CONV = {"filters": SIZES["filters"], **WINDOW}
TRANSPOSE = {**CONV, "strides": (1, 2, 3), "output_padding": (None, 0, 1)}
KEEP = {"keepdims": (False, True)}

PLAUSIBLE = {
    **{f"Conv{rank}D": CONV for rank in (2, 3)},
    "Conv1D": {**CONV, "padding": ("valid", "same", "causal")},
    "SeparableConv2D": CONV,
    "Conv2DTranspose": TRANSPOSE,
    "DepthwiseConv2D": {"depth_multiplier": (1, 2), **WINDOW},
    **{f"{kind}Pooling{rank}D": POOL for kind in ("Max", "Average") for rank in (1, 2, 3)},
    **{f"Global{kind}Pooling{rank}D": KEEP for kind in ("Max", "Average") for rank in (1, 2, 3)},
    "Dense": {"units": SIZES["units"]},
    "LSTM": RECURRENT,
    "GRU": RECURRENT,
    "Bidirectional": {"merge_mode": ("concat", "sum")},
    "Embedding": {"output_dim": SIZES["output_dim"]},
    "RepeatVector": {"n": (7, 12, 24, 48)},
    "Concatenate": {"axis": (-1, 1, 2, 3)},
    "UpSampling2D": {"size": (2, 3, 4)},
    "ZeroPadding2D": {"padding": (1, 2, 3)},
    "Cropping2D": {"cropping": (1, 2, 3)},
    "Permute": {"dims": ((1, 2), (2, 1))},
    "Reshape": {"target_shape": ((7, 7, 64), (64, 7, 7), (49, 64), (7, 7, 8), (14, 14, 2), (10,), (1, 10))},
    "MultiHeadAttention": {"output_shape": (None, 32, 64)},
}
"""For each class the arguments that shape its output and the values that people give them."""


@dataclass(frozen=True)
class CallSite:
    """One argument in the source of a builder: the call's number in the source, the argument, and what it is now."""

    call: int
    argument: str | int
    value: Any
    values: tuple[Any, ...]


class Recording:
    """Stands for `keras.layers`: makes the same layers, some of them repaired, and remembers them in order."""

    def __init__(self, repair: Any = None):
        self.made: list[Any] = []
        self.repair = repair

    def __getattr__(self, name):
        def make(*args, **kwargs):
            layer = getattr(keras.layers, name)(*args, **kwargs)
            if self.repair is not None:
                layer = self.repair.made(layer, follows="strides" not in kwargs and len(args) < 2)
            self.made.append(layer)
            return layer

        return make

    @property
    def keras(self):
        """Stands for `keras`, whose inputs may be repaired too."""
        if self.repair is None:
            return keras
        return SimpleNamespace(Input=self.repair.input, Sequential=keras.Sequential, Model=keras.Model)


@dataclass
class Built:
    """What became of a builder: the model or the exception, the layers made, and the shapes by layer name."""

    model: Any = None
    error: Exception | None = None
    configs: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    shapes: dict[str, Any] = field(default_factory=dict)


@functools.cache
def _module():
    return ast.parse(pathlib.Path(networks.__file__).read_text(encoding="utf-8"))


@functools.cache
def program_of(name):
    """The source tree of one builder with the helpers that it calls and the imports."""
    functions = {node.name: node for node in _module().body if isinstance(node, ast.FunctionDef)}
    needed, waiting = [], [name]
    while waiting:
        current = waiting.pop()
        needed.append(current)
        called = {
            n.func.id for n in ast.walk(functions[current]) if isinstance(n, ast.Call) and isinstance(n.func, ast.Name)
        }
        waiting += sorted(called & functions.keys() - set(needed))
    imports = [node for node in _module().body if isinstance(node, ast.Import | ast.ImportFrom)]
    return ast.Module([*imports, *(functions[n] for n in sorted(needed))], [])


def _calls(tree):
    return [node for node in ast.walk(tree) if isinstance(node, ast.Call)]


def _parameters(call):
    """The names of the parameters of the layer or helper that a call makes; `None` for other calls."""
    if (
        isinstance(call.func, ast.Attribute)
        and isinstance(call.func.value, ast.Name)
        and call.func.value.id == "layers"
    ):
        return inspect.signature(getattr(keras.layers, call.func.attr)).parameters
    if isinstance(call.func, ast.Name) and call.func.id.startswith("_"):
        return inspect.signature(getattr(networks, call.func.id)).parameters
    return inspect.signature(keras.Input).parameters if _is_input(call) else None


def _is_input(call):
    return isinstance(call.func, ast.Attribute) and ast.unparse(call.func) == "keras.Input"


def inputs_of(name):
    """(what, (site, shape)) of the inputs of a builder, declared with another shape than the right one."""
    for number, call in enumerate(_calls(program_of(name))):
        shape = _literal(call.args[0]) if _is_input(call) and call.args else None
        if not isinstance(shape, tuple) or None in shape:
            continue
        site = CallSite(number, "shape", shape, ())
        if len(shape) > 1:
            longer = tuple(size + 4 for size in shape[:-1])
            yield "another size", (site, (*longer, shape[-1]))
        yield "another width", (site, (*shape[:-1], 3 if shape[-1] == 1 else shape[-1] + 1))
        if len(shape) > 2:
            yield "channels first", (site, (shape[-1], *shape[:-1]))


def _literal(node):
    try:
        return ast.literal_eval(node)
    except ValueError:
        return ...


def sites_of(name):
    """Every argument of a builder's layers that may be changed, with other values than its own."""
    found = []
    for number, call in enumerate(_calls(program_of(name))):
        parameters = _parameters(call)
        if parameters is None:
            continue
        names = list(parameters)
        written = dict(zip(names, call.args, strict=False)) | {k.arg: k.value for k in call.keywords if k.arg}
        if isinstance(call.func, ast.Name):
            for argument, node in written.items():
                value = _literal(node)
                if isinstance(value, int):
                    found.append(
                        CallSite(number, argument, value, tuple(v for v in (value * 2, value // 2, 8, 16) if v > 0))
                    )
            continue
        for argument, values in PLAUSIBLE.get(call.func.attr, {}).items():
            value = _literal(written[argument]) if argument in written else _default(parameters, argument)
            if value is not ...:
                found.append(CallSite(number, argument, value, values))
    return found


def _default(parameters, argument):
    if argument not in parameters:
        return False if argument in {"return_sequences", "return_state", "keepdims"} else ...
    return parameters[argument].default


def changes_of(name):
    """(site, value) of every single-argument fault of a builder."""
    return [(site, v) for site in sites_of(name) for v in dict.fromkeys(site.values) if not same(v, site.value)]


def same(a, b):
    """Whether two values of an argument mean the same."""

    def plain(value):
        if isinstance(value, list | tuple):
            flat = tuple(plain(v) for v in value)
            return flat[0] if flat and len(set(map(repr, flat))) == 1 else flat
        return "channels_last" if value == "channels_last" else value

    return plain(a) == plain(b) or {a if isinstance(a, str) else "", b if isinstance(b, str) else ""} == {
        "",
        "channels_last",
    }


_numbers = itertools.count()


def changed(name, changes):
    """The source tree of a builder with these (site, value) changed."""
    tree = copy.deepcopy(program_of(name))
    calls = _calls(tree)
    for site, value in changes:
        call = calls[site.call]
        node = ast.parse(repr(value), mode="eval").body
        names = list(_parameters(call))
        keyword = next((k for k in call.keywords if k.arg == site.argument), None)
        if keyword is not None:
            keyword.value = node
        elif site.argument in names and names.index(site.argument) < len(call.args):
            call.args[names.index(site.argument)] = node
        else:
            call.keywords.append(ast.keyword(site.argument, node))
    return ast.fix_missing_locations(tree)


def compiled(name, changes=()):
    """A function that runs the builder with these (site, value) changed in its source."""
    return runnable(name, *source_of(name, changed(name, changes)))


def source_of(name, tree):
    """(text, file) of a module that only exists in `linecache`."""
    text, file = ast.unparse(tree) + "\n", f"/mutant/{name}_{next(_numbers)}.py"
    return text, file


def runnable(name, text, file):
    """A function that runs the function `name` of a module with this text."""
    linecache.cache[file] = (len(text), None, text.splitlines(keepends=True), file)
    code = compile(text, file, "exec")

    def run(recording=None):
        namespace = {"__name__": "mutant"}
        exec(code, namespace)  # noqa: S102  the source is ours
        if recording is not None:
            namespace.update(layers=recording, keras=recording.keras)
        keras.utils.clear_session(free_memory=False)
        return namespace[name]()

    return run


def recorded(run, repair=None, *, called=True):
    """What a builder makes, observed without a guard; a model that nobody has called yet has no shapes."""
    recording, built = Recording(repair), Built()
    try:
        built.model = run(recording)
        built.shapes = shapes_of(built.model) if called else {}
    except Exception as error:  # noqa: BLE001  Keras' refusal is part of the fault
        built.error = error
    built.configs = [(layer.name, layer.get_config()) for layer in recording.made]
    return built


def built(build):
    """What a function makes that gives a model, observed without a guard."""
    found = Built()
    try:
        found.model = build()
        found.shapes = shapes_of(found.model)
    except Exception as error:  # noqa: BLE001  Keras' refusal is part of the fault
        found.error = error
    return found


def shapes_or_none(build):
    """The shapes of what a function makes, `None` where Keras refuses."""
    found = built(build)
    return found.shapes if found.error is None else None


def shapes_of(model):
    """The output shapes of the layers of a functional model by name, the inputs left out."""
    found = {}
    for layer in model.layers:
        if isinstance(layer, keras.layers.InputLayer):
            continue
        shapes = [tuple(x.shape) for x in keras.tree.flatten(layer.output)]
        found[layer.name] = shapes[0] if len(shapes) == 1 else shapes
    return found


def output_layers(model):
    """The names of the layers that give the model's outputs."""
    return {tensor._keras_history.operation.name for tensor in keras.tree.flatten(model.outputs)}


def truth_of(correct, mutant):
    """{(layer, argument)} in which the layers of the mutant differ from those of the correct network."""
    found = set()
    for (name, before), (_, after) in zip(correct.configs, mutant.configs, strict=False):
        for key in before.keys() & after.keys() - {"name", "layer", "backward_layer", "build_config"}:
            if before[key] != after[key]:
                found.add((name, key))
    return found


def sampled(name, count, seed):
    """At most `count` single-argument faults of a builder, spread over its layers."""
    changes = changes_of(name)
    random.Random(f"{name}{seed}").shuffle(changes)  # noqa: S311  a sample, not a secret
    by_site: dict[Any, list[Any]] = {}
    for site, value in changes:
        by_site.setdefault((site.call, site.argument), []).append((site, value))
    rounds = itertools.zip_longest(*by_site.values())
    return [change for line in rounds for change in line if change is not None][:count]


# Structure, on a clone of the model


def functional(model):
    """The model as a functional one, whose layers can be left out or put in while it is cloned."""
    return keras.Model(model.inputs, model.outputs)


def rebuilt(model, *, configs=None, without=(), before=None, instead=None, repair=None):
    """A clone of `model` with other arguments, without some layers, with a layer before one, or with other classes.

    `repair` is made in the clone.
    """
    repaired = (lambda layer, **_: layer) if repair is None else repair.made

    def clone(layer):
        if layer.name in (instead or {}):
            return repaired(instead[layer.name]())
        changed = (configs or {}).get(layer.name)
        return repaired(type(layer).from_config({**layer.get_config(), **(changed or {})}))

    def call(layer, *args, **kwargs):
        if layer.name in without:
            return args[0]
        if layer.name in (before or {}):
            args = (repaired(before[layer.name](), follows=True)(args[0]), *args[1:])
        return layer(*args, **kwargs)

    inputs = None if repair is None else repair.inputs_of(model)
    return keras.models.clone_model(model, input_tensors=inputs, clone_function=clone, call_function=call)


REPLACEMENTS = {
    "GlobalAveragePooling2D": ("Flatten",),
    "GlobalMaxPooling1D": ("Flatten",),
    "GlobalAveragePooling1D": ("Flatten",),
    "GlobalMaxPooling3D": ("Flatten",),
    "Flatten": ("GlobalAveragePooling2D",),
    "MaxPooling2D": ("GlobalMaxPooling2D", "UpSampling2D"),
    "UpSampling2D": ("MaxPooling2D",),
    "Concatenate": ("Add",),
    "Add": ("Concatenate",),
    "Conv2DTranspose": ("Conv2D",),
}


def structural_faults(model):
    """(kind, layer, keyword arguments of `rebuilt`) of the structural faults of a functional model."""
    found = []
    for layer in model.layers:
        kind = type(layer).__name__
        inputs = keras.tree.flatten(layer.input)
        outputs = keras.tree.flatten(layer.output)
        if isinstance(layer, keras.layers.InputLayer):
            continue
        if len(inputs) == len(outputs) == 1 and tuple(inputs[0].shape) != tuple(outputs[0].shape):
            found.append(("missing", layer, {"without": (layer.name,)}))
        for other in REPLACEMENTS.get(kind, ()):
            found.append(("class", layer, {"instead": {layer.name: functools.partial(_other, layer, other)}}))
        if len(inputs) == 1 and len(inputs[0].shape) == 4:
            found.append(
                (
                    "extra",
                    layer,
                    {"before": {layer.name: functools.partial(keras.layers.MaxPooling2D, 2, name="extra")}},
                )
            )
        if kind == "Dense" and len(inputs[0].shape) == 2:
            found.append(
                ("extra", layer, {"before": {layer.name: functools.partial(keras.layers.Dense, 12, name="extra")}})
            )
    return found


def _other(layer, name):
    cls = getattr(keras.layers, name)
    config = layer.get_config()
    accepted = inspect.signature(cls).parameters
    kept = {k: v for k, v in config.items() if k in accepted and k not in {"strides", "keepdims", "output_padding"}}
    if "strides" in config and "strides" in accepted and "kernel_size" in config:
        kept["strides"] = config["strides"]
    return cls(**{**kept, "name": layer.name})
