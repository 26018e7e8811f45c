"""An array whose rows are to be chosen: the program has the numbers of them, as many as another array has samples."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING

from shapeguard.diagnosis.fit_edits import Converted, edits_of_parts
from shapeguard.diagnosis.handed_over import given_in, training_call
from shapeguard.diagnosis.scoring import data_costs
from shapeguard.records.findings import Cause
from shapeguard.source.unread_names import is_of_targets

if TYPE_CHECKING:
    from collections.abc import Sequence

    from shapeguard.records.network import Feed, Selection, Shape
    from shapeguard.source.conversions import Leaf

    Array = tuple[str, Leaf, Shape]

PAIR = 2


@dataclass(frozen=True, slots=True)
class _Choice:
    """Rows of the arrays of one length that are as many as the others have; `is_unread`: nothing reads the name."""

    selection: Selection
    chosen: tuple[Array, ...]
    is_unread: bool


def causes_of_chosen_rows(feed: Feed, arrays: Sequence[Array]) -> tuple[Cause, ...]:
    """The rows that the program itself has chosen; one of a name that nothing reads is the cause, if it is alone."""
    lengths = {shape[0] for _, _, shape in arrays}
    if len(lengths) != PAIR or not feed.selections:
        return ()
    choice = _likeliest([each for each in _choices(feed, arrays, lengths) if not _is_by_chance(each)])
    cause = None if choice is None else _cause(feed, choice)
    return () if cause is None else (cause,)


def _likeliest(choices: list[_Choice]) -> _Choice | None:
    """The only one whose name nothing reads, or the only one at all."""
    likely = [each for each in choices if each.is_unread] or choices
    return likely[0] if len(likely) == 1 else None


def _choices(feed: Feed, arrays: Sequence[Array], lengths: set[int | None]) -> list[_Choice]:
    read = _read_names(feed)
    found = []
    for each in feed.selections:
        for rows in lengths:
            fits = rows == each.rows if each.is_mask else rows is not None and each.rows <= rows
            if fits and lengths == {rows, each.chosen} and rows != each.chosen:
                chosen = tuple(array for array in arrays if array[2][0] == rows)
                found.append(_Choice(each, chosen, each.name not in read))
    return found


def _is_by_chance(choice: _Choice) -> bool:
    """Whether numbers that choose rows may as well be something else: classes, an order, those of few rows alone."""
    selection, rows = choice.selection, choice.chosen[0][2][0] or 0
    if selection.is_mask:
        return False
    is_order = selection.is_once and selection.rows == selection.chosen
    reached = data_costs.ROWS_REACHED_ONCE if selection.is_once else data_costs.ROWS_REACHED
    return is_order or is_of_targets(selection.name) or selection.rows < rows * reached


def _read_names(feed: Feed) -> frozenset[str]:
    """The names that the program reads anywhere in the file of the call."""
    place = training_call(feed)
    nodes = () if place is None else ast.walk(place[0].tree)
    return frozenset(each.id for each in nodes if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Load))


def _cause(feed: Feed, choice: _Choice) -> Cause | None:
    selection = choice.selection
    parts = []
    for part, leaf, shape in choice.chosen:
        index = f".iloc[{selection.name}]" if part in feed.frames else f"[{selection.name}]"
        parts.append(Converted(given_in(feed, part), f"{{x}}{index}", shape, leaf))
    edits = edits_of_parts(feed, parts)
    if not edits:
        return None
    names = " and ".join(part if leaf.count == 1 else f"{part}[{leaf.index}]" for part, leaf, _ in choice.chosen)
    rows = choice.chosen[0][2][0]
    kind = "has a truth for each row" if selection.is_mask else f"has {selection.chosen} numbers of rows"
    verb = "has" if len(choice.chosen) == 1 else "have"
    return Cause(
        "data",
        tuple(edits),
        confidence="cause" if choice.is_unread else "possible",
        title=f"{names} {verb} {rows} rows, and `{selection.name}` {kind} of them: each sample needs its own",
        label="not chosen by row",
        explanation=f"Nothing else reads `{selection.name}`." if choice.is_unread else "",
        fix_note="take the row of each sample",
    )
