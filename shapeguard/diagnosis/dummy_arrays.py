"""Arrays of one value that were made for a single sample, and stand beside data of several samples."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shapeguard.diagnosis.compared_targets import batched
from shapeguard.diagnosis.fit_edits import Converted, edits_of_parts
from shapeguard.diagnosis.handed_over import given_in, training_call
from shapeguard.diagnosis.made_targets import CONSTANTS
from shapeguard.records.findings import Cause
from shapeguard.source.array_makers import makers_of
from shapeguard.source.conversions import expression_given

if TYPE_CHECKING:
    from collections.abc import Sequence

    from shapeguard.records.network import Feed, Shape
    from shapeguard.source.conversions import Leaf

    Array = tuple[str, Leaf, Shape]


def cause_of_dummies(feed: Feed, arrays: Sequence[Array]) -> Cause | None:
    """The arrays of one sample repeated, where all of them are made of one value, and inputs have more samples."""
    count, single = _count(arrays), [each for each in arrays if each[2][0] == 1]
    if count is None or not single or not all(_is_constant(feed, part, leaf) for part, leaf, _ in single):
        return None
    code = f"np.repeat({{x}}, {_size(feed, single, count)}, axis=0)"
    edits = edits_of_parts(feed, [Converted(given_in(feed, part), code, shape, leaf) for part, leaf, shape in single])
    names = " and ".join(dict.fromkeys(batched(shape[1:]) for _, _, shape in single))
    return Cause(
        "data",
        tuple(edits or ()),
        title=f"the arrays of one value {names} are made for one sample, and there are {count}",
        label="of one sample",
        fix_note="repeat them for each sample",
    )


def _count(arrays: Sequence[Array]) -> int | None:
    """The samples of all inputs, and targets, that have not one; `None` where some have others."""
    lengths = {shape[0] for part, _, shape in arrays if part == "x"} - {1}
    count = lengths.pop() if len(lengths) == 1 else None
    return count if all(shape[0] in {1, count} for _, _, shape in arrays) else None


def _size(feed: Feed, single: Sequence[Array], count: int) -> str:
    """How many samples there are: the length of the inputs by their name, unless that is of several arrays."""
    is_name = feed.x_text is not None and feed.x_text.isidentifier() and len(feed.inputs) == 1
    return f"len({feed.x_text})" if is_name and all(part != "x" for part, _, _ in single) else str(count)


def _is_constant(feed: Feed, part: str, leaf: Leaf) -> bool:
    place = training_call(feed)
    node = None if place is None else expression_given(place[1], given_in(feed, part), leaf)
    return place is not None and node is not None and bool(makers_of(place[0], node, CONSTANTS))
