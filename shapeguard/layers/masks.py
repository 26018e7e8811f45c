"""Masks among the tensors of a call: symbolic calls let every shape of them pass, real tensors do not.

Layers by the argument that the mask is for; as in 3.6 to 3.15, layers/attention/, layers/rnn/ and layers/pooling/.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from shapeguard.layers.base import Config
    from shapeguard.records.network import Shape

    Refused = Callable[[Config, tuple[Shape, ...], Shape, int], str | None]


def refused_mask(layer_type: str, config: Config, inputs: tuple[Shape, ...], mask: Shape, place: int) -> str | None:
    """Why a layer does not take a mask beside its other tensors; `None` if it does, or nobody can tell.

    `place` is that of the mask in the list of masks, 0 where there is no list.
    """
    refused = _MASKED.get(layer_type)
    return None if refused is None or not inputs else refused[1](config, inputs, mask, place)


def argument_of_mask(layer_type: str) -> str | None:
    """The argument of a call of this class that is a mask, or a list of them; `None` if none is known."""
    known = _MASKED.get(layer_type)
    return None if known is None else known[0]


def _beside_scores(config: Config, inputs: tuple[Shape, ...], mask: Shape, place: int) -> str | None:  # noqa: ARG001
    """`attention_mask` of heads: (batch, query steps, value steps), to which an axis of heads is added."""
    if tuple(config.get("attention_axes") or (1,)) != (1,) or not _are_sequences(inputs):
        return None
    query, value = inputs[:2]
    heads = config.get("num_heads") or config.get("num_query_heads")
    scores = (query[0], heads if type(heads) is int else None, query[1], value[1])
    whole = (*mask[:-2], 1, *mask[-2:]) if len(mask) == 3 else (*(1,) * (4 - len(mask)), *mask)
    if len(whole) == 4 and all(map(_fits, whole, scores)) and not _sets_batch_beside_steps(mask, query):
        return None
    return f"the attention_mask must be (batch, {query[1]}, {value[1]}), with 1 where all are alike, got {mask}"


def _sets_batch_beside_steps(mask: Shape, query: Shape) -> bool:
    """Whether an open size of the batch would be compared with the steps of the query."""
    return len(mask) == 2 and mask[0] is None and query[0] is None and query[1] not in {None, 1}


def _are_sequences(inputs: tuple[Shape, ...]) -> bool:
    return len(inputs) > 1 and {len(shape) for shape in inputs[:2]} == {3}


def _of_query_and_value(config: Config, inputs: tuple[Shape, ...], mask: Shape, place: int) -> str | None:  # noqa: ARG001
    """`mask=[of the query, of the value]`, each of them (batch, steps)."""
    if place > 1 or not _are_sequences(inputs):
        return None
    steps = inputs[place][1]
    is_of_scores = place == 1 and len(mask) == 3 and _fits(mask[1], inputs[0][1])
    if (len(mask) == 2 or is_of_scores) and _fits(mask[-1], steps):
        return None
    return f"the mask of the {('query', 'value')[place]} must be (batch, {steps}), got {mask}"


def _of_steps(config: Config, inputs: tuple[Shape, ...], mask: Shape, place: int) -> str | None:  # noqa: ARG001
    """A mask (batch, steps) of a sequence; recurrent layers take an axis of 1 behind it as well."""
    steps = inputs[0][1] if len(inputs[0]) > 2 else None
    if len(mask) == 2 and (mask[1] == steps or None in {mask[1], steps}):
        return None
    return f"the mask must be (batch, {steps}), got {mask}"


def _of_recurrent_steps(config: Config, inputs: tuple[Shape, ...], mask: Shape, place: int) -> str | None:
    is_column = len(mask) == 3 and mask[2] == 1
    return _of_steps(config, inputs, mask[:2] if is_column else mask, place)


def _fits(size: int | None, other: int | None) -> bool:
    return size in {1, other} or None in {size, other}


_MASKED: Mapping[str, tuple[str, Refused]] = {
    "MultiHeadAttention": ("attention_mask", _beside_scores),
    "GroupedQueryAttention": ("attention_mask", _beside_scores),
    "Attention": ("mask", _of_query_and_value),
    "AdditiveAttention": ("mask", _of_query_and_value),
    "GlobalAveragePooling1D": ("mask", _of_steps),
    **dict.fromkeys(("LSTM", "GRU", "SimpleRNN"), ("mask", _of_recurrent_steps)),
}
