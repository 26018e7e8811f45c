"""Text of other people's that can be shown: what does not print is escaped, in this one place, for every output."""

from __future__ import annotations


def printable(value: object) -> str:
    """`str(value)` on one line: control characters, lone surrogates and marks of direction are escaped."""
    text = str(value)
    return text if text.isprintable() else "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)


def legible(text: str) -> str:
    """`text` with each of its lines printable; its line feeds are its own layout and stay."""
    return text if text.isprintable() else "\n".join(map(printable, text.split("\n")))


class Legible:
    """An exception whose text is legible, whatever the name or value was that went into it."""

    def __init__(self, *arguments: object) -> None:
        super().__init__(*(legible(one) if isinstance(one, str) else one for one in arguments))
