"""Watches the user's code run, and attaches what its comments and annotations say to the layers they speak of."""

from __future__ import annotations

import contextlib
import os
import sys
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import keras

from shapeguard.capture import constructions
from shapeguard.capture.builder_signatures import Signature, signature_of, unwrapped
from shapeguard.capture.call_tracking import CallTracker, new_scope
from shapeguard.capture.expectation_store import attach, attach_input, move, number_first_call
from shapeguard.errors import SpecError
from shapeguard.keras_compat import interception, keras_layers
from shapeguard.records.expectations import Expectation
from shapeguard.source import annotation_shapes, trees
from shapeguard.source.call_chain import Chain, chain_of, place_at
from shapeguard.source.comment_filters import without_axis_names
from shapeguard.source.statements import Declaration, Declared, Place, declared_in
from shapeguard.spec import StructureSpec
from shapeguard.strict import suppress_internal_errors

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import CodeType, FrameType

    from shapeguard.records.source import Span
    from shapeguard.spec import Spec

_running: list[Declarations] = []


@dataclass(slots=True)
class _Pending:
    """A declared expression that is not itself the call of a layer: settled once its value can be seen.

    `inner` is the helper's frame, `operation` the last one it called.
    """

    frame: FrameType
    place: Place
    inner: FrameType | None
    operation: Any
    declarations: list[Declaration]
    target: str | None


