"""Random calls of every built-in layer: constructor arguments, valid and not, and input shapes, fitting and not."""

from __future__ import annotations

from random import Random

import keras

LAST, FIRST = "channels_last", "channels_first"


def sizes(random, rank, *, low=1, high=14, unknown=0.12):
    return tuple(None if random.random() < unknown else random.randint(low, high) for _ in range(rank))


def batch(random):
    return random.choice([None, None, 2, 3])


def image(random, rank, data_format, *, channels=(1, 2, 3, 4, 6)):
    """A shape of `rank` spatial axes; now and then of another rank or without known channels."""
    rank = random.choice([rank] * 12 + [rank - 1, rank + 1])
    depth = random.choice([*channels] * 4 + [None])
    spatial = sizes(random, max(rank, 0))
    return (batch(random), *spatial, depth) if data_format == LAST else (batch(random), depth, *spatial)


def spread(random, rank, values):
    """One value, or one an axis, as people write them."""
    if rank > 1 and random.random() < 0.3:
        return tuple(random.choice(values) for _ in range(rank))
    return random.choice(values)


def some(random, **options):
    """A random part of the options: absent arguments take their defaults."""
    return {name: draw() for name, draw in options.items() if random.random() < 0.6}


def convolution(rank, *, groups=False, causal=False, depthwise=False, separable=False, transposed=False):
    def sample(random):
        arguments = some(
            random,
            strides=lambda: spread(random, rank, [1, 2, 2, 3, 4, 0]),
            padding=lambda: random.choice(["valid", "same", *(["causal"] if causal else []), "Same", "full"]),
            data_format=lambda: random.choice([LAST, FIRST]),
            dilation_rate=lambda: spread(random, rank, [1, 1, 1, 2, 3]),
        )
        arguments["kernel_size"] = spread(random, rank, [1, 2, 3, 3, 4, 5, 7])
        if not depthwise:
            arguments["filters"] = random.choice([1, 2, 4, 6, 8, 0])
        if depthwise or separable:
            arguments |= some(random, depth_multiplier=lambda: random.choice([1, 2, 3, 0]))
        if groups:
            arguments |= {"groups": random.choice([1, 2, 3])} if random.random() < 0.25 else {}
        if transposed:
            arguments |= some(random, output_padding=lambda: random.choice([None, 0, 1, 1, 2]))
        return arguments, [image(random, rank, arguments.get("data_format", LAST))]

    return sample


def pooling(rank):
    def sample(random):
        arguments = some(
            random,
            strides=lambda: random.choice([None, spread(random, rank, [1, 2, 3, 4])]),
            padding=lambda: random.choice(["valid", "same", "VALID"]),
            data_format=lambda: random.choice([LAST, FIRST]),
        )
        arguments["pool_size"] = spread(random, rank, [1, 2, 2, 3, 4, 0])
        return arguments, [image(random, rank, arguments.get("data_format", LAST))]

    return sample


def adaptive_pooling(rank):
    def sample(random):
        arguments = some(random, data_format=lambda: random.choice([LAST, FIRST]))
        arguments["output_size"] = spread(random, rank, [1, 2, 3, 5])
        shape = image(random, rank, arguments.get("data_format", LAST))
        return arguments, [tuple(size if size is None or size > 5 else size + 5 for size in shape)]

    return sample


def global_pooling(rank):
    def sample(random):
        arguments = some(
            random,
            keepdims=lambda: random.choice([True, False]),
            data_format=lambda: random.choice([LAST, FIRST]),
        )
        return arguments, [image(random, rank, arguments.get("data_format", LAST))]

    return sample


def bordered(argument, rank, *, formatted=True):
    """ZeroPadding and Cropping."""

    def sample(random):
        arguments = some(random, data_format=lambda: random.choice([LAST, FIRST])) if formatted else {}
        border = [0, 0, 1, 2, 3, 5]
        if rank == 1:
            value = random.choice([random.choice(border), (random.choice(border), random.choice(border))])
        else:
            value = random.choice(
                [
                    random.choice(border),
                    tuple(random.choice(border) for _ in range(rank)),
                    tuple((random.choice(border), random.choice(border)) for _ in range(rank)),
                ]
            )
        if random.random() < 0.8:
            arguments[argument] = value
        return arguments, [image(random, rank, arguments.get("data_format", LAST))]

    return sample


def upsampling(rank):
    def sample(random):
        arguments = {"size": spread(random, rank, [1, 2, 2, 3])} if random.random() < 0.8 else {}
        if rank > 1:
            arguments |= some(random, data_format=lambda: random.choice([LAST, FIRST]))
        return arguments, [image(random, rank, arguments.get("data_format", LAST))]

    return sample


