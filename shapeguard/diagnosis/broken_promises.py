"""Layers that tell another output shape than their call gives: a Lambda's `output_shape`, a `compute_output_shape`."""

from __future__ import annotations

import ast
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import keras

from shapeguard.diagnosis.expression_edits import edit_at, line_with
from shapeguard.diagnosis.what_keras_said import original_of
from shapeguard.keras_compat import abstract_runs, keras_layers, states
from shapeguard.records.findings import Cause, Diagnosis, Edit
from shapeguard.source import trees
from shapeguard.source.constants import assigned_once, value_of
from shapeguard.spec import shapes_agree
from shapeguard.trace.recorder import shape_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from shapeguard.diagnosis.analysis import Analysis
    from shapeguard.records.network import Call, Shape
    from shapeguard.source.trees import Source

TELLS = "compute_output_shape"
GIVEN = "output_shape"


def diagnosis_of_promise(analysis: Analysis) -> list[Diagnosis]:
    """The diagnosis of the first layer before what was refused whose own word on its output is wrong; else nothing."""
    problem, network = analysis.problem, analysis.graph.network
    if problem.failure is None:
        return []
    refused = analysis.graph.refused
    before = network.calls if refused is None else network.calls[: refused.index + 1]
    found = next(filter(None, (_broken(analysis, call) for call in before)), None)
    if found is None:
        return []
    is_before = refused is None or found.layer != refused.call.layer
    return [found] if is_before or _is_in_other_words(found) else []  # a change of what was refused has formulas


def _broken(analysis: Analysis, call: Call) -> Diagnosis | None:
    """The diagnosis of a layer that gives another shape than it tells."""
    shapes = [analysis.graph.network.values[value].shape for value in call.inputs]
    if len(shapes) != 1 or not _tells(call.operation):
        return None
    told, made = _shapes(call, shapes)
    is_broken = bool(told and made) and not shapes_agree(told, made)
    return _diagnosis(analysis, call, told, made, shapes[0]) if is_broken else None


def _is_in_other_words(diagnosis: Diagnosis) -> bool:
    """Whether each size has a name of its own in the program, under another one than is written."""
    texts = [(str(each.value), str(each.suggestion)) for each in diagnosis.causes[0].edits]
    return bool(texts) and all(now.isidentifier() and then.isidentifier() for now, then in texts)


def _tells(operation: Any) -> bool:
    """Whether the program says what a layer gives, and Keras does not work it out."""
    if isinstance(operation, keras.layers.Lambda):
        return isinstance(keras_layers.output_shape_of(operation), tuple)
    is_layer = isinstance(operation, keras.layers.Layer) and not isinstance(operation, keras.Model)
    return is_layer and bool(operation.built) and _is_own(getattr(type(operation), TELLS))


def _is_own(method: Any) -> bool:
    return str(method.__module__).partition(".")[0] != "keras"


def _shapes(call: Call, shapes: Sequence[Shape]) -> tuple[Shape, Shape]:
    """(what the layer says that it gives, what its call gives); `()` for what is no one shape, or is refused."""
    try:
        with states.leaving_no_mark(stateless=False):
            told = call.operation.compute_output_shape(shapes[0])
            tensors = tuple(keras_layers.KerasTensor(shape) for shape in shapes)
            made = abstract_runs.shapes_of(call.operation.call, *tensors)
    except Exception:  # noqa: BLE001  whatever the user's own code raises
        return (), ()
    is_shape = isinstance(told, tuple) and all(size is None or isinstance(size, int) for size in told)
    return (told if is_shape else ()), (shape_of(made) or () if hasattr(made, "shape") else ())


def _diagnosis(analysis: Analysis, call: Call, told: Shape, made: Shape, given: Shape) -> Diagnosis:
    is_lambda = isinstance(call.operation, keras.layers.Lambda)
    by = f"`{GIVEN}`" if is_lambda else f"`{TELLS}`"
    edits = tuple(_of_lambda(call, told, made) if is_lambda else _of_method(call, told, made, given))
    cause = Cause(
        "argument" if is_lambda else "inputs",
        edits,
        title=f"{by} of '{call.layer}' says {told}, and the call gives {made}",
        label="not what is given",
        explanation="Keras takes the layer's own word for its output when it builds what follows.",
        proof="what the call gives was worked out, what follows was not built again",
    )
    return Diagnosis(
        code="SG601",
        layer=call.layer,
        layer_type=call.layer_type,
        expected=made,
        actual=told,
        causes=(cause,),
        original=original_of(analysis.problem.failure),
        headline=f"layer '{call.layer}' ({call.layer_type}) gives {made}, and says that it gives {told}",
        raised_at=analysis.problem.raised_at,
    )


def _of_lambda(call: Call, told: Shape, made: Shape) -> Iterator[Edit]:
    """The size in `output_shape` that is another one, in the words of the program where these have it."""
    place = None if call.construction is None else call.construction.call
    source = None if place is None else trees.source_of(place.file)
    elements = [] if source is None or place is None else _written(source.call_ending(place))
    if source is None or len(elements) != len(made) - 1:
        return
    for element, size, now in zip(elements, made[1:], told[1:], strict=True):
        if size != now:
            yield _edit(source, element, _named(source, size), call.layer, GIVEN, call.layer_type)


def _written(call: ast.Call | None) -> list[ast.expr]:
    """The sizes of the tuple that is passed for `output_shape`."""
    keywords = [] if call is None else call.keywords
    value = next((each.value for each in keywords if each.arg == GIVEN), None)
    return value.elts if isinstance(value, ast.Tuple) else []


def _named(source: Source, size: int | None) -> str:
    """A size as the program calls it, else as a number."""
    constants = assigned_once(source.tree)
    names = [name for name, value in constants.items() if value_of(value, constants) == size]
    return names[0] if len(names) == 1 and size is not None else str(size)


def _of_method(call: Call, told: Shape, made: Shape, given: Shape) -> Iterator[Edit]:
    """The size that the method returns for another one: another axis of what the layer gets, or a number."""
    code = getattr(getattr(type(call.operation), TELLS), "__code__", None)
    source = None if code is None else trees.source_for(code)
    returned = None if source is None or code is None else _returned(source, code.co_firstlineno)
    if source is None or returned is None or len(returned.elts) != len(made):
        return
    for element, size, now in zip(returned.elts, made, told, strict=True):
        if size != now:
            yield _edit(source, element, _of_axis(source, element, size, given), call.layer, TELLS, call.layer_type)


def _returned(source: Source, line: int) -> ast.Tuple | None:
    """The one tuple that the function which begins at a line returns."""
    functions = (each for each in ast.walk(source.tree) if isinstance(each, ast.FunctionDef) and each.lineno >= line)
    function = next((each for each in functions if each.name == TELLS), None)
    returns = [] if function is None else [each for each in ast.walk(function) if isinstance(each, ast.Return)]
    value = returns[0].value if len(returns) == 1 else None
    return value if isinstance(value, ast.Tuple) else None


def _of_axis(source: Source, element: ast.expr, size: int | None, given: Shape) -> str:
    """`input_shape[1]` for `input_shape[-1]` where that is the size; a number elsewhere."""
    if isinstance(element, ast.Subscript) and given.count(size) == 1:
        return f"{source.text(source.span(element.value))}[{given.index(size)}]"
    return str(size)


def _edit(source: Source, node: ast.expr, text: str, layer: str, argument: str, layer_type: str) -> Edit:
    span = source.span(node)
    made = edit_at(source, span, text, layer, argument, line_with(span, text))
    return replace(made, layer_type=layer_type, layers=(layer,))
