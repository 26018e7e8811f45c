"""Watches the user's code run, and attaches what its comments and annotations say to the layers they are about."""

from __future__ import annotations

import contextlib
import os
import sys
import threading
from typing import TYPE_CHECKING, Any

import keras

from shapeguard.capture import constructions
from shapeguard.capture.builder_signatures import Signature, signature_of, unwrapped
from shapeguard.capture.call_tracking import CallTracker, new_scope
from shapeguard.capture.declared_shapes import (
    Annotation,
    annotated_parameters,
    comment_of,
    later_call,
    output_layer_of,
    spec_of,
    tensors_in,
)
from shapeguard.capture.expectation_store import attach, attach_input, move, number_first_call
from shapeguard.capture.pending import Pending, PendingExpressions
from shapeguard.capture.unread import Unread
from shapeguard.errors import SpecError
from shapeguard.keras_compat import interception, keras_layers
from shapeguard.records.expectations import Expectation
from shapeguard.source import annotation_shapes, frames, trees
from shapeguard.source.call_chain import Chain, chain_of, place_at
from shapeguard.source.statements import Declaration, Declared, Place, declared_in
from shapeguard.spec import StructureSpec
from shapeguard.strict import suppress_internal_errors

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import CodeType, FrameType

    from shapeguard.spec import Spec

_running: list[Declarations] = []


