"""The message in other widths, without source, without a cause, with more than one fault."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from shapeguard.records.findings import Cause, Diagnosis, Edit
from shapeguard.records.source import Opaque, Span
from shapeguard.render.text import message


def stride(program, line, **others):
    """An edit of `strides=2` at that line of the program."""
    return Edit("conv", "strides", 2, 1, explicit=True, span=program.span(line, "strides=2"), **others)


def test_at_forty_columns_prose_wraps_and_shapes_and_code_do_not(mnist, positional_stride):
    assert message(positional_stride, width=40, cwd=mnist.cwd) == (
        """\
[SG101] layer 'conv2d' (Conv2D): expected (200, 26, 26, 32), got (200, 9, 9, 32)
  axis 1: expected 26, got 9; axis 2:
  expected 26, got 9

  mnist.py:19
   19 | ...2D(32, 3, 3, activation='r...
      |              ^
      | 3rd positional argument:
      | strides=3

  cause: argument `strides=(3, 3)`, the
  3rd positional argument of
  Convolution2D
    with strides 3:  floor((28 - 3) / 3) + 1 = 9
    with strides 1:  floor((28 - 3) / 1) + 1 = 26
    Conv2D takes
    (filters, kernel_size, strides, ...).
    The form (32, 3, 3), meaning a 3x3
    kernel, is Keras 1 syntax.
  fix (verified: 'conv2d' becomes
    (200, 26, 26, 32)): pass the kernel
    size as one tuple
      Convolution2D(32, (3, 3), activation='relu')

  expected shape declared at
  mnist.py:19, in the comment
  more: shapeguard explain SG101"""
    )


def test_at_sixty_columns_the_code_is_cut_around_the_caret(mnist, positional_stride):
    assert message(positional_stride, width=60, cwd=mnist.cwd) == (
        """\
[SG101] layer 'conv2d' (Conv2D): expected (200, 26, 26, 32), got (200, 9, 9, 32)
  axis 1: expected 26, got 9; axis 2: expected 26, got 9

  mnist.py:19
   19 | model.add(Convolution2D(32, 3, 3, activation='rel...
      |                                ^
      |                   3rd positional argument: strides=3

  cause: argument `strides=(3, 3)`, the 3rd positional
  argument of Convolution2D
    with strides 3:  floor((28 - 3) / 3) + 1 = 9
    with strides 1:  floor((28 - 3) / 1) + 1 = 26
    Conv2D takes (filters, kernel_size, strides, ...). The
    form (32, 3, 3), meaning a 3x3 kernel, is Keras 1
    syntax.
  fix (verified: 'conv2d' becomes (200, 26, 26, 32)): pass
    the kernel size as one tuple
      Convolution2D(32, (3, 3), activation='relu')

  expected shape declared at mnist.py:19, in the comment
  more: shapeguard explain SG101"""
    )


def test_without_readable_source_the_place_stands_alone(tmp_path, positional_stride):
    edit = replace(positional_stride.causes[0].edits[0], span=Span(str(tmp_path / "gone.py"), 7, 3, 7, 4))
    cause = replace(positional_stride.causes[0], edits=(edit,), explanation="")
    diagnosis = replace(positional_stride, causes=(cause,), declared=None)
    assert message(diagnosis, cwd=str(tmp_path)) == (
        """\
[SG101] layer 'conv2d' (Conv2D): expected (200, 26, 26, 32), got (200, 9, 9, 32)
  axis 1: expected 26, got 9; axis 2: expected 26, got 9

  gone.py:7: 3rd positional argument: strides=3

  cause: argument `strides=(3, 3)`, the 3rd positional argument of Convolution2D
  fix (verified: 'conv2d' becomes (200, 26, 26, 32)): pass the kernel size as one tuple
      Convolution2D(32, (3, 3), activation='relu')

  more: shapeguard explain SG101"""
    )


def test_a_span_beyond_the_end_of_its_line_gets_no_frame(program):
    short = program("short.py", {3: "x = 1"})
    edit = Edit("conv", "strides", 2, 1, explicit=True, span=Span(str(short.path), 3, 40, 3, 49))
    text = message(
        Diagnosis("SG101", "conv", "Conv2D", (1, 2), (1, 3), (1,), causes=(Cause("argument", (edit,)),)), cwd=short.cwd
    )
    assert "  short.py:3\n" in text
    assert "x = 1" not in text


def test_without_a_span_there_is_no_frame_and_the_argument_is_still_named():
    edit = Edit("conv", "strides", 2, 1, layer_type="Conv2D", explicit=True)
    cause = Cause("argument", (edit,), "cause", proven_by="rebuilt", proof="'conv' becomes (B, 8)")
    assert message(Diagnosis("SG101", "conv", "Conv2D", ("B", 8), (4, 3), (1,), causes=(cause,))) == (
        """\
[SG101] layer 'conv' (Conv2D): expected (B, 8), got (4, 3)
  axis 1: expected 8, got 3

  cause: argument `strides=2` of Conv2D
  fix (verified: 'conv' becomes (B, 8)): layer 'conv': `strides=2` (keyword) -> 1

  more: shapeguard explain SG101"""
    )


def test_where_the_cause_is_unknown_the_message_says_what_was_tried_and_where_it_was_expected(mnist):
    diagnosis = Diagnosis(
        "SG190", "conv2d", "Conv2D", (200, 25, 26, 32), (200, 9, 9, 32), (1, 2),
        trail="size along axis 1:  image 28 -> conv2d 9",
        tried="tried 1,204 values of 9 arguments in 3 layers, 14 missing or extra layers",
        declared=mnist.span(19, "(200, 26, 26, 32)"), origin="comment",
    )  # fmt: skip
    assert message(diagnosis, cwd=mnist.cwd) == (
        """\
[SG190] layer 'conv2d' (Conv2D): expected (200, 25, 26, 32), got (200, 9, 9, 32)
  axis 1: expected 25, got 9; axis 2: expected 26, got 9

  size along axis 1:  image 28 -> conv2d 9

  mnist.py:19
   19 | model.add(Convolution2D(32, 3, 3, activation='relu'))  # (200, 26, 26, 32)
      |                                                          ^^^^^^^^^^^^^^^^^
      |                                                          expected here

  no cause found: tried 1,204 values of 9 arguments in 3 layers, 14 missing or extra
  layers

  more: shapeguard explain SG190"""
    )


@pytest.mark.parametrize(
    ("line", "shown", "caret"),
    [
        (
            'x = 層("畳み込み", strides=2)',
            '   1 | x = 層("畳み込み", strides=2)',
            "     |                    ^^^^^^^^^",
        ),
        ("\tx = f(\tstrides=2)", "   1 |     x = f(  strides=2)", "     |             ^^^^^^^^^"),
        ("é = f('e\u0301', strides=2)", "   1 | é = f('e\u0301', strides=2)", "     |            ^^^^^^^^^"),
    ],
    ids=["wide characters", "tabs", "combining characters"],
)
def test_the_caret_stands_under_the_argument(program, line, shown, caret):
    source = program("wide.py", {1: line})
    cause = Cause("argument", (stride(source, 1),))
    lines = message(Diagnosis("SG101", "conv", "Conv2D", (1, 2), (1, 3), (1,), causes=(cause,)), cwd=source.cwd)
    frame = [text[1:] for text in lines.splitlines() if "|" in text]
    assert [text.strip() for text in frame] == [shown.strip(), caret.strip()]
    assert frame[0].index("|") == frame[1].index("|")


def test_a_line_of_code_in_a_helper_is_followed_by_the_call_above_it_and_the_layers_it_makes(program):
    source = program(
        "vgg.py",
        {
            8: "    x = Conv2D(filters, 3, strides=2)(x)",
            31: "    x = block(x, 32)",
            40: "model = build()",
        },
    )
    layers = ("conv", "conv_1", "conv_2", "conv_3")
    edit = stride(
        source,
        8,
        layers=layers,
        span_layers=layers,
        callers=(source.span(31, "block(x, 32)"), source.span(40, "build()")),
        corrected="Conv2D(filters, 3)",
    )
    cause = Cause("argument", (edit, replace(edit, layer="conv_1")), "cause", proven_by="rebuilt", proof="all match")
    assert message(Diagnosis("SG104", "conv", "Conv2D", (1, 8), (1, 4), (1,), causes=(cause,)), cwd=source.cwd) == (
        """\
[SG104] layer 'conv' (Conv2D): expected (1, 8), got (1, 4)
  axis 1: expected 8, got 4

  vgg.py:8
    8 |     x = Conv2D(filters, 3, strides=2)(x)
      |                            ^^^^^^^^^
  called from line 31
   31 |     x = block(x, 32)
      |         ^^^^^^^^^^^^

  cause: argument `strides=2`
    this line creates 4 layers: 'conv', 'conv_1', 'conv_2', 'conv_3'
  fix (verified: all match):
      Conv2D(filters, 3)

  more: shapeguard explain SG104"""
    )


def test_the_carets_of_edits_on_one_line_stand_side_by_side_under_one_label(program):
    source = program("two.py", {8: "net = Sequential([Conv2D(8, 3, 3), Conv2D(16, 3, 3)])"})
    spans = [source.span(8, "3, 3)"), source.span(8, "3, 3)", 38)]
    edits = tuple(Edit(f"conv_{i}", "strides", 3, 1, position=2, explicit=True, span=s) for i, s in enumerate(spans))
    cause = Cause("argument", edits, "cause", label="strides=3")
    text = message(Diagnosis("SG104", "conv_1", "Conv2D", (1, 8), (1, 4), (1,), causes=(cause,)), cwd=source.cwd)
    assert text.splitlines()[4:7] == [
        "    8 | net = Sequential([Conv2D(8, 3, 3), Conv2D(16, 3, 3)])",
        "      |                             ^^^^^             ^^^^^ strides=3",
        "",
    ]


def test_an_edit_of_some_of_the_layers_of_a_line_says_that_the_line_makes_others_too(program):
    source = program("vgg.py", {8: "x = Conv2D(filters, 3, strides=2)(x)"})
    edit = stride(source, 8, layers=("conv",), span_layers=("conv", "conv_1"))
    cause = Cause("argument", (edit,), "cause", proven_by="rebuilt", proof="all match")
    text = message(Diagnosis("SG101", "conv", "Conv2D", (1, 8), (1, 4), (1,), causes=(cause,)), cwd=source.cwd)
    assert text.splitlines()[-5:-2] == [
        "    this line creates 2 layers: 'conv', 'conv_1'; only 'conv' needs to change; give it",
        "    its own call",
        "  fix (verified: all match): layer 'conv': `strides=2` (keyword) -> 1",
    ]


def test_a_fix_that_was_proven_by_running_says_so(program):
    source = program("model.py", {3: "x = Conv2D(8, 3, strides=2)(x)"})
    cause = Cause("argument", (stride(source, 3),), "cause", proven_by="run", proof="the first step of fit() passes")
    text = message(Diagnosis("SG101", "conv", "Conv2D", (1, 8), (1, 4), (1,), causes=(cause,)), cwd=source.cwd)
    assert (cause.verified, replace(cause, proven_by=None).verified) == (True, False)
    assert text.splitlines()[-4:-2] == [
        "  fix (verified by running: the first step of fit() passes): layer 'conv': `strides=2`",
        "    (keyword) -> 1",
    ]


def test_what_is_not_verified_is_called_so(program):
    source = program("model.py", {8: "x = Conv2D(filters, 3, strides=2)(x)"})
    edit = stride(source, 8, corrected="Conv2D(filters, 3)")
    cause = Cause("argument", (edit,), proof="layer 'mine' beyond it was not run again", also=(4, 5))
    text = message(Diagnosis("SG101", "conv", "Conv2D", (1, 8), (1, 4), (1,), causes=(cause,)), cwd=source.cwd)
    assert text.splitlines()[-6:-2] == [
        "  possible cause: argument `strides=2`",
        "  fix (not verified: layer 'mine' beyond it was not run again):",
        "      Conv2D(filters, 3)",
        "  also possible: `strides` 4, 5",
    ]


def test_of_many_possible_causes_three_are_shown_and_the_rest_named(program):
    source = program("m.py", dict.fromkeys(range(1, 9), "x = Conv2D(8, 3, strides=2)(x)"))
    causes = tuple(
        Cause("argument", (replace(stride(source, n), layer=f"conv_{n}"),), proven_by="rebuilt" if n < 7 else None)
        for n in range(1, 9)
    )
    text = message(Diagnosis("SG103", "conv_8", "Conv2D", (1, 8), (1, 4), (1,), causes=causes), cwd=source.cwd)
    assert text.splitlines()[3] == (
        "  possible causes; each alone makes every annotated layer match, most plausible first:"
    )
    assert text.count("^^^^^^^^^") == 3
    assert text.splitlines()[-6:-2] == [
        "  also fits: layer 'conv_4': `strides=2` (keyword) -> 1; layer 'conv_5': `strides=2`",
        "    (keyword) -> 1; layer 'conv_6': `strides=2` (keyword) -> 1",
        "  also possible, not verified: layer 'conv_7': `strides=2` (keyword) -> 1; layer",
        "    'conv_8': `strides=2` (keyword) -> 1",
    ]


def test_each_further_fault_follows_in_short_with_a_number(mnist, positional_stride):
    unknown = Diagnosis("SG190", "dense", "Dense", ("B", 10), (200, 11), (1,))
    text = message([positional_stride, positional_stride, unknown], cwd=mnist.cwd)
    assert text.split("in the comment\n\n")[1] == (
        """\
  2 more faults, independent of the first:

  2. [SG101] layer 'conv2d' (Conv2D): expected (200, 26, 26, 32), got (200, 9, 9, 32)
     cause: layer 'conv2d': `strides=(3, 3)` (3rd positional) -> (1, 1)
     mnist.py:19
      19 | model.add(Convolution2D(32, 3, 3, activation='relu'))  # (200, 26, 26, 32)
         |                                ^ 3rd positional argument: strides=3
     fix (verified: 'conv2d' becomes (200, 26, 26, 32)): pass the kernel size as one
       tuple
         Convolution2D(32, (3, 3), activation='relu')

  3. [SG190] layer 'dense' (Dense): expected (B, 10), got (200, 11)
     no cause found

  more: shapeguard explain SG101"""
    )


def test_a_hundred_faults_fit_on_a_screen_or_two(positional_stride):
    assert len(message([positional_stride] * 100).splitlines()) < 70


def test_a_message_of_everything_at_once_stays_near_twenty_five_lines(mnist, positional_stride):
    cause = replace(
        positional_stride.causes[0],
        explanation="\n".join(f"reason {n}" for n in range(50)),
        edits=(replace(positional_stride.causes[0].edits[0], callers=(mnist.span(19, "model"),) * 9),),
    )
    diagnosis = replace(
        positional_stride,
        causes=(cause, *[cause] * 20),
        original="ValueError: " + "long " * 400,
        consequences=tuple(f"layer_{n}" for n in range(500)),
    )
    assert len(message(diagnosis, cwd=mnist.cwd).splitlines()) <= 40


def test_colour_adds_escapes_and_changes_no_word(mnist, positional_stride):
    coloured = message(positional_stride, medium="terminal", cwd=mnist.cwd)
    assert coloured.startswith("\x1b[1;31m[SG101]\x1b[0m")
    assert re.sub(r"\x1b\[[\d;]*m", "", coloured) == message(positional_stride, cwd=mnist.cwd)


def test_without_colour_the_words_of_shapeguard_itself_are_ascii(mnist, positional_stride):
    assert message(positional_stride, cwd=mnist.cwd).isascii()


@pytest.mark.parametrize(
    ("quantity", "expected", "actual", "headline"),
    [
        ("params", 320, 1, "layer 'c' (Conv2D): expected 320 parameters, got 1 parameter"),
        ("weights", [(3, 3, 1, 32), (32,)], [(5, 5, 1, 32), (32,)],
         "layer 'c' (Conv2D): expected weights [(3, 3, 1, 32), (32,)], got weights [(5, 5, 1, 32), (32,)]"),
        ("output", [("B", 8), ("B", 2)], [(4, 8), (4, 3)],
         "layer 'c' (Conv2D): expected [(B, 8), (B, 2)], got [(4, 8), (4, 3)]"),
        ("output", ("B", "...", 8), (4, 3, 3, 9), "layer 'c' (Conv2D): expected (B, ..., 8), got (4, 3, 3, 9)"),
        ("output", (None,), (4, 2), "layer 'c' (Conv2D): expected rank 1 (None,), got rank 2 (4, 2)"),
        ("output", (), (4,), "layer 'c' (Conv2D): expected rank 0 (), got rank 1 (4,)"),
        ("output", {"a": (4,)}, {"a": (5,)}, "layer 'c' (Conv2D): expected {a: (4,)}, got {a: (5,)}"),
    ],
)  # fmt: skip
def test_the_first_line_says_what_was_expected_of_what(quantity, expected, actual, headline):
    text = message(Diagnosis("SG105", "c", "Conv2D", expected, actual, quantity=quantity))
    assert text == f"[SG105] {headline}\n\n  more: shapeguard explain SG105"


def test_names_and_values_cannot_break_out_of_their_line():
    edit = Edit("a\nb", "x", Opaque("<a\x1b[31mb>"), "\x07", explicit=True)
    text = message(Diagnosis("SG101", "a\nb", "T\n", (1,), (2,), (0,), causes=(Cause("argument", (edit,)),)))
    assert text == (
        """\
[SG101] layer 'a\\nb' (T\\n): expected (1,), got (2,)
  axis 0: expected 1, got 2

  possible cause: argument `x=<a\\x1b[31mb>`
  fix (not verified): layer 'a\\nb': `x=<a\\x1b[31mb>` (keyword) -> '\\x07'

  more: shapeguard explain SG101"""
    )


class Hostile:
    def __repr__(self):
        raise RuntimeError


def test_a_value_whose_repr_raises_is_shown_by_its_type():
    edit = Edit("c", "x", Hostile(), 1, explicit=True)
    diagnosis = Diagnosis("SG101", "c", "T", (1,), (2,), (0,), causes=(Cause("argument", (edit,)),))
    assert "  possible cause: argument `x=<Hostile>`" in message(diagnosis).splitlines()


def test_a_file_outside_the_working_directory_keeps_its_whole_path(mnist, positional_stride, tmp_path):
    inside = str(tmp_path / "elsewhere")
    Path(inside).mkdir()
    assert f"  {mnist.path}:19" in message(positional_stride, cwd=inside).splitlines()


def test_a_notebook_cell_is_not_called_by_its_random_file_name():
    edit = Edit("c", "x", 1, 2, explicit=True, span=Span("/tmp/ipykernel_77/31415.py", 3, 0, 3, 4))  # noqa: S108
    diagnosis = Diagnosis("SG101", "c", "T", (1,), (2,), (0,), causes=(Cause("argument", (edit,)),))
    assert "  <notebook cell>:3" in message(diagnosis).splitlines()


def test_no_diagnosis_is_no_message():
    assert message([]) == ""


@pytest.mark.parametrize(
    ("annotated", "words"),
    [(None, "every annotated layer"), (1, "the one annotated layer"), (7, "all 7 annotated layers")],
)
def test_the_heading_of_several_causes_counts_the_annotated_layers(annotated, words):
    causes = tuple(Cause("argument", (Edit(name, "strides", 2, 1),), proven_by="rebuilt") for name in "ab")
    text = message(Diagnosis("SG103", "c", "Conv2D", (1, 8), (1, 4), (1,), causes=causes), annotated=annotated)
    assert f"  possible causes; each alone makes {words} match, most plausible first:" in text.splitlines()
