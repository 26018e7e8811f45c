"""Sees the real forward pass of a training, test or prediction step, and costs nothing once it has been seen.

Keras looks up `model.train_function` at every step, so it can be replaced when training begins. In traced modes the
layers' Python code runs only while tracing: whatever calls come through during a step are a trace, and no step needs
more than a flag. In eager modes the calls are recorded once for each signature of the inputs.
"""

from __future__ import annotations

import contextlib
import dataclasses
import threading
from typing import TYPE_CHECKING, Any, Protocol

from shapeguard.keras_compat import interception, keras_trainers, step_functions
from shapeguard.keras_compat.custom_code import has_custom_code
from shapeguard.trace.batches import Batch, is_exhausted, next_batch, spec_of
from shapeguard.trace.execution_modes import has_open_sizes, is_compiled_by_torch, is_traced, may_abandon
from shapeguard.trace.feed import feed_of_batch, feed_of_step, input_tensors
from shapeguard.trace.networks import batch_of
from shapeguard.trace.replay import replay
from shapeguard.trace.size_assertions import asserting_step
from shapeguard.trace.step_recorder import StepAborted, StepRecorder
from shapeguard.trace.undoing import StepChanges
from shapeguard.trace.verified_steps import signatures

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Sequence

    from shapeguard.records.network import Feed, Network, Phase
    from shapeguard.trace.size_assertions import Assertions, Expected, Violation

# A traced step calls no layer; where one does again and again, it is not traced, whatever the options say.
_TRACES_BELIEVED = 8

_ABANDONED = "_shapeguard_abandoned"
"""Marks a step function whose first trace was left before it had made all variables: Keras has to make another.

TensorFlow 2.18 and 2.21 fail in such a function over "Toutput_types" or "Creating variables on a non-first call".
"""


class Judge(Protocol):
    """Decides about an observed network, outside of any trace."""

    def __call__(self, network: Network, feed: Feed) -> BaseException | None:
        """What to raise; `None` where all is well, or where the guard only warns or records."""


def watch_steps(  # noqa: PLR0913  one option for each thing that a guard may want of a step
    model: Any,
    phase: Phase,
    judge: Judge,
    *,
    feed: Feed | None = None,
    disagrees: Callable[[Network, Feed], bool] | None = None,
    expects_unknown: Expected | None = None,
    violated: Callable[[Violation], BaseException | None] | None = None,
    key: Hashable | None = None,
    may_be_late: bool = False,
    unseen: Callable[[], None] | None = None,
    observing: Callable[[], contextlib.AbstractContextManager[None]] | None = None,
) -> Watch:
    """Watches the steps of the running `fit`, `evaluate` or `predict` until `close()`; call it when the phase begins.

    `disagrees` only compares, as it runs inside traces; it lets a step be abandoned before a weight moves, and is for
    guards that raise. Of a `complete` network it tells whether anything at all will be held against the step.
    `may_be_late`: the verdict may come when the step is done, so that copies are kept of what it changes. `unseen` is
    called where custom code was not seen in the first step, because it was traced before. `observing` is entered for
    the first step: what it sees, `disagrees` may ask.
    `expects_unknown(operation, number, shape)` gives the shape that an output must have where a TensorFlow trace leaves
    sizes open (give it only then: the step is traced apart for it), `violated` the exception when a batch breaks that.
    `key` stands for the expectations: what was verified or asserted under an equal key is not looked at again.
    """
    watch = Watch(model, phase, judge, feed or feed_of_batch(model, None, phase), disagrees)
    watch.unseen, watch.may_be_late = unseen, may_be_late and disagrees is not None
    watch.observing = observing
    if key is not None:
        watch.skip(signatures(model, phase, key))
    if expects_unknown is not None and violated is not None and has_open_sizes(model):
        watch.assert_sizes(expects_unknown, key, violated)
    watch.start()
    return watch


