"""What a proposal costs before any feature of it is known: how far-fetched such a repair is by itself."""

from __future__ import annotations

from shapeguard.diagnosis.scoring.weights import Weight

# Structure.
INSERT_FLATTEN = Weight(
    0.2, "forgotten where the grid ends, before the first Dense", "corpus/bare/308_densenet_output_to_dense"
)
INSERT_LATER = Weight(
    0.75, "between two Dense layers nobody forgets a Flatten", "corpus/bare/208_conv_then_dense_functional"
)
INSERT_ELSEWHERE = Weight(
    0.9,
    "before other layers, or behind a sequence, a Flatten is seldom meant",
    "corpus/bare/209_densenet_head_without_pooling",
)
POOLING_FOR_FLATTEN = Weight(
    0.2,
    "a global pooling does what a Flatten does, and fewer people write it",
    "corpus/bare/207_sentence_filters_no_flatten",
)
EVENS_OUT = Weight(
    0.2,
    "beside ways of rank 2 with as many channels a global pooling is what is missing",
    "corpus/bare/304_utterance_attention_dot",
)
INSERT_SIZED = Weight(
    1.2,
    "a pooling like those of the network may be missing, with sizes that are guessed",
    "corpus/bare/216_residual_around_a_pooling",
)
INSERT_UNUSED = Weight(
    1.8, "a pooling or an enlarging where the network has none", "corpus/bare/200_lenet_ported_positional"
)
POINTLESS = Weight(
    1.0,
    "an enlarging before a pooling undoes it; the same layer in each way belongs behind their merge",
    "corpus/bare/216_residual_around_a_pooling",
)
REGULAR = Weight(
    -0.1,
    "a layer of the class has the same neighbours elsewhere",
    "diagnosis/scoring/test_costs.py::test_a_pooling_with_the_same_neighbours_elsewhere_is_regular",
)
ALL_ALIKE = Weight(
    -0.05,
    "before several layers of one class: one line is missing",
    "diagnosis/scoring/test_costs.py::test_one_layer_before_several_of_a_class_is_likelier_than_before_several_classes",
)
ALL_WAYS = Weight(
    0.1,
    "before several layers of different classes: one of them may be meant alone",
    "diagnosis/scoring/test_costs.py::test_one_layer_before_several_of_a_class_is_likelier_than_before_several_classes",
)
REMOVE = Weight(1.6, "layers are written on purpose", "corpus/bare/200_lenet_ported_positional")
REMOVE_ALONE = Weight(
    0.5,
    "every other layer is expected: this one has hardly been thought of",
    "corpus/expected/215_guide_residual_sixteen_filters",
)
CALLED_TOO_EARLY = Weight(
    0.5,
    "a layer that takes axes away stands before one that needs them: the line is right, its place is not",
    "diagnosis/test_moved_layers.py::test_a_flatten_before_the_pooling_is_moved_behind_it",
)
REMOVE_TOO_EARLY = Weight(
    0.7,
    "it takes axes away before a layer that needs them, as Flatten or a global pooling",
    "corpus/bare/310_vgg_without_size",
)
LEARNS = Weight(0.3, "a layer with weights is not written by mistake", "corpus/bare/214_guide_residual_channels_first")
REPLACE = Weight(1.1, "a class that people take for this one", "corpus/bare/214_guide_residual_channels_first")
REPLACE_BEFORE_WINDOW = Weight(
    0.3,
    "a global pooling before a window: the single pixel is not what was meant",
    "diagnosis/scoring/test_costs.py::test_a_global_pooling_before_a_window_was_meant_as_another_pooling",
)
ALWAYS_FITS = Weight(
    0.3,
    "any maps that Add refuses may be joined",
    "diagnosis/scoring/test_costs.py::test_that_what_cannot_be_added_can_be_joined_says_little",
)

# Layers that are expected or wished for and that nobody made.
ABSENT = Weight(
    -0.2,
    "only the layer itself explains why something is expected of it",
    "diagnosis/test_absent_layers.py::test_a_layer_that_is_expected_and_absent_is_put_where_its_shape_comes_out",
)
ELSEWHERE = Weight(
    0.03,
    "not before the layer that is listed next",
    "diagnosis/scoring/test_costs.py::test_a_layer_of_an_unknown_name_may_be_any_and_is_likelier_before_the_one_listed_next",
)
BY_WORD = Weight(
    0.02,
    "the layer's name has a word for the class, not Keras' own name of it",
    "diagnosis/test_absent_layers.py::test_a_name_tells_of_a_wrapper_of_a_kind_of_layer_or_of_nothing_but_the_shape",
)
ANY = Weight(
    0.2,
    "the layer's name says nothing of its class",
    "diagnosis/scoring/test_costs.py::test_a_layer_of_an_unknown_name_may_be_any_and_is_likelier_before_the_one_listed_next",
)
UNSAID = Weight(
    1.7,
    "nothing is expected of the layer: behind a typing error in what is expected",
    "corpus/bare/205_photo_autoencoder_two_too_many",
)

