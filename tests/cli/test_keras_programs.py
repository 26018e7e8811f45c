"""Whole programs with Keras through the commands; each process costs Keras' import, so there are few."""

import ast
import json

import pytest
from helpers.running import shapeguard

SEED = """import sys
import numpy as np
import keras
from keras.layers import Convolution2D, Dense, Flatten, Input
from keras.models import Sequential

model = Sequential()
model.add(Input((28, 28, 1)))
model.add(Convolution2D(32,3,3,activation='relu'))  # (200, 26, 26, 32)
model.add(Flatten())
model.add(Dense(10, activation='softmax'))
model.compile('sgd', 'categorical_crossentropy')
print('data', np.load('data.npy').shape)
model.fit(np.zeros((200, 28, 28, 1)), np.zeros((200, 10)), batch_size=200, verbose=0)
print('trained', sys.argv[1:])
open('trained', 'w').close()
sys.exit(3)
"""
FAULT, FIXED = "Convolution2D(32,3,3,activation='relu')", "Convolution2D(32,(3,3),activation='relu')"
FIRST_LINE = "[SG101] layer 'conv2d' (Conv2D): expected (200, 26, 26, 32), got (200, 9, 9, 32)"

MODELS = """import keras
from keras import layers


def image_model():
    return keras.Sequential([
        keras.Input((28, 28, 1)),
        layers.Conv2D(32, 3, 3),  # (None, 26, 26, 32)
        layers.Flatten(),
    ])


def text_model():
    inputs = keras.Input((None,), dtype="int32")
    x = layers.Embedding(100, 16)(inputs)  # vectors
    x = layers.Conv1D(
        8,
        3,
    )(x)
    x = layers.LSTM(4)(x)  # (B, 5)
    a, b = layers.Dense(2)(x), layers.Dense(3)(x)
    return keras.Model(inputs, [a, b])


def stacked():
    return keras.Sequential([keras.Input((10, 3)), layers.LSTM(8), layers.LSTM(4)])
"""


@pytest.fixture
def folder(tmp_path):
    import numpy as np

    np.save(tmp_path / "data.npy", np.zeros(3))
    (tmp_path / "train.py").write_text(SEED, encoding="utf-8")
    (tmp_path / "models.py").write_text(MODELS, encoding="utf-8")
    return tmp_path


def test_check_lists_what_is_expected_in_json_too(folder):
    words = ("check", "models:text_model", "--list-expectations")
    listed = json.loads(shapeguard(folder, *words, "--format", "json").stdout)["expectations"]
    assert [(e["layer"], e["spec"], e["declared"]["line"], e["reason"]) for e in listed] == [
        ("lstm", "(B, 5)", 20, None)
    ]


def test_check_stops_at_the_first_fit_and_says_what_differs(folder):
    answer = shapeguard(folder, "check", "train.py", "--format", "json", SHAPEGUARD="off")
    assert (answer.returncode, answer.stderr) == (1, "")
    (diagnosis,) = json.loads(answer.stdout)["diagnoses"]
    assert (diagnosis["code"], diagnosis["layer"]) == ("SG101", "conv2d")
    assert not (folder / "trained").exists()


def test_run_trains_a_right_program_and_keeps_its_exit_code(folder):
    (folder / "train.py").write_text(SEED.replace(FAULT, FIXED), encoding="utf-8")
    answer = shapeguard(folder, "run", "train.py", "--epochs", "3")
    assert (answer.stdout, answer.returncode) == ("data (3,)\ntrained ['--epochs', '3']\n", 3)


def test_run_raises_in_a_wrong_program_before_it_trains(folder):
    answer = shapeguard(folder, "run", "train.py")
    assert (answer.stdout, answer.returncode) == ("data (3,)\n", 1)
    assert f"ShapeMismatchError: {FIRST_LINE}\n" in answer.stderr
    assert "execute(program" not in answer.stderr
    assert not (folder / "trained").exists()


def test_fix_changes_the_span_and_proves_it(folder):
    raw = SEED.replace("\n", "\r\n").replace("import sys", "# -*- coding: latin-1 -*-\r\nimport sys  # \xe9t\xe9", 1)
    (folder / "train.py").write_bytes(raw.encode("latin-1"))
    shown = shapeguard(folder, "fix", "train.py", PYTHONIOENCODING="utf-8")
    changed = [line for line in shown.stdout.splitlines() if line.startswith(("+", "-"))]
    assert [line.rstrip() for line in changed] == [
        "--- a/train.py",
        "+++ b/train.py",
        f"-model.add({FAULT})  # (200, 26, 26, 32)",
        f"+model.add({FIXED})  # (200, 26, 26, 32)",
    ]
    assert shown.returncode == 1
    assert (folder / "train.py").read_bytes() == raw.encode("latin-1")
    written = shapeguard(folder, "fix", "train.py", "--write")
    assert written.stdout.endswith("fixed train.py: checked again, every expectation is met\n")
    assert written.returncode == 0
    assert (folder / "train.py").read_bytes() == raw.replace(FAULT, FIXED).encode("latin-1")


