"""What a repaired network has to satisfy: the user's expectations, and what data, targets and loss ask for."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from shapeguard.diagnosis.scenario_cache import ScenarioCache
from shapeguard.diagnosis.what_if import crash_value
from shapeguard.spec import (
    EMPTY,
    ShapeSpec,
    StructureSpec,
    majority_bindings,
    shapes_agree,
    unify_all,
    wanted,
    with_free_batch,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from shapeguard.diagnosis.graph import Graph
    from shapeguard.diagnosis.what_if import Scenario
    from shapeguard.records.expectations import Target
    from shapeguard.records.network import Network, Shape
    from shapeguard.spec import Bindings


@dataclass(slots=True, eq=False)
class Constraint:
    """Shapes that the values should have.

    `specs` are the user's words, one a value; `patterns` are alternatives for the first value (`None` dims are free)
    where the goal follows from the data. `target` is `None` for the latter, and `output` then tells which of the
    model's outputs the targets are compared with.
    """

    call: int
    layer: str
    values: tuple[int, ...]
    specs: tuple[ShapeSpec, ...] = ()
    patterns: tuple[tuple[int | None, ...], ...] = ()
    target: Target | None = None
    structure: bool = False
    output: int | None = None
    _by_rank: dict[tuple[int, int, bool], tuple[int | None, ...] | None] = field(default_factory=dict)

    def forget(self) -> None:
        """Drops what was worked out with other bindings."""
        self._by_rank.clear()

    @property
    def symbolic(self) -> bool:
        """Whether a symbol occurs in it, so that other goals matter for it."""
        return any(spec.names for spec in self.specs)

    def wanted(self, slot: int, ndim: int, bindings: Bindings) -> tuple[int | None, ...] | None:
        """The sizes that output `slot` should have if its rank is `ndim`; `None` if that rank will not do."""
        key = (slot, ndim, bool(bindings))  # a goal is asked with none and with those of its scope
        if key not in self._by_rank:
            self._by_rank[key] = wanted(self.specs[slot], ndim, bindings)
        return self._by_rank[key]

    def wishes(self, bindings: Bindings) -> list[tuple[int | None, ...]]:
        """The shapes that would do for the first value, as far as their rank is determined."""
        if self.patterns:
            return list(self.patterns)
        ndim = self.specs[0].ndim if self.specs else None
        pattern = None if ndim is None else self.wanted(0, ndim, bindings)
        return [] if pattern is None else [pattern]


class Constraints:
    """All goals together, with the symbols that the satisfied ones bind in each scope: by what most of them say.

    `reference` is a goal whose word counts instead.
    """

    def __init__(self, graph: Graph, constraints: Iterable[Constraint], reference: Constraint | None = None) -> None:
        self.graph = graph
        self.all = tuple(constraints)
        self._bindings: dict[str, Bindings] = {}
        satisfied = [g for g in self.all if g.specs and self._fits_alone(g)]
        self._bind(satisfied)
        if reference is not None and reference.target is not None:
            said = [(s, graph.shapes[v], None) for s, v in zip(reference.specs, reference.values, strict=False)]
            self._bindings[reference.target.expectation.scope] = unify_all(said).bindings
        for constraint in self.all:
            constraint.forget()
        self.violated = [g for g in self.all if not self.holds(g, None)]
        self._symbolic = any(g.symbolic for g in self.all)
        self._unmet = {id(constraint) for constraint in self.violated if constraint.target is not None}
        self._batch_is_open = all(graph.shapes[value][:1] == (None,) for value in graph.network.inputs)
        self._of_value: dict[int, list[Constraint]] = {}
        for constraint in self.all:
            for value in constraint.values:
                self._of_value.setdefault(value, []).append(constraint)
        self._outlooks: dict[tuple[object, ...], ScenarioCache] = {}

    def scenario_cache(self, ignore: Sequence[Constraint] = (), *, stops: bool = True) -> ScenarioCache:
        """The what-if worlds in which some goals are ignored; without `stops` Keras' refusals are as well."""
        key = (stops, *map(id, ignore))
        if key not in self._outlooks:
            self._outlooks[key] = ScenarioCache(self.graph, self, ignore, stops=stops)
        return self._outlooks[key]

    def forget(self) -> None:
        """Lets go of the worlds, which hold one another."""
        for scenario_cache in self._outlooks.values():
            scenario_cache.known.clear()
        self._outlooks.clear()

    def _fits_alone(self, constraint: Constraint) -> bool:
        shapes = [self.graph.shapes.get(v) for v in constraint.values]
        if constraint.structure or None in shapes or len(shapes) != len(constraint.specs):
            return False
        return unify_all([(s, x or (), None) for s, x in zip(constraint.specs, shapes, strict=True)]).ok

    def _bind(self, constraints: list[Constraint]) -> None:
        scopes: dict[str, list[tuple[ShapeSpec, Shape, None]]] = {}
        for constraint in constraints:
            if constraint.target is not None:
                pairs = scopes.setdefault(constraint.target.expectation.scope, [])
                pairs += [
                    (s, self.graph.shapes[v], None) for s, v in zip(constraint.specs, constraint.values, strict=True)
                ]
        self._bindings = {scope: majority_bindings(pairs) for scope, pairs in scopes.items()}

    def bindings_of(self, constraint: Constraint) -> Bindings:
        """What the symbols of a goal stand for where they live."""
        return EMPTY if constraint.target is None else self._bindings.get(constraint.target.expectation.scope, EMPTY)

    def disagrees(self, constraint: Constraint) -> bool:
        """Whether a goal is not met as its symbols are bound where they live."""
        shapes = [self.graph.shapes.get(value, ()) for value in constraint.values]
        patterns = [
            constraint.wanted(slot, len(shape), self.bindings_of(constraint)) for slot, shape in enumerate(shapes)
        ]
        return any(p is None or not shapes_agree(shape, p) for shape, p in zip(shapes, patterns, strict=True))

    def _fixed_for(self, constraint: Constraint) -> Bindings:
        """What the symbols of a goal stand for in every world: those of one helper's invocation move with its input."""
        return (
            self._bindings.get("", EMPTY)
            if constraint.target is not None and not constraint.target.expectation.scope
            else EMPTY
        )

    def shape(self, value: int, scenario: Scenario | None) -> Shape | None:
        """The shape of a value in this world; `None` where nobody knows it."""
        if scenario is not None:
            if value in scenario.unknown:
                return None
            if value in scenario.shapes:
                return scenario.shapes[value]
        return self.graph.shapes.get(value)

    def holds(self, constraint: Constraint, scenario: Scenario | None) -> bool:
        """Whether the goal is met in this world, symbols apart from what is bound already."""
        shapes = [
            self.shape(v, scenario) for v in constraint.values if scenario is None or v not in scenario.removed_outputs
        ]
        if None in shapes or (constraint.specs and len(shapes) != len(constraint.specs)):
            return False
        if constraint.patterns:
            return any(shapes_agree(shapes[0] or (), pattern) for pattern in constraint.patterns)
        for slot, shape in enumerate(shapes):
            pattern = constraint.wanted(slot, len(shape or ()), self._fixed_for(constraint))
            if pattern is None or not shapes_agree(shape or (), pattern):
                return False
            if scenario is not None and self._is_no_batch(constraint, shape or ()):
                return False
        return True

    def _is_no_batch(self, constraint: Constraint, shape: Shape) -> bool:
        """Whether a change would put a size of its own in the place of the batch, which the inputs leave open."""
        return bool(shape) and shape[0] is not None and self._batch_is_open and id(constraint) in self._unmet

    def met(self, scenario: Scenario, ignore: Sequence[Constraint] = ()) -> bool:
        """Whether every goal but the ignored ones holds in this world."""
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
        """Whether every size that is expected is really known in this world, the batch apart."""
        for constraint in self.all:
            for slot, value in enumerate(constraint.values):
                shape = self.shape(value, scenario)
                if shape is None or value in scenario.removed_outputs:
                    continue
                pattern = (
                    constraint.wanted(slot, len(shape), self._fixed_for(constraint))
                    if slot < len(constraint.specs)
                    else None
                )
                if any(w is not None and d is None for d, w in zip(shape[1:], (pattern or ())[1:], strict=False)):
                    return False
        return True

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