BORDER = Weight(
    0.95,
    "a border put on, or cut off, where a way back up misses a size by what was rounded on the way down",
    "diagnosis/test_missed_sizes.py::test_a_border_makes_both_ways_into_a_merge_as_large",
)

# The same numbers on other axes.
EACH_STEP = Weight(
    0.3,
    "pictures in steps before a layer of steps: each is flattened",
    "diagnosis/scoring/test_costs.py::test_pictures_in_steps_are_flattened_step_by_step",
)
ROWS_AS_STEPS = Weight(
    0.6, "a picture before a layer of steps: its rows are the steps", "corpus/bare/305_lstm_counts_the_sample"
)
ONE_CHANNEL = Weight(
    0.9, "a sequence before a layer of pictures: a picture of one channel", "corpus/bare/226_grey_without_channel_axis"
)
AS_MAP = Weight(
    0.5, "the first map of a generator, made of the numbers of a Dense", "corpus/bare/309_imagenet_head_left_on"
)
MAP_SIDE = Weight(
    0.01, "per pixel that the side of such a map is not 7, the commonest", "corpus/bare/309_imagenet_head_left_on"
)
READS = Weight(
    0.5, "an encoder that reads to the end before a RepeatVector", "corpus/bare/402_thought_given_step_by_step"
)
REPEATS = Weight(0.6, "a RepeatVector between two recurrent layers", "shared/bare/045_stacked_lstm")
REPEATS_FOR_DECODER = Weight(
    0.3,
    "the second one returns sequences: a decoder",
    "diagnosis/test_plausible_causes.py::test_between_a_recurrent_encoder_and_decoder_a_repetition_may_be_missing",
)
REPEATS_BESIDE = Weight(
    1.0,
    "one vector for each sample beside steps: a Flatten of the steps, or a sequence that should end, is as likely",
    "diagnosis/test_repeated_vectors.py::test_a_vector_that_is_joined_with_steps_may_lack_its_repetition",
)
FROM_CODE = Weight(
    0.9,
    "a Dense that makes a map of a small code",
    "diagnosis/scoring/test_costs.py::test_a_generator_begins_with_a_dense_whether_noise_or_a_code_comes_in",
)
FROM_NOISE = Weight(
    0.3,
    "a generator begins with a Dense; who forgot it gives noise to the Reshape",
    "diagnosis/scoring/test_costs.py::test_a_generator_begins_with_a_dense_whether_noise_or_a_code_comes_in",
)

# Declared inputs and data.
UNUSUAL = Weight(
    1.2,
    "an input with channels last is not redeclared for data that has them elsewhere",
    "diagnosis/scoring/test_costs.py::test_an_input_with_channels_last_is_not_declared_anew_for_channels_first",
)
UNKNOWN_DATA = Weight(
    0.9, "without data another input is one guess among many", "corpus/bare/200_lenet_ported_positional"
)
NEAR = Weight(
    0.1,
    "one axis too many or one of 1 missing is near what was declared",
    "corpus/bare/225_sample_count_in_input_shape",
)
NEARER = Weight(
    0.05,
    "an axis of 1 too many is nearer still",
    "diagnosis/scoring/test_costs.py::test_an_input_with_an_axis_of_1_too_many_is_nearer_than_one_with_a_wrong_axis",
)
IN_FRONT = Weight(
    0.2,
    "of axes too many a sample count in front is the usual one, not the last",
    "diagnosis/scoring/test_costs.py::test_of_axes_too_many_the_first_is_rather_too_many_than_the_last",
)
FAR = Weight(0.9, "other sizes are far from what was declared", "corpus/bare/200_lenet_ported_positional")
IN_THE_PROGRAM = Weight(-0.6, "a size that the program itself mentions", "corpus/bare/204_seven_by_nine_board")
ROUNDED = Weight(-0.9, "the nearest size that halves evenly all the way down", "corpus/bare/327_unet_358")
UNDECLARED = Weight(
    0.9,
    "nothing says what a model of the user's own takes: its data is one suspect beside all layers",
    "diagnosis/test_fed_data.py::test_data_without_a_channel_axis_is_to_blame_where_nothing_declares_an_input",
)
CHANNELS_FIRST = Weight(
    -0.9,
    "nobody has pictures of one, three or four rows: the channels stand first",
    "diagnosis/test_fed_data.py::test_channels_first_are_moved_where_nothing_declares_an_input",
)
GIVES_BACK = Weight(
    -0.5,
    "a network that gives back the sizes that it takes: its data was to have those of its targets",
    "diagnosis/test_fed_data.py::test_what_a_network_gives_back_in_the_size_of_its_data_tells_the_size_of_the_data",
)
TRANSFORM = Weight(0.4, "the data is changed rather than its declaration", "mutants/1/two_inputs")
REGROUPED = Weight(
    0.4,
    "a reshape of data that only keeps the number of elements",
    "diagnosis/scoring/test_costs.py::test_data_is_moved_rather_than_resized_or_regrouped",
)
REFITTED = Weight(0.3, "pictures resized, sentences cut: more than an order of axes changes", "mutants/1/two_inputs")

