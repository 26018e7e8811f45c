"""Which shape a declaration in the source expects, and of which layer's output."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import keras

from shapeguard.capture import constructions
from shapeguard.capture.expectation_store import attach
from shapeguard.keras_compat import keras_layers
from shapeguard.records.expectations import Expectation
from shapeguard.source import annotation_shapes, comment_subjects, trees
from shapeguard.source.comment_filters import settled, without_axis_names
from shapeguard.source.comment_subjects import is_about
from shapeguard.source.statements import declared_in
from shapeguard.spec import ShapeSpec, unify_all, with_free_batch

if TYPE_CHECKING:
    import ast
    from collections.abc import Iterator
    from types import FrameType

    from shapeguard.records.expectations import CommentShape
    from shapeguard.records.source import Span
    from shapeguard.source.statements import Declaration
    from shapeguard.spec import Spec


@dataclass(frozen=True, slots=True)
class Annotation:
    """The place of an annotation, its text, and the scope of its names."""

    span: Span | None
    text: str
    scope: str

    def expectation(self, target: str, spec: Spec, call: int | None = None) -> Expectation:
        """What the annotation expects of a layer, or of the parameter of that name."""
        return Expectation(target, spec, "output", self.span, "annotation", self.text, self.scope, call)

    def attach(self, operation: Any, spec: Spec, number: int | None = None) -> None:
        """Attaches the expectation to the layer whose output it is about; `number` is that of its latest call."""
        layer = output_layer_of(operation)
        attach(layer, self.expectation(constructions.name_of(layer), spec, later_call(number)))


def later_call(number: int | None) -> int | None:
    """The number of a call that is not the first; `None` while there is but one."""
    return number if number is not None and number > 1 else None


def spec_of(declaration: Declaration, operation: Any, frame: FrameType) -> Spec | None:
    """The spec with the values of the frame; `None` if nothing is expected of this operation."""
    if declaration.annotation is not None:
        return annotation_shapes.evaluated(declaration.annotation, frame.f_globals, frame.f_locals)
    shape = declaration.comment
    if shape is None or not is_about(declaration, shape, names_of(operation)):
        return None
    batch_first = shape.batch == "included"
    spec = without_axis_names(shape.spec, frame.f_globals, frame.f_locals, batch_first=batch_first)
    return annotation_shapes.with_values(spec, frame.f_globals, frame.f_locals, batch_first=batch_first)


def names_of(operation: Any) -> tuple[str, str]:
    """The names that a comment may call an operation by: its own and that of its class."""
    return constructions.name_of(operation), type(operation).__name__


def comment_of(declaration: Declaration, operation: Any) -> CommentShape | None:
    """The comment as it is beside this operation."""
    return comment_subjects.comment_of(declaration, names_of(operation))


def annotated_parameters(frame: FrameType) -> Iterator[tuple[str, ast.expr, trees.Source]]:
    """The parameters of the function that a frame runs, with their annotations and the file of these."""
    source = trees.source_for(frame.f_code)
    function = None if source is None else declared_in(source).functions.get(frame.f_code.co_firstlineno)
    if source is None or function is None or function.name != frame.f_code.co_name:
        return
    for parameter in (*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs):
        if parameter.annotation is not None:
            yield parameter.arg, parameter.annotation, source


def output_layer_of(operation: Any) -> Any:
    """The layer whose output a model's output is: what is expected of a model is expected of its last layer."""
    if not isinstance(operation, keras.Model) or "name" not in vars(operation):  # its constructor has not begun
        return operation
    functional = keras_layers.functional_of(operation)
    outputs: Any = getattr(functional, "outputs", None) or ()  # none yet while its constructor runs
    if len(outputs) == 1:
        return keras_layers.producer_of(outputs[0]) or operation
    is_deferred = isinstance(operation, keras.Sequential) and functional is None
    return operation.layers[-1] if is_deferred and operation.layers else operation


def shape_of(value: Any) -> tuple[int | None, ...] | None:
    """The shape of a tensor, sizes that are open as `None`; `None` of anything else, or where the rank is open."""
    if not hasattr(value, "shape") or not hasattr(value, "dtype") or isinstance(value, keras_layers.KerasTensor):
        return None
    try:
        return tuple(size if isinstance(size, int) else None for size in value.shape)
    except (TypeError, ValueError):
        return None


def disagrees(declaration: Declaration, spec: Spec, shape: tuple[int | None, ...]) -> bool:
    """Whether a tensor has another shape than is declared of it, as far as the one line tells."""
    declared = Expectation("", spec, comment=declaration.comment)
    settled_one = settled(declared, len(shape))
    if settled_one is None or not isinstance(settled_one.spec, ShapeSpec):
        return False
    free = with_free_batch(settled_one.spec)
    return isinstance(free, ShapeSpec) and not unify_all([(free, shape, None)]).ok


def tensors_in(structure: Any) -> list[Any]:
    """The tensors of a nested structure, in order."""
    if isinstance(structure, tuple | list):
        return [tensor for item in structure for tensor in tensors_in(item)]
    if isinstance(structure, dict):
        return [tensor for item in structure.values() for tensor in tensors_in(item)]
    return [structure] if hasattr(structure, "shape") and hasattr(structure, "dtype") else []
