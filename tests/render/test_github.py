"""Workflow commands and Markdown, as GitHub reads them."""

from dataclasses import replace

from shapeguard.linting.linter import lint_source
from shapeguard.records.findings import Cause, Diagnosis, Edit
from shapeguard.records.source import Span
from shapeguard.render.github import markdown, workflow_commands


def test_an_annotation_names_the_place_and_says_cause_and_fix(mnist, positional_stride):
    assert workflow_commands([positional_stride], cwd=mnist.cwd) == (
        "::error file=mnist.py,line=19,endLine=19,col=32,endColumn=32,title=SG101%3A an argument of this layer::"
        "[SG101] layer 'conv2d' (Conv2D): expected (200, 26, 26, 32), got (200, 9, 9, 32)"
        "%0Acause: layer 'conv2d': `strides=(3, 3)` (3rd positional) -> (1, 1)"
        "%0Afix (verified: 'conv2d' becomes (200, 26, 26, 32)): pass the kernel size as one tuple"
        "%0A    Convolution2D(32, (3, 3), activation='relu')"
        "%0Aexpected shape declared at mnist.py:19, in the comment"
    )


def test_percent_signs_and_line_ends_and_separators_are_escaped():
    edit = Edit("100%", "a", "x\n::error::", 1, explicit=True, span=Span("a,b:c%.py", 1, 0, 2, 1))
    diagnosis = Diagnosis("SG703", "100%\n::error::", "D", causes=(Cause("argument", (edit,)),))
    assert workflow_commands([diagnosis], cwd="/") == (
        "::warning file=a%2Cb%3Ac%25.py,line=1,endLine=2,title=SG703%3A an argument of the wrong kind::"
        "[SG703] layer '100%25\\n::error::' (D): an argument of the wrong kind"
        "%0Apossible cause: layer '100%25': `a='x\\n::error::'` (keyword) -> 1"
    )


def test_an_annotation_of_lint_does_not_contradict_its_fix(tmp_path):
    (diagnosis,) = lint_source("from keras.layers import Conv2D\nConv2D(32, 3, 3)\n", "old.py")
    assert workflow_commands([diagnosis], cwd=str(tmp_path)) == (
        "::warning file=old.py,line=2,endLine=2,col=15,endColumn=15,title=SG701%3A keras1-size::"
        "[SG701] keras1-size: suspicious call Conv2D(32, 3, 3): "
        "the 3rd positional argument is strides=3, not the kernel's width"
        "%0Apossible cause: argument `strides=3`, the 3rd positional argument of Conv2D, equals the kernel size"
        "%0Afix (not verified): pass the kernel size as one tuple"
        "%0A    Conv2D(32, (3, 3))"
    )


def test_each_finding_is_one_line(positional_stride):
    found = [positional_stride, replace(positional_stride, code="SG701"), Diagnosis("SG190", "d", "D")]
    assert [line.partition(" ")[0] for line in workflow_commands(found).splitlines()] == [
        "::error",
        "::warning",
        "::error",
    ]


def test_the_markdown_holds_message_and_table(mnist, positional_stride, mnist_rows):
    text = markdown([positional_stride], mnist_rows, ok=False, cwd=mnist.cwd)
    assert text.startswith("## ShapeGuard: 1 finding\n\n```text\n[SG101] layer 'conv2d'")
    assert text.endswith(
        "```\n\n"
        "| layer           | type         | input            | expected          | actual          "
        "| verdict        | declared    |\n"
        "|-----------------|--------------|------------------|-------------------|-----------------"
        "|----------------|-------------|\n"
        "| `conv2d`        | Conv2D       | (200, 28, 28, 1) | (200, 26, 26, 32) | (200, 9, 9, 32) "
        "| MISMATCH       | mnist.py:19 |\n"
        "| `max_pooling2d` | MaxPooling2D | (200, 9, 9, 32)  |                   | (200, 4, 4, 32) "
        "| no expectation |             |\n"
    )


def test_a_fence_is_longer_than_any_in_the_message():
    text = markdown([Diagnosis("SG190", "```", "D")], [], ok=False)
    message = "[SG190] layer '```' (D): no cause found\n\n  more: shapeguard explain SG190"
    assert text == f"## ShapeGuard: 1 finding\n\n````text\n{message}\n````\n"


def test_the_heading_counts_what_was_met(mnist_rows):
    met = [replace(mnist_rows[0], status="ok"), mnist_rows[1]]
    assert markdown([], met, ok=True).startswith("## ShapeGuard: 1 expectation met\n")
    assert markdown([], [mnist_rows[1]], ok=True).startswith("## ShapeGuard: no expectations\n")
