"""One forward pass as it ran: its calls and tensors, and what training was given.

Only `Call` and `Network` hold live Keras objects: they exist while a check runs and are dropped with it.
A shape is a tuple of int and `None`, batch first if there is one; `None` is a size that is not known.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from shapeguard.records.source import Construction, Span
    from shapeguard.records.targets import CompiledLoss, CompiledMetric, OwnCode, TargetValues


Phase = Literal["train", "test", "predict"]
Shape = tuple[int | None, ...]
Source = Literal["arrays", "dataset", "batches"]
"""What kind of data it is: arrays, a `tf.data` dataset, or what gives batches by itself (a generator, a loader)."""


@dataclass(frozen=True, slots=True)
class ValueRef:
    """Represents a tensor inside `Call.args` and `Call.kwargs`: an index into `Network.values`."""

    index: int


@dataclass(frozen=True, slots=True)
class Failure:
    """An exception that Keras raised in a call: its type's name and its text, colours and repeated frames removed."""

    exception_type: str
    text: str


@dataclass(frozen=True, slots=True)
class Call:
    """One forward call of a layer or operation, in a `Network`.

    `inputs` and `outputs` index `Network.values`, flattened in argument order (`outputs` is empty where it raised).
    `structure` nests `ValueRef` as the call returned them. `parent` is the index of the enclosing call, `None` at the
    top. `path` is the names of the containers from the root, the root left out, then the layer's, joined by "/".
    `number` counts the calls of this layer from 1. `construction` is `None` where none was recorded. `identity` is the
    same in all calls of one layer, and of operations that one line of the user's makes, however often it runs.
    """

    index: int
    operation: Any
    layer: str
    layer_type: str
    path: str
    number: int
    args: tuple[Any, ...]
    kwargs: Mapping[str, Any]
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    structure: Any = None
    parent: int | None = None
    construction: Construction | None = None
    failure: Failure | None = None
    site: Any = None  # shapeguard.source.frames.CallSite of the call, where it was recorded
    application: Construction | None = None  # the keras.applications call whose model ends with this operation
    identity: object = None


@dataclass(frozen=True, slots=True)
class Value:
    """A tensor of a `Network`: its shape as observed and its dtype's name."""

    shape: Shape
    dtype: str


@dataclass(frozen=True, slots=True)
class Batches:
    """A size of the batch that a program may have written as a number, and how many samples a batch really has."""

    written: int
    samples: int


@dataclass(frozen=True, slots=True)
class Network:
    """One forward pass, or as much of it as ran: calls in the order in which they were made.

    `inputs` and `outputs` index `values` in the model's own order. `complete` is false where building stopped early.
    `open_end`: the lines behind may refuse shapes as well, so that nothing can be promised of them. `batches`: the pass
    is that of a shorter batch, which a program refused that takes the first one.
    """

    calls: tuple[Call, ...]
    values: tuple[Value, ...]
    inputs: tuple[int, ...] = ()
    outputs: tuple[int, ...] = ()
    complete: bool = True
    open_end: bool = False
    batches: Batches | None = None

    @property
    def refusal(self) -> Failure | None:
        """What the innermost call raised that was refused; `None` if the pass came to its end."""
        return next((each.failure for each in reversed(self.calls) if each.failure is not None), None)


@dataclass(frozen=True, slots=True)
class ObjectArray:
    """An array of Python's objects among those of a part of a batch: which one, of how many, and what is in it.

    `shapes` are the different ones of its elements, `()` those of numbers; `is_whole`: they hold whole numbers alone.
    """

    part: str
    index: int
    count: int
    shapes: tuple[Shape, ...]
    is_whole: bool


@dataclass(frozen=True, slots=True)
class MappedElements:
    """The functions of the user's own that a dataset maps its elements by, and what comes of them.

    `shapes(is_mapped=...)` are those of inputs, in the model's order, and targets as the functions are now, or without
    them; `None` where that cannot be told.
    """

    functions: tuple[Any, ...]
    shapes: Callable[..., tuple[tuple[Shape, ...], tuple[Shape, ...]] | None]


@dataclass(frozen=True, slots=True)
class Selection:
    """A name of the user's frame for an array that chooses rows of others: their numbers, or a truth for each.

    `chosen` rows of at least `rows`, of a mask of exactly so many. `is_once`: no row is chosen twice.
    """

    name: str
    chosen: int
    rows: int
    is_mask: bool = False
    is_once: bool = False


