"""The exceptions that users catch. Each is built from one string; the payload is set afterwards."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shapeguard.legible import Legible

if TYPE_CHECKING:
    from shapeguard.report import Report


class ShapeMismatchError(Legible, ValueError):
    """A layer's actual shape is not the expected one, or Keras raised over a shape; `report` holds the findings."""

    # keras.utils.traceback_utils rebuilds exceptions as e.__class__(text) unless this is set (3.0.5 to 3.15 read it).
    _keras_call_info_injected = True
    report: Report | None = None


class SpecError(Legible, ValueError):
    """[SG503] A shape specification that cannot be read: the text, a caret under the place, and a hint."""

    _keras_call_info_injected = True


class ExpectationError(Legible, ValueError):
    """[SG502] The guard was set up wrongly: a key that names no layer, a contract file, an option."""

    _keras_call_info_injected = True
