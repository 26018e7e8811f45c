"""What to write for an argument besides a number: a part of the calculation there, another name, a multiple of it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from shapeguard.diagnosis.repairs import ChangeArguments
from shapeguard.layers import argument_traits
from shapeguard.source.literals import Code
from shapeguard.source.scope_values import InPlace, texts_for

if TYPE_CHECKING:
    from collections.abc import Sequence

    from shapeguard.diagnosis.number_homes import NumberHomes
    from shapeguard.diagnosis.repairs import Repair
    from shapeguard.source.expressions import Binding

    Inner = tuple[str, ...]


def written_for(homes: NumberHomes, nodes: Sequence[int], inner: Inner, name: str, value: object) -> object:
    """What to write for an argument of layers that one line makes: a name or a calculation that is the value.

    The value itself where a literal is written for the argument now, or nothing natural is that value.
    """
    texts = _texts(homes, nodes, inner, name, value)
    return Code(texts[0].text) if texts else value


def with_wording(homes: NumberHomes, repair: Repair) -> Repair:
    """The repair with another name that is right for each of the layers that its line makes in a loop, if there is one.

    Round by round it is what is wanted of some of them, and of the others what they have.
    """
    if not isinstance(repair, ChangeArguments) or len(repair.change.arguments) > 1:
        return repair
    name, value = repair.change.arguments[0]
    texts = _texts(homes, repair.nodes, repair.change.inner, name, value)
    return replace(repair, wording=next((each.text for each in texts if each.is_of_round), None))


def is_slip(homes: NumberHomes, repair: ChangeArguments) -> bool:
    """Whether a part of the calculation that is written, or another name, is what is wanted: it was meant."""
    name, value = repair.change.arguments[0]
    return any(not each.is_multiple for each in _texts(homes, repair.nodes, repair.change.inner, name, value))


def _texts(homes: NumberHomes, nodes: Sequence[int], inner: Inner, name: str, value: object) -> list[InPlace]:
    """What could be written for an argument of some layers, most natural first."""
    traits = argument_traits(name)
    if type(value) is not int or traits.of_window or traits.chooses_axes or traits.reorders:
        return []
    alike = homes.counting if traits.counts else frozenset()
    changed = [_texts_of(homes, (index, inner), name, value, alike) for index in nodes]
    stay = (
        [_texts_of(homes, (index, inner), name, None, alike) for index in homes.others_of_lines(nodes)]
        if any(changed)
        else []
    )
    return [text for text in changed[0] if all(text in others for others in (*changed, *stay))]


def _texts_of(
    homes: NumberHomes, layer: tuple[int, Inner], name: str, value: int | None, alike: frozenset[Binding]
) -> list[InPlace]:
    """The same of one layer, `None` for what it has; none where a literal is written now."""
    made, origin = homes.construction_of(*layer), homes.origins(*layer).get(name)
    if made is None or origin is None or not origin.literals or value == origin.value:
        return []
    argument = next(each for each in made.arguments if each.name == name)
    return list(texts_for(made, origin, argument, origin.value if value is None else value, alike))
