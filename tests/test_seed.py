"""The question the project began with, on real handwritten digits: each spelling, each in a process of its own."""

import os
import subprocess
import sys
import textwrap

import pytest

PREAMBLE = """
import numpy as np
from digits import X_test, X_train, y_test, y_train
"""
KERAS = """
import keras
from keras.layers import Convolution2D, Dense, Dropout, Flatten, MaxPooling2D
from keras.models import Sequential
"""
MODEL = """
model = Sequential()
model.add(Convolution2D(32,3,3,activation='relu'))
model.add(MaxPooling2D(pool_size=(2,2)))
model.add(Dropout(0.5))
model.add(Flatten())
model.add(Dense(256,activation = 'relu'))
model.add(Dense(10, activation = 'softmax'))
model.compile(loss = 'categorical_crossentropy', optimizer = 'adam', metrics = ['accuracy'])
"""
FIT = """
history = model.fit(X_train, y_train, validation_data = (X_test, y_test), epochs = 2, batch_size = 200, verbose = 2,
                    callbacks = [{guard}])
np.savez("weights.npz", *model.get_weights())
"""
CALLBACK = FIT.format(guard='ShapeGuard({"conv2d": (200, 26, 26, 32)})')
IMPORT = "from shapeguard import ShapeGuard\n"
SEED = "keras.utils.set_random_seed(0)\n"

COMMENTED = MODEL.replace("'relu'))\nmodel.add(Max", "'relu'))  # (200, 26, 26, 32)\nmodel.add(Max", 1)
BUILD, COMPILE = COMMENTED.split("model.compile", 1)
FUNCTIONAL = """
from typing import Annotated, Any

@ShapeGuard()
def build():
    image = keras.Input((28, 28, 1))
    x: Annotated[Any, "B 26 26 32"] = Convolution2D(32,3,3,activation='relu')(image)
    x = MaxPooling2D(pool_size=(2,2))(x)
    x = Dropout(0.5)(x)
    x = Flatten()(x)
    x = Dense(256,activation = 'relu')(x)
    return keras.Model(image, Dense(10, activation = 'softmax')(x))

model = build()
model.compile(loss = 'categorical_crossentropy', optimizer = 'adam', metrics = ['accuracy'])
"""
LOOP = """
def layers_of(sizes):
    for size in sizes:
        yield Convolution2D(size,3,3,activation='relu')

model = Sequential()
for layer in layers_of([32]):
    model.add(layer)
""" + MODEL.split("activation='relu'))\n", 1)[1]

PROGRAMS = {
    "shapeguard first": IMPORT + KERAS + SEED + MODEL + CALLBACK,
    "keras first": KERAS + IMPORT + SEED + MODEL + CALLBACK,
    "built before the import": KERAS + SEED + MODEL + IMPORT + CALLBACK,
    "comment in a with block": (
        KERAS + IMPORT + SEED + "with ShapeGuard() as guard:" + textwrap.indent(BUILD, "    ")
        + "model.compile" + COMPILE + FIT.format(guard="guard")
    ),
    "annotation in a function": KERAS + IMPORT + SEED + FUNCTIONAL + FIT.format(guard="ShapeGuard()"),
    "loop in a helper": KERAS + IMPORT + SEED + LOOP + CALLBACK,
}  # fmt: skip


@pytest.fixture(scope="module")
def place(tmp_path_factory, handwritten_digits):
    import numpy as np

    folder = tmp_path_factory.mktemp("seed")
    x, y = handwritten_digits
    np.savez(folder / "digits.npz", X_train=x[:1200], y_train=y[:1200], X_test=x[1200:], y_test=y[1200:])
    (folder / "digits.py").write_text(
        "import numpy as np\nglobals().update(np.load('digits.npz'))\n"  # X_train, y_train, X_test, y_test
    )
    return folder


def run(place, program):
    (place / "mnist.py").write_text(PREAMBLE + program)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    answer = subprocess.run(
        [sys.executable, "mnist.py"], cwd=place, capture_output=True, text=True, check=False, env=environment
    )
    return answer.returncode, answer.stderr


def weights(place):
    import numpy as np

    with np.load(place / "weights.npz") as arrays:
        return [arrays[name].tobytes() for name in arrays]


@pytest.mark.slow
@pytest.mark.parametrize("spelling", PROGRAMS)
def test_the_seed_program_ends_in_the_one_error_that_names_the_argument(spelling, place):
    code, errors = run(place, PROGRAMS[spelling])
    assert code == 1
    message = errors[errors.index("ShapeMismatchError: ") :]
    batch = "B" if "function" in spelling else "200"
    assert message.splitlines()[0] == (
        f"ShapeMismatchError: [SG101] layer 'conv2d' (Conv2D): expected ({batch}, 26, 26, 32), got (200, 9, 9, 32)"
    ), errors
    source = (place / "mnist.py").read_text().splitlines()
    line = next(number for number, text in enumerate(source, 1) if "Convolution2D(" in text)
    assert f"mnist.py:{line}\n" in message
    assert "3rd positional argument: strides=3" in message
    lines = message.splitlines()
    caret = next(number for number, text in enumerate(lines) if "^" in text)
    assert lines[caret - 1][lines[caret].index("^")] == "3"
    for expected in (
        "with strides 3:  floor((28 - 3) / 3) + 1 = 9",
        "with strides 1:  floor((28 - 3) / 1) + 1 = 26",
        "Keras 1",
        "fix (verified",
        ",(3,3),activation='relu')",
        "expected shape declared at mnist.py:",
    ):
        assert expected in message, message


@pytest.mark.slow
@pytest.mark.parametrize("spelling", ["keras first", "comment in a with block", "annotation in a function"])
def test_corrected_it_trains_to_the_same_weights_as_without_a_guard(spelling, place):
    corrected = PROGRAMS[spelling].replace("(32,3,3,", "(32,(3,3),").replace("(size,3,3,", "(size,(3,3),")
    assert run(place, corrected)[0] == 0
    guarded = weights(place)
    unguarded = KERAS + SEED + MODEL.replace("(32,3,3,", "(32,(3,3),") + FIT.format(guard="")
    if "function" in spelling:  # a functional model draws its initial weights in another order than a deferred one
        unguarded = corrected.replace(IMPORT, "").replace("@ShapeGuard()\n", "").replace("[ShapeGuard()]", "[]")
    assert run(place, unguarded)[0] == 0
    assert weights(place) == guarded
