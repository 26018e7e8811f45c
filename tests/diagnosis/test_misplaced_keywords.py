"""Keywords of a layer in the call around its constructor, as Keras refuses them."""

import runpy

import pytest
from helpers.refused_programs import refused
from helpers.texts import mended

from shapeguard import ShapeGuard

HEAD = "import keras\nfrom keras import layers\nmodel, x = keras.Sequential(), keras.Input((4,))\n"


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ("model.add(layers.Dense(5), activation='relu')", "model.add(layers.Dense(5, activation='relu'))"),
        ("model.add(layers.Flatten(), input_shape=(4, 4))", "model.add(layers.Flatten(input_shape=(4, 4)))"),
        (
            "model.add(layers.Dense(units=5,), activation='relu', name='a')",
            "model.add(layers.Dense(units=5, activation='relu', name='a'))",
        ),
        ("y = layers.Dense(5)(x, activation='relu')", "y = layers.Dense(5, activation='relu')(x)"),
    ],
)
def test_they_are_moved_into_the_constructor(wrong, right, tmp_path):
    diagnosis = refused(HEAD + wrong, tmp_path)
    (cause,) = diagnosis.causes
    assert (diagnosis.code, cause.confidence, cause.kind) == ("SG601", "cause", "structure")
    assert mended(tmp_path / "program.py", cause).splitlines()[-1] == right


@pytest.mark.parametrize(
    "wrong",
    [
        "model.add(layers.Dense(5), colour='red')",
        "class Block:\n    def add(self, layer):\n        pass\nBlock().add(layers.Dense(5), units=3)",
        "def scaled(x, by):\n    return x\nscaled(layers.Dense(5)(x), activation='relu')",
    ],
)
def test_what_is_no_argument_of_the_layer_or_not_refused_by_keras_stays_as_it_is_raised(wrong, tmp_path):
    file = tmp_path / "program.py"
    file.write_text(HEAD + wrong, encoding="utf-8")
    with pytest.raises(TypeError) as caught, ShapeGuard():
        runpy.run_path(str(file))
    assert type(caught.value) is TypeError
