"""Functions that make a dataset of folders or of one long series: their arguments decide about the shapes in it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from shapeguard.diagnosis.handed_over import VALIDATION, training_call
from shapeguard.keras_compat import loss_calls
from shapeguard.keras_compat.loss_calls import Outcome
from shapeguard.records.findings import Cause, Edit
from shapeguard.source.conversions import WHOLE, Given, expression_given
from shapeguard.source.dataset_chains import argument, makers_of
from shapeguard.source.literals import Code
from shapeguard.source.slips import Writer
from shapeguard.source.statement_edits import end
from shapeguard.source.trees import last_name

if TYPE_CHECKING:
    import ast
    from collections.abc import Iterator, Sequence

    from shapeguard.diagnosis.analysis import Analysis
    from shapeguard.diagnosis.compared_targets import Compared
    from shapeguard.records.network import Feed, Shape
    from shapeguard.source.trees import Source

IMAGES = "image_dataset_from_directory"
LABELLED = frozenset({IMAGES, "text_dataset_from_directory", "audio_dataset_from_directory"})
SERIES = "timeseries_dataset_from_array"
PLACES = {"image_size": 7, "color_mode": 5, "label_mode": 2, "sequence_length": 2}
"""Where an argument stands by position: Keras 3.0 to 3.15, utils/image_dataset_utils.py and those beside it."""
COLOURS = {1: "grayscale", 3: "rgb", 4: "rgba"}
PAIR = 2
"""The classes for which "binary" labels are."""
PICTURE = 3
"""The axes of a picture."""


@dataclass(frozen=True, slots=True)
class _Maker:
    """A call that makes a dataset."""

    source: Source
    call: ast.Call

    @property
    def name(self) -> str:
        """The function's name."""
        return last_name(self.call.func) or ""

    def written(self, name: str) -> ast.expr | None:
        """What is passed for an argument."""
        return argument(self.call, name, PLACES[name])

    def edit(self, name: str, text: str) -> Edit:
        """Another value for an argument, that may not be written now."""
        written, write = self.written(name), Writer(self.source, self.source.span(self.call))
        if written is not None:
            span, replacement = self.source.span(written), text
            corrected = write.with_part(written, text)
        else:
            last = [*self.call.args, *(each.value for each in self.call.keywords)][-1]
            span, replacement = end(self.source.span(last)), f", {name}={text}"
            corrected = write.with_keyword(self.call, f"{name}={text}")
        return Edit(
            layer=self.name,
            argument=name,
            value=None if written is None else Code(write.text(written)),
            suggestion=Code(text),
            explicit=written is not None,
            span=self.source.span(self.call) if written is None else span,
            replaces=span,
            replacement=replacement,
            corrected=corrected,
        )


def with_maker(analysis: Analysis, causes: tuple[Cause, ...]) -> tuple[Cause, ...]:
    """The causes beside the arguments by which the dataset was made, which is no array that could be converted.

    An argument that was left out comes before what is written, any other behind what Keras has taken.
    """
    feed, conflicts = analysis.problem.feed, analysis.inputs.conflicts()
    if feed is None or feed.source != "dataset" or len(conflicts) != 1:
        return causes
    value = conflicts[0][0].outputs[0]
    given, declared = analysis.inputs.given.get(value, ())[1:], analysis.graph.shapes[value][1:]
    makers = list(_makers(feed))
    changes = [(name, text) for name, text in _changes(makers[0].name, given, declared)] if makers else []
    if not changes:
        return causes
    cause = _cause(makers, changes, "the shapes agree; the data is not read again")
    others = [replace(each, confidence="possible") for each in causes if not _converts(each)]
    is_left_out = any(makers[0].written(name) is None for name, _ in changes)
    place = 0 if is_left_out else sum(each.verified for each in others)
    return (*others[:place], cause, *others[place:])


def cause_of_labels(feed: Feed, compared: Compared) -> Cause | None:
    """Labels of another kind that the loss takes, where the function that reads them from folders can give them."""
    makers = [each for each in _makers(feed) if each.name in LABELLED]
    if feed.source != "dataset" or not makers or len(feed.targets) != 1 or not compared.loss.is_keras:
        return None
    kinds = (each for each in _kinds(compared) if each[1] != compared.targets)
    mode = next((mode for mode, shape in kinds if _fits(compared, shape)), None)
    return None if mode is None else _cause(makers, [("label_mode", f'"{mode}"')], "the labels are not read again")


def _kinds(compared: Compared) -> list[tuple[str, Shape]]:
    """(kind of labels, their shape for one sample) that may go with an output."""
    if compared.classes is not None:
        return [("categorical", (compared.classes,)), ("int", ())]
    return [("binary", (1,))] if compared.targets in {(), (PAIR,)} else []


def _fits(compared: Compared, shape: Shape) -> bool:
    return loss_calls.outcome(compared.loss, shape, "float32", compared.output) is Outcome.FITS


def _makers(feed: Feed) -> Iterator[_Maker]:
    """The calls that made what is handed over, and what is for validation beside it."""
    place = training_call(feed)
    if place is None:
        return
    for each in (Given("x"), Given(VALIDATION)):
        given = expression_given(place[1], each, WHOLE)
        for call in () if given is None else makers_of(place[0], given, (*LABELLED, SERIES)):
            yield _Maker(place[0], call)


def _changes(maker: str, given: Shape, declared: Shape) -> Iterator[tuple[str, str]]:
    """The arguments that give samples of the declared shape; nothing where they cannot."""
    if None in declared or len(given) != len(declared):
        return
    if maker == SERIES and given[0] != declared[0] and given[1:] == declared[1:]:
        yield "sequence_length", str(declared[0])
    if maker == IMAGES and len(declared) == PICTURE and declared[-1] in COLOURS:
        if given[:-1] != declared[:-1]:
            yield "image_size", str(declared[:-1])
        if given[-1] != declared[-1]:
            yield "color_mode", f'"{COLOURS[declared[-1]]}"'


def _cause(makers: Sequence[_Maker], changes: Sequence[tuple[str, str]], proof: str) -> Cause:
    alike = [each for each in makers if each.name == makers[0].name]
    edits = [maker.edit(name, text) for maker in alike for name, text in changes]
    named = " and ".join(f"`{name}`" for name, _ in changes)
    return Cause(
        "data",
        tuple(edits),
        title=f"{named} of `{makers[0].name}` decides about the shape",
        label="makes the data",
        proof=proof,
    )


def _converts(cause: Cause) -> bool:
    """Whether it would convert what is handed over, as if that were an array."""
    return cause.kind == "data" and cause.argument in {"x", VALIDATION} and any(each.layer for each in cause.edits)
