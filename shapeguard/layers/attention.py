"""Attention layers: query, value and an optional key."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shapeguard.layers.arguments import USE_BIAS
from shapeguard.layers.base import Derivation, Family, Refusal
from shapeguard.layers.core import positive
from shapeguard.layers.costs import SHAPE_SOLVED
from shapeguard.layers.traits import ArgumentTraits, Traits
from shapeguard.layers.versions import since
from shapeguard.layers.windowed import single

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shapeguard.layers.base import Change, Config
    from shapeguard.records.network import Shape
    from shapeguard.records.source import Construction

OUTPUT_LIKE_QUERY = 0.4
"""No `output_shape`: the size of the query is the wanted one."""
QUERY_VALUE_KEY = ("query", "value", "key")
OTHER_HEADS = 0.8
"""Other heads for keys and values, which change no output shape."""


def _key_of(inputs: tuple[Shape, ...]) -> Shape:
    """The key: the third input unless that is a mask, (batch, query steps, value steps), else the value."""
    query, value = inputs[:2]
    if len(inputs) < 3 or len(inputs[2]) != len(value):
        return value
    third = inputs[2]
    if third[1:-1] != value[1:-1] and third[1:-1] == query[1:-1] and third[-1] == value[-2]:
        return value
    return third


class MultiHeadAttention(Family):
    """query[:-1] + (`output_shape`, or the last axis of the query)."""

    arguments = ("output_shape",)
    traits = Traits(
        arguments=(
            USE_BIAS,
            ArgumentTraits("num_heads", of_weights=True),
            ArgumentTraits("key_dim", of_weights=True),
            ArgumentTraits("value_dim", of_weights=True),
        ),
        tensors=QUERY_VALUE_KEY,
    )

    def forward(self, config: Config, inputs: tuple[Shape, ...]) -> tuple[Shape, ...] | Refusal:
        if len(inputs) < 2:
            return Refusal("it needs a query and a value")
        query, value, key = inputs[0], inputs[1], _key_of(inputs)
        reason = positive(config, "num_heads", "key_dim") or _refused_shapes(query, value, key)
        if reason is not None:
            return Refusal(reason)
        output = config["output_shape"]
        if not since(3, 7) and query[-1] != value[-1]:
            return Refusal(f"the last axis of query {query} and value {value} must be equal")
        if not output:
            return (query,)
        if isinstance(output, int) and not since(3, 7):
            return Refusal("`output_shape` must be a tuple")
        return ((*query[:-1], *((output,) if isinstance(output, int) else output)),)

    def changes(
        self, config: Config, inputs: tuple[Shape, ...], wanted: tuple[Shape, ...] | None = None
    ) -> Iterator[Change]:
        query, current = inputs[0], config["output_shape"]
        if current:
            yield single("output_shape", None, OUTPUT_LIKE_QUERY)
        if wanted and len(wanted[0]) >= len(query):
            value = wanted[0][len(query) - 1 :]
            if None not in value and value != current:
                yield single("output_shape", value, SHAPE_SOLVED, solved=True)

    def explain_axis(self, config: Config, inputs: tuple[Shape, ...], axis: int) -> Derivation | None:
        output, query = config["output_shape"], inputs[0]
        last = len(query) - 1
        if not output:
            if axis not in {last, -1}:
                return None
            return Derivation(axis, "features", f"the last axis of the query = {query[-1]}", ("output_shape",))
        sizes = (output,) if isinstance(output, int) else tuple(output)
        place = (axis if axis >= 0 else axis + last + len(sizes)) - last
        if place < 0:
            return None
        return Derivation(axis, "features", f"output_shape[{place}] = {sizes[place]}", ("output_shape",))

    def hint(self, construction: Construction | None, config: Config, change: Change) -> str:  # noqa: ARG002
        return "MultiHeadAttention returns the shape of its query; num_heads and key_dim do not affect it."


def _refused_shapes(query: Shape, value: Shape, key: Shape) -> str | None:
    if value[1:-1] != key[1:-1]:
        return f"every axis but the last must be equal in value {value} and key {key}"
    for name, shape in (("query", query), ("value", value), ("key", key)):
        if len(shape) < 3:
            return f"the {name} needs rank 3 or more (batch, timesteps, features), got {shape}"
        if shape[-1] is None:
            return f"the last axis of the {name} must be known"
    if len(query) != len(value):
        return f"query {query} and value {value} must have the same rank"
    return None


class GroupedQueryAttention(Family):
    """The shape of the query; query and value share the last axis."""

    traits = Traits(
        arguments=(
            USE_BIAS,
            ArgumentTraits("head_dim", of_weights=True),
            ArgumentTraits("num_query_heads", of_weights=True),
            ArgumentTraits("num_key_value_heads", of_weights=True),
        ),
        tensors=QUERY_VALUE_KEY,
    )

    def forward(self, config: Config, inputs: tuple[Shape, ...]) -> tuple[Shape, ...] | Refusal:
        if len(inputs) < 2:
            return Refusal("it needs a query and a value")
        query, value, key = inputs[0], inputs[1], _key_of(inputs)
        reason = positive(config, "num_query_heads", "num_key_value_heads", "head_dim")
        if reason is None and config["num_query_heads"] % config["num_key_value_heads"]:
            reason = "`num_key_value_heads` must divide `num_query_heads`"
        if reason is None and {len(query), len(value), len(key)} != {3}:
            reason = f"query, value and key need rank 3 (batch, timesteps, features), got {query}, {value} and {key}"
        if reason is None:
            reason = _refused_shapes(query, value, key)
        if reason is None and query[-1] != value[-1]:
            reason = f"the last axis of query {query} and value {value} must be equal"
        return Refusal(reason) if reason else (query,)

    def changes(
        self,
        config: Config,
        inputs: tuple[Shape, ...],  # noqa: ARG002
        wanted: tuple[Shape, ...] | None = None,  # noqa: ARG002
    ) -> Iterator[Change]:
        heads = config["num_query_heads"]
        for value in (1, 2, heads):
            if value != config["num_key_value_heads"] and heads % value == 0:
                yield single("num_key_value_heads", value, OTHER_HEADS)


class Attention(Family):
    """(query[:-1], value[-1]). Keras' shape formula checks nothing; the matrix products do."""

    traits = Traits(tensors=QUERY_VALUE_KEY)

    def __init__(self, name: str, *, summed: bool = False) -> None:
        super().__init__(name)
        self.summed = summed

    def forward(self, config: Config, inputs: tuple[Shape, ...]) -> tuple[Shape, ...] | Refusal:
        if len(inputs) not in {2, 3}:
            return Refusal(f"it needs a list of 2 or 3 tensors, got {len(inputs)}")
        query, value = inputs[:2]
        key = inputs[2] if len(inputs) > 2 else value
        if min(len(query), len(value), len(key)) < 2:
            return Refusal(f"it needs rank 2 or more, got {query}, {value} and {key}")
        broadcasts = self.summed or config["score_mode"] == "concat"
        pair = {query[-1], key[-1]} - {None}
        if len(pair) > 1 and not (broadcasts and 1 in pair):
            return Refusal(f"the last axis of query {query} and key {key} must be equal")
        if len({key[-2], value[-2]} - {None}) > 1:
            return Refusal(f"key {key} and value {value} must have the same number of timesteps")
        return ((*query[:-1], value[-1]),)

    def keeps_samples(self, config: Config, inputs: tuple[Shape, ...]) -> bool:  # noqa: ARG002
        """With rank 2 it attends from sample to sample."""
        return all(len(shape) > 2 for shape in inputs[:2])

    def explain_axis(self, config: Config, inputs: tuple[Shape, ...], axis: int) -> Derivation | None:  # noqa: ARG002
        if axis not in {-1, len(inputs[0]) - 1} or len(inputs) < 2:
            return None
        return Derivation(axis, "features", f"the last axis of the value = {inputs[1][-1]}", ())


RULES = (
    MultiHeadAttention("MultiHeadAttention"),
    GroupedQueryAttention("GroupedQueryAttention"),
    Attention("Attention"),
    Attention("AdditiveAttention", summed=True),
)
