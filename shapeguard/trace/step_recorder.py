"""Listens to the forward calls of one model's step and no others, from whichever thread they come."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from shapeguard.keras_compat import keras_layers, keras_trainers
from shapeguard.keras_compat.tracebacks import passing_unchanged
from shapeguard.strict import InternalCalls
from shapeguard.trace.recorder import Recorder, tensors_in

if TYPE_CHECKING:
    from collections.abc import Callable

    from shapeguard.records.network import Network


@passing_unchanged
class StepAborted(BaseException):
    """Leaves a step that is going to be rejected; no `except Exception` on its way stops it, and no user sees it.

    `recorder` is the one that rejects: where several guards watch, the step is another's affair.
    """

    def __init__(self, recorder: StepRecorder) -> None:
        super().__init__()
        self.recorder = recorder


class StepRecorder:
    """An interceptor that records the calls made while `owner` is set to a thread, anew where its trace restarts.

    `wrap_output(operation, number, output)` may give another output (an asserted one), `rejected()` is asked after each
    outermost call whether to abandon the step. Should recording itself fail, the rest of the step goes unrecorded.
    `is_whole`: the one outermost call so far was the model's own.
    """

    def __init__(self, model: Any, rejected: Callable[[], bool] | None = None) -> None:
        self.owner: int | None = None
        self.recorder: Recorder | None = None
        self.wrap_output: Callable[[Any, int, Any], Any] | None = None
        self._model = model
        self._rejected = rejected
        self._safely = InternalCalls("observing a step")
        self._replica_thread: int | None = None
        self._depth = 0
        self._outermost: list[tuple[Any, Any]] = []
        self.is_whole = False
        self._origin: tuple[Any, Any] | None = None
        self._counts: dict[int, int] = {}
        # Under a strategy Keras calls the layers in threads of its own, one a replica: known by their layers.
        self._layers = (
            {id(layer) for layer in keras_trainers.own_layers(model)} if keras_trainers.replicas(model) > 1 else None
        )

    def network(self, *, complete: bool) -> Network | None:
        """What was recorded so far, its inputs and outputs those of the outermost call where that is a single one."""
        if self.recorder is None:
            return None
        inputs, outputs = self._outermost[0] if len(self._outermost) == 1 else ((), ())
        return self.recorder.network(tensors_in(inputs), outputs, complete=complete)

    def take(self, *, complete: bool) -> Network | None:
        """What was recorded since the last time; nothing of it is kept."""
        network: Network | None = self._safely(lambda: self.network(complete=complete))
        self.recorder, self._origin, self._replica_thread, self._depth, self._safely.broken = None, None, None, 0, False
        self._outermost, self._counts, self.is_whole = [], {}, False
        return network

    def close(self) -> None:
        """Lets go of what was recorded and of who is asked.

        A circle of references would keep the model's step function alive, and JAX takes a new one of the same model for
        it as long as it lives: what the next `compile` asks for was not done.
        """
        self.take(complete=False)
        self._rejected = self.wrap_output = None

    def __call__(self, proceed: Callable[..., Any], operation: Any, args: tuple[Any, ...], kwargs: Any) -> Any:
        """Makes the call, and remembers it if it is one of the step's own."""
        if not self._concerns(operation) or keras_layers.in_symbolic_scope() or _is_symbolic(args, kwargs):
            return proceed(*args, **kwargs)
        if self._depth == 0:
            self._begin(operation)
        recorder = self.recorder
        number = None if recorder is None else self._safely(recorder.begin, operation, args, kwargs)
        if recorder is None or number is None:
            return proceed(*args, **kwargs)
        self._depth += 1
        try:
            outputs = proceed(*args, **kwargs)
        except BaseException as exception:
            self._safely(recorder.fail, number, exception)
            raise
        finally:
            self._depth -= 1
        if self.wrap_output is not None:
            outputs = self._wrapped(self.wrap_output, operation, outputs)
        self._safely(recorder.end, number, outputs)
        if self._depth == 0:
            self._end(operation, (args, kwargs), outputs)
        return outputs

    def _concerns(self, operation: Any) -> bool:
        if self.owner is None or self._safely.broken:
            return False
        thread = threading.get_ident()
        if thread == self.owner:
            return True
        if self._layers is None:
            return False
        if self._replica_thread is None and id(operation) in self._layers:
            self._replica_thread = thread
        return thread == self._replica_thread

    def _begin(self, operation: Any) -> None:
        """Starts to record, anew where the same step is traced again (TensorFlow does so when variables are made)."""
        trace = _trace()
        again = self._origin is not None and self._origin[0] is operation and self._origin[1] is not trace
        if self.recorder is None or again:
            self.recorder = Recorder(root=self._model)
            self._origin, self._counts, self._outermost = (operation, trace), {}, []

    def _end(self, operation: Any, inputs: Any, outputs: Any) -> None:
        self._outermost.append((inputs, outputs))
        self.is_whole = operation is self._model and len(self._outermost) == 1
        if self._rejected is not None and self._safely(self._rejected):
            raise StepAborted(self)

    def _wrapped(self, wrap_output: Callable[[Any, int, Any], Any], operation: Any, outputs: Any) -> Any:
        number = self._counts[id(operation)] = self._counts.get(id(operation), 0) + 1
        wrapped = self._safely(wrap_output, operation, number, outputs)
        return outputs if self._safely.broken else wrapped


def _is_symbolic(args: tuple[Any, ...], kwargs: Any) -> bool:
    return any(isinstance(x, keras_layers.KerasTensor) for x in tensors_in((args, kwargs)))


def _trace() -> Any:
    """The graph that is being traced on TensorFlow; `None` elsewhere and in eager modes."""
    if keras_trainers.backend() != "tensorflow":
        return None
    import tensorflow as tf  # noqa: PLC0415  loaded already: it is the backend

    return None if tf.executing_eagerly() else tf.compat.v1.get_default_graph()
