"""Operations whose axes bear letters, as in an einsum: what one tensor must be follows from the letters it shares."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from shapeguard.layers.base import Refusal
from shapeguard.layers.operations.base import OperationFamily

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shapeguard.layers.base import Config
    from shapeguard.layers.operations.base import Wanted
    from shapeguard.records.network import Shape

    Term = tuple[str, ...]
    Sizes = dict[str, int | None]

UNFIT = -1
"""In the place of a size: none will do."""


@dataclass(frozen=True, slots=True)
class Letters:
    """The letters of the axes of each tensor and of the output; under one that begins with "-", 1 stretches."""

    terms: tuple[Term, ...]
    output: Term


class Lettered(OperationFamily):
    """An operation that keeps, sums over and compares whole axes."""

    def letters(self, config: Config, inputs: tuple[Shape, ...]) -> Letters | None:
        """The letters for tensors of these ranks; `None` where the operation does not take such."""
        raise NotImplementedError

    def forward(self, config: Config, inputs: tuple[Shape, ...]) -> tuple[Shape, ...] | Refusal | None:
        letters = self.letters(config, inputs)
        if letters is None or any(len(term) != len(shape) for term, shape in zip(letters.terms, inputs, strict=True)):
            return None
        sizes: Sizes = {}
        for term, shape in zip(letters.terms, inputs, strict=True):
            for letter, size in zip(term, shape, strict=True):
                met = _met(letter, sizes.get(letter, 1 if stretches(letter) else None), size)
                if met == UNFIT:
                    return Refusal(f"{sizes[letter]} and {size} meet in the shapes {' and '.join(map(str, inputs))}")
                sizes[letter] = met
        return (tuple(sizes[letter] for letter in letters.output),)

    def refusal(self, config: Config, inputs: tuple[Shape, ...]) -> Refusal | None:
        letters = self.letters(config, inputs)
        clash = None if letters is None else _clash(letters, inputs)
        return None if clash is None else Refusal("axis {} is {}, but axis {} of another tensor is {}".format(*clash))

    def operands(self, config: Config, inputs: tuple[Shape, ...], place: int, wanted: Wanted = None) -> Iterator[Shape]:
        letters = self.letters(config, inputs)
        shape = None if letters is None else solved_operand(letters, inputs, place, wanted)
        if shape is not None:
            yield shape


def _met(letter: str, known: int | None, size: int | None) -> int | None:
    """The size of a letter behind one more tensor; `UNFIT` where the two contradict each other."""
    if stretches(letter) and 1 in {known, size}:
        return size if known == 1 else known
    if None in {known, size}:
        return known if size is None else size
    return known if known == size else UNFIT


def solved_operand(letters: Letters, inputs: tuple[Shape, ...], place: int, wanted: Wanted) -> Shape | None:
    """The shape of one tensor that fits the others and the wanted output; `None` where none does."""
    if place >= len(letters.terms) or (wanted is not None and len(wanted[0]) != len(letters.output)):
        return None
    term, others = letters.terms[place], _sizes(letters, inputs, place)
    goal = {} if wanted is None else dict(zip(letters.output, wanted[0], strict=True))
    own = dict(zip(term, inputs[place], strict=True)) if len(term) == len(inputs[place]) else {}
    shape = tuple(_size(letter, own, others, goal) for letter in term)
    is_met = all(_is_met(letter, others, goal[letter]) for letter in goal if letter not in term)
    return shape if is_met and UNFIT not in {*shape, *others.values()} else None


def _clash(letters: Letters, inputs: tuple[Shape, ...]) -> tuple[int, int, int, int] | None:
    """The axes under the first letter that has two sizes, with these; a size of 1 counts as any, as in NumPy."""
    seen: dict[str, tuple[int, int]] = {}
    for term, shape in zip(letters.terms, inputs, strict=True):
        for axis, (letter, size) in enumerate(zip(term, shape, strict=False)):
            if size is None or size == 1:
                continue
            before = seen.setdefault(letter, (axis, size))
            if before[1] != size:
                return (*before, axis, size)
    return None


def _sizes(letters: Letters, inputs: tuple[Shape, ...], place: int) -> Sizes:
    """What each letter is in the other tensors; `UNFIT` where they contradict each other."""
    found: Sizes = {}
    for index, (term, shape) in enumerate(zip(letters.terms, inputs, strict=False)):
        if index == place or len(term) != len(shape):
            continue
        for letter, size in zip(term, shape, strict=True):
            if size != 1 or not stretches(letter):
                known = found.get(letter)
                found[letter] = size if known is None else known if size in {None, known} else UNFIT
    return found


def stretches(letter: str) -> bool:
    """Whether an axis of size 1 under this letter takes any other size."""
    return letter[0] == "-"


def _is_met(letter: str, others: Sizes, want: int | None) -> bool:
    """Whether a letter of the output that this tensor does not have is what is wanted."""
    size = others.get(letter, 1 if stretches(letter) else None)
    return None in {size, want} or size == want


def _size(letter: str, own: Sizes, others: Sizes, goal: Sizes) -> int | None:
    """The size of one letter: as it is where that does."""
    known = {sizes[letter] for sizes in (others, goal) if sizes.get(letter) is not None}
    if len(known) > 1:
        return UNFIT
    if letter in own and (not known or own[letter] is None or _stays(letter, own, others)):
        return own[letter]
    unknown = None if letter in others or letter in goal else UNFIT
    return known.pop() if known else unknown


def _stays(letter: str, own: Sizes, others: Sizes) -> bool:
    """Whether an axis of 1 takes the size of another tensor."""
    return stretches(letter) and own.get(letter) == 1 and others.get(letter) is not None
