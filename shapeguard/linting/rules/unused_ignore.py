"""SG799 unused-ignore: a suppression comment that suppresses nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shapeguard.linting.findings import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shapeguard.linting.calls import Module
    from shapeguard.linting.findings import Finding


def check(module: Module) -> Iterator[Finding]:
    """Nothing: what is unused follows from what all other rules found, see `shapeguard.linting.unused_ignores`."""
    del module
    return iter(())


RULE = Rule(
    "SG799",
    "unused-ignore",
    "a comment `# shapeguard: ignore[...]` that suppresses nothing",
    check,
    fixable=True,
)
