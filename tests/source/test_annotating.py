"""Observed shapes become trailing comments, and nothing else changes."""

import ast
import json
from pathlib import Path

import pytest

from shapeguard.source import trees
from shapeguard.source.annotating import annotated
from shapeguard.source.comments import parts_of, read, stated_in
from shapeguard.source.files import Places, SourceError, decoded
from shapeguard.source.reading import comments_of
from shapeguard.source.statements import declared_in

LAYERS = {"Conv2D", "Dense", "LSTM", "Embedding", "Input"}


def runs_for(text, *shapes_by_run):
    """Each run gives every layer's constructor call of the text the same shapes."""
    places = Places(text, "model.py")
    calls = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Call)]
    spans = [places.span(call) for call in calls if getattr(call.func, "id", "") in LAYERS]
    return [dict.fromkeys(spans, shapes) for shapes in shapes_by_run]


def after(text, *shapes_by_run):
    outcome = annotated(decoded("model.py", text.encode()), runs_for(text, *shapes_by_run))
    return outcome.text


ONE = ((2, 26, 26, 32),)
OTHER = ((3, 26, 26, 32),)


@pytest.mark.parametrize(
    ("before", "expected"),
    [
        ("x = Conv2D(32, 3)(x)\n", "x = Conv2D(32, 3)(x)  # (B, 26, 26, 32)\n"),
        ("x = Conv2D(32, 3)(x)", "x = Conv2D(32, 3)(x)  # (B, 26, 26, 32)"),
        ("x = Conv2D(32, 3)(x)   \r\n", "x = Conv2D(32, 3)(x)  # (B, 26, 26, 32)\r\n"),
        ("x = Conv2D(\n    32,\n    3,\n)(x)\n", "x = Conv2D(\n    32,\n    3,\n)(x)  # (B, 26, 26, 32)\n"),
        ("m = [\n    Conv2D(3, 3),\n]\n", "m = [\n    Conv2D(3, 3),  # (B, 26, 26, 32)\n]\n"),
        ("Conv2D(3)  # (9, 9, 9, 9)\n", "Conv2D(3)  # (B, 26, 26, 32)\n"),
        ("Conv2D(3)  # -> (None, 24, 24, 32)\n", "Conv2D(3)  # (B, 26, 26, 32)\n"),
        ("Conv2D(3)  # Output shape: (None, 24, 24, 32)\n", "Conv2D(3)  # (B, 26, 26, 32)\n"),
        ("Conv2D(3)  # 24x24x32\n", "Conv2D(3)  # (B, 26, 26, 32)\n"),
        ("Conv2D(3)  # B 24 24 32\n", "Conv2D(3)  # (B, 26, 26, 32)\n"),
        ("Conv2D(3) # first\n", "Conv2D(3) # (B, 26, 26, 32)  # first\n"),
        ("Conv2D(3)  # type: ignore\n", "Conv2D(3)  # type: ignore  # (B, 26, 26, 32)\n"),
        ("Conv2D(3)  # noqa: E501\n", "Conv2D(3)  # (B, 26, 26, 32)  # noqa: E501\n"),
        ("Conv2D(3)  # first  # (1, 2, 3, 4)\n", "Conv2D(3)  # first  # (B, 26, 26, 32)\n"),
        ("Conv2D(3)  # (None, 24, 24, 32)  was 28\n", "Conv2D(3)  # (B, 26, 26, 32)  # (None, 24, 24, 32)  was 28\n"),
        ("Conv2D(3)  # -> (None, 24, 24, 32), pooled\n", "Conv2D(3)  # (B, 26, 26, 32), pooled\n"),
        ("Conv2D(3)  # H W 32\n", "Conv2D(3)  # (B, 26, 26, 32)  # H W 32\n"),
        ("x = Conv2D(3)(\n    x\n)\n", "x = Conv2D(3)(\n    x\n)  # (B, 26, 26, 32)\n"),
        ("m.add(Conv2D(3))\n", "m.add(Conv2D(3))  # (B, 26, 26, 32)\n"),
        ("m = Model(x, Conv2D(3)(x))\n", "m = Model(x, Conv2D(3)(x))  # (B, 26, 26, 32)\n"),
        ("m = keras.Model(x, outputs=Conv2D(3)(x))\n", "m = keras.Model(x, outputs=Conv2D(3)(x))  # (B, 26, 26, 32)\n"),
        ("Conv2D(3)  # (None, 26, 26, 32)  fine\n", "Conv2D(3)  # (None, 26, 26, 32)  fine\n"),
        ("Conv2D(3)  # (3, 3) kernels\n", "Conv2D(3)  # (B, 26, 26, 32)  # (3, 3) kernels\n"),
        ("B = 4\nConv2D(3)\n", "B = 4\nConv2D(3)  # (N, 26, 26, 32)\n"),
        ("Conv2D('#')\n", "Conv2D('#')  # (B, 26, 26, 32)\n"),
    ],
)
def test_a_comment_is_written_or_replaced(before, expected):
    assert after(before, ONE, OTHER) == expected
    assert after(expected, ONE, OTHER) == expected


