"""The texts of a constructor call that raised, and of the call that Keras takes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shapeguard.records.findings import Diagnosis
from shapeguard.records.source import Opaque

if TYPE_CHECKING:
    from shapeguard.diagnosis.problem import Problem
    from shapeguard.diagnosis.rewritten_calls import RewriteCall
    from shapeguard.records.findings import Cause
    from shapeguard.records.source import Argument, Construction

PROOF = "the constructor accepts it; what follows is not known"


def diagnosis(problem: Problem, construction: Construction, causes: tuple[Cause, ...]) -> Diagnosis:
    """The diagnosis of a layer that cannot be made."""
    text = "" if problem.failure is None else problem.failure.text
    reason = _reason(construction, text)
    return Diagnosis(
        code="SG601",
        layer=construction.layer,
        layer_type=construction.layer_type,
        causes=causes,
        original=None if problem.failure is None else f"{problem.failure.exception_type}: {text}",
        headline=f"layer '{construction.layer}' ({construction.layer_type}) cannot be created: {reason}",
        raised_at=problem.raised_at,
    )


def _reason(construction: Construction, text: str) -> str:
    """What Keras says; of a padding that is no word it says nothing that helps."""
    padding = next((argument.value for argument in construction.arguments if argument.name == "padding"), "")
    return f"`padding` cannot be {padding}" if isinstance(padding, int) else text.splitlines()[0]


def texts_of(repair: RewriteCall) -> tuple[str, str, str, str, str]:
    """Title, label, explanation, note on the fix, and proof of a repair."""
    argument, name, value = repair.edits[0]
    if repair.is_keras_1:
        return _title(repair), _label(repair.first), _explanation(repair), "", PROOF
    construction, written = repair.construction, f"{argument.name}={argument.value!r}"
    if repair.new.renamed and name != argument.name:
        return _close_names(repair), written, repair.hint, "", PROOF
    if name in repair.new.renamed:
        return f"{construction.layer_type} has no {_names(repair)}", written, repair.hint, "", PROOF
    title = f"argument `{written}` of {construction.layer_type} '{construction.layer}'"
    lines = [f"with {name} {value}, Keras accepts the call", *filter(None, [repair.hint])]
    return title, written, "\n".join(lines), "", PROOF


def _close_names(repair: RewriteCall) -> str:
    """Which names the keywords that there are not were meant to be."""
    meant = ", ".join(f"`{name}`" for _, name, _ in repair.edits)
    return f"{repair.construction.layer_type} has no {_names(repair)}: did you mean {meant}?"


def _names(repair: RewriteCall) -> str:
    names = ", ".join(f"`{argument.name}`" for argument, _, _ in repair.edits)
    return f"argument{'s' if len(repair.edits) > 1 else ''} {names}"


def _title(repair: RewriteCall) -> str:
    renamed = repair.new.renamed
    if not renamed:
        label = _label(repair.first)
        return f"argument `{label}` of {repair.construction.layer_type} is in the position of a Keras 1 kernel size"
    names = ", ".join(f"`{name}`" for name in renamed)
    return f"{names} {'is a Keras 1 name' if len(renamed) == 1 else 'are Keras 1 names'}"


def _explanation(repair: RewriteCall) -> str:
    """What each name is now, and what sizes in a row were."""
    lines = [f"`{name}` is now `{new[0]}`" for name, new in repair.new.renamed.items() if new is not None]
    sizes = repair.new.values.get("kernel_size")
    if isinstance(sizes, tuple):
        kernel = "x".join(map(str, sizes))
        lines.append(
            f"{repair.construction.layer_type} takes (filters, kernel_size, strides, ...). Separate sizes for a "
            f"{kernel} kernel are Keras 1 syntax."
        )
    return "\n".join(lines)


def _label(argument: Argument) -> str:
    return f"{argument.name}={argument.value!r}" if not isinstance(argument.value, Opaque) else f"{argument.name}=..."
