"""How an expression of a function could have been written otherwise by a small slip, each as text."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from itertools import combinations, pairwise
from typing import TYPE_CHECKING, Literal

from shapeguard.source.statement_edits import at, end, gap
from shapeguard.source.trees import last_name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from shapeguard.records.source import Span
    from shapeguard.source.trees import Source

Manner = Literal[
    "option",
    "number of an option",
    "bound",
    "new axis",
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
    "left out",
]
"""What was slipped on: an option of a call, a number in one, a bound of a slice, an axis in an index that adds some, or
one that it adds elsewhere, an axis more, what another tensor is converted by, a mean, a vector, the name of a tensor or
of a layer, the order of several, or of parts of a tuple, a number of samples, a shape that is open before a batch is
there, one where some of it was meant, a number that is calculated, one for another, the size of an axis for that of
another, axes that only have one place, a call too many."""

KEEPDIMS = "keepdims"
"""The option of a reduction that leaves its axes with size 1."""
AXES = frozenset({"axis", "axes", "dim", "dims"})
"""Options that count axes, the last one as -1."""

FEW = 4
"""Parts of a tuple of which any two may have been exchanged."""


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
class Vocabulary:
    """What a function has, and what its calls do.

    `reductions` take axes away, and leave them with size 1 if `KEEPDIMS` is true; `axis_calls` only add, drop
    or exchange axes; each by its last name. `unread` are the names that nothing reads, `numbers` the expressions
    that stand for whole numbers, `bounds` the ends of its slices, `has_steps` whether any has a step, `layers` the
    attributes that may stand for another, `iterated` what loops go over, `shapes` where a whole shape is read,
    `conversions` the names that calls convert with the texts around, `samples` the number of samples as the function
    can say it, `sizes` the function that gives the sizes of a batch, `reducing` the one that makes one number of the
    parts of a loss, `squeezing` the one that takes axes of one place away, `held` the names that it is given or
    assigns; `tensors`: it has some; `called` are
    the functions of its calls.
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


def other_expressions(source: Source, node: ast.expr, words: Vocabulary) -> Iterator[OtherExpression]:
    """What could have been meant in the place of one expression; its parts have their own turn."""
    span = source.span(node)
    now = source.text(span)
    write = _Writer(source, span)
    if isinstance(node, ast.Call):
        yield from _options(write, node, words)
    for way in _ways(node):
        yield from (OtherExpression(span, now, *other) for other in way(write, node, words) if other[0] != now)


@dataclass(frozen=True, slots=True)
class _Writer:
    """Writes an expression with other parts."""

    source: Source
    whole: Span

    def text(self, node: ast.AST) -> str:
        """How a part is written."""
        return self.source.text(self.source.span(node))

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


def _ways(node: ast.expr) -> tuple[Callable[[_Writer, ast.expr, Vocabulary], Iterator[Other]], ...]:
    reads = isinstance(getattr(node, "ctx", ast.Load()), ast.Load)
    if isinstance(node, ast.Tuple) and not reads:
        return (_unpacked,)
    return next((ways for kind, ways in _WAYS.items() if isinstance(node, kind) and reads), ())


def _options(write: _Writer, call: ast.Call, words: Vocabulary) -> Iterator[OtherExpression]:
    """Another value for an option of a call that is a number or true, or the option that keeps axes."""
    given = {keyword.arg: keyword.value for keyword in call.keywords if keyword.arg}
    function = write.text(call.func)
    if last_name(call.func) in words.reductions and KEEPDIMS not in given:
        text = write.with_keyword(call, f"{KEEPDIMS}=True")
        yield OtherExpression(write.whole, write.text(call), text, "option", Option(function, KEEPDIMS))
    for name, value in given.items():
        span = write.source.span(value)
        for other in _other_values(value, is_axis=name in AXES):
            option = Option(function, name, value)
            yield OtherExpression(span, write.text(value), other, "number of an option", option)


def _other_values(value: ast.expr, *, is_axis: bool = True) -> list[str]:
    match value:
        case ast.Constant(value=bool() as truth):
            return [str(not truth)]
        case ast.Constant(value=0) if is_axis:
            return []  # whoever writes the axis of the samples means it
        case ast.Constant(value=int(number)):
            return list(dict.fromkeys(map(str, (number + 1, number - 1, *((-1, 0) if is_axis else ())))))
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int(number))):
            return [str(other) for other in (-number - 1, 0, 1, 2) if other]
        case ast.Tuple(elts=[*axes]) | ast.List(elts=[*axes]) if all(map(_is_number, axes)):
            return [*(ast.unparse(axis) for axis in axes), "-1"]
        case _:
            return []


def _is_number(node: ast.expr) -> bool:
    inner = node.operand if isinstance(node, ast.UnaryOp) else node
    return isinstance(inner, ast.Constant) and isinstance(inner.value, int)


