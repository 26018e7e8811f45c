"""Data of literal shape: what functions of numpy, of Keras' utilities and of scikit-learn make."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from shapeguard.static.iterating import items_of, size_list
from shapeguard.static.plain_values import plain_value
from shapeguard.static.values import (
    ANY,
    Dims,
    Symbol,
    Tensor,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from shapeguard.static.given import Given


def array(shape: Dims | None, dtype: str = "float64", greatest: int | None = None) -> Tensor:
    """Data of a shape."""
    return Tensor(shape, dtype, None, greatest)


def _of_shape(given: Given) -> Any:
    return array(size_list(given.get(0, "shape", ANY)))


def _of_sizes(given: Given) -> Any:
    return array(size_list(tuple(given.args)))


def _sized(place: int, greatest: int | None = None) -> Callable[[Given], Any]:
    def made(given: Given) -> Any:
        size = given.get(place, "size", given.get(None, "shape"))
        if size is None:
            return ANY
        return array(size_list(size), greatest=greatest)

    return made


def _integers(given: Given) -> Any:
    size = given.get(2, "size")
    return ANY if size is None else array(size_list(size), "int64")


def _literal(given: Given) -> Any:
    value = given.get(0, "object", ANY)
    if isinstance(value, Tensor):
        return value
    shape = literal_shape(value)
    numbers = numbers_in(value)
    whole = all(isinstance(each, int) for each in numbers) if numbers else False
    return array(shape, "int64" if whole else "float64", max(numbers) if whole else None)


def literal_shape(value: Any) -> Dims | None:
    """The shape of nested lists of numbers; `None` where that is not known."""
    if isinstance(value, bool | int | float | Symbol):
        return ()
    if isinstance(value, Tensor):
        return value.shape
    items = items_of(value)
    if items is None or isinstance(value, str):
        return None
    inner = {literal_shape(item) for item in items}
    if len(inner) != 1:
        return (0,) if not items else None
    shape = inner.pop()
    return None if shape is None else (len(items), *shape)


def numbers_in(value: Any) -> list[Any]:
    """The numbers in nested lists."""
    if isinstance(value, bool | int | float):
        return [value]
    found: list[Any] = []
    for item in items_of(value) or ():
        found += numbers_in(item)
    return found


def _arange(given: Given) -> Any:
    values = [plain_value(value) for value in given.args]
    if any(not isinstance(value, int | float) for value in values) or not values:
        return array((ANY,))
    start, stop, step = (0, values[0], 1) if len(values) == 1 else (*values[:2], values[2] if len(values) > 2 else 1)
    return array((max(math.ceil((stop - start) / step), 0),) if step else (ANY,))


def _square(given: Given) -> Any:
    rows, columns = given.get(0, "N", ANY), given.get(1, "M")
    return array(size_list((rows, rows if columns is None else columns)))


def _linspace(given: Given) -> Any:
    return array(size_list(given.get(2, "num", 50)))


def like(given: Given) -> Any:
    """Data of the shape of other data."""
    value = given.get(0, "a", ANY)
    return array(value.shape) if isinstance(value, Tensor) else ANY


NUMPY: dict[str, Callable[[Given], Any]] = {
    **dict.fromkeys(("zeros", "ones", "empty", "full"), _of_shape),
    **dict.fromkeys(("zeros_like", "ones_like", "empty_like", "full_like"), like),
    **dict.fromkeys(("array", "asarray", "asanyarray", "ascontiguousarray", "float32", "float64", "int32"), _literal),
    **dict.fromkeys(("random.rand", "random.randn"), _of_sizes),
    **dict.fromkeys(("random.random", "random.random_sample", "random.sample", "random.standard_normal"), _sized(0)),
    **dict.fromkeys(("random.normal", "random.uniform", "random.binomial", "random.beta", "random.gamma"), _sized(2)),
    **dict.fromkeys(("random.poisson", "random.exponential", "random.choice"), _sized(1)),
    "random.randint": _integers,
    "random.permutation": like,
    "arange": _arange,
    "eye": _square,
    "identity": _square,
    "linspace": _linspace,
}


GENERATOR = {
    "random": _sized(0),
    "standard_normal": _sized(0),
    "normal": _sized(2),
    "uniform": _sized(2),
    "integers": _integers,
    "choice": _sized(1),
    "permutation": like,
}
