"""ShapeGuard itself in a program: what mappings, contracts and calls of `expect` say, and of which model."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import TYPE_CHECKING, Any

from shapeguard.errors import ExpectationError, SpecError
from shapeguard.matching import contracts
from shapeguard.records.expectations import Expectation
from shapeguard.spec import parse
from shapeguard.static import declared
from shapeguard.static.iterating import items_of
from shapeguard.static.layer_calls import tensors_in
from shapeguard.static.plain_values import plain_value
from shapeguard.static.values import ANY, DictValue, Instance, ListValue, Model, Record, Tensor

if TYPE_CHECKING:
    from collections.abc import Iterable

    from shapeguard.records.source import Span
    from shapeguard.static.given import Given
    from shapeguard.static.machine import Machine
    from shapeguard.static.state import Scope

GUARD = "guard"
"""The kind of the record that stands for a guard; its "expectations" are those of its mapping or contract."""


def of_shapeguard(machine: Machine, name: str, given: Given, node: ast.AST, scope: Scope) -> Any:
    """A call of something of ShapeGuard's."""
    match name:
        case "ShapeGuard":
            return _guard(given, node, scope)
        case "expect":
            return _expect(machine, given, node, scope)
        case "check":
            expectations = _expectations(given.get(1, "expect"), node, scope)
            hold(machine, given.get(0, "model", ANY), expectations)
    return ANY


def of_guard(machine: Machine, guard: Record, name: str, given: Given, node: ast.AST, scope: Scope) -> Any:
    """What a method of a guard gives."""
    if name == "expect":
        return _expect(machine, given, node, scope)
    if name == "check":
        hold(machine, given.get(0, "model", ANY), guard.cells["expectations"])
    return ANY


def hold(machine: Machine, model: Any, expectations: tuple[Expectation, ...], since: int | None = None) -> None:
    """Holds expectations against a model; `since` is the first call that was made of a model without outputs."""
    own = model.cells.get("(own)", model) if isinstance(model, Instance) else model
    outputs = list(tensors_in(own.cells.get("output"))) if isinstance(own, Model) else []
    if outputs:
        values = [each.index for each in outputs if isinstance(each, Tensor) and each.index is not None]
        declared.note_keys(machine, expectations, machine.recorder.calls_behind(values))
    elif since is not None:
        declared.note_keys(machine, expectations, range(since, len(machine.recorder.calls)))


def guards_in(value: Any) -> list[Record]:
    """The guards among callbacks."""
    given = (value,) if isinstance(value, Record) else items_of(value) or ()
    return [each for each in given if isinstance(each, Record) and each.kind == GUARD]


def expectations_of(guards: Iterable[Record]) -> tuple[Expectation, ...]:
    """What the mappings and contracts of some guards expect."""
    return tuple(each for guard in guards for each in guard.cells["expectations"])


def _guard(given: Given, node: ast.AST, scope: Scope) -> Record:
    is_plain = not given.is_open and "ignore" not in given.keywords
    expectations = _expectations(given.get(0, "expect"), node, scope) if is_plain else ()
    return Record({"expectations": expectations}, GUARD)


def _expectations(value: Any, node: ast.AST, scope: Scope) -> tuple[Expectation, ...]:
    """The expectations of a mapping, or of a contract file beside the program; none if they cannot be read."""
    if isinstance(value, str):
        return contract(Path(scope.module.file).parent / value) or contract(Path(value))
    if not isinstance(value, DictValue) or value.is_open:
        return ()
    places = _places(node, scope)
    found = []
    for key, written in value.entries.items():
        spec = _parsed(plain_value(written) if not isinstance(written, DictValue) else ANY)
        if isinstance(key, str) and spec is not None:
            declared_at = places.get(key, scope.module.span(node))
            found.append(Expectation(key, spec, declared=declared_at, text=str(plain_value(written))))
    return tuple(found)


def contract(path: Path) -> tuple[Expectation, ...]:
    """What a contract file expects; nothing if it cannot be read."""
    try:
        return contracts.read(path) if path.is_file() else ()
    except ExpectationError:
        return ()


def _parsed(value: Any) -> Any:
    if value is ANY:
        return None
    try:
        return parse(value)
    except SpecError:
        return None


def _places(node: ast.AST, scope: Scope) -> dict[str, Span]:
    """Where the shapes of a mapping are written: in the call, or where a name of it is assigned."""
    arguments = [*getattr(node, "args", ()), *(keyword.value for keyword in getattr(node, "keywords", ()))]
    names = {argument.id for argument in arguments if isinstance(argument, ast.Name)}
    places: dict[str, Span] = {}
    for written in (*_assigned(scope.module.tree, names), *arguments):
        if isinstance(written, ast.Dict):
            pairs = zip(written.keys, written.values, strict=True)
            places |= {
                str(key.value): scope.module.span(value) for key, value in pairs if isinstance(key, ast.Constant)
            }
    return places


def _assigned(tree: ast.Module, names: set[str]) -> list[ast.expr]:
    """What a file assigns to some names."""
    statements = [each for each in tree.body if isinstance(each, ast.Assign)]
    return [each.value for each in statements if names & {getattr(target, "id", "") for target in each.targets}]


def _expect(machine: Machine, given: Given, node: ast.AST, scope: Scope) -> Any:
    """`expect(x, spec)`: what it is given."""
    target, written = given.get(0, "target", ANY), plain_value(given.get(1, "spec"))
    spec = None if written is None else _parsed(written)
    items = target.items if isinstance(target, ListValue) else target
    first = items[0] if isinstance(items, tuple) and items else items
    if spec is not None:
        declared.note_expected(machine, first, spec, str(written), scope.module.span(node), scope)
    return target
