"""The table of programs: each is a function of the callbacks that it gives to Keras, and returns what is compared."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import keras
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

BACKEND = keras.config.backend()


@dataclass(frozen=True)
class Program:
    """`head` is the right shape of the layer called 'head', where the program has one; `only` names backends."""

    name: str
    kind: str
    run: "Callable[[list[Any]], Any]"
    head: tuple[int | None, ...] | None
    only: tuple[str, ...]

    @property
    def runs_here(self):
        return not self.only or BACKEND in self.only

    @property
    def variants(self):
        """How the guard is put to the program; the wrong expectations need a head that they can be wrong about."""
        return ("callback", "around", *(("right", "warned", "recorded") if self.head else ()))

    def expectation(self, variant):
        if variant in {"callback", "around"}:
            return None
        return {"head": self.head if variant == "right" else (*self.head[:-1], self.head[-1] + 6)}


PROGRAMS: dict[str, Program] = {}


def program(head=None, only=()):
    """Puts a function into the table under its own name."""

    def register(function):
        name, kind = function.__name__, function.__module__.rpartition(".")[2]
        assert name not in PROGRAMS, name
        PROGRAMS[name] = Program(name, kind, function, head, (only,) if isinstance(only, str) else tuple(only))
        return function

    return register


def numbers(*shape, seed=3):
    """Float32 numbers that draw from no global random state."""
    return np.random.default_rng(seed).normal(size=shape).astype("float32")


def whole(high, *shape, seed=3):
    """Whole numbers below `high`, as classes or tokens."""
    return np.random.default_rng(seed).integers(0, high, size=shape).astype("int32")
