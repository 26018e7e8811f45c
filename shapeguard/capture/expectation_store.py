"""What was said of a layer travels on the layer itself, so that any guard finds it later."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from shapeguard.capture import constructions
from shapeguard.source.comments import settled

if TYPE_CHECKING:
    from shapeguard.records.expectations import Expectation, Quantity
    from shapeguard.records.source import Span

_ATTRIBUTE = "_shapeguard_expectations"
_INPUTS = "_shapeguard_input_expectations"
_said = 0
_Key = tuple["Span | str", "Quantity", int | None]


def version() -> int:
    """A number that grows with everything that is said, anywhere."""
    return _said


def attach(operation: Any, expectation: Expectation) -> None:
    """Records an expectation on a live operation; one declared at the same place for the same call gives way."""
    _put(operation, _ATTRIBUTE, expectation, expectation.call)


def attach_input(operation: Any, index: int, expectation: Expectation) -> None:
    """Records what is expected of the operation's input tensor number `index`, from 0, flattened."""
    _put(operation, _INPUTS, expectation, index)


def _put(operation: Any, attribute: str, expectation: Expectation, number: int | None) -> None:
    global _said  # noqa: PLW0603
    found: dict[_Key, Expectation] | None = vars(operation).get(attribute)
    if found is None:
        found = {}
        object.__setattr__(operation, attribute, found)
        if attribute == _ATTRIBUTE:
            constructions.keep_said(operation, found)
    key = (expectation.declared or expectation.text, expectation.quantity, number)
    _said += found.get(key) != expectation
    found[key] = expectation


def hand_over(operation: Any, other: Any) -> None:
    """What was said of one operation is said of another instead."""
    if other is not operation:
        for expectation in vars(operation).pop(_ATTRIBUTE, {}).values():
            attach(other, expectation)


def number_first_call(operation: Any) -> None:
    """What was said of "the" call concerns the first one, now that there is a second."""
    found: dict[_Key, Expectation] = vars(operation).get(_ATTRIBUTE, {})
    for key, expectation in list(found.items()):
        if expectation.call is None and expectation.scope and expectation.quantity == "output":
            del found[key]
            found[key[0], key[1], 1] = replace(expectation, call=1)


def expectations_of(operation: Any, ndim: int | None = None) -> tuple[Expectation, ...]:
    """What was said of a layer's or operation's output, weights and parameters.

    With the rank of the actual output, comments are settled: the batch axis that they leave out is put in front, and
    those that are no shape of such an output are left out.
    """
    found: dict[_Key, Expectation] = vars(operation).get(_ATTRIBUTE, {})
    name = vars(operation).get("name", "")
    said = (replace(expectation, target=name) for expectation in found.values())
    return tuple(one for one in (settled(expectation, ndim) for expectation in said) if one is not None)


def expectations_of_wrapped(wrapper: Any) -> tuple[Expectation, ...]:
    """What was said of the layer that a wrapper was given, where the wrapper works on copies of it.

    Comments are not settled, and what is not said of outputs is left out.
    """
    found = {} if hasattr(wrapper, "layer") else constructions.said_of_wrapped(wrapper)
    return tuple(one for one in found.values() if one.quantity == "output")


def input_expectations_of(operation: Any) -> tuple[tuple[int, Expectation], ...]:
    """What the parameters of a layer's `call` say of its inputs, by flattened index, where no layer made them.

    The target of each is the parameter's name.
    """
    found: dict[_Key, Expectation] = vars(operation).get(_INPUTS, {})
    return tuple((key[2] or 0, expectation) for key, expectation in found.items())
