"""SG701 keras1-size: `Conv2D(32, 3, 3)`, whose third integer was meant as a kernel's width."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shapeguard.linting.findings import Finding, Rule
from shapeguard.linting.size_pairs import finding_of, size_pairs

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shapeguard.linting.calls import Module


def check(module: Module) -> Iterator[Finding]:
    """The calls with two equal sizes in a row that can only be a kernel."""
    return (finding_of(module, pair) for pair in size_pairs(module) if pair.is_kernel)


RULE = Rule(
    "SG701",
    "keras1-size",
    "a convolution whose third positional integer equals the second: Conv2D(32, 3, 3)",
    check,
    proves_keras1=True,
    fixable=True,
)