def any_shape(random, low=1, high=4):
    return (batch(random), *sizes(random, random.randint(low - 1, high)))


def flatten(random):
    return {}, [any_shape(random)]


def reshape(random):
    shape = any_shape(random, 2, 3)
    known = [size for size in shape[1:] if size is not None]
    random.shuffle(known)
    target = random.choice(
        [
            tuple(known),
            (*known, 1),
            (-1, *known[1:]),
            (-1,),
            (2, -1),
            tuple(random.choice([1, 2, 4, 6]) for _ in range(2)),
            (-1, -1),
            (),
        ]
    )
    return {"target_shape": target}, [shape]


def permute(random):
    dims = list(range(1, random.randint(2, 4) + 1))
    random.shuffle(dims)
    if random.random() < 0.1:
        dims[0] = 0
    ndim = len(dims) + (1 if random.random() < 0.9 else 2)
    return {"dims": tuple(dims)}, [(batch(random), *sizes(random, ndim - 1))]


def repeat_vector(random):
    return {"n": random.choice([1, 3, 7, 0])}, [(batch(random), *sizes(random, random.choice([1, 1, 1, 2, 0])))]


def dense(random):
    return {"units": random.choice([1, 4, 7])}, [any_shape(random)]


def einsum_dense(random):
    equation, output_shape = random.choice(
        [
            ("ab,bc->ac", 5),
            ("abc,cd->abd", (None, 5)),
            ("abc,cd->abd", (4, 5)),
            ("...x,xy->...y", 5),
            ("ab...,bc->ac...", 5),
            ("abc,cde->abde", (None, 2, 3)),
            ("abc,bd->adc", (5, None)),
            ("abc,cd->ab", (None,)),
            ("abcd,de->abce", (None, None, 6)),
            ("ab,bc->cd", 5),
        ]
    )
    return {"equation": equation, "output_shape": output_shape}, [
        (batch(random), *sizes(random, random.choice([1, 2, 2, 3])))
    ]


def embedding(random):
    return {"input_dim": 9, "output_dim": random.choice([1, 4, 8])}, [any_shape(random)]


def input_layer(random):
    return {"batch_shape": any_shape(random)}, []


def sequence(random):
    ndim = random.choice([3] * 9 + [2, 4])
    return (batch(random), *sizes(random, ndim - 1))


def recurrent(random):
    arguments = some(
        random,
        return_sequences=lambda: random.choice([True, False]),
        return_state=lambda: random.choice([True, False]),
        stateful=lambda: random.random() < 0.2,
    )
    return {"units": random.choice([1, 4, 0] if random.random() < 0.2 else [1, 4]), **arguments}, [sequence(random)]


def convolutional_recurrent(rank):
    convolve = convolution(rank)

    def sample(random):
        arguments, (shape,) = convolve(random)
        arguments |= some(
            random,
            return_sequences=lambda: random.choice([True, False]),
            return_state=lambda: random.choice([True, False]),
        )
        if random.random() < 0.8:
            shape = (shape[0], *(5 if size is None else size for size in shape[1:]))
        return arguments, [(shape[0], random.choice([None, 3, 4]), *shape[1:])]

    return sample


def cell(states):
    def sample(random):
        units = random.choice([2, 5])
        rows = batch(random)
        return {"units": units}, [(rows, random.choice([3, 4])), [(rows, units)] * states]

    return sample


def stacked_cells(random):
    rows = batch(random)
    cells = [keras.layers.LSTMCell(4), keras.layers.GRUCell(3)]
    return {"cells": cells}, [(rows, 5), [[(rows, 4), (rows, 4)], [(rows, 3)]]]


def rnn(random):
    made = {
        "lstm": lambda: keras.layers.LSTMCell(4),
        "gru": lambda: keras.layers.GRUCell(3),
        "simple": lambda: keras.layers.SimpleRNNCell(2),
        "stack": lambda: [keras.layers.LSTMCell(4), keras.layers.GRUCell(3)],
    }[random.choice(["lstm", "gru", "simple", "stack"])]()
    arguments, shapes = recurrent(random)
    arguments.pop("units")
    return {"cell": made, **arguments}, shapes


def bidirectional(random):
    arguments, shapes = recurrent(random)
    layer = random.choice([keras.layers.LSTM, keras.layers.GRU])
    arguments["units"] = max(arguments["units"], 1)
    arguments.pop("stateful", None)
    modes = some(random, merge_mode=lambda: random.choice(["concat", "sum", "mul", "ave", None, "max"]))
    return {"layer": layer(**arguments), **modes}, shapes


