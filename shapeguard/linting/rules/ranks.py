"""Lint rules on the number of axes along a Sequential model."""

from __future__ import annotations

import ast
import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING

from shapeguard.layers.signatures import KEEPS_RANK, NEEDED_RANK, POOLS_OR_CONVOLVES_IMAGES, RECURRENT
from shapeguard.linting.calls import literal
from shapeguard.linting.findings import Change, Finding, Words, corrected
from shapeguard.linting.sequences import sequences
from shapeguard.records.source import Span

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shapeguard.linting.calls import LayerCall, Module
    from shapeguard.linting.sequences import Sequence

RANKS = "sequential-rank"
RETURN_SEQUENCES = "return-sequences"
FLATTEN = "dense-without-flatten"

_IMAGE_RANK = 4


@dataclass(frozen=True, slots=True)
class _Step:
    """One layer of a sequence with the ranks of what it takes and gives; `None` where the source does not tell."""

    layer: LayerCall | None
    takes: int | None
    gives: int | None


def ranks(module: Module) -> Iterator[Finding]:
    """A layer that needs another number of axes than the layer before it gives; Keras would refuse it."""
    for sequence in sequences(module):
        steps = _steps(module, sequence)
        source: _Step | None = None  # the layer that gave the rank that the next one meets
        for before, step in itertools.pairwise(steps):
            if before.layer is None or before.layer.layer not in KEEPS_RANK or source is None:
                source = before
            if step.layer is None or source.layer is None or not _refuses(step.layer, step.takes):
                continue
            recurrent = _recurrent(module, source.layer)
            if recurrent is not None and source.gives == 2:  # (batch, units)
                yield _returns_last_step(module, source.layer, recurrent, step.layer)
            else:
                yield _wrong_rank(module, source, step)


def flattens(module: Module) -> Iterator[Finding]:
    """Dense layers that end an image classifier without Flatten or global pooling: the grid stays."""
    for sequence in sequences(module):
        steps = _steps(module, sequence)
        dense = _first_of_dense_end(sequence)
        if dense is None:
            continue
        rank = steps[dense].takes
        if rank is not None and rank >= _IMAGE_RANK:
            yield _no_flatten(module, sequence, dense, rank)


def _steps(module: Module, sequence: Sequence) -> list[_Step]:
    steps: list[_Step] = []
    rank: int | None = None
    for index, layer in enumerate(sequence.layers):
        if layer is None:
            steps.append(_Step(None, rank, None))
            rank = None
            continue
        if index == 0:
            rank = _first_rank(layer)
        given = _gives(module, layer, rank)
        steps.append(_Step(layer, rank, given))
        rank = given
    return steps


def _first_rank(layer: LayerCall) -> int | None:
    """The rank of the model's input, where a literal shape or the first layer tells it."""
    needed = NEEDED_RANK.get(layer.layer)
    if needed is not None:
        return needed
    if layer.layer in {"Input", "InputLayer"}:
        shape, extra = layer.argument("shape"), 1
        if "batch_shape" in layer.keywords:
            shape, extra = layer.keywords["batch_shape"].value, 0
    elif "batch_input_shape" in layer.keywords:
        shape, extra = layer.keywords["batch_input_shape"].value, 0
    elif "input_shape" in layer.keywords:
        shape, extra = layer.keywords["input_shape"].value, 1
    else:
        return 2 if layer.layer == "Embedding" or "input_dim" in layer.keywords else None
    return _size_count(shape, extra)


def _refuses(layer: LayerCall, rank: int | None) -> bool:
    if rank is None:
        return False
    if layer.layer == "TimeDistributed":
        return rank < 3  # (batch, time, ...)
    return rank != NEEDED_RANK.get(layer.layer, rank)


def _gives(module: Module, layer: LayerCall, rank: int | None) -> int | None:
    """The rank of the layer's output; `None` where the source does not tell."""
    name = layer.layer
    recurrent = _recurrent(module, layer)
    if name in KEEPS_RANK:
        return rank
    if recurrent is not None:
        return _recurrent_rank(recurrent)
    if name.startswith("Global"):
        return None if layer.open_ended or layer.argument("keepdims") is not None else 2
    if name == "Embedding":
        return 3 if rank is None else rank + 1
    if name == "Reshape":
        return _size_count(layer.argument("target_shape"), 1)
    return _GIVES.get(name)


def _size_count(shape: ast.expr | None, extra: int) -> int | None:
    """How many sizes a written-out shape has, and `extra`; `None` for any other expression."""
    plain = isinstance(shape, ast.Tuple | ast.List) and not any(isinstance(size, ast.Starred) for size in shape.elts)
    return len(shape.elts) + extra if plain else None  # type: ignore[union-attr]


_GIVES = {"Flatten": 2, "RepeatVector": 3} | {
    name: rank
    for name, rank in NEEDED_RANK.items()
    if "LSTM" not in name and name not in {"RepeatVector", "Bidirectional", *RECURRENT}
}


def _recurrent(module: Module, layer: LayerCall) -> LayerCall | None:
    """The LSTM, GRU or SimpleRNN that `layer` is or wraps."""
    if layer.layer in RECURRENT:
        return layer
    if layer.layer == "Bidirectional" and "merge_mode" not in layer.keywords and layer.positionals:
        inner = module.layer_call(layer.positionals[0])
        return inner if inner is not None and inner.layer in RECURRENT else None
    return None


def _recurrent_rank(layer: LayerCall) -> int | None:
    words = layer.keywords
    if layer.open_ended or len(layer.positionals) > 3 or "return_state" in words:
        return None
    if "return_sequences" not in words:
        return 2
    return {True: 3, False: 2}.get(literal(words["return_sequences"].value))  # type: ignore[call-overload,no-any-return]


