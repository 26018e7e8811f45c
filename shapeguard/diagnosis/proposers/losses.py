"""Targets in another form than the loss takes: class numbers for rows of zeros and a one, the reverse, or numbers."""

from __future__ import annotations

import inspect
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import keras

from shapeguard.diagnosis.judged_targets import reservation_of_targets
from shapeguard.diagnosis.loss_edits import Output, change_of_loss
from shapeguard.diagnosis.structure_edits import import_edit
from shapeguard.records.findings import Cause, Edit
from shapeguard.records.targets import CompiledLoss, TargetValues

if TYPE_CHECKING:
    from shapeguard.diagnosis.faults import Fault
    from shapeguard.records.network import Feed, Shape

ROWS = "categorical_crossentropy"
NUMBERS = "sparse_categorical_crossentropy"
CLASSES = {
    ROWS: "CategoricalCrossentropy",
    NUMBERS: "SparseCategoricalCrossentropy",
    "binary_crossentropy": "BinaryCrossentropy",
}
"""The classes of the losses that another one is exchanged for with its options."""
UNKNOWN = TargetValues()


@dataclass(frozen=True, slots=True)
class _Compared:
    """A target beside the output and the loss with which it is compared."""

    loss: CompiledLoss
    targets: Shape
    values: TargetValues
    output: Shape

    @property
    def classes(self) -> int | None:
        """The size of the axis of the classes, `None` where there is none or no choice."""
        size = self.output[-1] if self.output else None
        return size if size is not None and size > 1 else None

    @property
    def is_regression(self) -> bool:
        """Whether the values are certainly no numbers of classes."""
        return self.values.kind == "numbers" or (self.values.kind == "probabilities" and self.values.is_input)


@dataclass(frozen=True, slots=True)
class _Advice:
    """What the targets are, what the loss takes, and the loss that takes them.

    `are` completes "the targets ..."; `noun` is what they are in a word, "" if only their shape is known. `conversion`
    is the code that converts them, "" if there is none; `doubt` is why the advice may not help. `is_certain`: whatever
    the network gave, the loss would be wrong.
    """

    are: str
    noun: str
    needed: str
    loss: CompiledLoss
    conversion: str = ""
    doubt: str = ""
    is_certain: bool = False


def cause_of_targets(fault: Fault) -> Cause | None:
    """Targets that another loss takes; `None` if none would, or the fault is not of targets.

    It is the cause where the values tell that the loss cannot be meant; else the author alone knows whether the loss
    or the targets are.
    """
    constraint, feed = fault.outputs[0] if fault.outputs else None, fault.analysis.problem.feed
    if constraint is None or feed is None or constraint.output is None:
        return None
    slot = constraint.output
    targets, loss = feed.targets[slot], feed.loss[slot]
    if targets is None or loss is None:
        return None
    values = (feed.values[slot] if feed.values else None) or UNKNOWN
    compared = _Compared(loss, targets, values, fault.graph.shapes[constraint.values[0]][1:])
    advice = _advice(compared, _name(feed))
    if advice is None:
        return None
    with_it = replace(feed, loss=(*feed.loss[:slot], advice.loss, *feed.loss[slot + 1 :]))
    problem = replace(fault.analysis.problem, feed=with_it)
    reserve = _reservation(feed, compared, advice) or reservation_of_targets(problem, problem.network)
    return _cause(feed, compared, advice, reserve, Output(slot, constraint.layer))


def spelled(loss: CompiledLoss) -> str:
    """The loss as an argument of `compile`, in the form in which it was given."""
    if loss.form == "string":
        return f'"{loss.written}"'
    options = ", ".join(f"{name}={value!r}" for name, value in loss.options)
    return f"keras.losses.{loss.written}" + (f"({options})" if loss.form == "object" else "")


def _name(feed: Feed) -> str:
    is_name = feed.y_text is not None and feed.y_text.isidentifier() and len(feed.targets) == 1
    return feed.y_text if is_name and feed.y_text is not None else "y"


def _advice(compared: _Compared, name: str) -> _Advice | None:
    match compared.loss.name:
        case "sparse_categorical_crossentropy":
            return _for_class_numbers(compared, name)
        case "categorical_crossentropy":
            return _for_rows(compared, name)
        case _:
            return None


