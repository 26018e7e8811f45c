"""What a watched `fit` sees of every kind of model."""

import keras
import numpy as np
import pytest
from helpers.observing import BACKEND, CLASSIFIER, Watching, batchless, classifier, fitted, images, shapes
from keras import layers


def seen(model, x, y, **options):
    """The calls that one watched `fit` saw, with shapes lacking the batch axis."""
    watching = Watching()
    fitted(model, watching, x=x, y=y, **options)
    assert watching.networks, "nothing was observed"
    return watching.networks[0]


def compiled(model, loss="mse"):
    model.compile("sgd", loss)
    return model


@pytest.mark.parametrize("deferred", [False, True])
def test_a_sequential_is_seen_layer_by_layer(deferred):
    assert batchless(seen(classifier(deferred=deferred), *images())) == CLASSIFIER


def test_a_functional_is_seen_with_its_operations():
    a = keras.Input((4,), name="a")
    b = layers.Dense(3, name="b")(a)
    merged = keras.ops.concatenate([b, a], axis=-1) + 1.0
    model = compiled(keras.Model(a, layers.Dense(1, name="c")(merged)))
    network = seen(model, np.zeros((8, 4)), np.zeros((8, 1)))
    assert batchless(network) == [("", (1,)), ("b", (3,)), ("concatenate", (7,)), ("add", (7,)), ("c", (1,))]


class Subclassed(keras.Model):
    def __init__(self, **options):
        super().__init__(**options)
        self.first = layers.Dense(3, name="first")
        self.rest = [layers.Dense(2, name="second")]

    def call(self, x):
        return self.rest[0](self.first(x))


def test_a_subclassed_model_is_seen_with_layers_in_lists():
    network = seen(compiled(Subclassed()), np.zeros((8, 4)), np.zeros((8, 2)))
    assert batchless(network) == [("", (2,)), ("first", (3,)), ("second", (2,))]


def test_nested_models_have_paths():
    inner = keras.Sequential([keras.Input((4,)), layers.Dense(3, name="deep")], name="inner")
    model = compiled(keras.Sequential([keras.Input((4,)), inner, layers.Dense(1, name="top")]))
    network = seen(model, np.zeros((8, 4)), np.zeros((8, 1)))
    assert batchless(network) == [("", (1,)), ("inner", (3,)), ("inner/deep", (3,)), ("top", (1,))]


def test_each_call_of_a_shared_layer_is_a_call():
    a, b = keras.Input((4,), name="a"), keras.Input((4,), name="b")
    shared = layers.Dense(3, name="shared")
    model = compiled(keras.Model([a, b], layers.Add(name="sum")([shared(a), shared(b)])))
    network = seen(model, [np.zeros((8, 4))] * 2, np.zeros((8, 3)))
    assert [(c.path, c.number) for c in network.calls if c.inputs] == [
        ("", 1),
        ("shared", 1),
        ("shared", 2),
        ("sum", 1),
    ]


@pytest.mark.parametrize("structure", [dict, list])
def test_inputs_and_outputs_may_be_nested(structure):
    a, b = keras.Input((4,), name="a"), keras.Input((6,), name="b")
    x, y = layers.Dense(2, name="x")(a), layers.Dense(5, name="y")(b)
    if structure is dict:
        model = compiled(keras.Model({"a": a, "b": b}, {"x": x, "y": y}), {"x": "mse", "y": "mse"})
        data = {"a": np.zeros((8, 4)), "b": np.zeros((8, 6))}, {"x": np.zeros((8, 2)), "y": np.zeros((8, 5))}
    else:
        model = compiled(keras.Model([a, b], [x, y]), ["mse", "mse"])
        data = [np.zeros((8, 4)), np.zeros((8, 6))], [np.zeros((8, 2)), np.zeros((8, 5))]
    network = seen(model, *data)
    assert sorted(batchless(network)[1:]) == [("x", (2,)), ("y", (5,))]
    assert [network.values[i].shape[1:] for i in network.inputs] == [(4,), (6,)]
    assert [network.values[i].shape[1:] for i in network.outputs] == [(2,), (5,)]


def test_recurrent_and_wrapped_layers_are_seen():
    model = compiled(
        keras.Sequential(
            [
                keras.Input((5, 3)),
                layers.TimeDistributed(layers.Dense(2), name="each"),
                layers.Masking(name="mask"),
                layers.Bidirectional(layers.GRU(4, return_sequences=True), name="both"),
                layers.LSTM(6, name="last"),
            ]
        )
    )
    network = seen(model, np.ones((8, 5, 3)), np.zeros((8, 6)))
    layers_at_the_top = [call.path for call in network.calls if isinstance(call.operation, layers.Layer)]
    top = [(path, shape) for path, shape in batchless(network) if "/" not in path and path in layers_at_the_top[1:]]
    assert [each for each in top if each[0]] == [("each", (5, 2)), ("mask", (5, 2)), ("both", (5, 8)), ("last", (6,))]


