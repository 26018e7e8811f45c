"""The table, compared whole where it is small."""

import pytest

from shapeguard.records.findings import Row
from shapeguard.records.source import Span
from shapeguard.render.table import coloured, table


def row(layer, **others):
    path = others.pop("path", layer)
    given = {"inputs": (8, 4), "expected": None, "actual": (8, 2), **others}
    return Row(layer, given.pop("layer_type", "Dense"), path, given.pop("call", 1), **given)


def test_the_simple_table_is_one_line_a_call(mnist, mnist_rows):
    assert table(mnist_rows, cwd=mnist.cwd) == (
        """\
layer          type          input             expected           actual           verdict         declared
-------------  ------------  ----------------  -----------------  ---------------  --------------  -----------
conv2d         Conv2D        (200, 28, 28, 1)  (200, 26, 26, 32)  (200, 9, 9, 32)  MISMATCH        mnist.py:19
max_pooling2d  MaxPooling2D  (200, 9, 9, 32)                      (200, 4, 4, 32)  no expectation"""
    )


def test_a_narrow_table_drops_where_then_the_type_then_the_input(mnist, mnist_rows):
    assert table(mnist_rows, width=80, cwd=mnist.cwd) == (
        """\
layer          expected           actual           verdict
-------------  -----------------  ---------------  --------------
conv2d         (200, 26, 26, 32)  (200, 9, 9, 32)  MISMATCH
max_pooling2d                     (200, 4, 4, 32)  no expectation"""
    )


def test_at_forty_columns_each_call_is_a_paragraph(mnist, mnist_rows):
    assert table(mnist_rows, width=40, cwd=mnist.cwd) == (
        """\
conv2d (Conv2D): MISMATCH
  input     (200, 28, 28, 1)
  expected  (200, 26, 26, 32)
  actual    (200, 9, 9, 32)
  declared  mnist.py:19
max_pooling2d: no expectation
  input     (200, 9, 9, 32)
  actual    (200, 4, 4, 32)"""
    )


def test_nested_models_are_set_in_and_further_calls_are_numbered():
    rows = [
        row("encoder", layer_type="Functional"),
        row("block", path="encoder/block", layer_type="Sequential"),
        row("dense", path="encoder/block/dense"),
        row("encoder", layer_type="Functional", call=2),
        row("lone", path="hidden/lone"),
    ]
    assert table(rows, width=200).splitlines()[2:] == [
        "encoder      Functional  (8, 4)               (8, 2)    no expectation",
        "  block      Sequential  (8, 4)               (8, 2)    no expectation",
        "    dense    Dense       (8, 4)               (8, 2)    no expectation",
        "encoder@2    Functional  (8, 4)               (8, 2)    no expectation",
        "hidden/lone  Dense       (8, 4)               (8, 2)    no expectation",
    ]


def test_a_layer_called_1e3_keeps_its_name():
    assert table([row("1e3"), row("007")]).splitlines()[2:] == [
        "1e3      Dense   (8, 4)               (8, 2)    no expectation",
        "007      Dense   (8, 4)               (8, 2)    no expectation",
    ]


def test_a_long_name_is_shortened_in_the_middle_and_a_long_shape_is_not():
    long_name, long_shape = "a" * 50 + "b" * 50, tuple(range(1000, 1030))
    text = table([row(long_name, actual=long_shape)])
    assert "aaaaaaaaaaaaaaaaa...bbbbbbbbbbbbbbbb" in text
    assert str(long_shape) in text


def test_the_github_table_escapes_what_markdown_would_read():
    text = table([row("a|b`c", layer_type="<b>")], "github")
    assert (
        text.splitlines()[2] == "| `a\\|bc` | &lt;b> | (8, 4)  |            | (8, 2)   | no expectation |            |"
    )


def test_the_html_table_escapes_what_a_browser_would_read():
    text = table([row("<script>")], "html")
    assert "<td>&lt;script&gt;</td>" in text
    assert "<script>" not in text


def test_an_unknown_format_is_refused_with_the_known_ones():
    with pytest.raises(ValueError, match=r"^unknown table format 'latex'; ") as caught:
        table([row("a")], "latex")
    assert (
        str(caught.value) == "unknown table format 'latex'; choose one of 'simple', 'github', 'html', 'rounded_outline'"
    )


