"""Targets in another form, of the shape that the loss takes beside the output, converted in the call of `fit`."""

from __future__ import annotations

from dataclasses import replace
from math import prod
from typing import TYPE_CHECKING

from shapeguard.diagnosis.compared_targets import batched
from shapeguard.diagnosis.scoring import data_costs as costs
from shapeguard.diagnosis.target_repairs import ConvertTargets
from shapeguard.layers.activations import SIGMOID, SOFTMAX
from shapeguard.layers.losses import ROWS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shapeguard.diagnosis.compared_targets import Compared
    from shapeguard.records.network import Shape

NUMBERS = "sparse_categorical_crossentropy"
OF_CLASSES = ROWS | {"binary_crossentropy", "binary_focal_crossentropy", "categorical_hinge", "kl_divergence"}
"""Losses of a value for each class."""
COLOURS = frozenset({3, 4})
"""Channels of a coloured picture, without opacity and with it."""


def propose_conversions_of_targets(
    compared: Compared, *, is_frame: bool = False, own: str = ""
) -> Iterator[ConvertTargets]:
    """Other forms of the targets that may be meant, the likelier first; whether a loss takes them, Keras tells.

    `own` is the loss or metric of the user's own that refused them.
    """
    yield from _as_rows(compared)
    yield from _as_class_numbers(compared)
    yield from _with_missing_classes(compared)
    if not is_frame:
        yield from _from_first_label(compared)
    if own:
        yield from _with_last_axis(compared, own, is_frame=is_frame)
    yield from _without_axes_of_one(compared)
    yield from _with_axes_moved(compared)
    yield from _first_channel(compared)
    yield from _regrouped(compared)


def _as_rows(compared: Compared) -> Iterator[ConvertTargets]:
    """One-hot rows for numbers of classes, where the loss takes a value for each."""
    is_of_classes = compared.loss.name in OF_CLASSES or compared.activation == SOFTMAX
    if compared.may_be_class_numbers and compared.values.kind is not None and is_of_classes:
        code = f"keras.utils.to_categorical({{x}}, {compared.classes})"
        title = f"the targets are integer labels; `{compared.loss.name}` takes a column for each class"
        values = replace(compared.values, kind="one-hot", greatest=1)
        cost = costs.LABELS_OF_CLASSES if compared.has_value_for_each_class else costs.LOSS_WITHOUT_SOFTMAX
        yield ConvertTargets(compared.slot, code, compared.output, title, cost, values)


def _as_class_numbers(compared: Compared) -> Iterator[ConvertTargets]:
    """Numbers of classes for one-hot rows; of rows of two, which is 0 or 1, for an output of one value."""
    if compared.values.kind != "one-hot" or len(compared.targets) < 1:
        return
    size, before = compared.targets[-1], compared.targets[:-1]
    is_twice = before == compared.output
    takes_numbers = compared.loss.name == NUMBERS or (size == 2 and compared.output == (*before, 1))
    if not takes_numbers and not is_twice:
        return
    title = (
        "the targets were made one-hot twice"
        if is_twice and size == before[-1:][0]
        else f"the targets are one-hot vectors; `{compared.loss.name}` takes one number of each"
    )
    values = replace(compared.values, kind="whole numbers", greatest=float((size or 1) - 1))
    yield ConvertTargets(compared.slot, "np.argmax({x}, axis=-1)", before, title, costs.CONVERT_LABELS, values)


def _with_missing_classes(compared: Compared) -> Iterator[ConvertTargets]:
    """One-hot rows with as many columns as the output has: of the last classes there is no label."""
    targets, output = compared.targets, compared.output
    if compared.values.kind != "one-hot" or len(targets) != 1 or len(output) != 1:
        return
    given, wanted = targets[0], output[0]
    if given is not None and wanted is not None and given < wanted:
        last = "the last class has" if wanted - given == 1 else f"the last {wanted - given} classes have"
        title = f"the targets have {given} columns, and '{compared.layer}' has {wanted}: {last} no labels"
        code = f"np.pad({{x}}, ((0, 0), (0, {wanted - given})))"
        yield ConvertTargets(compared.slot, code, output, title, costs.MISSING_CLASSES, compared.values, classes=wanted)


def _from_first_label(compared: Compared) -> Iterator[ConvertTargets]:
    """One-hot rows without the columns before the least label, where the others are as many as the output has."""
    targets, output, values = compared.targets, compared.output, compared.values
    first = (targets[-1] or 0) - (output[-1] or 0) if targets and output else 0
    if values.kind != "one-hot" or targets[:-1] != output[:-1] or not 0 < first <= values.unused:
        return
    own = f"'{compared.layer}' has {output[-1]}"
    title = f"the targets have {targets[-1]} columns, and {own}: no label is below {first}"
    cost = costs.LABELS_FROM_ONE if first == 1 else costs.LABELS_FROM_AFAR
    left = replace(values, unused=values.unused - first)
    yield ConvertTargets(compared.slot, f"{{x}}[..., {first}:]", output, title, cost, left, first=first)


