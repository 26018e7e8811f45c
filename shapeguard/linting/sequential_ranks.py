"""How many axes go from layer to layer along a Sequential, and which layers Keras would refuse there."""

from __future__ import annotations

import ast
import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING

from shapeguard.layers import Role
from shapeguard.linting.calls import literal
from shapeguard.linting.sequences import sequences

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shapeguard.linting.calls import LayerCall, Module
    from shapeguard.linting.sequences import Sequence


@dataclass(frozen=True, slots=True)
class Step:
    """One layer of a sequence with the ranks of its input and output; `None` for what the source does not show."""

    call: LayerCall | None
    takes: int | None
    gives: int | None


@dataclass(frozen=True, slots=True)
class RankMismatch:
    """A layer that needs another number of axes than comes from `source`, the last layer before it to change it.

    `ends_sequence` is the recurrent layer, `source` or the one that it wraps, whose last step alone comes out.
    """

    source: LayerCall
    gives: int | None
    call: LayerCall
    ends_sequence: LayerCall | None


def rank_mismatches(module: Module) -> tuple[RankMismatch, ...]:
    """The layers of the file's Sequentials that Keras would refuse for the rank of their input."""
    return module.once(_all_mismatches)


def _all_mismatches(module: Module) -> tuple[RankMismatch, ...]:
    return tuple(_mismatches(module))


def _mismatches(module: Module) -> Iterator[RankMismatch]:
    for sequence in sequences(module):
        source: Step | None = None  # the layer that gave the rank that the next one meets
        for before, step in itertools.pairwise(steps_of(module, sequence)):
            if before.call is None or not before.call.traits.keeps_ndim or source is None:
                source = before
            if step.call is not None and source.call is not None and _refuses(step.call, step.takes):
                recurrent = _recurrent(module, source.call) if source.gives == 2 else None  # (batch, units)
                yield RankMismatch(source.call, source.gives, step.call, recurrent)


def steps_of(module: Module, sequence: Sequence) -> list[Step]:
    """The layers of a sequence with their ranks."""
    steps: list[Step] = []
    rank: int | None = None
    for index, entry in enumerate(sequence.entries):
        if entry.call is None:
            steps.append(Step(None, rank, None))
            rank = None
            continue
        if index == 0:
            rank = _first_rank(entry.call)
        given = _output_rank(module, entry.call, rank)
        steps.append(Step(entry.call, rank, given))
        rank = given
    return steps


def needed_rank(call: LayerCall) -> int:
    """How many axes the input of a layer must have, at least; a wrapper over steps takes (batch, time, ...)."""
    return call.traits.takes_ndim or 3


def _first_rank(call: LayerCall) -> int | None:
    """The rank of the model's input, if a literal shape or the first layer shows it."""
    if call.traits.takes_ndim is not None:
        return call.traits.takes_ndim
    if call.traits.role is Role.INPUT:
        shape, extra = call.argument("shape"), 1
        if "batch_shape" in call.keywords:
            shape, extra = call.keywords["batch_shape"].value, 0
    elif "batch_input_shape" in call.keywords:
        shape, extra = call.keywords["batch_input_shape"].value, 0
    elif "input_shape" in call.keywords:
        shape, extra = call.keywords["input_shape"].value, 1
    else:
        return 2 if call.traits.role is Role.EMBEDDING or "input_dim" in call.keywords else None
    return _size_count(shape, extra)


def _refuses(call: LayerCall, rank: int | None) -> bool:
    if rank is None:
        return False
    if call.traits.role is Role.EACH_STEP:
        return rank < needed_rank(call)
    return call.traits.takes_ndim not in {None, rank}


def _output_rank(module: Module, call: LayerCall, rank: int | None) -> int | None:
    """The rank of the layer's output for that of its input; `None` if the source does not show it."""
    if call.traits.keeps_ndim:
        return rank
    match call.traits.role:
        case Role.RECURRENT | Role.BOTH_WAYS:
            recurrent = _recurrent(module, call)
            return None if recurrent is None else _recurrent_rank(recurrent)
        case Role.GLOBAL_POOLING if call.open_ended or call.argument("keepdims") is not None:
            return None
        case Role.EMBEDDING:
            return 3 if rank is None else rank + 1
        case Role.RESHAPE:
            return _size_count(call.argument("target_shape"), 1)
    return call.traits.gives_ndim


def _size_count(shape: ast.expr | None, extra: int) -> int | None:
    """How many sizes a written-out shape has, and `extra`; `None` for any other expression."""
    if isinstance(shape, ast.Tuple | ast.List) and not any(isinstance(size, ast.Starred) for size in shape.elts):
        return len(shape.elts) + extra
    return None


def _recurrent(module: Module, call: LayerCall) -> LayerCall | None:
    """The LSTM, GRU or SimpleRNN that a call makes or wraps."""
    if call.traits.role is Role.RECURRENT:
        return call
    if call.traits.role is Role.BOTH_WAYS and "merge_mode" not in call.keywords and call.positionals:
        inner = module.layer_call(call.positionals[0])
        return inner if inner is not None and inner.traits.role is Role.RECURRENT else None
    return None


def _recurrent_rank(call: LayerCall) -> int | None:
    """The rank that comes out of a recurrent layer; `None` if a state comes out too, or may."""
    words = call.keywords
    if call.open_ended or len(call.positionals) > 3 or "return_state" in words:
        return None
    if "return_sequences" not in words:
        return 2
    value = literal(words["return_sequences"].value)
    return (3 if value else 2) if isinstance(value, bool) else None
