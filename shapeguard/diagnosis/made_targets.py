"""Targets that the program makes in another shape than the output has: the call that makes them, or both their sizes.

For outputs that no change of the network, of the loss or of the form of the targets makes fit.
"""

from __future__ import annotations

import ast
from dataclasses import replace
from typing import TYPE_CHECKING

from shapeguard.diagnosis.compared_targets import Compared, batched
from shapeguard.diagnosis.fit_edits import edit_of
from shapeguard.diagnosis.handed_over import given_in, training_call
from shapeguard.diagnosis.judged_targets import is_taken
from shapeguard.diagnosis.target_causes import ACCEPTED
from shapeguard.diagnosis.target_shapes import CLASS_NUMBERS
from shapeguard.records.findings import Cause
from shapeguard.source.array_makers import makers_of
from shapeguard.source.conversions import WHOLE, Leaf, expression_given
from shapeguard.source.fit_call import method_of
from shapeguard.source.statement_edits import between, end, replaced

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from shapeguard.diagnosis.faults import Fault
    from shapeguard.records.findings import Edit
    from shapeguard.records.network import Feed, Shape
    from shapeguard.records.source import Correction
    from shapeguard.source.trees import Source

CONSTANTS = frozenset({"ones", "zeros", "full", "fill"})
"""Functions that make an array of one value; its shape is their first argument."""
ADVERSARIES = frozenset({"train_on_batch", "test_on_batch"})
"""The methods that are given batches which the program makes for them."""
PADDED = frozenset({"pad_sequences"})
"""Keras' function that makes sequences of one length (utils/sequence_utils.py, 3.0 to 3.15)."""
_LENGTH = "maxlen"


def made_targets_first(fault: Fault, causes: tuple[Cause, ...]) -> tuple[Cause, ...]:
    """The causes behind targets of one value for each patch of a picture, which are made for the output's sake alone.

    So only for a single batch, as adversaries are trained: whole data of one value stands for other data.
    """
    feed, compared = fault.analysis.problem.feed, compared_first(fault)
    place = None if feed is None else training_call(feed)
    if feed is None or compared is None or place is None or method_of(place[1]) not in ADVERSARIES:
        return causes
    is_of_patches = len(compared.targets) == len(compared.output) and compared.targets[-1:] == compared.output[-1:]
    if not is_of_patches or any(cause.kind in {"targets", "loss"} for cause in causes):
        return causes
    made = tuple(_of_constants(fault, feed, compared))
    return (*made, *(replace(each, confidence="possible") for each in causes)) if made else causes


def causes_of_made_targets(fault: Fault) -> tuple[Cause, ...]:
    """The calls that made the targets, each to make the shape of the output, or to pad to its length."""
    feed, compared = fault.analysis.problem.feed, compared_first(fault)
    if feed is None or compared is None:
        return ()
    return tuple(_of_constants(fault, feed, compared)) or tuple(_of_lengths(fault, feed, compared))


def compared_first(fault: Fault) -> Compared | None:
    """The first targets that do not fit, beside their output; `None` where sizes or the loss are not known."""
    constraint, feed = fault.outputs[0] if fault.outputs else None, fault.analysis.problem.feed
    if constraint is None or feed is None or constraint.output is None or constraint.target is not None:
        return None
    compared = Compared.at(fault.analysis, constraint.output)
    if compared is None or None in (*compared.targets, *compared.output) or not compared.loss.is_keras:
        return None
    return compared


def wanted_targets(compared: Compared) -> Shape:
    """The targets that the loss takes beside the output: a value for each, or a number of a class."""
    if compared.loss.name not in CLASS_NUMBERS:
        return compared.output
    is_column = compared.targets[-1:] == (1,) and len(compared.targets) == len(compared.output)
    return (*compared.output[:-1], *((1,) if is_column else ()))


def written_part(feed: Feed, part: str, leaf: Leaf) -> tuple[Source, ast.Call, ast.expr] | None:
    """The training call, and the expression that it is given for a part."""
    place = training_call(feed)
    node = None if place is None else expression_given(place[1], given_in(feed, part), leaf)
    return None if place is None or node is None else (*place, node)


def _of_constants(fault: Fault, feed: Feed, compared: Compared) -> Iterator[Cause]:
    """Targets of one value, made in the shape of the output."""
    written = written_part(feed, "y", Leaf(compared.slot, len(feed.targets), compared.layer))
    if written is None or not takes_wanted(fault, feed, compared):
        return
    source, call, node = written
    makers = makers_of(source, node, CONSTANTS)
    changes = [_in_shape(source, each, compared) for each in makers]
    if makers and None not in changes:
        edits = [replace(edit_of(call, "y", each), layer="targets", argument="shape") for each in changes if each]
        yield cause_of_made(edits, f"the targets are made with the shape {batched(compared.targets)}", compared)


