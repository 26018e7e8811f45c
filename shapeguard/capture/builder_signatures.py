"""What the parameters and the return annotation of a builder or of a `call` say of shapes."""

from __future__ import annotations

import inspect
import sys
import weakref
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from shapeguard.source import annotation_shapes, frames, trees
from shapeguard.source.reading import expression_of
from shapeguard.source.statements import declared_in

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from types import CodeType, FunctionType

    from shapeguard.records.source import Span
    from shapeguard.spec import Spec


@dataclass(frozen=True, slots=True, eq=False)
class Signature:
    """An annotated function of the user's; `spans` and `texts` go by parameter, "return" for what it returns."""

    function: FunctionType
    written: Mapping[str, object]
    spans: dict[str, Span] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, function: Callable[..., Any]) -> Signature | None:
        """The signature; `None` where nothing is annotated or the function is none of Python's own."""
        plain = unwrapped(function)
        if not inspect.isfunction(plain):
            return None
        written = _annotations(plain)
        if not written:
            return None
        signature = cls(plain, written)
        _locate(signature)
        return signature

    @property
    def code(self) -> CodeType:
        """The code whose frames run the function."""
        return self.function.__code__

    def bound(self, owner: Any, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> dict[str, Any]:
        """The arguments by parameter; `owner` is `self` of a method, `None` for a function."""
        first = () if owner is None else (owner,)
        try:
            return dict(inspect.signature(self.function).bind(*first, *args, **kwargs).arguments)
        except TypeError:
            return {}  # a call that Python itself is about to refuse

    def parameters(self, given: Mapping[str, Any]) -> Iterator[tuple[str, Spec]]:
        """Each given parameter whose annotation declares a shape."""
        for name, written in self.written.items():
            if name != "return" and name in given:
                spec = self._spec(written, given)
                if spec is not None:
                    yield name, spec

    def result(self, given: Mapping[str, Any]) -> Spec | None:
        """The shape that the return annotation declares."""
        return self._spec(self.written["return"], given) if "return" in self.written else None

    def _spec(self, written: object, given: Mapping[str, Any]) -> Spec | None:
        if isinstance(written, str):
            node = expression_of(written)
            local = {**inspect.getclosurevars(self.function).nonlocals, **given}
            return None if node is None else annotation_shapes.evaluated(node, self.function.__globals__, local)
        spec = annotation_shapes.spec_of(written)
        return None if spec is None else annotation_shapes.with_values(spec, self.function.__globals__, given)


def unwrapped(function: Any) -> Any:
    """The function below decorators and bound methods."""
    while hasattr(function, "__wrapped__"):
        function = function.__wrapped__
    return getattr(function, "__func__", function)


def _annotations(function: FunctionType) -> Mapping[str, object]:
    if sys.version_info >= (3, 14):
        import annotationlib  # noqa: PLC0415  PEP 649: names that are not there yet stay forward references

        return annotationlib.get_annotations(function, format=annotationlib.Format.FORWARDREF)
    return inspect.get_annotations(function)


def _locate(signature: Signature) -> None:
    source = trees.source_for(signature.code)
    node = None if source is None else declared_in(source).functions.get(signature.code.co_firstlineno)
    if source is None or node is None or node.name != signature.code.co_name:
        return
    places = {a.arg: a.annotation for a in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs)}
    for name, annotation in {**places, "return": node.returns}.items():
        if annotation is not None:
            signature.spans[name] = source.span(annotation)
            signature.texts[name] = source.text(signature.spans[name])


_signatures: weakref.WeakKeyDictionary[type, Signature | None] = weakref.WeakKeyDictionary()


def signature_of(operation: Any) -> Signature | None:
    """The signature of a user class' own `call`; `None` for Keras' and other libraries' classes."""
    cls = type(operation)
    if cls not in _signatures:
        code = getattr(unwrapped(getattr(cls, "call", None)), "__code__", None)
        is_own = code is not None and not frames.is_library(code.co_filename)
        _signatures[cls] = Signature.of(cls.call) if is_own else None
    return _signatures[cls]
