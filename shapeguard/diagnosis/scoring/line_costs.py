"""What it costs that a line of the program itself was meant otherwise."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shapeguard.diagnosis.scoring.weights import Weight

if TYPE_CHECKING:
    from collections.abc import Mapping

    from shapeguard.source.line_slips import Way

_CASE = "guard/test_refused_lines.py::test_a_line_that_was_refused_is_told_with_text_that_does"

WAYS: Mapping[Way, Weight] = {
    "samples": Weight(0.0, "the number of samples of another array", f"{_CASE}[samples of another array]"),
    "first size": Weight(0.9, "there would be more samples, or fewer", f"{_CASE}[channels]"),
    "own size": Weight(0.1, "a size that the array has", f"{_CASE}[channels]"),
    "size left over": Weight(0.6, "any size that is left over", f"{_CASE}[channels]"),
    "whole windows": Weight(-0.5, "samples that fill no whole window", f"{_CASE}[windows]"),
    "axis number": Weight(0.3, "an axis counted wrongly", f"{_CASE}[axis of a stack]"),
    "parts of an index": Weight(-0.2, "NumPy takes a list for indices of the first axis", f"{_CASE}[list of indices]"),
    "part of an index": Weight(0.3, "an axis that is not there", f"{_CASE}[column of a vector]"),
    "whole axis": Weight(0.2, "an index that forgets an axis", f"{_CASE}[channel of a picture]"),
    "not reduced": Weight(0.1, "class numbers need no argmax", f"{_CASE}[class numbers]"),
    "filled": Weight(
        0.0, "rows of several lengths are put into an array of the longest", f"{_CASE}[rows of several lengths]"
    ),
    "padded": Weight(0.0, "sentences are filled up to the longest", f"{_CASE}[sentences]"),
    "side by side": Weight(0.1, "features of the same samples are joined along axis 1", f"{_CASE}[side by side]"),
    "one by one": Weight(-0.2, "arrays that are to be joined are one argument", f"{_CASE}[one by one]"),
    "axis of one": Weight(0.0, "a model with one output gives a column", f"{_CASE}[column]"),
    "only sample": Weight(0.1, "a model gives a batch of one", f"{_CASE}[batch of one]"),
    "axis behind samples": Weight(0.2, "one number for each sample", f"{_CASE}[mean of each picture]"),
    "last axis": Weight(0.3, "channels that are not written", f"{_CASE}[pictures of one channel]"),
    "flat": Weight(0.3, "several axes beside one of features", f"{_CASE}[flat]"),
    "transposed": Weight(0.2, "a matrix the other way round", f"{_CASE}[product]"),
}
OTHER_SAMPLES = Weight(0.8, "there are more samples then, or fewer", f"{_CASE}[axis of a stack]")
AS_DECLARED = Weight(-0.5, "samples as an `Input` of the program declares them", f"{_CASE}[pictures of one channel]")
