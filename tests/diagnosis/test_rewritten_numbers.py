"""A size that is calculated is calculated otherwise: the text that is written stays, with what it lacks."""

import keras
import numpy as np
import pytest
from keras import layers, ops

from shapeguard import ShapeGuard, ShapeMismatchError

pytestmark = pytest.mark.filterwarnings("ignore:Layer '.*' looks like it has unbuilt state")


class Positions(layers.Layer):
    """A token before the rows, and a table that was made for the rows alone."""

    def __init__(self, rows, width):
        super().__init__()
        self.rows, self.width = rows, width

    def build(self, shape):
        self.first = self.add_weight(shape=(1, 1, self.width), name="first")
        self.table = self.add_weight(shape=(1, self.rows, self.width), name="table")

    def call(self, x):
        first = ops.tile(self.first, (4, 1, 1))
        return ops.concatenate([first, x], axis=1) + self.table


class Cells(layers.Layer):
    """A table of one entry for each cell, counted along one side, and one more."""

    def __init__(self, side, cell):
        super().__init__()
        self.cells = side // cell
        self.join = layers.Conv2D(6, cell, strides=cell)

    def build(self, shape):
        self.first = self.add_weight(shape=(1, 1, 6), name="first")
        self.table = self.add_weight(shape=(1, self.cells + 1, 6), name="table")

    def call(self, x):
        x = self.join(x)
        x = ops.reshape(x, (4, x.shape[1] * x.shape[2], 6))
        return ops.concatenate([ops.tile(self.first, (4, 1, 1)), x], axis=1) + self.table


class Causal(layers.Layer):
    """Pads in front for the window, and forgets how far apart its steps are."""

    def __init__(self, window, apart):
        super().__init__()
        self.window, self.apart = window, apart
        self.conv = layers.Conv1D(5, window, dilation_rate=apart)

    def call(self, x):
        before = self.window - 1
        return x + self.conv(ops.pad(x, [[0, 0], [before, 0], [0, 0]]))


class Stack(keras.Model):
    """Blocks whose steps are farther and farther apart."""

    def __init__(self, window=3, apart=(1, 2, 4)):
        super().__init__()
        self.blocks = [Causal(window, each) for each in apart]

    def call(self, x):
        for block in self.blocks:
            x = block(x)
        return x


class Depth(keras.Model):
    """Channels become pixels, on both sides."""

    def __init__(self, scale=2):
        super().__init__()
        self.scale = scale
        self.conv = layers.Conv2D(3 * scale**2, 1)

    def call(self, x):
        s = self.scale
        x = self.conv(x)
        h, w, c = x.shape[1:]
        depth = c // s
        x = ops.reshape(x, (-1, h, w, s, s, depth))
        x = ops.transpose(x, (0, 1, 3, 2, 4, 5))
        return ops.reshape(x, (-1, h * s, w * s, depth))


WAYS = 2


class Halves(keras.Model):
    """What one layer gives is halved, and was made for one half."""

    def __init__(self):
        super().__init__()
        self.both = layers.Dense(ANSWERS)

    def call(self, x):
        mean, spread = ops.split(self.both(x), WAYS, axis=-1)
        return mean + ops.exp(spread)


ANSWERS = 3


class Residual(layers.Layer):
    """A layer as wide as half of what is inside, which is added to what is a quarter of it."""

    def __init__(self, width, wider):
        super().__init__()
        self.up = layers.Dense(width * wider)
        self.down = layers.Dense(width * wider // 2)

    def call(self, x):
        return x + self.down(self.up(x))


def causes_of(run):
    with pytest.raises(ShapeMismatchError) as caught, ShapeGuard():
        run()
    return caught.value.report.diagnoses[0].causes


def fitted(model, x, y, batch=4):
    model.compile("adam", "mse")
    return lambda: model.fit(np.zeros(x, "float32"), np.zeros(y, "float32"), batch_size=batch, verbose=0)


def first_of(causes):
    (edit,) = causes[0].edits
    return edit.replacement, causes[0].verified


def test_a_table_is_one_entry_longer():
    causes = causes_of(lambda: Positions(5, 6)(keras.Input((5, 6), batch_size=4)))
    assert first_of(causes)[0] == "self.rows + 1"
    assert str(causes[0].edits[0].suggestion) == "(1, self.rows + 1, self.width)"


def test_cells_are_counted_along_both_sides():
    causes = causes_of(lambda: Cells(8, 2)(keras.Input((8, 8, 3), batch_size=4)))
    squared = next(each for each in causes if each.edits[0].replacement == "(side // cell) ** 2")
    assert (squared.confidence, squared.edits[0].argument) == ("possible", "self.cells")


def test_another_factor_is_another_number_in_each_block_and_holds_for_those_that_come_later():
    causes = causes_of(fitted(Stack(), (8, 20, 5), (8, 20, 5)))
    assert first_of(causes) == ("(self.window - 1) * self.apart", True)
    assert causes[0].edits[0].argument == "before"
    assert [each.confidence for each in causes if each.edits[0].suggestion == 1] in ([], ["possible"])


def test_what_a_name_was_assigned_is_written_otherwise_for_all_that_reads_it():
    causes = causes_of(fitted(Depth(), (8, 4, 4, 2), (8, 8, 8, 3)))
    assert first_of(causes)[0] == "s**2"
    assert {each.argument for each in causes[0].edits[0].following} == {"newshape"}
    assert len(causes[0].edits[0].following) == 2


def test_a_number_that_the_targets_have_as_well_is_doubled_where_it_is_read():
    causes = causes_of(fitted(Halves(), (8, 4), (8, ANSWERS)))
    assert first_of(causes) == ("2 * ANSWERS", True)


def test_a_part_of_the_calculation_is_named_before_another_number_in_it():
    causes = causes_of(lambda: Residual(8, 4)(layers.Dense(8)(keras.Input((4,)))))
    assert first_of(causes)[0] == "width"


def test_a_width_by_a_name_is_no_square_and_sizes_of_a_reshape_are_no_sums():
    class Gate(layers.Layer):
        def __init__(self, ways):
            super().__init__()
            self.gate, self.ways = layers.Dense(ways), ways

        def call(self, x):
            return x * self.gate(x)

    causes = causes_of(lambda: Gate(4)(keras.Input((16,), batch_size=4)))
    assert not any("**" in str(edit.replacement) for cause in causes for edit in cause.edits)


@pytest.mark.filterwarnings("ignore:ShapeGuard. this model has no expected shapes")
@pytest.mark.parametrize(
    "run",
    [
        lambda: Positions(6, 6)(keras.Input((5, 6), batch_size=4)),
        fitted(Stack(apart=(1,)), (8, 20, 5), (8, 20, 5)),
        lambda: Residual(8, 2)(keras.Input((8,))),
    ],
)
def test_what_is_right_gets_no_word(run):
    with ShapeGuard():
        run()


class Heads(layers.Layer):
    """Layers side by side, of a width that does not divide that of what comes in."""

    def __init__(self, width, heads):
        super().__init__()
        each = width // heads
        self.before = layers.Dense(width)
        self.heads = [layers.Dense(each) for _ in range(heads)]
        self.scale = each**-0.5

    def call(self, x):
        x = self.before(x)
        return x + ops.concatenate([head(x) * self.scale for head in self.heads], axis=-1)


def test_a_number_behind_several_layers_that_is_read_elsewhere_is_never_the_cause():
    causes = causes_of(lambda: Heads(20, 8)(keras.Input((6,), batch_size=4)))
    assert causes[0].confidence == "possible"
