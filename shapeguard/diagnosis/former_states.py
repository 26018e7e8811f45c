"""The diagnosis of a recurrent layer that is asked for its states as in Keras 2, and the number that it takes now."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shapeguard.diagnosis.structure_edits import import_edit
from shapeguard.diagnosis.what_keras_said import diagnosis_of_one
from shapeguard.records.findings import Cause, Edit
from shapeguard.source.literals import Code
from shapeguard.source.slips import Writer
from shapeguard.source.spelling import spelled

if TYPE_CHECKING:
    import ast

    from shapeguard.records.findings import Diagnosis
    from shapeguard.records.network import Failure
    from shapeguard.records.source import Span
    from shapeguard.source.trees import Source

SHAPE = "keras.ops.shape"


def diagnosis_of_state(
    source: Source, call: ast.Call, given: ast.expr, layer: tuple[str, str], failure: Failure, raised_at: Span | None
) -> Diagnosis | None:
    """The diagnosis; `None` where the program has another meaning for the name of Keras' function."""
    function = spelled(source, call, SHAPE)
    if function is None:
        return None
    write, span = Writer(source, source.span(call)), source.span(given)
    text = f"batch_size={function.text}({write.text(given)})[0]"
    edit = Edit(
        layer=layer[0],
        argument="batch_size",
        value=Code(write.text(given)),
        suggestion=Code(text.partition("=")[2]),
        layer_type=layer[1],
        layers=(layer[0],),
        explicit=True,
        span=span,
        replaces=span,
        replacement=text,
        corrected=write.with_part(given, text),
    )
    needs = [] if function.needs is None else [import_edit(function.needs)]
    cause = Cause(
        "inputs",
        (edit, *needs),
        confidence="cause",
        title=f"`get_initial_state` of '{layer[0]}' takes the number of samples in Keras 3, and no tensor",
        label="a tensor",
    )
    headline = f"layer '{layer[0]}' ({layer[1]}) is asked for its states with a tensor"
    return diagnosis_of_one(cause, layer[1], failure, headline, raised_at)
