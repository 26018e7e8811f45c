"""Reads a size formula from part of a spec string, within bounds, with errors at the place."""

from __future__ import annotations

import re
from typing import NamedTuple, NoReturn

from shapeguard.spec.arithmetic import MAX_SIZE
from shapeguard.spec.formula import FUNCTIONS, SIGN_STRENGTH, STRENGTHS, Formula, Name, Number, Operation
from shapeguard.spec.refusal import spec_error

MAX_OPERATIONS = 64
MAX_DEPTH = 10

_TOKEN = re.compile(
    r"(?P<number>[0-9]+)|(?P<name>[^\W\d]\w*+(?:\.[^\W\d]\w*+)*+)|(?P<symbol>\*\*|//|[-+*/%(),{}])",
)
CLOSING = {"(": ")", "{": "}"}
OPENING = {closing: opening for opening, closing in CLOSING.items()}
_SPACE = re.compile(r"\s*")


class _Token(NamedTuple):
    kind: str
    text: str
    position: int


def read_size(text: str, position: int, digits: str) -> int:
    """The size that `digits` at `position` of `text` stand for."""
    # int() of a long string of digits takes quadratic time.
    if len(digits.lstrip("0")) > len(str(MAX_SIZE)) or (size := int(digits)) > MAX_SIZE:
        raise spec_error(text, position, "this size is too large", f"no axis is longer than {MAX_SIZE}")
    return size


def read_formula(text: str, start: int, end: int) -> Formula:
    """The formula that `text[start:end]` is, all of it."""
    return _FormulaReader(text, start, end).read()


