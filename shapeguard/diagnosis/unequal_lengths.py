"""Arrays of different lengths: Keras takes one sample of each at a time, and refuses them before it looks further."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from shapeguard.diagnosis.chosen_rows import causes_of_chosen_rows
from shapeguard.diagnosis.class_weights import given_as_weights_of_samples
from shapeguard.diagnosis.dummy_arrays import cause_of_dummies
from shapeguard.diagnosis.fit_edits import Converted, edit_in_words, edits_of_parts
from shapeguard.diagnosis.handed_over import given_in, is_of_validation
from shapeguard.diagnosis.listed_samples import cause_of_listed_samples
from shapeguard.diagnosis.unpacked_names import cause_of_other_part, cause_of_unpacking
from shapeguard.diagnosis.what_keras_said import original_of
from shapeguard.records.findings import Cause, Diagnosis
from shapeguard.source.conversions import Leaf

if TYPE_CHECKING:
    from collections.abc import Sequence

    from shapeguard.diagnosis.analysis import Analysis
    from shapeguard.records.network import Feed, Shape


WEIGHTS = "sample_weight"


@dataclass(frozen=True, slots=True)
class _Array:
    """One of the arrays: the argument that it is for, its shape, and which of the argument's arrays it is."""

    part: str
    shape: Shape
    leaf: Leaf

    @property
    def name(self) -> str:
        """What it is called: `y`, or `x[1]` of several."""
        return self.part if self.leaf.count == 1 else f"{self.part}[{self.leaf.index}]"

    @property
    def length(self) -> int:
        """How many samples it has."""
        return self.shape[0] or 0


def unequal_lengths(analysis: Analysis) -> list[Diagnosis]:
    """The diagnosis of a call whose arrays have different lengths; nothing where they have one length."""
    problem, feed = analysis.problem, analysis.problem.feed
    if feed is None or not feed.unequal or problem.failure is None:
        return []
    arrays = _arrays(feed.unequal)
    first = arrays[0]
    odd = next(each for each in arrays if each.length != first.length)
    given = ", ".join(f"{each.name} is {each.shape}" for each in arrays)
    beside = " in validation_data" if is_of_validation(feed) else ""
    diagnosis = Diagnosis(
        code="SG301",
        layer="",
        layer_type="",
        expected=(first.length, *odd.shape[1:]),
        actual=odd.shape,
        axes=(0,),
        causes=_causes(analysis, feed, arrays, odd),
        original=original_of(problem.failure),
        headline=f"{first.name} has {_samples(first.length)}{beside}, {odd.name} has {odd.length}: {given}",
        raised_at=problem.raised_at,
    )
    return [diagnosis]


def _arrays(unequal: Sequence[tuple[str, Shape]]) -> list[_Array]:
    counts = Counter(part for part, _ in unequal)
    seen: Counter[str] = Counter()
    arrays = []
    for part, shape in unequal:
        arrays.append(_Array(part, shape, Leaf(seen[part], counts[part])))
        seen[part] += 1
    return arrays


def _samples(count: int) -> str:
    return f"{count} sample" if count == 1 else f"{count} samples"


def _causes(analysis: Analysis, feed: Feed, arrays: Sequence[_Array], odd: _Array) -> tuple[Cause, ...]:
    """The array that is not as long as the first: turned, where that makes it as long; else cut, or made so."""
    sure = _of_names(feed, arrays, odd) or _of_lists(analysis, feed, arrays)
    turned = next((each for each in _transposed(arrays[0], odd)), None)
    if sure is None and turned is not None:
        sure = _of_turned(feed, *turned)
    if sure is not None:
        return (sure,)
    of_classes = given_as_weights_of_samples(analysis, feed, odd.shape) if odd.part == WEIGHTS else None
    if of_classes is not None:
        return (of_classes,)
    described = [(each.part, each.leaf, each.shape) for each in arrays]
    rows, dummies = causes_of_chosen_rows(feed, described), cause_of_dummies(feed, described)
    if any(each.confidence == "cause" for each in rows):
        return rows
    others = (*rows, *_of_one_sample(feed, arrays), _of_others(feed, arrays, odd))
    return others if dummies is None else (dummies, *others)


