"""What the search thinks a changed network would be, against the changed network built by Keras."""

import random

import keras
import pytest
from benchmarks import faults, networks
from keras import layers

from shapeguard.diagnosis.graph import Graph
from shapeguard.diagnosis.proposers.arguments import single_changes
from shapeguard.diagnosis.scenarios import Patch
from shapeguard.diagnosis.what_if import propagate
from shapeguard.guard import preflight
from shapeguard.layers import with_change

BUILDERS = (
    networks.padded_cnn,
    networks.resnet,
    networks.unet,
    networks.inception,
    networks.transposed_autoencoder,
    networks.two_way_text,
    networks.wavenet,
    networks.attention,
    networks.volumes,
    networks.encoder_decoder,
)
CHANGES = 8
STRICTER = ("another number of outputs", "an initial state must be")
"""Refusals without Keras: who takes the outputs is not known, and a symbolic LSTM takes a wrong state (3.15)."""


def graph_of(model):
    return Graph(preflight.dry_run_on(model, None))


def some_changes(graph, seed):
    """(node, change) of single arguments, drawn over all layers."""
    found = [(n, c) for n in graph.nodes.values() for c in single_changes(graph, n, ()) if not c.inner]
    random.Random(seed).shuffle(found)  # noqa: S311  a sample, not a secret
    return found[:CHANGES]


def shapes_in(graph, scenario):
    """By layer, as far as they are known in a world."""
    found = {}
    for node in graph.nodes.values():
        if node.is_input or set(node.outputs) & (scenario.unknown | scenario.removed_outputs):
            continue
        shapes = [scenario.shapes.get(v, graph.shapes[v]) for v in node.outputs]
        found[node.call.layer] = shapes[0] if len(shapes) == 1 else shapes
    return found


@pytest.mark.parametrize("builder", BUILDERS, ids=lambda builder: builder.__name__)
def test_every_layer_of_a_correct_network_is_explained_by_its_formula(builder):
    graph = graph_of(builder())
    assert [n.call.layer for n in graph.nodes.values() if n.opaque or n.doubtful] == []
    assert graph.refused is None


@pytest.mark.parametrize("builder", BUILDERS, ids=lambda builder: builder.__name__)
def test_a_changed_argument_gives_the_shapes_that_keras_gives_or_is_refused_by_both(builder):
    model = faults.functional(builder())
    graph = graph_of(model)
    for node, change in some_changes(graph, builder.__name__):
        scenario = propagate(graph, Patch(configs={node.index: with_change(node.config, change)}))
        if scenario.removed_outputs:  # fewer outputs: what their consumers are then called with, a clone cannot say
            continue
        told = f"{node.call.layer}: {change.arguments}"
        try:
            changed = faults.rebuilt(model, configs={node.call.layer: dict(change.arguments)})
        except Exception:  # noqa: BLE001  whatever Keras says against it
            assert scenario.refusal is not None, told
            continue
        if scenario.refusal is not None:
            assert scenario.refusal[1].reason.startswith(STRICTER), (told, scenario.refusal)
        else:
            real = faults.shapes_of(changed)
            assert shapes_in(graph, scenario) == {name: real[name] for name in shapes_in(graph, scenario)}, told


def test_propagation_stops_where_the_shapes_are_as_observed_again():
    model = keras.Sequential(
        [keras.Input((32, 32, 3)), layers.Conv2D(8, 3, name="conv"), layers.GlobalAveragePooling2D(), layers.Dense(4)]
    )
    graph = graph_of(model)
    (conv,) = [node for node in graph.nodes.values() if node.call.layer == "conv"]
    scenario = propagate(graph, Patch(configs={conv.index: {**conv.config, "padding": "same"}}))
    assert scenario.shapes == {conv.outputs[0]: (None, 32, 32, 8)}


def test_a_layer_that_cannot_tell_its_config_is_opaque_and_hides_what_lies_behind():
    class Secretive(layers.Layer):
        def call(self, x):
            return x[:, ::2]

        def get_config(self):
            raise RuntimeError("not for you")

    image = keras.Input((16, 4))
    model = keras.Model(image, layers.ReLU(name="behind")(Secretive()(layers.Dense(4, name="before")(image))))
    graph = graph_of(model)
    (before,) = [node for node in graph.nodes.values() if node.call.layer == "before"]
    (behind,) = [node for node in graph.nodes.values() if node.call.layer == "behind"]
    scenario = propagate(graph, Patch(configs={before.index: {**before.config, "units": 6}}))
    assert scenario.refusal is None
    assert behind.outputs[0] in scenario.unknown or scenario.shapes[behind.outputs[0]] == (None, 8, 6)
