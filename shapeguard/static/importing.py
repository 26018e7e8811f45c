"""What imports bind: files of the program, and the paths of all else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from shapeguard.source.imports import canonical
from shapeguard.static.state import MISSING, Scope
from shapeguard.static.values import (
    ANY,
    Named,
)

if TYPE_CHECKING:
    import ast

    from shapeguard.static.machine import Machine
    from shapeguard.static.modules import Module
    from shapeguard.static.signals import Signal


def follow_import(machine: Machine, node: ast.Import, scope: Scope) -> Signal:
    """`import a.b as c`."""
    for alias in node.names:
        top = alias.name.partition(".")[0]
        path = alias.name if alias.asname else top
        module = None if canonical(path) else machine.files.find(path)
        machine.state.set(scope.cells, alias.asname or top, Named(path) if module is None else loaded(machine, module))


def follow_import_from(machine: Machine, node: ast.ImportFrom, scope: Scope) -> Signal:
    """`from a import b`."""
    dotted = node.module or ""
    module = None if canonical(dotted) else machine.files.find(dotted, node.level, scope.module.file)
    if module is not None:
        loaded(machine, module)
    for alias in node.names:
        if alias.name == "*":
            _star(machine, module, dotted, scope)
            continue
        value: Any = Named(f"{dotted}.{alias.name}") if not node.level else ANY
        if module is not None:
            value = module.cells.get(alias.name, MISSING)
            if value is MISSING:
                inner = machine.files.find(f"{dotted}.{alias.name}", node.level, scope.module.file)
                value = ANY if inner is None else loaded(machine, inner)
        machine.state.set(scope.cells, alias.asname or alias.name, value)


def _star(machine: Machine, module: Module | None, dotted: str, scope: Scope) -> None:
    """What a star brings: the names of a file of the program, or the path that names are looked up at."""
    if module is None:
        stars = (*scope.cells.get("(stars)", ()), dotted)
        machine.state.set(scope.cells, "(stars)", stars)
        return
    for name, value in list(module.cells.items()):
        if not name.startswith(("_", "(")):
            machine.state.set(scope.cells, name, value)
    machine.state.set(scope.cells, "(stars)", (*scope.cells.get("(stars)", ()), *module.cells.get("(stars)", ())))


def loaded(machine: Machine, module: Module) -> Module:
    """A file of the program, read where it has not been yet."""
    if "(read)" not in module.cells and not module.is_main:
        module.cells["(read)"] = True
        uncertain, callers, machine.callers = machine.uncertain, machine.callers, []
        machine.read(module)
        machine.uncertain, machine.callers = uncertain, callers
    return module
