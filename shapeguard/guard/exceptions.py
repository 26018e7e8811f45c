"""Exceptions that Keras raised over shapes, turned into the same kind of answer as a silent mismatch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from shapeguard.guard.terminal import print_errors_in_colour
from shapeguard.keras_compat import messages
from shapeguard.keras_compat.former_backend import missing_function
from shapeguard.report import ShapeMismatchError
from shapeguard.strict import suppress_internal_errors
from shapeguard.trace.raised_frames import is_raised_over_data, raised_by_user

if TYPE_CHECKING:
    from shapeguard.report import Report

# What Keras and its backends raise over shapes; memory, files, interrupts and the like never are.
_TYPES = (ValueError, TypeError, RuntimeError, IndexError, AttributeError, AssertionError)
_TENSORFLOW = ("InvalidArgumentError", "UnimplementedError")


def may_be_about_shapes(exception: BaseException) -> bool:
    """Whether an exception is of a kind that Keras and its backends raise over shapes, and not the user's own.

    Python itself raises in the user's line where a size is `None`.
    """
    is_of_type = isinstance(exception, _TYPES) or type(exception).__name__ in _TENSORFLOW or _misses_a_part(exception)
    if not is_of_type or messages.STATELESS in str(exception) or messages.RECURSES_TOO_DEEP in str(exception):
        return False
    is_open = messages.speak_of_open_sizes(str(exception))
    return is_open or missing_function(exception) is not None or not raised_by_user(exception)


def _misses_a_part(exception: BaseException) -> bool:
    """Whether Keras raised a `KeyError` over a loss that is of no output."""
    return isinstance(exception, KeyError) and messages.refuse_data(str(exception))


def must_be_answered(exception: BaseException, *, is_given_data: bool) -> bool:
    """Whether an exception that may be about shapes has an answer whatever is found.

    It speaks of shapes; or, in a method that `is_given_data`, Keras refused the structure or dtype of these.
    """
    text = str(exception)
    if messages.speak_of_shapes(text):
        return True
    is_over_data = messages.refuse_data(text) or is_raised_over_data(exception)
    return is_given_data and is_over_data and not messages.tells_no_data(text)


def was_caused_by(exception: BaseException, raised: BaseException | None) -> bool:
    """Whether `exception` is what a recorded call raised, or was raised by Keras while that was being handled."""
    if raised is None:
        return False
    seen: BaseException | None = exception
    while seen is not None:
        if seen is raised:
            return True
        seen = seen.__cause__ or seen.__context__
    return False


def message_of(report: Report) -> str:
    """The report's message; its bare facts where it cannot be written, for the verdict must not be lost over it."""
    with suppress_internal_errors("writing the message"):
        return report.message()
    return "\n".join(
        f"[{each.code}] layer {each.layer!r} ({each.layer_type}): expected {each.expected}, got {each.actual}"
        for each in report.diagnoses
    )


def wraps(exception: BaseException, verdict: BaseException) -> bool:
    """Whether TensorFlow put `exception` in the place of a verdict of ours, as it does inside of a trace."""
    return was_caused_by(exception, verdict) or str(verdict).partition("\n")[0] in str(exception)


def error_with(report: Report, message: str, original: BaseException | None = None) -> ShapeMismatchError:
    """The error to raise; where Python allows, an instance of the original's type too, so that handlers still match."""
    print_errors_in_colour()
    kind: type[ShapeMismatchError] = ShapeMismatchError
    if original is not None and not isinstance(original, ValueError):
        kind = _combined(type(original))
    error = kind(message)
    if kind is not ShapeMismatchError:
        vars(error).update(vars(original))  # what the original's own attributes and properties stand on
    error.report = report
    return error


_kinds: dict[type[BaseException], type[ShapeMismatchError]] = {}


def _combined(original: type[BaseException]) -> type[ShapeMismatchError]:
    """ShapeMismatchError that is an `original` too; itself where Python or the type's constructor does not allow it."""
    if original not in _kinds:
        try:
            own = {"__module__": "shapeguard", "__str__": BaseException.__str__}
            kind: Any = type("ShapeMismatchError", (ShapeMismatchError, original), own)
            kind("a message alone makes it")
        except Exception:  # noqa: BLE001  layouts conflict, or the constructor wants more than a message
            kind = ShapeMismatchError
        _kinds[original] = kind
    return _kinds[original]


def has_explanation(report: Report) -> bool:
    """Whether something was found that the user can act on, or at least the call that shapes made impossible."""
    return any(diagnosis.causes or diagnosis.expected is not None for diagnosis in report.diagnoses)
