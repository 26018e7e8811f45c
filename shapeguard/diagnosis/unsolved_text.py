"""The words where no cause was found: what was looked at, and where the size went off."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shapeguard.diagnosis.argument_text import quoted
from shapeguard.spec import display_dims

if TYPE_CHECKING:
    from collections.abc import Iterable

    from shapeguard.diagnosis.budget import SearchBudget
    from shapeguard.diagnosis.constraints import Constraint
    from shapeguard.diagnosis.graph import Graph, Node
    from shapeguard.records.network import Shape

LOOKED_AT = {
    "argument": "the arguments of the layers on the way",
    "structure": "added, removed and replaced layers",
    "inputs": "the order of tensors",
    "data": "the form of the data",
    "twins": "one change in several layers",
    "pairs": "two changes at once",
    "weights": "the arguments that decide the sizes of weights",
}
"""By family of repairs: what was looked at, in words."""
NOTHING = "there is no argument to change"
MOST = 3


def tried(graph: Graph, constraint: Constraint | None, axes: tuple[int, ...], budget: SearchBudget) -> str:
    """What was looked at without success, and where the sizes that are wrong come from."""
    looked = [words for family, words in LOOKED_AT.items() if budget.families.get(family)]
    if not looked:
        return NOTHING
    listed = looked[0] if len(looked) == 1 else f"{', '.join(looked[:-1])} and {looked[-1]}"
    cut = " (the search was cut short)" if budget.partial else ""
    origins = [f"{' and '.join(phrases)} in {quoted(layer)}" for layer, phrases in _origins(graph, constraint, axes)]
    return ". ".join((f"looked at {listed}{cut}; nothing gives every shape that is needed", *map(_sentence, origins)))


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


def _origins(graph: Graph, constraint: Constraint | None, axes: tuple[int, ...]) -> Iterable[tuple[str, Iterable[str]]]:
    """By layer: what gets there the size that is wrong, or in which the tensors of the refused call differ."""
    found: dict[str, dict[str, None]] = {}
    for value, axis in _places(graph, constraint, axes):
        maker = graph.nodes.get(graph.producer.get(value, -1))
        if maker is None:
            continue
        shape, first = graph.shapes[value], _first(graph, maker, value, axis)
        what, becomes = ("the shape", "gets") if axis is None else (f"axis {axis}", "becomes")
        if first.is_input:
            becomes = "has" if axis is None else "is"
        size = f"{len(shape)} ax{'i' if len(shape) == 1 else 'e'}s" if axis is None else shape[axis]
        found.setdefault(first.call.layer, {})[f"{what} {becomes} {size}"] = None
    return found.items()


def _places(graph: Graph, constraint: Constraint | None, axes: tuple[int, ...]) -> Iterable[tuple[int, int | None]]:
    """The values that are wrong, each with the axis on which it is, or `None` for all of its axes."""
    if constraint is not None:
        return _of_constraint(graph, constraint, axes) if len(constraint.values) == 1 else ()
    return () if graph.refused is None else _of_refused(graph, graph.refused)


def _of_constraint(graph: Graph, constraint: Constraint, axes: tuple[int, ...]) -> list[tuple[int, int | None]]:
    (value,) = constraint.values
    shape = graph.shapes.get(value)
    if shape is None:
        return []
    if axes:
        return [(value, axis) for axis in axes[:MOST] if axis > 0 and shape[axis] is not None]
    return [(value, None)] if _is_of_another_rank(constraint, shape) else []


def _of_refused(graph: Graph, refused: Node) -> list[tuple[int, int | None]]:
    """The tensors that do not fit each other, on the first axis on which they differ; else all of each."""
    shapes = {value: graph.shapes[value] for value in refused.inputs[:MOST]}
    if len({len(shape) for shape in shapes.values()}) == 1 and len(shapes) > 1:
        odd = (axis for axis, sizes in enumerate(zip(*shapes.values(), strict=True)) if axis and len(set(sizes)) > 1)
        axis = next(odd, 0)
        return [(value, axis) for value, shape in shapes.items() if axis and shape[axis] is not None]
    return [(value, None) for value in shapes]


def _is_of_another_rank(constraint: Constraint, shape: Shape) -> bool:
    dims = [display_dims(spec, shape) for spec in constraint.specs] or constraint.accepted_shapes
    return all(len(each) != len(shape) for each in dims)


def _first(graph: Graph, maker: Node, value: int, axis: int | None) -> Node:
    """The first layer on the way that outputs this rank, or this size of an axis, up to here."""
    shape = graph.shapes[value]
    while maker.inputs:
        before = [graph.shapes[each] for each in maker.inputs]
        earlier = graph.nodes.get(graph.producer.get(maker.inputs[0], -1))
        is_same = all(len(each) == len(shape) and (axis is None or each[axis] == shape[axis]) for each in before)
        if not is_same or earlier is None:
            return maker
        maker = earlier
    return maker
