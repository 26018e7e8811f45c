"""The rows of a report: one a forward call, and one for each expectation of weights or of their number."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from shapeguard.guard.derivations import lines_of
from shapeguard.records.findings import Row
from shapeguard.spec import ShapeSpec, display_dims

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping

    from shapeguard.diagnosis.weight_shapes import WeightCheck
    from shapeguard.records.expectations import Mismatch, Target
    from shapeguard.records.findings import Diagnosis
    from shapeguard.records.network import Call, Network


def rows_of(
    network: Network,
    targets: Iterable[Target],
    mismatches: Iterable[Mismatch],
    diagnoses: Iterable[Diagnosis],
    ignored: Callable[[Call], bool],
    open_: Collection[int] = (),
) -> tuple[Row, ...]:
    """One row a forward call, in call order; for the `open_` ones the pass did not know all sizes spoken of."""
    by_call: dict[int, list[Target]] = {}
    for target in targets:
        if target.call is not None and target.expectation.quantity == "output":
            by_call.setdefault(target.call, []).append(target)
    wrong: dict[int, Mismatch] = {m.target.call: m for m in mismatches if m.target.call is not None}
    diagnosed = {diagnosis.layer for diagnosis in diagnoses}
    consequences = {name for diagnosis in diagnoses for name in diagnosis.consequences}
    makers: dict[int, int] = {}
    rows: list[Row] = []
    for call in network.calls:
        if call.path == "":
            continue
        sources = tuple(dict.fromkeys(makers[v] for v in call.inputs if v in makers))
        row = _row(network, call, by_call.get(call.index, []), wrong.get(call.index), consequences, sources)
        if row.status == "consequence" and row.layer in diagnosed:  # of several calls or layers of this name the first
            diagnosed.discard(row.layer)
            row = replace(row, status="mismatch")
        unknown = row.status == "ok" and call.index in open_
        rows.append(replace(row, status="not checked") if unknown or ignored(call) else row)
        makers.update(dict.fromkeys(call.outputs, len(rows) - 1))
    return tuple(rows)


def _row(
    network: Network,
    call: Call,
    targets: list[Target],
    mismatch: Mismatch | None,
    consequences: set[str],
    sources: tuple[int, ...],
) -> Row:
    shapes = [network.values[v].shape for v in call.outputs]
    actual: Any = shapes[0] if len(shapes) == 1 else (tuple(shapes) or None)
    expectation = targets[0].expectation if targets else None
    expected: Any = None
    if mismatch is not None:
        expected = mismatch.expected
    elif expectation is not None and isinstance(expectation.spec, ShapeSpec):
        expected = display_dims(expectation.spec, shapes[0] if shapes else ())
    status: Any = "no expectation"
    if call.failure is not None and not call.outputs:
        status = "not reached" if expectation is None else "mismatch"
    elif mismatch is not None:
        status = "consequence" if call.layer in consequences else "mismatch"
    elif expectation is not None:
        status = "ok"
    inputs = tuple(network.values[v].shape for v in call.inputs)
    return Row(
        layer=call.layer,
        layer_type=call.layer_type,
        path=call.path,
        call=call.number,
        inputs=inputs[0] if len(inputs) == 1 else inputs,
        expected=expected,
        actual=actual,
        span=call.construction.call if call.construction is not None and not call.construction.indirect else None,
        status=status,
        declared=expectation.declared if expectation is not None else None,
        sources=sources,
    )


def with_derivations(
    rows: Iterable[Row], network: Network, configs: Mapping[int, Mapping[str, Any]], *, all_: bool
) -> tuple[Row, ...]:
    """The rows, one a call of `network`, with the derivation of each size: where the config is read already, or of all.

    Reading the configs of a large model takes longer than comparing its shapes: a clean pass reads none for this.
    """
    told = []
    for row, call in zip(rows, (call for call in network.calls if call.path), strict=True):
        known = all_ or call.index in configs
        told.append(replace(row, derivation=lines_of(network, call, configs.get(call.index))) if known else row)
    return tuple(told)


def with_quantities(
    rows: Iterable[Row], network: Network, measured: Iterable[WeightCheck], consequences: Collection[WeightCheck]
) -> tuple[Row, ...]:
    """The rows, and behind them one for each expectation of weights or of their number."""
    return (*rows, *(_quantity_row(network.calls[one.target.call or 0], one, consequences) for one in measured))


def _quantity_row(call: Call, one: WeightCheck, consequences: Collection[WeightCheck]) -> Row:
    said = one.target.expectation
    status: Any = "not checked"
    if one.agrees is not None:
        status = "ok" if one.agrees else "mismatch"
    if one in consequences:
        status = "consequence"
    return Row(
        layer=call.layer,
        layer_type=call.layer_type,
        path=call.path,
        call=call.number,
        inputs=(),
        expected=one.expected,
        actual=one.actual,
        span=call.construction.call if call.construction is not None and not call.construction.indirect else None,
        quantity=said.quantity,
        status=status,
        declared=said.declared,
    )
