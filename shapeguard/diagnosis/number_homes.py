"""Where the numbers of a network are at home: the literals in the source, and all that one of them decides about."""

from __future__ import annotations

import inspect
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from shapeguard.diagnosis.argument_values import config_inside
from shapeguard.diagnosis.asked_values import like_of, wanted_of
from shapeguard.diagnosis.dependents import Dependent, is_written
from shapeguard.diagnosis.number_change import INPUT_SHAPES, ChangeNumber
from shapeguard.diagnosis.number_values import shaped
from shapeguard.diagnosis.repairs import ChangeArguments, ChangeInput, Joint
from shapeguard.diagnosis.rewritten_numbers import RewrittenNumbers
from shapeguard.diagnosis.written_shapes import written_shape
from shapeguard.layers import argument_traits
from shapeguard.records.source import OperationName
from shapeguard.source.expressions import UNKNOWN
from shapeguard.source.literals import fitted
from shapeguard.source.name_reads import importers_of, other_reads
from shapeguard.source.origins import origins_of
from shapeguard.source.value_equality import same_value

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence

    from shapeguard.diagnosis.dependents import Changes, Inner
    from shapeguard.diagnosis.graph import Graph, Node
    from shapeguard.diagnosis.repairs import Repair
    from shapeguard.layers import Change
    from shapeguard.records.source import Construction, Span
    from shapeguard.source.expressions import Binding, WrittenLiteral
    from shapeguard.source.origins import Origin

    Key = tuple[Span, str]

WRAPPED = ("layer",)
"""The way to the layer in a wrapper such as TimeDistributed."""


