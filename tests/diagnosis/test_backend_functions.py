"""The backend's own functions in a `call`: calls of the network as any operation, whose sizes follow Keras' way."""

import importlib

import keras
import numpy as np
import pytest
from keras import layers

from shapeguard import ShapeGuard, ShapeMismatchError
from shapeguard.keras_compat import backend_functions

xp = importlib.import_module(
    {"tensorflow": "tensorflow", "jax": "jax.numpy", "torch": "torch"}[keras.backend.backend()]
)
pytestmark = pytest.mark.filterwarnings("ignore:Layer '(similarity|named)' looks like it has unbuilt state")


def product(x, y):
    """Every row of one beside every row of the other."""
    return xp.einsum("ij,kj->ik", x, y)


class Similarity(layers.Layer):
    """Every sample beside every other."""

    def __init__(self, width):
        super().__init__()
        self.project = layers.Dense(width)

    def call(self, x):
        return product(x, self.project(x))


einsum = xp.einsum


class Named(layers.Layer):
    """The same by a function that was bound to a name of the file."""

    def __init__(self, width):
        super().__init__()
        self.project = layers.Dense(width)

    def call(self, x):
        return einsum("ij,kj->ik", x, self.project(x))


def test_a_function_that_the_file_imports_by_its_name_is_seen_and_put_back():
    with pytest.raises(ShapeMismatchError) as caught, ShapeGuard():
        Named(32)(layers.Dense(64, name="before")(keras.Input((20,), batch_size=4)))
    diagnosis = caught.value.report.diagnoses[0]
    named = {(e.argument, e.value, e.suggestion) for cause in diagnosis.causes for e in cause.edits}
    assert diagnosis.layer == "einsum in Named.call"
    assert {("width", 32, 64), ("units", 64, 32)} <= named
    assert einsum is xp.einsum


def built():
    with pytest.raises(ShapeMismatchError) as caught, ShapeGuard():
        Similarity(32)(layers.Dense(64, name="before")(keras.Input((20,), batch_size=4)))
    return caught.value.report.diagnoses[0]


def test_the_function_is_named_by_its_place_and_the_number_at_its_home():
    diagnosis = built()
    assert diagnosis.layer == "xp.einsum in product"
    named = {(e.argument, e.value, e.suggestion) for cause in diagnosis.causes for e in cause.edits}
    assert {("width", 32, 64), ("units", 64, 32)} <= named


def test_functions_are_themselves_again_afterwards():
    function = xp.einsum
    built()
    assert xp.einsum is function


def test_a_function_gives_what_the_backend_gives_for_everything_but_shapes():
    layer = Similarity(8)
    function = xp.einsum
    with backend_functions.seen(type(layer).call):
        ones = keras.ops.convert_to_tensor(np.ones((2, 3), "float32"))
        assert np.allclose(keras.ops.convert_to_numpy(product(ones, ones)), 3)
    assert xp.einsum is function
    assert layer(np.ones((2, 8), "float32")).shape == (2, 2)


def test_a_right_layer_that_uses_them_gets_no_word():
    with ShapeGuard() as guard:
        x = keras.Input((8,), batch_size=4)
        model = keras.Model(x, Similarity(8)(x))
    assert guard.check(model).ok


def backend_name(**names):
    return names[keras.backend.backend()]


