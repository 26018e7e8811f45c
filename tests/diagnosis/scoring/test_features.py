"""What each feature adds to the score of a repair, in the smallest program in which it says anything."""

import keras
import pytest
from helpers.judging import FEATURES, judged
from keras import layers

from shapeguard.diagnosis.scoring import arguments, axes, costs, merges, places, siblings, weights, windows

TESTED = set()
IMAGE = (28, 28, 1)


def shows(feature):
    """Marks a test as that of a feature."""
    TESTED.add(feature)
    return lambda test: test


def stacked(shape, *several):
    return lambda: keras.Sequential([keras.Input(shape, name="input"), *several])


def convolution(**options):
    return stacked(IMAGE, layers.Conv2D(64, 3, **options, name="conv"))


def added(repairs, layer, argument, suggestion):
    """The breakdown of one repair."""
    names = (layer,) if isinstance(layer, str) else layer
    return repairs[names, argument, suggestion]


def widened(filters):
    repairs = judged(convolution(), {"conv": f"B 26 26 {filters}"})
    return added(repairs, "conv", "filters", filters)


def test_every_feature_has_a_test():
    assert {feature.__name__ for feature in FEATURES} == {feature.__name__ for feature in TESTED}


@shows(places.base_cost)
def test_a_layer_that_is_put_in_begins_with_what_its_proposer_says():
    repairs = judged(convolution(), {"conv": "B 54 54 64"})
    assert added(repairs, "conv", "insert_before", "UpSampling2D(size=2)") == {"base_cost": costs.INSERT_UNUSED}


@shows(arguments.far_fetched)
@shows(arguments.argument_prior)
def test_a_kernel_is_less_likely_at_fault_than_strides_and_an_unusual_value_less_likely_meant():
    repairs = judged(convolution(), {"conv": "B 13 13 64"})
    strides, kernel = (added(repairs, "conv", *each) for each in (("strides", (2, 2)), ("kernel_size", (16, 16))))
    assert kernel["argument_prior"] == weights.PRIORS["kernel_size"] > strides.get("argument_prior", 0)
    assert kernel["far_fetched"] > strides["far_fetched"]


@shows(arguments.several_arguments)
def test_two_wrong_arguments_of_one_layer_cost_more_than_one():
    repairs = judged(stacked((30, 2), layers.LSTM(4, name="lstm")), {"lstm": "B 30 8"})
    assert added(repairs, "lstm", "return_sequences", True)["several_arguments"] == weights.SEVERAL_ARGUMENTS


@shows(arguments.not_written)
def test_strides_that_nobody_wrote_are_seldom_wrong():
    expected = {"conv": "B 13 13 64"}
    unwritten = judged(convolution(), expected)
    written = judged(stacked(IMAGE, layers.Conv2D(64, 3, strides=1, name="conv")), expected)
    assert added(unwritten, "conv", "strides", (2, 2))["not_written"] == weights.NOT_WRITTEN
    assert "not_written" not in added(written, "conv", "strides", (2, 2))


@shows(places.overrides_a_name)
def test_a_number_is_seldom_meant_where_a_name_is_written():
    def two(units):
        x = keras.Input((4,))
        return keras.Model(x, layers.Dense(units, name="b")(layers.Dense(units, name="a")(x)))

    repairs = judged(lambda: two(12), {"a": "B 12", "b": "B 16"})
    assert added(repairs, "b", "units", 16)["overrides_a_name"] == weights.OVERRIDDEN


@shows(arguments.exchanges_numbers)
@shows(axes.changed_entries)
def test_a_target_shape_with_its_own_numbers_in_another_order_is_likely():
    repairs = judged(stacked((24,), layers.Reshape((2, 3, 4), name="reshape")), {"reshape": "B 3 2 4"})
    exchanged = added(repairs, "reshape", "target_shape", (3, 2, 4))
    assert exchanged["exchanges_numbers"] == weights.EXCHANGED
    assert exchanged["changed_entries"] == 2 * weights.ENTRY


@shows(arguments.keras_1_form)
def test_the_form_of_keras_1_in_all_its_calls_is_one_habit():
    ported = stacked(IMAGE, layers.Conv2D(8, 3, 3, name="first"), layers.Conv2D(8, 3, 3, name="second"))
    repairs = judged(ported, {"first": "B 26 26 8", "second": "B 24 24 8"})
    assert added(repairs, ("first", "second"), "strides", (1, 1))["keras_1_form"] == weights.KERAS_1_FORM


