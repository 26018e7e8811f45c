"""Other calculations of a size, for what is wanted: `self.num_patches + 1`, `c // r**2`, with all that follows."""

from __future__ import annotations

import ast
from dataclasses import dataclass, replace
from itertools import islice
from typing import TYPE_CHECKING, Any, Protocol

from shapeguard.diagnosis.argument_values import config_inside
from shapeguard.diagnosis.keras_fallback import names_in_keras
from shapeguard.diagnosis.number_change import ChangeNumber
from shapeguard.diagnosis.number_values import shaped
from shapeguard.diagnosis.repairs import ChangeArguments, ChangeInput
from shapeguard.layers import argument_traits
from shapeguard.layers.costs import DOUBLED, NEXT_REWRITING, REWRITTEN
from shapeguard.source.expressions import UNKNOWN, WrittenLiteral
from shapeguard.source.literals import Code, fitted
from shapeguard.source.origins import call_of, node_of, place_of
from shapeguard.source.rewriting import rewrites_of
from shapeguard.source.rewritten_values import value_rewritten
from shapeguard.source.trees import source_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from shapeguard.diagnosis.dependents import Changes, Dependent, Inner
    from shapeguard.diagnosis.graph import Graph
    from shapeguard.records.source import Construction, Span
    from shapeguard.source.origins import Origin
    from shapeguard.source.rewriting import Rewrite

MOST_TEXTS = 400
"""Texts that are tried for one argument."""
NEW_SHAPE = "newshape"
"""What Keras calls the sizes of a reshape, which are factors of what there is: none is a sum."""
MOST_OFFERED = 8
"""Texts that are offered for one wanted value."""


@dataclass(frozen=True, slots=True)
class Rewritten:
    """Another text with what becomes of each argument that it decides about."""

    rewrite: Rewrite
    changes: Changes
    dependents: list[Dependent]


class Homes(Protocol):
    """What knows where the arguments of layers come from."""

    def origins(self, index: int, inner: Inner = ()) -> Mapping[str, Origin]:
        """The origins of the arguments of a layer, by name."""

    def construction_of(self, index: int, inner: Inner) -> Construction | None:
        """How a layer was made."""

    def owners(self, index: int) -> tuple[Construction, ...]:
        """How the layers around a call were made."""

    def all_arguments(self) -> Iterator[Dependent]:
        """Every argument whose origin is known."""

    def register(self, place: Span, dependents: list[Dependent]) -> None:
        """Remembers what an expression decides about."""

    def read_elsewhere(self, number: ChangeNumber) -> Span | None:
        """A place that reads it for something that nobody followed."""


