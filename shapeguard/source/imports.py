"""What imports bind, in the words of Keras 3: the one list of the packages under which Keras is imported."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_KERAS = ("tensorflow.python.keras", "tensorflow.keras", "tf_keras", "keras")


def canonical(path: str) -> str | None:
    """`keras.layers.Conv2D` for `tensorflow.keras.layers.convolutional.Conv2D`; `None` for what is not Keras'."""
    for root in _KERAS:
        if path == root or path.startswith(f"{root}."):
            rest = [part for part in path[len(root) + 1 :].split(".") if part]
            if rest[:1] == ["src"]:
                rest = rest[1:]
            if len(rest) > 2:  # keras.layers.convolutional.Conv2D was its house until Keras 2.3
                rest = [rest[0], rest[-1]]
            return ".".join(["keras", *rest])
    return None


def bindings_in(node: ast.AST) -> Iterator[tuple[str, str]]:
    """The names that an import binds, with their paths."""
    match node:
        case ast.Import(names=aliases):
            for alias in aliases:
                top = alias.name.partition(".")[0]
                yield (alias.asname, alias.name) if alias.asname else (top, top)
        case ast.ImportFrom(module=str(module), level=0, names=aliases):
            yield from ((a.asname or a.name, f"{module}.{a.name}") for a in aliases if a.name != "*")


def stars_in(node: ast.AST) -> Iterator[str]:
    """The module of Keras' from which everything is imported."""
    match node:
        case ast.ImportFrom(module=str(module), level=0, names=aliases):
            star = canonical(module)
            yield from (star for alias in aliases if alias.name == "*" and star is not None)
