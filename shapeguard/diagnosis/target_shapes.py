"""Which outputs a loss accepts beside targets of a shape, by the rules of Keras' own losses.

They are asked of every repair that is tried; what is shown is judged by Keras itself (`loss_calls.outcome`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from shapeguard.diagnosis.sample_broadcasts import sample_broadcasts
from shapeguard.layers.losses import BY_SHAPE, ELEMENTWISE, GENERALIZED, ROWS
from shapeguard.source.direct_comparison import compares_directly
from shapeguard.spec import shapes_agree

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from shapeguard.records.network import Network, Shape
    from shapeguard.records.targets import CompiledLoss

SPARSE = "sparse_categorical_crossentropy"
CLASS_NUMBERS = frozenset({SPARSE, GENERALIZED})
"""Losses that take the number of a class where the output has a value for each; the first also numbers in a column."""
LAST = -1


def accepted_outputs(targets: Shape, loss: CompiledLoss | None) -> tuple[Shape, ...]:
    """Output shapes worth trying for targets of this shape, the plainest first; `()` where no rule is known.

    All without the batch axis; `None` is any size. `accepts` tells which of them really do.
    """
    if loss is None or not _has_rule(loss):
        return ()
    is_column = targets[-1:] == (1,)
    if loss.name in BY_SHAPE:
        return ((*targets[:-1], None),) if is_column or not targets else (targets, (*targets, None))
    if loss.name in CLASS_NUMBERS:
        classes: tuple[Shape, ...] = ((*targets, None),)
        return ((*targets[:-1], None), *classes) if is_column and loss.name == SPARSE else classes
    if is_column:
        return (targets, targets[:-1])
    return (targets,) if loss.name in ROWS else (targets, (*targets, 1))


def accepts(output: Shape, targets: Shape, loss: CompiledLoss | None) -> bool:
    """Whether the loss accepts the output beside these targets, both without the batch axis; true without a rule.

    Where a size is not known, it is true if any size would do.
    """
    if loss is None or not _has_rule(loss):
        return loss is None or not _mixes_samples(output, targets, loss)
    if loss.name in ROWS and not targets and output == (1,):
        return False  # numbers of classes, of which there is one
    return any(
        _takes(_by_shape(some, others) if loss.name in BY_SHAPE else loss.name, (None, *some), (None, *others))
        for some in _with_last(targets)
        for others in _with_last(output)
    )


def _mixes_samples(output: Shape, targets: Shape, loss: CompiledLoss) -> bool:
    """Whether the code of a loss of the user's own broadcasts samples against each other."""
    if loss.code is None:
        return False
    is_direct = differ_by_last(output, targets) and loss.form == "object" and compares_directly(loss.code)
    return is_direct or bool(sample_broadcasts(loss.code, *as_handed(loss, targets, output)))


def as_handed(loss: CompiledLoss, targets: Shape, output: Shape) -> tuple[Shape, Shape]:
    """What a loss of the user's own is handed: Keras squeezes or appends a last axis of 1 for functions alone."""
    if loss.form == "object":
        return targets, output
    one, other = _of_one_rank((None, *targets), (None, *output))
    return one[1:], other[1:]


def differ_by_last(output: Shape, targets: Shape) -> bool:
    """Whether one has a last axis of 1 more than the other, so that each sample is compared with all others."""
    return output == (*targets, 1) or targets == (*output, 1)


def targets_fit(network: Network, targets: Sequence[Shape | None], losses: Sequence[CompiledLoss | None]) -> bool:
    """Whether the losses take these targets beside the outputs of a complete pass; needs no rule of any layer."""
    made = {value for call in network.calls for value in call.outputs}
    return all(
        shape is None or value not in made or accepts(network.values[value].shape[1:], shape, loss)
        for value, shape, loss in zip(network.outputs, targets, losses, strict=False)
    )


def _has_rule(loss: CompiledLoss) -> bool:
    along_last = loss.name in CLASS_NUMBERS and loss.option("axis", LAST) == LAST
    return loss.is_keras and (loss.name in ELEMENTWISE | BY_SHAPE or along_last)


def _by_shape(targets: Shape, output: Shape) -> str:
    """The loss that Keras takes by the shapes, as in trainers/compile_utils.py, `is_binary_or_sparse_categorical`."""
    if output[-1:] == (1,):
        return "binary_crossentropy"
    is_sparse = len(targets) < len(output) or targets[-1:] == (1,)
    return SPARSE if is_sparse else "categorical_crossentropy"


def _with_last(shape: Shape) -> Iterator[Shape]:
    """The shape; where its last size is not known, also with a last axis of 1, which Keras may squeeze."""
    yield shape
    if shape and shape[-1] is None:
        yield (*shape[:-1], 1)


def _of_one_rank(targets: Shape, output: Shape) -> tuple[Shape, Shape]:
    """The shapes, batch first, once Keras has squeezed or appended a last axis of 1.

    As in losses/losses.py, `squeeze_or_expand_to_same_rank`.
    """
    if len(targets) == len(output) + 1 and targets[-1] == 1:
        return (targets, (*output, 1)) if len(output) == 1 else (targets[:-1], output)
    if len(output) == len(targets) + 1 and output[-1] == 1:
        return ((*targets, 1), output) if len(targets) == 1 else (targets, output[:-1])
    return targets, output


def _takes(name: str, targets: Shape, output: Shape) -> bool:
    """Whether the loss takes the shapes, batch first."""
    targets, output = _of_one_rank(targets, output)
    if name not in CLASS_NUMBERS:
        return shapes_agree(targets, output)
    is_column = name == SPARSE and len(targets) == len(output) > 1 and targets[-1] in {1, None}
    return shapes_agree(targets[:-1] if is_column else targets, output[:-1])
