"""Data that must be converted, as edits of the call of `fit` or its like that the program hands it to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shapeguard.diagnosis.fed_data import FedData
from shapeguard.diagnosis.fit_edits import Converted, edit_in_words, edits_of_parts
from shapeguard.diagnosis.handed_over import (
    METHODS,
    PARTS,
    VALIDATION,
    given_in,
    is_of_validation,
    part_of_input,
    span_given,
    written_for,
)
from shapeguard.records.findings import Edit
from shapeguard.source.conversions import Given, Leaf
from shapeguard.spec import shapes_agree

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shapeguard.diagnosis.analysis import Analysis
    from shapeguard.diagnosis.graph import Node
    from shapeguard.diagnosis.repairs import ConvertData
    from shapeguard.records.network import Feed, Shape


def edits_of_data(analysis: Analysis, repair: ConvertData) -> list[Edit]:
    """The edits of the data of one input, that for validation included; then the imports that they need."""
    feed, node = analysis.problem.feed, analysis.graph.nodes[repair.nodes[0]]
    fed, declared = fed_and_wanted(analysis, repair)
    part = part_of_data(analysis, node)
    if feed is None or feed.samples is None or not repair.code:
        return [_in_words(feed, part, repair, fed, node)]
    _, index, count = _place_in_batch(analysis, feed, node)
    leaf = Leaf(index, count, node.call.layer)
    parts = [Converted(given, repair.code, fed, leaf) for given in _places(feed, part, leaf.index, fed, declared)]
    if are_targets_alike(analysis):
        parts.append(Converted(given_in(feed, "y"), repair.code, fed))
    return edits_of_parts(feed, parts) or [_in_words(feed, part, repair, fed, node)]


def part_of_data(analysis: Analysis, node: Node) -> str:
    """The part of a batch that an input is: `x` but for targets and weights, which a step of the user's own takes."""
    feed = analysis.problem.feed
    return PARTS[0] if feed is None else _place_in_batch(analysis, feed, node)[0]


def _place_in_batch(analysis: Analysis, feed: Feed, node: Node) -> tuple[str, int, int]:
    inputs = analysis.graph.network.inputs
    return part_of_input(feed, inputs.index(node.outputs[0]), len(inputs))


def are_targets_alike(analysis: Analysis) -> bool:
    """Whether the targets are as wrong as the only input, and its conversion mends both, as in an autoencoder."""
    feed, network, shapes = analysis.problem.feed, analysis.graph.network, analysis.graph.shapes
    fed = list(analysis.inputs.fed.items())
    if feed is None or not network.complete or not len(fed) == len(network.outputs) == len(feed.targets) == 1:
        return False
    value, shape = fed[0]
    is_wrong = not shapes_agree(shape, shapes[value][1:])
    return is_wrong and feed.targets[0] == shape and shapes[network.outputs[0]][1:] == shapes[value][1:]


def fed_and_wanted(analysis: Analysis, repair: ConvertData) -> tuple[Shape | None, Shape]:
    """What an input is given, and what it should be, the batch left out.

    Where nothing declares the input, it is what the model got.
    """
    value = analysis.graph.nodes[repair.node].outputs[0]
    shape = analysis.graph.shapes[value][1:]
    return (analysis.inputs.fed.get(value), shape) if repair.shape is None else (shape, repair.shape[1:])


def _places(feed: Feed, part: str, index: int, fed: Shape | None, declared: Shape) -> Iterator[Given]:
    """Where the data is handed over; data for validation stays that fits as it is."""
    yield given_in(feed, part)
    if feed.validation is None or feed.phase != "train":
        return
    if part != PARTS[0]:
        yield Given(VALIDATION, PARTS.index(part))
        return
    shape = feed.validation[index] if index < len(feed.validation) else None
    if shape is None or shape == fed or not shapes_agree(shape, declared):
        yield Given(VALIDATION, 0)


def _taker(feed: Feed | None, node: Node) -> tuple[str, str]:
    """(method, parameter) that the data is passed to, or the model or layer that is called with it and its own."""
    data = node.call.operation
    if isinstance(data, FedData) and (feed is None or not feed.given):
        return data.owner, data.parameter
    return ("fit" if feed is None else METHODS[feed.phase]), "x"


def _in_words(feed: Feed | None, part: str, repair: ConvertData, fed: Shape | None, node: Node) -> Edit:
    """The conversion of a part of a batch in words of its own, where the program shows no one expression for it."""
    if feed is None or part == PARTS[0]:
        return _without_text(feed, repair, fed, node)
    return edit_in_words(feed, Converted(given_in(feed, part), repair.code, fed), written_for(feed, part) or part)


def _without_text(feed: Feed | None, repair: ConvertData, fed: Shape | None, node: Node) -> Edit:
    """The conversion in words of its own, where the program shows no one expression for the data.

    Data that a model or layer is called with is an argument of that.
    """
    (owner, name), data = _taker(feed, node), node.call.operation
    is_apart = feed is not None and is_of_validation(feed)
    written = name if feed is None or feed.x_text is None or is_apart else feed.x_text
    text = (written if written.isidentifier() else name) + (data.place if isinstance(data, FedData) else "")
    expression = repair.code.format(x=text)
    return Edit(
        layer=owner,
        argument=VALIDATION if is_apart else name,
        value=fed,
        suggestion=expression or repair.suggestion,
        explicit=True,
        span=None if feed is None else span_given(feed, given_in(feed, "x")) if is_apart else feed.x_span,
        corrected=f"{text} = {expression}" if expression else None,
    )