def test_of_two_thousand_rows_the_head_the_tail_and_the_mismatches_are_shown():
    rows = [row(f"d{n}", status="mismatch" if n == 1234 else "no expectation") for n in range(2000)]
    lines = table(rows).splitlines()
    assert len(lines) == 2 + 100 + 1 + 1 + 1 + 40
    assert [line.split("  ")[0] for line in lines if line.startswith(("...", "d1234 "))] == [
        "... 1134 more ...",
        "d1234",
        "... 725 more ...",
    ]


def test_weights_and_parameter_counts_have_rows_of_their_own():
    rows = [
        row("c", quantity="weights", expected=[(3, 3, 1, 8), (8,)], actual=[(5, 5, 1, 8), (8,)]),
        row("c", quantity="params", expected=80, actual=208),
    ]
    assert table(rows).splitlines()[2:] == [
        "c        Dense   (8, 4)   weights [(3, 3, 1, 8), (8,)]  weights [(5, 5, 1, 8), (8,)]  no expectation",
        "c        Dense   (8, 4)   80 parameters                 208 parameters                no expectation",
    ]


def test_of_many_inputs_the_first_is_shown():
    assert "(8, 4) and 3 more" in table([row("add", inputs=((8, 4),) * 4)])
    assert "[(8, 4), (8, 4)]" in table([row("add", inputs=((8, 4),) * 2)])


@pytest.mark.parametrize("fmt", ["simple", "github", "html"])
def test_a_cp1252_console_can_print_the_table(fmt, mnist_rows):
    table(mnist_rows, fmt).encode("cp1252")


def test_an_input_layer_takes_nothing_and_another_may_take_a_scalar():
    rows = [row("image", inputs=()), row("scale", inputs=(), sources=(0,))]
    assert [line[17:23].strip() for line in table(rows).splitlines()[2:]] == ["", "()"]


def test_no_rows_are_no_table():
    assert table([]) == ""


def test_a_row_that_was_never_reached_has_no_shape():
    rows = [
        row("a", inputs=None, actual=None, expected=("B", 2), status="not reached", declared=Span("m.py", 3, 0, 3, 1))
    ]
    assert table(rows, cwd=".").splitlines()[2] == (
        "a        Dense            (B, 2)                not reached  m.py:3"
    )


def test_parameters_and_dtypes_have_columns_where_they_are_known():
    rows = [
        row("dense", params=131_328, dtypes=("bfloat16",)),
        row("lstm", layer_type="LSTM", params=0, dtypes=("float32", "float32", "int32")),
        row("rebuilt"),
    ]
    assert table(rows) == (
        """\
layer    type    input    expected    actual    verdict         params    dtype           declared
-------  ------  -------  ----------  --------  --------------  --------  --------------  ----------
dense    Dense   (8, 4)               (8, 2)    no expectation  131,328   bfloat16
lstm     LSTM    (8, 4)               (8, 2)    no expectation  0         float32, int32
rebuilt  Dense   (8, 4)               (8, 2)    no expectation"""
    )


def test_a_narrow_table_loses_the_dtype_first_then_the_parameters():
    rows = [row("dense", params=12, dtypes=("float32",))]
    assert table(rows, width=92).splitlines()[0].split() == [
        "layer", "type", "input", "expected", "actual", "verdict", "params", "declared",
    ]  # fmt: skip
    assert table(rows, width=76).splitlines()[0].split()[-2:] == ["verdict", "declared"]


def test_colour_marks_the_verdicts_and_nothing_else():
    rows = [row("ok", status="mismatch", expected=(8, 3)), row("b", status="ok", expected=(8, 2)), row("c")]
    text = table(rows)
    painted = coloured(text)
    assert [line for line in painted.splitlines() if "\x1b" in line] == [
        text.splitlines()[2].replace("MISMATCH", "\x1b[1;31mMISMATCH\x1b[0m"),
        text.splitlines()[3].replace("  ok", "  \x1b[32mok\x1b[0m"),
    ]
    assert coloured("conv (Conv2D): MISMATCH") == "conv (Conv2D): \x1b[1;31mMISMATCH\x1b[0m"
