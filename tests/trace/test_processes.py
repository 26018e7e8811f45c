"""Two JAX processes on one machine, joined by `keras.distribution`: a mismatch that both see stops both at once."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = [pytest.mark.slow, pytest.mark.jax]

REPOSITORY = Path(__file__).parents[2]
SECONDS = 150  # for two imports of JAX on a busy machine; a job that hangs would stay for ever

JOB = """
import sys, time
from pathlib import Path
import jax
jax.config.update("jax_platforms", "cpu")
import keras, numpy as np
from keras import layers
from shapeguard import ShapeGuard, ShapeMismatchError

address, number, told = sys.argv[1], int(sys.argv[2]), Path(sys.argv[3])
keras.distribution.initialize(address, 2, number)
keras.distribution.set_distribution(keras.distribution.DataParallel(auto_shard_dataset=False))
x = np.random.default_rng(number).normal(size=(32, 8, 8, 1)).astype("float32")
y = np.zeros((32,), "int32")

def model(deferred=False):
    keras.utils.set_random_seed(0)
    first = [] if deferred else [keras.Input((8, 8, 1))]
    conv = layers.Conv2D(2, 3, strides=3, name="conv")
    model = keras.Sequential([*first, conv, layers.Flatten(), layers.Dropout(0.3), layers.Dense(3)])
    model.compile("sgd", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    return model

def fit(model, *callbacks):
    model.fit(x, y, batch_size=16, verbose=0, callbacks=list(callbacks))
    return model.get_weights()

def verdict(model):
    try:
        fit(model, ShapeGuard({"conv": (32, 6, 6, 2)}))
    except ShapeMismatchError as error:
        return str(error).splitlines()[0], error.report.diagnoses[0].causes[0].argument
"""

WAITING = """
wrong = model()
before = wrong.get_weights()
while number == 1 and not told.exists():  # its `fit` begins when the other's has ended: nothing waited for it
    time.sleep(0.05)
print(*verdict(wrong))
told.touch()
print(all((a == b).all() for a, b in zip(before, wrong.get_weights())))
"""

DEFERRED = """
print(*verdict(model(deferred=True)))
"""

AFTER = """
right = {"conv": (32, 2, 2, 2)}
plain, guarded = fit(model()), fit(model(), ShapeGuard(right))
print(all((a == b).all() for a, b in zip(plain, guarded)))
"""


def outputs(program, tmp_path):
    """What each of two joined processes prints."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY)}
    environment.pop("XLA_FLAGS", None)
    jobs = [
        subprocess.Popen(
            [sys.executable, "-W", "ignore", "-c", JOB + program, address, str(number), str(tmp_path / "told")],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for number in range(2)
    ]
    try:
        texts = [job.communicate(timeout=SECONDS) for job in jobs]
    finally:
        for job in jobs:
            job.kill()  # JAX answers a gentler signal by a barrier of some minutes
    assert [job.returncode for job in jobs] == [0, 0], [errors[-2000:] for _, errors in texts]
    # PyTorch's Gloo, which carries the collectives, greets on the output
    return [[line for line in text.splitlines() if "[Gloo]" not in line] for text, _ in texts]


FIRST_LINE = "[SG101] layer 'conv' (Conv2D): expected (32, 6, 6, 2), got (32, 2, 2, 2) strides"


def test_a_mismatch_raises_in_each_process_without_waiting_for_the_other(tmp_path):
    """The literal batch is the global one: two processes bring 16 rows each."""
    assert outputs(WAITING + AFTER, tmp_path) == [[FIRST_LINE, "True", "True"]] * 2


def test_a_mismatch_of_a_deferred_model_raises_in_each_process(tmp_path):
    """Keras itself builds such a model by collectives, in both processes; the verdict comes behind that."""
    assert outputs(DEFERRED + AFTER, tmp_path) == [[FIRST_LINE, "True"]] * 2
