"""Slips in `build`, in a loss, in a step, and in what a loop of the user's own takes for a whole batch."""

import keras
import pytest
from helpers.slips import first_line, refused, told
from helpers.texts import applied, mended

of_tensorflow = pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="the program is of TensorFlow")
pytestmark = pytest.mark.filterwarnings("ignore:.*unbuilt state", "ignore:`build\\(\\)` was called on layer")
WHOLE_SHAPE = """
class Scale(layers.Layer):
    def build(self, input_shape):
        self.gain = self.add_weight(shape=input_shape, initializer="ones")

    def call(self, x):
        return x * self.gain

model = keras.Sequential([layers.Dense(8), Scale(), layers.Dense(1)])
model.compile("sgd", "mse")
model.fit(np.zeros((4, 6)), np.zeros((4, 1)), verbose=0)
"""
EXCHANGED = """
class Net(keras.Model):
    def __init__(self):
        super().__init__()
        self.wide = layers.Dense(16)
        self.grid = layers.Reshape((4, 4, 1))
        self.filters = layers.Conv2D(2, 3)

    def call(self, x):
        for layer in (self.wide, self.filters, self.grid):
            x = layer(x)
        return ops.sum(x, axis=(1, 2))

model = Net()
model.compile("sgd", "mse")
model.fit(np.zeros((4, 6)), np.zeros((4, 2)), verbose=0)
"""
AXIS_ELSEWHERE = """
class Distances(layers.Layer):
    def build(self, input_shape):
        self.centres = self.add_weight(shape=(5, input_shape[-1]))

    def call(self, x):
        return ops.sum(ops.square(x[:, :, None] - self.centres), axis=-1)

model = keras.Sequential([Distances(), layers.Dense(1)])
model.compile("sgd", "mse")
model.fit(np.zeros((4, 6)), np.zeros((4, 1)), verbose=0)
"""
ONE_STATE = """
class Net(keras.Model):
    def __init__(self):
        super().__init__()
        self.gru = layers.GRU(6, return_sequences=True)

    def call(self, x):
        state = ops.zeros((1, 6))
        return self.gru(x, initial_state=state)

model = Net()
model.compile("sgd", "mse")
model.fit(np.zeros((8, 5, 3)), np.zeros((8, 5, 6)), batch_size=4, verbose=0)
"""
OPEN_SHAPE = """
import tensorflow as tf

class Noise(layers.Layer):
    def call(self, x):
        return x + tf.random.normal(x.shape)

model = keras.Sequential([Noise(), layers.Dense(1)])
model.compile("sgd", "mse")
model.fit(np.zeros((4, 6)), np.zeros((4, 1)), verbose=0)
"""
VECTOR = """
import tensorflow as tf

class Attention(layers.Layer):
    def build(self, input_shape):
        self.w = self.add_weight(shape=(input_shape[-1],))

    def call(self, x):
        weights = tf.nn.softmax(tf.matmul(x, self.w), axis=1)
        return tf.reduce_sum(x * tf.expand_dims(weights, -1), axis=1)

model = keras.Sequential([Attention(), layers.Dense(1)])
model.compile("sgd", "mse")
model.fit(np.zeros((4, 5, 6)), np.zeros((4, 1)), verbose=0)
"""
ROWS = """
import tensorflow as tf

class Weighted(layers.Layer):
    def __init__(self):
        super().__init__()
        self.score = layers.Dense(1)

    def call(self, steps):
        weights = tf.nn.softmax(tf.squeeze(self.score(steps), -1), axis=-1)
        mean = tf.matmul(weights, steps)
        return tf.concat([steps[:, -1], mean], axis=-1)

model = keras.Sequential([Weighted(), layers.Dense(1)])
model.compile("sgd", "mse")
model.fit(np.zeros((4, 5, 6)), np.zeros((4, 1)), verbose=0)
"""
OTHER_NUMBER = """
class Narrowed(layers.Layer):
    def __init__(self, times=4):
        super().__init__()
        self.times = times

    def build(self, input_shape):
        wide = input_shape[-1]
        narrow = wide // self.times
        self.down = self.add_weight(shape=(wide, narrow))
        self.up = self.add_weight(shape=(self.times, wide))

    def call(self, x):
        return x + ops.matmul(ops.relu(ops.matmul(x, self.down)), self.up)

model = keras.Sequential([Narrowed(), layers.Dense(1)])
model.compile("sgd", "mse")
model.fit(np.zeros((4, 24)), np.zeros((4, 1)), verbose=0)
"""
OTHER_AXIS = """
class Numbered(layers.Layer):
    def build(self, input_shape):
        self.table = self.add_weight(shape=(50, input_shape[-1]))

    def call(self, steps):
        return steps + self.table[: ops.shape(steps)[0]]

model = keras.Sequential([Numbered(), layers.Flatten(), layers.Dense(1)])
model.compile("sgd", "mse")
model.fit(np.zeros((8, 7, 3)), np.zeros((8, 1)), batch_size=4, verbose=0)
"""
AXES_OF_ONE = """
class Brightness(layers.Layer):
    def call(self, x):
        most = ops.max(x, axis=(1, 2, 3), keepdims=True)
        parts = ops.mean(x / most, axis=(1, 2))
        return ops.concatenate([parts, most], axis=-1)

model = keras.Sequential([Brightness(), layers.Dense(1)])
model.compile("sgd", "mse")
model.fit(np.ones((4, 5, 5, 3)), np.zeros((4, 1)), verbose=0)
"""
STEP = """
class Noisy(keras.Model):
    def __init__(self):
        super().__init__()
        self.body = keras.Sequential([layers.Flatten(), layers.Dense(3, activation="softmax")])

    def call(self, x):
        return self.body(x)

    def train_step(self, data):
        x, y = data
        level = ops.ones((ops.shape(x)[0], 1, 1)) / 4
        noisy = x * level
        smooth = y * (1.0 - level)
        loss = self.compute_loss(y=smooth, y_pred=self(noisy, training=True))
        return {"loss": loss}

model = Noisy()
model.compile("sgd", "categorical_crossentropy")
model.fit(np.zeros((8, 5, 2)), np.eye(3)[[0, 1, 2, 0, 1, 2, 0, 1]], batch_size=4, verbose=0)
"""
BLENDED = """
class Blended(keras.Model):
    def __init__(self, classes):
        super().__init__()
        self.body = keras.Sequential([layers.Conv2D(4, 3, activation="relu"), layers.GlobalMaxPooling2D()])
        self.head = layers.Dense(classes)

    def call(self, images):
        return self.head(self.body(images))

    def shares(self, images):
        count = ops.shape(images)[0]
        low, high = ops.ones((count, 1, 1, 1)) / 4, ops.ones((count, 1, 1, 1)) / 2
        share = low / (low + high)
        return ops.maximum(share, 1.0 - share)

    def train_step(self, data):
        images, classes = data
        share = self.shares(images)
        others, their_classes = ops.flip(images, 0), ops.flip(classes, 0)
        blended = share * images + (1.0 - share) * others
        wanted = LINE
        scores = self(blended, training=True)
        return {"loss": self.compute_loss(x=blended, y=wanted, y_pred=scores)}

model = Blended(3)
model.compile("sgd", keras.losses.CategoricalCrossentropy(from_logits=True))
model.fit(np.zeros((8, 6, 6, 2)), np.eye(3)[[0, 1, 2, 0, 1, 2, 0, 1]], batch_size=4, verbose=0)
"""
BLENDED_ONCE = BLENDED.replace("LINE", "classes + (1.0 - share) * (their_classes - classes)")
BLENDED_TWICE = BLENDED.replace("LINE", "share * classes + (1.0 - share) * their_classes")
LOSS = """
def gram(x):
    b, h, w, c = ops.shape(x)
    flat = ops.reshape(x, (b, h * h, c))
    return ops.matmul(ops.transpose(flat, (0, 2, 1)), flat)

def style(y_true, y_pred):
    return ops.mean(ops.square(gram(y_true) - gram(y_pred)), axis=(1, 2))

model = keras.Sequential([keras.Input((4, 6, 3)), layers.Conv2D(3, 1)])
model.compile("sgd", style)
model.fit(np.zeros((4, 4, 6, 3)), np.zeros((4, 4, 6, 3)), verbose=0)
"""
AS_ANOTHER = """
def masked(y_true, y_pred):
    mask = ops.cast(y_true > 0, "float32")
    y_pred = ops.reshape(y_pred, (-1,))
    error = ops.square(ops.reshape(y_true, (-1,)) - y_pred)
    return ops.sum(error * mask) / ops.sum(mask)

model = keras.Sequential([keras.Input((5, 6)), layers.Dense(7)])
model.compile("sgd", masked)
model.fit(np.ones((4, 5, 6)), np.ones((4, 5, 7)), verbose=0)
"""
PARTS_OF_LOSS = """
import tensorflow as tf

class Vae(keras.Model):
    def __init__(self):
        super().__init__()
        self.inner = layers.Dense(6)

    def call(self, x):
        return self.inner(x)

    def train_step(self, data):
        x, _ = data
        with tf.GradientTape() as tape:
            y = self.inner(x)
            likeness = keras.losses.mean_squared_error(x, y)
            spread = tf.reduce_sum(tf.square(y), axis=(1, 2))
            loss = tf.reduce_mean(likeness + spread)
        self.optimizer.apply(tape.gradient(loss, self.trainable_variables), self.trainable_variables)
        return {"loss": loss}

model = Vae()
model.compile("sgd")
model.fit(np.zeros((4, 5, 6)), np.zeros((4, 1)), batch_size=4, verbose=0)
"""
TOLD_SHAPE = """
class Merge(layers.Layer):
    def call(self, inputs):
        one, other = inputs
        return ops.concatenate([one, other], axis=1)

    def compute_output_shape(self, shapes):
        return (*shapes[0][:2], shapes[0][2] + shapes[1][2])

one, other = keras.Input((5, 8)), keras.Input((5, 4))
model = keras.Model([one, other], layers.Dense(1)(Merge()([one, other])))
model.compile("sgd", "mse")
model.fit([np.zeros((4, 5, 8)), np.zeros((4, 5, 4))], np.zeros((4, 5, 1)), verbose=0)
"""
NO_BATCH = """
class Gate(layers.Layer):
    def build(self, input_shape):
        self.w = self.add_weight(shape=(input_shape[-1], 3))

    def call(self, x):
        return ops.prod(x[..., :3] * self.w, axis=1)

model = keras.Sequential([Gate(), layers.Dense(2)])
model.compile("sgd", "mse")
model.fit(np.zeros((8, 6)), np.zeros((8, 2)), batch_size=4, verbose=0)
"""
LOOP = """
import tensorflow as tf

SIZE = 4
model = keras.Sequential([layers.Dense(3)])

def noise(count):
    return tf.zeros((count, 3))

def step(x):
    extra = noise(SIZE)
    return tf.reduce_mean(model(x) + extra)

for batch in tf.data.Dataset.from_tensor_slices(np.zeros((10, 6), "float32")).batch(SIZE):
    step(batch)
"""