def time_distributed(random):
    layer, shape = random.choice(
        [
            (lambda: keras.layers.Dense(4), (5,)),
            (lambda: keras.layers.Conv2D(4, 3), (9, 9, 3)),
            (lambda: keras.layers.Conv2D(4, 3), (2, 9, 3)),
            (keras.layers.Flatten, (4, 5)),
            (lambda: keras.layers.Dropout(0.1), (4,)),
            (lambda: keras.layers.LSTM(3), (4, 5)),
            (lambda: keras.layers.MaxPooling1D(2), (9, 2)),
            (lambda: keras.layers.Dense(4), ()),
        ]
    )
    return {"layer": layer()}, [(batch(random), random.choice([None, 4]), *shape)]


def spectral(random):
    layer = random.choice([lambda: keras.layers.Conv2D(4, 3), lambda: keras.layers.Conv2D(4, 3, 2, "same")])
    return {"layer": layer()}, [image(random, 2, LAST)]


def pipeline(random):
    return {"layers": [keras.layers.Resizing(5, 6), keras.layers.Rescaling(0.5)]}, [(batch(random), 9, 9, 3)]


def merge(random):
    shape = any_shape(random, 2, 3)
    shapes = []
    for _ in range(random.choice([2, 2, 3])):
        other = tuple(1 if size is not None and random.random() < 0.1 else size for size in shape[1:])
        other = tuple(size + 1 if size and random.random() < 0.04 else size for size in other)
        shapes.append((shape[0], *other[1 if random.random() < 0.1 else 0 :]))
    return {}, [shapes]


def concatenate(random):
    shape = any_shape(random, 2, 3)
    axis = random.choice([-1, 1, 2, -2])
    shapes = []
    for _ in range(random.choice([2, 2, 3])):
        other = list(shape)
        if -len(other) <= axis < len(other):
            other[axis] = random.choice([1, 2, 5, None])
        if random.random() < 0.1:
            other[-1] = 7
        shapes.append(tuple(other)[: len(other) - (random.random() < 0.03)])
    return ({} if axis == -1 and random.random() < 0.5 else {"axis": axis}), [shapes]


def dot(random):
    axes = random.choice([1, 2, -1, (1, 2), (2, 1), 0])
    rows = batch(random)
    one = (rows, *(random.choice([3, 4]) for _ in range(random.choice([1, 2]))))
    other = (rows, *(random.choice([3, 4]) for _ in range(random.choice([1, 2]))))
    return {"axes": axes}, [[one, other]]


def passing(**required):
    def sample(random):
        return dict(required), [any_shape(random)]

    return sample


def spatial_dropout(rank):
    return lambda random: ({"rate": 0.2}, [image(random, rank, LAST)])


def on_axis(random):
    return some(random, axis=lambda: random.choice([-1, 1, 2, 3])), [any_shape(random)]


def group_normalization(random):
    arguments = some(random, groups=lambda: random.choice([1, 2, 4, -1, 0]), axis=lambda: random.choice([-1, 1, 2]))
    return arguments, [image(random, 2, LAST, channels=(4, 8, 6))]


def prelu(random):
    return some(random, shared_axes=lambda: random.choice([[1], [1, 2], [4], None])), [any_shape(random)]


def multi_head(random):
    rows, width = batch(random), random.choice([4, 4, None])
    arguments = some(random, output_shape=lambda: random.choice([None, 5, (2, 3)]), value_dim=lambda: 3)
    query = (rows, *sizes(random, random.choice([1, 1, 1, 2])), width)
    value = (rows, *sizes(random, len(query) - 2), random.choice([4, 6]))
    key = (rows, *(value[1:-1] if random.random() < 0.8 else sizes(random, len(query) - 2)), 5)
    return {"num_heads": 2, "key_dim": 3, **arguments}, [query, value, *([key] if random.random() < 0.4 else [])]


def grouped_query(random):
    rows = batch(random)
    arguments = {"head_dim": 3, "num_query_heads": 4, "num_key_value_heads": random.choice([1, 2, 4, 3])}
    query = (rows, *sizes(random, random.choice([1, 1, 1, 2])), 4)
    return arguments, [query, (rows, *sizes(random, len(query) - 2), random.choice([4, 4, 4, 6]))]