def goals_of(graph: Graph, targets: Iterable[Target]) -> list[Constraint]:
    """The user's expectations on outputs that the pass reached, or would have reached had the call not raised."""
    constraints = []
    for target in targets:
        if target.call is None or target.expectation.quantity != "output":
            continue
        call = graph.network.calls[target.call]
        spec = with_free_batch(target.expectation.spec)  # no layer's argument makes the batch
        specs = spec.leaves if isinstance(spec, StructureSpec) else (spec,)
        values = call.outputs
        if call.failure is not None:
            if call.index != graph.crashed:
                continue
            values = tuple(crash_value(call.index, slot) for slot in range(len(specs)))
        several = len(values) != len(specs)
        values = (*values, *(crash_value(call.index, slot) for slot in range(len(values), len(specs))))
        constraints.append(Constraint(call.index, call.layer, values, specs, target=target, structure=several))
    return [*constraints, *_goals_of_built(graph)]


def _goals_of_built(graph: Graph) -> Iterator[Constraint]:
    """What a built layer that refused its first call takes: the sizes that its weights were made for."""
    node = None if graph.crashed is None else graph.nodes[graph.crashed]
    if node is None or node.call.number > 1 or not getattr(node.call.operation, "built", False):
        return
    specs = node.call.operation.input_spec or ()
    for value, spec in zip(node.inputs, specs if isinstance(specs, list | tuple) else (specs,), strict=False):
        shape, maker = graph.shapes[value], graph.producer.get(value)
        sizes = {
            axis % len(shape): size for axis, size in (spec.axes or {}).items() if -len(shape) <= axis < len(shape)
        }
        if maker is not None and any(shape[axis] not in (None, size) for axis, size in sizes.items()):
            pattern = tuple(sizes.get(axis) for axis in range(len(shape)))
            yield Constraint(maker, graph.nodes[maker].call.layer, (value,), patterns=(pattern,))


