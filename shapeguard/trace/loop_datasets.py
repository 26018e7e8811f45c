"""The dataset that a loop of the user's own goes over, and the call that makes batches of it."""

from __future__ import annotations

import ast
import contextlib
from typing import TYPE_CHECKING, Any, NamedTuple

from shapeguard.source import trees
from shapeguard.source.dataset_chains import argument, chain_of, is_of
from shapeguard.trace.loop_batches import numbers_of_samples, samples_of
from shapeguard.trace.own_loops import written_outside
from shapeguard.trace.raised_frames import users_frames, value_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from shapeguard.records.network import Shape
    from shapeguard.source.trees import Source
    from shapeguard.trace.raised_frames import Passed

_AROUND = frozenset({"enumerate", "iter", "tqdm"})
"""Functions that give what they are given, one by one."""


class OpenEnded(NamedTuple):
    """A call that makes batches of so many samples, the last of them of what is left."""

    source: Source
    call: ast.Call


def open_ended(exception: BaseException, shapes: Sequence[Shape]) -> OpenEnded | None:
    """The call that makes the batches of the loop in which an exception was raised, whose batch has fewer samples.

    `shapes` are those that met: one has as many samples as a whole batch. `None` where the source tells no such call,
    or whether the last batch may be shorter is written in it.
    """
    numbers, users = numbers_of_samples(exception, shapes), users_frames(exception)
    if numbers is None:
        return None
    for passed in reversed(users):
        for source, loop in _loops_around(passed):
            if any(samples_of(passed, each.id) == numbers[0] for each in _targets(loop)):
                found = _made_by(source, loop.iter, users, passed)
                return found if found is not None and _makes(found.call, numbers[1], users) else None
    return None


def _makes(call: ast.Call, size: int, users: Sequence[Passed]) -> bool:
    """Whether a call of `batch` is for so many samples, and does not tell what becomes of the rest."""
    number = argument(call, "batch_size", 0)
    is_open = argument(call, "drop_remainder", 1) is None
    return is_open and number is not None and _number(number, users) == size


def _targets(loop: ast.For) -> list[ast.Name]:
    return [each for each in ast.walk(loop.target) if isinstance(each, ast.Name)]


def _loops_around(passed: Passed) -> Iterator[tuple[Source, ast.For]]:
    source, node = trees.source_for(passed.code), passed.node
    if source is not None and node is not None:
        yield from ((source, each) for each in trees.ancestors(source, node) if isinstance(each, ast.For))


def _made_by(source: Source | None, given: ast.expr, users: Sequence[Passed], passed: Passed) -> OpenEnded | None:
    """The last call of `batch` behind what a loop goes over; a parameter stands for what the function was given."""
    given = _without_counting(given)
    outside = written_outside(users, passed, given.id) if isinstance(given, ast.Name) else None
    if outside is not None:
        around = users[[each is passed for each in users].index(True) - 1]
        return _made_by(trees.source_for(around.code), outside, users, around)
    if source is None or _is_one_batch(value_of(given, passed.frame)):
        return None
    return next((OpenEnded(source, each) for each in chain_of(source, given) if is_of(each, "batch")), None)


def _without_counting(given: ast.expr) -> ast.expr:
    """What is gone over: `data` of `enumerate(data)`."""
    while isinstance(given, ast.Call) and trees.last_name(given.func) in _AROUND and given.args:
        given = given.args[0]
    return given


def _is_one_batch(dataset: Any) -> bool:
    """Whether this is a dataset of a single batch: without the last one it has none."""
    with contextlib.suppress(TypeError):  # how many it has is not known
        return type(dataset).__module__.startswith("tensorflow.") and len(dataset) == 1
    return False


def _number(node: ast.expr, users: Sequence[Passed]) -> int | None:
    """A number as it is written, or as the innermost function that knows its name has it."""
    if isinstance(node, ast.Constant):
        return node.value if type(node.value) is int else None
    values = (value_of(node, each.frame) for each in reversed(users))
    return next((each for each in values if type(each) is int), None)
