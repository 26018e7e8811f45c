"""Which boxes of a large network are drawn as one: blocks that repeat, and runs away from any event."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

Link = tuple[int, int]

_MOST_SINGLE = 24
_MOST_BOXES = 250
_SHORTEST_RUN = 3
_LONGEST_RUN = 16
_LONGEST_PERIOD = 12


@dataclass(frozen=True, slots=True)
class Group:
    """Boxes drawn as one, in order; `times`: they are a block that repeats so many times."""

    boxes: tuple[int, ...]
    times: int = 1


def folded(kinds: Sequence[str], links: Sequence[Link], eventful: Collection[int]) -> list[Group]:
    """Returns the groups of boxes of these kinds, in order; those that are eventful, and next to these, are alone.

    An arrow never leads backwards between groups, for none leads backwards in the order of the boxes.
    """
    count = len(kinds)
    if count <= _MOST_SINGLE:
        return [Group((number,)) for number in range(count)]
    kept = set(eventful)
    kept |= {end for link in links if kept & set(link) for end in link}
    groups: list[Group] = []
    blocks = _blocks(count, links)
    for quiet, run in itertools.groupby(blocks, key=lambda block: len(block) <= _LONGEST_RUN and not kept & set(block)):
        stretch = list(run)
        groups += _repeats(stretch, kinds, links) if quiet else _chains([*itertools.chain(*stretch)], links, kept)
    return groups if len(groups) <= _MOST_BOXES else _stretches(count, eventful)


def _blocks(count: int, links: Sequence[Link]) -> list[range]:
    """Stretches that no arrow passes over: of a chain each box, of a residual network each block with its shortcut."""
    furthest = list(range(count))
    for source, target in links:
        furthest[source] = max(furthest[source], target)
    starts = [0]
    reached = 0
    for number in range(count - 1):
        reached = max(reached, furthest[number])
        if reached <= number + 1:
            starts.append(number + 1)
    return [range(start, end) for start, end in itertools.pairwise([*starts, count])]


def _repeats(blocks: Sequence[range], kinds: Sequence[str], links: Sequence[Link]) -> list[Group]:
    """Blocks that repeat as one group, the others between them in runs."""
    shapes = [_shape(block, kinds, links) for block in blocks]
    groups: list[Group] = []
    single: list[int] = []
    place = 0
    while place < len(blocks):
        period, times = _repetition(shapes, place)
        if times == 1:
            single += blocks[place]
            place += 1
            continue
        groups += _parts(single)
        single = []
        members = [number for block in blocks[place : place + period * times] for number in block]
        groups.append(Group(tuple(members), times))
        place += period * times
    return groups + _parts(single)


def _shape(block: range, kinds: Sequence[str], links: Sequence[Link]) -> tuple[object, ...]:
    inner = (link for link in links if link[0] in block and link[1] in block) if len(block) > 1 else ()
    return (
        tuple(kinds[number] for number in block),
        tuple((source - block.start, target - block.start) for source, target in inner),
    )


def _repetition(shapes: Sequence[object], place: int) -> tuple[int, int]:
    """The length of what repeats from this place on, in blocks, and how often; the shortest that repeats wins."""
    for period in range(1, min(_LONGEST_PERIOD, (len(shapes) - place) // 2) + 1):
        times = 1
        while shapes[place : place + period] == shapes[place + times * period : place + (times + 1) * period]:
            times += 1
        if times > 1:
            return period, times
    return 1, 1


def _chains(numbers: Sequence[int], links: Sequence[Link], kept: Collection[int]) -> list[Group]:
    """The boxes of a stretch with events: those in a row without a branch or an event in runs, the others alone."""
    takers: dict[int, list[int]] = {}
    givers: dict[int, list[int]] = {}
    for source, target in links:
        takers.setdefault(source, []).append(target)
        givers.setdefault(target, []).append(source)
    chains: list[list[int]] = []
    chain_of: dict[int, list[int]] = {}
    for number in numbers:
        before = givers.get(number, [])
        chain = chain_of.get(before[0]) if len(before) == 1 and len(takers[before[0]]) == 1 else None
        if chain is None or number in kept or chain[-1] in kept:
            chain = []
            chains.append(chain)
        chain.append(number)
        chain_of[number] = chain
    return sorted(itertools.chain.from_iterable(map(_parts, chains)), key=lambda group: group.boxes[0])


def _parts(run: Sequence[int]) -> list[Group]:
    """A short run as single boxes, a long one as parts of equal length, so that a chain is more than one box."""
    if len(run) < _SHORTEST_RUN:
        return [Group((number,)) for number in run]
    parts = -(-len(run) // _LONGEST_RUN)
    ends = [len(run) * part // parts for part in range(parts + 1)]
    return [Group(tuple(run[start:end])) for start, end in itertools.pairwise(ends)]


def _stretches(count: int, eventful: Collection[int]) -> list[Group]:
    """Stretches of the order of calls, few enough to draw; eventful boxes are alone."""
    alone = set(sorted(eventful)[: _MOST_BOXES // 4])
    size = max(2, -(-count // (_MOST_BOXES // 2)))
    return [Group(tuple(stretch)) for stretch in _pieces(count, alone, size)]


def _pieces(count: int, alone: Collection[int], size: int) -> Iterator[list[int]]:
    piece: list[int] = []
    for number in range(count):
        if piece and (number in alone or len(piece) >= size or piece[-1] in alone):
            yield piece
            piece = []
        piece.append(number)
    if piece:
        yield piece
