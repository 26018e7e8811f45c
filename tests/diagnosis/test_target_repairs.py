"""Targets and losses that are repaired in the call of `fit` or `compile`, each tried by running the program with it."""

import pytest
from helpers.refused_programs import refused
from helpers.texts import applied, has_text, mended, module_of

from shapeguard import ShapeGuard, ShapeMismatchError

pytestmark = pytest.mark.filterwarnings("ignore:ShapeGuard. this model has no expected shapes")
HEAD = "import keras\nimport numpy as np\nfrom keras import layers\n"
ROW = "x = np.zeros((24, 6), 'float32')\n"
PICTURE = "x = np.zeros((8, 6, 6, 3), 'float32')\n"
MASKS = "model = keras.Sequential([keras.Input((6, 6, 3)), layers.Conv2D({}, 3, padding='same'{})])\n"
FIT = "model.fit(x, y, verbose=0)"
ROWS = "categorical_crossentropy"


def dense(units, activation="", width=6):
    head = f"layers.Dense({units}{activation and f', activation={activation!r}'})"
    return f"model = keras.Sequential([keras.Input(({width},)), {head}])\n"


def causes_of(tmp_path, program):
    return tmp_path / "program.py", refused(HEAD + program, tmp_path).causes


def changed(path, cause):
    """The lines that the cause changes, as they are then; the program runs with them."""
    before = path.read_text(encoding="utf-8").splitlines()
    return [line for line in mended(path, cause).splitlines() if line not in before]


