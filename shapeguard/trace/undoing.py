"""What a step that is refused has changed in the variables, put back as it was before it."""

from __future__ import annotations

import contextlib
import threading
from typing import TYPE_CHECKING, Any

import keras

from shapeguard.keras_compat import keras_trainers, states, step_functions

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from shapeguard.records.network import Phase

_lock = threading.Lock()
_journals: list[Journal] = []


class Journal:
    """The values that variables had before they were assigned in this thread, the first time each."""

    def __init__(self) -> None:
        self._thread = threading.get_ident()
        self._values: dict[int, tuple[Any, Any]] = {}

    def note(self, variable: Any) -> None:
        """Keeps the value of a variable that is about to be assigned."""
        if threading.get_ident() == self._thread and id(variable) not in self._values:
            self._values[id(variable)] = variable, _copied(variable.value)

    def put_back(self) -> None:
        """Gives the variables the values that they had."""
        _assign_all(self._values.values())


@contextlib.contextmanager
def journaling() -> Iterator[Journal]:
    """Notes every variable that eager code assigns in this thread until the block ends.

    For eager steps alone: in a trace nothing is assigned. Optimizers of PyTorch update several variables at once, past
    `assign`; a step that is refused behind its forward pass has not come to them.
    """
    journal = Journal()
    with _lock:
        _journals.append(journal)
        if len(_journals) == 1:
            _put_in_place()
    try:
        yield journal
    finally:
        with _lock:
            _journals.remove(journal)
            if not _journals:
                _take_away()


_owner: Any = next(cls for cls in keras.Variable.__mro__ if "assign" in vars(cls))
_assign: Callable[..., Any] = vars(_owner)["assign"]


def _noted_assign(self: Any, value: Any) -> Any:
    if not keras_trainers.in_stateless_scope():
        for journal in tuple(_journals):
            journal.note(self)
    return _assign(self, value)


def _put_in_place() -> None:
    _owner.assign = _noted_assign


def _take_away() -> None:
    if vars(_owner)["assign"] is _noted_assign:
        _owner.assign = _assign


class StepChanges:
    """What the first steps of a phase change, to be put back if a verdict refuses one.

    It is kept only if a step `may_refuse`: what is drawn at random and what the metrics hold, from the begin of the
    phase, for Keras resets the metrics when an epoch begins, before its first step; and the variables, from the begin
    of a step.
    """

    def __init__(self, model: Any, phase: Phase, *, may_refuse: bool) -> None:
        self._model, self._phase, self._may_refuse = model, phase, may_refuse
        self._of_phase: tuple[Callable[[], object], ...] = ()
        self._of_step: Callable[[], object] | None = None
        if may_refuse:
            self._of_phase = states.random_states(), metrics_before(model)

    def keep_values(self, arguments: Sequence[Any]) -> None:
        """Copies all that the step with these arguments may change: its verdict may come when it is done."""
        self._of_step = values_before(self._model, self._phase, arguments)

    @contextlib.contextmanager
    def noting_assignments(self) -> Iterator[None]:
        """Keeps what an eager step assigns in the block; on JAX no step assigns anything."""
        if not self._may_refuse or keras_trainers.backend() == "jax":
            yield
            return
        with journaling() as journal:
            self._of_step = self._of_step or journal.put_back
            yield

    def put_back(self) -> None:
        """Undoes the step."""
        if self._of_step is not None:
            self._of_step()
        for put_back in self._of_phase:
            put_back()

    def forget(self) -> None:
        """Keeps nothing any more."""
        self._of_step, self._of_phase = None, ()


def values_before(model: Any, phase: Phase, arguments: Sequence[Any]) -> Callable[[], object]:
    """Copies of all that a step may change; call the result to put them back.

    For steps that can be refused only when they are done: it takes as much memory as the variables. On JAX they are in
    the step's first argument.
    """
    if keras_trainers.backend() == "jax":
        state = keras.tree.map_structure(_copied, arguments[0])
        return lambda: step_functions.put_back_jax_state(model, phase, state)
    return _values_of(keras_trainers.variables_of(model))


def metrics_before(model: Any) -> Callable[[], None]:
    """Copies of what the metrics hold when a phase begins; call the result to put them back."""
    return _values_of(model.metrics_variables)


def _values_of(variables: Iterable[Any]) -> Callable[[], None]:
    kept = [(variable, _copied(variable.value)) for variable in variables]
    return lambda: _assign_all(kept)


def _assign_all(values: Iterable[tuple[Any, Any]]) -> None:
    for variable, value in values:
        variable.assign(value)


def _copied(value: Any) -> Any:
    return value.detach().clone() if keras_trainers.backend() == "torch" else keras.ops.copy(value)
