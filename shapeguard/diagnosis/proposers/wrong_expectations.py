"""Where no change of the program helps: the batch size, a symbol with two sizes, an annotation that is itself wrong."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from shapeguard.diagnosis.keras_fallback import OperationRule
from shapeguard.records.findings import Cause, Diagnosis, Edit
from shapeguard.spec import display_dims, occurrences

if TYPE_CHECKING:
    from shapeguard.diagnosis.constraints import Constraint, Constraints
    from shapeguard.diagnosis.graph import Graph, Node
    from shapeguard.diagnosis.problem import Problem


def of_batch(problem: Problem) -> Diagnosis | None:
    """The diagnosis of a batch size that is not the expected one; `None` where the batch is as expected."""
    wrong = [m for m in problem.mismatches if m.kind == "size" and m.axes == (0,)]
    if not wrong:
        return None
    first = wrong[0]
    expected, actual = first.expected, first.actual
    if not isinstance(expected, tuple) or not isinstance(actual, tuple) or first.target.call is None:
        return None
    call = problem.network.calls[first.target.call]
    return Diagnosis(
        code="SG302",
        layer=call.layer,
        layer_type=call.layer_type,
        expected=expected,
        actual=actual,
        axes=(0,),
        causes=_batch_causes(problem, expected[0], actual[0]),
        consequences=tuple(
            dict.fromkeys(problem.network.calls[m.target.call].layer for m in wrong[1:] if m.target.call is not None)
        ),
        declared=first.target.expectation.declared,
        origin=first.target.expectation.origin,
        notes=("a literal size on axis 0 is the batch size of training; write a name such as B where it may vary",),
    )


def _batch_causes(problem: Problem, expected: object, actual: object) -> tuple[Cause, ...]:
    feed = problem.feed
    if feed is None or feed.batch_size is None:
        return ()
    edit = Edit(
        "",
        "batch_size",
        actual,
        expected,
        span=feed.batch_span or feed.call_span,
        explicit=feed.batch_span is not None,
        corrected=f"batch_size={expected}",
    )
    cause = Cause(
        "data",
        (edit,),
        confidence="cause",
        title=f"fit was given batches of {actual}, the shape says {expected}",
        label=f"batch_size={feed.batch_size}",
        explanation="No layer's argument changes the batch size.",
    )
    return (cause,)


def of_symbol(problem: Problem, constraints: Constraints, constraint: Constraint) -> Diagnosis | None:
    """The diagnosis of a name that stands for two sizes: every place where it occurs, and the odd one out."""
    mismatch = next((m for m in problem.mismatches if m.target is constraint.target), None)
    if mismatch is None or not mismatch.symbols or constraint.target is None:
        return None
    name = mismatch.symbols[0]
    sites = _sites(constraints, constraint.target.expectation.scope, name)
    if len(sites) < 2:
        return None
    counts = Counter(value for _, _, value in sites)
    usual = constraints.bindings_of(constraint).size(name) or counts.most_common(1)[0][0]
    odd = [(layer, value) for layer, _, value in sites if value != usual]
    call = problem.network.calls[constraint.call]
    first = next(layer for layer, _, value in sites if value == usual)
    odd_layer, odd_value = odd[0] if odd else (_called(constraints.graph, constraint), None)
    widths = max(len(layer) for layer, _, _ in sites), max(len(shape) for _, shape, _ in sites)
    table = tuple(
        f"{layer:{widths[0]}}  {shape:{widths[1]}}  {name} = {value}" + ("   <- differs" if value != usual else "")
        for layer, shape, value in sites
    )
    agreeing = f"{counts[usual]} places agree" if counts[usual] > 1 else "1 place says so"
    cause = Cause(
        "symbol",
        (),
        confidence="cause" if counts[usual] > len(odd) else "possible",
        title=f"{odd_layer} has {odd_value} where {usual} is needed ({agreeing} on {usual})",
        explanation=(
            "No single argument was found that brings them together. Make the sizes equal, in the data or in the layers"
            " between, or give the axes different names if they may differ."
        ),
    )
    return Diagnosis(
        code="SG401",
        layer=call.layer,
        layer_type=call.layer_type,
        expected=mismatch.expected,
        actual=mismatch.actual,
        axes=mismatch.axes,
        causes=(cause,),
        declared=constraint.target.expectation.declared,
        origin=constraint.target.expectation.origin,
        headline=f"dimension `{name}` is {usual} in {first} but {odd_value} in {odd_layer}",
        notes=(f"where {name} occurs", *table),
    )


def _sites(constraints: Constraints, scope: str, name: str) -> list[tuple[str, str, int]]:
    """(what it is called, shape, size) of each place where the symbol occurs."""
    sites = []
    for constraint in constraints.all:
        if constraint.target is None or constraint.target.expectation.scope != scope:
            continue
        for spec, value in zip(constraint.specs, constraint.values, strict=False):
            shape = constraints.shape(value, None)
            for found, _, size in occurrences(spec, shape or ()):
                if found == name and isinstance(size, int):
                    sites.append((_called(constraints.graph, constraint), str(shape), size))
    return sites


def _called(graph: Graph, constraint: Constraint) -> str:
    return f"{'input' if _restates(graph, constraint) else 'layer'} '{constraint.layer}'"


def told_by(problem: Problem, constraints: Constraints, constraint: Constraint) -> str:
    """What the names of a goal stand for there: "`T` is 30 in input 'tokens'"."""
    mismatch = next((m for m in problem.mismatches if m.target is constraint.target), None)
    bound = constraints.bindings_of(constraint)
    names = mismatch.symbols if mismatch is not None else ()
    return (
        ", ".join(f"`{name}` is {bound.size(name)}" for name in dict.fromkeys(names))
        + f" in {_called(constraints.graph, constraint)}"
    )


def of_annotation(graph: Graph, constraints: Constraints, constraint: Constraint) -> Cause | None:
    """The annotation as the cause, where all others agree with what was seen; `None` where nothing speaks for it.

    It is sure where another satisfied expectation could not hold with the annotated shape.
    """
    if constraint.target is None or not constraint.values or constraint.structure:
        return None
    others = [g for g in constraints.all if g is not constraint and g.target is not None and not _restates(graph, g)]
    actual = graph.shapes.get(constraint.values[0])
    if actual is None or not others or any(g in constraints.violated for g in others):
        return None
    suggestion = _repaired(display_dims(constraint.target.expectation.spec, actual), actual)  # type: ignore[arg-type]
    edit = Edit(
        layer=constraint.layer,
        argument="annotation",
        value=str(constraint.target.expectation.spec),
        suggestion=suggestion,
        layers=(constraint.layer,),
        span_layers=(constraint.layer,),
        explicit=True,
        span=constraint.target.expectation.declared,
        corrected=f'"{" ".join("_" if dim is None else str(dim) for dim in suggestion)}"',
    )
    reason = _contradiction(graph, constraints, constraint)
    told = "1 other expectation agrees" if len(others) == 1 else f"{len(others)} other expectations agree"
    return Cause(
        "annotation",
        (edit,),
        confidence="cause" if reason else "possible",
        verified=True,
        title=f"the expected shape of '{constraint.layer}' itself: {told} with what was seen",
        label="expected here",
        explanation=reason,
        proof="every other expectation holds as it is",
    )


def _contradiction(graph: Graph, constraints: Constraints, constraint: Constraint) -> str:
    """Why the expectation cannot hold beside the others, whatever the program is; "" where it could."""
    if _contradicted(graph, constraints, constraint):
        actual = graph.shapes[constraint.values[0]]
        return f"with {constraint.specs[0]} for '{constraint.layer}' the others could not hold; it is {actual}"
    node = graph.nodes.get(constraint.call)
    enters = node.inputs if node is not None and not node.opaque else ()
    known = [other for other in constraints.all if other.target is not None and constraints.holds(other, None)]
    if node is None or len(enters) != 1 or not any(enters[0] in other.values for other in known):
        return ""
    axis = _axis_passed_on(graph, node, next(iter(constraint.wishes(constraints.bindings_of(constraint))), ()))
    size = graph.shapes[enters[0]][axis] if axis else None
    return f"{node.call.layer_type} passes axis {axis} on, and {size} is what is expected to enter it" if axis else ""


def _axis_passed_on(graph: Graph, node: Node, wish: tuple[int | None, ...]) -> int | None:
    """The first axis, the batch apart, that is not as wished although the layer only passes it on."""
    shape, made = graph.outputs_of(node)[0], graph.inputs_of(node)[0]
    if node.rule is None or isinstance(node.rule, OperationRule) or not len(wish) == len(shape) == len(made):
        return None
    for axis, (size, actual) in enumerate(zip(wish, shape, strict=True)):
        wrong = axis > 0 and size is not None and size != actual
        if wrong and made[axis] == actual and node.rule.explain_axis(node.config, (made,), axis) is None:
            return axis
    return None


def _restates(graph: Graph, constraint: Constraint) -> bool:
    """An expectation of an input repeats what the program says anyway, so it is no witness."""
    return graph.network.calls[constraint.call].layer_type == "InputLayer"


def _repaired(expected: tuple[object, ...], actual: tuple[int | None, ...]) -> tuple[object, ...]:
    if len(expected) != len(actual):
        return ("B", *actual[1:])
    return tuple(e if isinstance(e, str) or e is None else a for e, a in zip(expected, actual, strict=True))


def _contradicted(graph: Graph, constraints: Constraints, constraint: Constraint) -> bool:
    wishes = constraint.wishes(constraints.bindings_of(constraint))
    observed = graph.shapes.get(constraint.values[0], ())
    if not wishes:
        return False
    wish = wishes[0]
    shape = (
        wish
        if len(wish) != len(observed)
        else tuple(o if w is None else w for w, o in zip(wish, observed, strict=True))
    )
    scenario = graph.propagate(values={constraint.values[0]: shape})
    return scenario.refusal is not None or not constraints.met(scenario, ignore=(constraint,))