def _of_names(feed: Feed, arrays: Sequence[_Array], odd: _Array) -> Cause | None:
    """Names that say that the arrays do not belong together."""
    unpacked = cause_of_unpacking(feed, [(each.part, each.leaf) for each in arrays])
    is_pair = {arrays[0].part, odd.part} == {"x", "y"}
    return unpacked or (cause_of_other_part(feed) if is_pair else None)


def _of_lists(analysis: Analysis, feed: Feed, arrays: Sequence[_Array]) -> Cause | None:
    """A list of samples for the inputs or the targets."""
    return next(filter(None, (_of_listed(analysis, feed, arrays, part) for part in ("x", "y"))), None)


def _of_listed(analysis: Analysis, feed: Feed, arrays: Sequence[_Array], part: str) -> Cause | None:
    """The arrays of a part that are the samples of one."""
    lengths = {each.length for each in arrays if each.part != part}
    whole = [each.shape for each in arrays if each.part == part]
    return cause_of_listed_samples(analysis, feed, part, whole, lengths.pop()) if len(lengths) == 1 else None


def _of_others(feed: Feed, arrays: Sequence[_Array], odd: _Array) -> Cause:
    """All arrays as long as the shortest; samples do not go because weights lack."""
    first, length = arrays[0], min(each.length for each in arrays)
    longer = [each for each in arrays if each.length > length]
    is_of_weights = odd.part == WEIGHTS and odd not in longer
    parts = [_converted(feed, each, f"{{x}}[:{length}]") for each in longer]
    edits = edits_of_parts(feed, parts) if length and not is_of_weights else None
    names = " and ".join(each.name for each in longer)
    return Cause(
        "data",
        tuple(edits or ()),
        title=f"{odd.name} is {odd.shape}, and {first.name} has {_samples(first.length)}",
        explanation="Each sample takes a weight of its own, whatever its class."
        if is_of_weights
        else f"Each sample of {first.name} needs its own in {odd.name}; look where the two are made or cut.",
        fix_note=f"if the first {length} belong to each other, leave out the rest of {names}",
    )


def _of_one_sample(feed: Feed, arrays: Sequence[_Array]) -> tuple[Cause, ...]:
    """The one array that is longer than 1 as a single sample, which lacks its batch axis beside the others."""
    longer = [each for each in arrays if each.length != 1]
    if len(longer) != 1 or len(longer[0].shape) < 2:
        return ()
    array, code = longer[0], "np.expand_dims({x}, 0)" if longer[0].part in feed.frames else "{x}[None]"
    edits = edits_of_parts(feed, [_converted(feed, array, code)])
    if not edits:
        return ()
    cause = Cause(
        "data",
        tuple(edits),
        title=f"{array.name} is {array.shape}, and the rest is one sample: it may lack the batch axis",
        explanation=f"As one sample it is {(1, *array.shape)}.",
        fix_note=f"if {array.name} is one sample",
    )
    return (cause,)


def _transposed(first: _Array, odd: _Array) -> list[tuple[_Array, int]]:
    """The array whose samples are on axis 1, with the length that it has there and should have."""
    pairs = ((odd, first.length), (first, odd.length))
    return [(each, length) for each, length in pairs if len(each.shape) == 2 and each.shape[1] == length]


def _of_turned(feed: Feed, array: _Array, length: int) -> Cause:
    part = _converted(feed, array, "np.transpose({x})")
    edits = edits_of_parts(feed, [part]) or [
        edit_in_words(feed, part, (feed.y_text if array.part == "y" else None) or array.part)
    ]
    return Cause(
        "data",
        tuple(edits),
        confidence="cause",
        title=f"the samples of {array.name} are on axis 1; Keras takes axis 0: ({length}, {array.length}) is wanted",
        label=f"{array.name} is {array.shape}",
    )


def _converted(feed: Feed, array: _Array, code: str) -> Converted:
    return Converted(given_in(feed, array.part), code, array.shape, array.leaf)
