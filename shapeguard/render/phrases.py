"""The parts of a diagnosis in words, for every format; those of its causes are in `cause_phrases`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shapeguard.legible import printable
from shapeguard.records.source import OperationName
from shapeguard.render.wording import (
    counted,
    is_shape,
    name_text,
    names_text,
    place_text,
    shape_text,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from shapeguard.records.findings import Diagnosis

SUSPICIOUS = "SG7"
"""What the codes of suspicious calls begin with."""

CODES = {
    "SG101": "an argument of this layer",
    "SG102": "an argument of a layer upstream",
    "SG103": "several possible causes",
    "SG104": "several changes are needed together",
    "SG105": "weights or parameter count",
    "SG190": "no cause found",
    "SG201": "a missing, extra or wrong layer",
    "SG301": "the data does not have the model's input shape",
    "SG302": "batch size",
    "SG303": "targets and outputs do not match",
    "SG401": "one dimension name, two sizes",
    "SG501": "the annotation is probably wrong",
    "SG502": "an annotation matches no layer",
    "SG503": "an annotation cannot be read",
    "SG601": "Keras raised a shape error",
    "SG701": "two sizes in a row are a kernel size and strides",
    "SG702": "two sizes in a row that may be a kernel size and strides",
    "SG703": "an argument of the wrong kind",
    "SG704": "an argument name of Keras 1",
    "SG705": "an input shape that includes the number of samples",
    "SG706": "a layer of a Sequential gets the wrong number of axes",
    "SG707": "a recurrent layer returns only its last timestep",
    "SG708": "Dense layers without Flatten or global pooling before them",
    "SG709": "a number where a shape is expected",
    "SG710": "a tuple where a number is expected",
    "SG711": "a keyword that the layer does not have",
    "SG712": "a layer that is not called",
    "SG713": "activation applied twice: once by the model, once by its loss",
    "SG799": "a suppression comment that suppresses nothing",
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
    """The first line, which is complete by itself: code, layer, expected, got."""
    rule = f"{diagnosis.rule}: " if diagnosis.rule else ""
    return f"[{diagnosis.code}] {rule}{printable(diagnosis.headline) if diagnosis.headline else _headline(diagnosis)}"


def _headline(diagnosis: Diagnosis) -> str:
    expected, actual = expected_text(diagnosis), actual_text(diagnosis)
    if expected and actual:
        return f"{layer_text(diagnosis)}: expected {expected}, got {actual}"
    return f"{layer_text(diagnosis)}: {CODES.get(diagnosis.code, 'unexpected shape')}"


def layer_text(diagnosis: Diagnosis) -> str:
    """`layer 'conv2d' (Conv2D)`, `input 'image'`."""
    if diagnosis.layer_type in {"", "Input", "InputLayer"} and diagnosis.code in {"SG301", "SG302"}:
        return f"input {name_text(diagnosis.layer)}"
    return named(diagnosis.layer, diagnosis.layer_type)


def named(name: str, layer_type: str) -> str:
    """`layer 'conv2d' (Conv2D)`; an operation by its place."""
    if isinstance(name, OperationName):
        return name_text(name)
    return f"layer {name_text(name)} ({printable(layer_type)})" if layer_type else f"layer {name_text(name)}"


def expected_text(diagnosis: Diagnosis) -> str:
    """The expected shape, weights or count; "" if there is none."""
    return _quantity(diagnosis, diagnosis.expected, diagnosis.actual)


def actual_text(diagnosis: Diagnosis) -> str:
    """The observed shape, weights or count; "" if there is none."""
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
    """`axis 1: expected 26, got 9`, one clause per axis that disagrees."""
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
    """Where the user declared the expectation; "" if that is not known."""
    if diagnosis.declared is None:
        return ""
    where = _DECLARED.get(diagnosis.origin, "")
    what = "expected shape" if diagnosis.quantity == "output" else "expectation"
    return f"{what} declared at {place_text(diagnosis.declared, cwd)}" + (f", {where}" if where else "")


def consequences_text(names: Sequence[str], *, explained: bool = True) -> str:
    """`1 later expectation fails for the same reason: 'block2_conv'`; without a reason, what would hold with it."""
    count, listed = counted(len(names), "later expectation"), names_text(names)
    if not explained:
        return f"with the expected shape here, {count} would hold: {listed}"
    return f"{count} {'fails' if len(names) == 1 else 'fail'} for the same reason: {listed}"
