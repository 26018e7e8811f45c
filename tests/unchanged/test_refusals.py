"""A refused fit leaves the model as it was: its variables, the random states, and all that training goes on from."""

import functools

import pytest
from unchanged.comparing import differences, together
from unchanged.refusals import REFUSALS

HERE = {name: each for name, each in REFUSALS.items() if each.runs_here}
QUICK = (
    "a_seed_of_ones_own_behind_batch_normalization",
    "deferred_with_layers_of_ones_own",
    "run_eagerly",
    "python_draws_in_call",
    "after_a_fit_that_went_well",
    "crash_over_targets",
)


@functools.cache
def said(names):
    return together(*[[[f"{name}:{variant}" for name in names]] for variant in ("never", "refused")])


def check(name, both):
    never, refused = both[f"{name}:never"], both[f"{name}:refused"]
    assert not [answer["error"] for answer in (never, refused) if "error" in answer]
    assert refused["told"]["raised"] in ("ShapeMismatchError", never["told"].get("raised"))  # the latter: Keras' own
    moved_by_keras = never["told"].get("moved", [])  # where Keras itself crashed
    assert [each for each in refused["told"]["moved"] if each not in moved_by_keras] == []
    assert differences(never, refused) == []


@pytest.mark.parametrize("name", [each for each in QUICK if each in HERE])
def test_a_refused_fit_puts_everything_back(name):
    check(name, said(tuple(each for each in QUICK if each in HERE)))


@pytest.mark.slow
@pytest.mark.parametrize("name", HERE)
def test_every_refused_fit_puts_everything_back(name):
    check(name, said(tuple(HERE)))
