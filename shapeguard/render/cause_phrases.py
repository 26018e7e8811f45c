"""A cause and its edits in words, for every format."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shapeguard.legible import printable
from shapeguard.records.findings import UNSEEN
from shapeguard.records.source import OperationName
from shapeguard.render.wording import name_text, names_text, ordinal, value_text
from shapeguard.source.literals import Code

if TYPE_CHECKING:
    from collections.abc import Sequence

    from shapeguard.records.findings import Cause, Edit

STRUCTURAL = ("insert_before", "insert_after", "remove", "replace")
"""What `Edit.argument` is, if the edit changes layers and no argument."""
IMPORT = "import"
"""What it is, if the edit brings a name that another edit writes."""
_MARKS = {None: "not verified", "rebuilt": "verified", "run": "verified by running"}


def assignment_text(edit: Edit) -> str:
    """`strides=4`; of an index what it is."""
    if isinstance(edit.value, Code):
        return printable(edit.value)
    return f"{printable(edit.argument)}={value_text(edit.value)}"


def position_text(edit: Edit) -> str:
    """`3rd positional`, `keyword`, that the argument is not written, or where else its number is."""
    if edit.home:
        return edit.home
    if isinstance(edit.value, Code):
        return "index"
    if edit.position is not None:
        return f"{ordinal(edit.position + 1)} positional"
    if edit.unseen:
        return UNSEEN
    return "keyword" if edit.explicit else "default, not passed"


def suggestion_text(edit: Edit) -> str:
    """The suggested value as code; a layer expression as it is."""
    if isinstance(edit.suggestion, str) and edit.argument in (*STRUCTURAL, IMPORT):
        return printable(edit.suggestion)
    return value_text(edit.suggestion)


def edits_once(edits: Sequence[Edit]) -> list[Edit]:
    """The edits without those that repeat another's span and values, as one call in a loop makes many layers."""
    seen: dict[tuple[object, ...], Edit] = {}
    for edit in edits:
        place = edit.span or edit.layer
        seen.setdefault((place, edit.argument, value_text(edit.value), value_text(edit.suggestion)), edit)
    return list(seen.values())


def layers_of(edits: Sequence[Edit]) -> tuple[str, ...]:
    """The layers that the edits change, in order, each once."""
    names = (name for edit in edits for name in (edit.layers or (edit.layer,)))
    return tuple(dict.fromkeys(name for name in names if name))


def edit_text(edit: Edit, layers: Sequence[str] = ()) -> str:
    """One edit in a few words: `` layer 'stem': `strides=4` (keyword) -> 2 ``."""
    if edit.argument == IMPORT:
        return f"add `{suggestion_text(edit)}`"
    names = layers or layers_of((edit,)) or (edit.layer,)
    if isinstance(names[0], OperationName):
        owner = names_text(names, 4)
    else:
        owner = f"layer {name_text(names[0])}" if len(names) == 1 else f"layers {names_text(names, 4)}"
    match edit.argument:
        case "insert_before":
            text = f"`{suggestion_text(edit)}` before {owner}"
        case "insert_after":
            text = f"`{suggestion_text(edit)}` behind {owner}"
        case "remove":
            text = f"remove {owner}"
        case "replace":
            text = f"`{suggestion_text(edit)}` instead of {owner}"
        case _ if edit.home:
            text = f"`{assignment_text(edit)}` ({edit.home}) -> {suggestion_text(edit)}, for {owner}"
        case "inputs":
            text = f"{owner}: the tensors as `{suggestion_text(edit)}`"
        case _:
            text = f"{owner}: `{assignment_text(edit)}` ({position_text(edit)}) -> {suggestion_text(edit)}"
    return text


def cause_text(cause: Cause) -> str:
    """A cause in one line, for a list of several: the edits of arguments, else the cause's own title."""
    if cause.title and (cause.kind != "argument" or not cause.edits):
        return printable(cause.title.splitlines()[0])
    edits = edits_once(cause.edits)
    if len({(e.argument, value_text(e.value), e.position, e.explicit, value_text(e.suggestion)) for e in edits}) == 1:
        text = edit_text(edits[0], layers_of(cause.edits))
    else:
        text = ", and ".join(edit_text(edit) for edit in edits)
    if cause.also:
        text += f" (also {', '.join(value_text(value) for value in cause.also)})"
    return text


def title_text(cause: Cause) -> str:
    """What completes "cause: ..."."""
    if cause.title or not cause.edits:
        return cause.title
    edits = edits_once(cause.edits)
    if len(edits) > 1 or edits[0].argument in STRUCTURAL:
        return cause_text(cause)
    edit = edits[0]
    owner = f" of {edit.layer_type}" if edit.layer_type else ""
    if edit.position is not None:
        return f"argument `{assignment_text(edit)}`, the {ordinal(edit.position + 1)} positional argument{owner}"
    passed = "" if edit.explicit else ", not passed (default)"
    written = f" ({UNSEEN})" if edit.unseen else passed
    return f"argument `{assignment_text(edit)}`{owner}{written}"


def label_text(cause: Cause) -> str:
    """The label beside the caret: the position and the value in words, unless the cause has a label of its own."""
    if cause.label or cause.kind != "argument" or not cause.edits:
        return cause.label
    edit = cause.edits[0]
    if edit.position is not None:
        return f"{ordinal(edit.position + 1)} positional argument: {assignment_text(edit)}"
    return "" if edit.explicit else f"{assignment_text(edit)} ({position_text(edit)})"


def proof_text(cause: Cause) -> str:
    """`verified: 'conv2d' becomes (200, 26, 26, 32)`, `verified by running: ...`, `not verified: ...`."""
    mark = _MARKS[cause.proven_by]
    if cause.proof:
        return f"{mark}: {printable(cause.proof)}"
    is_of_shapes = cause.proven_by == "rebuilt" and cause.kind in {"data", "targets", "loss"}
    return "verified on shapes" if is_of_shapes else mark


def span_layers_text(edit: Edit) -> str:
    """A note that one line of source makes several layers; "" if it makes one, or the number is written elsewhere."""
    layers = edit.span_layers
    if len(layers) <= 1 or edit.home:
        return ""
    changed = edit.layers or (edit.layer,)
    created = f"this line creates {len(layers)} layers: {names_text(layers)}"
    if set(layers) <= set(changed):
        return created
    need, own = ("needs", "it its own call") if len(changed) == 1 else ("need", "them their own call")
    return f"{created}; only {names_text(changed, 4)} {need} to change; give {own}"
