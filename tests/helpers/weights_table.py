"""The table of all numbers that decide which cause is named first."""

from shapeguard.diagnosis.scoring import call_costs, costs, data_costs, expression_costs, line_costs, weights
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


MODULES = (weights, costs, call_costs, data_costs, expression_costs, line_costs)
TABLE = {name: weight for module in MODULES for name, weight in weights_of(module).items()}
