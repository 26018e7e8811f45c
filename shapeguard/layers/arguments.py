"""Traits of the arguments that several families share."""

from __future__ import annotations

from shapeguard.layers.traits import ArgumentTraits

STRIDES = ArgumentTraits("strides", of_window=True, on_purpose=True)
PADDING = ArgumentTraits("padding", of_window=True, unbounded=True)
DATA_FORMAT = ArgumentTraits("data_format", chooses_axes=True, of_network=True)
DILATION_RATE = ArgumentTraits("dilation_rate", of_window=True, on_purpose=True)
KERNEL_SIZE = ArgumentTraits("kernel_size", of_weights=True, of_window=True, on_purpose=True, example=3)
POOL_SIZE = ArgumentTraits("pool_size", of_window=True, on_purpose=True, idle=1, shown=True)
FILTERS = ArgumentTraits("filters", of_weights=True, counts=True, unbounded=True, example=1)
UNITS = ArgumentTraits("units", of_weights=True, counts=True, unbounded=True, example=1)
USE_BIAS = ArgumentTraits("use_bias", of_weights=True)
GROUPS = ArgumentTraits("groups", of_weights=True, on_purpose=True)
AXIS = ArgumentTraits("axis", chooses_axes=True)
LAYER = ArgumentTraits("layer", unnamed=True)
SLIDING = (STRIDES, PADDING, DATA_FORMAT)
