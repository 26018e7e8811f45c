"""Places in files that may have changed since they were found: of a text that is no longer there nothing is shown."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from shapeguard.source import compiled

if TYPE_CHECKING:
    from shapeguard.records.expectations import Expectation
    from shapeguard.records.network import Call, Feed
    from shapeguard.records.source import Span


def has_moved(place: Span | None) -> bool:
    """Whether the file holds something else now than when the place in it was found."""
    return place is not None and compiled.has_changed(place.file)


def placed(expectation: Expectation, call: Call | None = None) -> Expectation:
    """The expectation without its place, where the file has changed since it was found there.

    An expectation recorded on a layer is as old as the layer: if that was made by the text that is there now, as by a
    program that was edited and run again, the place is right.
    """
    place, construction = expectation.declared, None if call is None else call.construction
    if place is None or not has_moved(place):
        return expectation
    is_of_now = construction is not None and construction.call is not None and construction.call.file == place.file
    return expectation if is_of_now else replace(expectation, declared=None)


def feed_placed(feed: Feed) -> Feed:
    """The feed without its places in a file that has changed since."""
    if has_moved(feed.call_span):
        feed = replace(feed, x_span=None, y_span=None, batch_span=None, call_span=None)
    return replace(feed, compile_span=None) if has_moved(feed.compile_span) else feed
