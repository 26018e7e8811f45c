"""What a lint rule is, what it finds, and how a finding becomes a `Diagnosis`."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from shapeguard.linting.calls import Module
from shapeguard.records.findings import Cause, Diagnosis, Edit

if TYPE_CHECKING:
    from shapeguard.linting.calls import LayerCall
    from shapeguard.records.source import Span

Check = Callable[[Module], "Iterable[Finding]"]
FindingKind = Literal["argument", "structure", "annotation"]


@dataclass(frozen=True, slots=True)
class Rule:
    """One kind of slip: `check` finds it in a file, `summary` completes "name: ..." in `shapeguard lint --help`.

    A finding of a rule that `proves_keras1` makes the file one that was written for Keras 1; the rules that are
    `on_in_keras1` are on in such a file, though `on_by_default` is not set. Of a rule that is `fixable` the source
    alone decides what is right, so `--fix` writes it.
    """

    code: str
    name: str
    summary: str
    check: Check
    on_by_default: bool = True
    proves_keras1: bool = False
    on_in_keras1: bool = False
    fixable: bool = False


@dataclass(frozen=True, slots=True)
class Change:
    """One argument that looks wrong: `replacement` is the text for exactly `replaces`, `None` if none is sure."""

    argument: str
    value: object
    suggestion: object
    span: Span
    position: int | None = None
    explicit: bool = True
    replaces: Span | None = None
    replacement: str | None = None


@dataclass(frozen=True, slots=True)
class FindingText:
    """The texts: `headline` is the first line, `title` completes "cause: ...", `label` is shown beside the caret."""

    headline: str
    title: str
    explanation: str = ""
    label: str = ""
    fix_note: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """A suspicious call: `call` is the whole call, `kind` that of the cause."""

    layer: str
    layer_type: str
    call: Span
    changes: tuple[Change, ...]
    text: FindingText
    corrected: str | None = None
    kind: FindingKind = "argument"


def finding(module: Module, call: LayerCall, changes: tuple[Change, ...], text: FindingText) -> Finding:
    """A finding about one constructor call; `corrected` is the call with all the changes made."""
    span = module.span(call.node)
    return Finding(call.name, call.layer, span, changes, text, corrected(module, span, changes))


def corrected(module: Module, call: Span, changes: tuple[Change, ...]) -> str | None:
    """The text of the call after the changes; `None` if one of them has no replacement."""
    start, end = module.places.offsets(call)
    text = module.places.text[start:end]
    pieces = []
    for change in changes:
        if change.replaces is None or change.replacement is None:
            return None
        pieces.append((*module.places.offsets(change.replaces), change.replacement))
    for first, last, replacement in sorted(pieces, reverse=True):
        if not start <= first <= last <= end:
            return None
        text = text[: first - start] + replacement + text[last - start :]
    return text


def diagnosis_of(found: Finding, rule: Rule) -> Diagnosis:
    """The finding as a report holds it: one possible cause, never verified, since nothing was run."""
    edits = tuple(
        Edit(
            layer=found.layer,
            argument=change.argument,
            value=change.value,
            suggestion=change.suggestion,
            layer_type=found.layer_type,
            position=change.position,
            explicit=change.explicit,
            span=change.span,
            replaces=change.replaces,
            replacement=change.replacement,
            corrected=found.corrected,
        )
        for change in found.changes
    )
    cause = Cause(
        kind=found.kind,
        edits=edits,
        confidence="possible",
        explanation=found.text.explanation,
        title=found.text.title,
        label=found.text.label,
        fix_note=found.text.fix_note,
    )
    return Diagnosis(
        rule.code,
        found.layer,
        found.layer_type,
        causes=(cause,),
        headline=found.text.headline,
        raised_at=None if edits else found.call,
        rule=rule.name,
    )
