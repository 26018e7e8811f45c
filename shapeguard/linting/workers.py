"""Work on many files, in several processes where that is faster."""

from __future__ import annotations

import gc
import os
import threading
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

_LEAST_BYTES = 400_000
"""Less than this is linted before the processes have started (0.05 s; 2 cores, Python 3.11)."""
_PER_TASK = 8

_Result = TypeVar("_Result")


def each(work: Callable[[str], _Result], files: Sequence[str], *, processes: bool) -> list[_Result]:
    """What `work` returns for each file, in order; with `processes` in as many as there are processors.

    Processes are forked, so `processes` is for a program that has no other threads, and only where a fork is cheap.
    """
    count = min(_processors(), len(files))
    if not processes or count < 2 or threading.active_count() > 1 or _size(files) < _LEAST_BYTES:
        return list(map(work, files))
    import multiprocessing  # noqa: PLC0415  it takes longer to import than a few files to lint

    with without_collection(), multiprocessing.get_context("fork").Pool(count) as pool:
        return pool.map(work, files, chunksize=_PER_TASK)


@contextmanager
def without_collection() -> Iterator[None]:
    """Switches the collection of cycles off: going through a tree again and again takes as long as to parse it."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _processors() -> int:
    """How many processors this process may use; 1 where it cannot fork."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") and hasattr(os, "fork") else 1


def _size(files: Sequence[str]) -> int:
    total = 0
    for file in files:
        try:
            total += Path(file).stat().st_size
        except (OSError, ValueError):
            continue
    return total
