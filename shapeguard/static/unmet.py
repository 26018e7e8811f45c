"""The expectations of a program that its network does not meet, as the guard would find them."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from shapeguard.matching.comment_binding import NotRead, bound, convention_of, of_one_turn
from shapeguard.matching.comparison import compare, without_literal_batch
from shapeguard.matching.contracts import counted_names
from shapeguard.matching.keys import AmbiguousKeyError, canonical_paths, resolve
from shapeguard.matching.loose_names import with_loose_names
from shapeguard.records.expectations import Target
from shapeguard.records.network import Network
from shapeguard.static.read_layers import ReadLayers

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shapeguard.records.expectations import Expectation, Mismatch
    from shapeguard.records.network import Call
    from shapeguard.static.expected import Attached, Declared, Keyed
    from shapeguard.static.recording import Recorder


@dataclass(frozen=True, slots=True)
class Unmet:
    """A call that is not as expected; `layer` and `layer_type` are those of the layer that it is expected of."""

    call: Call
    mismatch: Mismatch
    layer: str
    layer_type: str


def unmet(recorder: Recorder, declared: Declared) -> list[Unmet]:
    """The calls that are not as something expects, in the order of the calls."""
    if not declared.attached and not declared.keyed:
        return []
    network = recorder.network()
    owners = {(each.expectation.declared, each.call): each.owner for each in declared.attached if each.owner}
    targets = _of_attached(recorder, network, declared.attached)
    for keyed in declared.keyed:
        targets += _of_keys(recorder, network, keyed)
    known = [replace(each, expectation=without_literal_batch(each.expectation)) for each in dict.fromkeys(targets)]
    found = []
    for mismatch in compare(network, known).mismatches:
        call = network.calls[mismatch.target.call or 0]
        owner = owners.get((mismatch.target.expectation.declared, call.index)) or (call.layer, call.layer_type)
        found.append(Unmet(call, mismatch, *owner))
    return found


def _of_attached(recorder: Recorder, network: Network, attached: list[Attached]) -> list[Target]:
    """What comments, annotations and calls of `expect` expect of the calls whose shapes are known."""
    by_call: dict[int, list[Expectation]] = defaultdict(list)
    for each in attached:
        if _is_known(recorder, network.calls[each.call]):
            by_call[each.call].append(each.expectation)
    layers = ReadLayers(by_call, network.values)
    convention = convention_of(network, layers)
    readings = [
        (bound(replace(expectation, target=call.layer), call, network, convention, layers), call)
        for call, expectation in _pairs(recorder, network, by_call)
    ]
    targets = [
        Target(reading, call.index)
        for reading, call in of_one_turn(readings, network)
        if not isinstance(reading, NotRead)
    ]
    return with_loose_names(targets, network)


def _pairs(
    recorder: Recorder, network: Network, by_call: dict[int, list[Expectation]]
) -> Iterator[tuple[Call, Expectation]]:
    """The expectations by call, but for comments that may be of something whose shape is not known."""
    for index, expectations in sorted(by_call.items()):
        call = network.calls[index]
        beside = call.inputs if all(each.comment is None or not each.comment.ahead for each in expectations) else None
        values = beside if beside is not None else range(len(network.values))
        is_clear = all(recorder.shapes_of[value] is not None for value in values)
        yield from ((call, each) for each in expectations if each.comment is None or is_clear)


def _of_keys(recorder: Recorder, network: Network, keyed: Keyed) -> list[Target]:
    """What a mapping or contract expects of the layers of one model that have its keys."""
    calls = tuple(network.calls[index] for index in keyed.calls)
    part = Network(calls, network.values)
    paths = canonical_paths(part, lambda layers: counted_names((str(each.name), _class_of(each)) for each in layers))
    try:
        found, _ = resolve(keyed.expectations, part, paths)
    except AmbiguousKeyError:
        return []
    outputs = [each for each in found if each.expectation.quantity == "output"]
    return [each for each in outputs if each.call is not None and _is_known(recorder, network.calls[each.call])]


def _class_of(operation: object) -> str:
    """The class of a layer that was read."""
    of = getattr(operation, "of", None)
    return str(getattr(operation, "class_name", "") or getattr(operation, "kind", "") or getattr(of, "name", ""))


def _is_known(recorder: Recorder, call: Call) -> bool:
    """Whether the rank of everything that the call gives is known."""
    return bool(call.outputs) and all(recorder.shapes_of[value] is not None for value in call.outputs)
