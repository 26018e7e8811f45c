"""A small call of every public function of `keras.ops`, on arrays: what an array is there is a tensor in a network."""

from __future__ import annotations

import warnings

import keras
import numpy as np
from keras import ops

from shapeguard.diagnosis.keras_fallback import OperationRule, configuration_of_operation
from shapeguard.keras_compat import keras_layers
from shapeguard.records.network import Call, ValueRef

X, Y, Z = (np.full((2, 3, 4), value, "float32") for value in (0.5, 0.25, 0.75))
FLAT, SQUARE = np.linspace(0, 1, 6).astype("float32"), np.tile(np.eye(3, dtype="float32") * 2, (2, 1, 1))
WHOLE, IMAGE = np.ones((2, 3, 4), "int32"), np.full((2, 8, 9, 4), 0.5, "float32")
IDS, LABELS = np.array([0, 1, 1], "int32"), np.array([[1, 0], [2, 1]], "int32")
COMPLEX = (np.ones((2, 16), "float32"), np.ones((2, 16), "float32"))
SPECTRA = (np.ones((2, 9, 9), "float32"), np.ones((2, 9, 9), "float32"))
COLOURS = IMAGE[..., :3]


def call(*tensors, **arguments):
    """The tensors of a call, and its other arguments."""
    return tensors, arguments


UNARY = (  # noqa: SIM905 so many names read better as words
    "abs absolute angle arccos arccosh arcsin arcsinh arctan arctanh argsort cbrt ceil celu conj conjugate copy cos"
    " cosh cumprod cumsum deg2rad diff elu empty_like erf erfc erfinv exp exp2 expm1 fabs flip fliplr flipud floor gelu"
    " glu hard_shrink hard_sigmoid hard_silu hard_swish hard_tanh i0 isfinite isinf isnan isneginf isposinf isreal"
    " layer_normalization leaky_relu log log10 log1p log2 log_sigmoid log_softmax logical_not nan_to_num nancumprod"
    " nancumsum negative normalize ones_like rad2deg ravel real reciprocal relu relu6 rms_normalization round"
    " rsqrt selu sigmoid sign signbit silu sin sinc sinh soft_shrink softmax softplus softsign sort sparse_plus"
    " sparse_sigmoid sparsemax sqrt square squareplus stop_gradient swish tan tanh tanh_shrink trace transpose"
    " trapezoid tril triu trunc zeros_like all amax amin any argmax argmin average count_nonzero logsumexp max mean"
    " median min nanargmax nanargmin nanmax nanmean nanmedian nanmin nanprod nanstd nansum nanvar prod ptp std"
    " sum var diagonal squeeze convert_to_tensor array unstack"
).split()
BINARY = (  # noqa: SIM905
    "add arctan2 divide divide_no_nan equal floor_divide fmax fmin fmod greater greater_equal heaviside hypot isclose"
    " less less_equal logaddexp logaddexp2 logical_and logical_or logical_xor maximum minimum mod multiply nextafter"
    " not_equal power subtract true_divide"
).split()
PAIRS = ("allclose", "append", "binary_crossentropy", "categorical_crossentropy", "inner", "isin")
WHOLE_UNARY = ("bitwise_invert", "bitwise_not")
WHOLE_BINARY = ("gcd", "lcm", "ldexp")
MATRIX = ("cholesky", "det", "eigh", "eig", "inv", "logdet", "pinv", "qr", "svd")