@shows(arguments.uncommon_width)
@pytest.mark.parametrize(("filters", "weight"), [(46, "UNCOMMON_WIDTH"), (24, "NO_POWER_OF_TWO"), (32, None)])
def test_a_round_number_of_filters_does_not_become_an_odd_one(filters, weight):
    def build():
        image = keras.Input(IMAGE)
        wide = layers.Conv2D(64, 3, name="conv")(image)
        return keras.Model(image, layers.Conv2D(3, 1)(wide))

    repair = added(judged(build, {"conv": f"B 26 26 {filters}"}), "conv", "filters", filters)
    assert repair.get("uncommon_width", 0) == (getattr(weights, weight) if weight else 0)


def test_the_last_layer_may_have_any_number_of_units():
    assert "uncommon_width" not in widened(46)


@shows(siblings.unlike_siblings)
def test_a_convolution_that_alone_has_no_padding_gets_what_its_siblings_have():
    alike = [layers.Conv2D(8, 3, padding="same") for _ in range(3)]
    repairs = judged(stacked(IMAGE, *alike, layers.Conv2D(8, 3, name="odd")), {"odd": "B 28 28 8"})
    padding = added(repairs, "odd", "padding", "same")
    agrees = weights.SIBLING_AGREES + weights.ODD_ONE_OUT - weights.LIKE_A_SIBLING
    assert padding["unlike_siblings"] == pytest.approx(agrees)


@shows(windows.skips_pixels)
def test_strides_larger_than_the_window_are_not_meant():
    repairs = judged(stacked(IMAGE, layers.MaxPooling2D(2, strides=2, name="pool")), {"pool": "B 7 7 1"})
    assert added(repairs, "pool", "strides", (4, 4))["skips_pixels"] == weights.SKIPPING
    assert "skips_pixels" not in added(repairs, "pool", "pool_size", (15, 15))


@shows(windows.even_kernel)
@pytest.mark.parametrize(
    ("size", "argument", "suggestion", "sign"), [(4, "padding", "same", 1), (4, "kernel_size", (1, 1), -1)]
)
def test_a_kernel_has_a_middle(size, argument, suggestion, sign):
    repairs = judged(stacked(IMAGE, layers.Conv2D(8, size, name="conv")), {"conv": "B 28 28 8"})
    assert added(repairs, "conv", argument, suggestion)["even_kernel"] == sign * weights.EVEN_KERNEL


@shows(windows.window_exceeds_map)
def test_a_window_larger_than_its_map_stays_odd_with_padding():
    pools = [layers.MaxPooling2D(2), layers.MaxPooling2D(2)]
    repairs = judged(stacked((8, 8, 1), *pools, layers.Conv2D(4, 3, name="conv")))
    assert added(repairs, "conv", "padding", "same")["window_exceeds_map"] == weights.WINDOW_EXCEEDS_MAP


@shows(windows.does_nothing)
def test_a_pooling_of_one_pixel_does_nothing():
    repairs = judged(stacked(IMAGE, layers.MaxPooling2D(2, name="pool")), {"pool": "B 28 28 1"})
    assert added(repairs, "pool", "pool_size", (1, 1))["does_nothing"] == weights.NO_OP


def test_strides_that_keep_the_map_are_not_what_a_pooling_lacks():
    repairs = judged(stacked(IMAGE, layers.MaxPooling2D(3, name="pool")), {"pool": "B 26 26 1"})
    assert added(repairs, "pool", "strides", (1, 1))["does_nothing"] == weights.KEEPS_SIZE


def test_a_pooling_with_same_and_without_strides_was_meant_to_keep_the_map():
    repairs = judged(stacked(IMAGE, layers.MaxPooling2D(3, padding="same", name="pool")), {"pool": "B 28 28 1"})
    assert added(repairs, "pool", "strides", (1, 1))["does_nothing"] == -weights.KEEPS_SIZE


def test_of_one_step_that_is_left_of_a_sequence_nothing_is_left():
    def build():
        steps = layers.GlobalAveragePooling1D(name="mean")(keras.Input((28, 16)))
        layers.LSTM(4)(steps)

    assert added(judged(build), "mean", "keepdims", True)["does_nothing"] == weights.ONE_STEP


