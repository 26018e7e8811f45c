"""What happens while a guard is active around model building: calls are recorded, forward passes checked."""

from __future__ import annotations

import contextlib
import threading
from typing import TYPE_CHECKING, Any, Protocol

import keras

from shapeguard.capture import constructions, declarations, expectation_store, observed_lines
from shapeguard.capture.unpacking import of_failed_unpacking
from shapeguard.diagnosis.keras_fallback import refuses_real_tensors
from shapeguard.guard import exceptions, preflight
from shapeguard.keras_compat import interception, keras_layers, training_calls
from shapeguard.linting.built_calls import keras1_sizes_built
from shapeguard.linting.size_pairs import takes_kernel
from shapeguard.records.source import Construction
from shapeguard.source import compiled, frames
from shapeguard.strict import suppress_internal_errors
from shapeguard.trace import replay as replaying
from shapeguard.trace.networks import newest_only
from shapeguard.trace.recorder import Recorder, shape_of, tensors_in

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Hashable, Iterator, Mapping
    from types import FrameType

    from shapeguard.records.expectations import Expectation
    from shapeguard.records.findings import Diagnosis
    from shapeguard.records.network import Network
    from shapeguard.records.source import Span

_sessions = threading.local()


class Pass(Protocol):
    """Decides about a forward pass of a model on real tensors outside of `fit`."""

    def __call__(
        self, model: Any, network: Network, args: tuple[Any, ...], kwargs: Mapping[str, Any]
    ) -> BaseException | None:
        """What to raise; `None` where all is well, or where the guard only warns or records."""


