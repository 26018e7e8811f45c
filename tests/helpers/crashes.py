"""Programs that Keras or its backend crashes on over shapes, each in a few lines, by what they do wrong.

`BUILT` crash while a graph is built, `CALLED` while a layer, operation or loss gets real tensors, `TRAINED` inside a
training method. Each value is the program and what an answer must name: the layer or line, and shapes that met.
"""

import keras
import numpy as np
from keras import layers, ops

BACKEND = keras.config.backend()


def zeros(*shape):
    return np.zeros(shape, "float32")


def image(*shape):
    return keras.Input(shape or (12, 12, 3))


def steps(*shape):
    return keras.Input(shape or (7, 5))


def two_readers():
    a, b = keras.Input((35,)), keras.Input((23,))
    p = layers.LSTM(16)(layers.Embedding(30, 6)(a))
    q = layers.LSTM(16)(layers.Embedding(30, 6)(b))
    layers.Conv1D(8, 3)(layers.Concatenate()([p, q]))


def shared_dense():
    dense = layers.Dense(4, name="shared")
    dense(dense(keras.Input((7,))))


class Weighted(layers.Layer):
    def build(self, shape):
        self.kernel = self.add_weight(shape=(5, 2))

    def call(self, x):
        return ops.matmul(x, self.kernel)


class Residual(layers.Layer):
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.inner = layers.Dense(3)

    def call(self, x):
        return x + self.inner(x)


class Rebuilt(layers.Layer):
    def build(self, shape):
        self.bias = ops.reshape(ops.zeros((4,)), (3,))

    def call(self, x):
        return x + self.bias


class Cell(layers.Layer):
    state_size = output_size = 4

    def build(self, shape):
        self.kernel = self.add_weight(shape=(shape[-1] + 1, 4), name="kernel")

    def call(self, x, states):
        out = ops.matmul(x, self.kernel)
        return out, [out]


def in_one_model():
    inner = keras.Sequential([keras.Input((6,)), layers.Dense(2)], name="inner")
    inner(layers.Dense(5)(keras.Input((4,))))


def sequential_grows():
    model = keras.Sequential([keras.Input((8, 8, 3)), layers.Flatten()])
    model.add(layers.Conv2D(4, 3, name="late"))


def einsum():
    ops.einsum("bij,bjk->bik", steps(4, 5), keras.Input((5,)))


