"""Runs programs in processes of their own and tells where two ends differ."""

import json
import os
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

TESTS = Path(__file__).parents[1]


def answers(jobs, *options):
    """What the worker says of each job, in one process; where it died, of those before."""
    paths = os.pathsep.join([str(TESTS), str(TESTS.parent)])
    environment = {**os.environ, "PYTHONPATH": paths, "PYTHONHASHSEED": "0", "SHAPEGUARD_STRICT": "1"}
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "answers.json"
        command = [sys.executable, "-W", "ignore", "-m", "unchanged.worker", str(file), *options, *jobs]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        said = json.loads(file.read_text()) if file.exists() else {}
    died = {"error": f"the process died with {done.returncode}: {done.stderr[-1500:]}", "trace": ""}
    return {job: said.get(job, died) for job in jobs}


def together(*batches):
    """The answers of several processes that run at once: a start of a backend takes seconds."""
    with ThreadPoolExecutor() as threads:
        found = list(threads.map(lambda batch: answers(*batch), batches))
    return {job: answer for each in found for job, answer in each.items()}


def differences(plain, other):
    """One line for each thing that did not end alike: without a guard, and with it."""
    for answer in (plain, other):
        if "error" in answer:
            return [f"{answer['error']}\n{answer['trace']}"]
    one, two = plain["state"], other["state"]
    names = [*one, *(name for name in two if name not in one)]
    return [f"{name}: {one.get(name)} -> {two.get(name)}" for name in names if one.get(name) != two.get(name)]
