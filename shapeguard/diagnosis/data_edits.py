"""Data that must be converted, as edits of the call of `fit` or its like that the program hands it to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shapeguard.diagnosis.fed_data import FedData
from shapeguard.diagnosis.structure_edits import import_edit
from shapeguard.records.findings import Edit
from shapeguard.source import trees
from shapeguard.source.conversions import Input, converted
from shapeguard.source.fit_call import method_of
from shapeguard.spec import shapes_agree

if TYPE_CHECKING:
    import ast
    from collections.abc import Iterator

    from shapeguard.diagnosis.analysis import Analysis
    from shapeguard.diagnosis.graph import Node
    from shapeguard.diagnosis.repairs import ConvertData
    from shapeguard.records.network import Feed, Phase, Shape
    from shapeguard.source.conversions import Conversion
    from shapeguard.source.trees import Source

METHODS: dict[Phase, str] = {"train": "fit", "test": "evaluate", "predict": "predict"}


def edits_of_data(analysis: Analysis, repair: ConvertData) -> list[Edit]:
    """The edits of the data of one input, that for validation included; then the imports that they need."""
    feed, node = analysis.problem.feed, analysis.graph.nodes[repair.nodes[0]]
    fed, declared = fed_and_wanted(analysis, repair)
    place = None if feed is None or not repair.code else _place(feed)
    if feed is None or place is None:
        return [_without_text(feed, repair, fed, node)]
    source, call = place
    inputs = analysis.graph.network.inputs
    of = Input(inputs.index(node.outputs[0]), len(inputs), node.call.layer)
    conversions: dict[str, Conversion] = {}
    for argument in _arguments(feed, of.index, fed, declared):
        conversion = converted(source, call, argument, of, repair.code)
        if conversion is None:
            return [_without_text(feed, repair, fed, node)]
        conversions[argument] = conversion
    edits = [_edit(feed, method_of(call) or "fit", argument, fed, each) for argument, each in conversions.items()]
    needed = {each.statement: each for conversion in conversions.values() for each in conversion.imports}
    return [*edits, *map(import_edit, needed.values())]


def fed_and_wanted(analysis: Analysis, repair: ConvertData) -> tuple[Shape | None, Shape]:
    """What an input is given, and what it should be, the batch left out.

    Where nothing declares the input, it is what the model got.
    """
    value = analysis.graph.nodes[repair.node].outputs[0]
    shape = analysis.graph.shapes[value][1:]
    return (analysis.inputs.fed.get(value), shape) if repair.shape is None else (shape, repair.shape[1:])


def _place(feed: Feed) -> tuple[Source, ast.Call] | None:
    """The user's call in its source; `None` where it is not of a model's own method, or takes what is no array."""
    source = None if feed.call_span is None else trees.source_of(feed.call_span.file)
    call = None if source is None or feed.call_span is None else source.call_ending(feed.call_span)
    if source is None or call is None or feed.samples is None or method_of(call) is None:
        return None
    return source, call


def _arguments(feed: Feed, index: int, fed: Shape | None, declared: Shape) -> Iterator[str]:
    """The arguments whose data is to be converted; data for validation stays that fits as it is."""
    yield "x"
    if feed.validation is None:
        return
    shape = feed.validation[index] if index < len(feed.validation) else None
    if shape is None or shape == fed or not shapes_agree(shape, declared):
        yield "validation_data"


def _edit(feed: Feed, method: str, argument: str, fed: Shape | None, conversion: Conversion) -> Edit:
    return Edit(
        layer=method,
        argument=argument,
        value=fed,
        suggestion=conversion.expression,
        explicit=True,
        span=conversion.correction.replaces if argument != "x" else feed.x_span,
        replaces=conversion.correction.replaces,
        replacement=conversion.correction.replacement,
        corrected=conversion.correction.text,
    )


def _taker(feed: Feed | None, node: Node) -> tuple[str, str]:
    """(method, parameter) that the data is passed to, or the model or layer that is called with it and its own."""
    data = node.call.operation
    if isinstance(data, FedData) and (feed is None or not feed.given):
        return data.owner, data.parameter
    return ("fit" if feed is None else METHODS[feed.phase]), "x"


def _without_text(feed: Feed | None, repair: ConvertData, fed: Shape | None, node: Node) -> Edit:
    """The conversion in words of its own, where the program shows no one expression for the data.

    Data that a model or layer is called with is an argument of that.
    """
    (owner, name), data = _taker(feed, node), node.call.operation
    written = name if feed is None or feed.x_text is None else feed.x_text
    text = (written if written.isidentifier() else name) + (data.place if isinstance(data, FedData) else "")
    expression = repair.code.format(x=text)
    return Edit(
        layer=owner,
        argument=name,
        value=fed,
        suggestion=expression or repair.suggestion,
        explicit=True,
        span=None if feed is None else feed.x_span,
        corrected=f"{text} = {expression}" if expression else None,
    )
