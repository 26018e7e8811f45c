"""Data under other keys than the inputs of a model have names: the Inputs named, the keys renamed, or a list given."""

from __future__ import annotations

import ast
import difflib
from dataclasses import replace
from itertools import permutations
from typing import TYPE_CHECKING

from shapeguard.diagnosis.fit_edits import edit_of
from shapeguard.diagnosis.handed_over import training_call
from shapeguard.records.findings import Cause
from shapeguard.records.network import Value
from shapeguard.records.source import Correction
from shapeguard.source.fit_call import argument_of
from shapeguard.source.literals import Style
from shapeguard.source.origins import call_of
from shapeguard.source.statement_edits import end, replaced, with_all
from shapeguard.spec import shapes_agree

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from shapeguard.diagnosis.analysis import Analysis
    from shapeguard.diagnosis.graph import Node
    from shapeguard.records.findings import Edit
    from shapeguard.records.network import Feed, Shape
    from shapeguard.source.trees import Source

    Place = tuple[Source, ast.Call]

MOST = 5
"""Inputs of which all orders are tried."""
NAME = "name"


def causes_of_keys(analysis: Analysis, feed: Feed) -> list[Cause]:
    """What brings keys and names together, the likelier first; nothing where it is not known which belong together."""
    graph, place = analysis.graph, training_call(feed)
    nodes = [graph.nodes[graph.producer[value]] for value in graph.network.inputs]
    given = feed.signature if isinstance(feed.signature, dict) else {}
    declared = [graph.shapes[node.outputs[0]] for node in nodes]
    meant = _meant(given, [node.call.layer for node in nodes], declared)
    if place is None or not meant:
        return []
    known = ", ".join(f"'{node.call.layer}'" for node in nodes)
    title = f"the keys of x are {', '.join(map(repr, given))}, and the inputs of the model are {known}"
    found = [(list(edits), note) for edits, note in _ways(place, nodes, meant)]
    return [
        Cause("data", tuple(edits), title=title, label="other keys than the inputs", fix_note=note)
        for edits, note in found
        if edits
    ]


def _ways(place: Place, nodes: Sequence[Node], meant: Mapping[str, str]) -> list[tuple[Iterable[Edit], str]]:
    """The edits, with what they do: an Input that nobody named gets a name, or none is needed."""
    if all(_name_of(node) is None for node in nodes):
        return [_inputs_named(place, nodes, meant), _as_list(place, meant)]
    return [_keys_renamed(place, meant), _inputs_named(place, nodes, meant)]


def _meant(given: Mapping[str, object], names: Sequence[str], declared: Sequence[Shape]) -> dict[str, str]:
    """By key the name of the input that it is meant for; empty where no order of the keys fits the inputs."""
    keys = list(given)
    if not 1 <= len(keys) == len(names) <= MOST:
        return {}
    shapes = [each.shape if isinstance(each, Value) else None for each in given.values()]

    def fits(order: tuple[int, ...]) -> bool:
        pairs = ((shapes[key], declared[place]) for place, key in enumerate(order))
        return all(shape is None or shapes_agree(shape[1:], own[1:]) for shape, own in pairs)

    def likeness(order: tuple[int, ...]) -> float:
        pairs = ((keys[key], names[place]) for place, key in enumerate(order))
        return sum(difflib.SequenceMatcher(None, *pair).ratio() for pair in pairs)

    orders = [order for order in permutations(range(len(keys))) if fits(order)]
    best = max(orders, key=likeness, default=())
    return {keys[key]: names[place] for place, key in enumerate(best)}


def _name_of(node: Node) -> object:
    """The name that the program gives an Input; `None` if it gives none."""
    arguments = () if node.construction is None else node.construction.arguments
    return next((each.value for each in arguments if each.name == NAME), None)


def _keys_renamed(place: Place, meant: Mapping[str, str]) -> tuple[Iterable[Edit], str]:
    """Every dictionary of the file that has these keys, under the names of the inputs."""
    return _renamed(place, meant), "name the inputs as the model does"


def _renamed(place: Place, meant: Mapping[str, str]) -> Iterator[Edit]:
    source, call = place
    for node in ast.walk(source.tree):
        keys = [each for each in getattr(node, "keys", []) if isinstance(each, ast.Constant)]
        if not isinstance(node, ast.Dict) or {each.value for each in keys} != set(meant):
            continue
        changes = [_key_as(source, key, meant[str(key.value)]) for key in keys if meant[str(key.value)] != key.value]
        text = with_all(source, node, changes)
        yield from (edit_of(call, "x", replace(each, text=text)) for each in changes)


def _key_as(source: Source, key: ast.Constant, name: str) -> Correction:
    span = source.span(key)
    quote = Style.of(source.text(span)).quote
    return Correction(None, span, f"{quote}{name}{quote}")


def _inputs_named(place: Place, nodes: Sequence[Node], meant: Mapping[str, str]) -> tuple[Iterable[Edit], str]:
    """The Inputs under the names of the keys; nothing where one of them is not in sight."""
    wanted = {name: key for key, name in meant.items() if key != name}
    changes = [_named(place, node, wanted[node.call.layer]) for node in nodes if node.call.layer in wanted]
    known = [each for each in changes if each is not None]
    return known if len(known) == len(changes) else [], "name each Input after its key"


def _named(place: Place, node: Node, name: str) -> Edit | None:
    """The call that makes an Input with this name; `None` if another line says what it is called."""
    made = None if node.construction is None else call_of(node.construction)
    if made is None or made[0] is not place[0]:
        return None
    source, call = made
    written = next((each.value for each in call.keywords if each.arg == NAME), None)
    if isinstance(written, ast.Constant):
        return edit_of(place[1], "x", replaced(source, call, source.span(written), f'"{name}"'))
    parts = [*call.args, *(each.value for each in call.keywords)]
    if written is not None or not parts or any(each.arg is None for each in call.keywords):
        return None
    last = max(map(source.span, parts))
    return edit_of(place[1], "x", replaced(source, call, end(last), f', {NAME}="{name}"'))


def _as_list(place: Place, meant: Mapping[str, str]) -> tuple[Iterable[Edit], str]:
    """The arrays as a list in the order of the inputs, where the call shows them under their keys."""
    source, call = place
    given = argument_of(call, "x")
    if not isinstance(given, ast.Dict):
        return [], ""
    texts = {
        key.value: source.text(source.span(value))
        for key, value in zip(given.keys, given.values, strict=True)
        if isinstance(key, ast.Constant)
    }
    if set(texts) != set(meant):
        return [], ""
    text = f"[{', '.join(texts[key] for key in meant)}]"
    return [edit_of(call, "x", replaced(source, call, source.span(given), text))], "give a list in the inputs' order"
