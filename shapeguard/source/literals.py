"""Values printed as the user would have written them."""

from __future__ import annotations

import builtins
import re
from dataclasses import dataclass

# Arguments for which Keras takes one int for "the same along every axis".
_PER_AXIS = frozenset({"kernel_size", "strides", "dilation_rate", "pool_size", "size", "cropping", "padding"})
_STRING = re.compile(r"""(["'])(?:\\.|(?!\1).)*\1""")


class Code(str):
    """Text that is shown as it is, without quotes: what no literal can be, such as an index."""

    __slots__ = ()

    def __repr__(self) -> str:
        """The text."""
        return str(self)


@dataclass(frozen=True, slots=True)
class Style:
    """How a piece of code writes commas and strings."""

    comma: str
    quote: str

    @classmethod
    def of(cls, text: str) -> Style:
        """The style of this call."""
        bare = _STRING.sub("''", text)
        tight = re.search(r",[^\s)\]]", bare) is not None and re.search(r",[ \n]", bare) is None
        quotes = [match.group(1) for match in _STRING.finditer(text)]
        return cls("," if tight else ", ", "'" if quotes.count("'") > quotes.count('"') else '"')

    @classmethod
    def plain(cls) -> Style:
        """The style where the user's is not known."""
        return cls(", ", '"')


def fitted(name: str, value: object, like: object) -> object:
    """`value` in the form of `like`, what the user wrote: 2 for (2, 2) beside an int, [2, 2] beside a list."""
    if isinstance(like, list) and isinstance(value, tuple):
        return list(value)
    if type(like) is int and name in _PER_AXIS and isinstance(value, tuple):
        leaves = set(_leaves(value))
        return leaves.pop() if len(leaves) == 1 else value
    if isinstance(like, tuple) and type(value) is int and name in _PER_AXIS and like:
        return (value,) * len(like)
    return value


def _leaves(value: object) -> list[object]:
    return [leaf for item in value for leaf in _leaves(item)] if isinstance(value, tuple) else [value]


def printed(value: object, style: Style) -> str:
    """The literal for a value."""
    match value:
        case Code():
            return str(value)
        case tuple() if len(value) == 1:
            return f"({printed(value[0], style)},)"
        case tuple():
            return f"({style.comma.join(printed(item, style) for item in value)})"
        case list():
            return f"[{style.comma.join(printed(item, style) for item in value)}]"
        case str():
            return _quoted(value, style.quote)
        case _:
            return repr(value)


def index_code(key: object) -> Code:
    """What stands in the brackets of `x[:, 0]`."""
    return Code(printed_index(key))


def printed_index(key: object) -> str:
    """What stands in the brackets of `x[:, 0]`."""
    match key:
        case (slice() as alone,):
            return printed_index(alone)
        case tuple() if key:
            return ", ".join(map(printed_index, key)) + ("," if len(key) == 1 else "")
        case slice(start=start, stop=stop, step=None):
            return f"{_bound(start)}:{_bound(stop)}"
        case slice(start=start, stop=stop, step=step):
            return f"{_bound(start)}:{_bound(stop)}:{_bound(step)}"
        case builtins.Ellipsis:
            return "..."
        case _:
            return repr(key)


def _bound(number: object) -> str:
    return "" if number is None else repr(number)


def _quoted(value: str, quote: str) -> str:
    text = repr(value)
    is_plain = quote not in value and "\\" not in text and text[0] != quote
    return f"{quote}{value}{quote}" if is_plain else text
