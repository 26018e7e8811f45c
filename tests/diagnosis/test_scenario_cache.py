"""Looking up what follows instead of working it out again changes no answer, and spares most of the work."""

import random

import keras
import pytest
from benchmarks import networks
from keras import layers

from shapeguard.diagnosis.constraints import Constraint, Constraints
from shapeguard.diagnosis.graph import Graph
from shapeguard.diagnosis.proposers.arguments import single_changes
from shapeguard.diagnosis.scenario_cache import ScenarioCaches
from shapeguard.diagnosis.scenarios import Patch
from shapeguard.diagnosis.what_if import propagate
from shapeguard.guard import preflight
from shapeguard.layers import with_change
from shapeguard.spec import parse

BUILDERS = (
    networks.unet,
    networks.inception,
    networks.resnet,
    networks.wavenet,
    networks.encoder_decoder,
    networks.two_way_text,
    networks.generator,
)


def graph_of(model):
    return Graph(preflight.dry_run_on(model, None))


def some_goals(graph, seed):
    """Goals on some values: as observed, and one that is not."""
    choice = random.Random(seed)  # noqa: S311  a sample, not a secret
    nodes = [n for n in graph.nodes.values() if n.outputs and not n.is_input]
    chosen = sorted({*choice.sample(nodes, 3), nodes[-1]}, key=lambda node: node.index)
    constraints = []
    for place, node in enumerate(chosen):
        shape = graph.shapes[node.outputs[0]]
        wanted = (*shape[:-1], shape[-1] + 1) if place == 0 else shape
        constraints.append(Constraint(node.index, node.call.layer, node.outputs[:1], (parse(wanted),)))
    return Constraints(graph, constraints)


def some_repairs(graph, seed):
    """All single changes, some in two layers at once, and some values of another shape."""
    choice = random.Random(seed)  # noqa: S311  a sample, not a secret
    single = [
        (n.index, with_change(n.config, c))
        for n in graph.nodes.values()
        for c in single_changes(graph, n, ())
        if not c.inner
    ]
    repairs = [Patch(configs=dict([one])) for one in single]
    repairs += [Patch(configs=dict(choice.sample(single, 2))) for _ in range(100)]
    for value, shape in graph.shapes.items():
        repairs += [Patch(values={value: (*shape[:-1], size)}) for size in (1, 3, 8)]
    choice.shuffle(repairs)
    return repairs


@pytest.mark.parametrize("stops", [True, False])
@pytest.mark.parametrize("builder", BUILDERS, ids=lambda builder: builder.__name__)
def test_a_world_that_is_looked_up_is_the_world_that_is_worked_out(builder, stops):
    graph = graph_of(builder())
    constraints = some_goals(graph, builder.__name__)
    scenario_cache = ScenarioCaches(graph, constraints).ignoring(constraints.violated, stops=stops)
    for repair in some_repairs(graph, builder.__name__):
        scenario = scenario_cache.scenario(repair)
        whole = propagate(graph, repair, stops=stops)
        assert scenario_cache.holds(scenario) == (
            whole.refusal is None and constraints.met(whole, constraints.violated)
        )
        if scenario_cache.holds(scenario):
            assert scenario == whole
        elif not scenario.violates:
            assert scenario.refusal == whole.refusal
            assert (scenario.last_refusal is None) == (whole.last_refusal is None)


def chain(length):
    x = image = keras.Input((4000, 8))
    for number in range(length):
        x = layers.Conv1D(8, 3, name=f"c{number}")(x)
    return keras.Model(image, x)


def test_what_follows_in_a_chain_is_worked_out_once_for_all_changes():
    graph = graph_of(chain(40))
    last = graph.nodes[max(graph.nodes)]
    constraints = Constraints(graph, [Constraint(last.index, "c39", last.outputs, (parse("B 17 9"),))])
    scenario_cache = ScenarioCaches(graph, constraints).ignoring()
    for node in list(graph.nodes.values())[1:]:
        for size in (1, 2, 4, 5):
            assert not scenario_cache.holds(
                scenario_cache.scenario(Patch(configs={node.index: {**node.config, "kernel_size": (size,)}}))
            )
    scenarios, straight = 160, 160 * 20
    assert graph.work.calls < 4 * (scenarios + 40) < straight


def test_a_world_is_left_at_the_first_goal_that_fails():
    graph = graph_of(chain(40))
    nodes = list(graph.nodes.values())[1:]
    constraints = Constraints(
        graph, [Constraint(n.index, n.call.layer, n.outputs, (parse(graph.shapes[n.outputs[0]]),)) for n in nodes]
    )
    scenario_cache = ScenarioCaches(graph, constraints).ignoring()
    before = graph.work.calls
    assert scenario_cache.scenario(Patch(configs={nodes[0].index: {**nodes[0].config, "kernel_size": (4,)}})).violates
    assert graph.work.calls - before == 2  # one for the world, one for the call
