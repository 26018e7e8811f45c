"""Operations along axes: reductions, joins, splits, other orders of axes, axes of one."""

from __future__ import annotations

from itertools import combinations, islice, permutations
from typing import TYPE_CHECKING

from shapeguard.layers.costs import EXCHANGED, FORGOTTEN, OTHER_AXIS, SOLVED
from shapeguard.layers.operations.base import OperationFamily, argument, axes_beside, fits, without_axes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shapeguard.layers.base import Change, Config
    from shapeguard.layers.operations.base import Wanted
    from shapeguard.records.network import Shape

SEVERAL_AXES = 0.7
"""A reduction of several axes where one was written, or the other way about."""
BATCH_AXIS = 1.5
"""An axis that is that of the batch: samples would be mixed."""
MOST_ORDERS = 24
"""Orders of axes that are tried: all of rank 4."""


class Reduction(OperationFamily):
    """`axis` leaves the shape, or stays with size 1 if `keepdims`; without an axis nothing is left."""

    arguments = ("axis", "keepdims")

    def changes(self, config: Config, inputs: tuple[Shape, ...], wanted: Wanted = None) -> Iterator[Change]:
        shape, kept = inputs[0], bool(config.get("keepdims"))
        if "keepdims" in config:
            yield argument("keepdims", not kept, FORGOTTEN)
        current = _as_axes(config.get("axis"))
        for axes in _reduced_instead(current, len(shape)):
            solved = fits(without_axes(shape, axes, kept=kept), wanted)
            cost = _cost(axes, len(shape), len(current), solved=solved)
            yield argument("axis", axes[0] if len(axes) == 1 else axes, cost, solved=solved)

    def hint(self, config: Config, change: Change) -> str:
        if change.arguments[0][0] == "keepdims":
            return "keepdims=True leaves an axis of size 1 where the reduced one was."
        if config.get("axis") is None:
            return "Without an axis all axes are reduced, that of the batch too."
        return "Axis 0 is the batch."


def _as_axes(written: object) -> tuple[int, ...]:
    if written is None:
        return ()
    return tuple(written) if isinstance(written, list | tuple) else (int(written),)  # type: ignore[call-overload]


def _reduced_instead(current: tuple[int, ...], ndim: int) -> Iterator[tuple[int, ...]]:
    """Other axes to reduce: one, then several of a sample."""
    ones = axes_beside(current[0] if len(current) == 1 else None, ndim)
    several = (axes for count in range(2, ndim) for axes in combinations(range(1, ndim), count))
    now = {axis % ndim for axis in current}
    for axes in islice((*((axis,) for axis in ones), *several), MOST_ORDERS):
        if {axis % ndim for axis in axes} != now:
            yield axes


def _cost(axes: tuple[int, ...], ndim: int, written: int, *, solved: bool) -> float:
    if any(axis % ndim == 0 for axis in axes):
        return BATCH_AXIS
    if solved:
        return SOLVED
    return OTHER_AXIS if len(axes) == written else SEVERAL_AXES


class AlongAxis(OperationFamily):
    """`axis` is where the operation works; `new_axis`: it is one that the output has more than the input."""

    arguments = ("axis",)

    def __init__(self, *names: str, new_axis: bool = False) -> None:
        super().__init__(*names)
        self._new_axis = new_axis

    def changes(self, config: Config, inputs: tuple[Shape, ...], wanted: Wanted = None) -> Iterator[Change]:
        del wanted  # Keras tells which of the few axes fits
        ndim = max(map(len, inputs), default=0) + self._new_axis
        written = config.get("axis")
        if isinstance(written, int) or written is None:
            for axis in axes_beside(written, ndim):
                yield argument("axis", axis, BATCH_AXIS if axis in {0, -ndim} else OTHER_AXIS)

    def hint(self, config: Config, change: Change) -> str:  # noqa: ARG002 the same for all
        return "Axis 0 is the batch."


class Squeeze(OperationFamily):
    """Drops axes of size 1: the one in `axis`, or all."""

    arguments = ("axis",)

    def changes(self, config: Config, inputs: tuple[Shape, ...], wanted: Wanted = None) -> Iterator[Change]:
        shape, written = inputs[0], config.get("axis")
        ones = [axis for axis, size in enumerate(shape) if size == 1 and axis]
        for axis in ones:
            if not isinstance(written, int) or axis != written % len(shape):
                solved = fits(without_axes(shape, (axis,), kept=False), wanted)
                value = axis - len(shape) if isinstance(written, int) and written < 0 else axis
                yield argument("axis", value, SOLVED if solved else OTHER_AXIS, solved=solved)
        if len(ones) > 1:
            yield argument("axis", tuple(ones), SEVERAL_AXES)

    def hint(self, config: Config, change: Change) -> str:  # noqa: ARG002 one argument
        return "Without an axis every axis of size 1 goes." if config.get("axis") is None else ""


