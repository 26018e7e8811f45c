"""The report as JUnit's XML, which most systems of continuous integration show as test results."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.sax.saxutils import escape, quoteattr

from shapeguard.legible import legible
from shapeguard.render import phrases
from shapeguard.render.sarif import place_of
from shapeguard.render.text import message
from shapeguard.render.wording import artifact_text, exact_place_text, path_text, working_directory

if TYPE_CHECKING:
    from collections.abc import Sequence

    from shapeguard.records.findings import Diagnosis, Row


def junit(diagnoses: Sequence[Diagnosis], rows: Sequence[Row], *, cwd: str | None = None) -> str:
    """Returns one suite: a failed case per diagnosis, and a case per expectation that was met or not looked at.

    With nothing to show it has one case that passed, as an empty suite is an error to some readers.
    """
    where = working_directory(cwd)
    failed = [_failure(diagnosis, where) for diagnosis in diagnoses]
    skipped = [_skipped(row) for row in rows if row.expected is not None and row.status.startswith("not ")]
    passed = [_case(_of(row)) for row in rows if row.expected is not None and row.status == "ok"]
    cases = [*failed, *skipped, *passed] or [_case("no findings")]
    counts = f'tests="{len(cases)}" failures="{len(failed)}" errors="0" skipped="{len(skipped)}"'
    suite = [f'<testsuite name="shapeguard" {counts}>', *cases, "</testsuite>"]
    head = '<?xml version="1.0" encoding="utf-8"?>'
    return "\n".join([head, f'<testsuites name="shapeguard" {counts}>', *suite, "</testsuites>", ""])


def _failure(diagnosis: Diagnosis, cwd: str) -> str:
    headline = phrases.headline(diagnosis)
    place = place_of(diagnosis)
    at = [("classname", path_text(place.file, cwd)), ("file", artifact_text(place.file, cwd))] if place else []
    name = f"{diagnosis.code} {exact_place_text(place, cwd) if place else phrases.layer_text(diagnosis)}"
    body = escape(legible(message(diagnosis, cwd=cwd)))
    failure = f"<failure{_attributes([('type', diagnosis.code), ('message', headline)])}>{body}</failure>"
    return _case(name, failure, [*at, ("line", str(place.line))] if place else [])


def _skipped(row: Row) -> str:
    return _case(_of(row), f"<skipped{_attributes([('message', row.status)])}/>")


def _of(row: Row) -> str:
    return phrases.named(row.path, row.layer_type)


def _case(name: str, inside: str = "", attributes: Sequence[tuple[str, str]] = ()) -> str:
    every = _attributes([("name", name), *(attributes or [("classname", "shapeguard")])])
    return f"<testcase{every}>{inside}</testcase>" if inside else f"<testcase{every}/>"


def _attributes(pairs: Sequence[tuple[str, str]]) -> str:
    return "".join(f" {name}={quoteattr(legible(value))}" for name, value in pairs)
