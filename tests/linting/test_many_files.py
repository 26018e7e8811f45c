"""Many files: in several processes or one the same is found, and a file without Keras is not even parsed."""

import gc
from pathlib import Path

import pytest

from shapeguard.linting import workers
from shapeguard.linting.linter import lint_source
from shapeguard.linting.runs import Job, lint_paths
from shapeguard.source import reading

OLD = "from keras.layers import Conv2D\nConv2D(8, 3, 3)\n"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Forty files, of which one cannot be read."""
    monkeypatch.chdir(tmp_path)
    for number in range(40):
        Path(f"m{number:02}.py").write_text(OLD + f"# {'x' * number}\n" * number, encoding="utf-8")
    Path("m20.py").write_text("import keras\nx = (\n", encoding="utf-8")
    return "."


def test_several_processes_find_what_one_finds_in_the_same_order(folder, monkeypatch):
    alone = lint_paths([folder])
    assert (alone.files, len(alone.diagnoses), len(alone.unreadable)) == (39, 39, 1)
    monkeypatch.setattr(workers, "_LEAST_BYTES", 0)
    monkeypatch.setattr(workers, "_processors", lambda: 2)
    assert lint_paths([folder], Job(processes=True)) == alone
    assert gc.isenabled()


def test_a_file_without_keras_is_not_parsed(monkeypatch):
    parsed = []
    parse = reading.parse
    monkeypatch.setattr(reading, "parse", lambda *arguments: parsed.append(1) or parse(*arguments))
    assert lint_source("import numpy\n" * 100, "x.py") == ()
    assert parsed == []
    assert [found.code for found in lint_source("x = 1  # shapeguard: ignore[SG701]\n", "x.py")] == ["SG799"]
    assert parsed == [1]


@pytest.mark.parametrize(
    "source",
    [
        "import keras\n@decorated(keras.layers.Conv2D(8, 3, 3))\ndef f(): ...\n",
        "import keras\ndef f(x=keras.layers.Conv2D(8, 3, 3)): ...\n",
        "import keras\nmatch 1:\n    case 1:\n        keras.layers.Conv2D(8, 3, 3)\n",
        "import keras\ntry:\n    pass\nexcept E:\n    x = [keras.layers.Conv2D(8, 3, 3) for _ in y]\n",
        "import keras\nasync def f():\n    async with keras.layers.Conv2D(8, 3, 3) as x: ...\n",
        "import keras\nx = lambda: {1: keras.layers.Conv2D(8, 3, 3)}\n",
        "import keras\nx = y if keras.layers.Conv2D(8, 3, 3) else z\nx: int = keras.\\\n  layers.Conv2D(8,\n 3, 3)\n",
        "import keras as K\nx = f'{K.layers.Conv2D(8, 3, 3)}'\n",
        "from keras.layers import *\nwhile x := Conv2D (8, 3, 3): ...\n",
        "from keras.layers import Conv2D as c\nclass A(c(8, 3, 3)): ...\n",
    ],
)
def test_a_call_is_found_wherever_an_expression_may_be(source):
    codes = [found.code for found in lint_source(source, "x.py")]
    assert codes == ["SG701"] * source.count("3, 3)")
