"""What proposals for single calls cost: their tensors in another order, a second layer, weights, axes."""

from __future__ import annotations

from shapeguard.diagnosis.scoring.weights import Weight

# The order of a call's tensors, and layers that serve two sizes.
REORDER = Weight(
    -0.1,
    "the same tensors in another order: no size is invented, and only the right order fits",
    "diagnosis/test_tensor_order.py::test_tensors_in_the_other_order_are_told_before_other_sizes",
)
EACH_MOVED_TENSOR = Weight(
    0.3,
    "per tensor that moves beside the two that are exchanged",
    "diagnosis/test_tensor_order.py::test_two_of_three_tensors_are_exchanged_rather_than_all",
)
ONE_CALL_OF_A_LINE = Weight(
    0.5,
    "one line makes several calls, and the change would have to split it",
    "diagnosis/test_tensor_order.py::test_the_calls_of_one_line_are_changed_together",
)
SECOND_IN_CHAIN = Weight(
    -0.6,
    "what a layer gave goes into the same layer again, of another size: two layers were meant",
    "diagnosis/test_second_layers.py::test_a_layer_that_serves_two_sizes_is_told_before_its_units",
)
SECOND_BESIDE = Weight(
    0.6,
    "of two ways into one layer one may have the wrong size: layers are shared on purpose",
    "diagnosis/test_second_layers.py::test_where_two_ways_share_a_layer_the_size_of_one_is_told_first",
)
REDIRECTED_CALL = Weight(
    -0.7,
    "a layer that changes no size where it stands, and mends the sum on the other way: it was meant for that",
    "diagnosis/test_redirected_calls.py::test_a_projection_on_the_wrong_way_is_moved",
)
REDIRECTED_CALL_OF_USE = Weight(
    0.9,
    "a layer that changes sizes where it stands has its use there",
    "diagnosis/test_redirected_calls.py::test_a_layer_that_changes_sizes_is_not_moved_for_sure",
)

# Weights of the user's own layers.
FURTHER_SIZE = Weight(
    0.1,
    "each further size of a weight that would be another",
    "diagnosis/test_own_weights.py::test_one_other_size_of_a_weight_is_told_before_two",
)
WEIGHT_OF_ONE = Weight(
    0.5,
    "a weight with a size of one fits anything, and is seldom what was meant",
    "diagnosis/test_own_weights.py::test_a_table_of_positions_gets_the_length_and_not_one",
)

# The axes of a call's tensor.
AXIS_MISSING = Weight(
    -0.2,
    "tensors of other ranks are set beside each other from the last axis on, so that samples would meet what is no "
    "sample: nobody means that",
    "diagnosis/test_missing_axes.py::test_a_mask_beside_scores_lacks_an_axis",
)
UNUSUAL_AXIS = Weight(
    0.1,
    "beside what is joined with it an axis of one is too many, in a sum or product it is missing",
    "diagnosis/test_missing_axes.py::test_an_axis_of_one_too_many_is_told",
)
STRETCHED = Weight(
    0.3,
    "each axis on which the two have other sizes then: they belong together less",
    "diagnosis/test_missing_axes.py::test_the_axis_is_put_where_the_sizes_agree",
)
LAST_STRETCHED = Weight(
    0.05,
    "a last axis that has the size of the other's last one stays the last",
    "diagnosis/test_missing_axes.py::test_what_fits_at_several_places_is_not_sure_and_the_last_axis_stays_last",
)
TRANSPOSE_MISSING = Weight(
    -0.2,
    "rows of both are of one length, which a product of rows with columns does not ask for: a transpose is missing",
    "diagnosis/test_transposes.py::test_a_product_of_rows_lacks_a_transpose",
)
