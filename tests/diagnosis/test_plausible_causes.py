"""Which of several repairs is named: what merges, targets, symbols, given arrays and the user's own objects say."""

import keras
import numpy as np
import pytest
from helpers.edited import changes_in
from hypothesis import given
from hypothesis import strategies as st
from keras import layers

from shapeguard import ShapeGuard, ShapeMismatchError, check
from shapeguard.diagnosis.input_inversion import roundest


def named(cause):
    return {(layer, argument): value for layer, argument, value in changes_in(cause)}


def raised_by(build):
    with pytest.raises(ShapeMismatchError) as caught, ShapeGuard():
        build()
    return caught.value.report.diagnoses[0]


def fitted(model, loss, x, y):
    model.compile("sgd", loss)
    with pytest.raises(ShapeMismatchError) as caught:
        model.fit(x, y, verbose=0, callbacks=[ShapeGuard()])
    return caught.value.report.diagnoses[0]


def test_maps_that_differ_in_their_channels_alone_are_joined_on_the_channels():
    def build():
        image = keras.Input((16, 16, 4))
        ways = [layers.Conv2D(8, 1, name="narrow")(image), layers.Conv2D(16, 1, name="wide")(image)]
        layers.Concatenate(axis=1, name="join")(ways)

    first = raised_by(build).causes[0]
    assert (named(first), first.confidence) == ({("join", "axis"): -1}, "cause")


def test_joining_along_the_axis_that_differs_is_never_sure():
    def build():
        image = keras.Input((16, 16, 4))
        ways = [layers.Conv2D(8, size, name=f"by_{size}")(image) for size in (3, 5)]
        layers.Concatenate(axis=-1, name="join")([ways[0], layers.Cropping2D(((0, 0), (1, 1)))(ways[1])])

    assert all(cause.confidence == "possible" for cause in raised_by(build).causes if ("join", "axis") in named(cause))


def test_a_branch_is_as_wide_as_the_trunk_that_it_is_added_to():
    def build():
        words = layers.Embedding(50, 16, name="words")(keras.Input((10,)))
        inside = layers.Dense(32, name="inner")(layers.Dense(64, name="outer", activation="relu")(words))
        layers.Add(name="sum")([words, inside])

    assert named(raised_by(build).causes[0]) == {("inner", "units"): 16}


