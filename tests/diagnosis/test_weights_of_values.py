"""Sample weights with more axes than the loss has values: the first of those that are alike, else their mean."""

import numpy as np
import pytest
from helpers.refused_programs import is_right, refused
from helpers.texts import mended

from shapeguard.trace.target_values import axes_alike

pytestmark = pytest.mark.filterwarnings("ignore:ShapeGuard. this model has no expected shapes")
HEAD = """
import keras
import numpy as np
from keras import layers

tracks = np.random.default_rng(0).normal(size=(8, 5, 4)).astype("float32")
labels = np.eye(3)[np.arange(8) % 3]
rare = np.where(labels[:, :1] > 0, 3.0, 1.0)

def smoother():
    model = keras.Sequential([keras.Input((5, 4)), layers.Dense(4)])
    model.compile("sgd", "mae")
    return model

def classifier():
    model = keras.Sequential([keras.Input((5, 4)), layers.Flatten(), layers.Dense(3, activation="softmax")])
    model.compile("sgd", "categorical_crossentropy")
    return model

def trust(tracks):
    return np.ones_like(tracks) * np.linspace(0.1, 1, 5)[:, None]

"""
CASES = {
    "alike for each step": (
        "smoother().fit(tracks, tracks, sample_weight=trust(tracks), verbose=0)",
        "smoother().fit(tracks, tracks, sample_weight=trust(tracks)[..., 0], verbose=0)",
        "cause",
    ),
    "alike in one batch": (
        "smoother().train_on_batch(tracks, tracks, sample_weight=trust(tracks))",
        "smoother().train_on_batch(tracks, tracks, sample_weight=trust(tracks)[..., 0])",
        "cause",
    ),
    "alike for each class, by position": (
        "classifier().test_on_batch(tracks, labels, np.repeat(rare, 3, axis=1))",
        "classifier().test_on_batch(tracks, labels, np.repeat(rare, 3, axis=1)[..., 0])",
        "cause",
    ),
    "alike on both axes of a sample": (
        "classifier().fit(tracks, labels, sample_weight=np.ones((8, 5, 4)) * rare[:, None], verbose=0)",
        "classifier().fit(tracks, labels, sample_weight=(np.ones((8, 5, 4)) * rare[:, None])[..., 0, 0], verbose=0)",
        "cause",
    ),
    "of each value": (
        "smoother().train_on_batch(tracks, tracks, sample_weight=np.abs(tracks))",
        "smoother().train_on_batch(tracks, tracks, sample_weight=np.mean(np.abs(tracks), axis=-1))",
        "possible",
    ),
    "of each step beside one value": (
        "classifier().fit(tracks, labels, sample_weight=np.abs(tracks[..., 0]), verbose=0)",
        "classifier().fit(tracks, labels, sample_weight=np.mean(np.abs(tracks[..., 0]), axis=-1), verbose=0)",
        "possible",
    ),
    "all of one value": (
        "smoother().fit(tracks, tracks, sample_weight=np.ones_like(tracks), verbose=0)",
        "smoother().fit(tracks, tracks, sample_weight=np.mean(np.ones_like(tracks), axis=-1), verbose=0)",
        "possible",
    ),
    "alike on one of the axes": (
        "classifier().fit(tracks, labels, sample_weight=trust(tracks), verbose=0)",
        "classifier().fit(tracks, labels, sample_weight=np.mean(trust(tracks), axis=(1, 2)), verbose=0)",
        "possible",
    ),
}


@pytest.mark.parametrize(("program", "line", "confidence"), CASES.values(), ids=CASES)
def test_one_weight_is_given_where_there_are_several(program, line, confidence, tmp_path):
    (cause,) = refused(HEAD + program, tmp_path).causes
    assert mended(tmp_path / "program.py", cause).splitlines()[-1] == line
    assert (cause.confidence, cause.verified) == (confidence, confidence == "cause")


@pytest.mark.parametrize(
    "program",
    [
        "smoother().train_on_batch(tracks, tracks, sample_weight=trust(tracks)[..., 0])",
        "smoother().fit(tracks, tracks, sample_weight=trust(tracks)[..., :1], verbose=0)",
        "classifier().test_on_batch(tracks, labels, rare)",
    ],
)
def test_a_weight_for_each_value_of_the_loss_is_right(program, tmp_path):
    assert is_right(HEAD + program, tmp_path)


def test_axes_are_alike_from_the_last_one_on():
    steps = np.ones((4, 3, 2)) * np.arange(3)[:, None]
    assert axes_alike([steps, np.ones((4, 3)), np.arange(4), np.arange(8).reshape(4, 2)]) == (1, 0, 0, 0)
    assert axes_alike([steps, ["a"]]) == ()
    assert axes_alike(None) == ()
