"""Holds what was read of a program against what Keras gave."""

from dataclasses import dataclass, field

from shapeguard.static.program import read_program


@dataclass
class Score:
    """The figures of one program: sizes that are stated and those of them that Keras has too, calls and known ranks."""

    sizes: int = 0
    equal: int = 0
    unknown: int = 0
    calls: int = 0
    ranked: int = 0
    resolved: int = 0
    wrong: list = field(default_factory=list)
    missing: list = field(default_factory=list)

    def __add__(self, other):
        return Score(*(getattr(self, name) + getattr(other, name) for name in self.__dataclass_fields__))


def compared(path, text, places):
    """The score of one program; `places` are [line, column, end line, end column, calls] as Keras gave them."""
    program = read_program(path, text)
    stated = {}
    for each in program.shapes:
        span = each.span
        key = (span.line, span.column, span.end_line, span.end_column)
        stated.setdefault(key, []).append(_outputs(each.shape))
    score = Score()
    for *place, calls in places:
        of_place = stated.get(tuple(place), [])
        for actual in calls:
            score.calls += 1
            best = max(of_place, key=lambda shapes: _fit(shapes, actual), default=None)
            if best is None or any(shape == "?" for shape in best) or list(map(len, best)) != list(map(len, actual)):
                score.missing.append((path, place, actual, of_place))
                continue
            score.ranked += 1
            score.resolved += all("?" not in shape[1:] for shape in best)
        for shapes in of_place:
            best = max(calls, key=lambda actual: _fit(shapes, actual))
            _count(score, path, place, shapes, best)
    return score


def _outputs(shape):
    if shape == "?":
        return ["?"]
    return shape if shape and isinstance(shape[0], list | str) and isinstance(shape[0], list) else [shape]


def _fit(shapes, actual):
    """How well stated shapes fit what Keras gave."""
    if len(shapes) != len(actual):
        return -2
    total = 0
    for stated, given in zip(shapes, actual, strict=True):
        if stated == "?" or len(stated) != len(given):
            total -= 1
            continue
        total += sum((a == b) - (isinstance(a, int) and a != b) for a, b in zip(stated[1:], given[1:], strict=True))
    return total


def _count(score, path, place, shapes, actual):
    if len(shapes) != len(actual):
        if "?" not in shapes:
            score.wrong.append((path, place, shapes, actual))
        return
    for stated, given in zip(shapes, actual, strict=True):
        if stated == "?":
            continue
        if len(stated) != len(given):
            score.sizes += len(stated)
            score.wrong.append((path, place, stated, given))
            continue
        for axis, (size, want) in enumerate(zip(stated, given, strict=True)):
            if axis == 0:
                continue
            if isinstance(size, str):
                score.unknown += 1
                continue
            score.sizes += 1
            if size == want:
                score.equal += 1
            else:
                score.wrong.append((path, place, stated, given))
