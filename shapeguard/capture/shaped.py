"""`Shaped` and `Shape`: shorthand for annotations that hold a shape; importing them imports no Keras."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from shapeguard.spec import parse

if TYPE_CHECKING:
    from typing import Annotated as Shaped
else:

    class Shaped:
        """`Shaped[KerasTensor, None, 26, 26, 32]`: a tensor type with its shape, by element or as one string."""

        def __class_getitem__(cls, item: object) -> object:
            """`Annotated` with the parsed shape; raises `SpecError`."""
            if not isinstance(item, tuple) or len(item) < 2:
                raise TypeError("write Shaped[Tensor, None, 26, 26, 32]: a tensor type, then its axes")
            kind, *axes = item
            whole = len(axes) == 1 and isinstance(axes[0], str | tuple | list)
            return Annotated[kind, parse(axes[0] if whole else tuple(axes))]


class Shape:
    """`Shape["B 26 26 32"]`: any tensor of this shape."""

    def __class_getitem__(cls, item: object) -> Any:
        """`Annotated[Any, ...]` with the parsed shape; raises `SpecError`."""
        return Annotated[Any, parse(item)]
