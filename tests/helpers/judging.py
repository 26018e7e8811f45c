"""What the scorer thinks of each repair while a program is diagnosed."""

import contextlib
from unittest import mock

from shapeguard import ShapeGuard, ShapeMismatchError
from shapeguard.diagnosis.scoring import scorer

FEATURES = {*scorer.OF_INPUTS, *scorer.OF_INSERTIONS, *scorer.OF_STRUCTURE, *scorer.OF_ARGUMENTS}


@contextlib.contextmanager
def contexts():
    """The context of every repair that is scored inside."""
    found, score = [], scorer.score

    def kept(context):
        found.append(context)
        return score(context)

    with mock.patch.object(scorer, "score", kept):
        yield found


def breakdowns(build, expected=None):
    """[((layers, argument, suggestion), its breakdown)] of the repairs of a program in which something is wrong."""
    with contexts() as found, contextlib.suppress(ShapeMismatchError):
        guard = ShapeGuard(expected)
        with guard:
            model = build()
        guard.check(model)
    return [(_named(context), dict(scorer.breakdown(context))) for context in found]


def judged(build, expected=None):
    """The same by repair, of equal ones the last."""
    return dict(breakdowns(build, expected))


def _named(context):
    layers = tuple(context.graph.nodes[index].call.layer for index in context.repair.nodes)
    return layers, context.repair.argument, context.repair.suggestion
