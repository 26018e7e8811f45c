"""SG708 dense-without-flatten: Dense layers that end an image classifier without Flatten or global pooling."""

from __future__ import annotations

import itertools
from operator import attrgetter
from typing import TYPE_CHECKING

from shapeguard.layers import Role, classes_for
from shapeguard.linting.findings import Change, Finding, FindingText, Rule
from shapeguard.linting.sequences import sequences
from shapeguard.linting.sequential_ranks import steps_of
from shapeguard.records.source import Span

if TYPE_CHECKING:
    import ast
    from collections.abc import Iterator

    from shapeguard.layers import Traits
    from shapeguard.linting.calls import LayerCall, Module
    from shapeguard.linting.sequences import Sequence

_IMAGE_AXES = (2, 3)
_IMAGE_RANK = 4
_KEEPS_NDIM = attrgetter("keeps_ndim")


def check(module: Module) -> Iterator[Finding]:
    """The first Dense layer of each Sequential that keeps the grid of its images to the end."""
    for sequence in sequences(module):
        index = _first_of_dense_end(sequence)
        if index is None:
            continue
        before, step = steps_of(module, sequence)[index - 1 : index + 1]
        if before.call is not None and step.call is not None and step.takes is not None and step.takes >= _IMAGE_RANK:
            yield _finding(module, before.call, step.call, sequence.entries[index].statement, step.takes)


def _first_of_dense_end(sequence: Sequence) -> int | None:
    """The index of the first of the Dense layers that end the sequence after an image layer; `None` for another end."""
    calls = [entry.call for entry in sequence.entries if entry.call is not None]
    if not sequence.closed or len(calls) < len(sequence.entries):
        return None
    layers = [call.traits for call in calls]
    end = len(layers) - sum(1 for _ in itertools.takewhile(_KEEPS_NDIM, reversed(layers)))
    dense = (index for index in range(end, len(layers)) if layers[index].role is Role.DENSE)
    return next(dense, None) if end and _gives_images(layers[end - 1]) else None


def _gives_images(traits: Traits) -> bool:
    return traits.ends_maps and traits.axes in _IMAGE_AXES


def _finding(module: Module, before: LayerCall, dense: LayerCall, statement: ast.stmt | None, rank: int) -> Finding:
    span = module.span(dense.node)
    flatten, can_write = _flatten(module, dense)
    replaces, replacement = _insertion(module, dense, statement, flatten) if can_write else (None, None)
    change = Change("insert_before", None, flatten, span, explicit=False, replaces=replaces, replacement=replacement)
    text = FindingText(
        headline=f"suspicious call {dense.written}: no Flatten or global pooling between {before.written} and Dense",
        title=f"no Flatten (or global pooling) between {before.layer} and Dense",
        explanation="Dense acts on the last axis only and keeps the others, so the grid remains.",
        label=f"receives a rank-{rank} tensor",
    )
    return Finding(dense.name, dense.layer, span, (change,), text, corrected=flatten, kind="structure")


def _flatten(module: Module, dense: LayerCall) -> tuple[str, bool]:
    """A Flatten spelled as the Dense is, and whether the file has that name."""
    name = classes_for(Role.FLATTEN)[0]
    if not dense.written.endswith(dense.layer):
        return f"{name}()", False
    prefix = dense.written.removesuffix(dense.layer)
    return f"{prefix}{name}()", bool(prefix) or name in module.names.bound or bool(module.names.stars)


def _insertion(
    module: Module, dense: LayerCall, statement: ast.stmt | None, flatten: str
) -> tuple[Span | None, str | None]:
    """The empty place before the layer and the text that puts a Flatten there, in the form of its neighbours."""
    start = module.span(dense.node if statement is None else statement)
    place = Span(start.file, start.line, start.column, start.line, start.column)
    indent = module.places.lines[start.line - 1][: start.column]
    own_line = not indent.strip()
    if statement is None:
        return place, f"{flatten},\n{indent}" if own_line else f"{flatten}, "
    if not own_line:
        return None, None
    text = module.code(statement).replace(module.code(dense.node), flatten, 1)
    return place, f"{text}\n{indent}"


RULE = Rule(
    "SG708",
    "dense-without-flatten",
    "an image classifier that ends in Dense layers without Flatten or global pooling",
    check,
)
