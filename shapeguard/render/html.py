"""The HTML page: verdict, picture and table in one file that needs nothing else."""

from __future__ import annotations

from html import escape
from importlib.resources import files
from typing import TYPE_CHECKING

from shapeguard.legible import printable
from shapeguard.render import cause_phrases
from shapeguard.render.github import summary_text
from shapeguard.render.page_table import page_table
from shapeguard.render.source_line import source_lines
from shapeguard.render.svg import svg
from shapeguard.render.table import elided, inputs_of, row_name, row_texts, verdict_text
from shapeguard.render.text import message
from shapeguard.render.wording import place_text, shape_text, shorten, working_directory

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from shapeguard.records.findings import Diagnosis, Row
    from shapeguard.records.source import Span

_MOST_ROWS = 600
_LONGEST_NAME = 80
# Nothing is fetched, whatever a program's names hold: the browser itself refuses.
_TOOLS = """<div class="tools" role="toolbar" aria-label="Picture">
<button type="button" data-tool="cause">Cause</button><button type="button" data-tool="in">Zoom in</button>
<button type="button" data-tool="out">Zoom out</button><button type="button" data-tool="whole">Whole</button>
<input type="search" placeholder="Search layers" aria-label="Search layers"></div>"""
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'"


def html(
    diagnoses: Sequence[Diagnosis],
    rows: Sequence[Row],
    bindings: Mapping[str, object],
    *,
    ok: bool,
    cwd: str | None = None,
) -> str:
    """Returns the whole page: the verdict, the picture at the cause, the table with uneventful rows folded.

    Of very many layers, the head, the tail and those that disagree can be opened.
    """
    where = working_directory(cwd)
    kept = elided(rows, _MOST_ROWS)
    outcome = escape(summary_text(diagnoses, rows, ok=ok))
    opened = _first_to_open(diagnoses, rows, kept)
    guilty = _guilty(diagnoses)
    home = files("shapeguard.render")
    parts = [
        f'<!DOCTYPE html>\n<html lang="en"{f""" data-first="{opened}" """.rstrip() if opened is not None else ""}>',
        f'<head><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="{_POLICY}">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>ShapeGuard: {outcome}</title>",
        f"<style>\n{home.joinpath('page.css').read_text('utf-8')}</style></head>",
        f'<body><header><h1>ShapeGuard</h1><p class="outcome {"good" if ok else "bad"}">{outcome}</p></header><main>',
        *_findings(diagnoses, where),
        *_bound(bindings),
        "<h2>Picture</h2>",
        _TOOLS,
        '<div class="scroll picture" role="region" aria-label="Picture of the network" tabindex="0">',
        svg(rows, diagnoses, ok=ok, clickable=frozenset(kept)) + "</div>",
        '<p class="hint">Select a layer (click, or Tab + Enter)</p>',
        '<div id="chosen" aria-label="Selected layer" aria-live="polite">',
        *(_layer(index, rows[index], guilty.get(rows[index].layer), where) for index in kept),
        "</div><h2>Layers</h2>",
        page_table(rows, kept, causes_of(diagnoses), where),
        "</main>",
        f"<script>\n{home.joinpath('page.js').read_text('utf-8')}</script>",
        "</body></html>\n",
    ]
    return "\n".join(parts)


def causes_of(diagnoses: Sequence[Diagnosis]) -> set[str]:
    """The names of the layers that the first cause of each diagnosis changes."""
    return {name for d in diagnoses for cause in d.causes[:1] for name in cause_phrases.layers_of(cause.edits)}


def _first_to_open(diagnoses: Sequence[Diagnosis], rows: Sequence[Row], kept: Collection[int]) -> int | None:
    """The row to open at the start: the cause's, else the first that disagrees."""
    causes = causes_of(diagnoses)
    wrong = [index for index in kept if rows[index].status == "mismatch"]
    return next((index for index in kept if rows[index].layer in causes), wrong[0] if wrong else None)


def _findings(diagnoses: Sequence[Diagnosis], cwd: str) -> list[str]:
    parts = [f"<article><pre>{message(diagnosis, medium='page', cwd=cwd)}</pre></article>" for diagnosis in diagnoses]
    return ["<h2>Findings</h2>", *parts] if parts else []


def _bound(bindings: Mapping[str, object]) -> list[str]:
    if not bindings:
        return []
    sizes = ", ".join(f"{printable(name)} = {printable(size)}" for name, size in sorted(bindings.items()))
    return [f"<p>Dimension names: <code>{escape(sizes)}</code></p>"]


def _layer(index: int, row: Row, guilty: Span | None, cwd: str) -> str:
    """The details of one layer: its shapes, its constructor call in the source, why each size is what it is."""
    texts = row_texts(row, cwd)
    details = {
        "path": shorten(printable(row.path), _LONGEST_NAME) if row.path != row.layer else "",
        "input": "" if inputs_of(row) is None else shape_text(row.inputs),
        "expected": texts["expected"],
        "actual": texts["actual"],
        "verdict": verdict_text(row),
        "params": texts["params"],
        "dtype": texts["dtype"],
        "declared": texts["declared"],
    }
    facts = "".join(f"<dt>{key}</dt><dd>{escape(value)}</dd>" for key, value in details.items() if value)
    parts = [
        f'<section class="layer" id="layer-{index}">',
        f"<h3>{escape(shorten(row_name(row), _LONGEST_NAME))} ({escape(texts['type'])})</h3><dl>{facts}</dl>",
        *_construction(row, guilty, cwd),
    ]
    if row.derivation:
        items = "".join(f"<li>{escape(printable(line))}</li>" for line in row.derivation)
        parts.append(f"<h4>How each size is computed</h4><ul>{items}</ul>")
    return "".join(parts) + "</section>"


def _construction(row: Row, guilty: Span | None, cwd: str) -> list[str]:
    """Where the layer was created, the argument at fault marked."""
    if row.span is None:
        return ["<p>It is not known where this layer was created.</p>"]
    heading = f"<h4>Created at {escape(place_text(row.span, cwd))}</h4>"
    marked = {number: parts for number, *parts in source_lines(guilty)} if guilty else {}
    lines = []
    for number, *parts in source_lines(row.span):
        before, inside, after = marked.get(number, ["".join(parts), "", ""])
        mark = f"<mark>{escape(inside)}</mark>" if inside else ""
        lines.append(f"{number:>4} | {escape(before)}{mark}{escape(after)}")
    code = "\n".join(lines)
    return [heading, f"<pre>{code}</pre>"] if lines else [heading, "<p>The source is not available.</p>"]


def _guilty(diagnoses: Sequence[Diagnosis]) -> dict[str, Span]:
    """The place in the source of the first cause of each diagnosis, by the names of the layers that it changes."""
    edits = (edit for d in diagnoses for cause in d.causes[:1] for edit in cause.edits)
    return {name: edit.span for edit in edits if edit.span for name in edit.layers or (edit.layer,)}