BUILT = {
    "two readers": (two_readers, "'conv1d'", "(None, 32)"),
    "LSTM on rank 2": (lambda: layers.LSTM(3)(keras.Input((5,))), "'lstm'", "(None, 5)"),
    "Conv2D on rank 2": (lambda: layers.Conv2D(4, 3)(keras.Input((5,))), "'conv2d'", "(None, 5)"),
    "Conv2D too large": (lambda: layers.Conv2D(4, 9)(image(6, 6, 3)), "'conv2d'", "(None, 6, 6, 3)"),
    "pooling too large": (lambda: layers.MaxPooling2D(9)(image(6, 6, 3)), "'max_pooling2d'", "(None, 6, 6, 3)"),
    "Concatenate": (lambda: layers.Concatenate()([image(8, 8, 3), image(9, 9, 3)]), "'concatenate'", "(None, 9, 9, 3)"),
    "Add": (lambda: layers.Add()([image(8, 8, 3), image(8, 8, 4)]), "'add'", "(None, 8, 8, 4)"),
    "Dot": (lambda: layers.Dot(1)([steps(4), steps(5)]), "'dot'", "(None, 5)"),
    "Reshape": (lambda: layers.Reshape((4, 4))(keras.Input((15,))), "'reshape'", "(None, 15)"),
    "Permute": (lambda: layers.Permute((2, 1))(image()), "'permute'", "(None, 12, 12, 3)"),
    "RepeatVector": (lambda: layers.RepeatVector(3)(steps()), "'repeat_vector'", "(None, 7, 5)"),
    "Cropping2D": (lambda: layers.Cropping2D(7)(image()), "'cropping2d'", "(None, 12, 12, 3)"),
    "EinsumDense": (
        lambda: layers.EinsumDense("abc,cd->abd", (None, 4))(keras.Input((5,))),
        "'einsum_dense'",
        "(None, 5)",
    ),
    "MultiHeadAttention": (
        lambda: layers.MultiHeadAttention(2, 4)(steps(), keras.Input(())),
        "'multi_head_attention'",
        "(None, 7, 5)",
    ),
    "BatchNormalization": (lambda: layers.BatchNormalization(axis=4)(steps()), "'batch_normalization'", "(None, 7, 5)"),
    "TimeDistributed": (
        lambda: layers.TimeDistributed(layers.Conv2D(2, 3))(steps()),
        "'time_distributed'",
        "(None, 7, 5)",
    ),
    "Bidirectional": (lambda: layers.Bidirectional(layers.GRU(3))(keras.Input((5,))), "'bidirectional'", "(None, 5)"),
    "groups": (lambda: layers.Conv1D(6, 3, groups=3)(steps(7, 5)), "'conv1d'", "(None, 7, 5)"),
    "GroupNormalization": (
        lambda: layers.GroupNormalization(groups=4)(steps()),
        "'group_normalization'",
        "(None, 7, 5)",
    ),
    "UpSampling2D": (lambda: layers.UpSampling2D()(steps()), "'up_sampling2d'", "(None, 7, 5)"),
    "ConvLSTM2D": (lambda: layers.ConvLSTM2D(2, 3)(image()), "'conv_lstm2d'", "(None, 12, 12, 3)"),
    "DepthwiseConv2D": (lambda: layers.DepthwiseConv2D(3)(steps()), "'depthwise_conv2d'", "(None, 7, 5)"),
    "Conv2DTranspose": (lambda: layers.Conv2DTranspose(2, 3)(steps()), "'conv2d_transpose'", "(None, 7, 5)"),
    "GlobalAveragePooling2D": (
        lambda: layers.GlobalAveragePooling2D()(steps()),
        "'global_average_pooling2d'",
        "(None, 7, 5)",
    ),
    "one Dense, two widths": (shared_dense, "'shared'", "(None, 4)"),
    "a model behind another": (in_one_model, "'inner'", "(None, 5)"),
    "Sequential.add": (sequential_grows, "'late'", "(None, 192)"),
    "Lambda": (
        lambda: layers.Lambda(lambda x: ops.matmul(x, ops.zeros((4, 2))), name="product")(keras.Input((5,))),
        "'product'",
        "(None, 5)",
    ),
    "a weight of one's own": (lambda: Weighted(name="mine")(keras.Input((6,))), "`Weighted.call`", "(None, 6)"),
    "a sum inside a layer": (lambda: Residual(name="mine")(keras.Input((6,))), "'mine'", "(None, 6)"),
    "an operation in build": (lambda: Rebuilt(name="mine")(keras.Input((6,))), "'mine'", "(4,)"),
    "ops.concatenate": (lambda: ops.concatenate([steps(), steps(8, 4)], -1), "concatenate", "(None, 8, 4)"),
    "ops.matmul": (lambda: ops.matmul(steps(7, 5), steps(4, 3)), "matmul", "(None, 4, 3)"),
    "ops.reshape": (lambda: ops.reshape(keras.Input((7, 5), 4), (-1, 36)), "reshape", "(4, 7, 5)"),
    "operator +": (lambda: steps(7, 5) + steps(7, 4), "`steps(7, 5) + steps(7, 4)` at line", "(None, 7, 4)"),
    "operator @": (lambda: steps(7, 5) @ steps(7, 4), "`steps(7, 5) @ steps(7, 4)` at line", "(None, 7, 4)"),
    "ops.stack": (lambda: ops.stack([steps(7, 5), steps(7, 4)]), "stack", "(None, 7, 4)"),
    "ops.transpose": (lambda: ops.transpose(steps(), (0, 1)), "transpose", "(None, 7, 5)"),
    "ops.squeeze": (lambda: ops.squeeze(steps(), 1), "squeeze", "(None, 7, 5)"),
    "ops.einsum": (einsum, "einsum", "(None, 5)"),
    "ops.broadcast_to": (lambda: ops.broadcast_to(steps(), (2, 7, 4)), "broadcast_to", "(None, 7, 5)"),
    "ops.expand_dims": (lambda: ops.expand_dims(steps(), 7), "expand_dims", "(None, 7, 5)"),
    "Input of a number": (lambda: keras.Input(shape=784), "line", "784"),
    "set_weights": (
        lambda: keras.Sequential([keras.Input((4,)), layers.Dense(2)]).set_weights([zeros(4, 3), zeros(3)]),
        "'sequential'",
        "(4, 3)",
    ),
}


