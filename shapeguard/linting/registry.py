"""All lint rules, in the order in which `shapeguard lint --help` lists them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shapeguard.linting.rules import (
    argument_kind,
    dense_without_flatten,
    keras1_keyword,
    keras1_size,
    keras1_size_weak,
    return_sequences,
    sample_count,
    sequential_rank,
)

if TYPE_CHECKING:
    from collections.abc import Collection

    from shapeguard.linting.findings import Rule

RULES: tuple[Rule, ...] = (
    keras1_size.RULE,
    keras1_size_weak.RULE,
    argument_kind.RULE,
    keras1_keyword.RULE,
    sample_count.RULE,
    sequential_rank.RULE,
    return_sequences.RULE,
    dense_without_flatten.RULE,
)


def selected(enabled: Collection[str] = (), disabled: Collection[str] = ()) -> tuple[Rule, ...]:
    """The rules that are on by default, with those of the names `enabled` and without those `disabled`."""
    return tuple(rule for rule in RULES if (rule.on_by_default or rule.name in enabled) and rule.name not in disabled)
