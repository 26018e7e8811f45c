"""Another number of arrays than the model has inputs, or outputs with a loss."""

from __future__ import annotations

import ast
from itertools import accumulate
from typing import TYPE_CHECKING

from shapeguard.diagnosis.compared_targets import batched
from shapeguard.diagnosis.fit_edits import Converted, edit_in_words, edit_of, edits_of_parts
from shapeguard.diagnosis.handed_over import given_in, is_of_validation, training_call, whole_given
from shapeguard.diagnosis.listed_samples import cause_of_listed_samples
from shapeguard.diagnosis.stacked_lists import of_stacked_lists
from shapeguard.records.findings import Cause
from shapeguard.source.conversions import WHOLE, Given, expression_given
from shapeguard.source.fit_call import argument_of
from shapeguard.source.generators import yielded
from shapeguard.source.statement_edits import replaced
from shapeguard.source.trees import last_name
from shapeguard.spec import shapes_agree

if TYPE_CHECKING:
    from collections.abc import Sequence

    from shapeguard.diagnosis.analysis import Analysis
    from shapeguard.records.findings import Edit
    from shapeguard.records.network import Feed, Shape
    from shapeguard.source.trees import Source

NOUNS = {"x": "input", "y": "output"}
STACKS = frozenset({"array", "asarray", "stack"})
"""Functions that put the arrays of a list into one, behind each other on a new first axis."""
OF_DATASET = "{{x}}.map(lambda {names}: ({parts}))"


def of_another_number(analysis: Analysis, feed: Feed) -> Cause | None:
    """The inputs or the targets where they are more or fewer arrays than the model has inputs or outputs."""
    network = analysis.problem.network
    for argument, values, part in zip(NOUNS, (network.inputs, network.outputs), feed.parts, strict=False):
        if len(part) in (0, len(values)) or (argument == "y" and len(part) == len(feed.targets)):
            continue
        return _of_part(analysis, feed, argument, part, values)
    return None


def _of_part(analysis: Analysis, feed: Feed, argument: str, part: Sequence[Shape], values: Sequence[int]) -> Cause:
    """The arrays of one part, for these tensors of the model."""
    graph, noun = analysis.graph, NOUNS[argument]
    own = [graph.shapes[value][1:] for value in values]
    of_list = of_stacked_lists(feed, argument, part, len(own)) or _of_listed(analysis, feed, argument)
    if of_list is not None:
        return of_list
    names = [graph.nodes[graph.producer[value]].call.layer for value in values]
    edits = _edits(feed, argument, part, own)
    beside = " of validation_data" if is_of_validation(feed) else ""
    listed = ", ".join(f"'{name}' {batched(shape)}" for name, shape in zip(names, own, strict=True))
    given = f"{argument}{beside} is {_counted(len(part), 'array')}, {', '.join(map(batched, part))}"
    return Cause(
        "data" if argument == "x" else "targets",
        tuple(edits or _marked(feed, argument, part)),
        title=f"{given}; the model has {_counted(len(values), noun)}: {listed}",
        label=f"{len(part)} for {len(values)}",
        fix_note=f"give each {noun} its part" if edits else f"give an array for each {noun}",
    )


def _of_listed(analysis: Analysis, feed: Feed, argument: str) -> Cause | None:
    """The arrays that are predicted of as the samples of one."""
    is_alone = argument == "x" and feed.phase == "predict" and feed.source == "arrays"
    return cause_of_listed_samples(analysis, feed, argument, feed.given, None) if is_alone else None


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def _marked(feed: Feed, argument: str, part: Sequence[Shape]) -> list[Edit]:
    """The place where the arrays are handed over: which ones are missing, or too many, the author knows."""
    shapes = part[0] if len(part) == 1 else tuple(part)
    edit = edit_in_words(feed, Converted(given_in(feed, argument), "", shapes), argument)
    return [] if edit.span is None else [edit]


def _edits(feed: Feed, argument: str, part: Sequence[Shape], own: Sequence[Shape]) -> list[Edit]:
    """One array for each of the inputs, if the program shows elsewhere that this is meant; else its parts."""
    return _given_again(feed, argument, part, own) or _parts(feed, argument, part, own)


