"""What a model has learned before, or was given: a change of the program that gives weights other shapes loses it.

Whatever trained a model, or loaded or set its weights, stands in the program too and would be run for the changed one.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import keras

from shapeguard.diagnosis.repairs import ChangeApplication, ConvertData, parts_of
from shapeguard.diagnosis.weight_shapes import weights_of
from shapeguard.keras_compat import keras_layers, ready_made

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shapeguard.diagnosis.analysis import Analysis
    from shapeguard.diagnosis.evaluated import Evaluated
    from shapeguard.diagnosis.rebuilding import Rebuild
    from shapeguard.diagnosis.repairs import SingleRepair
    from shapeguard.records.network import Call, Network

TRAINED = "'{}' was trained before, as it is"
LEARNED = "'{}' has weights that were trained, loaded or set for its present shape"
OF_APPLICATION = "the pretrained weights of '{}' are for its present arguments"
NEEDS_ALL = frozenset({"classes", "include_top", "input_shape"})
"""Arguments of applications for which there are no pretrained weights with every value."""


def reservation_of_weights(analysis: Analysis, evaluated: Evaluated, rebuild: Rebuild, rerun: Network) -> str:
    """Why a change may not go with what was learned before; "" if nothing speaks against it."""
    parts = [part for part in parts_of(evaluated.repair) if not isinstance(part, ConvertData)]
    ends = _changes_ends(analysis, rebuild, rerun)
    models = (call for part in parts for call in _models_around(analysis, part) if ends or call.path)
    applications = (part for part in parts if isinstance(part, ChangeApplication))
    reasons: tuple[tuple[str, Iterator[Call]], ...] = (
        (TRAINED, filter(_is_trained, models)),
        (OF_APPLICATION, (part.call for part in filter(_is_pretrained, applications))),
        (LEARNED, filter(partial(_loses_weights, rebuild), _with_weights_from_elsewhere(analysis, rerun))),
    )
    return next((reason.format(call.layer) for reason, calls in reasons for call in calls), "")


def _changes_ends(analysis: Analysis, rebuild: Rebuild, rerun: Network) -> bool:
    """Whether the model takes or gives other shapes then, so that what trained it before may not fit it any more."""
    before = analysis.graph.network
    shapes = [[network.values[value].shape for value in network.outputs] for network in (before, rerun)]
    return bool(rebuild.inputs) or shapes[0] != shapes[1]


def _with_weights_from_elsewhere(analysis: Analysis, rerun: Network) -> tuple[Call, ...]:
    """The calls of layers whose weights are from no `fit` of the model, which would train the changed one as well."""
    is_trained = any(call.path == "" and _is_trained(call) for call in analysis.graph.network.calls)
    return () if is_trained else rerun.calls


def _models_around(analysis: Analysis, repair: SingleRepair) -> Iterator[Call]:
    """The calls of the models that a repair changes something in; the model itself is always one."""
    calls = analysis.graph.network.calls
    yield from (call for call in calls if call.path == "")
    for index in repair.nodes:
        parent = calls[index].parent
        while parent is not None:
            yield calls[parent]
            parent = calls[parent].parent


def _is_trained(call: Call) -> bool:
    return isinstance(call.operation, keras.Model) and ready_made.was_trained(call.operation)


def _is_pretrained(repair: ChangeApplication) -> bool:
    """Whether the application loads weights that there may not be for the changed arguments."""
    construction = repair.call.construction
    given = {argument.name: argument.value for argument in construction.arguments} if construction is not None else {}
    names = {name for name, value in repair.arguments if name != "include_top" or value}
    return given.get("weights", "imagenet") is not None and not NEEDS_ALL.isdisjoint(names)


def _loses_weights(rebuild: Rebuild, call: Call) -> bool:
    """Whether a layer gets weights of other shapes although its own are not those that it was made with."""
    fresh = rebuild.fresh_of(call.operation)
    if fresh is None or not isinstance(call.operation, keras_layers.Layer):
        return False
    own, new = weights_of(call.operation), weights_of(fresh)
    if own is None or new is None or own == new:
        return False
    observed = rebuild.call_of(call.operation, call.number)
    construction = None if observed is None else observed.construction
    given = () if construction is None else construction.arguments
    is_given = any(argument.name == "weights" and argument.value is not None for argument in given)
    return is_given or ready_made.has_other_weights(call.operation)
