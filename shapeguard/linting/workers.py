"""Work on many files, in several processes where that is faster."""

from __future__ import annotations

import gc
import os
import pickle
import threading
from contextlib import contextmanager
from itertools import zip_longest
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

_LEAST_BYTES = 400_000
"""Less than this is linted before the processes have started (0.05 s; 2 cores, Python 3.11)."""
_NONE: Any = object()

_Result = TypeVar("_Result")


def each(work: Callable[[str], _Result], files: Sequence[str], *, processes: bool) -> list[_Result]:
    """What `work` returns for each file, in order; with `processes` in as many as there are processors.

    Processes are forked, so `processes` is for a program that has no other threads, and only where a fork is cheap.
    """
    count = min(_processors(), len(files))
    if not processes or count < 2 or threading.active_count() > 1 or _size(files) < _LEAST_BYTES:
        return list(map(work, files))
    with without_collection():
        return _in_processes(work, [files[start::count] for start in range(count)])


def _in_processes(work: Callable[[str], _Result], shares: Sequence[Sequence[str]]) -> list[_Result]:
    """The results of all shares, file by file; this process does the first, and any whose process ends without one.

    `multiprocessing` would do the same, but its import takes as long as 15 files.
    """
    children = [_forked(work, share) for share in shares[1:]]
    results = [list(map(work, shares[0]))]
    for (child, descriptor), share in zip(children, shares[1:], strict=True):
        with os.fdopen(descriptor, "rb") as stream:
            answer = stream.read()
        os.waitpid(child, 0)
        results.append(pickle.loads(answer) if answer else list(map(work, share)))  # noqa: S301  our own process wrote it
    return [result for row in zip_longest(*results, fillvalue=_NONE) for result in row if result is not _NONE]


def _forked(work: Callable[[str], _Result], share: Sequence[str]) -> tuple[int, int]:
    """A process that does a share: its number, and where its answer can be read."""
    reading, writing = os.pipe()
    child = os.fork()
    if child:
        os.close(writing)
        return child, reading
    try:
        os.close(reading)
        answer = pickle.dumps([work(file) for file in share])
        with os.fdopen(writing, "wb") as stream:
            stream.write(answer)
    finally:
        os._exit(0)  # what is left to do at the end is the parent's


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
