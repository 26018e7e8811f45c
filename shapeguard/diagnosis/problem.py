"""What a diagnosis is given, and what it gives back."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from shapeguard.records.network import Network

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from shapeguard.diagnosis.left_out import MissingLayer
    from shapeguard.diagnosis.weight_shapes import WeightCheck
    from shapeguard.records.expectations import Mismatch, Target
    from shapeguard.records.findings import Diagnosis, Search
    from shapeguard.records.network import Failure, Feed, Shape
    from shapeguard.records.source import Construction, Span
    from shapeguard.spec import Bindings


class Correct(Protocol):
    """Writes a constructor call with some arguments changed."""

    def __call__(
        self, construction: Construction, changes: Mapping[str, object], renamed: Mapping[str, Any] = ...
    ) -> Any:
        """The corrected call: `text`, and `replacement` for exactly the span `replaces`.

        `renamed` gives keywords another name and value, or `None` where they go.
        """


@dataclass(frozen=True, slots=True)
class Problem:
    """A pass that is not as expected, or that Keras refused.

    `mismatches` are in call order. `failure` is the exception that reached the user, `None` where Keras was silent.
    `rerun(inputs, **what_if)` makes the pass again, symbolically; `None` where custom code may not run again.
    `construction_of(layer)`,
    `wrapped_construction(wrapper)` and
    `correct(construction, changes)` (the corrected call: text, span, replacement) come from the room that reads source.
    `feed_beside(network)` is the feed with targets and losses beside the outputs of another network than this one.
    `missing` are expected names that no layer has (yet), `absent` what was expected of layers that were left out.
    `weights` are what is expected of weights beside what they are, `bindings` what outputs bound the symbols of each
    scope to. `construction` is the constructor call that raised, if it was one. `coming` are the shapes, without
    samples, of what the program would train with behind a failed build, `()` where they are not known.
    """

    network: Network
    targets: tuple[Target, ...]
    mismatches: tuple[Mismatch, ...]
    rerun: Callable[..., Network] | None
    construction_of: Callable[[Any], Construction | None]
    wrapped_construction: Callable[[Any], Construction | None]
    correct: Correct
    feed: Feed | None = None
    feed_beside: Callable[[Network], Feed] | None = None
    failure: Failure | None = None
    raised_at: Span | None = None
    missing: tuple[str, ...] = ()
    absent: tuple[MissingLayer, ...] = ()
    weights: tuple[WeightCheck, ...] = ()
    bindings: Mapping[str, Bindings] = field(default_factory=dict)
    construction: Construction | None = None
    coming: tuple[Shape, ...] = ()

    @classmethod
    def of_construction(
        cls, construction: Construction, failure: Failure, correct: Correct, raised_at: Span | None
    ) -> Problem:
        """A constructor call that raised: nothing was called yet."""
        return cls(
            Network((), ()),
            (),
            (),
            None,
            _unknown,
            _unknown,
            correct,
            failure=failure,
            raised_at=raised_at,
            construction=construction,
        )


def _unknown(layer: object) -> None:
    """No construction is known."""
    del layer


@dataclass(frozen=True, slots=True)
class Findings:
    """The diagnoses, the first fault first, how they were searched, and the configs that were read, by call.

    `consequences` are the weights that are not as expected because of another fault.
    """

    diagnoses: tuple[Diagnosis, ...]
    search: Search
    configs: Mapping[int, Mapping[str, Any]] = field(default_factory=dict)
    consequences: tuple[WeightCheck, ...] = ()