OWN_LOSS = """
class Own(keras.losses.Loss):
    def call(self, y_true, y_pred):
        return keras.losses.binary_crossentropy(y_true, y_pred)
"""
OWN_METRIC = """
class Share(keras.metrics.Metric):
    def __init__(self):
        super().__init__(name="share")
        self.total = self.add_weight(name="total", initializer="zeros")

    def update_state(self, y_true, y_pred, sample_weight=None):
        same = keras.ops.cast(keras.ops.equal(keras.ops.stack([y_true, y_pred])[0], y_true), "float32")
        self.total.assign_add(keras.ops.mean(same))

    def result(self):
        return keras.ops.convert_to_tensor(self.total)
"""
TWO = (
    "i = keras.Input((6,))\nmodel = keras.Model(i, [layers.Dense(1, name='price')(i),"
    " layers.Dense(4, activation='softmax', name='kind')(i)])\n"
    "price, kind = np.zeros((24, 1)), np.eye(4)[np.zeros(24, int)]\n"
)
FIRST = {
    "two units for yes or no": (
        f"{ROW}y = np.arange(24) % 2\n{dense(2, 'softmax')}model.compile('sgd', 'binary_crossentropy')\n{FIT}",
        "model.compile('sgd', 'sparse_categorical_crossentropy')",
    ),
    "a column of labels": (
        f"{ROW}y = np.arange(24)[:, None] % 3\n{dense(3, 'softmax')}model.compile('sgd', '{ROWS}')\n{FIT}",
        "model.compile('sgd', 'sparse_categorical_crossentropy')",
    ),
    "a softmax under a loss of numbers": (
        f"{ROW}y = np.arange(24) % 3\n{dense(3, 'softmax')}model.compile('sgd', 'mse')\n{FIT}",
        "model.compile('sgd', 'sparse_categorical_crossentropy')",
    ),
    "one unit under a loss of classes": (
        f"{ROW}y = np.arange(24) % 2\n{dense(1, 'sigmoid')}"
        "model.compile('sgd', keras.losses.CategoricalCrossentropy(label_smoothing=0.1))\n" + FIT,
        "model.compile('sgd', keras.losses.BinaryCrossentropy(label_smoothing=0.1))",
    ),
    "an own loss that does not expand": (
        f"{OWN_LOSS}{ROW}y = np.zeros(24)\n{dense(1, 'sigmoid')}model.compile('sgd', Own())\n{FIT}",
        "model.fit(x, y[:, None], verbose=0)",
    ),
    "an own metric that does not expand": (
        (
            f"{OWN_METRIC}{ROW}y = np.zeros(24)\n{dense(1, 'sigmoid')}"
            f"model.compile('sgd', 'binary_crossentropy', metrics=[Share()])\n{FIT}"
        ),
        "model.fit(x, y[:, None], verbose=0)",
    ),
    "an axis of one in the middle": (
        f"{ROW}y = np.zeros((24, 1, 3))\n{dense(3)}model.compile('sgd', 'mse')\n{FIT}",
        "model.fit(x, np.squeeze(y, 1), verbose=0)",
    ),
    "one-hot twice": (
        (
            f"{ROW}y = np.eye(2)[np.eye(5, dtype=int)[np.zeros(24, int)]].argmax(-1)\n"
            "y = keras.utils.to_categorical(y, 5)\n"
            f"{dense(5, 'softmax')}model.compile('sgd', 'categorical_crossentropy')\n{FIT}"
        ),
        "model.fit(x, np.argmax(y, axis=-1), verbose=0)",
    ),
    "channels first": (
        f"{PICTURE}y = np.zeros((8, 2, 6, 6))\n{MASKS.format(2, '')}model.compile('sgd', 'mse')\n{FIT}",
        "model.fit(x, np.moveaxis(y, 1, -1), verbose=0)",
    ),
    "targets in another order": (
        f"{ROW}{TWO}model.compile('sgd', ['mse', 'categorical_crossentropy'])\nmodel.fit(x, [kind, price], verbose=0)",
        "model.fit(x, [price, kind], verbose=0)",
    ),
    "a list by name in another order": (
        f"{ROW}{TWO}y = [kind, price]\nmodel.compile('sgd', ['mse', 'mse'])\nmodel.fit(x, y, verbose=0)",
        "model.fit(x, [y[1], y[0]], verbose=0)",
    ),
    "by name, exchanged": (
        (
            f"{ROW}{TWO}model.compile('sgd', {{'price': 'mse', 'kind': 'mse'}})\n"
            "model.fit(x, {'price': kind, 'kind': price}, verbose=0)"
        ),
        "model.fit(x, {'price': price, 'kind': kind}, verbose=0)",
    ),
    "labels of the validation alone": (
        (
            f"{ROW}y = np.arange(24) % 3\n{dense(3, 'softmax')}"
            "model.compile('sgd', 'sparse_categorical_crossentropy')\n"
            "v = keras.utils.to_categorical(y, 3)\nmodel.fit(x, y, validation_data=(x, v), verbose=0)"
        ),
        "model.fit(x, y, validation_data=(x, np.argmax(v, axis=-1)), verbose=0)",
    ),
}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("case", FIRST)
def test_the_first_cause_is_written_in_the_words_of_the_program(case, tmp_path):
    program, line = FIRST[case]
    path, causes = causes_of(tmp_path, program)
    assert causes[0].verified
    assert changed(path, causes[0]) == [line]


def test_behind_a_softmax_the_loss_is_named_before_the_units(tmp_path):
    path, causes = causes_of(tmp_path, FIRST["two units for yes or no"][0])
    assert [cause.argument for cause in causes] == ["loss", "y", "units"]
    assert changed(path, causes[1]) == ["model.fit(x, keras.utils.to_categorical(y, 2), verbose=0)"]


def test_a_loss_without_an_option_that_was_written_comes_behind_the_targets(tmp_path):
    compiled = "model.compile('sgd', keras.losses.CategoricalCrossentropy(label_smoothing=0.1))\n"
    path, causes = causes_of(tmp_path, f"{ROW}y = np.arange(24) % 3\n{dense(3, 'softmax')}{compiled}{FIT}")
    assert [cause.argument for cause in causes] == ["y", "loss"]
    assert changed(path, causes[0]) == ["model.fit(x, keras.utils.to_categorical(y, 3), verbose=0)"]


