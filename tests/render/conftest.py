"""Programs on disk for the frames to quote, and the first target's diagnosis, which several tests render."""

import json
import linecache
from dataclasses import dataclass
from pathlib import Path

import pytest

from shapeguard.records.findings import Cause, Diagnosis, Edit, Row
from shapeguard.records.source import Span


@dataclass(frozen=True)
class Program:
    """A source file whose numbered lines are given; spans are found by their text."""

    path: Path

    @property
    def cwd(self) -> str:
        return str(self.path.parent)

    def span(self, line: int, text: str, start: int = 0) -> Span:
        column = self.path.read_text("utf-8").splitlines()[line - 1].index(text, start)
        return Span(str(self.path), line, column, line, column + len(text))


@pytest.fixture
def program(tmp_path):
    """Writes `{line number: text}` into a file of the temporary directory."""

    def write(name: str, lines: dict[int, str]) -> Program:
        path = tmp_path / name
        path.write_text("\n".join(lines.get(number, "pass") for number in range(1, max(lines) + 1)) + "\n", "utf-8")
        linecache.checkcache(str(path))
        return Program(path)

    return write


@pytest.fixture
def mnist(program):
    """The learner's program of the first target message."""
    return program("mnist.py", {19: "model.add(Convolution2D(32, 3, 3, activation='relu'))  # (200, 26, 26, 32)"})


@pytest.fixture
def positional_stride(mnist):
    """The diagnosis of the first target message."""
    stride = mnist.span(19, "3", 31)
    edit = Edit(
        "conv2d",
        "strides",
        (3, 3),
        (1, 1),
        layer_type="Conv2D",
        layers=("conv2d",),
        span_layers=("conv2d",),
        position=2,
        explicit=True,
        span=stride,
        replaces=mnist.span(19, "3, 3"),
        replacement="(3, 3)",
        corrected="Convolution2D(32, (3, 3), activation='relu')",
    )
    cause = Cause(
        "argument",
        (edit,),
        "cause",
        proven_by="rebuilt",
        title="argument `strides=(3, 3)`, the 3rd positional argument of Convolution2D",
        label="3rd positional argument: strides=3",
        explanation=(
            "with strides 3:  floor((28 - 3) / 3) + 1 = 9\n"
            "with strides 1:  floor((28 - 3) / 1) + 1 = 26\n"
            "Conv2D takes (filters, kernel_size, strides, ...). The form (32, 3, 3), meaning a 3x3 kernel, "
            "is Keras 1 syntax."
        ),
        fix_note="pass the kernel size as one tuple",
        proof="'conv2d' becomes (200, 26, 26, 32)",
    )
    return Diagnosis(
        "SG101",
        "conv2d",
        "Conv2D",
        (200, 26, 26, 32),
        (200, 9, 9, 32),
        (1, 2),
        causes=(cause,),
        declared=mnist.span(19, "# (200, 26, 26, 32)"),
        origin="comment",
    )


@pytest.fixture
def mnist_rows(mnist):
    """The rows of the learner's network, the first two of its layers."""
    call = mnist.span(19, "Convolution2D(32, 3, 3, activation='relu')")
    return (
        Row(
            "conv2d",
            "Conv2D",
            "conv2d",
            1,
            (200, 28, 28, 1),
            (200, 26, 26, 32),
            (200, 9, 9, 32),
            call,
            status="mismatch",
            declared=mnist.span(19, "# (200, 26, 26, 32)"),
            derivation=("height: floor((28 - 3) / 3) + 1 = 9, from kernel_size=3, strides=3 (3rd positional)",),
        ),
        Row("max_pooling2d", "MaxPooling2D", "max_pooling2d", 1, (200, 9, 9, 32), None, (200, 4, 4, 32), sources=(0,)),
    )


@pytest.fixture
def json_schema():
    """The schema that the docs publish."""
    page = Path(__file__, "../../../docs/reference/json-schema.md").resolve().read_text("utf-8")
    return json.loads(page.split("```json\n")[1].split("```")[0])
