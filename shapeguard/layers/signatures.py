"""What `lint` knows of Keras' layers without importing Keras: the order of arguments, and ranks.

Checked against the installed Keras by tests/source/test_signatures.py.
"""

from __future__ import annotations

_CONVOLUTION = ("filters", "kernel_size", "strides", "padding", "data_format", "dilation_rate")
_TRANSPOSED = ("filters", "kernel_size", "strides", "padding")  # what follows changed from Keras 3.6 to 3.15
_DEPTHWISE = ("kernel_size", "strides", "padding", "depth_multiplier", "data_format")
_POOLING = ("pool_size", "strides", "padding", "data_format", "name")

# The leading positional arguments of the constructors; those that no rule asks for are left out.
POSITIONALS: dict[str, tuple[str, ...]] = {
    "Conv1D": _CONVOLUTION,
    "Conv2D": _CONVOLUTION,
    "Conv3D": _CONVOLUTION,
    "SeparableConv1D": _CONVOLUTION,
    "SeparableConv2D": _CONVOLUTION,
    "Conv1DTranspose": _TRANSPOSED,
    "Conv2DTranspose": _TRANSPOSED,
    "Conv3DTranspose": _TRANSPOSED,
    "DepthwiseConv1D": _DEPTHWISE,
    "DepthwiseConv2D": _DEPTHWISE,
    "MaxPooling1D": _POOLING,
    "MaxPooling2D": _POOLING,
    "MaxPooling3D": _POOLING,
    "AveragePooling1D": _POOLING,
    "AveragePooling2D": _POOLING,
    "AveragePooling3D": _POOLING,
    "GlobalMaxPooling1D": ("data_format", "keepdims"),
    "GlobalMaxPooling2D": ("data_format", "keepdims"),
    "GlobalMaxPooling3D": ("data_format", "keepdims"),
    "GlobalAveragePooling1D": ("data_format", "keepdims"),
    "GlobalAveragePooling2D": ("data_format", "keepdims"),
    "GlobalAveragePooling3D": ("data_format", "keepdims"),
    "UpSampling1D": ("size",),
    "UpSampling2D": ("size", "data_format", "interpolation"),
    "UpSampling3D": ("size", "data_format"),
    "ZeroPadding1D": ("padding", "data_format"),
    "ZeroPadding2D": ("padding", "data_format"),
    "ZeroPadding3D": ("padding", "data_format"),
    "Cropping1D": ("cropping",),
    "Cropping2D": ("cropping", "data_format"),
    "Cropping3D": ("cropping", "data_format"),
    "Dense": ("units", "activation", "use_bias"),
    "Embedding": ("input_dim", "output_dim", "embeddings_initializer"),
    "LSTM": ("units", "activation", "recurrent_activation"),
    "GRU": ("units", "activation", "recurrent_activation"),
    "SimpleRNN": ("units", "activation", "use_bias"),
    "ConvLSTM1D": ("filters", "kernel_size", "strides", "padding", "data_format"),
    "ConvLSTM2D": ("filters", "kernel_size", "strides", "padding", "data_format"),
    "ConvLSTM3D": ("filters", "kernel_size", "strides", "padding", "data_format"),
    "Flatten": ("data_format",),
    "Reshape": ("target_shape",),
    "RepeatVector": ("n",),
    "Permute": ("dims",),
    "BatchNormalization": ("axis", "momentum", "epsilon"),
    "LayerNormalization": ("axis", "epsilon"),
    "Dropout": ("rate", "noise_shape"),
    "SpatialDropout1D": ("rate",),
    "SpatialDropout2D": ("rate",),
    "SpatialDropout3D": ("rate",),
    "GaussianNoise": ("stddev",),
    "GaussianDropout": ("rate",),
    "AlphaDropout": ("rate",),
    "Activation": ("activation",),
    "LeakyReLU": ("negative_slope",),
    "ReLU": ("max_value",),
    "ELU": ("alpha",),
    "PReLU": ("alpha_initializer",),
    "Softmax": ("axis",),
    "ActivityRegularization": ("l1", "l2"),
    "Masking": ("mask_value",),
    "Identity": (),
    "Rescaling": ("scale", "offset"),
    "TimeDistributed": ("layer",),
    "Bidirectional": ("layer", "merge_mode"),
    "InputLayer": ("shape",),
    "Input": ("shape",),
}

