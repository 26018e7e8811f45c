"""The twins of `benchmarks.twins` are the same networks, and have the same faults, as the functional ones."""

import ast
import itertools

import pytest
from benchmarks import faults, mutants, networks, restructured, twins
from benchmarks.asking import DENSITIES, Clock
from benchmarks.subclassed import subclassed

from shapeguard.guard import checking
from shapeguard.records.findings import Edit
from shapeguard.records.source import Span
from shapeguard.source.frames import is_framework

SAMPLE = ("vgg", "stacked_lstm", "wavenet", "two_inputs", "resnet", "attention")


@pytest.mark.parametrize("operations", [False, True])
@pytest.mark.parametrize("name", SAMPLE)
def test_each_layer_of_a_twin_has_the_shape_of_its_namesake(name, operations):
    pair = twins.Pair(name, operations=operations)
    assert pair.shapes_in_call == pair.shapes
    assert operations or pair.shapes.keys() == pair.correct.shapes.keys()


@pytest.mark.parametrize(
    ("name", "gone"),
    [
        ("resnet", {"add", "re_lu", "global_average_pooling2d"}),
        ("wavenet", {"add", "multiply", "re_lu"}),
        ("attention", {"add", "global_average_pooling1d"}),
        ("sentence_cnn", {"concatenate", "global_max_pooling1d"}),
    ],
)
def test_merges_activations_and_reductions_are_operations_in_the_second_twin(name, gone):
    pair = twins.Pair(name, operations=True)
    assert {layer.rstrip("_0123456789") for layer in pair.correct.shapes.keys() - pair.names} == {
        layer.rstrip("_0123456789") for layer in gone
    }


def made_by(name, tree):
    return faults.recorded(faults.runnable(name, *faults.source_of(name, tree)), called=False)


@pytest.mark.parametrize("name", SAMPLE)
def test_a_changed_argument_is_changed_in_the_same_layers_of_the_twin(name):
    tree = faults.program_of(name)
    correct, twin = made_by(name, tree), made_by(name, subclassed(tree, name))
    compared = 0
    for change in faults.sampled(name, 8, seed=3):
        changed = faults.changed(name, [change])
        mutant = made_by(name, changed)
        if mutant.error is None:  # where Keras refuses the functional one, its later layers are not made
            fault = faults.truth_of(correct, mutant)
            assert fault == faults.truth_of(twin, made_by(name, subclassed(changed, name)))
            compared += bool(fault)
    assert compared >= 2


@pytest.mark.parametrize("name", ["unet", "padded_cnn", "stacked_lstm"])
def test_the_names_stay_where_a_layer_is_left_out_or_put_in(name):
    pair = twins.Pair(name, operations=False)
    tree = restructured.named(pair.tree, name)
    for fault in faults.structural_faults(faults.functional(pair.correct.model)):
        kind, layer, _ = fault
        made = [each for each, _ in made_by(name, subclassed(restructured.restructured(tree, fault), name)).configs]
        change = {"missing": {layer.name}, "extra": {"extra"}, "class": set()}[kind]
        assert set(made) ^ pair.made == change


def test_an_operation_is_known_by_the_layer_that_it_stands_for():
    pair = twins.Pair("sentence_cnn", operations=True)
    program = pair.sides[1].program(restructured.named(pair.tree, "sentence_cnn"))
    (line,) = [number for number, text in enumerate(program.text.splitlines(), 1) if "ops.concatenate" in text]
    assert program.layers[line] == ["concatenate"]
    edit = Edit("ops.concatenate in SentenceCnn.call", "axis", -1, 1, span=Span("", line, 0, line, 9))
    assert pair.sides[1].name_of(program)(edit) == "concatenate"
    assert pair.sides[0].name_of(program)(edit) == edit.layer


def test_a_network_whose_calls_make_several_layers_is_not_restructured():
    assert restructured.named(faults.program_of("wavenet"), "wavenet") is None
    assert restructured.named(faults.program_of("resnet"), "resnet") is None


def test_a_class_is_written_as_people_write_it():
    text = ast.unparse(subclassed(faults.program_of("sentence_cnn"), "sentence_cnn", operations=True))
    assert "self.conv1d_2 = layers.Conv1D(32, 4)" in text
    assert "b = ops.max(self.conv1d_2(x), axis=1)" in text
    assert "return self.dense(x)" in text


def test_an_argument_is_named_in_a_twin_as_in_the_functional_network():
    pairs = twins.of_network("stacked_lstm", mutants.SAMPLE, 7, operations=False)
    found = [(left, right) for left, right, *_ in itertools.islice(pairs, 2 * len(DENSITIES)) if left.visible]
    assert len(found) >= 2
    assert all(left.top1 and right.top1 for left, right in found)
    assert {right.half for _, right in found} == {"twin, in call"}


def test_the_clock_is_not_taken_for_code_of_the_user():
    with Clock():
        assert is_framework(checking.diagnose.__code__.co_filename)


def test_each_twin_is_one_of_the_networks():
    assert set(twins.TWINS) <= set(networks.NETWORKS)
