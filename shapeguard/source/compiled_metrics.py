"""The metrics that a call of `compile` shows: where each is written, and what other texts make of them."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING

from shapeguard.source.code_places import assigned_to
from shapeguard.source.fit_call import argument_of
from shapeguard.source.literals import Style
from shapeguard.source.name_bindings import binder_in_sight
from shapeguard.source.spelling import spelled
from shapeguard.source.statement_edits import at, between, end, gap, replaced
from shapeguard.source.trees import last_name

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from shapeguard.records.source import Correction
    from shapeguard.source.conversions import Leaf
    from shapeguard.source.trees import Source

ARGUMENTS = ("metrics", "weighted_metrics")
_MODULE = "keras.metrics"
_LISTS = (ast.List, ast.Tuple)


@dataclass(frozen=True, slots=True, eq=False)
class WrittenMetric:
    """A metric in the argument of `compile`: the list around it, its element, and the expression that makes it."""

    argument: str
    around: ast.List | ast.Tuple
    element: ast.expr
    made: ast.expr


def written_metric(source: Source, call: ast.Call, leaf: Leaf, name: str) -> WrittenMetric | None:
    """The only metric of this name that `compile` is given for an output; `None` where that is not in sight."""
    found = [each for each in _written(source, call, leaf) if _name_of(each.made) == name]
    return found[0] if len(found) == 1 else None


def _written(source: Source, call: ast.Call, leaf: Leaf) -> Iterator[WrittenMetric]:
    for argument in ARGUMENTS:
        given = argument_of(call, argument)
        for around in () if given is None else _lists_of(_resolved(source, call, given), leaf):
            for element in around.elts:
                yield WrittenMetric(argument, around, element, _resolved(source, call, element))


def _lists_of(given: ast.expr, leaf: Leaf) -> Iterator[ast.List | ast.Tuple]:
    """The lists of metrics for one output: under its name, or in its place among lists."""
    match given:
        case ast.Dict(keys=keys, values=values):
            for key, value in zip(keys, values, strict=True):
                if isinstance(key, ast.Constant) and key.value == leaf.name and isinstance(value, _LISTS):
                    yield value
        case ast.List(elts=elements) | ast.Tuple(elts=elements):
            if leaf.count > 1 and len(elements) == leaf.count and isinstance(elements[leaf.index], _LISTS):
                yield from _lists_of(elements[leaf.index], type(leaf)(name=leaf.name))
            else:
                yield given
        case _:
            return


def _resolved(source: Source, place: ast.AST, node: ast.expr) -> ast.expr:
    """What a name was given once, else the expression itself."""
    binder = binder_in_sight(source, place, node.id) if isinstance(node, ast.Name) else None
    value = None if binder is None or not isinstance(node, ast.Name) else assigned_to(binder, node.id)
    return node if value is None else value


def _name_of(made: ast.expr) -> str | None:
    match made:
        case ast.Constant(value=str(text)):
            return text
        case ast.Call(func=function):
            return last_name(function)
        case _:
            return last_name(made)


def without(source: Source, call: ast.Call, metrics: Sequence[WrittenMetric], instead: str = "") -> list[Correction]:
    """The lists of metrics without these, each as it is written otherwise; with the name `instead` if none is left."""
    lists = {id(each.around): each.around for each in metrics}
    gone = {id(each.element) for each in metrics}
    quote = Style.of(source.text(source.span(call))).quote
    rest = f"[{quote}{instead}{quote}]" if instead else "[]"
    texts = [(each, _text_without(source, each, gone) or rest) for each in lists.values()]
    return [replaced(source, call, source.span(each), text) for each, text in texts]


def _text_without(source: Source, around: ast.List | ast.Tuple, gone: set[int]) -> str:
    span, last, text = source.span(around), None, ""
    kept = [element for element in around.elts if id(element) not in gone]
    if not kept:
        return ""
    for element in around.elts:
        before = gap(at(span) if last is None else last, at(source.span(element)))
        if id(element) not in gone:
            first = gap(at(span), at(source.span(around.elts[0])))
            text += source.text(before if text else first) + source.text(source.span(element))
        last = source.span(element)
    return text + source.text(between(end(last or span), end(span)))


def with_options(source: Source, metric: WrittenMetric, options: Sequence[str]) -> Correction | None:
    """The metric's own call with these options set to `False`; `None` where a call is not what makes it."""
    if not isinstance(metric.made, ast.Call):
        return None
    arguments = [*metric.made.args, *(keyword.value for keyword in metric.made.keywords)]
    text = ", ".join(f"{name}=False" for name in options)
    written = {keyword.arg: keyword.value for keyword in metric.made.keywords}
    if any(name in written for name in options):
        only = written[options[0]] if len(options) == 1 else None
        return None if only is None else replaced(source, metric.made, source.span(only), "False")
    if not arguments:
        return replaced(
            source, metric.made, gap(source.span(metric.made.func), end(source.span(metric.made))), f"({text})"
        )
    last = max((source.span(each) for each in arguments), key=lambda span: (span.end_line, span.end_column))
    return replaced(source, metric.made, end(last), f", {text}")


def renamed(source: Source, metric: WrittenMetric, name: str) -> Correction | None:
    """The metric of another name in its place, with all that is written beside; `None` where it cannot be named."""
    made = metric.made
    if isinstance(made, ast.Constant):
        quote = source.text(source.span(made))[0]
        return replaced(source, made, source.span(made), f"{quote}{name}{quote}")
    node = made.func if isinstance(made, ast.Call) else made
    own = spelled(source, node, f"{_MODULE}.{name}", beside=ast.unparse(node))
    return None if own is None or own.needs is not None else replaced(source, made, source.span(node), own.text)
