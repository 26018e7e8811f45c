"""Numbers behind several entries of an operation's argument: none of the entries alone can be another."""

import keras
import pytest
from keras import layers, ops

from shapeguard import ShapeGuard, ShapeMismatchError

pytestmark = pytest.mark.filterwarnings("ignore:.*it has unbuilt state", "ignore:.*looks like it has unbuilt state")


class Heads(layers.Layer):
    """Features in groups, twice: a pass that ends at the first call has not seen the second."""

    def __init__(self, dim, heads):
        super().__init__()
        self.heads, self.depth = heads, dim // heads
        self.query, self.key = layers.Dense(dim), layers.Dense(dim)

    def split(self, x):
        return ops.reshape(x, (-1, 20, self.heads, self.depth))

    def call(self, x):
        return self.split(self.query(x)) + self.split(self.key(x))


class Read(layers.Layer):
    """Keys of a memory, each with a number more that the features leave no room for."""

    def __init__(self, width):
        super().__init__()
        self.width = width
        self.project = layers.Dense(2 * width)
        self.memory = self.add_weight(shape=(6, width))

    def call(self, x):
        keys = ops.reshape(self.project(x), (-1, 2, self.width + 1))
        return ops.einsum("bhw,nw->bhn", keys[..., :-1], self.memory)


def diagnosed(layer, *shape, batch=None):
    with pytest.raises(ShapeMismatchError) as caught, ShapeGuard():
        layer(keras.Input(shape, batch_size=batch))
    return caught.value.report.diagnoses[0]


@pytest.mark.parametrize(("made", "heads", "wanted"), [(lambda: Heads(64, 5), 5, 4), (lambda: Heads(48, 7), 7, 6)])
def test_the_number_of_groups_is_the_nearest_that_divides_the_features(made, heads, wanted):
    cause = diagnosed(made(), 20, 10, batch=8).causes[0]
    assert [(e.argument, e.value, e.suggestion) for e in cause.edits] == [("heads", heads, wanted)]


def test_a_number_that_would_move_samples_is_not_called_the_cause():
    causes = diagnosed(Read(16), 10, batch=32).causes
    assert [(e.argument, e.value, e.suggestion) for e in causes[0].edits] == [("width", 16, 15)]
    assert causes[0].confidence == "possible"


def test_what_einsum_refuses_of_real_tensors_is_not_suggested():
    causes = diagnosed(Read(16), 10, batch=32).causes
    assert all("(-1, 2, self.width)" not in str(e.corrected) for cause in causes for e in cause.edits)


class Votes(layers.Layer):
    """An equation in which one letter is written at the wrong place."""

    def __init__(self):
        super().__init__()
        self.project = layers.Dense(6)

    def call(self, x):
        u = ops.reshape(self.project(x), (-1, 3, 5, 6))
        s = ops.mean(u, axis=2)
        return ops.einsum("bjk,bjki->bji", s, u)


def test_an_equation_that_is_written_anew_is_held_against_real_tensors_as_it_is_then():
    diagnosis = diagnosed(Votes(), 15, 4, batch=8)
    edits = [(e.argument, e.suggestion) for cause in diagnosis.causes for e in cause.edits]
    assert diagnosis.layer == "ops.einsum in Votes.call"
    assert ("subscripts", "bjk,bjik->bji") in edits
