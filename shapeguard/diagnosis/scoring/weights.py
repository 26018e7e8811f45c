"""What each feature of a repair is worth, and where one answer ends and another begins.

A number here is a cost: 0.5 (`MARGIN`) is what makes one cause clearly likelier than the next; below 0 a feature speaks
for a repair. What a proposal costs by itself is in `costs`.
"""

from __future__ import annotations

from typing import Self


class Weight(float):
    """A number that decides a ranking, with the reason for it and the name of a case whose answer needs it."""

    why: str
    case: str

    def __new__(cls, value: float, why: str, case: str = "") -> Self:
        weight = super().__new__(cls, value)
        weight.why, weight.case = why, case
        return weight


# What speaks for or against a change of arguments.
EFFORT = Weight(
    0.6,
    "a rule of a layer orders the values of one argument; across arguments that order counts less",
    "corpus/bare/204_seven_by_nine_board",
)
SEVERAL_ARGUMENTS = Weight(1.0, "two slips in one call are rarer than one", "mutants/1/unet")
PRIORS = {
    "strides": Weight(
        0.0,
        "the argument that is most often at fault, by position or by a ported habit",
        "corpus/bare/429_news_of_100_words",
    ),
    "padding": Weight(
        0.1,
        "its default is forgotten nearly as often as strides are misread",
        "corpus/bare/235_vgg_face_permuted_twice",
    ),
    "data_format": Weight(0.2, "a fault of whole networks, seldom of one layer", "corpus/bare/429_news_of_100_words"),
    "return_sequences": Weight(0.0, "forgotten in every second stack of recurrent layers", "mutants/1/stacked_lstm"),
    "axis": Weight(0.0, "counted differently by other libraries", "corpus/bare/417_skip_joined_on_the_wrong_side"),
    "axes": Weight(0.0, "counted differently by other libraries", "corpus/bare/304_utterance_attention_dot"),
    "keepdims": Weight(
        0.0,
        "an axis of size 1 is left over, or is missing, where somebody forgot it",
        "diagnosis/test_operations.py::test_an_argument_of_an_operation_is_to_blame",
    ),
    "transpose_b": Weight(
        -0.3,
        "scores of queries and keys need it, and a product of rows with rows has no other meaning",
        "diagnosis/test_transposes.py::test_a_product_that_can_transpose_lacks_that_argument",
    ),
    "newshape": Weight(
        0.1,
        "computed by hand for one size of the input",
        "diagnosis/test_operations.py::test_an_argument_of_an_operation_is_to_blame",
    ),
    "subscripts": Weight(
        0.0,
        "letters are exchanged easily",
        "diagnosis/test_operations.py::test_an_argument_of_an_operation_is_to_blame",
    ),
    "key": Weight(
        0.0,
        "a number in an index drops an axis, a slice keeps it: exchanged easily",
        "diagnosis/test_operations.py::test_an_operation_is_told_by_its_place_and_never_as_a_layer",
    ),
    "dims": Weight(0.0, "a Permute counts from 1, NumPy from 0", "corpus/bare/314_permute_a_picture"),
    "units": Weight(0.2, "a wrong number is rarer than a wrong option", "mutants/0/transposed_autoencoder"),
    "filters": Weight(
        0.2, "a wrong number is rarer than a wrong option", "corpus/bare/417_skip_joined_on_the_wrong_side"
    ),
    "target_shape": Weight(0.1, "computed by hand for one size of the input", "mutants/1/EfficientNetB0"),
    "pool_size": Weight(0.5, "people mean the pooling that they write", "corpus/bare/429_news_of_100_words"),
    "kernel_size": Weight(
        0.9,
        "guilty in 3 of 107 faults, and the commonest wrong rival: last among equals",
        "corpus/bare/205_photo_autoencoder_two_too_many",
    ),
    "dilation_rate": Weight(0.5, "whoever writes a dilation has thought of it", "mutants/0/digits_cnn"),
    "merge_mode": Weight(0.2, "seldom written at all", "mutants/0/two_way_text"),
}
"""By argument: how seldom it is at fault."""
OTHER_AXES = Weight(
    0.6,
    "whoever wrote `axis=1` had the axes of what came in before their eyes",
    "diagnosis/scoring/test_features.py::test_an_operation_that_counts_axes_speaks_for_the_rank_that_it_was_given",
)
OTHER_PRIOR = Weight(
    0.3,
    "an argument without a number of its own lies between options and sizes",
    "corpus/expected/450_steps_pooled_for_channels",
)
NOT_WRITTEN = Weight(0.4, "who did not write a size does not have it wrong", "corpus/bare/429_news_of_100_words")
RARELY_WRITTEN = Weight(0.6, "a dilation that nobody wrote is not what is wrong", "mutants/0/digits_cnn")
SKIPPING = Weight(
    1.0,
    "strides larger than the window leave pixels unread: nobody means that",
    "corpus/bare/330_pyramid_for_another_size",
)
EXCHANGED = Weight(
    -0.6, "the user's own numbers in another order: axes that were exchanged", "corpus/bare/235_vgg_face_permuted_twice"
)
KERAS_1_FORM = Weight(
    -1.0, "`Conv2D(32, 3, 3)` meant a 3x3 kernel in Keras 1", "corpus/bare/200_lenet_ported_positional"
)
UNCOMMON_WIDTH = Weight(1.0, "nobody means 46 filters where 64 stand", "mutants/0/sentence_cnn")
NO_POWER_OF_TWO = Weight(
    0.15, "whoever counts in powers of two goes on doing so", "corpus/expected/450_steps_pooled_for_channels"
)
EVEN_KERNEL = Weight(
    0.3, "a kernel is odd so that it has a middle, `same` above all", "corpus/bare/220_player_permutes_to_theano_order"
)

