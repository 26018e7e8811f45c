"""The values of the shape language: dims, `ShapeSpec` for one tensor, `StructureSpec` for several."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from shapeguard.spec.formula import Formula, Name, leaves_of, text_of

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True, slots=True)
class Fixed:
    """One axis of exactly `size`; of `size` or 1 where `broadcastable`."""

    size: int
    broadcastable: bool = False

    def __str__(self) -> str:
        return f"{_mark(self)}{self.size}"


@dataclass(frozen=True, slots=True)
class Labelled:
    """One axis of exactly `size`, with a name for the reader: `rows=4`. The name binds nothing."""

    name: str
    size: int
    broadcastable: bool = False

    def __str__(self) -> str:
        return f"{_mark(self)}{self.name}={self.size}"


@dataclass(frozen=True, slots=True)
class Named:
    """One axis whose size is the same wherever `name` occurs; `label` is another name, for the reader: `rows=n`."""

    name: str
    broadcastable: bool = False
    label: str | None = None

    def __str__(self) -> str:
        return f"{_mark(self)}{_label(self)}{self.name}"


@dataclass(frozen=True, slots=True)
class Expression:
    """One axis whose size is computed from names: `2*n+1`; `label` is a name for the reader: `rows=2*n+1`."""

    formula: Formula
    broadcastable: bool = False
    label: str | None = None

    def __str__(self) -> str:
        return f"{_mark(self)}{_label(self)}{text_of(self.formula)}"

    @property
    def names(self) -> frozenset[str]:
        """The symbols that it is computed from."""
        return self._names(in_braces=False)

    @property
    def variables(self) -> frozenset[str]:
        """The builder variables in braces that have no value yet."""
        return self._names(in_braces=True)

    def _names(self, *, in_braces: bool) -> frozenset[str]:
        leaves = (leaf for leaf in leaves_of(self.formula) if isinstance(leaf, Name))
        return frozenset(leaf.name for leaf in leaves if leaf.in_braces is in_braces)


@dataclass(frozen=True, slots=True)
class AnySize:
    """One axis of any size; `label` is the name in `_name`, which is for the reader only."""

    label: str | None = None

    def __str__(self) -> str:
        return "None" if self.label is None else f"_{self.label}"


@dataclass(frozen=True, slots=True)
class Variadic:
    """Any number of axes, none included: `...`, or `*name` for the same axes wherever the name occurs.

    `label` is the name in `*_name` or before the `=` of `*axes=name`, which is for the reader only. Where
    `broadcastable`, the axes agree with the name's up to broadcasting, as in NumPy.
    """

    name: str | None = None
    broadcastable: bool = False
    label: str | None = None

    def __str__(self) -> str:
        if self.name is None:
            return "..." if self.label is None else f"*_{self.label}"
        return f"{_mark(self)}*{_label(self)}{self.name}"


Dim = Fixed | Labelled | Named | Expression | AnySize | Variadic


def _mark(dim: Fixed | Labelled | Named | Expression | Variadic) -> str:
    return "#" if dim.broadcastable else ""


def _label(dim: Named | Expression | Variadic) -> str:
    return "" if dim.label is None else f"{dim.label}="


@dataclass(frozen=True, slots=True, repr=False)
class ShapeSpec:
    """The shape that is expected of one tensor, batch axis first; `str` gives the canonical form."""

    dims: tuple[Dim, ...]

    def __str__(self) -> str:
        return " ".join(map(str, self.dims)) or "()"

    def __repr__(self) -> str:
        return f"ShapeSpec({str(self)!r})"

    @property
    def as_tuple(self) -> str:
        """The spec as a Python tuple with bare names, as messages show it: `(B, 26, 26, 32)`."""
        comma = "," if len(self.dims) == 1 else ""
        return f"({', '.join(map(str, self.dims))}{comma})"

    @property
    def variadic_index(self) -> int | None:
        """Where among `dims` the variadic is; `None` where every dim is one axis."""
        return next((index for index, dim in enumerate(self.dims) if isinstance(dim, Variadic)), None)

    @property
    def ndim(self) -> int | None:
        """The rank; `None` where a variadic leaves it open."""
        return len(self.dims) if self.variadic_index is None else None

    @property
    def names(self) -> frozenset[str]:
        """Every symbol that unifying may bind or read, as `Bindings` keeps them: a variadic one with a star."""
        return frozenset(name for dim in self.dims for name in _names_of(dim))

    @property
    def variables(self) -> frozenset[str]:
        """The builder variables in braces that have no value yet."""
        return frozenset(name for dim in self.dims if isinstance(dim, Expression) for name in dim.variables)

    @property
    def is_concrete(self) -> bool:
        """Whether each axis is one literal size; axis 0, the batch, may be free."""
        return self.variadic_index is None and all(
            isinstance(dim, Fixed | Labelled) and not dim.broadcastable for dim in self.dims[1:]
        )


def _names_of(dim: Dim) -> Iterator[str]:
    match dim:
        case Named(name):
            yield name
        case Expression():
            yield from sorted(dim.names)
        case Variadic(str() as name):
            yield f"*{name}"
        case Fixed() | Labelled() | AnySize() | Variadic():
            return


@dataclass(frozen=True, slots=True, repr=False)
class StructureSpec:
    """What is expected of several tensors, nested as the layer returns them.

    `keys` names the items of a dict, sorted as Keras flattens them, and is empty for a list and a tuple.
    """

    kind: Literal["list", "tuple", "dict"]
    items: tuple[Spec, ...]
    keys: tuple[str, ...] = ()

    def __str__(self) -> str:
        texts = [item.as_tuple if isinstance(item, ShapeSpec) else str(item) for item in self.items]
        match self.kind:
            case "list":
                return f"[{', '.join(texts)}]"
            case "tuple":
                return f"({', '.join(texts)}{',' if len(texts) == 1 else ''})"
            case "dict":
                pairs = zip(self.keys, texts, strict=True)
                return f"{{{', '.join(f'{key!r}: {text}' for key, text in pairs)}}}"

    def __repr__(self) -> str:
        return f"StructureSpec({str(self)!r})"

    @property
    def leaves(self) -> tuple[ShapeSpec, ...]:
        """The specs of the single tensors in the order in which Keras flattens the structure."""
        leaves: list[ShapeSpec] = []
        for item in self.items:
            leaves.extend((item,) if isinstance(item, ShapeSpec) else item.leaves)
        return tuple(leaves)

    @property
    def names(self) -> frozenset[str]:
        """Every symbol of every leaf."""
        return frozenset(name for leaf in self.leaves for name in leaf.names)


Spec = ShapeSpec | StructureSpec
