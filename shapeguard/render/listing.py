"""The list of what a program expects, and of the comments near its layers that are not read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tabulate import tabulate

from shapeguard.legible import printable
from shapeguard.render.document import plain
from shapeguard.render.wording import place_text, shorten, working_directory

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from shapeguard.records.expectations import ListedExpectation

_TEXT_WIDTH = 60
_NOTHING = "no shape is expected of any layer"


def listing(expectations: Sequence[ListedExpectation], *, cwd: str | None = None) -> str:
    """Returns the expectations with place, layer, shape and origin, then what is not read, with the reason."""
    where = working_directory(cwd)
    read = [_read(each, where) for each in expectations if each.reason is None]
    unread = [_unread(each, where) for each in expectations if each.reason is not None]
    parts = [_titled("expectations:", read) if read else _NOTHING]
    if unread:
        parts.append(_titled("not read as shapes:", unread))
    return "\n\n".join(parts)


def listing_document(expectations: Iterable[ListedExpectation], *, cwd: str | None = None) -> list[dict[str, Any]]:
    """Returns the same in JSON's own types; `reason` is null for what is expected."""
    where = working_directory(cwd)
    return [plain(each, where) for each in expectations]


def _read(each: ListedExpectation, cwd: str) -> list[str]:
    layer = each.layer if each.quantity == "output" else f"{each.layer} ({each.quantity})"
    return [_place(each, cwd), printable(layer), printable(each.spec), each.origin]


def _unread(each: ListedExpectation, cwd: str) -> list[str]:
    return [_place(each, cwd), shorten(printable(each.text), _TEXT_WIDTH), each.reason or ""]


def _place(each: ListedExpectation, cwd: str) -> str:
    return "" if each.declared is None else place_text(each.declared, cwd)


def _titled(title: str, rows: list[list[str]]) -> str:
    table = tabulate(rows, tablefmt="plain", disable_numparse=True)
    return "\n".join([title, *(f"  {line}".rstrip() for line in table.splitlines())])
