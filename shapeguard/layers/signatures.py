"""What `lint` knows of Keras' layers without importing Keras: the order of arguments, and ranks."""

from __future__ import annotations

from shapeguard.layers.registry import covered
from shapeguard.layers.traits import Role

_TRAITS = {name: rule.traits for name, rule in covered().items() if rule.traits.positionals is not None}

POSITIONALS = {name: traits.positionals or () for name, traits in _TRAITS.items()} | {"Input": ("shape",)}
ALIASES = {other: name for name, traits in _TRAITS.items() for other in (*traits.aliases, *traits.keras1.names)}
STAR_NAMES = frozenset(POSITIONALS) | frozenset(ALIASES) | {"Sequential", "Model"}
KEEPS_RANK = frozenset(name for name, traits in _TRAITS.items() if traits.keeps_ndim) | {"Input"}
RECURRENT = frozenset(name for name, traits in _TRAITS.items() if traits.role is Role.RECURRENT)
POOLS_OR_CONVOLVES_IMAGES = frozenset(
    name for name, traits in _TRAITS.items() if traits.ends_maps and traits.axes in {2, 3}
)
NEEDED_RANK = {name: traits.takes_ndim for name, traits in _TRAITS.items() if traits.takes_ndim is not None}
