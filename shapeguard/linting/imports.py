"""Which names in a file mean Keras: aliases, `tf.keras`, star imports."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from itertools import chain
from typing import TYPE_CHECKING

from shapeguard.layers.signatures import is_star_name
from shapeguard.source.imports import bindings_in, canonical, stars_in

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from shapeguard.linting.tree_reading import Statements


_KERAS_2 = "tf_keras"


@dataclass(frozen=True, slots=True)
class Names:
    """The names of one file: `bound` ones with their dotted path, the modules imported by `*`, and the user's own."""

    bound: Mapping[str, str]
    stars: tuple[str, ...]
    defined: frozenset[str]
    _resolved: dict[str, str | None] = field(default_factory=dict)

    def resolve(self, node: ast.expr) -> str | None:
        """`keras.layers.Conv2D` for what `node` names, submodules left out; `None` if it is not Keras'."""
        written = dotted(node)
        if written is None:
            return None
        if written not in self._resolved:
            path = self._path(written)
            self._resolved[written] = canonical(path) if path is not None else None
        return self._resolved[written]

    @property
    def reaching(self) -> list[str]:
        """The names through which Keras can be reached."""
        return [name for name, path in self.bound.items() if path == "tensorflow" or canonical(path) is not None]

    @property
    def keras2(self) -> bool:
        """Whether the file asks for Keras 2, which still takes some of what Keras 3 refuses."""
        return any(path.partition(".")[0] == _KERAS_2 for path in self.bound.values())

    @property
    def keras(self) -> bool:
        """Whether the file imports anything through which Keras can be reached."""
        return bool(self.stars or self.reaching)

    def _path(self, written: str) -> str | None:
        first, dot, rest = written.partition(".")
        if first in self.bound:
            return f"{self.bound[first]}{dot}{rest}"
        if self.stars and first not in self.defined and is_star_name(first):
            return f"{self.stars[-1]}.{written}"
        return None


def dotted(node: ast.expr) -> str | None:
    """`layers.Conv2D` for a name or an attribute of one; `None` for any other expression."""
    parts = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    return ".".join([node.id, *reversed(parts)]) if isinstance(node, ast.Name) else None


def names_of(statements: Statements) -> Names:
    """The names that imports and plain aliases of the file bind, in whatever scope."""
    stars = tuple(chain.from_iterable(map(stars_in, statements.imports)))
    bound = dict(chain.from_iterable(map(bindings_in, statements.imports)))
    defined = frozenset(
        [*(node.name for node in statements.definitions), *chain.from_iterable(map(_beside, statements.imports))]
    )
    for node in statements.assignments:  # `keras = tf.keras`, `L = keras.layers`: each may build on the one before
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Attribute() as value):
                if (path := Names(bound, stars, defined).resolve(value)) is not None:
                    bound[name] = path
    return Names({name: path for name, path in bound.items() if name not in defined}, stars, defined)


def _beside(node: ast.Import | ast.ImportFrom) -> Iterator[str]:
    """The names that are imported from beside the file."""
    if isinstance(node, ast.ImportFrom) and (node.level or node.module is None):
        yield from (alias.asname or alias.name for alias in node.names)
