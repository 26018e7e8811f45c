"""More than one device: devices are made up before the backend starts, so each claim runs in a process of its own."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from helpers.observing import BACKEND

TESTS = Path(__file__).parents[1]

MIRRORED = """
import tensorflow as tf
cpu = tf.config.list_physical_devices("CPU")[0]
tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * 2)
import keras, numpy as np
from helpers.observing import Rejected, Watching, classifier, shapes, images, fitted
strategy = tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])
with strategy.scope():
    model = classifier(deferred={deferred})
    other = classifier()
watching = Watching()
fitted(model, watching, batch_size=16)
print(len(watching.networks), shapes(watching.networks[0])[0][1][0], watching.feed.batch_size)
print([call.number for call in watching.networks[0].calls if call.inputs])
before = [w.numpy() for w in other.weights]
try:
    fitted(other, Watching(rejects=["conv_1", "conv"]))
except Rejected as rejected:
    print("rejected", all((a == b.numpy()).all() for a, b in zip(before, other.weights)))
fitted(other)
from shapeguard import ShapeGuard, ShapeMismatchError
with strategy.scope():
    guarded = classifier(deferred={deferred})
conv = guarded.layers[0].name
fitted(guarded, ShapeGuard({{conv: (16, 6, 6, 2)}}), batch_size=16)
for literal in (8, 16):
    try:
        fitted(guarded, ShapeGuard({{conv: (literal, 6, 6, 2 if literal == 8 else 3)}}), batch_size=16)
    except ShapeMismatchError as error:
        print(str(error).splitlines()[0].partition("expected ")[2])
"""

PARALLEL = """
import keras, numpy as np
keras.distribution.set_distribution(keras.distribution.DataParallel())
from helpers.observing import Rejected, Watching, classifier, shapes, images, fitted
import jax
model = classifier(deferred={deferred})
watching = Watching()
fitted(model, watching, batch_size=16)
print(len(jax.devices()), len(watching.networks), shapes(watching.networks[0])[0][1][0], watching.feed.batch_size)
before = model.get_weights()
model = classifier()
before = model.get_weights()
try:
    fitted(model, Watching(rejects=["conv"]))
except Rejected as rejected:
    print("rejected", all((a == b).all() for a, b in zip(before, model.get_weights())))
fitted(model)
"""


def output(program, **environment):
    paths = os.pathsep.join([str(TESTS), str(TESTS.parent)])
    environment = {**os.environ, "PYTHONPATH": paths, **environment}
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", program], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout.splitlines()


@pytest.mark.parametrize("deferred", [False, True])
def test_mirrored_replicas_are_seen_as_one_and_the_batch_is_the_global_one(deferred):
    """Trap 10: Keras calls the layers in threads of its own, one a replica."""
    if BACKEND != "tensorflow":
        pytest.skip("tf.distribute is TensorFlow's")
    lines = output(MIRRORED.format(deferred=deferred))
    assert lines[:3] == ["1 8 16", "[1, 1, 1, 1]", "rejected True"]
    assert lines[3:] == ["(8, 6, 6, 2), got (16, 6, 6, 2)", "(16, 6, 6, 3), got (16, 6, 6, 2)"]


@pytest.mark.parametrize("deferred", [False, True])
def test_data_parallel_devices_see_the_global_batch(deferred):
    if BACKEND != "jax":
        pytest.skip("keras.distribution is JAX's")
    lines = output(PARALLEL.format(deferred=deferred), XLA_FLAGS="--xla_force_host_platform_device_count=4")
    assert lines == ["4 1 16 16", "rejected True"]
