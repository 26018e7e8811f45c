"""Runs programs in this process, each from a fresh state, and writes what each ended with as JSON.

    python -m unchanged.worker FILE [--devices] JOB...

A job is `program:variant`. Where all variants are plain ones, ShapeGuard is not even imported.
"""

import contextlib
import json
import sys
import time
import traceback
from pathlib import Path

from unchanged import devices

if __name__ == "__main__":
    devices.make(sys.argv[2:])

variants = {job.partition(":")[2] for job in sys.argv[2:] if ":" in job}
if not variants <= {"plain", "again", "never"}:
    import shapeguard

from unchanged import meddling, state  # noqa: E402
from unchanged.programs import PROGRAMS  # noqa: E402
from unchanged.refusals import REFUSALS  # noqa: E402


def guards_for(program, variant):
    """The callbacks of a variant, and what runs around the program."""
    if variant in {"plain", "again"}:
        return [], contextlib.nullcontext()
    if variant.startswith("meddling"):
        return [meddling.Meddling(variant.partition(" ")[2])], contextlib.nullcontext()
    if variant == "around":
        return [], shapeguard.ShapeGuard()
    on_mismatch = {"warned": "warn", "recorded": "record"}.get(variant, "raise")
    return [shapeguard.ShapeGuard(program.expectation(variant), on_mismatch=on_mismatch)], contextlib.nullcontext()


def ended(program, variant):
    """The state in which the program ends under the variant."""
    state.reset()
    guards, around = guards_for(program, variant)
    with devices.scope(), around:
        returned = program.run(guards)
    reports = [each.report for each in guards if hasattr(each, "report")]
    told = {"ok": all(each.ok for each in reports), "rows": sum(len(each.rows) for each in reports)}
    return {"state": {**state.state_of(returned), **state.surroundings()}, "told": told}


def answer(job):
    name, _, variant = job.partition(":")
    begun = time.perf_counter()
    try:
        result = REFUSALS[name].run(variant) if variant in {"never", "refused"} else ended(PROGRAMS[name], variant)
    except Exception as error:  # noqa: BLE001
        text = f"{type(error).__name__}: {str(error).strip().splitlines()[:1]}"
        result = {"error": text, "trace": traceback.format_exc()[-3000:]}
    return {**result, "seconds": round(time.perf_counter() - begun, 2)}


if __name__ == "__main__":
    jobs = [job for job in sys.argv[2:] if ":" in job]
    answers = {}
    for job in jobs:
        answers[job] = answer(job)
        Path(sys.argv[1]).write_text(json.dumps(answers))
