"""Finds the constructor calls of layers that were made before recording began, by the source of the user's files."""

from __future__ import annotations

import ast
import inspect
import re
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import keras

from shapeguard.capture.argument_binding import aliases, parameters, snapshot
from shapeguard.keras_compat import keras_layers
from shapeguard.records.source import Argument, Construction, Opaque
from shapeguard.source import constants, trees
from shapeguard.source.value_equality import is_configured

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence


@dataclass(frozen=True, slots=True, eq=False)
class _Candidate:
    """A call in the source that may have made layers, under its original `name`."""

    source: trees.Source
    name: str
    written: constants.WrittenCall

    @property
    def call(self) -> ast.Call:
        """The call expression."""
        return self.written.call

    @property
    def spreads_keywords(self) -> bool:
        """Whether `**arguments` may hold any argument."""
        return any(keyword.arg is None for keyword in self.call.keywords)

    @property
    def spreads(self) -> bool:
        """Whether `*arguments` or `**arguments` may hold any argument."""
        return self.spreads_keywords or any(isinstance(node, ast.Starred) for node in self.call.args)

    def value_of(self, node: ast.expr) -> Any:
        """What an expression in the call stands for; `constants.UNKNOWN` where only running it would tell."""
        return constants.value_of(node, self.written.constants)


def find_constructions(layers: Sequence[Any], filenames: Iterable[str]) -> dict[int, Construction]:
    """The constructions of `layers` by `id(layer)`, as far as the source tells them apart; never a guess.

    `layers` come in the order of the model. A call in a loop or in a function may have made several of them.
    """
    calls = _candidates(filenames)
    chosen: dict[int, _Candidate] = {}
    rivals: dict[tuple[_Candidate, ...], list[Any]] = defaultdict(list)
    for layer in layers:
        fitting = tuple(c for name in _names(layer) for c in calls.get(name, ()) if _fits(layer, c))
        if len(fitting) == 1:
            chosen[id(layer)] = fitting[0]
        elif fitting:
            rivals[fitting].append(layer)
    chosen |= _shared_out(rivals, {candidate for candidate in chosen.values() if candidate.written.loop is None})
    return {id(layer): _construction(layer, chosen[id(layer)]) for layer in layers if id(layer) in chosen}


def _shared_out(
    rivals: Mapping[tuple[_Candidate, ...], Sequence[Any]], taken: Collection[_Candidate]
) -> dict[int, _Candidate]:
    """Of layers that several calls may have made, those whose calls took turns; `taken` calls made other layers."""
    chosen: dict[int, _Candidate] = {}
    for fitting, alike in rivals.items():
        free = [candidate for candidate in fitting if candidate not in taken]
        contested = any(set(other) & set(free) for other in rivals if other is not fitting)
        if len(free) == 1 or (not contested and _in_turn(free, alike)):
            ordered = sorted(alike, key=_created)
            chosen |= {id(layer): free[i % len(free)] for i, layer in enumerate(ordered)}
    return chosen


def _in_turn(candidates: Sequence[_Candidate], layers: Sequence[Any]) -> bool:
    """Whether the calls made the layers one after the other: each once, or all of them in each round of one loop."""
    if not candidates or any(candidate.written.branches for candidate in candidates):
        return False
    loops = {candidate.written.loop for candidate in candidates}
    rounds, rest = divmod(len(layers), len(candidates))
    return len(loops) == 1 and rest == 0 and rounds > 0 and (rounds == 1 or None not in loops)


def _created(layer: Any) -> int:
    """Where the layer is among those of its class, by the number in its automatic name."""
    number = re.search(r"_(\d+)$", layer.name)
    return int(number.group(1)) if number else 0


def _candidates(filenames: Iterable[str]) -> dict[str, list[_Candidate]]:
    calls: dict[str, list[_Candidate]] = defaultdict(list)
    for filename in filenames:
        source = trees.source_of(filename)
        if source is None:
            continue
        renamed = constants.import_names(source.tree)
        for written in constants.written_calls(source.tree):
            name = trees.last_name(written.call.func)
            if name is not None:
                name = renamed.get(name, name) if isinstance(written.call.func, ast.Name) else name
                calls[name].append(_Candidate(source, name, written))
    return calls


def _names(layer: Any) -> tuple[str, ...]:
    """The names under which a layer's constructor may have been called."""
    if isinstance(layer, keras_layers.InputLayer):
        return ("Input", "InputLayer")
    if type(layer) is keras_layers.Functional:
        return tuple(name for name in dir(keras.applications) if _default_name_fits(name, layer.name))
    cls: Any = type(layer)
    return tuple(dict.fromkeys((cls.__name__, *aliases(cls))))


def _default_name_fits(function_name: str, layer_name: str) -> bool:
    function = getattr(keras.applications, function_name)
    if not inspect.isfunction(function):
        return False
    default = inspect.signature(function).parameters["name"].default
    return layer_name == default if isinstance(default, str) else layer_name.startswith(function_name.lower())


