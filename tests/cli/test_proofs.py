"""Fixes proven by running the program with them in its text; each program notes who started it, at every run."""

import json
import subprocess
import sys

import pytest
from helpers.running import shapeguard

from shapeguard.cli import forking
from shapeguard.cli.main import main

NOTE = """import os
with open("runs", "a") as runs:
    runs.write(f"{os.getppid()}\\n")
"""
UNET = (
    NOTE
    + """import keras
import numpy as np
from keras.layers import Concatenate, Convolution2D, Input, MaxPooling2D, UpSampling2D

image = Input((32, 32, 1))
first = Convolution2D(4, 3, 3, activation="relu", padding="same")(image)
first = Convolution2D(4, 3, 3, activation="relu", padding="same")(first)
second = Convolution2D(8, 3, 3, activation="relu", padding="same")(MaxPooling2D(2)(first))
joined = Concatenate()([UpSampling2D(2)(second), first])
joined = Convolution2D(4, 3, 3, activation="relu", padding="same")(joined)
model = keras.Model(image, Convolution2D(1, 1, 1, activation="sigmoid")(joined))
model.compile("sgd", "binary_crossentropy")
model.fit(np.zeros((4, 32, 32, 1)), np.zeros((4, 32, 32, 1)), verbose=0)
"""
)
CHAIN = (
    NOTE
    + """import keras
import numpy as np
from keras import layers

model = keras.Sequential()
model.add(keras.Input((10, 3)))
model.add(layers.LSTM(8))
model.add(layers.LSTM(4))
model.add(layers.Dense(5))
model.compile("sgd", "mse")
model.fit(np.zeros((8, 10, 3)), np.zeros((8, 10, 5)), verbose=0)
"""
)
RESHAPE = (
    NOTE
    + """import keras
import numpy as np
from keras import layers

model = keras.Sequential([
    keras.Input((8, 8, 3)),
    layers.Conv2D(4, 3),
    layers.Reshape((64, 4)),
    layers.LSTM(8),
    layers.Dense(2),
])
model.compile("sgd", "mse")
model.fit(np.zeros((8, 8, 8, 3)), np.zeros((8, 2)), verbose=0)
"""
)


def runs(folder):
    """The processes that started a run of the program, since this was last asked."""
    file = folder / "runs"
    parents = file.read_text(encoding="utf-8").split() if file.exists() else []
    file.unlink(missing_ok=True)
    return parents


def write(folder, text, name="train.py"):
    (folder / name).write_text(text, encoding="utf-8")
    return name


def first_cause(answer):
    return json.loads(answer.stdout)["diagnoses"][0]["causes"][0]


def test_one_fix_of_a_unet_of_keras_1_calls_ends_with_a_program_that_trains(tmp_path):
    write(tmp_path, UNET)
    answer = shapeguard(tmp_path, "fix", "train.py", "--write")
    assert answer.stdout.endswith("fixed train.py: checked again, every expectation is met\n"), answer.stderr
    assert answer.returncode == 0
    assert len(runs(tmp_path)) == 2
    assert (tmp_path / "train.py").read_text(encoding="utf-8") == UNET.replace("3, 3,", "(3, 3),")
    trained = subprocess.run([sys.executable, "train.py"], cwd=tmp_path, capture_output=True, check=False)
    assert trained.returncode == 0


def test_faults_that_follow_one_another_are_fixed_as_one_chain(tmp_path):
    write(tmp_path, CHAIN)
    shown = shapeguard(tmp_path, "fix", "train.py")
    assert shown.returncode == 1
    assert len(runs(tmp_path)) == 3
    assert shown.stderr == (
        "shapeguard: train.py: run 2 more times, with fixes in its text, to prove them\n"
        "shapeguard: with this change, the first step of fit() passes\n"
    )
    assert (tmp_path / "train.py").read_text(encoding="utf-8") == CHAIN
    text = shapeguard(tmp_path, "check", "train.py").stdout
    assert "fix (not verified: gets past this fault; the next is SG303 in layer 'dense'):\n" in text


