"""The lint rules, in the order in which `shapeguard lint --help` lists them, and which of them are to run."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from shapeguard.linting.rules import (
    argument_kind,
    dense_without_flatten,
    input_not_a_tuple,
    keras1_keyword,
    keras1_size,
    keras1_size_weak,
    layer_not_called,
    return_sequences,
    sample_count,
    sequential_rank,
    softmax_from_logits,
    tuple_as_units,
    unknown_keyword,
    unused_ignore,
)
from shapeguard.source.suppressions import selects

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

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
    input_not_a_tuple.RULE,
    tuple_as_units.RULE,
    unknown_keyword.RULE,
    layer_not_called.RULE,
    softmax_from_logits.RULE,
    unused_ignore.RULE,
)


@dataclass(frozen=True, slots=True)
class Selection:
    """The rules that run in every file, and those that run besides in a file that is proven to be of Keras 1."""

    rules: tuple[Rule, ...]
    in_keras1: tuple[Rule, ...] = ()

    def without(self, selectors: Collection[str]) -> Selection:
        """The selection without what these selectors are about."""
        return Selection(
            *(tuple(r for r in rules if not _is_any(r, selectors)) for rules in (self.rules, self.in_keras1))
        )


@dataclass(frozen=True, slots=True)
class Choice:
    """What one place, such as the command line, says about rules: selectors are codes, their beginnings, or names."""

    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()


def selection(*choices: Choice, extend: Iterable[str] = ()) -> Selection:
    """The rules that are to run.

    The longest selector that is about a rule decides; of several of the same length a later choice, and within one
    choice `ignore`. A rule that is off by default needs its full code or name.

    Args:
        choices: What was chosen, the most important place last; without a `select` the default rules are selected.
        extend: Selectors of rules that run besides.

    Returns:
        The rules that run everywhere, and those that run in Keras 1 files.
    """
    select = next((choice.select for choice in reversed(choices) if choice.select), ("SG",))
    wanted = Choice((*select, *extend))
    chosen = [wanted, *(Choice(ignore=choice.ignore) for choice in choices)]
    selected = [rule for rule in RULES if _is_wanted(rule, chosen)]
    named = {*select, *extend}
    on = [rule for rule in selected if rule.on_by_default or named & {rule.code, rule.name}]
    return Selection(tuple(on), tuple(rule for rule in selected if rule.on_in_keras1 and rule not in on))


def _is_wanted(rule: Rule, choices: Iterable[Choice]) -> bool:
    votes = [
        (len(rule.code) if selector == rule.name else len(selector), place, not wanted)
        for place, choice in enumerate(choices)
        for wanted, selectors in ((True, choice.select), (False, choice.ignore))
        for selector in selectors
        if selects(selector, rule.code, rule.name)
    ]
    return bool(votes) and not max(votes)[2]


def _is_any(rule: Rule, selectors: Collection[str]) -> bool:
    return any(selects(selector, rule.code, rule.name) for selector in selectors)


def rule_called(name: str) -> Rule | None:
    """The rule of this name."""
    return next((rule for rule in RULES if rule.name == name), None)


def is_selector(text: str) -> bool:
    """Whether the text is a code of a rule, the beginning of one, or a name."""
    return any(selects(text, rule.code, rule.name) for rule in RULES)


def refusal(selector: str) -> str | None:
    """Why the text selects no rule, with what is near; `None` if it does."""
    if is_selector(selector):
        return None
    known = [word for rule in RULES for word in (rule.code, rule.name)]
    near = difflib.get_close_matches(selector, known, n=2, cutoff=0.6)
    rest = f"did you mean {' or '.join(near)}?" if near else f"the rules are {', '.join(known)}"
    return f"{selector!r} is neither a code nor the name of a rule; {rest}"
