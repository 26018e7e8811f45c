"""The rules and traits of Keras' built-in layers. This package does not import keras.

    rule = rule_for(type(layer), config)         None: custom, overridden or opaque
    config_of(layer)                             get_config(), or the attributes of a built-in layer
    config = configuration(layer, construction)  get_config() with omitted arguments; unwritten pool strides are None
    rebuild(layer, config)                       a layer of the same class from a config
    rule.forward(config, inputs)                 output shapes, flattened, or a Refusal(reason, axis)
    rule.changes(config, inputs, wanted)         Changes of one argument: solved from `wanted`, then a small grid
    rule.pairs(config, inputs, wanted)           Changes of two arguments of the layer
    rule.explain_axis(config, inputs, axis)      a Derivation of one axis of the first output; None: passed on
    rule.hint(construction, config, change)      a sentence on the habit behind the fault, or ""
    with_change(config, change)                  the config after a change, also inside wrapped layers
    traits_of(name), argument_traits(name)       the traits of a class and of an argument; see `traits.py`
    classes_with(trait), arguments_with(trait)   the names of all for which a trait is true
    classes_for(role, axes)                      the classes with a role in a network, the usual one first
    register(layer_class, rule)                  registers the rule of a class outside Keras

`inputs` are the shapes of all tensors of the call, flattened in argument order: (sequence, *states), (query, value,
key). `wanted` are output shapes, with `None` for free sizes; leave it out if nothing is known of the layer's output.
`opaque()` are the built-in classes without a rule, each with the reason.
"""

from shapeguard.layers.base import Change, Config, Derivation, Refusal, Rule
from shapeguard.layers.configs import config_of, configuration, rebuild, with_change
from shapeguard.layers.registry import (
    argument_traits,
    arguments_with,
    class_called,
    classes_for,
    classes_with,
    covered,
    opaque,
    register,
    registered_class,
    role_of,
    rule_for,
    traits_of,
)
from shapeguard.layers.traits import ArgumentTraits, Role, Traits

__all__ = [
    "ArgumentTraits",
    "Change",
    "Config",
    "Derivation",
    "Refusal",
    "Role",
    "Rule",
    "Traits",
    "argument_traits",
    "arguments_with",
    "class_called",
    "classes_for",
    "classes_with",
    "config_of",
    "configuration",
    "covered",
    "opaque",
    "rebuild",
    "register",
    "registered_class",
    "role_of",
    "rule_for",
    "traits_of",
    "with_change",
]
