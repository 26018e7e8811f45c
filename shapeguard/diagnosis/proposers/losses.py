"""Targets in another form than the loss takes: class numbers for rows of zeros and a one, or the reverse."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import TYPE_CHECKING

import keras
import numpy as np

from shapeguard.keras_compat import states
from shapeguard.records.findings import Cause, Edit

if TYPE_CHECKING:
    from shapeguard.diagnosis.faults import Fault
    from shapeguard.records.network import Feed, Shape

LARGEST = 1_000_000
ROWS = "categorical_crossentropy"
NUMBERS = "sparse_categorical_crossentropy"


@dataclass(frozen=True, slots=True)
class _Forms:
    """What the targets are, what the loss takes, the loss that takes them, and the code that converts them."""

    are: str
    needed: str
    loss: str
    conversion: str


def cause_of_targets(fault: Fault) -> Cause | None:
    """Targets that fit the output under another loss; `None` if they would not, or the fault is not of targets."""
    constraint, feed = fault.outputs[0] if fault.outputs else None, fault.analysis.problem.feed
    if constraint is None or feed is None or constraint.output is None:
        return None
    targets, loss = feed.targets[constraint.output], feed.loss[constraint.output]
    if targets is None:
        return None
    output = fault.graph.shapes[constraint.values[0]][1:]
    forms = _forms(feed, loss, targets, output)
    return None if forms is None else _cause(feed, loss, targets, output, forms)


def _forms(feed: Feed, loss: str | None, targets: Shape, output: Shape) -> _Forms | None:
    name = feed.y_text if feed.y_text is not None and feed.y_text.isidentifier() and len(feed.targets) == 1 else "y"
    classes = output[-1] if output else None
    if classes is None or classes < 2:
        return None
    if loss == ROWS and targets in (output[:-1], (*output[:-1], 1)):
        conversion = f"{name} = keras.utils.to_categorical({name}, {classes})"
        return _Forms("integer labels", f"one column for each of the {classes} classes", NUMBERS, conversion)
    if loss == NUMBERS and targets == output:
        conversion = f"{name} = np.argmax({name}, axis=-1)"
        return _Forms("one-hot vectors", "integer labels", ROWS, conversion)
    return None


def _cause(feed: Feed, loss: str | None, targets: Shape, output: Shape, forms: _Forms) -> Cause:
    """It is not sure: the author alone knows which of the two was meant."""
    verified = _takes(forms.loss, targets, output)
    edit = Edit(
        layer="",
        argument="loss",
        value=loss,
        suggestion=forms.loss,
        explicit=True,
        span=feed.y_span,
        corrected=f'loss="{forms.loss}"',
    )
    return Cause(
        "targets",
        (edit,),
        verified=verified,
        title=f"the targets are {forms.are}; `{loss}` expects {forms.needed}",
        label=f"targets ({forms.are}): {('B', *targets)}".replace("'", ""),
        explanation=f"Alternatively, convert the targets: {forms.conversion}",
        fix_note="pass to compile()",
        proof="the loss accepts these shapes" if verified else "",
    )


def _takes(loss: str, targets: Shape, output: Shape) -> bool:
    """Whether Keras computes the loss of one sample of these shapes."""
    sizes = [size for size in (*targets, *output) if size is not None]
    if len(sizes) < len(targets) + len(output) or prod(sizes) > LARGEST:
        return False
    with states.leaving_no_mark():
        try:
            keras.losses.get(loss)(np.zeros((1, *targets), "float32"), np.zeros((1, *output), "float32"))
        except Exception:  # noqa: BLE001  Keras' refusal is the answer
            return False
    return True
