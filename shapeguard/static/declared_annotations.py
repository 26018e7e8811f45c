"""The shapes that type annotations declare, read without running them."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Any

from shapeguard.errors import SpecError
from shapeguard.source.annotation_shapes import is_tensor_path, of_item
from shapeguard.source.reading import expression_of
from shapeguard.source.trees import last_name
from shapeguard.spec import ShapeSpec, StructureSpec, parse
from shapeguard.static.plain_values import plain_value
from shapeguard.static.values import ANY, Builtin, Named, Record

if TYPE_CHECKING:
    from shapeguard.spec import Spec
    from shapeguard.static.machine import Machine
    from shapeguard.static.state import Scope

ANNOTATION = "annotation"
"""The kind of the record that stands for an annotation with a shape, such as an alias."""

ANNOTATED = frozenset({"typing.Annotated", "typing_extensions.Annotated"})
UNIONS = frozenset({"typing.Optional", "typing.Union"})
TUPLES = frozenset({"typing.Tuple", "tuple"})
SHAPED, SHAPE = "shapeguard.Shaped", "shapeguard.Shape"


def declared_by(machine: Machine, node: ast.expr, scope: Scope) -> Spec | None:
    """The shape that an annotation declares; `None` if it declares none, or none that can be read."""
    try:
        return _spec(machine, node, scope)
    except SpecError:
        return None


def alias(machine: Machine, node: ast.Subscript, scope: Scope) -> Any:
    """What `Image = Annotated[Any, "B 28 28 1"]` makes of a name."""
    spec = declared_by(machine, node, scope)
    return ANY if spec is None else Record({"spec": spec}, ANNOTATION)


def _spec(machine: Machine, node: ast.expr, scope: Scope) -> Spec | None:
    match node:
        case ast.Constant(value=str() as text):
            inner = expression_of(text)
            has_calls = inner is not None and any(isinstance(part, ast.Call) for part in ast.walk(inner))
            return None if inner is None or has_calls else _spec(machine, inner, scope)
        case ast.BinOp(left=left, op=ast.BitOr(), right=right):
            return _of_one([_spec(machine, left, scope), _spec(machine, right, scope)])
        case ast.Subscript():
            return _of_form(machine, node, scope)
        case ast.Name() | ast.Attribute():
            value = machine.evaluate(node, scope)
            return value.cells["spec"] if isinstance(value, Record) and value.kind == ANNOTATION else None
    return None


def _of_one(members: list[Spec | None]) -> Spec | None:
    """The shape of a union in which one member has one."""
    specs = [spec for spec in members if spec is not None]
    return specs[0] if len(specs) == 1 else None


def _of_form(machine: Machine, node: ast.Subscript, scope: Scope) -> Spec | None:
    """The shape in the brackets behind `Annotated`, a type of jaxtyping, `Shaped` and the like."""
    path = _path_of(machine, node.value, scope)
    parts = list(node.slice.elts) if isinstance(node.slice, ast.Tuple) else [node.slice]
    if path in UNIONS | TUPLES:
        members = [_spec(machine, part, scope) for part in parts]
        return _of_one(members) if path in UNIONS else _of_several(members)
    if path == SHAPE:
        return _parsed(machine, parts, scope)
    is_of_tensor = len(parts) > 1 and is_tensor_path(_path_of(machine, parts[0], scope))
    if is_of_tensor and path in ANNOTATED:
        return _of_metadata(machine, parts[1:], scope)
    is_of_shape = is_of_tensor and (path == SHAPED or path.startswith("jaxtyping."))
    return _parsed(machine, parts[1:], scope) if is_of_shape else None


def _of_several(members: list[Spec | None]) -> Spec | None:
    """The shapes of a function with several outputs, if each of them has one."""
    specs = tuple(spec for spec in members if spec is not None)
    return StructureSpec("tuple", specs) if specs and len(specs) == len(members) else None


def _path_of(machine: Machine, node: ast.expr, scope: Scope) -> str:
    """The dotted path of a name; as it is written where no import brings it."""
    if isinstance(node, ast.Constant):
        return str(node.value)
    value = machine.evaluate(node, scope) if isinstance(node, ast.Name | ast.Attribute) else ANY
    if isinstance(value, Named):
        return value.path
    return value.name if isinstance(value, Builtin) else last_name(node) or ""


def _of_metadata(machine: Machine, parts: list[ast.expr], scope: Scope) -> Spec | None:
    for part in parts:
        item = plain_value(machine.evaluate(part, scope))
        if isinstance(item, str | tuple):
            spec = of_item(item)
            if spec is not None:
                return spec
    return None


def _parsed(machine: Machine, parts: list[ast.expr], scope: Scope) -> ShapeSpec | StructureSpec | None:
    """The shape that is written as one text or element by element."""
    items = [plain_value(machine.evaluate(part, scope)) for part in parts]
    if any(item is ANY for item in items):
        return None
    return parse(items[0] if len(items) == 1 and isinstance(items[0], str | tuple | list) else tuple(items))
