"""Constructor calls with arguments that layers took in Keras 2, and with those of their own `call`."""

from __future__ import annotations

import ast
import inspect
from typing import TYPE_CHECKING

import keras

from shapeguard.diagnosis.rewritten_calls import RewriteCall
from shapeguard.layers.close_names import BATCHES, INPUT_SHAPES, keywords_of
from shapeguard.layers.keras1 import Modernised
from shapeguard.source.literals import Code
from shapeguard.source.reading import expression_of
from shapeguard.source.trees import source_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shapeguard.diagnosis.faults import Fault
    from shapeguard.records.source import Argument, Construction

OF_INPUT = "Keras 3 takes the size of a batch at the Input alone: `keras.Input(batch_shape={shape})` before the layer."


def propose_former_arguments(fault: Fault) -> Iterator[RewriteCall]:
    """The call without the size of a batch, which the Input has now, and without what the call of a layer takes."""
    for construction in fault.constructions:
        cls = getattr(keras.layers, construction.layer_type, None)
        if isinstance(cls, type):
            yield from _without_batch(construction, cls)
            yield from _of_the_call(construction, cls)


def _without_batch(construction: Construction, cls: type) -> Iterator[RewriteCall]:
    """`input_shape=(10, 3)` for `batch_input_shape=(16, 10, 3)`; the shape goes where the batch has to be known."""
    written = {argument.name: argument for argument in construction.arguments if argument.position is None}
    taken = keywords_of(cls)
    former = next((written[name] for name in BATCHES if name in written and name not in taken), None)
    if former is not None:
        yield _moved(construction, written, former)


def _moved(construction: Construction, written: dict[str, Argument], former: Argument) -> RewriteCall:
    hint = OF_INPUT.format(shape=_whole_shape(written, former))
    if "stateful" in written and written["stateful"].value is True:
        declaring = (written[name] for name in INPUT_SHAPES if name in written)
        return _without(construction, [former, *declaring], hint)
    if isinstance(former.value, list | tuple) and "input_shape" not in written:
        return _of_samples(construction, former, tuple(former.value[1:]), hint)
    return _without(construction, [former], hint)


def _of_samples(construction: Construction, former: Argument, sample: tuple[object, ...], hint: str) -> RewriteCall:
    code = _without_first(former)
    spelled = {} if code is None else {"input_shape": Code(code)}
    new = Modernised({}, {former.name: ("input_shape", sample)})
    return RewriteCall(construction, former, ((former, "input_shape", sample),), new, hint=hint, spelled=spelled)


def _without(construction: Construction, gone: list[Argument], hint: str) -> RewriteCall:
    edits = tuple((each, each.name, None) for each in gone)
    return RewriteCall(construction, gone[0], edits, Modernised({}, {each.name: None for each in gone}), hint=hint)


def _whole_shape(written: dict[str, Argument], former: Argument) -> str:
    """The shape with the batch, as far as the call tells it."""
    if isinstance(former.value, list | tuple):
        return str(tuple(former.value))
    sample = getattr(written.get("input_shape"), "value", None)
    return str((former.value, *sample)) if isinstance(sample, list | tuple) else f"({former.value}, ...)"


def _without_first(former: Argument) -> str | None:
    """The sizes behind the batch as they are written; `None` where they are not written one by one."""
    source = None if former.span is None else source_of(former.span.file)
    text = "" if source is None or former.span is None else source.text(former.span)
    match expression_of(text.partition("=")[2]):
        case ast.Tuple(elts=[_, *sizes]) | ast.List(elts=[_, *sizes]) if sizes and not any(
            isinstance(each, ast.Starred) for each in sizes
        ):
            return f"({', '.join(map(ast.unparse, sizes))}{',' if len(sizes) == 1 else ''})"
        case _:
            return None


def _of_the_call(construction: Construction, cls: type) -> Iterator[RewriteCall]:
    """The constructor without arguments that the call of the layer takes: `use_causal_mask=True`."""
    taken = set(inspect.signature(getattr(cls, "call", cls)).parameters) - set(keywords_of(cls))
    passed = [each for each in construction.arguments if each.position is None and each.name in taken]
    if not passed:
        return
    names = ", ".join(f"{each.name}={each.value!r}" for each in passed)
    hint = f"The call of the layer takes it, `layer(..., {names})`: pass it there."
    yield _without(construction, passed, hint)
