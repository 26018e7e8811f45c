"""Costs of changes that families share: how far a change is from what people write by mistake.

0 is a usual slip (strides 3 -> 1), 1 plausible, 2 and more far-fetched. These numbers order the changes of one layer;
what an argument weighs against another, and a layer against another, is decided in diagnosis/scoring.
"""

FORGOTTEN = 0.1
"""An option whose default people forget, mostly `padding`."""

SOLVED = 0.2
"""A size or an axis computed from the wanted shape."""

REWRITTEN = 0.1
"""Another calculation of a size in the words of its line, as `size + 1` for `size`: a term or a factor is forgotten."""

DOUBLED = 0.6
"""The double, or the half, of what is calculated: a number behind it is as likely to be another."""

NEXT_REWRITING = 0.02
"""For each calculation that is likelier and gives the same."""

NEXT_DIVISOR = 0.1
"""For each divisor of a size that is nearer to a number that divides none: of 64 features 5 heads are 4 before 2."""

EXCHANGED = 0.3
"""The same numbers in another order."""

SHAPE_SOLVED = 0.3
"""A whole shape computed from the wanted one: several sizes may differ."""

KEPT_AXES = 0.6
"""`keepdims=True` for a whole map: one pixel is seldom what a layer behind it wants."""

OTHER_AXIS = 0.5
"""Another axis to normalise, chosen by rank only."""

OTHER_FORMAT = 0.6
"""The other `data_format`: a mistake in a whole network rather than in one layer."""

GUESSED_SIZE = 1.2
"""A size near the written one."""

GUESSED_COUNT = 1.5
"""Twice or half as many channels, if no number is known."""
