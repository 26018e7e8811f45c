"""What a program says of the shapes of its layers: in comments, annotations, mappings and calls of `expect`."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from shapeguard.records.expectations import Expectation
from shapeguard.source.annotation_shapes import with_values
from shapeguard.source.comment_filters import without_axis_names
from shapeguard.source.comment_subjects import comment_of, is_about
from shapeguard.spec import StructureSpec
from shapeguard.static import declared_annotations
from shapeguard.static.expected import Attached, Keyed
from shapeguard.static.values import Instance, ListValue

if TYPE_CHECKING:
    import ast
    from collections.abc import Iterable, Mapping

    from shapeguard.records.network import Call
    from shapeguard.records.source import Span
    from shapeguard.source.statements import Declaration
    from shapeguard.spec import Spec
    from shapeguard.static.machine import Machine
    from shapeguard.static.state import Scope
    from shapeguard.static.values import Function


def note_comments(machine: Machine, node: ast.AST, call: Call, scope: Scope) -> None:
    """Notes the comments and annotations beside an expression whose value this call gives."""
    for declaration in machine.declared.about(scope.module, node):
        expectation = _of_comment(declaration, call, scope) if declaration.annotation is None else None
        if declaration.annotation is not None:
            spec = declared_annotations.declared_by(machine, declaration.annotation, scope)
            expectation = None if spec is None else _annotated(spec, call, declaration.span, declaration.text, scope)
        if expectation is not None:
            _attach(machine, replace(expectation, scope=machine.declared.scope(scope)), call.index)


def note_annotations(machine: Machine, node: ast.AST, value: Any, scope: Scope) -> None:
    """Notes the annotation of a variable that is given what a function or a layer of the program returns."""
    call = machine.recorder.maker_of(value)
    if call is None or not is_certain(machine):
        return
    for declaration in machine.declared.about(scope.module, node):
        if declaration.annotation is not None:
            spec = declared_annotations.declared_by(machine, declaration.annotation, scope)
            if spec is not None:
                expectation = _annotated(spec, call, declaration.span, declaration.text, scope)
                _attach(machine, replace(expectation, scope=machine.declared.scope(scope)), call.index)


def note_parameters(machine: Machine, function: Function, inner: Scope) -> None:
    """Notes what the annotations of a function's parameters say of the tensors that it is given."""
    written = function.node.args
    for parameter in (*written.posonlyargs, *written.args, *written.kwonlyargs):
        call = None if parameter.annotation is None else machine.recorder.maker_of(inner.cells.get(parameter.arg))
        if parameter.annotation is None or call is None or not is_certain(machine):
            continue
        spec = declared_annotations.declared_by(machine, parameter.annotation, inner)
        if spec is not None:
            module = inner.module
            span = module.span(parameter.annotation)
            expectation = _annotated(spec, call, span, module.text(parameter.annotation), inner)
            _attach(machine, replace(expectation, scope=machine.declared.scope(inner)), call.index)


def note_returned(machine: Machine, function: Function, value: Any, inner: Scope, owner: Any = None) -> None:
    """Notes what the return annotation of a builder, or of a layer's `call`, says of what it returns."""
    returns = getattr(function.node, "returns", None)
    if returns is None or not is_certain(machine):
        return
    spec = declared_annotations.declared_by(machine, returns, inner)
    if spec is None:
        return
    values = value.items if isinstance(value, ListValue) else value
    several = values if isinstance(values, tuple) else (value,)
    specs = spec.items if isinstance(spec, StructureSpec) and len(several) > 1 else (spec,)
    for each, expected in zip(several, specs, strict=False):
        call = machine.recorder.maker_of(each)
        if call is not None:
            span = inner.module.span(returns)
            expectation = _annotated(expected, call, span, inner.module.text(returns), inner)
            named = (owner.name, owner.of.name) if isinstance(owner, Instance) else None
            _attach(machine, replace(expectation, scope=machine.declared.scope(inner)), call.index, named)


def note_expected(machine: Machine, value: Any, spec: Spec, text: str, span: Span, scope: Scope) -> None:
    """Notes what a call of `expect` says of a tensor."""
    call = machine.recorder.maker_of(value)
    if call is None or not is_certain(machine):
        return
    variables = ints_of(scope.cells)
    parsed = with_values(spec, {}, variables)
    expectation = Expectation(call.layer, parsed, "output", span, "expect", text, machine.declared.scope(scope))
    _attach(machine, expectation, call.index)


def note_keys(machine: Machine, expectations: tuple[Expectation, ...], calls: Iterable[int]) -> None:
    """Notes what a mapping or a contract says of the layers of a model."""
    if expectations and is_certain(machine):
        scope = f"model#{len(machine.declared.keyed) + 1}"
        machine.declared.keyed.append(Keyed(tuple(replace(each, scope=scope) for each in expectations), tuple(calls)))


def is_certain(machine: Machine) -> bool:
    """Whether the program comes to what is read now, as far as anybody knows."""
    return not (machine.uncertain or machine.recorder.paused or machine.recorder.refused)


def _attach(machine: Machine, expectation: Expectation, call: int, owner: tuple[str, str] | None = None) -> None:
    machine.declared.attached.append(Attached(expectation, call, owner))


def _annotated(spec: Spec, call: Call, span: Span, text: str, scope: Scope) -> Expectation:
    parsed = with_values(spec, ints_of(scope.module.cells), ints_of(scope.cells))
    return Expectation(call.layer, parsed, "output", span, "annotation", text)


def _of_comment(declaration: Declaration, call: Call, scope: Scope) -> Expectation | None:
    """What a comment expects of the call that it is beside; `None` if it is about something else."""
    names = (str(call.layer), call.layer_type)
    shape, comment = declaration.comment, comment_of(declaration, names)
    if shape is None or comment is None or not is_about(declaration, shape, names):
        return None
    namespace, local = ints_of(scope.module.cells), ints_of(scope.cells)
    batch_first = shape.batch == "included"
    named = without_axis_names(shape.spec, namespace, local, batch_first=batch_first)
    spec = with_values(named, namespace, local, batch_first=batch_first)
    return Expectation(call.layer, spec, "output", declaration.span, "comment", declaration.text, comment=comment)


def ints_of(cells: Mapping[str, Any]) -> dict[str, Any]:
    """The whole numbers among names, and the objects that have such numbers."""
    found: dict[str, Any] = {}
    for name, value in cells.items():
        if type(value) is int:
            found[name] = value
        elif isinstance(value, Instance):
            found[name] = SimpleNamespace(**{key: each for key, each in value.cells.items() if type(each) is int})
    return found
