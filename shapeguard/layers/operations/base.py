"""The interface of an operation's rule, and values that several families try."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shapeguard.layers.base import Change

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

    def changes(self, config: Config, inputs: tuple[Shape, ...], wanted: Wanted = None) -> Iterator[Change]:
        """Other values of one argument worth trying, as `Rule.changes` of a layer."""
        raise NotImplementedError

    def hint(self, config: Config, change: Change) -> str:  # noqa: ARG002 what families override
        """A sentence on the habit behind the fault, or ""."""
        return ""


def argument(name: str, value: object, cost: float, *, solved: bool = False) -> Change:
    """Another value of one argument."""
    return Change(((name, value),), cost, (), solved)


def axes_beside(current: int | None, ndim: int, *, least: int = 0) -> list[int]:
    """The other axes of a tensor of so many, the nearest first; the last one is written as -1 where -1 was."""
    if current is None:
        return [*range(max(least, 1), ndim), *([0] if least == 0 else [])]
    here = current % ndim if ndim else 0
    others = sorted((axis for axis in range(least, ndim) if axis != here), key=lambda axis: (abs(axis - here), -axis))
    return [axis - ndim if current < 0 else axis for axis in others]


def fits(shape: Shape, wanted: Wanted) -> bool:
    """Whether a shape is the first of those wanted, whose `None` is any size."""
    if not wanted or len(wanted[0]) != len(shape):
        return False
    return all(want is None or size is None or want == size for size, want in zip(shape, wanted[0], strict=True))


def without_axes(shape: Shape, axes: Iterable[int], *, kept: bool) -> Shape:
    """A shape after a reduction of these axes, which stay with size 1 where they are `kept`."""
    gone = {axis % len(shape) for axis in axes}
    if kept:
        return tuple(1 if axis in gone else size for axis, size in enumerate(shape))
    return tuple(size for axis, size in enumerate(shape) if axis not in gone)
