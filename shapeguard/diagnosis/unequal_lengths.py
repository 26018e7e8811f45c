"""Arrays of different lengths: Keras takes one sample of each at a time, and refuses them before it looks further."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shapeguard.records.findings import Cause, Diagnosis, Edit

if TYPE_CHECKING:
    from shapeguard.diagnosis.problem import Problem
    from shapeguard.records.network import Feed, Shape


def unequal_lengths(problem: Problem) -> Diagnosis | None:
    """The diagnosis of a call whose arrays have different lengths; `None` where they have one length."""
    feed = problem.feed
    if feed is None or not feed.unequal or problem.failure is None:
        return None
    (_, first), *others = feed.unequal
    name, odd = next((name, shape) for name, shape in others if shape[0] != first[0])
    given = ", ".join(f"{each} is {shape}" for each, shape in feed.unequal)
    return Diagnosis(
        code="SG301",
        layer="",
        layer_type="",
        expected=(first[0], *odd[1:]),
        actual=odd,
        axes=(0,),
        causes=(_cause(feed, name, odd, first[0]),),
        original=f"{problem.failure.exception_type}: {problem.failure.text}",
        headline=f"x has {_samples(first[0])}, {name} has {odd[0]}: {given}",
        raised_at=problem.raised_at,
    )


def _samples(count: int | None) -> str:
    return f"{count} sample" if count == 1 else f"{count} samples"


def _cause(feed: Feed, name: str, odd: Shape, length: int | None) -> Cause:
    """The array that is not as long as x: turned, where that makes it as long; else it was cut, or made so."""
    if name != "y" or odd[1:] != (length,):
        title = f"{name} is {odd}, and x has {_samples(length)}"
        explanation = f"Each sample of x needs its own in {name}; look where the two are made or cut."
        return Cause("data", (), title=title, explanation=explanation)
    turned = f"np.transpose({feed.y_text or name})"
    edit = Edit("fit", name, odd, turned, span=feed.y_span or feed.call_span, explicit=True, corrected=turned)
    return Cause(
        "data",
        (edit,),
        confidence="cause",
        title=f"the samples of {name} are on axis 1; Keras takes axis 0: ({length}, {odd[0]}) is wanted",
        label=f"{name} is {odd}",
    )
