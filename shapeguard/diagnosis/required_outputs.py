"""What a node would have to give so that everything behind it holds: the question whose answer rules can solve."""

from __future__ import annotations

from itertools import pairwise, product
from math import prod
from typing import TYPE_CHECKING

from shapeguard.diagnosis.what_if import Patch
from shapeguard.layers.wrappers import Wrapper, wanted_around
from shapeguard.spec import shapes_agree

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from shapeguard.diagnosis.constraints import Constraint, Constraints
    from shapeguard.diagnosis.graph import Graph, Node
    from shapeguard.records.network import Shape

NEAR = (1, -1, 2, -2, 3, -3, 4, -4)
FACTORS = (2, 4, 8)
MOST = 3
"""Wished shapes of the rank that was seen; of any other rank one is enough to see that it would do."""
LIMIT = 40
WIDE = 72
FEW = 8
LARGEST = 4096
ROUND = (1000, 100, 64, 50, 32, 10, 8, 4, 2)


def required_outputs(
    graph: Graph, constraints: Constraints, node: Node, violated: Iterable[Constraint], ignore: tuple[Constraint, ...]
) -> list[Shape]:
    """Shapes of the node's first output with which every goal would hold, the nearest first; a few at most."""
    if not node.outputs:
        return [_free_batch(p) for g in violated if g.call == node.index for p in g.wishes(constraints.bindings_of(g))]
    value, observed = node.outputs[0], graph.shapes[node.outputs[0]]
    violated = tuple(violated)
    found = list(_wished_inside(constraints, node, violated))
    if found:
        return found
    inverted = _inverted(graph, constraints, node, violated) if node.is_input else ()
    for shape in dict.fromkeys((*inverted, *_hypotheses(graph, constraints, observed, violated))):
        is_another_rank = len(shape) != len(observed)
        if shape == observed or (is_another_rank and any(len(other) == len(shape) for other in found)):
            continue
        if _would_do(constraints, value, shape, ignore):
            found.append(shape)
            if sum(len(other) == len(observed) for other in found) == MOST:
                break
    return found or list(_widened(graph, constraints, node, ignore))


def _wished_inside(constraints: Constraints, node: Node, violated: tuple[Constraint, ...]) -> Iterator[Shape]:
    """What the wrapper would give if the layers inside it gave what is expected of them."""
    for constraint in violated:
        if constraint.call in node.inside and isinstance(node.rule, Wrapper):
            inputs, depth = constraints.graph.inputs_of(node), node.inside[constraint.call][1]
            for wish in constraint.wishes(constraints.bindings_of(constraint)):
                yield _free_batch(
                    wanted_around(node.rule, constraints.graph.config_of(node), inputs, depth, (wish,))[0]
                )


def _widened(graph: Graph, constraints: Constraints, node: Node, ignore: tuple[Constraint, ...]) -> Iterator[Shape]:
    """Another width of all outputs together, as of a recurrent layer and its states: one that the clash has."""
    if graph.crashed is None or len(node.outputs) < 2:
        return
    observed = graph.shapes[node.outputs[0]]
    clashing = [shape[-1] for shape in graph.inputs_of(graph.nodes[graph.crashed]) if shape]
    units = graph.nodes[graph.crashed].config.get("units")
    for width in dict.fromkeys((units, *clashing)):
        if not isinstance(width, int) or width == observed[-1]:
            continue
        scenario = graph.propagate(values={value: (*graph.shapes[value][:-1], width) for value in node.outputs})
        if scenario.refusal is None and constraints.met(scenario, ignore):
            yield (*observed[:-1], width)


def _would_do(constraints: Constraints, value: int, shape: Shape, ignore: tuple[Constraint, ...]) -> bool:
    scenario_cache = constraints.scenario_cache(ignore)
    return scenario_cache.holds(scenario_cache.scenario(Patch(values={value: shape})))


def _hypotheses(
    graph: Graph, constraints: Constraints, observed: Shape, violated: tuple[Constraint, ...]
) -> Iterable[Shape]:
    """What is expected elsewhere, what the other side of a clash has, and the observed shape with other sizes."""
    for constraint in violated:
        for pattern in constraint.wishes(constraints.bindings_of(constraint)):
            yield _filled(pattern, observed)
    if graph.crashed is not None:
        for shape in graph.inputs_of(graph.nodes[graph.crashed]):
            if shape != observed:
                yield (*observed[:1], *shape[1:])
    if len(observed) > 1 and None not in observed[1:]:
        pairs = _pairs(graph, constraints, violated)
        few = FEW if len(graph.nodes) > WIDE else LIMIT
        yield from _resized(observed, [_pool(size, pairs)[:few] for size in observed[1:]])


