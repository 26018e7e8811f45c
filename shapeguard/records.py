"""The frozen values that pass between rooms: tuples, no arrays, no behaviour.

Only `Call` and `Network` hold live Keras objects: they exist while a check runs and are dropped with it.
A shape is a tuple of int and `None`, batch first where the layer has one; `None` is a size that is not known.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from shapeguard.spec import Spec

Shape = tuple[int | None, ...]
Quantity = Literal["output", "weights", "params"]


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A place in the user's source: lines from 1, columns in characters from 0, the end exclusive."""

    file: str
    line: int
    column: int
    end_line: int
    end_column: int


@dataclass(frozen=True, slots=True)
class Opaque:
    """Stands for an argument's value that is not kept: its guarded, cut `repr`, and its shape where it has one.

    `made` is how the value was constructed, where it is a layer, as the room that records constructions keeps it.
    """

    text: str
    shape: Shape | None = None
    made: Any = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Argument:
    """One argument as the user passed it to a constructor.

    `position` counts from 0 among the positional arguments without `self`; `None` for a keyword.
    `span` covers the value only (for a keyword `name=value` the whole pair); `None` without readable source.
    """

    name: str
    value: object
    position: int | None = None
    span: Span | None = None


@dataclass(frozen=True, slots=True)
class Construction:
    """The constructor call that made a layer, as written; only explicit arguments are listed.

    `written_name` is the callee as the user wrote it (`layers.Convolution2D`), `call` the whole call expression,
    `callers` the user's frames above it, innermost first. `callee` covers the name alone.
    `indirect`: made inside Keras (from_config, clone_model), so no place in the user's source is to blame.
    """

    layer: str
    layer_type: str
    arguments: tuple[Argument, ...] = ()
    written_name: str | None = None
    call: Span | None = None
    callee: Span | None = None
    callers: tuple[Span, ...] = ()
    indirect: bool = False


@dataclass(frozen=True, slots=True)
class Expectation:
    """What the user said a layer's output, weights or parameter count is.

    `target` is the key as given for mappings and contract files, else the layer's name. `scope` tells where names in
    the spec live: "" is one forward pass, anything else one invocation of the function that declared it.
    `inferred` marks expectations that follow from the training data (targets and loss), not from the user's words.
    """

    target: str
    spec: Spec
    quantity: Quantity = "output"
    declared: Span | None = None
    origin: Literal["mapping", "comment", "annotation", "expect", "contract", "targets", "unpacking"] = "mapping"
    text: str = ""
    scope: str = ""
    call: int | None = None  # the nth call of the layer, from 1; None: every call must agree


@dataclass(frozen=True, slots=True)
class ValueRef:
    """Stands for a tensor inside `Call.args` and `Call.kwargs`: an index into `Network.values`."""

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
    `number` counts the calls of this layer from 1. `construction` is `None` where none was recorded.
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
    site: Any = None  # shapeguard.sites.Site of the call, where it was recorded
    application: Construction | None = None  # the keras.applications call whose model ends with this operation


@dataclass(frozen=True, slots=True)
class Value:
    """A tensor of a `Network`: its shape as observed and its dtype's name."""

    shape: Shape
    dtype: str


@dataclass(frozen=True, slots=True)
class Network:
    """One forward pass, or as much of it as ran: calls in the order in which they were made.

    `inputs` and `outputs` index `values` in the model's own order. `complete` is false where building stopped early.
    `unattached` are layers that were constructed but not yet called when it stopped. `open_end`: the lines behind may
    refuse shapes as well, so that nothing can be promised of them.
    """

    calls: tuple[Call, ...]
    values: tuple[Value, ...]
    inputs: tuple[int, ...] = ()
    outputs: tuple[int, ...] = ()
    complete: bool = True
    unattached: tuple[Construction, ...] = ()
    open_end: bool = False


@dataclass(frozen=True, slots=True)
class Target:
    """An expectation and the call of a `Network` that it speaks of; `call` is `None` where that was not reached."""

    expectation: Expectation
    call: int | None


@dataclass(frozen=True, slots=True)
class Mismatch:
    """A call whose outputs are not what a target says.

    `expected` and `actual` are shapes (names allowed in `expected`), or tuples of them for several outputs. `axes` are
    those that disagree, `()` where the rank or the number of outputs differs. `symbols` are the names in conflict.
    """

    target: Target
    expected: object
    actual: object
    axes: tuple[int, ...] = ()
    kind: Literal["rank", "size", "symbol", "expression", "structure"] = "size"
    symbols: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Feed:
    """What `fit`, `evaluate` or `predict` was given: shapes without the batch axis, `None` where not known.

    `inputs` are in the model's order. `targets` and `loss` are flattened as they were given, where `target_structure`
    nests a `Value` for each target; else they stand beside the model's outputs, `None` where nothing is compared.
    `samples` is the length of the arrays, `batch_size` the configured one. `x_span`, `y_span` and `batch_span` are the
    arguments in the user's `fit` call, `call_span` the whole call. `signature` nests a `Value` for each input as the
    model takes them, batch axis included (`None` where the host leaves it open); `None` where nothing is known before a
    step.
    """

    phase: Literal["train", "test", "predict"]
    inputs: tuple[Shape, ...] = ()
    input_names: tuple[str, ...] = ()
    targets: tuple[Shape | None, ...] = ()
    loss: tuple[str | None, ...] = ()
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