ALL_DATA = """
import tensorflow as tf

x, kinds = np.ones((12, 5), "float32"), np.arange(12) % 3
model = keras.Sequential([layers.Dense(4)])

def pulled(kinds, made):
    alike = ops.cast(ops.expand_dims(kinds, 1) == ops.expand_dims(kinds, 0), "float32")
    return ops.mean(alike * ops.matmul(made, ops.transpose(made)))

for part, of_part in tf.data.Dataset.from_tensor_slices((x, kinds)).batch(4):
    loss = pulled(kinds, model(part))
"""
LAMBDA = """
SIZE = 4

def sampling(parts):
    mean, spread = parts
    return mean + spread * keras.random.normal((SIZE, 3))

x = keras.Input((6,))
z = layers.Lambda(sampling, output_shape=(3,))([layers.Dense(3)(x), layers.Dense(3)(x)])
model = keras.Model(x, layers.Dense(1)(z))
model.compile("sgd", "mse")
model.fit(np.zeros((10, 6)), np.zeros((10, 1)), batch_size=SIZE, verbose=0)
"""


def test_a_weight_is_made_of_a_whole_shape(tmp_path):
    told(tmp_path, WHOLE_SHAPE, 'self.gain = self.add_weight(shape=(input_shape[-1],), initializer="ones")')


