"""Why each size of a forward call is what it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from shapeguard.records.source import Span


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
