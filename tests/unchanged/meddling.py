"""A callback that changes one thing of a run: the comparison must find each."""

import random

import keras
import numpy as np


class Meddling(keras.callbacks.Callback):
    """Does once, when training begins, what its `kind` says."""

    def __init__(self, kind):
        super().__init__()
        self.kind = kind

    def on_train_begin(self, logs=None):
        getattr(self, f"_{self.kind}")()

    def on_train_end(self, logs=None):
        if self.kind == "history":
            self.model.history.history["loss"][0] += 1e-9

    def _history(self):
        """When training ends: before, there is none."""

    def _call(self):
        self.model(np.zeros((8, 4), "float32"))

    def _symbolic_call(self):
        self.model(keras.KerasTensor((8, 4)))

    def _seed(self):
        self.model.get_layer("drop").seed_generator.next()

    def _weight(self):
        kernel = self.model.get_layer("head").kernel
        kernel.assign(np.nextafter(keras.ops.convert_to_numpy(kernel), np.float32(9)))

    def _moving_mean(self):
        self.model.get_layer("norm").moving_mean.assign(np.full((4,), 1e-6, "float32"))

    def _optimizer(self):
        self.model.optimizer.iterations.assign(1)

    def _name(self):
        keras.layers.Dense(1)

    def _python(self):
        random.random()

    def _numpy(self):
        np.random.random()

    def _keras(self):
        keras.random.normal(())

    def _backend(self):
        match keras.config.backend():
            case "tensorflow":
                import tensorflow as tf

                tf.random.uniform(())
            case "torch":
                import torch

                torch.rand(())

    def _policy(self):
        keras.config.set_dtype_policy("mixed_bfloat16")
