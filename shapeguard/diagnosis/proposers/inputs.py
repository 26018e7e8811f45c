"""The model's inputs as suspects: their declared shapes, against the data where it is known."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from itertools import permutations
from math import prod
from typing import TYPE_CHECKING

from shapeguard.diagnosis.repairs import ChangeInput, ConvertData
from shapeguard.diagnosis.scoring import weights
from shapeguard.layers import Role, role_of
from shapeguard.spec import shapes_agree

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from shapeguard.diagnosis.graph import Graph, Node
    from shapeguard.records.network import Feed, Shape

CLOSE = 8
LEAST_SIZE = 8
CHANNELS = (1, 3, 4)


@dataclass(slots=True)
class Inputs:
    """The inputs of a graph and the shapes that were fed to them, batch left out."""

    graph: Graph
    fed: dict[int, Shape]

    @classmethod
    def of(cls, graph: Graph, feed: Feed | None) -> Inputs:
        """The inputs with the feed's shapes in the model's order, where their number agrees."""
        values = graph.network.inputs
        shapes = feed.inputs if feed is not None else ()
        if len(values) == len(shapes):
            return cls(graph, dict(zip(values, shapes, strict=True)))
        return cls(graph, {value: graph.shapes[value][1:] for value in values if _is_filled(graph, value)})

    def conflicts(self) -> list[tuple[Node, Shape]]:
        """The inputs whose declared shape the data does not have, with what was fed."""
        found = []
        for value, fed in self.fed.items():
            maker = self.graph.producer.get(value)
            if maker is not None and not _adjusts(fed, self.graph.shapes[value][1:]):
                found.append((self.graph.nodes[maker], fed))
        return found

    def transformations(self, node: Node, fed: Shape) -> Iterator[ConvertData]:
        """Ways to make the data what the input declares."""
        declared = self.graph.shapes[node.outputs[0]][1:]
        for code, shape in _transformed(fed):
            if shapes_agree(shape, declared):
                yield ConvertData(node.index, code, weights.TRANSFORM)
        if _product(fed) == _product(declared) is not None:
            sizes = ", ".join(str(d) for d in declared)
            code = f"{{x}}.reshape(-1, {sizes})"
            yield ConvertData(node.index, code, weights.TRANSFORM + weights.REGROUPED)
        takers = {role_of(self.graph.nodes[i].call.layer_type) for i in self.graph.consumers[node.outputs[0]]}
        for code in _refitted(fed, declared, embedded=Role.EMBEDDING in takers):
            yield ConvertData(node.index, code, weights.TRANSFORM + weights.REFITTED)

    def candidates(self, node: Node, wishes: Iterable[Shape], leading: Iterable[int] = ()) -> Iterator[ChangeInput]:
        """Other shapes for one input: what the data has, what the network needs, and the usual slips.

        `leading` are sizes that are expected behind the batch: an axis of that size may have been left out.
        """
        value = node.outputs[0]
        declared = self.graph.shapes[value]
        fed = self.fed.get(value)
        seen: set[Shape] = set()
        known = () if fed is None else ((declared[0], *fed),)
        needed = tuple(wishes)
        mentioned = tuple(_mentioned(self.graph, declared, needed)) if fed is None else ()
        rounded = tuple(_rounded(self.graph, declared)) if fed is None else ()
        for shape in (*known, *rounded, *mentioned, *needed, *_slips(declared, leading)):
            if shape == declared or shape in seen or not shape[1:] or not self._fits_data(fed, shape[1:]):
                continue
            seen.add(shape)
            cost = self._cost(fed, shape[1:], declared[1:])
            cost += (weights.IN_THE_PROGRAM if shape in mentioned else 0) + (weights.ROUNDED if shape in rounded else 0)
            yield ChangeInput(node.index, value, shape, cost)

    def _fits_data(self, fed: Shape | None, shape: Shape) -> bool:
        """A declared shape that the data does not have cannot be the repair."""
        return fed is None or shapes_agree(fed, shape)

    def _cost(self, fed: Shape | None, shape: Shape, declared: Shape) -> float:
        if fed is not None:
            return weights.FITS_DATA if not _has_channels_last(declared) or _has_channels_last(fed) else weights.UNUSUAL
        return weights.UNKNOWN_DATA + _farness(shape, declared)


def _rounded(graph: Graph, declared: Shape) -> Iterator[Shape]:
    """The nearest sizes that halve evenly all the way down, where a merge meets a size that was rounded on its way."""
    shapes = () if graph.crashed is None else graph.inputs_of(graph.nodes[graph.crashed])
    if len({len(shape) for shape in (declared, *shapes)}) > 1 or len(shapes) < 2:
        return
    odd = [axis for axis in range(1, len(declared) - 1) if len({shape[axis] for shape in shapes}) > 1]
    factors = {axis: _reduction(graph, declared, axis) for axis in odd}
    if not odd or not all(factors.values()):
        return
    for up in (0, 1):
        yield tuple(
            size if size is None or not factors.get(axis) else (size // factors[axis] + up) * factors[axis]
            for axis, size in enumerate(declared)
        )


def _reduction(graph: Graph, declared: Shape, axis: int) -> int:
    """How many times smaller an axis gets on the way to the crash; 0 where it is divided evenly or not at all."""
    size = declared[axis]
    ways = [graph.nodes[index] for index in graph.nodes[graph.crashed or 0].upstream]
    shapes = [shape for node in ways for shape in graph.outputs_of(node) if len(shape) == len(declared)]
    smallest = min((shape[axis] or size or 0 for shape in shapes), default=0)
    if not size or not smallest:
        return 0
    return size // smallest if size // smallest > 1 and size % (size // smallest) else 0


def _mentioned(graph: Graph, declared: Shape, wishes: Iterable[Shape]) -> Iterator[Shape]:
    """Wished shapes with a number that the program has elsewhere: of the sizes that would do, the one that is meant."""
    numbers = _numbers_written(graph)
    for wish in wishes:
        for axis, (size, now) in enumerate(zip(wish, declared, strict=False)):
            if size is None or size == now or len(wish) != len(declared) or axis == len(declared) - 1 > 2:
                continue
            for number in numbers:
                if number != now and abs(number - size) * CLOSE <= size:
                    yield (*wish[:axis], number, *wish[axis + 1 :])


def _numbers_written(graph: Graph) -> list[int]:
    """The sizes among the arguments of the layers' constructor calls, each once."""
    made = [node.construction for node in graph.nodes.values() if not node.is_input and node.construction is not None]
    values = [argument.value for construction in made for argument in construction.arguments]
    flat = [n for value in values for n in (value if isinstance(value, list | tuple) else (value,))]
    return list(dict.fromkeys(n for n in flat if type(n) is int and n >= LEAST_SIZE))


