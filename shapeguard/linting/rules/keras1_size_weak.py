"""SG702 keras1-size-weak: `Conv2D(f, k, k)`, two equal sizes in a row that may be meant."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shapeguard.linting.findings import Finding, Rule
from shapeguard.linting.size_pairs import finding_of, size_pairs

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shapeguard.linting.calls import Module


def check(module: Module) -> Iterator[Finding]:
    """The calls with two equal sizes in a row that may as well be a kernel size and strides."""
    return (finding_of(module, pair) for pair in size_pairs(module) if not pair.is_kernel)


RULE = Rule(
    "SG702",
    "keras1-size-weak",
    "the same with an even size or a variable, which may be intended: Conv2D(f, k, k)",
    check,
    on_by_default=False,  # fewer than 95 of 100 alarms were right on public files: docs/how-to/lint.md has the counts
    on_in_keras1=True,  # in such a file an even pair is no accident
)
