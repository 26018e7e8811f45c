"""A transpose that is missing in a product of matrices, as in scores of queries and keys."""

import keras
import pytest
from keras import layers, ops

from shapeguard import ShapeGuard, ShapeMismatchError

pytestmark = pytest.mark.filterwarnings("ignore:.*unbuilt state")


class Attend(layers.Layer):
    """Attention whose scores lack the transpose of the keys."""

    def __init__(self, width, scores):
        super().__init__()
        self.query, self.key, self.value = layers.Dense(width), layers.Dense(width), layers.Dense(width)
        self.scores = scores

    def call(self, x):
        return ops.matmul(ops.softmax(self.scores(self.query(x), self.key(x))), self.value(x))


def by_function(q, k):
    return ops.matmul(q, k)


def by_operator(q, k):
    return q @ k


def by_function_right(q, k):
    return ops.matmul(q, ops.swapaxes(k, -1, -2))


def raised(scores):
    with pytest.raises(ShapeMismatchError) as caught, ShapeGuard():
        keras.Sequential([keras.Input((5, 3)), layers.Dense(16), Attend(16, scores), layers.Dense(1)])
    return caught.value.report.diagnoses[0]


@pytest.mark.parametrize(
    ("scores", "corrected"),
    [
        (by_function, "ops.matmul(q, ops.swapaxes(k, -1, -2))"),
        (by_operator, "q @ ops.swapaxes(k, -1, -2)"),
    ],
)
def test_a_product_of_rows_lacks_a_transpose(scores, corrected):
    diagnosis = raised(scores)
    first = diagnosis.causes[0]
    assert [edit.corrected for edit in first.edits] == [corrected]
    assert "is not transposed beside" in first.title
    assert all(edit.argument != "width" for edit in first.edits)


def test_a_product_with_the_transpose_passes():
    with ShapeGuard():
        model = keras.Sequential([keras.Input((5, 3)), layers.Dense(16), Attend(16, by_function_right)])
    assert model.output_shape == (None, 5, 16)


def test_nothing_is_transposed_where_no_sizes_agree():
    class Unlike(layers.Layer):
        def call(self, x):
            return ops.matmul(x, x[:, :3, :4])

    with pytest.raises(ShapeMismatchError) as caught, ShapeGuard():
        Unlike()(keras.Input((5, 16)))
    titles = [cause.title for cause in caught.value.report.diagnoses[0].causes]
    assert not any("is not transposed" in title for title in titles)


@pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="TensorFlow's product transposes by itself")
def test_a_product_that_can_transpose_lacks_that_argument():
    first = raised(lambda q, k: tf.matmul(q, k)).causes[0]
    assert [(edit.argument, edit.suggestion) for edit in first.edits] == [("transpose_b", True)]
    assert first.edits[0].corrected == "tf.matmul(q, k, transpose_b=True)"


@pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="TensorFlow's product transposes by itself")
def test_no_argument_lets_features_meet_samples():
    class Alike(layers.Layer):
        def __init__(self, width):
            super().__init__()
            self.made = layers.Dense(width)

        def call(self, x):
            return tf.matmul(x, self.made(x), transpose_b=True)

    with pytest.raises(ShapeMismatchError) as caught, ShapeGuard():
        Alike(12)(layers.Dense(20)(keras.Input((7,))))
    causes = caught.value.report.diagnoses[0].causes
    assert (causes[0].argument, causes[0].suggestion) == ("width", 20)
    assert {"transpose_a", "transpose_b"}.isdisjoint(edit.argument for each in causes for edit in each.edits)


if keras.backend.backend() == "tensorflow":
    import tensorflow as tf
