"""The answer to a crash over shapes of which no cause was found: what raised, where, and the shapes that met there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shapeguard.diagnosis.headline import refusal_text
from shapeguard.diagnosis.trail import shapes_to
from shapeguard.records.findings import Diagnosis
from shapeguard.report import Report
from shapeguard.source import compiled
from shapeguard.trace.crash_sites import site_of
from shapeguard.trace.recorder import failure_of

if TYPE_CHECKING:
    from shapeguard.records.network import Network
    from shapeguard.trace.crash_sites import CrashSite

NOTHING_TO_CHANGE = "there is no argument to change"


def report_of_crash(exception: BaseException, network: Network | None = None) -> Report:
    """The report of an exception of Keras or its backend; `network` is the pass as far as it went, if one is known."""
    compiled.look_again()
    site, failure = site_of(exception), failure_of(exception)
    shapes = site.shapes
    diagnosis = Diagnosis(
        code="SG190",
        layer=site.part.name if site.part is not None else site.function,
        layer_type=site.part.type_name if site.part is not None else "",
        actual=(shapes[0] if len(shapes) == 1 else shapes) or None,
        original=f"{failure.exception_type}: {failure.text}",
        headline=f"{_what(site)}{_shapes(site)}: {refusal_text(failure.text)}".rstrip(": "),
        trail="" if network is None else shapes_to(network),
        tried=NOTHING_TO_CHANGE,
        raised_at=site.place,
    )
    return Report(diagnoses=(diagnosis,))


def _what(site: CrashSite) -> str:
    """The part of Keras, or the user's line, that raised."""
    part = site.part
    owner = "" if part is None else f"{'model' if part.is_model else part.kind} '{part.name}' ({part.type_name})"
    if site.node is not None:
        return f"{owner}, operation '{site.node}'" if owner else f"operation '{site.node}'"
    if part is not None and not site.is_inside and not part.is_model:
        return owner
    line = "" if site.line is None else f"line {site.line}" + (f" in {site.function}" if site.function else "")
    where = ", ".join(filter(None, (owner, line)))
    return f"{where}: `{site.text}`" if where and site.text else where or "Keras"


def _shapes(site: CrashSite) -> str:
    return f" does not accept {', '.join(map(str, site.shapes))}" if site.shapes else " failed"
