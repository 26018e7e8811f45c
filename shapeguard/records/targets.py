"""What a model is compared with in training: its losses, and what the values of the targets are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import CodeType


@dataclass(frozen=True, slots=True)
class CompiledLoss:
    """A loss as it was given to `compile`.

    `name` is that of its function, else of its class. `form` is how it was given, `written` the string, the name of
    the function or that of the class. `options` are the arguments of an object that are not the defaults, sequences as
    tuples. `is_keras`: Keras' own code computes it, so that asking it runs nothing of the user's. `code` is that of a
    function of the user's own, or of the `call` of a class, to which Keras hands targets and outputs as they are.
    """

    name: str
    form: Literal["string", "function", "object"]
    written: str
    options: tuple[tuple[str, object], ...] = ()
    is_keras: bool = True
    code: CodeType | None = None

    def option(self, name: str, default: object = None) -> object:
        """The value of an option; `default` where it has Keras' own."""
        return dict(self.options).get(name, default)


@dataclass(frozen=True, slots=True)
class CompiledMetric:
    """A metric as it was given to `compile`; `config` is that of an object, sequences as tuples."""

    name: str
    form: Literal["string", "function", "object"]
    config: tuple[tuple[str, object], ...] = ()
    is_keras: bool = True


@dataclass(frozen=True, slots=True)
class OwnCode:
    """A loss or metric of the user's own: `run(targets, dtype, output)` runs it on shapes; what it raises is raised."""

    kind: Literal["loss", "metric"]
    name: str
    run: Callable[[tuple[int | None, ...], str, tuple[int | None, ...]], None]


Kind = Literal["one-hot", "probabilities", "zeros and ones", "whole numbers", "numbers"]


@dataclass(frozen=True, slots=True)
class TargetValues:
    """What the values of one target are, as far as a sample of its rows tells; `dtype` as Keras takes them.

    Along the last axis: "one-hot" rows of zeros with a single one, "probabilities" that sum to 1, "zeros and ones" of
    which a row has several; else "whole numbers" of which none is negative, or other "numbers". `None` where they tell
    nothing: no array is at hand, or rows are all zero. `is_input`: they are an input of the model, the same object or
    equal to it. `alike`: all values along the last axis are the same, as in the channels of a grey picture; `None`
    where that is not known. `unused` is how many of the first columns of one-hot rows no row has its one in.
    """

    dtype: str = ""
    kind: Kind | None = None
    greatest: float = 0.0
    is_input: bool = False
    alike: bool | None = None
    unused: int = 0
