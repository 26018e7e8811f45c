"""What the user said a layer gives, the call that it is said of, and how the two disagree."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from shapeguard.records.source import Span
    from shapeguard.spec import Spec


Quantity = Literal["output", "weights", "params"]


@dataclass(frozen=True, slots=True)
class Expectation:
    """What the user said a layer's output, weights or parameter count is.

    `target` is the key as given for mappings and contract files, else the layer's name. `scope` tells where names in
    the spec live: "" is one forward pass, anything else one invocation of the function that declared it.
    `inferred` marks expectations that follow from the training data (targets and loss), not from the user's words.
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
    """An expectation and the call of a `Network` that it speaks of; `call` is `None` where that was not reached."""

    expectation: Expectation
    call: int | None


@dataclass(frozen=True, slots=True)
class Mismatch:
    """A call whose outputs are not what a target says.

    `expected` and `actual` are shapes (names allowed in `expected`), or tuples of them for several outputs. `axes` are
    those that disagree, `()` where the rank or the number of outputs differs. `symbols` are the names in conflict.
    """

    target: Target
    expected: object
    actual: object
    axes: tuple[int, ...] = ()
    kind: Literal["rank", "size", "symbol", "expression", "structure"] = "size"
    symbols: tuple[str, ...] = ()
