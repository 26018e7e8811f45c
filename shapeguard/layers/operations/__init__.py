"""The rules of Keras' functional operations (`keras.ops`): which other arguments and tensors are worth trying, and why.

    rule = operation_rule_for("Mean")            None: nothing is known but what Keras says of it
    rule.changes(config, inputs, wanted)         Changes of one argument: solved from `wanted`, then a small grid
    rule.operands(config, inputs, place, wanted) shapes of one tensor with which the call is accepted and gives `wanted`
    shapes_of_operation(name, config, inputs)    output shapes, a Refusal, or None: no formula is known
    rule.hint(config, change)                    a sentence on the habit behind the fault, or ""
    tensors_of_operation(name)                   what each tensor is to it; (): in any order they make the same
    is_elementwise(name)                         whether it aligns the axes of its tensors from the right
    is_join(name)                                whether it joins tensors along an axis
    multiplies_matrices(name)                    whether it multiplies rows with columns
    pooling_like(name, config, ndim)             the class of layer that reduces the same axes, None where there is none
    batch_shapes(config, batches)                other shapes where one begins with the size of the batch
    counterpart_of(backend, name)                what a function such as `tf.reduce_mean` is in `keras.ops`, or None
    total_of(sizes)                              how many elements there are, None where a size is not known
    opaque_operations()                          the functions through which no shape is followed, each with the reason

`config` are the arguments of Keras' class of the operation (`ops.mean(x, axis=1)` makes a `Mean(axis=1)`), and for an
index, as `x[:, 0]`, its `key`. Unlike in a layer, axis 0 is the batch in every argument. What an operation makes of
other arguments is Keras' to say: its own `compute_output_spec` is asked.
"""

from shapeguard.layers.operations.axis_functions import AXIS_CALLS, REDUCTIONS
from shapeguard.layers.operations.base import OperationFamily, total_of
from shapeguard.layers.operations.batches import SHAPES, batch_shapes
from shapeguard.layers.operations.counterparts import TRANSPOSES, Counterpart, counterpart_of, family_of
from shapeguard.layers.operations.counting import COUNTING
from shapeguard.layers.operations.opaque import is_opaque_operation, opaque_operations
from shapeguard.layers.operations.reductions import pooling_like
from shapeguard.layers.operations.registry import (
    covered_operations,
    is_elementwise,
    is_join,
    is_of_backend,
    multiplies_matrices,
    operation_rule_for,
    shapes_of_operation,
    tensors_of_operation,
    widens_codes,
)

__all__ = [
    "AXIS_CALLS",
    "COUNTING",
    "REDUCTIONS",
    "SHAPES",
    "TRANSPOSES",
    "Counterpart",
    "OperationFamily",
    "batch_shapes",
    "counterpart_of",
    "covered_operations",
    "family_of",
    "is_elementwise",
    "is_join",
    "is_of_backend",
    "is_opaque_operation",
    "multiplies_matrices",
    "opaque_operations",
    "operation_rule_for",
    "pooling_like",
    "shapes_of_operation",
    "tensors_of_operation",
    "total_of",
    "widens_codes",
]