LABELS_OF_MAPS = {
    "pictures and a softmax of its own": (
        "x, y = np.zeros((8, 6, 6, 3)), np.arange(288).reshape(8, 6, 6, 1) % 5\n",
        "layers.Conv2D(5, 1), layers.Softmax()",
        "'categorical_crossentropy'",
    ),
    "pictures and logits": (
        "x, y = np.zeros((8, 6, 6, 3)), np.arange(288).reshape(8, 6, 6, 1) % 5\n",
        "layers.Conv2D(5, 1)",
        "keras.losses.CategoricalCrossentropy(from_logits=True)",
    ),
    "clips": (
        "x, y = np.zeros((4, 3, 6, 6, 2)), np.arange(432).reshape(4, 3, 6, 6, 1) % 4\n",
        "layers.Conv3D(4, 1), layers.Activation('softmax')",
        "'categorical_crossentropy'",
    ),
    "steps": (
        "x, y = np.zeros((8, 7, 3)), np.arange(56).reshape(8, 7, 1) % 4\n",
        "layers.LSTM(6, return_sequences=True), layers.TimeDistributed(layers.Dense(4, activation='softmax'))",
        "'categorical_crossentropy'",
    ),
    "pixels in a row": (
        "x, y = np.zeros((8, 6, 6, 3)), np.arange(288).reshape(8, 36, 1) % 5\n",
        "layers.Conv2D(5, 1, activation=keras.activations.softmax), layers.Reshape((36, 5))",
        "keras.losses.CategoricalCrossentropy()",
    ),
    "samples": (
        "x, y = np.zeros((8, 6)), np.arange(8)[:, None] % 4\n",
        "layers.Dense(4), layers.Activation('softmax')",
        "'categorical_crossentropy'",
    ),
}


@pytest.mark.parametrize("case", LABELS_OF_MAPS)
def test_maps_of_class_numbers_are_no_matter_of_the_filters(case, tmp_path):
    data, rest, loss = LABELS_OF_MAPS[case]
    model = f"model = keras.Sequential([keras.Input(x.shape[1:]), {rest}])\nmodel.compile('sgd', {loss})\n"
    path, causes = causes_of(tmp_path, f"{data}{model}{FIT}")
    assert [cause.argument for cause in causes[:2]] == ["loss", "y"]
    (compiled,) = changed(path, causes[0])
    assert "sparsecategorical" in compiled.lower().replace("_", "")
    (fitted,) = changed(path, causes[1])
    assert fitted.startswith("model.fit(x, keras.utils.to_categorical(y, ")
    assert causes[0].verified
    assert causes[1].verified


def test_labels_are_converted_where_the_loss_stays(tmp_path):
    program = f"{ROW}y = np.arange(24) % 3\n{dense(3, 'softmax')}model.compile('sgd', 'categorical_crossentropy')\n"
    path, causes = causes_of(tmp_path, program + FIT.replace(", verbose", ", validation_data=(x, y), verbose"))
    assert [cause.argument for cause in causes] == ["loss", "y"]
    rows = "keras.utils.to_categorical(y, 3)"
    assert changed(path, causes[1]) == [f"model.fit(x, {rows}, validation_data=(x, {rows}), verbose=0)"]


def test_rows_that_were_just_made_are_not_made(tmp_path):
    program = (
        f"{ROW}y = np.arange(24) % 3\n{dense(3, 'softmax')}model.compile('sgd', 'sparse_categorical_crossentropy')\n"
    )
    path, causes = causes_of(tmp_path, program + FIT.replace("y,", "keras.utils.to_categorical(y, 3),"))
    assert changed(path, causes[1]) == ["model.fit(x, y, verbose=0)"]


FEWER = "labels = np.arange(24) % 4\nrows = keras.utils.to_categorical(labels)\n"


def test_where_labels_of_a_class_are_missing_the_call_is_told_their_number(tmp_path):
    program = f"{ROW}{FEWER}{dense(6, 'softmax')}model.compile('sgd', '{ROWS}')\nmodel.fit(x, rows, verbose=0)"
    path, (units, targets, *_) = causes_of(tmp_path, program)
    assert (units.argument, units.confidence) == ("units", "possible")
    assert targets.title == "the targets have 4 columns, and 'dense' has 6: the last 2 classes have no labels"
    assert changed(path, targets) == ["rows = keras.utils.to_categorical(labels, num_classes=6)"]


