"""The user's frames next to an event, and the expressions that they are evaluating."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, NamedTuple

from shapeguard.source import frames, trees
from shapeguard.source.statements import Place, declared_in, place_of

if TYPE_CHECKING:
    from types import CodeType, FrameType


class Chain(NamedTuple):
    """The user's frames next to an event, innermost first; none where Keras acted on its own behalf.

    `direct`: the innermost is calling the layer itself, rather than a function of Keras that stands for it.
    """

    frames: tuple[FrameType, ...]
    direct: bool


def chain_of(frame: FrameType | None, base: CodeType | None) -> Chain:
    """The chain from `frame` outwards, up to `base` or to Keras' own frames.

    Frames above those do not belong to it: the line `model.fit(...)` says nothing of a layer.
    """
    direct = True
    entered: CodeType | None = None
    while frame is not None and frames.is_framework(frame.f_code.co_filename):
        entered = frame.f_code
        direct = direct and frames.is_transparent(entered)
        frame = frame.f_back
    if not direct and (entered is None or not frames.is_functional_api(entered)):
        return Chain((), direct)
    chain = []
    while frame is not None and not frames.is_library(frame.f_code.co_filename):
        chain.append(frame)
        if frame.f_code is base or frame.f_code.co_name == "<module>":
            break
        frame = frame.f_back
    return Chain(tuple(chain), direct)


@functools.lru_cache(maxsize=4096)
def place_at(source: trees.Source, code: CodeType, offset: int) -> Place | None:
    """Where the expression stands that a frame is evaluating; `None` where that is not certain."""
    node = trees.node_at(source, code, offset)
    if node is not None:
        return place_of(node)
    line, _, column, _ = frames.position(code, offset)
    if line is None or column is not None:
        return None
    # PYTHONNODEBUGRANGES: only lines are known, so a line with one declaration will have to do.
    places = [place for place in declared_in(source).by_place if place[0] <= line <= place[1]]
    return places[0] if len(places) == 1 else None