@pytest.mark.parametrize(
    "comment",
    [
        "(200, 26, 26, 32)",
        "(None, 26, 26, 32)",
        "(N, H, W, 32)",
        "(26, 26, 32)",
        "(..., 32)",
        "B 26 26 32",
        "(N, S, S, F)",
        "26x26x32",
        "-> (None, 26, 26, 32), as always",
    ],
)
def test_a_comment_that_agrees_stays_as_its_author_wrote_it(comment):
    assert after(f"Conv2D(3)  # {comment}\n", ONE, OTHER) == f"Conv2D(3)  # {comment}\n"


def test_sizes_that_differ_between_runs_become_letters():
    text = "a = Embedding(9, 8)(x)\n"
    assert after(text, ((2, 64, 8),), ((3, 96, 8),)) == "a = Embedding(9, 8)(x)  # (B, T, 8)\n"
    assert after("T = 1\n" + text, ((2, 64, 8),), ((3, 96, 8),)) == "T = 1\na = Embedding(9, 8)(x)  # (B, S, 8)\n"


def test_one_run_with_an_unknown_batch_is_enough_for_its_letter():
    assert after("Dense(3)\n", ((None, 3),)) == "Dense(3)  # (B, 3)\n"
    assert after("LSTM(3)\n", ((None, None, 3),)) == "LSTM(3)  # (B, None, 3)\n"


def test_a_size_that_differs_within_a_run_is_left_open():
    assert after("Conv2D(3)\n", ((2, 28, 3), (2, 14, 3)), ((3, 28, 3), (3, 14, 3))) == "Conv2D(3)  # (B, None, 3)\n"


LEFT_OUT = {
    "Dense(3), Dense(4)\n": "model.py:1: 2 layers end on this line; write one per line",
    "x = Dense(3) + \\\n  y\n": "model.py:1: the line ends with a backslash",
    'f(Dense(3), """\n""")\n': "model.py:1: the line ends inside a string",
    "x = relu(Dense(3)(x))\n": "model.py:1: a comment there would apply to other layers too",
    "x = Dense(3)(x) + y\n": "model.py:1: a comment there would apply to other layers too",
    "x = Dense(3)(x); y = relu(x)\n": "model.py:1: a comment there would apply to other layers too",
}


@pytest.mark.parametrize("text", LEFT_OUT)
def test_a_line_that_cannot_take_one_comment_is_left_out_and_named(text):
    outcome = annotated(decoded("model.py", text.encode()), runs_for(text, ((None, 3),)))
    assert (outcome.text, outcome.written, outcome.left) == (text, 0, (LEFT_OUT[text],))


PROGRAM = """
def build(steps, *, width=3):
    i = Input((4,))
    x = Dense(3)(
        i  # in
    )
    x = Dense(4)(x) + x
    if width: x = relu(Dense(5)(x))
    m = Sequential([
        Dense(6),  # (3, 3) kernels
        Wrapped(
            Dense(7),
        ),
    ])
    m.add(
        Dense(8)
    )  # was 9
    return Dense(10)(m(x))  # type: ignore  # see above
"""


def test_the_guard_reads_each_comment_as_of_the_layer_that_it_was_written_for():
    text = after(PROGRAM, ((None, 3, 4),))
    source = trees.indexed(Places(text, "model.py"), ast.parse(text))
    read = {
        ast.unparse(declaration.node): str(declaration.comment.spec)
        for declarations in declared_in(source).by_place.values()
        for declaration in declarations
    }
    layers = ["Input((4,))", "Dense(3)(i)", "Dense(6)", "Dense(7)", "Dense(8)", "Dense(10)(m(x))"]
    assert read == dict.fromkeys(layers, "B 3 4")
    assert declared_in(source).ambiguous == ()


