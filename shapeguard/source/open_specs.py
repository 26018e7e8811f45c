"""Shapes that a program leaves open where it declares the elements of a `tf.data` dataset, and ways to tell them."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Any

from shapeguard.records.network import Element
from shapeguard.source.code_places import assigned_to
from shapeguard.source.dataset_chains import SHAPES, SIGNATURE, argument
from shapeguard.source.name_bindings import binder_in_sight, last_binder

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shapeguard.source.trees import Source

    Change = tuple[ast.AST, str, bool]
    """A node, a text, and whether the text is put behind the node."""

NAMES = ("x", "y", "w")
"""What the parts of a batch are called where a function takes them."""


def open_shapes(source: Source, call: ast.Call, structure: Any) -> list[Change]:
    """The shapes of elements where a call of `from_generator` leaves them open, or the argument for all of them."""
    signature, shapes = argument(call, "output_signature", SIGNATURE), argument(call, "output_shapes", SHAPES)
    if signature is not None:
        leaves = _leaves(source, signature, structure)
        written = [(_shape_in(node), leaf) for node, leaf in leaves if isinstance(node, ast.Call)]
        return [(node, _text(leaf.shape), False) for node, leaf in written if node is not None and _is_open(node)]
    if shapes is None:
        last = max(
            [*call.args, *(each.value for each in call.keywords)],
            key=lambda each: (each.end_lineno, each.end_col_offset),
        )
        return [(last, f", output_shapes={_all(structure)}", True)]
    if _is_open(shapes):
        return [(shapes, _all(structure), False)]
    return [(node, _text(leaf.shape), False) for node, leaf in _leaves(source, shapes, structure) if _is_open(node)]


def _leaves(source: Source, node: ast.expr, structure: Any) -> Iterator[tuple[ast.expr, Element]]:
    """The expressions for the single tensors of open rank in a structure, through names."""
    match node:
        case ast.Name(id=name):
            binder = last_binder(source, node, name) or binder_in_sight(source, node, name)
            value = None if binder is None else assigned_to(binder, name)
            if value is not None:
                yield from _leaves(source, value, structure)
        case _ if isinstance(structure, Element):
            if structure.is_open:
                yield node, structure
        case ast.Tuple(elts=parts) | ast.List(elts=parts) if isinstance(structure, tuple | list):
            for part, inner in zip(parts, structure, strict=False):
                yield from _leaves(source, part, inner)
        case ast.Dict(keys=keys, values=parts) if isinstance(structure, dict):
            for key, part in zip(keys, parts, strict=True):
                if isinstance(key, ast.Constant) and key.value in structure:
                    yield from _leaves(source, part, structure[key.value])


def _shape_in(spec: ast.Call) -> ast.expr | None:
    return argument(spec, "shape", 0)


def _is_open(node: ast.expr) -> bool:
    """Whether this is no shape: `None`, or `tf.TensorShape(None)`."""
    match node:
        case ast.Constant(value=None):
            return True
        case ast.Call(func=ast.Attribute(attr="TensorShape") | ast.Name(id="TensorShape"), args=args):
            return not args or _is_open(args[0])
        case _:
            return False


def with_shapes_ensured(function: str, structure: Any) -> str:
    """A further `map` that tells the shapes, by the function that is called `tf.ensure_shape` in TensorFlow."""
    parts = structure if isinstance(structure, tuple) else (structure,)
    names = NAMES[: len(parts)] if len(parts) <= len(NAMES) else [f"x{place}" for place in range(len(parts))]
    texts = [_ensured(function, name, part) for name, part in zip(names, parts, strict=True)]
    made = f"({', '.join(texts)})" if isinstance(structure, tuple) and len(texts) > 1 else texts[0]
    return f".map(lambda {', '.join(names)}: {made})"


def _ensured(function: str, name: str, structure: Any) -> str:
    """A tensor, or a structure of such, with the shapes that were open."""
    match structure:
        case Element(is_open=is_open, shape=shape):
            return f"{function}({name}, {_text(shape)})" if is_open else name
        case dict():
            inside = {key: _ensured(function, f"{name}[{key!r}]", part) for key, part in structure.items()}
            changed = [f"{key!r}: {text}" for key, text in inside.items() if text != f"{name}[{key!r}]"]
            return f"{{**{name}, {', '.join(changed)}}}" if changed else name
        case _:
            texts = [_ensured(function, f"{name}[{place}]", part) for place, part in enumerate(structure)]
            is_same = all(text == f"{name}[{place}]" for place, text in enumerate(texts))
            return name if is_same else _tuple(texts)


def _all(structure: Any) -> str:
    """The shapes of a whole structure."""
    match structure:
        case Element(shape=shape):
            return _text(shape)
        case dict():
            return f"{{{', '.join(f'{key!r}: {_all(part)}' for key, part in structure.items())}}}"
        case _:
            return _tuple([_all(part) for part in structure])


def _tuple(texts: list[str]) -> str:
    return f"({texts[0]},)" if len(texts) == 1 else f"({', '.join(texts)})"


def _text(shape: tuple[int | None, ...]) -> str:
    return str(shape)
