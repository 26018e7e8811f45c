"""`[tool.shapeguard]` of the nearest pyproject.toml upwards."""

from __future__ import annotations

import difflib
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from shapeguard.cli.common_options import CannotRunError

if TYPE_CHECKING:
    from collections.abc import Mapping

_FILE = "pyproject.toml"
_LIST = "a list of strings"
_TEXT = "a string"
_LISTS_BY_PATTERN = "a table of lists of strings"
_TABLE = "a table"
_LIST_OR_TABLE = "a list of one file, or a table of targets and their files"
_KNOWN = {
    "tool.shapeguard": {"targets": _LIST, "expect": _LIST_OR_TABLE, "exclude": _LIST, "lint": _TABLE},
    "tool.shapeguard.lint": {
        "select": _LIST,
        "ignore": _LIST,
        "per-file-ignores": _LISTS_BY_PATTERN,
        "baseline": _TEXT,
    },
}
"""The keys of each table, and what each takes."""


@dataclass(frozen=True, slots=True)
class LintConfiguration:
    """`[tool.shapeguard.lint]`."""

    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    per_file_ignores: tuple[tuple[str, tuple[str, ...]], ...] = ()
    baseline: str | None = None


@dataclass(frozen=True, slots=True)
class Configuration:
    """`[tool.shapeguard]`; `folder` is that of the file, `file` its path, "" without one.

    `expect` has the contract file of each target, under "" that of every other one. Paths in `expect` and `baseline`
    are relative to the folder in the file, and can be opened as they are here.
    """

    folder: str = "."
    file: str = ""
    targets: tuple[str, ...] = ()
    expect: Mapping[str, str] = field(default_factory=dict)
    exclude: tuple[str, ...] = ()
    lint: LintConfiguration = LintConfiguration()

    def contract_of(self, target: str) -> str | None:
        """The contract file of a target; `None` if it has none."""
        return self.expect.get(target, self.expect.get(""))


def configuration(start: str = ".") -> Configuration:
    """The configuration for a folder; empty if no pyproject.toml is there or above it, or the nearest has no table.

    Raises:
        CannotRunError: It cannot be read, or has an unknown key, or a value of another type.
    """
    folder = Path(start).resolve()
    file = next((place / _FILE for place in (folder, *folder.parents) if (place / _FILE).is_file()), None)
    if file is None:
        return Configuration()
    table = _table(file)
    if table is None:
        return Configuration()
    _check(file, "tool.shapeguard", table)
    lint = table.get("lint", {})
    _check(file, "tool.shapeguard.lint", lint)
    baseline = lint.get("baseline")
    return Configuration(
        str(file.parent),
        str(file),
        tuple(table.get("targets", ())),
        {target: str(file.parent / path) for target, path in _by_target(table.get("expect", [])).items()},
        tuple(table.get("exclude", ())),
        LintConfiguration(
            tuple(lint.get("select", ())),
            tuple(lint.get("ignore", ())),
            tuple((pattern, tuple(codes)) for pattern, codes in lint.get("per-file-ignores", {}).items()),
            None if baseline is None else str(file.parent / baseline),
        ),
    )


def _by_target(expect: list[str] | dict[str, str]) -> dict[str, str]:
    return expect if isinstance(expect, dict) else dict(zip(("",), expect, strict=False))


def _table(file: Path) -> dict[str, Any] | None:
    """The table of the file; `None` if it has none."""
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise CannotRunError(f"{file}: cannot be read ({error})") from error
    if "shapeguard" not in text:
        return None  # tomllib takes longer to import than a small file to lint
    import tomllib

    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise CannotRunError(f"{file}: not valid TOML ({error})") from error
    tool = content.get("tool", {})
    table = tool.get("shapeguard") if isinstance(tool, dict) else None
    if table is not None and not isinstance(table, dict):
        raise CannotRunError(f"{file}: tool.shapeguard must be a table")
    return table


def _check(file: Path, name: str, table: dict[str, Any]) -> None:
    known = _KNOWN[name]
    for key, value in table.items():
        if key not in known:
            near = difflib.get_close_matches(key, known, n=1)
            hint = f"did you mean {near[0]}? " if near else ""
            raise CannotRunError(
                f"{file}: unknown key {key!r} in [{name}]; {hint}the known keys are {', '.join(known)}"
            )
        if not _is(value, known[key]):
            raise CannotRunError(f"{file}: {key} in [{name}] must be {known[key]}, not {value!r}")


def _is(value: object, kind: str) -> bool:
    match kind:
        case "a list of strings":
            return isinstance(value, list) and all(isinstance(item, str) for item in value)
        case "a table of lists of strings":
            return isinstance(value, dict) and all(_is(item, _LIST) for item in value.values())
        case "a list of one file, or a table of targets and their files":
            if isinstance(value, dict):
                return _is([*value.values()], _LIST)
            return isinstance(value, list) and len(value) < 2 and _is(value, _LIST)
        case "a string":
            return isinstance(value, str)
        case _:
            return isinstance(value, dict)
