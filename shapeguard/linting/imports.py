"""Which names in a file mean Keras: aliases, `tf.keras`, star imports."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field

from shapeguard.layers.signatures import STAR_NAMES

_KERAS = ("tensorflow.python.keras", "tensorflow.keras", "tf_keras", "keras")


@dataclass(slots=True)
class Names:
    """What the names of one file stand for: dotted paths under `keras`; `stars` are modules imported by `*`."""

    bound: dict[str, str] = field(default_factory=dict)
    stars: list[str] = field(default_factory=list)
    defined: set[str] = field(default_factory=set)

    def resolve(self, node: ast.expr) -> str | None:
        """`keras.layers.Conv2D` for what `node` names, submodules left out; `None` where it is not Keras'."""
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
                if name not in self.defined and name in STAR_NAMES:
                    return f"{self.stars[-1]}.{name}" if self.stars else None
                return None
            case ast.Attribute(value=value, attr=attribute):
                parent = self._path(value)
                return None if parent is None else f"{parent}.{attribute}"
            case _:
                return None


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


def names_of(tree: ast.Module) -> Names:
    """What every import and plain alias of the file binds, wherever it stands."""
    names = Names()
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=aliases):
                for alias in aliases:
                    bound = alias.asname or alias.name.partition(".")[0]
                    names.bound[bound] = alias.name if alias.asname else bound
            case ast.ImportFrom(module=str(module), level=0, names=aliases):
                _import_from(names, module, aliases)
            case ast.ImportFrom(names=aliases):
                names.defined.update(alias.asname or alias.name for alias in aliases)
            case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
                names.defined.add(name)
    _aliases(tree, names)
    for name in names.defined:
        if name in names.bound:  # a class of the user's own that took over the name
            del names.bound[name]
    return names


def _import_from(names: Names, module: str, aliases: list[ast.alias]) -> None:
    for alias in aliases:
        if alias.name == "*":
            if (star := canonical(module)) is not None:
                names.stars.append(star)
        else:
            names.bound[alias.asname or alias.name] = f"{module}.{alias.name}"


def _aliases(tree: ast.Module, names: Names) -> None:
    """`keras = tf.keras`, `L = keras.layers`, `Conv = L.Conv2D`."""
    for node in ast.walk(tree):
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Attribute() as value):
                path = names._path(value)  # noqa: SLF001  same module
                if path is not None and canonical(path) is not None:
                    names.bound[name] = path
