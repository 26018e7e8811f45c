"""A program that checks before `annotate` checks after it, and the guard reads each comment that was written."""

import ast
import itertools
import linecache
from pathlib import Path

import keras
import pytest

from shapeguard import ShapeGuard
from shapeguard.cli.observations import runs_of
from shapeguard.source.annotating import annotated
from shapeguard.source.files import decoded

CORPUS = sorted(Path(__file__).parents[1].glob("corpus/clean_*.py"))
HEAD = "import keras\nfrom keras import layers\ndef build():\n    x = first = keras.Input((28, 28, 3))\n"
END = "    return keras.Model(first, x)\n"
PLACES = {
    "behind a call": "    x = layers.Conv2D(32, 3)(x)  {}\n",
    "on two lines": "    x = layers.Conv2D(32, 3)(x)  {}\n    x = layers.Conv2D(32, 3)(x)  {}\n",
    "above": "    {}\n    x = layers.Conv2D(32, 3)(x)\n",
    "below": "    x = layers.Conv2D(32, 3)(x)\n    {}\n",
    "inside": "    x = layers.Conv2D(\n        32,  {}\n        3,\n    )(x)\n",
    "behind several lines": "    x = layers.Conv2D(\n        32,\n        3,\n    )(x)  {}\n",
    "behind an element": "    x = keras.Sequential([\n        layers.Conv2D(32, 3),  {}\n    ])(x)\n",
    "behind add": "    m = keras.Sequential()\n    m.add(layers.Conv2D(32, 3))  {}\n    x = m(x)\n",
    "behind a call around it": "    x = layers.ReLU()(layers.Conv2D(32, 3)(x))  {}\n",
    "inside a wrapper": (
        "    x = layers.Reshape((1, 28, 28, 3))(x)\n"
        "    x = layers.TimeDistributed(\n        layers.Conv2D(32, 3),  {}\n    )(x)\n"
    ),
    "behind return": "    def block(x):\n        return layers.Conv2D(32, 3)(x)  {}\n    x = block(x)\n",
    "behind a helper": "    def block(x):\n        return layers.Conv2D(32, 3)(x)\n    x = block(x)  {}\n",
    "in a loop": "    for _ in range(2):\n        x = layers.Conv2D(3, 3)(x)  {}\n",
}
COMMENTS = [
    "# type: ignore",
    "# if you change this, change the head",
    "# (B, H, W, 32)",
    "# kernel: (3, 3, 3, 32)",
    "# [-1, 1]  # noqa",
    "# (None, 28, 28, 3)",
    "# (None, 32, 26, 26)",
]
_numbers = itertools.count()


class Trip:
    """A text as a program: its builder was run under a guard, and its model checked."""

    def __init__(self, text):
        self.text, self.file = text, f"/annotated/{next(_numbers)}.py"
        linecache.cache[self.file] = (len(text), None, text.splitlines(keepends=True), self.file)
        scope = {"__name__": "annotated"}
        exec(compile(text, self.file, "exec"), scope)  # noqa: S102  the source is ours
        guard = ShapeGuard()
        self.model = guard(scope["build"])()
        self.inputs = None if self.model.inputs else keras.tree.map_structure(lambda x: x.shape, scope["data"]()[0])
        self.report = guard.check(self.model, self.inputs)

    def annotated(self):
        """What `annotate` makes of the text."""
        runs = runs_of(self.model, self.report, self.inputs)
        own = [{span: shapes for span, shapes in run.items() if span.file == self.file} for run in runs]
        unread = [each for each in self.report.expectations if each.reason is not None]
        lines, told = {each.declared.line for each in unread}, {span for each in unread for span in each.about}
        return annotated(decoded("model.py", self.text.encode()), own, unread=lines, told=told).text

    def read(self):
        """The lines whose comments are expectations."""
        return {e.declared.line for e in self.report.expectations if e.reason is None and e.origin == "comment"}


def assert_reads_what_it_writes(before):
    after = Trip(before.annotated())
    lines = zip(before.text.splitlines(), after.text.splitlines(), strict=True)
    written = {number for number, (old, new) in enumerate(lines, 1) if old != new}
    assert after.report.ok, after.report.message()
    assert written <= after.read(), after.text
    assert ast.dump(ast.parse(after.text)) == ast.dump(ast.parse(before.text))
    assert after.annotated() == after.text


@pytest.mark.parametrize("place", PLACES)
def test_a_program_that_checks_before_checks_after(place):
    programs = [Trip(HEAD + PLACES[place].replace("{}", comment) + END) for comment in COMMENTS]
    right = [program for program in programs if program.report.ok]
    assert len(right) >= len(COMMENTS) - 3
    for program in right:
        assert_reads_what_it_writes(program)


@pytest.mark.parametrize("path", CORPUS, ids=lambda path: path.stem)
def test_a_correct_program_of_the_corpus_checks_after(path):
    assert_reads_what_it_writes(Trip(path.read_text(encoding="utf-8")))
