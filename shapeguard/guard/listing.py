"""All that a program expects, for its author to see, and the comments near its layers that are no expectations."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from shapeguard.guard.attached_targets import comments_not_read
from shapeguard.records.expectations import ListedExpectation
from shapeguard.records.source import Span
from shapeguard.source import trees
from shapeguard.source.statements import declared_in
from shapeguard.spec import ShapeSpec

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from shapeguard.records.expectations import Expectation, Target
    from shapeguard.records.network import Network
    from shapeguard.source.statements import Declared

    Line = tuple[str, int]

_OF_THE_MODEL = frozenset({"targets", "unpacking"})
_ABOVE_SEVERAL = "above several layers"
_ABOVE = 'above the line, without an arrow, "output" or the layer\'s name'
_NOWHERE = Span(chr(sys.maxunicode), 0, 0, 0, 0)
_NOT_CALLED = "its layer is no part of the model"


def listed(network: Network, targets: Iterable[Target]) -> tuple[ListedExpectation, ...]:
    """The expectations of the network's calls, and the comments on its layers that are of something else, each once."""
    read = [_listed(t.expectation) for t in targets if t.expectation.origin not in _OF_THE_MODEL]
    unread = [_listed(each.expectation, each.reason, each.about) for each in comments_not_read(network)]
    return tuple(dict.fromkeys([*read, *unread]))


def with_unread(seen: Collection[ListedExpectation], lines: Collection[Line]) -> tuple[ListedExpectation, ...]:
    """The list, in the order of the source, with the comments on these lines that declare nothing."""
    places = {each.declared for each in seen}
    files = sorted({file for file, _ in lines})
    sources = [(file, source) for file in files if (source := trees.source_of(file)) is not None]
    more = [
        each
        for file, source in sources
        for each in _unread_in(declared_in(source), {line for other, line in lines if other == file})
        if each.declared not in places
    ]
    return tuple(sorted([*seen, *more], key=_order))


def _listed(expectation: Expectation, reason: str | None = None, about: tuple[Span, ...] = ()) -> ListedExpectation:
    spec = expectation.spec
    return ListedExpectation(
        expectation.target,
        spec.as_tuple if isinstance(spec, ShapeSpec) and expectation.quantity != "params" else str(spec),
        expectation.origin,
        expectation.quantity,
        expectation.declared,
        expectation.text,
        reason,
        about,
    )


def _unread_in(declared: Declared, lines: Collection[int]) -> Iterator[ListedExpectation]:
    """The comments beside expressions that end on these lines and that declare nothing."""
    for comment in declared.unread:
        if comment.line in lines:
            yield ListedExpectation("", "", "comment", declared=comment.span, text=comment.text, reason=comment.reason)
    for place, declarations in declared.by_place.items():
        for declaration in declarations if place[1] in lines else ():
            if declaration.comment is not None:
                reason = _NOT_CALLED if not declaration.above else _ABOVE_SEVERAL if declaration.heads else _ABOVE
                spec = str(declaration.comment.spec)
                yield ListedExpectation("", spec, "comment", "output", declaration.span, declaration.text, reason)


def _order(each: ListedExpectation) -> tuple[Span, str]:
    """By the place in the source; what has none comes last."""
    return each.declared or _NOWHERE, each.layer
