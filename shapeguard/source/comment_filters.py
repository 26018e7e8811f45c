"""What a comment's shape means beside a layer: which of its names count, and whether the batch is left out."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from shapeguard.spec import AnySize, Expression, Named, ShapeSpec

if TYPE_CHECKING:
    from collections.abc import Mapping

    from shapeguard.records.expectations import CommentShape, Expectation
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


def without_axis_names(spec: Spec, *variables: Mapping[str, Any], batch_first: bool = True) -> Spec:
    """A comment's spec with any size where it only names the axis.

    A comment without a number says what the axes are, `# (B, H, W, C)`, line after line of other sizes: of its names
    only those of variables with a size of their own, such as `d_model`, count. Beside numbers a name counts, but for a
    word that any axis has. The name of the batch, if that is `batch_first`, stays.
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

    first = 1 if batch_first else 0
    rest = [AnySize() if isinstance(dim, Named) and not counts(dim.name) else dim for dim in spec.dims[first:]]
    return replace(spec, dims=(*spec.dims[:first], *rest))


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
    if rank == ndim - 1 or _claims_another_rank(comment, rank, ndim):
        return replace(expectation, spec=ShapeSpec((AnySize(), *expectation.spec.dims)))
    return None


def _claims_another_rank(comment: CommentShape, rank: int, ndim: int) -> bool:
    """Whether a comment without a batch says that the rank is another one.

    An arrow to a few sizes out of many, `# -> (26, 26)`, is about these alone.
    """
    is_part = comment.said == "arrow" and 1 < rank < ndim - 1
    return comment.batch == "unsure" and comment.said != "" and not is_part


def _with_batch_name(spec: ShapeSpec, written: Spec) -> ShapeSpec:
    """The spec whose axis 0 turned out to be the batch: a name there is a name, whatever variable has it."""
    first = written.dims[0] if isinstance(written, ShapeSpec) and written.dims else None
    if isinstance(first, Named) or (isinstance(first, Expression) and not first.variables):
        return replace(spec, dims=(first, *spec.dims[1:]))
    return spec
