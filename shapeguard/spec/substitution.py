"""Puts the values of builder variables into a spec."""

from __future__ import annotations

import numbers
import re
from dataclasses import replace
from typing import TYPE_CHECKING, assert_never

from shapeguard.spec.arithmetic import MAX_SIZE, FormulaError
from shapeguard.spec.axis_parser import dim_of
from shapeguard.spec.dims import AnySize, Dim, Expression, Fixed, Labelled, Named, ShapeSpec, Spec, Variadic
from shapeguard.spec.formula import Formula, Name, Number, Operation, replace_names
from shapeguard.spec.refusal import spec_error

if TYPE_CHECKING:
    from collections.abc import Mapping


def substitute(spec: Spec, variables: Mapping[str, object], text: str, *, batch_first: bool = True) -> Spec:
    """`spec` with each name, bare or in braces, that is an int in `variables` replaced by that int.

    `text` is what the user wrote, for errors. A name of many axes (`*batch`) is never a variable, and with
    `batch_first` a bare name on axis 0 is none either: it stands for the batch, as in `(N, T, D)`.
    """
    if not isinstance(spec, ShapeSpec):
        items = (substitute(item, variables, text, batch_first=batch_first) for item in spec.items)
        return replace(spec, items=tuple(items))
    return ShapeSpec(
        tuple(
            _substituted(dim, variables, text, bare=axis > 0 or not batch_first) for axis, dim in enumerate(spec.dims)
        )
    )


def _substituted(dim: Dim, variables: Mapping[str, object], text: str, *, bare: bool) -> Dim:
    match dim:
        case Fixed() | Labelled() | AnySize() | Variadic():
            return dim
        case Named(name, broadcastable, label):
            formula: Formula = Name(name)
        case Expression(formula, broadcastable, label):
            pass
        case _:
            assert_never(dim)

    def value_of(leaf: Name) -> Formula:
        value = _size(variables.get(leaf.name)) if bare or leaf.in_braces else None
        if value is None:
            return leaf
        return Number(value) if value >= 0 else Operation("-", (Number(-value),))

    try:
        return dim_of(replace_names(formula, value_of), broadcastable=broadcastable, label=label)
    except FormulaError as error:
        values = {name: variables[name] for name in sorted(_names(dim)) if name in variables}
        shown = ", ".join(f"{name} = {value}" for name, value in values.items())
        match = re.search(rf"\b{re.escape(next(iter(values)))}\b", text)
        problem = f"`{dim}` with {shown} is not a size: {error}"
        raise spec_error(text, match.start() if match else 0, problem, "change the formula or the variable") from None


def _names(dim: Named | Expression) -> frozenset[str]:
    return frozenset({dim.name}) if isinstance(dim, Named) else dim.names | dim.variables


def _size(value: object) -> int | None:
    """`value` as an int where it is one, of Python or NumPy; `None` for all else that a frame's locals hold."""
    if not isinstance(value, numbers.Integral) or isinstance(value, bool):
        return None
    size = int(value)
    return size if abs(size) <= MAX_SIZE else None