CALLS = {
    **{name: call(X) for name in UNARY},
    **{name: call(Y[:, :1], X) for name in BINARY},
    **{name: call(X, Y) for name in PAIRS},
    **{name: call(WHOLE) for name in WHOLE_UNARY},
    **{name: call(WHOLE[:, :1], WHOLE) for name in WHOLE_BINARY},
    **{name: call(SQUARE) for name in MATRIX},
    "affine_transform": call(COLOURS, np.ones((2, 8), "float32")),
    "argpartition": call(FLAT, kth=1),
    "array_split": call(X, indices_or_sections=3, axis=2),
    "average_pool": call(IMAGE, pool_size=3, strides=2, padding="same"),
    "batch_normalization": call(X, X[0, 0], X[0, 0], axis=-1),
    "bincount": call(LABELS, minlength=5),
    "broadcast_to": call(X[:, :1], shape=(2, 5, 4)),
    "cast": call(X, dtype="int32"),
    "cholesky_inverse": call(SQUARE[0]),
    "cdist": call(X, Y[:, :2]),
    "clip": call(X, x_min=0, x_max=1),
    "concatenate": call([X, Y], axis=1),
    "conv": call(IMAGE, np.ones((3, 2, 4, 5), "float32"), strides=2),
    "conv_transpose": call(IMAGE, np.ones((3, 3, 5, 4), "float32"), strides=2),
    "correlate": call(FLAT, FLAT[:3], mode="same"),
    "crop_images": call(IMAGE, top_cropping=1, left_cropping=2, target_height=4, target_width=5),
    "cross": call(X[..., :3], Y[..., :3]),
    "ctc_decode": call(X, np.array([3, 2], "int32")),
    "ctc_loss": call(LABELS, X, np.array([2, 1], "int32"), np.array([3, 3], "int32")),
    "depth_to_space": call(IMAGE, block_size=2),
    "depthwise_conv": call(IMAGE, np.ones((3, 3, 4, 2), "float32")),
    "diag": call(FLAT),
    "diagflat": call(X),
    "digitize": call(X, bins=np.array([0.0, 0.5, 1.0])),
    "dot": call(X, Y[0].T),
    "dot_product_attention": call(*[np.ones((2, 3, 4, 5), "float32")] * 3),
    "dsplit": call(X, indices_or_sections=2),
    "dstack": call([X, Y]),
    "einsum": call("bij,bkj->bik", X, Y),
    "elastic_transform": call(COLOURS),
    "expand_dims": call(X, axis=1),
    "extract_patches": call(COLOURS, size=3),
    "extract_patches_3d": call(np.ones((2, 8, 8, 8, 3), "float32"), size=2),
    "extract_sequences": call(FLAT, sequence_length=3, sequence_stride=2),
    "fft": call(COMPLEX),
    "fft2": call(SPECTRA),
    "fold": call(np.ones((2, 12, 9), "float32"), output_size=(4, 4), kernel_size=2),
    "full_like": call(X, fill_value=1),
    "gaussian_blur": call(COLOURS),
    "geomspace": call(X + 1, Y + 2, num=5),
    "get_item": call(X, key=(slice(None), 1, slice(0, 2))),
    "histogram": call(FLAT, bins=5),
    "hsplit": call(X, indices_or_sections=3),
    "hstack": call([X, Y]),
    "hsv_to_rgb": call(COLOURS),
    "ifft2": call(SPECTRA),
    "in_top_k": call(np.array([0, 1], "int32"), X[:, 0], k=2),
    "irfft": call(COMPLEX),
    "istft": call(SPECTRA, sequence_length=16, sequence_stride=8, fft_length=16),
    "imag": call(np.ones((2, 3), "complex64")),
    "kron": call(X[0], Y[0]),
    "linspace": call(X, Y, num=5),
    "logspace": call(X, Y, num=5),
    "lu_factor": call(SQUARE[0]),
    "lstsq": call(X[0].T, Y[0].T),
    "map_coordinates": call(X[0], np.ones((2, 5), "float32"), order=1),
    "matmul": call(X, Y.transpose(0, 2, 1)),
    "matrix_rank": call(X),
    "max_pool": call(IMAGE, pool_size=2, strides=2),
    "meshgrid": call(FLAT, FLAT[:3], FLAT[:2]),
    "moments": call(X, axes=[1]),
    "moveaxis": call(X, source=1, destination=2),
    "multi_hot": call(LABELS, num_classes=5),
    "nanpercentile": call(X, q=50, axis=1),
    "nanquantile": call(X, q=0.5, axis=1),
    "norm": call(X, axis=1),
    "one_hot": call(LABELS, num_classes=5),
    "outer": call(X, Y),
    "pad": call(X, pad_width=((0, 0), (1, 2), (0, 1))),
    "pad_images": call(IMAGE, top_padding=1, left_padding=2, target_height=12, target_width=15),
    "percentile": call(X, q=50, axis=1),
    "perspective_transform": call(COLOURS, *[np.ones((2, 4, 2), "float32") * [[[0, 0], [0, 8], [8, 0], [8, 8]]]] * 2),
    "psnr": call(X, Y, max_val=1.0),
    "quantile": call(X, q=0.5, axis=1),
    "rearrange": call(X, pattern="b i j -> b (i j)"),
    "repeat": call(X, repeats=2, axis=1),
    "reshape": call(X, newshape=(2, -1)),
    "resize": call(COLOURS, size=(4, 5)),
    "rfft": call(FLAT),
    "rgb_to_grayscale": call(COLOURS),
    "rgb_to_hsv": call(COLOURS),
    "roll": call(X, shift=1),
    "saturate_cast": call(X, dtype="int32"),
    "scale_and_translate": call(
        COLOURS[0],
        output_shape=(4, 5, 3),
        scale=np.ones(2, "float32"),
        translation=np.zeros(2, "float32"),
        spatial_dims=(0, 1),
        method="linear",
    ),
    "scatter": call(np.array([[0], [2]], "int32"), np.ones((2, 4), "float32"), shape=(5, 4)),
    "scatter_update": call(X[0], np.array([[0, 1]], "int32"), np.ones((1,), "float32")),
    "searchsorted": call(FLAT, FLAT[:3]),
    "segment_max": call(X[0], IDS, num_segments=4),
    "segment_min": call(X[0], IDS, num_segments=4),
    "segment_prod": call(X[0], IDS, num_segments=4),
    "segment_sum": call(X[0], IDS, num_segments=4),
    "select": call([X > 0, X > 1], [X, Y]),
    "separable_conv": call(IMAGE, np.ones((3, 3, 4, 1), "float32"), np.ones((1, 1, 4, 5), "float32")),
    "slice": call(X, start_indices=(0, 1, 0), shape=(2, 2, 4)),
    "slice_update": call(X, start_indices=(0, 1, 0), updates=X[:, :2]),
    "sobel_edges": call(COLOURS),
    "solve": call(SQUARE, X),
    "solve_triangular": call(SQUARE, X),
    "space_to_depth": call(IMAGE[:, :, :8], block_size=2),
    "sparse_categorical_crossentropy": call(LABELS[:, 0], X[:, 0]),
    "split": call(X, indices_or_sections=2, axis=2),
    "ssim": call(np.ones((2, 16, 16, 3), "float32"), np.ones((2, 16, 16, 3), "float32"), max_val=1.0),
    "stack": call([X, Y], axis=1),
    "stft": call(np.ones((2, 40), "float32"), sequence_length=16, sequence_stride=8, fft_length=16),
    "swapaxes": call(X, axis1=1, axis2=2),
    "take": call(X, indices=np.array([0, 1], "int32"), axis=1),
    "take_along_axis": call(X, indices=np.zeros((2, 1, 4), "int32"), axis=1),
    "tensordot": call(X, Y, axes=[[2], [2]]),
    "threshold": call(X, threshold=0.5, default_value=0.0),
    "tile": call(X, repeats=(1, 2, 1)),
    "top_k": call(X, k=2),
    "unfold": call(np.ones((2, 3, 8, 8), "float32"), kernel_size=2),
    "unravel_index": call(LABELS, shape=(3, 4)),
    "vander": call(FLAT, N=4),
    "vdot": call(FLAT, FLAT),
    "view": call(X, dtype="int32"),
    "view_as_complex": call(np.ones((2, 3, 2), "float32")),
    "view_as_real": call(np.ones((2, 3), "complex64")),
    "vsplit": call(X, indices_or_sections=2),
    "vstack": call([X, Y]),
    "where": call(X > 0, X, Y[:, :1]),
}
"""By name: the tensors and the other arguments."""


