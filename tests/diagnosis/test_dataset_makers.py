"""Datasets of folders and of long series, made with arguments that do not go with the model."""

import pytest
from helpers.refused_programs import is_right, refused
from helpers.texts import applied

pytestmark = [
    pytest.mark.filterwarnings("ignore:ShapeGuard. this model has no expected shapes"),
    pytest.mark.filterwarnings("ignore:`shuffle=True` was passed"),  # Keras' own, of every dataset
]
HEAD = """
import os
import tempfile

import keras
import numpy as np
import tensorflow as tf
from keras import layers

folder = tempfile.mkdtemp()
for kind in ("cats", "dogs", "rats"):
    os.makedirs(os.path.join(folder, kind))
    for number in range(4):
        picture = tf.io.encode_png(tf.zeros((20, 20, 3), "uint8"))
        tf.io.write_file(os.path.join(folder, kind, f"{number}.png"), picture)

"""
SIZE = """
model = keras.Sequential([keras.Input((16, 16, 3)), layers.Conv2D(2, 3), layers.Flatten(), layers.Dense(3)])
model.compile("sgd", "sparse_categorical_crossentropy")
"""
SERIES = """
readings, wanted = np.zeros((90, 5)), np.zeros(90)
windows = keras.utils.timeseries_dataset_from_array(readings, wanted, sequence_length=20, batch_size=8)
model = keras.Sequential([keras.Input((10, 5)), layers.Flatten(), layers.Dense(1)])
model.compile("sgd", "mse")
model.fit(windows, verbose=0)
"""
MADE = "keras.utils.image_dataset_from_directory(folder, batch_size=4, verbose=False"
FIT = "\nmodel.fit(pictures.map(lambda x, y: (x / 255, y)).prefetch(1), verbose=0)\n"


def edits_of(text, tmp_path):
    diagnosis = refused(HEAD + text, tmp_path)
    return diagnosis, [[(edit.argument, str(edit.suggestion)) for edit in cause.edits] for cause in diagnosis.causes]


def runs_with(diagnosis, place, tmp_path):
    return is_right(applied(tmp_path / "program.py", diagnosis.causes[place]), tmp_path)


def test_the_size_of_pictures_is_told_behind_the_input_where_both_are_written(tmp_path):
    diagnosis, edits = edits_of(f"pictures = {MADE}, image_size=(24, 24))\n{SIZE}{FIT}", tmp_path)
    assert edits[:2] == [[("shape", "(24, 24, 3)")], [("image_size", "(16, 16)")]]
    assert {cause.confidence for cause in diagnosis.causes} == {"possible"}
    assert runs_with(diagnosis, 1, tmp_path)


def test_a_size_that_was_left_out_is_told_first(tmp_path):
    diagnosis, edits = edits_of(f"pictures = {MADE})\n{SIZE}{FIT}", tmp_path)
    assert edits[0] == [("image_size", "(16, 16)")]
    assert runs_with(diagnosis, 0, tmp_path)


def test_colours_are_left_out_for_a_model_of_one_channel(tmp_path):
    text = f"pictures = {MADE}, image_size=(16, 16))\n{SIZE.replace('16, 3', '16, 1')}{FIT}"
    diagnosis, edits = edits_of(text, tmp_path)
    assert edits[0] == [("color_mode", '"grayscale"')]
    assert runs_with(diagnosis, 0, tmp_path)


def test_pictures_for_validation_are_read_alike(tmp_path):
    made = f"{MADE}, image_size=(24, 24))"
    fit = "\nmodel.fit(pictures, validation_data=beside, verbose=0)\n"
    diagnosis, edits = edits_of(f"pictures = {made}\nbeside = {made}\n{SIZE}{fit}", tmp_path)
    assert edits[1] == [("image_size", "(16, 16)")] * 2
    assert runs_with(diagnosis, 1, tmp_path)


def test_labels_come_in_the_kind_that_the_loss_takes(tmp_path):
    text = f"pictures = {MADE}, image_size=(16, 16))\n{SIZE.replace('sparse_', '')}{FIT}"
    diagnosis, edits = edits_of(text, tmp_path)
    assert edits[:2] == [[("loss", "sparse_categorical_crossentropy")], [("label_mode", '"categorical"')]]
    assert runs_with(diagnosis, 1, tmp_path)


def test_labels_of_three_classes_are_no_binary_ones(tmp_path):
    text = f"pictures = {MADE}, image_size=(16, 16), label_mode='categorical')\n{SIZE}{FIT}"
    head = text.replace("Dense(3)", "Dense(1)").replace("sparse_categorical", "binary")
    _, edits = edits_of(head, tmp_path)
    assert all(edit[0] != "label_mode" for cause in edits for edit in cause)


def test_the_length_of_windows_is_told_although_the_dataset_leaves_it_open(tmp_path):
    diagnosis, edits = edits_of(SERIES, tmp_path)
    assert diagnosis.actual == (None, 20, 5)
    assert sorted(edits) == [[("sequence_length", "10")], [("shape", "(20, 5)")]]
    for place in range(2):
        assert runs_with(diagnosis, place, tmp_path)


def test_windows_of_several_lengths_stay_open(tmp_path):
    padded = """
ragged = tf.data.Dataset.from_generator(
    lambda: ((np.ones((n, 4)), np.zeros(1)) for n in (3, 5, 7, 9)),
    output_signature=(tf.TensorSpec((None, 4), tf.float32), tf.TensorSpec((1,), tf.float32)),
).padded_batch(1)
model = keras.Sequential([keras.Input((None, 5)), layers.GRU(2), layers.Dense(1)])
model.compile("sgd", "mse")
model.fit(ragged, verbose=0)
"""
    diagnosis, _ = edits_of(padded, tmp_path)
    assert diagnosis.actual == (None, None, 4)
