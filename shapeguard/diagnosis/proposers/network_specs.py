"""Layers like those that the network has."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shapeguard.diagnosis.layer_specs import from_config
from shapeguard.layers import rule_for

if TYPE_CHECKING:
    from shapeguard.diagnosis.faults import Fault
    from shapeguard.diagnosis.layer_specs import LayerSpec

NEAREST = 24
"""Layers of a class that are looked at."""
LIKE = 4


def specs_of_class(fault: Fault, name: str) -> list[LayerSpec]:
    """Layers of a class as the network has them, a few, each once."""
    nodes = [fault.graph.nodes[index] for index in fault.groups.by_class.get(name, ())[:NEAREST]]
    rules = [(node, rule_for(type(node.call.operation), node.config)) for node in nodes if node.config]
    specs = [from_config(rule, node.config) for node, rule in rules if rule is not None]
    return [spec for spec in dict.fromkeys(specs) if spec is not None][:LIKE]
