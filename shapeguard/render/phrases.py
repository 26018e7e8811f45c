"""What each part of a diagnosis is called in words; every format draws from here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shapeguard.legible import printable
from shapeguard.render.wording import (
    counted,
    is_shape,
    name_text,
    names_text,
    ordinal,
    place_text,
    shape_text,
    value_text,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from shapeguard.records.findings import Cause, Diagnosis, Edit

STRUCTURAL = ("insert_before", "remove", "replace")

CODES = {
    "SG101": "an argument of this layer",
    "SG102": "an argument of a layer upstream",
    "SG103": "several arguments could each be the cause",
    "SG104": "several changes are needed together",
    "SG105": "weights or parameter count",
    "SG190": "no cause found",
    "SG201": "a missing, extra or wrong layer",
    "SG301": "the data has another shape than the model's input",
    "SG302": "batch size",
    "SG303": "targets against outputs",
    "SG401": "one name stands for two sizes",
    "SG501": "the annotation is probably wrong",
    "SG502": "an annotation names no layer",
    "SG503": "an annotation cannot be read",
    "SG601": "Keras raised an error over a shape",
    "SG701": "suspicious call",
}

_DECLARED = {
    "mapping": "in the mapping",
    "comment": "in the comment",
    "annotation": "in the annotation",
    "expect": "by expect(...)",
    "contract": "in the contract file",
    "targets": "by the training targets",
}


def headline(diagnosis: Diagnosis) -> str:
    """The first line, which stands alone: code, layer, expected, got."""
    return f"[{diagnosis.code}] {printable(diagnosis.headline) if diagnosis.headline else _headline(diagnosis)}"


def _headline(diagnosis: Diagnosis) -> str:
    expected, actual = expected_text(diagnosis), actual_text(diagnosis)
    if expected and actual:
        return f"{layer_text(diagnosis)}: expected {expected}, got {actual}"
    return f"{layer_text(diagnosis)}: {CODES.get(diagnosis.code, 'a shape is not the expected one')}"


def layer_text(diagnosis: Diagnosis) -> str:
    """`layer 'conv2d' (Conv2D)`, `input 'image'`."""
    if diagnosis.layer_type in {"", "Input", "InputLayer"} and diagnosis.code in {"SG301", "SG302"}:
        return f"input {name_text(diagnosis.layer)}"
    return _layer(diagnosis.layer, diagnosis.layer_type)


def _layer(name: str, layer_type: str) -> str:
    return f"layer {name_text(name)} ({printable(layer_type)})" if layer_type else f"layer {name_text(name)}"


def expected_text(diagnosis: Diagnosis) -> str:
    """The expected shape, weights or count; "" where there is none."""
    return _quantity(diagnosis, diagnosis.expected, diagnosis.actual)


def actual_text(diagnosis: Diagnosis) -> str:
    """The shape, weights or count that was seen; "" where there is none."""
    return _quantity(diagnosis, diagnosis.actual, diagnosis.expected)


def _quantity(diagnosis: Diagnosis, this: object, other: object) -> str:
    if this is None:
        return ""
    match diagnosis.quantity:
        case "params":
            return counted(this, "parameter") if isinstance(this, int) else printable(this)
        case "weights":
            return f"weights {shape_text(this)}"
        case "output":
            differ = _ranks_differ(this, other)
            return (
                f"rank {len(this)} {shape_text(this)}"
                if differ and isinstance(this, tuple | list)
                else shape_text(this)
            )


def _ranks_differ(this: object, other: object) -> bool:
    if not (isinstance(this, tuple | list) and isinstance(other, tuple | list) and is_shape(this) and is_shape(other)):
        return False
    variadic = any(str(dim).endswith("...") or str(dim).startswith("*") for dim in (*this, *other))
    return len(this) != len(other) and not variadic


def axes_text(diagnosis: Diagnosis) -> str:
    """`axis 1: expected 26, got 9`, one clause for each axis that disagrees."""
    expected, actual = diagnosis.expected, diagnosis.actual
    if not (isinstance(expected, tuple | list) and isinstance(actual, tuple | list)):
        return ""
    if not (is_shape(expected) and is_shape(actual) and len(expected) == len(actual)):
        return ""
    axes = [axis for axis in diagnosis.axes if -len(actual) <= axis < len(actual)]
    return "; ".join(
        f"axis {axis}: expected {printable(expected[axis])}, got {printable(actual[axis])}" for axis in axes
    )


def declared_text(diagnosis: Diagnosis, cwd: str) -> str:
    """Where the user said what they expect; "" where that is not known."""
    if diagnosis.declared is None:
        return ""
    where = _DECLARED.get(diagnosis.origin, "")
    what = "expected shape" if diagnosis.quantity == "output" else "expectation"
    return f"{what} declared at {place_text(diagnosis.declared, cwd)}" + (f", {where}" if where else "")


def assignment_text(edit: Edit) -> str:
    """`strides=4`."""
    return f"{printable(edit.argument)}={value_text(edit.value)}"


def position_text(edit: Edit) -> str:
    """`3rd positional`, `keyword`, or that the argument is not written."""
    if edit.position is not None:
        return f"{ordinal(edit.position + 1)} positional"
    return "keyword" if edit.explicit else "default, not written"


def suggestion_text(edit: Edit) -> str:
    """The suggested value as code; a layer expression stands as it is."""
    if isinstance(edit.suggestion, str) and edit.argument in STRUCTURAL:
        return printable(edit.suggestion)
    return value_text(edit.suggestion)


def edits_once(edits: Sequence[Edit]) -> list[Edit]:
    """The edits without those that repeat another's span and values: one call in a loop makes many layers."""
    seen: dict[tuple[object, ...], Edit] = {}
    for edit in edits:
        place = edit.span or edit.layer
        seen.setdefault((place, edit.argument, value_text(edit.value), value_text(edit.suggestion)), edit)
    return list(seen.values())


