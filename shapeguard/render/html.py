"""The HTML page: message, table and picture in one file that needs nothing else; and what a notebook shows."""

from __future__ import annotations

from html import escape
from importlib.resources import files
from typing import TYPE_CHECKING

from shapeguard.legible import printable
from shapeguard.render import cause_phrases
from shapeguard.render.github import summary_text
from shapeguard.render.source_line import source_lines
from shapeguard.render.svg import svg
from shapeguard.render.table import COLUMNS, elided, inputs_of, row_name, row_texts, table, verdict_text
from shapeguard.render.text import message
from shapeguard.render.wording import place_text, shape_text, shorten, working_directory

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from shapeguard.records.findings import Diagnosis, Row

_MOST_ROWS = 600
_LONGEST_NAME = 80
# Nothing is fetched, whatever a program's names hold: the browser itself refuses.
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'"


def html(
    diagnoses: Sequence[Diagnosis],
    rows: Sequence[Row],
    bindings: Mapping[str, object],
    *,
    ok: bool,
    cwd: str | None = None,
) -> str:
    """Returns the whole page. Of very many layers, the head, the tail and those that disagree can be opened."""
    where = working_directory(cwd)
    kept = elided(rows, _MOST_ROWS)
    outcome = escape(summary_text(diagnoses, rows, ok=ok))
    opened = _first_to_open(diagnoses, rows, kept)
    home = files("shapeguard.render")
    parts = [
        f'<!DOCTYPE html>\n<html lang="en"{f""" data-first="{opened}" """.rstrip() if opened is not None else ""}>',
        f'<head><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="{_POLICY}">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>ShapeGuard: {outcome}</title>",
        f"<style>\n{home.joinpath('page.css').read_text('utf-8')}</style></head>",
        f'<body><header><h1>ShapeGuard</h1><p class="outcome {"good" if ok else "bad"}">{outcome}</p></header>',
        '<div class="columns"><main>',
        *_findings(diagnoses, where),
        *_bound(bindings),
        "<h2>Layers</h2>",
        _table(rows, kept, where),
        "<h2>Picture</h2>",
        '<div class="scroll" role="region" aria-label="Picture of the network" tabindex="0">',
        svg(rows, diagnoses, ok=ok, clickable=frozenset(kept)) + "</div></main>",
        '<aside aria-label="Selected layer" aria-live="polite">',
        '<p class="hint">Select a layer (click, or Tab + Enter)</p>',
        *(_layer(index, rows[index], where) for index in kept),
        "</aside></div>",
        f"<script>\n{home.joinpath('page.js').read_text('utf-8')}</script>",
        "</body></html>\n",
    ]
    return "\n".join(parts)


def fragment(diagnoses: Sequence[Diagnosis], rows: Sequence[Row], *, ok: bool, cwd: str | None = None) -> str:
    """Returns what a notebook shows: message, table, and the picture behind a click."""
    parts = [f"<p><strong>ShapeGuard: {escape(summary_text(diagnoses, rows, ok=ok))}</strong></p>"]
    if diagnoses:
        parts.append(f'<pre style="overflow-x:auto">{escape(message(diagnoses, cwd=cwd))}</pre>')
    if rows:
        picture = svg(rows, diagnoses, ok=ok)
        parts.append(f'<div style="overflow-x:auto">{table(rows, "html", cwd=cwd)}</div>')
        parts.append(f'<details><summary>picture</summary><div style="overflow-x:auto">{picture}</div></details>')
    return "<div>" + "\n".join(parts) + "</div>"


def _first_to_open(diagnoses: Sequence[Diagnosis], rows: Sequence[Row], kept: Collection[int]) -> int | None:
    """The row to open at the start: the cause's, else the first that disagrees."""
    causes = {name for d in diagnoses for cause in d.causes[:1] for name in cause_phrases.layers_of(cause.edits)}
    wrong = [index for index in kept if rows[index].status == "mismatch"]
    return next((index for index in kept if rows[index].layer in causes), wrong[0] if wrong else None)