def test_branches_of_a_merge_that_each_need_another_value_are_one_cause():
    def build():
        image = keras.Input((18, 18, 8))
        ways = [image]
        for level, window in ((2, 6), (3, 4)):
            part = layers.AveragePooling2D(window, name=f"level{level}")(image)
            ways.append(layers.UpSampling2D(18 // level)(part))
        layers.Concatenate(name="pyramid")(ways)

    first = raised_by(build).causes[0]
    assert named(first) == {("level2", "pool_size"): (9, 9), ("level3", "pool_size"): (6, 6)}


def test_a_decoder_gives_back_a_size_that_is_odd_along_one_axis():
    line = keras.Input((28, 57, 1))
    h = layers.Conv2D(4, 3, strides=2, padding="same")(line)
    h = layers.Conv2D(4, 3, strides=2, padding="same")(h)
    h = layers.Conv2DTranspose(4, 3, strides=2, padding="same", name="first")(h)
    h = layers.Conv2DTranspose(1, 3, strides=2, padding="same", name="second")(h)
    report = check(keras.Model(line, h), {"first": "B 14 29 4", "second": "B 28 57 1"})
    cause = report.diagnoses[0].causes[0]
    assert named(cause) == {("first", "output_padding"): (1, 0), ("second", "output_padding"): (1, 0)}
    assert cause.verified


def test_a_state_that_another_layer_takes_is_not_dropped():
    heard, spoken = keras.Input((7, 3)), keras.Input((5, 3))
    _, state = layers.GRU(32, return_state=True, name="encoder")(heard)
    told = layers.GRU(16, return_sequences=True, name="decoder")(spoken, initial_state=state)
    x = [np.zeros((2, 7, 3), "float32"), np.zeros((2, 5, 3), "float32")]
    diagnosis = fitted(keras.Model([heard, spoken], told), "mse", x, np.zeros((2, 5, 16), "float32"))
    assert named(diagnosis.causes[0]) == {("encoder", "units"): 16}


@pytest.mark.parametrize(
    ("loss", "targets", "other"),
    [
        ("categorical_crossentropy", np.zeros((6,), "int32"), "sparse_categorical_crossentropy"),
        ("sparse_categorical_crossentropy", np.eye(6, 4, dtype="float32"), "categorical_crossentropy"),
    ],
)
def test_targets_in_another_form_than_the_loss_takes_are_told_and_not_sure(loss, targets, other):
    model = keras.Sequential([keras.Input((8,)), layers.Dense(4, activation="softmax")])
    diagnosis = fitted(model, loss, np.zeros((6, 8), "float32"), targets)
    cause = diagnosis.causes[0]
    assert (diagnosis.code, cause.kind, cause.suggestion, cause.confidence) == ("SG303", "loss", other, "possible")
    assert cause.verified


def test_too_many_units_for_one_column_are_an_argument_and_no_matter_of_the_targets():
    model = keras.Sequential([keras.Input((8,)), layers.Dense(2, activation="sigmoid", name="verdict")])
    diagnosis = fitted(model, "binary_crossentropy", np.zeros((6, 8), "float32"), np.zeros((6,), "float32"))
    assert named(diagnosis.causes[0]) == {("verdict", "units"): 1}


def test_where_the_odd_place_comes_first_the_layers_behind_it_are_to_blame():
    tokens = keras.Input((30, 64), name="tokens")
    encoded = layers.Conv1D(128, 5, name="encoder")(tokens)
    model = keras.Model(tokens, layers.Dense(32, name="gate")(encoded))
    diagnosis = check(model, {"tokens": "B T 64", "encoder": "B T 128", "gate": "B T 32"}).diagnoses[0]
    assert named(diagnosis.causes[0]) == {("encoder", "padding"): "same"}
    assert diagnosis.notes == ("`T` is 30 in input 'tokens'",)


def test_no_input_is_proposed_that_the_given_arrays_contradict():
    tokens, mask = keras.Input((None, 64), name="tokens"), keras.Input((None,), name="mask")
    model = keras.Model([tokens, mask], [layers.Dense(128, name="encoder")(tokens), mask])
    arrays = [np.zeros((4, 30, 64), "float32"), np.zeros((4, 28), "float32")]
    expect = {"tokens": "B T 64", "encoder": "B T 128", "mask": "B T"}
    assert [d.code for d in check(model, expect, inputs=arrays).diagnoses] == ["SG401"]


def test_the_size_of_an_input_is_solved_through_all_layers():
    text = keras.Input((100,), name="text")
    h = layers.Embedding(50, 8)(text)
    for _ in range(2):
        h = layers.MaxPooling1D(5)(layers.Conv1D(8, 5)(h))
    model = keras.Model(text, layers.Conv1D(8, 3, name="last")(h))
    causes = check(model, {"last": "B 37 8"}).diagnoses[0].causes
    assert ("text", "shape") in {place for cause in causes for place in named(cause)}
    sizes = [cause.suggestion for cause in causes if ("text", "shape") in named(cause)]
    assert sizes == [(1000,)]


@given(st.integers(1, 4096), st.integers(0, 500))
def test_a_round_number_lies_where_it_should(low, width):
    assert low <= roundest(low, low + width) <= low + width


class Homemade(keras.initializers.Initializer):
    """Keras cannot make it again: its config leaves out what its constructor needs."""

    def __init__(self, scale):
        self.scale = scale

    def __call__(self, shape, dtype=None):
        return keras.ops.zeros(shape, dtype)


class Silent(keras.initializers.Initializer):
    """It does not tell its config at all."""

    def __call__(self, shape, dtype=None):
        return keras.ops.zeros(shape, dtype)

    def get_config(self):
        message = "no config"
        raise RuntimeError(message)


@pytest.mark.parametrize("initializer", [Homemade(2.0), Silent()])
def test_a_foreign_object_in_a_built_in_layer_hides_none_of_its_arguments(initializer):
    model = keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            layers.Conv2D(8, 3, 3, kernel_initializer=initializer, name="first"),
            layers.Conv2D(4, 3, padding="same", kernel_initializer=initializer, name="second"),
        ]
    )
    cause = check(model, {"first": "B 26 26 8", "second": "B 26 26 4"}).diagnoses[0].causes[0]
    assert (named(cause), cause.verified) == ({("first", "strides"): (1, 1)}, True)


def test_counts_are_solved_through_a_reshape_that_takes_any_rank():
    signal = keras.Input((64, 1))
    maps = layers.Conv2D(40, 3, padding="same", name="wide")(layers.Reshape((64, 1, 1))(signal))
    model = keras.Model(signal, layers.Reshape((-1, 1), name="steps")(maps))
    causes = check(model, {"steps": "B 64 1"}).diagnoses[0].causes
    assert named(causes[0]) == {("wide", "filters"): 1}


def test_a_size_that_another_axis_has_is_a_matter_of_the_axis_not_of_numbers():
    steps = keras.Input((60, 1))
    x = layers.Conv1D(1, 1, name="mix")(layers.Conv1D(4, 1)(steps))
    pooled = layers.GlobalAveragePooling1D(data_format="channels_last", name="pooled")(layers.Add()([x, steps]))
    causes = check(keras.Model(steps, pooled), {"pooled": "B 60"}).diagnoses[0].causes
    assert named(causes[0]) == {("pooled", "data_format"): "channels_first"}


