"""The keys of a mapping or contract that no layer of the checked model has: errors, or meant for another model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from shapeguard.capture import constructions
from shapeguard.errors import ExpectationError
from shapeguard.matching.keys import near_names

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from shapeguard.guard.build_session import BuildSession
    from shapeguard.guard.checking import Checked
    from shapeguard.guard.notifier import Notifier
    from shapeguard.records.expectations import Expectation


class UnmatchedKeys:
    """Tells the keys that are errors from those of other models that the guard serves.

    `pending_builders` are the decorated builders that have not run yet: their layers may have the names.
    """

    def __init__(self, expectations: Iterable[Expectation]) -> None:
        self.pending_builders: set[str] = set()
        self._keys = tuple(expectation.target for expectation in expectations)
        self._matched: set[str] = set()
        self._reported: set[str] = set()

    def match_constructed(self, session: BuildSession) -> None:
        """Takes the keys for matched that name a layer constructed in this session."""
        self._matched.update(key for key in self._keys if session.constructed(key))

    def check(
        self, checked: Checked, sessions: Sequence[BuildSession], notifier: Notifier, trained: Any = None
    ) -> None:
        """Raises `ExpectationError` for a key that no layer has, unless a mismatch explains the missing layer.

        If a model is `trained`, the guard may be there for another one too.
        """
        missing = self._never_matched(checked.missing, sessions)
        matched = {key for key in self._keys if key not in {e.target for e in checked.missing}}
        self._matched.update(matched)
        if trained is not None:
            constructions.note_matched(matched, checked.names, trained)
        if trained is not None and checked.report.ok:
            missing = [each for each in missing if not self._is_of_another_model(each, trained, notifier)]
        if not missing or not checked.report.ok:
            return
        key = missing[0].target
        near = ", ".join(repr(name) for name in near_names(key, checked.names))
        message = f"[SG502] the model has no layer {key!r}; it has {near}"
        raise ExpectationError(message)

    def are_errors(
        self, missing: Iterable[Expectation], sessions: Sequence[BuildSession], notifier: Notifier, model: Any
    ) -> bool:
        """Whether any of these expectations, which no layer of the model has, is an error."""
        return any(
            not self._is_of_another_model(each, model, notifier) for each in self._never_matched(missing, sessions)
        )

    def _never_matched(self, missing: Iterable[Expectation], sessions: Sequence[BuildSession]) -> list[Expectation]:
        """Of these expectations those by a key that no other layer ever had either."""
        constructed = {key for key in self._keys if any(session.constructed(key) for session in sessions)}
        matched = self._matched | constructed
        return [e for e in missing if e.target not in matched and e.origin in ("mapping", "contract")]

    def _is_of_another_model(self, expectation: Expectation, model: Any, notifier: Notifier) -> bool:
        """Whether the key may name a layer of another model that the guard serves; warns once that it does."""
        key, owner = expectation.target, ""
        if expectation.origin == "mapping" and constructions.matched_before(key, model):
            owner = "a layer had that name in an earlier fit(), where it was checked"
        elif expectation.origin == "mapping" and constructions.exists_in_other_model(key, model):
            owner = "another model has such a layer, and it is checked there"
        elif self.pending_builders:
            builders = ", ".join(f"{name}()" for name in sorted(self.pending_builders))
            owner = f"{builders}, which has not run yet, may create it"
        if owner and key not in self._reported:
            self._reported.add(key)
            notifier.warn_once(f"ShapeGuard: this model has no layer {key!r}; {owner}", (key, owner))
        return bool(owner)