def test_layers_in_another_order_are_told(tmp_path):
    causes, path = refused(tmp_path, EXCHANGED)
    lines = [applied(path, each) for each in causes if all(edit.replaces for edit in each.edits)]
    assert any("in (self.wide, self.grid, self.filters):" in each for each in lines)


def test_an_index_adds_its_axis_elsewhere(tmp_path):
    told(tmp_path, AXIS_ELSEWHERE, "return ops.sum(ops.square(x[:, None, :] - self.centres), axis=-1)")


@pytest.mark.skipif(keras.backend.backend() == "torch", reason="PyTorch broadcasts a state of one sample")
def test_the_number_of_samples_is_written_as_a_number(tmp_path):
    causes = told(tmp_path, ONE_STATE, "state = ops.zeros((ops.shape(x)[0], 6))")
    assert causes[0].confidence == "possible"


@of_tensorflow
def test_the_shape_of_a_batch_is_open_before_it_is_there(tmp_path):
    told(tmp_path, OPEN_SHAPE, "return x + tf.random.normal(tf.shape(x))")


@of_tensorflow
def test_a_product_with_a_vector_takes_its_column(tmp_path):
    line = "weights = tf.nn.softmax(tf.squeeze(tf.matmul(x, tf.expand_dims(self.w, -1)), -1), axis=1)"
    told(tmp_path, VECTOR, line)


