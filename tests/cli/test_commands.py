"""The shell around the commands: help, exit codes, doctor, explain, demo."""

import importlib
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from shapeguard.cli import common_options, demo, digits, doctor, explain, main

COMMANDS = tuple(main.COMMANDS)
ROOT = Path(__file__).parents[2]


def shapeguard(*words, **environment):
    return subprocess.run(
        [sys.executable, "-m", "shapeguard", *words],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, **environment},
    )


def test_help_lists_every_command_and_imports_no_keras():
    program = (
        "import sys; from shapeguard.cli.main import main\n"
        "try: main(['--help'])\n"
        "except SystemExit: print(sorted({'keras', 'numpy', 'tabulate'} & set(sys.modules)))"
    )
    answer = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert all(f"    {command} " in answer.stdout for command in COMMANDS)
    assert answer.stdout.endswith("[]\n")


def test_an_interrupted_command_is_one_line(monkeypatch, capsys):
    def interrupted(arguments):
        raise KeyboardInterrupt

    monkeypatch.setattr(explain, "run", interrupted)
    assert main.main(["explain", "SG101"]) == 130
    assert capsys.readouterr() == ("", "shapeguard: interrupted\n")


@pytest.mark.parametrize("words", [["lint", "old.py"], ["explain", "SG101"]])
def test_lint_and_explain_import_no_keras(words, tmp_path):
    (tmp_path / "old.py").write_text("from keras.layers import Conv2D\nConv2D(32, 3, 3)\n")
    program = (
        f"import sys; from shapeguard.cli.main import main\nmain({words})\n"
        "print(sorted({'keras', 'numpy', 'tabulate', 'tensorflow', 'jax', 'torch'} & set(sys.modules)))"
    )
    answer = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=True,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(map(str, (ROOT, os.environ.get("PYTHONPATH", ""))))},
    )
    assert "SG" in answer.stdout
    assert answer.stdout.endswith("[]\n")


@pytest.mark.parametrize("command", COMMANDS)
def test_the_help_of_every_command_shows_an_example(command, capsys):
    with pytest.raises(SystemExit) as ended:
        main.main([command, "--help"])
    assert ended.value.code == 0
    assert f"\n  shapeguard {command}" in capsys.readouterr().out


def test_the_version_goes_to_standard_output(capsys):
    import shapeguard as package

    with pytest.raises(SystemExit) as ended:
        main.main(["--version"])
    assert ended.value.code == 0
    assert capsys.readouterr().out == f"shapeguard {package.__version__}\n"


def test_no_command_at_all_prints_the_help_and_could_not_run(capsys):
    assert main.main([]) == common_options.COULD_NOT_RUN
    assert capsys.readouterr().out.startswith("usage: shapeguard")


def test_an_unknown_command_could_not_run(capsys):
    with pytest.raises(SystemExit) as ended:
        main.main(["chekc"])
    assert ended.value.code == common_options.COULD_NOT_RUN


@pytest.mark.parametrize("written", ["SG101", "sg101", "101", "[SG101]"])
def test_explain_prints_the_page(written, capsys):
    assert main.main(["explain", written]) == common_options.FINE
    assert capsys.readouterr().out.startswith("# SG101 · an argument of this layer\n")


def test_explain_knows_every_code_that_the_package_speaks_of(capsys):
    for code in explain.code_pages():
        assert main.main(["explain", code]) == common_options.FINE
        printed = capsys.readouterr().out
        assert printed.startswith(f"# {code} · ")
        assert "## How to silence it" in printed


def test_explain_takes_the_name_of_a_rule_too(capsys):
    assert main.main(["explain", "return-sequences"]) == common_options.FINE
    assert capsys.readouterr().out.startswith("# SG707 ")
    assert main.main(["explain", "return-sequence"]) == common_options.COULD_NOT_RUN
    assert capsys.readouterr().err.endswith("did you mean return-sequences?\n")


def test_explain_gives_the_page_as_json(capsys):
    main.main(["explain", "SG101", "--format", "json"])
    answer = json.loads(capsys.readouterr().out)
    assert (answer["code"], answer["title"]) == ("SG101", "an argument of this layer")


def test_explain_without_a_code_lists_all(capsys):
    assert main.main(["explain"]) == common_options.FINE
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "SG101  an argument of this layer"
    assert lines == sorted(lines)


def test_an_unknown_code_lists_near_ones_and_could_not_run(capsys):
    assert main.main(["explain", "SG110"]) == common_options.COULD_NOT_RUN
    assert capsys.readouterr().err == "shapeguard: unknown error code 'SG110'; did you mean SG711 or SG710 or SG190?\n"


