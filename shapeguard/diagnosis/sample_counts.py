"""A declared shape without the number of samples, in the words in which the program writes it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from shapeguard.source.trees import source_of

if TYPE_CHECKING:
    from shapeguard.records.findings import Edit


def without_samples(edit: Edit, now: tuple[object, ...], wanted: object) -> Edit:
    """The edit that leaves out the first size of a shape in the program's own words: `X.shape[1:]` for `X.shape`.

    An axis of channels may come with it: `(*X.shape[1:], 1)`. Any other edit stays as it is.
    """
    has_channel = wanted == (*now[1:], 1)
    if wanted != now[1:] and not has_channel:
        return edit
    source = None if edit.replaces is None else source_of(edit.replaces.file)
    written = "" if source is None or edit.replaces is None else source.text(edit.replaces)
    if not written.endswith(".shape") or edit.replacement is None or edit.corrected is None:
        return edit
    text = f"(*{written}[1:], 1)" if has_channel else f"{written}[1:]"
    return replace(edit, replacement=text, corrected=edit.corrected.replace(edit.replacement, text, 1))
