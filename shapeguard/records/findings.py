"""What a check found: edits, causes, diagnoses, and the rows of a report."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from shapeguard.records.expectations import Quantity
    from shapeguard.records.source import Span


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


Status = Literal["ok", "mismatch", "consequence", "no expectation", "not checked", "not reached"]


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
    status: Status = "no expectation"
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
