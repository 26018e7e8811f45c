"""Faults of structure: a layer that is missing, one too many, or of the wrong class."""

from __future__ import annotations

from functools import cache, partial
from math import prod
from typing import TYPE_CHECKING, Any

import keras

from shapeguard import _keras
from shapeguard.diagnose.candidates import Candidate
from shapeguard.diagnose.functions import OperationRule
from shapeguard.diagnose.rules import Refusal, configuration, rule_for

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from shapeguard.diagnose.goals import Goal
    from shapeguard.diagnose.graph import Graph, Node
    from shapeguard.records import Shape

INSERT_FLATTEN = 0.2
INSERT_LATER = 0.75
POOLING_FOR_FLATTEN = 0.2
INSERT_ELSEWHERE = 0.9
INSERT_SIZED = 1.2
INSERT_UNUSED = 1.8
HINTED = 0.1
REMOVE = 1.6
REMOVE_ALONE = 0.5
REPLACE = 1.1
REPLACE_BEFORE_WINDOW = 0.3
EVENS_OUT = 0.2
SLOTS = 4
POINTLESS = 1.0
NEAREST = 24
"""Layers around the fault before which sized layers are tried."""

SIZED: dict[str, Mapping[str, Any]] = {
    "MaxPooling{}D": {"pool_size": 2},
    "UpSampling{}D": {"size": 2},
    "ZeroPadding{}D": {"padding": 1},
}
ONLY_HINTED = frozenset({"ZeroPadding{}D"})
"""A border makes up for any small difference: without a word for it, it would be found everywhere."""
INVERSE = {"UpSampling{}D": "MaxPooling", "MaxPooling{}D": "UpSampling", "ZeroPadding{}D": "Cropping"}
MATES = {
    "Flatten": ("GlobalAveragePooling{}D",),
    "GlobalAveragePooling{}D": ("Flatten",),
    "GlobalMaxPooling{}D": ("Flatten", "MaxPooling{}D"),
    "MaxPooling{}D": ("UpSampling{}D",),
    "UpSampling{}D": ("MaxPooling{}D", "Conv{}DTranspose"),
    "Conv{}D": ("Conv{}DTranspose",),
    "Conv{}DTranspose": ("Conv{}D",),
    "Add": ("Concatenate",),
    "Concatenate": ("Add",),
}
"""Classes that people take for one another, `{}` being the number of spatial axes."""
SHARED = ("filters", "kernel_size", "strides", "padding")


def flattened(inputs: tuple[Shape, ...]) -> tuple[Shape, ...] | Refusal:
    """What Flatten makes of the first input."""
    rest = inputs[0][1:]
    if len(rest) < 2:
        return Refusal("nothing to flatten")
    size = None if any(d is None for d in rest) else prod(d for d in rest if d is not None)
    return ((inputs[0][0], size),)


def pooled(inputs: tuple[Shape, ...]) -> tuple[Shape, ...] | Refusal:
    """What global pooling makes of the first input."""
    if len(inputs[0]) not in (3, 4, 5):
        return Refusal("global pooling takes rank 3, 4 or 5")
    return ((inputs[0][0], inputs[0][-1]),)


def structural_candidates(
    graph: Graph, suspects: Iterable[Node], goals: Iterable[Goal], missing: Iterable[str] = ()
) -> Iterator[Candidate]:
    """Layers that may be missing before one, layers that nobody speaks of, layers of another class.

    `missing` are expected names that no layer of the whole network bears.
    """
    spoken_of = {goal.call for goal in goals if goal.target is not None}
    hints = tuple(missing)
    for place, node in enumerate(suspects):
        if node.is_input or isinstance(node.rule, OperationRule) or not node.inputs:
            continue
        for slot, shape in enumerate(graph.inputs_of(node)[:SLOTS]):
            if len(shape) > 2 and not node.call.layer_type.startswith(("Flatten", "Global")):
                yield from _insertions(graph, node, slot, hints, near=place < NEAREST)
        if node.index not in spoken_of and node.index != graph.crashed and len(node.inputs) == len(node.outputs) == 1:
            yield _removal(graph, node, alone=len(spoken_of) + 2 >= len(graph.nodes))
        if node.index != graph.crashed and len(node.outputs) == 1:
            yield from _replacements(graph, node)


