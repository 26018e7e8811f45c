import dataclasses

import keras
import numpy as np
import pytest
from helpers.observing import BACKEND, Watching, classifier, fitted, images

from shapeguard.records.network import Feed, Value
from shapeguard.trace.feed import feed_of_arguments, input_tensors, losses_of, running_frame


def fed(model, x, y=None, method="fit", **options):
    """The feed that a callback reads while the method runs on this."""
    watching = Watching()
    with_targets = {} if y is None else {"y": y}
    getattr(model, method)(x=x, **with_targets, verbose=0, callbacks=[watching], **options)
    return watching.feed


def summary(feed):
    return (feed.inputs, feed.targets, feed.batch_size, feed.samples)


def test_arrays_tell_shapes_samples_and_batch_size():
    x, y = images(40)
    assert summary(fed(classifier(), x, y, batch_size=16)) == (((8, 8, 1),), ((),), 16, 40)


def test_the_default_batch_size_is_that_of_keras():
    x, y = images(40)
    assert fed(classifier(), x, y).batch_size == 32


def test_the_first_batch_axis_is_known_where_the_host_knows_it():
    x, y = images(40)
    even, uneven = (fed(classifier(), x, y, batch_size=size).signature.shape[0] for size in (20, 16))
    assert (even, uneven) == (20, None if BACKEND == "tensorflow" else 16)


def test_a_validation_split_leaves_fewer_samples():
    x, y = images(40)
    watching = Watching()
    classifier().fit(x, y, validation_split=0.5, batch_size=4, verbose=0, callbacks=[watching])
    assert watching.feed.samples == 20


def test_validation_has_its_own_batch_size():
    x, y = images(40)
    watching = Watching()
    classifier().fit(
        x, y, validation_data=(x, y), validation_batch_size=5, batch_size=20, verbose=0, callbacks=[watching]
    )
    assert (watching.feed.phase, watching.feed.batch_size, watching.feed.samples) == ("test", 5, 40)


def test_evaluate_and_predict_are_fed_too():
    x, y = images(40)
    assert summary(fed(classifier(), x, y, "evaluate", batch_size=10)) == (((8, 8, 1),), ((),), 10, 40)
    predicting = fed(classifier(), x, None, "predict", batch_size=10)
    assert (*summary(predicting), predicting.loss) == (((8, 8, 1),), (), 10, 40, ())


def two_inputs(structure):
    a, b = keras.Input((4,), name="a"), keras.Input((6,), name="b")
    out = keras.layers.Dense(2)(keras.layers.Concatenate()([a, b]))
    model = keras.Model({"a": a, "b": b} if structure is dict else [a, b], [out, keras.layers.Dense(5)(out)])
    model.compile("sgd", ["mse", "mae"])
    return model


@pytest.mark.parametrize("structure", [dict, list])
def test_several_inputs_and_outputs_keep_their_structure(structure):
    a, b = np.zeros((8, 4)), np.zeros((8, 6))
    x = {"a": a, "b": b} if structure is dict else [a, b]
    model = two_inputs(structure)
    feed = fed(model, x, [np.zeros((8, 2)), np.zeros((8, 5))], batch_size=4)
    assert (feed.inputs, feed.targets) == (((4,), (6,)), ((2,), (5,)))
    assert [loss.name for loss in feed.loss] == ["mean_squared_error", "mean_absolute_error"]
    tensors = input_tensors(feed, model)
    assert type(tensors) in {structure, tuple if structure is list else dict}  # tf.data makes tuples of lists
    assert [tuple(t.shape) for t in keras.tree.flatten(tensors)] == [(4, 4), (4, 6)]