@of_tensorflow
def test_a_product_with_one_vector_for_each_sample_takes_its_row(tmp_path):
    told(tmp_path, ROWS, "mean = tf.squeeze(tf.matmul(tf.expand_dims(weights, -2), steps), -2)")


def test_the_name_of_another_number_was_meant(tmp_path):
    told(tmp_path, OTHER_NUMBER, "self.up = self.add_weight(shape=(narrow, wide))")


def test_the_size_of_another_axis_was_meant(tmp_path):
    told(tmp_path, OTHER_AXIS, "return steps + self.table[: ops.shape(steps)[1]]")


def test_a_factor_of_each_sample_has_axes_too_many(tmp_path):
    causes, path = refused(tmp_path, AXES_OF_ONE)
    lines = [applied(path, each) for each in causes if all(edit.replaces for edit in each.edits)]
    assert any("[parts, ops.squeeze(most, (1, 2))]" in each for each in lines)


@pytest.mark.skipif(keras.backend.backend() == "jax", reason="a step of JAX takes the state of the model")
def test_a_step_gives_targets_axes_too_many(tmp_path):
    causes, path = refused(tmp_path, STEP)
    factors = ("((1.0 - level)[..., 0])", "(1.0 - ops.squeeze(level, 1))")
    assert first_line(path, causes) in {f"smooth = y * {each}" for each in factors}
    mended(path, causes[0])


