"""The calls of Keras' constructors in a file, as values that the rules of `lint` read."""

from __future__ import annotations

import ast
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeGuard

from shapeguard.layers import class_called
from shapeguard.layers.signatures import is_constructor, traits_made_by
from shapeguard.linting.imports import names_of
from shapeguard.records.source import Opaque, Span

if TYPE_CHECKING:
    from collections.abc import Sequence

    from shapeguard.layers import Traits
    from shapeguard.linting.imports import Names
    from shapeguard.source.files import Places

UNKNOWN = object()
_LAYERS = "keras.layers."


@dataclass(frozen=True, slots=True)
class LayerCall:
    """A constructor call: `layer` is Keras 3's name of the class, `written` the callee as the user wrote it."""

    node: ast.Call
    layer: str
    written: str

    @property
    def traits(self) -> Traits:
        """What is known of the class."""
        return traits_made_by(self.layer)

    @property
    def signature(self) -> tuple[str, ...]:
        """The names of the leading positional arguments, as far as they are asked for."""
        return self.traits.positionals or ()

    @property
    def positionals(self) -> list[ast.expr]:
        """The positional arguments up to the first `*` one."""
        plain: list[ast.expr] = []
        for argument in self.node.args:
            if isinstance(argument, ast.Starred):
                break
            plain.append(argument)
        return plain

    @property
    def keywords(self) -> dict[str, ast.keyword]:
        """The keyword arguments by name; those of a `**` mapping are not known."""
        return {keyword.arg: keyword for keyword in self.node.keywords if keyword.arg is not None}

    @property
    def open_ended(self) -> bool:
        """Whether `*` or `**` brings arguments that the source does not show."""
        return len(self.positionals) < len(self.node.args) or any(word.arg is None for word in self.node.keywords)

    def argument(self, name: str) -> ast.expr | None:
        """The expression passed as `name`, by keyword or position; `None` if it is not written."""
        if name in self.keywords:
            return self.keywords[name].value
        signature = self.signature
        index = signature.index(name) if name in signature else len(self.positionals)
        return self.positionals[index] if index < len(self.positionals) else None

    @property
    def name(self) -> str:
        """The layer's name if it is written as a literal, else the callee."""
        given = literal(self.keywords["name"].value) if "name" in self.keywords else None
        return given if isinstance(given, str) else self.written


@dataclass(frozen=True, slots=True)
class Module:
    """One file as the rules see it: `layers` are its constructor calls in the order of the source."""

    tree: ast.Module
    places: Places
    names: Names
    layers: tuple[LayerCall, ...] = ()

    def layer_call(self, node: ast.AST) -> LayerCall | None:
        """The constructor call that `node` is; `None` if it is something else."""
        if not isinstance(node, ast.Call):
            return None
        path = self.names.resolve(node.func)
        if path == "keras.Input":
            path = "keras.layers.Input"
        if path is None or not path.startswith(_LAYERS):
            return None
        written = path.removeprefix(_LAYERS)
        layer = class_called(written)
        return LayerCall(node, layer, self.code(node.func)) if is_constructor(layer) else None

    def code(self, node: ast.AST) -> str:
        """The source text of `node`."""
        return self.places.code(self.places.span(node))

    def span(self, node: ast.AST) -> Span:
        """The place of `node`."""
        return self.places.span(node)

    def value(self, node: ast.expr) -> object:
        """The value of a literal number, text or tuple; the source text of anything else."""
        value = literal(node)
        return value if isinstance(value, int | float | str | tuple) else Opaque(self.code(node))

    def leading(self, call: LayerCall, count: int) -> str:
        """The first `count` positional arguments as written, on one line."""
        return ", ".join(" ".join(self.code(node).split()) for node in call.positionals[:count])

    def as_tuple(self, nodes: Sequence[ast.expr]) -> tuple[Span, str]:
        """The place of these neighbours, and their text with everything between them, in brackets."""
        first, last = self.span(nodes[0]), self.span(nodes[-1])
        span = Span(first.file, first.line, first.column, last.end_line, last.end_column)
        return span, f"({self.places.code(span)})"


def module_of(tree: ast.Module, places: Places) -> Module:
    """A parsed file with its constructor calls."""
    module = Module(tree, places, names_of(tree))
    if not module.names.keras:
        return module
    calls = [call for node in ast.walk(tree) if (call := module.layer_call(node)) is not None]
    calls.sort(key=lambda call: (call.node.lineno, call.node.col_offset))
    return replace(module, layers=tuple(calls))


def literal(node: ast.expr | None) -> object:
    """The value of a literal expression; `UNKNOWN` for anything that must be run."""
    if node is None:
        return UNKNOWN
    try:
        return ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return UNKNOWN


def is_integer(value: object) -> TypeGuard[int]:
    """Whether this is an int and no bool."""
    return isinstance(value, int) and not isinstance(value, bool)