def test_integers_stay_integers_and_floats_become_what_keras_makes_of_them():
    model = keras.Sequential([keras.layers.Embedding(5, 2), keras.layers.Flatten(), keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    assert fed(model, np.zeros((8, 3), "int32"), np.zeros((8, 1)), batch_size=8).signature == Value((8, 3), "int32")
    assert fed(classifier(), np.zeros((8, 8, 8, 1)), np.zeros((8,))).signature.dtype == "float32"


class Batches(keras.utils.PyDataset):
    def __len__(self):
        return 2

    def __getitem__(self, index):
        x, y = images(4)
        return x, y


def test_a_generator_is_known_by_the_batch_that_keras_has_drawn():
    def batches():
        while True:
            yield images(4)

    feed = fed(classifier(), batches(), steps_per_epoch=2, shuffle=False)
    assert (feed.inputs, feed.targets, feed.batch_size) == (((8, 8, 1),), ((),), None)


def test_a_py_dataset_is_not_asked_for_a_batch_of_its_own():
    asked = []

    class Counting(Batches):
        def __getitem__(self, index):
            asked.append(index)
            return super().__getitem__(index)

    def batches(*callbacks):
        asked.clear()
        classifier().fit(Counting(), verbose=0, shuffle=False, callbacks=list(callbacks))
        return list(asked)

    watching = Watching()
    assert batches() == batches(watching)
    assert watching.feed.inputs == (((8, 8, 1),) if BACKEND == "tensorflow" else ())
    assert watching.feeds[0].inputs == ((8, 8, 1),)


def test_a_tf_dataset_tells_its_element_spec():
    tf = pytest.importorskip("tensorflow")
    x, y = images(40)
    dataset = tf.data.Dataset.from_tensor_slices((x, y)).batch(10, drop_remainder=True)
    assert summary(fed(classifier(), dataset, shuffle=False)) == (((8, 8, 1),), ((),), 10, None)


def test_a_torch_data_loader_tells_what_its_first_batch_has():
    torch = pytest.importorskip("torch")
    x, y = images(40)
    dataset = torch.utils.data.TensorDataset(torch.tensor(x), torch.tensor(y))
    watching = Watching()
    loader = torch.utils.data.DataLoader(dataset, batch_size=10)
    classifier().fit(loader, verbose=0, shuffle=False, callbacks=[watching])
    assert (watching.feed.batch_size, watching.feeds[0].inputs) == (10, ((8, 8, 1),))


def test_the_arguments_in_the_users_source_are_found():
    x_train, labels = images(16)
    watching = Watching()
    classifier().fit(x_train, y=labels, verbose=0, callbacks=[watching])
    feed = watching.feed
    assert (feed.x_text, feed.y_text) == ("x_train", "labels")
    assert feed.call_span.file == __file__
    assert feed.x_span.end_column - feed.x_span.column == len("x_train")


def test_starred_arguments_have_no_span():
    watching = Watching()
    fitted(classifier(), watching)
    assert (watching.feed.x_span, watching.feed.y_text) == (None, None)
    assert watching.feed.call_span is not None


def test_columns_count_characters_where_the_line_has_wide_ones():
    given = dict(zip(("größe", "ziel"), images(16), strict=True))
    watching = Watching()
    classifier().fit(given["größe"], given["ziel"], verbose=0, callbacks=[watching])
    assert watching.feed.y_text == 'given["ziel"]'
    assert watching.feed.y_span.column - watching.feed.x_span.column == len('given["größe"], ')


def test_a_call_that_raised_early_is_read_from_its_arguments():
    x, y = images(40)
    feed = feed_of_arguments(classifier(), (x, y), {"epochs": 2}, "train")
    assert summary(feed) == (((8, 8, 1),), ((),), 32, 40)
    assert feed_of_arguments(classifier(), (x,), {"batch_size": 8}, "predict").signature == Value(
        (8, 8, 8, 1), "float32"
    )


def test_arguments_that_do_not_fit_the_method_tell_nothing():
    nothing = Feed("train", loss=losses_of(classifier()))
    told = feed_of_arguments(classifier(), (), {"nonsense": 1}, "train")
    assert dataclasses.replace(told, compile_span=None) == nothing


@pytest.mark.parametrize(
    ("loss", "names"),
    [
        ("mse", ("mean_squared_error",)),
        (keras.losses.CategoricalCrossentropy(name="mine"), ("categorical_crossentropy",)),
        (keras.losses.binary_crossentropy, ("binary_crossentropy",)),
        (lambda y, p: keras.ops.mean(y - p), ("<lambda>",)),
        ({"b": "mae", "a": None}, (None, "mean_absolute_error")),
        (None, ()),
    ],
)
def test_losses_are_named_by_their_function(loss, names):
    model = keras.Sequential([keras.layers.Dense(1)])
    model.compile("sgd", loss)
    assert tuple(None if each is None else each.name for each in losses_of(model)) == names


def test_outside_of_a_fit_no_frame_runs():
    assert running_frame(classifier(), "train") is None
