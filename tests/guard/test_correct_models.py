"""No false alarm: correct models in every way of training end without a word and without a diagnosis."""

from typing import Annotated, Any

import keras
import numpy as np
import pytest
from helpers.guarding import (
    BACKEND,
    Subclassed,
    classifier,
    compiled_for_labels,
    fitted,
    guard,
    images,
    layers,
    outcome,
)

from shapeguard import ShapeGuard


class Batches(keras.utils.PyDataset):
    def __len__(self):
        return 2

    def __getitem__(self, index):
        return images(16)


def generator():
    while True:
        yield images(16)


@pytest.mark.parametrize("count", [40, 32, 8])
@pytest.mark.parametrize("make", [classifier, lambda: classifier(deferred=True)])
def test_a_short_last_batch_is_not_a_mismatch_not_even_the_only_one(make, count):
    fitted(make(), guard(), data=images(count))


def test_validation_evaluation_and_prediction_may_use_other_batches():
    model = classifier()
    fitted(model, guard(), data=images(16), validation_data=images(7), validation_batch_size=5)
    model.evaluate(*images(9), verbose=0, callbacks=[guard()])
    model.predict(images(5)[0], verbose=0, batch_size=2, callbacks=[guard()])


def test_a_literal_batch_that_is_not_the_batch_size_is_a_mismatch_in_training():
    wrong = ShapeGuard({"conv": (200, 6, 6, 2)})
    error, _ = outcome(lambda: fitted(classifier(), wrong))
    assert error == "[SG302] layer 'conv' (Conv2D): expected (200, 6, 6, 2), got (16, 6, 6, 2)"


@pytest.mark.parametrize("given", [Batches, generator])
def test_data_that_nobody_knows_ahead_trains(given):
    classifier().fit(given(), steps_per_epoch=2, shuffle=False, verbose=0, callbacks=[guard()])
    deferred = classifier(2, deferred=True)
    wrong = lambda: deferred.fit(given(), steps_per_epoch=2, shuffle=False, verbose=0, callbacks=[guard()])
    assert outcome(wrong)[0].startswith("[SG101] layer 'conv' (Conv2D): expected (16, 6, 6, 2), got (")


@pytest.mark.parametrize("compiled", [{"steps_per_execution": 2}, {"run_eagerly": True}, {"jit_compile": True}])
def test_every_way_of_making_a_step_trains(compiled):
    if BACKEND == "torch" and "run_eagerly" not in compiled:
        pytest.skip("torch.compile is tested apart, steps_per_execution must be 1 with the PyTorch backend")
    fitted(classifier(**compiled), guard(), data=images(64))
    assert outcome(lambda: fitted(classifier(2, **compiled), guard(), data=images(64)))[0] is not None


def test_mixed_precision_trains():
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        fitted(classifier(), guard(), data=images(16))
    finally:
        keras.config.set_dtype_policy(before)


def test_masks_reach_the_layers_below_as_ever():
    def losses(*callbacks):
        keras.utils.set_random_seed(2)
        embedding = layers.Embedding(9, 4, mask_zero=True, name="words")
        model = keras.Sequential([keras.Input((5,)), embedding, layers.LSTM(3, name="lstm"), layers.Dense(1)])
        model.compile("sgd", "mse")
        words = np.array([[1, 2, 0, 0, 0], [3, 4, 5, 0, 0]] * 4)
        return model.fit(words, np.ones((8, 1)), verbose=0, callbacks=list(callbacks)).history["loss"]

    assert losses(ShapeGuard({"words": ("B", "T", 4), "lstm": ("B", 3)})) == losses()


def several():
    one, two = keras.Input((4,), name="one"), keras.Input((3,), name="two")
    joined = layers.Concatenate(name="joined")([layers.Dense(2)(one), two])
    model = keras.Model(
        {"one": one, "two": two}, {"p": layers.Dense(1, name="p")(joined), "q": layers.Dense(2, name="q")(joined)}
    )
    model.compile("sgd", {"p": "mse", "q": "mse"})
    return model


def test_inputs_and_outputs_by_name_train():
    data = {"one": np.zeros((8, 4)), "two": np.zeros((8, 3))}, {"p": np.zeros((8, 1)), "q": np.zeros((8, 2))}
    right = ShapeGuard({"joined": ("B", 5), "p": ("B", 1), "q": ("B", 2)})
    several().fit(*data, verbose=0, callbacks=[right])
    assert right.report.ok
    wrong = ShapeGuard({"joined": ("B", 6)})
    assert outcome(lambda: several().fit(*data, verbose=0, callbacks=[wrong]))[0] == (
        "[SG102] layer 'joined' (Concatenate): expected (B, 6), got (8, 5)"
    )


def test_a_list_of_shapes_speaks_of_several_outputs():
    image = keras.Input((6, 4))
    sequence, state, _ = layers.LSTM(3, return_sequences=True, return_state=True, name="lstm")(image)
    model = keras.Model(image, [sequence, state])
    assert ShapeGuard({"lstm": [("B", 6, 3), ("B", 3), ("B", 3)]}).check(model).ok
    wrong = ShapeGuard({"lstm": [("B", 6, 3), ("B", 4), ("B", 3)]}).check(model)
    assert wrong.message().startswith("[SG190] layer 'lstm' (LSTM): expected (B, 4), got (None, 3)\n")
    few = ShapeGuard({"lstm": [("B", 6, 3), ("B", 3)]}).check(model)
    assert few.message().startswith(
        "[SG190] layer 'lstm' (LSTM): expected [(B, 6, 3), (B, 3)], got [(None, 6, 3), (None, 3), (None, 3)]\n"
    )


class Annotating(Subclassed):
    def call(self, x):
        x: Annotated[Any, "B 6 6 2"] = self.conv(x)
        return self.dense(self.flat(x))


@pytest.mark.parametrize("run_eagerly", [False, True])
def test_annotations_inside_call_are_found_in_fit(run_eagerly):
    right = ShapeGuard()
    fitted(compiled_for_labels(Annotating(), run_eagerly=run_eagerly), right)
    assert {row.layer: row.status for row in right.report.rows}["conv"] == "ok"
    model = compiled_for_labels(Annotating(2), run_eagerly=run_eagerly)
    said = "[SG101] layer 'conv' (Conv2D): expected (B, 6, 6, 2), got (16, 3, 3, 2)"
    assert outcome(lambda: fitted(model, ShapeGuard()))[0] == said
    compiled_for_labels(fitted(model), run_eagerly=run_eagerly)
    assert outcome(lambda: fitted(model, ShapeGuard()))[0] == said


def test_a_fit_with_known_sizes_traces_the_models_own_step_only():
    if BACKEND == "torch":
        pytest.skip("PyTorch traces nothing")
    model = fitted(classifier())
    own = model.train_function
    again = []
    model.layers[0].call, call = lambda x: again.append(1) or call(x), model.layers[0].call
    fitted(model, guard())
    assert model.train_function is own
    assert again == []


def test_a_layer_may_keep_a_list_that_holds_itself():
    model = classifier()
    kept = [1, {}]
    kept += [kept, {"again": kept}]
    vars(model.layers[0])["kept"] = kept
    guarded = guard()
    fitted(model, guarded)
    assert guarded.report.ok
