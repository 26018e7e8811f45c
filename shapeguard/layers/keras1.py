"""Constructor calls of Keras 1: the names of classes and arguments then, and the same call for Keras 3."""

from __future__ import annotations

import inspect
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from shapeguard.records.source import Argument, Construction

WEIGHTS = {
    "init": "kernel_initializer",
    "W_regularizer": "kernel_regularizer",
    "b_regularizer": "bias_regularizer",
    "W_constraint": "kernel_constraint",
    "b_constraint": "bias_constraint",
    "bias": "use_bias",
}
ORDERING = {"dim_ordering": "data_format"}
BORDERS = {"border_mode": "padding", **ORDERING}
KERNEL = ("nb_row", "nb_col")
KERNELS = (KERNEL, ("kernel_dim1", "kernel_dim2", "kernel_dim3"))
"""Arguments that together are one `kernel_size` now."""
ORDERINGS = {"tf": "channels_last", "th": "channels_first"}

Renamed = dict[str, tuple[str, object] | None]


@dataclass(frozen=True, slots=True)
class Keras1:
    """A class in Keras 1, by the release notes of Keras 2 and its keras/legacy/interfaces.py (2.0 to 2.3)."""

    names: tuple[str, ...] = ()
    """Names of the class that Keras 3 does not have."""

    renamed: Mapping[str, str] = field(default_factory=dict)
    """Renamed arguments: {old name: new name}."""

    removed: tuple[str, ...] = ()
    """Arguments that Keras 3 does not have and does not need."""

    first_size: int | None = None
    """The position of the first of the sizes that were separate arguments and are one tuple now."""


NOTHING_OF_KERAS_1 = Keras1()


@dataclass(frozen=True, slots=True)
class Modernised:
    """The changes of a call: arguments with other values, renamed ones with name and value, removed ones as `None`."""

    values: dict[str, object]
    renamed: Renamed

    def arguments(self, construction: Construction) -> dict[str, object]:
        """All arguments of the new call by name."""
        same = {a.name: a.value for a in construction.arguments if a.name not in self.renamed}
        return {**same, **self.values, **dict(entry for entry in self.renamed.values() if entry is not None)}


def modernised(construction: Construction, cls: type, keras1: Keras1) -> Modernised | None:
    """The call as Keras 3 accepts it; `None` if it contains nothing of Keras 1.

    Sizes in a row, `Conv3D(8, 3, 3, 3)`, are one kernel if the call has another argument of Keras 1, or if one of them
    is now read as the padding.
    """
    written = {argument.name: argument for argument in construction.arguments}
    sizes = _sizes_in_a_row(construction)
    renamed = {
        **_successors(written, keras1, sizes),
        **dict.fromkeys(name for name in keras1.removed if name in written),
        **_kernel_named(written),
        **_steps(construction, written),
    }
    padding = written.get("padding")
    in_a_row = sizes and (renamed or (padding is not None and isinstance(padding.value, int)))
    values = _one_kernel(sizes, cls) if in_a_row else {}
    return Modernised(values, renamed) if renamed or values else None


def _successors(written: Mapping[str, Argument], keras1: Keras1, sizes: list[Argument]) -> Renamed:
    """The renamed arguments, except those whose new name is written too."""
    return {
        name: (new, _ordering(written[name].value) if name == "dim_ordering" else written[name].value)
        for name, new in keras1.renamed.items()
        if name in written and (new not in written or written[new] in sizes)
    }


def _ordering(value: object) -> object:
    return ORDERINGS.get(str(value), value)


def _one_kernel(sizes: list[Argument], cls: type) -> dict[str, object]:
    """The sizes as one kernel; the arguments that they were read as get their defaults."""
    defaults = {name: parameter.default for name, parameter in inspect.signature(cls).parameters.items()}
    values = {argument.name: defaults[argument.name] for argument in sizes[1:]}
    return {**values, "kernel_size": tuple(argument.value for argument in sizes)}


def _kernel_named(written: Mapping[str, Argument]) -> Renamed:
    """`nb_row=3, nb_col=3` as one `kernel_size`."""
    for names in KERNELS:
        if all(name in written for name in names):
            sizes = tuple(written[name].value for name in names)
            return {names[0]: ("kernel_size", sizes), **dict.fromkeys(names[1:], None)}
    return {}


def _steps(construction: Construction, written: Mapping[str, Argument]) -> Renamed:
    """`input_length=20, input_dim=8` of a layer over steps as one `input_shape`; an Embedding keeps its own."""
    if construction.layer_type == "Embedding" or not {"input_length", "input_dim"} <= written.keys():
        return {}
    return {
        "input_dim": ("input_shape", (written["input_length"].value, written["input_dim"].value)),
        "input_length": None,
    }


def _sizes_in_a_row(construction: Construction) -> list[Argument]:
    """The positional integers after the filters, if there are as many as the kernel has axes."""
    rank = re.search(r"Conv(\d)D", construction.layer_type)
    positional: list[Any] = [argument for argument in construction.arguments if argument.position is not None]
    sizes = positional[1:]
    if rank is None or len(sizes) != int(rank[1]) or len(sizes) < 2 or sizes[0].name != "kernel_size":
        return []
    return sizes if all(type(argument.value) is int for argument in sizes) else []


def size_pair(construction: Construction) -> tuple[Argument, Argument] | None:
    """The equal sizes of `Conv2D(32, 3, 3)`, a 3x3 kernel in Keras 1: the second one is the strides now."""
    by_position = {argument.position: argument for argument in construction.arguments if argument.position is not None}
    rows, columns = by_position.get(1), by_position.get(2)
    if rows is None or columns is None or (rows.name, columns.name) != ("kernel_size", "strides"):
        return None
    size = columns.value
    return (rows, columns) if isinstance(size, int) and rows.value == size and size > 1 else None


def is_kernel_size(size: object) -> bool:
    """Whether nobody gives such strides with a kernel of the same size on purpose."""
    return type(size) is int and size != 1 and size % 2 == 1
