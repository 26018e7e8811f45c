"""What a node would have to give so that everything behind it holds: the question whose answer rules can solve."""

from __future__ import annotations

from functools import partial
from itertools import pairwise, product
from math import prod
from typing import TYPE_CHECKING

from shapeguard.diagnosis.constraints import Constraint
from shapeguard.diagnosis.scenarios import Patch
from shapeguard.diagnosis.what_if import propagate
from shapeguard.layers.wrappers import Wrapper, wanted_around
from shapeguard.spec import shapes_agree

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from shapeguard.diagnosis.faults import Fault
    from shapeguard.diagnosis.graph import Graph, Node
    from shapeguard.records.network import Shape

NEAR = (1, -1, 2, -2, 3, -3, 4, -4)
FACTORS = (2, 4, 8)
MOST = 3
"""Required shapes of the rank that was seen; of any other rank one is enough to see that it would do."""
LIMIT = 40
WIDE = 72
FEW = 8
LARGEST = 4096
ROUND = (1000, 100, 64, 50, 32, 10, 8, 4, 2)


def required_outputs(fault: Fault, node: Node) -> list[Shape]:
    """Shapes of the node's first output with which every constraint would hold, the nearest first; a few at most."""
    if node.index not in fault.required:
        fault.required[node.index] = _required(fault, node)
    return fault.required[node.index]


def _required(fault: Fault, node: Node) -> list[Shape]:
    if not node.outputs:
        own = [each for each in fault.outputs if each.call == node.index]
        return [_free_batch(shape) for each in own for shape in fault.constraints.required_shapes(each)]
    return (
        list(_required_inside(fault, node))
        or list(_met_by(fault, node, _plausible_outputs(fault, node)))
        or _widened(fault, node)
    )


def _met_by(fault: Fault, node: Node, hypotheses: Iterable[Shape]) -> list[Shape]:
    """The first few of the shapes with which every constraint would hold; of another rank one."""
    value, observed = node.outputs[0], fault.graph.shapes[node.outputs[0]]
    found: list[Shape] = []
    for shape in dict.fromkeys(hypotheses):
        is_another_rank = len(shape) != len(observed)
        if shape == observed or (is_another_rank and any(len(other) == len(shape) for other in found)):
            continue
        if _would_do(fault, value, shape):
            found.append(shape)
            if sum(len(other) == len(observed) for other in found) == MOST:
                break
    return found


def _would_do(fault: Fault, value: int, shape: Shape) -> bool:
    cache = fault.analysis.caches.ignoring([each for each in fault.ignored if isinstance(each, Constraint)])
    return cache.holds(cache.scenario(fault.graph.repaired.merged(Patch(values={value: shape}))))


def _required_inside(fault: Fault, node: Node) -> Iterator[Shape]:
    """What the wrapper would give if the layers inside it gave what is expected of them."""
    for constraint in fault.outputs:
        if constraint.call in node.inside and isinstance(node.rule, Wrapper):
            inputs, depth = fault.graph.inputs_of(node), node.inside[constraint.call][1]
            for shape in fault.constraints.required_shapes(constraint):
                around = wanted_around(node.rule, fault.graph.config_of(node), inputs, depth, (shape,))
                yield _free_batch(around[0])


def _widened(fault: Fault, node: Node) -> list[Shape]:
    """Another width of all outputs together, as of a recurrent layer and its states: one that the clash has."""
    graph, refused = fault.graph, fault.graph.crashed
    if refused is None or len(node.outputs) < 2:
        return []
    observed = graph.shapes[node.outputs[0]]
    clashing = [shape[-1] for shape in graph.inputs_of(graph.nodes[refused]) if shape]
    units = graph.nodes[refused].config.get("units")
    widths = [w for w in dict.fromkeys((units, *clashing)) if isinstance(w, int) and w != observed[-1]]
    return [(*observed[:-1], width) for width in widths if _all_would_do(fault, node, width)]


