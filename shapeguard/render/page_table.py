"""The table of the HTML page: the verdict beside each name, runs of uneventful rows behind a button."""

from __future__ import annotations

from html import escape
from itertools import groupby
from typing import TYPE_CHECKING

from shapeguard.legible import printable
from shapeguard.render.table import VERDICT_FIRST, row_name, row_texts
from shapeguard.render.wording import counted, shorten

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from shapeguard.records.findings import Row

_LONGEST_NAME = 80
_MOST_UNFOLDED = 12  # rows of a table that is short enough to be read whole
_SHORTEST_FOLD = 4
_UNEVENTFUL = ("ok", "no expectation", "not checked")


def page_table(rows: Sequence[Row], kept: Sequence[int], causes: Collection[str], cwd: str) -> str:
    """Returns the table of the rows `kept`; those of the layers `causes` are marked and never folded."""
    if not rows:
        return "<p>No layer was called.</p>"
    head = "".join(f'<th scope="col">{column}</th>' for column in VERDICT_FIRST)
    folds = len(kept) > _MOST_UNFOLDED
    runs = groupby(
        kept, key=lambda index: folds and rows[index].status in _UNEVENTFUL and not _is_of(rows[index], causes)
    )
    body = []
    previous = -1
    for is_quiet, run in runs:
        indices = list(run)
        covered = rows[previous + 1 : indices[-1] + 1]  # with those that are left out in between
        lines = []
        for index in indices:
            if index > previous + 1:
                lines.append(f'<tr><td colspan="{len(VERDICT_FIRST)}">... {index - previous - 1} more ...</td></tr>')
            lines.append(_line(index, rows[index], cwd, is_cause=_is_of(rows[index], causes)))
            previous = index
        is_folded = is_quiet and len(indices) >= _SHORTEST_FOLD
        body += [_fold(covered)] if is_folded else []
        body.append(
            f'<tbody class="quiet">{"".join(lines)}</tbody>' if is_folded else f"<tbody>{''.join(lines)}</tbody>"
        )
    return f'<div class="scroll rows"><table><thead><tr>{head}</tr></thead>{"".join(body)}</table></div>'


def _is_of(row: Row, causes: Collection[str]) -> bool:
    return row.layer in causes


def _fold(rows: Sequence[Row]) -> str:
    met = sum(row.status == "ok" for row in rows)
    first, last = (shorten(printable(row.layer), 24) for row in (rows[0], rows[-1]))
    what = f"{counted(len(rows), 'layer')}: {first} ... {last}"
    note = f", {counted(met, 'expectation')} met" if met else ""
    return (
        f'<tbody class="fold"><tr><td colspan="{len(VERDICT_FIRST)}">'
        f'<button type="button" aria-expanded="false">{escape(what + note)}</button></td></tr></tbody>'
    )


def _line(index: int, row: Row, cwd: str, *, is_cause: bool) -> str:
    texts = row_texts(row, cwd)
    depth = row.path.removesuffix(row.layer).count("/")
    name = f'<button type="button">{escape(_unbroken(shorten(row_name(row), _LONGEST_NAME)))}</button>'
    cells = [f'<td style="padding-left:{0.75 + 1.25 * min(depth, 8)}rem">{name}</td>']
    for column in VERDICT_FIRST[1:]:
        kind = f' class="{column}"' if column in {"verdict", "params"} else ""
        cells.append(f'<td{kind} data-label="{column}">{escape(_unbroken(texts[column]))}</td>')
    words = escape(printable(f"{row.path} {row.layer_type}".lower()), quote=True)
    kinds = f"{row.status.replace(' ', '-')}{' of-cause' if is_cause else ''}"
    return f'<tr data-row="{index}" data-words="{words}" class="{kinds}">{"".join(cells)}</tr>\n'


def _unbroken(text: str) -> str:
    """The text with no place to break a line except between two shapes."""
    return text.replace(" ", "\N{NO-BREAK SPACE}").replace("),\N{NO-BREAK SPACE}(", "), (")
