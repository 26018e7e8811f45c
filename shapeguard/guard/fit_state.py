"""What belongs to the `fit` that runs in a thread."""

from __future__ import annotations

import contextlib
import threading
from typing import TYPE_CHECKING, Any

from shapeguard.report import Report

if TYPE_CHECKING:
    from shapeguard.capture.declarations import Declarations
    from shapeguard.guard.checking import Checked
    from shapeguard.records.network import Feed, Phase
    from shapeguard.trace.steps import Watch


class FitState(threading.local):
    """The state of one guard in each thread: one callback may serve several threads at once.

    `model` is as Keras gave it: the callback's own `model` puts back JAX's state first, which a running step has
    consumed (callbacks/callback.py). `fed` holds what the phases were fed and the check ahead of them, `annotations`
    what is read in user classes while the first step runs. `rests`: a fault of our own was reported, and no more is
    done.
    """

    def __init__(self) -> None:
        self.report = Report()
        self.watches: dict[Phase, Watch] = {}
        self.fed: dict[Phase, tuple[Feed, Checked | None]] = {}
        self.listening = contextlib.ExitStack()
        self.forget()

    def forget(self) -> None:
        """Lets go of the `fit` that ended."""
        self.fed.clear()
        self.model: Any = None
        self.annotations: Declarations | None = None
        self.rests = False
