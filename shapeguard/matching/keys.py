"""The calls of a network that a key names: by name, number, path, glob or as the nth call."""

from __future__ import annotations

import difflib
import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from shapeguard.records.expectations import Target

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping

    from shapeguard.records.expectations import Expectation
    from shapeguard.records.network import Call, Network

_NUMBERED = re.compile(r"^(?P<key>.+)@(?P<number>[1-9]\d*)$")


class AmbiguousKeyError(LookupError):
    """A bare name that several layers have, at different paths."""

    def __init__(self, key: str, paths: tuple[str, ...]) -> None:
        super().__init__(f"{key!r} matches {len(paths)} layers: {', '.join(paths)}; use one of these paths")
        self.key = key
        self.paths = paths


def resolve(
    expectations: Iterable[Expectation], network: Network, canonical: Mapping[str, str]
) -> tuple[tuple[Target, ...], tuple[Expectation, ...]]:
    """The targets in `network`, and the expectations whose key no layer has.

    `canonical` maps paths to those with Keras' automatic numbers counted within the model (`conv2d_7` -> `conv2d`).
    Raises `AmbiguousKeyError` for a bare name that layers at several paths have.
    """
    targets: list[Target] = []
    missing: list[Expectation] = []
    expectations = tuple(expectations)
    keys = {expectation.target for expectation in expectations if expectation.origin != "contract"}
    for expectation in expectations:
        calls = _meant_calls(expectation, network, canonical, keys)
        targets.extend(Target(expectation, call.index) for call in calls)
        if not calls:
            missing.append(expectation)
    return tuple(targets), tuple(missing)


def _meant_calls(
    expectation: Expectation, network: Network, canonical: Mapping[str, str], keys: Collection[str]
) -> list[Call]:
    """The calls that an expectation is of: a layer whose name is one of the `keys` is found by no other's number."""
    key = expectation.target
    calls = calls_of(key, network, canonical, exact=expectation.origin != "contract")
    if key in keys and _is_numbered_alone(key, calls):
        calls = [call for call in calls if call.layer not in keys]
    return calls if expectation.call is None else [call for call in calls if call.number == expectation.call]


def calls_of(key: str, network: Network, canonical: Mapping[str, str], *, exact: bool = True) -> list[Call]:
    """The calls that a key names: the exact name or path first (if `exact`), then the canonical one, then a glob."""
    numbered = _NUMBERED.match(key)
    if numbered is not None and not any(call.layer == key for call in network.calls):
        named = calls_of(numbered["key"], network, canonical, exact=exact)
        return [call for call in named if call.number == int(numbered["number"])]
    if _is_glob(key):
        return [call for call in network.calls if matches(key, call)]
    named = _named_exactly(key, network) if exact else []
    return _unique(key, named or _named_by_number(key, network, canonical))


def _named_exactly(key: str, network: Network) -> list[Call]:
    return [call for call in network.calls if key == (call.path if "/" in key else call.layer)]


def _named_by_number(key: str, network: Network, canonical: Mapping[str, str]) -> list[Call]:
    """The calls whose path, or its last part for a bare name, is the key once Keras' numbers are counted anew."""
    paths = ((call, canonical.get(call.path, call.path)) for call in network.calls if call.path)
    return [call for call, path in paths if key == (path if "/" in key else path.rpartition("/")[2])]


def _is_glob(key: str) -> bool:
    return any(mark in key for mark in "*?[")


def _is_numbered_alone(key: str, calls: list[Call]) -> bool:
    """Whether none of these calls has the bare name: it is found by Keras' numbering alone."""
    return not set("*?[/@") & set(key) and all(call.layer != key for call in calls)


def canonical_paths(network: Network, names_of: Callable[[list[Any]], Mapping[str, str]]) -> dict[str, str]:
    """The canonical path of each path in `network`; `names_of` numbers the layers of one container."""
    containers: dict[str, dict[int, Any]] = {}
    for call in network.calls:
        if call.path and hasattr(call.operation, "name"):
            container = call.path.rpartition("/")[0]
            containers.setdefault(container, {})[id(call.operation)] = call.operation
    paths: dict[str, str] = {"": ""}
    for container in sorted(containers, key=lambda path: path.count("/") if path else -1):
        names = names_of(list(containers[container].values()))
        above = paths.get(container, container)
        for name, own in names.items():
            paths[f"{container}/{name}" if container else name] = f"{above}/{own}" if above else own
    return paths


def _unique(key: str, calls: list[Call]) -> list[Call]:
    paths = tuple(dict.fromkeys(call.path for call in calls))
    if len({id(call.operation) for call in calls}) > 1 and len(paths) > 1:
        at_top = [call for call in calls if call.path == key]
        if at_top:
            return at_top
        raise AmbiguousKeyError(key, paths)
    return calls


@lru_cache(maxsize=256)
def _glob(key: str) -> re.Pattern[str]:
    """`*` and `?` stay within one path component, `**` crosses."""
    parts = re.split(r"(\*\*/?|\*|\?|\[[^\]]*\])", key)
    return re.compile("".join(_translated(part) for part in parts))


def _translated(part: str) -> str:
    match part:
        case "**/":
            return "(?:.*/)?"
        case "**":
            return ".*"
        case "*":
            return "[^/]*"
        case "?":
            return "[^/]"
        case _ if part.startswith("[") and part.endswith("]"):
            return part
        case _:
            return re.escape(part)


def names_in(network: Network) -> tuple[str, ...]:
    """The names and paths that a key may have, in call order."""
    return tuple(dict.fromkeys(name for call in network.calls if call.path for name in (call.layer, call.path)))


def near_names(key: str, names: Iterable[str]) -> tuple[str, ...]:
    """Those of the names that look like the key, the likest first; the first few if none does."""
    names = list(names)
    return tuple(difflib.get_close_matches(key, names, n=3, cutoff=0.5) or names[:6])


def matches(key: str, call: Call) -> bool:
    """Whether a name, path or glob is that of this call."""
    if _is_glob(key):
        return bool(call.path) and _glob(key).fullmatch(call.path) is not None
    return key in (call.layer, call.path)
