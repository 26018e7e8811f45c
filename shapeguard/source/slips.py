"""What another way of writing an expression is made of: its text, what was slipped on, and what a function has."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from shapeguard.source.statement_edits import at, end, gap

if TYPE_CHECKING:
    from collections.abc import Mapping

    from shapeguard.records.network import Shape
    from shapeguard.records.source import Span
    from shapeguard.source.trees import Source

MODULES = frozenset({"ops", "keras.ops", "tf", "jnp", "torch"})
"""Modules whose functions squeeze and tile: they refuse axes of more than one place, or leave them."""
Manner = Literal[
    "option",
    "number of an option",
    "bound",
    "new axis",
    "one of new axes",
    "moved axis",
    "axis",
    "as another",
    "vector",
    "reduced",
    "tensor",
    "layer",
    "order",
    "order of parts",
    "samples",
    "open shape",
    "shape",
    "number",
    "other number",
    "size",
    "axes of one",
    "axes of one everywhere",
    "left out",
    "size of its tensor",
    "without samples",
    "not spread",
]
"""What was slipped on: an option of a call, a number in one, a bound of a slice, an axis in an index that adds some,
one too many of several there, or one that it adds elsewhere, an axis more, what another tensor is converted by, a
mean, a vector, the name of a tensor or of a layer, the order of several, or of parts of a tuple, a number of samples,
a shape that is open before a batch is there, one where some of it was meant, a number that is calculated, one for
another, the size of an axis for that of another, axes that only have one place, also wherever they are read, a call
too many, a size that a reshape writes as a number, a tensor that is made for no samples, tensors that are joined
before they are spread over each other's axes."""


@dataclass(frozen=True, slots=True)
class Option:
    """An option of a call: the function as it is written, the option's name, and its value; `None` if not written."""

    function: str
    name: str
    value: ast.expr | None = None


@dataclass(frozen=True, slots=True)
class OtherExpression:
    """`text` in the place of what `span` holds now; `option` is the one that gets this value, `None` for none."""

    span: Span
    now: str
    text: str
    manner: Manner
    option: Option | None = None


Other = tuple[str, Manner]
"""The text of the whole expression, and what it differs in."""


@dataclass(frozen=True, slots=True)
class Joined:
    """Tensors that a call was to join: the call, their shapes, and the axis of the join; `None` for a new one."""

    call: ast.Call
    shapes: tuple[Shape, ...]
    axis: int | None


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """What a function has, and what its calls do.

    `reductions` take axes away, and leave them with size 1 if `KEEPDIMS` is true; `axis_calls` only add, drop
    or exchange axes; each by its last name. `unread` are the names that nothing reads, `numbers` the expressions
    that stand for whole numbers, `bounds` the ends of its slices, `has_steps` whether any has a step, `layers` the
    attributes that may stand for another, `iterated` what loops go over, `shapes` where a whole shape is read,
    `conversions` the names that calls convert with the texts around, `samples` the number of samples as the function
    can say it, `sizes` the function that gives the sizes of a batch, `reducing` the one that makes one number of the
    parts of a loss, `squeezing` the one that takes axes of one place away, `held` the names that it is given or
    assigns; `tensors`: it has some; `called` are the functions of its calls, `reshaped` by the shape that a call
    reshapes to the sizes of its tensor, as they may be written, `state` the size of what a cell is to begin with,
    `joined` by the list of tensors that a call was to join what is known of them.
    """

    reductions: frozenset[str] = frozenset()
    axis_calls: frozenset[str] = frozenset()
    unread: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()
    bounds: tuple[str, ...] = ()
    has_steps: bool = False
    layers: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    iterated: frozenset[ast.expr] = frozenset()
    shapes: frozenset[ast.expr] = frozenset()
    conversions: tuple[tuple[str, str, str], ...] = ()
    samples: str | None = None
    sizes: str | None = None
    reducing: str | None = None
    squeezing: str | None = None
    held: frozenset[str] = frozenset()
    tensors: bool = True
    called: frozenset[ast.expr] = frozenset()
    reshaped: Mapping[ast.expr, tuple[str, ...]] = field(default_factory=dict)
    state: str | None = None
    joined: Mapping[ast.expr, Joined] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Writer:
    """Writes an expression with other parts."""

    source: Source
    whole: Span

    def text(self, node: ast.AST) -> str:
        """How a part is written."""
        return self.source.text(self.source.span(node))

    def within(self, node: ast.AST) -> Writer:
        """What writes a part of the expression as a whole of its own."""
        return Writer(self.source, self.source.span(node))

    def held(self, node: ast.expr) -> str:
        """How a part is written as one whole, so that something may follow it."""
        is_one = isinstance(node, ast.Name | ast.Attribute | ast.Call | ast.Subscript | ast.Constant)
        return self.text(node) if is_one else f"({self.text(node)})"

    def with_part(self, part: ast.AST, text: str) -> str:
        """The expression with another text for a part of it."""
        return self.with_parts({part: text})

    def with_parts(self, texts: Mapping[ast.AST, str]) -> str:
        """The expression with other texts for parts of it."""
        written, done = "", at(self.whole)
        for span, text in sorted((self.source.span(part), text) for part, text in texts.items()):
            written, done = f"{written}{self.source.text(gap(done, span))}{text}", span
        return written + self.source.text(gap(done, end(self.whole)))

    def with_keyword(self, call: ast.Call, text: str) -> str:
        """The call with one keyword more."""
        body = self.text(call)[:-1].rstrip()
        gap_between = {"(": "", ",": " "}.get(body[-1], ", ")
        return f"{body}{gap_between}{text})"
