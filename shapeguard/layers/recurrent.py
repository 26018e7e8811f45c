"""Recurrent layers, their cells and the convolutional ones."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from shapeguard.layers.arguments import DILATION_RATE, FILTERS, KERNEL_SIZE, SLIDING, UNITS, USE_BIAS
from shapeguard.layers.base import Change, Derivation, Family, Refusal
from shapeguard.layers.conv import Convolution
from shapeguard.layers.core import last_axis_changes, positive
from shapeguard.layers.costs import SOLVED
from shapeguard.layers.keras1 import Keras1
from shapeguard.layers.traits import ArgumentTraits, Role, Traits
from shapeguard.layers.windowed import single

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shapeguard.layers.base import Config
    from shapeguard.records.network import Shape
    from shapeguard.records.source import Construction

FLAGS = (
    ArgumentTraits("return_sequences", by_position=True),
    ArgumentTraits("return_state", by_position=True),
)
SEQUENCES = 0.0
"""The flag that people forget most."""
STATES_LEFT_OUT = 0.4
"""States no longer returned."""
STATES_TOO = 0.9
"""States returned in addition: people who need them write it."""
BOTH_FLAGS = 0.7
"""The other value of both flags."""
SEQUENCES_AND_UNITS = 0.4
"""The other flag, and the wanted number of units."""
SEQUENCES_AND_PADDING = 0.5
"""The other flag of a convolutional layer, and the other padding."""
RESET_AFTER = ArgumentTraits("reset_after", of_weights=True)
HABITS = {
    "return_sequences": (
        "A recurrent layer returns only its last timestep; with return_sequences=True it returns every timestep, "
        "as axis 1."
    ),
    "return_state": "With return_state=True a recurrent layer returns several tensors: the output, then its states.",
}


def flags(config: Config) -> Iterator[Change]:
    """The other value of `return_sequences` and of `return_state`."""
    yield single("return_sequences", not config["return_sequences"], SEQUENCES)
    yield single("return_state", not config["return_state"], STATES_LEFT_OUT if config["return_state"] else STATES_TOO)


def units_of_states(config: Config, inputs: tuple[Shape, ...]) -> Iterator[Change]:
    """The units of the initial states, if they differ."""
    for units in dict.fromkeys(state[-1] for state in inputs[1:] if len(state) == 2):
        if units is not None and units != config["units"]:
            yield single("units", units, SOLVED, solved=True)


class Recurrent(Family):
    """LSTM, GRU, SimpleRNN: rank 3 in; out the last step or all, then the states."""

    arguments = ("return_sequences", "units", "return_state")

    def __init__(self, name: str, states: int, traits: Traits) -> None:
        super().__init__(name, traits)
        self.states = states

    def forward(self, config: Config, inputs: tuple[Shape, ...]) -> tuple[Shape, ...] | Refusal:
        shape = inputs[0]
        if len(shape) != 3:
            return Refusal(f"it needs rank 3 (batch, timesteps, features), got rank {len(shape)} {shape}")
        reason = positive(config, "units") or refused_sequence(config, shape)
        units = config["units"]
        if reason is None and len(inputs) > 1:
            reason = _refused_states(inputs[1:], shape, units)
        if reason is not None:
            return Refusal(reason)
        batch = shape[0]
        output = (batch, shape[1], units) if config["return_sequences"] else (batch, units)
        return (output, *((batch, units),) * self.states) if config["return_state"] else (output,)

    def changes(
        self,
        config: Config,
        inputs: tuple[Shape, ...],
        wanted: tuple[Shape, ...] | None = None,
    ) -> Iterator[Change]:
        yield from flags(config)
        yield from units_of_states(config, inputs)
        ndim = 3 if config["return_sequences"] else 2
        yield from last_axis_changes("units", config["units"], ndim, wanted)

    def pairs(
        self,
        config: Config,
        inputs: tuple[Shape, ...],  # noqa: ARG002
        wanted: tuple[Shape, ...] | None = None,
    ) -> Iterator[Change]:
        flipped = ("return_sequences", not config["return_sequences"])
        units = wanted[0][-1] if wanted and wanted[0] else None
        if units is not None and units != config["units"]:
            yield Change((flipped, ("units", units)), SEQUENCES_AND_UNITS, (), solved=True)
        yield Change((flipped, ("return_state", not config["return_state"])), BOTH_FLAGS)

    def explain_axis(self, config: Config, inputs: tuple[Shape, ...], axis: int) -> Derivation | None:  # noqa: ARG002
        ndim = 3 if config["return_sequences"] else 2
        if axis % ndim != ndim - 1:
            return None
        return Derivation(axis, "features", f"units = {config['units']}", ("units", "return_sequences"))

    def hint(self, construction: Construction | None, config: Config, change: Change) -> str:  # noqa: ARG002
        return HABITS.get(change.arguments[0][0], "")


def refused_sequence(config: Config, shape: Shape) -> str | None:
    """Why a sequence of this shape is refused by a recurrent layer of any kind."""
    if shape[-1] is None:
        return "the last axis of the input must be known"
    if config.get("stateful") and shape[0] is None:
        return "stateful=True needs a known batch size"
    return None


def _refused_states(extras: tuple[Shape, ...], shape: Shape, units: int) -> str | None:
    """Why these initial states are refused. A mask, (batch, steps), may be among them: shapes do not distinguish it."""
    for extra in extras:
        if len(extra) != 2 or extra[-1] not in {None, units, shape[1]}:
            return f"an initial state must be (batch, {units}), got {extra}"
        if None not in {extra[0], shape[0]} and extra[0] != shape[0]:  # a loop of Keras' own lets no state grow
            return f"an initial state must have a row for each of the {shape[0]} samples, got {extra}"
    return None


class ConvolutionalRecurrent(Family):
    """ConvLSTM: a convolution of every step; its spatial sizes must be known."""

    arguments = ("return_sequences", "strides", "padding", "data_format", "filters", "return_state", "kernel_size")
    traits = Traits(
        positionals=("filters", "kernel_size", "strides", "padding", "data_format"),
        arguments=(*FLAGS, *SLIDING, KERNEL_SIZE, FILTERS, DILATION_RATE, USE_BIAS),
    )

    def __init__(self, name: str, rank: int) -> None:
        super().__init__(name, replace(type(self).traits, axes=rank, takes_ndim=rank + 3))
        self.rank = rank
        self.convolution = Convolution(name, rank, self.traits)

    def forward(self, config: Config, inputs: tuple[Shape, ...]) -> tuple[Shape, ...] | Refusal:
        shape = inputs[0]
        if len(shape) != self.rank + 3:
            return Refusal(f"it needs rank {self.rank + 3} (batch, timesteps, ...), got rank {len(shape)} {shape}")
        if None in shape[2:]:
            return Refusal(f"every axis after the timesteps must be known, got {shape}")
        if config.get("stateful") and shape[0] is None:
            return Refusal("stateful=True needs a known batch size")
        built = self.convolution.forward(config, _step(inputs))
        if isinstance(built, Refusal):
            return Refusal(built.reason, None if built.axis is None else built.axis + 1)
        state = built[0]
        output = (state[0], shape[1], *state[1:]) if config["return_sequences"] else state
        return (output, state, state) if config["return_state"] else (output,)

    def changes(
        self, config: Config, inputs: tuple[Shape, ...], wanted: tuple[Shape, ...] | None = None
    ) -> Iterator[Change]:
        yield from flags(config)
        if len(inputs[0]) == self.rank + 3:
            yield from self.convolution.changes(config, _step(inputs), self._step_wanted(wanted))

    def pairs(
        self, config: Config, inputs: tuple[Shape, ...], wanted: tuple[Shape, ...] | None = None
    ) -> Iterator[Change]:
        flipped = ("return_sequences", not config["return_sequences"])
        for padding in ("same", "valid"):
            if padding != config["padding"]:
                yield Change((flipped, ("padding", padding)), SEQUENCES_AND_PADDING)
        if len(inputs[0]) == self.rank + 3:
            yield from self.convolution.pairs(config, _step(inputs), self._step_wanted(wanted))

    def _step_wanted(self, wanted: tuple[Shape, ...] | None) -> tuple[Shape, ...] | None:
        if wanted and len(wanted[0]) == self.rank + 3:
            return (wanted[0][:1] + wanted[0][2:],)
        return wanted

    def explain_axis(self, config: Config, inputs: tuple[Shape, ...], axis: int) -> Derivation | None:
        if len(inputs[0]) != self.rank + 3 or axis == 0:
            return None
        ndim = self.rank + 2 + bool(config["return_sequences"])
        place = axis % ndim
        if config["return_sequences"]:
            if place <= 1:
                return None
            place -= 1
        found = self.convolution.explain_axis(config, _step(inputs), place)
        return None if found is None else Derivation(axis, found.name, found.arithmetic, found.arguments)

    def hint(self, construction: Construction | None, config: Config, change: Change) -> str:
        name = change.arguments[0][0]
        return HABITS.get(name) or self.convolution.hint(construction, config, change)


def _step(inputs: tuple[Shape, ...]) -> tuple[Shape, ...]:
    """The shape of one step of a sequence."""
    return (inputs[0][:1] + inputs[0][2:],)


class Cell(Family):
    """One step of a recurrent layer, called by itself: (features, *states) in, (output, *states) out."""

    arguments = ("units",)
    traits = Traits(arguments=(UNITS, USE_BIAS, RESET_AFTER))

    def __init__(self, name: str, states: int) -> None:
        super().__init__(name)
        self.states = states

    def forward(self, config: Config, inputs: tuple[Shape, ...]) -> tuple[Shape, ...] | Refusal:
        shape = inputs[0]
        reason = positive(config, "units")
        if reason is None and len(shape) != 2:
            reason = f"it needs rank 2 (batch, features), got rank {len(shape)} {shape}"
        if reason is None and shape[-1] is None:
            reason = "the last axis of the input must be known"
        if reason is None:
            reason = next(
                (
                    f"a state must be (batch, {config['units']}), got {state}"
                    for state in inputs[1:]
                    if len(state) != 2 or state[-1] not in {None, config["units"]}
                ),
                None,
            )
        if reason is not None:
            return Refusal(reason)
        return ((shape[0], config["units"]),) * (1 + self.states)

    def changes(
        self,
        config: Config,
        inputs: tuple[Shape, ...],
        wanted: tuple[Shape, ...] | None = None,
    ) -> Iterator[Change]:
        yield from units_of_states(config, inputs)
        yield from last_axis_changes("units", config["units"], 2, wanted)

    def explain_axis(self, config: Config, inputs: tuple[Shape, ...], axis: int) -> Derivation | None:  # noqa: ARG002
        return Derivation(axis, "features", f"units = {config['units']}", ("units",)) if axis in {1, -1} else None


RENAMED = {
    "output_dim": "units",
    "init": "kernel_initializer",
    "inner_init": "recurrent_initializer",
    "W_regularizer": "kernel_regularizer",
    "U_regularizer": "recurrent_regularizer",
    "b_regularizer": "bias_regularizer",
    "dropout_W": "dropout",
    "dropout_U": "recurrent_dropout",
}
PLAIN = Traits(
    role=Role.RECURRENT,
    takes_ndim=3,
    positionals=("units", "activation", "use_bias"),
    keras1=Keras1(renamed=RENAMED, removed=("consume_less",)),
    arguments=(*FLAGS, UNITS, USE_BIAS),
)
GATED = replace(
    PLAIN,
    positionals=("units", "activation", "recurrent_activation"),
    keras1=replace(PLAIN.keras1, renamed=RENAMED | {"inner_activation": "recurrent_activation"}),
)

RULES = (
    Recurrent("LSTM", 2, replace(GATED, nicknames={"lstm": 0})),
    Recurrent("GRU", 1, replace(GATED, nicknames={"gru": 0}, arguments=(*GATED.arguments, RESET_AFTER))),
    Recurrent("SimpleRNN", 1, PLAIN),
    *(ConvolutionalRecurrent(f"ConvLSTM{rank}D", rank) for rank in (1, 2, 3)),
    Cell("LSTMCell", 2),
    Cell("GRUCell", 1),
    Cell("SimpleRNNCell", 1),
)
