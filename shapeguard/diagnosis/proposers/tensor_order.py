"""The tensors of a call in another order than the one in which they are given: query and value, both of a product."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shapeguard.diagnosis.call_repairs import ReorderInputs, moved_by, orders_of, roles_of
from shapeguard.diagnosis.scoring import call_costs as costs
from shapeguard.diagnosis.written_calls import WrittenCall

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shapeguard.diagnosis.faults import Fault


def propose_orders(fault: Fault) -> Iterator[ReorderInputs]:
    """Other orders of the tensors of suspects that tell them apart: in all calls of a line, or in one of these."""
    for node in fault.suspects:
        if fault.graph.meets_weight(node):
            continue
        orders = list(orders_of(node.call, fault.graph.inputs_of(node)))
        written = WrittenCall.of(fault.analysis, node) if orders else None
        calls = (node.index,) if written is None else written.nodes
        for order in orders:
            cost = costs.REORDER + costs.EACH_MOVED_TENSOR * (moved_by(order) - 2)
            names = tuple(roles_of(node.call)[place] for place in order if place < len(roles_of(node.call)))
            together = tuple(index for index in calls if len(fault.graph.nodes[index].inputs) == len(order))
            yield ReorderInputs(together, order, names, cost)
            if len(together) > 1:
                yield ReorderInputs((node.index,), order, names, cost + costs.ONE_CALL_OF_A_LINE)
