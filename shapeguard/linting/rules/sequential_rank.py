"""SG706 sequential-rank: a layer of a Sequential that needs another number of axes than come to it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shapeguard.layers import Role
from shapeguard.linting.findings import Change, Finding, FindingText, Rule
from shapeguard.linting.sequential_ranks import needed_rank, rank_mismatches

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shapeguard.linting.calls import Module
    from shapeguard.linting.sequential_ranks import RankMismatch


def check(module: Module) -> Iterator[Finding]:
    """The layers that Keras would refuse, but those behind a recurrent layer that returns its last step."""
    return (_finding(module, found) for found in rank_mismatches(module) if found.ends_sequence is None)


def _finding(module: Module, mismatch: RankMismatch) -> Finding:
    call, source = mismatch.call, mismatch.source
    needed = needed_rank(call)
    flattened = source.traits.role is Role.FLATTEN
    text = FindingText(
        headline=f"suspicious call {call.written}: needs {needed} axes, but {source.written} returns {mismatch.gives}",
        title=f"{call.layer} needs {needed} axes, batch included; {source.layer} returns {mismatch.gives}",
        explanation="Keras raises an error when the model is built.",
        label=f"returns {mismatch.gives} axes" if flattened else "",
        fix_note=f"remove {source.written}()" if flattened else "",
    )
    return Finding(
        source.name if flattened else call.name,
        source.layer if flattened else call.layer,
        module.span(call.node),
        (Change("remove", None, None, module.span(source.node)),) if flattened else (),
        text,
        kind="structure",
    )


RULE = Rule(
    "SG706",
    "sequential-rank",
    "a layer of a Sequential that needs a different number of axes than the previous layer returns",
    check,
)
