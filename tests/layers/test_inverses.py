"""One argument of a working layer is changed: the rule, asked for the old output, names a value that gives it back."""

from __future__ import annotations

import warnings
from functools import cache

import pytest
from helpers.layer_samples import SAMPLES, layer_class, seeded
from layers.test_against_keras import flat, runnable

from shapeguard.layers import Refusal, configuration, covered, rule_for, with_change

NOT_SOLVED = {
    "EinsumDense": {"equation": "equations are not enumerated"},
    "TextVectorization": {"output_sequence_length": "no wanted size tells that it was None"},
    "InputLayer": {"batch_shape": "None in a wanted shape means that any size will do"},
    "STFTSpectrogram": {"frame_length": "frames and frequencies both depend on it"},
}

SHAPING = [name for name in runnable(covered()) if layer_class(name) and covered()[name].arguments]


def plain(value):
    return tuple(map(plain, value)) if isinstance(value, (list, tuple)) else value


@cache
def working_layers(name):
    """Configs and input shapes of layers that work."""
    made, draw = layer_class(name), seeded(name)
    found = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for _ in range(8):
            arguments, shapes = SAMPLES[name](draw)
            try:
                config = configuration(made(**arguments))
            except (ValueError, TypeError, ZeroDivisionError):
                continue
            rule = rule_for(made, config)
            if rule is not None and not isinstance(rule.forward(config, flat(shapes)), Refusal):
                found.append((config, flat(shapes)))
    return found


def visible_faults(name):
    """A working config, one argument of which gets the value of another, with a visible effect on the shapes."""
    rule = rule_for(layer_class(name))
    found, draw = working_layers(name), seeded(name)
    for config, inputs in found:
        for argument in rule.arguments:
            value = draw.choice(found)[0].get(argument)
            if argument in NOT_SOLVED.get(name, {}) or plain(value) == plain(config.get(argument)):
                continue
            wrong = {**config, argument: value}
            wanted, got = rule.forward(config, inputs), rule.forward(wrong, inputs)
            if not isinstance(got, Refusal) and got != wanted and worth_wanting(config, wanted):
                yield rule, argument, wrong, inputs, wanted


def worth_wanting(config, wanted):
    """Older versions let pass what nobody wants: an axis of size 0, an `output_padding` that is no padding any more."""
    padding = config.get("output_padding") or (0,)
    return all(0 not in shape for shape in wanted) and max(padding) < min(config.get("strides") or (9,))


@pytest.mark.parametrize("name", SHAPING)
def test_a_visible_fault_of_one_argument_has_a_candidate_that_mends_it(name):
    for rule, argument, wrong, inputs, wanted in visible_faults(name):
        changes = list(rule.changes(wrong, inputs, wanted))
        mending = [change for change in changes if rule.forward(with_change(wrong, change), inputs) == wanted]
        assert argument in {change.arguments[0][0] for change in mending}, (argument, wrong, inputs, wanted)


@pytest.mark.parametrize("name", SHAPING)
def test_a_grid_is_small_and_holds_no_value_twice(name):
    for config, inputs in working_layers(name):
        changes = list(rule_for(layer_class(name)).changes(config, inputs))
        assert len(changes) <= 45
        assert len({(change.inner, repr(change.arguments)) for change in changes}) == len(changes)


@pytest.mark.parametrize("name", SHAPING)
def test_a_change_is_a_change(name):
    rule = rule_for(layer_class(name))
    for config, inputs in working_layers(name):
        for change in (*rule.changes(config, inputs), *rule.pairs(config, inputs)):
            assert plain_values(with_change(config, change)) != plain_values(config)


def plain_values(config):
    if isinstance(config, dict):
        return {key: plain_values(value) for key, value in config.items()}
    return [plain_values(value) for value in config] if isinstance(config, list) else config
