"""What a layer is expected to return, the call that is compared with it, and how the two disagree."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from shapeguard.records.source import Span
    from shapeguard.spec import Spec


Quantity = Literal["output", "weights", "params"]
Batch = Literal["included", "left out", "unsure"]
Form = Literal["tuple", "list", "factors", "words", "number"]


@dataclass(frozen=True, slots=True)
class CommentShape:
    """A shape that a comment states: `spec` as it is written there.

    `batch` tells whether the first axis is the batch, `form` how the axes are written: `(28, 28)`, `[28, 28]`,
    `28x28`, `B 28 28`, or a single number. `said`: an arrow, or the word "output" or "shape", tells that it is of the
    output. `behind` are the words after the shape; they may be about the part of the cases that it holds for
    (`limited`): "in the paper". `part` is the number of the part, from 0, of a comment with several `#`. `points`: an
    arrow, or the word "output", so that the comment may be above its line. `subject` is the name before a colon, unless
    that is a name of the layer or of its output. `stepped_from` are the sizes before an arrow to as many: `784 -> 10`.
    `above`: it is about the line above, `# now model.output_shape == (None, 32)`, the habit of Keras' own docs.
    `ahead`: it is on a line above its layer's. `output` is which of the layer's outputs it is of.
    """

    spec: Spec
    batch: Batch
    form: Form = "tuple"
    said: Literal["", "arrow", "word"] = ""
    behind: str = ""
    limited: bool = False
    part: int = 0
    points: bool = False
    subject: str | None = None
    stepped_from: tuple[int, ...] = ()
    above: bool = False
    ahead: bool = False
    output: int = 0


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
    comment: CommentShape | None = None  # of the origin "comment": what `text`, the whole comment, states


@dataclass(frozen=True, slots=True)
class ListedExpectation:
    """An expectation of a program in a list for its author, or a comment near a layer that is none.

    Attributes:
        layer: The layer's name; "" for a comment whose layer is not known.
        spec: The expected shape in the shape language; "" for a comment that states none.
        origin: Where it was declared: "comment", "annotation", "mapping", "contract" or "expect".
        quantity: Whether it is of the "output", the "weights" or the number of "params".
        declared: The place in the source, if it has one.
        text: What is written there.
        reason: Why the comment is not read as a shape of the output; `None` for an expectation.
        about: The constructor calls of the layers whose output it has the shape of instead, as far as they are known.
    """

    layer: str
    spec: str
    origin: str
    quantity: str = "output"
    declared: Span | None = None
    text: str = ""
    reason: str | None = None
    about: tuple[Span, ...] = ()


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