@pytest.mark.parametrize(
    ("rows", "change"),
    {
        "in the call": ("keras.utils.to_categorical(labels)", "(x, keras.utils.to_categorical(labels, num_classes=5))"),
        "made otherwise": ("np.eye(4)[labels]", "(x, np.pad(np.eye(4)[labels], ((0, 0), (0, 1))))"),
    }.values(),
)
def test_a_model_that_has_trained_keeps_its_classes_where_validation_lacks_one(rows, change, tmp_path):
    fit = "model.fit(x, np.eye(5)[np.arange(24) % 5], validation_data={}, verbose=0)"
    program = f"{ROW}{FEWER}{dense(5, 'softmax')}model.compile('sgd', '{ROWS}')\n{fit.format(f'(x, {rows})')}"
    path, (targets,) = causes_of(tmp_path, program)
    assert (
        targets.title
        == "the targets in validation_data have 4 columns, and 'dense' has 5: the last class has no labels"
    )
    assert changed(path, targets) == [fit.format(change)]


@pytest.mark.parametrize(
    ("labels", "rows", "change"),
    {
        "an array": ("np.arange(24) % 6 + 40", "keras.utils.to_categorical(labels)", "to_categorical(labels - 40)"),
        "told how many": (
            "np.arange(24) % 6 + 40",
            "keras.utils.to_categorical(labels, num_classes=46)",
            "to_categorical(labels - 40)",
        ),
        "calculated": (
            "np.arange(24) % 6",
            "keras.utils.to_categorical(labels + 40, 46)",
            "to_categorical((labels + 40) - 40)",
        ),
        "a list": ("[40 + n % 6 for n in range(24)]", "keras.utils.to_categorical(labels)", "fit(x, rows[..., 40:], "),
        "made otherwise": ("np.arange(24) % 6 + 40", "np.eye(46)[labels]", "fit(x, rows[..., 40:], "),
    }.values(),
)
def test_labels_that_do_not_begin_at_0_are_made_to(labels, rows, change, tmp_path):
    head = f"{ROW}labels = {labels}\nrows = {rows}\n"
    program = f"{head}{dense(6, 'softmax')}model.compile('sgd', '{ROWS}')\nmodel.fit(x, rows, verbose=0)"
    path, (targets, units, *_) = causes_of(tmp_path, program)
    assert targets.title == "the targets have 46 columns, and 'dense' has 6: no label is below 40"
    assert (units.argument, units.suggestion, units.confidence) == ("units", 46, "possible")
    (line,) = changed(path, targets)
    assert change in line


def test_labels_of_the_validation_begin_where_those_of_the_training_do(tmp_path):
    head = f"{ROW}labels = np.arange(24) % 6 + 40\nrows = keras.utils.to_categorical(labels)\n"
    fit = "model.fit(x, rows, validation_data=({}), verbose=0)"
    program = f"{head}{dense(6, 'softmax')}model.compile('sgd', '{ROWS}')\n{fit.format('x[3:], rows[3:]')}"
    path, (targets, *_) = causes_of(tmp_path, program)
    line = "model.fit(x, rows[..., 40:], validation_data=(x[3:], rows[3:][..., 40:]), verbose=0)"
    assert changed(path, targets) == [line]


def test_classes_that_are_counted_from_one_are_told_behind_the_units(tmp_path):
    head = f"{ROW}labels = np.arange(24) % 6 + 1\nrows = keras.utils.to_categorical(labels)\n"
    program = f"{head}{dense(6, 'softmax')}model.compile('sgd', '{ROWS}')\nmodel.fit(x, rows, verbose=0)"
    path, (units, targets, *_) = causes_of(tmp_path, program)
    assert (units.argument, units.suggestion, units.confidence) == ("units", 7, "possible")
    assert changed(path, targets) == ["rows = keras.utils.to_categorical(labels - 1)"]