class _FormulaReader:
    """Precedence climbing over the tokens of one axis."""

    def __init__(self, text: str, start: int, end: int) -> None:
        self._text = text
        self._end = end
        self._opened: list[str] = []  # "(", "{", or the name of the function whose bracket it is
        self._operations = 0
        self._position = start
        self._token: _Token | None = self._next_token()

    def read(self) -> Formula:
        formula = self._operand(0)
        if self._token is not None:
            self._refuse_leftover(self._token)
        return formula

    def _next_token(self) -> _Token | None:
        """The token after the current one; `None` at the end of the axis."""
        space = _SPACE.match(self._text, self._position, self._end)
        position = space.end() if space else self._position
        if position >= self._end:
            return None
        match = _TOKEN.match(self._text, position, self._end)
        if match is None or match.lastgroup is None:
            raise self._unknown_character(position)
        self._position = match.end()
        return _Token(match.lastgroup, match.group(), position)

    def _advance(self) -> None:
        self._token = self._next_token()

    def _operand(self, strength: int) -> Formula:
        """An operand and every operator after it that binds at least as tightly as `strength`."""
        left = self._prefix()
        while (token := self._token) is not None and token.kind == "symbol" and token.text in STRENGTHS:
            operator_strength = STRENGTHS[token.text]
            if operator_strength < strength:
                break
            self._count_operation(token)
            self._advance()
            # `**` groups from the right and takes a sign on its right: 2**-n, 2**a**b.
            right = self._operand(SIGN_STRENGTH if token.text == "**" else operator_strength + 1)
            left = Operation(token.text, (left, right))
        return left

    def _prefix(self) -> Formula:
        token = self._token
        if token is None:
            raise spec_error(
                self._text, max(self._end - 1, 0), "this size is incomplete", "end it with a size or a name"
            )
        if token.kind == "symbol" and token.text == "-":
            self._count_operation(token)
            self._advance()
            return Operation("-", (self._operand(SIGN_STRENGTH),))
        self._advance()
        match token.kind:
            case "number":
                return Number(read_size(self._text, token.position, token.text))
            case "name":
                return self._name_or_function(token)
            case _ if token.text == "(" or (token.text == "{" and "{" not in self._opened):
                return self._group(token)
            case _:
                hint = "write a size, a name or a formula such as 2*n+1 between the separators"
                raise spec_error(self._text, token.position, f"expected a size, got `{token.text}`", hint)

    def _name_or_function(self, token: _Token) -> Formula:
        in_braces = "{" in self._opened
        if "." in token.text and not in_braces:
            raise self._unknown_character(token.position + token.text.index("."))
        if self._token is None or self._token.text != "(":
            if in_braces:
                return Name(token.text, in_braces=True)
            if token.text.startswith("_"):
                problem = f"`{token.text}` is not checked, so nothing can be computed from it"
                raise spec_error(self._text, token.position, problem, f"write `{token.text.lstrip('_') or 'n'}`")
            return Name(token.text)
        if token.text not in FUNCTIONS:
            hint = f"the functions are {', '.join(FUNCTIONS)}"
            raise spec_error(self._text, token.position, f"formulas cannot call `{token.text}`", hint)
        return self._call(token, self._token)

    def _call(self, function: _Token, bracket: _Token) -> Formula:
        self._count_operation(function)
        self._advance()
        self._enter(bracket, function.text)
        arguments = [self._operand(0)]
        while self._token is not None and self._token.text == ",":
            self._advance()
            arguments.append(self._operand(0))
        self._close(bracket)
        if len(arguments) > FUNCTIONS[function.text]:
            problem = f"too many arguments for `{function.text}`: at most {FUNCTIONS[function.text]} allowed"
            raise spec_error(self._text, function.position, problem, "remove the others")
        return Operation(function.text, tuple(arguments))

    def _group(self, bracket: _Token) -> Formula:
        self._enter(bracket, bracket.text)
        formula = self._operand(0)
        self._close(bracket)
        return formula

    def _enter(self, bracket: _Token, opened: str) -> None:
        self._opened.append(opened)
        if len(self._opened) > MAX_DEPTH:
            hint = f"a formula can have at most {MAX_DEPTH} levels of nesting"
            raise spec_error(self._text, bracket.position, "this formula is nested too deeply", hint)

    def _close(self, bracket: _Token) -> None:
        if self._token is None:
            hint = f"close it with `{CLOSING[bracket.text]}`"
            raise spec_error(self._text, bracket.position, "this bracket is never closed", hint)
        if self._token.text != CLOSING[bracket.text]:
            self._refuse_leftover(self._token)
        self._opened.pop()
        self._advance()

    def _count_operation(self, token: _Token) -> None:
        self._operations += 1
        if self._operations > MAX_OPERATIONS:
            hint = f"a formula can have at most {MAX_OPERATIONS} operations"
            raise spec_error(self._text, token.position, "this formula is too long", hint)

    def _refuse_leftover(self, token: _Token) -> NoReturn:
        """Refuses what follows a complete operand."""
        if token.text in OPENING:
            hint = f"open it with `{OPENING[token.text]}`"
            raise spec_error(self._text, token.position, "this bracket was never opened", hint)
        if token.text == ",":
            hint = "parentheses around several axes must enclose the whole spec, as in (B, 26, 26, 32)"
            raise spec_error(self._text, token.position, "a comma inside a formula", hint)
        if self._opened and self._opened[-1] == "{":
            hint = "write one variable of the builder, or one formula of its variables, in braces: {units-1}"
            raise spec_error(self._text, token.position, "braces must contain exactly one size", hint)
        if self._opened and self._opened[-1] != "(":
            problem = f"the arguments of `{self._opened[-1]}` are not separated"
            raise spec_error(self._text, token.position, problem, f"write commas: {self._opened[-1]}(a, b)")
        if self._opened:
            hint = "write h*w for a product of sizes, and commas in a whole shape: (B, 26, 26, 32)"
            raise spec_error(self._text, token.position, "parentheses do not group axes, unlike in einops", hint)
        hint = 'use one of them throughout: "B 26 26 32" or "B, 26, 26, 32"'
        raise spec_error(self._text, token.position, "axes are separated both by commas and by spaces", hint)

    def _unknown_character(self, position: int) -> Exception:
        character = self._text[position]
        if self._text.startswith("...", position):
            hint = "write `...` as an axis of its own, or `name...` for axes with a name"
            return spec_error(self._text, position, "`...` cannot be part of a longer axis", hint)
        hint = _CHARACTER_HINTS.get(character, "an axis is a size, a name, `None`, `...` or a formula such as 2*n+1")
        return spec_error(self._text, position, f"`{character}` has no meaning here", hint)


_CHARACTER_HINTS = {
    "=": "write name=4: a name, then the size, name or formula that it equals",
    "#": "write `#` before the axis, as in #channels",
    "?": "write `None` for one axis of any size",
    ".": "write a plain name; a dotted one only in braces: {self.units}",
    "[": "square brackets can only enclose a whole shape",
    "\u00d7": "separate the axes with spaces or commas",
}