class Declarations:
    """An interceptor that attaches declared shapes; `notes` says once each what could not be read.

    `base` is the code whose frames are watched together with what they call; `None` watches `call` of user classes.
    `postponing`: a misspelt spec is kept in `error`, for an exception in its first trace ruins a TensorFlow model.
    """

    def __init__(self, base: CodeType | None, *, comments: bool = True, postponing: bool = False) -> None:
        self.unread = Unread()
        self.error: SpecError | None = None
        self.tracker = CallTracker()
        self.has_broken_line = self.has_compared = False
        self.thread = threading.get_ident()
        self._postponing = postponing
        self._base = base
        self.comments = comments
        self._pending = PendingExpressions()
        self._bodies: list[CodeType] = []
        self._models: list[Any] = []
        self._broken = False

    @property
    def notes(self) -> list[str]:
        """What could not be read, for the user."""
        return self.unread.notes

    def __call__(
        self, proceed: Callable[..., Any], operation: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> Any:
        """Makes the call, then looks at what the source says of it; other threads have watches of their own."""
        if threading.get_ident() != self.thread or self._broken:
            return proceed(*args, **kwargs)
        seen = self._seen(sys._getframe(1), operation, (args, kwargs))  # noqa: SLF001
        if seen is None:
            return proceed(*args, **kwargs)
        chain, signature, symbolic = seen
        if self._base is not None:
            self._attempt(self._read_parameters, chain)
        is_root = self.tracker.depth == 0 and isinstance(operation, keras.Model)
        scope = self.tracker.enter(
            type(operation).__name__, chain.frames[-1] if chain.frames else None, symbolic=symbolic
        )
        if signature is not None:
            self._bodies.append(signature.code)
            self._attempt(self._declare_inputs, operation, signature, (args, kwargs), "" if is_root else scope)
        try:
            outputs = proceed(*args, **kwargs)
            self._attempt(self._settle_inside)
        finally:
            self.tracker.leave(symbolic=symbolic)
            if signature is not None:
                self._bodies.pop()
        self._attempt(self._completed, operation, outputs, chain)
        if signature is not None:
            number = self.tracker.number_of(operation)
            given = signature.bound(operation, args, kwargs)
            self._attempt(self._declare_output, operation, signature, given, "" if is_root else scope, number)
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

    def _attempt(self, function: Callable[..., None], *args: Any) -> None:
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
            self.unread.note(f"ShapeGuard could not read the shapes declared here: {type(error).__name__}: {error}")

    def _completed(self, operation: Any, outputs: Any, chain: Chain) -> None:
        self.tracker.made(operation, tensors_in(outputs))
        if chain.frames:
            number = self.tracker.count(operation)
            if number == 2:
                number_first_call(operation)
            self._attach_all(chain, operation, number)

    def constructed(self, instance: Any, frame: FrameType) -> None:
        """Listens to constructions: a comment on `model.add(...)` or in a `Sequential([...])` is about the layer."""
        if threading.get_ident() == self.thread:
            self._attempt(lambda: self._attach_all(chain_of(frame, self._base), instance, None))

    def _attach_all(self, chain: Chain, operation: Any, number: int | None) -> None:
        """Attaches what is declared where the frames of the chain are now, or keeps it until its value can be seen."""
        inner: FrameType | None = None
        for frame in chain.frames:
            declared, place = self._declared_at(frame)
            if declared is not None and place is not None:
                self._settle(self._pending.take_left(frame, place, inner))
                declarations = self._read(declared, place)
                if inner is None and chain.direct:
                    for declaration in declarations:
                        self._declare(declaration, operation, frame, number)
                elif declarations:
                    target = declared.targets.get(place)
                    waiting = Pending(frame, place, inner, operation, declarations, target, chain.frames[-1])
                    self._pending.put(waiting)
            inner = frame

    def _read(self, declared: Declared, place: Place) -> list[Declaration]:
        declarations = declared.by_place.get(place, ())
        return [each for each in declarations if self.comments or each.annotation is not None]

    def _declared_at(self, frame: FrameType) -> tuple[Declared | None, Place | None]:
        code = frame.f_code
        source = trees.source_for(code)
        if source is None:
            if self._base is not None:
                self.unread.add_code(code)
            return None, None
        place = place_at(source, code, frame.f_lasti)
        if place is not None:
            self.unread.add_line(code.co_filename, place[1])
        return declared_in(source), place

    def _declare(self, declaration: Declaration, operation: Any, frame: FrameType, number: int | None) -> None:
        spec = spec_of(declaration, operation, frame)
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
            scope=self.tracker.scope(frame),
            call=later_call(number),
            comment=comment_of(declaration, operation),
        )
        attach(operation, expectation)

    def _settle_inside(self) -> None:
        """Settles what waits in the body of the call that ends, while its tensors are known."""
        self._settle(self._pending.take_inside_calls(self._is_under_way))

    def _is_under_way(self, pending: Pending) -> bool:
        """Whether the frame still evaluates the expression."""
        is_running = any(frame is pending.frame for frame in frames.running())
        return is_running and self._declared_at(pending.frame)[1] == pending.place

    def _settle_all(self) -> None:
        self._settle(self._pending.take_all())

    def _settle(self, ready: list[Pending]) -> None:
        for pending in ready:
            operation = pending.operation
            if pending.target is not None:
                operation = self.tracker.operation_of(pending.frame.f_locals.get(pending.target)) or operation
            for declaration in pending.declarations:
                self._declare(declaration, operation, pending.frame, self.tracker.number_of(operation))

    def _read_parameters(self, chain: Chain) -> None:
        """Reads the parameter annotations of the watched functions that are seen for the first time."""
        for frame in chain.frames:
            if frame.f_code in self._bodies or self.tracker.is_known(frame):
                continue
            scope = self.tracker.scope(frame)
            for name, annotation, source in annotated_parameters(frame):
                operation = self.tracker.operation_of(frame.f_locals.get(name))
                if operation is None:
                    continue
                spec = annotation_shapes.evaluated(annotation, frame.f_globals, frame.f_locals)
                if spec is not None:
                    span = source.span(annotation)
                    place = Annotation(span, source.text(span), "" if frame.f_code is self._base else scope)
                    place.attach(operation, spec)

    def _declare_inputs(
        self, operation: Any, signature: Signature, given: tuple[tuple[Any, ...], dict[str, Any]], scope: str
    ) -> None:
        """What the parameters of a user's `call` say of the tensors that it is given."""
        arguments = signature.bound(operation, *given)
        tensors = tensors_in(given)
        for name, spec in signature.parameters(arguments):
            annotation = Annotation(signature.spans.get(name), signature.texts.get(name, str(spec)), scope)
            tensor = arguments.get(name)
            producer = self.tracker.operation_of(tensor)
            if producer is not None and producer is not operation:
                annotation.attach(producer, spec)
                continue
            index = next((i for i, other in enumerate(tensors) if other is tensor), None)
            if index is not None:
                attach_input(operation, index, annotation.expectation(name, spec))

    def _declare_output(
        self, operation: Any, signature: Signature, given: dict[str, Any], scope: str, number: int | None
    ) -> None:
        spec = signature.result(given)
        if spec is not None:
            _return_annotation(signature, spec, scope).attach(operation, spec, number)

    def run(self, function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Calls a builder, and attaches what its return annotation says to what it returns."""
        result = function(*args, **kwargs)
        self._attempt(self._returned, function, args, kwargs, result)
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
        for value, expected in zip(values, specs, strict=False):
            operation = self.tracker.operation_of(value)
            if operation is not None:
                _return_annotation(signature, expected, "").attach(operation, expected)

    def finish(self) -> None:
        """Settles what waits, and notes what could not be read."""
        self._attempt(self._settle_all)
        for model in self._models:
            move(model, output_layer_of(model))
        self._models.clear()
        self.unread.conclude(comments=self.comments)
        self.tracker.close()


def _return_annotation(signature: Signature, spec: Spec, scope: str) -> Annotation:
    return Annotation(signature.spans.get("return"), signature.texts.get("return", str(spec)), scope)


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


def running() -> tuple[Declarations, ...]:
    """The watches that run now, the outermost first."""
    return tuple(_running)


def producer_of(tensor: Any) -> Any | None:
    """The operation that made a tensor: by its history, or by what the innermost watch saw."""
    if isinstance(tensor, keras_layers.KerasTensor):
        return keras_layers.producer_of(tensor)
    for declarations in reversed(_running):
        operation = declarations.tracker.operation_of(tensor)
        if operation is not None:
            return operation
    return None


def scope_of(frame: FrameType) -> str:
    """The scope of names that an `expect(...)` in this frame uses: one invocation of its function."""
    if _running:
        _running[-1].unread.add_declaring_code(frame.f_code)
        return _running[-1].tracker.scope(frame)
    return new_scope(frame.f_code.co_qualname)
