"""Layers that hold another layer: TimeDistributed, Bidirectional, RNN with its cell, SpectralNormalization."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from shapeguard.layers.arguments import LAYER
from shapeguard.layers.base import Change, Derivation, Family, Refusal
from shapeguard.layers.recurrent import HABITS, flags, refused_sequence
from shapeguard.layers.traits import Role, Traits
from shapeguard.layers.windowed import single

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from shapeguard.layers.base import Config, Rule
    from shapeguard.records.network import Shape
    from shapeguard.records.source import Construction

    Find = Callable[[object], Rule | None]

MERGE_COST = {"concat": 0.1, "sum": 0.8, None: 1.2}
"""By `merge_mode`: "concat" is the default, and two separate tensors are rarely wanted."""


def inside(change: Change, *path: str) -> Change:
    """The same change, one wrapper further in."""
    return Change(change.arguments, change.cost, path + change.inner, change.solved)


def outside(change: Change) -> Change:
    """The same change as the wrapped layer sees it."""
    return Change(change.arguments, change.cost, change.inner[1:], change.solved)


class Wrapper(Family):
    """A layer around `config["layer"]`; `find` returns the rule of a serialized layer."""

    key = "layer"

    def __init__(self, name: str, find: Find) -> None:
        super().__init__(name)
        self.find = find

    def covers(self, config: Config) -> bool:
        wrapped = self.find(config[self.key])
        return wrapped is not None and wrapped.covers(config[self.key]["config"])

    def wrapped(self, config: Config) -> tuple[Rule, Config]:
        """The rule of the wrapped layer and its config; only for a config that the rule covers."""
        rule = self.find(config[self.key])
        if rule is None:
            msg = f"no rule for the layer inside {self.name}"
            raise LookupError(msg)
        return rule, config[self.key]["config"]

    def child_inputs(self, inputs: tuple[Shape, ...]) -> tuple[Shape, ...]:
        """The inputs of the wrapped layer."""
        return inputs

    def child_wanted(self, config: Config, wanted: tuple[Shape, ...] | None) -> tuple[Shape, ...] | None:  # noqa: ARG002
        """The outputs of the wrapped layer with which those of the wrapper are `wanted`."""
        return wanted

    def around(self, config: Config, inputs: tuple[Shape, ...], built: tuple[Shape, ...]) -> tuple[Shape, ...]:  # noqa: ARG002
        """The outputs of the wrapper if those of the wrapped layer are `built`."""
        return built

    def forward(self, config: Config, inputs: tuple[Shape, ...]) -> tuple[Shape, ...] | Refusal:
        rule, child = self.wrapped(config)
        built = rule.forward(child, self.child_inputs(inputs))
        return built if isinstance(built, Refusal) else self.around(config, inputs, built)

    def keeps_samples(self, config: Config, inputs: tuple[Shape, ...]) -> bool:
        rule, child = self.wrapped(config)
        return rule.keeps_samples(child, self.child_inputs(inputs))

    def changes(
        self, config: Config, inputs: tuple[Shape, ...], wanted: tuple[Shape, ...] | None = None
    ) -> Iterator[Change]:
        rule, child = self.wrapped(config)
        for change in rule.changes(child, self.child_inputs(inputs), self.child_wanted(config, wanted)):
            yield inside(change, self.key)

    def pairs(
        self, config: Config, inputs: tuple[Shape, ...], wanted: tuple[Shape, ...] | None = None
    ) -> Iterator[Change]:
        rule, child = self.wrapped(config)
        for change in rule.pairs(child, self.child_inputs(inputs), self.child_wanted(config, wanted)):
            yield inside(change, self.key)

    def explain_axis(self, config: Config, inputs: tuple[Shape, ...], axis: int) -> Derivation | None:
        rule, child = self.wrapped(config)
        return rule.explain_axis(child, self.child_inputs(inputs), axis)

    def hint(self, construction: Construction | None, config: Config, change: Change) -> str:
        if not change.inner:
            return ""
        rule, child = self.wrapped(config)
        return rule.hint(construction, child, outside(change))


def within(wrapper: Wrapper, config: Config, inputs: tuple[Shape, ...], depth: int) -> tuple[Shape, ...] | Refusal:
    """The outputs of the layer that is `depth` wrappers in, from 1."""
    rule, child = wrapper.wrapped(config)
    given = wrapper.child_inputs(inputs)
    if depth == 1 or not isinstance(rule, Wrapper):
        return rule.forward(child, given)
    return within(rule, child, given, depth - 1)


def wanted_around(
    wrapper: Wrapper, config: Config, inputs: tuple[Shape, ...], depth: int, wanted: tuple[Shape, ...]
) -> tuple[Shape, ...]:
    """The outputs of the wrapper if those of the layer `depth` wrappers in are `wanted`."""
    rule, child = wrapper.wrapped(config)
    if depth > 1 and isinstance(rule, Wrapper):
        wanted = wanted_around(rule, child, wrapper.child_inputs(inputs), depth - 1, wanted)
    return wrapper.around(config, inputs, wanted)


class TimeDistributed(Wrapper):
    """The wrapped layer sees one step: axis 1 is taken out and put back."""

    traits = Traits(
        role=Role.EACH_STEP,
        positionals=("layer",),
        arguments=(LAYER,),
        wraps=("Flatten", "Dense", "Conv1D", "MaxPooling1D", "Conv2D", "MaxPooling2D"),
    )

    def child_inputs(self, inputs: tuple[Shape, ...]) -> tuple[Shape, ...]:
        return (inputs[0][:1] + inputs[0][2:],)

    def child_wanted(self, config: Config, wanted: tuple[Shape, ...] | None) -> tuple[Shape, ...] | None:  # noqa: ARG002
        if not wanted or len(wanted[0]) < 2:
            return None
        return (wanted[0][:1] + wanted[0][2:],)

    def forward(self, config: Config, inputs: tuple[Shape, ...]) -> tuple[Shape, ...] | Refusal:
        shape = inputs[0]
        if len(shape) < 3:
            return Refusal(f"it needs rank 3 or more (batch, timesteps, ...), got rank {len(shape)} {shape}")
        rule, child = self.wrapped(config)
        built = rule.forward(child, self.child_inputs(inputs))
        if isinstance(built, Refusal):
            axis = built.axis if not built.axis else built.axis + 1
            return Refusal(f"per timestep, {built.reason}", axis)
        return self.around(config, inputs, built)

    def around(self, config: Config, inputs: tuple[Shape, ...], built: tuple[Shape, ...]) -> tuple[Shape, ...]:  # noqa: ARG002
        return ((*built[0][:1], inputs[0][1], *built[0][1:]),)

    def explain_axis(self, config: Config, inputs: tuple[Shape, ...], axis: int) -> Derivation | None:
        if axis in {0, 1} or len(inputs[0]) < 3:
            return None
        found = super().explain_axis(config, inputs, axis - 1 if axis > 0 else axis)
        return None if found is None else Derivation(axis, found.name, found.arithmetic, found.arguments)


class Bidirectional(Wrapper):
    """Two copies of a recurrent layer, merged; the shape is that of the forward one (rnn/bidirectional.py)."""

    arguments = ("merge_mode",)
    traits = Traits(
        role=Role.BOTH_WAYS,
        takes_ndim=3,
        positionals=("layer", "merge_mode"),
        arguments=(LAYER,),
        wraps=("LSTM", "GRU"),
    )

    def forward(self, config: Config, inputs: tuple[Shape, ...]) -> tuple[Shape, ...] | Refusal:
        mode = config["merge_mode"]
        if mode not in {"concat", "sum", "mul", "ave", None}:
            return Refusal(f"`merge_mode` must be 'concat', 'sum', 'mul', 'ave' or None, got {mode!r}")
        return super().forward(config, inputs)

    def child_inputs(self, inputs: tuple[Shape, ...]) -> tuple[Shape, ...]:
        return inputs[: 1 + (len(inputs) - 1) // 2]

    def around(self, config: Config, inputs: tuple[Shape, ...], built: tuple[Shape, ...]) -> tuple[Shape, ...]:  # noqa: ARG002
        mode = config["merge_mode"]
        output, states = built[0], built[1:]
        size = output[-1]
        if mode is None:
            return (output, output, *states, *states)
        if mode == "concat":
            output = (*output[:-1], None if size is None else size * 2)
        return (output, *states, *states)

    def child_wanted(self, config: Config, wanted: tuple[Shape, ...] | None) -> tuple[Shape, ...] | None:
        if not wanted or not wanted[0] or config["merge_mode"] != "concat":
            return wanted
        size = wanted[0][-1]
        if size is not None and size % 2:
            return None
        return ((*wanted[0][:-1], None if size is None else size // 2), *wanted[1:])

    def changes(
        self, config: Config, inputs: tuple[Shape, ...], wanted: tuple[Shape, ...] | None = None
    ) -> Iterator[Change]:
        for mode, cost in MERGE_COST.items():
            if mode != config["merge_mode"] and not (mode == "sum" and config["merge_mode"] in {"mul", "ave"}):
                yield single("merge_mode", mode, cost)
        yield from super().changes(config, inputs, wanted)

    def explain_axis(self, config: Config, inputs: tuple[Shape, ...], axis: int) -> Derivation | None:
        rule, child = self.wrapped(config)
        built = rule.forward(child, inputs[:1])
        found = rule.explain_axis(child, inputs, axis)
        if found is None or isinstance(built, Refusal) or axis % len(built[0]) != len(built[0]) - 1:
            return found
        size = built[0][-1]
        if config["merge_mode"] != "concat" or size is None:
            return Derivation(axis, found.name, found.arithmetic, ("merge_mode", *found.arguments))
        return Derivation(axis, found.name, f"2 * {size} = {2 * size}", (*found.arguments, "merge_mode"))

    def hint(self, construction: Construction | None, config: Config, change: Change) -> str:
        if change.arguments[0][0] in {"merge_mode", "units"}:
            return "Bidirectional concatenates both directions by default: 2 * units features."
        return super().hint(construction, config, change)


class RNN(Wrapper):
    """A recurrent layer around any cell, or a stack of them."""

    key = "cell"
    arguments = ("return_sequences", "return_state")

    def covers(self, config: Config) -> bool:
        return cells_of(config[self.key], self.find) is not None

    def forward(self, config: Config, inputs: tuple[Shape, ...]) -> tuple[Shape, ...] | Refusal:
        shape = inputs[0]
        if len(shape) != 3:
            return Refusal(f"it needs rank 3 (batch, timesteps, features), got rank {len(shape)} {shape}")
        reason = refused_sequence(config, shape)
        return super().forward(config, inputs) if reason is None else Refusal(reason)

    def around(self, config: Config, inputs: tuple[Shape, ...], built: tuple[Shape, ...]) -> tuple[Shape, ...]:
        step, states = built[0], built[1:]
        output = (*step[:1], inputs[0][1], *step[1:]) if config["return_sequences"] else step
        return (output, *states) if config["return_state"] else (output,)

    def child_inputs(self, inputs: tuple[Shape, ...]) -> tuple[Shape, ...]:
        return (inputs[0][:1] + inputs[0][2:],)

    def child_wanted(self, config: Config, wanted: tuple[Shape, ...] | None) -> tuple[Shape, ...] | None:
        if wanted and config["return_sequences"] and len(wanted[0]) == 3:
            return (wanted[0][:1] + wanted[0][2:],)
        return wanted

    def changes(
        self, config: Config, inputs: tuple[Shape, ...], wanted: tuple[Shape, ...] | None = None
    ) -> Iterator[Change]:
        yield from flags(config)
        yield from super().changes(config, inputs, wanted)

    def explain_axis(self, config: Config, inputs: tuple[Shape, ...], axis: int) -> Derivation | None:
        ndim = 3 if config["return_sequences"] else 2
        if axis % ndim != ndim - 1:
            return None
        found = super().explain_axis(config, inputs, -1)
        return None if found is None else Derivation(axis, found.name, found.arithmetic, found.arguments)

    def hint(self, construction: Construction | None, config: Config, change: Change) -> str:
        return HABITS.get(change.arguments[0][0]) or super().hint(construction, config, change)


class StackedCells(Family):
    """Cells one after the other: the output of the last, then the states of all."""

    def __init__(self, name: str, find: Find) -> None:
        super().__init__(name)
        self.find = find

    def covers(self, config: Config) -> bool:
        return bool(config["cells"]) and all(cells_of(cell, self.find) is not None for cell in config["cells"])

    def forward(self, config: Config, inputs: tuple[Shape, ...]) -> tuple[Shape, ...] | Refusal:
        current: Shape = inputs[0]
        states: list[Shape] = []
        for cell in config["cells"]:
            built = cells_of(cell, self.find).forward(cell["config"], (current,))  # type: ignore[union-attr]
            if isinstance(built, Refusal):
                return built
            current = built[0]
            states += built[1:]
        return (current, *states)

    def changes(
        self,
        config: Config,
        inputs: tuple[Shape, ...],
        wanted: tuple[Shape, ...] | None = None,
    ) -> Iterator[Change]:
        last = len(config["cells"]) - 1
        rule = self.find(config["cells"][last])
        if rule is not None:
            for change in rule.changes(config["cells"][last]["config"], inputs, wanted):
                yield inside(change, "cells", str(last))

    def explain_axis(self, config: Config, inputs: tuple[Shape, ...], axis: int) -> Derivation | None:
        rule = self.find(config["cells"][-1])
        return None if rule is None else rule.explain_axis(config["cells"][-1]["config"], inputs, axis)


class Pipeline(Family):
    """Layers one after the other."""

    def __init__(self, name: str, find: Find) -> None:
        super().__init__(name)
        self.find = find

    def covers(self, config: Config) -> bool:
        return all(cells_of(layer, self.find) is not None for layer in config["layers"])

    def forward(self, config: Config, inputs: tuple[Shape, ...]) -> tuple[Shape, ...] | Refusal:
        for layer in config["layers"]:
            built = cells_of(layer, self.find).forward(layer["config"], inputs)  # type: ignore[union-attr]
            if isinstance(built, Refusal):
                return built
            inputs = built
        return inputs


def cells_of(serialized: Any, find: Find) -> Rule | None:
    """The rule of a serialized cell; `None` if the cell or one inside it has none."""
    rule = find(serialized)
    return rule if rule is not None and rule.covers(serialized["config"]) else None


def rules(find: Find) -> tuple[Rule, ...]:
    """The rules of this family; `find` returns the rule of a wrapped layer."""
    return (
        TimeDistributed("TimeDistributed", find),
        Bidirectional("Bidirectional", find),
        RNN("RNN", find),
        StackedCells("StackedRNNCells", find),
        Wrapper("SpectralNormalization", find),
        Pipeline("Pipeline", find),
    )
