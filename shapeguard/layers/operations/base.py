"""The interface of an operation's rule, and values that several families try."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shapeguard.layers.base import Change, Refusal

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from shapeguard.layers.base import Config
    from shapeguard.records.network import Shape

    Wanted = tuple[Shape, ...] | None


class OperationFamily:
    """The rule of operations whose arguments are alike; `arguments` are those that shapes depend on."""

    arguments: tuple[str, ...] = ()

    def __init__(self, *names: str) -> None:
        self.names = names

    def forward(self, config: Config, inputs: tuple[Shape, ...]) -> tuple[Shape, ...] | Refusal | None:  # noqa: ARG002
        """The output shapes for tensors of these shapes, or why Keras refuses them; `None` if no formula is known."""
        return None

    def changes(
        self,
        config: Config,  # noqa: ARG002 what families override
        inputs: tuple[Shape, ...],  # noqa: ARG002
        wanted: Wanted = None,  # noqa: ARG002
    ) -> Iterator[Change]:
        """Other values of one argument worth trying, as `Rule.changes` of a layer."""
        yield from ()

    def refusal(self, config: Config, inputs: tuple[Shape, ...]) -> Refusal | None:  # noqa: ARG002
        """Why tensors of these shapes are refused where Keras' own formula lets them pass; `None` if they are not."""
        return None

    def operands(self, config: Config, inputs: tuple[Shape, ...], place: int, wanted: Wanted = None) -> Iterator[Shape]:
        """Shapes of the tensor at `place` with which Keras takes the call, and gives what is `wanted` if anything is.

        `inputs` are the shapes of all tensors in the order of the call. The nearest to what is there comes first.
        """
        if not place and wanted is None:
            yield from self.accepted(config, inputs[0])
        elif not place and wanted is not None:
            yield from self.inverse(config, inputs[0], wanted[0])

    def accepted(self, config: Config, shape: Shape) -> Iterator[Shape]:  # noqa: ARG002 what families override
        """Shapes of the first tensor that Keras takes, where it refuses this one."""
        yield from ()

    def inverse(self, config: Config, shape: Shape, wanted: Shape) -> Iterator[Shape]:  # noqa: ARG002
        """Shapes of the first tensor of which the operation makes what is wanted."""
        yield from ()

    def hint(self, config: Config, change: Change) -> str:  # noqa: ARG002 what families override
        """A sentence on the habit behind the fault, or ""."""
        return ""


MOST_ORDERS = 24
"""Orders of axes, sizes or letters that are tried: all of rank 4."""


def argument(name: str, value: object, cost: float, *, solved: bool = False) -> Change:
    """Another value of one argument."""
    return Change(((name, value),), cost, (), solved)


def axes_beside(current: int | None, ndim: int, *, least: int = 0) -> list[int]:
    """The other axes of a tensor of so many, the nearest first; the last one is written as -1 where -1 was."""
    if current is None:
        return [*range(max(least, 1), ndim), *([0] if ndim and least == 0 else [])]
    here = current % ndim if ndim else 0
    others = sorted((axis for axis in range(least, ndim) if axis != here), key=lambda axis: (abs(axis - here), -axis))
    return [axis - ndim if current < 0 else axis for axis in others]


def fits(shape: Shape, wanted: Wanted) -> bool:
    """Whether a shape is the first of those wanted, whose `None` is any size."""
    if not wanted or len(wanted[0]) != len(shape):
        return False
    return all(want is None or size is None or want == size for size, want in zip(shape, wanted[0], strict=True))


def place_of(axis: object, ndim: int) -> int | None:
    """An axis counted from the front; `None` where the tensor does not have it."""
    return axis % ndim if isinstance(axis, int) and -ndim <= axis < ndim else None


def with_size(shape: Shape, axis: int, size: int | None) -> Shape:
    """A shape with another size on one axis."""
    return (*shape[:axis], size, *shape[axis + 1 :])


def without_axes(shape: Shape, axes: Iterable[int], *, kept: bool) -> Shape:
    """A shape after a reduction of these axes, which stay with size 1 where they are `kept`."""
    gone = {axis % len(shape) for axis in axes}
    if kept:
        return tuple(1 if axis in gone else size for axis, size in enumerate(shape))
    return tuple(size for axis, size in enumerate(shape) if axis not in gone)


def no_axis(axis: object, ndim: int) -> Refusal:
    """The refusal of an axis that the tensor does not have."""
    return Refusal(f"axis {axis} does not exist at rank {ndim}")


def total_of(sizes: Iterable[int | None]) -> int | None:
    """The product of sizes; `None` if one is not known."""
    total = 1
    for size in sizes:
        if size is None:
            return None
        total *= size
    return total


def broadcast(one: Shape, other: Shape) -> Shape | Refusal:
    """The shape of two tensors together, as `keras.ops` has it: a known size beside an unknown one is that size."""
    ndim = max(len(one), len(other))
    padded = ((*[1] * (ndim - len(shape)), *shape) for shape in (one, other))
    sizes: list[int | None] = []
    for axis, (left, right) in enumerate(zip(*padded, strict=True)):
        if None not in {left, right} and 1 not in {left, right} and left != right:
            return Refusal(f"axis {axis} has {left} and {right}", axis)
        sizes.append(right if left == 1 else left if right in {None, 1} else right)
    return tuple(sizes)


def as_axes(written: object) -> tuple[int, ...]:
    """The axes that are written, one or several."""
    if written is None:
        return ()
    return tuple(written) if isinstance(written, list | tuple) else (int(written),)  # type: ignore[call-overload]