@pytest.mark.parametrize(
    ("choice", "terminal", "environment", "coloured"),
    [
        ("auto", True, {}, True),
        ("auto", False, {}, False),
        ("auto", True, {"NO_COLOR": "1"}, False),
        ("auto", True, {"TERM": "dumb"}, False),
        ("always", False, {"NO_COLOR": "1"}, True),
        ("never", True, {}, False),
    ],
)
def test_colour_follows_the_choice_then_the_environment_then_the_stream(
    choice, terminal, environment, coloured, monkeypatch
):
    class Stream:
        def isatty(self):
            return terminal

    for name in ("NO_COLOR", "TERM"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert common_options.wants_colour(choice, Stream()) is coloured


def distribution(folder, name, *files, version="1.0"):
    """An installed distribution, as far as its metadata tells."""
    metadata = folder / f"{name.replace('-', '_')}-{version}.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
    (metadata / "RECORD").write_text("".join(f"{file}\n" for file in files))


@pytest.mark.parametrize("name", doctor.NAMESAKES)
def test_the_doctor_names_a_project_that_installs_the_same_import_name(name, tmp_path, monkeypatch):
    distribution(tmp_path, name, "shapeguard/__init__.py,,")
    monkeypatch.syspath_prepend(tmp_path)
    findings = {finding.subject: finding for finding in doctor._clashes()}
    assert findings[f"conflict with {name}"].advice == (
        f"pip uninstall -y {name} && pip install --force-reinstall --no-deps keras-shapeguard"
    )


def test_the_doctor_leaves_a_namesake_alone_that_installs_another_import_name(tmp_path, monkeypatch):
    distribution(tmp_path, "torch-shapeguard", "torch_shapeguard/__init__.py,,")
    monkeypatch.syspath_prepend(tmp_path)
    assert list(doctor._clashes()) == []


def test_the_doctor_sees_files_that_another_project_overwrote(tmp_path, monkeypatch):
    (tmp_path / "shapeguard").mkdir()
    (tmp_path / "shapeguard" / "__init__.py").write_text("another project's\n")
    distribution(tmp_path, doctor.OURS, "shapeguard/__init__.py,sha256=AAAA,9", "shapeguard/gone.py,sha256=AAAA,9")
    monkeypatch.syspath_prepend(tmp_path)
    (finding,) = doctor._altered_files()
    assert finding.state == "changed or missing: shapeguard/__init__.py, shapeguard/gone.py"


def test_the_doctor_sees_two_tensorflows_in_one_folder(tmp_path, monkeypatch):
    distribution(tmp_path, "tensorflow", version="2.21.0")
    distribution(tmp_path, "tensorflow-cpu", version="2.21.0")
    monkeypatch.syspath_prepend(tmp_path)
    (finding,) = doctor._double_tensorflow()
    assert finding.advice.startswith("pip uninstall -y tensorflow tensorflow-cpu")


def test_the_doctor_sees_the_legacy_switch(monkeypatch):
    monkeypatch.setenv("TF_USE_LEGACY_KERAS", "1")
    (finding,) = doctor._legacy_keras()
    assert finding.advice == "unset it"


def test_the_doctor_sees_a_python_that_keeps_no_columns():
    program = "from shapeguard.cli.doctor import _has_columns; print(_has_columns())"
    answers = [
        subprocess.run([sys.executable, *flags, "-c", program], capture_output=True, text=True, check=True).stdout
        for flags in ([], ["-X", "no_debug_ranges"])
    ]
    assert answers == ["True\n", "False\n"]


def test_the_doctor_tells_the_versions(capsys):
    import keras

    main.main(["doctor", "--format", "json"])
    findings = {finding["subject"]: finding["state"] for finding in json.loads(capsys.readouterr().out)}
    assert findings["Keras"] == keras.__version__
    assert findings["backend"].startswith(keras.config.backend())


def test_drawn_digits_are_digits_of_every_kind_in_keras_shape():
    images, labels, test_images, test_labels = digits.draw_split()
    assert (images.shape, labels.shape) == ((2000, 28, 28, 1), (2000, 10))
    assert (test_images.shape, test_labels.shape) == ((400, 28, 28, 1), (400, 10))
    assert labels.sum(axis=0).min() > 100


def test_the_demo_uses_mnist_where_keras_has_it_on_disk(tmp_path, monkeypatch):
    import numpy as np

    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    assert digits.source() == "digits drawn by the demo (Keras has no MNIST on disk)"
    (tmp_path / "datasets").mkdir()
    images, labels = digits.draw(3000)
    images = images.astype("uint8")
    np.savez(tmp_path / "datasets" / "mnist.npz", x_train=images, y_train=labels, x_test=images, y_test=labels)
    assert digits.source() == "MNIST, from disk"
    assert [array.shape for array in digits.load()] == [(2000, 28, 28, 1), (2000, 10), (400, 28, 28, 1), (400, 10)]


def test_the_demo_shows_the_message_then_the_corrected_run(capsys, monkeypatch, tmp_path):
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    assert main.main(["demo", "--color", "never"]) == common_options.FINE
    printed = capsys.readouterr().out
    message, corrected = printed.split("== The same program", 1)
    assert (
        "\nShapeMismatchError: [SG101] layer 'conv2d' (Conv2D): expected (200, 26, 26, 32), got (200, 9, 9, 32)\n"
        in message
    )
    assert "strides" in message
    assert "Epoch 1/10" not in message
    assert "Epoch 10/10" in corrected
    assert corrected.endswith("== It ran to the end: 'conv2d' outputs (200, 26, 26, 32).\n")


def test_the_demo_program_has_no_line_longer_than_a_screen():
    assert max(map(len, demo.PROGRAM.read_text().splitlines())) <= 120


def test_a_missing_backend_is_one_line_and_could_not_run(monkeypatch, capsys):
    def fail(_arguments):
        raise ModuleNotFoundError("No module named 'tensorflow'", name="tensorflow")

    module = importlib.import_module("shapeguard.cli.doctor")
    monkeypatch.setattr(module, "run", fail)
    assert main.main(["doctor"]) == common_options.COULD_NOT_RUN
    assert capsys.readouterr().err.startswith("shapeguard: tensorflow is not installed: pip install ")
