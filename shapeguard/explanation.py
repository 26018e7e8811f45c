"""`Explanation`: why each size of a layer or a model is what it is, and every form in which it can be read."""

# ruff: noqa: PLC0415  each form is imported when it is asked for, as in `report`
from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from shapeguard.records.derivations import ExplainedCall


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why each size is what it is, a forward call at a time. `model` is the model's name, "" for a single layer."""

    calls: tuple[ExplainedCall, ...]
    model: str = ""

    def __str__(self) -> str:
        """Each call with the derivation of each size; sizes that a layer merely passes on are "kept"."""
        from shapeguard.render.derivation_text import text

        return text(self)

    def _repr_html_(self) -> str:
        from shapeguard.render.derivation_text import html

        return html(self)

    def to_table(self, format: str = "simple") -> str:  # noqa: A002  tabulate's own word
        """One line a size: "simple", "github", "html" or "rounded_outline"."""
        from shapeguard.render.derivation_text import table

        return table(self, format)

    def to_dict(self) -> dict[str, Any]:
        """Everything as JSON's own types; paths are relative to the working directory."""
        from shapeguard.render.derivation_text import document

        return document(self)
