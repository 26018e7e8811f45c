"""Sizes that are not known: arithmetic on symbols, and what a shape rule makes of them.

A rule takes whole numbers and `None`. To see what it makes of a symbol, it is asked with several numbers in its place:
an output that is the same multiple of all of them, and the same amount more, is that of the symbol.
"""

from __future__ import annotations

import ast
import operator
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from shapeguard.layers import Refusal
from shapeguard.static.values import ANY, RUNTIME, Dim, Dims, Runtime, Symbol, Unknown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    Forward = Callable[[Mapping[str, Any], tuple[Any, ...]], Any]

Outputs = tuple[Dims | None, ...] | Refusal
WIDE = re.compile(r"\d{4}")
"""A width in a format that no name or size has, and that may take all memory."""
PROBES = ((55440, 0), (65537, 2), (110880, 0), (98305, 6))
"""For each round the number that stands for the first unknown size, and what the next ones have more per place.

Two that nearly everything divides, and two odd ones: a rule that divides or rounds makes no multiple of both kinds.
"""
STEP = 11088


class UnknownRead(Exception):  # noqa: N818  leaves a rule, and is no error
    """A rule read an argument that is not known."""


class Config(Mapping[str, Any]):
    """The arguments as a rule reads them: one that is not known ends the reading."""

    def __init__(self, arguments: Mapping[str, Any], unknown: frozenset[str]) -> None:
        self._arguments = arguments
        self._unknown = unknown

    def __getitem__(self, name: str) -> Any:
        if name in self._unknown:
            raise UnknownRead(name)
        return self._arguments[name]

    def __iter__(self) -> Any:
        return iter(self._arguments)

    def __len__(self) -> int:
        return len(self._arguments)


def holds_unknown(value: Any) -> bool:
    """Whether a value is not known as a whole, or has a part that is not."""
    if isinstance(value, Unknown | Symbol | Runtime):
        return True
    if isinstance(value, tuple | list):
        return any(map(holds_unknown, value))
    if isinstance(value, dict):
        return any(map(holds_unknown, value.values()))
    return False


def unknown_in(arguments: Mapping[str, Any]) -> frozenset[str]:
    """The names of the arguments that are not known, or not in part."""
    return frozenset(name for name, value in arguments.items() if holds_unknown(value))


def ruled(forward: Forward, config: Mapping[str, Any], inputs: tuple[Dims, ...]) -> Outputs | None:
    """The outputs of a rule for inputs and arguments that may be unknown in part; `None` if not even their number is.

    A refusal holds whatever the unknown sizes are.
    """
    without = tuple(map(without_unknown, inputs))
    unknown = unknown_in(config)
    certain: Outputs | None
    try:
        certain = forward(Config(config, unknown), without)
    except UnknownRead:
        certain = None
    if certain is not None and without == inputs and not any(ANY in shape for shape in inputs):
        return certain
    try:
        given = _probed(forward, config, unknown, inputs)
    except UnknownRead:
        return None
    if not given:
        return tuple(map(_with_unknown, certain)) if isinstance(certain, tuple) else certain
    return given


def _probed(
    forward: Forward, config: Mapping[str, Any], unknown: frozenset[str], inputs: tuple[Dims, ...]
) -> tuple[Dims, ...]:
    """The outputs as they follow from numbers in the places of what is not known; `()` if they do not."""
    arguments = {name: config[name] for name in unknown}
    variables = list(dict.fromkeys(_variables((inputs, arguments))))

    def ask(probe: int) -> Any:
        numbers, shapes = _in_place(arguments, inputs, variables, probe)
        return forward(Config({**config, **numbers}, unknown_in(numbers)), shapes)

    asked = list(map(ask, range(len(PROBES))))
    given = [(probe, each) for probe, each in enumerate(asked) if isinstance(each, tuple)]
    if len(given) < 2 or len({tuple(map(len, each)) for _, each in given}) != 1:
        return ()
    return tuple(
        tuple(_meant([(probe, each[output][axis]) for probe, each in given], variables) for axis in range(len(shape)))
        for output, shape in enumerate(given[0][1])
    )


