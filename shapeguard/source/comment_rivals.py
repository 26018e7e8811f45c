"""What a comment's shape may be of besides its layer's output: the input, a weight, arguments, another layout."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import TYPE_CHECKING

from shapeguard.spec import AnySize, Fixed, ShapeSpec, align, unify, with_free_batch

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from shapeguard.records.expectations import CommentShape
    from shapeguard.records.network import Shape

    _Explains = Callable[[CommentShape, ShapeSpec, "Beside"], bool]

SMALLEST_BATCH = 8
"""A smaller number in front of one more is no batch size that anybody trains with: `(2, 5)` tells two boxes of five."""


@dataclass(frozen=True, slots=True)
class Beside:
    """What a comment is beside: the `output` that it may be of, and the shapes and numbers that it may tell instead.

    `inputs` are those that no comment of their own tells, `told` the others; `entering` has the sizes of all of them,
    `widths` the features of those of rank 2. `others` are further outputs of the layer, `later` those of layers behind
    it. `step` is what a wrapper's layer gives, `layout` the output in the other order of axes. `windows` are kernel and
    pool sizes with the channels that go with them. `batches` are literal batch sizes of other comments.
    """

    output: Shape
    inputs: tuple[Shape, ...] = ()
    told: tuple[Shape, ...] = ()
    entering: frozenset[int | None] = frozenset()
    widths: frozenset[int | None] = frozenset()
    others: tuple[Shape, ...] = ()
    later: tuple[Shape, ...] = ()
    step: Shape | None = None
    layout: Shape | None = None
    weights: tuple[Shape, ...] = ()
    windows: tuple[tuple[int | None, ...], ...] = ()
    arguments: tuple[object, ...] = ()
    batches: frozenset[int] = frozenset()


def agrees(spec: ShapeSpec, shape: Shape) -> bool:
    """Whether a comment's spec may be this shape, whatever the batch."""
    free = with_free_batch(spec)
    return isinstance(free, ShapeSpec) and unify(free, shape).ok


def rival_of(comment: CommentShape, spec: ShapeSpec, beside: Beside) -> str | None:
    """What a comment that is not the output's shape tells instead, in a few words; `None` if it is that or nothing.

    `spec` has the batch in front, as `comment_filters.settled` puts it there.
    """
    rivals = _ALWAYS if comment.said else _ALWAYS + _UNSAID
    return next((words for words, explains in rivals if explains(comment, spec, beside)), None)


def is_open(spec: ShapeSpec, shape: Shape) -> bool:
    """Whether a size that the spec has a number for is not known, so that the two only seem to agree."""
    aligned = align(spec, shape) or ()
    return any(isinstance(dim, Fixed) and shape[axes[0]] is None for dim, axes in aligned[1:])


def numbers_of(comment: CommentShape, spec: ShapeSpec, beside: Beside) -> str | None:
    """What else a shape of numbers alone tells, even one that may be the output's; `None` if it can only be that."""
    rivals = () if comment.said else _NUMBERS
    return next((words for words, explains in rivals if explains(comment, spec, beside)), None)


def is_literal_batch(comment: CommentShape, spec: ShapeSpec) -> bool:
    """Whether the number in front is read as the batch size."""
    return comment.batch == "unsure" and spec.ndim == _written(comment).ndim and isinstance(spec.dims[0], Fixed)


def is_batch_size(comment: CommentShape, spec: ShapeSpec, beside: Beside) -> bool:
    """Whether the number in front of a shape without names is a batch size, rather than a number of something else."""
    size = spec.dims[0].size if isinstance(spec.dims[0], Fixed) else 0
    if comment.said or size in beside.batches:
        return True
    return size > 1 if len(spec.dims) > 2 else size >= SMALLEST_BATCH and comment.form == "tuple"


def with_batch(comment: CommentShape, spec: ShapeSpec, beside: Beside) -> ShapeSpec:
    """The spec, a number in front that is no batch size freed."""
    if is_literal_batch(comment, spec) and not is_batch_size(comment, spec, beside):
        return ShapeSpec((AnySize(), *spec.dims[1:]))
    return spec


def reason_against(comment: CommentShape, spec: ShapeSpec, beside: Beside) -> str | None:
    """Why a comment is not read: it agrees with nothing but something else, or may as well be the numbers of that."""
    is_met = agrees(spec, beside.output)
    first = Fixed(beside.output[0] or 0) if beside.output else None
    if is_literal_batch(comment, spec) and not (is_met and first == spec.dims[0]):
        words = numbers_of(comment, spec, beside)
        if words is not None:
            return words
    return None if is_met and not is_open(spec, beside.output) else rival_of(comment, spec, beside)


def _written(comment: CommentShape) -> ShapeSpec:
    return comment.spec if isinstance(comment.spec, ShapeSpec) else ShapeSpec(())


