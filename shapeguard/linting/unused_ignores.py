"""The suppression comments of a file that suppress nothing."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from shapeguard.linting.findings import Change, Finding, FindingText
from shapeguard.linting.registry import is_selector
from shapeguard.source.suppressions import selects

if TYPE_CHECKING:
    from collections.abc import Collection

    from shapeguard.linting.findings import Rule
    from shapeguard.source.suppressions import Suppression

_CODE = re.compile(r"SG\d{0,3}\Z")


def idle_selectors(comment: Suppression, used: Collection[str], ran: Collection[Rule]) -> list[str]:
    """What the comment lists in vain, as far as lint can know: other codes are silenced while the program runs.

    Args:
        comment: The comment.
        used: The selectors of it that silenced something.
        ran: The rules that ran.

    Returns:
        The selectors, in the order of the comment.
    """
    idle = [selector for selector in comment.codes if selector not in used]
    return [selector for selector in idle if _is_nothing(selector) or _is_for(selector, ran)]


def _is_nothing(selector: str) -> bool:
    """Whether it is no code and no name at all."""
    return not _CODE.match(selector) and not is_selector(selector)


def _is_for(selector: str, ran: Collection[Rule]) -> bool:
    """Whether it is about rules that ran, and about nothing but rules of lint."""
    if selector.startswith("SG") and not selector.startswith("SG7"):
        return False
    return not is_selector(selector) or any(selects(selector, rule.code, rule.name) for rule in ran)


def unused_comment(comment: Suppression, idle: Collection[str], found: Collection[str]) -> Finding:
    """The finding about one comment; `found` are the codes of what was found on its line."""
    left = [selector for selector in comment.codes if selector not in idle]
    names, written = ", ".join(idle), f"`# shapeguard: ignore[{', '.join(comment.codes)}]`"
    replacement = f"# shapeguard: ignore[{', '.join(left)}]" if left else ""
    change = Change("comment", None, None, comment.span, replaces=comment.span, replacement=replacement)
    text = FindingText(
        headline=f"unused {f'{names} in ' if left else ''}{written}: {_reason(idle, found)}",
        title=f"the comment suppresses nothing{f' by {names}' if left else ''}",
        fix_note=f"remove {names} from the comment" if left else "remove the comment",
    )
    return Finding("comment", "comment", comment.span, (change,), text, kind="annotation")


def _reason(idle: Collection[str], found: Collection[str]) -> str:
    nothing = next((selector for selector in idle if _is_nothing(selector)), None)
    if nothing is not None:
        return f"{nothing!r} is not an error code"
    if found:
        return f"what was found on this line is {', '.join(sorted(found))}"
    return "nothing suspicious on this line"
