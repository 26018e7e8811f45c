"""Programs as people write them, by kind; importing this package fills the table."""

from unchanged.programs import (
    data,
    functions,
    loops,
    models,
    modes,
    own_layers,
    own_methods,
    randomness,
    recurrent,
    training,
)
from unchanged.table import PROGRAMS

_KINDS = (data, functions, loops, models, modes, own_layers, own_methods, randomness, recurrent, training)

__all__ = ["PROGRAMS"]