# Other names of the same layers: those of Keras 3, and those of Keras 1 whose layer Keras 3 still has.
ALIASES: dict[str, str] = {
    "Convolution1D": "Conv1D",
    "Convolution2D": "Conv2D",
    "Convolution3D": "Conv3D",
    "Convolution1DTranspose": "Conv1DTranspose",
    "Convolution2DTranspose": "Conv2DTranspose",
    "Convolution3DTranspose": "Conv3DTranspose",
    "Deconvolution2D": "Conv2DTranspose",
    "Deconvolution3D": "Conv3DTranspose",
    "SeparableConvolution1D": "SeparableConv1D",
    "SeparableConvolution2D": "SeparableConv2D",
    "MaxPool1D": "MaxPooling1D",
    "MaxPool2D": "MaxPooling2D",
    "MaxPool3D": "MaxPooling3D",
    "AvgPool1D": "AveragePooling1D",
    "AvgPool2D": "AveragePooling2D",
    "AvgPool3D": "AveragePooling3D",
    "GlobalMaxPool1D": "GlobalMaxPooling1D",
    "GlobalMaxPool2D": "GlobalMaxPooling2D",
    "GlobalMaxPool3D": "GlobalMaxPooling3D",
    "GlobalAvgPool1D": "GlobalAveragePooling1D",
    "GlobalAvgPool2D": "GlobalAveragePooling2D",
    "GlobalAvgPool3D": "GlobalAveragePooling3D",
}

STAR_NAMES = frozenset(POSITIONALS) | frozenset(ALIASES) | {"Sequential", "Model"}

KEEPS_RANK = frozenset(
    {
        "BatchNormalization", "LayerNormalization", "Dropout", "GaussianNoise", "GaussianDropout", "AlphaDropout",
        "Activation", "LeakyReLU", "ReLU", "ELU", "PReLU", "Softmax", "ActivityRegularization", "Masking", "Identity",
        "Rescaling", "Dense", "Input", "InputLayer", "Permute",
    }
)  # fmt: skip
RECURRENT = frozenset({"LSTM", "GRU", "SimpleRNN"})
POOLS_OR_CONVOLVES_IMAGES = frozenset(
    {
        "Conv2D", "Conv3D", "SeparableConv2D", "DepthwiseConv2D", "Conv2DTranspose", "Conv3DTranspose", "MaxPooling2D",
        "MaxPooling3D", "AveragePooling2D", "AveragePooling3D", "ZeroPadding2D", "ZeroPadding3D",
    }
)  # fmt: skip


_BY_SIZES = (
    "Conv{}D",
    "Conv{}DTranspose",
    "SeparableConv{}D",
    "DepthwiseConv{}D",
    "MaxPooling{}D",
    "AveragePooling{}D",
    "GlobalMaxPooling{}D",
    "GlobalAveragePooling{}D",
    "UpSampling{}D",
    "ZeroPadding{}D",
    "Cropping{}D",
    "SpatialDropout{}D",
)
# How many axes, the batch's counted, the layer's input must have; layers that take several are left out.
NEEDED_RANK: dict[str, int] = {
    **{name.format(sizes): sizes + 2 for name in _BY_SIZES for sizes in (1, 2, 3) if name.format(sizes) in POSITIONALS},
    **{f"ConvLSTM{sizes}D": sizes + 3 for sizes in (1, 2, 3)},
    **dict.fromkeys((*RECURRENT, "Bidirectional"), 3),
    "RepeatVector": 2,
}
