"""Times `shapeguard lint` beside `ast.parse` of the same files in one process, and beside ruff where it is installed.

    python tests/benchmarks/linting.py [--without-keras SHARE]

The files, 200 with 27,000 lines, are made up afresh in a temporary folder: training programs, custom layers, and plain
Python, or as many without Keras as asked for. Each time is wall time, the least of several rounds.
"""

from __future__ import annotations

import argparse
import ast
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

REPOSITORY = str(Path(__file__).parents[2])
FILES = 200
LINES = 135
LIMIT = 1.5

SEQUENTIAL = """
def build_{n}(width={a}, rate=0.{b}):
    model = keras.Sequential(name="net_{n}")
    model.add(keras.Input(shape=(28, 28, 1)))
    for filters in (width, width * 2, width * 4):
        model.add(layers.Conv2D(filters, (3, 3), padding="same", activation="relu"))
        model.add(layers.MaxPooling2D((2, 2)))
    model.add(layers.Flatten())
    model.add(layers.Dense({a}, activation="relu"))
    model.add(layers.Dropout(rate))
    model.add(layers.Dense(10, activation="softmax"))
    model.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    return model
"""
FUNCTIONAL = """
def encode_{n}(inputs, depth={b}):
    x = layers.Dense({a}, name="project_{n}")(inputs)
    for index in range(depth):
        shortcut = x
        x = layers.LayerNormalization(epsilon=1e-6)(x)
        x = layers.MultiHeadAttention(num_heads=4, key_dim={a} // 4)(x, x)
        x = layers.Add()([x, shortcut])
        if index % 2 == 0 and depth > 3:
            x = layers.Dropout(0.1 * index)(x)
    return keras.Model(inputs, layers.GlobalAveragePooling1D()(x))
"""
CUSTOM = """
class Block{n}(keras.layers.Layer):
    \"\"\"A block with a gate.\"\"\"

    def __init__(self, units={a}, **kwargs):
        super().__init__(**kwargs)
        self.units = units
        self.dense = layers.Dense(units)

    def build(self, input_shape):
        self.gate = self.add_weight(shape=(input_shape[-1], self.units), initializer="zeros", name="gate_{n}")

    def call(self, inputs, training=None):
        gated = keras.ops.matmul(inputs, self.gate)
        return self.dense(inputs) + keras.ops.sigmoid(gated) * {b}
"""
PLAIN = """
def evaluate_{n}(results, threshold=0.{b}, names=("loss", "accuracy", "recall")):
    \"\"\"Summarises the results of one run.\"\"\"
    table = {{}}
    for name, values in zip(names, results):
        kept = [value for value in values if value is not None and value > threshold]
        if not kept:
            raise ValueError(f"no value of {{name}} is above {{threshold}}: {{values!r}}")
        mean = sum(kept) / len(kept)
        table[name] = {{"mean": mean, "least": min(kept), "most": max(kept), "count": len(kept) - {a}}}
        print("%s: %.3f (%d values)" % (name, mean, len(kept)))
    with open(os.path.join("runs", "summary_{n}.json"), "w", encoding="utf-8") as stream:
        json.dump({{key: round(entry["mean"], 4) for key, entry in table.items()}}, stream, indent=2)
    return table, np.asarray([entry["mean"] for entry in table.values()])
"""
PLAIN_HEAD = "import json\nimport os\n\nimport numpy as np\n"
KERAS_HEAD = PLAIN_HEAD + "import keras\nfrom keras import layers\n"


def program(draw: random.Random, *, with_keras: bool) -> str:
    """The text of one file of about `LINES` lines."""
    text = KERAS_HEAD if with_keras else PLAIN_HEAD
    kinds = (SEQUENTIAL, FUNCTIONAL, CUSTOM, PLAIN, PLAIN) if with_keras else (PLAIN,)
    while text.count("\n") < LINES - 14:
        part = draw.choice(kinds)
        text += "\n" + part.format(n=draw.randrange(10**6), a=draw.choice((8, 16, 32, 64)), b=draw.randrange(2, 7))
    return text + "\n" * max(0, LINES - text.count("\n"))


def write_files(folder: Path, without_keras: float) -> list[Path]:
    """Makes up the files."""
    draw = random.Random(0)  # noqa: S311  the same files every time
    paths = []
    for number in range(FILES):
        path = folder / f"part_{number // 20}" / f"module_{number}.py"
        path.parent.mkdir(exist_ok=True)
        path.write_text(program(draw, with_keras=number >= FILES * without_keras), encoding="utf-8")
        paths.append(path)
    return paths


def least(action: Callable[[], object], rounds: int) -> float:
    """The least seconds of wall time that one of the rounds took."""
    seconds = []
    for _ in range(rounds):
        begin = time.perf_counter()
        action()
        seconds.append(time.perf_counter() - begin)
    return min(seconds)


def parse_all(paths: list[Path]) -> None:
    """`ast.parse` of every file, read from the disk."""
    for path in paths:
        ast.parse(path.read_text(encoding="utf-8"), str(path))


def command(cache: str, *words: str) -> Callable[[], object]:
    """Runs a command in a process of its own."""
    environment = {**os.environ, "PYTHONPATH": REPOSITORY, "PYTHONPYCACHEPREFIX": cache}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)  # installed packages come with their bytecode
    return lambda: subprocess.run(words, check=False, capture_output=True, env=environment)


def main() -> None:
    """Prints the times and the ratio that is asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--without-keras", type=float, default=0.0, help="the share of files without Keras")
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryDirectory() as cache:
        paths = write_files(Path(folder), arguments.without_keras)
        lines = sum(path.read_text(encoding="utf-8").count("\n") for path in paths)
        print(f"{len(paths)} files, {lines:,} lines, {os.cpu_count()} cores")
        parse = least(lambda: parse_all(paths), arguments.rounds)
        lint = least(command(cache, sys.executable, "-m", "shapeguard", "lint", folder), arguments.rounds)
        start = least(command(cache, sys.executable, "-m", "shapeguard", "lint", str(paths[0])), arguments.rounds)
        print(f"ast.parse {parse:.2f} s; shapeguard lint {lint:.2f} s, of which start {start:.2f} s")
        if ruff := shutil.which("ruff"):
            options = ("--isolated", "--no-cache", "--select", "E,F,B")
            print(f"ruff check {least(command(cache, ruff, 'check', *options, folder), arguments.rounds):.2f} s")
        print(f"ratio {lint / parse:.2f} (at most {LIMIT})")
        sys.exit(lint > LIMIT * parse)


if __name__ == "__main__":
    main()