def _returns_last_step(module: Module, outer: LayerCall, layer: LayerCall, after: LayerCall) -> Finding:
    span = module.span(outer.node)
    change = _return_sequences(module, layer)
    return Finding(
        RETURN_SEQUENCES,
        layer.name,
        layer.layer,
        span,
        (change,),
        Words(
            headline=f"suspicious call {layer.written}: returns its last step only, but {after.written} follows",
            title=f"`return_sequences=False` of {layer.layer}"
            + ("" if change.explicit else ", the default, not written"),
            explanation=f"{layer.layer} gives (batch, units); {after.layer} needs (batch, time, features).",
            label="returns its last step only",
        ),
        corrected=corrected(module, module.span(layer.node), (change,)),
    )


def _return_sequences(module: Module, layer: LayerCall) -> Change:
    written = layer.keywords.get("return_sequences")
    if written is not None:
        place = module.span(written.value)
        return Change("return_sequences", False, True, module.span(written), None, True, place, "True")  # noqa: FBT003
    call = module.span(layer.node)
    last = max(
        (module.span(node) for node in (*layer.node.args, *layer.node.keywords)),
        key=lambda span: (span.end_line, span.end_column),
        default=None,
    )
    if last is None:
        return Change("return_sequences", False, True, call, explicit=False)  # noqa: FBT003
    tail = module.places.code(Span(call.file, last.end_line, last.end_column, call.end_line, call.end_column))
    sure = tail.replace(",", " ", 1).split() == [")"]
    place = Span(call.file, last.end_line, last.end_column, last.end_line, last.end_column)
    return Change(
        "return_sequences",
        False,  # noqa: FBT003
        True,  # noqa: FBT003
        call,
        explicit=False,
        replaces=place if sure else None,
        replacement=", return_sequences=True" if sure else None,
    )


def _wrong_rank(module: Module, before: _Step, step: _Step) -> Finding:
    layer, previous = step.layer, before.layer
    assert layer is not None  # noqa: S101  the caller skips unknown layers
    assert previous is not None  # noqa: S101
    needed = NEEDED_RANK.get(layer.layer, 3)
    flattened = previous.layer == "Flatten"
    return Finding(
        RANKS,
        previous.name if flattened else layer.name,
        previous.layer if flattened else layer.layer,
        module.span(layer.node),
        (Change("remove", None, None, module.span(previous.node)),) if flattened else (),
        Words(
            headline=f"suspicious call {layer.written}: needs {needed} axes, "
            f"but {previous.written} gives {before.gives}",
            title=f"{layer.layer} needs {needed} axes with the batch axis; {previous.layer} gives {before.gives}",
            explanation="Keras refuses this when the model is built.",
            label=f"gives {before.gives} axes" if flattened else "",
            fix_note=f"leave the {previous.written}() out" if flattened else "",
        ),
        structural=True,
    )


def _first_of_dense_end(sequence: Sequence) -> int | None:
    """Where the Dense layers begin that end the sequence after an image layer; `None` where it ends otherwise."""
    if not sequence.closed or None in sequence.layers:
        return None
    layers = [layer.layer for layer in sequence.layers if layer is not None]
    ending = len(layers)
    while ending and (layers[ending - 1] == "Dense" or layers[ending - 1] in KEEPS_RANK):
        ending -= 1
    dense = next((index for index in range(ending, len(layers)) if layers[index] == "Dense"), None)
    follows_image = ending > 0 and layers[ending - 1] in POOLS_OR_CONVOLVES_IMAGES
    return dense if follows_image else None


def _no_flatten(module: Module, sequence: Sequence, index: int, rank: int) -> Finding:
    layer, previous = sequence.layers[index], sequence.layers[index - 1]
    assert layer is not None  # noqa: S101  no sequence with unknown layers comes here
    assert previous is not None  # noqa: S101
    span = module.span(layer.node)
    prefix = layer.written[: -len("Dense")] if layer.written.endswith("Dense") else None
    known = prefix is not None and (bool(prefix) or module.names.bound.get("Flatten") is not None or module.names.stars)
    flatten = f"{prefix}Flatten()" if prefix is not None else "Flatten()"
    replaces, replacement = _insertion(module, layer, sequence.statements[index], flatten) if known else (None, None)
    return Finding(
        FLATTEN,
        layer.name,
        layer.layer,
        span,
        (Change("insert_before", None, flatten, span, explicit=False, replaces=replaces, replacement=replacement),),
        Words(
            headline=f"suspicious call {layer.written}: no Flatten or global pooling "
            f"between {previous.written} and Dense",
            title=f"no Flatten (or global pooling) between {previous.layer} and Dense",
            explanation="Dense acts on the last axis only and keeps the others, so the grid stays.",
            label=f"receives a rank-{rank} tensor",
        ),
        corrected=flatten,
        structural=True,
    )


def _insertion(
    module: Module, layer: LayerCall, statement: ast.stmt | None, flatten: str
) -> tuple[Span | None, str | None]:
    """The empty place before the layer and the text that puts a Flatten there, in the form of its neighbours."""
    start = module.span(statement if statement is not None else layer.node)
    place = Span(start.file, start.line, start.column, start.line, start.column)
    indent = module.places.lines[start.line - 1][: start.column]
    own_line = not indent.strip()
    if statement is None:
        return place, f"{flatten},\n{indent}" if own_line else f"{flatten}, "
    if not own_line:
        return None, None
    text, whole = module.code(statement), module.code(layer.node)
    return place, f"{text.replace(whole, flatten, 1)}\n{indent}"
