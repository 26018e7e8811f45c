"""What is proposed, in which order, and when a search need not go on: one entry per proposer."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING, assert_never

from shapeguard.diagnosis.proposers.applications import propose_applications
from shapeguard.diagnosis.proposers.arguments import propose_arguments, propose_pairs
from shapeguard.diagnosis.proposers.batch_numbers import propose_batch_numbers
from shapeguard.diagnosis.proposers.borders import propose_borders
from shapeguard.diagnosis.proposers.constructors import (
    propose_modern_call,
    propose_other_values,
    propose_sizes_of_weights,
)
from shapeguard.diagnosis.proposers.data import propose_conversions
from shapeguard.diagnosis.proposers.early_layers import propose_later_calls
from shapeguard.diagnosis.proposers.fed_data import propose_fed_data
from shapeguard.diagnosis.proposers.former_arguments import propose_former_arguments
from shapeguard.diagnosis.proposers.inputs import propose_channels, propose_inputs
from shapeguard.diagnosis.proposers.joint_changes import (
    propose_filled_targets,
    propose_mirrored_decoders,
    propose_orders_of_axes,
    propose_parallel_branches,
    propose_twins,
)
from shapeguard.diagnosis.proposers.missing_axes import propose_missing_axes
from shapeguard.diagnosis.proposers.missing_flatten import propose_flattening
from shapeguard.diagnosis.proposers.missing_layers import propose_layers_like_siblings, propose_missing_layers
from shapeguard.diagnosis.proposers.mistyped_calls import (
    propose_close_keywords,
    propose_numbers_for_tuples,
    propose_plain_numbers,
    propose_tuples,
)
from shapeguard.diagnosis.proposers.numbers import propose_numbers
from shapeguard.diagnosis.proposers.own_expressions import propose_own_expressions
from shapeguard.diagnosis.proposers.redirections import propose_redirections
from shapeguard.diagnosis.proposers.repeated_vectors import propose_repeated_vectors
from shapeguard.diagnosis.proposers.reshapes import propose_reshapes
from shapeguard.diagnosis.proposers.reshapes_behind import propose_reshapes_behind
from shapeguard.diagnosis.proposers.second_layers import propose_second_layers
from shapeguard.diagnosis.proposers.sized_layers import propose_sized_layers
from shapeguard.diagnosis.proposers.tensor_order import propose_orders
from shapeguard.diagnosis.proposers.transposes import propose_transposes
from shapeguard.diagnosis.proposers.weights import propose_weights
from shapeguard.diagnosis.proposers.wrong_layers import propose_removals, propose_replacements
from shapeguard.diagnosis.scoring import weights
from shapeguard.diagnosis.written_numbers import with_wording

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from shapeguard.diagnosis.evaluated import Evaluated
    from shapeguard.diagnosis.faults import Fault
    from shapeguard.diagnosis.repairs import Repair
    from shapeguard.records.source import Span


class Stage(Enum):
    """A round of proposals: later ones are asked only if those before them found nothing plausible enough."""

    ONE_CHANGE = auto()
    IF_NOTHING_DID = auto()
    TWO_CHANGES = auto()
    WEIGHTS = auto()

    def is_needed(self, found: Sequence[Evaluated]) -> bool:
        """Whether the stage is asked after these were found, the most plausible first."""
        match self:
            case Stage.ONE_CHANGE | Stage.WEIGHTS:
                return True
            case Stage.IF_NOTHING_DID:
                return not found
            case Stage.TWO_CHANGES:
                return not found or found[0].score > weights.FAR_FETCHED
            case _:
                assert_never(self)


@dataclass(frozen=True, slots=True)
class Proposer:
    """A source of repairs: what it proposes for a fault, when it is asked, and the family that the report counts."""

    propose: Callable[[Fault], Iterable[Repair]]
    stage: Stage = Stage.ONE_CHANGE
    family: str | None = None
    """`None`: the kind of each repair."""


PROPOSERS = (
    Proposer(propose_arguments),
    Proposer(propose_numbers),
    Proposer(propose_inputs),
    Proposer(propose_orders),
    Proposer(propose_redirections),
    Proposer(propose_missing_axes),
    Proposer(propose_own_expressions, family="expressions"),
    Proposer(propose_transposes),
    Proposer(propose_second_layers),
    Proposer(propose_conversions),
    Proposer(propose_fed_data),
    Proposer(propose_applications),
    Proposer(propose_missing_layers),
    Proposer(propose_flattening),
    Proposer(propose_borders),
    Proposer(propose_sized_layers),
    Proposer(propose_later_calls),
    Proposer(propose_removals),
    Proposer(propose_replacements),
    Proposer(propose_layers_like_siblings),
    Proposer(propose_parallel_branches),
    Proposer(propose_reshapes),
    Proposer(propose_repeated_vectors),
    Proposer(propose_modern_call),
    Proposer(propose_former_arguments),
    Proposer(propose_close_keywords),
    Proposer(propose_tuples),
    Proposer(propose_numbers_for_tuples),
    Proposer(propose_plain_numbers),
    Proposer(propose_sizes_of_weights),
    Proposer(propose_channels, Stage.IF_NOTHING_DID),
    Proposer(propose_other_values, Stage.IF_NOTHING_DID),
    Proposer(propose_orders_of_axes, Stage.IF_NOTHING_DID),
    Proposer(propose_twins, Stage.IF_NOTHING_DID, "twins"),
    Proposer(propose_mirrored_decoders, Stage.TWO_CHANGES, "pairs"),
    Proposer(propose_reshapes_behind, Stage.TWO_CHANGES, "pairs"),
    Proposer(propose_filled_targets, Stage.TWO_CHANGES, "pairs"),
    Proposer(propose_pairs, Stage.TWO_CHANGES, "pairs"),
    Proposer(propose_weights, Stage.WEIGHTS),
)

BATCH_PROPOSERS = (Proposer(propose_batch_numbers),)
"""Asked alone where the program takes batches of one size and refuses a shorter one: all but that size is right."""


def propose(fault: Fault, stage: Stage, proposers: Iterable[Proposer]) -> Iterator[Repair]:
    """The repairs that a stage has for a fault, as many as the budget allows."""
    known: set[tuple[Span, str]] = set()
    is_of_batch = fault.graph.network.batches is not None  # a number that is right for other batches is at no fault
    for proposer in proposers:
        proposed = proposer.propose(fault) if proposer.stage is stage else ()
        for repair in (
            each for one in proposed for each in ((one,) if is_of_batch else fault.analysis.homes.at_home(one, known))
        ):
            is_free = stage is Stage.WEIGHTS  # counted by the layers that Keras builds for it
            if not is_free and not fault.budget.spend(proposer.family or repair.kind):
                return
            yield with_wording(fault.analysis.homes, repair)