def without_unknown(shape: Dims) -> tuple[int | None, ...]:
    """The shape with `None` for what is not known."""
    return tuple(None if isinstance(dim, Unknown | Symbol) else dim for dim in shape)


def _with_unknown(shape: Any) -> Dims:
    """A shape of which the first axis alone may be Keras' own `None`."""
    return tuple(ANY if dim is None and axis else dim for axis, dim in enumerate(shape))


def _variables(value: Any) -> Iterable[object]:
    """The unknown sizes, a symbol by its name, another by its place."""
    if isinstance(value, Symbol):
        yield value.name
    elif isinstance(value, tuple | list):
        for each in value:
            yield from _variables(each)
    elif isinstance(value, Mapping):
        for each in value.values():
            yield from _variables(each)


def number_of(place: int, probe: int) -> int:
    """What stands for the unknown size at this place in a round."""
    first, more = PROBES[probe]
    return first + place * (STEP + more)


def _in_place(
    config: Mapping[str, Any], inputs: tuple[Dims, ...], variables: list[object], probe: int
) -> tuple[Mapping[str, Any], tuple[Any, ...]]:
    """Arguments and inputs with numbers for what is not known; an argument that is `ANY` stays so."""
    count = len(variables)

    def filled(value: Any, *, of_shape: bool = False) -> Any:
        nonlocal count
        if isinstance(value, Symbol):
            return number_of(variables.index(value.name), probe) * value.factor + value.rest
        if value is ANY and of_shape:
            count += 1
            return number_of(count, probe)
        if isinstance(value, tuple | list):
            return type(value)(filled(each, of_shape=of_shape) for each in value)
        if isinstance(value, dict):
            return {name: filled(each) for name, each in value.items()}
        return value

    shapes = tuple(filled(shape, of_shape=True) for shape in inputs)
    return {name: filled(value) for name, value in config.items()}, shapes


def with_numbers(config: Mapping[str, Any], inputs: tuple[Dims, ...]) -> tuple[Config, tuple[Any, ...]]:
    """Arguments and inputs with a number for each size that is not known; an argument that is `ANY` stays so."""
    arguments = {name: config[name] for name in unknown_in(config)}
    numbers, shapes = _in_place(arguments, inputs, list(dict.fromkeys(_variables((inputs, arguments)))), 0)
    return Config({**config, **numbers}, unknown_in(numbers)), shapes


def _meant(sizes: list[tuple[int, int | None]], variables: list[object]) -> Dim:
    """The size that is one number, `None` or a multiple of a symbol in all rounds; else it is not known."""
    values = {size for _, size in sizes}
    if len(values) == 1:
        return values.pop()
    numbers = [(probe, size) for probe, size in sizes if size is not None]
    if len(numbers) < len(sizes):
        return ANY
    found = (_multiple(numbers, place, str(name)) for place, name in enumerate(variables))
    return next((symbol for symbol in found if symbol is not None), ANY)


def _multiple(sizes: list[tuple[int, int]], place: int, name: str) -> Symbol | None:
    """The multiple of the symbol at a place, and so much more, that the sizes are in all rounds."""
    (one, first), (other, second), *_ = sizes
    factor, left = divmod(second - first, number_of(place, other) - number_of(place, one))
    rest = first - factor * number_of(place, one)
    fits = all(size == factor * number_of(place, probe) + rest for probe, size in sizes)
    is_sure = len(sizes) > 2 or (factor, rest) == (1, 0)
    return Symbol(name, factor, rest) if not left and factor and fits and abs(rest) < STEP and is_sure else None


ARITHMETIC: dict[type[ast.AST], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.FloorDiv: operator.floordiv,
    ast.Div: operator.truediv,
    ast.Mod: operator.mod,
    ast.Pow: operator.pow,
    ast.LShift: operator.lshift,
    ast.RShift: operator.rshift,
    ast.BitOr: operator.or_,
    ast.BitAnd: operator.and_,
    ast.BitXor: operator.xor,
}
LARGEST = 1 << 62
LONGEST = 10_000


