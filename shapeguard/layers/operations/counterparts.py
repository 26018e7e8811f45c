"""The backends' own functions that do what one of `keras.ops` does, with the names that their parameters have there."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from shapeguard.layers.costs import FORGOTTEN
from shapeguard.layers.operations.base import OperationFamily, argument
from shapeguard.layers.operations.layouts import TIME_MAJOR
from shapeguard.layers.operations.products import Matmul
from shapeguard.layers.parameters import function_parameters

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from shapeguard.layers.base import Change, Config, Refusal
    from shapeguard.layers.operations.base import Wanted
    from shapeguard.records.network import Shape

TRANSPOSES = ("transpose_b", "transpose_a")
"""Parameters that transpose one of two tensors: scores of queries and keys need the second."""

FLAGS = (*TRANSPOSES, "adjoint_a", "adjoint_b", "conjugate", "batch_dims", TIME_MAJOR)
"""Parameters that make of a function, if they are true, another one than Keras has under its name."""

_SECTIONS = "num_or_size_splits"


@dataclass(frozen=True, slots=True)
class Counterpart:
    """A function of `keras.ops`; `names` are its parameters by those of the backend's function, if they differ.

    `defaults` are values that the backend's function has for parameters of Keras which are not written.
    """

    function: str
    names: Mapping[str, str] = field(default_factory=dict)
    defaults: Mapping[str, Any] = field(default_factory=dict)

    @property
    def kind(self) -> str:
        """The class of the operation in Keras."""
        parameters = function_parameters(self.function)
        return "" if parameters is None else parameters.returns

    def among(self, parameters: Iterable[str]) -> Counterpart:
        """The same, with the names of these parameters alone: a function has one of several that are listed."""
        return replace(self, names={own: self.names[own] for own in parameters if own in self.names})

    def holds_for(self, given: Mapping[str, Any]) -> bool:
        """Whether the function does with these arguments what Keras' does: `tf.split` takes sizes, Keras places."""
        return not any(given.get(flag) for flag in FLAGS) and isinstance(given.get(_SECTIONS, 1), int)

    def renamed(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """Arguments by the names that Keras has for them."""
        return {self.names.get(name, name): value for name, value in given.items()}

    def defaults_behind(self, positional: int) -> dict[str, Any]:
        """The own defaults of Keras' parameters behind so many that are given by their position."""
        parameters = function_parameters(self.function)
        before = () if parameters is None else parameters.positional[:positional]
        return {name: value for name, value in self.defaults.items() if name not in before}


def _like(*functions: str, **names: str) -> dict[str, Counterpart]:
    """Functions that have the name of their counterpart."""
    return {function: Counterpart(function, names) for function in functions}


_CELLWISE = ("abs", "ceil", "cos", "exp", "floor", "round", "sigmoid", "sign", "sin", "sqrt", "square", "tan", "tanh")
_ACTIVATIONS = ("elu", "gelu", "leaky_relu", "relu", "relu6", "selu", "silu", "softmax", "softplus")
_PAIRS = ("add", "divide", "maximum", "minimum", "multiply", "subtract")

TENSORFLOW = {
    **_like("reshape", tensor="x", shape="newshape"),
    **_like("transpose", a="x", perm="axes"),
    **_like("expand_dims", "squeeze", input="x"),
    **_like("tile", input="x", multiples="repeats"),
    **_like("repeat", "broadcast_to", input="x"),
    **_like("stack", values="x"),
    "split": Counterpart("split", {"value": "x", _SECTIONS: "indices_or_sections"}),
    "concat": Counterpart("concatenate", {"values": "xs"}),
    **{f"reduce_{name}": Counterpart(name, {"input_tensor": "x"}) for name in ("all", "any", "max", "mean", "min")},
    **{f"reduce_{name}": Counterpart(name, {"input_tensor": "x"}) for name in ("logsumexp", "prod", "std", "sum")},
    "reduce_variance": Counterpart("var", {"input_tensor": "x"}),
    **{name: Counterpart(name, {"input": "x"}, {"axis": 0}) for name in ("argmax", "argmin")},
    **_like("matmul", "tensordot", a="x1", b="x2"),
    **_like("einsum", equation="subscripts"),
    **_like("pad", tensor="x", paddings="pad_width"),
    **_like("one_hot", indices="x", depth="num_classes"),
    **_like(*_CELLWISE, *_ACTIVATIONS, "cast", "log", features="x", input="x"),
    **_like(*_PAIRS, x="x1", y="x2"),
}

JAX = {
    **_like("reshape", a="x", shape="newshape"),
    **_like("transpose", "expand_dims", "squeeze", "repeat", "swapaxes", "moveaxis", "take", a="x"),
    **_like("split", ary="x"),
    **_like("tile", A="x", reps="repeats"),
    **_like("broadcast_to", array="x"),
    **_like("stack", arrays="x"),
    **_like("concatenate", arrays="xs"),
    **_like("all", "any", "argmax", "argmin", "max", "mean", "median", "min", "prod", "std", "sum", "var", a="x"),
    **_like("matmul", "tensordot", a="x1", b="x2"),
    **_like("einsum"),
    **_like("pad", array="x"),
    **_like(*_CELLWISE, *_ACTIVATIONS, "log"),
    **_like(*_PAIRS, x="x1", y="x2"),
}

_EXCHANGED = {"input": "x", "dim0": "axis1", "dim1": "axis2"}

PYTORCH = {
    **_like("reshape", input="x", shape="newshape"),
    "permute": Counterpart("transpose", {"input": "x", "dim": "axes", "dims": "axes"}),
    **{name: Counterpart("swapaxes", _EXCHANGED) for name in ("swapaxes", "transpose")},
    **_like("moveaxis", input="x"),
    "unsqueeze": Counterpart("expand_dims", {"input": "x", "dim": "axis"}),
    **_like("squeeze", input="x", dim="axis"),
    **_like("argmax", "argmin", input="x", dim="axis", keepdim="keepdims"),
    **_like("tile", input="x", dims="repeats"),
    **_like("broadcast_to", input="x", size="shape"),
    **_like("stack", tensors="x", dim="axis"),
    **{name: Counterpart("concatenate", {"tensors": "xs", "dim": "axis"}) for name in ("cat", "concat", "concatenate")},
    **_like("amax", "amin", "mean", "prod", "std", "sum", "var", input="x", dim="axis", keepdim="keepdims"),
    **_like("matmul", "tensordot", input="x1", other="x2"),
    **_like("einsum", equation="subscripts"),
    **_like(*_CELLWISE, *_ACTIVATIONS, "log", input="x", dim="axis"),
    **_like(*_PAIRS, input="x1", other="x2"),
}

_OF = {"tensorflow": TENSORFLOW, "jax": JAX, "torch": PYTORCH}


def counterpart_of(backend: str, name: str) -> Counterpart | None:
    """What a function of this backend ("tensorflow", "jax", "torch") is in `keras.ops`, by its name without modules."""
    return _OF.get(backend, {}).get(name)


def functions_like(function: str) -> dict[str, str]:
    """The function of each module that does what this one of `keras.ops` does, by the module."""
    modules = {"tensorflow": TENSORFLOW, "jax.numpy": JAX, "torch": PYTORCH}
    named = {
        module: next((name for name, each in functions.items() if each.function == function), "")
        for module, functions in modules.items()
    }
    return {"keras.ops": function} | {module: name for module, name in named.items() if name}


class Renamed(OperationFamily):
    """The rule of a backend's function: that of its counterpart, whose arguments have other names there."""

    def __init__(self, family: OperationFamily, counterpart: Counterpart) -> None:
        super().__init__(*family.names)
        self._family, self._counterpart = family, counterpart
        self._back = {name: own for own, name in counterpart.names.items()}
        self.arguments = tuple(self._back.get(name, name) for name in family.arguments)

    def _in_keras(self, config: Config) -> dict[str, Any] | None:
        """The arguments as Keras has them; `None` if one on which the shape depends is a tensor."""
        parameters = function_parameters(self._counterpart.function)
        defaults = {**(parameters.defaults if parameters else {}), **self._counterpart.defaults}
        given = {**defaults, **self._counterpart.renamed(config)}
        needed = () if parameters is None else parameters.required
        return None if any(name in needed and name not in given for name in self._family.arguments) else given

    def forward(self, config: Config, inputs: tuple[Shape, ...]) -> tuple[Shape, ...] | Refusal | None:
        given = self._in_keras(config)
        return None if given is None else self._family.forward(given, inputs)

    def changes(self, config: Config, inputs: tuple[Shape, ...], wanted: Wanted = None) -> Iterator[Change]:
        given = self._in_keras(config)
        for change in () if given is None else self._family.changes(given, inputs, wanted):
            yield _with_names(change, self._back)

    def refusal(self, config: Config, inputs: tuple[Shape, ...]) -> Refusal | None:
        given = self._in_keras(config)
        return None if given is None else self._family.refusal(given, inputs)

    def operands(self, config: Config, inputs: tuple[Shape, ...], place: int, wanted: Wanted = None) -> Iterator[Shape]:
        given = self._in_keras(config)
        if given is not None:
            yield from self._family.operands(given, inputs, place, wanted)

    def hint(self, config: Config, change: Change) -> str:
        given = self._in_keras(config)
        return "" if given is None else self._family.hint(given, _with_names(change, self._counterpart.names))


def _with_names(change: Change, names: Mapping[str, str]) -> Change:
    arguments = tuple((names.get(name, name), value) for name, value in change.arguments)
    return replace(change, arguments=arguments)


class Transposing(OperationFamily):
    """A product of matrices that takes flags for transposes; `product` is its rule as long as none is set."""

    def __init__(self, product: OperationFamily, flags: tuple[str, ...]) -> None:
        super().__init__(*product.names)
        self._product, self._flags = product, flags
        self.arguments = (*product.arguments, *flags)

    def _is_plain(self, config: Config) -> bool:
        return not any(config.get(flag) for flag in FLAGS)

    def forward(self, config: Config, inputs: tuple[Shape, ...]) -> tuple[Shape, ...] | Refusal | None:
        return self._product.forward(config, inputs) if self._is_plain(config) else None

    def changes(self, config: Config, inputs: tuple[Shape, ...], wanted: Wanted = None) -> Iterator[Change]:
        yield from self._product.changes(config, inputs, wanted)
        yield from (argument(flag, not config.get(flag, False), FORGOTTEN) for flag in self._flags)

    def refusal(self, config: Config, inputs: tuple[Shape, ...]) -> Refusal | None:
        return self._product.refusal(config, inputs) if self._is_plain(config) else None

    def operands(self, config: Config, inputs: tuple[Shape, ...], place: int, wanted: Wanted = None) -> Iterator[Shape]:
        if self._is_plain(config):
            yield from self._product.operands(config, inputs, place, wanted)

    def hint(self, config: Config, change: Change) -> str:
        if change.arguments[0][0] in self._flags:
            return "A product multiplies rows with columns: rows with rows need a transpose."
        return self._product.hint(config, change)


def family_of(counterpart: Counterpart, family: OperationFamily, parameters: Iterable[str]) -> OperationFamily:
    """The rule of a backend's function with these parameters, whose counterpart has the rule `family`."""
    renamed, flags = Renamed(family, counterpart), tuple(flag for flag in TRANSPOSES if flag in {*parameters})
    return Transposing(renamed, flags) if flags and isinstance(family, Matmul) else renamed
