"""The calls by which a program makes a `tf.data` dataset, and changes of them as edits."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shapeguard.diagnosis.fit_edits import edit_of
from shapeguard.diagnosis.handed_over import VALIDATION, is_of_validation, training_call
from shapeguard.records.source import Correction
from shapeguard.source.conversions import WHOLE, Given, expression_given
from shapeguard.source.dataset_chains import chain_of, is_of
from shapeguard.source.statement_edits import end, readable_around, with_all

if TYPE_CHECKING:
    import ast
    from collections.abc import Mapping, Sequence

    from shapeguard.records.findings import Edit
    from shapeguard.records.network import Feed
    from shapeguard.records.source import Span
    from shapeguard.source.trees import Source


class DatasetPipeline:
    """The calls by which the program makes a dataset, and changes of them."""

    def __init__(
        self, source: Source | None, call: ast.Call | None, chains: Mapping[str, Sequence[ast.Call]] | None = None
    ) -> None:
        self.source, self._call = source, call
        self.chains = chains or {}
        self.calls = list(dict.fromkeys(each for chain in self.chains.values() for each in chain))

    @classmethod
    def of(cls, feed: Feed) -> DatasetPipeline:
        """What leads to the dataset that `fit` and its like were given, that for validation behind it."""
        place = training_call(feed)
        if place is None:
            return cls(None, None)
        names = [VALIDATION] if is_of_validation(feed) else ["x", VALIDATION]
        given = {name: expression_given(place[1], Given(name), WHOLE) for name in names}
        return cls(*place, {name: list(chain_of(place[0], node)) for name, node in given.items() if node is not None})

    def named(self, *names: str) -> list[ast.Call]:
        """The calls of methods of these names, the last first."""
        return [each for each in self.calls if is_of(each, *names)]

    def text(self, node: ast.AST) -> str:
        """What is written for a node."""
        return "" if self.source is None else self.source.text(self.source.span(node))

    def span(self, node: ast.AST) -> Span | None:
        """Where a node is."""
        return None if self.source is None else self.source.span(node)

    def edits(self, changes: Sequence[tuple[ast.AST, str, bool]]) -> tuple[Edit, ...]:
        """(node, text, whether the text is put behind the node) as edits, each to be read in its statement."""
        source, call = self.source, self._call
        if source is None or call is None or not changes:
            return ()
        edits = []
        for node, text, is_behind in changes:
            span = end(source.span(node)) if is_behind else source.span(node)
            whole = with_all(source, readable_around(source, node), [Correction(None, span, text)])
            edits.append(edit_of(call, "x", Correction(whole, span, text)))
        return tuple(edits)
