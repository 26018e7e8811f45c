"""The table: one line per forward call."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tabulate import tabulate

from shapeguard.legible import printable
from shapeguard.render.styling import marked, rendered
from shapeguard.render.wording import is_shape, place_text, shape_text, shorten, working_directory

if TYPE_CHECKING:
    from collections.abc import Sequence

    from shapeguard.records.findings import Row
    from shapeguard.render.styling import Role

TABLE_FORMATS = ("simple", "github", "html", "rounded_outline")
COLUMNS = ("layer", "type", "input", "expected", "actual", "verdict", "params", "dtype", "declared")
_MOST_ROWS = 200
_MOST_INPUTS = 2
_LONGEST_NAME = 36
_SHORTEST_NAME = 12
VERDICT_FIRST = ("layer", "verdict", "expected", "actual", "input", "type", "params", "dtype", "declared")
"""The columns as HTML shows them: what is cut off at the right matters least."""
_NARROWER = (
    (),
    ("dtype",),
    ("dtype", "params"),
    ("dtype", "params", "declared"),
    ("dtype", "params", "declared", "type"),
    ("dtype", "params", "declared", "type", "input"),
)
_VERDICT = re.compile(r"(?<=  |: )(MISMATCH|consequence|ok)(?=  |$)", re.MULTILINE)
_VERDICTS = {"mismatch": "MISMATCH", "consequence": "consequence"}


def table(
    rows: Sequence[Row],
    fmt: str = "simple",
    width: int | None = None,
    *,
    cwd: str | None = None,
    most: int = _MOST_ROWS,
) -> str:
    """Returns the rows as a table of tabulate's format `fmt`; "" without rows.

    A table wider than `width` loses columns, then each row is stacked; shapes are never cut. Of more than `most` rows
    the head, the tail and those that disagree are shown, with a line that counts the others. Raises `ValueError` for a
    format not in `TABLE_FORMATS`.
    """
    check_table_format(fmt)
    if not rows:
        return ""
    where = working_directory(cwd)
    cells = [row_texts(row, where) | {"layer": name} for row, name in zip(rows, _names(rows, fmt), strict=True)]
    records = _with_gaps(elided(rows, most), cells)
    columns = columns_of(rows)
    if width is None or fmt in {"github", "html"}:
        return _laid_out(records, fmt, columns)
    for dropped in _NARROWER:
        text = _laid_out(records, fmt, [column for column in columns if column not in dropped])
        if max(map(len, text.splitlines())) <= width:
            return text
    return _stacked(records, width)


def check_table_format(fmt: str) -> None:
    """Raises `ValueError` for a format that is not in `TABLE_FORMATS`."""
    if fmt not in TABLE_FORMATS:
        text = f"unknown table format {fmt!r}; choose one of {', '.join(map(repr, TABLE_FORMATS))}"
        raise ValueError(text)


def _names(rows: Sequence[Row], fmt: str) -> list[str]:
    """The layers' names: indented in plain text, as code in Markdown."""
    if fmt in {"simple", "rounded_outline"}:
        return _indented_names(rows)
    names = [_path_name(row) for row in rows]
    return [f"`{name.replace('`', '')}`" for name in names] if fmt == "github" else names


def columns_of(rows: Sequence[Row]) -> list[str]:
    """The columns of a table: all, without the parameters or dtypes if no row has any."""
    known = {"params": any(row.params is not None for row in rows), "dtype": any(row.dtypes for row in rows)}
    return [column for column in COLUMNS if known.get(column, True)]


def coloured(text: str) -> str:
    """Returns a table in plain text with its verdicts in the colours of a terminal."""
    roles: dict[str, Role] = {"MISMATCH": "mismatch", "consequence": "consequence", "ok": "ok"}
    return rendered(_VERDICT.sub(lambda found: marked(found[1], roles[found[1]]), text), "terminal")


def verdict_text(row: Row) -> str:
    """The row's status as the table shows it; a mismatch is in capitals, as not every output has colours."""
    return _VERDICTS.get(row.status, row.status)


def cell_shape(row: Row, shape: object) -> str:
    """A row's shape, weights or count; "" where there is none."""
    if shape is None:
        return ""
    return f"weights {shape_text(shape)}" if row.quantity == "weights" else shape_text(shape)


def row_name(row: Row) -> str:
    """The layer's name; `name@2` for its second call."""
    return printable(row.layer) + (f"@{row.call}" if row.call > 1 else "")


