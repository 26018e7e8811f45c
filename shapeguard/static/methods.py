"""The methods of strings, lists and dicts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from shapeguard.static.iterating import LONGEST, is_key, items_of
from shapeguard.static.plain_values import plain_value, python_value
from shapeguard.static.sizes import WIDE
from shapeguard.static.values import (
    ANY,
    DictValue,
    ListValue,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from shapeguard.static.given import Given
    from shapeguard.static.machine import Machine

TEXT = frozenset(
    {
        *("capitalize", "casefold", "count", "endswith", "find", "format", "index", "isdigit", "isalpha", "islower"),
        *("isupper", "join", "lower", "lstrip", "partition", "removeprefix", "removesuffix", "replace", "rpartition"),
        *("rsplit", "rstrip", "split", "startswith", "strip", "title", "upper", "zfill"),
    }
)


def method(machine: Machine, owner: Any, name: str, given: Given) -> Any:
    """What a method of a string, list or dict gives; `ANY` where it is not followed."""
    if isinstance(owner, str):
        return ANY if name not in TEXT or _is_long(owner, name, given) else python_value(getattr(owner, name), given)
    if isinstance(owner, ListValue):
        return _of_list(machine, owner, name, given)
    if isinstance(owner, DictValue):
        return _of_dict(machine, owner, name, given)
    if isinstance(owner, tuple) and name in {"index", "count"}:
        return python_value(getattr(plain_value(owner), name, lambda *_: ANY), given)
    return ANY


def _is_long(owner: str, name: str, given: Given) -> bool:
    """Whether a text may become longer than any that is followed."""
    is_wide = name == "format" and (len(owner) > LONGEST or WIDE.search(owner) is not None)
    return is_wide or any(isinstance(each, int) and abs(each) > LONGEST for each in given.args)


def _of_list(machine: Machine, owner: ListValue, name: str, given: Given) -> Any:
    items = owner.items
    if items is ANY:
        return ANY
    if name == "copy":
        return ListValue.of(items)
    if name in {"index", "count"}:
        return python_value(getattr(plain_value(owner), name, lambda *_: ANY), given)
    place = given.get(0, "index", -1)
    is_there = name == "pop" and type(place) is int and -len(items) <= place < len(items)
    machine.state.set(owner.cells, "items", _changed(items, name, given))
    return items[place] if is_there else ANY if name == "pop" else None


def _changed(items: tuple[Any, ...], name: str, given: Given) -> Any:
    """What is in a list behind a method that changes it; `ANY` where that is not known."""
    value = given.args[0] if given.args else ANY
    match name:
        case "append":
            return (*items, value)
        case "extend":
            more = items_of(value)
            return ANY if more is None else (*items, *more)
        case "insert" if type(value) is int and len(given.args) == 2:
            return (*items[:value], given.args[1], *items[value:])
        case "reverse":
            return items[::-1]
        case "clear":
            return ()
        case "pop":
            return _without(items, value if given.args else -1)
    return ANY


def _without(items: tuple[Any, ...], place: Any) -> Any:
    """The items without the one at a place."""
    if type(place) is not int or not -len(items) <= place < len(items):
        return ANY
    index = place % len(items)
    return (*items[:index], *items[index + 1 :])


def _of_dict(machine: Machine, owner: DictValue, name: str, given: Given) -> Any:
    entries, is_open = owner.entries, owner.is_open
    if name in VIEWS:
        return ListValue.of(ANY if is_open else VIEWS[name](entries))
    if name in {"copy", "update"}:
        return DictValue.of(dict(entries), is_open=is_open) if name == "copy" else _update(machine, owner, given)
    key = given.args[0] if given.args else None
    if name not in {"get", "pop", "setdefault"} or not is_key(key):
        return ANY
    found = entries.get(key, ANY if is_open else given.get(1, "default"))
    if name != "get":
        machine.state.set(owner.cells, "entries", _without_key(entries, key) | ({} if name == "pop" else {key: found}))
    return found


def _without_key(entries: dict[Any, Any], key: Any) -> dict[Any, Any]:
    return {other: value for other, value in entries.items() if other != key}


VIEWS: dict[str, Callable[[dict[Any, Any]], tuple[Any, ...]]] = {
    "items": lambda entries: tuple(entries.items()),
    "keys": tuple,
    "values": lambda entries: tuple(entries.values()),
}


def _update(machine: Machine, owner: DictValue, given: Given) -> None:
    """`update`: other entries come in."""
    more = given.args[0] if given.args else DictValue.of({})
    is_known = isinstance(more, DictValue)
    entries = {**owner.entries, **more.entries, **given.keywords} if is_known else {}
    machine.state.set(owner.cells, "entries", entries)
    machine.state.set(owner.cells, "is_open", value=not is_known or owner.is_open or more.is_open)
