"""The weights that layers of the user's own make by `add_weight`, and a twin of such a layer for what-ifs.

In a twin the weights are KerasTensors, so that their shapes can be others: those that `build` would give them for
other inputs, or those of a repair. The layer itself, its variables and the layers inside stay as they are.
"""

from __future__ import annotations

import contextlib
import inspect
from typing import TYPE_CHECKING, Any

import keras

from shapeguard.keras_compat import keras_layers, keras_trainers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    Shape = tuple[int | None, ...]
    Other = Callable[["Weight", Shape], Shape]

_MADE = "_shapeguard_weight"
"""The attribute of a variable, or of the tensor that stands for it, that holds its `Weight`."""


class Weight:
    """One weight of a layer of the user's own, as a call of the network: it takes nothing and gives the weight.

    Its constructor has the parameters of `Layer.add_weight`, so that what was written can be bound to them. `place`
    counts the weights that the layer's `build` makes, from 0; `None` of one that is made elsewhere.
    """

    def __init__(  # noqa: PLR0913, PLR0917  the parameters of Keras' method, 3.0 to 3.15, layers/layer.py
        self,
        shape: Any = None,
        initializer: Any = None,
        dtype: Any = None,
        trainable: Any = True,  # noqa: FBT002
        autocast: Any = True,  # noqa: FBT002
        regularizer: Any = None,
        constraint: Any = None,
        aggregation: Any = None,
        name: Any = None,
        **options: Any,
    ) -> None:
        del initializer, dtype, trainable, autocast, regularizer, constraint, aggregation, options
        self.shape: Shape = tuple(shape) if isinstance(shape, list | tuple) else ()
        self.name = name or "weight"
        self.owner = 0
        self.place: int | None = None

    def belongs_to(self, layer: Any, number: int) -> None:
        """Says of which layer this is the `number`-th weight."""
        self.owner = id(layer)
        object.__setattr__(self, keras_layers.IDENTITY, ("weight", self.owner, number))


def mark(variable: Any, weight: Weight) -> None:
    """Remembers with a variable, or with a tensor that stands for it, how it was made."""
    object.__setattr__(variable, _MADE, weight)


def weight_of(leaf: Any) -> Weight | None:
    """The weight that a variable is, or that a tensor stands for; `None` of anything else."""
    attributes = getattr(leaf, "__dict__", None)
    return None if attributes is None else attributes.get(_MADE)


def has_weights(layer: Any) -> bool:
    """Whether a layer of the user's own made weights that the program trains."""
    return not keras_layers.is_builtin(layer) and any(map(_is_trainable, _leaves(vars(layer))))


def _leaves(attributes: Mapping[str, Any]) -> Iterator[Any]:
    """The values of attributes, and what is in their lists and dicts."""
    for value in attributes.values():
        if isinstance(value, list | tuple):
            yield from value
        elif isinstance(value, dict):
            yield from value.values()
        else:
            yield value


def _is_trainable(leaf: Any) -> bool:
    """Whether this is a weight that only an optimizer assigns: a counter or an average the layer assigns itself."""
    return weight_of(leaf) is not None and isinstance(leaf, keras.Variable) and bool(leaf.trainable)


def shapes_built(layer: Any, shape: Any) -> list[Shape]:
    """The shapes of the weights that the layer's own `build` makes for inputs of this shape, in order.

    Nothing is allocated, and layers that `build` builds stay as they are. Raises whatever `build` raises.
    """
    made: list[Shape] = []
    twin = _twin(layer)

    def add_weight(*args: Any, **kwargs: Any) -> Any:
        weight = Weight(*args, **kwargs)
        made.append(weight.shape)
        return keras_layers.KerasTensor(weight.shape, dtype="float32")

    object.__setattr__(twin, "add_weight", add_weight)
    with _unbuilding(keras_trainers.own_layers(layer)[1:]):
        type(layer).build(twin, shape)
    return made


def build_shape(layer: Any) -> Any:
    """The one shape for which a layer was built, or a list of them; `None` where its `build` takes something else."""
    if not builds(layer):
        return None
    shapes = getattr(layer, "_build_shapes_dict", None)  # 3.0 to 3.15, layers/layer.py
    return next(iter(shapes.values())) if shapes and len(shapes) == 1 else None


def builds(layer: Any) -> bool:
    """Whether the layer's class has a `build` of its own that takes one argument."""
    owner: Any = next((cls for cls in type(layer).__mro__ if "build" in vars(cls)), None)
    if owner is None or owner.__module__.partition(".")[0] == "keras":
        return False
    return len(inspect.signature(owner.build).parameters) == 2  # itself and the shape


def twin_of(layer: Any, taken: Any, other: Other | None, *, afresh: bool = False) -> Any:
    """A twin of a layer whose trained weights are KerasTensors, as `build` makes them for what is `taken`.

    `other` may give them other shapes. `afresh`: `build` runs again even for what the layer was built for. Raises what
    `build` raises then.
    """
    shape: Any = getattr(taken, "shape", None)
    is_again = afresh and shape is not None and builds(layer)
    built = shapes_built(layer, tuple(shape)) if is_again or makes_others(layer, shape) else []

    def stands(leaf: Any) -> Any:
        weight = weight_of(leaf) if _is_trainable(leaf) else None
        if weight is None:
            return leaf
        place = len(built) if weight.place is None else weight.place
        own = built[place] if place < len(built) else tuple(leaf.shape)
        tensor = keras_layers.KerasTensor(own if other is None else other(weight, own), dtype=leaf.dtype)
        mark(tensor, weight)
        return tensor

    def standing(value: Any) -> Any:
        if isinstance(value, list | tuple) and any(map(_is_trainable, value)):
            return [stands(each) for each in value]
        if isinstance(value, dict) and any(map(_is_trainable, value.values())):
            return {key: stands(each) for key, each in value.items()}
        return stands(value)

    twin = _twin(layer)
    vars(twin).update({name: standing(value) for name, value in vars(layer).items()})
    return twin


def makes_others(layer: Any, shape: Any) -> bool:
    """Whether a shape that a layer takes, `None` of no tensor, is another than its own `build` made weights for."""
    seen = build_shape(layer)
    return isinstance(seen, tuple) and shape is not None and tuple(shape)[1:] != seen[1:]


def _twin(layer: Any) -> Any:
    """An object of the layer's class with the same attributes, none of which Keras tracks."""
    cls: Any = type(layer)
    own = {"__setattr__": object.__setattr__, "__delattr__": object.__delattr__, "__module__": cls.__module__}
    twin: Any = object.__new__(type(cls)(cls.__name__, (cls,), own))
    vars(twin).update(vars(layer))
    vars(twin).pop("build", None)  # Keras' own wrapper, bound to the layer: 3.0 to 3.15, layers/layer.py
    object.__setattr__(twin, "add_loss", _nothing)
    return twin


def _nothing(*_: Any, **__: Any) -> None:
    """Stands for a method that must not do anything in a twin."""


@contextlib.contextmanager
def _unbuilding(layers: Sequence[Any]) -> Iterator[None]:
    """While it lasts, nothing is built in these layers."""
    kept = [(each, vars(each).get("build")) for each in layers]
    for each, _ in kept:
        object.__setattr__(each, "build", _nothing)
    try:
        yield
    finally:
        for each, build in kept:
            if build is None:
                object.__delattr__(each, "build")
            else:
                object.__setattr__(each, "build", build)