def _all_would_do(fault: Fault, node: Node, width: int) -> bool:
    shapes = {value: (*fault.graph.shapes[value][:-1], width) for value in node.outputs}
    scenario = propagate(fault.graph, Patch(values=shapes))
    ignored = [each for each in fault.ignored if isinstance(each, Constraint)]
    return scenario.refusal is None and fault.constraints.met(scenario, ignored)


def _plausible_outputs(fault: Fault, node: Node) -> Iterator[Shape]:
    """Shapes worth asking about: inverted, expected elsewhere, on the other side of a clash, with other sizes."""
    graph, observed = fault.graph, fault.graph.shapes[node.outputs[0]]
    if node.is_input:
        yield from _inverted(fault, node)
    for constraint in fault.outputs:
        for shape in fault.constraints.required_shapes(constraint):
            yield _filled(shape, observed)
    if graph.crashed is not None:
        for entering in graph.inputs_of(graph.nodes[graph.crashed]):
            if entering != observed:
                yield (*observed[:1], *entering[1:])
    if len(observed) > 1 and None not in observed[1:]:
        pairs = _pairs(fault)
        few = FEW if len(graph.nodes) > WIDE else LIMIT
        yield from _resized(observed, [_pool(size, pairs)[:few] for size in observed[1:]])


def _inverted(fault: Fault, node: Node) -> Iterator[Shape]:
    """Sizes of an input for which the first constraint holds: what comes out grows with what goes in."""
    observed = fault.graph.shapes[node.outputs[0]]
    constraint = next((each for each in fault.outputs if each.values), None)
    required = next(iter(fault.constraints.required_shapes(constraint)), None) if constraint is not None else None
    if constraint is None or required is None:
        return
    for axes in _axes_together(observed):
        axis = next((axis for axis, size in enumerate(required) if axis in axes and size is not None), None)
        if axis is None:
            continue
        given = partial(_given, fault, constraint, node.outputs[0], axes, axis)
        size = required[axis] or 0
        low, high = _first(given, size), _first(given, size + 1) - 1
        if low <= high:
            yield _with_sizes(observed, axes, roundest(low, min(high, LARGEST)))


def _given(fault: Fault, constraint: Constraint, value: int, axes: tuple[int, ...], axis: int, size: int) -> int:
    """The size that the constraint's first value has on an axis if the input `value` has `size` on its `axes`."""
    shape = _with_sizes(fault.graph.shapes[value], axes, size)
    scenario = propagate(fault.graph, Patch(values={value: shape}))
    result = fault.constraints.shape(constraint.values[0], scenario) if scenario.refusal is None else None
    return (result[axis] or 0) if result is not None and axis < len(result) else 0


def _with_sizes(shape: Shape, axes: tuple[int, ...], size: int) -> Shape:
    return tuple(size if axis in axes else known for axis, known in enumerate(shape))


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


def _pairs(fault: Fault) -> list[tuple[int, int]]:
    """(expected, observed) of each axis that disagrees, and of the sizes that clash at the call that Keras refused."""
    graph = fault.graph
    pairs: list[tuple[int, int]] = []
    for constraint in fault.outputs:
        shape = graph.shapes.get(constraint.values[0]) if constraint.values else None
        for required in fault.constraints.required_shapes(constraint):
            if shape is not None and len(required) == len(shape) and not shapes_agree(shape, required):
                pairs += _differing(required, shape)
    if graph.crashed is not None:
        pairs += _clashing(graph, graph.nodes[graph.crashed])
    return list(dict.fromkeys(pairs))


def _clashing(graph: Graph, refused: Node) -> Iterator[tuple[int, int]]:
    inputs = graph.inputs_of(refused)
    yield from _totals(refused.config.get("target_shape"), inputs[0] if inputs else ())
    for one, other in pairwise(inputs):
        clash = _differing(one, other)
        yield from clash
        yield from ((b, a) for a, b in clash)


def _differing(some: Shape, others: Shape) -> list[tuple[int, int]]:
    return [(a, b) for a, b in zip(some, others, strict=False) if a and b and a != b]


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