def _sizes(comment: CommentShape) -> tuple[int | None, ...] | None:
    """The sizes as they are written, `None` for any size; `None` if there are names among them."""
    dims = _written(comment).dims
    if not dims or not all(isinstance(dim, Fixed | AnySize) for dim in dims):
        return None
    return tuple(dim.size if isinstance(dim, Fixed) else None for dim in dims)


def _literal_sizes(comment: CommentShape) -> tuple[int, ...]:
    """The sizes as they are written; none if not all of them are numbers."""
    sizes = [dim.size for dim in _written(comment).dims if isinstance(dim, Fixed)]
    return tuple(sizes) if len(sizes) == len(_written(comment).dims) else ()


def _numbers(spec: ShapeSpec) -> list[int]:
    """The literal sizes behind the batch."""
    return [dim.size for dim in spec.dims[1:] if isinstance(dim, Fixed)]


def _is_of_another_output(comment: CommentShape, spec: ShapeSpec, beside: Beside) -> bool:
    del comment
    return any(agrees(spec, shape) for shape in beside.others)


def _is_another_layout(comment: CommentShape, spec: ShapeSpec, beside: Beside) -> bool:
    del comment
    return beside.layout is not None and len(_numbers(spec)) > 1 and agrees(spec, beside.layout)


def _is_part_of_the_output(comment: CommentShape, spec: ShapeSpec, beside: Beside) -> bool:
    """Whether it has the height and width alone, or other neighbours of the output's sizes."""
    del spec
    sizes = _sizes(comment) if comment.batch != "included" else None
    return sizes is not None and 1 < len(sizes) < len(beside.output) - 1 and _is_inside(sizes, beside.output[1:])


def _is_of_something_else(comment: CommentShape, spec: ShapeSpec, beside: Beside) -> bool:
    del spec, beside
    return comment.subject is not None


def _is_a_step(comment: CommentShape, spec: ShapeSpec, beside: Beside) -> bool:
    """Whether an arrow leads from numbers that are not the width, or the sizes, of an input."""
    del spec
    sizes = comment.stepped_from
    if len(sizes) == 1:
        return not beside.widths & {sizes[0], None}
    specs = (_behind_batch(sizes), _behind_batch(sizes[1:]))
    return bool(sizes) and not any(agrees(each, shape) for each in specs for shape in beside.inputs + beside.told)


def _behind_batch(sizes: tuple[int, ...]) -> ShapeSpec:
    return ShapeSpec((AnySize(), *map(Fixed, sizes)))


def _is_limited(comment: CommentShape, spec: ShapeSpec, beside: Beside) -> bool:
    del spec, beside
    return comment.limited


def _is_of_a_later_layer(comment: CommentShape, spec: ShapeSpec, beside: Beside) -> bool:
    return comment.ahead and any(agrees(spec, shape) for shape in beside.later)


def _is_of_an_input(comment: CommentShape, spec: ShapeSpec, beside: Beside) -> bool:
    """Whether it has the shape of an input, and not of one that another comment tells if it may be the output's too."""
    written = _written(comment)
    specs = [spec, written]
    if comment.batch != "included":
        specs.append(ShapeSpec((AnySize(), *written.dims)))
    shares = _shares_a_size(spec, beside.output) and not comment.ahead
    shapes = beside.inputs if shares else beside.inputs + beside.told
    return bool(_numbers(spec)) and any(agrees(each, shape) for each in specs for shape in shapes)


def _is_of_weights(comment: CommentShape, spec: ShapeSpec, beside: Beside) -> bool:
    """Whether it has the sizes of a kernel, a table or a window, or of a part of it."""
    del spec
    sizes = _sizes(comment) if comment.batch != "included" else None
    if sizes is None or len(sizes) < 2:
        return False
    return sizes in beside.windows or any(_is_inside(sizes, weight) for weight in beside.weights)


def _is_of_arguments(comment: CommentShape, spec: ShapeSpec, beside: Beside) -> bool:
    """Whether it has the numbers of the constructor call, such as heads and their size, and not those of the output."""
    sizes = _sizes(comment) if comment.batch != "included" else None
    numbers = tuple(value for value in beside.arguments if isinstance(value, int) and not isinstance(value, bool))
    if sizes is not None and len(sizes) > 1 and (sizes in beside.arguments or sizes == numbers[: len(sizes)]):
        return True
    if spec.ndim == len(beside.output) or not _numbers(spec):
        return False
    return _numbers(spec)[-1:] != [*beside.output[-1:]] and beside.entering.union(numbers).issuperset(_numbers(spec))


def _is_a_product(comment: CommentShape, spec: ShapeSpec, beside: Beside) -> bool:
    """Whether it is how a size of the output or of a weight comes about: `2 x 64`, `4*64`."""
    del spec
    factors = _literal_sizes(comment) if comment.form == "factors" else ()
    return bool(factors) and prod(factors) in {size for shape in (beside.output, *beside.weights) for size in shape}


