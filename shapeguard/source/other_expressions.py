"""How an expression of a function could have been written otherwise by a small slip, each as text."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from itertools import combinations
from typing import TYPE_CHECKING, Literal

from shapeguard.source.statement_edits import at, end, gap
from shapeguard.source.trees import last_name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from shapeguard.records.source import Span
    from shapeguard.source.trees import Source

Manner = Literal["option", "number of an option", "bound", "index", "tensor", "layer", "order", "number", "left out"]
"""What was slipped on: an option of a call, a number in one, a bound of a slice, an axis in an index, the name of a
tensor or of a layer, the order of several, a number that is calculated, a call that should not be there."""

Other = tuple[str, Manner, str, str]
"""The text of the whole expression, what it differs in, and the keyword that changes with its value, or ""."""


@dataclass(frozen=True, slots=True)
class OtherExpression:
    """`text` in the place of what `span` holds now; `argument` is the keyword that gets `value`, "" for none."""

    span: Span
    now: str
    text: str
    manner: Manner
    argument: str = ""
    value: str = ""


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """What a function has, and what its calls do.

    `reductions` take axes away, and leave them with size 1 if the option `keeping` is true; `axis_calls` only add, drop
    or exchange axes; each by its last name. `tensors` are the names that were given a value, `numbers` the expressions
    that stand for whole numbers, `bounds` the ends of its slices, `layers` the attributes that may stand for another, `iterated` what loops go over.
    """

    reductions: frozenset[str] = frozenset()
    axis_calls: frozenset[str] = frozenset()
    keeping: str = "keepdims"
    tensors: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()
    bounds: tuple[str, ...] = ()
    layers: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    iterated: frozenset[ast.expr] = frozenset()


def other_expressions(source: Source, node: ast.expr, words: Vocabulary) -> Iterator[OtherExpression]:
    """What could have been meant in the place of one expression; its parts have their own turn."""
    span = source.span(node)
    now = source.text(span)
    for way in _ways(node):
        for text, manner, argument, value in way(_Writer(source, span), node, words):
            if text != now:
                yield OtherExpression(span, now, text, manner, argument, value)


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
        body = self.text(call).rstrip()[:-1].rstrip()
        comma = "" if body.endswith((",", "(")) else ","
        return f"{body}{comma} {text})" if comma or body.endswith(",") else f"{body}{text})"


def _ways(node: ast.expr) -> tuple[Callable[[_Writer, ast.expr, Vocabulary], Iterator[Other]], ...]:
    match node:
        case ast.Call():
            return (_options, _without_call, _transposed, _indexed)
        case ast.Subscript():
            return (_sliced, _axes_in_index, _indexed)
        case ast.Tuple(ctx=ast.Store()):
            return (_unpacked,)
        case ast.Name(ctx=ast.Load()):
            return (_indexed, _renamed, _reversed, _calculated)
        case ast.Attribute(ctx=ast.Load()):
            return (_renamed, _calculated)
        case ast.BinOp():
            return (_indexed, _calculated)
        case _:
            return ()


def _options(write: _Writer, call: ast.expr, words: Vocabulary) -> Iterator[Other]:
    """Another value for an option of a call that is a number or true, or the option that keeps axes."""
    if not isinstance(call, ast.Call):
        return
    given = {keyword.arg: keyword for keyword in call.keywords if keyword.arg}
    if last_name(call.func) in words.reductions and words.keeping not in given:
        yield write.with_keyword(call, f"{words.keeping}=True"), "option", words.keeping, "True"
    for name, keyword in given.items():
        for value in _other_values(keyword.value):
            yield write.with_part(keyword.value, value), "number of an option", name, value


def _other_values(value: ast.expr) -> list[str]:
    match value:
        case ast.Constant(value=bool() as truth):
            return [str(not truth)]
        case ast.Constant(value=int(number)):
            return list(dict.fromkeys(map(str, (number + 1, number - 1, -1, 0))))
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
                yield write.text(first), "left out", "", ""


def _transposed(write: _Writer, call: ast.expr, words: Vocabulary) -> Iterator[Other]:
    """The last two axes exchanged where a transpose without an order exchanges all."""
    match call:
        case ast.Call(func=ast.Attribute(attr="transpose"), args=[_], keywords=[]) if "transpose" in words.axis_calls:
            for order in ("(0, 2, 1)", "(0, 1, 3, 2)"):
                yield write.with_keyword(call, order), "option", "", order


def _indexed(write: _Writer, node: ast.expr, words: Vocabulary) -> Iterator[Other]:
    """A tensor with an axis more, or its one place on one."""
    del words
    for key in ("[:, None]", "[..., None]", "[:, 0]", "[..., 0]"):
        yield write.held(node) + key, "index", "", ""


def _sliced(write: _Writer, node: ast.expr, words: Vocabulary) -> Iterator[Other]:
    """Another bound of a slice: one that another slice has, the other end, a step, or one place more or less."""
    if not isinstance(node, ast.Subscript):
        return
    parts = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
    for part in parts:
        if isinstance(part, ast.Slice):
            for text in _other_slices(write, part, words):
                yield write.with_part(part, text), "bound", "", ""
        elif _is_number(part):
            for number in _other_values(part):
                yield write.with_part(part, number), "bound", "", ""


def _other_slices(write: _Writer, part: ast.Slice, words: Vocabulary) -> Iterator[str]:
    first, last = (None if each is None else write.text(each) for each in (part.lower, part.upper))
    if part.step is not None or (first is None and last is None):
        return
    if first is not None and last is not None:
        yield f"{first}::{last}"
        yield f"{first}:"
    elif first is not None:
        yield from (f"{bound}:" for bound in words.bounds if bound != first)
        yield f":{first}"
    elif last is not None:
        yield f"{last}:"
        yield from (f":{bound}" for bound in words.bounds if bound != last)
        yield "1:"
        yield ":-1"
    yield from (["1:", ":-1"] if first is not None and last is None else [])


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
        yield f"{write.text(node.value)}[{', '.join([*texts[:place], new, *texts[place:]])}]", "index", "", ""
    for place, part in enumerate(parts):
        rest = [*texts[:place], *texts[place + 1 :]]
        if _is_new_axis(part) and rest:
            yield f"{write.text(node.value)}[{', '.join(rest)}]", "index", "", ""


def _is_new_axis(part: ast.expr) -> bool:
    return (isinstance(part, ast.Constant) and part.value is None) or (
        isinstance(part, ast.Attribute) and part.attr == "newaxis"
    )


def _unpacked(write: _Writer, node: ast.expr, words: Vocabulary) -> Iterator[Other]:
    """What a call gives under names in another order."""
    del words
    if isinstance(node, ast.Tuple) and all(isinstance(each, ast.Name) for each in node.elts):
        for one, other in combinations(node.elts, 2):
            yield write.with_parts({one: write.text(other), other: write.text(one)}), "order", "", ""


def _renamed(write: _Writer, node: ast.expr, words: Vocabulary) -> Iterator[Other]:
    """Another tensor of the function, or another layer of the same class."""
    match node:
        case ast.Name(id=name) if name in words.tensors:
            yield from ((other, "tensor", "", "") for other in words.tensors if other != name)
        case ast.Attribute(value=owner, attr=name):
            for other in words.layers.get(name, ()):
                yield f"{write.text(owner)}.{other}", "layer", "", ""


def _reversed(write: _Writer, node: ast.expr, words: Vocabulary) -> Iterator[Other]:
    """What a loop goes over, from its end."""
    if node in words.iterated:
        yield f"reversed({write.text(node)})", "order", "", ""


def _calculated(write: _Writer, node: ast.expr, words: Vocabulary) -> Iterator[Other]:
    """A number calculated otherwise: one more or less, twice, its square, or times another one of the function."""
    text = write.text(node)
    if text not in words.numbers:
        return
    held = write.held(node)
    others = [f"{held} * {other}" for other in words.numbers if other != text and other.isidentifier()]
    for other in (f"(2 * {held})", f"({text} + 1)", f"({text} - 1)", *(f"({each})" for each in others)):
        yield other, "number", "", ""
