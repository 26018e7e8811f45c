"""Unifies specs with observed shapes, enlarging `Bindings`, and says at which axes and why they disagree."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, assert_never

from shapeguard.spec.arithmetic import FormulaError, size_of
from shapeguard.spec.bindings import EMPTY, Binding, Bindings
from shapeguard.spec.broadcast import join_dims
from shapeguard.spec.dims import AnySize, Dim, Expression, Fixed, Labelled, Named, ShapeSpec, Variadic

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Sequence

    from shapeguard.spec.bindings import BoundValue

Shape = tuple[int | None, ...]


@dataclass(frozen=True, slots=True)
class Disagreement:
    """One dim that does not agree with what was observed.

    `axes` index the observed shape: one, or those that a variadic covers. `wanted` is the size or sizes that would
    agree, `None` where there is none (`problem` then says why). `bound` are the symbols that it follows from.
    """

    axes: tuple[int, ...]
    dim: Dim
    kind: Literal["size", "symbol", "expression"]
    wanted: BoundValue | None
    actual: BoundValue
    bound: tuple[tuple[str, Binding], ...] = ()
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Conflict:
    """Why a shape is not what the spec says.

    `kind` is "rank" where the number of axes differs (`axes` and `disagreements` are then empty), else that of the
    first disagreement. `axes` index the observed shape.
    """

    spec: ShapeSpec
    shape: Shape
    kind: Literal["rank", "size", "symbol", "expression"]
    disagreements: tuple[Disagreement, ...] = ()

    @property
    def axes(self) -> tuple[int, ...]:
        """The axes that disagree, from left to right."""
        return tuple(sorted({axis for disagreement in self.disagreements for axis in disagreement.axes}))


@dataclass(frozen=True, slots=True)
class Deferred:
    """An expression that could not be checked yet, as some of its names are not bound."""

    axis: int
    dim: Expression
    actual: int
    spec: ShapeSpec
    shape: Shape


@dataclass(frozen=True, slots=True)
class Unified:
    """What came of unifying: enlarged bindings, or a conflict and the bindings as they were given."""

    bindings: Bindings
    conflict: Conflict | None = None
    deferred: tuple[Deferred, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether the shape is what the spec says, as far as is known."""
        return self.conflict is None