def test_layers_made_inside_call_are_seen():
    class Improvising(keras.Model):
        def call(self, x):
            return layers.Rescaling(2.0, name="improvised")(x) + self.weight

        def build(self, shape):
            self.weight = self.add_weight(shape=())

    network = seen(compiled(Improvising()), np.zeros((8, 4)), np.zeros((8, 4)))
    assert batchless(network) == [("", (4,)), ("improvised", (4,))]


def test_a_shared_input_makes_calls_that_are_linked_by_their_tensors():
    network = seen(classifier(), *images())
    entry, root, conv, flat, dense = network.calls
    assert (entry.layer_type, entry.outputs) == ("InputLayer", conv.inputs)
    assert (network.inputs, network.outputs) == (root.inputs, root.outputs)
    assert (flat.inputs, dense.inputs) == (conv.outputs, flat.outputs)


class Adversarial(keras.Model):
    """A pair of networks trained by a step of its own, without `call`."""

    def __init__(self):
        super().__init__()
        self.generator = keras.Sequential([keras.Input((4,)), layers.Dense(6, name="g")], name="generator")
        self.critic = keras.Sequential([keras.Input((6,)), layers.Dense(1, name="d")], name="critic")
        self.built = True  # without it PyTorch's trainer asks for a `call`

    def train_step(self, *state_and_data):
        x, _, _ = keras.utils.unpack_x_y_sample_weight(state_and_data[-1])
        if BACKEND != "jax":
            return {"score": keras.ops.mean(self.critic(self.generator(x)))}
        state = state_and_data[0]
        fake, _ = self.generator.stateless_call(state[0][:2], [], x)
        score, _ = self.critic.stateless_call(state[0][2:], [], fake)
        return {"score": keras.ops.mean(score)}, state


def test_a_model_without_call_is_seen_through_its_train_step():
    model = Adversarial()
    model.compile("sgd")
    watching = Watching()
    model.fit(np.zeros((8, 4)), verbose=0, callbacks=[watching])
    assert batchless(watching.networks[0]) == [
        ("generator", (6,)),
        ("generator/g", (6,)),
        ("critic", (1,)),
        ("critic/d", (1,)),
    ]


def test_mixed_precision_is_seen_in_the_compute_dtype():
    if BACKEND == "torch":
        pytest.skip("half precision on a CPU is too slow with PyTorch")
    model = keras.Sequential([keras.Input((4,)), layers.Dense(3, dtype="mixed_float16", name="half")])
    network = seen(compiled(model), np.zeros((8, 4)), np.zeros((8, 3)))
    assert network.values[network.calls[-1].outputs[0]].dtype.endswith("float16")


def test_ragged_input_is_seen():
    if BACKEND != "tensorflow":
        pytest.skip("ragged tensors are TensorFlow's")
    import tensorflow as tf

    class Pooling(keras.Model):
        def __init__(self):
            super().__init__()
            self.dense = layers.Dense(2, name="dense")

        def call(self, x):
            return self.dense(tf.reduce_mean(x, axis=1))

    ragged = tf.ragged.constant([[[1.0, 2.0]], [[1.0, 2.0], [3.0, 4.0]]], ragged_rank=1)
    network = seen(compiled(Pooling()), ragged, np.zeros((2, 2)), batch_size=2)
    assert batchless(network)[-1] == ("dense", (2,))


def test_gradient_checkpointing_is_seen():
    if BACKEND != "jax":
        pytest.skip("RematScope fails in plain Keras on TensorFlow, and changes nothing on PyTorch")
    with keras.RematScope(mode="full"):
        model = compiled(keras.Sequential([keras.Input((4,)), layers.Dense(3, name="again")]))
    network = seen(model, np.zeros((8, 4)), np.zeros((8, 3)))
    assert batchless(network)[:2] == [("", (3,)), ("again", (3,))]


def test_no_call_is_seen_twice_where_keras_traces_twice():
    """Trap 9."""
    network = seen(classifier(deferred=True), *images())
    assert [call.number for call in network.calls] == [1, 1, 1, 1, 1]


def test_invented_sizes_are_never_reported():
    watching = Watching()
    fitted(classifier(deferred=True), watching)
    batch_axes = {shape[0] for network in watching.networks for _, shape in shapes(network)}
    assert batch_axes <= {None, 16}