def _parts(feed: Feed, argument: str, part: Sequence[Shape], own: Sequence[Shape]) -> list[Edit]:
    """One array taken apart where the program hands it over; none where its parts are no inputs or outputs."""
    pieces = _pieces_in(feed, argument, part[0], own) if len(part) == 1 and len(own) > 1 else ""
    if not pieces or argument in feed.frames:
        return []
    given = given_in(feed, argument)
    shape = (feed.samples, *part[0])
    if feed.source == "arrays":
        return edits_of_parts(feed, [Converted(given, f"[{pieces}]", shape)]) or []
    as_tuple = f"tuple({pieces})" if " for " in pieces else f"({pieces})"  # a dataset stacks lists
    if feed.source == "dataset":
        return _of_mapped(feed, argument, as_tuple, shape)
    return _of_yielded(feed, argument, as_tuple)


def _of_mapped(feed: Feed, argument: str, code: str, shape: Shape) -> list[Edit]:
    """The tensor taken apart by a `map` where the dataset is handed over."""
    names = ["x", "y", "w"][: len(feed.parts)]
    wanted = [code.format(x=name) if name == argument else name for name in names]
    mapped = OF_DATASET.format(names=", ".join(names), parts=", ".join(wanted))
    given = whole_given(feed)
    return edits_of_parts(feed, [Converted(given, mapped, shape)]) or []


def _given_again(feed: Feed, argument: str, part: Sequence[Shape], own: Sequence[Shape]) -> list[Edit]:
    """The one array for every input, in `validation_data` of a call that gives `x` so; nothing of other calls."""
    place = training_call(feed)
    if place is None or argument != "x" or not is_of_validation(feed) or len(part) != 1 or not _take(part[0], own):
        return []
    given = argument_of(place[1], "x")
    texts = {ast.unparse(each) for each in given.elts} if isinstance(given, ast.List | ast.Tuple) else set()
    code = f"[{', '.join(['{x}'] * len(own))}]"
    return edits_of_parts(feed, [Converted(given_in(feed, "x"), code, part[0])]) or [] if len(texts) == 1 else []


def _pieces_in(feed: Feed, argument: str, shape: Shape, own: Sequence[Shape]) -> str:
    """The parts of the only array that is given for an argument."""
    given = feed.given[0] if argument == "x" and len(feed.given) == 1 else ()
    return _pieces(shape, own, next(iter(given), None), is_column=argument == "y")


def _pieces(shape: Shape, own: Sequence[Shape], first: int | None, *, is_column: bool) -> str:
    """The parts of one array as code on `{x}`, where each is what one input or output takes; "" if they are not.

    `first` is the size of the axis before those of `shape`, where the parts may stand as well; `None` if not known.
    """
    count = len(own)
    if shape[:1] == (count,) and ((is_column and len(shape) == 1) or _take(shape[1:], own)):
        return f"{{x}}[:, i] for i in range({count})"
    if shape[-1:] == (count,) and _take(shape[:-1], own):
        return f"{{x}}[..., i] for i in range({count})"
    if first in {None, count} and len(shape) > 1 and _take(shape[1:], own):
        return f"{{x}}[i] for i in range({count})"
    return _side_by_side(shape, own)


def _side_by_side(shape: Shape, own: Sequence[Shape]) -> str:
    """The parts of an array in which all stand behind each other on the last axis."""
    ends = list(accumulate(each[-1] or 0 if each else 0 for each in own))
    if not all(own) or shape[-1:] != (ends[-1],) or not _take(shape[:-1], [each[:-1] for each in own]):
        return ""
    bounds = zip(["", *ends[:-1]], [*ends[:-1], ""], strict=True)
    return ", ".join(f"{{x}}[..., {start}:{end}]" for start, end in bounds)


def _take(shape: Shape, own: Sequence[Shape]) -> bool:
    return all(shapes_agree(shape, each) for each in own)


def _of_yielded(feed: Feed, argument: str, code: str) -> list[Edit]:
    """The array taken apart where a generator of the program yields it; none where that is not in sight."""
    place = training_call(feed)
    node = None if place is None else expression_given(place[1], Given("x"), WHOLE)
    value = None if place is None or node is None else yielded(*place, node)
    elements = list(getattr(value, "elts", []))
    index = list(NOUNS).index(argument)
    if place is None or value is None or index >= len(elements):
        return []
    span = place[0].span(elements[index])
    text = _unstacked(place[0], elements[index]) or code.format(x=place[0].text(span))
    return [edit_of(place[1], "x", replaced(place[0], value, span, text))]


def _unstacked(source: Source, node: ast.expr) -> str:
    """The arrays in a call that puts them into one, as a tuple: `np.array([left, right])`; "" of other expressions."""
    match node:
        case ast.Call(func=function, args=[ast.List(elts=[_, _, *_]) as display], keywords=[]):
            is_stack = last_name(function) in STACKS
            return f"({source.text(source.span(display))[1:-1]})" if is_stack else ""
        case _:
            return ""
