"""Names that are unpacked in another order than their function gives, or a call that takes parts of both kinds."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from shapeguard.diagnosis.fit_edits import edit_of
from shapeguard.diagnosis.handed_over import given_in, training_call
from shapeguard.records.findings import Cause
from shapeguard.source.conversions import WHOLE, expression_given, in_order
from shapeguard.source.split_names import name_of_part
from shapeguard.source.statement_edits import replaced
from shapeguard.source.unpacked_data import role_of, unpacked_from

if TYPE_CHECKING:
    from collections.abc import Sequence

    from shapeguard.records.network import Feed
    from shapeguard.source.conversions import Leaf
    from shapeguard.source.trees import Source
    from shapeguard.source.unpacked_data import Unpacking

    Place = tuple[Source, ast.Call]


def cause_of_unpacking(feed: Feed, arrays: Sequence[tuple[str, Leaf]]) -> Cause | None:
    """What is wrong where the arrays of a call, by part and leaf, were unpacked; `None` if they were not, or rightly.

    Their names tell which belong together: `X_train` and `y_train`.
    """
    place = training_call(feed)
    nodes = [] if place is None else [expression_given(place[1], given_in(feed, part), leaf) for part, leaf in arrays]
    known = None if place is None else _unpacked_together(place[0], nodes)
    return None if place is None or known is None else _of_roles(place, nodes, *known)


def cause_of_other_part(feed: Feed) -> Cause | None:
    """The inputs or the targets of another part of the data, as their names tell; `None` where they tell nothing.

    What is trained on is the training data, and what is validated or evaluated is not.
    """
    place = training_call(feed)
    x, y = (None if place is None else expression_given(place[1], given_in(feed, part), WHOLE) for part in ("x", "y"))
    if place is None or x is None or y is None:
        return None
    found, part = name_of_part(*place, y, x), "y"
    role = None if found is None else role_of(found[0].id)
    if feed.phase == "train" and role is not None and role.is_training:
        found, part = name_of_part(*place, x, y), "x"
    return None if found is None else _renamed(place, given_in(feed, part).argument, *found)


def _renamed(place: Place, argument: str, name: ast.Name, renamed: str) -> Cause:
    source, call = place
    return Cause(
        "data",
        (edit_of(call, argument, replaced(source, call, source.span(name), renamed)),),
        confidence="cause",
        title=f"`{name.id}` is of another part of the data than what stands beside it: `{renamed}` is of the same",
        label="of another part",
        fix_note="give the same part of both",
    )


def _unpacked_together(source: Source, nodes: Sequence[ast.expr | None]) -> tuple[Unpacking, list[str]] | None:
    """The one unpacking that all expressions come from, and their names there; `None` if they do not."""
    found = [None if node is None else unpacked_from(source, node) for node in nodes]
    known = [each for each in found if each is not None]
    if len(known) < len(found) or len({each.statement for each, _ in known}) != 1:
        return None
    return known[0][0], [name.id for _, name in known]


def _of_roles(
    place: Place, nodes: Sequence[ast.expr | None], unpacking: Unpacking, names: Sequence[str]
) -> Cause | None:
    """The order of the names, or the call, whichever is not as the names say."""
    roles = [role for role in map(role_of, names) if role is not None]
    if not len(roles) == len(names) == unpacking.arrays:
        return None
    order = unpacking.right_order([role.stem for role in roles])
    if order is None:
        return None
    if order == tuple(range(len(order))):
        return _of_call(place, nodes, names, unpacking)
    return _of_order(place, unpacking, order) if len({role.is_training for role in roles}) == 1 else None


def _of_order(place: Place, unpacking: Unpacking, order: tuple[int, ...]) -> Cause:
    source, call = place
    change = in_order(source, unpacking.statement, unpacking.names, order)
    written = ", ".join(each.id for each in unpacking.names)
    return Cause(
        "data",
        (edit_of(call, "x", change),),
        confidence="cause",
        title=f"{written} is another order than that in which `{unpacking.function}` gives the arrays",
        label="unpacked in another order",
        explanation=f"`{unpacking.function}` gives what belongs to the names "
        f"{', '.join(unpacking.names[index].id for index in order)}, in this order.",
        fix_note="order the names",
    )


def _of_call(
    place: Place, nodes: Sequence[ast.expr | None], names: Sequence[str], unpacking: Unpacking
) -> Cause | None:
    """The array of the other part, for one that is handed over beside the part of the first."""
    source, call = place
    first = role_of(names[0])
    for node, name in zip(nodes, names, strict=True):
        role = role_of(name)
        if first is None or role is None or role.is_training == first.is_training or not isinstance(node, ast.Name):
            continue
        partners = [each.id for each in unpacking.names if _is_partner(each.id, role.stem, first.is_training)]
        return Cause(
            "data",
            (edit_of(call, "y", replaced(source, call, source.span(node), partners[0])),),
            confidence="cause",
            title=f"`{node.id}` does not belong to `{names[0]}`: they are of different parts",
            label="of the other part",
            fix_note="give the same part of both",
        )
    return None


def _is_partner(name: str, stem: str, is_training: bool) -> bool:  # noqa: FBT001
    role = role_of(name)
    return role is not None and role.stem == stem and role.is_training == is_training