def target_patterns(shape: Shape, loss: str | None) -> tuple[tuple[int | None, ...], ...]:
    """The output shapes that a loss accepts for targets of this shape (batch first); `()` where it accepts any.

    Keras squeezes or expands a last axis of 1 (losses/losses.py, squeeze_or_expand_to_same_rank), and the sparse losses
    take class indices where the output has one value a class.
    """
    rest = shape[1:]
    if loss in SPARSE:
        classes: tuple[tuple[int | None, ...], ...] = ((None, *rest, None),)
        return (*classes, (None, *rest[:-1], None)) if rest and rest[-1] == 1 else classes
    if loss in ELEMENTWISE:
        if rest and rest[-1] == 1:
            return ((None, *rest), (None, *rest[:-1]))
        return ((None, *rest), (None, *rest, 1)) if loss not in CATEGORICAL else ((None, *rest),)
    return ()


SPARSE = frozenset({"sparse_categorical_crossentropy"})
CATEGORICAL = frozenset({"categorical_crossentropy", "kl_divergence", "categorical_focal_crossentropy"})
ELEMENTWISE = CATEGORICAL | frozenset(
    {
        "mse",
        "mean_squared_error",
        "mae",
        "mean_absolute_error",
        "mape",
        "mean_absolute_percentage_error",
        "msle",
        "mean_squared_logarithmic_error",
        "binary_crossentropy",
        "bce",
        "binary_focal_crossentropy",
        "huber",
        "log_cosh",
        "poisson",
        "cosine_similarity",
        "hinge",
        "squared_hinge",
        "categorical_hinge",
        "dice",
        "tversky",
    }
)


def goals_of_feed(
    graph: Graph, targets: Sequence[Shape | None], losses: Sequence[str | None], *, raised: bool = False
) -> list[Constraint]:
    """What the targets and the loss ask of the model's outputs; where Keras `raised`, also one output a sample."""
    outputs = graph.network.outputs
    samples = _samples(graph) if raised else None
    constraints = []
    for slot, (value, shape, loss) in enumerate(zip(outputs, targets, losses, strict=False)):
        if shape is None:
            continue
        patterns = tuple((samples, *pattern[1:]) for pattern in target_patterns((None, *shape), loss))
        maker = graph.producer.get(value)
        if patterns and maker is not None:
            constraints.append(
                Constraint(maker, graph.nodes[maker].call.layer, (value,), patterns=patterns, output=slot)
            )
    return constraints


def targets_fit(network: Network, targets: Sequence[Shape | None], losses: Sequence[str | None]) -> bool:
    """Whether the losses take these targets beside the outputs of a complete pass; needs no rule of any layer."""
    made = {value for call in network.calls for value in call.outputs}
    for value, shape, loss in zip(network.outputs, targets, losses, strict=False):
        if shape is None or value not in made:
            continue
        patterns = target_patterns((None, *shape), loss)
        if patterns and not any(shapes_agree(network.values[value].shape, pattern) for pattern in patterns):
            return False
    return True


def _samples(graph: Graph) -> int | None:
    """How many samples the inputs have, `None` where that is not known or they differ."""
    known = {graph.shapes[value][0] for value in graph.network.inputs if graph.shapes[value]}
    return known.pop() if len(known) == 1 else None
