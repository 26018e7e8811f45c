"""`shapeguard check --static`: what is printed, the exit codes, and that nothing is run or imported."""

import json
import os
import subprocess
import sys

import pytest

from shapeguard.cli.main import main

NET = """from keras import Input, layers
x = Input((28, 28, 1))
x = layers.Conv2D(32, 3)(x)
h, state = layers.GRU(4, return_state=True)(layers.Reshape((-1, 32))(x))
"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "net.py").write_text(NET)
    return tmp_path


def test_each_call_is_printed_with_its_shape(folder, capsys):
    assert main(["check", "--static", "net.py"]) == 0
    assert capsys.readouterr().out == (
        "net.py:3: layers.Conv2D -> (None, 26, 26, 32)\n"
        "net.py:4: layers.GRU -> [(None, 4), (None, 4)]\n"
        "net.py:4: layers.Reshape -> (None, 676, 32)\n"
    )


def test_the_json_lists_the_shapes_with_their_places(folder, capsys):
    assert main(["check", "--static", "net.py", "--format", "json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["ok"] is True
    assert document["shapes"][0] == {
        "file": "net.py",
        "line": 3,
        "column": 4,
        "end_line": 3,
        "end_column": 27,
        "call": "layers.Conv2D",
        "shape": [None, 26, 26, 32],
    }


def test_several_paths_have_a_report_each_and_a_folder_has_one(folder, capsys):
    (folder / "more").mkdir()
    (folder / "more" / "other.py").write_text(NET)
    assert main(["check", "--static", "net.py", "more", "--format", "json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert [report["target"] for report in document["reports"]] == ["net.py", "more"]
    assert {shape["file"] for shape in document["reports"][1]["shapes"]} == {"more/other.py"}


def test_a_file_that_cannot_be_read_as_a_whole_gives_2(folder, capsys):
    (folder / "broken.py").write_text(NET + "y = (\n")
    assert main(["check", "--static", "broken.py", "missing.py"]) == 2
    out, err = capsys.readouterr()
    assert "layers.Conv2D -> (None, 26, 26, 32)" in out
    assert err == (
        "shapeguard: broken.py: not valid Python; only the statements that are were read\n"
        "shapeguard: missing.py: no such file or directory\n"
    )


def test_nothing_is_run_and_no_keras_imported(folder):
    (folder / "loud.py").write_text("open('ran', 'w')\n" + NET)
    program = (
        "import sys; from shapeguard.cli.main import main; main(['check', '--static', 'loud.py'])\n"
        "print(sorted({'keras', 'tensorflow', 'jax', 'torch', 'numpy'} & set(sys.modules)))"
    )
    answer = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, env=os.environ)
    assert answer.stdout.endswith("\n[]\n")
    assert not (folder / "ran").exists()
