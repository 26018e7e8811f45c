"""The keyword arguments that each constructor takes, in any version of Keras from 3.6 on; lint reads calls by them."""

from __future__ import annotations

_EVERY_LAYER = frozenset(
    {
        "name",
        "dtype",
        "trainable",
        "autocast",
        "activity_regularizer",
        "input_shape",
        "batch_input_shape",
        "batch_shape",
        "batch_size",
        "input_dtype",
        "input_dim",
        "input_length",
        "weights",
        "dynamic",
        "sparse",
        "ragged",
        "tensor",
        "implementation",
        "time_major",
    }
)
"""What the base class takes, and what it took in Keras 2."""
_KERNEL = "kernel_initializer kernel_regularizer kernel_constraint"
_BIAS = "bias_initializer bias_regularizer bias_constraint"
_DEPTHWISE = "depthwise_initializer depthwise_regularizer depthwise_constraint"
_POINTWISE = "pointwise_initializer pointwise_regularizer pointwise_constraint"
_RECURRENT = "recurrent_initializer recurrent_regularizer recurrent_constraint"
_STEPS = "dropout recurrent_dropout seed return_sequences return_state go_backwards stateful unroll"

_KEYWORDS = {
    "ZeroPadding1D ZeroPadding2D ZeroPadding3D": "padding data_format",
    "Cropping1D": "cropping",
    "Cropping2D Cropping3D": "cropping data_format",
    "UpSampling1D": "size",
    "UpSampling2D": "size data_format interpolation",
    "UpSampling3D": "size data_format",
    "Conv1D Conv2D Conv3D": (
        "filters kernel_size strides padding data_format dilation_rate groups activation use_bias "
        f"activity_regularizer {_KERNEL} {_BIAS}"
    ),
    "DepthwiseConv1D DepthwiseConv2D": (
        "kernel_size strides padding depth_multiplier data_format dilation_rate activation use_bias "
        f"activity_regularizer {_BIAS} {_DEPTHWISE}"
    ),
    "SeparableConv1D SeparableConv2D": (
        "filters kernel_size strides padding data_format dilation_rate depth_multiplier activation "
        f"use_bias activity_regularizer {_BIAS} {_DEPTHWISE} {_POINTWISE}"
    ),
    "Dense": (
        f"units activation use_bias activity_regularizer lora_rank lora_alpha quantization_config {_KERNEL} {_BIAS}"
    ),
    "Embedding": (
        "input_dim output_dim embeddings_initializer embeddings_regularizer embeddings_constraint "
        "mask_zero weights lora_rank lora_alpha quantization_config"
    ),
    "InputLayer": "shape batch_size sparse ragged batch_shape input_tensor optional tensor",
    "ELU": "alpha",
    "LeakyReLU": "negative_slope",
    "ReLU": "max_value negative_slope threshold",
    "Softmax": "axis",
    "Masking": "mask_value",
    "ActivityRegularization": "l1 l2",
    "AlphaDropout Dropout": "rate noise_shape seed",
    "GaussianDropout SpatialDropout1D": "rate seed",
    "GaussianNoise": "stddev seed",
    "Rescaling": "scale offset",
    "SpatialDropout2D SpatialDropout3D": "rate data_format seed",
    "Activation": "activation",
    "Identity": "",
    "PReLU": "alpha_initializer alpha_regularizer alpha_constraint shared_axes",
    "BatchNormalization": (
        "axis momentum epsilon center scale beta_initializer gamma_initializer "
        "moving_mean_initializer moving_variance_initializer beta_regularizer gamma_regularizer "
        "beta_constraint gamma_constraint renorm renorm_clipping renorm_momentum synchronized"
    ),
    "LayerNormalization": (
        "axis epsilon center scale beta_initializer gamma_initializer beta_regularizer "
        "gamma_regularizer beta_constraint gamma_constraint rms_scaling"
    ),
    "MaxPooling1D MaxPooling2D MaxPooling3D AveragePooling1D AveragePooling2D AveragePooling3D": (
        "pool_size strides padding data_format"
    ),
    "GlobalAveragePooling1D GlobalAveragePooling2D GlobalAveragePooling3D": "data_format keepdims",
    "GlobalMaxPooling1D GlobalMaxPooling2D GlobalMaxPooling3D": ("data_format keepdims"),
    "LSTM": (
        "units activation recurrent_activation use_bias unit_forget_bias activity_regularizer "
        f"use_cudnn {_KERNEL} {_BIAS} {_RECURRENT} {_STEPS}"
    ),
    "GRU": (
        "units activation recurrent_activation use_bias activity_regularizer reset_after use_cudnn "
        f"{_KERNEL} {_BIAS} {_RECURRENT} {_STEPS}"
    ),
    "SimpleRNN": f"units activation use_bias activity_regularizer {_KERNEL} {_BIAS} {_RECURRENT} {_STEPS}",
    "ConvLSTM1D ConvLSTM2D ConvLSTM3D": (
        "filters kernel_size strides padding data_format dilation_rate activation "
        "recurrent_activation use_bias unit_forget_bias activity_regularizer dropout "
        f"recurrent_dropout seed return_sequences return_state go_backwards stateful {_KERNEL} {_BIAS} "
        f"{_RECURRENT}"
    ),
    "Flatten": "data_format",
    "Reshape": "target_shape",
    "Permute": "dims",
    "RepeatVector": "n",
    "Conv1DTranspose Conv2DTranspose": (
        "filters kernel_size strides padding output_padding data_format dilation_rate activation "
        f"use_bias activity_regularizer {_KERNEL} {_BIAS}"
    ),
    "Conv3DTranspose": (
        "filters kernel_size strides padding data_format output_padding dilation_rate activation "
        f"use_bias activity_regularizer {_KERNEL} {_BIAS}"
    ),
    "TimeDistributed": "layer",
    "Bidirectional": "layer merge_mode weights backward_layer",
    "Input": "shape batch_size dtype sparse ragged batch_shape name tensor optional",
}


_BY_CLASS = {name: frozenset(words.split()) for names, words in _KEYWORDS.items() for name in names.split()}
_WITH_BASE = {name: words | _EVERY_LAYER for name, words in _BY_CLASS.items()}


def keywords_of(layer: str) -> frozenset[str] | None:
    """The keywords that the constructor of this name takes; `None` if they are not listed."""
    return _WITH_BASE.get(layer)


def own_keywords_of(layer: str) -> frozenset[str]:
    """Those that not every layer takes."""
    return _BY_CLASS.get(layer, frozenset())