def attention(random):
    rows, width = batch(random), random.choice([3, 4])
    arguments = some(random, use_scale=lambda: random.choice([True, False]))
    value = (rows, *sizes(random, 1), random.choice([width, width, width, width + 1]))
    shapes = [(rows, *sizes(random, 1), width), value]
    if random.random() < 0.4:
        shapes.append((rows, value[1], width))
    return arguments, [shapes]


def picture(*, channels=(3,), **required):
    def sample(random):
        arguments = dict(required)
        arguments |= some(random, data_format=lambda: random.choice([LAST, LAST, FIRST]))
        shape = image(random, 2, arguments.get("data_format", LAST), channels=channels)
        return arguments, [tuple(size if size is None or size == 3 else size + 4 for size in shape)]

    return sample


def sized(random):
    arguments = {"height": random.choice([4, 6]), "width": random.choice([3, 5])}
    return arguments | some(random, data_format=lambda: random.choice([LAST, FIRST])), [
        image(random, 2, arguments.get("data_format", LAST))
    ]


def category_encoding(random):
    mode = some(random, output_mode=lambda: random.choice(["one_hot", "multi_hot", "count"]))
    return {"num_tokens": 7, **mode}, [(batch(random), random.choice([1, 3]))]


def hashing(random):
    mode = some(random, output_mode=lambda: random.choice(["int", "one_hot", "multi_hot", "count"]))
    return {"num_bins": 7, **mode}, [(batch(random), random.choice([1, 3]))]


def hashed_crossing(random):
    mode = some(random, output_mode=lambda: random.choice(["int", "one_hot"]))
    shape = random.choice([(batch(random),), (batch(random), 1)])
    return {"num_bins": 7, **mode}, [(shape, shape)]


def discretization(random):
    mode = some(random, output_mode=lambda: random.choice(["int", "one_hot"]))
    return {"bin_boundaries": [0.0, 1.0], **mode}, [(batch(random), random.choice([1, 3]))]


def integer_lookup(random):
    mode = some(random, output_mode=lambda: random.choice(["int", "one_hot", "multi_hot", "count"]))
    return {"vocabulary": [3, 4, 5], "max_tokens": 9, "pad_to_max_tokens": True, **mode}, [(batch(random), 3)]


def string_lookup(random):
    arguments, shapes = integer_lookup(random)
    return arguments | {"vocabulary": ["a", "b"]}, shapes


def text_vectorization(random):
    length = some(random, output_sequence_length=lambda: random.choice([None, 4]))
    return {"vocabulary": ["a", "b"], **length}, [random.choice([(batch(random),), (batch(random), 1)])]


def normalization(random):
    return some(random, axis=lambda: random.choice([-1, 1, None, (1, 2)])), [any_shape(random)]


def mel_spectrogram(random):
    arguments = some(random, num_mel_bins=lambda: 8, sequence_stride=lambda: 64)
    return {"fft_length": 128, **arguments}, [random.choice([(batch(random), 900), (batch(random), None)])]


def stft_spectrogram(random):
    arguments = some(
        random,
        frame_step=lambda: random.choice([2, 3, 5]),
        fft_length=lambda: random.choice([8, 16]),
        padding=lambda: random.choice(["valid", "same"]),
        expand_dims=lambda: random.choice([True, False]),
        mode=lambda: random.choice(["log", "stft", "real"]),
        data_format=lambda: random.choice([LAST, FIRST]),
    )
    shape = image(random, 1, arguments.get("data_format", LAST))
    return {"frame_length": 6, "window": None, **arguments}, [shape]


