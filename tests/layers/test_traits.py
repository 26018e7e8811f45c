"""Every covered class says what it is; what is asked of all of them finds a class that was registered from outside."""

import keras
import pytest

from shapeguard import ShapeGuard, layers
from shapeguard.diagnosis.layer_specs import minimal
from shapeguard.layers import ArgumentTraits, Role, Traits, registry
from shapeguard.layers.base import Change, Family


@pytest.mark.parametrize("name", sorted(layers.covered()))
def test_a_covered_class_has_traits(name):
    assert isinstance(layers.covered()[name].traits, Traits)
    assert layers.traits_of(name) is layers.covered()[name].traits


def test_a_class_without_a_rule_has_no_traits():
    assert layers.traits_of("Mystery") == Traits()
    assert layers.argument_traits("mystery") == ArgumentTraits("mystery")


def test_an_argument_is_the_same_in_all_layers_that_have_it():
    every = {argument for rule in layers.covered().values() for argument in rule.traits.arguments}
    assert len(every) == len({argument.name for argument in every})


@pytest.mark.parametrize("role", list(Role))
def test_a_part_is_played_by_some_class(role):
    assert layers.classes_for(role) or layers.classes_for(role, 2)


def test_a_rank_that_is_taken_is_given_by_what_the_class_does():
    config = {"kernel_size": (3, 3), "strides": (1, 1), "dilation_rate": (1, 1), "padding": "same"}
    config |= {"data_format": "channels_last", "filters": 4, "groups": 1}
    traits = layers.traits_of("Conv2D")
    (shape,) = layers.covered()["Conv2D"].forward(config, ((None, 8, 8, 3),))
    assert (traits.takes_ndim, traits.gives_ndim, traits.axes) == (4, len(shape), 2)


class Widening(keras.layers.Layer):
    def __init__(self, breadth, **rest):
        super().__init__(**rest)
        self.breadth = breadth

    def call(self, inputs):
        return keras.ops.tile(inputs[:, :1], (1, self.breadth))

    def get_config(self):
        return {**super().get_config(), "breadth": self.breadth}


class WideningRule(Family):
    arguments = ("breadth",)
    traits = Traits(
        role=Role.DENSE,
        takes_ndim=2,
        positionals=("breadth",),
        aliases=("Broadening",),
        nicknames={"widen": 10},
        often_missing=True,
        arguments=(ArgumentTraits("breadth", of_weights=True, counts=True, unbounded=True, example=2),),
    )

    def forward(self, config, inputs):
        return ((*inputs[0][:-1], config["breadth"]),)

    def changes(self, config, inputs, wanted=None):
        if wanted and wanted[0][-1] not in {None, config["breadth"]}:
            yield Change((("breadth", wanted[0][-1]),), 0.2, solved=True)


@pytest.fixture
def widening():
    rule = WideningRule("Widening")
    layers.register(Widening, rule)
    yield rule
    del registry._registered[Widening]
    registry.forget()


def test_a_rule_from_outside_is_that_of_its_class_and_of_what_is_made_of_it(widening):
    assert layers.rule_for(Widening) is widening
    assert layers.rule_for(type("Wider", (Widening,), {})) is widening
    assert layers.covered()["Widening"] is widening


def test_every_question_finds_a_class_from_outside(widening):
    assert layers.traits_of("Widening") is widening.traits
    assert layers.role_of("Widening") is Role.DENSE
    assert layers.class_called("Broadening") == "Widening"
    assert "Widening" in layers.classes_with("often_missing")
    assert "breadth" in layers.arguments_with("counts")
    assert layers.argument_traits("breadth").of_weights
    assert layers.classes_for(Role.DENSE) == ("Dense", "Widening")


@pytest.mark.usefixtures("widening")
def test_a_class_has_one_rule():
    with pytest.raises(ValueError, match=r"^a class called 'Widening' already has a rule$"):
        layers.register(Widening, WideningRule("Widening"))
    with pytest.raises(ValueError, match=r"^the rule is called 'Other' but the class 'Widening'$"):
        layers.register(Widening, WideningRule("Other"))


@pytest.mark.usefixtures("widening")
def test_a_rule_from_outside_names_the_argument_behind_a_wrong_shape():
    with ShapeGuard():
        model = keras.Sequential([keras.Input((4,)), Widening(5, name="wide")])
    (diagnosis,) = ShapeGuard({"wide": "B 7"}).check(model).diagnoses
    (edit,) = diagnosis.causes[0].edits
    assert (edit.argument, edit.value, edit.suggestion, diagnosis.causes[0].verified) == ("breadth", 5, 7, True)


def test_a_class_from_outside_may_be_missing_from_a_network(widening):
    spec = minimal(widening)
    assert spec.code == "Widening(breadth=2)"
    assert spec.forward(((None, 4),)) == ((None, 2),)
    assert spec.layer()(keras.KerasTensor((None, 4))).shape == (None, 2)