@dataclass(frozen=True, slots=True)
class UnifiedAll:
    """What came of unifying several pairs: a conflict or `None` for each, in their order."""

    bindings: Bindings
    conflicts: tuple[Conflict | None, ...]
    deferred: tuple[Deferred, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether no pair is in conflict."""
        return not any(self.conflicts)


def unify(
    spec: ShapeSpec, shape: Sequence[int | None], bindings: Bindings = EMPTY, *, site: Hashable = None
) -> Unified:
    """`bindings` with what `shape` says about the symbols of `spec`, or where the two disagree.

    An observed `None` agrees with anything and binds nothing. Within one shape the order of the axes does not matter:
    expressions are computed last. Those with a name that is still unbound come back in `deferred`, unchecked; they
    are never solved for that name.
    """
    shape = tuple(shape)
    aligned = align(spec, shape)
    if aligned is None:
        return Unified(bindings, Conflict(spec, shape, "rank"))
    enlarged = bindings
    disagreements: list[Disagreement] = []
    for dim, axes in aligned:
        agreed = _unify_dim(dim, axes, shape, enlarged, site)
        if isinstance(agreed, Bindings):
            enlarged = agreed
        else:
            disagreements.append(agreed)
    deferred: list[Deferred] = []
    for dim, axes in aligned:
        actual = shape[axes[0]] if axes else None
        if not isinstance(dim, Expression) or actual is None:
            continue
        if not is_determined(dim, enlarged):
            deferred.append(Deferred(axes[0], dim, actual, spec, shape))
        elif disagreement := _check_expression(dim, axes[0], actual, enlarged):
            disagreements.append(disagreement)
    if disagreements:
        disagreements.sort(key=lambda disagreement: disagreement.axes)
        return Unified(bindings, Conflict(spec, shape, disagreements[0].kind, tuple(disagreements)))
    return Unified(enlarged, deferred=tuple(deferred))


def unify_all(
    pairs: Iterable[tuple[ShapeSpec, Sequence[int | None], Hashable]],
    bindings: Bindings = EMPTY,
) -> UnifiedAll:
    """Unifies every (spec, shape, site), so that whether all agree does not depend on their order.

    Names are bound first, pair by pair; then every pair is checked against what all of them said. Where two pairs
    disagree about a symbol, the later one is in conflict; `occurrences` tells what each of them says.
    """
    pairs = [(spec, tuple(shape), site) for spec, shape, site in pairs]
    first_pass: list[Conflict | None] = []
    for spec, shape, site in pairs:
        unified = unify(spec, shape, bindings, site=site)
        bindings = unified.bindings
        first_pass.append(unified.conflict)
    conflicts: list[Conflict | None] = []
    deferred: list[Deferred] = []
    for (spec, shape, site), conflict in zip(pairs, first_pass, strict=True):
        checked = Unified(bindings, conflict) if conflict else unify(spec, shape, bindings, site=site)
        conflicts.append(checked.conflict)
        deferred.extend(checked.deferred)
    return UnifiedAll(bindings, tuple(conflicts), tuple(deferred))


def shapes_agree(first: Sequence[int | None], second: Sequence[int | None]) -> bool:
    """Whether two shapes may be the same: as many axes, and no two known sizes that differ."""
    return len(first) == len(second) and all(
        size is None or other is None or size == other for size, other in zip(first, second, strict=True)
    )


def all_agree(shapes: Sequence[Shape], others: Sequence[Shape]) -> bool:
    """Whether these may be the same shapes, pair by pair."""
    return len(shapes) == len(others) and all(map(shapes_agree, shapes, others))


def align(spec: ShapeSpec, shape: Sequence[int | None]) -> tuple[tuple[Dim, tuple[int, ...]], ...] | None:
    """Each dim of `spec` with the axes of `shape` that it covers; `None` where the ranks differ."""
    variadic = spec.variadic_index
    spare = len(shape) - len(spec.dims) + (0 if variadic is None else 1)
    if spare < 0 or (variadic is None and spare):
        return None
    aligned: list[tuple[Dim, tuple[int, ...]]] = []
    axis = 0
    for index, dim in enumerate(spec.dims):
        width = spare if index == variadic else 1
        aligned.append((dim, tuple(range(axis, axis + width))))
        axis += width
    return tuple(aligned)


def is_determined(dim: Expression, bindings: Bindings) -> bool:
    """Whether every name of the expression has a size."""
    return not dim.variables and all(bindings.size(name) is not None for name in dim.names)


def occurrences(spec: ShapeSpec, shape: Sequence[int | None]) -> tuple[tuple[str, tuple[int, ...], BoundValue], ...]:
    """What `shape` alone says about each symbol of `spec`: its name, the axes it covers there, and its value.

    Expressions say nothing, and neither do axes that are not known or, for a broadcastable symbol, are 1.
    """
    values: list[tuple[str, tuple[int, ...], BoundValue]] = []
    for dim, axes in align(spec, shape) or ():
        match dim:
            case Named(name, broadcastable):
                size = shape[axes[0]]
                if size is not None and not (broadcastable and size == 1):
                    values.append((name, axes, size))
            case Variadic(str() as name):
                values.append((f"*{name}", axes, tuple(shape[axis] for axis in axes)))
            case Fixed() | Labelled() | Expression() | AnySize() | Variadic():
                pass
    return tuple(values)


def _unify_dim(
    dim: Dim, axes: tuple[int, ...], shape: Shape, bindings: Bindings, site: Hashable
) -> Bindings | Disagreement:
    """The bindings enlarged by one dim, or its disagreement; expressions are left for later."""
    match dim:
        case Variadic(str()):
            return _unify_variadic(dim, axes, shape, bindings, site)
        case AnySize() | Variadic() | Expression():
            return bindings
        case Fixed() | Labelled() | Named():
            return _unify_axis(dim, axes[0], shape[axes[0]], bindings, site)
        case _:
            assert_never(dim)


def _unify_axis(
    dim: Fixed | Labelled | Named, axis: int, actual: int | None, bindings: Bindings, site: Hashable
) -> Bindings | Disagreement:
    if actual is None or (dim.broadcastable and actual == 1):
        return bindings
    if not isinstance(dim, Named):
        return bindings if dim.size == actual else Disagreement((axis,), dim, "size", dim.size, actual)
    bound = bindings.get(dim.name)
    if bound is None:
        return bindings.bind(dim.name, actual, site)
    if bound.value == actual:
        return bindings
    return Disagreement((axis,), dim, "symbol", bound.value, actual, ((dim.name, bound),))


def _unify_variadic(
    dim: Variadic, axes: tuple[int, ...], shape: Shape, bindings: Bindings, site: Hashable
) -> Bindings | Disagreement:
    name, exact = f"*{dim.name}", not dim.broadcastable
    actual = tuple(shape[axis] for axis in axes)
    bound = bindings.get(name)
    if bound is None or not isinstance(bound.value, tuple):
        return bindings.bind(name, actual, site, exact=exact)
    joined = join_dims(bound.value, actual, first_exact=bound.exact, second_exact=exact)
    if joined is None:
        return Disagreement(axes, dim, "symbol", bound.value, actual, ((name, bound),))
    return bindings.bind(name, joined, site, exact=exact or bound.exact)


def _check_expression(dim: Expression, axis: int, actual: int, bindings: Bindings) -> Disagreement | None:
    if dim.broadcastable and actual == 1:
        return None
    bound = tuple((name, bindings[name]) for name in sorted(dim.names))
    try:
        wanted = size_of(dim.formula, bindings.sizes)
    except FormulaError as error:
        return Disagreement((axis,), dim, "expression", None, actual, bound, str(error))
    return None if wanted == actual else Disagreement((axis,), dim, "expression", wanted, actual, bound)
