"""The diagnosis of a layer's keywords that were passed to `add`, or to the call of the layer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shapeguard.diagnosis.what_keras_said import diagnosis_of_one
from shapeguard.records.findings import Cause, Edit
from shapeguard.source.literals import Code
from shapeguard.source.misplaced_keywords import put_back

if TYPE_CHECKING:
    import ast

    from shapeguard.records.findings import Diagnosis
    from shapeguard.records.network import Failure
    from shapeguard.records.source import Span
    from shapeguard.source.misplaced_keywords import Misplaced
    from shapeguard.source.trees import Source

LABEL = "of the layer"


def title_of(misplaced: Misplaced, layer_type: str) -> str:
    """Whose these keywords are, in words."""
    names = ", ".join(f"`{name}`" for name in misplaced.names)
    return f"{names} {'is an argument' if len(misplaced.names) == 1 else 'are arguments'} of {layer_type}"


def diagnosis_of_misplaced(
    source: Source, call: ast.Call, misplaced: Misplaced, layer_type: str, failure: Failure, raised_at: Span | None
) -> Diagnosis:
    """The diagnosis with the keywords in the constructor."""
    change = put_back(source.places, call, misplaced)
    first = misplaced.keywords[0]
    edit = Edit(
        layer=layer_type,
        argument=first.arg or "",
        value=Code(source.text(source.span(first.value))),
        suggestion=Code("" if change is None else change.text or ""),
        layer_type=layer_type,
        explicit=True,
        span=source.span(first),
        replaces=None if change is None else change.replaces,
        replacement=None if change is None else change.replacement,
        corrected=None if change is None else change.text,
    )
    title = f"{title_of(misplaced, layer_type)}, not of the call around it"
    cause = Cause("structure", (edit,), confidence="cause", title=title, label=LABEL, fix_note="move it into the layer")
    return diagnosis_of_one(cause, layer_type, failure, title.replace("`", "'"), raised_at)
