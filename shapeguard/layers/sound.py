"""Preprocessing of sound: spectrograms."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shapeguard.layers.base import Derivation, Family, Refusal
from shapeguard.layers.costs import OTHER_FORMAT, SOLVED
from shapeguard.layers.numbers import nearest
from shapeguard.layers.spatial import is_last, other_format
from shapeguard.layers.windowed import single
from shapeguard.layers.windows import output_size, strides_for

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shapeguard.layers.base import Change, Config
    from shapeguard.records.network import Shape

SOUND_PADDING = 0.2
"""The other padding, whose default is forgotten less often than that of a convolution."""
EXPANDED = 0.4
"""The other value of `expand_dims`."""
STEP_SOLVED = 0.4
"""A step computed from the wanted number of frames."""
TRANSFORM_SOLVED = 0.4
"""A transform length computed from the wanted number of frequencies."""
USUAL_STEP = 0.6
"""A step of a half, a quarter or a whole frame."""
GUESSED_STEP = 0.8
"""A step that is a power of two."""
GUESSED_TRANSFORM = 0.8
"""A transform over one to four frames."""
OTHER_MODE = 0.8
"""The other `mode`: two numbers per frequency, or one."""


class MelSpectrogram(Family):
    """Sound of shape (batch, samples) becomes (batch, num_mel_bins, frames)."""

    arguments = ("num_mel_bins", "sequence_stride")

    def forward(self, config: Config, inputs: tuple[Shape, ...]) -> tuple[Shape, ...] | Refusal:
        shape, stride = inputs[0], config["sequence_stride"]
        if len(shape) not in {1, 2}:
            return Refusal(f"it needs sound of rank 1 or, with a batch, 2, got rank {len(shape)} {shape}")
        frames = None if shape[-1] is None else (shape[-1] + stride + 1) // stride
        return ((*shape[:-1], config["num_mel_bins"], frames),)

    def changes(
        self, config: Config, inputs: tuple[Shape, ...], wanted: tuple[Shape, ...] | None = None
    ) -> Iterator[Change]:
        if wanted and len(wanted[0]) == len(inputs[0]) + 1:
            bins, frames = wanted[0][-2:]
            if bins is not None and bins != config["num_mel_bins"]:
                yield single("num_mel_bins", bins, SOLVED, solved=True)
            size = inputs[0][-1]
            if frames is not None and size is not None and frames > 1:
                stride = (size + 1) // (frames - 1)
                if (size + stride + 1) // stride == frames and stride != config["sequence_stride"]:
                    yield single("sequence_stride", stride, STEP_SOLVED, solved=True)
        for stride in (128, 256, 512, 1024):
            if stride != config["sequence_stride"]:
                yield single("sequence_stride", stride, GUESSED_STEP)

    def explain_axis(self, config: Config, inputs: tuple[Shape, ...], axis: int) -> Derivation | None:
        ndim = len(inputs[0]) + 1
        if axis % ndim == ndim - 2:
            return Derivation(axis, "mel bins", f"num_mel_bins = {config['num_mel_bins']}", ("num_mel_bins",))
        size, stride = inputs[0][-1], config["sequence_stride"]
        if axis % ndim != ndim - 1 or size is None:
            return None
        arithmetic = f"floor(({size} + {stride} + 1) / {stride}) = {(size + stride + 1) // stride}"
        return Derivation(axis, "frames", arithmetic, ("sequence_stride",))


class STFTSpectrogram(Family):
    """A window slides over the steps; every channel gives fft_length // 2 + 1 frequencies, twice that for "stft"."""

    arguments = ("frame_step", "frame_length", "fft_length", "padding", "mode", "expand_dims", "data_format")

    def frequencies(self, config: Config) -> int:
        """Frequencies of one channel."""
        length = config["fft_length"] or 1 << (config["frame_length"] - 1).bit_length()
        return (length // 2 + 1) * (2 if config["mode"] == "stft" else 1)  # type: ignore[no-any-return]

    def forward(self, config: Config, inputs: tuple[Shape, ...]) -> tuple[Shape, ...] | Refusal:
        shape = inputs[0]
        if len(shape) != 3:
            return Refusal(f"it needs rank 3 (batch, steps, channels), got rank {len(shape)} {shape}")
        last = is_last(config)
        steps, channels = (shape[1], shape[2]) if last else (shape[2], shape[1])
        if channels is None:
            return Refusal("the channels of the input must be known")
        step, length = config["frame_step"] or config["frame_length"] // 2, config["frame_length"]
        frames = None if steps is None else output_size(steps, length, step, 1, config["padding"])
        if frames is not None and frames < 1:
            return Refusal(f"`frame_length` {length} is larger than the {steps} steps", 1 if last else 2)
        bins = self.frequencies(config)
        if config["expand_dims"]:
            return ((shape[0], frames, bins, channels),) if last else ((shape[0], channels, frames, bins),)
        return ((shape[0], frames, bins * channels),) if last else ((shape[0], bins * channels, frames),)

    def changes(
        self,
        config: Config,
        inputs: tuple[Shape, ...],
        wanted: tuple[Shape, ...] | None = None,
    ) -> Iterator[Change]:
        length = config["frame_length"]
        yield from self._solved(config, inputs, wanted)
        yield single("padding", "same" if config["padding"] == "valid" else "valid", SOUND_PADDING)
        yield single("expand_dims", not config["expand_dims"], EXPANDED)
        yield single("data_format", other_format(config), OTHER_FORMAT)
        for step in (None, length // 2, length // 4, length):
            if step != 0 and step != config["frame_step"]:
                yield single("frame_step", step, USUAL_STEP)
        for fft in (None, length, 2 * length, 4 * length):
            if fft != config["fft_length"]:
                yield single("fft_length", fft, GUESSED_TRANSFORM)
        yield single("mode", "log" if config["mode"] == "stft" else "stft", OTHER_MODE)

    def _solved(self, config: Config, inputs: tuple[Shape, ...], wanted: tuple[Shape, ...] | None) -> Iterator[Change]:
        """Frame steps that give the wanted number of frames, and the transform that gives the wanted frequencies."""
        built = self.forward(config, inputs)
        if not wanted or isinstance(built, Refusal) or len(wanted[0]) != len(built[0]):
            return
        for step in self._steps(config, inputs[0], built[0], wanted[0]):
            yield single("frame_step", step, STEP_SOLVED, solved=True)
        length = self._transform(config, inputs[0], built[0], wanted[0])
        if length is not None:
            yield single("fft_length", length, TRANSFORM_SOLVED, solved=True)

    def _steps(self, config: Config, shape: Shape, built: Shape, wanted: Shape) -> tuple[int, ...]:
        """Frame steps that give the wanted number of frames, if it differs."""
        axis = 1 if is_last(config) else 2
        steps, frames = shape[axis], wanted[axis]
        if steps is None or frames is None or frames == built[axis]:
            return ()
        interval = strides_for(steps, frames, config["frame_length"], 1, config["padding"])
        return nearest(interval, config["frame_step"] or 1) if interval else ()

    def _transform(self, config: Config, shape: Shape, built: Shape, wanted: Shape) -> int | None:
        """The length of a transform that gives the wanted frequencies, if they differ."""
        last, expanded = is_last(config), config["expand_dims"]
        axis = (2 if last else 3) if expanded else (2 if last else 1)
        channels = shape[2] if last else shape[1]
        shared = (1 if expanded else channels or 1) * (2 if config["mode"] == "stft" else 1)
        bins = wanted[axis]
        if bins is None or bins == built[axis] or bins % shared or bins // shared < 2:
            return None
        return 2 * (bins // shared - 1)


RULES = (MelSpectrogram("MelSpectrogram"), STFTSpectrogram("STFTSpectrogram"))
