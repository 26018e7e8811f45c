"""Preprocessing of numbers, categories and text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shapeguard.layers.base import Derivation, Family, Refusal
from shapeguard.layers.costs import OTHER_AXIS, SOLVED
from shapeguard.layers.shape_preserving import AxisWeights, axes_of
from shapeguard.layers.windowed import single

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shapeguard.layers.base import Change, Config
    from shapeguard.records.network import Shape

OTHER_MODE = 0.4
"""Another `output_mode`."""
VOCABULARIES = {
    **dict.fromkeys(("TextVectorization", "StringLookup", "IntegerLookup"), "{x}.vocabulary_size()"),
    "Tokenizer": "len({x}.word_index) + 1",  # 3.0 to 3.15, legacy/preprocessing/text.py
}
"""What makes numbers of words, and code on `{x}` that tells how many numbers it makes."""


class Encoding(Family):
    """Integers become vectors of `depth`: one each, or one for all of the last axis.

    What the layers do, which is not what every version's own formula says: Hashing(output_mode="one_hot") promises
    (2, 3) in 3.15 and gives (2, 3, 3), Discretization and the lookups do so in 3.6.
    """

    def __init__(self, name: str, *depths: str) -> None:
        super().__init__(name)
        self.depths = depths
        self.arguments = ("output_mode", *depths)

    def covers(self, config: Config) -> bool:
        return config["output_mode"] == "int" or self.depth(config) is not None

    def depth(self, config: Config) -> int | None:
        """The size of a vector; `None` if the config does not determine it."""
        return next((config[name] for name in self.depths if isinstance(config.get(name), int)), None)

    def forward(self, config: Config, inputs: tuple[Shape, ...]) -> tuple[Shape, ...] | Refusal:
        shape, mode, depth = inputs[0], config["output_mode"], self.depth(config)
        if mode == "int":
            return (shape,)
        if depth is None or depth < 1:
            return Refusal(f"`{self.depths[0]}` must be a positive integer, got {depth!r}")
        if mode == "one_hot" and (len(shape) < 2 or shape[-1] != 1):
            return ((*shape, depth),)
        return ((*shape[:-1], depth),)

    def changes(
        self,
        config: Config,
        inputs: tuple[Shape, ...],  # noqa: ARG002
        wanted: tuple[Shape, ...] | None = None,
    ) -> Iterator[Change]:
        for mode in ("one_hot", "multi_hot", "int"):
            if mode != config["output_mode"] and self.takes(mode):
                yield single("output_mode", mode, OTHER_MODE)
        size = wanted[0][-1] if wanted and wanted[0] else None
        if size is not None and config["output_mode"] != "int":
            for name in self.depths:
                if isinstance(config.get(name), int) and config[name] != size:
                    yield single(name, size, SOLVED, solved=True)

    def takes(self, mode: str) -> bool:  # noqa: ARG002
        """Whether the constructor accepts this `output_mode`."""
        return True

    def explain_axis(self, config: Config, inputs: tuple[Shape, ...], axis: int) -> Derivation | None:
        built = self.forward(config, inputs)
        if isinstance(built, Refusal) or config["output_mode"] == "int" or axis not in {-1, len(built[0]) - 1}:
            return None
        name, arithmetic = self.counted(config)
        return Derivation(axis, "categories", arithmetic, (name, "output_mode"))

    def counted(self, config: Config) -> tuple[str, str]:
        """The argument that determines the depth, and the computation."""
        name = next(name for name in self.depths if isinstance(config.get(name), int))
        return name, f"{name} = {config[name]}"


class CategoryEncoding(Encoding):
    """Always encodes: it has no output_mode="int"."""

    def takes(self, mode: str) -> bool:
        return mode != "int"


class Discretization(Encoding):
    """As many categories as bins; several values per sample are encoded over axis 1."""

    def depth(self, config: Config) -> int | None:
        boundaries = config["bin_boundaries"]
        return config["num_bins"] if boundaries is None else len(boundaries) + 1

    def covers(self, config: Config) -> bool:
        return config["output_mode"] in {"int", "one_hot"}

    def counted(self, config: Config) -> tuple[str, str]:
        if config["bin_boundaries"] is None:
            return super().counted(config)
        return "bin_boundaries", f"len(bin_boundaries) + 1 = {self.depth(config)}"


class HashedCrossing(Encoding):
    """Two columns of one shape, (batch,) or (batch, 1), crossed into one."""

    def forward(self, config: Config, inputs: tuple[Shape, ...]) -> tuple[Shape, ...] | Refusal:
        if len(inputs) != 2 or inputs[0] != inputs[1]:
            return Refusal(f"it needs 2 inputs of the same shape, got {' and '.join(map(str, inputs))}")
        if len(inputs[0]) > 2 or (len(inputs[0]) == 2 and inputs[0][-1] != 1):
            return Refusal(f"it needs inputs of shape (batch,) or (batch, 1), got {inputs[0]}")
        return super().forward(config, inputs[:1])

    def takes(self, mode: str) -> bool:
        return mode != "multi_hot"


class Lookup(Encoding):
    """Terms become indices; the size of an encoding is known only if it is padded to `max_tokens`."""

    def depth(self, config: Config) -> int | None:
        return config["max_tokens"] if config.get("pad_to_max_tokens") else None


class TextVectorization(Lookup):
    """One row of `output_sequence_length` indices per text."""

    def covers(self, config: Config) -> bool:
        return config["output_mode"] == "int" and not config["ragged"] and config["split"] is not None

    def forward(self, config: Config, inputs: tuple[Shape, ...]) -> tuple[Shape, ...] | Refusal:
        shape = inputs[0]
        if len(shape) > 2 or (len(shape) == 2 and shape[-1] not in {1, None}):
            return Refusal(f"it splits texts of shape (batch,) or (batch, 1), got {shape}")
        return ((shape[0] if shape else None, config["output_sequence_length"]),)

    def changes(
        self,
        config: Config,
        inputs: tuple[Shape, ...],  # noqa: ARG002
        wanted: tuple[Shape, ...] | None = None,
    ) -> Iterator[Change]:
        size = wanted[0][-1] if wanted and len(wanted[0]) == 2 else None
        if size is not None and size != config["output_sequence_length"]:
            yield single("output_sequence_length", size, SOLVED, solved=True)

    def explain_axis(self, config: Config, inputs: tuple[Shape, ...], axis: int) -> Derivation | None:  # noqa: ARG002
        if axis not in {1, -1} or config["output_sequence_length"] is None:
            return None
        size = config["output_sequence_length"]
        return Derivation(axis, "steps", f"output_sequence_length = {size}", ("output_sequence_length",))


class Normalization(AxisWeights):
    """The sizes of the kept axes must be known, and `mean`, if given, must fit them."""

    def forward(self, config: Config, inputs: tuple[Shape, ...]) -> tuple[Shape, ...] | Refusal:
        found = super().forward(config, inputs)
        mean, axis = config.get("mean"), axes_of(config)
        if isinstance(found, Refusal) or not isinstance(mean, (list, tuple)) or len(axis) != 1:
            return found
        size = inputs[0][axis[0]]
        if len(mean) not in {1, size}:
            return Refusal(f"`mean` has {len(mean)} entries, axis {axis[0]} has {size}")
        return found

    def changes(
        self,
        config: Config,
        inputs: tuple[Shape, ...],
        wanted: tuple[Shape, ...] | None = None,  # noqa: ARG002
    ) -> Iterator[Change]:
        for axis in (-1, None, *range(1, len(inputs[0]) - 1)):
            if axes_of({"axis": axis}) != axes_of(config):
                yield single("axis", axis, OTHER_AXIS)


RULES = (
    CategoryEncoding("CategoryEncoding", "num_tokens"),
    Encoding("Hashing", "num_bins"),
    HashedCrossing("HashedCrossing", "num_bins"),
    Discretization("Discretization", "num_bins"),
    Lookup("IntegerLookup", "max_tokens"),
    Lookup("StringLookup", "max_tokens"),
    TextVectorization("TextVectorization", "output_sequence_length"),
    Normalization("Normalization"),
)
