"""What it costs that an expression of the user's own function was meant otherwise."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shapeguard.diagnosis.scoring.weights import Weight

if TYPE_CHECKING:
    from collections.abc import Mapping

    from shapeguard.source.slips import Manner

_CASES = "diagnosis/test_own_expressions.py::test_"
_ELSEWHERE = "diagnosis/test_slips_elsewhere.py::test_"
_FURTHER = "diagnosis/test_further_slips.py::test_"

SLIPS: Mapping[Manner, Weight] = {
    "order": Weight(
        -0.1,
        "what comes in another order has the same names: nothing is invented",
        f"{_CASES}what_a_call_gives_is_unpacked_in_the_other_order",
    ),
    "order of parts": Weight(
        0.3, "sizes of a shape, or layers of a list, in another order", f"{_ELSEWHERE}layers_in_another_order_are_told"
    ),
    "samples": Weight(
        0.0, "a number where the batch has another size", f"{_ELSEWHERE}the_number_of_samples_is_written_as_a_number"
    ),
    "open shape": Weight(
        -0.1,
        "what is not known before a batch is there",
        f"{_ELSEWHERE}the_shape_of_a_batch_is_open_before_it_is_there",
    ),
    "shape": Weight(
        0.0, "the whole of a shape where some of it counts", f"{_ELSEWHERE}a_weight_is_made_of_a_whole_shape"
    ),
    "option": Weight(0.0, "an option that was forgotten", f"{_CASES}a_forgotten_keepdims_is_told"),
    "number of an option": Weight(0.1, "an axis counted wrongly", f"{_CASES}a_number_of_an_option_is_told"),
    "bound": Weight(
        0.1, "the end of a slice that was meant to be its step, or another", f"{_CASES}a_bound_of_a_slice_is_told"
    ),
    "new axis": Weight(
        0.1, "whoever adds axes in an index may have added one too few", f"{_CASES}an_index_adds_one_axis_more"
    ),
    "one of new axes": Weight(
        -0.4,
        "whoever adds several axes in an index may have counted one too many",
        f"{_FURTHER}an_index_adds_an_axis_too_many_to_a_mask",
    ),
    "moved axis": Weight(
        -0.4,
        "whoever adds an axis in an index may have put it elsewhere",
        f"{_ELSEWHERE}an_index_adds_its_axis_elsewhere",
    ),
    "as another": Weight(
        0.2, "what was forgotten for one of several tensors", f"{_ELSEWHERE}a_tensor_is_converted_as_another_one_is"
    ),
    "reduced": Weight(
        -0.2,
        "a part of a loss that has more values than one for each sample",
        f"{_ELSEWHERE}a_part_of_a_loss_is_reduced",
    ),
    "vector": Weight(
        0.1, "a product that takes matrices alone", f"{_ELSEWHERE}a_product_with_a_vector_takes_its_column"
    ),
    "axis": Weight(0.8, "a tensor of one axis too few or too many", f"{_CASES}a_tensor_lacks_an_axis"),
    "number": Weight(0.5, "a number calculated otherwise", f"{_CASES}a_number_is_calculated_otherwise"),
    "other number": Weight(
        0.3, "the name of another number of the function", f"{_ELSEWHERE}the_name_of_another_number_was_meant"
    ),
    "not spread": Weight(
        -0.2,
        "what is joined pair by pair has an axis of one where the other has its own",
        f"{_FURTHER}what_is_joined_pair_by_pair_is_tiled_first",
    ),
    "without samples": Weight(
        0.0,
        "a tensor that begins a state and has no axis of the samples",
        f"{_FURTHER}a_cell_begins_without_samples",
    ),
    "size of its tensor": Weight(
        0.0,
        "a number where the tensor has another size, and all else of its shape is right",
        f"{_FURTHER}a_size_that_a_reshape_writes_as_a_number_is_told",
    ),
    "size": Weight(
        0.1, "the number of samples for the size of an axis", f"{_ELSEWHERE}the_size_of_another_axis_was_meant"
    ),
    "axes of one": Weight(
        1.2, "axes that were only there to be spread", f"{_ELSEWHERE}a_factor_of_each_sample_has_axes_too_many"
    ),
    "axes of one everywhere": Weight(
        1.5,
        "the same in several places, where one does not do",
        f"{_ELSEWHERE}a_factor_that_is_there_for_images_is_squeezed_wherever_a_line_reads_it",
    ),
    "left out": Weight(0.8, "a call that only moves axes is seldom there in vain", f"{_CASES}a_call_too_many_is_told"),
    "layer": Weight(0.3, "another layer of the same class", f"{_CASES}another_layer_was_meant"),
    "tensor": Weight(0.5, "another tensor of the same function", f"{_CASES}another_tensor_was_meant"),
}
SPREAD_BEFORE = Weight(
    -1.0,
    "a sum or product before is larger than both of its tensors: axes of one were spread over axes of another meaning",
    f"{_ELSEWHERE}targets_are_mixed_by_a_factor_that_is_there_for_images",
)
FURTHER_STATEMENT = Weight(
    0.05, "each statement further from what was refused", f"{_CASES}the_nearest_slip_is_told_first"
)
