"""What a layer's weights are beside what is expected of them: the shape of the first, of all, or their number."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import TYPE_CHECKING, Any

import keras

from shapeguard.keras_compat import keras_layers, states
from shapeguard.layers import rebuild
from shapeguard.records.network import ValueRef
from shapeguard.spec import EMPTY, Fixed, ShapeSpec, StructureSpec, display_dims, unify_all

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from shapeguard.records.expectations import Expectation, Target
    from shapeguard.records.network import Call, Network, Shape
    from shapeguard.spec import Bindings

Weights = tuple[tuple[int, ...], ...]


@dataclass(frozen=True, slots=True)
class WeightCheck:
    """An expectation of weights or of their number, and what the layer has.

    `agrees` is `None`, and so is `actual`, where the layer is not built yet. `axes` disagree, of a single shape.
    """

    target: Target
    expected: object
    actual: object = None
    axes: tuple[int, ...] = ()
    agrees: bool | None = None


def weights_of(layer: Any) -> Weights | None:
    """The shapes of a layer's weights in Keras' order; `None` where it is not built."""
    if not isinstance(layer, keras_layers.Layer) or not layer.built:
        return None
    return tuple(tuple(weight.shape) for weight in layer.weights)


def parameters_in(weights: Weights) -> int:
    """How many numbers weights of these shapes hold."""
    return sum(prod(dim or 0 for dim in shape) for shape in weights)


def fresh_weights(call: Call, config: Mapping[str, Any], inputs: Sequence[Shape]) -> Weights | None:
    """The weights that a layer of this config would have in this call, none allocated; `None` where Keras refuses."""
    with states.leaving_no_mark():
        try:
            layer = rebuild(call.operation, config)
            if call.args == (ValueRef(call.inputs[0]),) and len(inputs) == 1:
                layer.build(inputs[0])
            else:
                _call(layer, call, inputs)
        except Exception:  # noqa: BLE001  whatever Keras raises is its refusal
            return None
        return weights_of(layer)


def _call(layer: Any, call: Call, inputs: Sequence[Shape]) -> None:
    """Calls a layer symbolically as `call` was made, which builds it."""
    shapes = dict(zip(call.inputs, inputs, strict=True))

    def tensor(x: Any) -> Any:
        return keras_layers.KerasTensor(shapes[x.index]) if isinstance(x, ValueRef) else x

    layer(*keras.tree.map_structure(tensor, call.args), **keras.tree.map_structure(tensor, dict(call.kwargs)))


def measure(network: Network, targets: Iterable[Target], bindings: Mapping[str, Bindings]) -> tuple[WeightCheck, ...]:
    """What is expected of weights and of their number, once per layer; `bindings` are what outputs bound names to."""
    found: dict[object, WeightCheck] = {}
    for target in targets:
        expectation = target.expectation
        if expectation.quantity == "output" or target.call is None:
            continue
        layer = network.calls[target.call].operation
        key = (id(layer), expectation.quantity, expectation.spec)
        if key not in found:
            found[key] = _measured(target, weights_of(layer), bindings.get(expectation.scope, EMPTY))
    return tuple(found.values())


def _measured(target: Target, weights: Weights | None, bindings: Bindings) -> WeightCheck:
    expectation = target.expectation
    if weights is None:
        return WeightCheck(target, _expected(expectation, ()))
    found = compared(expectation, weights, bindings)
    return WeightCheck(
        target, _expected(expectation, weights), _actual(expectation, weights), found or (), found is None
    )


def _expected(expectation: Expectation, weights: Weights) -> object:
    count = expected_count(expectation)
    if count is not None:
        return count
    if isinstance(expectation.spec, StructureSpec):
        return tuple(display_dims(leaf, ()) for leaf in expectation.spec.leaves)
    return display_dims(expectation.spec, weights[0] if weights else ())


def _actual(expectation: Expectation, weights: Weights) -> object:
    if expectation.quantity == "params":
        return parameters_in(weights)
    return weights if isinstance(expectation.spec, StructureSpec) else (weights[0] if weights else ())


def expected_count(expectation: Expectation) -> int | None:
    """The number of parameters that is expected; `None` where shapes are."""
    sizes = expected_sizes(expectation)
    return sizes[0] if expectation.quantity == "params" and sizes else None


def expected_sizes(expectation: Expectation) -> tuple[int, ...]:
    """The literal sizes in what was expectation, first weight first."""
    leaves = expectation.spec.leaves if isinstance(expectation.spec, StructureSpec) else (expectation.spec,)
    return tuple(dim.size for leaf in leaves for dim in leaf.dims if isinstance(dim, Fixed))


def compared(expectation: Expectation, weights: Weights, bindings: Bindings) -> tuple[int, ...] | None:
    """`None` if weights are as expected; else the axes that disagree, `()` if there is more to it than sizes."""
    if expectation.quantity == "params":
        return None if parameters_in(weights) == expected_count(expectation) else ()
    if isinstance(expectation.spec, ShapeSpec):
        pairs = [(expectation.spec, weights[0] if weights else (), None)]
    elif len(expectation.spec.leaves) == len(weights):
        pairs = [(leaf, shape, None) for leaf, shape in zip(expectation.spec.leaves, weights, strict=True)]
    else:
        return ()
    conflicts = [conflict for conflict in unify_all(pairs, bindings).conflicts if conflict is not None]
    if not conflicts:
        return None
    return conflicts[0].axes if isinstance(expectation.spec, ShapeSpec) else ()
