"""What an argument is now and what it would be, in words and in arithmetic, whoever worked it out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from shapeguard.layers import with_change
from shapeguard.records.findings import UNSEEN
from shapeguard.records.source import INDEX, Opaque, OperationName

if TYPE_CHECKING:
    from collections.abc import Mapping

    from shapeguard.layers import Change
    from shapeguard.records.findings import Edit
    from shapeguard.records.network import Shape
    from shapeguard.records.source import Construction

    Inputs = tuple[Shape, ...]

ORDINALS = ("1st", "2nd", "3rd", "4th", "5th", "6th", "7th", "8th", "9th")


def owner_of(edit: Edit) -> str:
    """The layer or operation that an edit changes, for a sentence."""
    return (
        quoted(edit.layer) if isinstance(edit.layer, OperationName) else f"{edit.layer_type or 'layer'} '{edit.layer}'"
    )


def quoted(layer: str) -> str:
    """The name of a layer in quotes; an operation by its place."""
    return layer.in_words if isinstance(layer, OperationName) else f"'{layer}'"


def place(edit: Edit) -> str:
    """Where the argument is in the call, in words."""
    if edit.position is not None:
        number = ORDINALS[edit.position] if edit.position < len(ORDINALS) else f"{edit.position + 1}th"
        return f"{number} positional argument"
    if edit.unseen:
        return UNSEEN
    return "keyword" if edit.explicit else "default, not passed"


def argument_lines(
    rule: Any,
    construction: Construction | None,
    edit: Edit,
    change: Change,
    config: Mapping[str, Any],
    inputs: tuple[Inputs, Inputs],
) -> list[str]:
    """Both derivations of the first axis that a change moves, and the habit; `inputs` are those now and those then."""
    before, after = inputs
    texts = _derivations(rule, (config, before), (with_change(config, change), after))
    values = [f"with {_shown(edit.argument, value)}:" for value in (edit.value, edit.suggestion)]
    lines = [f"{value}  {text}" for value, text in zip(_aligned(values, texts), texts, strict=False)]
    habit = rule.hint(construction, config, change)
    return [*lines, habit] if habit else lines


def title_of(edit: Edit, owner: str, callee: str, more: int) -> str:
    """What the argument is, and of what: completes "cause: ..."; `more` other edits go with it."""
    written = f"`{edit.argument}={code_of(edit.value)}`"
    if edit.position is not None:
        title = f"argument {written}, the {place(edit)} of {callee}"
    else:
        title = f"argument {written} of {owner} ({place(edit)})"
    return f"{title}, and {more} more" if more else title


def label_of(edit: Edit) -> str:
    """What stands beside the caret under the argument."""
    return f"{place(edit)}: {edit.argument}={short(edit.argument, edit.value)}"


def short(argument: str, value: object) -> str:
    """The value as people write it: one number for a window of equal sides, but a shape is always a tuple."""
    if isinstance(value, tuple) and value and all(v == value[0] for v in value) and not argument.endswith("shape"):
        return repr(value[0])
    return code_of(value)


def code_of(value: object) -> str:
    """The value as code; of one that is not kept, what it is."""
    return value.text if isinstance(value, Opaque) else repr(value)


def _shown(argument: str, value: object) -> str:
    return f"[{value}]" if argument == INDEX else f"{argument} {short(argument, value)}"


def _aligned(values: list[str], texts: list[str]) -> list[str]:
    """The beginnings of two lines, equally wide if arithmetic follows and not whole shapes."""
    width = 0 if any("->" in text for text in texts) else max(map(len, values))
    return [f"{value:{width}}" for value in values]


def _derivations(rule: Any, now: tuple[Any, Any], then: tuple[Any, Any]) -> list[str]:
    """How the first axis that changes comes about now and then, each a config and inputs; else whole shapes."""
    old, new = rule.forward(*now), rule.forward(*then)
    if not isinstance(old, tuple) or not isinstance(new, tuple):
        return []
    if len(old[0]) != len(new[0]):
        return [f"{now[1][0]} -> {old[0]}", f"{then[1][0]} -> {new[0]}"]
    for axis in [axis for axis, sizes in enumerate(zip(old[0], new[0], strict=True)) if sizes[0] != sizes[1]]:
        was, would = rule.explain_axis(*now, axis), rule.explain_axis(*then, axis)
        if was is not None and would is not None:
            return [was.arithmetic, would.arithmetic]
    return []