def _inverted(graph: Graph, constraints: Constraints, node: Node, violated: tuple[Constraint, ...]) -> Iterator[Shape]:
    """Sizes of an input for which the first goal holds: what comes out grows with what goes in."""
    value = node.outputs[0]
    observed = graph.shapes[value]
    constraint = next((g for g in violated if g.values), None)
    wish = next(iter(constraint.wishes(constraints.bindings_of(constraint))), None) if constraint is not None else None
    if constraint is None or wish is None:
        return
    for axes in _axes_together(observed):
        wanted = [(axis, size) for axis, size in enumerate(wish) if axis in axes and size is not None]
        if not wanted:
            continue
        axis, size = wanted[0]

        def given(tried: int, axes: tuple[int, ...] = axes, axis: int = axis) -> int:
            shape = tuple(tried if place in axes else d for place, d in enumerate(observed))
            scenario = graph.propagate(values={value: shape})
            result = constraints.shape(constraint.values[0], scenario) if scenario.refusal is None else None
            return (result[axis] or 0) if result is not None and axis < len(result) else 0

        low, high = _first(given, size), _first(given, size + 1) - 1
        if low <= high:
            best = roundest(low, min(high, LARGEST))
            yield tuple(best if place in axes else d for place, d in enumerate(observed))


def _axes_together(observed: Shape) -> list[tuple[int, ...]]:
    """The axes of an input whose sizes may be other: all of a square picture alike, else one; never its channels."""
    spatial = tuple(axis for axis in range(1, max(len(observed) - 1, 2)) if observed[axis] is not None)
    square = len(spatial) > 1 and len({observed[axis] for axis in spatial}) == 1
    return [spatial] if square else [(axis,) for axis in spatial]


def _first(given: Callable[[int], int], size: int) -> int:
    """The smallest input size that gives at least `size`; one more than the largest that is tried where none does."""
    low, high = 1, LARGEST + 1
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if given(middle) >= size else (middle + 1, high)
    return low


def roundest(low: int, high: int) -> int:
    """The number from `low` to `high` that people would write."""
    for step in ROUND:
        if -(-low // step) * step <= high:
            return -(-low // step) * step
    return low


def _resized(observed: Shape, pools: list[list[int]]) -> Iterable[Shape]:
    """All spatial axes changed alike, then each on its own, then one axis alone; `pools` hold sizes for each axis."""
    spatial = range(len(pools) - 1)
    if len(pools) > 1:
        for sizes in zip(*(pools[axis] for axis in spatial), strict=False):
            yield (observed[0], *sizes, observed[-1])
        if len(pools) > 2 and len(set(observed[1:-1])) > 1:
            for sizes in list(product(*(pools[axis][:6] for axis in spatial)))[:LIMIT]:
                yield (observed[0], *sizes, observed[-1])
    for axis, pool in enumerate(pools, start=1):
        for size in pool:
            yield (*observed[:axis], size, *observed[axis + 1 :])


def _filled(pattern: tuple[int | None, ...], observed: Shape) -> Shape:
    if len(pattern) != len(observed):
        return (observed[0] if observed else None, *pattern[1:])
    return tuple(o if p is None else p for p, o in zip(pattern, observed, strict=True))


def _free_batch(pattern: tuple[int | None, ...]) -> Shape:
    return (None, *pattern[1:])


def _pairs(graph: Graph, constraints: Constraints, violated: tuple[Constraint, ...]) -> list[tuple[int, int]]:
    """(expected, observed) of each axis that disagrees, and of the sizes that clash where Keras raised."""
    pairs: list[tuple[int, int]] = []
    for constraint in violated:
        shape = graph.shapes.get(constraint.values[0]) if constraint.values else None
        for pattern in constraint.wishes(constraints.bindings_of(constraint)):
            if shape is not None and len(pattern) == len(shape) and not shapes_agree(shape, pattern):
                pairs += [(p, o) for p, o in zip(pattern, shape, strict=True) if p and o and p != o]
    if graph.crashed is not None:
        crashed = graph.nodes[graph.crashed]
        inputs = graph.inputs_of(crashed)
        pairs += _totals(crashed.config.get("target_shape"), inputs[0] if inputs else ())
        for one, other in pairwise(inputs):
            clash = [(a, b) for a, b in zip(one, other, strict=False) if a and b and a != b]
            pairs += clash + [(b, a) for a, b in clash]
    return list(dict.fromkeys(pairs))


def _totals(target: object, shape: Shape) -> list[tuple[int, int]]:
    """(needed, given) elements where a Reshape was refused."""
    if (
        not isinstance(target, list | tuple)
        or not all(isinstance(d, int) and d > 0 for d in target)
        or None in shape[1:]
    ):
        return []
    return [(prod(target), prod(d for d in shape[1:] if d is not None))]


def _pool(size: int | None, pairs: list[tuple[int, int]]) -> list[int]:
    """Sizes worth trying in place of `size`."""
    if size is None:
        return []
    sizes: list[int] = []
    for expected, observed in pairs:
        difference = expected - observed
        sizes += [expected, size + difference, size * expected // observed, -(-size * expected // observed)]
        sizes += [size + difference * factor for factor in FACTORS] + [expected * factor for factor in FACTORS]
        sizes += [expected // 2, -(-expected // 2)]
    sizes += [size + step for step in NEAR] + [size * 2, size // 2, size * 3]
    return [s for s in dict.fromkeys(sizes) if s > 0 and s != size][:LIMIT]
