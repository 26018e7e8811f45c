"""Records the constructor call of every layer as the user wrote it, and reads its source when somebody asks.

Recording starts when this module is imported.
"""

from __future__ import annotations

import gc
import importlib
import sys
import weakref
from collections import deque
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import keras

from shapeguard.capture import application_calls
from shapeguard.capture.argument_binding import Passed, resolve, snapshot
from shapeguard.keras_compat import keras_layers, keras_trainers
from shapeguard.records.source import Opaque, OperationName
from shapeguard.source import compiled, frames

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator
    from types import CodeType, FrameType, TracebackType

    from shapeguard.records.expectations import Expectation
    from shapeguard.records.source import Construction

_ATTRIBUTE = keras_layers.RECORDED
_ENDING = "_shapeguard_application"
_RECENT = 4096


class _Recorded:
    """What `__new__` saw: raw arguments and the user's frames; `construction` once somebody asked for it.

    `expectations` is what is expected of the layer: a wrapper that works on copies of it still finds that here.
    """

    __slots__ = ("args", "construction", "expectations", "kwargs", "locals", "numbers", "site", "versions")

    def __init__(self, args: tuple[Any, ...], kwargs: dict[str, Any], site: frames.CallSite) -> None:
        self.args = args
        self.kwargs = kwargs
        self.site = site
        self.locals: tuple[CodeType, dict[str, Any]] | None = None
        self.numbers: tuple[dict[str, int], ...] = ()
        self.construction: Construction | None = None
        self.versions: tuple[object, ...] = ()  # of the files in which it was looked for
        self.expectations: dict[Any, Expectation] = {}

    def __reduce__(self) -> tuple[Any, ...]:
        # Where a library pickles or copies a layer's __dict__, code objects would not travel.
        return type(None), ()


_recent: deque[tuple[int, weakref.ref[Any]]] = deque(maxlen=_RECENT)
_listeners: tuple[Callable[[Any, FrameType], None], ...] = ()
_count = 0
_latest: tuple[type, _Recorded] | None = None
_installed = False
_matched: weakref.WeakKeyDictionary[Any, list[dict[str, bool]]] = weakref.WeakKeyDictionary()


def install() -> None:
    """Patches `Operation.__new__` once; later calls do nothing."""
    global _installed  # noqa: PLW0603
    if _installed:
        return
    _installed = True
    original = keras_layers.Operation.__new__

    def __new__(cls: type, *args: Any, **kwargs: Any) -> Any:  # noqa: N807
        instance = original(cls, *args, **kwargs)
        _record(instance, args, kwargs)
        return instance

    keras_layers.Operation.__new__ = __new__
    importlib.import_module("shapeguard.capture.added_weights").install()  # it needs this module whole


def record_at(made: Any, args: tuple[Any, ...], kwargs: dict[str, Any], site: frames.CallSite) -> None:
    """Remembers what something other than an operation was made from, and where."""
    recorded = _Recorded(tuple(map(_snapshot, args)), {name: _snapshot(value) for name, value in kwargs.items()}, site)
    object.__setattr__(made, _ATTRIBUTE, recorded)


@contextmanager
def listening(listener: Callable[[Any, FrameType], None]) -> Iterator[None]:
    """Tells `listener` of each construction while the block runs: the unfinished instance and the frame above it."""
    global _listeners  # noqa: PLW0603
    _listeners = (*_listeners, listener)
    try:
        yield
    finally:
        _listeners = tuple(other for other in _listeners if other is not listener)


