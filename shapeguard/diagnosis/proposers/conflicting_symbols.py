"""A name that stands for two sizes, if no change of the program brings them together."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from shapeguard.records.findings import Cause, Diagnosis
from shapeguard.spec import occurrences

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shapeguard.diagnosis.constraints import Constraint, Constraints
    from shapeguard.diagnosis.faults import Fault
    from shapeguard.diagnosis.graph import Graph
    from shapeguard.records.expectations import Mismatch


def conflicting_symbol(fault: Fault) -> Diagnosis | None:
    """The diagnosis of such a name: every place where it occurs, and the odd one out."""
    constraint = next(iter(fault.outputs), None)
    mismatch = None if constraint is None else _mismatch(fault, constraint)
    if constraint is None or constraint.target is None or mismatch is None or not mismatch.symbols:
        return None
    expectation, name = constraint.target.expectation, mismatch.symbols[0]
    sites = _sites(fault.constraints, expectation.scope, name)
    if len(sites) < 2:
        return None
    usual = fault.constraints.bindings_of(constraint).size(name) or _commonest(sites)
    nowhere = _Site(_owner(fault.graph, constraint), "", None)
    odd = next((site for site in sites if site.size != usual), nowhere)
    first = next(site.owner for site in sites if site.size == usual)
    call = fault.graph.network.calls[constraint.call]
    return Diagnosis(
        code="SG401",
        layer=call.layer,
        layer_type=call.layer_type,
        expected=mismatch.expected,
        actual=mismatch.actual,
        axes=mismatch.axes,
        causes=(_cause(sites, odd, name, usual),),
        declared=expectation.declared,
        origin=expectation.origin,
        headline=f"dimension `{name}` is {usual} in {first} but {odd.size} in {odd.owner}",
        notes=(f"occurrences of {name}:", *_table(sites, name, usual)),
    )


def _commonest(sites: list[_Site]) -> int | None:
    return Counter(site.size for site in sites).most_common(1)[0][0]


def _cause(sites: list[_Site], odd: _Site, name: str, usual: int | None) -> Cause:
    agreeing = [site.owner for site in sites if site.size == usual]
    places = f"{len(agreeing)} places" if len(agreeing) > 1 else agreeing[0]
    return Cause(
        "symbol",
        (),
        confidence="cause" if 2 * len(agreeing) > len(sites) else "possible",
        title=f"{odd.owner} has {odd.size}, but `{name}` is {usual} in {places}",
        explanation=(
            "No single argument was found that makes them equal. Make the sizes equal, in the data or in the layers in"
            " between, or give the axes different names if they may differ."
        ),
    )


def _table(sites: list[_Site], name: str, usual: int | None) -> Iterator[str]:
    """A line for each place, the odd ones marked."""
    width, of_shape = max(len(site.owner) for site in sites), max(len(site.shape) for site in sites)
    for site in sites:
        mark = "" if site.size == usual else "   <- differs"
        yield f"{site.owner:{width}}  {site.shape:{of_shape}}  {name} = {site.size}{mark}"


@dataclass(frozen=True, slots=True)
class _Site:
    """A place where a symbol occurs."""

    owner: str
    shape: str
    size: int | None


def _sites(constraints: Constraints, scope: str, name: str) -> list[_Site]:
    sites = []
    for constraint in constraints.all:
        if constraint.target is None or constraint.target.expectation.scope != scope:
            continue
        for spec, value in zip(constraint.specs, constraint.values, strict=False):
            shape = constraints.shape(value, None)
            for symbol, _, size in occurrences(spec, shape or ()):
                if symbol == name and isinstance(size, int):
                    sites.append(_Site(_owner(constraints.graph, constraint), str(shape), size))
    return sites


def _owner(graph: Graph, constraint: Constraint) -> str:
    return f"{'input' if restates_input(graph, constraint) else 'layer'} '{constraint.layer}'"


def _mismatch(fault: Fault, constraint: Constraint) -> Mismatch | None:
    return next((m for m in fault.analysis.problem.mismatches if m.target is constraint.target), None)


def symbol_note(fault: Fault, constraint: Constraint) -> str:
    """What the names of a constraint stand for there: "`T` is 30 in input 'tokens'"."""
    mismatch, bound = _mismatch(fault, constraint), fault.constraints.bindings_of(constraint)
    names = dict.fromkeys(mismatch.symbols if mismatch is not None else ())
    sizes = ", ".join(f"`{name}` is {bound.size(name)}" for name in names)
    return f"{sizes} in {_owner(fault.graph, constraint)}"


def restates_input(graph: Graph, constraint: Constraint) -> bool:
    """An expectation of an input repeats what the program says anyway, so it is no witness."""
    return graph.network.calls[constraint.call].layer_type == "InputLayer"