class Declarations:
    """An interceptor that attaches declared shapes; `notes` says once each what could not be read.

    `base` is the code whose frames are watched together with what they call; `None` watches `call` of user classes.
    `postponing`: a misspelt spec is kept in `error`, for an exception in its first trace ruins a TensorFlow model.
    """

    def __init__(self, base: CodeType | None, *, comments: bool = True, postponing: bool = False) -> None:
        self.notes: list[str] = []
        self.error: SpecError | None = None
        self._postponing = postponing
        self.passes = CallTracker()
        self._base = base
        self._comments = comments
        self._pending: dict[tuple[int, Place], _Pending] = {}
        self._lines: set[tuple[str, int]] = set()
        self._bodies: list[CodeType] = []
        self._unread: dict[CodeType, None] = {}
        self._reported_code: set[CodeType] = set()
        self._models: list[Any] = []
        self._thread = threading.get_ident()
        self._broken = False

    def __call__(
        self, proceed: Callable[..., Any], operation: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> Any:
        """Makes the call, then looks at what the source says of it; other threads have watches of their own."""
        if threading.get_ident() != self._thread or self._broken:
            return proceed(*args, **kwargs)
        seen = self._seen(sys._getframe(1), operation, (args, kwargs))  # noqa: SLF001
        if seen is None:
            return proceed(*args, **kwargs)
        chain, signature, symbolic = seen
        if self._base is not None:
            self._guarded(self._read_parameters, chain)
        is_root = self.passes.depth == 0 and isinstance(operation, keras.Model)
        scope = self.passes.enter(
            type(operation).__name__, chain.frames[-1] if chain.frames else None, symbolic=symbolic
        )
        if signature is not None:
            self._bodies.append(signature.code)
            self._guarded(self._declare_inputs, operation, signature, (args, kwargs), "" if is_root else scope)
        try:
            outputs = proceed(*args, **kwargs)
            self._guarded(self._settle_inside)
        finally:
            self.passes.leave(symbolic=symbolic)
            if signature is not None:
                self._bodies.pop()
        self._guarded(self._completed, operation, outputs, chain)
        if signature is not None:
            number = self.passes.number_of(operation)
            given = signature.bound(operation, args, kwargs)
            self._guarded(self._declare_output, operation, signature, given, ("" if is_root else scope, number))
        return outputs

    def _seen(self, frame: FrameType, operation: Any, given: Any) -> tuple[Chain, Signature | None, bool] | None:
        """The frames of the call, the annotations of the layer, whether the call is symbolic; after a fault, `None`."""
        self._broken = True
        with suppress_internal_errors("reading the shapes declared in the source"):
            symbolic = any(isinstance(tensor, keras_layers.KerasTensor) for tensor in tensors_in(given))
            seen = chain_of(frame, self._base), signature_of(operation), symbolic
            self._broken = False
            return seen
        return None

    def _guarded(self, function: Callable[..., None], *args: Any) -> None:
        """Our own faults must not be the user's crash; a misspelt spec is the user's to see."""
        try:
            function(*args)
        except SpecError as error:
            if not self._postponing:
                raise
            self.error = self.error or error
        except Exception as error:
            if os.environ.get("SHAPEGUARD_STRICT") == "1":
                raise
            self._note(f"ShapeGuard could not read the shapes declared here: {type(error).__name__}: {error}")

    def _note(self, note: str) -> None:
        if note not in self.notes:
            self.notes.append(note)

    def _completed(self, operation: Any, outputs: Any, chain: Chain) -> None:
        self.passes.made(operation, tensors_in(outputs))
        if chain.frames:
            number = self.passes.count(operation)
            if number == 2:
                number_first_call(operation)
            self._attach_all(chain, operation, number)

    def constructed(self, instance: Any, frame: FrameType) -> None:
        """Listens to constructions: a comment on `model.add(...)` or in a `Sequential([...])` speaks of the layer."""
        if threading.get_ident() == self._thread:
            self._guarded(lambda: self._attach_all(chain_of(frame, self._base), instance, None))

    def _attach_all(self, chain: Chain, operation: Any, number: int | None) -> None:
        """Attaches what is said where the frames of the chain are now, or keeps it until its value can be seen."""
        inner: FrameType | None = None
        for frame in chain.frames:
            declared, place = self._declared_at(frame)
            if declared is not None and place is not None:
                self._settle_others(frame, place, inner)
                found = [
                    one for one in declared.by_place.get(place, ()) if self._comments or one.annotation is not None
                ]
                if inner is None and chain.direct:
                    for declaration in found:
                        self._declare(declaration, operation, frame, number)
                elif found:
                    target = declared.targets.get(place)
                    self._pending[id(frame), place] = _Pending(frame, place, inner, operation, found, target)
            inner = frame

    def _declared_at(self, frame: FrameType) -> tuple[Declared | None, Place | None]:
        code = frame.f_code
        source = trees.source_for(code)
        if source is None:
            if self._base is not None:
                self._unread.setdefault(code)
            return None, None
        declared = declared_in(source)
        place = place_at(source, code, frame.f_lasti)
        if place is not None:
            self._lines.add((code.co_filename, place[1]))
        return declared, place

    def _declare(self, declaration: Declaration, operation: Any, frame: FrameType, number: int | None) -> None:
        spec = self._spec(declaration, operation, frame)
        if spec is None:
            return
        operation = output_layer_of(operation)
        if isinstance(operation, keras.Model):
            self._models.append(operation)  # its layers are not there yet
        expectation = Expectation(
            constructions.name_of(operation),
            spec,
            declared=declaration.span,
            origin="annotation" if declaration.annotation is not None else "comment",
            text=declaration.text,
            scope=self.passes.scope(frame),
            call=number if number is not None and number > 1 else None,
            comment=declaration.comment,
        )
        attach(operation, expectation)

    def _spec(self, declaration: Declaration, operation: Any, frame: FrameType) -> Spec | None:
        if declaration.annotation is not None:
            return annotation_shapes.evaluated(declaration.annotation, frame.f_globals, frame.f_locals)
        shape = declaration.comment
        if shape is None or (
            declaration.above and not shape.points and not _names(shape.subject, operation, declaration)
        ):
            return None
        spec = without_axis_names(shape.spec, frame.f_globals, frame.f_locals)
        return annotation_shapes.with_values(
            spec, frame.f_globals, frame.f_locals, batch_first=shape.batch == "included"
        )

    def _settle_others(self, frame: FrameType, place: Place, inner: FrameType | None) -> None:
        for key, pending in list(self._pending.items()):
            if pending.frame is frame and (pending.place != place or pending.inner is not inner):
                del self._pending[key]
                self._settle(pending)

    def _settle_inside(self) -> None:
        """Settles what waits in the body of the call that ends, while its tensors are known."""
        for key, pending in list(self._pending.items()):
            if pending.frame.f_code.co_name == "call":
                del self._pending[key]
                self._settle(pending)

    def _settle_all(self) -> None:
        waiting, self._pending = list(self._pending.values()), {}
        for pending in waiting:
            self._settle(pending)

    def _settle(self, pending: _Pending) -> None:
        operation = pending.operation
        if pending.target is not None:
            operation = self.passes.operation_of(pending.frame.f_locals.get(pending.target)) or operation
        for declaration in pending.declarations:
            self._declare(declaration, operation, pending.frame, self.passes.number_of(operation))

    def _read_parameters(self, chain: Chain) -> None:
        """Reads the parameter annotations of the watched functions that are seen for the first time."""
        for user in chain.frames:
            if user.f_code in self._bodies or self.passes.is_known(user):
                continue
            scope = self.passes.scope(user)
            source = trees.source_for(user.f_code)
            function = None if source is None else declared_in(source).functions.get(user.f_code.co_firstlineno)
            if source is None or function is None or function.name != user.f_code.co_name:
                continue
            for parameter in (*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs):
                operation = self.passes.operation_of(user.f_locals.get(parameter.arg))
                if parameter.annotation is None or operation is None:
                    continue
                spec = annotation_shapes.evaluated(parameter.annotation, user.f_globals, user.f_locals)
                if spec is not None:
                    span = source.span(parameter.annotation)
                    where = (span, source.text(span), "" if user.f_code is self._base else scope)
                    self._attach_annotation(operation, spec, where, None)

    def _attach_annotation(
        self, operation: Any, spec: Spec, where: tuple[Span | None, str, str], number: int | None
    ) -> None:
        """`where`: the annotation's place, its text and the scope of its names."""
        speaker = output_layer_of(operation)
        call = number if number is not None and number > 1 else None
        attach(
            speaker,
            Expectation(constructions.name_of(speaker), spec, "output", where[0], "annotation", *where[1:], call),
        )

    def _declare_inputs(
        self, operation: Any, signature: Signature, given: tuple[tuple[Any, ...], dict[str, Any]], scope: str
    ) -> None:
        """What the parameters of a user's `call` say of the tensors that it is given."""
        arguments = signature.bound(operation, *given)
        tensors = tensors_in(given)
        for name, spec in signature.parameters(arguments):
            where = (signature.spans.get(name), signature.texts.get(name, str(spec)), scope)
            tensor = arguments.get(name)
            producer = self.passes.operation_of(tensor)
            if producer is not None and producer is not operation:
                self._attach_annotation(producer, spec, where, None)
                continue
            index = next((i for i, other in enumerate(tensors) if other is tensor), None)
            if index is not None:
                attach_input(operation, index, Expectation(name, spec, "output", where[0], "annotation", *where[1:]))

    def _declare_output(
        self, operation: Any, signature: Signature, given: dict[str, Any], where: tuple[str, int | None]
    ) -> None:
        spec = signature.result(given)
        if spec is not None:
            place = (signature.spans.get("return"), signature.texts.get("return", str(spec)), where[0])
            self._attach_annotation(operation, spec, place, where[1])

    def run(self, function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Calls a builder, and attaches what its return annotation says to what it returns."""
        result = function(*args, **kwargs)
        self._guarded(self._returned, function, args, kwargs, result)
        return result

    def _returned(self, function: Callable[..., Any], args: Any, kwargs: Any, result: Any) -> None:
        self._settle_all()
        signature = Signature.of(function)
        if signature is None:
            return
        spec = signature.result(signature.bound(None, args, kwargs))
        if spec is None:
            return
        values = list(result) if isinstance(result, tuple | list) else [result]
        specs = spec.items if isinstance(spec, StructureSpec) and len(values) > 1 else (spec,)
        for value, one in zip(values, specs, strict=False):
            operation = self.passes.operation_of(value)
            if operation is not None:
                where = (signature.spans.get("return"), signature.texts.get("return", str(one)), "")
                self._attach_annotation(operation, one, where, None)

    def heard(self, frame: FrameType) -> None:
        """Its function said what it expects by `expect(...)`, so that its source need not be at hand."""
        self._reported_code.add(frame.f_code)

    def finish(self) -> None:
        """Settles what waits, and notes the comments that may speak of two layers."""
        self._guarded(self._settle_all)
        for model in self._models:
            move(model, output_layer_of(model))
        self._models.clear()
        for code in self._unread:
            if code not in self._reported_code:
                self._note(
                    f"the source of {code.co_qualname!r} ({code.co_filename}) {trees.absence_of(code)}, so its"
                    " comments and local annotations cannot be read: use expect(...), a mapping or a contract file"
                )
        for file in sorted({file for file, _ in self._lines}):
            source = trees.source_of(file)
            for span in declared_in(source).ambiguous if source is not None and self._comments else ():
                if (file, span.line) in self._lines:
                    place = f"{Path(file).name}:{span.line}"
                    self._note(
                        f"{place}: the comment stands behind two layers, so it is not read: give each its own line"
                    )
        self.passes.close()


def output_layer_of(operation: Any) -> Any:
    """The layer whose output a model's output is: said of a model, said of its last layer."""
    if not isinstance(operation, keras.Model) or "name" not in vars(operation):  # its constructor has not begun
        return operation
    functional = keras_layers.functional_of(operation)
    outputs: Any = getattr(functional, "outputs", None) or ()  # none yet while its constructor runs
    if len(outputs) == 1:
        return keras_layers.producer_of(outputs[0]) or operation
    is_deferred = isinstance(operation, keras.Sequential) and functional is None
    return operation.layers[-1] if is_deferred and operation.layers else operation


def _names(subject: str | None, operation: Any, declaration: Declaration) -> bool:
    if subject is None:
        return False
    return subject in (constructions.name_of(operation), type(operation).__name__, declaration.target)


def tensors_in(structure: Any) -> list[Any]:
    """The tensors of a nested structure, in order."""
    if isinstance(structure, tuple | list):
        return [tensor for item in structure for tensor in tensors_in(item)]
    if isinstance(structure, dict):
        return [tensor for item in structure.values() for tensor in tensors_in(item)]
    return [structure] if hasattr(structure, "shape") and hasattr(structure, "dtype") else []


@contextlib.contextmanager
def declaring(
    what: FrameType | Callable[..., Any] | None = None, *, comments: bool = True, postponing: bool = False
) -> Iterator[Declarations]:
    """Watches a frame's block, a builder function, or (`None`) only `call` of user classes, until the block ends."""
    code = getattr(what, "f_code", None)
    if code is None and what is not None:
        code = getattr(unwrapped(what), "__code__", None)
    declarations = Declarations(code, comments=comments, postponing=postponing)
    _running.append(declarations)
    try:
        with interception.intercepting(declarations), constructions.listening(declarations.constructed):
            yield declarations
    finally:
        _running.remove(declarations)
        declarations.finish()


def producer_of(tensor: Any) -> Any | None:
    """The operation that made a tensor: by its history, or by what the innermost watch saw."""
    if isinstance(tensor, keras_layers.KerasTensor):
        return keras_layers.producer_of(tensor)
    for declarations in reversed(_running):
        operation = declarations.passes.operation_of(tensor)
        if operation is not None:
            return operation
    return None


def scope_of(frame: FrameType) -> str:
    """The scope of names that an `expect(...)` in this frame uses: one invocation of its function."""
    if _running:
        _running[-1].heard(frame)
        return _running[-1].passes.scope(frame)
    return new_scope(frame.f_code.co_qualname)
