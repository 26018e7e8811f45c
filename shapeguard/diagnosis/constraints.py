"""What a repaired network has to satisfy, and whether it does in a scenario."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from shapeguard.spec import EMPTY, majority_bindings, shapes_agree, unify_all, wanted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from shapeguard.diagnosis.graph import Graph
    from shapeguard.diagnosis.scenarios import Scenario
    from shapeguard.records.expectations import Target
    from shapeguard.records.network import Shape
    from shapeguard.records.source import Construction
    from shapeguard.spec import Bindings, ShapeSpec

    Pattern = tuple[int | None, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Constraint:
    """Shapes that the values should have.

    `specs` are what the user expects, one per value; `accepted_shapes` are alternatives for the first value (`None`
    dims are free) if the constraint follows from the data. `target` is `None` for the latter, and `output` then tells
    which of the model's outputs the targets are compared with; `accepts` has the last word on such an output.
    `structure`: the call gives another number of outputs.
    `is_fixed`: a ready-made model declares it, so that no change before it may give another shape.
    """

    call: int
    layer: str
    values: tuple[int, ...]
    specs: tuple[ShapeSpec, ...] = ()
    accepted_shapes: tuple[Pattern, ...] = ()
    target: Target | None = None
    structure: bool = False
    output: int | None = None
    accepts: Callable[[Shape], bool] | None = None
    is_fixed: bool = False

    @property
    def symbolic(self) -> bool:
        """Whether a symbol occurs in it, so that other constraints matter for it."""
        return any(spec.names for spec in self.specs)


@dataclass(frozen=True, slots=True)
class Accepted:
    """Keras accepts the call, which it refused."""

    call: int


def filled_up(required: Pattern, observed: Shape) -> Shape:
    """The required shape, with the observed size where it is open."""
    if len(required) != len(observed):
        return required
    return tuple(o if r is None else r for r, o in zip(required, observed, strict=True))


@dataclass(frozen=True, slots=True, eq=False)
class Constructed:
    """Keras makes the layer of a constructor call, which raised."""

    construction: Construction


class Constraints:
    """All constraints on outputs, with what the symbols of each scope stand for: by what most satisfied ones say.

    `reference` is a constraint whose symbols count instead.
    """

    def __init__(self, graph: Graph, constraints: Iterable[Constraint], reference: Constraint | None = None) -> None:
        self.graph = graph
        self.all = tuple(constraints)
        self._sizes: dict[tuple[int, int, int, bool], Pattern | None] = {}
        self._bindings = {**self._bound_by_most(), **self._bound_by(reference)}
        self.violated = [each for each in self.all if not self.holds(each, None)]
        self._symbolic = any(each.symbolic for each in self.all)
        self._unmet = {id(constraint) for constraint in self.violated if constraint.target is not None}
        self._batches = {graph.shapes[value][:1] for value in graph.network.inputs}
        self._of_value = _by_value(self.all)

    def _fits_alone(self, constraint: Constraint) -> bool:
        shapes = [self.graph.shapes.get(v) for v in constraint.values]
        if constraint.structure or None in shapes or len(shapes) != len(constraint.specs):
            return False
        return unify_all([(s, x or (), None) for s, x in zip(constraint.specs, shapes, strict=True)]).ok

    def _bound_by_most(self) -> dict[str, Bindings]:
        """What the symbols of each scope stand for by most constraints that hold by themselves."""
        scopes: dict[str, list[tuple[ShapeSpec, Shape, None]]] = {}
        for constraint in self.all:
            if constraint.target is not None and constraint.specs and self._fits_alone(constraint):
                scopes.setdefault(constraint.target.expectation.scope, []).extend(self._pairs(constraint))
        return {scope: majority_bindings(pairs) for scope, pairs in scopes.items()}

    def _bound_by(self, reference: Constraint | None) -> dict[str, Bindings]:
        if reference is None or reference.target is None:
            return {}
        return {reference.target.expectation.scope: unify_all(self._pairs(reference)).bindings}

    def _pairs(self, constraint: Constraint) -> list[tuple[ShapeSpec, Shape, None]]:
        return [(s, self.graph.shapes[v], None) for s, v in zip(constraint.specs, constraint.values, strict=False)]

    def expected_sizes(self, constraint: Constraint, slot: int, ndim: int, bindings: Bindings) -> Pattern | None:
        """The sizes that output `slot` should have if its rank is `ndim`; `None` if that rank will not do."""
        key = (id(constraint), slot, ndim, bool(bindings))  # asked with no bindings and with those of its scope
        if key not in self._sizes:
            self._sizes[key] = wanted(constraint.specs[slot], ndim, bindings)
        return self._sizes[key]

    def required_shapes(self, constraint: Constraint) -> list[Pattern]:
        """The shapes that would do for the constraint's first value, as far as their rank is determined."""
        if constraint.accepted_shapes:
            return list(constraint.accepted_shapes)
        ndim = constraint.specs[0].ndim if constraint.specs else None
        sizes = None if ndim is None else self.expected_sizes(constraint, 0, ndim, self.bindings_of(constraint))
        return [] if sizes is None else [sizes]

    def bindings_of(self, constraint: Constraint) -> Bindings:
        """What the symbols of a constraint stand for where they live."""
        return EMPTY if constraint.target is None else self._bindings.get(constraint.target.expectation.scope, EMPTY)

    def disagrees(self, constraint: Constraint) -> bool:
        """Whether a constraint is violated as its symbols are bound in its scope."""
        bindings = self.bindings_of(constraint)
        return not self._are_expected(constraint, [self.graph.shapes.get(v, ()) for v in constraint.values], bindings)

    def _are_expected(self, constraint: Constraint, shapes: Sequence[Shape], bindings: Bindings) -> bool:
        for slot, shape in enumerate(shapes):
            sizes = self.expected_sizes(constraint, slot, len(shape), bindings)
            if sizes is None or not shapes_agree(shape, sizes):
                return False
        return True

    def _fixed_for(self, constraint: Constraint) -> Bindings:
        """What its symbols stand for in every scenario: those of one helper's invocation move with its input."""
        is_global = constraint.target is not None and not constraint.target.expectation.scope
        return self._bindings.get("", EMPTY) if is_global else EMPTY

    def shape(self, value: int, scenario: Scenario | None) -> Shape | None:
        """The shape of a value in this scenario; `None` where nobody knows it."""
        if scenario is not None:
            if value in scenario.unknown:
                return None
            if value in scenario.shapes:
                return scenario.shapes[value]
        return self.graph.shapes.get(value)

    def holds(self, constraint: Constraint, scenario: Scenario | None) -> bool:
        """Whether the constraint is met in this scenario, symbols apart from what is bound already."""
        shapes = self._shapes_of(constraint, scenario)
        if shapes is None or (constraint.specs and len(shapes) != len(constraint.specs)):
            return False
        if constraint.accepts is not None:
            return constraint.accepts(shapes[0])
        if constraint.accepted_shapes:
            return any(shapes_agree(shapes[0], accepted) for accepted in constraint.accepted_shapes)
        if not self._are_expected(constraint, shapes, self._fixed_for(constraint)):
            return False
        return scenario is None or not any(self._is_no_batch(constraint, shape) for shape in shapes)

    def _shapes_of(self, constraint: Constraint, scenario: Scenario | None) -> list[Shape] | None:
        """The shapes of its values; `None` if one is not known."""
        shapes: list[Shape] = []
        for value in constraint.values:
            if scenario is not None and value in scenario.removed_outputs:
                continue
            shape = self.shape(value, scenario)
            if shape is None:
                return None
            shapes.append(shape)
        return shapes

    def _is_no_batch(self, constraint: Constraint, shape: Shape) -> bool:
        """Whether a change would put a size of its own in the place of the batch: where that is open, or was there."""
        if not shape or id(constraint) not in self._unmet:
            return False
        seen = self.graph.shapes.get(constraint.values[0], ()) if constraint.values else ()
        is_open = shape[0] is not None and self._batches <= {(None,)}
        return is_open or (self._batches == {seen[:1]} and shape[:1] != seen[:1])

    def met(self, scenario: Scenario, ignore: Sequence[Constraint] = ()) -> bool:
        """Whether every constraint but the ignored ones holds in this scenario."""
        for constraint in self.violated:
            if constraint not in ignore and not self.holds(constraint, scenario):
                return False
        touched = scenario.shapes.keys() | scenario.unknown | scenario.removed_outputs
        for value in touched & self._of_value.keys():
            for constraint in self._of_value[value]:
                if constraint not in ignore and not self.holds(constraint, scenario):
                    return False
        return not self._symbolic or self._symbols_agree(scenario, ignore)

    def is_known(self, scenario: Scenario) -> bool:
        """Whether every size that is expected is really known in this scenario, the batch apart."""
        expected = [
            (constraint, slot, value)
            for constraint in self.all
            for slot, value in enumerate(constraint.values[: len(constraint.specs)])
            if value not in scenario.removed_outputs
        ]
        return not any(self._leaves_open(*each, scenario) for each in expected)

    def _leaves_open(self, constraint: Constraint, slot: int, value: int, scenario: Scenario) -> bool:
        """Whether a size of an output is expected and not known."""
        shape = self.shape(value, scenario) or ()
        sizes = self.expected_sizes(constraint, slot, len(shape), self._fixed_for(constraint)) or ()
        return any(size is not None and known is None for known, size in zip(shape[1:], sizes[1:], strict=False))

    def _symbols_agree(self, scenario: Scenario, ignore: Sequence[Constraint]) -> bool:
        scopes: dict[str, list[tuple[ShapeSpec, Shape, None]]] = {}
        for constraint in self.all:
            if constraint.target is None or constraint in ignore:
                continue
            live = [v for v in constraint.values if v not in scenario.removed_outputs]
            for spec, value in zip(constraint.specs, live, strict=False):
                scopes.setdefault(constraint.target.expectation.scope, []).append(
                    (spec, self.shape(value, scenario) or (), None)
                )
        return all(unify_all(pairs).ok for pairs in scopes.values())


def _by_value(constraints: Iterable[Constraint]) -> dict[int, list[Constraint]]:
    found: dict[int, list[Constraint]] = {}
    for constraint in constraints:
        for value in constraint.values:
            found.setdefault(value, []).append(constraint)
    return found
