"""Which calls of a network an expectation speaks of: names, numbering, paths, globs, the nth call."""

from __future__ import annotations

import difflib
import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from shapeguard.records.expectations import Target

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from shapeguard.records.expectations import Expectation
    from shapeguard.records.network import Call, Network

_NUMBERED = re.compile(r"^(?P<key>.+)@(?P<number>[1-9]\d*)$")


class AmbiguousKeyError(LookupError):
    """A bare name that several layers bear, at different paths."""

    def __init__(self, key: str, paths: tuple[str, ...]) -> None:
        super().__init__(f"{key!r} names {len(paths)} layers: {', '.join(paths)}; write one of these paths")
        self.key = key
        self.paths = paths


def resolve(
    expectations: Iterable[Expectation], network: Network, canonical: Mapping[str, str]
) -> tuple[tuple[Target, ...], tuple[Expectation, ...]]:
    """The targets in `network`, and the expectations that no layer answers to.

    `canonical` maps paths to those with Keras' automatic numbers counted within the model (`conv2d_7` -> `conv2d`).
    Raises `AmbiguousKeyError` for a bare name that stands at several paths.
    """
    targets: list[Target] = []
    missing: list[Expectation] = []
    expectations = tuple(expectations)
    spoken_of = {expectation.target for expectation in expectations if expectation.origin != "contract"}
    for expectation in expectations:
        calls = calls_of(expectation.target, network, canonical, exact=expectation.origin != "contract")
        if expectation.target in spoken_of and _is_numbered_alone(expectation.target, calls):
            calls = [call for call in calls if call.layer not in spoken_of]
        if expectation.call is not None:
            calls = [call for call in calls if call.number == expectation.call]
        if calls:
            targets.extend(Target(expectation, call.index) for call in calls)
        else:
            missing.append(expectation)
    return tuple(targets), tuple(missing)


def calls_of(key: str, network: Network, canonical: Mapping[str, str], *, exact: bool = True) -> list[Call]:
    """The calls that a key names: the exact name or path first (if `exact`), then the canonical one, then a glob."""
    numbered = _NUMBERED.match(key)
    if numbered is not None and not any(call.layer == key for call in network.calls):
        named = calls_of(numbered["key"], network, canonical, exact=exact)
        return [call for call in named if call.number == int(numbered["number"])]
    if any(mark in key for mark in "*?["):
        pattern = _glob(key)
        return [call for call in network.calls if call.path and pattern.fullmatch(call.path)]
    paths = {call.index: canonical.get(call.path, call.path) for call in network.calls if call.path}
    whole = "/" in key
    ways = (
        [c for c in network.calls if exact and key == (c.path if whole else c.layer)],
        [c for c in network.calls if c.index in paths and key == (paths[c.index] if whole else _own(paths[c.index]))],
    )
    return next((_unique(key, named) for named in ways if named), [])


def _is_numbered_alone(key: str, calls: list[Call]) -> bool:
    """Whether a bare name is none of these calls': only Keras' numbering says so, and a key with the name says more."""
    return not set("*?[/@") & set(key) and all(call.layer != key for call in calls)


def _own(path: str) -> str:
    return path.rpartition("/")[2]


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
    """Those of the names that look like the key, the likest first; the first few where none does."""
    known = list(names)
    close = difflib.get_close_matches(key, known, n=3, cutoff=0.5)
    return tuple(close or known[:6])


def matches(key: str, call: Call) -> bool:
    """Whether a name, path or glob speaks of this call."""
    if any(mark in key for mark in "*?["):
        return bool(call.path) and _glob(key).fullmatch(call.path) is not None
    return key in (call.layer, call.path)
