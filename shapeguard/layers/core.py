"""Dense, EinsumDense, Embedding and the input layer."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from shapeguard.layers.arguments import UNITS, USE_BIAS
from shapeguard.layers.base import Change, Derivation, Family, Refusal
from shapeguard.layers.costs import GUESSED_COUNT, SHAPE_SOLVED, SOLVED
from shapeguard.layers.keras1 import WEIGHTS, Keras1
from shapeguard.layers.spatial import with_known
from shapeguard.layers.traits import ArgumentTraits, Role, Traits
from shapeguard.layers.windowed import single

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shapeguard.layers.base import Config
    from shapeguard.records.network import Shape
    from shapeguard.records.source import Construction

EXCHANGED_DIMS = 0.6
"""Vocabulary and vector size exchanged: they differ so much that it is a rare mistake."""


def positive(config: Config, *names: str) -> str | None:
    """Why Keras refuses one of these arguments: not an integer of at least 1."""
    for name in names:
        value = config[name]
        if not isinstance(value, int) or value < 1:
            return f"`{name}` must be a positive integer, got {value!r}"
    return None


def last_axis_changes(argument: str, current: int, ndim: int, wanted: tuple[Shape, ...] | None) -> Iterator[Change]:
    """Values for an argument that is the size of the last axis of an output of rank `ndim`."""
    output = wanted[0][-1] if wanted and len(wanted[0]) == ndim else None
    if output is not None and output != current and output > 0:
        yield single(argument, output, SOLVED, solved=True)
    for value in (current * 2, current // 2):
        if value > 0:
            yield single(argument, value, GUESSED_COUNT)


class Dense(Family):
    """The last axis becomes `units`; every other axis stays."""

    arguments = ("units",)
    traits = Traits(
        role=Role.DENSE,
        keeps_ndim=True,
        positionals=("units", "activation", "use_bias"),
        keras1=Keras1(renamed=WEIGHTS | {"output_dim": "units"}),
        arguments=(UNITS, USE_BIAS),
        nicknames={"dense": 5, "fc": 5},
        often_missing=True,
        changes_channels=True,
    )

    def forward(self, config: Config, inputs: tuple[Shape, ...]) -> tuple[Shape, ...] | Refusal:
        shape = inputs[0]
        if len(shape) < 2:
            return Refusal(f"it needs rank 2 or more, got rank {len(shape)} {shape}")
        if shape[-1] is None:
            return Refusal("the last axis of the input must be known", len(shape) - 1)
        reason = positive(config, "units")
        return Refusal(reason) if reason else ((*shape[:-1], config["units"]),)

    def changes(
        self, config: Config, inputs: tuple[Shape, ...], wanted: tuple[Shape, ...] | None = None
    ) -> Iterator[Change]:
        yield from last_axis_changes("units", config["units"], len(inputs[0]), wanted)

    def explain_axis(self, config: Config, inputs: tuple[Shape, ...], axis: int) -> Derivation | None:
        if axis % len(inputs[0]) != len(inputs[0]) - 1:
            return None
        return Derivation(axis, "features", f"units = {config['units']}", ("units",))

    def hint(self, construction: Construction | None, config: Config, change: Change) -> str:  # noqa: ARG002
        return "Dense acts on the last axis only and keeps the others."


class EinsumDense(Family):
    """The letters of `equation` name the axes; `output_shape` leaves out the batch."""

    arguments = ("output_shape", "equation")

    def forward(self, config: Config, inputs: tuple[Shape, ...]) -> tuple[Shape, ...] | Refusal:
        shape = inputs[0]
        letters = parse_equation(config["equation"])
        if letters is None:
            return Refusal(f"`equation` {config['equation']!r} is not of the form 'ab,bc->ac' with an optional '...'")
        given, _, result, elision = letters
        partial = _partial(config)
        elided = len(shape) - len(given)
        if elided < 0 or (elided and not elision):
            return Refusal(f"`equation` needs rank {len(given)}{' or more' if elision else ''}, got rank {len(shape)}")
        output: list[int | None] = [shape[0], *partial]
        if elision == "left":
            output[1:1] = shape[1:elided]
        elif elided:
            output += shape[len(shape) - elided :]
        if len(output) != len(result) + elided:
            return Refusal(f"`output_shape` {partial} must have a size for every axis of {result!r} except the batch")
        offset = elided if elision == "left" else 0
        return _bind(shape, output, offset, letters) or (_filled(shape, output, offset, given, result),)

    def changes(
        self, config: Config, inputs: tuple[Shape, ...], wanted: tuple[Shape, ...] | None = None
    ) -> Iterator[Change]:
        current = _partial(config)
        built = self.forward(config, inputs)
        if isinstance(built, Refusal):
            yield from self._freed(config, current)
            yield from self._of_letters(config, current, wanted)
        elif wanted and len(current) < len(wanted[0]) == len(built[0]):
            value = _part_of(with_known(wanted[0], built[0]), config)
            if value != current:
                yield single("output_shape", value, SOLVED, solved=True)
        if current and isinstance(current[-1], int):
            for size in (current[-1] * 2, current[-1] // 2):
                if size > 0:
                    yield single("output_shape", (*current[:-1], size), GUESSED_COUNT)

    def _freed(self, config: Config, current: tuple[int | None, ...]) -> Iterator[Change]:
        """`None` for every axis whose size follows from the input."""
        letters = parse_equation(config["equation"])
        if letters is None or len(letters[2]) != len(current) + 1:
            return
        freed = tuple(
            None if letter in letters[0] else size for letter, size in zip(letters[2][1:], current, strict=True)
        )
        if freed != current:
            yield single("output_shape", freed, SHAPE_SOLVED, solved=True)

    def _of_letters(
        self, config: Config, current: tuple[int | None, ...], wanted: tuple[Shape, ...] | None
    ) -> Iterator[Change]:
        """One size per letter of the result after the batch: letters of the input are free, others get a wanted one."""
        letters = parse_equation(config["equation"])
        if letters is None or letters[3] or len(letters[2]) == len(current) + 1:
            return
        given, _, result, _ = letters
        sizes = [current] if wanted is None or len(wanted[0]) != len(result) else [wanted[0][1:]]
        for size in dict.fromkeys(size for shape in sizes for size in shape if size is not None):
            value = tuple(None if letter in given else size for letter in result[1:])
            yield single("output_shape", value, SOLVED, solved=True)

    def explain_axis(self, config: Config, inputs: tuple[Shape, ...], axis: int) -> Derivation | None:
        built = self.forward(config, inputs)
        letters = parse_equation(config["equation"])
        if isinstance(built, Refusal) or letters is None or letters[3] == "right":
            return None
        given, _, result, _ = letters
        place = axis % len(built[0]) - (len(built[0]) - len(result))
        if place < 0 or result[place] in given:
            return None
        arithmetic = f"output_shape[{place - len(result)}] = {built[0][axis]}"
        return Derivation(axis, f"axis {result[place]!r}", arithmetic, ("output_shape", "equation"))


def parse_equation(equation: str) -> tuple[str, str, str, str] | None:
    """The letters of input, weight and output, and the side of the "...": "", "left" or "right"."""
    for pattern, elision in (
        (r"([a-zA-Z]+),([a-zA-Z]+)->([a-zA-Z]+)", ""),
        (r"\.\.\.([a-zA-Z]+),([a-zA-Z]+)->\.\.\.([a-zA-Z]+)", "left"),
        (r"([a-zA-Z]{2,})\.\.\.,([a-zA-Z]+)->([a-zA-Z]+)\.\.\.", "right"),
    ):
        found = re.match(pattern, equation)
        if found:
            return (found[1], found[2], found[3], elision)
    return None


def _partial(config: Config) -> tuple[int | None, ...]:
    value = config["output_shape"]
    return (value,) if isinstance(value, int) else tuple(value)


def _part_of(target: Shape, config: Config) -> tuple[int | None, ...]:
    """The `output_shape` for an output of shape `target`; free axes stay free."""
    current, letters = _partial(config), parse_equation(config["equation"])
    right = letters is not None and letters[3] == "right"
    sizes = target[1 : 1 + len(current)] if right else target[len(target) - len(current) :]
    return tuple(None if old is None else new for new, old in zip(sizes, current, strict=True))


def _bind(shape: Shape, output: list[int | None], offset: int, letters: tuple[str, str, str, str]) -> Refusal | None:
    """Why the letters cannot be bound to sizes; `None` if they can."""
    given, weight, result, _ = letters
    sizes = {letter: shape[place + offset] for place, letter in enumerate(given)}
    for place, letter in enumerate(result):
        size = output[place + offset]
        if letter in sizes and size is not None and size != sizes[letter]:
            return Refusal(
                f"axis {letter!r} is {sizes[letter]} in the input and {size} in `output_shape`", place + offset
            )
        if letter not in given and letter not in weight:
            return Refusal(f"`equation` has {letter!r} only in its output")
    for letter in weight:
        known = output[result.index(letter) + offset] if letter in result else sizes.get(letter)
        if known is None:
            return Refusal(f"the size of axis {letter!r} of the weight is not known")
    return None


def _filled(shape: Shape, output: list[int | None], offset: int, given: str, result: str) -> Shape:
    """`output` with a `None` in `output_shape` replaced by the size that its letter has in the input."""
    for place, letter in enumerate(result):
        if output[place + offset] is None and letter in given:
            output[place + offset] = shape[given.index(letter) + offset]
    return tuple(output)


class Embedding(Family):
    """Adds a last axis of `output_dim`."""

    arguments = ("output_dim",)
    traits = Traits(
        arguments=(
            ArgumentTraits("input_dim", of_weights=True, indexed=True, example=1000),
            ArgumentTraits("output_dim", of_weights=True, counts=True, unbounded=True, example=1),
        )
    )

    def forward(self, config: Config, inputs: tuple[Shape, ...]) -> tuple[Shape, ...] | Refusal:
        reason = positive(config, "output_dim", "input_dim")
        return Refusal(reason) if reason else ((*inputs[0], config["output_dim"]),)

    def changes(
        self, config: Config, inputs: tuple[Shape, ...], wanted: tuple[Shape, ...] | None = None
    ) -> Iterator[Change]:
        yield from last_axis_changes("output_dim", config["output_dim"], len(inputs[0]) + 1, wanted)
        yield single("output_dim", config["input_dim"], GUESSED_COUNT)

    def pairs(
        self,
        config: Config,
        inputs: tuple[Shape, ...],  # noqa: ARG002
        wanted: tuple[Shape, ...] | None = None,  # noqa: ARG002
    ) -> Iterator[Change]:
        if config["input_dim"] != config["output_dim"]:
            yield Change((("input_dim", config["output_dim"]), ("output_dim", config["input_dim"])), EXCHANGED_DIMS)

    def explain_axis(self, config: Config, inputs: tuple[Shape, ...], axis: int) -> Derivation | None:
        if axis % (len(inputs[0]) + 1) != len(inputs[0]):
            return None
        return Derivation(axis, "features", f"output_dim = {config['output_dim']}", ("output_dim",))

    def hint(self, construction: Construction | None, config: Config, change: Change) -> str:  # noqa: ARG002
        return "Embedding takes (input_dim, output_dim): the vocabulary size, then the size of each vector."


class InputLayer(Family):
    """The input of a model; its config contains `batch_shape`."""

    arguments = ("batch_shape",)
    traits = Traits(role=Role.INPUT, keeps_ndim=True, positionals=("shape",))

    def forward(self, config: Config, inputs: tuple[Shape, ...]) -> tuple[Shape, ...] | Refusal:  # noqa: ARG002
        return (tuple(config["batch_shape"]),)

    def changes(
        self,
        config: Config,
        inputs: tuple[Shape, ...],  # noqa: ARG002
        wanted: tuple[Shape, ...] | None = None,
    ) -> Iterator[Change]:
        current = tuple(config["batch_shape"])
        if wanted:
            value = wanted[0]
            if len(value) == len(current):
                value = with_known(value, current)
            if value != current:
                yield single("batch_shape", value, SHAPE_SOLVED, solved=True)

    def hint(self, construction: Construction | None, config: Config, change: Change) -> str:  # noqa: ARG002
        return "`shape` and `input_shape` omit the batch axis: (28, 28, 1), not (60000, 28, 28, 1)."


RULES = (
    Dense("Dense"),
    EinsumDense("EinsumDense"),
    Embedding(
        "Embedding",
        replace(
            Embedding.traits,
            role=Role.EMBEDDING,
            positionals=("input_dim", "output_dim", "embeddings_initializer"),
            keras1=Keras1(renamed={"init": "embeddings_initializer", "W_regularizer": "embeddings_regularizer"}),
            nicknames={"emb": 4},
        ),
    ),
    Embedding("ReversibleEmbedding"),
    InputLayer("InputLayer"),
)
