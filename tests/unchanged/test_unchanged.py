"""A run with a guard is the run itself: programs of every kind end bit for bit as they do without one.

Each program runs in a process that never imports ShapeGuard, twice, and in another with a guard put to it in each way.
A few do so here; all of them by `pytest tests/unchanged -m slow`, which takes about a quarter of an hour.
"""

import functools

import pytest
from unchanged.comparing import differences, together
from unchanged.programs import PROGRAMS
from unchanged.table import BACKEND

TWICE = ("plain", "again")
HERE = {name: each for name, each in PROGRAMS.items() if each.runs_here}
QUICK = (
    ("sampling", "callback"),
    ("sampling", "recorded"),
    ("counter_in_python_deferred", "callback"),
    ("build_is_counted", "around"),
    ("stateful_lstm_deferred", "callback"),
    ("stateful_lstm_built", "around"),
    ("an_initializer_that_counts", "warned"),
    ("losses_and_targets_by_name", "right"),
    ("an_optional_input", "right"),
    ("python_draws_in_call_deferred", "around"),
    ("a_vae_with_losses_added_in_call", "callback"),
    ("noise_of_keras_own_layers", "callback"),
    ("subclassed_and_unbuilt", "recorded"),
    ("fit_evaluate_predict", "callback"),
    ("run_eagerly", "warned"),
)
MEDDLED = "noise_and_norms"
FOUND = {
    "call": "returned",
    "symbolic_call": "returned",
    "seed": "seed_generator_state",
    "weight": "head/kernel",
    "moving_mean": "norm/moving_mean",
    "optimizer": "optimizer 0",
    "history": "history",
    "name": "next name",
    "python": "random of Python",
    "numpy": "random of NumPy",
    "keras": "random of Keras",
    "backend": "random of the backend",
    "policy": "policy",
}
ON_DEVICES = (  # every batch can be parted in two and in four
    "sampling",
    "counter_in_python_deferred",
    "moving_average_of_ones_own",
    "blocks_of_blocks",
    "subclassed_and_unbuilt",
    "counts_by_the_training_argument",
    "a_metric_class_that_counts",
    "noise_of_keras_own_layers",
)


def cases(names):
    return tuple((name, variant) for name in names if name in HERE for variant in HERE[name].variants)


QUICK_HERE = tuple(pair for pair in QUICK if pair[0] in HERE)


def without_guard(names, variants=TWICE):
    return [f"{name}:{variant}" for name in names for variant in variants]


def with_guard(pairs):
    return [f"{name}:{variant}" for name, variant in pairs]


@functools.cache
def quickly():
    """What the quick tests ask for: without a guard, and beside it with one."""
    names = dict.fromkeys(name for name, _ in QUICK_HERE)
    meddling = [f"{MEDDLED}:{variant}" for variant in (*TWICE, *(f"meddling {kind}" for kind in FOUND))]
    return together([[*without_guard(names, ("plain",)), *meddling]], [with_guard(QUICK_HERE)])


@functools.cache
def slowly(names, *options):
    return together([without_guard(names), *options], [with_guard(cases(names)), *options])


def compare(name, variant, said):
    answer = said[f"{name}:{variant}"]
    assert differences(said[f"{name}:plain"], answer) == []
    if variant in {"right", "warned", "recorded"}:  # else nothing was looked at
        assert answer["told"]["rows"]
        assert answer["told"]["ok"] is (variant == "right")


@pytest.mark.parametrize(("name", "variant"), QUICK_HERE)
def test_a_program_ends_as_without_a_guard(name, variant):
    compare(name, variant, quickly())


@pytest.mark.slow
@pytest.mark.parametrize(("name", "variant"), cases(HERE))
def test_every_program_ends_as_without_a_guard(name, variant):
    compare(name, variant, slowly(tuple(HERE)))


@pytest.mark.slow
@pytest.mark.parametrize("name", HERE)
def test_a_program_ends_twice_alike_without_a_guard(name):
    """Else its comparison would say nothing."""
    said = slowly(tuple(HERE))
    assert differences(said[f"{name}:plain"], said[f"{name}:again"]) == []


@pytest.mark.slow
@pytest.mark.parametrize(("name", "variant"), cases(() if BACKEND == "torch" else ON_DEVICES))
def test_a_program_on_several_devices_ends_as_without_a_guard(name, variant):
    """Two replicas of TensorFlow's MirroredStrategy, four devices of JAX under DataParallel."""
    said = slowly(ON_DEVICES, "--devices")
    assert differences(said[f"{name}:plain"], said[f"{name}:again"]) == []
    compare(name, variant, said)


@pytest.mark.parametrize("kind", FOUND)
def test_the_comparison_finds_a_callback_that_meddles(kind):
    """What no guard may do, done by a callback: the thing that it moved is among the differences."""
    if kind == "backend" and BACKEND == "jax":
        pytest.skip("JAX has no global generator")
    said = quickly()
    assert differences(said[f"{MEDDLED}:plain"], said[f"{MEDDLED}:again"]) == []
    found = differences(said[f"{MEDDLED}:plain"], said[f"{MEDDLED}:meddling {kind}"])
    assert any(FOUND[kind] in line for line in found), found
