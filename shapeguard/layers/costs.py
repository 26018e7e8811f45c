"""How far a change departs from what people write by mistake, as far as families share it.

0 is a usual slip (strides 3 -> 1), 1 plausible, 2 and more far-fetched. These numbers order the changes of one layer;
what an argument weighs against another, and a layer against another, is decided in diagnosis/scoring.
"""

FORGOTTEN = 0.1
"""An option whose default people forget, `padding` above all."""

SOLVED = 0.2
"""A size or an axis that follows from the shape that is wanted."""

EXCHANGED = 0.3
"""The numbers as they are, in another order."""

SHAPE_SOLVED = 0.3
"""A whole shape that follows from the one that is wanted: several sizes may differ."""

OTHER_AXIS = 0.5
"""Another axis to normalise, of which nothing but the rank is known."""

OTHER_FORMAT = 0.6
"""The other `data_format`, which is a fault of whole networks."""

GUESSED_SIZE = 1.2
"""A size near the one that is written."""

GUESSED_COUNT = 1.5
"""Twice or half as many channels, where nothing says how many."""
