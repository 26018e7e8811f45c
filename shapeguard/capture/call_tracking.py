"""Which operation made which tensor, how often a layer was called, and where names live, while code is watched."""

from __future__ import annotations

import itertools
import weakref
from typing import TYPE_CHECKING, Any

from shapeguard.keras_compat import keras_layers

if TYPE_CHECKING:
    from types import FrameType

_MANY = 4096
_invocations = itertools.count(1)


def new_scope(name: str) -> str:
    """A scope of names that nothing else has."""
    return f"{name}#{next(_invocations)}"


class _Event:
    """A forward call under way. `body` is the frame of the user's `call`, once something happened in it."""

    __slots__ = ("body", "counts", "scope")

    def __init__(self, scope: str, counts: dict[int, int]) -> None:
        self.scope = scope
        self.counts = counts
        self.body: FrameType | None = None


class CallTracker:
    """The forward calls under way, and what came of those before."""

    def __init__(self) -> None:
        self._outside = _Event("", {})
        self._events: list[_Event] = []
        self._counts: dict[int, int] = {}
        self._building: dict[int, int] = {}
        self._made: dict[int, tuple[Any, Any]] = {}
        self._scopes: dict[int, tuple[FrameType, str]] = {}

    @property
    def depth(self) -> int:
        """How many forward calls are under way, one inside the other."""
        return len(self._events)

    def enter(self, name: str, body: FrameType | None, *, symbolic: bool) -> str:
        """Begins a forward call; its scope. `body` is the outermost frame of the user's code that makes it.

        A call on real tensors is a pass of its own, and counts anew. Keras runs the user's `call` more than once for
        one forward call (to build, then to trace): each run counts anew.
        """
        around = self._events[-1] if self._events else self._outside
        if body is not None:
            if around.body is not None and around.body is not body:
                self._counts = dict(around.counts)
            around.body = body
        if not self._events and not symbolic:
            self._building, self._counts = self._counts, {}
        self._events.append(_Event(new_scope(name), dict(self._counts)))
        return self._events[-1].scope

    def leave(self, *, symbolic: bool) -> None:
        """Ends the innermost forward call."""
        self._events.pop()
        if not self._events and not symbolic:
            self._counts = self._building

    def made(self, operation: Any, tensors: list[Any]) -> None:
        """Remembers, without keeping them alive, which tensors an operation made."""
        if len(self._made) > _MANY:
            self._made = {key: value for key, value in self._made.items() if value[1]() is not None}
        for tensor in tensors:
            if not isinstance(tensor, keras_layers.KerasTensor):
                self._made[id(tensor)] = (operation, weakref.ref(tensor))

    def operation_of(self, value: Any) -> Any | None:
        """The operation that made a tensor, as far as it was seen; a layer or model stands for itself."""
        if isinstance(value, keras_layers.Operation):
            return value
        if isinstance(value, keras_layers.KerasTensor):
            return keras_layers.producer_of(value)
        maker = self._made.get(id(value))
        return maker[0] if maker is not None and maker[1]() is value else None

    def count(self, operation: Any) -> int:
        """The number of this call of the operation, from 1."""
        number = self._counts.get(id(operation), 0) + 1
        self._counts[id(operation)] = number
        return number

    def number_of(self, operation: Any) -> int | None:
        """The number of the operation's latest call."""
        return self._counts.get(id(operation))

    def scope(self, frame: FrameType) -> str:
        """The scope of names in this invocation of a function."""
        if self._events and (self._events[-1].body or frame) is frame and frame.f_code.co_name == "call":
            return self._events[-1].scope
        entry = self._scopes.get(id(frame))
        if entry is None or entry[0] is not frame:
            entry = (frame, new_scope(frame.f_code.co_qualname))
            self._scopes[id(frame)] = entry
        return entry[1]

    def is_known(self, frame: FrameType) -> bool:
        """Whether a scope was asked for this invocation before."""
        entry = self._scopes.get(id(frame))
        return entry is not None and entry[0] is frame

    def close(self) -> None:
        """Lets go of every frame."""
        self._outside.body = None
        self._scopes.clear()
        self._made.clear()