def test_a_chain_that_comes_to_no_end_writes_nothing_and_says_where_it_stopped(tmp_path):
    text = CHAIN.replace("np.zeros((8, 10, 3)), np.zeros((8, 10, 5))", "*[np.zeros((8, 10, 3)), np.zeros((9, 5))]")
    write(tmp_path, text)
    answer = shapeguard(tmp_path, "fix", "train.py", "--write")
    assert answer.returncode == 1
    assert answer.stdout.startswith(
        "shapeguard: nothing was written; these fixes get past a fault, and the program comes to another:\n"
        "  1. layer 'lstm': `return_sequences=False` (default, not passed) -> True\n\n[SG301] "
    )
    assert (tmp_path / "train.py").read_text(encoding="utf-8") == text
    assert len(runs(tmp_path)) <= 6


def test_the_first_cause_is_proven_by_a_run_and_not_if_that_is_forbidden(tmp_path):
    write(tmp_path, RESHAPE)
    proven = shapeguard(tmp_path, "check", "train.py", "--format", "json")
    cause = first_cause(proven)
    assert (cause["argument"], cause["proven_by"], cause["verified"]) == ("padding", "run", True)
    assert cause["proof"] == "the first step of fit() passes"
    assert proven.stderr == "shapeguard: train.py: run once more, with fixes in its text, to prove them\n"
    assert len(set(runs(tmp_path))) == 2
    alone = shapeguard(tmp_path, "check", "train.py", "--format", "json", "--no-rerun")
    assert (first_cause(alone)["proven_by"], alone.stderr, len(runs(tmp_path))) == (None, "", 1)


def test_run_proves_only_if_it_is_asked_to(tmp_path):
    write(tmp_path, RESHAPE)
    answer = shapeguard(tmp_path, "run", "--prove", "train.py")
    assert answer.returncode == 1
    assert "layer 'conv2d': `padding='valid'` (default, not passed) -> 'same' (verified by" in answer.stderr
    assert len(runs(tmp_path)) == 2


HEARTBEATS = (
    NOTE
    + """import keras
import numpy as np
from keras import layers

beats = np.zeros((8, 6, 2))
model = keras.Sequential()
model.add(layers.LSTM(4, input_shape=(6,)))
model.add(layers.Dense(1))
model.compile("sgd", "mse")
model.fit(np.copy(beats), np.zeros((8, 1)), verbose=0)
"""
)


def test_an_input_shape_that_was_chosen_before_the_data_was_seen_is_chosen_anew(tmp_path):
    write(tmp_path, HEARTBEATS)
    cause = first_cause(shapeguard(tmp_path, "check", "train.py", "--format", "json"))
    (edit,) = cause["edits"]
    assert (edit["argument"], edit["replacement"], cause["proven_by"]) == ("input_shape", "(6, 2)", "run")
    assert len(runs(tmp_path)) == 3


