"""Operations that work element by element: shapes align from the right, and a size of 1 stretches."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shapeguard.layers.base import Refusal
from shapeguard.layers.operations.base import broadcast
from shapeguard.layers.operations.letters import Lettered, Letters

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shapeguard.layers.base import Config
    from shapeguard.layers.operations.base import Wanted
    from shapeguard.records.network import Shape


class Elementwise(Lettered):
    """Sums, comparisons, a choice between two: no argument, every tensor gives way to every other."""

    def letters(self, config: Config, inputs: tuple[Shape, ...]) -> Letters:
        del config
        terms = tuple(stretching(len(shape)) for shape in inputs)
        return Letters(terms, max(terms, key=len))

    def forward(self, config: Config, inputs: tuple[Shape, ...]) -> tuple[Shape, ...] | Refusal:
        del config
        output: Shape = ()
        for shape in inputs:
            together = broadcast(output, shape)
            if isinstance(together, Refusal):
                return Refusal(f"the shapes {' and '.join(map(str, inputs))} do not broadcast", together.axis)
            output = together
        return (output,)

    def operands(self, config: Config, inputs: tuple[Shape, ...], place: int, wanted: Wanted = None) -> Iterator[Shape]:
        found = [*self._operands(config, inputs, place, wanted)]
        yield from sorted(found, key=lambda shape: shape.count(1) > inputs[place].count(1))

    def _operands(self, config: Config, inputs: tuple[Shape, ...], place: int, wanted: Wanted) -> Iterator[Shape]:
        """What would fit."""
        yield from super().operands(config, inputs, place, wanted)
        others = [shape for index, shape in enumerate(inputs) if index != place]
        if wanted is None:
            yield from dict.fromkeys(others)
            yield from (_with_ones(inputs[place], other) for other in others)
        elif len(wanted[0]) > len(inputs[place]):
            taller = tuple(wanted[0] if index == place else shape for index, shape in enumerate(inputs))
            yield from super().operands(config, taller, place, wanted)


def _with_ones(shape: Shape, other: Shape) -> Shape:
    """The shape with 1 where the other has another size."""
    padded = (*[None] * (len(shape) - len(other)), *other[max(len(other) - len(shape), 0) :])
    return tuple(1 if size and with_ and size != with_ else size for size, with_ in zip(shape, padded, strict=True))


def stretching(ndim: int) -> tuple[str, ...]:
    """The letters of axes that align from the right."""
    return tuple(f"-{axis}" for axis in range(ndim, 0, -1))


RULES = (
    Elementwise(
        *("Add", "Arctan2", "Divide", "DivideNoNan", "Equal", "FloorDivide", "Fmax", "Fmin", "Fmod", "Gcd", "Greater"),
        *("GreaterEqual", "Heaviside", "Hypot", "Isclose", "Lcm", "Ldexp", "Less", "LessEqual", "Logaddexp"),
        *("Logaddexp2", "LogicalAnd", "LogicalOr", "LogicalXor", "Maximum", "Minimum", "Mod", "Multiply", "Nextafter"),
        *("NotEqual", "Power", "Subtract", "TrueDivide", "Where"),
    ),
)

KEEPING = frozenset(
    (
        *("Abs", "Absolute", "Angle", "Arccos", "Arccosh", "Arcsin", "Arcsinh", "Arctan", "Arctanh", "Array", "Cast"),
        *("Cbrt", "Ceil", "Celu", "Clip", "Conj", "Conjugate", "ConvertToTensor", "Copy", "Cos", "Cosh", "Deg2rad"),
        *("Elu", "EmptyLike", "Erf", "Erfc", "Erfinv", "Exp", "Exp2", "Expm1", "Fabs", "Flip", "Fliplr", "Flipud"),
        *("Floor", "FullLike", "Gelu", "HardShrink", "HardSigmoid", "HardSilu", "HardTanh", "I0", "Imag", "Isfinite"),
        *("Isinf", "Isnan", "Isneginf", "Isposinf", "Isreal", "LeakyRelu", "Log", "Log10", "Log1p", "Log2"),
        *("LogSigmoid", "LogSoftmax", "LogicalNot", "NanToNum", "Negative", "Normalize", "OnesLike", "Rad2deg"),
        *("Real", "Reciprocal", "Relu", "Relu6", "Roll", "Round", "Rsqrt", "SaturateCast", "Selu", "Sigmoid", "Sign"),
        *("Signbit", "Silu", "Sin", "Sinc", "Sinh", "SoftShrink", "Softmax", "Softplus", "Softsign", "Sort"),
        *("SparsePlus", "SparseSigmoid", "Sparsemax", "Sqrt", "Square", "Squareplus", "StopGradient", "Tan", "Tanh"),
        *("TanhShrink", "Threshold", "Tril", "Triu", "Trunc", "ZerosLike"),
    )
)
"""The operations that keep the shape of their first tensor, whatever their arguments are."""
