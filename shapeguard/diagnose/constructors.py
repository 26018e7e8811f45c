"""A constructor that raised over shapes: other sizes for its arguments, tried through Keras itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import keras
import numpy as np

from shapeguard import _keras
from shapeguard.records import Cause, Diagnosis, Edit, Opaque

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shapeguard.diagnose.problem import Correct
    from shapeguard.records import Argument, Construction, Failure, Span

CAP = 24


def diagnose_construction(
    made: Construction, failure: Failure, correct: Correct, raised_at: Span | None
) -> Diagnosis | None:
    """Which argument makes the constructor succeed: sizes taken from the arrays it was given, tuples grouped anew."""
    cls = getattr(keras.layers, made.layer_type, None)
    if not isinstance(cls, type):
        return None
    found = [
        (argument, value)
        for argument, value in list(_candidates(made))[:CAP]
        if _constructs(cls, {**_arguments(made), argument.name: value})
    ]
    if not found:
        return None
    found = [pair for pair in found if pair[0] is found[0][0]][:1] + [p for p in found if p[0] is not found[0][0]]
    causes = tuple(_cause(made, argument, size, correct, sure=len(found) == 1) for argument, size in found)
    return Diagnosis(
        code="SG601",
        layer=made.layer,
        layer_type=made.layer_type,
        causes=causes,
        original=f"{failure.exception_type}: {failure.text}",
        headline=f"layer '{made.layer}' ({made.layer_type}) cannot be made: {failure.text.splitlines()[0]}",
        raised_at=raised_at,
    )


def _candidates(made: Construction) -> Iterator[tuple[Argument, object]]:
    sizes = _sizes(made)
    for argument in made.arguments:
        if isinstance(argument.value, list | tuple):
            for value in _regrouped(tuple(argument.value)):
                yield argument, value
    for argument in made.arguments:
        if isinstance(argument.value, int) and not isinstance(argument.value, bool):
            for size in sizes:
                if size != argument.value:
                    yield argument, size


def _regrouped(values: tuple[object, ...]) -> Iterator[object]:
    """The same numbers in pairs, or fewer of them: one number an axis, one for all."""
    flat = [v for item in values for v in (item if isinstance(item, list | tuple) else (item,))]
    if not all(isinstance(v, int) for v in flat):
        return
    if len(flat) % 2 == 0 and len(flat) > 2:
        yield tuple(zip(flat[::2], flat[1::2], strict=True))
    for length in range(len(flat) - 1, 1, -1):
        yield tuple(flat[:length])
    if flat:
        yield flat[0]


def _sizes(made: Construction) -> list[int]:
    """The sizes of the arrays among the arguments, each once."""
    shapes = [shape for argument in made.arguments for shape in _shapes(argument.value)]
    return list(dict.fromkeys(size for shape in shapes for size in shape if size))


def _shapes(value: object) -> list[tuple[int | None, ...]]:
    if isinstance(value, Opaque):
        return [value.shape] if value.shape is not None else []
    if isinstance(value, list | tuple):
        return [shape for item in value for shape in _shapes(item)]
    return []


def _arguments(made: Construction) -> dict[str, Any]:
    """The arguments with arrays of zeros that take no memory in the place of the user's."""
    return {argument.name: _standing_in(argument.value) for argument in made.arguments}


def _standing_in(value: Any) -> Any:
    if isinstance(value, Opaque):
        return np.broadcast_to(np.float32(0), tuple(d or 1 for d in value.shape)) if value.shape is not None else None
    if isinstance(value, list | tuple):
        return type(value)(_standing_in(item) for item in value)
    return value


def _constructs(cls: type, arguments: dict[str, Any]) -> bool:
    with _keras.leaving_no_mark():
        try:
            cls(**arguments)
        except Exception:  # noqa: BLE001  Keras' refusal is the answer
            return False
    return True


def _cause(made: Construction, argument: Argument, size: object, correct: Correct, *, sure: bool) -> Cause:
    correction = correct(made, {argument.name: size})
    edit = Edit(
        layer=made.layer,
        argument=argument.name,
        value=argument.value,
        suggestion=size,
        layer_type=made.layer_type,
        layers=(made.layer,),
        span_layers=(made.layer,),
        position=argument.position,
        explicit=True,
        span=argument.span,
        replaces=correction.replaces,
        replacement=correction.replacement,
        corrected=correction.text,
        callers=made.callers,
    )
    return Cause(
        kind="argument",
        edits=(edit,),
        confidence="cause" if sure else "possible",
        title=f"argument `{argument.name}={argument.value!r}` of {made.layer_type} '{made.layer}'",
        label=f"{argument.name}={argument.value!r}",
        explanation=f"with {argument.name} {size} Keras takes the call",
        proof="the constructor takes it; what follows is not known",
    )
