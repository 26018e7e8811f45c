"""What is expected of a layer that nobody made says which layer is missing, and where."""

import keras
import pytest
from keras import layers

from shapeguard import ShapeGuard, ShapeMismatchError, check


def blamed(report):
    cause = report.diagnoses[0].causes[0]
    (edit,) = cause.edits
    return edit.layer, edit.argument, edit.suggestion, cause.verified


def pictures(*stack):
    return keras.Sequential([keras.Input((32, 32, 3)), *stack])


EXPECTED = {
    "conv2d": "B 32 32 16",
    "max_pooling2d": "B 16 16 16",
    "conv2d_1": "B 8 8 32",
    "flatten": "B 2048",
    "dense": "B 64",
    "head": "B 5",
}


def every_layer():
    return {
        "conv2d": layers.Conv2D(16, 5, padding="same", name="conv2d"),
        "max_pooling2d": layers.MaxPooling2D(2, name="max_pooling2d"),
        "conv2d_1": layers.Conv2D(32, 5, strides=2, padding="same", name="conv2d_1"),
        "flatten": layers.Flatten(name="flatten"),
        "dense": layers.Dense(64, name="dense"),
        "head": layers.Dense(5, name="head"),
    }


@pytest.mark.parametrize(
    ("absent", "place", "code"),
    [
        ("conv2d", "max_pooling2d", "Conv2D(filters=16, kernel_size=(5, 5), padding='same')"),
        ("conv2d_1", "flatten", "Conv2D(filters=32, kernel_size=(5, 5), strides=(2, 2), padding='same')"),
    ],
)
def test_a_layer_that_is_expected_and_absent_is_put_where_its_shape_comes_out(absent, place, code):
    stack = [layer for name, layer in every_layer().items() if name != absent]
    assert blamed(check(pictures(*stack), EXPECTED)) == (place, "insert_before", code, False)


def test_a_name_that_a_layer_bears_is_not_numbered_anew():
    stack = [layer for name, layer in every_layer().items() if name != "conv2d"]
    model = pictures(*stack)
    rows = {row.layer: row.expected for row in check(model, EXPECTED).rows}
    assert rows["conv2d_1"] == ("B", 8, 8, 32)


def told(report):
    """The first cause: the layer put in, before which layers, and whether it is sure."""
    cause = report.diagnoses[0].causes[0]
    return cause.edits[0].suggestion, cause.edits[0].layers, cause.confidence


def raised_by(build, expected):
    with pytest.raises(ShapeMismatchError) as caught, ShapeGuard(expected):
        build()
    return caught.value.report


def words():
    return keras.Input((100,), dtype="int32", name="tokens")


@pytest.mark.parametrize(
    ("build", "expected", "first"),
    [
        (
            lambda: keras.Sequential([words(), layers.LSTM(8, name="lstm")]),
            {"embedding": "B 100 64", "lstm": "B 8"},
            ("Embedding(input_dim=1000, output_dim=64)", ("lstm",), "cause"),
        ),
        (
            lambda: keras.Sequential([keras.Input((16,)), layers.Reshape((7, 7, 8), name="map")]),
            {"dense": "B 392", "map": "B 7 7 8"},
            ("Dense(units=392)", ("map",), "cause"),
        ),
    ],
)
def test_a_layer_that_is_listed_before_the_one_keras_refused_was_left_out(build, expected, first):
    assert told(raised_by(build, expected)) == first


def test_what_is_listed_behind_the_refused_layer_may_still_come():
    def build():
        keras.Sequential([keras.Input((100, 4)), layers.LSTM(8, name="lstm"), layers.LSTM(8, name="lstm_1")])

    suggestion, _, _ = told(raised_by(build, {"lstm": "B 100 8", "lstm_1": "B 8", "embedding": "B 100 64"}))
    assert suggestion is True


@pytest.mark.parametrize(
    ("missing", "shape", "code"),
    [
        ("bidirectional", "B 32", "Bidirectional(LSTM(units=16))"),
        ("pool", "B 64", "GlobalAveragePooling1D()"),
        ("summary", "B 6400", "Flatten()"),
    ],
)
def test_a_name_tells_of_a_wrapper_of_a_kind_of_layer_or_of_nothing_but_the_shape(missing, shape, code):
    model = keras.Sequential([words(), layers.Embedding(50, 64, name="vectors"), layers.Dense(3, name="head")])
    expected = {"vectors": "B 100 64", missing: shape, "head": "B 3"}
    assert told(check(model, expected))[:2] == (code, ("head",))


def test_a_layer_is_put_in_before_all_that_take_its_output():
    image = keras.Input((32, 32, 3))
    ways = [layers.Conv2D(8, size, padding="same", name=f"by_{size}")(image) for size in (1, 3)]
    model = keras.Model(image, layers.Concatenate(name="join")(ways))
    expected = {"max_pooling2d": "B 16 16 3", "by_1": "B 16 16 8", "by_3": "B 16 16 8", "join": "B 16 16 16"}
    assert told(check(model, expected)) == (
        "MaxPooling2D(pool_size=(2, 2))",
        ("by_1", "by_3"),
        "cause",
    )


def test_a_head_without_a_flatten_is_mended_for_all_heads_at_once():
    image = keras.Input((8, 8, 3))
    heads = [layers.Dense(units, name=f"head_{units}")(image) for units in (2, 5)]
    report = check(keras.Model(image, heads), {"head_2": "B 2", "head_5": "B 5"})
    suggestion, heads_named, confidence = told(report)
    assert (suggestion, sorted(heads_named), confidence) == ("Flatten()", ["head_2", "head_5"], "cause")
    assert report.diagnoses[0].causes[0].verified


def test_a_pooling_that_may_be_missing_is_like_the_others():
    stack = [
        layer
        for level in range(3)
        for layer in (layers.Conv2D(8, 3, padding="same"), layers.MaxPooling2D(2, padding="same"))
    ]
    model = keras.Sequential([keras.Input((28, 28, 1)), *stack[:-1], layers.Conv2D(8, 3, name="last", padding="same")])
    causes = check(model, {"last": "B 4 4 8"}).diagnoses[0].causes
    assert [c.edits[0].suggestion for c in causes if c.edits[0].argument == "insert_before"][:1] == [
        "MaxPooling2D(pool_size=(2, 2), padding='same')"
    ]


def test_another_class_for_the_refused_layer_is_proved():
    def joined():
        image = keras.Input((16, 16, 4))
        layers.Add(name="join")([layers.Conv2D(8, 1)(image), layers.Conv2D(16, 1)(image)])

    causes = raised_by(joined, {"conv2d": "B 16 16 8", "conv2d_1": "B 16 16 16"}).diagnoses[0].causes
    assert [(c.edits[0].argument, c.edits[0].suggestion, c.verified) for c in causes] == [
        ("replace", "Concatenate()", True)
    ]