def test_an_axis_of_one_of_the_targets_goes(tmp_path):
    _, causes = causes_of(tmp_path, FIRST["an axis of one in the middle"][0])
    assert causes[0].title == "the targets (B, 1, 3) have an axis of 1 that the output does not have"


def test_targets_with_channels_first_are_moved(tmp_path):
    _, causes = causes_of(tmp_path, FIRST["channels first"][0])
    assert causes[0].title == "the targets have the axes (B, 2, 6, 6), the output has (B, 6, 6, 2)"


def test_of_masks_in_colours_one_channel_is_taken(tmp_path):
    activation = ", activation='sigmoid'"
    program = f"x, y = np.zeros((8, 6, 6, 2)), np.zeros((8, 6, 6, 3))\n{MASKS.format(1, activation)}"
    program = program.replace("Input((6, 6, 3))", "Input((6, 6, 2))")
    path, causes = causes_of(tmp_path, f"{program}model.compile('sgd', 'binary_crossentropy')\n{FIT}")
    assert [(cause.argument, cause.confidence) for cause in causes] == [("filters", "possible"), ("y", "possible")]
    assert changed(path, causes[1]) == ["model.fit(x, y[..., :1], verbose=0)"]


GREY = "grey = np.random.default_rng(1).integers(0, 2, (8, 6, 6, 1))\n"


@pytest.mark.parametrize(
    ("y", "activation"),
    {
        "masks": ("np.repeat(grey, 3, -1)", ", activation='sigmoid'"),
        "depths": ("np.repeat(grey, 3, -1) * 0.3", ""),
        "with opacity": ("np.concatenate([grey, grey, grey, 0 * grey + 1], -1)", ", activation='sigmoid'"),
        "with a loss": ("np.repeat(255 * grey, 3, -1) + [0, 2, 3]", ", activation='sigmoid'"),
    }.values(),
)
def test_of_channels_that_are_the_same_one_is_taken(y, activation, tmp_path):
    model = MASKS.format(1, activation)
    program = f"{PICTURE}{GREY}y = {y}\n{model}model.compile('sgd', 'binary_crossentropy')\n{FIT}"
    path, causes = causes_of(tmp_path, program)
    assert [cause.argument for cause in causes[:2]] == ["y", "filters"]
    assert changed(path, causes[0]) == ["model.fit(x, y[..., :1], verbose=0)"]


def test_of_class_numbers_in_three_channels_one_is_taken(tmp_path):
    model = MASKS.format(5, ", activation='softmax'")
    data = f"{PICTURE}y = np.repeat(np.arange(288).reshape(8, 6, 6, 1) % 5, 3, -1)\n"
    program = f"{data}{model}model.compile('sgd', 'sparse_categorical_crossentropy')\n{FIT}"
    path, causes = causes_of(tmp_path, program)
    assert changed(path, causes[0]) == ["model.fit(x, y[..., :1], verbose=0)"]


def test_channels_that_differ_are_asked_of_the_network(tmp_path):
    data = f"{PICTURE}y = np.random.default_rng(1).random((8, 6, 6, 3))\n"
    model = MASKS.format(1, ", activation='sigmoid'")
    _, causes = causes_of(tmp_path, f"{data}{model}model.compile('sgd', 'binary_crossentropy')\n{FIT}")
    assert (causes[0].argument, causes[0].suggestion) == ("filters", 3)


def test_flattened_targets_get_the_shape_of_the_output(tmp_path):
    program = f"{PICTURE}y = np.zeros((8, 72))\n{MASKS.format(2, '')}model.compile('sgd', 'mse')\n{FIT}"
    path, causes = causes_of(tmp_path, program)
    cause = next(cause for cause in causes if cause.argument == "y")
    assert not cause.verified
    assert applied(path, cause).splitlines()[-1] == "model.fit(x, y.reshape(-1, 6, 6, 2), verbose=0)"