class Two(keras.Model):
    def __init__(self):
        super().__init__(name="two")
        self.a, self.b = layers.Conv2D(4, 3), layers.Conv2D(4, 5)
        self.join = layers.Concatenate(name="join")

    def call(self, x):
        return self.join([self.a(x), self.b(x)])


class Sum(keras.Model):
    def __init__(self):
        super().__init__(name="sum")
        self.first, self.second = layers.Dense(64), layers.Dense(32)

    def call(self, x):
        h = self.first(x)
        return h + self.second(h)


class Flat(keras.Model):
    def __init__(self):
        super().__init__(name="flat")
        self.conv, self.out = layers.Conv2D(8, 3), layers.Dense(3)

    def call(self, x):
        return self.out(ops.reshape(self.conv(x), (-1, 801)))


class Own(keras.losses.Loss):
    def call(self, y_true, y_pred):
        return keras.losses.binary_crossentropy(y_true, y_pred)


def own_function(y_true, y_pred):
    return ops.mean(ops.matmul(y_true, y_pred))


def dense(width=3, features=5, **compiled):
    model = keras.Sequential([keras.Input((features,), name="given"), layers.Dense(width, name="out")])
    model.compile(**{"optimizer": "sgd", "loss": "mse", **compiled})
    return model


def optimizer():
    optimizer = keras.optimizers.SGD()
    variable = keras.Variable(zeros(4))
    optimizer.build([variable])
    optimizer.apply_gradients([(ops.zeros((3,)), variable)])


def stateful():
    layer = layers.LSTM(4, stateful=True, name="memory")
    layer(zeros(4, 7, 5))
    layer(zeros(3, 7, 5))


def metric():
    keras.metrics.Precision(name="precise").update_state(zeros(8), zeros(8, 3))


CALLED = {
    "a built model": (lambda: dense()(zeros(2, 6)), "'out'", "(2, 6)"),
    "a subclassed model": (lambda: Two()(zeros(2, 12, 12, 3)), "'join'", "(2, 8, 8, 4)"),
    "an operator in a subclassed model": (lambda: Sum()(zeros(2, 20)), "`Sum.call`", "32"),
    "ops.reshape in a subclassed model": (lambda: Flat()(zeros(2, 12, 12, 3)), "`Flat.call`", "(2, 10, 10, 8)"),
    "Conv1D of arrays": (lambda: layers.Conv1D(2, 9)(zeros(2, 7, 5)), "'conv1d'", "(2, 7, 5)"),
    "Embedding, then Dense of another": (
        lambda: layers.Add()([layers.Dense(3)(zeros(2, 4)), layers.Dense(5)(zeros(2, 4))]),
        "'add'",
        "(2, 5)",
    ),
    "ops.matmul of arrays": (lambda: ops.matmul(zeros(2, 3), zeros(4, 5)), "line", "(4, 5)"),
    "ops.concatenate of arrays": (lambda: ops.concatenate([zeros(2, 3), zeros(3, 4)]), "line", "(3, 4)"),
    "a loss of arrays": (
        lambda: keras.losses.CategoricalCrossentropy(name="cce")(zeros(8, 4), zeros(8, 3)),
        "'cce'",
        "(8, 4)",
    ),
    "a metric": (metric, "'precise'", "(8, 3)"),
    "an optimizer": (optimizer, "SGD", "(3,)"),
    "a stateful layer": (stateful, "'memory'", "(3, 7, 5)"),
    "a cell": (lambda: layers.RNN(Cell(), name="mine")(zeros(2, 7, 5)), "Cell", "(2, 5)"),
}


def validated():
    dense().fit(zeros(8, 5), zeros(8, 3), validation_data=(zeros(4, 6), zeros(4, 3)), verbose=0)


def generator(*shapes):
    while True:
        yield tuple(zeros(*shape) for shape in shapes)


class Batches(keras.utils.PyDataset):
    def __len__(self):
        return 2

    def __getitem__(self, index):
        return zeros(4, 6), zeros(4, 3)


class OwnStep(keras.Model):
    def __init__(self):
        super().__init__(name="own_step")
        self.out = layers.Dense(3)

    def call(self, x):
        return self.out(x)

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        return ops.mean(ops.matmul(y_pred, y))


