"""The rules of Keras' built-in layers: formulas, checks, inverses, candidate edits, words and traits. No keras inside.

    rule = rule_for(type(layer), config)        None: custom, overridden or opaque
    config_of(layer)                             get_config(), or what a built-in layer's attributes tell
    config = configuration(layer, construction)  get_config() with what it leaves out; unwritten pool strides are None
    rebuild(layer, config)                   a layer of the same class from a config
    rule.forward(config, inputs)                 output shapes, flattened, or a Refusal(reason, axis)
    rule.changes(config, inputs, wanted)         Changes of one argument: solved from `wanted`, then a small grid
    rule.pairs(config, inputs, wanted)           Changes of two arguments of the layer
    rule.explain_axis(config, inputs, axis)            a Derivation of one axis of the first output, or None: passed on
    rule.hint(construction, config, change)     the sentence that teaches, or ""
    with_change(config, change)                  the config after a change, inside wrapped layers too
    traits_of(name), argument_traits(name)       what is known of a class, and of an argument; `traits.py` lists it
    classes_with(trait), arguments_with(trait)   the names of all that have a trait
    classes_for(role, axes)                      the classes that play a part in a network, the usual one first
    register(layer_class, rule)                  gives a class that is not Keras' own a rule

`inputs` are the shapes of all tensors of the call, flattened in argument order: (sequence, *states), (query, value,
key). `wanted` are output shapes, `None` where free; leave it out where nothing is known of the layer's own output.
`opaque()` names the built-in classes without a rule, each with the reason.
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