def test_flattened_numbers_of_classes_get_the_places_of_the_output(tmp_path):
    masks = MASKS.format(4, ", activation='softmax'")
    program = f"{PICTURE}y = np.arange(8 * 36).reshape(8, 36) % 4\n{masks}"
    path, causes = causes_of(tmp_path, f"{program}model.compile('sgd', 'sparse_categorical_crossentropy')\n{FIT}")
    assert changed(path, causes[0]) == ["model.fit(x, y.reshape(-1, 6, 6), verbose=0)"]
    assert not causes[0].verified


def test_of_numbers_of_classes_in_three_channels_one_is_taken(tmp_path):
    masks = MASKS.format(4, ", activation='softmax'")
    program = f"{PICTURE}y = np.arange(8 * 108).reshape(8, 6, 6, 3) % 4\n{masks}"
    path, causes = causes_of(tmp_path, f"{program}model.compile('sgd', 'sparse_categorical_crossentropy')\n{FIT}")
    assert changed(path, causes[0]) == ["model.fit(x, y[..., :1], verbose=0)"]


def test_inputs_in_the_place_of_targets_that_nobody_reads_are_exchanged_for_them(tmp_path):
    program = f"{ROW}y = np.zeros((24, 3))\n{dense(3)}model.compile('sgd', 'mse')\nmodel.fit(x, x, verbose=0)"
    path, causes = causes_of(tmp_path, program)
    assert changed(path, causes[0]) == ["model.fit(x, y, verbose=0)"]
    assert not causes[0].verified


def test_weights_of_values_become_weights_of_samples(tmp_path):
    program = f"{ROW}y, w = np.zeros((24, 3)), np.ones((24, 3))\n{dense(3)}model.compile('sgd', 'mse')\n"
    path, causes = causes_of(tmp_path, program + FIT.replace("verbose", "sample_weight=w, verbose"))
    assert changed(path, causes[0]) == ["model.fit(x, y, sample_weight=np.mean(w, axis=-1), verbose=0)"]


ONE_FOR_ALL = {
    "a column for each": (
        "x = np.zeros((8, 4))\ni = keras.Input((4,))\nh = layers.Dense(6)(i)\n",
        "y, w = [np.zeros((8, 1)), np.zeros((8, 3))], np.ones((8, 2))\n",
        "sample_weight=[w[:, i] for i in range(2)]",
    ),
    "by name": (
        "x = np.zeros((8, 4))\ni = keras.Input((4,))\nh = layers.Dense(6)(i)\n",
        "y, w = {'price': np.zeros((8, 1)), 'kind': np.zeros((8, 3))}, np.ones((8, 2))\n",
        "sample_weight=dict(zip(['price', 'kind'], [w[:, i] for i in range(2)]))",
    ),
    "one for each step of all": (
        "x = np.zeros((8, 5, 4))\ni = keras.Input((5, 4))\nh = layers.LSTM(6, return_sequences=True)(i)\n",
        "y, w = [np.zeros((8, 5, 1)), np.zeros((8, 5, 3))], np.ones((8, 5))\n",
        "sample_weight=[w] * 2",
    ),
}


@pytest.mark.parametrize("case", ONE_FOR_ALL)
def test_one_array_of_weights_becomes_one_for_each_output(case, tmp_path):
    head, data, weights = ONE_FOR_ALL[case]
    outputs = "layers.Dense(1, name='price')(h), layers.Dense(3, activation='softmax', name='kind')(h)"
    model = f"model = keras.Model(i, [{outputs}])\n"
    if case == "by name":
        model = f"model = keras.Model(i, dict(zip(['price', 'kind'], [{outputs}])))\n"
    fit = "model.compile('sgd', 'mse')\nmodel.fit(x, y, {}, verbose=0)"
    path, (cause,) = causes_of(tmp_path, f"{head}{model}{data}{fit.format('sample_weight=w')}")
    assert changed(path, cause) == [fit.format(weights).splitlines()[1]]