def _findings(diagnoses: Sequence[Diagnosis], cwd: str) -> list[str]:
    parts = []
    for diagnosis in diagnoses:
        headline, _, rest = message(diagnosis, cwd=cwd).partition("\n")
        body = f'<span class="headline">{escape(headline)}</span>\n{escape(rest)}'
        parts.append(f"<article><pre>{body}</pre></article>")
    return ["<h2>Findings</h2>", *parts] if parts else []


def _bound(bindings: Mapping[str, object]) -> list[str]:
    if not bindings:
        return []
    sizes = ", ".join(f"{printable(name)} = {printable(size)}" for name, size in sorted(bindings.items()))
    return [f"<p>Dimension names: <code>{escape(sizes)}</code></p>"]


def _table(rows: Sequence[Row], kept: Sequence[int], cwd: str) -> str:
    if not rows:
        return "<p>No layer was called.</p>"
    head = "".join(f'<th scope="col">{column}</th>' for column in COLUMNS)
    lines = []
    previous = -1
    for index in kept:
        if index > previous + 1:
            lines.append(f'<tr><td colspan="{len(COLUMNS)}">... {index - previous - 1} more ...</td></tr>')
        lines.append(_table_row(index, rows[index], cwd))
        previous = index
    return (
        f'<div class="scroll rows"><table><thead><tr>{head}</tr></thead><tbody>{"".join(lines)}</tbody></table></div>'
    )


def _table_row(index: int, row: Row, cwd: str) -> str:
    texts = row_texts(row, cwd)
    depth = row.path.removesuffix(row.layer).count("/")
    name = f'<button type="button">{escape(_unbroken(shorten(row_name(row), _LONGEST_NAME)))}</button>'
    cells = [f'<td style="padding-left:{0.75 + 1.25 * min(depth, 8)}rem">{name}</td>']
    for column in COLUMNS[1:]:
        mark = ' class="verdict"' if column == "verdict" else ""
        cells.append(f"<td{mark}>{escape(_unbroken(texts[column]))}</td>")
    return f'<tr data-row="{index}" class="{row.status.replace(" ", "-")}">{"".join(cells)}</tr>\n'


def _unbroken(text: str) -> str:
    """The text with no place to break a line except between two shapes."""
    return text.replace(" ", "\N{NO-BREAK SPACE}").replace("),\N{NO-BREAK SPACE}(", "), (")


def _layer(index: int, row: Row, cwd: str) -> str:
    """The details of one layer: its shapes, its constructor call in the source, why each size is what it is."""
    texts = row_texts(row, cwd)
    details = {
        "path": shorten(printable(row.path), _LONGEST_NAME) if row.path != row.layer else "",
        "input": "" if inputs_of(row) is None else shape_text(row.inputs),
        "expected": texts["expected"],
        "actual": texts["actual"],
        "verdict": verdict_text(row),
        "declared": texts["declared"],
    }
    facts = "".join(f"<dt>{key}</dt><dd>{escape(value)}</dd>" for key, value in details.items() if value)
    parts = [
        f'<section class="layer" id="layer-{index}">',
        f"<h3>{escape(shorten(row_name(row), _LONGEST_NAME))} ({escape(texts['type'])})</h3><dl>{facts}</dl>",
        *_construction(row, cwd),
    ]
    if row.derivation:
        items = "".join(f"<li>{escape(printable(line))}</li>" for line in row.derivation)
        parts.append(f"<h4>How each size is computed</h4><ul>{items}</ul>")
    return "".join(parts) + "</section>"


def _construction(row: Row, cwd: str) -> list[str]:
    if row.span is None:
        return ["<p>It is not known where this layer was created.</p>"]
    heading = f"<h4>Created at {escape(place_text(row.span, cwd))}</h4>"
    lines = source_lines(row.span)
    code = "\n".join(
        f"{number:>4} | {escape(before)}" + (f"<mark>{escape(inside)}</mark>" if inside else "") + escape(after)
        for number, before, inside, after in lines
    )
    return [heading, f"<pre>{code}</pre>"] if lines else [heading, "<p>The source is not available.</p>"]
