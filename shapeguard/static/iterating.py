"""What is in sequences and mappings, as far as it is known."""

from __future__ import annotations

from typing import Any

from shapeguard.static.state import value_of_either
from shapeguard.static.values import ANY, Class, DictValue, Dims, Function, ListValue, Named, Runtime, Symbol, Tensor

LONGEST = 10_000
"""The most items of a range, or of a string, that are listed."""


def items_of(value: Any) -> tuple[Any, ...] | None:
    """What iterating gives; `None` where that is not known."""
    match value:
        case tuple():
            return value
        case ListValue():
            return None if value.items is ANY else value.items
        case DictValue():
            return None if value.is_open else tuple(value.entries)
        case range() | str() if len(value) <= LONGEST:
            return tuple(value)
        case Tensor(shape=(int() as first, *rest)) if first <= 64:
            return tuple(Tensor(tuple(rest), value.dtype, value.index) for _ in range(first))
    return None


def item_of(value: Any) -> Any:
    """What is known of each item of what is iterated over."""
    items = items_of(value)
    if items is None:
        return ANY
    first = items[0] if items else ANY
    for item in items[1:]:
        first = value_of_either(first, item)
    return first


def is_key(value: Any) -> bool:
    """Whether a value can be looked up in a dict."""
    if isinstance(value, tuple):
        return all(map(is_key, value))
    return isinstance(value, str | int | float | bytes | type(None) | Class | Function | Named)


def item_at(owner: Any, key: Any) -> Any:
    """`owner[key]`; `ANY` where that is not known."""
    if isinstance(owner, DictValue):
        return owner.entries.get(key, ANY) if is_key(key) else ANY
    items = items_of(owner)
    if items is None or not isinstance(key, int | slice):
        return ANY
    try:
        found = (owner if isinstance(owner, str | range) else items)[key]
    except (IndexError, TypeError, ValueError):
        return ANY
    return ListValue.of(found) if isinstance(owner, ListValue) and isinstance(key, slice) else found


def size_list(value: Any) -> Dims | None:
    """A shape that is written as a tuple, a list or one number; `None` where that is not known.

    A `None` in it is Keras' own, as in `Input((None, 64))`.
    """
    if isinstance(value, int | Symbol | Runtime):
        value = (value,)
    items = items_of(value)
    if items is None:
        return None
    return tuple(
        None if isinstance(item, Runtime) else item if isinstance(item, int | Symbol | None) else ANY for item in items
    )
