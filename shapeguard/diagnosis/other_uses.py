"""What a change of the source does beside what was seen of it: other calls of its line, sizes that are read again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shapeguard.diagnosis.repairs import ConvertData, Insert, Remove, Replace, parts_of
from shapeguard.source.constants import UNKNOWN
from shapeguard.source.other_uses import runs_elsewhere, shape_read

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shapeguard.diagnosis.analysis import Analysis
    from shapeguard.diagnosis.evaluated import Evaluated
    from shapeguard.diagnosis.graph import Node
    from shapeguard.records.source import Argument, Span

ELSEWHERE = "its line runs elsewhere too, for what was not seen"
SHARED = "'{}' is called several times, and which call is meant is a guess"
READ_AGAIN = "'{}' is made with sizes that are read from tensors and would be others"


def reservation_of_source(analysis: Analysis, evaluated: Evaluated) -> str:
    """What the changed program may do otherwise than the changed network; "" if nothing speaks for it."""
    for part in parts_of(evaluated.repair):
        nodes = [] if isinstance(part, ConvertData) else [analysis.graph.nodes[index] for index in part.nodes]
        moved = nodes if isinstance(part, Insert | Remove | Replace) else []
        shared = next((node for node in moved if len(_calls_of(analysis, node)) > len(nodes)), None)
        if shared is not None:
            return SHARED.format(shared.call.layer)
        if any(_runs_elsewhere(analysis, node) for node in nodes):
            return ELSEWHERE
    return _read_again(analysis, evaluated)


def _runs_elsewhere(analysis: Analysis, node: Node) -> bool:
    """Whether the line that makes a layer makes others too, in code that was seen to run."""
    made = node.construction
    return made is not None and made.call is not None and runs_elsewhere(made.call, _seen(analysis, node))


def _read_again(analysis: Analysis, evaluated: Evaluated) -> str:
    """That a layer would be made with a size that is another one then; "" if none would."""
    sizes = _gone(analysis, evaluated)
    for node in _others(analysis, evaluated):
        if node.construction is not None and any(_depends_on(each, sizes) for each in node.construction.arguments):
            return READ_AGAIN.format(node.call.layer)
    return ""


def _calls_of(analysis: Analysis, node: Node) -> list[int]:
    return analysis.graph.same_layer[id(node.call.operation)]


def _seen(analysis: Analysis, node: Node) -> list[tuple[Span, ...]]:
    """The calls that led to each layer of the network that the node's line made."""
    nodes = [analysis.graph.nodes[index] for index in analysis.groups.of_span(node)]
    return [each.construction.callers for each in nodes if each.construction is not None]


def _others(analysis: Analysis, evaluated: Evaluated) -> Iterator[Node]:
    """The user's layers that the repair does not change."""
    own = {index for part in parts_of(evaluated.repair) for index in part.nodes}
    for node in analysis.graph.nodes.values():
        if node.construction is not None and not node.construction.indirect and node.index not in own:
            yield node


def _gone(analysis: Analysis, evaluated: Evaluated) -> set[int]:
    """The sizes of tensors that are other sizes then."""
    shapes, then = analysis.graph.shapes, evaluated.scenario.shapes
    pairs = [(shapes[value], shape) for value, shape in then.items() if value in shapes]
    return {
        size
        for old, new in pairs
        for axis, size in enumerate(old)
        if size is not None and (len(old) != len(new) or size != new[axis])
    }


def _depends_on(argument: Argument, sizes: set[int]) -> bool:
    """Whether an argument may have been read, or worked out, from one of these sizes."""
    values = argument.value if isinstance(argument.value, list | tuple) else (argument.value,)
    is_size = argument.span is not None and any(type(value) is int for value in values)
    read = shape_read(argument.span) if is_size and argument.span is not None else None
    if read is None:
        return False
    results = [read.of(size) for size in sizes]
    return any(result is UNKNOWN or result == argument.value or result in values for result in results)