def test_without_a_fork_the_proof_is_the_same(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(forking, "may_fork", lambda: False)
    monkeypatch.chdir(tmp_path)
    write(tmp_path, RESHAPE)
    assert main(["check", "train.py", "--format", "json", "--brief"]) == 1
    (finding,) = json.loads(capsys.readouterr().out)["findings"]
    assert (finding["argument"], finding["proven_by"]) == ("padding", "run")
    assert len(set(runs(tmp_path))) == 1  # this process started both


def test_a_program_that_is_another_one_each_time_proves_nothing(tmp_path):
    other = RESHAPE.replace("layers.Conv2D(4, 3),", "layers.Conv2D(width, 1),\n    layers.Conv2D(4, 3),")
    width = "width = 2 + len(open('runs').read())"
    write(tmp_path, other.replace("from keras import layers", f"from keras import layers\n{width}"))
    answer = shapeguard(tmp_path, "check", "train.py", "--format", "json")
    assert first_cause(answer)["proven_by"] is None
    assert answer.stderr == (
        "shapeguard: train.py: run once more, with fixes in its text, to prove them\n"
        "shapeguard: train.py: not run again: its layers have other shapes each time\n"
    )
    assert len(runs(tmp_path)) == 2


def test_a_program_that_takes_longer_than_the_proofs_may_is_not_run_again(tmp_path):
    write(tmp_path, RESHAPE)
    answer = shapeguard(tmp_path, "check", "train.py", "--prove-timeout", "0.5")
    assert answer.stderr.startswith("shapeguard: train.py: not run again: its first run took ")
    assert answer.stderr.endswith(" s, and --prove-timeout is 0.5\n")
    assert (answer.returncode, len(runs(tmp_path))) == (1, 1)


BUILDERS = (
    NOTE
    + """import keras
from keras import layers


def right():
    return keras.Sequential([keras.Input((8,)), layers.Dense(2)])


def wrong():
    return keras.Sequential([keras.Input((8, 8, 3)), layers.Conv2D(4, 3, 3), layers.Conv2D(4, 3), layers.Dense(2)])
"""
)


@pytest.mark.skipif(not forking.may_fork(), reason="needs Linux without an accelerator")
def test_several_targets_share_one_import_of_keras_and_answer_with_one_document(tmp_path):
    write(tmp_path, BUILDERS, "models.py")
    write(tmp_path, RESHAPE)
    targets = ("models:right", "models:wrong", "models:nowhere", "train.py")
    answer = shapeguard(tmp_path, "check", *targets, "--format", "json", "--brief")
    document = json.loads(answer.stdout)
    assert answer.returncode == 2
    assert (document["schema_version"], [each["target"] for each in document["reports"]]) == (2, list(targets))
    assert [each["ok"] for each in document["reports"]] == [True, False, False, False]
    assert document["reports"][2] == {
        "target": "models:nowhere",
        "ok": False,
        "refusal": "models:nowhere: models has no 'nowhere'",
    }
    assert document["reports"][3]["findings"][0]["proven_by"] == "run"
    assert len(set(runs(tmp_path))) == 1
    arguments = shapeguard(tmp_path, "check", *targets, "--", "3")
    assert (arguments.returncode, arguments.stderr) == (
        2,
        "shapeguard: arguments after -- are for one script, and there are several targets\n",
    )


def test_verify_says_by_its_exit_code_whether_the_program_passes_with_the_edit(tmp_path):
    write(tmp_path, RESHAPE)
    found = shapeguard(tmp_path, "check", "train.py", "--format", "json", "--brief", "--no-rerun")
    edits = json.loads(found.stdout)["findings"][0]["edits"]
    (tmp_path / "edits.json").write_text(json.dumps(edits), encoding="utf-8")
    runs(tmp_path)
    right = shapeguard(tmp_path, "verify", "train.py", "--edit", "edits.json", "--format", "json", "--brief")
    assert (right.returncode, json.loads(right.stdout)) == (0, {"schema_version": 2, "ok": True, "findings": []})
    assert right.stderr == (
        "shapeguard: train.py: verified with 1 edit: nothing is expected of a layer; the first step of fit() passes\n"
    )
    assert (tmp_path / "train.py").read_text(encoding="utf-8") == RESHAPE
    wrong = shapeguard(
        tmp_path, "verify", "train.py", "--no-rerun", "--edit", json.dumps([{**edits[0], "replacement": ""}])
    )
    assert wrong.returncode == 1
    assert wrong.stderr == "shapeguard: train.py: not verified with 1 edit\n"
    assert len(runs(tmp_path)) == 2
    broken = shapeguard(tmp_path, "verify", "train.py", "--edit", json.dumps([{**edits[0], "replacement": "("}]))
    assert (broken.returncode, broken.stdout, broken.stderr.count("\n")) == (2, "", 1)
    beyond = {"line": 999, "column": 0, "end_line": 999, "end_column": 1, "replacement": ""}
    nowhere = shapeguard(tmp_path, "verify", "train.py", "--edit", json.dumps([beyond]))
    assert (nowhere.returncode, runs(tmp_path)) == (2, [])
    assert nowhere.stderr == "shapeguard: train.py: line 999, column 0 is beyond the end of the text\n"
