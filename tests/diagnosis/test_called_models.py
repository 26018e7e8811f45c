"""A model that is called on what its own Input does not declare: no side alone is to blame."""

import pytest
from helpers.texts import mended, module_of

from shapeguard import ShapeGuard, ShapeMismatchError

PROGRAM = """import keras
from keras import layers
latent_dim = 16
i = keras.Input((4, 2))
z = layers.Dense({units})(layers.Flatten()(i))
encoder = keras.Model(i, z)
j = keras.Input(({declared},))
decoder = keras.{made}
model = keras.Model(i, decoder(encoder(i)))
"""
FUNCTIONAL = "Model(j, layers.Dense(8)(j))"
SEQUENTIAL = "Sequential([j, layers.Dense(8)])"


def refused(tmp_path, **texts):
    path = tmp_path / "program.py"
    path.write_text(PROGRAM.format(**texts), encoding="utf-8")
    with pytest.raises(ShapeMismatchError) as caught, ShapeGuard():
        module_of(path)
    (diagnosis,) = caught.value.report.diagnoses
    return path, diagnosis.causes


@pytest.mark.parametrize("made", [FUNCTIONAL, SEQUENTIAL])
def test_both_sides_are_possible_and_each_mends_the_program(made, tmp_path):
    path, causes = refused(tmp_path, units="latent_dim", declared="24", made=made)
    assert [(each.confidence, each.edits[0].replacement) for each in causes] == [
        ("possible", "24"),
        ("possible", "(16,)"),
    ]
    for cause in causes:
        mended(path, cause)


def test_another_rank_is_not_the_inputs(tmp_path):
    _, causes = refused(tmp_path, units="16", declared="3, 16", made=FUNCTIONAL)
    assert not any("declares" in each.title for each in causes)


INSIDE = """import keras
import numpy as np
from keras import layers

class Net(keras.Model):
    def __init__(self, channels=1):
        super().__init__()
        self.inner = keras.Sequential([keras.Input((8, 8, channels)), layers.Conv2D(2, 3)])

    def call(self, x):
        return self.inner(x)

model = Net()
model.compile("sgd", "mse")
model.fit(np.zeros((4, 8, 8, 3)), np.zeros((4, 6, 6, 2)), verbose=0)
"""


def test_a_sequential_leaves_it_to_its_layers_to_refuse(tmp_path):
    path = tmp_path / "program.py"
    path.write_text(INSIDE, encoding="utf-8")
    with pytest.raises(ShapeMismatchError) as caught, ShapeGuard():
        module_of(path)
    (cause,) = caught.value.report.diagnoses[0].causes
    assert (cause.confidence, cause.edits[0].replacement) == ("possible", "(8, 8, 3)")
    mended(path, cause)
