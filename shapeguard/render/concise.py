"""One line per finding, as compilers print them: `path:line:column: SG101 message`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shapeguard.render import phrases
from shapeguard.render.sarif import place_of
from shapeguard.render.wording import exact_place_text, working_directory

if TYPE_CHECKING:
    from collections.abc import Sequence

    from shapeguard.records.findings import Diagnosis


def concise(diagnoses: Sequence[Diagnosis], *, cwd: str | None = None) -> str:
    """Returns one line per diagnosis, with a line feed at its end; "" without one. Columns count from 1."""
    where = working_directory(cwd)
    return "".join(f"{_line(diagnosis, where)}\n" for diagnosis in diagnoses)


def _line(diagnosis: Diagnosis, cwd: str) -> str:
    message = " ".join(phrases.headline(diagnosis).removeprefix(f"[{diagnosis.code}]").split())
    place = place_of(diagnosis)
    text = f"{diagnosis.code} {message}"
    return text if place is None else f"{exact_place_text(place, cwd)}: {text}"