class RewrittenNumbers:
    """What other texts make of the arguments of a network's layers, each worked out once."""

    def __init__(self, graph: Graph, homes: Homes) -> None:
        self._graph, self._homes = graph, homes
        self._texts: dict[tuple[int, Inner, str], list[tuple[Rewrite, Any]]] = {}
        self._whole: dict[Rewrite, Rewritten | None] = {}

    def numbers_for(self, repair: ChangeArguments | ChangeInput) -> Iterator[ChangeNumber]:
        """Changes of a calculation that give one of the repair's layers what it asks for one argument."""
        if isinstance(repair, ChangeInput) or not self._is_of_one_number(repair):
            return
        found = dict.fromkeys(rewrite for index in self._asked(repair) for rewrite in self._fitting(index, repair))
        numbers = (self._number(each, repair, place) for place, each in enumerate(found))
        known = (each for each in numbers if each is not None and self._homes.read_elsewhere(each) is None)
        yield from islice(known, MOST_OFFERED)

    def _is_of_one_number(self, repair: ChangeArguments) -> bool:
        """Whether one argument changes that counts something, and has the same value in all calls."""
        traits = argument_traits(repair.argument)
        if len(repair.change.arguments) > 1 or traits.of_window or traits.chooses_axes or traits.reorders:
            return False
        return len({repr(self._graph.nodes[index].config.get(repair.argument)) for index in repair.nodes}) == 1

    def _asked(self, repair: ChangeArguments) -> list[int]:
        """The first and the last call that the repair is of: of a line in a loop another round may be at fault."""
        twins = self._graph.same_layer[self._graph.nodes[repair.nodes[0]].call.identity]
        return list(dict.fromkeys((repair.nodes[0], repair.nodes[-1], twins[-1])))

    def _fitting(self, index: int, repair: ChangeArguments) -> list[Rewrite]:
        """The texts for an argument of a call that give what the repair asks."""
        name, wanted = repair.change.arguments[0]
        origin = self._homes.origins(index, repair.change.inner).get(name)
        if origin is None:
            return []
        asked, texts = fitted(name, wanted, origin.value), self._texts_of(index, repair.change.inner, name, origin)
        keeps = argument_traits(name).regroups or NEW_SHAPE in names_in_keras(self._graph.nodes[index].rule, [name])
        return [each for each, value in texts if _same(value, asked) and not (keeps and each.adds)]

    def _texts_of(self, index: int, inner: Inner, name: str, origin: Origin) -> list[tuple[Rewrite, Any]]:
        """Every other text for an argument, with the value that it gives."""
        key = index, inner, name
        if key not in self._texts:
            made, owners = self._homes.construction_of(index, inner), self._homes.owners(index)
            self._texts[key] = [] if made is None else list(_valued(made, owners, name, origin))
        return self._texts[key]

    def _number(self, rewrite: Rewrite, repair: ChangeArguments, place: int) -> ChangeNumber | None:
        whole = self._rewritten(rewrite)
        if whole is None:
            return None
        like = replace(
            repair.change, cost=(DOUBLED if rewrite.is_multiple else REWRITTEN) + NEXT_REWRITING * place, solved=True
        )
        made = tuple(
            (index, replace(like, inner=inner, arguments=new)) for (index, inner), new in whole.changes.items()
        )
        source = source_of(rewrite.place.file)
        now = Code("" if source is None else source.text(rewrite.place))
        literal = WrittenLiteral(rewrite.place, now)
        return ChangeNumber(literal, Code(rewrite.text), made, repair.cost, rewrite=rewrite)

    def _rewritten(self, rewrite: Rewrite) -> Rewritten | None:
        """All that follows from another text; `None` where that of one argument cannot be told."""
        if rewrite not in self._whole:
            self._whole[rewrite] = self._followed(rewrite)
        return self._whole[rewrite]

    def _followed(self, rewrite: Rewrite) -> Rewritten | None:
        changes: Changes = {}
        dependents: list[Dependent] = []
        for dependent in self._homes.all_arguments():
            origin, owners = dependent.origin, self._homes.owners(dependent.node)
            made = self._homes.construction_of(dependent.node, dependent.inner)
            found = None if made is None else value_rewritten(made, owners, dependent.argument, origin, rewrite)
            if found is None:
                continue
            node, (expression, value) = self._graph.nodes[dependent.node], found
            config = config_inside(node.config, dependent.inner)
            if value is UNKNOWN or node.is_input or dependent.argument not in config:
                return None
            dependents.append(replace(dependent, origin=replace(origin, expression=expression)))
            if value != origin.value:
                key, new = (dependent.node, dependent.inner), shaped(config[dependent.argument], value)
                changes[key] = (*changes.get(key, ()), (dependent.argument, new))
        self._homes.register(rewrite.place, dependents)
        return Rewritten(rewrite, dict(sorted(changes.items())), dependents) if changes else None


def _valued(
    made: Construction, owners: tuple[Construction, ...], name: str, origin: Origin
) -> Iterator[tuple[Rewrite, Any]]:
    """Other texts for an argument, each with the value that it gives."""
    call, argument = call_of(made), next((each for each in made.arguments if each.name == name), None)
    written = None if call is None or argument is None else node_of(call[0], call[1], argument)
    if call is None or written is None:
        return
    value = written.value if isinstance(written, ast.keyword) else written
    for rewrite in islice(rewrites_of(value, place_of(made, owners, call)), MOST_TEXTS):
        found = value_rewritten(made, owners, name, origin, rewrite)
        if found is not None and found[1] is not UNKNOWN and not _is_trivial(found[1], origin.value):
            yield rewrite, found[1]


def _is_trivial(value: Any, now: Any) -> bool:
    """Whether a size of one, or none, comes out: that fits beside any other, and nobody calculates it."""
    if isinstance(value, list | tuple) and isinstance(now, list | tuple):
        return any(map(_is_trivial, value, now))
    return value != now and type(value) is int and value in {0, 1}


def _same(value: Any, wanted: Any) -> bool:
    if isinstance(value, list | tuple) and isinstance(wanted, list | tuple):
        return len(value) == len(wanted) and all(map(_same, value, wanted))
    return type(value) is type(wanted) and bool(value == wanted)
