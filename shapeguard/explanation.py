"""`Explanation`: why each size of a layer or a model is what it is, and every format in which it can be read."""

# ruff: noqa: PLC0415  each format is imported when it is asked for, as in `report`
from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from shapeguard.records.derivations import ExplainedCall


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why each size of a layer or a model is what it is; `shapeguard.explain` returns one.

    Attributes:
        calls: One value per forward call.
        model: The model's name; "" for a single layer.

    Example:
        >>> import keras
        >>> import shapeguard
        >>> dense = keras.layers.Dense(4, name="dense")
        >>> model = keras.Sequential([keras.Input((8,)), dense], name="small")
        >>> explanation = shapeguard.explain(model)
        >>> explanation.calls[-1].output
        (None, 4)
    """

    calls: tuple[ExplainedCall, ...]
    model: str = ""

    def __str__(self) -> str:
        """Returns each call with the derivation of each size; sizes that a layer does not change are "kept"."""
        from shapeguard.render.derivation_text import text

        return text(self)

    def _repr_html_(self) -> str:
        from shapeguard.render.derivation_text import html

        return html(self)

    def to_table(self, format: str = "simple") -> str:  # noqa: A002  tabulate's own word
        """Returns a table of one line per size.

        Args:
            format: "simple", "github", "html" or "rounded_outline".

        Returns:
            The table.

        Raises:
            ValueError: There is no such format.
        """
        from shapeguard.render.derivation_text import table

        return table(self, format)

    def to_dict(self) -> dict[str, Any]:
        """Returns everything in JSON's own types; paths are relative to the working directory.

        Returns:
            A dict that `json.dumps` takes.

        Example:
            >>> explanation.to_dict()["model"]
            'small'
        """
        from shapeguard.render.derivation_text import document

        return document(self)