@pytest.mark.skipif(keras.backend.backend() == "jax", reason="a step of JAX takes the state of the model")
def test_targets_are_mixed_by_a_factor_that_is_there_for_images(tmp_path):
    told(tmp_path, BLENDED_ONCE, "wanted = classes + (1.0 - ops.squeeze(share, (1, 2))) * (their_classes - classes)")


@pytest.mark.skipif(keras.backend.backend() == "jax", reason="a step of JAX takes the state of the model")
def test_a_factor_that_is_there_for_images_is_squeezed_wherever_a_line_reads_it(tmp_path):
    factor = "ops.squeeze(share, (1, 2))"
    told(tmp_path, BLENDED_TWICE, f"wanted = {factor} * classes + (1.0 - {factor}) * their_classes")


def test_a_number_in_a_function_of_a_loss_is_told(tmp_path):
    causes, path = refused(tmp_path, LOSS)
    assert first_line(path, causes) in {f"flat = ops.reshape(x, (b, {each}, c))" for each in ("h * w", "w * h")}
    assert causes[0].confidence == "possible"
    mended(path, causes[0])


def test_a_tensor_is_converted_as_another_one_is(tmp_path):
    told(tmp_path, AS_ANOTHER, "return ops.sum(error * ops.reshape(mask, (-1,))) / ops.sum(mask)")


@of_tensorflow
def test_a_part_of_a_loss_is_reduced(tmp_path):
    told(tmp_path, PARTS_OF_LOSS, "loss = tf.reduce_mean(tf.reduce_mean(likeness, axis=-1) + spread)")


def test_a_call_is_looked_into_whose_layer_tells_its_output(tmp_path):
    causes, path = refused(tmp_path, TOLD_SHAPE)
    assert causes[0].edits[0].argument == "axis"
    assert causes[0].verified
    mended(path, causes[0])


def test_samples_that_are_taken_for_something_else_are_told_before_targets(tmp_path):
    causes, _ = refused(tmp_path, NO_BATCH)
    assert causes[0].kind not in {"targets", "loss"}


@of_tensorflow
def test_a_loop_takes_its_last_batch_for_a_whole_one(tmp_path):
    causes = told(tmp_path, LOOP, "extra = noise(x.shape[0])")
    assert not causes[0].verified


@of_tensorflow
def test_all_data_are_read_for_the_batch_of_a_loop(tmp_path):
    causes = told(tmp_path, ALL_DATA, "loss = pulled(of_part, model(part))")
    assert not causes[0].verified


@of_tensorflow
def test_an_array_beside_a_batch_that_is_read_too_is_as_it_was_meant(tmp_path):
    causes, _ = refused(tmp_path, ALL_DATA.replace("loss = pulled", "print(of_part.shape); loss = pulled"))
    assert all(edit.replacement != "of_part" for cause in causes for edit in cause.edits)


@of_tensorflow
@pytest.mark.parametrize("used", ["model(x) + layers.Dense(SIZE)(x)", "tf.matmul(x, tf.zeros((SIZE, 6)))"])
def test_another_number_that_a_loop_uses_is_no_batch(tmp_path, used):
    causes, _ = refused(tmp_path, LOOP.replace("model(x) + extra", used).replace("extra = noise(SIZE)", "pass"))
    assert not any("shape[0]" in str(edit.replacement) for cause in causes for edit in cause.edits)


@of_tensorflow
@pytest.mark.filterwarnings("ignore:ShapeGuard. this model has no expected shapes")
def test_a_number_of_samples_in_a_lambda_is_told(tmp_path):
    told(tmp_path, LAMBDA, "return mean + spread * keras.random.normal((ops.shape(mean)[0], 3))")


def test_a_slice_of_a_weight_may_have_another_end_as_well_as_the_weight_another_size(tmp_path):
    causes, path = refused(tmp_path, OTHER_AXIS.replace("ops.shape(steps)[0]", "9"))
    assert [each.confidence for each in causes[:2]] == ["possible", "possible"]
    assert first_line(path, causes) == "return steps + self.table[:7]"
