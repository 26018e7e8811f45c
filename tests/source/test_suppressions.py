"""Comments that silence a code where a program runs."""

import pytest

from shapeguard.records.findings import Cause, Diagnosis, Edit, Row
from shapeguard.records.source import Span
from shapeguard.source.suppressions import may_suppress, unused, without_suppressed

PROGRAM = """model = Sequential([
    Input((28, 28, 1)),
    Conv2D(32,
           strides=3),  # (B, 26, 26, 32)
    Flatten(),
])
model.fit(x, y)
"""


@pytest.fixture
def place(tmp_path):
    """Writes the program with a comment behind one of its lines; gives spans of whole lines."""
    file = tmp_path / "train.py"

    def spans(line=None, comment=""):
        lines = PROGRAM.splitlines()
        if line is not None:
            lines[line - 1] += f"  {comment}"
        file.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return lambda first, last=None: Span(str(file), first, 4, last or first, 9)

    return spans


def found(span, layer="conv2d", code="SG101", **more):
    edit = Edit(layer, "strides", 3, 1, span=span(4))
    return Diagnosis(code, layer, "Conv2D", causes=(Cause("argument", (edit,)),), declared=span(4), **more)


def rows(span):
    conv = Row("conv2d", "Conv2D", "conv2d", 1, (), (), (), span=span(3, 4), status="mismatch", declared=span(4))
    return conv, Row("flatten", "Flatten", "flatten", 1, (), (), (), span=span(5), status="consequence")


@pytest.mark.parametrize("line", [3, 4])
@pytest.mark.parametrize(
    "comment", ["# shapeguard: ignore[SG101]", "# shapeguard: ignore", "# noqa # shapeguard: ignore[SG190, SG101]"]
)
def test_a_comment_on_a_line_of_the_call_silences_the_code(place, line, comment):
    span = place(line, comment)
    left, kept = without_suppressed([found(span, consequences=("flatten",))], rows(span))
    assert left == ()
    assert [row.status for row in kept] == ["not checked", "not checked"]
    assert unused(kept) == ()


@pytest.mark.parametrize(("line", "comment"), [(5, "# shapeguard: ignore[SG101]"), (4, "# shapeguard: ignore[SG201]")])
def test_a_comment_elsewhere_or_for_another_code_silences_nothing(place, line, comment):
    span = place(line, comment)
    diagnosis = found(span, consequences=("flatten",))
    assert without_suppressed([diagnosis], rows(span)) == ((diagnosis,), rows(span))


def test_a_comment_where_keras_was_called_silences_what_keras_raised(place):
    span = place(7, "# shapeguard: ignore[SG601]")
    raised = Diagnosis("SG601", "dense", "Dense", raised_at=span(7), original="no")
    assert without_suppressed([raised], ()) == ((), ())


def test_another_fault_stays_to_be_told_with_its_own_rows(place):
    span = place(4, "# shapeguard: ignore[SG101]")
    other = Diagnosis("SG101", "flatten", "Flatten")
    left, kept = without_suppressed([found(span), other], rows(span))
    assert left == (other,)
    assert [row.status for row in kept] == ["not checked", "consequence"]


def test_a_comment_on_a_line_of_this_model_that_silences_nothing_is_unused(place):
    span = place(4, "# shapeguard: ignore[SG101]")
    fine = [Row("conv2d", "Conv2D", "conv2d", 1, (), (), (), span=span(3, 4), status="ok")]
    (one,) = unused(fine)
    assert (one.span.line, one.sentence()) == (
        4,
        "unused `# shapeguard: ignore[SG101]`: nothing to suppress on this line",
    )


@pytest.mark.parametrize(
    ("line", "comment"),
    [(4, "# shapeguard: ignore[SG701]"), (4, "# shapeguard: ignore"), (7, "# shapeguard: ignore[SG101]")],
)
def test_a_comment_of_which_this_check_knows_too_little_is_not_called_unused(place, line, comment):
    span = place(line, comment)
    fine = [Row("conv2d", "Conv2D", "conv2d", 1, (), (), (), span=span(3, 4), status="ok")]
    assert unused(fine) == ()


def test_where_something_is_wrong_no_comment_is_called_unused(place):
    span = place(5, "# shapeguard: ignore[SG101]")
    assert unused(rows(span)) == ()


@pytest.mark.parametrize(("selectors", "silent"), [("SG101", True), ("SG1", True), ("SG", True), ("SG7", False)])
def test_a_comment_may_list_the_beginning_of_a_code(place, selectors, silent):
    span = place(4, f"# shapeguard: ignore[{selectors}]")
    left, _ = without_suppressed([found(span)], rows(span))
    assert (left == ()) is silent


def test_source_that_is_not_at_hand_silences_nothing():
    nowhere = Span("<stdin>", 1, 0, 1, 1)
    diagnosis = Diagnosis("SG101", "conv2d", "Conv2D", declared=nowhere)
    assert without_suppressed([diagnosis], ()) == ((diagnosis,), ())


@pytest.mark.parametrize(
    ("comment", "may"),
    [
        ("# shapeguard: ignore", True),
        ("# shapeguard: ignore[SG190]", True),
        ("# shapeguard: ignore[SG701]", False),
        ("# shapeguard: ignore[SG7]", False),
        ("# shapeguard: ignore[SG701, return-sequences]", False),
        ("# shapeguard: ignore[SG7, SG1]", True),
        ("#", False),
    ],
)
def test_only_a_comment_that_speaks_of_runs_may_silence_there(place, comment, may):
    span = place(4, comment)
    assert may_suppress([span(1), span(3, 4)]) is may
    assert not may_suppress([span(1)])
