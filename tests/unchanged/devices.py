"""Several devices on one machine, which must be made before the backend starts."""

import contextlib
import os

_scopes = []


def make(arguments):
    """Two replicas under TensorFlow, four devices under JAX, where `--devices` is among the arguments."""
    if "--devices" not in arguments:
        return
    if os.environ["KERAS_BACKEND"] == "tensorflow":
        import tensorflow as tf

        cpu = tf.config.list_physical_devices("CPU")[0]
        tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * 2)
        strategy = tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])  # one: each counts its collectives from the start
        _scopes.append(strategy.scope)
    else:
        os.environ["XLA_FLAGS"] = "--xla_force_host_platform_device_count=4"
        import jax
        import keras

        assert len(jax.devices()) == 4
        _scopes.append(keras.distribution.DataParallel().scope)


def scope():
    return _scopes[0]() if _scopes else contextlib.nullcontext()