def calculated(kind: type[ast.AST], left: Any, right: Any) -> Any:
    """What an operator of Python makes of two values, symbols among them."""
    if isinstance(left, Symbol) or isinstance(right, Symbol):
        return _symbolic(kind, left, right)
    if isinstance(left, Runtime) or isinstance(right, Runtime):
        return RUNTIME if all(isinstance(each, Runtime | int) for each in (left, right)) else ANY
    if _is_too_large(kind, left, right):
        return ANY
    try:
        return ARITHMETIC[kind](left, right)
    except (TypeError, ValueError, ArithmeticError, KeyError):
        return ANY


def _is_too_large(kind: type[ast.AST], left: Any, right: Any) -> bool:
    """Whether the result might take the machine's memory."""
    numbers = [each for each in (left, right) if isinstance(each, int)]
    is_wide = kind is ast.Mod and isinstance(left, str) and WIDE.search(left) is not None
    if is_wide or any(abs(number) > LARGEST for number in numbers):
        return True
    if kind in {ast.Pow, ast.LShift}:
        return not (isinstance(right, int | float) and abs(right) <= 64)
    return kind in {ast.Mult, ast.Add, ast.Mod} and _is_long(left, right, max([*map(abs, numbers), 1]))


def _is_long(left: Any, right: Any, times: int) -> bool:
    """Whether texts or tuples, so many times, are longer than any that is followed."""
    return sum(len(each) for each in (left, right) if isinstance(each, str | tuple)) * times > LONGEST


def _symbolic(kind: type[ast.AST], left: Any, right: Any) -> Any:
    """What an operator makes of two values of which one is a symbol."""
    if not all(isinstance(each, Symbol | int) for each in (left, right)) or kind not in SIGNS:
        return ANY
    if kind is ast.FloorDiv:
        return _divided(left, right)
    if kind is ast.Mult:
        return _multiplied(left, right)
    sign = 1 if kind is ast.Add else -1
    one, other = _parts(left), _parts(right)
    if one[0] and other[0] and one[0] != other[0]:
        return _composed(kind, left, right)
    return normal(one[0] or other[0], one[1] + sign * other[1], one[2] + sign * other[2])


def _parts(value: Any) -> tuple[str, int, int]:
    """The name, the factor and the rest of a symbol; a number is a rest alone."""
    return (value.name, value.factor, value.rest) if isinstance(value, Symbol) else ("", 0, int(value))


def _multiplied(left: Any, right: Any) -> Any:
    if isinstance(left, Symbol) and isinstance(right, Symbol):
        return _composed(ast.Mult, left, right)
    symbol, times = (left, right) if isinstance(left, Symbol) else (right, left)
    return normal(symbol.name, symbol.factor * times, symbol.rest * times)


def _divided(left: Any, right: Any) -> Any:
    if isinstance(left, Symbol) and isinstance(right, int) and right and not (left.factor % right or left.rest % right):
        return normal(left.name, left.factor // right, left.rest // right)
    return _composed(ast.FloorDiv, left, right)


def normal(name: str, factor: int, rest: int) -> Symbol | int:
    """A symbol, or the number that it is where the symbol is taken no times."""
    return Symbol(name, factor, rest) if factor else rest


SIGNS: dict[type[ast.AST], str] = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.FloorDiv: "//"}
MOST_LETTERS = 60


def _composed(kind: type[ast.AST], left: Any, right: Any) -> Symbol | Unknown:
    """A symbol whose name is the calculation: equal calculations give equal sizes."""
    texts = [f"({each})" if isinstance(each, Symbol) and " " in str(each) else str(each) for each in (left, right)]
    text = f"{texts[0]} {SIGNS[kind]} {texts[1]}"
    return Symbol(text) if len(text) < MOST_LETTERS else ANY