def test_where_the_program_joins_on_axis_1_every_layer_is_told_that_channels_come_first():
    def build():
        features = [layers.Conv2D(16, 3, padding="same", name="stem")(keras.Input((3, 32, 32)))]
        features.append(layers.Conv2D(12, 3, padding="same", name="grown")(features[0]))
        layers.Concatenate(axis=1)(features)

    first = raised_by(build).causes[0]
    assert named(first) == {("stem", "data_format"): "channels_first", ("grown", "data_format"): "channels_first"}


def test_layers_behind_the_mismatch_are_told_that_channels_come_first_too_where_the_targets_need_it():
    model = keras.Sequential([keras.Input((3, 32, 32)), layers.Conv2D(8, 3, name="maps")])
    model.add(layers.GlobalAveragePooling2D(name="pooled"))
    model.compile("sgd", "mse")
    with pytest.raises(ShapeMismatchError) as caught:
        model.fit(np.zeros((2, 3, 32, 32)), np.zeros((2, 8)), verbose=0, callbacks=[ShapeGuard({"maps": "B 8 30 30"})])
    cause = caught.value.report.diagnoses[0].causes[0]
    assert set(named(cause)) == {("maps", "data_format"), ("pooled", "data_format")}
    assert cause.verified


def test_no_pooling_is_undone_everywhere_for_the_sake_of_the_last_one():
    def build():
        x = keras.Input((128, 128, 3))
        for _ in range(5):
            x = layers.SeparableConv2D(8, 3, strides=2, padding="same")(x)
        layers.AveragePooling2D(7, strides=1, name="last")(x)

    assert raised_by(build).causes[0].layer == "last"


def test_ways_of_several_widths_are_added_as_wide_as_most_of_them():
    def build():
        x = keras.Input((40, 3))
        skips = [layers.Conv1D(width, 1, name=f"skip_{place}")(x) for place, width in enumerate((4, 5, 5, 6))]
        layers.Add()(skips)

    assert set(named(raised_by(build).causes[0]).values()) == {5}


def test_a_layer_that_averages_the_steps_is_one_too_many_before_one_that_needs_them():
    def build():
        words = layers.Embedding(50, 16)(keras.Input((28,)))
        layers.TimeDistributed(layers.Dense(6))(layers.GlobalAveragePooling1D(name="mean")(words))

    assert named(raised_by(build).causes[0]) == {("mean", "remove"): None}


def test_between_a_recurrent_encoder_and_decoder_a_repetition_may_be_missing():
    def build():
        keras.Sequential([keras.Input((10, 5)), layers.LSTM(3, name="code"), layers.LSTM(5, return_sequences=True)])

    told = raised_by(build).causes
    assert [(cause.edits[0].argument, cause.edits[0].suggestion, cause.confidence) for cause in told[:2]] == [
        ("return_sequences", True, "possible"),
        ("insert_before", "RepeatVector(n=10)", "possible"),
    ]


def test_a_layer_of_a_guessed_size_is_never_the_sure_cause():
    def build():
        layers.Conv2D(8, 3)(layers.Embedding(50, 30)(keras.Input((100,))))

    first = raised_by(build).causes[0]
    assert (first.edits[0].suggestion, first.confidence) == ("Reshape((100, 30, 1))", "possible")


def test_an_einsum_is_given_one_size_for_each_letter_of_its_result():
    def build():
        mixed = layers.EinsumDense("abc,cd->abd", output_shape=[None, 64, 32], name="mixed")(keras.Input((32, 128)))
        layers.LSTM(8)(mixed)

    assert [edit.argument for edit in raised_by(build).causes[0].edits] == ["output_shape"]


@pytest.mark.filterwarnings("ignore:(?s).*unbuilt state:UserWarning")  # Keras', of a model that crashes
def test_the_embedding_of_codes_is_never_one_too_many():
    class Towers(keras.Model):
        def __init__(self):
            super().__init__()
            self.words, self.reader = layers.Embedding(20, 32), layers.GRU(32)
            self.candidate, self.rating = layers.Embedding(20, 32), layers.Dense(1)

        def call(self, inputs):
            history, candidate = inputs
            both = [self.reader(self.words(history)), self.candidate(candidate)]
            return self.rating(keras.ops.concatenate(both, axis=1))

    told = fitted(Towers(), "mse", (np.zeros((8, 15), int), np.zeros((8, 1), int)), np.zeros((8, 1)))
    assert "remove" not in {edit.argument for cause in told.causes for edit in cause.edits}


def test_an_embedding_of_what_another_gives_may_be_one_too_many():
    def build():
        words = layers.Embedding(20, 8, name="again")(layers.Embedding(20, 8)(keras.Input((15,))))
        layers.LSTM(4)(words)

    assert ("again", "remove") in {key for cause in raised_by(build).causes for key in named(cause)}