class Halved(layers.Layer):
    """Reads `width` numbers as a grid, in which half of them have no place."""

    def __init__(self, width):
        super().__init__()
        self.width = width

    def call(self, x):
        return xp.reshape(x, (x.shape[0], 3, self.width // 2))


def test_a_new_shape_is_to_blame_in_the_words_of_its_line():
    with pytest.raises(ShapeMismatchError) as caught, ShapeGuard():
        Halved(8)(layers.Dense(24)(keras.Input((20,), batch_size=4)))
    edits = [edit for cause in caught.value.report.diagnoses[0].causes for edit in cause.edits]
    written = [
        edit.corrected for edit in edits if (edit.layer, edit.argument) == ("xp.reshape in Halved.call", "shape")
    ]
    assert "xp.reshape(x, (x.shape[0], 3, self.width))" in written


class Joined(layers.Layer):
    """Joins sequences of two lengths along the features."""

    def call(self, x, y):
        if keras.backend.backend() == "tensorflow":
            return xp.concat([x, y], -1)
        return xp.concatenate([x, y], -1)


def test_an_axis_is_to_blame():
    x, y = keras.Input((6, 8), batch_size=4), keras.Input((5, 8), batch_size=4)
    with pytest.raises(ShapeMismatchError) as caught, ShapeGuard():
        Joined()(x, y)
    named = {(e.argument, e.suggestion) for c in caught.value.report.diagnoses[0].causes for e in c.edits}
    assert (backend_name(tensorflow="axis", jax="axis", torch="dim"), -2) in named


class Scaled(layers.Layer):
    """A number times a tensor, in a function of the backend: Keras calls that product sparse."""

    def __init__(self, width):
        super().__init__()
        self.project = layers.Dense(width)

    def call(self, x):
        return x + xp.exp(0.5 * self.project(x))


@pytest.mark.filterwarnings("ignore:Layer 'scaled' looks like it has unbuilt state")
def test_the_product_of_a_number_and_a_tensor_is_followed():
    with pytest.raises(ShapeMismatchError) as caught, ShapeGuard():
        Scaled(32)(layers.Dense(64, name="before")(keras.Input((20,), batch_size=4)))
    named = {(e.argument, e.value, e.suggestion) for c in caught.value.report.diagnoses[0].causes for e in c.edits}
    assert {("width", 32, 64), ("units", 64, 32)} <= named


only_tensorflow = pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="TensorFlow's own functions")


class Shifted(layers.Layer):
    """Codes of several fields, as numbers in one table; Keras has an operation of the name of `cast` too."""

    def __init__(self):
        super().__init__()
        self.table = layers.Embedding(9, 4)

    def call(self, codes):
        shifted = xp.cast(codes, "int64") + np.array([0, 3, 6])
        return self.table(shifted) + xp.ones((2, 4, 4))


@only_tensorflow
def test_a_cast_of_the_backend_passes_its_tensor_on():
    with pytest.raises(ShapeMismatchError) as caught, ShapeGuard():
        Shifted()(np.zeros((2, 3)))
    assert "self.table(shifted) + xp.ones" in caught.value.report.diagnoses[0].headline


class Masked(layers.Layer):
    """Scores of pairs, those apart masked; the condition holds no numbers."""

    def call(self, x, near):
        scores = x + xp.transpose(x)
        return xp.where(near > 0, scores, -1e9 * xp.ones_like(scores))


@only_tensorflow
def test_a_condition_is_no_number_where_other_arguments_are_tried():
    with pytest.raises(ShapeMismatchError) as caught, ShapeGuard():
        Masked()(keras.Input((5, 1), batch_size=4), keras.Input((5, 5), batch_size=4))
    cause = caught.value.report.diagnoses[0].causes[0]
    assert [(e.argument, e.value, e.suggestion) for e in cause.edits] == [("perm", None, (0, 2, 1))]


class Sampler(layers.Layer):
    """Moves a grid of points, as often as there are samples, and takes the whole numbers of where they come."""

    def call(self, moves):
        batch = xp.shape(moves)[0]
        grid = xp.tile(xp.ones((1, 20, 3)), [batch, 1, 1])
        points = xp.cast(xp.round(xp.matmul(moves, grid)), xp.int32)
        return xp.cast(points[:, 0], xp.float32)


@pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="sizes and types are functions of TensorFlow")
def test_a_conversion_of_a_type_is_gone_through_and_a_number_that_is_a_tensor_is_left():
    with pytest.raises(ShapeMismatchError) as caught, ShapeGuard():
        Sampler()(layers.Reshape((2, 3))(keras.Input((6,))))
    (first, *_) = caught.value.report.diagnoses[0].causes
    assert (first.edits[0].argument, first.edits[0].suggestion) == ("transpose_b", True)


class Reading(layers.Layer):
    """Characters read from scores that have the samples first."""

    def call(self, scores, characters):
        return xp.nn.ctc_loss(characters, scores, label_length=[2] * 4, logit_length=[7] * 4, blank_index=-1)


@only_tensorflow
def test_a_flag_for_steps_first_is_to_blame_where_samples_come_first():
    with pytest.raises(ShapeMismatchError) as caught, ShapeGuard():
        Reading()(keras.Input((7, 5), batch_size=4), keras.Input((2,), batch_size=4, dtype="int32"))
    cause = caught.value.report.diagnoses[0].causes[0]
    assert [(e.argument, e.value, e.suggestion) for e in cause.edits] == [("logits_time_major", True, False)]
