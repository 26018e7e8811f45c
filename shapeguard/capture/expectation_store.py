"""The expectations of a layer, kept on the layer itself, so that any guard finds them later."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from shapeguard.capture import constructions
from shapeguard.source.comment_filters import settled

if TYPE_CHECKING:
    from shapeguard.records.expectations import Expectation, Quantity
    from shapeguard.records.source import Span

_ATTRIBUTE = "_shapeguard_expectations"
_INPUTS = "_shapeguard_input_expectations"
_Key = tuple["Span | str", "Quantity", int | None]


def attach(operation: Any, expectation: Expectation) -> None:
    """Records an expectation on a live operation; one declared at the same place for the same call gives way."""
    _put(operation, _ATTRIBUTE, expectation, expectation.call)


def attach_input(operation: Any, index: int, expectation: Expectation) -> None:
    """Records what is expected of the operation's input tensor number `index`, from 0, flattened."""
    _put(operation, _INPUTS, expectation, index)


def _put(operation: Any, attribute: str, expectation: Expectation, number: int | None) -> None:
    kept: dict[_Key, Expectation] | None = vars(operation).get(attribute)
    if kept is None:
        kept = {}
        object.__setattr__(operation, attribute, kept)
        if attribute == _ATTRIBUTE:
            constructions.keep_expectations(operation, kept)
    kept[expectation.declared or expectation.text, expectation.quantity, number] = expectation


def move(operation: Any, other: Any) -> None:
    """Moves the expectations of one operation to another."""
    if other is not operation:
        for expectation in vars(operation).pop(_ATTRIBUTE, {}).values():
            attach(other, expectation)


def number_first_call(operation: Any) -> None:
    """Makes the expectations of "the" call those of the first one, now that there is a second."""
    kept: dict[_Key, Expectation] = vars(operation).get(_ATTRIBUTE, {})
    for key, expectation in list(kept.items()):
        if expectation.call is None and expectation.scope and expectation.quantity == "output":
            del kept[key]
            kept[key[0], key[1], 1] = replace(expectation, call=1)


def expectations_of(operation: Any, ndim: int | None = None) -> tuple[Expectation, ...]:
    """The expectations of a layer's or operation's output, weights and parameters.

    With the rank of the actual output, comments are settled: the batch axis that they leave out is put in front, and
    those that are no shape of such an output are left out.
    """
    kept: dict[_Key, Expectation] = vars(operation).get(_ATTRIBUTE, {})
    name = vars(operation).get("name", "")
    named = (replace(expectation, target=name) for expectation in kept.values())
    return tuple(each for each in (settled(expectation, ndim) for expectation in named) if each is not None)


def expectations_of_wrapped(wrapper: Any) -> tuple[Expectation, ...]:
    """The expectations of the outputs of the layer that a wrapper was given, if the wrapper works on copies of it.

    Comments are not settled.
    """
    kept = {} if hasattr(wrapper, "layer") else constructions.wrapped_expectations(wrapper)
    return tuple(each for each in kept.values() if each.quantity == "output")


def input_expectations_of(operation: Any) -> tuple[tuple[int, Expectation], ...]:
    """The expectations of a layer's inputs by the parameters of its `call`, each with its flattened index.

    The target of each is the parameter's name.
    """
    kept: dict[_Key, Expectation] = vars(operation).get(_INPUTS, {})
    return tuple((key[2] or 0, expectation) for key, expectation in kept.items())
