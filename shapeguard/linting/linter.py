"""Runs the lint rules on a text: what they find, less what a comment suppresses."""

from __future__ import annotations

import warnings
from bisect import bisect_left, bisect_right
from collections import defaultdict
from typing import TYPE_CHECKING

from shapeguard.linting import registry
from shapeguard.linting.calls import module_of
from shapeguard.linting.findings import diagnosis_of
from shapeguard.linting.rules import unused_ignore
from shapeguard.linting.unused_ignores import idle_selectors, unused_comment
from shapeguard.source import reading
from shapeguard.source.files import Places
from shapeguard.source.suppressions import selects, suppressions

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from shapeguard.linting.findings import Finding, Rule
    from shapeguard.linting.registry import Selection
    from shapeguard.records.findings import Diagnosis
    from shapeguard.records.source import Span
    from shapeguard.source.suppressions import Suppression

_TELLTALE = ("keras", "shapeguard")
"""A file without any of these words cannot have a finding, and need not be parsed."""


def lint_source(text: str, file: str, selection: Selection | None = None) -> tuple[Diagnosis, ...]:
    """The suspicious calls of one file, and its suppressing comments that silence nothing.

    Args:
        text: The source.
        file: Its name in the diagnoses.
        selection: The rules to run; those that are on by default if `None`.

    Returns:
        The diagnoses in the order of the places.

    Raises:
        SyntaxError: The text is not Python, though it speaks of Keras; for some texts it is what else `ast.parse`
            raises.
    """
    if not any(word in text for word in _TELLTALE):
        return ()
    selection = selection or registry.selection()
    comments = suppressions(text, file)
    findings = findings_of(text, file, selection)
    left = _without_silenced(findings, comments, selection) if comments else findings
    return tuple(diagnosis_of(found, rule) for rule, found in left)


def _without_silenced(
    findings: Sequence[tuple[Rule, Finding]], comments: Sequence[Suppression], selection: Selection
) -> list[tuple[Rule, Finding]]:
    """The findings that no comment silences, and the comments that silence nothing, in the order of the places."""
    used: defaultdict[Suppression, set[str]] = defaultdict(set)
    near: defaultdict[Suppression, set[str]] = defaultdict(set)
    left = []
    for rule, found in findings:
        silenced = False
        for comment in _comments_at(found, comments):
            near[comment].add(rule.code)
            if comment.silences(rule.code, rule.name):
                silenced = True
                used[comment].update(word for word in comment.codes if selects(word, rule.code, rule.name))
        if not silenced:
            left.append((rule, found))
    if unused_ignore.RULE not in selection.rules:
        return left
    ran = {*selection.rules, *(rule for rule, _ in findings)}
    left += [
        (unused_ignore.RULE, unused_comment(comment, idle, near[comment]))
        for comment in comments
        if (idle := idle_selectors(comment, used[comment], ran))
    ]
    return sorted(left, key=_by_place)


def _comments_at(found: Finding, comments: Sequence[Suppression]) -> Iterator[Suppression]:
    first = bisect_left(comments, found.call.line, key=_line_of_suppression)
    last = bisect_right(comments, found.call.end_line, key=_line_of_suppression)
    yield from comments[first:last]


def _line_of_suppression(comment: Suppression) -> int:
    return comment.span.line


def _by_place(pair: tuple[Rule, Finding]) -> tuple[Span, str]:
    rule, found = pair
    return found.call, rule.code


def findings_of(text: str, file: str, selection: Selection | None = None) -> list[tuple[Rule, Finding]]:
    """What the rules find, suppressed or not, in the order of the places.

    Args:
        text: The source.
        file: Its name in the findings.
        selection: The rules to run; those that are on by default if `None`. In a file that one of them proves to be of
            Keras 1, the rules for such files run too.

    Returns:
        Each finding with its rule.

    Raises:
        SyntaxError: The text is not Python; for some texts it is what else `ast.parse` raises.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # "\d" in a string of the user's is not our matter
        tree = reading.parse(text, file)
    module = module_of(tree, Places(text, file))
    selection = selection or registry.selection()
    findings = [(rule, found) for rule in selection.rules for found in rule.check(module)]
    if any(rule.proves_keras1 for rule, _ in findings):
        calls = {found.call for _, found in findings}
        also = selection.in_keras1
        findings += [(rule, found) for rule in also for found in rule.check(module) if found.call not in calls]
    return sorted(findings, key=_by_place)
