"""Declared expressions whose value cannot be seen yet."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from types import FrameType

    from shapeguard.source.statements import Declaration, Place


@dataclass(frozen=True, slots=True, eq=False)
class Pending:
    """A declared expression that is not itself the call of a layer.

    `inner` is the helper's frame, `operation` the last one it called, `target` the name that the value is assigned to.
    `outermost` is the frame of the user's that all of it happens in.
    """

    frame: FrameType
    place: Place
    inner: FrameType | None
    operation: Any
    declarations: Sequence[Declaration]
    target: str | None
    outermost: FrameType


class PendingExpressions:
    """The expressions that wait; each `take_...` returns some of them, which then wait no longer."""

    def __init__(self) -> None:
        self._waiting: dict[tuple[int, Place], Pending] = {}

    def put(self, pending: Pending) -> None:
        """Lets an expression wait, in place of what waited for the same one."""
        self._waiting[id(pending.frame), pending.place] = pending

    def take_left(self, frame: FrameType, place: Place, inner: FrameType | None) -> list[Pending]:
        """Those of a frame that evaluates another expression by now, or is in another helper."""
        return self._take(
            lambda pending: pending.frame is frame and (pending.place != place or pending.inner is not inner)
        )

    def take_inside_calls(self, is_under_way: Callable[[Pending], bool]) -> list[Pending]:
        """Those in a user's `call` and what it calls, but for what is under way: its name is not assigned."""
        return self._take(lambda pending: pending.outermost.f_code.co_name == "call" and not is_under_way(pending))

    def take_all(self) -> list[Pending]:
        """All of them."""
        return self._take(lambda _: True)

    def _take(self, is_ready: Callable[[Pending], bool]) -> list[Pending]:
        ready = {key: pending for key, pending in self._waiting.items() if is_ready(pending)}
        for key in ready:
            del self._waiting[key]
        return list(ready.values())
