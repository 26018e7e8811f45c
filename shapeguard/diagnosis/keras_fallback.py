"""Shapes where no formula is at hand, or none that knows Keras' refusal: Keras itself is asked, each question once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import keras

from shapeguard.diagnosis.scoring import costs
from shapeguard.keras_compat import backend_functions, keras_layers, literal_batches, states, symbolic_runs
from shapeguard.layers import Change, Refusal, config_of, rebuild
from shapeguard.layers.base import Family
from shapeguard.layers.operations import family_of, is_of_backend, multiplies_matrices, operation_rule_for
from shapeguard.records.network import ValueRef
from shapeguard.records.source import INDEX
from shapeguard.spec import all_agree

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from shapeguard.layers import Derivation
    from shapeguard.layers.operations import OperationFamily
    from shapeguard.records.network import Call, Network, Shape, Value
    from shapeguard.records.source import Construction


def configuration_of_operation(call: Call) -> dict[str, Any]:
    """The arguments of a functional operation other than its tensors, by name."""
    config = keras_layers.arguments_of(call.operation)
    is_index = call.layer_type == "GetItem" and len(call.args) > 1 and not keras_layers.holds_tensors(call.args[1])
    return {**config, INDEX: call.args[1]} if is_index else config


def with_config(operation: Any, config: Mapping[str, Any]) -> Any:
    """An operation of the same class from another config."""
    return keras_layers.with_arguments(operation, {name: value for name, value in config.items() if name != INDEX})


class _NotRebuiltError(Exception):
    """No other layer can be made of a layer's config."""


class OperationRule:
    """The shape rule of one functional operation as it was called (`x + 1`, `ops.concatenate`).

    Which of its arguments may be others its family knows, what comes of that Keras. `values` are those of the network:
    some operations take tensors of certain dtypes alone.
    """

    def __init__(self, call: Call, values: Sequence[Value] = ()) -> None:
        self._call, self._values = call, values
        self._family = _family_of(call)
        self._known: dict[object, tuple[Shape, ...] | Refusal] = {}

    def forward(self, config: Mapping[str, Any], inputs: tuple[Shape, ...]) -> tuple[Shape, ...] | Refusal:
        """The output shapes, or Keras' own words where it refuses."""
        key = (repr(config), inputs)
        if key not in self._known:
            self._known[key] = self._asked(config, inputs)
        return self._known[key]

    def _asked(self, config: Mapping[str, Any], inputs: tuple[Shape, ...]) -> tuple[Shape, ...] | Refusal:
        args, kwargs = _filled(self._call, inputs, self._values)
        with states.leaving_no_mark():
            try:
                outputs = self._ask(config, args, kwargs)
            except _NotRebuiltError:
                return Refusal("")  # what Keras said of the call itself tells more
            except Exception as refusal:  # noqa: BLE001  whatever Keras raises here is its refusal
                return Refusal(failure_text(refusal))
        unseen = self._unseen(config, inputs)
        if unseen is not None:
            return unseen
        return tuple(tuple(x.shape) for x in keras.tree.flatten(outputs) if isinstance(x, keras_layers.KerasTensor))

    def _unseen(self, config: Mapping[str, Any], inputs: tuple[Shape, ...]) -> Refusal | None:
        """Why real tensors are refused where Keras' own formula lets them pass."""
        return None if self._family is None else self._family.refusal(config, self._all_tensors(inputs))

    def refuses_real(self, inputs: tuple[Shape, ...], changed: Callable[[Any], Mapping[str, Any] | None]) -> bool:
        """Whether the operation, perhaps with `changed` arguments, refuses real tensors of these shapes."""
        if isinstance(self._call.operation, keras_layers.Layer):
            return False
        config = changed(self._call.operation) or configuration_of_operation(self._call)
        return self._unseen(config, inputs) is not None

    @property
    def arguments(self) -> tuple[str, ...]:
        """The arguments that may be to blame."""
        return () if self._family is None else self._family.arguments

    def name_in_keras(self, argument: str) -> str:
        """What Keras calls an argument: a function of the backend may have another name for it."""
        is_own = isinstance(self._call.operation, backend_functions.BackendFunction)
        counterpart = self._call.operation.counterpart if is_own else None
        return argument if counterpart is None else counterpart.names.get(argument, argument)

    @property
    def is_known(self) -> bool:
        """Whether more is known of the operation than what Keras says of it."""
        return self._family is not None

    def _ask(self, config: Mapping[str, Any], args: Any, kwargs: Any) -> Any:
        operation = with_config(self._call.operation, config) if config else self._call.operation
        args = (args[0], config[INDEX]) if INDEX in config else args
        return operation.compute_output_spec(*args, **kwargs)

    def changes(
        self, config: Mapping[str, Any], inputs: tuple[Shape, ...], wanted: tuple[Shape, ...] | None = None
    ) -> Iterator[Change]:
        """Other arguments, where the user's call was seen: there is no other place to write them."""
        made = self._call.construction
        if self._family is not None and config and made is not None and made.call is not None:
            yield from self._family.changes(config, inputs, wanted)

    def operands(
        self, config: Mapping[str, Any], inputs: tuple[Shape, ...], wanted: tuple[Shape, ...] | None = None
    ) -> Iterator[tuple[int, Shape]]:
        """Shapes of one input, by its place, with which the call is accepted and, if asked, gives what is wanted."""
        if self._family is None or len(inputs) != len(self._call.inputs):
            return
        tensors, places = self._all_tensors(inputs), iter(range(len(inputs)))
        for number, leaf in enumerate(self._leaves()):
            if isinstance(leaf, ValueRef):
                place = next(places)
                yield from ((place, shape) for shape in self._family.operands(config, tensors, number, wanted))

    def _leaves(self) -> list[Any]:
        """The tensors of the call, in order: references, and weights as they are where the backend shows them."""
        leaves = keras.tree.flatten((self._call.args, dict(self._call.kwargs)))
        return [
            leaf for leaf in leaves if isinstance(leaf, ValueRef) or (hasattr(leaf, "shape") and hasattr(leaf, "dtype"))
        ]

    def _all_tensors(self, inputs: tuple[Shape, ...]) -> tuple[Shape, ...]:
        """The shapes of all tensors of the call, of which `inputs` came in."""
        rest = iter(inputs)
        shapes = (next(rest, None) if isinstance(leaf, ValueRef) else tuple(leaf.shape) for leaf in self._leaves())
        return tuple(shape for shape in shapes if shape is not None)

    def explain_axis(self, config: Mapping[str, Any], inputs: tuple[Shape, ...], axis: int) -> Derivation | None:
        """No arithmetic is known."""
        del config, inputs, axis
        return None

    def hint(self, construction: Construction | None, config: Mapping[str, Any], change: Change) -> str:
        """A sentence on the habit behind the fault."""
        del construction
        return "" if self._family is None else self._family.hint(config, change)


