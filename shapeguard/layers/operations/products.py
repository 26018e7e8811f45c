"""Operations that multiply tensors and sum over axes: products of matrices, `tensordot`, `einsum`."""

from __future__ import annotations

from collections import Counter
from itertools import islice, permutations, product
from typing import TYPE_CHECKING, Any

from shapeguard.layers.costs import EXCHANGED, OTHER_AXIS, SOLVED
from shapeguard.layers.operations.base import MOST_ORDERS, argument, fits
from shapeguard.layers.operations.elementwise import stretching
from shapeguard.layers.operations.letters import Lettered, Letters

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shapeguard.layers.base import Change, Config
    from shapeguard.layers.operations.base import Wanted
    from shapeguard.records.network import Shape

    Places = tuple[tuple[int, ...], tuple[int, ...]]


SUMMED_ALONE = 0.3
"""A letter of one tensor alone that the output does not have: such an equation sums where nothing is multiplied."""


class Matmul(Lettered):
    """Rows by columns; axes in front of them align from the right, as elementwise ones do."""

    def letters(self, config: Config, inputs: tuple[Shape, ...]) -> Letters | None:
        del config
        if len(inputs) != 2 or () in inputs:
            return None
        one, other = (stretching(max(len(shape) - 2, 0)) for shape in inputs)
        left, right = ("i", "k")[-len(inputs[0]) :], ("k", "j")[: len(inputs[1])]
        kept = (*left[:-1], *right[1:])
        return Letters(((*one, *left), (*other, *right)), (*max(one, other, key=len), *kept))


class Solve(Lettered):
    """A square matrix, and columns as long as it is wide."""

    def letters(self, config: Config, inputs: tuple[Shape, ...]) -> Letters | None:
        del config
        if len(inputs) != 2 or len(inputs[0]) < 2 or not 0 <= len(inputs[0]) - len(inputs[1]) <= 1:
            return None
        front = stretching(len(inputs[0]) - 2)
        right = (*front, "n", "k") if len(inputs[1]) == len(inputs[0]) else (*front, "n")
        return Letters(((*front, "n", "n"), right), right)


class Distances(Lettered):
    """Each row of the one with each of the other, both of one width."""

    def letters(self, config: Config, inputs: tuple[Shape, ...]) -> Letters | None:
        del config
        if len(inputs) != 2 or len(inputs[0]) != len(inputs[1]) or len(inputs[0]) < 2:
            return None
        front = stretching(len(inputs[0]) - 2)
        return Letters(((*front, "i", "d"), (*front, "j", "d")), (*front, "i", "j"))


class Contraction(Lettered):
    """Sums over these axes, the last of the one and `against` of the other; all others stay, in order."""

    def __init__(self, *names: str, against: int) -> None:
        super().__init__(*names)
        self._against = against

    def letters(self, config: Config, inputs: tuple[Shape, ...]) -> Letters | None:
        del config
        if len(inputs) != 2 or () in inputs:
            return None
        return contracted(inputs, ((-1,), (max(self._against, -len(inputs[1])),)))


class Vectors(Lettered):
    """Two vectors: Keras flattens what has more axes, which nobody means where there is a batch."""

    def __init__(self, *names: str, output: str) -> None:
        super().__init__(*names)
        self._output = tuple(output)

    def letters(self, config: Config, inputs: tuple[Shape, ...]) -> Letters | None:
        del config
        is_vectors = len(inputs) == 2 and all(len(shape) == 1 for shape in inputs)
        return Letters((("i",), ("j",) if self._output else ("i",)), self._output) if is_vectors else None


class Tensordot(Lettered):
    """`axes`: how many of the last of the one meet the first of the other, or which meet which."""

    arguments = ("axes",)

    def letters(self, config: Config, inputs: tuple[Shape, ...]) -> Letters | None:
        if len(inputs) != 2:
            return None
        places = _places(config["axes"], len(inputs[0]))
        is_there = all(
            -len(shape) <= axis < len(shape) for shape, axes in zip(inputs, places, strict=True) for axis in axes
        )
        return contracted(inputs, places) if is_there and len(places[0]) == len(places[1]) else None

    def changes(self, config: Config, inputs: tuple[Shape, ...], wanted: Wanted = None) -> Iterator[Change]:
        if len(inputs) != 2:
            return
        one, other = inputs
        now = _places(config["axes"], len(one))
        for count in range(1, min(len(one), len(other)) + 1):
            if config["axes"] != count:
                yield self._argument(config, inputs, count, wanted)
        for left, right in product(range(1, len(one)), range(len(other))):
            if one[left] is not None and one[left] == other[right] and ((left,), (right,)) != now:
                yield self._argument(config, inputs, ([left], [right]), wanted)

    def _argument(self, config: Config, inputs: tuple[Shape, ...], axes: object, wanted: Wanted) -> Change:
        letters = self.letters({**config, "axes": axes}, inputs)
        solved = letters is not None and fits(_output(letters, inputs), wanted) and _is_met(letters, inputs)
        return argument("axes", axes, SOLVED if solved else OTHER_AXIS, solved=solved)

    def hint(self, config: Config, change: Change) -> str:
        del change
        return "A number in `axes` counts axes, it does not name one." if isinstance(config["axes"], int) else ""