class Watch:
    """The wrapper around a model's step function; `armed` must be set before every step, in `on_*_batch_begin`.

    A step that comes unarmed is not ours: Keras was interrupted and the wrapper left behind. It removes itself then.
    """

    def __init__(
        self,
        model: Any,
        phase: Phase,
        judge: Judge,
        feed: Feed,
        disagrees: Callable[[Network, Feed], bool] | None,
    ) -> None:
        self.armed = False
        self._model, self._phase, self._judge, self._feed, self._disagrees = model, phase, judge, feed, disagrees
        self._original = self._function = getattr(model, step_functions.FUNCTIONS[phase])
        self._traced = is_traced(model)
        self._traces = 0
        # On JAX an abandoned trace has drawn its batch already; on TensorFlow only a step that runs draws one.
        self.draws_first = self._traced and keras_trainers.backend() == "jax" and disagrees is not None
        self._seen: set[Hashable] = set()
        self.wanted: tuple[Hashable | None, Expected] | None = None
        self._assertions: Assertions | None = None
        self._violated: Callable[[Violation], BaseException | None] | None = None
        self._recorder = StepRecorder(model, self._is_rejected if disagrees is not None else None)
        self._hooks = contextlib.ExitStack()
        self.is_first = True
        self._ruins = has_open_sizes(model) and not step_functions.has_all_variables(model, phase)
        self._data: Any = None
        self._changes = StepChanges(model, phase, may_refuse=disagrees is not None)
        self.may_be_late = False
        self.unseen: Callable[[], None] | None = None
        self.observing: Callable[[], contextlib.AbstractContextManager[None]] | None = None
        self._observed = contextlib.ExitStack()
        self._step: Callable[..., Any] | None = None

    def skip(self, signatures: set[Hashable]) -> None:
        """Leaves eager steps alone whose input signature is among these, and adds those that it verifies."""
        self._seen = signatures

    def assert_sizes(
        self, expected: Expected, key: Hashable | None, violated: Callable[[Violation], BaseException | None]
    ) -> None:
        """Makes another step whose graph asserts sizes, from the first step on; the model's own stays as it is."""
        self.wanted, self._violated = (key, expected), violated

    def _put_assertions(self) -> None:
        """Gives the watches from this one down to the model's own function one graph that asserts what they all want.

        A graph for each of them would leave out what the others assert: only one is run.
        """
        watches = [self]
        while (below := watches[-1].below()) is not None:
            watches.append(below)
        wanting = {watch: watch.wanted for watch in watches if watch.wanted is not None}
        step = asserting_step(self._model, self._phase, tuple(wanting.values()))
        for watch, assertions in zip(wanting, step.assertions, strict=True):
            watch.run(assertions=assertions)
        watches[-1].run(step.function)

    def below(self) -> Watch | None:
        """The watch of another guard over which this one lies."""
        return getattr(without_closed(self._original), "watch", None)

    def run(self, function: Any = None, assertions: Assertions | None = None) -> None:
        """Makes steps by this function from now on, and puts these assertions into the graph that it traces."""
        self._function = function or self._function
        if assertions is not None:
            self.wanted, self._assertions, self._recorder.wrap_output = None, assertions, assertions

    def start(self) -> None:
        """Puts the wrapper in the place of the model's step function."""
        if self._traced:
            self._hooks.enter_context(interception.intercepting(self._recorder))
        self._step = self._make_step()
        setattr(self._model, step_functions.FUNCTIONS[self._phase], self._step)

    def close(self) -> None:
        """Gives the model its own step function back; nothing of the watch stays. Further calls do nothing."""
        if self._step is None:
            return
        name = step_functions.FUNCTIONS[self._phase]
        function = getattr(self._model, name)
        if function is self._step:
            below = without_closed(self._original)
            setattr(self._model, name, None if getattr(below, _ABANDONED, False) else below)
        self._hooks.close()
        self._recorder.close()
        del vars(self._step)["watch"]
        self._observed.close()
        self._step = self.unseen = self.observing = self._original = self._function = None

    def _make_step(self) -> Callable[..., Any]:
        """The step as Keras calls it; once traced it makes no further call of ours."""
        watch, recorder, thread = self, self._recorder, threading.get_ident

        def step(*args: Any) -> Any:
            if not watch.armed:
                function = watch._function
                watch.close()
                return function(*args)
            watch.armed = False
            if not watch._traced:
                return watch._eager_step(args)
            if watch.wanted is not None:
                watch._put_assertions()
            batch = None
            if watch.draws_first:
                batch = next_batch(watch._model, args)
                args = batch.arguments()
            if watch.is_first:
                watch._begin_step(args, spec_of(args) if batch is None else batch.data)
            recorder.owner = thread()
            try:
                result = watch._function(*args)
            except BaseException as exception:  # noqa: BLE001  raised again there, whatever it is
                return watch._on_failure(exception, args, batch or Batch(spec_of(args), lambda: args))
            finally:
                recorder.owner = None
            watch.draws_first = False
            if recorder.recorder is not None:
                watch._on_record(result, spec_of(args))
            if watch.is_first:
                watch._end_step()
            return result

        vars(step).update(watch=self, below=self._original)
        return step

    def _eager_step(self, args: tuple[Any, ...]) -> Any:
        """A step in which the layers run every time: recorded if its input signature is new, else left alone."""
        batch = next_batch(self._model, args)
        if batch.signature in self._seen:
            return self._function(*batch.arguments())
        arguments = batch.arguments()
        if is_compiled_by_torch(self._model):
            if not has_custom_code(self._model):
                self._judge_replay(batch.data)
                self.unseen = None
            result = self._function(*arguments)
            self._seen.add(batch.signature)
            self._end_step()
            return result
        self._begin_step(arguments, batch.data)
        try:
            with interception.intercepting(self._recorder), self._changes.noting_assignments():
                self._recorder.owner = threading.get_ident()
                result = self._function(*arguments)
        except BaseException as exception:  # noqa: BLE001  raised again there, whatever it is
            return self._on_failure(exception, arguments, batch)
        finally:
            self._recorder.owner = None
        self._on_record(result, batch.data)
        self._seen.add(batch.signature)
        self._end_step()
        return result

    def _begin_step(self, args: tuple[Any, ...], data: Any) -> None:
        self._data = data
        if self.may_be_late:
            self._changes.keep_values(args)
        if self.observing is not None:
            self._observed.enter_context(self.observing())

    def _end_step(self) -> None:
        """Lets go of what only a verdict needs; after one step there is no more that could come late."""
        self._observed.close()
        self._data = None
        self._changes.forget()
        self.may_be_late = self.is_first = False
        if self.unseen is not None:
            unseen, self.unseen = self.unseen, None
            unseen()

    def _judge_replay(self, data: Any) -> None:
        """Judges an abstract pass: observing inside `torch.compile` would make it compile again (22 s, not 13)."""
        feed = self._feed_now(data, None)
        verdict = self._judge(
            replay(self._model, input_tensors(feed, self._model), training=self._phase == "train"), feed
        )
        if verdict is not None:
            self.close()
            raise verdict

    def _on_record(self, result: Any, data: Any) -> None:
        """Asks for a verdict on what was recorded during a step that came to its end."""
        self._observed.close()
        self.unseen = None
        network = self._recorder.take(complete=True)
        if network is None:
            return
        self._traces += 1
        if self._traced and self._traces > _TRACES_BELIEVED:
            self._traced = False
            self._hooks.close()
        verdict = self._judge(network, self._feed_now(data, network))
        if verdict is None:
            if self._feed.batch_size is None:  # the first batch tells it: a later one may be the last, and shorter
                self._feed = dataclasses.replace(self._feed, batch_size=batch_of(network))
            return
        self.close()
        if keras_trainers.backend() == "jax":
            step_functions.put_back_jax_state(self._model, self._phase, result[1])
        self._changes.put_back()
        try:
            raise verdict
        finally:
            del verdict, result

    def _on_failure(self, exception: BaseException, args: Sequence[Any], batch: Batch) -> Any:
        """Raises what explains the exception, or itself; a step that was abandoned for nothing is made after all."""
        self._observed.close()
        if isinstance(exception, StepAborted) and exception.recorder is not self._recorder:
            self._recorder.take(complete=False)
            raise exception
        if is_exhausted(exception):
            # With several steps an execution the first trace may run and still end the data (Keras 3.6).
            self._on_record(None, batch.data)
            raise exception
        function, whole = self._function, isinstance(exception, StepAborted) and self._recorder.is_whole
        network = self._recorder.take(complete=whole)
        if self._ruins and self.is_first:
            setattr(self._original, _ABANDONED, True)
        self.close()
        if keras_trainers.backend() == "jax":
            step_functions.put_back_jax_state(self._model, self._phase, args[0])
        if isinstance(exception, StepAborted):
            self._changes.put_back()
        verdict = self._explanation(exception, network, batch)
        try:
            if isinstance(exception, StepAborted):
                exception.__traceback__ = None
                if verdict is None:
                    return self._made_after_all(batch, function)
                raise verdict from None
            if verdict is None:
                raise exception
            raise verdict from exception
        finally:
            del verdict, exception, function  # else their tracebacks hold themselves, and with them the step function

    def _made_after_all(self, batch: Batch, function: Any) -> Any:
        """The step that was abandoned for nothing: TensorFlow cannot go on with a function that was half traced."""
        if keras_trainers.backend() == "jax":
            step_functions.make_stale(self._model)
        if self._ruins:
            function = step_functions.make_function(self._model, self._phase, anew=True)
        return function(*batch.arguments())

    def _explanation(self, exception: BaseException, network: Network | None, batch: Batch) -> BaseException | None:
        if not isinstance(exception, (Exception, StepAborted)):
            return None
        violation = self._assertions.violation(exception) if self._assertions is not None else None
        if violation is not None and self._violated is not None:
            return self._violated(violation)
        failed = network is not None and any(call.failure is not None for call in network.calls)
        if network is None or not (failed or isinstance(exception, StepAborted)):
            return None
        return self._judge(network, self._feed_now(batch.data, network))

    def _is_rejected(self) -> bool:
        """Whether to abandon the step behind the call that ended: not on TensorFlow before its variables are there.

        A model that is not built has them where its first trace restarts, in which nothing is made any more.
        """
        network = self._recorder.network(
            complete=self._recorder.is_whole and not step_functions.has_own_step(self._model, self._phase)
        )
        if network is None or self._disagrees is None:
            return False
        return self._disagrees(network, self._feed_now(self._data, network)) and may_abandon(self._model)

    def _feed_now(self, data: Any, network: Network | None) -> Feed:
        return feed_of_step(self._model, self._feed, data, network)


def without_closed(function: Any) -> Any:
    """The step function below the wrappers of watches that were closed while another lay over them."""
    while hasattr(function, "below") and not hasattr(function, "watch"):
        function = function.below
    return function