# Applications, changes that help together only, and functions of a Lambda.
APPLICATION_PRIORS = {
    "pooling": Weight(0.1, "forgotten with `include_top=False`", "corpus/expected/310_vgg_without_size"),
    "include_top": Weight(0.3, "left on where features are wanted", "corpus/expected/310_vgg_without_size"),
    "classes": Weight(
        0.3,
        "left at 1000 where a network is trained anew",
        "diagnosis/scoring/test_costs.py::test_an_application_lacks_its_top_or_also_a_pooling_or_has_too_many_classes",
    ),
}
"""By argument of a `keras.applications` function: how seldom it is at fault."""
EACH_OTHER_ARGUMENT = Weight(
    0.2,
    "per further argument of an application that changes",
    "diagnosis/scoring/test_costs.py::test_an_application_lacks_its_top_or_also_a_pooling_or_has_too_many_classes",
)
FILLED_TARGET = Weight(
    1.0,
    "the cost of another target of a Reshape, and of the units that fill it",
    "diagnosis/scoring/test_costs.py::test_a_reshape_and_the_dense_that_fills_it_change_together",
)
RESHAPED = Weight(
    0.5,
    "the cost of a Reshape behind a Dense that gives as many numbers as the targets have",
    "diagnosis/test_reshapes_behind.py::test_as_many_numbers_as_the_targets_have_are_only_grouped",
)
MIRRORED_DECODER = Weight(
    0.3,
    "the cost of an `output_padding` that gives back an odd size",
    "diagnosis/scoring/test_costs.py::test_a_decoder_gives_back_odd_sizes_by_what_each_layer_adds",
)
PROMISE_MEANT = Weight(
    1.0,
    "the cost of another `output_shape` of a Lambda, of the same rank: sizes may be meant",
    "diagnosis/scoring/test_costs.py::test_a_promise_of_another_rank_contradicts_itself_and_one_of_other_sizes_may_be_meant",
)
PROMISE_BROKEN = Weight(
    -1.0,
    "of another rank: with such a promise the program contradicts itself",
    "corpus/late/456_distance_as_wide_as_the_code",
)