def _with_last_axis(compared: Compared, own: str, *, is_frame: bool) -> Iterator[ConvertTargets]:
    """`(n, 1)` for `(n,)`: Keras appends the axis for its own losses, and not for classes of the user's."""
    if compared.output == (*compared.targets, 1):
        axes = ":, None" if not compared.targets else "..., None"
        code = "np.expand_dims({x}, -1)" if is_frame else f"{{x}}[{axes}]"
        title = f"the targets have no last axis of 1, as the output has, and `{own}` does not add it"
        yield ConvertTargets(compared.slot, code, compared.output, title, costs.CONVERT_TARGETS, compared.values)


def _without_axes_of_one(compared: Compared) -> Iterator[ConvertTargets]:
    """The targets without an axis of one that the output does not have."""
    targets, known = compared.targets, set[tuple[int | None, ...]]()
    for axis in reversed(range(len(targets))):
        rest = targets[:axis] + targets[axis + 1 :]
        if targets[axis] == 1 and rest not in known:
            known.add(rest)
            place = -1 if axis == len(targets) - 1 else axis + 1
            title = f"the targets {batched(targets)} have an axis of 1 that the output does not have"
            code = f"np.squeeze({{x}}, {place})"
            yield ConvertTargets(compared.slot, code, rest, title, costs.CONVERT_TARGETS, compared.values)


def _with_axes_moved(compared: Compared) -> Iterator[ConvertTargets]:
    """Channels last for channels first, and back, without an axis of one that the output does not have."""
    targets, output = compared.targets, compared.output
    whole = [("{x}", targets)] if len(targets) == len(output) else []
    ones = [axis for axis, size in enumerate(targets) if size == 1 and len(targets) == len(output) + 1]
    whole += [(f"np.squeeze({{x}}, {axis + 1})", targets[:axis] + targets[axis + 1 :]) for axis in reversed(ones)]
    for code, shape in whole:
        if len(shape) < 2 or shape == output:
            continue
        moves = {f"np.moveaxis({code}, 1, -1)": (*shape[1:], shape[0])}
        moves |= {f"np.moveaxis({code}, -1, 1)": (shape[-1], *shape[:-1])}
        found = next((each for each, moved in moves.items() if moved == output), None)
        if found is not None:
            title = f"the targets have the axes {batched(targets)}, the output has {batched(output)}"
            yield ConvertTargets(compared.slot, found, output, title, costs.MOVE_TARGETS, compared.values)
            return


def _first_channel(compared: Compared) -> Iterator[ConvertTargets]:
    """Masks that were read as coloured pictures, for an output of one channel or for a number of a class each.

    Whatever has the same value in each channel.
    """
    targets, values = compared.targets, compared.values
    one = (*targets[:-1], 1)
    is_of_numbers = compared.loss.name == NUMBERS and compared.output[:-1] == targets[:-1]
    is_picture = len(targets) == 3 and targets[-1] in COLOURS and (compared.output == one or is_of_numbers)
    is_shown = bool(values.alike) and not values.is_input
    if is_shown:
        title = f"the {targets[-1]} channels of the targets are the same picture: one of them is meant"
        if not is_picture:
            title = f"the targets have the same value {targets[-1]} times: one of them is meant"
        cost = costs.SAME_CHANNELS
    elif is_picture:
        needed = f"`{NUMBERS}` takes one number of a class each" if is_of_numbers else "the output has one"
        title = f"the targets have {targets[-1]} channels, as coloured pictures have; {needed}"
        is_mask = compared.activation == SIGMOID and values.alike is None
        cost = costs.ONE_CHANNEL_OF_MASKS if is_mask else costs.ONE_CHANNEL_OF_TARGETS
    else:
        return
    yield ConvertTargets(compared.slot, "{x}[..., :1]", one, title, cost, replace(values, alike=None))


def _regrouped(compared: Compared) -> Iterator[ConvertTargets]:
    """As many values in another shape, as of pictures that were flattened; as many as pixels if they are of classes."""
    targets, output = compared.targets, compared.output
    is_of_numbers = compared.loss.name == NUMBERS and len(output) > 2
    wanted = output[:-1] if is_of_numbers else output
    if len(targets) != len(wanted) > 1 and _has_as_many_values(targets, wanted):
        code = f"{{x}}.reshape({', '.join(map(str, (-1, *wanted)))})"
        whose = f"output {batched(output)}" if wanted is output else f"{batched(wanted)} places of the output"
        title = f"the targets {batched(targets)} have as many values as the {whose}, in another shape"
        yield ConvertTargets(compared.slot, code, wanted, title, costs.REGROUP_TARGETS, compared.values, regroups=True)


def _has_as_many_values(targets: Shape, output: Shape) -> bool:
    """Whether other sizes give the same number; an axis of 1 that only the output has is the network's, to flatten.

    The same sizes in another order are axes that were moved: a reshape would mix what belongs to different places.
    """
    one, other = (sorted(size or 0 for size in shape if size != 1) for shape in (targets, output))
    return None not in {*targets, *output} and one != other and prod(one) == prod(other)