# What layers of the same class are like.
SIBLING_AGREES = Weight(
    -0.35, "other layers of the class already have the suggested value", "shared/bare/026_bottleneck_residual_unit"
)
SIBLING_DISAGREES = Weight(
    0.35, "other layers of the class have the value that would change", "corpus/bare/200_lenet_ported_positional"
)
DATA_FORMAT_SIBLINGS = Weight(
    2.0,
    "the factor of both for `data_format`, which is one choice for a whole network",
    "corpus/bare/204_seven_by_nine_board",
)
NOBODY_USES = Weight(0.25, "a window that no other layer of the class has", "corpus/bare/429_news_of_100_words")
ODD_ONE_OUT = Weight(
    -0.3,
    "the layer alone has this window, the others have the suggested one",
    "shared/bare/026_bottleneck_residual_unit",
)
FIRST_OF_ITS_KIND = Weight(
    0.4,
    "a first convolution of single pixels is not what a wrong kernel was meant to be",
    "shared/bare/015_mnist_four_blocks_no_padding",
)
LIKE_A_SIBLING = Weight(
    0.3,
    "after the change the whole window is that of a sibling, or was so only before",
    "shared/bare/026_bottleneck_residual_unit",
)

# Which places of the program change.
DISTANCE = Weight(
    0.04,
    "per call between the change and the first mismatch: the nearer, the likelier",
    "corpus/bare/204_seven_by_nine_board",
)
FARTHEST = Weight(0.4, "what distance costs at most: in a deep network it says no more", "corpus/bare/408_faces_of_96")
SPLIT_LINE = Weight(
    0.5,
    "one line makes several layers, and the change would have to split it",
    "corpus/bare/201_captcha_loop_positional",
)
STRETCHES = Weight(
    0.3,
    "a size of one fits beside any other, and is seldom what was meant",
    "diagnosis/scoring/test_features.py::test_a_size_of_one_that_fits_beside_any_is_unlikely",
)
OVERRIDDEN = Weight(
    0.3,
    "who writes a name or a calculation means it, and a number over it is seldom what is wanted",
    "diagnosis/test_number_homes.py::test_a_number_is_written_over_a_name_last",
)
REFUSED_BEHIND = Weight(
    1.0,
    "a layer that takes the result in a line behind would refuse its rank: the program says what it was to be",
    "diagnosis/test_repeated_vectors.py::test_what_the_next_line_takes_tells_which_rank_was_meant",
)
SERVES_OTHERS = Weight(
    0.5,
    "a number that other lines use as well is right, where a part of one calculation with it was meant",
    "corpus/bare/329_patch_width_before_heads",
)
WHOLE_SPAN = Weight(
    0.05, "several layers change; the same change in one is simpler", "corpus/bare/417_skip_joined_on_the_wrong_side"
)
EACH_OTHER_SPAN = Weight(0.35, "per further line that has to change", "corpus/bare/234_hands_six_by_six_left")
WIDTH_OF_A_CALLER = Weight(
    0.4, "a width that a caller passes to a helper is chosen; one option there is forgotten", "mutants/1/inception"
)
LARGER_THAN_ENOUGH = Weight(0.3, "fewer layers do with the same change", "corpus/bare/200_lenet_ported_positional")
AT_INPUT = {
    1: Weight(
        -0.5, "the very first layer is wrong: it was wrong when it came in", "corpus/bare/219_digits_channels_first"
    ),
    2: Weight(
        -0.3,
        "the second layer is wrong, and the first may only have let it through",
        "corpus/bare/214_guide_residual_channels_first",
    ),
}
"""By layers between an input and the fault: how much sooner the input is to blame."""
UNKNOWN = Weight(1.0, "behind a layer without a formula nobody knows whether the repair holds", "mutants/0/attention")

