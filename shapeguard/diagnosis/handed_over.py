"""Where a program hands data over: its call of `fit` or the like, and the argument of each part of a batch."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shapeguard.source import trees
from shapeguard.source.conversions import WHOLE, Given, expression_given
from shapeguard.source.fit_call import argument_of, method_of

if TYPE_CHECKING:
    import ast

    from shapeguard.records.network import Feed, Phase
    from shapeguard.records.source import Span
    from shapeguard.source.trees import Source

PARTS = ("x", "y", "sample_weight")
"""What a batch consists of, in order; the elements of `validation_data` too."""
VALIDATION = "validation_data"
METHODS: dict[Phase, str] = {"train": "fit", "test": "evaluate", "predict": "predict"}


def training_call(feed: Feed) -> tuple[Source, ast.Call] | None:
    """The user's call of a training method in its source; `None` where it is not at hand, or of another function."""
    source = None if feed.call_span is None else trees.source_of(feed.call_span.file)
    call = None if source is None or feed.call_span is None else source.call_ending(feed.call_span)
    return None if source is None or call is None or method_of(call) is None else (source, call)


def is_of_validation(feed: Feed) -> bool:
    """Whether it is the validation within `fit` that was given this."""
    if feed.phase != "test":
        return False
    place = training_call(feed)
    return place is not None and method_of(place[1]) == "fit"


def part_of_input(feed: Feed, index: int, count: int) -> tuple[str, int, int]:
    """(part of a batch, place in it, number of its arrays) of one of so many inputs of a pass.

    A step of the user's own takes all parts of a batch, a model the first.
    """
    if sum(map(len, feed.parts)) == count:
        for part, shapes in zip(PARTS, feed.parts, strict=False):
            if index < len(shapes):
                return part, index, len(shapes)
            index -= len(shapes)
    return PARTS[0], index, count


def written_for(feed: Feed, part: str) -> str | None:
    """What the user's call hands over for a part of a batch, as it is written."""
    return {"x": feed.x_text, "y": feed.y_text}.get(part)


def given_in(feed: Feed, part: str) -> Given:
    """Where the user's call hands over a part of what the step was given."""
    return Given(VALIDATION, PARTS.index(part)) if is_of_validation(feed) else Given(part)


def whole_given(feed: Feed) -> Given:
    """Where the user's call hands over all that a step was given, as one object: a dataset, a generator."""
    return Given(VALIDATION if is_of_validation(feed) else "x")


def span_given(feed: Feed, given: Given) -> Span | None:
    """What the user's call hands over there; the argument where the part is not written by itself, `None` for none."""
    place = training_call(feed)
    if place is None:
        return None
    source, call = place
    node = expression_given(call, given, WHOLE) or argument_of(call, given.argument)
    return None if node is None else source.span(node)
