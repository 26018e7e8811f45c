"""Another loss, as a change of the call of `compile` that the program makes."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING

from shapeguard.records.source import Correction
from shapeguard.source import trees
from shapeguard.source.fit_call import argument_of, method_of
from shapeguard.source.literals import Style
from shapeguard.source.spelling import rewritten
from shapeguard.source.statement_edits import replaced

if TYPE_CHECKING:
    from shapeguard.records.network import Feed
    from shapeguard.records.targets import CompiledLoss
    from shapeguard.source.spelling import Import
    from shapeguard.source.trees import Source


@dataclass(frozen=True, slots=True)
class Output:
    """An output that a loss is for: its place among the losses, and the name of its layer."""

    index: int
    layer: str


@dataclass(frozen=True, slots=True)
class LossChange:
    """Another loss in the program, and the imports that it needs."""

    correction: Correction
    imports: tuple[Import, ...] = ()


def spelled(loss: CompiledLoss) -> str:
    """The loss as an argument of `compile`, in the form in which it was given."""
    if loss.form == "string":
        return f'"{loss.written}"'
    options = ", ".join(f"{name}={value!r}" for name, value in loss.options)
    return f"keras.losses.{loss.written}" + (f"({options})" if loss.form == "object" else "")


def change_of_loss(feed: Feed, output: Output, code: str) -> LossChange:
    """The loss of an output replaced by `code`; without a place where the call does not show it."""
    source = None if feed.compile_span is None else trees.source_of(feed.compile_span.file)
    call = None if source is None or feed.compile_span is None else source.call_ending(feed.compile_span)
    if source is None or call is None or method_of(call) != "compile":
        return LossChange(Correction(f"loss={code}"))
    given = argument_of(call, "loss")
    node = None if given is None else _of_output(given, output, len(feed.loss))
    written = None if node is None else _written(source, node, code)
    if node is None or written is None:
        return LossChange(Correction(f"loss={code}"))
    return LossChange(replaced(source, call, source.span(node), written[0]), written[1])


def _written(source: Source, node: ast.expr, code: str) -> tuple[str, tuple[Import, ...]] | None:
    """The code in the program's names and quotes."""
    if code.startswith('"'):
        quote = Style.of(source.text(source.span(node))).quote
        return code.replace('"', quote), ()
    beside = ast.unparse(node.func if isinstance(node, ast.Call) else node)
    return rewritten(source, node, code, {"keras": "keras"}, beside=beside)


def _of_output(given: ast.expr, output: Output, count: int) -> ast.expr | None:
    """The loss of one output; `None` where one expression stands for the losses of several."""
    match given:
        case ast.Dict(keys=keys, values=values):
            named = {key.value: value for key, value in zip(keys, values, strict=True) if isinstance(key, ast.Constant)}
            return named.get(output.layer)
        case ast.List(elts=elements) | ast.Tuple(elts=elements):
            is_each = len(elements) == count and not any(isinstance(each, ast.Starred) for each in elements)
            return elements[output.index] if is_each else None
        case _:
            return given if count == 1 else None