# What the repaired network would look like.
WINDOW_EXCEEDS_MAP = Weight(
    0.6,
    "`same` lets a window slide over a smaller map, but the sizes stay misread",
    "corpus/bare/200_lenet_ported_positional",
)
NO_OP = Weight(
    1.0, "a pooling of one pixel or an enlarging by one does nothing", "corpus/bare/200_lenet_ported_positional"
)
ONE_STEP = Weight(0.6, "one step that `keepdims` leaves of a sequence is none", "mutants/1/sentence_cnn")
KEEPS_SIZE = Weight(
    0.4,
    "a pooling with strides of 1 keeps the size, which only a written `same` asks for",
    "corpus/bare/235_vgg_face_permuted_twice",
)
NO_DOWNSAMPLING_LEFT = Weight(
    0.7,
    "several strides undone at once, and nothing makes the map smaller any more",
    "corpus/bare/440_flows_before_the_cells",
)
MIXED_ORDER = Weight(
    0.5, "channels first in some layers and last in others", "corpus/bare/417_skip_joined_on_the_wrong_side"
)
MOVED = Weight(
    -0.5,
    "an input with channels first is repaired by moving them last",
    "corpus/bare/214_guide_residual_channels_first",
)
ALL_CHANNELS_FIRST = Weight(-0.1, "every layer takes channels first, as the input has them", "mutants/1/two_inputs")
COUNTED_CHANNELS_FIRST = Weight(
    -0.9,
    "the program itself takes axis 1 for the channels",
    "diagnosis/test_plausible_causes.py::test_where_the_program_joins_on_axis_1_every_layer_is_told_that_channels_come_first",
)
ALWAYS_JOINS = Weight(
    0.3, "ragged maps join along the axis on which they differ: that they fit says nothing", "mutants/0/unet"
)
MISSES_BY_LITTLE = Weight(
    1.0,
    "maps that miss each other by a pixel were meant to be as large, not to be joined along it",
    "diagnosis/test_missed_sizes.py::test_no_other_axis_is_named_first_where_maps_miss_by_a_pixel",
)
ON_CHANNELS = Weight(
    -0.65,
    "maps that differ in their channels alone are joined on the channels",
    "diagnosis/test_plausible_causes.py::test_maps_that_differ_in_their_channels_alone_are_joined_on_the_channels",
)
ENTRY = Weight(
    0.1, "per entry of a target shape that changes: as little as possible was wrong", "corpus/bare/300_ocr_square_input"
)
NEEDLESS_AXIS = Weight(
    1.0,
    "an axis of one more or less than is asked for: such a shape is not even named beside the natural one",
    "diagnosis/scoring/test_scorer.py::test_a_target_with_an_axis_of_one_that_nothing_needs_is_far_behind",
)
ANOTHER_MAP = Weight(
    1.0,
    "a target that keeps a side and the channels was made for another map: the map is wrong",
    "corpus/bare/300_ocr_square_input",
)

# What a refused merge says.
TRUNK = Weight(
    0.4,
    "of a branch and the trunk it is added to, the branch has the wrong width",
    "corpus/bare/313_two_way_attention_repeat",
)
PROJECTION = Weight(
    -0.8,
    "a convolution of single pixels before a sum is there to make the ways alike",
    "shared/bare/026_bottleneck_residual_unit",
)
MAJORITY_WIDTH = Weight(
    -0.6,
    "ways that are added are as wide as most of them are",
    "diagnosis/test_plausible_causes.py::test_ways_of_several_widths_are_added_as_wide_as_most_of_them",
)
OWN_AXIS = Weight(
    -0.5,
    "what is expected of a layer is what it gives of another axis: no number says as much",
    "diagnosis/test_plausible_causes.py::test_a_size_that_another_axis_has_is_a_matter_of_the_axis_not_of_numbers",
)

STACKED = Weight(
    -1.0,
    "the first axis of stacked tensors is not that of their samples, as it is elsewhere",
    "diagnosis/test_reduced_samples.py::test_stacked_tensors_are_reduced_to_one_of_them",
)

# Where one answer ends and another begins.
SHOWN = 5
"""Causes that a diagnosis names: who reads more of them might as well look at every layer."""
MARGIN = Weight(
    0.5,
    "the first cause is called the cause where the next blame costs this much more: 97 % right then",
    "corpus/bare/200_lenet_ported_positional",
)
FAR_BEHIND = Weight(
    1.5, "what costs this much more than a certain cause is not shown", "corpus/bare/205_photo_autoencoder_two_too_many"
)
ALTERNATIVES_WITHIN = Weight(
    0.8,
    "other values of the same blame that cost no more than this are shown beside it",
    "corpus/bare/204_seven_by_nine_board",
)
FAR_FETCHED = Weight(
    1.5,
    "above it two arguments that are wrong together are looked for as well",
    "corpus/bare/229_capsule_decoder_odd_width",
)
TYPO = Weight(
    1.2, "above it a wrong annotation is likelier than the change (tests/benchmarks/mutants.py)", "mutants/0/volumes"
)
KERNEL_TYPO = Weight(
    0.8, "a kernel size is seldom at fault, but no stranger than others beside a wrong annotation", "mutants/0/volumes"
)
TWO_AXES_TYPO = Weight(
    0.8,
    "nobody mistypes the same size on two axes: a change that explains both is believed longer",
    "diagnosis/scoring/test_thresholds.py::test_nobody_mistypes_one_size_on_two_axes",
)
GUESS = Weight(
    0.5,
    "above it a layer of guessed size takes nothing from what is named first",
    "corpus/bare/226_grey_without_channel_axis",
)
