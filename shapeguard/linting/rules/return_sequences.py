"""SG707 return-sequences: a recurrent layer that returns its last step before a layer that needs all of them."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from shapeguard.linting.findings import Change, Finding, FindingText, Rule, corrected
from shapeguard.linting.sequential_ranks import rank_mismatches
from shapeguard.records.source import Span

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shapeguard.linting.calls import LayerCall, Module
    from shapeguard.linting.sequential_ranks import RankMismatch

_turned_on = partial(Change, "return_sequences", False, True)  # noqa: FBT003  a value and the one suggested for it


def check(module: Module) -> Iterator[Finding]:
    """The recurrent layers of a Sequential whose last step alone comes to a layer that Keras would refuse."""
    for mismatch in rank_mismatches(module):
        if mismatch.ends_sequence is not None:
            yield _finding(module, mismatch, mismatch.ends_sequence)


def _finding(module: Module, mismatch: RankMismatch, recurrent: LayerCall) -> Finding:
    source, after = mismatch.source, mismatch.call
    change = _change(module, recurrent)
    default = "" if change.explicit else ", not passed (default)"
    text = FindingText(
        headline=f"suspicious call {recurrent.written}: `{recurrent.layer}` returns only its last timestep, "
        f"but the next layer, {after.written}, needs the whole sequence",
        title=f"`return_sequences=False` of {recurrent.layer}{default}",
        explanation=f"{recurrent.layer} returns (batch, units); {after.layer} needs (batch, timesteps, features).",
        label="returns only its last timestep",
    )
    text_of_call = corrected(module, module.span(recurrent.node), (change,))
    return Finding(recurrent.name, recurrent.layer, module.span(source.node), (change,), text, text_of_call)


def _change(module: Module, recurrent: LayerCall) -> Change:
    written = recurrent.keywords.get("return_sequences")
    if written is not None:
        place = module.span(written.value)
        return _turned_on(module.span(written), replaces=place, replacement="True")
    call = module.span(recurrent.node)
    end = _end_of_arguments(module, recurrent)
    if end is None:
        return _turned_on(call, explicit=False)
    return _turned_on(call, explicit=False, replaces=end, replacement=", return_sequences=True")


def _end_of_arguments(module: Module, call: LayerCall) -> Span | None:
    """The empty place behind the last argument; `None` if there is none, or more than a comma follows it."""
    span = module.span(call.node)
    last = max(
        (module.span(node) for node in (*call.node.args, *call.node.keywords)),
        key=lambda argument: (argument.end_line, argument.end_column),
        default=None,
    )
    if last is None:
        return None
    tail = module.places.code(Span(span.file, last.end_line, last.end_column, span.end_line, span.end_column))
    is_plain = tail.replace(",", " ", 1).split() == [")"]
    return Span(span.file, last.end_line, last.end_column, last.end_line, last.end_column) if is_plain else None


RULE = Rule(
    "SG707",
    "return-sequences",
    "a recurrent layer that returns only its last timestep, before a layer that needs the whole sequence",
    check,
)
