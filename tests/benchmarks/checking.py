"""Times what the first step adds to `shapeguard check`, for correct programs, in processor time.

In tests/:

    python -m benchmarks.checking                    the small networks, and a ResNet50 of 224x224 with batches of 32

Each program is run three times in a forked process, and the counts of one line are of one run of this file: up to the
guard's own check; as `check` runs it; and with the step really made, as for custom code. The import of Keras is added.
"""

import argparse
import os
import pathlib
import resource
import sys
import tempfile
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras  # noqa: F401  before the forks
from benchmarks import networks
from corpus import forked
from helpers import commands

from shapeguard.cli import first_step

IMPORT = time.process_time()
PROGRAM = """import keras
import numpy as np
from benchmarks import networks

model = {build}
model.compile("sgd", "mse")
x = [np.zeros(({batch}, *(size or 16 for size in each.shape[1:])), each.dtype) for each in model.inputs]
y = [np.zeros(({batch}, *(size or 16 for size in each.shape[1:])), "float32") for each in model.outputs]
model.fit(x if len(x) > 1 else x[0], y if len(y) > 1 else y[0], batch_size={batch}, verbose=0)
"""
WAYS = ("before", "now", "really")


def timed(job):
    """(seconds of processor time, exit code, gigabytes at most) of one (program, way)."""
    program, way = job
    if way == "before":
        first_step.FirstStep._is_decided = lambda *_: True
    if way == "really":
        first_step.FirstStep._is_decided = lambda *_: False
    begin = time.process_time()
    code, _ = commands.check(program)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    return time.process_time() - begin, code, memory


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="*", default=(), help="names of networks")
    options = parser.parse_args()
    texts = {each.__name__: PROGRAM.format(build=f"networks.{each.__name__}()", batch=32) for each in networks.NETWORKS}
    resnet = "keras.applications.ResNet50(weights=None, classes=10)"
    texts["resnet50"] = PROGRAM.format(build=resnet, batch=32)
    texts = {name: text for name, text in texts.items() if not options.only or name in options.only}
    with tempfile.TemporaryDirectory() as folder:
        jobs = []
        for name, text in texts.items():
            pathlib.Path(folder, f"{name}.py").write_text(text, encoding="utf-8")
            jobs += [(pathlib.Path(folder, f"{name}.py"), way) for way in WAYS]
        answers = {(p.stem, way): answer or error for (p, way), answer, error in forked.each(timed, jobs, 1, 600)}
    print(f"import of Keras: {IMPORT:.1f} s; ratios of the whole command, seconds added, gigabytes at most")
    for name in texts:
        times = [answers[name, way] for way in WAYS]
        if any(isinstance(each, str) for each in times):
            print(name, times)
            continue
        before = times[0][0] + IMPORT
        added = [f"{each[0] - times[0][0]:+6.1f} s" for each in times[1:]]
        ratios = [f"{(each[0] + IMPORT) / before:.2f}" for each in times[1:]]
        memory = [f"{each[2]:.1f}" for each in times]
        print(
            f"{name:24} exit {times[1][1]}  now {ratios[0]} {added[0]}  really {ratios[1]} {added[1]}  GB {memory}",
            flush=True,
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
