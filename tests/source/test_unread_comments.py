"""Comments that look like shapes and are not read: why, in a few words."""

import pytest

from shapeguard.source.comments import read
from shapeguard.source.unread_comments import reason_against

REASONS = {
    "# [0, 1]": "a range",
    "# (-1, 1)": "a range",
    "# output [3]": "a number in brackets",
    "# (None, 4) (None, 5)": "words or another shape after it",
    "# (B, 4)  # (B, 5)": "two shapes",
    "# (B, 4) if masked": "words or another shape after it",
    "# input (28, 28, 1)": "the input's shape",
    "# dog -> 1": "an arrow from something else",
    "# block 11x11x16": "words before it",
    "# see fig. 2 (a, b)": "words before it",
    "# 28x28 or 30x30": "words or another shape after it",
    "# [..., 3]": "not clearly a shape",
    "# x = Dense(10)(x)": None,
    "# noqa: E501": None,
    "# 64 filters": None,
    "# (no padding)": None,
    "# type: ignore[arg-type]": None,
    "# TODO(me): later": None,
}


@pytest.mark.parametrize("comment", REASONS)
def test_a_comment_that_looks_like_a_shape_has_a_reason(comment):
    assert read(comment) is None
    assert reason_against(comment) == REASONS[comment]
