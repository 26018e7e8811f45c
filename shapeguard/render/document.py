"""The report as dicts and lists, under the schema that docs/reference/json-schema.md describes."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import TYPE_CHECKING, Any

from shapeguard.records.findings import Cause, Diagnosis
from shapeguard.records.source import Opaque, Span
from shapeguard.render import phrases
from shapeguard.render.wording import path_text, value_text, working_directory

if TYPE_CHECKING:
    from collections.abc import Sequence

    from shapeguard.records.findings import Row, Search

SCHEMA_VERSION = 2


def document(
    diagnoses: Sequence[Diagnosis],
    rows: Sequence[Row],
    bindings: Mapping[str, object],
    search: Search,
    *,
    ok: bool,
    cwd: str | None = None,
) -> dict[str, Any]:
    """Returns the whole report in JSON's own types: `json.loads(json.dumps(document))` is equal to it.

    Tuples become lists, a value without a JSON type becomes its text, paths are relative to `cwd`.
    """
    where = working_directory(cwd)
    return {
        "schema_version": SCHEMA_VERSION,
        "ok": ok,
        "diagnoses": plain(diagnoses, where),
        "rows": plain(rows, where),
        "bindings": plain(dict(sorted(bindings.items())), where),
        "search": plain(search, where),
    }


def plain(value: object, cwd: str) -> Any:
    """Returns a value in JSON's own types."""
    if is_dataclass(value) and not isinstance(value, type):
        return _record(value, cwd)
    if isinstance(value, Mapping):
        return {_text(str(key)): plain(item, cwd) for key, item in value.items()}
    if isinstance(value, tuple | list):
        return [plain(item, cwd) for item in value]
    return _scalar(value)


def _scalar(value: object) -> str | int | float | None:
    """A number, text or `None` as it is, an enum or another subclass as its plain value; anything else as text."""
    match value:
        case None | True | False:
            return value
        case int():
            return int(value)
        case float() if math.isfinite(value):
            return float(value)
        case str():
            return _text(str.__str__(value))
        case _:
            return value_text(value)


def _text(text: str) -> str:
    """The text itself, as `json.dumps` escapes what does not print; many readers refuse half a surrogate pair."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def _record(value: Any, cwd: str) -> Any:
    """A record by the names of its fields, with its properties and what only the JSON adds."""
    match value:
        case Opaque():
            return value_text(value)
        case Span():
            added: dict[str, object] = {"file": path_text(value.file, cwd)}
        case Diagnosis():
            added = {"headline": phrases.headline(value)}
        case Cause():
            added = {name: getattr(value, name) for name in ("verified", "layer", "argument", "value", "suggestion")}
        case _:
            added = {}
    items = {field.name: getattr(value, field.name) for field in fields(value)} | added
    return {name: plain(item, cwd) for name, item in items.items()}