def functions():
    """The public functions of the installed `keras.ops` and its modules, by name."""
    found = {}
    for module in (ops, ops.image, ops.linalg, ops.nn, ops.numpy):
        for name, function in vars(module).items():
            if not name.startswith("_") and callable(function):
                found.setdefault(name, function)
    return found


def eager(name):
    """The shapes of what Keras computes on arrays."""
    return shapes_of(_called(name, ops.convert_to_tensor))


def symbolic(name):
    """The call of a function on tensors without values, as it stands in a network, and the shapes that it takes."""
    outputs = _called(name, lambda array: keras.KerasTensor(array.shape, str(array.dtype)))
    made = next(each for each in keras.tree.flatten(outputs) if isinstance(each, keras.KerasTensor))
    return as_in_network(keras_layers.producer_of(made))


def _called(name, make):
    given = keras.tree.map_structure(lambda each: make(each) if isinstance(each, np.ndarray) else each, CALLS[name])
    tensors, arguments = given
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # PyTorch warns of what Keras asks it
        return functions()[name](*tensors, **arguments)


def shapes_of(outputs):
    return tuple(tuple(each.shape) for each in keras.tree.flatten(outputs) if hasattr(each, "shape"))


def as_in_network(operation):
    """The rule of an operation that was called once, its arguments, and the shapes that it takes."""
    ((args, kwargs),) = keras_layers.symbolic_calls(operation)
    inputs = []

    def referred(each):
        if not isinstance(each, keras.KerasTensor):
            return each
        inputs.append(tuple(each.shape))
        return ValueRef(len(inputs) - 1)

    args, kwargs = keras.tree.map_structure(referred, (args, kwargs))
    values = tuple(range(len(inputs)))
    made = type(operation).__name__
    call = Call(0, operation, operation.name, made, operation.name, 1, args, kwargs, values, (len(values),))
    return OperationRule(call), configuration_of_operation(call), tuple(inputs)
