"""What a notebook shows of a report: each part with its own style, as a saved notebook keeps no style sheet."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from shapeguard.render.github import summary_text
from shapeguard.render.styling import NOTEBOOK_PAPER, style_of
from shapeguard.render.svg import svg
from shapeguard.render.table import VERDICT_FIRST, columns_of, elided, row_name, row_texts
from shapeguard.render.text import message
from shapeguard.render.wording import shorten, working_directory

if TYPE_CHECKING:
    from collections.abc import Sequence

    from shapeguard.records.findings import Diagnosis, Row
    from shapeguard.render.styling import Role

_FONT = "font-family:Menlo,'DejaVu Sans Mono',Consolas,'Courier New',monospace;font-size:13px;line-height:1.45"
_CARD = f"{NOTEBOOK_PAPER};border:1px solid #d1d9e0;border-radius:6px"
_CELL = "text-align:left;white-space:nowrap;padding:2px 8px;border:0;border-bottom:1px solid #d1d9e0"
_MOST_ROWS = 60
_LONGEST_NAME = 36
_ROLES: dict[str, Role] = {"mismatch": "mismatch", "consequence": "consequence", "ok": "ok"}


def fragment(diagnoses: Sequence[Diagnosis], rows: Sequence[Row], *, ok: bool, cwd: str | None = None) -> str:
    """Returns verdict, message, picture and table; the picture is open if something is wrong."""
    where = working_directory(cwd)
    outcome = style_of("ok" if ok else "mismatch")
    parts = [f'<p><strong style="{outcome}">ShapeGuard: {escape(summary_text(diagnoses, rows, ok=ok))}</strong></p>']
    if diagnoses:
        text = message(diagnoses, medium="notebook", cwd=cwd)
        wrap = "white-space:pre-wrap;overflow-wrap:anywhere;padding:10px 14px;margin:6px 0"
        parts.append(f'<pre style="{_FONT};{_CARD};{wrap}">{text}</pre>')
    if rows:
        picture = svg(rows, diagnoses, ok=ok)
        opened = "" if ok else " open"
        parts.append(
            f"<details{opened}><summary>picture</summary>"
            f'<div style="overflow:auto;max-height:560px">{picture}</div></details>'
        )
        parts.append(f'<div style="overflow-x:auto;{_CARD}">{_table(rows, where)}</div>')
    return "<div>" + "\n".join(parts) + "</div>"


def _table(rows: Sequence[Row], cwd: str) -> str:
    known = columns_of(rows)
    columns = [column for column in VERDICT_FIRST if column in known]
    head = "".join(f'<th style="{_CELL}">{column}</th>' for column in columns)
    lines = []
    previous = -1
    for index in elided(rows, _MOST_ROWS):
        if index > previous + 1:
            lines.append(
                f'<tr><td style="{_CELL}" colspan="{len(columns)}">... {index - previous - 1} more ...</td></tr>'
            )
        lines.append(_line(rows[index], columns, cwd))
        previous = index
    body = "".join(lines)
    return (
        f'<table style="{_FONT};{NOTEBOOK_PAPER};border-collapse:collapse;margin:0">'
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
    )


def _line(row: Row, columns: Sequence[str], cwd: str) -> str:
    texts = row_texts(row, cwd) | {"layer": shorten(row_name(row), _LONGEST_NAME)}
    role = _ROLES.get(row.status)
    styles = {"verdict": f"{_CELL};{style_of(role)}"} if role else {}
    cells = (f'<td style="{styles.get(column, _CELL)}">{escape(texts[column])}</td>' for column in columns)
    return f"<tr>{''.join(cells)}</tr>"
