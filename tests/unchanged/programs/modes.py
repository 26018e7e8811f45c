"""Modes, phases and callbacks: eager and compiled, several steps at once, mixed precision, fits in a row, stopping."""

import tempfile
from collections import Counter
from pathlib import Path

import keras
from keras import layers
from unchanged.table import numbers, program


def _model(calls, **options):
    class Counting(layers.Layer):
        def call(self, x, training=False):
            calls[f"call {training}"] += 1
            return x * 1.0

    first = [keras.Input((4,)), layers.Dense(3), layers.BatchNormalization(), layers.Dropout(0.2)]
    model = keras.Sequential([*first, Counting(), layers.Dense(1, name="head")])
    model.compile(**{"optimizer": "sgd", "loss": "mse", "metrics": ["mae"], **options})
    return model


def _fit(model, guards, **options):
    x, y = numbers(20, 4), numbers(20, 1)
    return model.fit(x, y, **{"batch_size": 8, "epochs": 2, "verbose": 0, **options}, callbacks=guards)


@program(head=(None, 1))
def run_eagerly(guards):
    calls = Counter()
    model = _model(calls, run_eagerly=True)
    return model, _fit(model, guards), calls


@program(head=(None, 1), only=("tensorflow", "jax"))
def jit_compiled(guards):
    calls = Counter()
    model = _model(calls, jit_compile=True)
    return model, _fit(model, guards), calls


@program(head=(None, 1))
def not_jit_compiled(guards):
    calls = Counter()
    model = _model(calls, jit_compile=False)
    return model, _fit(model, guards), calls


@program(head=(None, 1), only=("tensorflow", "jax"))
def several_steps_at_once(guards):
    calls = Counter()
    model = _model(calls, steps_per_execution=2)
    return model, _fit(model, guards, shuffle=False), calls


@program(head=(None, 1))
def mixed_precision(guards):
    calls = Counter()
    keras.config.set_dtype_policy("mixed_bfloat16")
    model = _model(calls)
    return model, _fit(model, guards), calls


@program(head=(None, 1))
def mixed_precision_with_a_scale(guards):
    calls = Counter()
    keras.config.set_dtype_policy("mixed_float16")
    model = _model(calls)
    return model, _fit(model, guards), calls


@program(head=(None, 1))
def fit_evaluate_predict(guards):
    calls = Counter()
    model = _model(calls)
    x, y = numbers(20, 4), numbers(20, 1)
    history = _fit(model, guards, validation_data=(x, y))
    results = model.evaluate(x, y, batch_size=7, verbose=0, return_dict=True, callbacks=guards)
    return model, history, results, model.predict(x, batch_size=7, verbose=0, callbacks=guards), calls


@program(head=(None, 1))
def fit_after_fit(guards):
    calls = Counter()
    model = _model(calls)
    histories = [_fit(model, guards), _fit(model, guards, batch_size=5), _fit(model, guards, initial_epoch=1)]
    return model, histories, calls


@program(head=(None, 1))
def guarded_once_then_not(guards):
    calls = Counter()
    model = _model(calls)
    return model, [_fit(model, guards), _fit(model, [])], model.predict(numbers(3, 4), verbose=0), calls


@program(head=(None, 1))
def predict_twice(guards):
    calls = Counter()
    model = _model(calls)
    return [model.predict(numbers(20, 4), batch_size=8, verbose=0, callbacks=guards) for _ in range(2)], model, calls


@program(head=(None, 1))
def evaluate_before_fit(guards):
    calls = Counter()
    model = _model(calls)
    before = model.evaluate(numbers(9, 4), numbers(9, 1), verbose=0, callbacks=guards)
    return model, before, _fit(model, guards), calls


@program(head=(None, 1))
def compiled_again(guards):
    calls = Counter()
    model = _model(calls)
    _fit(model, guards)
    model.layers[0].trainable = False
    model.compile("adam", "mae")
    return model, _fit(model, guards), calls


@program(head=(None, 1))
def stopped_early_and_restored(guards):
    calls = Counter()
    model = _model(calls)
    stopping = keras.callbacks.EarlyStopping("loss", patience=1, restore_best_weights=True, min_delta=10.0)
    return model, _fit(model, [*guards, stopping], epochs=5), calls, stopping.stopped_epoch


@program(head=(None, 1))
def callbacks_that_count(guards):
    calls = Counter()

    class Counting(keras.callbacks.Callback):
        def on_train_begin(self, logs=None):
            calls["train begins"] += 1

        def on_epoch_end(self, epoch, logs=None):
            calls[f"epoch {epoch} {sorted(logs)}"] += 1

        def on_train_batch_end(self, batch, logs=None):
            calls["batches"] += 1
            calls["loss"] += float(logs["loss"])

        def on_test_batch_end(self, batch, logs=None):
            calls["test batches"] += 1

    model = _model(calls)
    falling = keras.callbacks.LearningRateScheduler(lambda epoch, rate: rate * 0.5)
    reducing = keras.callbacks.ReduceLROnPlateau("loss", patience=0, min_delta=1.0)
    history = _fit(model, [Counting(), *guards, falling, reducing], validation_split=0.4, epochs=3)
    return model, history, calls


@program(head=(None, 1))
def checkpoints_on_disk(guards):
    calls = Counter()
    model = _model(calls)
    with tempfile.TemporaryDirectory() as folder:
        saving = keras.callbacks.ModelCheckpoint(f"{folder}/{{epoch}}.weights.h5", save_weights_only=True)
        history = _fit(model, [saving, *guards, keras.callbacks.CSVLogger(f"{folder}/log.csv")])
        model.load_weights(f"{folder}/1.weights.h5")
        return (
            model,
            history,
            (Path(folder) / "log.csv").read_text(),
            sorted(p.name for p in Path(folder).iterdir()),
            calls,
        )


@program(head=(None, 1))
def averaged_and_accumulated(guards):
    """Optimizers with state beside the weights: moving averages and accumulated gradients."""
    calls = Counter()
    model = _model(calls, optimizer=keras.optimizers.Adam(use_ema=True, ema_overwrite_frequency=2))
    history = _fit(model, guards)
    other = _model(calls, optimizer=keras.optimizers.SGD(momentum=0.9, gradient_accumulation_steps=2))
    return model, history, other, _fit(other, guards), calls


@program(head=(None, 1))
def a_schedule_of_keras(guards):
    calls = Counter()
    rate = keras.optimizers.schedules.CosineDecay(0.1, 4, warmup_target=0.2, warmup_steps=2)
    model = _model(calls, optimizer=keras.optimizers.RMSprop(rate))
    return model, _fit(model, guards, epochs=3), calls


@program(head=(None, 1))
def stopped_by_a_callback(guards):
    calls = Counter()

    class Stopping(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            if batch == 1:
                self.model.stop_training = True

    model = _model(calls)
    return model, _fit(model, [*guards, Stopping()], epochs=3), calls


@program(head=(None, 1))
def two_models_and_one_guard(guards):
    calls = Counter()
    one, other = _model(calls), _model(calls, optimizer="adam")
    return one, other, _fit(one, guards), _fit(other, guards), _fit(one, guards), calls