PUBLIC = [row["comment"] for row in json.loads(Path(__file__).with_name("comments.json").read_text(encoding="utf-8"))]
FILES = sorted(Path(__file__).parents[1].glob("corpus/*.py"))
CORPUS = [comment.text for file in FILES for comment in comments_of(file.read_text(encoding="utf-8"))]
OTHERS = ["# if you change this, change the head", "# (None, 9, 9, 8) if padded", "# noqa", "# kernel: (3, 3)", "#"]
EVERY = list(dict.fromkeys([*PUBLIC, *CORPUS, *OTHERS]))
PLACES = {
    "behind a call": "x = Dense(3)(x)  {}\n",
    "above": "{}\nx = Dense(3)(x)\n",
    "below": "x = Dense(3)(x)\n{}\n",
    "inside": "x = Dense(\n    3,  {}\n    name='a',\n)(x)\n",
    "alone inside": "x = Dense(\n    {}\n    3,\n)(x)\n",
    "behind several lines": "x = Dense(\n    3,\n)(x)  {}\n",
    "behind the constructor's line": "x = Dense(3)(  {}\n    x\n)\n",
    "behind an element": "m = [\n    Dense(3),  {}\n]\n",
    "behind the last element": "m = Sequential([\n    relu,\n    Dense(3)])  {}\n",
    "above an element": "m = [\n    {}\n    Dense(3),\n]\n",
    "behind add": "m.add(Dense(3))  {}\n",
    "inside add": "m.add(\n    Dense(3)  {}\n)\n",
    "inside a wrapper": "x = Wrapped(\n    Dense(3),  {}\n)(x)\n",
    "behind a model": "m = Model(x, Dense(3)(x))  {}\n",
    "behind return": "def f(x):\n    return Dense(3)(x)  {}\n",
    "behind def": "def f(x):  {}\n    return Dense(3)(x)\n",
    "behind a class": "class A:  {}\n    a = Dense(3)\n",
    "twice": "x = Dense(3)(x)  {}\ny = Dense(4)(x)  {}\n",
}
SEEN = ((None, 41, 43, 47, 53, 59),)  # a shape that no comment states, but those of any rank


def shapes_in(text):
    """What the guard reads in a text: the spec by expression."""
    source = trees.indexed(Places(text, "model.py"), ast.parse(text))
    declared = [each for declarations in declared_in(source).by_place.values() for each in declarations]
    return {(ast.unparse(each.node), each.span.line): str(each.comment.spec) for each in declared}


@pytest.mark.parametrize("place", PLACES)
def test_what_is_written_anywhere_is_read_there_and_nothing_else_changes(place):
    for comment in EVERY:
        text = PLACES[place].replace("{}", comment)
        outcome = annotated(decoded("model.py", text.encode()), runs_for(text, SEEN))
        before, after_ = text.splitlines(), outcome.text.splitlines()
        lines = [number for number, pair in enumerate(zip(before, after_, strict=True), 1) if pair[0] != pair[1]]
        assert len(lines) == outcome.written, comment
        assert lines or "(*" in comment
        rest = {key: spec for key, spec in shapes_in(text).items() if key[1] not in lines}
        new = {key: spec for key, spec in shapes_in(outcome.text).items() if key[1] in lines}
        assert list(new.values()) == ["B 41 43 47 53 59"] * len(lines), comment
        assert shapes_in(outcome.text) == rest | new, comment
        assert annotated(decoded("model.py", outcome.text.encode()), runs_for(outcome.text, SEEN)).text == outcome.text


@pytest.mark.parametrize("unread", [(), (1,)], ids=["read", "of something else"])
def test_what_a_comment_says_besides_a_shape_stays_whole(unread):
    for comment in EVERY:
        text = f"x = Dense(3)(x)  {comment}\n"
        outcome = annotated(decoded("model.py", text.encode()), runs_for(text, SEEN), unread=unread)
        replaced = {shape.part for shape in stated_in(comment)} if not unread else ()
        for index, part in enumerate(parts_of(comment)):
            assert index in replaced or part.removeprefix("#") in outcome.text, comment


def test_a_line_whose_comment_has_a_shape_with_a_batch_of_something_else_is_left_out_and_named():
    text = "x = Dense(3)(x)  # image: (None, 28, 28, 1)\ny = Dense(3)(x)  # (None, 28, 28, 1)\n"
    outcome = annotated(decoded("model.py", text.encode()), runs_for(text, SEEN), unread=(1, 2))
    assert outcome.text.splitlines()[0] == "x = Dense(3)(x)  # (B, 41, 43, 47, 53, 59)  # image: (None, 28, 28, 1)"
    assert read(outcome.text.splitlines()[0].partition("  ")[2]).batch == "included"
    assert outcome.left == ("model.py:2: its comment has the shape of something else",)


def test_a_layer_that_one_run_did_not_call_is_left_out():
    text = "Dense(3)\n"
    first, second = runs_for(text, ((2, 3),), ())
    outcome = annotated(decoded("model.py", text.encode()), [first, second])
    assert outcome.left == ("model.py:1: the layer was not called in every run",)


def test_outputs_of_several_ranks_are_left_out():
    text = "Dense(3)\n"
    outcome = annotated(decoded("model.py", text.encode()), runs_for(text, ((2, 3), (2, 4, 3))))
    assert outcome.left == ("model.py:1: the outputs of the layer differ in rank",)


def test_the_program_stays_the_same():
    text = "x = Input((3,))  # in\ny = Dense(\n  3)(x)\nz = Dense(4)(y)  # (9,)\n"
    assert ast.dump(ast.parse(after(text, ((None, 3),)))) == ast.dump(ast.parse(text))


def test_a_file_that_is_no_python_is_named():
    with pytest.raises(SourceError, match=r"model.py: not valid Python"):
        annotated(decoded("model.py", b"x = (\n"), [])
