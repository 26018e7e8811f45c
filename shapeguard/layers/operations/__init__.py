"""The rules of Keras' functional operations (`keras.ops`): which other arguments are worth trying, and why.

    rule = operation_rule_for("Mean")            None: nothing of the operation's own can be to blame
    rule.changes(config, inputs, wanted)         Changes of one argument: solved from `wanted`, then a small grid
    rule.hint(config, change)                    a sentence on the habit behind the fault, or ""
    tensors_of_operation(name)                   what each tensor is to it; (): in any order they make the same

`config` are the arguments of Keras' class of the operation (`ops.mean(x, axis=1)` makes a `Mean(axis=1)`), and for an
index, as `x[:, 0]`, its `key`. Unlike in a layer, axis 0 is the batch in every argument. What an operation makes of
other arguments is Keras' to say: its own `compute_output_spec` is asked.
"""

from shapeguard.layers.operations.base import OperationFamily
from shapeguard.layers.operations.registry import covered_operations, operation_rule_for, tensors_of_operation

__all__ = ["OperationFamily", "covered_operations", "operation_rule_for", "tensors_of_operation"]
