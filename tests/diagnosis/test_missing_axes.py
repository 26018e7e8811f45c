"""An axis that one tensor of an operation lacks beside another one, or has too many."""

import keras
import numpy as np
import pytest
from keras import layers, ops

from shapeguard import ShapeGuard, ShapeMismatchError


def cause_of(build):
    with pytest.raises(ShapeMismatchError) as caught, ShapeGuard():
        build()
    return caught.value.report.diagnoses[0].causes[0]


def masked(mask_after=lambda mask: mask):
    steps, mask = keras.Input((10, 12)), keras.Input((10,))
    scores = layers.Dense(1)(steps)
    weighted = scores * mask_after(mask)
    return ops.sum(steps * weighted, axis=1)


def test_a_mask_beside_scores_lacks_an_axis():
    cause = cause_of(masked)
    assert (cause.kind, cause.confidence) == ("structure", "cause")
    assert cause.edits[0].replacement == "mask_after(mask)[..., None]"
    assert masked(lambda mask: mask[..., None]).shape == (None, 12)


def test_the_axis_is_put_where_the_sizes_agree():
    def build():
        frames, gains = keras.Input((7, 9), batch_size=4), keras.Input((9,), batch_size=4)
        return ops.matmul(frames, gains)

    cause = cause_of(build)
    assert cause.edits[0].replacement == "gains[..., None]"


def test_an_axis_of_one_too_many_is_told():
    def build():
        maps, noise = keras.Input((6, 6, 1, 8)), keras.Input((6, 6, 4))
        return ops.concatenate([maps, noise], axis=-1)

    cause = cause_of(build)
    assert cause.edits[0].replacement == "maps[:, :, :, 0]"


class Attend(layers.Layer):
    def __init__(self):
        super().__init__()
        self.of_query, self.of_values, self.score = layers.Dense(24), layers.Dense(24), layers.Dense(1)

    def call(self, query, values):
        asked = ops.expand_dims(query, axis=1)
        weights = ops.softmax(self.score(ops.tanh(self.of_values(values) + self.of_query(asked))), axis=1)
        return ops.sum(weights * values, axis=1)


def test_where_keras_took_the_axis_too_many_another_tensor_may_be_meant():
    def build():
        token, values = keras.Input((1, 12), batch_size=8), keras.Input((7, 24), batch_size=8)
        return ops.concatenate([token, Attend()(token, values)[:, None]], axis=-1)

    cause = cause_of(build)
    assert (cause.argument, cause.confidence) == ("insert_before", "possible")


def test_it_is_proven_in_a_model_of_ones_own():
    class Last(keras.Model):
        def __init__(self):
            super().__init__()
            self.states = layers.LSTM(8, return_sequences=True, return_state=True)
            self.head = layers.Dense(1)

        def call(self, x):
            every, last, _ = self.states(x)
            score = ops.matmul(every, last)
            return self.head(ops.mean(score, axis=1))

    model = Last()
    model.compile("sgd", "mse")
    with pytest.raises(ShapeMismatchError) as caught:
        model.fit(np.zeros((4, 5, 3)), np.zeros((4, 1)), verbose=0, callbacks=[ShapeGuard()])
    cause = caught.value.report.diagnoses[0].causes[0]
    assert (cause.edits[0].replacement, cause.verified) == ("last[..., None]", True)


@pytest.mark.parametrize("shape", [(10, 1), (1, 10)])
def test_tensors_of_one_rank_lack_no_axis(shape):
    def build():
        return keras.Input((10, 12)) + layers.Dense(11)(keras.Input(shape))

    assert cause_of(build).edits[0].argument != "insert_before" or "None" not in str(cause_of(build).suggestion)


def test_a_weight_with_an_axis_for_the_samples_lacks_none():
    class Placed(layers.Layer):
        def build(self, shape):
            self.places = self.add_weight(shape=(1, 16, shape[-1]))

        def call(self, x):
            return x + self.places

    assert [edit.argument for edit in cause_of(lambda: Placed()(keras.Input((17, 24)))).edits] == ["shape"]


def test_no_width_is_chosen_because_the_batch_has_that_size():
    class Scored(keras.Model):
        def __init__(self, units):
            super().__init__()
            self.states = layers.LSTM(12, return_sequences=True)
            self.keys = layers.Dense(units)
            self.head = layers.Dense(1)

        def call(self, x):
            every = self.states(x)
            score = ops.matmul(self.keys(every), every[:, -1])
            return self.head(ops.mean(score, axis=1))

    model = Scored(12)
    model.compile("sgd", "mse")
    with pytest.raises(ShapeMismatchError) as caught:
        model.fit(np.zeros((8, 5, 3)), np.zeros((8, 1)), batch_size=4, verbose=0, callbacks=[ShapeGuard()])
    suggested = [edit.suggestion for cause in caught.value.report.diagnoses[0].causes for edit in cause.edits]
    assert suggested
    assert 4 not in suggested


class Scored(layers.Layer):
    """Scores of each head, to which a mask of the steps is added in a statement."""

    def call(self, scores, mask):
        scores += (1.0 - mask) * -1e9
        return ops.softmax(scores)


def test_what_fits_at_several_places_is_not_sure_and_the_last_axis_stays_last():
    cause = cause_of(lambda: Scored()(keras.Input((4, 9, 9), batch_size=6), keras.Input((1, 9), batch_size=6)))
    assert (cause.edits[0].replacement, cause.confidence) == ("((1.0 - mask) * -1e9)[:, :, None]", "possible")