BUILDER = """import numpy as np
import keras
from keras import layers


def stage(x, filters):
    return layers.Conv2D(filters, 3, strides=2, padding="same")(x)


def build(width):
    x = image = keras.Input((16, 16, 3))
    for k in range(3):
        x = stage(x, width * 2**k)
    x = layers.GlobalAveragePooling2D()(x)  # (None, 128)
    return keras.Model(image, layers.Dense(10)(x))


model = build(width=24)
model.compile("sgd", "mse")
model.fit(np.zeros((4, 16, 16, 3)), np.zeros((4, 10)), verbose=0)
"""


def test_fix_changes_a_number_at_its_home(folder):
    (folder / "train.py").write_text(BUILDER)
    written = shapeguard(folder, "fix", "train.py", "--write")
    assert written.stdout.endswith("fixed train.py: checked again, every expectation is met\n")
    assert (folder / "train.py").read_text() == BUILDER.replace("width=24", "width=32")


BLOCKS = """from keras.layers import Convolution2D


def block(x):
    return Convolution2D(8, 3, 3)(x)  # (200, 26, 26, 8)
"""
TWO_FAULTS = """import numpy as np
import keras
from blocks import block

image = keras.Input((28, 28, 1))
x = keras.layers.Flatten()(block(image))
x = keras.layers.Dense(12)(x)  # (200, 10)
model = keras.Model(image, x)
model.compile('sgd', 'mse')
model.fit(np.zeros((200, 28, 28, 1)), np.zeros((200, 10)), batch_size=200, verbose=0)
"""


def test_faults_in_two_files_that_are_verified_only_together_are_fixed_together(folder):
    (folder / "blocks.py").write_text(BLOCKS, encoding="utf-8")
    (folder / "train.py").write_text(TWO_FAULTS, encoding="utf-8")
    answer = shapeguard(folder, "fix", "train.py", "--write")
    assert answer.stderr == "shapeguard: train.py: run once more, with fixes in its text, to prove them\n"
    assert answer.stdout.endswith("fixed blocks.py, train.py: checked again, every expectation is met\n")
    assert answer.returncode == 0
    assert (folder / "blocks.py").read_text(encoding="utf-8") == BLOCKS.replace("3, 3)", "(3, 3))")
    assert (folder / "train.py").read_text(encoding="utf-8") == TWO_FAULTS.replace("12", "10")


WITHOUT_FLATTEN = """import numpy as np
from keras import Input, Sequential
from keras.layers import Conv2D, Dense

model = Sequential([
    Input((8, 8, 1)),
    Conv2D(2, 3, activation='relu'),
    Dense(3, activation='softmax'),
])
model.compile('sgd', loss='categorical_crossentropy')
model.fit(np.zeros((6, 8, 8, 1)), np.eye(3)[[0, 1, 2, 0, 1, 2]], verbose=0)
"""


def test_a_layer_that_is_missing_is_written_with_its_import(folder):
    (folder / "train.py").write_text(WITHOUT_FLATTEN, encoding="utf-8")
    answer = shapeguard(folder, "fix", "train.py", "--write")
    assert answer.stdout.endswith("fixed train.py: checked again, every expectation is met\n"), answer.stderr
    text = WITHOUT_FLATTEN.replace("Dense\n", "Dense\nfrom keras.layers import Flatten\n", 1)
    assert (folder / "train.py").read_text(encoding="utf-8") == text.replace("    Dense(", "    Flatten(),\n    Dense(")


WITH_LABELS = WITHOUT_FLATTEN.replace("    Dense", "    Flatten(),\n    Dense").replace(
    "Dense\n", "Dense, Flatten\n", 1
)


def test_a_loss_that_does_not_take_the_targets_is_exchanged(folder):
    labels = WITH_LABELS.replace("np.eye(3)[[0, 1, 2, 0, 1, 2]]", "np.array([0, 1, 2, 0, 1, 2])")
    (folder / "train.py").write_text(labels, encoding="utf-8")
    answer = shapeguard(folder, "fix", "train.py", "--write")
    assert answer.stdout.endswith("fixed train.py: checked again, every expectation is met\n"), answer.stderr
    assert (folder / "train.py").read_text(encoding="utf-8") == labels.replace("'categorical_", "'sparse_categorical_")


def test_a_program_that_rewrites_itself_is_not_fixed(folder):
    text = SEED.replace("import sys\n", "import sys\nopen(__file__, 'a').write('# touched\\n')\n", 1)
    (folder / "train.py").write_text(text, encoding="utf-8")
    answer = shapeguard(folder, "fix", "train.py", "--write")
    assert answer.stderr == "shapeguard: train.py: has changed since it was checked; nothing was written\n"
    assert answer.returncode == 2
    assert (folder / "train.py").read_text(encoding="utf-8") == f"{text}# touched\n"


ANNOTATED = {
    'inputs = keras.Input((None,), dtype="int32")': "# (B, T)",
    "x = layers.Embedding(100, 16)(inputs)": "# (B, T, 16)  # vectors",
    "    )(x)": "# (B, S, 8)",
    "x = layers.LSTM(4)(x)": "# (B, 4)",
}