def _record(instance: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
    global _count, _latest  # noqa: PLW0603
    if not args and not kwargs:
        args, kwargs = _arguments_of_model(sys._getframe(2))  # noqa: SLF001
    site = frames.current(2)
    recorded = _Recorded(tuple(map(_snapshot, args)), {name: _snapshot(value) for name, value in kwargs.items()}, site)
    if site.entered is not None and application_calls.is_application(site.entered):
        recorded.locals = application_calls.written_locals(instance, site, sys._getframe(2))  # noqa: SLF001
        _mark_end(instance, recorded, args, kwargs)
    recorded.numbers = frames.whole_numbers(2)
    object.__setattr__(instance, _ATTRIBUTE, recorded)
    _latest = type(instance), recorded
    _count += 1
    _recent.append((_count, weakref.ref(instance)))
    for listener in _listeners:
        listener(instance, sys._getframe(2))  # noqa: SLF001


def _mark_end(instance: Any, recorded: _Recorded, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
    """Marks the operation that gives an application's output: who builds on `model.output` never calls the model."""
    outputs = kwargs.get("outputs", args[1] if len(args) > 1 else None)
    ending = keras_layers.producer_of(outputs) if isinstance(outputs, keras_layers.KerasTensor) else None
    if ending is not None:
        object.__setattr__(ending, _ENDING, (type(instance), recorded))


def application_ending_at(operation: Any) -> Construction | None:
    """The user's call of the `keras.applications` function whose model ends with this operation, else `None`."""
    ending = vars(operation).get(_ENDING)
    if ending is None:
        return None
    cls, recorded = ending
    return resolve(
        Passed(recorded.locals[0].co_name.lower(), cls, recorded.args, recorded.kwargs, recorded.site, recorded.locals)
    )


def _snapshot(value: Any) -> Any:
    """As `snapshot`; of a layer also how it was made, since Bidirectional works on copies and drops the user's own."""
    recorded = vars(value).get(_ATTRIBUTE) if isinstance(value, keras_layers.Operation) else None
    return (
        snapshot(value) if recorded is None else replace(snapshot(value), made=(name_of(value), type(value), recorded))
    )


def wrapped_construction(wrapper: Any) -> Construction | None:
    """The user's call that made the layer given to a wrapper such as Bidirectional; `None` where none was recorded."""
    given = _made_before(wrapper)
    if given is None:
        return None
    layer, cls, inner = given
    return resolve(Passed(layer, cls, inner.args, inner.kwargs, inner.site, inner.locals))


def _made_before(wrapper: Any) -> tuple[str, type, _Recorded] | None:
    """How the layer was made that a wrapper was given."""
    recorded = vars(wrapper).get(_ATTRIBUTE)
    given = () if recorded is None else (*recorded.args, *recorded.kwargs.values())
    return next((value.made for value in given if isinstance(value, Opaque) and value.made is not None), None)


def keep_expectations(operation: Any, expectations: dict[Any, Expectation]) -> None:
    """Keeps what is expected of a layer with how it was made."""
    recorded = vars(operation).get(_ATTRIBUTE)
    if recorded is not None:
        recorded.expectations = expectations


def wrapped_expectations(wrapper: Any) -> dict[Any, Expectation]:
    """What is expected of the layer that a wrapper was given."""
    given = _made_before(wrapper)
    return {} if given is None else given[2].expectations


def _arguments_of_model(frame: FrameType | None) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """What a model's `__new__` was called with: it hands nothing on (3.0 to 3.15, models/model.py)."""
    outermost = None
    while frame is not None and frame.f_code.co_name == "__new__" and frames.is_framework(frame.f_code.co_filename):
        outermost, frame = frame, frame.f_back
    if outermost is None:
        return (), {}
    return outermost.f_locals.get("args", ()), outermost.f_locals.get("kwargs", {})


def construction_of(operation: Any) -> Construction | None:
    """The constructor call that made `operation`; `None` where it was made before recording began."""
    recorded = vars(operation).get(_ATTRIBUTE)
    if recorded is None:
        return None
    versions = tuple(compiled.version_of(code.co_filename) for code, _ in recorded.site.frames)
    is_known = recorded.construction is not None and _is_called(operation, recorded.construction.layer)
    if not is_known or recorded.versions != versions:
        recorded.construction = resolve(
            Passed(
                layer=name_of(operation),
                cls=type(operation),
                args=recorded.args,
                kwargs=recorded.kwargs,
                site=recorded.site,
                written=recorded.locals,
                numbers=recorded.numbers,
            )
        )
        recorded.versions = tuple(compiled.version_of(code.co_filename) for code, _ in recorded.site.frames)
    construction: Construction = recorded.construction
    return construction


def _is_called(operation: Any, name: str) -> bool:
    """Whether this is still the name; an operation has that of its place."""
    return isinstance(name, OperationName) or name == name_of(operation)


def name_of(operation: Any) -> str:
    """The operation's name, as it is written where its constructor has not come so far; else its class'.

    A tensor, which may have no attributes of its own (JAX), has the name of its class.
    """
    attributes: dict[str, Any] = getattr(operation, "__dict__", {})
    recorded = attributes.get(_ATTRIBUTE)
    written = None if recorded is None else recorded.kwargs.get("name")
    return attributes.get("name") or (written if isinstance(written, str) else type(operation).__name__)


def now() -> int:
    """A point in time for `constructed_since`."""
    return _count


def constructed_since(point: int) -> tuple[Any, ...]:
    """The layers and operations constructed after `point` that are still alive, in order, the newest 4,096 at most."""
    alive = (reference() for number, reference in tuple(_recent) if number > point)
    return tuple(operation for operation in alive if operation is not None)


def exists_in_other_model(name: str, model: Any) -> bool:
    """Whether a living model other than this one has a layer of this name.

    Models that the program has dropped wait for the garbage collector, so that it is run where one is found. A model
    that has layers in common may be what Keras made of this one before a layer was taken out.
    """
    own = set(map(id, keras_trainers.own_layers(model)))

    def exists() -> bool:
        models = [each for each in constructed_since(0) if isinstance(each, keras.Model)]
        others = [layers for layers in map(keras_trainers.own_layers, models) if own.isdisjoint(map(id, layers))]
        return any(layer.name == name for layers in others for layer in layers[1:])

    if not exists():
        return False
    gc.collect()
    return exists()


def note_matched(keys: Iterable[str], names: Collection[str], model: Any) -> None:
    """Remembers with each layer of the model that these keys of a mapping named layers of it, by which of its `names`.

    A layer that is given a new head outlives the model that it was in, which the program may have dropped.
    """
    matched = {key: key in names for key in keys}
    for layer in keras_trainers.own_layers(model):
        noted = _matched.setdefault(layer, [])
        if matched not in noted:
            noted.append(matched)


def matched_before(key: str, model: Any) -> bool:
    """Whether the key named a layer of this model, or of one with layers in common: a new head was put on."""
    return any(key in matched for matched in _matched_of_layers(model))


def is_left_behind(key: str, model: Any) -> bool:
    """Whether the key was then the very name of a layer, not found by counting, and the model has none of that name."""
    name = key.rpartition("/")[2]
    was_name = any(matched.get(key) for matched in _matched_of_layers(model))
    return was_name and all(layer.name != name for layer in keras_trainers.own_layers(model))


def _matched_of_layers(model: Any) -> Iterator[dict[str, bool]]:
    """The keys noted with the layers of a model, each with whether it was a name; nothing where none were noted."""
    for layer in keras_trainers.own_layers(model) if _matched else ():
        yield from _matched.get(layer, ())


class Constructed:
    """The layers constructed since this was made."""

    __slots__ = ("_since",)

    def __init__(self, since: int) -> None:
        self._since = since

    def __call__(self) -> tuple[Any, ...]:
        """The layers still alive, in the order of their construction."""
        return constructed_since(self._since)


def failed_construction(error: BaseException) -> Construction | None:
    """The layer whose own constructor raised `error`; `None` where it came from a call or from elsewhere."""
    failed: list[Any] = []
    traceback: TracebackType | None = error.__traceback__
    while traceback is not None:
        code = traceback.tb_frame.f_code
        owner = traceback.tb_frame.f_locals.get(code.co_varnames[0]) if code.co_argcount else None
        if isinstance(owner, keras_layers.Operation):
            if code.co_name == "__init__":
                failed.append(owner)
            elif code.co_name in ("__call__", "build", "call", "symbolic_call", "compute_output_spec"):
                failed.clear()
        traceback = traceback.tb_next
    return _written_of(error, failed) if failed else _never_begun(error)


def _written_of(error: BaseException, failed: list[Any]) -> Construction | None:
    """The user's own call behind what raised: Keras makes the cell of an LSTM, and the input of a Sequential."""
    innermost = construction_of(failed[-1])
    if innermost is None or not innermost.indirect:
        return innermost
    around = (construction_of(operation) for operation in reversed(failed[:-1]))
    return _added_with(error) or next((each for each in around if each is not None and not each.indirect), innermost)


def _added_with(error: BaseException) -> Construction | None:
    """The user's layer that Keras could not make an input for, of the shape that the layer was given for it."""
    traceback: TracebackType | None = error.__traceback__
    while traceback is not None:
        added = traceback.tb_frame.f_locals.get("layer")  # 3.0 to 3.15, models/sequential.py: `Sequential.add`
        if traceback.tb_frame.f_code.co_name == "add" and isinstance(added, keras_layers.Layer):
            return construction_of(added)
        traceback = traceback.tb_next
    return None


def _never_begun(error: BaseException) -> Construction | None:
    """The newest layer, where Python itself refused the arguments of its constructor: an argument that is missing."""
    if _latest is None or not isinstance(error, TypeError):
        return None
    cls, recorded = _latest
    if not str(error).startswith(f"{cls.__name__}.__init__() "):
        return None
    name = recorded.kwargs.get("name")
    layer = name if isinstance(name, str) else cls.__name__
    return resolve(Passed(layer, cls, recorded.args, recorded.kwargs, recorded.site, recorded.locals))


install()
