"""Where the numbers of a network are at home: the literals in the source, and all that one of them decides about."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from shapeguard.diagnosis.number_change import INPUT_SHAPES, ChangeNumber
from shapeguard.diagnosis.repairs import ChangeArguments, ChangeInput, Joint
from shapeguard.layers import Change, config_of, with_change
from shapeguard.source.expressions import UNKNOWN
from shapeguard.source.literals import fitted
from shapeguard.source.name_bindings import other_reads
from shapeguard.source.origins import Origin, origins_of
from shapeguard.source.value_equality import same_value

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from shapeguard.diagnosis.graph import Graph, Node
    from shapeguard.diagnosis.repairs import Repair, SingleRepair
    from shapeguard.records.source import Construction, Span
    from shapeguard.source.expressions import WrittenLiteral


@dataclass(frozen=True, slots=True)
class Dependent:
    """An argument that a literal decides about: of which layer, by one of its calls."""

    node: int
    argument: str
    origin: Origin


class NumberHomes:
    """The origins of the arguments of a network's layers, and what else changes with a literal behind one of them."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self._origins: dict[int, Mapping[str, Origin]] = {}

    def at_home(self, repair: Repair) -> Iterator[Repair]:
        """The repair, after those that change the literal behind the value that it changes."""
        match repair:
            case ChangeArguments() | ChangeInput():
                numbers = list(self._numbers(repair))
                yield from numbers
                yield replace(repair, overrides=True) if numbers else repair
            case Joint():
                yield self._joint(repair)
            case _:
                yield repair

    def _joint(self, repair: Joint) -> Joint:
        """The same with the literals behind its parts, where each part has one of its own."""
        parts = [[*self._numbers(part)] if isinstance(part, ChangeArguments) else [] for part in repair.parts]
        homes = [each[0] for each in parts if len(each) == 1]
        is_own = len({each.literal for each in homes}) == len(repair.parts) and all(len(h.changes) == 1 for h in homes)
        return Joint(tuple(homes)) if is_own else repair

    def _numbers(self, repair: ChangeArguments | ChangeInput) -> Iterator[ChangeNumber]:
        """The changes of literals that give the first or the last of its layers the wanted value."""
        cost = repair.change if isinstance(repair, ChangeArguments) else Change((), 0)
        seen = set()
        for index, name, wanted in _wanted(repair):
            origin = self.origins(index).get(name)
            for literal in () if origin is None else origin.literals:
                value = UNKNOWN if origin is None else origin.solved(literal, fitted(name, wanted, origin.value))
                if value is not UNKNOWN and not same_value(value, literal.value) and (literal.span, value) not in seen:
                    seen.add((literal.span, value))
                    number = self._number(literal, value, cost, repair.cost)
                    yield from () if number is None else (number,)

    def _number(self, literal: WrittenLiteral, value: Any, like: Change, cost: float) -> ChangeNumber | None:
        """What becomes of every argument behind the literal; `None` where that of one of them cannot be told."""
        changes: dict[int, dict[str, object]] = {}
        for each in self._dependents.get(literal.span, ()):
            result = each.origin.value_with(literal, value)
            if result is UNKNOWN:
                return None
            if result != each.origin.value:
                node = self._graph.nodes[each.node]
                if each.argument not in (INPUT_SHAPES if node.is_input else node.config):
                    return None
                changes.setdefault(each.node, {})[each.argument] = _shaped(node.config.get(each.argument), result)
        made = tuple(
            (index, replace(like, arguments=tuple(arguments.items()))) for index, arguments in sorted(changes.items())
        )
        return ChangeNumber(literal, value, made, cost) if made else None

    def origins(self, index: int) -> Mapping[str, Origin]:
        """The origins of the arguments of a layer, by one of its calls."""
        if index not in self._origins:
            node = self._graph.nodes[index]
            made = node.construction
            self._origins[index] = {} if made is None else origins_of(made, tuple(self._owners(node)))
        return self._origins[index]

    def _owners(self, node: Node) -> Iterator[Construction]:
        """How the layers and models around a call were made, innermost first."""
        parent = node.call.parent
        while parent is not None:
            call = self._graph.network.calls[parent]
            made = self._graph.construction_of(call.operation)
            if made is not None:
                yield made
            parent = call.parent

    @cached_property
    def _dependents(self) -> dict[Span, list[Dependent]]:
        """What each literal decides about."""
        found: dict[Span, list[Dependent]] = {}
        for nodes in self._graph.same_layer.values():
            for name, origin in self.origins(nodes[0]).items():
                for literal in origin.literals:
                    found.setdefault(literal.span, []).append(Dependent(nodes[0], name, origin))
        return found

    def config_of_unseen(self, layer: Any, repairs: Iterable[SingleRepair]) -> dict[str, Any] | None:
        """The config that a layer has once these edits of the source are made; `None` if they do not change it.

        The layer is none of the network's: the pass ended before it came there.
        """
        made = self._graph.construction_of(layer)
        if made is None or made.indirect or made.call is None:
            return None
        config = before = config_of(layer)
        for repair in repairs:
            match repair:
                case ChangeNumber():
                    config = _with_number(config, origins_of(made), repair)
                case ChangeArguments() if self._is_whole_line(repair, made):
                    config = with_change(config, repair.change)
        return None if config is before else config

    def _is_whole_line(self, repair: ChangeArguments, made: Construction) -> bool:
        """Whether a constructor call makes layers that change, and none that stays."""
        own = [nodes[0] for nodes in self._graph.same_layer.values() if self._is_made_by(nodes[0], made)]
        return bool(own) and not repair.change.inner and set(own) <= set(repair.nodes)

    def _is_made_by(self, index: int, made: Construction) -> bool:
        construction = self._graph.nodes[index].construction
        return construction is not None and (construction.call, construction.layer_type) == (made.call, made.layer_type)

    def dependents(self, number: ChangeNumber) -> list[Dependent]:
        """The arguments that change with a literal."""
        changed = dict(number.changes)
        return [each for each in self._dependents[number.literal.span] if each.node in changed]

    def read_elsewhere(self, number: ChangeNumber) -> Span | None:
        """A place that reads the literal under a name for something else than the arguments of layers seen here."""
        dependents = self._dependents[number.literal.span]
        known = frozenset().union(*(each.origin.uses for each in dependents))
        names = {name.binding for each in dependents for name in each.origin.names_of(number.literal)}
        return next((place for binding in names for place in other_reads(binding, known)), None)


