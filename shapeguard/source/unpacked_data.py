"""Data that a program unpacks from one call: which name is which part of which array, and in what order they belong."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from shapeguard.source.code_places import assigned_to
from shapeguard.source.name_bindings import binder_in_sight, last_binder
from shapeguard.source.trees import last_name

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from shapeguard.source.trees import Source

    Order = tuple[int, ...]

_SPLIT = "train_test_split"
"""scikit-learn's function: both parts of the first array, both of the next, and so on."""
_LOAD = "load_data"
"""The function of Keras' datasets: both arrays of the first part, both of the second."""
_PARTS = 2
ROLE = re.compile(r"train(?:ing)?|test(?:ing)?|valid(?:ation)?|val(?!u)|dev(?!i)|eval", re.IGNORECASE)
"""What names say of the part that an array is of."""
_TRAINING = "train"
_MOST = 8
"""How many statements are followed, at most."""


@dataclass(frozen=True, slots=True)
class Role:
    """What a name says: of which array it is, and whether of the part that is trained on."""

    stem: str
    is_training: bool


@dataclass(frozen=True, slots=True, eq=False)
class Unpacking:
    """An assignment to several names of what one function gives; `names` as they stand there, `arrays` how many."""

    statement: ast.Assign
    function: str
    names: tuple[ast.Name, ...]
    arrays: int

    def right_order(self, stems: Sequence[str]) -> Order | None:
        """For each place the name that belongs there, if `stems` are the arrays in order; `None` if nobody tells."""
        roles = [role_of(each.id) for each in self.names]
        wanted = [Role(stems[array], is_training=part == 0) for array, part in self._places()]
        return tuple(roles.index(each) for each in wanted) if all(each in roles for each in wanted) else None

    def _places(self) -> list[tuple[int, int]]:
        """(array, part) of each place."""
        if self.function == _SPLIT:
            return [(array, part) for array in range(self.arrays) for part in range(_PARTS)]
        return [(array, part) for part in range(_PARTS) for array in range(self.arrays)]


def role_of(name: str) -> Role | None:
    """What a name says of its part; `None` if it is called neither training nor test data."""
    found = ROLE.search(name)
    if found is None:
        return None
    stem = (name[: found.start()] + name[found.end() :]).strip("_").lower()
    return Role(stem, found.group().lower().startswith(_TRAINING))


def unpacked_from(source: Source, node: ast.expr, steps: int = _MOST) -> tuple[Unpacking, ast.Name] | None:
    """Where an expression was unpacked, whatever became of it since, and as which name; `None` if it was not."""
    names = [each for each in ast.walk(node) if isinstance(each, ast.Name)]
    found = [each for each in (_of_name(source, name, steps) for name in names) if each is not None]
    return found[0] if len(found) == 1 else None


def _of_name(source: Source, node: ast.Name, steps: int) -> tuple[Unpacking, ast.Name] | None:
    binder = last_binder(source, node, node.id) or binder_in_sight(source, node, node.id)
    while isinstance(binder, ast.AugAssign):  # x_train /= 255
        binder = last_binder(source, binder, node.id)
    if not steps or binder is None:
        return None
    value = assigned_to(binder, node.id)
    if value is not None:
        return unpacked_from(source, value, steps - 1)
    unpacking = _unpacking(binder)
    if unpacking is None:
        return None
    return next(((unpacking, each) for each in unpacking.names if each.id == node.id), None)


def _unpacking(statement: ast.AST) -> Unpacking | None:
    """The unpacking that a statement is, of a function whose order is known."""
    match statement:
        case ast.Assign(targets=[ast.Tuple() as target], value=ast.Call() as call):
            function, names = last_name(call.func) or "", tuple(_names_in(target))
            arrays = len(call.args) if function == _SPLIT else _PARTS
            is_known = _has_known_order(call, function) and len(names) == _PARTS * arrays
            return Unpacking(statement, function, names, arrays) if is_known else None
        case _:
            return None


def _has_known_order(call: ast.Call, function: str) -> bool:
    """Whether a call is of scikit-learn's function, or of a module's `load_data`: a function of the file may differ."""
    is_starred = any(isinstance(each, ast.Starred) for each in call.args)
    return not is_starred and (function == _SPLIT or (function == _LOAD and isinstance(call.func, ast.Attribute)))


def _names_in(target: ast.expr) -> Iterator[ast.Name]:
    """The names of nested targets, in the order in which they stand."""
    match target:
        case ast.Name():
            yield target
        case ast.Tuple(elts=inside) | ast.List(elts=inside):
            for each in inside:
                yield from _names_in(each)