def _places(axes: Any, ndim: int) -> Places:
    """The axes of each that are summed over."""
    if isinstance(axes, int):
        return tuple(range(ndim - axes, ndim)), tuple(range(axes))
    one, other = axes
    return (one,) if isinstance(one, int) else tuple(one), (other,) if isinstance(other, int) else tuple(other)


def contracted(inputs: tuple[Shape, ...], places: Places) -> Letters:
    """The letters where axes of two tensors are summed over and all others stay."""
    terms = [[f"{'ab'[index]}{axis}" for axis in range(len(shape))] for index, shape in enumerate(inputs)]
    for number, (left, right) in enumerate(zip(*places, strict=True)):
        terms[0][left] = terms[1][right] = f"k{number}"
    output = [letter for term in terms for letter in term if letter[0] != "k"]
    return Letters((tuple(terms[0]), tuple(terms[1])), tuple(output))


def _output(letters: Letters, inputs: tuple[Shape, ...]) -> Shape:
    sizes = {
        letter: size
        for term, shape in zip(letters.terms, inputs, strict=True)
        for letter, size in zip(term, shape, strict=True)
    }
    return tuple(sizes[letter] for letter in letters.output)


def _is_met(letters: Letters, inputs: tuple[Shape, ...]) -> bool:
    """Whether the axes that are summed over have one size in both."""
    one, other = (dict(zip(term, shape, strict=True)) for term, shape in zip(letters.terms, inputs, strict=True))
    return all(
        None in {one[letter], other[letter]} or one[letter] == other[letter] for letter in one.keys() & other.keys()
    )


class Einsum(Lettered):
    """An equation: another order of the letters of the output, or of one operand, keeps the rest."""

    arguments = ("subscripts",)

    def letters(self, config: Config, inputs: tuple[Shape, ...]) -> Letters | None:
        equation = str(config["subscripts"]).replace(" ", "")
        operands, arrow, output = equation.partition("->")
        terms = operands.split(",")
        if not arrow or len(terms) != len(inputs):
            return None
        expanded = tuple(_expanded(term, len(shape)) for term, shape in zip(terms, inputs, strict=True))
        dots = max((sum(letter[0] == "-" for letter in term) for term in expanded), default=0)
        return Letters(expanded, _expanded(output, len(output.replace("...", "")) + dots))

    def changes(self, config: Config, inputs: tuple[Shape, ...], wanted: Wanted = None) -> Iterator[Change]:
        del wanted  # Keras tells which of the few equations fits
        operands, arrow, output = str(config["subscripts"]).replace(" ", "").partition("->")
        if not arrow or "." in operands:
            return
        terms = operands.split(",")
        if len(terms) != len(inputs):
            return
        for index, term in enumerate(terms):
            for other in _orders(term):
                changed = [*terms[:index], other, *terms[index + 1 :]]
                cost = EXCHANGED + _cost_of_sums((terms, output), (changed, output))
                yield argument("subscripts", f"{','.join(changed)}->{output}", cost)
        for other in _orders(output):
            cost = EXCHANGED + _cost_of_sums((terms, output), (terms, other))
            yield argument("subscripts", f"{operands}->{other}", cost)
        yield from self._other_letters(terms, output)

    def _other_letters(self, terms: list[str], output: str) -> Iterator[Change]:
        """One letter of an operand or of the output is another one of the equation."""
        letters = sorted(set("".join(terms)))
        for index, term in enumerate([*terms, output]):
            for place in range(1, len(term)):
                for letter in letters:
                    changed = [*terms, output]
                    changed[index] = term[:place] + letter + term[place + 1 :]
                    if letter not in term and set(changed[-1]) <= set("".join(changed[:-1])):
                        cost = OTHER_AXIS + _cost_of_sums((terms, output), (changed[:-1], changed[-1]))
                        yield argument("subscripts", ",".join(changed[:-1]) + "->" + changed[-1], cost)


def _cost_of_sums(now: tuple[list[str], str], then: tuple[list[str], str]) -> float:
    """What speaks against another equation, or for it: in what people write, each sum goes over products."""
    return SUMMED_ALONE * (_sums_alone(*then) - (_sums_alone(*now) and not _sums_alone(*then)))


def _sums_alone(terms: list[str], output: str) -> bool:
    """Whether a letter of one tensor alone is summed."""
    return any(count == 1 and letter not in output for letter, count in Counter("".join(terms)).items())


def _expanded(term: str, ndim: int) -> tuple[str, ...]:
    """The letters of a term, those that `...` stands for as axes that align from the right."""
    before, dots, after = term.partition("...")
    return (*before, *stretching(max(ndim - len(before) - len(after), 0)), *after) if dots else tuple(term)


def _orders(term: str) -> Iterator[str]:
    """Other orders of the letters, the first one kept: it is the batch."""
    for rest in islice(permutations(term[1:]), MOST_ORDERS):
        other = term[:1] + "".join(rest)
        if other != term:
            yield other


RULES = (
    Matmul("Matmul"),
    Solve("Solve", "SolveTriangular"),
    Distances("CDist"),
    Contraction("Dot", against=-2),
    Contraction("Inner", against=-1),
    Vectors("Outer", output="ij"),
    Vectors("Vdot", output=""),
    Tensordot("Tensordot"),
    Einsum("Einsum"),
)