def _wanted(repair: ChangeArguments | ChangeInput) -> Iterator[tuple[int, str, object]]:
    """(call, argument, value) of what a repair asks of its first and of its last layer, by the names it may have."""
    if isinstance(repair, ChangeInput):
        yield repair.node, "shape", repair.suggestion
        yield repair.node, "batch_shape", repair.shape
    elif len(repair.change.arguments) == 1 and not repair.change.inner:
        for index in dict.fromkeys((repair.nodes[0], repair.nodes[-1])):
            yield index, *repair.change.arguments[0]


def _with_number(config: dict[str, Any], origins: Mapping[str, Origin], number: ChangeNumber) -> dict[str, Any]:
    """A config in which what is calculated from a literal is changed; raises `ValueError` if that cannot be told."""
    for name, origin in origins.items():
        if number.literal in origin.literals and name in config:
            value = origin.value_with(number.literal, number.value)
            if value is UNKNOWN:
                raise ValueError(name)
            config = {**config, name: _shaped(config[name], value)}
    return config


def _shaped(now: object, value: object) -> object:
    """A value as it is in a config: one number for each axis where one was written for all."""
    if not isinstance(now, tuple | list) or not now:
        return value
    entries = value if isinstance(value, tuple | list) and len(value) == len(now) else [value] * len(now)
    if isinstance(value, tuple | list) and len(value) != len(now):
        return value
    return type(now)(_shaped(own, entry) for own, entry in zip(now, entries, strict=True))
