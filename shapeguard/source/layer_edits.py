"""A layer put in, taken out or exchanged in the text of a program, where it enters its model."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING, TypeGuard, assert_never

from shapeguard.records.source import Correction, Span
from shapeguard.source.layer_places import Added, Applied, Listed, is_repeated
from shapeguard.source.literals import Style
from shapeguard.source.statement_edits import (
    at,
    before,
    behind,
    between,
    end,
    gap,
    indent_of,
    remarks_in,
    replaced,
    whole_lines,
    without,
)
from shapeguard.source.trees import parents_in

if TYPE_CHECKING:
    from collections.abc import Collection

    from shapeguard.source.layer_places import LayerPlace
    from shapeguard.source.trees import Source

Argument = tuple[int | str, ...]
"""Which tensor of a call: the position or keyword of the argument, then the places in the lists that it is."""

INPUT_SHAPES = ("input_shape", "input_dim")
"""Arguments by which the first layer of a Sequential says what enters it (layers/layer.py, 3.0 to 3.15)."""
_COMMENT = re.compile(r"#[^\n]*")
ATOMS = (ast.Name, ast.Call, ast.Attribute, ast.Subscript, ast.Constant)


def inserted(source: Source, place: LayerPlace, code: str, argument: Argument) -> Correction | None:
    """A layer made by `code` before the one at `place`, on the way of the tensor `argument`."""
    match place:
        case Added(statement, call):
            return before(source, statement, f"{source.text(source.span(call.func))}({code})")
        case Listed(display, element):
            return _listed(source, display, element, code)
        case Applied(call):
            return _wrapped(source, call, code, argument)
        case _:
            assert_never(place)


def inserted_behind(source: Source, place: LayerPlace, code: str) -> Correction | None:
    """A layer made by `code` behind the one at `place`, for all that take what it gives."""
    if not isinstance(place, Applied):
        return None
    span = source.span(place.call)
    text = f"{code}({source.text(span)})"
    return Correction(text, span, text)


def added_behind(source: Source, place: LayerPlace, code: str) -> list[tuple[Span, str]]:
    """What is put in, and where, for a layer made by `code` behind the one at `place`; no character is replaced."""
    match place:
        case Added(statement, call):
            return [on_next_line(source, statement, f"{source.text(source.span(call.func))}({code})")]
        case Listed(display, element):
            indent = indent_of(source, source.span(element))
            comma = Style.of(source.text(source.span(display))).comma if indent is None else f",\n{indent}"
            return [(end(source.span(element)), f"{comma}{code}")]
        case Applied(call):
            named = parents_in(source)[call]
            if isinstance(named, ast.Assign) and isinstance(named.targets[0], ast.Name) and len(named.targets) == 1:
                name = named.targets[0].id
                return [on_next_line(source, named, f"{name} = {code}({name})")]
            return [(at(source.span(call)), f"{code}("), (end(source.span(call)), ")")]
        case _:
            assert_never(place)


def on_next_line(source: Source, statement: ast.stmt, text: str) -> tuple[Span, str]:
    """Another statement behind one: at the end of its line, or on the same line where others share that."""
    span = source.span(statement)
    indent, rest = indent_of(source, span), behind(source, span).rstrip("\r\n")
    if indent is None or _COMMENT.sub("", rest).strip():
        return end(span), f"; {text}"
    column = span.end_column + len(rest)
    return Span(span.file, span.end_line, column, span.end_line, column), f"\n{indent}{text}"


def inserted_before_loop(source: Source, place: LayerPlace, code: str, argument: Argument) -> Correction | None:
    """A layer before the first of those that a loop makes at `place`; `None` where the loop does not allow it."""
    match place:
        case Added(statement, call):
            return _before_loop(source, statement, call.func, f"{source.text(source.span(call.func))}({code})")
        case Applied(call):
            node, renewing = tensor_of(call, argument), parents_in(source)[call]
            if node is None or not _is_renewed(renewing, node):
                return None
            text = source.text(source.span(node))
            return _before_loop(source, renewing, node, f"{text} = {code}({text})")
        case Listed():
            return None
        case _:
            assert_never(place)


def _before_loop(source: Source, statement: ast.stmt, name: ast.expr, text: str) -> Correction | None:
    """A statement before the loop that another one is the first of to speak of a name in; it must run once."""
    loop, root = parents_in(source)[statement], _root(name)
    if not isinstance(loop, ast.For) or root is None or is_repeated(source, loop):
        return None
    earlier = [loop.target, loop.iter, *loop.body[: loop.body.index(statement)]]
    spoken = {node.id for each in earlier for node in ast.walk(each) if isinstance(node, ast.Name)}
    return None if root.id in spoken else before(source, loop, text)


def _root(node: ast.expr) -> ast.Name | None:
    while isinstance(node, ast.Attribute):
        node = node.value
    return node if isinstance(node, ast.Name) else None


def removed(source: Source, place: LayerPlace) -> Correction | None:
    """The layer at `place` left out: what entered it goes on."""
    match place:
        case Added(statement, _):
            return without(source, statement)
        case Listed(display, element):
            return _unlisted(source, display, element)
        case Applied(call):
            return _unwrapped(source, call)
        case _:
            assert_never(place)


def exchanged(source: Source, made: ast.Call, code: str, *, is_function: bool) -> Correction | None:
    """Another constructor call in the place of one, with its name and what it says of the model's input.

    `is_function`: a function made the layer and called it, so that the arguments are tensors.
    """
    if is_function:
        return None if made.keywords else replaced(source, made, source.span(made.func), code)
    text = with_keywords(source, made, code, ("name", *INPUT_SHAPES))
    return Correction(text, source.span(made), text)


def with_keywords(source: Source, made: ast.Call, code: str, names: Collection[str]) -> str:
    """A constructor call with keywords of another one, as they are written there."""
    words = [source.text(source.span(keyword)) for keyword in made.keywords if keyword.arg in names]
    start = code.rstrip(")") if code.endswith("()") else code[:-1]
    return f"{start}{'' if code.endswith('()') else ', '}{', '.join(words)})" if words else code


def with_next(source: Source, change: Correction, following: Correction) -> Correction | None:
    """Two changes as one, the second one behind the first; `None` where the source does not show both."""
    if change.replaces is None or following.replaces is None:
        return None
    same = source.text(gap(change.replaces, following.replaces))
    replacement = f"{change.replacement}{same}{following.replacement}"
    indent = " " * change.replaces.column
    lines = f"{replacement}{behind(source, following.replaces)}".rstrip().expandtabs(1).replace(f"\n{indent}", "\n")
    return Correction(lines, between(change.replaces, following.replaces), replacement)


def _listed(source: Source, display: ast.List | ast.Tuple, element: ast.expr, code: str) -> Correction | None:
    """The layer as an element of its own before another: on its own line if that begins its line."""
    span = source.span(element)
    if not _follows_comma(source, display, element):
        return None
    indent = indent_of(source, span)
    comma = Style.of(source.text(source.span(display))).comma
    return Correction(f"{code},", at(span), f"{code}{comma}" if indent is None else f"{code},\n{indent}")


def _follows_comma(source: Source, display: ast.List | ast.Tuple, element: ast.expr) -> bool:
    """Whether nothing is between an element and the one before but a comma, as a parenthesis around it would be."""
    index, span = display.elts.index(element), source.span(element)
    start = at(source.span(display)) if index == 0 else source.span(display.elts[index - 1])
    return _COMMENT.sub("", source.text(gap(start, span))).strip() in ("," if index else "[", "," if index else "(")


def _wrapped(source: Source, call: ast.Call, code: str, argument: Argument) -> Correction | None:
    """The layer applied to one tensor of a call: in a statement before `x = Dense(10)(x)`, else inside the call."""
    node = tensor_of(call, argument)
    if node is None:
        return None
    statement, text = parents_in(source)[call], source.text(source.span(node))
    if _is_renewed(statement, node):
        return before(source, statement, f"{text} = {code}({text})")
    return replaced(source, call, source.span(node), f"{code}({text})")


def tensor_of(call: ast.Call, argument: Argument) -> ast.expr | None:
    """The expression of one tensor of a call; `None` where a name stands for several."""
    first, *rest = argument
    keywords = {keyword.arg: keyword.value for keyword in call.keywords}
    node = _element(call.args, first) if isinstance(first, int) else keywords.get(first)
    for index in rest:
        node = _element(node.elts, index) if isinstance(node, ast.List | ast.Tuple) else None
    return None if isinstance(node, ast.List | ast.Tuple | ast.Dict) else node


def _element(nodes: list[ast.expr], index: int | str) -> ast.expr | None:
    """One of several expressions; `None` where a star before it hides its number."""
    if not isinstance(index, int) or any(isinstance(node, ast.Starred) for node in nodes[: index + 1]):
        return None
    return nodes[index] if index < len(nodes) else None


def _is_renewed(statement: ast.AST, tensor: ast.expr) -> TypeGuard[ast.Assign | ast.AnnAssign]:
    """Whether a statement gives the name of a tensor to what becomes of it, and reads it once."""
    match statement, tensor:
        case (
            ast.Assign(targets=[ast.Name(id=target)]) | ast.AnnAssign(target=ast.Name(id=target)),
            ast.Name(id=name),
        ) if target == name and (value := statement.value) is not None:
            return sum(isinstance(node, ast.Name) and node.id == name for node in ast.walk(value)) == 1
        case _:
            return False


def _unlisted(source: Source, display: ast.List | ast.Tuple, element: ast.expr) -> Correction | None:
    """An element left out with its comma, with its line where it has one."""
    span = source.span(element)
    if not _follows_comma(source, display, element) or remarks_in(source, span):
        return None
    rest = _COMMENT.sub("", behind(source, span)).strip()
    if indent_of(source, span) is not None and rest in ("", ","):
        return Correction("", whole_lines(source, span), "")
    return Correction("", _between_commas(source, display, element), "")


def _between_commas(source: Source, display: ast.List | ast.Tuple, element: ast.expr) -> Span:
    """An element that shares its line with others, and the comma behind or before it."""
    span, index = source.span(element), display.elts.index(element)
    if index + 1 < len(display.elts):
        following = source.span(display.elts[index + 1])
        if following.line == span.end_line:
            return between(span, at(following))
        comma = len(behind(source, span).partition(",")[0]) + 1
        return Span(span.file, span.line, span.column, span.end_line, span.end_column + comma)
    preceding = source.span(display.elts[index - 1]) if index and isinstance(display, ast.List) else None
    return span if preceding is None or preceding.end_line < span.line else between(gap(preceding, span), span)


def _unwrapped(source: Source, call: ast.Call) -> Correction | None:
    """The tensor in the place of the call that takes it; a statement that only renews it goes."""
    if len(call.args) + sum(keyword.arg == "inputs" for keyword in call.keywords) != 1:
        return None
    node = tensor_of(call, (0,) if call.args else ("inputs",))
    if node is None:
        return None
    statement = parents_in(source)[call]
    if _is_renewed(statement, node):
        return without(source, statement)
    text, span = source.text(source.span(node)), source.span(call)
    if remarks_in(source, span) > remarks_in(source, source.span(node)):
        return None
    text = text if isinstance(node, ATOMS) else f"({text})"
    return Correction(text, span, text)