class NumberHomes:
    """The origins of the arguments of a network's layers, and what else changes with a literal behind one of them."""

    def __init__(self, graph: Graph, wrapped_construction: Callable[[Any], Construction | None]) -> None:
        self._graph = graph
        self._wrapped_construction = wrapped_construction
        self._origins: dict[tuple[int, Inner], Mapping[str, Origin]] = {}
        self._elsewhere: dict[Span, list[Span]] = {}
        self._changes: dict[Key, Changes] = {}
        self._rewritten = RewrittenNumbers(graph, self)

    def at_home(self, repair: Repair, known: set[Key]) -> Iterator[Repair]:
        """The repair, after those that change the literal behind the value that it changes.

        What is `known` already, for another layer asked for it, is not given again.
        """
        match repair:
            case ChangeArguments() | ChangeInput():
                yield from self._behind(repair, known)
            case ChangeNumber():
                is_new = is_written(repair) and _is_new((repair.literal.span, repr(repair.value)), known)
                yield from (repair,) if is_new else ()
            case Joint():
                yield self._joint(repair)
            case _:
                yield repair

    def _behind(self, repair: ChangeArguments | ChangeInput, known: set[Key]) -> Iterator[Repair]:
        """The literals and the calculations behind what a repair changes, then the repair."""
        homes, has_words = list(self._homes_of(repair)), self._has_words(repair)
        others = [] if has_words else list(self._rewritten.numbers_for(repair))
        numbers = [self._number(literal, value, like_of(repair), repair.cost) for literal, value in homes]
        written = (each for each in (*numbers, *others) if is_written(each))
        yield from (each for each in written if _is_new((each.literal.span, repr(each.value)), known))
        yield replace(repair, overrides=True) if (homes or others) and not has_words else repair

    def all_arguments(self) -> Iterator[Dependent]:
        """Every argument whose origin is known, of one call of each layer."""
        for index in self._firsts():
            levels: tuple[Inner, ...] = ((), WRAPPED) if "layer" in self._graph.nodes[index].config else ((),)
            for inner in levels:
                yield from (Dependent(index, inner, *each) for each in self.origins(index, inner).items())

    def register(self, place: Span, dependents: list[Dependent]) -> None:
        """Remembers what an expression decides about that may be rewritten."""
        self._dependents[place] = dependents

    def owners(self, index: int) -> tuple[Construction, ...]:
        """How the layers and models around a call were made, innermost first."""
        return tuple(self._owners(self._graph.nodes[index]))

    def others_of_lines(self, nodes: Collection[int]) -> list[int]:
        """One call of each other layer that the lines make which make these layers."""
        made = {self._line_of(index) for index in nodes} - {None}
        return [index for line in made for index in self._of_lines.get(line, ()) if index not in nodes]

    def _line_of(self, index: int) -> tuple[Span, str] | None:
        construction = self._graph.nodes[index].construction
        is_layer = construction is not None and not isinstance(construction.layer, OperationName)
        if construction is None or construction.call is None or not is_layer:
            return None
        return construction.call, construction.layer_type

    @cached_property
    def _of_lines(self) -> dict[tuple[Span, str] | None, list[int]]:
        """The layers by the line that makes them."""
        found: dict[tuple[Span, str] | None, list[int]] = {}
        for index in self._firsts():
            found.setdefault(self._line_of(index), []).append(index)
        return found

    def _has_words(self, repair: ChangeArguments | ChangeInput) -> bool:
        """Whether no number is written: the argument becomes its default, or a shape is said in the line's own words.

        Its default, where a name was passed and nothing should have been.
        """
        node = self._graph.nodes[repair.nodes[0]]
        default = inspect.signature(type(node.call.operation)).parameters.get(repair.argument)
        is_default = default is not None and same_value(repair.suggestion, default.default)
        return is_default or written_shape(node, repair.suggestion) is not None

    def _joint(self, repair: Joint) -> Joint:
        """The same with the literals behind its parts, where each part has one of its own."""
        numbers = []
        for part in repair.parts:
            homes = list(self._homes_of(part)) if isinstance(part, ChangeArguments) else []
            if isinstance(part, ChangeArguments) and len(homes) == 1:
                numbers.append(self._number(*homes[0], part.change, part.cost))
        is_own = len({each.literal for each in numbers}) == len(repair.parts)
        return Joint(tuple(numbers)) if is_own and all(len(each.changes) == 1 for each in numbers) else repair

    def _homes_of(self, repair: ChangeArguments | ChangeInput) -> Iterable[tuple[WrittenLiteral, Any]]:
        """The literals, each with its value, that give the first or the last of the repair's layers what is wanted.

        Of the factors of one line, as in `7 * 7 * 64`, the last one: channels are written last.
        """
        told: dict[object, tuple[WrittenLiteral, Any]] = {}
        for literal, value in self._literals_for(repair):
            line = literal.span.file, literal.span.line
            told[line, repr(self._changes_to(literal, value))] = literal, value
        return told.values()

    def _literals_for(self, repair: ChangeArguments | ChangeInput) -> Iterator[tuple[WrittenLiteral, Any]]:
        """Every literal that does, with its value."""
        inner, seen = like_of(repair).inner, set()
        for index, name, wanted in wanted_of(repair):
            origin = self.origins(index, inner).get(name)
            for literal in () if origin is None else origin.literals:
                value = UNKNOWN if origin is None else origin.solved(literal, fitted(name, wanted, origin.value))
                if value is UNKNOWN or same_value(value, literal.value) or (literal.span, repr(value)) in seen:
                    continue
                seen.add((literal.span, repr(value)))
                changes = self._changes_to(literal, value)
                if changes and (isinstance(repair, ChangeInput) or not self._declares_input(changes)):
                    yield literal, value

    def _declares_input(self, changes: Changes) -> bool:
        """Whether an input is declared otherwise: its data is as it is, and no argument of a layer changes that."""
        return any(self._graph.nodes[index].is_input for index, _ in changes)

    def numbers_for(
        self,
        like_sizes: Callable[[int, int, int], int | None],
        sizes: Sequence[tuple[int, int]],
        nodes: Collection[int],
        like: Change,
    ) -> Iterator[ChangeNumber]:
        """Changes of the numbers behind several arguments, some of them of layers among `nodes`.

        `like_sizes` tells the other value of a number by a size and the wanted one.
        """
        for literal in self._common_numbers(nodes):
            for value in dict.fromkeys(like_sizes(literal.value, now, wanted) for now, wanted in sizes):
                if value is None or value <= 0 or value == literal.value:
                    continue
                number = self.number(literal, value, like)
                if number is not None:
                    yield number

    def number(self, literal: WrittenLiteral, value: int, like: Change) -> ChangeNumber | None:
        """Another value of a literal; `None` if nobody can tell what becomes of it, or an input is declared so."""
        changes = self._changes_to(literal, value)
        return self._number(literal, value, like, 0) if changes and not self._declares_input(changes) else None

    def _common_numbers(self, nodes: Collection[int]) -> Iterator[WrittenLiteral]:
        for span, dependents in self._dependents.items():
            if len(dependents) > 1 and any(each.node in nodes for each in dependents):
                literals = dependents[0].origin.literals
                yield from (each for each in literals if each.span == span and type(each.value) is int)

    def _number(self, literal: WrittenLiteral, value: Any, like: Change, cost: float) -> ChangeNumber:
        changes = self._changes_to(literal, value)
        made = tuple((index, replace(like, inner=inner, arguments=new)) for (index, inner), new in changes.items())
        number = ChangeNumber(literal, value, made, cost)
        return replace(number, is_of_round=any(each.is_of_round(literal) for each in self.dependents(number)))

    def _changes_to(self, literal: WrittenLiteral, value: Any) -> Changes:
        """What becomes of the network with another value of a literal; empty where that cannot be told."""
        key = (literal.span, repr(value))
        if key not in self._changes:
            self._changes[key] = self._changes_with(literal, value) or {}
        return self._changes[key]

    def _changes_with(self, literal: WrittenLiteral, value: Any) -> Changes | None:
        """What becomes of every argument behind the literal; `None` where that of one of them cannot be told."""
        if self._graph.network.complete and self._elsewhere_of(literal):
            return None
        changes: Changes = {}
        for each in self._dependents.get(literal.span, ()):
            result = each.origin.value_with(literal, value)
            node = self._graph.nodes[each.node]
            config = config_inside(node.config, each.inner)
            if result is UNKNOWN or each.argument not in (INPUT_SHAPES if node.is_input else config):
                return None
            if result != each.origin.value:
                new = each.argument, shaped(config.get(each.argument), result)
                changes[each.node, each.inner] = (*changes.get((each.node, each.inner), ()), new)
        return None if self._moves_observed(literal, changes) else dict(sorted(changes.items()))

    def _moves_observed(self, literal: WrittenLiteral, changes: Changes) -> bool:
        """Whether a size that a change is calculated from is one of a tensor that the literal decides about, too."""
        changed = {index for index, _ in changes}
        return any(
            each.node in changed
            and each.origin.leans_on_observed(literal)
            and not (self._graph.nodes[each.node].upstream & changed) <= {each.node}
            for each in self._dependents.get(literal.span, ())
        )

    def origins(self, index: int, inner: Inner = ()) -> Mapping[str, Origin]:
        """The origins of the arguments of a layer, by one of its calls, or of one that is wrapped in it."""
        if (index, inner) not in self._origins:
            made = self.construction_of(index, inner)
            owners = tuple(self._owners(self._graph.nodes[index]))
            self._origins[index, inner] = {} if made is None else origins_of(made, owners)
        return self._origins[index, inner]

    def construction_of(self, index: int, inner: Inner) -> Construction | None:
        """How a layer was made, or one in a wrapper (of which Bidirectional has copies); `None` of what is deeper."""
        node = self._graph.nodes[index]
        if inner != WRAPPED:
            return None if inner else node.construction
        layer = getattr(node.call.operation, "layer", None)
        made = None if layer is None else self._graph.construction_of(layer)
        return self._wrapped_construction(node.call.operation) if made is None or made.indirect else made

    @cached_property
    def counting(self) -> frozenset[Binding]:
        """The names under which numbers come to arguments that count channels."""
        counts = [e for group in self._dependents.values() for e in group if argument_traits(e.argument).counts]
        return frozenset(
            name.binding for each in counts for lit in each.origin.literals for name in each.origin.names_of(lit)
        )

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
    def _files(self) -> frozenset[str]:
        """The files in which layers are made, and those that call there."""
        made = [node.construction for node in self._graph.nodes.values() if node.construction is not None]
        spans = [span for each in made for span in (each.call, *each.callers) if span is not None]
        return frozenset(span.file for span in spans)

    @cached_property
    def _dependents(self) -> dict[Span, list[Dependent]]:
        """What each literal decides about."""
        found: dict[Span, list[Dependent]] = {}
        for dependent in self.all_arguments():
            for literal in dependent.origin.literals:
                found.setdefault(literal.span, []).append(dependent)
        return found

    def _firsts(self) -> Iterator[int]:
        """One call of each layer, and each operation: a line of the user's may make several."""
        for nodes in self._graph.same_layer.values():
            yield from sorted({id(self._graph.nodes[each].call.operation): each for each in reversed(nodes)}.values())

    def dependents(self, number: ChangeNumber) -> list[Dependent]:
        """The arguments that change with a literal."""
        changed = {(index, change.inner) for index, change in number.changes}
        return [each for each in self._dependents[number.literal.span] if (each.node, each.inner) in changed]

    def read_elsewhere(self, number: ChangeNumber, seen: Collection[Span] = ()) -> Span | None:
        """A place that reads the literal under a name for something else than the arguments of layers seen here.

        `seen` are places that read it for others.
        """
        return next((place for place in self._elsewhere_of(number.literal) if place not in seen), None)

    def _elsewhere_of(self, literal: WrittenLiteral) -> list[Span]:
        if literal.span not in self._elsewhere:
            dependents = self._dependents.get(literal.span, [])
            known = frozenset().union(*(each.origin.uses for each in dependents))
            names = {name.binding for each in dependents for name in each.origin.names_of(literal)}
            self._elsewhere[literal.span] = [
                place
                for binding in names
                for place in (*other_reads(binding, known), *importers_of(binding, self._files))
            ]
        return self._elsewhere[literal.span]


def _is_new(key: Key, known: set[Key]) -> bool:
    """Whether nobody proposed it so far; from now on it is known."""
    is_new = key not in known
    known.add(key)
    return is_new
