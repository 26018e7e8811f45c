"""A constructor that raised over shapes: other sizes for its arguments, tried through Keras itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import keras
import numpy as np

from shapeguard.keras_compat import states
from shapeguard.layers import traits_of
from shapeguard.layers.keras1 import modernised
from shapeguard.records.findings import Cause, Diagnosis, Edit
from shapeguard.records.source import Opaque

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shapeguard.diagnosis.problem import Correct
    from shapeguard.layers.keras1 import Modernised, Renamed
    from shapeguard.records.network import Failure
    from shapeguard.records.source import Argument, Construction, Span

CAP = 24
PROOF = "the constructor takes it; what follows is not known"


def diagnose_construction(
    made: Construction, failure: Failure, correct: Correct, raised_at: Span | None
) -> Diagnosis | None:
    """Which argument makes the constructor succeed, or that the call is one of Keras 1, by its names of arguments.

    Tried are the same call in the words of Keras 3, sizes taken from the arrays it was given, tuples grouped anew.
    """
    cls = getattr(keras.layers, made.layer_type, None)
    if not isinstance(cls, type):
        return None
    causes = _of_older_call(made, cls, correct) or _of_values(made, cls, correct)
    if not causes:
        return None
    return Diagnosis(
        code="SG601",
        layer=made.layer,
        layer_type=made.layer_type,
        causes=causes,
        original=f"{failure.exception_type}: {failure.text}",
        headline=f"layer '{made.layer}' ({made.layer_type}) cannot be made: {_reason(made, failure)}",
        raised_at=raised_at,
    )


def _reason(made: Construction, failure: Failure) -> str:
    """What Keras says; of a padding that is no word it says nothing that helps."""
    padding = next((argument.value for argument in made.arguments if argument.name == "padding"), "")
    return f"`padding` cannot be {padding}" if isinstance(padding, int) else failure.text.splitlines()[0]


def _of_older_call(made: Construction, cls: type, correct: Correct) -> tuple[Cause, ...]:
    """The call in the words of Keras 1, where Keras 3 takes it in its own."""
    told = modernised(made, cls, traits_of(made.layer_type).keras1)
    arguments = {} if told is None else {name: _standing_in(value) for name, value in told.arguments(made).items()}
    if told is None or not _constructs(cls, arguments):
        return ()
    correction = correct(made, told.values, told.renamed)
    written = {argument.name: argument for argument in made.arguments}
    again = {"kernel_size", *(new[0] for new in told.renamed.values() if new is not None)}
    moved: Renamed = {name: (name, value) for name, value in told.values.items() if name not in again}
    moved.update(told.renamed)
    kept = {name: new for name, new in moved.items() if new is not None} or {name: (name, None) for name in moved}
    edits = tuple(_edit(made, written[name], new, correction) for name, new in kept.items())
    cause = Cause(
        kind="argument",
        edits=edits,
        confidence="cause",
        title=_title(made, told, written[next(iter(moved))]),
        label=_label(written[next(iter(moved))]),
        explanation=_explanation(made, told),
        proof=PROOF,
    )
    return (cause,)


def _title(made: Construction, told: Modernised, first: Argument) -> str:
    names = ", ".join(f"`{name}`" for name in told.renamed)
    if not names:
        return f"argument `{_label(first)}` of {made.layer_type} is where Keras 1 had a size of the kernel"
    return f"{names} {'is a Keras 1 name' if len(told.renamed) == 1 else 'are Keras 1 names'}"


def _explanation(made: Construction, told: Modernised) -> str:
    """What each name is now, and what sizes in a row were."""
    lines = [f"`{name}` is now `{new[0]}`" for name, new in told.renamed.items() if new is not None]
    sizes = told.values.get("kernel_size")
    if isinstance(sizes, tuple):
        kernel = "x".join(map(str, sizes))
        lines.append(
            f"{made.layer_type} takes (filters, kernel_size, strides, ...). Sizes in a row, meaning a {kernel} kernel, "
            "are Keras 1 syntax."
        )
    return "\n".join(lines)


def _label(argument: Argument) -> str:
    return f"{argument.name}={argument.value!r}" if not isinstance(argument.value, Opaque) else f"{argument.name}=..."


def _of_values(made: Construction, cls: type, correct: Correct) -> tuple[Cause, ...]:
    found = [
        (argument, value)
        for argument, value in list(_candidates(made))[:CAP]
        if _constructs(cls, {**_arguments(made), argument.name: value})
    ]
    found = [pair for pair in found if pair[0] is found[0][0]][:1] + [p for p in found if p[0] is not found[0][0]]
    return tuple(_cause(made, argument, size, correct, sure=len(found) == 1) for argument, size in found)


def _candidates(made: Construction) -> Iterator[tuple[Argument, object]]:
    sizes = _sizes(made)
    for argument in made.arguments:
        if argument.name == "padding" and not isinstance(argument.value, str):
            yield argument, "valid"
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
    with states.leaving_no_mark():
        try:
            cls(**arguments)
        except Exception:  # noqa: BLE001  Keras' refusal is the answer
            return False
    return True


def _cause(made: Construction, argument: Argument, size: object, correct: Correct, *, sure: bool) -> Cause:
    correction = correct(made, {argument.name: size})
    return Cause(
        kind="argument",
        edits=(_edit(made, argument, (argument.name, size), correction),),
        confidence="cause" if sure else "possible",
        title=f"argument `{argument.name}={argument.value!r}` of {made.layer_type} '{made.layer}'",
        label=f"{argument.name}={argument.value!r}",
        explanation=f"with {argument.name} {size} Keras takes the call",
        proof=PROOF,
    )


def _edit(made: Construction, argument: Argument, new: tuple[str, object], correction: Any) -> Edit:
    """The edit that gives what was written as `argument` another name, value or both."""
    name, value = new
    return Edit(
        layer=made.layer,
        argument=name,
        value=argument.value if name == argument.name else None,
        suggestion=value,
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
