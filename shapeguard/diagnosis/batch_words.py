"""What to write where the size of the batch is written as a number: what is left over, or the size of a tensor."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from shapeguard.layers.operations import SHAPES
from shapeguard.source.functions_in_file import names_imported
from shapeguard.source.literals import Code
from shapeguard.source.name_bindings import FUNCTIONS, scope_of
from shapeguard.source.origins import call_of, node_of

if TYPE_CHECKING:
    from shapeguard.diagnosis.graph import Node
    from shapeguard.records.network import Batches
    from shapeguard.source.name_bindings import Function
    from shapeguard.source.trees import Source

_LEFT_OVER = "reshape"
"""The operation that takes -1 for what is left over, as Keras and the backends call it."""


def written_batch(node: Node, name: str, batches: Batches | None) -> Code | None:
    """The shape in the words of its line, the number of samples for the number; `None` of other arguments."""
    made = None if batches is None or name not in SHAPES or node.construction is None else call_of(node.construction)
    display = None if made is None else _display(made[0], made[1], node, name)
    if made is None or display is None:
        return None
    source, call = made
    rest = [source.text(source.span(each)) for each in display.elts[1:]]
    may_be_left = node.call.layer_type.lower() == _LEFT_OVER and "-1" not in rest
    first = "-1" if may_be_left else number_of_samples(source, call)
    return None if first is None else Code(_as_written(display, [first, *rest]))


def _display(source: Source, call: ast.Call, node: Node, name: str) -> ast.Tuple | ast.List | None:
    """The tuple or list that is written for an argument; `None` where it is empty or something else."""
    arguments = () if node.construction is None else node.construction.arguments
    found = [node_of(source, call, each) for each in arguments if each.name == name]
    values = [each.value if isinstance(each, ast.keyword) else each for each in found]
    return next((each for each in values if isinstance(each, ast.Tuple | ast.List) and each.elts), None)


def _as_written(display: ast.Tuple | ast.List, texts: list[str]) -> str:
    inside = ", ".join(texts)
    if isinstance(display, ast.List):
        return f"[{inside}]"
    return f"({inside},)" if len(texts) == 1 else f"({inside})"


def number_of_samples(source: Source, call: ast.Call) -> str | None:
    """The size of the first axis of what the function around is given, as the file would say it."""
    scope = scope_of(source, call)
    tensor = _tensor_in(scope) if isinstance(scope, FUNCTIONS) else None
    if tensor is None:
        return None
    root = source.text(source.span(call.func)).partition(".")[0]
    if root in {"torch", "jnp", "jax"}:
        return f"{tensor}.shape[0]"
    owner = root if root in {"ops", "tf"} else "ops" if "ops" in names_imported(source) else "keras.ops"
    return f"{owner}.shape({tensor})[0]"


def _tensor_in(function: Function) -> str | None:
    """The first parameter behind `self`, or the first name that it is unpacked into."""
    names = [each.arg for each in function.args.args if each.arg not in {"self", "cls"}]
    if not names:
        return None
    for statement in [] if isinstance(function, ast.Lambda) else function.body:
        match statement:
            case ast.Assign(targets=[ast.Tuple(elts=[ast.Name(id=first), *_])], value=ast.Name(id=given)):
                return first if given == names[0] else names[0]
            case _:
                continue
    return names[0]
