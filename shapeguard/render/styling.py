"""Parts of a text that are shown in colour: marked when the text is written, coloured where it is shown.

A marked part stands between two characters that printable text cannot contain, so the text may be wrapped, cut into
lines and escaped before anyone knows whether it goes to a terminal, a notebook or a page.
"""

from __future__ import annotations

import re
from html import escape
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Callable

Role = Literal["code", "strong", "path", "gutter", "mark", "cause", "fix", "hint", "ok", "mismatch", "consequence"]
Medium = Literal["text", "terminal", "notebook", "page"]

_BEGIN, _END = "\x0e", "\x0f"
_LETTERS: dict[Role, str] = {
    "code": "c",
    "strong": "s",
    "path": "p",
    "gutter": "g",
    "mark": "m",
    "cause": "a",
    "fix": "f",
    "hint": "h",
    "ok": "o",
    "mismatch": "b",
    "consequence": "n",
}
_ROLES = {letter: role for role, letter in _LETTERS.items()}
_MARKED = re.compile(f"{_BEGIN}(.)([^{_END}]*){_END}", re.DOTALL)

_TERMINAL: dict[Role, str] = {
    "code": "bold red",
    "strong": "bold",
    "path": "cyan",
    "gutter": "dim",
    "mark": "bold red",
    "cause": "bold magenta",
    "fix": "green",
    "hint": "dim",
    "ok": "green",
    "mismatch": "bold red",
    "consequence": "magenta",
}

# A notebook's own background is unknown, and a saved one keeps no style sheet: each colour is written beside its text.
NOTEBOOK_PAPER = "background:#f6f8fa;color:#1c2128"
"""The background and ink on which the colours of a notebook can be read."""
_NOTEBOOK: dict[Role, str] = {
    "code": "color:#b3261e;font-weight:bold",
    "strong": "font-weight:bold",
    "path": "color:#0550ae",
    "gutter": "color:#59636e",
    "mark": "background:#ffd8d3;color:#8c1d18;font-weight:bold;border-bottom:2px solid #b3261e",
    "cause": "color:#6e2c91;font-weight:bold",
    "fix": "color:#1a6b34",
    "hint": "color:#59636e",
    "ok": "color:#1a6b34",
    "mismatch": "color:#b3261e;font-weight:bold",
    "consequence": "color:#6e5494",
}


def marked(text: str, role: Role) -> str:
    """Returns the text marked with its role; "" as it is."""
    return f"{_BEGIN}{_LETTERS[role]}{text}{_END}" if text else text


def rendered(text: str, medium: Medium) -> str:
    """Returns a text with marked parts as `medium` shows it: ANSI sequences, HTML, or nothing in their place."""
    match medium:
        case "text":
            return _MARKED.sub(lambda found: found[2], text)
        case "terminal":
            return _coloured(text)
        case "notebook":
            return _as_html(text, lambda role: f'style="{_NOTEBOOK[role]}"')
        case "page":
            return _as_html(text, lambda role: f'class="{role}"')


def style_of(role: Role) -> str:
    """Returns the style that a part of this role has in a notebook."""
    return _NOTEBOOK[role]


def _coloured(text: str) -> str:
    from rich.color import ColorSystem  # noqa: PLC0415  imported only where something is printed in colour
    from rich.style import Style  # noqa: PLC0415

    def painted(found: re.Match[str]) -> str:
        return Style.parse(_TERMINAL[_ROLES[found[1]]]).render(found[2], color_system=ColorSystem.STANDARD)

    return _MARKED.sub(painted, text)


def _as_html(text: str, attribute: Callable[[Role], str]) -> str:
    def span(found: re.Match[str]) -> str:
        role = _ROLES[found[1]]
        name = "mark" if role == "mark" else "span"
        return f"<{name} {attribute(role)}>{found[2]}</{name}>"

    return _MARKED.sub(span, escape(text))
