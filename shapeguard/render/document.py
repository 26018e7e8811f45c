"""The report as plain dicts and lists, under the schema that docs/reference/json-schema.md describes."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import TYPE_CHECKING, Any

from shapeguard.records import Cause, Diagnosis, Opaque, Span
from shapeguard.render import phrases
from shapeguard.render.words import path_text, value_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from shapeguard.records import Row, Search

SCHEMA_VERSION = 1


def document(
    diagnoses: Sequence[Diagnosis],
    rows: Sequence[Row],
    bindings: Mapping[str, object],
    search: Search,
    *,
    ok: bool,
    cwd: str | None = None,
) -> dict[str, Any]:
    """The whole report as JSON knows it: `json.loads(json.dumps(document))` gives the same again.

    Tuples become lists, a value that JSON has no word for becomes its text, paths are relative to `cwd`.
    """
    where = os.getcwd() if cwd is None else cwd  # noqa: PTH109  a string is wanted
    return {
        "schema_version": SCHEMA_VERSION,
        "ok": ok,
        "diagnoses": plain(diagnoses, where),
        "rows": plain(rows, where),
        "bindings": plain(dict(sorted(bindings.items())), where),
        "search": plain(search, where),
    }


def plain(value: object, cwd: str) -> Any:
    """A value in JSON's own types."""
    match value:
        case None | bool() | int() | str():
            return _builtin(value)
        case float():
            return value if math.isfinite(value) else str(value)
        case Span():
            return _record(value, cwd) | {"file": path_text(value.file, cwd)}
        case Opaque():
            return value_text(value)
        case Diagnosis():
            return _record(value, cwd) | {"headline": phrases.headline(value)}
        case Cause():
            first = {name: plain(getattr(value, name), cwd) for name in ("layer", "argument", "value", "suggestion")}
            return _record(value, cwd) | first
        case Mapping():
            return {str(key): plain(item, cwd) for key, item in value.items()}
        case tuple() | list():
            return [plain(item, cwd) for item in value]
        case _ if is_dataclass(value) and not isinstance(value, type):
            return _record(value, cwd)
        case _:
            return value_text(value)


def _builtin(value: bool | int | str | None) -> bool | int | str | None:  # noqa: FBT001  a value, no switch
    """The value itself; of an enum or another subclass, the plain value it stands for."""
    for kind in (bool, int, str):
        if isinstance(value, kind):
            return kind(value) if kind is not str else str.__str__(value)
    return None


def _record(value: Any, cwd: str) -> dict[str, Any]:
    return {field.name: plain(getattr(value, field.name), cwd) for field in fields(value)}
