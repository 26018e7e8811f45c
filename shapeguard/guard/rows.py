"""The rows of a report: one per forward call, and one per expectation of weights or of their number."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from shapeguard.diagnosis.weight_shapes import parameters_in, weights_of
from shapeguard.guard.derivations import lines_of
from shapeguard.records.findings import Row
from shapeguard.spec import ShapeSpec, display_dims

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping

    from shapeguard.diagnosis.weight_shapes import WeightCheck
    from shapeguard.records.expectations import Expectation, Mismatch, Target
    from shapeguard.records.findings import Diagnosis
    from shapeguard.records.network import Call, Network
    from shapeguard.records.source import Span


def rows_of(
    network: Network,
    targets: Iterable[Target],
    mismatches: Iterable[Mismatch],
    diagnoses: Iterable[Diagnosis],
    ignored: Callable[[Call], bool],
    open_: Collection[int] = (),
) -> tuple[Row, ...]:
    """One row per forward call, in call order; of the `open_` ones the pass did not know all expected sizes."""
    first: dict[int, Expectation] = {}
    for target in targets:
        if target.call is not None and target.expectation.quantity == "output":
            first.setdefault(target.call, target.expectation)
    wrong: dict[int, Mismatch] = {m.target.call: m for m in mismatches if m.target.call is not None}
    statuses = _Statuses(diagnoses, ignored, open_)
    makers: dict[int, int] = {}
    rows: list[Row] = []
    for call in network.calls:
        if call.path == "":
            continue
        expectation, mismatch = first.get(call.index), wrong.get(call.index)
        sources = tuple(dict.fromkeys(makers[v] for v in call.inputs if v in makers))
        row = _row(network, call, expectation, mismatch, sources)
        rows.append(replace(row, status=statuses.of(call, expectation, mismatch)))
        makers.update(dict.fromkeys(call.outputs, len(rows) - 1))
    return tuple(rows)


class _Statuses:
    """The status of each call; asked once per call, in call order."""

    def __init__(self, diagnoses: Iterable[Diagnosis], ignored: Callable[[Call], bool], open_: Collection[int]) -> None:
        diagnoses = tuple(diagnoses)
        self._diagnosed = {diagnosis.layer for diagnosis in diagnoses}
        self._consequences = {name for diagnosis in diagnoses for name in diagnosis.consequences}
        self._ignored, self._open = ignored, open_

    def of(self, call: Call, expectation: Expectation | None, mismatch: Mismatch | None) -> Any:
        status = self._compared(call, expectation, mismatch)
        if status == "consequence" and call.layer in self._diagnosed:  # of several calls or layers of a name the first
            self._diagnosed.discard(call.layer)
            status = "mismatch"
        is_unknown = status == "ok" and call.index in self._open
        return "not checked" if is_unknown or self._ignored(call) else status

    def _compared(self, call: Call, expectation: Expectation | None, mismatch: Mismatch | None) -> str:
        if call.failure is not None and not call.outputs:
            return "not reached" if expectation is None else "mismatch"
        if mismatch is not None:
            return "consequence" if call.layer in self._consequences else "mismatch"
        return "no expectation" if expectation is None else "ok"


def _row(
    network: Network,
    call: Call,
    expectation: Expectation | None,
    mismatch: Mismatch | None,
    sources: tuple[int, ...],
) -> Row:
    """The row of a call, its status left out."""
    shapes = [network.values[v].shape for v in call.outputs]
    actual: Any = shapes[0] if len(shapes) == 1 else (tuple(shapes) or None)
    expected: Any = None
    if mismatch is not None:
        expected = mismatch.expected
    elif expectation is not None and isinstance(expectation.spec, ShapeSpec):
        expected = display_dims(expectation.spec, shapes[0] if shapes else ())
    inputs = tuple(network.values[v].shape for v in call.inputs)
    return Row(
        layer=call.layer,
        layer_type=call.layer_type,
        path=call.path,
        call=call.number,
        inputs=inputs[0] if len(inputs) == 1 else inputs,
        expected=expected,
        actual=actual,
        span=_span(call),
        declared=expectation.declared if expectation is not None else None,
        sources=sources,
        params=_parameters(call),
        dtypes=tuple(network.values[v].dtype for v in call.outputs),
    )


def _parameters(call: Call) -> int | None:
    weights = weights_of(call.operation)
    return None if weights is None else parameters_in(weights)


def with_derivations(
    rows: Iterable[Row], network: Network, configs: Mapping[int, Mapping[str, Any]], *, all_: bool
) -> tuple[Row, ...]:
    """The rows, one per call of `network`, with the derivation of each size: if the config is read already, or of all.

    Reading the configs of a large model takes longer than comparing its shapes: a clean pass reads none for this.
    """
    calls = (call for call in network.calls if call.path)
    return tuple(
        replace(row, derivation=lines_of(network, call, configs.get(call.index)))
        if all_ or call.index in configs
        else row
        for row, call in zip(rows, calls, strict=True)
    )


def with_quantities(
    rows: Iterable[Row], network: Network, measured: Iterable[WeightCheck], consequences: Collection[WeightCheck]
) -> tuple[Row, ...]:
    """The rows, and behind them one for each expectation of weights or of their number."""
    return (*rows, *(_quantity_row(network.calls[each.target.call or 0], each, consequences) for each in measured))


def _quantity_row(call: Call, check: WeightCheck, consequences: Collection[WeightCheck]) -> Row:
    expectation = check.target.expectation
    status: Any = "not checked"
    if check.agrees is not None:
        status = "ok" if check.agrees else "mismatch"
    if check in consequences:
        status = "consequence"
    return Row(
        layer=call.layer,
        layer_type=call.layer_type,
        path=call.path,
        call=call.number,
        inputs=(),
        expected=check.expected,
        actual=check.actual,
        span=_span(call),
        quantity=expectation.quantity,
        status=status,
        declared=expectation.declared,
    )


def _span(call: Call) -> Span | None:
    """The constructor call of the layer in the user's source."""
    return None if call.construction is None or call.construction.indirect else call.construction.call
