"""The table of all numbers that decide which cause is named first."""

from shapeguard.diagnosis.scoring import call_costs, costs, data_costs, weights
from shapeguard.diagnosis.scoring.weights import Weight


def weights_of(module):
    """The weights of a module by the names by which the code reads them; those of its tables with their keys."""
    found = {}
    for name, value in vars(module).items():
        if isinstance(value, Weight):
            found[name] = value
        elif isinstance(value, dict) and name.isupper():
            found.update({f"{name}[{key}]": weight for key, weight in value.items()})
    return found


TABLE = weights_of(weights) | weights_of(costs) | weights_of(call_costs) | weights_of(data_costs)
