"""Why each size of a forward call is what it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from shapeguard.records.source import Span


@dataclass(frozen=True, slots=True)
class Given:
    """A constructor argument that determines a size.

    Attributes:
        name: Name of the argument.
        value: Its value.
        position: Index among the positional arguments; `None` if it is not one of them.
        written: Whether the call has the argument; `None` if the constructor call is not known.
        required: Whether the constructor has no default for it.
        of: Class of the wrapped layer that has the argument; "" for the layer itself.
    """

    name: str
    value: object
    position: int | None = None
    written: bool | None = None
    required: bool = False
    of: str = ""


@dataclass(frozen=True, slots=True)
class Size:
    """One axis of a layer's first output.

    Attributes:
        axis: Index of the axis.
        name: Name of the axis, such as "height".
        size: Its size; `None` if it is known only at run time.
        origin: "derived" by `arithmetic` from `arguments`, "kept" from the input, "open" until it runs, "unexplained",
            or "unknown" where the source does not tell.
        arithmetic: The formula with its numbers.
        arguments: The constructor arguments in the formula.
    """

    axis: int
    name: str
    size: int | None
    origin: Literal["derived", "kept", "open", "unexplained", "unknown"]
    arithmetic: str = ""
    arguments: tuple[Given, ...] = ()


@dataclass(frozen=True, slots=True)
class ExplainedCall:
    """One forward call, with the derivation of each size.

    Attributes:
        layer: Name of the layer.
        layer_type: Its class name.
        path: Names of the containers from the model down, then the layer's, joined by "/".
        call: Which call of the layer this is, from 1.
        inputs: Shape of the input, or a tuple of several.
        output: Shape of the output, or a tuple of several.
        sizes: One value per axis of the first output.
        note: Why there are no sizes; "" if there are.
        span: The constructor call that made the layer.
        is_layer: False for an operation such as `x + y`.
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