class BuildSession:
    """The session of one `with` block or one run of a decorated builder, in the thread that it was begun in.

    `judge` is asked once for each model and shape of its inputs. `guard` is whose session this is.
    """

    def __init__(self, watched: FrameType | Callable[..., Any], judge: Pass, guard: Any = None) -> None:
        self.guard = guard
        self._judge = judge
        self._watched = watched
        self._recorder = Recorder(with_sites=True)
        self._exits = contextlib.ExitStack()
        self._busy = False
        self._verified_first: set[Hashable] = set()
        self._failed_pass: Network | None = None
        self._failed_call: tuple[Any, tuple[Any, ...], Mapping[str, Any]] | None = None
        self.verdict: BaseException | None = None
        self.raised: BaseException | None = None
        self.declared: declarations.Declarations | None = None
        self._constructed = constructions.Constructed(constructions.now())

    def start(self) -> None:
        """Begins to record; an outer guard's session rests until this one ends."""
        self._exits.enter_context(interception.intercepting(self))
        self.declared = self._exits.enter_context(declarations.declaring(self._watched))
        _running().append(self)

    def stop(self) -> None:
        """Ends the session."""
        if self in _running():
            _running().remove(self)
        self._exits.close()

    def __call__(self, proceed: Callable[..., Any], operation: Any, args: tuple[Any, ...], kwargs: Any) -> Any:
        """One forward call: recorded when symbolic, checked as a whole pass when it is a model's on real tensors."""
        if self._busy or active() is not self or training_calls.running() or keras_layers.in_symbolic_scope():
            return proceed(*args, **kwargs)
        tensors = tensors_in((args, kwargs))
        if any(isinstance(x, keras_layers.KerasTensor) for x in tensors):
            return self._record(proceed, operation, args, kwargs)
        if not isinstance(operation, keras.Model):
            return self._call(proceed, operation, args, kwargs)
        return self._pass(proceed, operation, args, kwargs)

    def _call(self, proceed: Callable[..., Any], operation: Any, args: tuple[Any, ...], kwargs: Any) -> Any:
        """A call of a layer outside of any model, or of an operation; of one that fails the arguments are kept."""
        try:
            return proceed(*args, **kwargs)
        except BaseException as exception:
            if isinstance(operation, keras_layers.Layer) and not keras_layers.is_builtin(operation):
                with suppress_internal_errors("recording a call that failed"):
                    self._keep_failed(exception, operation, args, kwargs, None)
            raise

    def _keep_failed(
        self, exception: BaseException, operation: Any, args: tuple[Any, ...], kwargs: Any, network: Network | None
    ) -> None:
        """Keeps what is needed to see a failed call from inside."""
        self.raised, self._failed_pass = exception, network
        self._failed_call = operation, *keras.tree.map_structure(keras_layers.symbol_of, (args, dict(kwargs)))

    def _record(self, proceed: Callable[..., Any], operation: Any, args: tuple[Any, ...], kwargs: Any) -> Any:
        try:
            return self._recorder(proceed, operation, args, kwargs)
        except BaseException as exception:
            self.raised, self._failed_pass, self._failed_call = exception, None, None
            raise

    def _pass(self, proceed: Callable[..., Any], operation: Any, args: tuple[Any, ...], kwargs: Any) -> Any:
        with self._occupied():
            if self._is_judged(operation, args, kwargs):
                return proceed(*args, **kwargs)
            recorder = Recorder(root=operation)
            outputs = self._watched_pass(recorder, proceed, operation, args, kwargs)
            if recorder.broken:
                return outputs
            with suppress_internal_errors("inspecting a forward pass"):
                network = recorder.network(tensors_in((args, kwargs)), outputs)
                self.verdict = self._judge(operation, network, args, kwargs)
                self._verified_first.add(_fed(operation, args, kwargs))
                observed_lines.forget()
        if self.verdict is not None:
            raise self.verdict
        return outputs

    def _is_judged(self, model: Any, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> bool:
        with suppress_internal_errors("comparing a forward pass with earlier ones"):
            return _fed(model, args, kwargs) in self._verified_first
        return True

    def _watched_pass(
        self, recorder: Recorder, proceed: Callable[..., Any], model: Any, args: tuple[Any, ...], kwargs: Any
    ) -> Any:
        try:
            with interception.intercepting(recorder), observed_lines.observing(model):
                return recorder(proceed, model, args, kwargs)
        except BaseException as exception:
            with suppress_internal_errors("recording a forward pass that failed"):
                network = recorder.network(tensors_in((args, kwargs)), complete=False)
                self._keep_failed(exception, model, args, kwargs, network)
            raise

    @contextlib.contextmanager
    def _occupied(self) -> Iterator[None]:
        self._busy = True
        try:
            yield
        finally:
            self._busy = False

    def failed_network(self, exception: BaseException) -> Network | None:
        """The symbolic calls up to the one that raised `exception`, composites entered; `None` where none did.

        Call it while `undisturbed()`.
        """
        if not exceptions.was_caused_by(exception, self.raised):
            return None
        if self._failed_call is not None:
            entered = replaying.replay_call(*self._failed_call)
            return entered if not entered.complete else self._failed_pass
        network = self._so_far()
        entered = replaying.rerun(network, {})
        is_refused = any(call.failure is not None for call in entered.calls) or refuses_real_tensors(entered)
        return entered if is_refused else network

    def failed(self, exception: BaseException) -> tuple[Network | None, tuple[Expectation, ...]]:
        """The calls up to the one that raised, or that gave another number of tensors than were taken from it.

        That number is the expectation beside them. `None` where no call has to do with the exception.
        """
        network = self.failed_network(exception)
        if network is not None:
            return network, ()
        so_far = self._so_far()
        unpacked = of_failed_unpacking(exception, so_far)
        return (None, ()) if unpacked is None else (so_far, (unpacked,))

    def undisturbed(self) -> contextlib.AbstractContextManager[None]:
        """The layers called so far may be called again inside, and are as they were afterwards."""
        seen = [self._so_far()] if self._failed_pass is None else [self._so_far(), self._failed_pass]
        failed = () if self._failed_call is None else self._failed_call[:1]
        return preflight.undisturbed(*failed, *(layer for network in seen for layer in preflight.layers_of(network)))

    def _so_far(self) -> Network:
        """The symbolic calls up to now."""
        return newest_only(self._recorder.network(complete=False))

    def raised_at(self, exception: BaseException) -> Span | None:
        """The user's line that the exception came through, innermost."""
        return frames.line_of(exception)

    def constructed(self, key: str) -> bool:
        """Whether a layer of this name was constructed during the session."""
        return any(getattr(operation, "name", None) == key for operation in self._constructed())

    def suspicions(self, expectations: Collection[Expectation]) -> tuple[Diagnosis, ...]:
        """SG701 for the calls of this session that look like Keras 1 and that no expectation exonerates.

        `expectations` are those of the guard, by key. None where the building failed: what it failed of tells more.
        """
        compiled.look_again()
        operations = self._constructed() if self.raised is None else ()
        names = [constructions.name_of(operation) for operation in operations]
        by_name: dict[str, list[Expectation]] = {name: [] for name in names}
        for expectation in expectations if names else ():
            name = expectation.target if expectation.target in by_name else names[-1]
            by_name[name].append(expectation)  # a glob, a path or a number of the model's own may be that of any layer
        calls = []
        for name, operation in zip(names, operations, strict=True):
            kind = type(operation).__name__
            construction = constructions.construction_of(operation) if takes_kernel(kind) else None
            expected = (*expectation_store.expectations_of(operation), *by_name[name])
            calls.append((construction or Construction(name, kind), expected))
        return keras1_sizes_built(calls)

    def run(self, function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Calls the builder; its return annotation declares what it returns."""
        return function(*args, **kwargs) if self.declared is None else self.declared.run(function, args, kwargs)

    def notes(self) -> tuple[str, ...]:
        """What is to be said once: comments that fit two layers, source that cannot be read."""
        return () if self.declared is None else tuple(self.declared.notes)

    def lines(self) -> frozenset[tuple[str, int]]:
        """The files and lines whose expressions ran: the comments there are those of the program."""
        return frozenset() if self.declared is None else self.declared.unread.lines

    def forget(self) -> None:
        """Lets go of the exceptions, the tensors and the layers."""
        self.raised, self.verdict, self._failed_pass, self._failed_call = None, None, None, None
        self._verified_first.clear()
        self._recorder = Recorder(with_sites=True)


def _running() -> list[BuildSession]:
    if not hasattr(_sessions, "running"):
        _sessions.running = []
    running: list[BuildSession] = _sessions.running
    return running


def active() -> BuildSession | None:
    """The innermost session of this thread; `None` where no guard is active."""
    running = _running()
    return running[-1] if running else None


def _fed(model: Any, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Hashable:
    """What tells one forward pass of a model from another: the shapes it is given, and what is expected of it now."""
    leaves = keras.tree.flatten((args, dict(kwargs)))
    shapes = tuple((shape_of(leaf), str(leaf.dtype)) if hasattr(leaf, "dtype") else repr(leaf) for leaf in leaves)
    return id(model), shapes, preflight.expectation_fingerprint(model)
