"""Times `fit` under ShapeGuard and under what people use instead, and reports ratios to the plain `fit` of this run.

    KERAS_BACKEND=jax python tests/benchmarks/run.py [--subject CNN] [--json FILE] [--rounds N]

Every rival trains a model of its own with the same data. The fits are interleaved round by round, so that a busy
machine disturbs all alike; the first fit, which traces, is reported apart. The row "A/A" is the plain fit measured a
second time: differences below it are noise.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import sys
import time
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
sys.path.insert(0, str(Path(__file__).parents[2]))

import keras
from rivals import RIVALS, Rival
from subjects import SUBJECTS, Subject, data

if TYPE_CHECKING:
    from collections.abc import Sequence


def compiled(subject: Subject, rival: Rival) -> Any:
    keras.utils.set_random_seed(0)
    model = subject.build(rival.layer)
    model.compile("sgd", "sparse_categorical_crossentropy", run_eagerly=rival.eager)
    return model


def timed_fit(model: Any, subject: Subject, rival: Rival, x: Any, y: Any) -> tuple[float, float]:
    """Seconds that one epoch took, and of processor time in all threads, which a busy machine disturbs less."""
    callbacks = rival.callbacks(x)
    begin, worked = time.perf_counter(), time.process_time()
    model.fit(x, y, batch_size=subject.batch_size, verbose=0, shuffle=False, callbacks=callbacks)
    return time.perf_counter() - begin, time.process_time() - worked


def measured(subject: Subject, rivals: Sequence[Rival], rounds: int) -> dict[str, dict[str, Any]]:
    """For each rival the first fit, and milliseconds a step of the fits after it: median, least, of processor time."""
    x, y = data(subject)
    models, first, later, why = {}, {}, {}, {}
    for rival in rivals:
        reason = rival.missing()
        if reason is not None:
            why[rival.name] = reason
            continue
        try:
            models[rival.name] = compiled(subject, rival)
            first[rival.name], _ = timed_fit(models[rival.name], subject, rival, x, y)
            later[rival.name] = []
        except Exception as error:  # noqa: BLE001  a rival that cannot run here is reported as such
            models.pop(rival.name, None)
            why[rival.name] = f"{type(error).__name__}: {str(error).splitlines()[0][:80]}"
    for number in range(rounds):
        for rival in rivals:
            if rival.name in later and number < (rival.rounds or rounds):
                later[rival.name].append(timed_fit(models[rival.name], subject, rival, x, y))
    results: dict[str, dict[str, Any]] = {name: {"not run": reason} for name, reason in why.items()}
    for name, seconds in later.items():
        steps, worked = ([1000 * each / subject.steps for each in times] for times in zip(*seconds, strict=True))
        results[name] = {
            "first_s": first[name],
            "median_ms": statistics.median(steps),
            "least_ms": min(steps),
            "processor_ms": min(worked),
        }
    return {rival.name: results[rival.name] for rival in rivals}


def table(subject: Subject, results: dict[str, dict[str, Any]]) -> str:
    plain = results[RIVALS[0].name]
    lines = [
        f"### {subject.name}: {subject.steps} steps of {subject.batch_size}, {keras.config.backend()}",
        "",
        "| | ms a step, least | ratio, least | ratio, median | ratio, processor | first fit, s |",
        "|---|---|---|---|---|---|",
    ]
    for name, result in results.items():
        if "not run" in result:
            lines.append(f"| {name} | not run: {result['not run']} | | | | |")
            continue
        ratios = [result[key] / plain[key] for key in ("least_ms", "median_ms", "processor_ms")]
        shown = " | ".join(f"{ratio:.2f}" for ratio in ratios)
        lines.append(f"| {name} | {result['least_ms']:.2f} | {shown} | {result['first_s']:.1f} |")
    return "\n".join(lines)


def machine() -> dict[str, Any]:
    return {
        "backend": keras.config.backend(),
        "keras": keras.__version__,
        "python": platform.python_version(),
        "cores": os.cpu_count(),
        "load": os.getloadavg()[0] if hasattr(os, "getloadavg") else None,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--subject", choices=[subject.name for subject in SUBJECTS])
    parser.add_argument("--rounds", type=int, help="fits of each rival after the first one")
    parser.add_argument("--json", type=Path, help="also write the numbers here")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    report: dict[str, Any] = {"machine": machine(), "subjects": {}}
    print(", ".join(f"{name} {value}" for name, value in report["machine"].items()), end="\n\n")
    for subject in SUBJECTS:
        if options.subject in {None, subject.name}:
            results = measured(subject, RIVALS, options.rounds or subject.rounds)
            report["subjects"][subject.name] = results
            print(table(subject, results), end="\n\n", flush=True)
    if options.json is not None:
        options.json.write_text(json.dumps(report, indent=2) + "\n")


if __name__ == "__main__":
    main()