def _without_call(write: _Writer, call: ast.expr, words: Vocabulary) -> Iterator[Other]:
    """What a call that only moves axes is given."""
    match call:
        case ast.Call(func=function, args=[ast.Name() | ast.Attribute() | ast.Call() | ast.Subscript() as first, *_]):
            if last_name(function) in words.axis_calls:
                yield write.text(first), "left out"


def _indexed(write: _Writer, node: ast.expr, words: Vocabulary) -> Iterator[Other]:
    """A tensor with an axis more."""
    if not words.tensors or (isinstance(node, ast.Name) and node.id not in words.held):
        return
    for key in ("[:, None]", "[..., None]"):
        yield write.held(node) + key, "axis"


def _converted(write: _Writer, node: ast.expr, words: Vocabulary) -> Iterator[Other]:
    """A tensor converted as another one of the function is."""
    name = write.text(node)
    done = {other for other, _, _ in words.conversions}
    yield from ((f"{front}{name}{back}", "as another") for other, front, back in words.conversions if name not in done)


def _by_vector(write: _Writer, call: ast.expr, words: Vocabulary) -> Iterator[Other]:
    """A product with a vector as one with its column, or with its row."""
    del words
    match call:
        case ast.Call(func=ast.Attribute(value=module, attr="dot" | "matmul"), args=[row, column], keywords=[]):
            owner = write.text(module)
            for vector, axis in ((column, -1), (row, -2)):
                text = write.with_part(vector, f"{owner}.expand_dims({write.text(vector)}, {axis})")
                yield f"{owner}.squeeze({text}, {axis})", "vector"


def _squeezed(write: _Writer, node: ast.expr, words: Vocabulary) -> Iterator[Other]:
    """A tensor without axes behind its samples, where these have one place."""
    if words.squeezing is not None and words.tensors and write.text(node) in words.held:
        for axes in ("1", "(1, 2)", "(1, 2, 3)"):
            yield f"{words.squeezing}({write.text(node)}, {axes})", "axes of one"


def _of_another_axis(write: _Writer, node: ast.expr, words: Vocabulary) -> Iterator[Other]:
    """The size of another axis than that of the samples."""
    del words
    match node:
        case ast.Subscript(
            value=ast.Attribute(attr="shape") | ast.Call(func=ast.Attribute(attr="shape" | "int_shape")),
            slice=ast.Constant(value=0) as axis,
        ):
            yield from ((write.with_part(axis, text), "size") for text in ("1", "-1"))


def _reduced(write: _Writer, node: ast.expr, words: Vocabulary) -> Iterator[Other]:
    """A part of a loss with one value for each sample."""
    if words.reducing is not None:
        yield f"{words.reducing}({write.text(node)}, axis=-1)", "reduced"


def _sliced(write: _Writer, node: ast.expr, words: Vocabulary) -> Iterator[Other]:
    """Another bound of a slice: one that another slice has, the other end, or a step; another number in an index."""
    if not isinstance(node, ast.Subscript):
        return
    parts = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
    for part in parts:
        if isinstance(part, ast.Slice):
            for text in _other_slices(write, part, words):
                yield write.with_part(part, text), "bound"
        elif _is_number(part):
            for number in _other_values(part):
                yield write.with_part(part, number), "bound"


def _other_slices(write: _Writer, part: ast.Slice, words: Vocabulary) -> Iterator[str]:
    match part:
        case ast.Slice(lower=ast.expr() as first, upper=ast.expr() as last, step=None):
            yield from [f"{write.text(first)}::{write.text(last)}"] if words.has_steps else []
            yield f"{write.text(first)}:"
            yield f":{write.text(last)}"
        case ast.Slice(lower=ast.expr() as first, upper=None, step=None):
            yield from (f"{bound}:" for bound in words.bounds)
            yield f":{write.text(first)}"
        case ast.Slice(lower=None, upper=ast.expr() as last, step=None):
            yield f"{write.text(last)}:"
            yield from (f":{bound}" for bound in words.bounds)
            yield from ("1:", ":-1")


def _axes_in_index(write: _Writer, node: ast.expr, words: Vocabulary) -> Iterator[Other]:
    """One new axis more or less in an index that has some."""
    del words
    match node:
        case ast.Subscript(slice=ast.Tuple(elts=parts)):
            pass
        case _:
            return
    texts = [write.text(part) for part in parts]
    new = next((text for text, part in zip(texts, parts, strict=True) if _is_new_axis(part)), None)
    if new is None:
        return
    for place in range(len(texts) + 1):
        yield f"{write.text(node.value)}[{', '.join([*texts[:place], new, *texts[place:]])}]", "new axis"
    for place, part in enumerate(parts):
        rest = [*texts[:place], *texts[place + 1 :]]
        if not _is_new_axis(part) or not rest:
            continue
        yield f"{write.text(node.value)}[{', '.join(rest)}]", "new axis"
        for other in range(len(texts)):
            if other != place:
                yield f"{write.text(node.value)}[{', '.join([*rest[:other], new, *rest[other:]])}]", "moved axis"