def _fits(layer: Any, candidate: _Candidate) -> bool:
    """Whether the call can have made this layer: every argument that the source tells is in the layer's config."""
    if type(layer) is keras_layers.Functional:
        return True
    config = _config(layer)
    if config is None or not _name_fits(layer, candidate):
        return False
    values = {name: candidate.value_of(node) for name, (node, _, _) in _arguments(layer, candidate)}
    if isinstance(layer, keras_layers.InputLayer):
        return _input_fits(config["batch_shape"], values)
    compared = {name: value for name, value in values.items() if value is not constants.UNKNOWN and name in config}
    if not all(is_configured(value, config[name]) for name, value in compared.items()):
        return False
    return candidate.spreads or _defaults_fit(layer, config, values)


def _defaults_fit(layer: Any, config: Mapping[str, Any], written: Collection[str]) -> bool:
    """Whether the config has the default of each argument that is not written."""
    unwritten = _unwritten(layer, config, written)
    return all(default is None or is_configured(default, config[name]) for name, default in unwritten.items())


def _unwritten(layer: Any, config: Mapping[str, Any], written: Collection[str]) -> dict[str, Any]:
    """The default of each argument that is in the config and not written."""
    parameters_ = inspect.signature(type(layer).__init__).parameters.values()
    return {p.name: p.default for p in parameters_ if p.name in config and p.name not in (*written, "name")}


def _config(layer: Any) -> dict[str, Any] | None:
    try:
        config = layer.get_config()
    except Exception:  # noqa: BLE001  the user's own get_config, or none: such a layer cannot be recognised by its config
        return None
    return config if isinstance(config, dict) else None


def _name_fits(layer: Any, candidate: _Candidate) -> bool:
    node = next((k.value for k in candidate.call.keywords if k.arg == "name"), None)
    if node is not None:
        value = candidate.value_of(node)
        return value is constants.UNKNOWN or value is None or value == layer.name
    stem = re.sub(r"_\d+$", "", layer.name).replace("_", "")
    is_automatic = stem == type(layer).__name__.lower()  # Keras names `max_pooling2d_3` what the user leaves unnamed
    return candidate.spreads_keywords or is_automatic or isinstance(layer, keras_layers.InputLayer)


def _arguments(
    layer: Any, candidate: _Candidate
) -> Iterator[tuple[str, tuple[ast.expr, int | None, ast.expr | ast.keyword]]]:
    """Each argument's name with its value's node, its position and the node that its span covers."""
    call = candidate.call
    plain = []
    for node in call.args:
        if isinstance(node, ast.Starred):
            break
        plain.append(node)
    if candidate.name == "Input":
        names = tuple(inspect.signature(keras.Input).parameters)[: len(plain)]
    elif type(layer) is keras_layers.Functional:
        names = tuple(inspect.signature(getattr(keras.applications, candidate.name)).parameters)[: len(plain)]
    else:
        names = parameters(type(layer), len(plain))
    for index, (name, node) in enumerate(zip(names, plain, strict=False)):
        yield name, (node, index, node)
    for keyword in call.keywords:
        if keyword.arg is not None:
            yield keyword.arg, (keyword.value, None, keyword)


def _spread_arguments(layer: Any, candidate: _Candidate, config: Mapping[str, Any]) -> Iterator[Argument]:
    """What `**arguments` must have passed: each argument that is neither written nor as its default."""
    spread = next((keyword for keyword in candidate.call.keywords if keyword.arg is None), None)
    if spread is not None:
        written = {name for name, _ in _arguments(layer, candidate)}
        for name, default in _unwritten(layer, config, written).items():
            if default is not None and not is_configured(default, config[name]):
                yield Argument(name, snapshot(config[name]), None, candidate.source.span(spread))


def _input_fits(batch_shape: Sequence[int | None], written: dict[str, Any]) -> bool:
    actual = tuple(batch_shape)
    whole, sample, batch = (written.get(name) for name in ("batch_shape", "shape", "batch_size"))
    if isinstance(whole, tuple | list):
        return tuple(whole) == actual
    if isinstance(sample, tuple | list) and tuple(sample) != actual[1:]:
        return False
    return not isinstance(batch, int) or batch == actual[0]


def _construction(layer: Any, candidate: _Candidate) -> Construction:
    source, call = candidate.source, candidate.call
    config = _config(layer) or {}
    if isinstance(layer, keras_layers.InputLayer):
        config |= {"shape": tuple(config["batch_shape"][1:]), "batch_size": config["batch_shape"][0]}
    arguments = []
    for name, (node, position, place) in _arguments(layer, candidate):
        value = candidate.value_of(node)
        if value is constants.UNKNOWN:
            value = snapshot(config.get(name))
        if not isinstance(value, int | float | str | bool | tuple) and not isinstance(node, ast.Constant | ast.List):
            value = Opaque(source.text(source.span(node)))
        arguments.append(Argument(name, value, position, source.span(place)))
    arguments += _spread_arguments(layer, candidate, config)
    layer_type = candidate.name if type(layer) is keras_layers.Functional else type(layer).__name__
    return Construction(
        layer.name,
        layer_type,
        tuple(arguments),
        written_name=" ".join(source.text(source.span(call.func)).split()),
        call=source.span(call),
        callee=source.span(call.func),
    )