SAMPLES = {
    "Conv1D": convolution(1, groups=True, causal=True),
    "Conv2D": convolution(2, groups=True),
    "Conv3D": convolution(3, groups=True),
    "DepthwiseConv1D": convolution(1, depthwise=True),
    "DepthwiseConv2D": convolution(2, depthwise=True),
    "SeparableConv1D": convolution(1, separable=True),
    "SeparableConv2D": convolution(2, separable=True),
    **{f"Conv{rank}DTranspose": convolution(rank, transposed=True) for rank in (1, 2, 3)},
    **{f"{kind}Pooling{rank}D": pooling(rank) for kind in ("Max", "Average") for rank in (1, 2, 3)},
    **{f"Global{kind}Pooling{rank}D": global_pooling(rank) for kind in ("Max", "Average") for rank in (1, 2, 3)},
    **{f"Adaptive{kind}Pooling{rank}D": adaptive_pooling(rank) for kind in ("Max", "Average") for rank in (1, 2, 3)},
    **{f"ZeroPadding{rank}D": bordered("padding", rank) for rank in (1, 2, 3)},
    **{f"Cropping{rank}D": bordered("cropping", rank, formatted=rank > 1) for rank in (1, 2, 3)},
    **{f"UpSampling{rank}D": upsampling(rank) for rank in (1, 2, 3)},
    "Flatten": flatten,
    "Reshape": reshape,
    "Permute": permute,
    "RepeatVector": repeat_vector,
    "Dense": dense,
    "EinsumDense": einsum_dense,
    "Embedding": embedding,
    "ReversibleEmbedding": embedding,
    "InputLayer": input_layer,
    "LSTM": recurrent,
    "GRU": recurrent,
    "SimpleRNN": recurrent,
    **{f"ConvLSTM{rank}D": convolutional_recurrent(rank) for rank in (1, 2, 3)},
    "LSTMCell": cell(2),
    "GRUCell": cell(1),
    "SimpleRNNCell": cell(1),
    "StackedRNNCells": stacked_cells,
    "RNN": rnn,
    "Bidirectional": bidirectional,
    "TimeDistributed": time_distributed,
    "SpectralNormalization": spectral,
    "Pipeline": pipeline,
    **dict.fromkeys(("Add", "Multiply", "Average", "Maximum", "Minimum", "Subtract"), merge),
    "Concatenate": concatenate,
    "Dot": dot,
    **dict.fromkeys(("ELU", "LeakyReLU", "ReLU", "Softmax"), passing()),
    **dict.fromkeys(("Masking", "ActivityRegularization", "Identity"), passing()),
    **dict.fromkeys(("AlphaDropout", "Dropout", "GaussianDropout"), passing(rate=0.2)),
    "GaussianNoise": passing(stddev=0.2),
    "Rescaling": passing(scale=0.5),
    "Activation": passing(activation="relu"),
    **{f"SpatialDropout{rank}D": spatial_dropout(rank) for rank in (1, 2, 3)},
    "PReLU": prelu,
    **dict.fromkeys(("BatchNormalization", "LayerNormalization", "RMSNormalization", "UnitNormalization"), on_axis),
    "GroupNormalization": group_normalization,
    "MultiHeadAttention": multi_head,
    "GroupedQueryAttention": grouped_query,
    "Attention": attention,
    "AdditiveAttention": attention,
    **dict.fromkeys(("AugMix", "CutMix", "MixUp", "RandAugment"), picture()),
    **dict.fromkeys(
        (
            "AutoContrast",
            "ContrastLimitedAdaptiveHistogramEqualization",
            "Equalization",
            "RandomElasticTransform",
            "RandomGaussianBlur",
            "RandomPerspective",
            "RandomErasing",
            "RandomFlip",
            "RandomInvert",
            "RandomShear",
        ),
        picture(),
    ),
    **dict.fromkeys(
        ("RandomBrightness", "RandomContrast", "RandomRotation", "RandomSharpness", "RandomColorDegeneration",
         "RandomHue", "RandomSaturation", "RandomGrayscale"),
        picture(factor=0.2),
    ),
    "RandomColorJitter": picture(brightness_factor=0.1),
    "RandomPosterization": picture(factor=4),
    "RandomTranslation": picture(height_factor=0.1, width_factor=0.1),
    "RandomZoom": picture(height_factor=0.1),
    "Solarization": picture(),
    "Resizing": sized,
    "CenterCrop": sized,
    "RandomCrop": sized,
    "CategoryEncoding": category_encoding,
    "Hashing": hashing,
    "HashedCrossing": hashed_crossing,
    "Discretization": discretization,
    "IntegerLookup": integer_lookup,
    "StringLookup": string_lookup,
    "TextVectorization": text_vectorization,
    "Normalization": normalization,
    "MelSpectrogram": mel_spectrogram,
    "STFTSpectrogram": stft_spectrogram,
}  # fmt: skip


def seeded(*parts):
    """A generator that draws the same for the same parts, in every process."""
    return Random(" ".join(map(str, parts)))  # noqa: S311 reproducible, not secret


TEXT = ("StringLookup", "TextVectorization")
INTEGERS = ("Embedding", "ReversibleEmbedding", "CategoryEncoding", "Hashing", "HashedCrossing", "IntegerLookup")


def dtype_of(name):
    """The dtype that this layer takes."""
    return "string" if name in TEXT else "int32" if name in INTEGERS else "float32"


def layer_class(name):
    """The class of that name; `None` where the installed Keras is older than it."""
    return getattr(keras.layers, {"GroupedQueryAttention": "GroupQueryAttention"}.get(name, name), None)