@shows(axes.axis_order)
def test_channels_that_come_first_are_moved_last():
    build = stacked((3, 32, 32), layers.Conv2D(8, 3, name="first"), layers.Conv2D(8, 3, name="second"))
    repairs = judged(build, {"first": "B 30 30 8"})
    assert added(repairs, "input", "shape", (32, 32, 3))["axis_order"] == weights.MOVED
    assert "axis_order" not in added(repairs, "input", "shape", (32, 32, 32))


def test_every_layer_or_none_takes_channels_first():
    build = stacked((3, 32, 32), layers.Conv2D(8, 3, name="first"), layers.Conv2D(8, 3, name="second"))
    both = judged(build, {"first": "B 8 30 30", "second": "B 8 28 28"})
    repair = added(both, ("first", "second"), "data_format", "channels_first")
    assert repair["axis_order"] == weights.ALL_CHANNELS_FIRST


@shows(axes.own_axis)
def test_a_permutation_that_is_expected_to_give_other_axes_has_the_wrong_axes():
    repairs = judged(stacked((6, 7, 8), layers.Permute((2, 1, 3), name="permute")), {"permute": "B 8 6 7"})
    assert added(repairs, "permute", "dims", (3, 1, 2))["own_axis"] == weights.OWN_AXIS
    assert "own_axis" not in added(repairs, "input", "shape", (6, 8, 7))


@shows(axes.stacked_axis)
def test_stacked_tensors_have_their_samples_on_the_second_axis():
    def build():
        parts = [keras.Input((6,)) for _ in range(3)]
        layers.Dense(2, name="head")(keras.ops.sum(keras.ops.stack(parts)))

    assert added(judged(build), "keras.ops.sum in build", "axis", 0)["stacked_axis"] == weights.STACKED


@shows(axes.joined_axis)
def test_maps_are_joined_on_their_channels():
    def build():
        image = keras.Input((16, 16, 4))
        ways = [layers.Conv2D(8, 1)(image), layers.Conv2D(16, 1)(image)]
        layers.Concatenate(axis=1, name="join")(ways)

    assert added(judged(build), "join", "axis", -1)["joined_axis"] == weights.ON_CHANNELS


def test_that_ragged_sequences_join_on_the_axis_on_which_they_differ_says_nothing():
    def build():
        ways = [keras.Input((5, 8)), keras.Input((7, 8))]
        layers.Concatenate(axis=-1, name="join")(ways)

    assert added(judged(build), "join", "axis", 1)["joined_axis"] == weights.ALWAYS_JOINS


@shows(axes.counted_axes)
def test_an_operation_that_counts_axes_speaks_for_the_rank_that_it_was_given():
    def build():
        words = keras.Input((5, 8))
        steps = layers.LSTM(4, return_sequences=True, name="steps")(words)
        layers.Concatenate()([keras.ops.mean(steps, axis=1, keepdims=True), layers.LSTM(4)(words)])

    repairs = judged(build)
    assert added(repairs, "steps", "return_sequences", False)["counted_axes"] == weights.OTHER_AXES
    assert "counted_axes" not in added(repairs, "keras.ops.mean in build", "keepdims", False)


@shows(axes.stretches)
def test_a_size_of_one_that_fits_beside_any_is_unlikely():
    def build():
        x = keras.Input((6, 8))
        x + layers.Dense(5, name="other")(x)

    repairs = judged(build)
    assert added(repairs, "other", "units", 1)["stretches"] == weights.STRETCHES
    assert "stretches" not in added(repairs, "other", "units", 8)


@shows(places.refused_behind)
def test_a_rank_that_the_next_line_refuses_was_not_meant():
    def build():
        steps, vector = keras.Input((6, 8)), keras.Input((24,))
        joined = layers.Concatenate()([steps, vector])
        layers.LSTM(3)(joined)

    repairs = judged(build)
    assert added(repairs, "concatenate", "insert_before", "Flatten()")["refused_behind"] == weights.REFUSED_BEHIND
    assert "refused_behind" not in added(repairs, "concatenate", "insert_before", "RepeatVector(n=6)")


@shows(axes.target_for_another_map)
def test_a_target_that_keeps_a_side_and_the_channels_was_written_for_another_map():
    build = stacked((50, 30, 4), layers.Reshape((50, 80), name="rows"))
    repairs = judged(build)
    assert added(repairs, "rows", "target_shape", (50, 120))["target_for_another_map"] == weights.ANOTHER_MAP


