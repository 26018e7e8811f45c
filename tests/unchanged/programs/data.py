"""Data of one's own: datasets and generators whose every reading counts, weights, splits, short batches."""

from collections import Counter

import keras
import numpy as np
from keras import layers
from unchanged.table import numbers, program, whole


def _model(**options):
    model = keras.Sequential([layers.Dense(3), layers.Dropout(0.2), layers.Dense(1, name="head")])
    model.compile("sgd", "mse", **options)
    return model


@program(head=(None, 1))
def a_dataset_that_counts(guards):
    calls = Counter()

    class Own(keras.utils.PyDataset):
        def __len__(self):
            calls["len"] += 1
            return 3

        def __getitem__(self, index):
            calls["getitem"] += 1
            return numbers(8, 4, seed=index), numbers(8, 1, seed=index)

        def on_epoch_end(self):
            calls["epoch_end"] += 1

    model = _model()
    history = model.fit(Own(), epochs=2, shuffle=False, verbose=0, callbacks=guards)
    del calls["len"]  # asked for by Keras' own thread, as often as that comes to it
    return model, history, calls


@program(head=(None, 1))
def a_dataset_that_augments(guards):
    """Random numbers from a generator of the dataset's own, and a validation set of the same kind."""

    class Own(keras.utils.PyDataset):
        def __init__(self, seed):
            super().__init__()
            self.rng, self.given = np.random.default_rng(seed), 0

        def __len__(self):
            return 2

        def __getitem__(self, index):
            self.given += 1
            return self.rng.normal(size=(8, 4)).astype("float32"), np.ones((8, 1), "float32")

    model, train, valid = _model(), Own(1), Own(2)
    history = model.fit(train, epochs=2, validation_data=valid, shuffle=False, verbose=0, callbacks=guards)
    return model, history, train.given, valid.given


@program(head=(None, 1))
def a_generator_with_steps(guards):
    given = Counter()

    def batches():  # as many as are wanted: TensorFlow reads ahead, in a thread of its own
        for _ in range(6):
            given["batch"] += 1
            yield np.random.normal(size=(8, 4)).astype("float32"), numbers(8, 1)

    model = _model()
    return model, model.fit(batches(), steps_per_epoch=3, epochs=2, verbose=0, callbacks=guards), given


@program(head=(None, 1))
def a_generator_that_ends(guards):
    given = Counter()

    def batches():
        for rows in (8, 8, 3):
            given["batch"] += 1
            yield numbers(rows, 4, seed=given["batch"]), numbers(rows, 1)

    model = _model()
    history = model.fit(batches(), verbose=0, callbacks=guards)
    return model, history, model.predict(((x,) for x, _ in batches()), verbose=0, callbacks=guards), given


@program(head=(None, 1), only=("jax", "torch"))
def a_generator_that_is_gone_on_with(guards):
    """The same generator object in two fits: a batch taken ahead would be missed."""
    given = Counter()

    def batches():
        while True:
            given["batch"] += 1
            yield numbers(8, 4, seed=given["batch"]), numbers(8, 1)

    model, stream = _model(), batches()
    for _ in range(2):
        model.fit(stream, steps_per_epoch=2, verbose=0, callbacks=guards)
    return model, given


@program(head=(None, 1), only="tensorflow")
def tf_data_with_a_random_map(guards):
    import tensorflow as tf

    dataset = tf.data.Dataset.from_tensor_slices((numbers(20, 4), numbers(20, 1)))
    dataset = dataset.map(lambda x, y: (x + tf.random.normal((4,)), y)).shuffle(20).batch(8)
    model = _model()
    history = model.fit(dataset, epochs=2, validation_data=dataset, verbose=0, callbacks=guards)
    return model, history, model.predict(dataset.map(lambda x, y: x), verbose=0, callbacks=guards)


@program(head=(None, 1), only="tensorflow")
def tf_data_through_python(guards):
    import tensorflow as tf

    given = Counter()

    def batches():
        for row in range(20):
            given["row"] += 1
            yield numbers(4, seed=row), numbers(1, seed=row)

    specs = tf.TensorSpec((4,), tf.float32), tf.TensorSpec((1,), tf.float32)
    dataset = tf.data.Dataset.from_generator(batches, output_signature=specs).batch(8)
    model = _model()
    return model, model.fit(dataset, epochs=2, verbose=0, callbacks=guards), given


@program(head=(None, 1), only="torch")
def a_torch_loader(guards):
    import torch

    given = Counter()

    class Rows(torch.utils.data.Dataset):
        def __len__(self):
            return 20

        def __getitem__(self, index):
            given["row"] += 1
            return torch.tensor(numbers(4, seed=index)) + torch.randn(4), torch.ones(1)

    model = _model()
    loader = torch.utils.data.DataLoader(Rows(), batch_size=8, shuffle=True)
    return model, model.fit(loader, epochs=2, verbose=0, callbacks=guards), given


@program(head=(None, 1))
def a_short_last_batch_and_a_split(guards):
    model = _model()
    options = {"batch_size": 8, "epochs": 2, "validation_split": 0.3, "shuffle": True}
    return model, model.fit(numbers(27, 4), numbers(27, 1), **options, verbose=0, callbacks=guards)


@program(head=(None, 1))
def weights_of_samples(guards):
    model = _model(weighted_metrics=["mae"])
    weights = np.linspace(0, 1, 20).astype("float32")
    options = {"batch_size": 8, "sample_weight": weights}
    valid = (numbers(6, 4), numbers(6, 1), np.ones(6, "float32"))
    return model, model.fit(
        numbers(20, 4), numbers(20, 1), **options, validation_data=valid, verbose=0, callbacks=guards
    )


@program(head=(None, 3))
def weights_of_classes(guards):
    model = keras.Sequential([keras.Input((4,)), layers.Dense(3, activation="softmax", name="head")])
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    weights = {0: 1.0, 1: 0.5, 2: 2.0}
    return model, model.fit(
        numbers(20, 4), whole(3, 20), batch_size=8, class_weight=weights, verbose=0, callbacks=guards
    )


@program(head=(None, 1))
def one_row_at_a_time(guards):
    model = _model()
    return model, model.fit(numbers(3, 4), numbers(3, 1), batch_size=1, verbose=0, callbacks=guards)


@program(head=(None, 1))
def arrays_of_many_dtypes(guards):
    """Float64 pixels, bytes and booleans, as they come from files."""
    i = {"a": keras.Input((4,), name="a"), "b": keras.Input((2,), dtype="uint8", name="b")}
    x = layers.Concatenate()([i["a"], layers.Rescaling(1 / 255)(i["b"])])
    model = keras.Model(i, layers.Dense(1, name="head")(x))
    model.compile("sgd", "binary_crossentropy")
    x = {"a": numbers(16, 4).astype("float64"), "b": whole(255, 16, 2).astype("uint8")}
    return model, model.fit(x, whole(2, 16) > 0, batch_size=8, verbose=0, callbacks=guards)


@program(head=(None, 1))
def validation_from_a_generator(guards):
    given = Counter()

    def batches():
        for _ in range(4):
            given["batch"] += 1
            yield numbers(4, 4, seed=given["batch"]), numbers(4, 1)

    model = _model()
    options = {"validation_data": batches(), "validation_steps": 2, "epochs": 2}
    return model, model.fit(numbers(16, 4), numbers(16, 1), batch_size=8, **options, verbose=0, callbacks=guards), given
