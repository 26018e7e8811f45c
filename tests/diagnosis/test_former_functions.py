"""Functions of `keras.backend` that Keras 3 no longer has: what does the same, written in their place."""

import keras
import numpy as np
import pytest
from helpers.refused_programs import refused
from helpers.texts import mended
from keras import ops

from shapeguard import ShapeMismatchError
from shapeguard.keras_compat.former_backend import FORMS, SUCCESSORS

HEAD = "import keras\nfrom keras import layers\nfrom keras import backend as K\n\ni = keras.Input((8, 3))\n"
LINES = {
    "layers.Lambda(lambda t: K.mean(t, axis=1))(i)": "layers.Lambda(lambda t: keras.ops.mean(t, axis=1))(i)",
    "layers.Lambda(lambda t: K.expand_dims(t))(i)": "layers.Lambda(lambda t: keras.ops.expand_dims(t, axis=-1))(i)",
    "layers.Lambda(lambda t: K.permute_dimensions(t, pattern=(0, 2, 1)))(i)": (
        "layers.Lambda(lambda t: keras.ops.transpose(t, axes=(0, 2, 1)))(i)"
    ),
    "layers.Lambda(lambda t: K.concatenate([t, K.expand_dims(K.max(t, axis=2))]))(i)": (
        "layers.Lambda(lambda t: keras.ops.concatenate([t, keras.ops.expand_dims(keras.ops.max(t, axis=2), axis=-1)],"
        " axis=-1))(i)"
    ),
    "layers.Lambda(lambda t: K.argmax(t, 1))(i)": "layers.Lambda(lambda t: keras.ops.argmax(t, 1))(i)",
    "layers.Lambda(K.abs)(i)": "layers.Lambda(keras.ops.abs)(i)",
    "K.sum(i, axis=-1)": "keras.ops.sum(i, axis=-1)",
    "K.int_shape(i)": "i.shape",
    "K.batch_flatten(i)": "keras.ops.reshape(i, (-1, math.prod(i.shape[1:])))",
}


@pytest.mark.parametrize(("line", "now"), LINES.items(), ids=LINES)
def test_the_function_of_keras_3_is_written_in_its_place(line, now, tmp_path):
    diagnosis = refused(f"{HEAD}y = {line}\n", tmp_path)
    (cause,) = diagnosis.causes
    assert (diagnosis.code, cause.kind, cause.confidence) == ("SG601", "structure", "cause")
    assert f"y = {now}\n" in mended(tmp_path / "program.py", cause)


def test_a_name_that_the_program_lacks_is_imported(tmp_path):
    imports = "from keras.layers import Input, Lambda\nfrom keras import backend as K\n\n"
    text = f"{imports}y = Lambda(lambda t: K.tanh(t))(Input((3,)))\n"
    cause = refused(text, tmp_path).causes[0]
    assert cause.title == "Keras 3 has no `keras.backend.tanh`: it is `keras.ops.tanh`"
    assert [edit.argument for edit in cause.edits] == ["replace", "import"]
    mended(tmp_path / "program.py", cause)


def test_all_functions_of_the_file_that_are_gone_change_at_once(tmp_path):
    scaled = "def scaled(t):\n    return K.square(t) + K.epsilon()\n\n\n"
    text = f"{HEAD}\n\n{scaled}y = layers.Lambda(scaled)(layers.Lambda(lambda t: K.exp(t))(i))\n"
    cause = refused(text, tmp_path).causes[0]
    assert cause.title == "Keras 3 has no `keras.backend.exp`: it is `keras.ops.exp`, and 1 more of its functions"
    mended(tmp_path / "program.py", cause)


def test_inside_a_fit_it_is_named_too(tmp_path):
    text = (
        f"{HEAD}import numpy as np\nmodel = keras.Sequential([i, layers.Lambda(lambda t: K.mean(t, axis=1))])\n"
        "model.compile('sgd', lambda a, b: K.mean(K.square(a - b)))\n"
        "model.fit(np.zeros((4, 8, 3)), np.zeros((4, 3)), verbose=0)\n"
    )
    assert refused(text, tmp_path).causes[0].title.startswith("Keras 3 has no `keras.backend.mean`")


def test_another_name_that_is_missing_stays_what_it_was(tmp_path):
    with pytest.raises(AttributeError) as caught:
        refused(f"{HEAD}y = layers.Lambda(lambda t: K.set_session(t))\nK.set_session(i)\n", tmp_path)
    assert not isinstance(caught.value, ShapeMismatchError)


def test_every_successor_exists():
    for successor in SUCCESSORS.values():
        module, _, name = successor.path.rpartition(".")
        assert hasattr({"keras.ops": ops, "keras.random": keras.random}[module], name)


def test_what_stands_for_a_function_does_the_same():
    x = np.arange(6, dtype="float32").reshape(2, 3)
    names = {"keras": keras, "math": __import__("math"), "x": ops.convert_to_tensor(x), "n": 4}
    shapes = {name: tuple(getattr(value := eval(form, names), "shape", value)) for name, (_, form) in FORMS.items()}  # noqa: S307
    assert shapes == {"batch_flatten": (2, 3), "flatten": (6,), "int_shape": (2, 3), "repeat": (2, 4, 3)}
