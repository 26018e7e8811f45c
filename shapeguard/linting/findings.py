"""What a lint rule found, and how it becomes a `Diagnosis`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from shapeguard.records.findings import Cause, Diagnosis, Edit

if TYPE_CHECKING:
    from shapeguard.linting.calls import LayerCall, Module
    from shapeguard.records.source import Span

CODE = "SG701"


@dataclass(frozen=True, slots=True)
class Change:
    """One argument that looks wrong: the text for exactly `replaces`; `None` where no rewriting is sure."""

    argument: str
    value: object
    suggestion: object
    span: Span
    position: int | None = None
    explicit: bool = True
    replaces: Span | None = None
    replacement: str | None = None


@dataclass(frozen=True, slots=True)
class Words:
    """What is said: `headline` is the first line, `title` completes "cause: ...", `label` stands beside the caret."""

    headline: str
    title: str
    explanation: str = ""
    label: str = ""
    fix_note: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """A suspicious call; `call` is the whole call, `structural` that a layer is missing or one too many."""

    rule: str
    layer: str
    layer_type: str
    call: Span
    changes: tuple[Change, ...]
    words: Words
    corrected: str | None = None
    structural: bool = False


def finding(module: Module, call: LayerCall, rule: str, changes: tuple[Change, ...], words: Words) -> Finding:
    """A finding about one constructor call; `corrected` is the call with all the changes made."""
    span = module.span(call.node)
    return Finding(rule, call.name, call.layer, span, changes, words, corrected(module, span, changes))


def corrected(module: Module, call: Span, changes: tuple[Change, ...]) -> str | None:
    """The text of the call after the changes; `None` where one of them has no replacement."""
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


def diagnosis_of(found: Finding) -> Diagnosis:
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
        kind="structure" if found.structural else "argument",
        edits=edits,
        confidence="possible",
        verified=False,
        explanation=found.words.explanation,
        title=found.words.title,
        label=found.words.label,
        fix_note=found.words.fix_note,
    )
    return Diagnosis(
        CODE,
        found.layer,
        found.layer_type,
        causes=(cause,),
        headline=found.words.headline,
        raised_at=None if edits else found.call,
    )