def names_in_keras(rule: object, arguments: Iterable[str]) -> list[str]:
    """What Keras calls these arguments of a call with this rule."""
    return [rule.name_in_keras(name) if isinstance(rule, OperationRule) else name for name in arguments]


def refuses_real_tensors(
    network: Network,
    changed: Callable[[Any], Mapping[str, Any] | None] = lambda _: None,
    replaced: Callable[[Any], bool] = lambda _: False,
) -> bool:
    """Whether an operation of a symbolic pass refuses real tensors of its shapes, as `einsum` does.

    `changed` tells the arguments of an operation that a repair made anew, `None` of one that is as it was; `replaced`
    whether a layer was called in its place.
    """
    return any(
        OperationRule(call).refuses_real(tuple(network.values[each].shape for each in call.inputs), changed)
        for call in network.calls
        if call.parent is not None
        and isinstance(call.operation, keras_layers.Operation)
        and not replaced(call.operation)
    )


def _family_of(call: Call) -> OperationFamily | None:
    """What is known of an operation, or of a function of the backend that does the same as one."""
    family, operation = operation_rule_for(call.layer_type), call.operation
    if family is None or not isinstance(operation, backend_functions.BackendFunction) or is_of_backend(call.layer_type):
        return family
    is_plain = operation.counterpart is not None or multiplies_matrices(call.layer_type)
    in_keras = operation.in_keras if is_plain else None
    return None if in_keras is None else family_of(in_keras, family, operation.signature.parameters)


class OfBatchRule(OperationRule):
    """The shape rule of a tensor that is made for a batch of a size that is written as a number."""

    def __init__(self, call: Call, values: Sequence[Value] = ()) -> None:
        super().__init__(call, values)
        self._family = operation_rule_for(literal_batches.OfBatch.__name__)


class LayerRule(OperationRule):
    """The shape rule of one layer as it was called: a fresh copy is called symbolically."""

    def __init__(self, call: Call) -> None:
        super().__init__(call)
        self._family = None  # a layer may have the name of an operation, as `Concatenate`

    @property
    def is_known(self) -> bool:
        """Whether it is a model, whose Inputs declare what it takes."""
        return keras_layers.functional_of(self._call.operation) is not None

    def operands(
        self,
        config: Mapping[str, Any],  # noqa: ARG002
        inputs: tuple[Shape, ...],
        wanted: tuple[Shape, ...] | None = None,
    ) -> Iterator[tuple[int, Shape]]:
        """What the Inputs of a model declare; what it would have to be given for other outputs nobody knows."""
        functional = keras_layers.functional_of(self._call.operation)
        if functional is None or wanted is not None or len(functional.inputs) != len(inputs):
            return
        for place, (declared, given) in enumerate(zip(functional.inputs, inputs, strict=True)):
            sizes = tuple(declared.shape)[1:]
            if None not in sizes:
                yield place, (*given[:1], *sizes)

    def _ask(self, config: Mapping[str, Any], args: Any, kwargs: Any) -> Any:
        try:
            layer = rebuild(self._call.operation, config or config_of(self._call.operation))
        except Exception as refusal:
            raise _NotRebuiltError from refusal
        outputs, functional = layer(*args, **kwargs), keras_layers.functional_of(layer)
        if functional is not None:
            symbolic_runs.run_declared(functional, args[0])  # a symbolic call of a model does not ask the layers inside
        return outputs


