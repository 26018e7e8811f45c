"""What repairs of data, targets and losses cost, and what other declared shapes of inputs cost beside them."""

from __future__ import annotations

from shapeguard.diagnosis.scoring.weights import Weight

# Declared inputs and data.
NEAREST = Weight(
    0.0,
    "a sample count in front of a picture with its channels last: what is left is what layers of pictures take",
    "diagnosis/test_target_repairs.py::test_the_samples_in_front_of_a_picture_go_not_its_channel",
)
ONE_HOT_WORDS = Weight(
    -1.2,
    "the axis has as many places as the embedding has words: rows of zeros with a one, where numbers are taken",
    "diagnosis/test_target_repairs.py::test_before_an_embedding_the_axis_of_its_words_goes",
)
COMING = Weight(
    -0.9,
    "the program has made the data that it would train with, and it fits",
    "diagnosis/test_coming_data.py::test_an_input_is_declared_for_the_data_that_fit_is_to_be_given",
)
NOT_COMING = Weight(
    0.6,
    "the data that the program would train with fits the input as it is",
    "diagnosis/test_coming_data.py::test_an_input_that_the_coming_data_fits_is_not_to_blame",
)
TRAINED_SO = Weight(
    0.8,
    "what the model was trained with before is what it is meant to take",
    "diagnosis/test_target_repairs.py::test_other_data_for_a_trained_model_is_converted",
)
ALPHA = Weight(
    -0.6,
    "a fourth channel is what picture files bring along; who declares three wants the colours",
    "diagnosis/test_target_repairs.py::test_of_a_fourth_channel_the_colours_are_taken",
)

TURNED = Weight(
    -0.8,
    "a column of as many values as the input takes is a row that stands on its side",
    "diagnosis/test_target_repairs.py::test_a_row_that_is_given_as_a_column_is_turned",
)

# Targets and losses.
LOSS = Weight(
    0.6,
    "the loss and the form of the targets are chosen apart: behind an option that was forgotten, before other changes",
    "diagnosis/scoring/test_thresholds.py::test_a_forgotten_return_sequences_is_named_before_targets_that_another_loss_takes",
)
LOSS_BEHIND_SOFTMAX = Weight(
    -0.4,
    "behind a softmax of several units a loss of single values is not meant, and one unit would be 1 for ever",
    "diagnosis/test_target_repairs.py::test_behind_a_softmax_the_loss_is_named_before_the_units",
)
LOST_OPTIONS = Weight(
    0.3,
    "another loss lacks an option that was written for the present one: who wrote it wants it",
    "diagnosis/test_target_repairs.py::test_a_loss_without_an_option_that_was_written_comes_behind_the_targets",
)
LOSS_WITHOUT_SOFTMAX = Weight(
    1.3,
    "without a softmax each of the units answers for itself: there are too many of them",
    "diagnosis/test_plausible_causes.py::test_too_many_units_for_one_column_are_an_argument_and_no_matter_of_the_targets",
)
CONVERT_LABELS = Weight(
    0.7,
    "who has labels of another form changes the loss, which is one word, before the labels",
    "diagnosis/test_target_repairs.py::test_labels_are_converted_where_the_loss_stays",
)
LABELS_OF_CLASSES = Weight(
    -0.3,
    "beside a value for each class the numbers of classes are labels, whatever the loss: one unit is not meant",
    "diagnosis/test_target_repairs.py::test_maps_of_class_numbers_are_no_matter_of_the_filters",
)
LABELS_FROM_ONE = Weight(
    0.6,
    "classes counted from 1: as likely a unit more is what the author wants, for a class that never comes",
    "diagnosis/test_target_repairs.py::test_classes_that_are_counted_from_one_are_told_behind_the_units",
)
LABELS_FROM_AFAR = Weight(
    -0.3,
    "nobody wants a unit for each of many numbers that are the label of nothing",
    "diagnosis/test_target_repairs.py::test_labels_that_do_not_begin_at_0_are_made_to",
)
MISSING_CLASSES = Weight(
    0.6,
    "fewer classes among the labels than the network has: as likely a size of the network that was counted wrongly",
    "diagnosis/test_target_repairs.py::test_where_labels_of_a_class_are_missing_the_call_is_told_their_number",
)
CONVERT_TARGETS = Weight(
    0.3,
    "an axis of 1 at the end of the targets is forgotten or left over",
    "diagnosis/test_target_repairs.py::test_an_axis_of_one_of_the_targets_goes",
)
MOVE_TARGETS = Weight(
    0.1,
    "the same sizes with channels elsewhere: the targets were not moved with the inputs",
    "diagnosis/test_target_repairs.py::test_targets_with_channels_first_are_moved",
)
ONE_CHANNEL_OF_TARGETS = Weight(
    0.9,
    "a mask in colours, or a network with too few channels: the network is changed first",
    "diagnosis/test_target_repairs.py::test_of_masks_in_colours_one_channel_is_taken",
)
SAME_CHANNELS = Weight(
    -0.4,
    "channels that are all the same hold one picture: nobody trains a network to make copies",
    "diagnosis/test_target_repairs.py::test_of_channels_that_are_the_same_one_is_taken",
)
ONE_CHANNEL_OF_MASKS = Weight(
    0.5,
    "a sigmoid on one channel is made for masks: whether the network or the masks are wrong, nobody knows",
    "diagnosis/test_target_repairs.py::test_of_masks_in_colours_one_channel_is_taken",
)
ROWS_REACHED = Weight(
    0.8,
    "numbers that choose rows reach most of them; class numbers beside many rows reach only the first",
    "diagnosis/test_chosen_rows.py::test_numbers_that_need_not_be_of_rows_choose_none",
)
ROWS_REACHED_ONCE = Weight(
    0.5,
    "numbers of which none comes twice are a subset, that may end earlier",
    "diagnosis/test_chosen_rows.py::test_rows_are_chosen_by_the_numbers_that_nothing_else_reads",
)
MAPPED_MARGIN = Weight(
    0.25,
    "how much likelier than the next one a slip in a mapped function is that is the cause",
    "diagnosis/test_mapped_functions.py::test_the_expression_of_the_mapped_function_is_the_cause",
)
KIND_OF_LABELS = Weight(
    0.2,
    "labels of another kind from the function that reads them, behind the loss for those which it gives",
    "diagnosis/test_dataset_makers.py::test_labels_come_in_the_kind_that_the_loss_takes",
)
UNREAD_TARGETS = Weight(
    -0.5,
    "targets that were made and are used nowhere, and the inputs stand in their place",
    "diagnosis/test_target_repairs.py::test_inputs_in_the_place_of_targets_that_nobody_reads_are_exchanged_for_them",
)
REGROUP_TARGETS = Weight(
    0.5,
    "flattened pictures beside an output that is a picture",
    "diagnosis/test_target_repairs.py::test_flattened_targets_get_the_shape_of_the_output",
)