def _insertions(graph: Graph, node: Node, slot: int, hints: tuple[str, ...], *, near: bool) -> Iterator[Candidate]:
    """What may be missing on one way into the node; on one of several it is what makes the ranks equal."""
    shape = graph.inputs_of(node)[slot]
    others = [other for place, other in enumerate(graph.inputs_of(node)) if place != slot]
    evens = bool(others) and all(len(other) == 2 < len(shape) for other in others)
    cost = HINTED if _hinted(hints, "Flatten") else _flatten_cost(graph, node)
    joins = not others or evens
    if joins:
        yield insertion(node, slot, "Flatten()", flattened, cost)
    if len(shape) in (3, 4, 5) and joins:
        name = f"GlobalAveragePooling{len(shape) - 2}D"
        cost = HINTED if _hinted(hints, name) else _pooling_cost(graph, node)
        if evens and any(other[-1] == shape[-1] for other in others):
            cost = EVENS_OUT
        yield insertion(node, slot, f"{name}()", pooled, cost)
    if len(shape) in (3, 4, 5) and near:
        yield from _sized_insertions(graph, node, slot, len(shape) - 2, hints)


def _hinted(hints: tuple[str, ...], name: str) -> bool:
    return any(is_called(hint, name) for hint in hints)


def _sized_insertions(graph: Graph, node: Node, slot: int, rank: int, hints: tuple[str, ...]) -> Iterator[Candidate]:
    """A pooling, an enlarging or a border that may be missing; an expected name without a layer says which."""
    for pattern, arguments in SIZED.items():
        name = pattern.format(rank)
        hinted = _hinted(hints, name)
        if pattern in ONLY_HINTED and not hinted:
            continue
        used = any(other.call.layer_type == name for other in graph.nodes.values())
        cost = HINTED if hinted else INSERT_SIZED if used else INSERT_UNUSED
        if node.call.layer_type.startswith(INVERSE.get(pattern, "-")) or name in _makers_beside(graph, node, slot):
            cost += POINTLESS
        function = partial(_outputs, name, tuple(arguments.items()))
        yield insertion(node, slot, text_of(name, arguments), function, cost, made=(name, arguments))


def _makers_beside(graph: Graph, node: Node, slot: int) -> set[str]:
    """The classes from which the other ways into a merge come: one layer behind it would do for both."""
    others = [value for place, value in enumerate(node.inputs) if place != slot and value in graph.producer]
    return {graph.nodes[graph.producer[value]].call.layer_type for value in others}


def is_called(name: str, layer_type: str) -> bool:
    """Whether Keras gives such names to layers of the class: `max_pooling2d_1` to MaxPooling2D."""
    return name.rstrip("0123456789").rstrip("_").replace("_", "") == layer_type.lower()


def text_of(name: str, arguments: Mapping[str, Any]) -> str:
    """The constructor call of a layer."""
    return f"{name}({', '.join(f'{key}={value!r}' for key, value in arguments.items())})"


def _outputs(
    name: str, arguments: tuple[tuple[str, Any], ...], inputs: tuple[Shape, ...]
) -> tuple[Shape, ...] | Refusal:
    rule = rule_for(getattr(keras.layers, name))
    return Refusal("no rule") if rule is None else rule.forward(configured(name, arguments), inputs)


@cache
def configured(name: str, arguments: tuple[tuple[str, Any], ...]) -> dict[str, Any]:
    """The config of a layer made with these arguments."""
    with _keras.leaving_no_mark():
        return configuration(getattr(keras.layers, name)(**dict(arguments), name="shapeguard_other"))