def two_inputs():
    a, b = keras.Input((4,), name="left"), keras.Input((6,), name="right")
    model = keras.Model([a, b], layers.Dense(2)(layers.Concatenate()([a, b])))
    model.compile("sgd", "mse")
    model.fit([zeros(8, 4), zeros(8, 5)], zeros(8, 2), verbose=0)


def deferred():
    model = keras.Sequential([layers.Conv2D(4, 3, name="conv"), layers.Flatten(), layers.Dense(2)])
    model.compile("sgd", "mse")
    model.fit(zeros(8, 30), zeros(8, 2), verbose=0)


def subclassed(model, *shapes):
    model.compile("sgd", "mse")
    model.fit(*(zeros(*shape) for shape in shapes), verbose=0)


def picture():
    model = keras.Sequential([keras.Input((30, 30, 3), name="given"), layers.Conv2D(4, 3), layers.Flatten()])
    model.predict(zeros(30, 30, 3), verbose=0)


TRAINED = {
    "too many features": (lambda: dense().fit(zeros(8, 6), zeros(8, 3), verbose=0), "'given'", "(8, 6)"),
    "the targets": (
        lambda: dense(loss="categorical_crossentropy").fit(zeros(8, 5), zeros(8, 4), verbose=0),
        "'out'",
        "(8, 4)",
    ),
    "own loss": (lambda: dense(1, loss=Own(name="own")).fit(zeros(8, 5), zeros(8), verbose=0), "'own'", "1)"),
    "own loss function": (
        lambda: dense(loss=own_function).fit(zeros(8, 5), zeros(8, 3), verbose=0),
        "own_function",
        "(8, 3)",
    ),
    "a metric": (
        lambda: dense(loss="sparse_categorical_crossentropy", metrics=[keras.metrics.Precision(name="precise")]).fit(
            zeros(8, 5), zeros(8, 1), batch_size=8, verbose=0
        ),
        "'precise'",
        "(8, 3)",
    ),
    "lengths": (lambda: dense().fit(zeros(8, 5), zeros(7, 3), verbose=0), "(8, 5)", "(7, 3)"),
    "sample_weight": (
        lambda: dense().fit(zeros(8, 5), zeros(8, 3), sample_weight=zeros(8, 7), verbose=0),
        "",
        "(8, 7)",
    ),
    "one input too few": (two_inputs, "'right'", "(8, 5)"),
    "predict one row": (lambda: dense().predict(zeros(1, 2), verbose=0), "'given'", "(1, 2)"),
    "predict a picture": (picture, "'given'", "(30, 30, 3)"),
    "evaluate": (lambda: dense().evaluate(zeros(8, 6), zeros(8, 3), verbose=0), "'given'", "(8, 6)"),
    "train_on_batch": (lambda: dense().train_on_batch(zeros(8, 6), zeros(8, 3)), "'given'", "(8, 6)"),
    "test_on_batch": (lambda: dense().test_on_batch(zeros(40, 6), zeros(40, 3)), "'given'", "(40, 6)"),
    "predict_on_batch": (lambda: dense().predict_on_batch(zeros(8, 6)), "'given'", "(8, 6)"),
    "validation data": (validated, "'given'", "(4, 6)"),
    "a generator": (
        lambda: dense().fit(generator((4, 6), (4, 3)), steps_per_epoch=2, shuffle=False, verbose=0),
        "'out'",
        "6)",
    ),
    "a PyDataset": (lambda: dense().fit(Batches(), shuffle=False, verbose=0), "'out'", "6)"),
    "a deferred Sequential": (deferred, "'conv'", "(8, 30)"),
    "a subclassed model": (lambda: subclassed(Two(), (8, 12, 12, 3), (8, 1)), "'join'", "8, 8, 4)"),
    "an operator in a subclassed model": (
        lambda: subclassed(Sum(), (8, 20), (8, 64)),
        "`h + self.second(h)` in `Sum.call`",
        "32)",
    ),
    "ops.reshape in a subclassed model": (lambda: subclassed(Flat(), (8, 12, 12, 3), (8, 3)), "eshape", "10, 10, 8)"),
    "a loss in compute_loss": (lambda: subclassed(OwnStep(), (8, 5), (8, 3)), "OwnStep", "3)"),
}