@dataclass(frozen=True, slots=True)
class Edit:
    """One change of the user's program.

    `layers` are those whose value the edit changes, `span_layers` all that this source span makes; where they differ
    the line must be split and there is no `replacement`. `position` counts from 0 among positionals, `None` for a
    keyword or an argument that is not written (`explicit` is false then and `span` is the call).
    `replaces` and `replacement`: the text that takes the place of exactly that span. `corrected`: the whole call.
    """

    layer: str
    argument: str
    value: object
    suggestion: object
    layer_type: str = ""
    layers: tuple[str, ...] = ()
    span_layers: tuple[str, ...] = ()
    position: int | None = None
    explicit: bool = False
    span: Span | None = None
    replaces: Span | None = None
    replacement: str | None = None
    corrected: str | None = None
    callers: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class Cause:
    """A set of edits that, made together, meets every expectation.

    `title` completes the sentence "cause: ..."; `explanation` is the derivation and the habit behind the fault, lines
    of prose and arithmetic; `fix_note` says in words what the fix does. `verified`: fresh layers, called symbolically
    by Keras from the edit to where the shapes rejoin the observed ones, met every expectation. `label` stands beside
    the caret. `also` are other values of the same argument that would do.
    """

    kind: Literal["argument", "data", "structure", "annotation", "symbol", "targets"]
    edits: tuple[Edit, ...]
    confidence: Literal["cause", "possible"] = "possible"
    verified: bool = False
    explanation: str = ""
    also: tuple[object, ...] = ()
    title: str = ""
    label: str = ""
    fix_note: str = ""
    proof: str = ""

    @property
    def layer(self) -> str | None:
        """The layer of the first edit; `None` where there is no edit."""
        return self.edits[0].layer if self.edits else None

    @property
    def argument(self) -> str | None:
        """The argument of the first edit; `None` where there is no edit."""
        return self.edits[0].argument if self.edits else None

    @property
    def value(self) -> object:
        """The value of the first edit's argument now; `None` where there is no edit."""
        return self.edits[0].value if self.edits else None

    @property
    def suggestion(self) -> object:
        """The value that the first edit suggests; `None` where there is no edit."""
        return self.edits[0].suggestion if self.edits else None


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """One fault: what was expected, what was seen, and what is to blame, most plausible first.

    `expected` and `actual` are shapes with names allowed in `expected`, or nested tuples/lists of them for several
    outputs, or counts where `quantity` is "params". `axes` are those that disagree; `()` where the ranks differ.
    `trail` tells how a size came about on the way from the input, `tried` what was searched in vain, `advice` what to
    annotate to tell possible causes apart, `bindings_text` who bound a symbol.
    """

    code: str
    layer: str
    layer_type: str
    expected: object = None
    actual: object = None
    axes: tuple[int, ...] = ()
    quantity: Quantity = "output"
    causes: tuple[Cause, ...] = ()
    consequences: tuple[str, ...] = ()
    original: str | None = None
    declared: Span | None = None
    headline: str = ""
    trail: str = ""
    tried: str = ""
    advice: str = ""
    notes: tuple[str, ...] = ()
    raised_at: Span | None = None
    origin: str = "mapping"


Status = Literal["ok", "mismatch", "consequence", "not expected", "not checked", "not reached"]


@dataclass(frozen=True, slots=True)
class Row:
    """One forward call as the report shows it: `inputs` and `actual` are shapes or nested tuples/lists of shapes."""

    layer: str
    layer_type: str
    path: str
    call: int
    inputs: object
    expected: object
    actual: object
    span: Span | None = None
    quantity: Quantity = "output"
    status: Status = "not expected"
    declared: Span | None = None
    derivation: tuple[str, ...] = ()
    sources: tuple[int, ...] = ()  # rows whose outputs this one takes


@dataclass(frozen=True, slots=True)
class Search:
    """How the diagnosis was found: candidates evaluated, and whether the cap stopped it ("partial")."""

    status: Literal["complete", "partial", "not needed"] = "not needed"
    candidates: int = 0
    verified: int = 0
    families: Mapping[str, int] = field(default_factory=dict)