@shows(merges.widens_trunk)
def test_the_branch_gets_another_width_and_not_the_trunk():
    def build():
        words = layers.Embedding(50, 16, name="trunk")(keras.Input((10,)))
        layers.Add()([words, layers.Dense(32, name="branch")(layers.ReLU()(words))])

    repairs = judged(build)
    assert added(repairs, "trunk", "output_dim", 32)["widens_trunk"] == weights.TRUNK
    assert "widens_trunk" not in added(repairs, "branch", "units", 16)


@shows(merges.projects)
def test_the_projection_of_a_shortcut_is_there_to_make_the_ways_alike():
    def build():
        x = keras.Input((32, 32, 8))
        inside = layers.Conv2D(16, 3, strides=2, padding="same", name="inside")(x)
        layers.Add()([inside, layers.BatchNormalization()(layers.Conv2D(16, 1, name="shortcut")(x))])

    repairs = judged(build)
    assert added(repairs, "shortcut", "strides", (2, 2))["projects"] == weights.PROJECTION
    assert "projects" not in added(repairs, "inside", "strides", (1, 1))


@shows(merges.matches_majority_width)
def test_several_ways_into_a_sum_become_as_wide_as_most_of_them():
    def build():
        x = keras.Input((40, 3))
        layers.Add()([layers.Conv1D(width, 1, name=f"skip_{place}")(x) for place, width in enumerate((4, 5, 5, 6))])

    every = tuple(f"skip_{place}" for place in range(4))
    repairs = judged(build)
    assert added(repairs, every, "filters", 5)["matches_majority_width"] == weights.MAJORITY_WIDTH
    assert "matches_majority_width" not in added(repairs, every, "filters", 6)


@shows(merges.removes_all_downsampling)
def test_something_is_meant_to_make_the_map_smaller():
    def build():
        x = h = keras.Input((32, 32, 3))
        for place in range(3):
            h = layers.Conv2D(8, 3, strides=2, padding="same", name=f"down_{place}")(h)
        layers.Add()([h, layers.Conv2D(8, 1)(x)])

    every = tuple(f"down_{place}" for place in range(3))
    repair = added(judged(build), every, "strides", (1, 1))
    assert repair["removes_all_downsampling"] == weights.NO_DOWNSAMPLING_LEFT


@shows(places.places)
def test_one_layer_of_a_line_that_makes_several_would_have_to_be_split_off():
    def build():
        x = image = keras.Input(IMAGE)
        for place in range(2):
            x = layers.Conv2D(8, 3, name=f"conv_{place}")(x)
        return keras.Model(image, x)

    repairs = judged(build, {"conv_1": "B 24 24 5"})
    assert added(repairs, "conv_1", "filters", 5)["places"] == weights.SPLIT_LINE
    assert added(repairs, ("conv_0", "conv_1"), "filters", 5)["places"] == weights.WHOLE_SPAN


@shows(places.distance)
def test_a_change_far_from_the_fault_is_less_likely():
    quiet = [layers.ReLU() for _ in range(3)]
    build = stacked(IMAGE, layers.Conv2D(8, 3, name="conv"), *quiet, layers.Conv2D(8, 1, name="last"))
    repair = added(judged(build, {"last": "B 28 28 8"}), "conv", "padding", "same")
    assert repair["distance"] == pytest.approx(4 * weights.DISTANCE)


@shows(places.near_the_input)
def test_what_is_wrong_from_the_first_layer_on_was_wrong_when_it_came_in():
    build = stacked(IMAGE, layers.Conv2D(8, 3, name="first"), layers.Conv2D(8, 3, name="second"))
    for expected, nearness in ({"first": "B 24 24 8"}, 1), ({"second": "B 22 22 8"}, 2):
        assert (
            added(judged(build, expected), "input", "shape", (26, 26, 1))["near_the_input"]
            == weights.AT_INPUT[nearness]
        )


@shows(places.unknown_outcome)
def test_a_change_that_reaches_a_layer_without_a_formula_is_not_known_to_hold():
    def build():
        x = keras.Input((32, 4))
        first = layers.Dense(8, name="first")(x)
        return keras.Model(x, [layers.Lambda(lambda steps: steps[:, ::2])(first), layers.Dense(3, name="last")(first)])

    repairs = judged(build, {"first": "B 32 9", "last": "B 32 3"})
    assert added(repairs, "first", "units", 9)["unknown_outcome"] == weights.UNKNOWN