def _is_filled(graph: Graph, value: int) -> bool:
    """Whether an input has sizes that it does not declare: those of the data that the pass was made with."""
    maker = graph.producer.get(value)
    declared = graph.nodes[maker].config.get("batch_shape") if maker is not None else None
    return declared is not None and None in declared[1:] and None not in graph.shapes[value][1:]


def _slips(declared: Shape, leading: Iterable[int]) -> Iterator[Shape]:
    """Channels first for last and back, a sample count in front, an axis of 1 missing or too many."""
    batch, rest = declared[0], declared[1:]
    if 2 <= len(rest) <= 4:
        for order in permutations(rest):
            yield (batch, *order)
    if len(rest) > 1:
        yield (batch, *rest[1:])
        yield (batch, *rest[:-1])
    yield (batch, *rest, 1)
    yield (batch, 1, *rest)
    for size in leading:
        yield (batch, size, *rest)


def _farness(shape: Shape, declared: Shape) -> float:
    """Exchanged axes are near; so is one axis too many or an axis of 1 that is missing; other sizes are far.

    Of axes too many a sample count in front is the usual one.
    """
    new, old = Counter(shape), Counter(declared)
    if new == old:
        return 0
    if shape == declared[:-1] and declared[-1] != 1:
        return weights.NEAR + weights.IN_FRONT
    if old - new == Counter([1]):
        return weights.NEARER
    return weights.NEAR if new <= old or new - old == Counter([1]) else weights.FAR


def _has_channels_last(shape: Shape) -> bool:
    """Whether a shape reads as a signal, a picture or a volume with its channels last, Keras' default."""
    return 2 <= len(shape) <= 4 and shape[-1] in CHANNELS and shape[0] not in CHANNELS


def _adjusts(fed: Shape, declared: Shape) -> bool:
    """Whether Keras takes data of this shape: it adds or drops a last axis of 1 (models/functional.py, 3.0 to 3.15)."""
    if len(fed) == len(declared) + 1 and fed[-1] == 1:
        fed = fed[:-1]
    elif len(declared) == len(fed) + 1 and declared[-1] == 1:
        fed = (*fed, 1)
    return shapes_agree(fed, declared)


def _transformed(fed: Shape) -> Iterator[tuple[str, Shape]]:
    """Usual repairs of data as code on `{x}`, with the shape that they give."""
    rank = len(fed)
    if rank > 2:
        yield "np.moveaxis({x}, 1, -1)", (*fed[1:], fed[0])
        yield "np.moveaxis({x}, -1, 1)", (fed[-1], *fed[:-1])
    if rank > 1:
        yield f"np.swapaxes({{x}}, {rank - 1}, {rank})", (*fed[:-2], fed[-1], fed[-2])
    yield "np.expand_dims({x}, -1)", (*fed, 1)
    yield "np.expand_dims({x}, 1)", (1, *fed)
    if rank and fed[0] == 1:
        yield "np.squeeze({x}, 1)", fed[1:]
    if rank and fed[-1] == 1:
        yield "np.squeeze({x}, -1)", fed[:-1]


def _refitted(fed: Shape, declared: Shape, *, embedded: bool) -> Iterator[str]:
    """Pictures of another size or without colours, sentences of another length: as code on `{x}`."""
    if None in declared:
        return
    if len(fed) == len(declared) == 3 and fed[-1] == declared[-1] in CHANNELS:
        yield f"keras.ops.image.resize({{x}}, {declared[:-1]})"
    if len(declared) == 3 == declared[-1] and fed == declared[:-1]:
        yield "np.stack([{x}] * 3, -1)"
    if len(declared) == 3 == declared[-1] and fed == (*declared[:-1], 1):
        yield "np.repeat({x}, 3, -1)"
    if len(fed) == len(declared) == 1 and embedded:
        yield f"keras.utils.pad_sequences({{x}}, {declared[0]})"


def _product(shape: Shape) -> int | None:
    return None if any(d is None for d in shape) else prod(d for d in shape if d is not None)
