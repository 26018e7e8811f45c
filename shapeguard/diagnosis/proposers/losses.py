"""Another loss: for targets in another form than the loss takes, and for outputs of another number of values."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING

import keras

from shapeguard.diagnosis.scoring import data_costs as costs
from shapeguard.diagnosis.target_repairs import ChangeLoss
from shapeguard.layers.activations import SOFTMAX
from shapeguard.records.targets import CompiledLoss

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shapeguard.diagnosis.compared_targets import Compared

ROWS = "categorical_crossentropy"
NUMBERS = "sparse_categorical_crossentropy"
BINARY = "binary_crossentropy"
CLASSES = {ROWS: "CategoricalCrossentropy", NUMBERS: "SparseCategoricalCrossentropy", BINARY: "BinaryCrossentropy"}
"""The classes of the losses that another one is exchanged for with its options."""
_INTEGERS = "integer labels"


def propose_losses(compared: Compared) -> Iterator[ChangeLoss]:
    """The losses that targets of this shape and these values are made for, where the compiled one is not."""
    match compared.loss.name:
        case "sparse_categorical_crossentropy":
            yield from _for_class_numbers(compared)
        case "categorical_crossentropy":
            yield from _for_rows(compared)
        case "binary_crossentropy":
            yield from _for_numbers_beside_classes(compared, "a value between 0 and 1 for each of the outputs")
        case "mean_squared_error" | "mean_absolute_error" if compared.activation == SOFTMAX:
            yield from _for_numbers_beside_classes(compared, "a number for each of the outputs")


def _for_class_numbers(compared: Compared) -> Iterator[ChangeLoss]:
    """The loss takes numbers of classes, and the targets are something else."""
    values = compared.values
    same = compared.targets == compared.output
    if compared.is_regression or (same and values.is_input):
        are = "are the inputs of the model" if values.is_input else "are numbers with fractions"
        noun = "the inputs" if values.is_input else "numbers"
        mse = CompiledLoss("mean_squared_error", "string", "mse")
        yield _change(compared, mse, (are, noun, _INTEGERS), is_certain=compared.is_regression)
        return
    if not same or compared.classes is None or values.kind == "whole numbers":
        return
    rows, doubt = exchanged(compared.loss, ROWS)
    match values.kind:
        case "one-hot":
            yield _change(compared, rows, ("are one-hot vectors", "one-hot vectors", _INTEGERS), doubt)
        case "probabilities":
            yield _change(compared, rows, ("are probabilities of classes", "probabilities", _INTEGERS), doubt)
        case "zeros and ones":
            several, doubt = exchanged(compared.loss, BINARY)
            are = "have several ones in a row, or none"
            yield _change(compared, several, (are, "zeros and ones", _INTEGERS), doubt)
        case _:
            are = f"have a column for each of the {compared.classes} classes"
            yield _change(compared, rows, (are, "", _INTEGERS), doubt)


def _for_rows(compared: Compared) -> Iterator[ChangeLoss]:
    """The loss takes a value for each class, and the targets have no axis for them, or the output has one value."""
    before, values = compared.output[:-1], compared.values
    if compared.output[-1:] == (1,) and _is_yes_or_no(compared):
        binary, doubt = exchanged(compared.loss, BINARY)
        texts = ("are zeros and ones", "zeros and ones", "one column for each class, of which there must be two")
        yield _change(compared, binary, texts, doubt)
    if compared.classes is None or compared.targets not in (before, (*before, 1)) or values.kind == "numbers":
        return
    needed = f"one column for each of the {compared.classes} classes"
    numbers, doubt = exchanged(compared.loss, NUMBERS)
    if values.kind is None:
        yield _change(compared, numbers, ("have no axis of the classes", "", needed), doubt)
        return
    if compared.exceeds:
        doubt = (
            f"The greatest label is {values.greatest:.0f}; {compared.classes} classes are 0 to {compared.classes - 1}."
        )
    yield _change(compared, numbers, ("are integer labels", _INTEGERS, needed), doubt)


def _is_yes_or_no(compared: Compared) -> bool:
    """Whether the targets are zeros and ones, one beside each value of the output."""
    before, values = compared.output[:-1], compared.values
    return compared.targets in (before, (*before, 1)) and values.kind == "whole numbers" and values.greatest <= 1


def _for_numbers_beside_classes(compared: Compared, needed: str) -> Iterator[ChangeLoss]:
    """The loss takes a value for each one of the output, which has one for each class, and the targets are one number.

    Behind a softmax the values belong together: numbers of classes are meant.
    """
    if not compared.may_be_class_numbers:
        return
    numbers, doubt = exchanged(compared.loss, NUMBERS)
    is_known = compared.values.kind is not None
    are = "are integer labels" if is_known else "have no axis of the classes"
    cost = costs.LOSS_BEHIND_SOFTMAX if compared.activation == SOFTMAX else costs.LOSS_WITHOUT_SOFTMAX
    yield ChangeLoss(compared.slot, numbers, are, _INTEGERS if is_known else "", needed, cost, doubt)


def _change(
    compared: Compared, loss: CompiledLoss, texts: tuple[str, str, str], doubt: str = "", *, is_certain: bool = False
) -> ChangeLoss:
    """Another loss; `texts` are what the targets are, in a clause and in a word, and what the present loss takes."""
    is_meant = compared.has_value_for_each_class and compared.may_be_class_numbers
    cost: float = costs.LOSS_BEHIND_SOFTMAX if is_meant else costs.LOSS
    if len(loss.options) < len(compared.loss.options):
        cost += costs.LOST_OPTIONS
    return ChangeLoss(compared.slot, loss, *texts, cost, doubt, is_certain)


def exchanged(loss: CompiledLoss, name: str) -> tuple[CompiledLoss, str]:
    """Another loss in the same form, with the options that it has too; and what is lost of them."""
    if loss.form == "string":
        return CompiledLoss(name, "string", name), ""
    if loss.form == "function" or loss.written not in CLASSES.values():
        return CompiledLoss(name, "function", name), ""
    written = CLASSES[name]
    taken = inspect.signature(getattr(keras.losses, written)).parameters
    kept = tuple((option, value) for option, value in loss.options if option in taken)
    lost = [f"`{option}={value!r}`" for option, value in loss.options if option not in taken]
    doubt = f"{written} does not take {' and '.join(lost)}, which {loss.written} has now." if lost else ""
    return CompiledLoss(name, "object", written, kept), doubt
