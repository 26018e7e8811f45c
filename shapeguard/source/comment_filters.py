"""What a comment's shape means beside a layer: whether the batch is left out, and whether it is of an output at all.

Names of axes, sizes of weights and channels in front look like the shape of an output and are none.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from shapeguard.spec import AnySize, Expression, Fixed, Named, ShapeSpec

if TYPE_CHECKING:
    from collections.abc import Mapping

    from shapeguard.records.expectations import CommentShape, Expectation
    from shapeguard.records.network import Shape
    from shapeguard.spec import Spec

AXES = frozenset({
    "batch", "height", "width", "depth", "channels", "channel", "rows", "cols", "columns", "features", "feature",
    "filters", "units", "hidden", "classes", "dim", "dims", "embedding", "embed", "time", "times", "steps", "timesteps",
    "time_steps", "seq", "sequence", "length", "len", "seq_len", "seq_length", "sequence_length", "frames", "tokens",
    "words", "heads", "samples", "size",
})  # fmt: skip
"""What people call the axes of any layer: such a word is the same on the next line, and the size is not."""
LETTERS = frozenset("bcdhlstw")
"""Single letters that stand for such a word."""


def without_axis_names(spec: Spec, *variables: Mapping[str, Any]) -> Spec:
    """A comment's spec with any size where it only names the axis.

    A comment without a number says what the axes are, `# (B, H, W, C)`, line after line of other sizes: of its names
    only those of variables with a size of their own, such as `d_model`, count. Beside numbers a name counts, but for a
    word that any axis has.
    """
    if not isinstance(spec, ShapeSpec):
        return spec
    only_names = all(isinstance(dim, Named | AnySize) for dim in spec.dims)

    def counts(name: str) -> bool:
        is_size = any(isinstance(each.get(name), int) for each in variables)
        is_word = name.lower() in AXES
        if only_names:
            return is_size and not is_word and name.lower() not in LETTERS
        return is_size or not is_word

    rest = [AnySize() if isinstance(dim, Named) and not counts(dim.name) else dim for dim in spec.dims[1:]]
    return replace(spec, dims=(*spec.dims[:1], *rest))


def settled(expectation: Expectation, ndim: int | None) -> Expectation | None:
    """A comment's expectation once the actual rank is known: the batch axis put in front, or `None` if it is no shape.

    Expectations of other origins come back as they are.
    """
    comment = expectation.comment
    if comment is None or ndim is None or not isinstance(expectation.spec, ShapeSpec):
        return expectation
    rank = expectation.spec.ndim
    if rank is None or comment.batch == "included":
        return expectation
    if comment.batch == "unsure" and rank == ndim:
        return replace(expectation, spec=_with_batch_name(expectation.spec, comment.spec))
    if rank == ndim - 1 or (comment.certain and comment.batch == "unsure"):
        return replace(expectation, spec=ShapeSpec((AnySize(), *expectation.spec.dims)))
    return None


def _with_batch_name(spec: ShapeSpec, written: Spec) -> ShapeSpec:
    """The spec whose axis 0 turned out to be the batch: a name there is a name, whatever variable has it."""
    first = written.dims[0] if isinstance(written, ShapeSpec) and written.dims else None
    if isinstance(first, Named) or (isinstance(first, Expression) and not first.variables):
        return replace(spec, dims=(first, *spec.dims[1:]))
    return spec


def is_of_weights(comment: CommentShape, operation: Any, inputs: tuple[Shape, ...], output: Shape) -> bool:
    """Whether a comment's sizes are those of the layer's kernel, table or window, and not those of its output."""
    sizes = _sizes(comment)
    if sizes is None or sizes in (output, output[1:]):
        return False
    window = _window(operation)
    width = next((getattr(operation, name) for name in ("filters", "units") if hasattr(operation, name)), None)
    entering = inputs[0][-1] if inputs and inputs[0] else None
    table = (getattr(operation, "input_dim", None), getattr(operation, "output_dim", None))
    forms = {window, (*window, width), (width, *window), (*window, entering, width), (entering, width), table}
    return sizes in forms


def is_channels_first(comment: CommentShape, operation: Any, output: Shape) -> bool:
    """Whether a comment has the sizes of the output with the channels in front, beside a layer that has them last."""
    sizes = _sizes(comment)
    if sizes is None or len(output) < 4 or getattr(operation, "data_format", None) != "channels_last":
        return False
    first = (output[-1], *output[1:-1])
    return first != output[1:] and sizes in (first, (output[0], *first))


def _sizes(comment: CommentShape) -> tuple[int | None, ...] | None:
    """The sizes of a comment, `None` for any size; `None` if it has names or states several shapes."""
    dims = comment.spec.dims if isinstance(comment.spec, ShapeSpec) else ()
    if not dims or not all(isinstance(dim, Fixed | AnySize) for dim in dims):
        return None
    return tuple(dim.size if isinstance(dim, Fixed) else None for dim in dims)


def _window(operation: Any) -> tuple[int, ...]:
    window = getattr(operation, "kernel_size", None) or getattr(operation, "pool_size", None) or ()
    return tuple(window) if isinstance(window, list | tuple) else (window,)
