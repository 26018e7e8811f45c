"""What a layer is expected to return, the call that is compared with it, and how the two disagree."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from shapeguard.records.source import Span
    from shapeguard.spec import Spec


Quantity = Literal["output", "weights", "params"]


@dataclass(frozen=True, slots=True)
class Expectation:
    """The declared shape of a layer's output or weights, or its number of parameters.

    `target` is the key as given for mappings and contract files, else the layer's name. `scope` says how long names in
    the spec keep their sizes: "" is one forward pass, anything else one invocation of the function that declared it.
    """

    target: str
    spec: Spec
    quantity: Quantity = "output"
    declared: Span | None = None
    origin: Literal["mapping", "comment", "annotation", "expect", "contract", "targets", "unpacking"] = "mapping"
    text: str = ""
    scope: str = ""
    call: int | None = None  # the nth call of the layer, from 1; None: every call must agree


@dataclass(frozen=True, slots=True)
class Target:
    """An expectation and the call of a `Network` that it is about; `call` is `None` if that was not reached."""

    expectation: Expectation
    call: int | None


@dataclass(frozen=True, slots=True)
class Mismatch:
    """A call whose outputs differ from an expectation.

    `expected` and `actual` are shapes (`expected` may contain names), or tuples of them for several outputs. `axes` are
    those that disagree, `()` if the rank or the number of outputs differs. `symbols` are the names in conflict.
    """

    target: Target
    expected: object
    actual: object
    axes: tuple[int, ...] = ()
    kind: Literal["rank", "size", "symbol", "expression", "structure"] = "size"
    symbols: tuple[str, ...] = ()
