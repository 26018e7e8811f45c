"""What a program changes while it is read, and how the states behind two branches become one."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import reduce
from typing import TYPE_CHECKING, Any

from shapeguard.static.values import ANY, DictValue, ListValue, Tensor

if TYPE_CHECKING:
    from shapeguard.static.modules import Module

MISSING: Any = object()
"""The value of a cell that does not exist."""


@dataclass(frozen=True, slots=True, eq=False)
class Scope:
    """The names of a module or of one call of a function; `parent` is where other names are looked up."""

    cells: dict[str, Any]
    module: Module
    parent: Scope | None = None
    function: str = ""
    outer: set[str] = field(default_factory=set)
    yields: list[Any] | None = None

    def find(self, name: str) -> Any:
        """The value of a name; `MISSING` where none is known."""
        scope: Scope | None = self
        while scope is not None:
            if name in scope.cells:
                return scope.cells[name]
            scope = scope.parent
        return MISSING

    def owner_of(self, name: str) -> dict[str, Any]:
        """Where an assignment of the name goes."""
        if name not in self.outer:
            return self.cells
        scope = self.parent
        while scope is not None:
            if name in scope.cells or scope.parent is None:
                return scope.cells
            scope = scope.parent
        return self.cells


Key = tuple[int, Any]


class State:
    """The one place where cells are changed: inside a branch it notes what they were before."""

    def __init__(self) -> None:
        self._log: list[tuple[dict[Any, Any], Any, Any]] = []
        self._depth = 0

    def set(self, cells: dict[Any, Any], key: Any, value: Any) -> None:
        """Gives a cell a value."""
        if self._depth:
            self._log.append((cells, key, cells.get(key, MISSING)))
        cells[key] = value

    def begin(self) -> int:
        """The mark of a branch that begins."""
        self._depth += 1
        return len(self._log)

    def undo(self, mark: int) -> dict[Key, tuple[dict[Any, Any], Any, Any]]:
        """Ends the branch and takes back what it changed; returns the changed cells with the values that they had."""
        changed: dict[Key, tuple[dict[Any, Any], Any, Any]] = {}
        while len(self._log) > mark:
            cells, key, before = self._log.pop()
            changed.setdefault((id(cells), key), (cells, key, cells.get(key, MISSING)))
            if before is MISSING:
                cells.pop(key, None)
            else:
                cells[key] = before
        self._depth -= 1
        return changed

    def join(self, *branches: dict[Key, tuple[dict[Any, Any], Any, Any]]) -> int:
        """Gives each cell that a branch changed what it is behind all branches; returns how many became another."""
        differing = 0
        places = {place: (cells, key) for branch in branches for place, (cells, key, _) in branch.items()}
        for place, (cells, key) in places.items():
            now = cells.get(key, MISSING)
            values = [branch[place][2] if place in branch else now for branch in branches]
            given = [value for value in values if value is not MISSING]  # a name without a value would be an error
            after = reduce(value_of_either, given) if given else now
            if after is not now:
                differing += now is not MISSING and not same(after, now)
                self.set(cells, key, after)
        return differing


def same(one: Any, other: Any) -> bool:
    """Whether two values are known to be the same."""
    if one is other:
        return True
    if isinstance(one, Tensor) and isinstance(other, Tensor):
        return one.shape == other.shape and one.dtype == other.dtype
    if isinstance(one, tuple) and isinstance(other, tuple):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, ListValue) and isinstance(other, ListValue):
        return same(one.items, other.items)
    try:
        return type(one) is type(other) and bool(one == other)
    except TypeError:
        return False


def value_of_either(one: Any, other: Any) -> Any:
    """What is known of a value that is one of two."""
    if same(one, other):
        return one
    match one, other:
        case Tensor(), Tensor():
            index = one.index if one.index is not None else other.index
            return Tensor(shape_of_either(one.shape, other.shape), one.dtype, index)
        case tuple(), tuple() if len(one) == len(other):
            return tuple(map(value_of_either, one, other))
        case ListValue(), ListValue():
            return ListValue.of(value_of_either(one.items, other.items))
        case DictValue(), DictValue():
            common = one.entries.keys() & other.entries.keys()
            entries = {
                key: value_of_either(one.entries[key], other.entries[key]) for key in one.entries if key in common
            }
            return DictValue.of(entries, is_open=True)
    return ANY


def shape_of_either(one: Any, other: Any) -> Any:
    """The shape that two shapes agree in; `None` where their ranks differ."""
    if one is None or other is None or len(one) != len(other):
        return None
    return tuple(
        size if size == want and type(size) is type(want) else ANY for size, want in zip(one, other, strict=True)
    )


def widened(value: Any) -> Any:
    """What is known of a value that changes in every round of a loop."""
    if isinstance(value, Tensor):
        return Tensor(None, value.dtype, value.index)
    if isinstance(value, ListValue):
        return ListValue.of(ANY)
    return ANY
