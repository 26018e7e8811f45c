"""Why each size is what it is: as text, table, HTML and plain values."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any, Protocol

from tabulate import tabulate

from shapeguard.legible import printable
from shapeguard.render.document import SCHEMA_VERSION, plain
from shapeguard.render.table import check_table_format
from shapeguard.render.wording import name_text, ordinal, place_text, shape_text, value_text, working_directory

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shapeguard.records.derivations import ExplainedCall, Given, Size

COLUMNS = ("layer", "type", "axis", "size", "why", "from")
_KEPT = "kept"
_UNDERIVED = {"open": "unknown until it runs", "unexplained": "no formula", "unknown": "not known"}


class Explained(Protocol):
    """What this module reads of an `Explanation`."""

    @property
    def calls(self) -> tuple[ExplainedCall, ...]: ...
    @property
    def model(self) -> str: ...


def text(explanation: Explained, *, cwd: str | None = None) -> str:
    """Returns a heading for each forward call, and a line for each size that it determines."""
    where = working_directory(cwd)
    lines = [f"model {name_text(explanation.model)}"] if explanation.model else []
    for call in explanation.calls:
        sizes = size_lines(call)
        whole = sizes[0] if sizes in ([_KEPT], [call.note]) else ""
        lines.append(_heading(call, where) + (f": {whole}" if whole else ""))
        lines += [] if whole else [f"  {line}" for line in sizes]
    return "\n".join(map(printable, lines))


def size_lines(call: ExplainedCall) -> list[str]:
    """Returns one line for each size that the call determines, and one for those that it keeps."""
    if call.note:
        return [call.note]
    kept = [size.name for size in call.sizes if size.origin == _KEPT]
    if kept and len(kept) == len(call.sizes):
        return [_KEPT]
    determined = [_size_text(size) for size in call.sizes if size.origin != _KEPT]
    return determined + ([f"{_KEPT}: {', '.join(kept)}"] if kept else [])


def _size_text(size: Size) -> str:
    if size.origin != "derived":
        number = "" if size.size is None else f"{size.size}, "
        return f"{size.name}: {number}{_UNDERIVED[size.origin]}"
    arguments = ", ".join(_arguments(size))
    return f"{size.name}: {size.arithmetic}" + (f", from {arguments}" if arguments else "")


def _arguments(size: Size) -> Iterator[str]:
    """The arguments, without one that the arithmetic already names, unless there is more to say about it."""
    for argument in size.arguments:
        mark = _mark(argument)
        assignment = f"{argument.name}={value_text(argument.value)}"
        if mark or not size.arithmetic.startswith(f"{argument.name} = "):
            yield assignment + (f" ({mark})" if mark else "")


def _mark(argument: Given) -> str:
    """How the argument was given, if its name does not show it: by position, or not at all."""
    if argument.written is False:
        how = "default"
    elif argument.position is not None and not argument.required:
        how = f"{ordinal(argument.position + 1)} positional"
    else:
        how = ""
    return " ".join(filter(None, (how, f"of {argument.of}" if argument.of else "")))


def _heading(call: ExplainedCall, cwd: str) -> str:
    place = f", {place_text(call.span, cwd)}" if call.span is not None else ""
    shapes = shape_text(call.output) if call.inputs == () else f"{shape_text(call.inputs)} -> {shape_text(call.output)}"
    kind = "layer" if call.is_layer else "operation"
    return f"{kind} {name_text(_name(call))} ({printable(call.layer_type)}){place}: {shapes}"


def _name(call: ExplainedCall) -> str:
    return call.path + (f"@{call.call}" if call.call > 1 else "")


def table(explanation: Explained, fmt: str = "simple") -> str:
    """Returns one line per size. Raises `ValueError` for a format that tables do not have."""
    check_table_format(fmt)
    lines = [[printable(cell) for cell in line] for call in explanation.calls for line in _table_lines(call)]
    if fmt == "github":
        lines = [[cell.replace("|", "\\|").replace("<", "&lt;") for cell in line] for line in lines]
    return str(tabulate(lines, headers=COLUMNS, tablefmt=fmt, disable_numparse=True))


def _table_lines(call: ExplainedCall) -> Iterator[list[str]]:
    name, kind = _name(call), call.layer_type
    if call.note:
        yield [name, kind, "", shape_text(call.output), call.note, ""]
    for size in call.sizes:
        why = size.arithmetic if size.origin == "derived" else _UNDERIVED.get(size.origin, size.origin)
        yield [name, kind, size.name, str(size.size), why, ", ".join(_arguments(size))]


def html(explanation: Explained) -> str:
    """Returns what a notebook shows."""
    title = f"<p><strong>model {escape(name_text(explanation.model))}</strong></p>" if explanation.model else ""
    return f'<div>{title}<div style="overflow-x:auto">{table(explanation, "html")}</div></div>'


def document(explanation: Explained, *, cwd: str | None = None) -> dict[str, Any]:
    """Returns the explanation in JSON's own types, under the version of the report's schema."""
    where = working_directory(cwd)
    fields: dict[str, Any] = plain(explanation, where)
    return {"schema_version": SCHEMA_VERSION, **fields}
