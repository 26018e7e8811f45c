"""The exceptions about what a guard was given; `ShapeMismatchError`, which carries a report, is in `report`."""

from __future__ import annotations

from shapeguard.legible import Legible


class SpecError(Legible, ValueError):
    """[SG503] A shape specification that cannot be read: the text, a caret under the place, and a hint."""

    # keras.utils.traceback_utils rebuilds exceptions as e.__class__(text) unless this is set (3.0.5 to 3.15 read it).
    _keras_call_info_injected = True


class ExpectationError(Legible, ValueError):
    """[SG502] The guard was set up wrongly: a key that names no layer, a contract file, an option."""

    _keras_call_info_injected = True