def _is_a_product_in_brackets(comment: CommentShape, spec: ShapeSpec, beside: Beside) -> bool:
    """Whether it is how the features are shaped further on: `(2, 5)` beside ten of them."""
    sizes = _literal_sizes(comment) if is_literal_batch(comment, spec) else ()
    return len(sizes) == 2 and (prod(sizes),) == beside.output[-1:]


def _is_of_a_step(comment: CommentShape, spec: ShapeSpec, beside: Beside) -> bool:
    del comment
    return beside.step is not None and agrees(spec, beside.step)


def _is_a_square(comment: CommentShape, spec: ShapeSpec, beside: Beside) -> bool:
    """Whether it has the length twice, as the scores of each step for each other."""
    sizes = _sizes(comment) if comment.batch != "included" else None
    length = beside.output[1] if len(beside.output) == 3 else None
    return spec.ndim == 3 and length is not None and sizes == (length, length)


def _is_a_list_of_numbers(comment: CommentShape, spec: ShapeSpec, beside: Beside) -> bool:
    del spec, beside
    sizes = _sizes(comment)
    return comment.form == "list" and comment.batch == "unsure" and sizes is not None and len(sizes) == 2


def _has_another_rank(comment: CommentShape, spec: ShapeSpec, beside: Beside) -> bool:
    """Whether the rank is another, and neither `None` in front nor the last size says that it is an output's."""
    if spec.ndim in (None, len(beside.output)):
        return False
    if comment.batch == "included" and isinstance(spec.dims[0], AnySize):
        return not _numbers(spec)
    last = spec.dims[-1]
    return not (isinstance(last, Fixed) and (last.size,) == beside.output[-1:])


def _has_no_size_of_the_output(comment: CommentShape, spec: ShapeSpec, beside: Beside) -> bool:
    """Whether the numbers behind something that is no batch are all different from the output's."""
    numbers = _numbers(spec)
    is_alone = _written(comment).ndim == 1 or (len(spec.dims) == 2 and is_literal_batch(comment, spec))
    if comment.batch == "included" or is_alone or not numbers:
        return False
    return not _agreeing_sizes(spec, beside.output)


def _shares_a_size(spec: ShapeSpec, output: Shape) -> bool:
    """Whether one of the numbers is the output's at that axis; of another rank the last one."""
    last = spec.dims[-1]
    return _agreeing_sizes(spec, output) > 0 or (isinstance(last, Fixed) and output[-1:] == (last.size,))


def _agreeing_sizes(spec: ShapeSpec, shape: Shape) -> int:
    """How many numbers behind the batch are the shape's; none if the rank is another."""
    aligned = align(spec, shape) or ()
    return sum(isinstance(dim, Fixed) and shape[axes[0]] == dim.size for dim, axes in aligned[1:])


def _is_no_batch_size(comment: CommentShape, spec: ShapeSpec, beside: Beside) -> bool:
    return is_literal_batch(comment, spec) and not is_batch_size(comment, spec, beside)


def _is_inside(sizes: tuple[int | None, ...], shape: Shape) -> bool:
    """Whether the sizes are neighbours in the shape."""
    return sizes in set(_windows(shape, len(sizes)))


def _windows(shape: Shape, width: int) -> Iterator[Shape]:
    for start in range(len(shape) - width + 1):
        yield shape[start : start + width]


OF_AN_INPUT = "the input's shape"
_ALWAYS: tuple[tuple[str, _Explains], ...] = (
    ("it names something else than the output", _is_of_something_else),
    ("the shape of another output of the layer", _is_of_another_output),
    ("the output's sizes in another order of axes", _is_another_layout),
    ("sizes of some axes of the output", _is_part_of_the_output),
    ("an arrow between numbers that are not the input's and the output's", _is_a_step),
    ("words after it limit what it is about", _is_limited),
    ("the shape of a layer further down", _is_of_a_later_layer),
)
_NUMBERS: tuple[tuple[str, _Explains], ...] = (
    ("the shape of a weight or window", _is_of_weights),
    ("the layer's arguments", _is_of_arguments),
    ("a product that gives one size", _is_a_product),
    ("a product that gives one size", _is_a_product_in_brackets),
    ("a list of numbers", _is_a_list_of_numbers),
)
_UNSAID: tuple[tuple[str, _Explains], ...] = (
    (OF_AN_INPUT, _is_of_an_input),
    *_NUMBERS,
    ("the shape of one step", _is_of_a_step),
    ("the length twice", _is_a_square),
    ("another rank than the output, and nothing says that it is the output's", _has_another_rank),
    ("no batch axis, and no size of the output", _has_no_size_of_the_output),
    ("two numbers, of which the first is no batch size", _is_no_batch_size),
)