def row_texts(row: Row, cwd: str) -> dict[str, str]:
    """A row's cells by column; the layer's name is left empty, as it depends on the table."""
    params = " parameters" if row.quantity == "params" else ""
    return {
        "layer": "",
        "type": printable(row.layer_type),
        "input": _inputs_text(inputs_of(row)),
        "expected": cell_shape(row, row.expected) + (params if row.expected is not None else ""),
        "actual": cell_shape(row, row.actual) + (params if row.actual is not None else ""),
        "verdict": verdict_text(row),
        "params": "" if row.params is None else f"{row.params:,}",
        "dtype": ", ".join(dict.fromkeys(map(printable, row.dtypes))),
        "declared": place_text(row.declared, cwd) if row.declared else "",
    }


def inputs_of(row: Row) -> object:
    """The shapes that the layer takes; `None` if it takes none, as an input layer does.

    `()` is the shape of a scalar too: if nothing feeds the row, it means that there is no input.
    """
    return None if row.inputs == () and not row.sources else row.inputs


def _inputs_text(inputs: object) -> str:
    """The input's shape; of more than two inputs the first, as all of them would leave no room for other columns."""
    if inputs is None:
        return ""
    if isinstance(inputs, tuple | list) and len(inputs) > _MOST_INPUTS and not is_shape(inputs):
        return f"{shape_text(inputs[0])} and {len(inputs) - 1} more"
    return shape_text(inputs)


def _path_name(row: Row) -> str:
    inside = printable(row.path).removesuffix(printable(row.layer))
    return shorten(inside + row_name(row), _LONGEST_NAME)


def _indented_names(rows: Sequence[Row]) -> list[str]:
    """Names indented by their depth below containers that have a row of their own; else the whole path."""
    paths = {row.path for row in rows}
    names = []
    for row in rows:
        parents = _parents(row)
        if all(parent in paths for parent in parents):
            names.append("  " * len(parents) + shorten(row_name(row), _LONGEST_NAME))
        else:
            names.append(_path_name(row))
    return names


def _parents(row: Row) -> list[str]:
    """The paths of the containers around a row; a layer's own name may hold "/" too."""
    container = row.path.removesuffix(row.layer).removesuffix("/")
    parts = container.split("/") if container and row.path.endswith(row.layer) else []
    return ["/".join(parts[: index + 1]) for index in range(len(parts))]


def elided(rows: Sequence[Row], most: int) -> list[int]:
    """Returns which rows to show: all, or of more than `most` the head, the tail and the first that disagree."""
    if len(rows) <= most:
        return list(range(len(rows)))
    head, tail = most // 2, most // 5
    wrong = [index for index, row in enumerate(rows) if row.status in {"mismatch", "consequence"}]
    between = [index for index in wrong if head <= index < len(rows) - tail]
    return [*range(head), *between[: most - head - tail], *range(len(rows) - tail, len(rows))]


def _with_gaps(kept: Sequence[int], records: Sequence[dict[str, str]]) -> list[dict[str, str]]:
    shown: list[dict[str, str]] = []
    previous = -1
    for index in kept:
        if index > previous + 1:
            shown.append(dict.fromkeys(COLUMNS, "") | {"layer": f"... {index - previous - 1} more ..."})
        shown.append(records[index])
        previous = index
    return shown


def _laid_out(records: Sequence[dict[str, str]], fmt: str, columns: Sequence[str]) -> str:
    bar = "\\|" if fmt == "github" else "|"
    body = [[record[column].replace("|", bar) for column in columns] for record in records]
    if fmt == "github":
        body = [[cell.replace("<", "&lt;") if index else cell for index, cell in enumerate(line)] for line in body]
    return str(tabulate(body, headers=columns, tablefmt=fmt, disable_numparse=True, preserve_whitespace=True))


def _stacked(records: Sequence[dict[str, str]], width: int) -> str:
    """One paragraph per row, for a narrow terminal."""
    lines: list[str] = []
    for record in records:
        layer, verdict = record["layer"], f": {record['verdict']}" if record["verdict"] else ""
        heading = f"{layer} ({record['type']})" if record["type"] else layer
        if len(heading) + len(verdict) > width:
            heading = shorten(layer, max(width - len(verdict), _SHORTEST_NAME))
        lines.append(heading + verdict)
        lines += [f"  {key:<8}  {record[key]}" for key in ("input", "expected", "actual", "declared") if record[key]]
    return "\n".join(lines)
