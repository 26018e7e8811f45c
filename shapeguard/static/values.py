"""The values of the abstract interpreter: Python's own where they are known, and what stands for the others.

A size of a tensor is an int, `None` as in Keras, a `Symbol`, or `ANY` where it is not known.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import ast
    from collections.abc import Callable, Mapping

    from shapeguard.layers import Rule
    from shapeguard.static.modules import Module


class Unknown:
    """A value, or a size, of which nothing is known."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "?"

    def __bool__(self) -> bool:
        raise TypeError("nobody knows whether it is true")


class Runtime:
    """A whole number that Keras knows only when data comes, as `ops.shape(x)[0]`; as a size it is `None`."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "None"


ANY = Unknown()
RUNTIME = Runtime()


@dataclass(frozen=True, slots=True)
class Symbol:
    """A whole number that is not known, with its name: `factor` times the name and `rest` more."""

    name: str
    factor: int = 1
    rest: int = 0

    def __str__(self) -> str:
        text = self.name if self.factor == 1 else f"{self.factor} * {self.name}"
        return text if not self.rest else f"{text} {'+' if self.rest > 0 else '-'} {abs(self.rest)}"

    def __bool__(self) -> bool:
        raise TypeError("nobody knows whether it is zero")


Dim = int | None | Symbol | Unknown
Dims = tuple[Dim, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Tensor:
    """A tensor of a network, or an array; `shape` is `None` where the rank is not known.

    `index` is its place among the values of the network, `None` for an array. `greatest` is the largest of its whole
    numbers, if that is known.
    """

    shape: Dims | None = None
    dtype: str = "float32"
    index: int | None = None
    greatest: int | None = None

    @property
    def is_array(self) -> bool:
        """Whether it is data rather than a tensor of a network."""
        return self.index is None


@dataclass(frozen=True, slots=True, eq=False)
class ListValue:
    """A list; `cells["items"]` is the tuple of what is in it, `ANY` where that is not known."""

    cells: dict[str, Any]

    @classmethod
    def of(cls, items: Any) -> ListValue:
        """A list of these."""
        return cls({"items": items if items is ANY else tuple(items)})

    @property
    def items(self) -> Any:
        """What is in it."""
        return self.cells["items"]


@dataclass(frozen=True, slots=True, eq=False)
class DictValue:
    """A dict; `cells["entries"]` is what is known of it, `cells["is_open"]` whether it may have other entries."""

    cells: dict[str, Any]

    @classmethod
    def of(cls, entries: dict[Any, Any], *, is_open: bool = False) -> DictValue:
        """A dict of these."""
        return cls({"entries": entries, "is_open": is_open})

    @property
    def entries(self) -> dict[Any, Any]:
        """What is known to be in it."""
        found = self.cells["entries"]
        return found if isinstance(found, dict) else {}

    @property
    def is_open(self) -> bool:
        """Whether there may be other entries."""
        return self.cells["is_open"] is not False or not isinstance(self.cells["entries"], dict)


@dataclass(frozen=True, slots=True, eq=False)
class Record:
    """An object that has attributes and nothing else, as the arguments of a command line; the others are unknown."""

    cells: dict[str, Any]
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Named:
    """Something that an import brings, by its dotted path: `keras.layers.Conv2D`, `numpy.zeros`."""

    path: str


@dataclass(frozen=True, slots=True, eq=False)
class Function:
    """A function of the program; `owner` is the class that defines it."""

    node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
    scope: Any
    defaults: dict[str, Any]
    name: str
    owner: Class | None = None
    decorators: tuple[Any, ...] = ()
    is_generator: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Class:
    """A class of the program."""

    node: ast.ClassDef
    scope: Any
    bases: tuple[Any, ...]
    cells: dict[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """Its name."""
        return self.node.name

    def lineage(self) -> list[Any]:
        """Itself and the classes that it is derived from, the nearest first, those of Keras as `Named`."""
        found: list[Any] = [self]
        for base in self.bases:
            found += [each for each in (base.lineage() if isinstance(base, Class) else [base]) if each not in found]
        return found

    def lookup(self, name: str) -> Any:
        """What an attribute is in the class or in those of the program that it is derived from; `None` without one."""
        for each in self.lineage():
            if isinstance(each, Class) and name in each.cells:
                return each.cells[name]
        return None

    @property
    def keras_base(self) -> str | None:
        """The class of Keras that it is derived from, by its path."""
        return next((each.path for each in self.lineage() if isinstance(each, Named)), None)


@dataclass(frozen=True, slots=True, eq=False)
class Layer:
    """A layer of Keras' own: its class, the arguments as they are bound, and the call that made it.

    `cells` hold what changes: the number of its "calls".
    """

    class_name: str
    name: str
    arguments: dict[str, Any]
    rule: Rule | None
    made: Made
    cells: dict[str, Any] = field(default_factory=lambda: {"calls": 0, "data_format": None})


@dataclass(frozen=True, slots=True, eq=False)
class Operation:
    """A call of a functional operation: its class, its arguments, and all of its tensors in order."""

    kind: str
    config: Mapping[str, Any]
    tensors: tuple[Tensor, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Instance:
    """An object of a class of the program; where that is a layer, `name` is the layer's.

    `cells` are its attributes. `own` is what the constructor of its Keras class made: a layer with a rule, or a model.
    """

    of: Class
    made: Made
    cells: dict[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The layer's name."""
        return str(self.cells.get("(name)", self.of.name))


@dataclass(frozen=True, slots=True, eq=False)
class Model:
    """A Sequential or functional model: `cells` hold its "layers", and the tensors of "inputs" and "outputs".

    `calls` are the indices of the calls between inputs and outputs.
    """

    kind: str
    name: str
    made: Made
    cells: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class Method:
    """A function of an object, not called yet: `name` of `owner`, with the function of the program if it is one."""

    owner: Any
    name: str
    function: Function | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Builtin:
    """A function of the interpreter's own, by name."""

    name: str
    call: Callable[..., Any]


@dataclass(frozen=True, slots=True, eq=False)
class Made:
    """The call of the program that made a layer: the node, its file, and the callers above, innermost first."""

    node: ast.AST
    module: Module
    callers: tuple[tuple[Module, ast.AST], ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Super:
    """`super()` in a method: what comes behind `after` in the classes of `instance`."""

    instance: Instance
    after: Class


Applicable = Layer | Model | Instance
"""What is called on tensors, and keeps something between its calls."""

Undecided = Unknown | Symbol | Runtime | Tensor | Named
"""What may count as true or as false."""
