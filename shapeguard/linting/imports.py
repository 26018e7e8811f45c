"""Which names in a file mean Keras: aliases, `tf.keras`, star imports."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING

from shapeguard.layers.signatures import is_star_name
from shapeguard.source.imports import bindings_in, canonical, stars_in

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


@dataclass(frozen=True, slots=True)
class Names:
    """The names of one file: `bound` ones with their dotted path, the modules imported by `*`, and the user's own."""

    bound: Mapping[str, str]
    stars: tuple[str, ...]
    defined: frozenset[str]

    def resolve(self, node: ast.expr) -> str | None:
        """`keras.layers.Conv2D` for what `node` names, submodules left out; `None` if it is not Keras'."""
        path = self._path(node)
        return canonical(path) if path is not None else None

    @property
    def keras(self) -> bool:
        """Whether the file imports anything through which Keras can be reached."""
        return bool(self.stars) or any(
            path == "tensorflow" or canonical(path) is not None for path in self.bound.values()
        )

    def _path(self, node: ast.expr) -> str | None:
        match node:
            case ast.Name(id=name):
                if name in self.bound:
                    return self.bound[name]
                if name not in self.defined and is_star_name(name):
                    return f"{self.stars[-1]}.{name}" if self.stars else None
                return None
            case ast.Attribute(value=value, attr=attribute):
                parent = self._path(value)
                return None if parent is None else f"{parent}.{attribute}"
            case _:
                return None


def names_of(tree: ast.Module) -> Names:
    """The names that imports and plain aliases of the file bind, in whatever scope."""
    nodes = list(ast.walk(tree))
    stars = tuple(chain.from_iterable(map(stars_in, nodes)))
    bound = dict(chain.from_iterable(map(bindings_in, nodes)))
    defined = frozenset(chain.from_iterable(map(_definitions, nodes)))
    names = Names(bound, stars, defined)
    for node in nodes:  # `keras = tf.keras`, `L = keras.layers`, `Conv = L.Conv2D`: each may build on the one before
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Attribute() as value):
                if (path := names.resolve(value)) is not None:
                    bound[name] = path
    return Names({name: path for name, path in bound.items() if name not in defined}, stars, defined)


def _definitions(node: ast.AST) -> Iterator[str]:
    """The names that the user's own code gives a meaning: by a definition or an import from beside the file."""
    match node:
        case ast.ImportFrom(module=str(), level=0):
            return
        case ast.ImportFrom(names=aliases):
            yield from (alias.asname or alias.name for alias in aliases)
        case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
            yield name
