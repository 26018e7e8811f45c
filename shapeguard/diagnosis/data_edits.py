"""Data that must be converted, as edits of the call of `fit` or its like that the program hands it to."""

from __future__ import annotations

from typing import TYPE_CHECKING

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
    from shapeguard.diagnosis.repairs import ConvertData
    from shapeguard.records.network import Feed, Phase, Shape
    from shapeguard.source.conversions import Conversion
    from shapeguard.source.trees import Source

METHODS: dict[Phase, str] = {"train": "fit", "test": "evaluate", "predict": "predict"}


def edits_of_data(analysis: Analysis, repair: ConvertData) -> list[Edit]:
    """The edits of the data of one input, that for validation included; then the imports that they need."""
    feed, node = analysis.problem.feed, analysis.graph.nodes[repair.nodes[0]]
    fed, declared = analysis.inputs.fed.get(node.outputs[0]), analysis.graph.shapes[node.outputs[0]][1:]
    place = None if feed is None else _place(feed)
    if feed is None or place is None:
        return [_without_text(feed, repair, fed)]
    source, call = place
    inputs = analysis.graph.network.inputs
    of = Input(inputs.index(node.outputs[0]), len(inputs), node.call.layer)
    conversions: dict[str, Conversion] = {}
    for argument in _arguments(feed, of.index, fed, declared):
        conversion = converted(source, call, argument, of, repair.code)
        if conversion is None:
            return [_without_text(feed, repair, fed)]
        conversions[argument] = conversion
    edits = [_edit(feed, method_of(call) or "fit", argument, fed, each) for argument, each in conversions.items()]
    needed = {each.statement: each for conversion in conversions.values() for each in conversion.imports}
    return [*edits, *map(import_edit, needed.values())]


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


def _without_text(feed: Feed | None, repair: ConvertData, fed: Shape | None) -> Edit:
    """The conversion in words of its own, where the program shows no one expression for the data."""
    text = feed.x_text if feed is not None and feed.x_text is not None and feed.x_text.isidentifier() else "x"
    expression = repair.code.format(x=text)
    return Edit(
        layer=METHODS[feed.phase] if feed is not None else "fit",
        argument="x",
        value=fed,
        suggestion=expression,
        explicit=True,
        span=None if feed is None else feed.x_span,
        corrected=f"{text} = {expression}",
    )