def _for_class_numbers(compared: _Compared, name: str) -> _Advice | None:
    """The loss takes numbers of classes, and the targets are something else."""
    needed, values = "integer labels", compared.values
    same = compared.targets == compared.output
    if compared.is_regression or (same and values.is_input):
        are = "are the inputs of the model" if values.is_input else "are numbers with fractions"
        noun = "the inputs" if values.is_input else "numbers"
        mse = CompiledLoss("mean_squared_error", "string", "mse")
        return _Advice(are, noun, needed, mse, is_certain=compared.is_regression)
    if not same or compared.classes is None or values.kind == "whole numbers":
        return None
    rows, doubt = _exchanged(compared.loss, ROWS)
    match values.kind:
        case "one-hot":
            conversion = f"{name} = np.argmax({name}, axis=-1)"
            return _Advice("are one-hot vectors", "one-hot vectors", needed, rows, conversion, doubt)
        case "probabilities":
            return _Advice("are probabilities of classes", "probabilities", needed, rows, doubt=doubt)
        case "zeros and ones":
            several, doubt = _exchanged(compared.loss, "binary_crossentropy")
            are = "have several ones in a row, or none"
            return _Advice(are, "zeros and ones", needed, several, doubt=doubt)
        case _:
            are = f"have a column for each of the {compared.classes} classes"
            return _Advice(are, "", needed, rows, doubt=doubt)


def _for_rows(compared: _Compared, name: str) -> _Advice | None:
    """The loss takes a value for each class, and the targets have no axis for them."""
    before, values = compared.output[:-1], compared.values
    if compared.classes is None or compared.targets not in (before, (*before, 1)) or values.kind == "numbers":
        return None
    needed = f"one column for each of the {compared.classes} classes"
    numbers, doubt = _exchanged(compared.loss, NUMBERS)
    if values.kind is None:
        return _Advice("have no axis of the classes", "", needed, numbers, doubt=doubt)
    if values.greatest >= compared.classes:
        doubt = (
            f"The greatest label is {values.greatest:.0f}; {compared.classes} classes are 0 to {compared.classes - 1}."
        )
        return _Advice("are integer labels", "integer labels", needed, numbers, doubt=doubt)
    conversion = f"{name} = keras.utils.to_categorical({name}, {compared.classes})"
    return _Advice("are integer labels", "integer labels", needed, numbers, conversion, doubt)


def _exchanged(loss: CompiledLoss, name: str) -> tuple[CompiledLoss, str]:
    """Another loss in the same form, with the options that it has too; and what is lost of them."""
    if loss.form == "string":
        return CompiledLoss(name, "string", name), ""
    if loss.form == "function":
        return CompiledLoss(name, "function", name), ""
    written = CLASSES[name]
    taken = inspect.signature(getattr(keras.losses, written)).parameters
    kept = tuple((option, value) for option, value in loss.options if option in taken)
    lost = [f"`{option}={value!r}`" for option, value in loss.options if option not in taken]
    doubt = f"{written} does not take {' and '.join(lost)}, which {loss.written} has now." if lost else ""
    return CompiledLoss(name, "object", written, kept), doubt


def _reservation(feed: Feed, compared: _Compared, advice: _Advice) -> str:
    """Why another loss may not be what is meant, though Keras may take it; "" if nothing says so.

    Targets of which only the shape is known, and that have the shape of an input, may be that of an autoencoder.
    """
    may_be_input = compared.values.kind is None and compared.targets in feed.inputs and len(compared.targets) > 1
    return advice.doubt or ("they may be the inputs, whose values are not at hand" if may_be_input else "")


def _cause(feed: Feed, compared: _Compared, advice: _Advice, reserve: str, slot: Output) -> Cause:
    corrected = spelled(advice.loss)
    change = change_of_loss(feed, slot, corrected)
    edit = Edit(
        layer="compile",
        argument="loss",
        value=compared.loss.name if compared.loss.form == "string" else spelled(compared.loss),
        suggestion=advice.loss.written if advice.loss.form == "string" else corrected,
        explicit=True,
        span=feed.y_span,
        replaces=change.correction.replaces,
        replacement=change.correction.replacement,
        corrected=change.correction.text,
    )
    is_one_of_several = sum(each is not None for each in feed.targets) > 1
    conversion = f"Alternatively, convert the targets: {advice.conversion}" if advice.conversion else ""
    return Cause(
        "targets",
        (edit, *map(import_edit, change.imports)),
        confidence="cause" if advice.is_certain else "possible",
        proven_by=None if reserve else "rebuilt",
        title=f"the targets {advice.are}; `{compared.loss.name}` expects {advice.needed}",
        label=f"targets{f' ({advice.noun})' if advice.noun else ''}: {_shown(compared.targets)}",
        explanation="\n".join(filter(None, (advice.doubt, conversion))),
        fix_note=f"pass to compile() for the output of '{slot.layer}'" if is_one_of_several else "pass to compile()",
        proof="" if advice.doubt else reserve or "the loss accepts these shapes",
    )


def _shown(targets: Shape) -> str:
    return f"{('B', *targets)}".replace("'", "")