def layers_of(edits: Sequence[Edit]) -> tuple[str, ...]:
    """The layers that the edits change, in order, each once."""
    return tuple(dict.fromkeys(name for edit in edits for name in (edit.layers or (edit.layer,))))


def edit_text(edit: Edit, layers: Sequence[str] = ()) -> str:
    """One edit in a few words: `` layer 'stem': `strides=4` (keyword) -> 2 ``."""
    names = layers or layers_of((edit,))
    owner = f"layer {name_text(names[0])}" if len(names) == 1 else f"layers {names_text(names, 4)}"
    match edit.argument:
        case "insert_before":
            return f"`{suggestion_text(edit)}` before {owner}"
        case "remove":
            return f"no {owner}"
        case "replace":
            return f"`{suggestion_text(edit)}` in the place of {owner}"
        case _:
            return f"{owner}: `{assignment_text(edit)}` ({position_text(edit)}) -> {suggestion_text(edit)}"


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
    written = "" if edit.explicit else ", the default, not written"
    return f"argument `{assignment_text(edit)}`{owner}{written}"


def label_text(cause: Cause) -> str:
    """What stands beside the caret: the position and the value in words, where the cause brings no words of its own."""
    if cause.label or cause.kind != "argument" or not cause.edits:
        return cause.label
    edit = cause.edits[0]
    if edit.position is not None:
        return f"{ordinal(edit.position + 1)} positional argument: {assignment_text(edit)}"
    return "" if edit.explicit else f"{assignment_text(edit)} (default, not written)"


def proof_text(cause: Cause) -> str:
    """`verified: 'conv2d' becomes (200, 26, 26, 32)`, `not verified: ...`."""
    mark = "verified" if cause.verified else "not verified"
    if cause.proof:
        return f"{mark}: {printable(cause.proof)}"
    return "verified on shapes" if cause.verified and cause.kind in {"data", "targets"} else mark


def span_layers_text(edit: Edit) -> str:
    """Says so where one line of source makes several layers; "" where it makes one."""
    made = edit.span_layers
    if len(made) <= 1:
        return ""
    changed = edit.layers or (edit.layer,)
    if set(made) <= set(changed):
        return f"this line makes {len(made)} layers: {names_text(made)}"
    others = tuple(name for name in made if name not in changed)
    return (
        f"this line makes {len(made)} layers; only {names_text(changed, 4)} must change, "
        f"so write {'it' if len(changed) == 1 else 'them'} apart from {names_text(others, 4)}"
    )


def consequences_text(names: Sequence[str], *, explained: bool = True) -> str:
    """`1 later expectation fails for the same reason: 'block2_conv'`; without a reason, what would hold with it."""
    count, listed = counted(len(names), "later expectation"), names_text(names)
    if not explained:
        return f"with the expected shape here, {count} would hold: {listed}"
    return f"{count} {'fails' if len(names) == 1 else 'fail'} for the same reason: {listed}"
