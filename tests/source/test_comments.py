"""Comments that state a shape, and those that only look like one; measured on comments of public Keras code."""

import json
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from shapeguard.records.expectations import Expectation
from shapeguard.source.comment_filters import settled
from shapeguard.source.comments import read, write
from shapeguard.source.reading import comments_of
from shapeguard.spec import AnySize, Fixed, Named, ShapeSpec, Variadic, parse

ROWS = json.loads(Path(__file__).with_name("comments.json").read_text(encoding="utf-8"))

FORMS = [
    ("#(None, 88, 318, 32)", 4, "None 88 318 32"),
    ("# (?, 570, 570, 64)", 4, "None 570 570 64"),
    ("# Output shape: (None, 128, 310, num_filters)", 4, "None 128 310 num_filters"),
    ("# -> 26x26x32", 4, "None 26 26 32"),
    ("# 30x30x64 -> 28x28x64", 4, "None 28 28 64"),
    ("# B 26 26 32", 4, "B 26 26 32"),
    ("# 26\u00d726\u00d732", 4, "None 26 26 32"),
    ("# (26, 26, 32)", 4, "None 26 26 32"),
    ("# (26, 26, 32)", 3, "26 26 32"),
    ("# TensorShape([None, 5])", 2, "None 5"),
    ("# [(None, 10), (None, 5)]", None, "[(None, 10), (None, 5)]"),
    ("# (B, T//4, D/2)", 3, "B T//4 D//2"),
    ("# now model.output_shape == (None, 64)", 2, "None 64"),
    ("# -> (64,)", 2, "None 64"),
    ("# Output: (10,)", 4, "None 10"),
    ("# (None, 17, 17, 64) after the pool", 4, "None 17 17 64"),
    ("# (None, rows=17, cols=17, 64)", 4, "None rows=17 cols=17 64"),
    ("# (None, {units-1})", 2, "None {units}-1"),
    ("# (padding=same, filters=n)", 2, None),
    ("# (activation=None, units=3)", 2, None),
    ("# C1 28x28", 4, None),
    ("# 336 x 336", 4, None),
    ("# (3, 3)", 4, None),
    ("# (2, 2) pool", 4, None),
    ("# 7x7x32 kernel", 4, None),
    ("# input: (None, 3)", 2, None),
    ("# (1,) or (1, 2)", 1, None),
    ("# (batch, time) if masked", 2, None),
    ("# noqa: E501", 2, None),
    ("# type: ignore  # (B, 10)", 2, "B 10"),
    ("# (B, 10)  # (3, 3) kernels, if masked", 2, "B 10"),
    ("# (B, #10, 4)", 3, "B #10 4"),
    ("# (B, 10)  # (B, 12)", 2, None),
    ("# x = Dense(10)(x)  # -> (B, 10)", 2, None),
    ("# type: (B, 10)", 2, None),
    ("# ()", 0, "()"),
    ("# ()", 2, None),
    ("# " + "(" * 100, 2, None),
    ("# (2**9999999, " + "9" * 300 + ")", 2, None),
]


def reading(comment, rank):
    """What a comment says of an output of this rank, as a spec; `None` where it is not read as a shape."""
    shape = read(comment)
    if shape is None:
        return None
    expectation = settled(Expectation("layer", shape.spec, origin="comment", text=comment, comment=shape), rank)
    return None if expectation is None else str(expectation.spec)


@pytest.mark.parametrize(("comment", "rank", "shape"), FORMS, ids=[f"{c[:40]} at rank {r}" for c, r, _ in FORMS])
def test_a_comment_is_read_as_a_shape_only_where_it_clearly_is_one(comment, rank, shape):
    assert reading(comment, rank) == shape


def test_precision_and_recall_on_public_comments_are_what_the_docs_say():
    found = [(row, reading(row["comment"], row["rank"])) for row in ROWS]
    same = [shape is not None and parse(shape) == _expected(row) for row, shape in found]
    read = sum(shape is not None for _, shape in found)
    stated = sum(row["shape"] is not None for row in ROWS)
    assert (len(ROWS), stated, read, sum(same)) == (377, 304, 281, 280)


def _expected(row):
    """The labelled shape; a leading `_` is the batch that the comment leaves out, and reads as any size."""
    if row["shape"] is None:
        return None
    return parse("None " + row["shape"][2:] if row["shape"].startswith("_ ") else row["shape"])


DIMS = st.one_of(
    st.integers(1, 4096).map(Fixed),
    st.sampled_from(["B", "N", "T", "S", "H", "width", "d_model", "x"]).map(Named),
    st.just(AnySize()),
)
SPECS = st.builds(
    lambda dims, place, open_end: ShapeSpec((*dims[:place], Variadic(), *dims[place:]) if open_end else tuple(dims)),
    st.lists(DIMS, max_size=5),
    st.integers(0, 5),
    st.booleans(),
)
PIECES = st.sampled_from([
    "#", "  # ", "#!", " ", "(", ")", "[", "]", ",", "(3, 3)", "(None, 24, 24, 32)", "B 26 26 32", "26x26x32", "->",
    "output shape:", "input", "now", "was 28", "if masked", "each", "kernels", "x = Dense(3)(x)", "type: ignore", "=>",
    "noqa", " #12", "fmt: off", "units=3", "()", "-1", "?", ":", ".", "\u2192", "TensorShape([None, 5])", "\t",
    "\x0c", "f(", "#64 ",
])  # fmt: skip
COMMENTS = st.one_of(
    st.lists(PIECES, max_size=12).map(lambda pieces: "# " + "".join(pieces)),
    st.text(st.characters(exclude_characters="\r\n"), max_size=40).map(lambda text: f"#{text}"),
    st.sampled_from([row["comment"] for row in ROWS]),
    st.just(""),
)


@given(COMMENTS, SPECS)
@example("# type: ignore (foo", parse("B 3"))
@example("# (None, 3) (None, 4)", parse("B 3"))
@example("#64 filters", parse("10"))
def test_what_is_written_into_a_comment_is_what_is_read_from_it(comment, spec):
    written = write(comment, spec)
    assert read(written).spec == spec
    assert written.startswith("#")
    assert write(written, spec) == written


def comments_of_the_corpus():
    """The comments of the programs in `tests/corpus` and of the tests themselves."""
    files = sorted(Path(__file__).parents[1].rglob("*.py"))
    comments = (c.text for file in files for c in comments_of(file.read_text(encoding="utf-8")))
    return list(dict.fromkeys(comments))


@pytest.mark.parametrize("spec", ["B 26 26 32", "None T 8", "10", "()"])
def test_every_comment_can_be_given_another_shape(spec):
    comments = [*(row["comment"] for row in ROWS), *comments_of_the_corpus()]
    assert len(comments) > 500
    for comment in comments:
        assert read(write(comment, parse(spec))).spec == parse(spec), comment


@pytest.mark.parametrize("spec", ["B rows=n", "B *axes=n", "1000 " * 64])
def test_what_no_comment_can_state_is_not_written(spec):
    with pytest.raises(ValueError, match="a comment cannot express "):
        write("# first", parse(spec))


def test_the_words_around_a_shape_are_kept():
    assert write("# noqa: E501", parse("B 3")) == "# (B, 3)  # noqa: E501"
    assert write("# type: ignore", parse("B 3")) == "# type: ignore  # (B, 3)"
    assert write("# -> (None, 4), after pooling  # see #12", parse("B 3")) == "# (B, 3)  # after pooling  # see #12"
    assert write("# first  # 4x4x9", parse("B 3")) == "# first  # (B, 3)"