def test_weights_of_other_steps_are_told_beside_those_of_the_loss(tmp_path):
    program = "x, y = np.zeros((16, 10, 4)), np.zeros((16, 10, 1))\n"
    program += "model = keras.Sequential([keras.Input((10, 4)), layers.Dense(1)])\nmodel.compile('sgd', 'mse')\n"
    _, (cause,) = causes_of(tmp_path, program + FIT.replace("verbose", "sample_weight=np.ones((16, 8)), verbose"))
    assert cause.title == "`sample_weight` has the shape (B, 8); the loss has a value for each of (B, 10)"
    assert not cause.verified


def test_the_samples_in_front_of_a_picture_go_not_its_channel(tmp_path):
    program = "layers.Conv2D(2, 3)(keras.Input((60, 8, 8, 1)))\n"
    path, causes = causes_of(tmp_path, program)
    assert changed(path, causes[0]) == ["layers.Conv2D(2, 3)(keras.Input((8, 8, 1)))"]


def test_of_two_axes_of_one_behind_a_picture_one_goes_and_none_of_its_sizes(tmp_path):
    path, causes = causes_of(tmp_path, "layers.Conv2D(2, 3)(keras.Input((16, 16, 1, 1)))\n")
    assert changed(path, causes[0]) == ["layers.Conv2D(2, 3)(keras.Input((16, 16, 1)))"]


def test_the_shape_of_the_data_is_declared_without_its_samples(tmp_path):
    program = (
        "X = np.zeros((60, 8, 8, 1))\nmodel = keras.Sequential()\nmodel.add(layers.Conv2D(2, 3, input_shape=X.shape))\n"
    )
    path, causes = causes_of(tmp_path, program)
    assert changed(path, causes[0]) == ["model.add(layers.Conv2D(2, 3, input_shape=X.shape[1:]))"]
    assert causes[0].suggestion == (8, 8, 1)


def test_before_an_embedding_the_axis_of_its_words_goes(tmp_path):
    path, causes = causes_of(tmp_path, "layers.LSTM(4)(layers.Embedding(50, 8)(keras.Input((12, 50))))\n")
    assert changed(path, causes[0]) == ["layers.LSTM(4)(layers.Embedding(50, 8)(keras.Input((12,))))"]


def test_a_row_that_is_given_as_a_column_is_turned(tmp_path):
    path, causes = causes_of(tmp_path, f"{dense(3)}row = np.zeros((6, 1))\nmodel.predict(row, verbose=0)")
    assert changed(path, causes[0]) == ["model.predict(np.transpose(row), verbose=0)"]


def test_one_row_of_numbers_beside_one_row_of_targets_are_columns(tmp_path):
    program = f"{dense(1, width=1)}model.compile('sgd', 'mse')\nx, y = np.zeros((1, 9)), np.ones((1, 9))\n"
    path, causes = causes_of(tmp_path, program + FIT)
    assert changed(path, causes[0]) == ["model.fit(np.transpose(x), np.transpose(y), verbose=0)"]


def test_of_a_fourth_channel_the_colours_are_taken(tmp_path):
    program = (
        f"x, y = np.zeros((8, 6, 6, 4)), np.zeros((8, 6, 6, 1))\n{MASKS.format(1, '')}model.compile('sgd', 'mse')\n"
    )
    path, causes = causes_of(tmp_path, program + FIT)
    assert [cause.kind for cause in causes] == ["data", "argument"]
    assert changed(path, causes[0]) == ["model.fit(x[..., :3], y, verbose=0)"]


def test_samples_in_a_declared_shape_are_no_missing_batch_axis(tmp_path):
    data = "x, y = np.zeros((24, 6)), np.zeros((24, 1))\n"
    model = "model = keras.Sequential([keras.Input((24, 6)), layers.Dense(1)])\n"
    path, causes = causes_of(tmp_path, f"{data}{model}model.compile('sgd', 'mse')\n{FIT}")
    assert changed(path, causes[0]) == ["model = keras.Sequential([keras.Input((6,)), layers.Dense(1)])"]