class LambdaRule(Family):
    """The shape rule of a Lambda whose `output_shape` was written: Keras believes it while it builds.

    When data comes, the function alone decides; where it gives another shape, that is a refusal here.
    """

    arguments = ("output_shape",)

    def __init__(self, call: Call) -> None:
        super().__init__(keras.layers.Lambda.__name__)
        self._call = call
        self._given: dict[tuple[Shape, ...], tuple[Shape, ...]] = {}

    def forward(self, config: Mapping[str, Any], inputs: tuple[Shape, ...]) -> tuple[Shape, ...] | Refusal:
        """The shapes that were promised, or what the function gives instead."""
        promised, given = self._shapes(config, inputs), self._function_gives(inputs)
        if not promised or not given or all_agree(promised, given):
            return promised
        one = (given[0], promised[0]) if len(given) == len(promised) == 1 else (given, promised)
        return Refusal("its function returns {}, but `output_shape` is {}".format(*one))

    def changes(
        self,
        config: Mapping[str, Any],
        inputs: tuple[Shape, ...],
        wanted: tuple[Shape, ...] | None = None,  # noqa: ARG002 the function gives what it gives
    ) -> Iterator[Change]:
        """What the function gives, where another shape was promised; sizes of its rank may be what was meant."""
        given, written = self._function_gives(inputs), config["output_shape"]
        if len(given) == 1 and isinstance(self.forward(config, inputs), Refusal):
            meant = isinstance(written, list | tuple) and len(written) == len(given[0]) - 1
            yield Change((("output_shape", given[0][1:]),), costs.PROMISE_MEANT if meant else costs.PROMISE_BROKEN)

    def hint(self, construction: Construction | None, config: Mapping[str, Any], change: Change) -> str:  # noqa: ARG002
        return "Keras trusts output_shape while it builds the model; with data, only the function counts."

    def _function_gives(self, inputs: tuple[Shape, ...]) -> tuple[Shape, ...]:
        """The shapes that come out of the function; `()` where it cannot be asked."""
        if inputs not in self._given:
            self._given[inputs] = self._shapes({"output_shape": None}, inputs)
        return self._given[inputs]

    def _shapes(self, config: Mapping[str, Any], inputs: tuple[Shape, ...]) -> tuple[Shape, ...]:
        args, _ = _filled(self._call, inputs)
        with states.leaving_no_mark():
            try:
                outputs = rebuild(self._call.operation, config).compute_output_spec(args[0])
            except Exception:  # noqa: BLE001  a function that takes tensors with values only
                return ()
        return tuple(tuple(x.shape) for x in keras.tree.flatten(outputs) if isinstance(x, keras_layers.KerasTensor))


def function_of(layer: Any) -> Any:
    """The function of a Lambda; `None` for other layers."""
    is_plain = isinstance(layer, keras.layers.Lambda) and type(layer).call is keras.layers.Lambda.call
    return layer.function if is_plain else None


def promised_by(layer: Any) -> Any:
    """The `output_shape` of a Lambda, sizes or a function of the input's shape; `None` for other layers."""
    return None if function_of(layer) is None else keras_layers.output_shape_of(layer)


class KerasFallback:
    """A family's rule for a call that Keras refused for a reason that the rule does not know: Keras judges."""

    def __init__(self, rule: Any, call: Call) -> None:
        self._rule = rule
        self._keras = LayerRule(call)

    def forward(self, config: Mapping[str, Any], inputs: tuple[Shape, ...]) -> tuple[Shape, ...] | Refusal:
        """What Keras says of these inputs."""
        return self._keras.forward(config, inputs)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._rule, name)


def failure_text(refusal: BaseException) -> str:
    """The first line that Keras says, without what its traceback utilities put around it."""
    text = str(refusal)
    _, _, inner = text.partition("\x1b[1m")
    lines = (inner.partition("\x1b[0m")[0] or text).strip().splitlines()
    return lines[0] if lines else type(refusal).__name__


def _filled(call: Call, inputs: tuple[Shape, ...], values: Sequence[Value] = ()) -> tuple[Any, Any]:
    """The arguments of the call with tensors of these shapes; a list that shrank to one tensor is that tensor."""
    if len(inputs) == 1 and len(call.inputs) > 1:
        return (keras_layers.KerasTensor(inputs[0], dtype="float32"),), {}
    rest = iter(inputs)

    def filled(x: Any) -> Any:
        if not isinstance(x, ValueRef):
            return x
        dtype = values[x.index].dtype if x.index < len(values) else ""
        return keras_layers.KerasTensor(next(rest), dtype=dtype or "float32")

    args, kwargs = keras.tree.map_structure(filled, (call.args, dict(call.kwargs)))
    return args, kwargs