class Split(OperationFamily):
    """A number of equal parts, or the places where parts begin, along `axis`."""

    arguments = ("axis", "indices_or_sections")

    def changes(self, config: Config, inputs: tuple[Shape, ...], wanted: Wanted = None) -> Iterator[Change]:
        shape, axis, parts = inputs[0], config["axis"], config["indices_or_sections"]
        for other in axes_beside(axis, len(shape)):
            yield argument("axis", other, BATCH_AXIS if other in {0, -len(shape)} else OTHER_AXIS)
        if isinstance(parts, int) and -len(shape) <= axis < len(shape):
            want = wanted[0][axis] if wanted and len(wanted[0]) == len(shape) else None
            yield from self._numbers(shape[axis], parts, want)

    def _numbers(self, size: int | None, now: int, want: int | None) -> Iterator[Change]:
        """Other numbers of parts: that for the wanted size of each, then small ones."""
        if size is None:
            return
        solved = size // want if want and size % want == 0 else None
        for other in dict.fromkeys((solved, now - 1, now + 1, 2, 3, 4)):
            if other is not None and other > 1 and other != now and size % other == 0:
                is_solved = other == solved
                yield argument("indices_or_sections", other, SOLVED if is_solved else OTHER_AXIS, solved=is_solved)


class Transpose(OperationFamily):
    """Another order of all axes; without `axes` the order is reversed, the batch comes last."""

    arguments = ("axes",)

    def changes(self, config: Config, inputs: tuple[Shape, ...], wanted: Wanted = None) -> Iterator[Change]:
        shape, written = inputs[0], config.get("axes")
        now = tuple(written) if written is not None else tuple(reversed(range(len(shape))))
        for rest in islice(permutations(range(1, len(shape))), 120):
            axes = (0, *rest)
            if axes == now:
                continue
            solved = fits(tuple(shape[axis] for axis in axes), wanted)
            yield argument("axes", axes, SOLVED if solved else OTHER_AXIS, solved=solved)

    def hint(self, config: Config, change: Change) -> str:  # noqa: ARG002 one argument
        if config.get("axes") is None:
            return "Without axes the order is reversed: the batch comes last."
        return "The axes of ops.transpose count the batch, as axis 0."


class TwoAxes(OperationFamily):
    """Two axes that change places, or one that moves to the place of another."""

    def __init__(self, *names: str, pair: tuple[str, str]) -> None:
        super().__init__(*names)
        self.arguments = pair

    def changes(self, config: Config, inputs: tuple[Shape, ...], wanted: Wanted = None) -> Iterator[Change]:
        del wanted  # Keras tells which of the few pairs fits
        now = tuple(config[name] for name in self.arguments)
        if not all(isinstance(axis, int) for axis in now):
            return
        for place, name in enumerate(self.arguments):
            for axis in axes_beside(now[place], len(inputs[0])):
                if axis % len(inputs[0]) != now[1 - place] % len(inputs[0]):
                    yield argument(name, axis, BATCH_AXIS if axis in {0, -len(inputs[0])} else OTHER_AXIS)


class Einsum(OperationFamily):
    """An equation: another order of the letters of the output, or of one operand, keeps the rest."""

    arguments = ("subscripts",)

    def changes(self, config: Config, inputs: tuple[Shape, ...], wanted: Wanted = None) -> Iterator[Change]:
        del wanted  # Keras tells which of the few equations fits
        operands, arrow, output = str(config["subscripts"]).replace(" ", "").partition("->")
        if not arrow or "." in operands:
            return
        terms = operands.split(",")
        if len(terms) != len(inputs):
            return
        for index, term in enumerate(terms):
            for other in _orders(term):
                changed = ",".join([*terms[:index], other, *terms[index + 1 :]])
                yield argument("subscripts", f"{changed}->{output}", EXCHANGED)
        for other in _orders(output):
            yield argument("subscripts", f"{operands}->{other}", EXCHANGED)
        yield from self._other_letters(terms, output)

    def _other_letters(self, terms: list[str], output: str) -> Iterator[Change]:
        """One letter of an operand or of the output is another one of the equation."""
        letters = sorted(set("".join(terms)))
        for index, term in enumerate([*terms, output]):
            for place in range(1, len(term)):
                for letter in letters:
                    changed = [*terms, output]
                    changed[index] = term[:place] + letter + term[place + 1 :]
                    if letter not in term and set(changed[-1]) <= set("".join(changed[:-1])):
                        yield argument("subscripts", ",".join(changed[:-1]) + "->" + changed[-1], OTHER_AXIS)


def _orders(term: str) -> Iterator[str]:
    """Other orders of the letters, the first one kept: it is the batch."""
    for rest in islice(permutations(term[1:]), MOST_ORDERS):
        other = term[:1] + "".join(rest)
        if other != term:
            yield other


RULES = (
    Reduction(
        *("All", "Amax", "Amin", "Any", "Argmax", "Argmin", "CountNonzero", "Logsumexp", "Max", "Mean", "Median"),
        *("Min", "Nanargmax", "Nanargmin", "Nanmax", "Nanmean", "Nanmedian", "Nanmin", "Nanprod", "Nanstd", "Nansum"),
        *("Nanvar", "Norm", "Prod", "Ptp", "Std", "Sum", "Var", "Average"),
    ),
    AlongAxis("Concatenate", "Append", "Take", "TakeAlongAxis", "Glu", "Unstack"),
    AlongAxis("ExpandDims", "Stack", new_axis=True),
    Squeeze("Squeeze"),
    Split("Split", "ArraySplit"),
    Transpose("Transpose"),
    TwoAxes("Swapaxes", pair=("axis1", "axis2")),
    TwoAxes("Moveaxis", pair=("source", "destination")),
    Einsum("Einsum"),
)