def test_annotate_writes_letters_for_what_varies_and_is_idempotent(folder):
    before = (folder / "models.py").read_text(encoding="utf-8").replace("LSTM(4)(x)  # (B, 5)", "LSTM(4)(x)")
    (folder / "models.py").write_text(before, encoding="utf-8")
    shown = shapeguard(folder, "annotate", "models:text_model")
    assert shown.returncode == 0
    assert (folder / "models.py").read_text(encoding="utf-8") == before
    written = shapeguard(folder, "annotate", "models:text_model", "--write")
    assert written.stdout == f"{shown.stdout}annotated models.py\n"
    assert written.stderr == "shapeguard: skipped: models.py:21: 2 layers end on this line; write one per line\n"
    after = (folder / "models.py").read_text(encoding="utf-8")
    assert ast.dump(ast.parse(after)) == ast.dump(ast.parse(before))
    for code, comment in ANNOTATED.items():
        assert f"{code}  {comment}\n" in after
    again = shapeguard(folder, "annotate", "models:text_model", "--write")
    assert again.stdout == "nothing annotated\n"
    assert (folder / "models.py").read_text(encoding="utf-8") == after
    assert shapeguard(folder, "check", "models:text_model").returncode == 0


def test_annotate_refuses_a_model_with_a_mismatch(folder):
    answer = shapeguard(folder, "annotate", "models:text_model", "--write")
    assert answer.returncode == 1
    assert "layer 'lstm' (LSTM): expected (B, 5), got (None, 4)" in answer.stdout
    assert answer.stderr == (
        "shapeguard: nothing was annotated: "
        "fix the model; or, if the model is right, replace the comments with --update\n"
    )
    assert (folder / "models.py").read_text(encoding="utf-8") == MODELS
    updated = shapeguard(folder, "annotate", "models:text_model", "--write", "--update")
    assert updated.returncode == 0
    assert "    x = layers.LSTM(4)(x)  # (B, 4)\n" in (folder / "models.py").read_text(encoding="utf-8")


def test_a_builder_that_keras_stops_is_explained(folder):
    answer = shapeguard(folder, "check", "models:stacked", "--format", "github")
    assert answer.returncode == 1
    assert answer.stdout.startswith("::error file=models.py,line=26,")
    assert "[SG601] layer 'lstm_1' (LSTM) does not accept (None, 8)" in answer.stdout


def test_a_builder_is_checked_with_the_shapes_that_are_given(folder):
    answer = shapeguard(folder, "check", "models.py:image_model", "--input", "200,28,28,1", "--format", "markdown")
    assert answer.returncode == 1
    assert "(200, 9, 9, 32)" in answer.stdout
    wrong = shapeguard(folder, "check", "models.py:image_model", "--input", "28x28")
    assert wrong.stderr == "shapeguard: --input 28x28: write sizes with commas, such as 200,28,28,1\n"
    assert wrong.returncode == 2


def test_nothing_expected_is_never_silent_green(folder):
    (folder / "train.py").write_text(SEED.replace("  # (200, 26, 26, 32)", ""), encoding="utf-8")
    answer = shapeguard(folder, "check", "train.py")
    assert answer.returncode == 0
    assert answer.stderr == (
        "shapeguard: no layer has an expected shape yet; write shapes as comments, or see `shapeguard annotate`\n"
    )


def test_a_thread_that_lives_on_after_fit_is_not_waited_for(folder):
    endless = "import threading, time\nthreading.Thread(target=time.sleep, args=(600,)).start()\n"
    (folder / "train.py").write_text(endless + SEED, encoding="utf-8")
    answer = shapeguard(folder, "check", "train.py", "--timeout", "120")
    assert (answer.stdout.partition("\n")[0], answer.returncode) == (FIRST_LINE, 1)


def test_a_module_whose_package_imports_keras_is_watched_from_its_first_line(folder):
    (folder / "package").mkdir()
    (folder / "package" / "__init__.py").write_text("import keras\n", encoding="utf-8")
    (folder / "package" / "train.py").write_text(f"from . import keras\n{SEED}", encoding="utf-8")
    answer = shapeguard(folder, "check", "-m", "package.train")
    assert (answer.stdout.partition("\n")[0], answer.returncode) == (FIRST_LINE, 1)
    assert not (folder / "trained").exists()


def test_fit_in_a_thread_is_checked_too(folder):
    body = SEED.partition("model = ")
    thread = "import threading\ndef work():\n" + "".join(f"    {line}\n" for line in (body[1] + body[2]).splitlines())
    (folder / "train.py").write_text(f"{body[0]}{thread}threading.Thread(target=work).start()\n", encoding="utf-8")
    answer = shapeguard(folder, "check", "train.py", "--format", "json")
    assert [row["layer"] for row in json.loads(answer.stdout)["rows"]][1:] == ["conv2d", "flatten", "dense"]
    assert not (folder / "trained").exists()
