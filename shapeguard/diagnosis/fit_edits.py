"""What a program hands to `fit` and its like, as edits of that call."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from shapeguard.diagnosis.handed_over import METHODS, span_given, training_call
from shapeguard.diagnosis.structure_edits import import_edit
from shapeguard.records.findings import Edit
from shapeguard.source.conversions import WHOLE, Given, Leaf, converted
from shapeguard.source.fit_call import method_of
from shapeguard.source.literals import Code
from shapeguard.source.statement_edits import with_all

if TYPE_CHECKING:
    import ast
    from collections.abc import Iterable

    from shapeguard.records.network import Feed
    from shapeguard.records.source import Correction
    from shapeguard.source.conversions import Conversion
    from shapeguard.source.spelling import Import


@dataclass(frozen=True, slots=True)
class Converted:
    """An array that is converted by `code` on `{x}`; `shape` is what it has now, `given` where it is handed over."""

    given: Given
    code: str
    shape: object = None
    leaf: Leaf = WHOLE


def edits_of_parts(feed: Feed, parts: Iterable[Converted]) -> list[Edit] | None:
    """The edits of a call that convert all these, then the imports that they need; `None` if one has no place."""
    place = training_call(feed)
    if place is None:
        return None
    source, call = place
    made: list[tuple[Converted, Conversion]] = []
    needed: dict[str, Import] = {}
    for part in parts:
        conversion = converted(source, call, part.given, part.leaf, part.code)
        if conversion is None:
            return None
        made.append((part, conversion))
        needed |= {each.statement: each for each in conversion.imports}
    text = with_all(source, call, [each.correction for _, each in made])
    edits = [_edit(method_of(call) or "fit", part, conversion, text) for part, conversion in made]
    return [*edits, *map(import_edit, needed.values())]


def edit_in_words(feed: Feed, part: Converted, name: str) -> Edit:
    """The conversion in words of its own, where the program shows no one expression for the data."""
    text = name if name.isidentifier() else "x"
    expression = part.code.format(x=text) if part.code else None
    place = training_call(feed)
    return Edit(
        layer=METHODS[feed.phase] if place is None else method_of(place[1]) or METHODS[feed.phase],
        argument=part.given.argument,
        value=part.shape,
        suggestion=expression,
        explicit=True,
        span=span_given(feed, part.given),
        corrected=None if expression is None else f"{text} = {expression}",
    )


def edit_of(call: ast.Call, argument: str, change: Correction) -> Edit:
    """A change of the program as an edit of a training call's argument."""
    return Edit(
        layer=method_of(call) or "fit",
        argument=argument,
        value=None,
        suggestion=Code(change.replacement or change.text or ""),
        explicit=True,
        span=change.replaces,
        replaces=change.replaces,
        replacement=change.replacement,
        corrected=change.text,
    )


def _edit(method: str, part: Converted, conversion: Conversion, corrected: str) -> Edit:
    return Edit(
        layer=method,
        argument=part.given.argument,
        value=part.shape,
        suggestion=conversion.expression,
        explicit=True,
        span=conversion.correction.replaces,
        replaces=conversion.correction.replaces,
        replacement=conversion.correction.replacement,
        corrected=corrected,
    )
