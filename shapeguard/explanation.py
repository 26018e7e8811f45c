"""`Explanation`: why each size of a layer or a model is what it is, and every form in which it can be read."""

# ruff: noqa: PLC0415  each form is imported when it is asked for, as in `report`
from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from shapeguard.records import Span


@dataclass(frozen=True, slots=True)
class Given:
    """A constructor argument behind a size.

    `position` counts from 0 among the positional arguments, `None` otherwise. `written` is `None` where the constructor
    call is not known. `required`: the constructor has no default. `of` is the class of the wrapped layer that has the
    argument, "" for the layer itself.
    """

    name: str
    value: object
    position: int | None = None
    written: bool | None = None
    required: bool = False
    of: str = ""


@dataclass(frozen=True, slots=True)
class Size:
    """One axis of a layer's first output; `None` as its size where it is known only at run time.

    `origin`: "derived" by `arithmetic` from `arguments`, "kept" from the input, "open" until it runs, or "unexplained".
    """

    axis: int
    name: str
    size: int | None
    origin: Literal["derived", "kept", "open", "unexplained"]
    arithmetic: str = ""
    arguments: tuple[Given, ...] = ()


@dataclass(frozen=True, slots=True)
class ExplainedCall:
    """One forward call: shapes in and out (several in a tuple), its sizes, or a note that says why there are none.

    `is_layer` is false for an operation such as `x + y`.
    """

    layer: str
    layer_type: str
    path: str
    call: int
    inputs: object
    output: object
    sizes: tuple[Size, ...] = ()
    note: str = ""
    span: Span | None = None
    is_layer: bool = True


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why each size is what it is, a forward call at a time. `model` is the model's name, "" for a single layer."""

    calls: tuple[ExplainedCall, ...]
    model: str = ""

    def __str__(self) -> str:
        """Each call with the derivation of each size; sizes that a layer merely passes on are "kept"."""
        from shapeguard.render.derivations import text

        return text(self)

    def _repr_html_(self) -> str:
        from shapeguard.render.derivations import html

        return html(self)

    def to_table(self, format: str = "simple") -> str:  # noqa: A002  tabulate's own word
        """One line a size: "simple", "github", "html" or "rounded_outline"."""
        from shapeguard.render.derivations import table

        return table(self, format)

    def to_dict(self) -> dict[str, Any]:
        """Everything as JSON's own types; paths are relative to the working directory."""
        from shapeguard.render.derivations import document

        return document(self)