def _in_shape(source: Source, maker: ast.Call, compared: Compared) -> Correction | None:
    """A call that makes an array, with the sizes of the output behind that of the batch."""
    named = next((each.value for each in maker.keywords if each.arg in {"shape", "dims"}), None)
    shape = named if named is not None else next(iter(maker.args), None)
    rest = ", ".join(map(str, wanted_targets(compared)))
    match shape:
        case ast.Tuple(elts=[first, *more]) | ast.List(elts=[first, *more]) if len(more) == len(compared.targets):
            last = source.span(more[-1]) if more else source.span(first)
            span = between(source.span(first), last)
            text = f"{source.text(source.span(first))}, {rest}"
            if not more:
                span, text = source.span(shape), f"({text})"
            return replaced(source, maker, span, text)
        case ast.BinOp(left=ast.Tuple(elts=[_]), op=ast.Add(), right=more):
            return replaced(source, maker, source.span(more), f"({rest},)" if "," not in rest else f"({rest})")
        case ast.Name() | ast.Constant() | ast.Call() if not compared.targets:
            span = source.span(shape)
            return replaced(source, maker, span, f"({source.text(span)}, {rest})")
        case _:
            return None


def _of_lengths(fault: Fault, feed: Feed, compared: Compared) -> Iterator[Cause]:
    """The length to which sequences were padded, where only the axis of the steps has another size than the output."""
    targets, output = compared.targets, wanted_targets(compared)
    axes = [axis for axis, sizes in enumerate(zip(targets, output, strict=False)) if sizes[0] != sizes[1]]
    if len(targets) == len(output) and axes == [0]:
        yield from _of_padding(fault, feed, compared)


def _of_padding(fault: Fault, feed: Feed, compared: Compared) -> Iterator[Cause]:
    """The length to which inputs and targets were padded, the same for both."""
    of_targets = _padding(feed, "y", Leaf(compared.slot, len(feed.targets), compared.layer))
    of_inputs = _padding(feed, "x", WHOLE) if len(feed.inputs) == 1 else None
    if of_targets is not None and takes_wanted(fault, feed, compared):
        length = _length_text(of_inputs) or str(compared.output[0])
        change = _with_length(*of_targets, length)
        title = f"the targets were padded to {compared.targets[0]} steps, and the output has {compared.output[0]}"
        yield cause_of_made(_edits(feed, "y", change), title, compared)
    if of_inputs is not None and (of_targets is None or _length_text(of_targets)):
        length = (_length_text(of_targets) if of_targets else "") or str(compared.targets[0])
        change = _with_length(*of_inputs, length)
        title = f"the inputs were padded to {compared.output[0]} steps, and the targets have {compared.targets[0]}"
        yield replace(cause_of_made(_edits(feed, "x", change), title, compared), proven_by=None, proof="")


def _padding(feed: Feed, part: str, leaf: Leaf) -> tuple[Source, ast.Call] | None:
    """The only call that padded the sequences of a part."""
    written = written_part(feed, part, leaf)
    makers = [] if written is None else makers_of(written[0], written[2], PADDED)
    return (written[0], makers[0]) if written is not None and len(makers) == 1 else None


def _length(maker: ast.Call) -> ast.expr | None:
    """The length that a call of `pad_sequences` tells."""
    named = next((each.value for each in maker.keywords if each.arg == _LENGTH), None)
    return named if named is not None else next(iter(maker.args[1:2]), None)


def _length_text(padding: tuple[Source, ast.Call] | None) -> str:
    length = None if padding is None else _length(padding[1])
    return "" if padding is None or length is None else padding[0].text(padding[0].span(length))


def _with_length(source: Source, maker: ast.Call, length: str) -> Correction | None:
    """The call with this length."""
    told = _length(maker)
    if told is not None:
        return replaced(source, maker, source.span(told), length)
    return replaced(source, maker, end(source.span(maker.args[0])), f", {_LENGTH}={length}") if maker.args else None


def _edits(feed: Feed, part: str, change: Correction | None) -> list[Edit]:
    place = training_call(feed)
    return [] if place is None or change is None else [edit_of(place[1], part, change)]


def takes_wanted(fault: Fault, feed: Feed, compared: Compared) -> bool:
    """Whether the loss and the metrics take the targets in the shape that is wanted."""
    given = (*feed.targets[: compared.slot], wanted_targets(compared), *feed.targets[compared.slot + 1 :])
    problem = replace(fault.analysis.problem, feed=replace(feed, targets=given))
    return is_taken(problem, problem.network, compared.slot)


def cause_of_made(edits: Sequence[Edit], title: str, compared: Compared) -> Cause:
    """Targets that are made otherwise by these edits, after which the loss takes them."""
    return Cause(
        "targets",
        tuple(edits),
        proven_by="rebuilt" if edits else None,
        title=title,
        label=f"targets: {batched(compared.targets)}",
        fix_note=f"make targets {batched(wanted_targets(compared))}",
        proof=ACCEPTED if edits else "",
    )