def _is_new_axis(part: ast.expr) -> bool:
    return (isinstance(part, ast.Constant) and part.value is None) or (
        isinstance(part, ast.Attribute) and part.attr == "newaxis"
    )


def _unpacked(write: _Writer, node: ast.expr, words: Vocabulary) -> Iterator[Other]:
    """What a call gives under names in another order."""
    del words
    if isinstance(node, ast.Tuple) and all(isinstance(each, ast.Name) for each in node.elts):
        for one, other in combinations(node.elts, 2):
            yield write.with_parts({one: write.text(other), other: write.text(one)}), "order"


def _reordered(write: _Writer, node: ast.expr, words: Vocabulary) -> Iterator[Other]:
    """The parts of a tuple or list in another order: any two exchanged of few, neighbours of many."""
    del words
    if not isinstance(node, ast.Tuple | ast.List) or any(isinstance(each, ast.Slice) for each in node.elts):
        return
    if all(map(_is_number, node.elts)):
        return  # axes in an order, of which formulas know more
    parts = node.elts
    pairs = combinations(parts, 2) if len(parts) <= FEW else pairwise(parts)
    for one, other in pairs:
        if any(isinstance(each, ast.UnaryOp) for each in (one, other)):
            continue  # what is left over
        yield write.with_parts({one: write.text(other), other: write.text(one)}), "order of parts"


def _other_sizes(write: _Writer, node: ast.expr, words: Vocabulary) -> Iterator[Other]:
    """A size of a shape for another number of the function that the shape does not have."""
    parts = node.elts if isinstance(node, ast.Tuple | ast.List) else []
    texts = {part: write.text(part) for part in parts}
    others = [each for each in words.numbers if each not in texts.values()]
    for part, text in texts.items():
        if text in words.numbers:
            yield from ((write.with_part(part, other), "other number") for other in others)


def _of_batch(write: _Writer, node: ast.expr, words: Vocabulary) -> Iterator[Other]:
    """The number of samples where a shape begins with a number, or a list is repeated by one."""
    match node:
        case ast.Tuple(elts=[first, _, *_]) | ast.List(elts=[first, _, *_]):
            pass
        case ast.BinOp(left=ast.List(), op=ast.Mult(), right=first):
            pass
        case _:
            return
    is_number = isinstance(first, ast.Constant) and type(first.value) is int and first.value
    if words.samples is not None and (is_number or isinstance(first, ast.Name | ast.Attribute)):
        yield write.with_part(first, words.samples), "samples"


def _known_then(write: _Writer, node: ast.expr, words: Vocabulary) -> Iterator[Other]:
    """The sizes that a batch has for those that are known before."""
    match node:
        case ast.Attribute(value=tensor, attr="shape") if words.sizes is not None and node not in words.called:
            yield f"{words.sizes}({write.text(tensor)})", "open shape"


def _parts_of_shape(write: _Writer, node: ast.expr, words: Vocabulary) -> Iterator[Other]:
    """Some of a shape where all of it is written: without the samples, its last size, as a shape or as a number."""
    if node in words.shapes:
        name = write.text(node)
        yield from ((text, "shape") for text in (f"({name}[-1],)", f"{name}[1:]", f"{name}[-1]"))


def _renamed(write: _Writer, node: ast.expr, words: Vocabulary) -> Iterator[Other]:
    """A name that nothing else reads, or a layer of the same class that nothing else calls."""
    match node:
        case ast.Name():
            yield from ((other, "tensor") for other in words.unread)
        case ast.Attribute(value=owner, attr=name):
            for other in words.layers.get(name, ()):
                yield f"{write.text(owner)}.{other}", "layer"


def _reversed(write: _Writer, node: ast.expr, words: Vocabulary) -> Iterator[Other]:
    """What a loop goes over, from its end."""
    if node in words.iterated:
        yield f"reversed({write.text(node)})", "order"


def _calculated(write: _Writer, node: ast.expr, words: Vocabulary) -> Iterator[Other]:
    """A number calculated otherwise: one more or less, twice, or times another one of the function."""
    text = write.text(node)
    if text not in words.numbers:
        return
    held = write.held(node)
    others = [f"{held} * {other}" for other in words.numbers if other != text and other.isidentifier()]
    for other in (f"(2 * {held})", f"({text} + 1)", f"({text} - 1)", *(f"({each})" for each in others)):
        yield other, "number"


_WAYS = {
    ast.Call: (_by_vector, _without_call, _indexed),
    ast.Subscript: (_sliced, _of_another_axis, _axes_in_index, _indexed),
    ast.Name: (_parts_of_shape, _converted, _reduced, _indexed, _squeezed, _renamed, _reversed, _calculated),
    ast.Tuple: (_of_batch, _reordered, _other_sizes),
    ast.List: (_of_batch, _reordered, _other_sizes),
    ast.Attribute: (_known_then, _renamed, _calculated),
    ast.BinOp: (_of_batch, _calculated),
}
"""What may be slipped on in an expression that is read, by its kind."""