# Weights and numbers of parameters.
WEIGHT_EFFORTS = {
    "kernel_size": Weight(
        0.2,
        "decides about a kernel's first axes",
        "diagnosis/scoring/test_weights_of_layers.py::test_an_argument_that_decides_about_weights_may_be_to_blame[kernel_size]",
    ),
    "units": Weight(
        0.2,
        "decides about a kernel's last axis",
        "diagnosis/scoring/test_weights_of_layers.py::test_an_argument_that_decides_about_weights_may_be_to_blame[units]",
    ),
    "filters": Weight(
        0.2,
        "decides about a kernel's last axis",
        "diagnosis/scoring/test_weights_of_layers.py::test_an_argument_that_decides_about_weights_may_be_to_blame[filters]",
    ),
    "use_bias": Weight(
        0.3,
        "the bias is one weight more or less",
        "diagnosis/scoring/test_weights_of_layers.py::test_an_argument_that_decides_about_weights_may_be_to_blame[use_bias]",
    ),
    "depth_multiplier": Weight(
        0.4,
        "seldom written, so seldom wrong",
        "diagnosis/scoring/test_weights_of_layers.py::test_an_argument_that_decides_about_weights_may_be_to_blame[depth_multiplier]",
    ),
    "groups": Weight(
        0.6,
        "hardly ever written",
        "diagnosis/scoring/test_weights_of_layers.py::test_an_argument_that_decides_about_weights_may_be_to_blame[groups]",
    ),
    "input_dim": Weight(
        0.3,
        "the size of a vocabulary, often one too small",
        "diagnosis/scoring/test_weights_of_layers.py::test_an_argument_that_decides_about_weights_may_be_to_blame[input_dim]",
    ),
    "output_dim": Weight(
        0.3,
        "the width of an embedding",
        "diagnosis/scoring/test_weights_of_layers.py::test_an_argument_that_decides_about_weights_may_be_to_blame[output_dim]",
    ),
    "num_heads": Weight(
        0.4,
        "exchanged with the width of a head",
        "diagnosis/scoring/test_weights_of_layers.py::test_an_argument_that_decides_about_weights_may_be_to_blame[num_heads]",
    ),
    "key_dim": Weight(
        0.4,
        "the width of a head, taken for that of all",
        "diagnosis/scoring/test_weights_of_layers.py::test_an_argument_that_decides_about_weights_may_be_to_blame[key_dim]",
    ),
    "value_dim": Weight(
        0.6,
        "hardly ever written: that of the keys by default",
        "diagnosis/scoring/test_weights_of_layers.py::test_an_argument_that_decides_about_weights_may_be_to_blame[value_dim]",
    ),
    "head_dim": Weight(
        0.4,
        "the width of a head, taken for that of all",
        "diagnosis/scoring/test_weights_of_layers.py::test_an_argument_that_decides_about_weights_may_be_to_blame[head_dim]",
    ),
    "num_query_heads": Weight(
        0.5,
        "seldom written, so seldom wrong",
        "diagnosis/scoring/test_weights_of_layers.py::test_an_argument_that_decides_about_weights_may_be_to_blame[num_query_heads]",
    ),
    "num_key_value_heads": Weight(
        0.5,
        "seldom written, so seldom wrong",
        "diagnosis/scoring/test_weights_of_layers.py::test_an_argument_that_decides_about_weights_may_be_to_blame[num_key_value_heads]",
    ),
    "center": Weight(
        0.5,
        "a normalisation without it is rare",
        "diagnosis/test_quantities.py::test_two_flags_that_each_explain_a_count_are_possible_causes",
    ),
    "scale": Weight(
        0.5,
        "a normalisation without it is rare",
        "diagnosis/test_quantities.py::test_two_flags_that_each_explain_a_count_are_possible_causes",
    ),
    "reset_after": Weight(
        0.8,
        "a matter of CuDNN, hardly ever written",
        "diagnosis/scoring/test_weights_of_layers.py::test_an_argument_that_decides_about_weights_may_be_to_blame[reset_after]",
    ),
}
"""Arguments that decide about weights, most often guilty first, and how far-fetched another value of each is."""
OTHER_WEIGHT_EFFORT = Weight(
    0.5,
    "an argument that decides about weights and has no number of its own",
    "diagnosis/scoring/test_weights_of_layers.py::test_an_argument_of_a_layer_from_outside_that_decides_about_weights_may_be_to_blame",
)
WEIGHT_WINDOWS = {
    3: Weight(
        0.0,
        "the commonest window",
        "diagnosis/scoring/test_weights_of_layers.py::test_a_usual_window_is_named_before_a_number_of_filters_with_as_many_weights",
    ),
    1: Weight(
        0.2,
        "a convolution of single pixels",
        "diagnosis/scoring/test_weights_of_layers.py::test_a_usual_window_is_named_before_a_number_of_filters_with_as_many_weights",
    ),
    5: Weight(
        0.2,
        "the next larger window with a middle",
        "diagnosis/scoring/test_weights_of_layers.py::test_a_usual_window_is_named_before_a_number_of_filters_with_as_many_weights",
    ),
    7: Weight(
        0.4,
        "a window of first layers",
        "diagnosis/scoring/test_weights_of_layers.py::test_a_usual_window_is_named_before_a_number_of_filters_with_as_many_weights",
    ),
}
"""By width of a window: how far-fetched it is where only weights tell."""
OTHER_WINDOW = Weight(
    0.6,
    "a window of another width",
    "diagnosis/scoring/test_weights_of_layers.py::test_a_usual_window_is_named_before_a_number_of_filters_with_as_many_weights",
)
OTHER_OPTION = Weight(
    0.5,
    "an argument that decides about no weight, but about what enters the layer",
    "diagnosis/scoring/test_weights_of_layers.py::test_another_format_is_blamed_after_the_channels_that_come_in",
)
UPSTREAM = Weight(
    0.6,
    "a layer before the one whose weights are compared",
    "diagnosis/scoring/test_weights_of_layers.py::test_a_layer_is_blamed_for_its_weights_before_the_one_that_feeds_it",
)
EACH_UPSTREAM = Weight(
    0.1,
    "per layer between",
    "diagnosis/scoring/test_weights_of_layers.py::test_of_two_layers_that_feed_a_third_the_nearer_one_is_blamed_first",
)
