"""The calls of Keras' constructors in a file, as values that the rules of `lint` read."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from itertools import takewhile
from typing import TYPE_CHECKING, Any, TypeGuard, TypeVar, cast

from shapeguard.layers import Role, class_called
from shapeguard.layers.signatures import is_constructor, traits_made_by
from shapeguard.linting.imports import dotted, names_of
from shapeguard.linting.tree_reading import calls_on, lines_with, statements_of, touches
from shapeguard.records.source import Opaque, Span

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from shapeguard.layers import Traits
    from shapeguard.linting.imports import Names
    from shapeguard.linting.tree_reading import Statements
    from shapeguard.source.files import Places

UNKNOWN = object()
_T = TypeVar("_T")
_LAYERS = "keras.layers."
_OF_MODELS = ("nb_epoch", "fit_generator", "evaluate_generator", "predict_generator")
"""Words in calls of methods of a model."""


@dataclass(frozen=True, slots=True)
class LayerCall:
    """A constructor call.

    Attributes:
        node: The call.
        layer: Keras 3's name of the class.
        written: The callee as the user wrote it.
        traits: What is known of the class.
        positionals: The positional arguments up to the first `*` one.
        keywords: The keyword arguments by name; those of a `**` mapping are not known.
    """

    node: ast.Call
    layer: str
    written: str
    traits: Traits
    positionals: list[ast.expr]
    keywords: dict[str, ast.keyword]

    @property
    def signature(self) -> tuple[str, ...]:
        """The names of the leading positional arguments, as far as they are asked for."""
        return self.traits.positionals or ()

    @property
    def is_input(self) -> bool:
        """Whether it makes a tensor, which no layer's constructor does but that of an input."""
        return self.traits.role is Role.INPUT

    @property
    def open_ended(self) -> bool:
        """Whether `*` or `**` brings arguments that the source does not show."""
        return len(self.positionals) < len(self.node.args) or len(self.keywords) < len(self.node.keywords)

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
class _Constructors:
    """Finds constructor calls among the calls of a file."""

    names: Names
    known: dict[str, tuple[str, Traits] | None] = field(default_factory=dict)

    def call(self, node: ast.Call) -> LayerCall | None:
        """The constructor call that a call is; `None` if it is something else."""
        written = dotted(node.func)
        if written is None:
            return None
        if written not in self.known:
            self.known[written] = _class_at(self.names.resolve(node.func))
        made = self.known[written]
        if made is None:
            return None
        positionals = list(takewhile(_is_plain, node.args))
        keywords = {keyword.arg: keyword for keyword in node.keywords if keyword.arg is not None}
        return LayerCall(node, made[0], written, made[1], positionals, keywords)


def _class_at(path: str | None) -> tuple[str, Traits] | None:
    """The class at a path of Keras', with its traits; `None` if lint does not read its calls."""
    if path == "keras.Input":
        path = "keras.layers.Input"
    if path is None or not path.startswith(_LAYERS):
        return None
    layer = class_called(path.removeprefix(_LAYERS))
    return (layer, traits_made_by(layer)) if is_constructor(layer) else None


def _is_plain(argument: ast.expr) -> bool:
    return not isinstance(argument, ast.Starred)


@dataclass(frozen=True, slots=True)
class Module:
    """One file as the rules see it, read once for all of them.

    Attributes:
        statements: Its statements.
        places: Where each is in the text.
        names: What the names of the file mean.
        calls: The calls that may be of Keras, in the order of the source.
        layers: The constructor calls among them.
    """

    statements: Statements
    places: Places
    names: Names
    calls: tuple[ast.Call, ...] = ()
    layers: tuple[LayerCall, ...] = ()
    _by_node: Mapping[int, LayerCall] = field(default_factory=dict)
    _known: dict[object, Any] = field(default_factory=dict)

    def layer_call(self, node: ast.AST) -> LayerCall | None:
        """The constructor call that `node` is; `None` if it is something else."""
        return self._by_node.get(id(node))

    def once(self, work: Callable[[Module], _T]) -> _T:
        """What `work` makes of the module: it is done for the first rule that asks, and kept for the others."""
        if work not in self._known:
            self._known[work] = work(self)
        return cast("_T", self._known[work])

    def mentions_between(self, word: str, first: int, last: int) -> bool:
        """Whether the word is on one of these lines."""
        if word not in self._known:
            self._known[word] = lines_with(self.places, [word])
        return touches(self._known[word], first, last)

    def mentions(self, word: str) -> bool:
        """Whether the text has this word, or part of one; to be asked before a search that takes longer."""
        return word in self.places.text

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
    statements = statements_of(tree)
    names = names_of(statements)
    if not names.keras:
        return Module(statements, places, names)
    reaching = [*names.reaching, *(word for word in _OF_MODELS if word in places.text)]
    calls = calls_on(statements, lines_with(places, reaching, constructors=bool(names.stars)))
    constructors = _Constructors(names)
    layers = [layer for call in calls if (layer := constructors.call(call)) is not None]
    return Module(statements, places, names, calls, tuple(layers), {id(layer.node): layer for layer in layers})


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