def test_other_data_for_a_trained_model_is_converted(tmp_path):
    program = (
        f"x, other = np.zeros((24, 6, 6, 3)), np.zeros((24, 6, 6, 4))\n{MASKS.format(1, '')}"
        "model.compile('sgd', 'mse')\nmodel.fit(x, x[..., :1], verbose=0)\nmodel.predict(other, verbose=0)\n"
    )
    path, causes = causes_of(tmp_path, program)
    assert changed(path, causes[0]) == ["model.predict(other[..., :3], verbose=0)"]


DIRECT = """
class Squares(keras.losses.Loss):
    def call(self, y_true, y_pred):
        return keras.ops.mean(keras.ops.square({}))
"""


def test_an_own_loss_that_compares_each_sample_with_all_is_alarmed(tmp_path):
    program = (
        f"{DIRECT.format('y_true - y_pred')}{ROW}y = np.zeros(24)\n{dense(1)}model.compile('sgd', Squares())\n{FIT}"
    )
    path, causes = causes_of(tmp_path, program)
    assert changed(path, causes[0]) == ["model.fit(x, y[:, None], verbose=0)"]
    assert not any(cause.verified for cause in causes)


@pytest.mark.parametrize(
    ("compared", "y"),
    [
        ("keras.ops.reshape(y_true, (-1, 1)) - y_pred", "np.zeros(24)"),
        ("y_true - y_pred", "np.zeros((24, 1))"),
        ("y_true - y_pred", "np.zeros((24, 3))"),
        ("keras.ops.mean(y_true) - keras.ops.mean(y_pred)", "np.zeros(24)"),
    ],
)
def test_an_own_loss_that_may_be_meant_is_not_alarmed(compared, y, tmp_path):
    path = tmp_path / "program.py"
    program = f"{HEAD}{DIRECT.format(compared)}{ROW}y = {y}\n{dense(1)}model.compile('sgd', Squares())\n{FIT}"
    path.write_text(program, encoding="utf-8")
    with ShapeGuard() as guard:
        module_of(path)
    assert guard.report.ok


def test_an_own_loss_is_not_run_again_where_it_took_the_targets(tmp_path):
    noted = OWN_LOSS.replace("        return", "        SEEN.append(y_true.shape)\n        return").replace(
        "\nclass", "SEEN = []\nclass"
    )
    program = f"{noted}{ROW}y = np.zeros((24, 1))\n{dense(1, 'sigmoid')}model.compile('sgd', Own())\n{FIT}"
    path = tmp_path / "program.py"
    path.write_text(HEAD + program, encoding="utf-8")
    alone = len(module_of(path).SEEN)
    with ShapeGuard():
        assert len(module_of(path).SEEN) == alone


def test_what_no_line_shows_has_no_text(tmp_path):
    program = f"{ROW}y = np.arange(24) % 3\n{dense(3, 'softmax')}model.compile('sgd', 'categorical_crossentropy')\n"
    _, causes = causes_of(tmp_path, f"{program}given = (x, y)\nmodel.fit(*given, verbose=0)\n")
    assert [has_text(cause) for cause in causes] == [True, False]
    assert causes[1].edits[0].suggestion == "keras.utils.to_categorical(y, 3)"


def test_data_and_labels_that_are_both_wrong_are_two_faults_and_the_data_is_judged_beside_right_labels(tmp_path):
    data = "x, y = np.zeros((8, 6, 6)), np.arange(8) % 3\n"
    path = tmp_path / "program.py"
    compiled = "model.compile('sgd', 'categorical_crossentropy')\n"
    path.write_text(f"{HEAD}{data}{dense(3, 'softmax', width=36)}{compiled}{FIT}", encoding="utf-8")
    with pytest.raises(ShapeMismatchError) as caught, ShapeGuard():
        module_of(path)
    of_data, of_labels = caught.value.report.diagnoses
    assert (of_data.code, of_data.causes[0].edits[0].replacement) == ("SG301", "x.reshape(-1, 36)")
    assert (of_labels.code, of_labels.causes[0].argument) == ("SG303", "loss")
