"""A constructor call in the words of Keras 1, told in those of Keras 3."""

from __future__ import annotations

import inspect
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from shapeguard.records.source import Argument, Construction

KERNELS = (("nb_row", "nb_col"), ("kernel_dim1", "kernel_dim2", "kernel_dim3"))
ORDERINGS = {"tf": "channels_last", "th": "channels_first"}
REMOVED = {
    "BatchNormalization": ("mode",),
    "LSTM": ("consume_less",),
    "GRU": ("consume_less",),
    "SimpleRNN": ("consume_less",),
}
"""What Keras 3 does not know and does not need, by layer; from the release notes of Keras 2."""

Renamed = dict[str, tuple[str, object] | None]


@dataclass(slots=True)
class Translation:
    """What becomes of a call: arguments with other values, and those with another name and value, or gone (`None`)."""

    values: dict[str, object] = field(default_factory=dict)
    renamed: Renamed = field(default_factory=dict)

    def arguments(self, made: Construction) -> dict[str, object]:
        """All arguments of the translated call by name."""
        kept = {argument.name: argument.value for argument in made.arguments if argument.name not in self.renamed}
        return {**kept, **self.values, **dict(entry for entry in self.renamed.values() if entry is not None)}


def translated(made: Construction, cls: type, names: Mapping[str, str]) -> Translation | None:
    """The call as Keras 3 takes it; `None` where nothing in it is of Keras 1. `names` are the arguments renamed since.

    Sizes in a row, `Conv3D(8, 3, 3, 3)`, are one kernel where another word is of Keras 1, or where one of them came to
    be the padding.
    """
    written = {argument.name: argument for argument in made.arguments}
    told, sizes = Translation(), _sizes_in_a_row(made)
    for name, new in names.items():
        if name in written and (new not in written or written[new] in sizes):
            value = written[name].value
            told.renamed[name] = (new, ORDERINGS.get(str(value), value) if name == "dim_ordering" else value)
    told.renamed.update(dict.fromkeys((name for name in REMOVED.get(made.layer_type, ()) if name in written), None))
    told.renamed.update(_kernel_named(written))
    told.renamed.update(_steps(made, written))
    padding = written.get("padding")
    if sizes and (told.renamed or (padding is not None and isinstance(padding.value, int))):
        defaults = {name: parameter.default for name, parameter in inspect.signature(cls).parameters.items()}
        told.values = {argument.name: defaults[argument.name] for argument in sizes[1:]}
        told.values["kernel_size"] = tuple(argument.value for argument in sizes)
    return told if told.renamed or told.values else None


def _kernel_named(written: Mapping[str, Argument]) -> Renamed:
    """`nb_row=3, nb_col=3` as one `kernel_size`."""
    for names in KERNELS:
        if all(name in written for name in names):
            sizes = tuple(written[name].value for name in names)
            return {names[0]: ("kernel_size", sizes), **dict.fromkeys(names[1:], None)}
    return {}


def _steps(made: Construction, written: Mapping[str, Argument]) -> Renamed:
    """`input_length=20, input_dim=8` of a layer over steps as one `input_shape`; an Embedding keeps its own."""
    if made.layer_type == "Embedding" or not {"input_length", "input_dim"} <= written.keys():
        return {}
    return {
        "input_dim": ("input_shape", (written["input_length"].value, written["input_dim"].value)),
        "input_length": None,
    }


def _sizes_in_a_row(made: Construction) -> list[Argument]:
    """The positional integers behind the filters, where they are as many as the kernel has axes."""
    rank = re.search(r"Conv(\d)D", made.layer_type)
    positional: list[Any] = [argument for argument in made.arguments if argument.position is not None]
    sizes = positional[1:]
    if rank is None or len(sizes) != int(rank[1]) or len(sizes) < 2 or sizes[0].name != "kernel_size":
        return []
    return sizes if all(type(argument.value) is int for argument in sizes) else []
