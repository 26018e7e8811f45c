"""What a check found: edits, causes, diagnoses, and the rows of a report."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from shapeguard.records.expectations import Quantity
    from shapeguard.records.source import Span


UNSEEN = "call not seen"
"""Said of an argument of a layer whose constructor call was not seen."""


@dataclass(frozen=True, slots=True)
class Following:
    """What becomes of one argument of a layer when a number changes that it is calculated from.

    Attributes:
        layer: Name of the layer.
        argument: The constructor argument.
        value: Its value now.
        suggestion: The value that it will have.
    """

    layer: str
    argument: str
    value: object
    suggestion: object


@dataclass(frozen=True, slots=True)
class Edit:
    """One change of the user's program.

    Attributes:
        layer: Name of the first layer that the edit changes; for an inserted layer, the one that receives its output;
            "" for an import.
        argument: The constructor argument; "insert_before", "insert_after", "remove" or "replace" for a change of
            layers; "import" for a line that brings a name which another edit writes.
        value: The argument's value now.
        suggestion: The value it should have; for a change of layers an expression such as "Flatten()", for an import
            the statement.
        layer_type: Class name of the layer.
        layers: Names of all layers whose value the edit changes.
        span_layers: Names of all layers that this line of source makes. If there are more than in `layers`, the line
            must be split, and there is no `replacement`.
        position: Index among the positional arguments; `None` for a keyword and for an argument that is not written.
        explicit: Whether the argument is written in the call.
        unseen: Whether that is not known, as the call that made the layer was not seen.
        span: The argument in the source, or the whole call if the argument is not written; `None` without source.
        replaces: The span whose text `replacement` replaces, of no width for what is put in; `None` if no such
            replacement is known.
        replacement: The new text of exactly the span `replaces`.
        corrected: The whole call with the change, or the new line or element, for reading.
        callers: The user's calls that led to this one, innermost first.
        home: Where the number is written, in words, if the layers only get what is calculated from it: "keyword of
            build", "default of width in Block.__init__". Then `argument` is the name it has there, or ""; `value` and
            `suggestion` are the number itself.
        following: What becomes of the arguments of layers that are calculated from that number.
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
    home: str = ""
    following: tuple[Following, ...] = ()
    unseen: bool = False


@dataclass(frozen=True, slots=True)
class Cause:
    """A set of edits that, made together, meet every expectation.

    Attributes:
        kind: What is wrong: "argument", "data", "structure", "annotation", "symbol", "targets", "inputs": the
            order of a call's tensors, or "loss": what `compile` is given.
        edits: The changes of the program; none if the fault is not in its source.
        confidence: "cause" for the most plausible one by a clear margin, else "possible".
        proven_by: What confirmed it. "rebuilt": fresh layers, called symbolically by Keras from the edit to where the
            shapes are again the observed ones, met every expectation. "run": the program itself, with the edits in its
            text, came through its first step and met every expectation. `None`: nothing.
        explanation: Arithmetic and prose, in lines, that say how the fault comes about.
        also: Other values of the first edit's argument that would do, all else as suggested; verified if the cause is.
        title: Completes the sentence "cause: ...".
        label: Shown beside the caret in the source.
        fix_note: Says in words what the fix does.
        proof: What was verified, in words.
    """

    kind: Literal["argument", "data", "structure", "annotation", "symbol", "targets", "inputs", "loss"]
    edits: tuple[Edit, ...]
    confidence: Literal["cause", "possible"] = "possible"
    proven_by: Literal["rebuilt", "run"] | None = None
    explanation: str = ""
    also: tuple[object, ...] = ()
    title: str = ""
    label: str = ""
    fix_note: str = ""
    proof: str = ""

    @property
    def verified(self) -> bool:
        """Whether it is proven, by whatever means."""
        return self.proven_by is not None

    @property
    def layer(self) -> str | None:
        """The layer of the first edit; `None` without edits."""
        return self.edits[0].layer if self.edits else None

    @property
    def argument(self) -> str | None:
        """The argument of the first edit; `None` without edits."""
        return self.edits[0].argument if self.edits else None

    @property
    def value(self) -> object:
        """The current value of the first edit's argument; `None` without edits."""
        return self.edits[0].value if self.edits else None

    @property
    def suggestion(self) -> object:
        """The value that the first edit suggests; `None` without edits."""
        return self.edits[0].suggestion if self.edits else None


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """One fault: what was expected, what was observed, and its causes, most plausible first.

    Attributes:
        code: Error code such as "SG101", explained by `shapeguard explain SG101`.
        layer: Name of the layer whose shape is not the expected one.
        layer_type: Its class name.
        expected: The expected shape, which may contain names; nested tuples or lists of shapes for several outputs; a
            number if `quantity` is "params".
        actual: The observed shape, in the same form.
        axes: Indices of the axes that disagree; `()` if the ranks differ.
        quantity: What is compared: "output", "weights" or "params".
        causes: The possible causes, most plausible first.
        consequences: Names of the layers that are wrong for the same reason.
        original: The text of Keras' exception; `None` if Keras raised none.
        declared: Where the expectation is declared.
        headline: The first line of the message without its code; "" if `layer`, `expected` and `actual` say it.
        trail: How a size came about on the way from the input.
        tried: What was tried without success.
        advice: What to annotate to tell the possible causes apart.
        notes: Further observations, one line each.
        raised_at: The user's line in which Keras raised.
        origin: How the expectation was declared: "mapping", "comment", "annotation", "expect", "contract", ...
        raised_by: The library whose exception `original` is.
        rule: Name of the lint rule, such as "return-sequences"; "" for a fault that lint did not find.
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
    rule: str = ""
    raised_by: str = "Keras"


Status = Literal["ok", "mismatch", "consequence", "no expectation", "not checked", "not reached"]


@dataclass(frozen=True, slots=True)
class Row:
    """One forward call of a layer as the report shows it.

    Attributes:
        layer: Name of the layer.
        layer_type: Its class name.
        path: Names of the containers from the model down, then the layer's, joined by "/".
        call: Which call of the layer this is, from 1.
        inputs: The input's shape, or nested tuples or lists of shapes.
        expected: The expected shape, weights or number of parameters; `None` without an expectation.
        actual: What was observed.
        span: The constructor call that made the layer.
        quantity: What `expected` and `actual` are: "output", "weights" or "params".
        status: "ok", "mismatch", "consequence" of one upstream, "no expectation", "not checked" or "not reached".
        declared: Where the expectation is declared.
        derivation: Why each size is what it is, one line per axis.
        sources: Indices of the rows whose outputs this call takes.
        params: The number of the layer's parameters, those of the layers inside included; `None` for an operation, for
            a layer that is not built, and where the row is about weights.
        dtypes: The dtype of each output.
    """

    layer: str
    layer_type: str
    path: str
    call: int
    inputs: object
    expected: object
    actual: object
    span: Span | None = None
    quantity: Quantity = "output"
    status: Status = "no expectation"
    declared: Span | None = None
    derivation: tuple[str, ...] = ()
    sources: tuple[int, ...] = ()
    params: int | None = None
    dtypes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Search:
    """How the causes were searched for.

    Attributes:
        status: "complete", "partial" if the limit of evaluations stopped it, or "not needed".
        candidates: How many repairs were evaluated.
        verified: How many of them Keras confirmed.
        families: Evaluated repairs per kind.
    """

    status: Literal["complete", "partial", "not needed"] = "not needed"
    candidates: int = 0
    verified: int = 0
    families: Mapping[str, int] = field(default_factory=dict)