@dataclass(frozen=True, slots=True)
class Element:
    """A tensor of the elements: whether its rank is open, and its shape: of the spec, else as it was drawn."""

    is_open: bool
    shape: Shape


@dataclass(frozen=True, slots=True)
class OpenElements:
    """Elements of a dataset of which not even the rank is told, by the innermost step that makes them so.

    `argument` is what the dataset is handed over for, `method` is what a program calls for that step, and `outer` how
    many steps of the same kind come behind it. `structure` nests an `Element` for each tensor. `are_batches`: no step
    behind makes batches of them.
    """

    argument: str
    method: str
    outer: int
    structure: Any
    are_batches: bool


@dataclass(frozen=True, slots=True)
class Feed:
    """What `fit`, `evaluate` or `predict` was given: shapes without the batch axis, `None` where not known.

    `inputs` are in the model's order. `targets`, `values` of them and `loss` are flattened as they were given, where
    `target_structure` nests a `Value` for each target; else they stand beside the model's outputs, `None` where nothing
    is compared, and so do `metrics()` and the sample `weights`, which `weight_structure` nests before. `own()` are the
    losses and metrics of the user's own beside each output. `alike` says of each array of weights along how many of its
    last axes all values are the same; `()` where they are not at hand.
    `keys` are those of targets and of weights that are given as a dictionary, by the name of the part.
    `parts` are the shapes in each part of a batch as it is given, which Keras takes for inputs, targets and weights.
    `unequal` are whole arrays, batch axis first, by argument, where their lengths differ; `selections` choose
    rows of them. `frames` are the arguments
    that are pandas' and cannot be indexed as arrays are. `lists` are those that are lists of Python's numbers, with the
    place in `validation_data`, `None` outside of it. `objects` are arrays of objects, which Keras makes no tensors of.
    `open_elements` are those of a dataset whose ranks TensorFlow does not know, where it refused that; `mapped`
    tells what a dataset gives when the functions that it maps are others.
    `given` are the inputs as they are, the first axis included: whole arrays, elements of a dataset, batches of what
    gives batches; `()` where they are not known. `source` says which of these.
    `samples` is the length of the arrays, `batch_size` the configured one. `x_span`, `y_span` and `batch_span` are the
    arguments in the user's `fit` call, `call_span` the whole call. `signature` nests a `Value` for each input as the
    model takes them, batch axis included (`None` where the host leaves it open); `None` where nothing is known before a
    step. `validation` are the inputs in `validation_data`, `()` where they are not known, `None` without any.
    `compile_span` is the user's call of `compile`. `largest` is the largest number in each input and in the same one of
    `validation_data`, where these are whole arrays and a number was refused; else `()`.
    """

    phase: Phase
    inputs: tuple[Shape, ...] = ()
    given: tuple[Shape, ...] = ()
    source: Source = "batches"
    targets: tuple[Shape | None, ...] = ()
    loss: tuple[CompiledLoss | None, ...] = ()
    values: tuple[TargetValues | None, ...] = ()
    metrics: Callable[[], tuple[tuple[CompiledMetric, ...], ...]] = tuple
    own: Callable[[], tuple[tuple[OwnCode, ...], ...]] = tuple
    weights: tuple[Shape | None, ...] = ()
    alike: tuple[int, ...] = ()
    keys: tuple[tuple[str, tuple[str, ...]], ...] = ()
    parts: tuple[tuple[Shape, ...], ...] = ()
    unequal: tuple[tuple[str, Shape], ...] = ()
    selections: tuple[Selection, ...] = ()
    frames: frozenset[str] = frozenset()
    lists: tuple[tuple[str, int | None], ...] = ()
    open_elements: OpenElements | None = None
    mapped: MappedElements | None = None
    objects: tuple[ObjectArray, ...] = ()
    batch_size: int | None = None
    samples: int | None = None
    x_span: Span | None = None
    y_span: Span | None = None
    batch_span: Span | None = None
    call_span: Span | None = None
    x_text: str | None = None
    y_text: str | None = None
    signature: Any = None
    target_structure: Any = None
    weight_structure: Any = None
    validation: tuple[Shape, ...] | None = None
    compile_span: Span | None = None
    largest: tuple[int, ...] = ()
