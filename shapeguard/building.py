"""What happens while a guard is active around model building: calls are recorded, forward passes checked."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

import keras

from shapeguard import _keras, failing, hooks, sites
from shapeguard.capture import constructions, declarations
from shapeguard.observe import entrances
from shapeguard.observe import replay as replaying
from shapeguard.observe.record import Recorder, newest_only, tensors_in

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FrameType

    from shapeguard.records import Network, Span

_active: list[Building] = []


class Building:
    """The session of one `with` block or one run of a decorated builder.

    `judge(network)` is asked about every forward pass of a model on real tensors outside of `fit`.
    """

    def __init__(self, watched: FrameType | Callable[..., Any], judge: Callable[[Any, Network], None]) -> None:
        self._judge = judge
        self._watched = watched
        self._recorder = Recorder(with_sites=True)
        self._exits = contextlib.ExitStack()
        self._busy = False
        self.raised: BaseException | None = None
        self.declared: declarations.Declarations | None = None
        self._constructed = constructions.Constructed(constructions.now())

    def start(self) -> None:
        """Begins to record; an outer guard's session rests until this one ends."""
        self._exits.enter_context(hooks.intercepting(self))
        self.declared = self._exits.enter_context(declarations.declaring(self._watched))
        _active.append(self)

    def stop(self) -> None:
        """Ends the session."""
        if self in _active:
            _active.remove(self)
        self._exits.close()

    def __call__(self, proceed: Callable[..., Any], operation: Any, args: tuple[Any, ...], kwargs: Any) -> Any:
        """One forward call: recorded when symbolic, checked as a whole pass when it is a model's on real tensors."""
        if self._busy or _active[-1] is not self or entrances.running() or _keras.in_symbolic_scope():
            return proceed(*args, **kwargs)
        tensors = tensors_in((args, kwargs))
        if any(isinstance(x, _keras.KerasTensor) for x in tensors):
            return self._record(proceed, operation, args, kwargs)
        if not isinstance(operation, keras.Model):
            return proceed(*args, **kwargs)
        return self._pass(proceed, operation, args, kwargs)

    def _record(self, proceed: Callable[..., Any], operation: Any, args: tuple[Any, ...], kwargs: Any) -> Any:
        try:
            return self._recorder(proceed, operation, args, kwargs)
        except BaseException as exception:
            self.raised = exception
            raise

    def _pass(self, proceed: Callable[..., Any], operation: Any, args: tuple[Any, ...], kwargs: Any) -> Any:
        recorder = Recorder(root=operation)
        with self._occupied(), hooks.intercepting(recorder):
            number = recorder.begin(operation, args, kwargs)
            try:
                outputs = proceed(*args, **kwargs)
            except BaseException as exception:
                recorder.fail(number, exception)
                raise
            recorder.end(number, outputs)
        self._judge(operation, recorder.network(tensors_in((args, kwargs)), outputs))
        return outputs

    @contextlib.contextmanager
    def _occupied(self) -> Iterator[None]:
        self._busy = True
        try:
            yield
        finally:
            self._busy = False

    def failed_network(self, exception: BaseException) -> Network | None:
        """The symbolic calls up to the one that raised `exception`, composites entered; `None` where none did."""
        if not failing.came_from(exception, self.raised):
            return None
        network = newest_only(self._recorder.network(complete=False))
        with _keras.keeping_names():
            entered = replaying.rerun(network, {})
        return entered if any(call.failure is not None for call in entered.calls) else network

    def raised_at(self, exception: BaseException) -> Span | None:
        """The user's line that the exception came through, innermost."""
        return sites.line_of(exception)

    def constructed(self, key: str) -> bool:
        """Whether a layer of this name was constructed during the session."""
        return any(getattr(operation, "name", None) == key for operation in self._constructed())

    def run(self, function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Calls the builder; its return annotation speaks of what it returns."""
        return function(*args, **kwargs) if self.declared is None else self.declared.run(function, args, kwargs)

    def notes(self) -> tuple[str, ...]:
        """What is to be said once: comments that fit two layers, source that cannot be read."""
        return () if self.declared is None else tuple(self.declared.notes)

    def forget(self) -> None:
        """Lets go of the exception and the tensors."""
        self.raised = None
        self._recorder = Recorder(with_sites=True)


def active() -> Building | None:
    """The innermost session; `None` where no guard is active."""
    return _active[-1] if _active else None