def _replacements(graph: Graph, node: Node) -> Iterator[Candidate]:
    """Layers of a class that people take for this one, with the arguments that both have."""
    inputs = graph.inputs_of(node)
    rank = len(inputs[0]) - 2
    pattern = node.call.layer_type.replace(f"{rank}D", "{}D")
    for mate in MATES.get(pattern, ()):
        name = mate.format(rank)
        if not hasattr(keras.layers, name) or ("{}" in mate and rank not in (1, 2, 3)):
            continue
        shared = {key: node.config[key] for key in SHARED if "Conv" in name and key in node.config}
        if "Conv" in name and ("filters" not in shared or shared.get("padding") not in ("valid", "same")):
            continue
        outputs = _outputs(name, tuple(shared.items()), inputs)
        if isinstance(outputs, Refusal):
            continue
        written = {key: value for key, value in shared.items() if not (key == "padding" and value == "valid")}
        yield Candidate(
            "structure",
            "replace",
            text_of(name, written),
            (node.index,),
            values={node.outputs[0]: outputs[0]},
            cost=REPLACE_BEFORE_WINDOW if pattern.startswith("Global") and _feeds_window(graph, node) else REPLACE,
            made=(name, shared),
        )


def _is_dense(node: Node) -> bool:
    return node.call.layer_type == "Dense"


def _flatten_cost(graph: Graph, node: Node) -> float:
    """People forget it where the grid ends: before the first Dense, not between two of them, nor behind a sequence."""
    if not _is_dense(node) or _ends_sequence(graph, node) or set(graph.inputs_of(node)[0][1:-1]) == {1}:
        return INSERT_ELSEWHERE
    maker = graph.producer.get(node.inputs[0])
    return INSERT_LATER if maker is not None and _is_dense(graph.nodes[maker]) else INSERT_FLATTEN


def _pooling_cost(graph: Graph, node: Node) -> float:
    return _flatten_cost(graph, node) + POOLING_FOR_FLATTEN


def _ends_sequence(graph: Graph, node: Node) -> bool:
    """Whether what enters the node comes from a recurrent layer, behind layers that keep the shape."""
    maker = graph.nodes.get(graph.producer.get(node.inputs[0], -1))
    while maker is not None and maker.inputs and graph.inputs_of(maker)[:1] == graph.outputs_of(maker)[:1]:
        maker = graph.nodes.get(graph.producer.get(maker.inputs[0], -1))
    if maker is None or maker.rule is None:
        return False
    wrapped = maker.config.get("layer")
    names = getattr(maker.rule, "arguments", ())
    return "return_sequences" in names or (
        isinstance(wrapped, dict) and "return_sequences" in wrapped.get("config", {})
    )


def insertion(
    node: Node,
    slot: int,
    text: str,
    function: Callable[[tuple[Shape, ...]], tuple[Shape, ...] | Refusal],
    cost: float,
    made: tuple[str, Mapping[str, Any]] | None = None,
) -> Candidate:
    """A layer on the way into a node, `text` in code: `function` gives its outputs for the input in `slot`."""
    inserted = {node.index: partial(_at, slot, function)}
    return Candidate(
        "structure", "insert_before", text, (node.index,), inserted=inserted, cost=cost, made=made, slot=slot
    )


def _at(
    slot: int, function: Callable[[tuple[Shape, ...]], tuple[Shape, ...] | Refusal], inputs: tuple[Shape, ...]
) -> tuple[Shape, ...] | Refusal:
    """The input shapes after a layer was put before the one in `slot`."""
    if slot >= len(inputs):
        return Refusal("nothing enters there")
    outputs = function((inputs[slot],))
    return outputs if isinstance(outputs, Refusal) else (*inputs[:slot], outputs[0], *inputs[slot + 1 :])


def _feeds_window(graph: Graph, node: Node) -> bool:
    """Whether a window larger than one pixel slides over what the node gives: a single pixel is not what was meant."""
    consumers = [graph.nodes[index] for index in graph.consumers.get(node.outputs[0], ())]
    windows = [c.config.get("kernel_size") or c.config.get("pool_size") for c in consumers]
    return any(isinstance(window, list | tuple) and max(window) > 1 for window in windows)


def _removal(graph: Graph, node: Node, *, alone: bool) -> Candidate:
    """`alone`: every other layer is spoken of, so that the one that is not has hardly been thought of."""
    value = node.outputs[0]
    shape = graph.inputs_of(node)[0]
    cost = REMOVE_ALONE if alone else REMOVE
    return Candidate("structure", "remove", None, (node.index,), values={value: shape}, cost=cost)
