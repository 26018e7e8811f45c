"""Expressions in the user's own functions on which a refused call depends, written otherwise by one small slip."""

from __future__ import annotations

import ast
from dataclasses import replace
from itertools import chain
from typing import TYPE_CHECKING

from shapeguard.diagnosis.batch_words import number_of_samples
from shapeguard.diagnosis.crossings import crossings
from shapeguard.diagnosis.keras_fallback import OperationRule
from shapeguard.diagnosis.own_functions import depended_on
from shapeguard.diagnosis.rewritten_expressions import RewriteExpression
from shapeguard.diagnosis.scoring import expression_costs as costs
from shapeguard.diagnosis.written_tensors import joined_tensors, sizes_of_reshaped
from shapeguard.layers.operations import AXIS_CALLS, REDUCTIONS
from shapeguard.source import trees
from shapeguard.source.compiled_otherwise import compiled_with
from shapeguard.source.other_expressions import other_expressions
from shapeguard.source.slips import MODULES, Vocabulary
from shapeguard.source.statement_edits import at, end, gap

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shapeguard.diagnosis.faults import Fault
    from shapeguard.diagnosis.graph import Node
    from shapeguard.diagnosis.own_functions import Dependence, OwnFunction
    from shapeguard.source.slips import OtherExpression

CONVERTING = AXIS_CALLS | {"reshape"}
"""Calls that give the same numbers on other axes."""
REDUCING = (frozenset({"mean", "reduce_mean"}), frozenset({"sum", "reduce_sum"}))
"""What makes one number of many, the usual first."""
BATCH = "batch_size"
"""The parameter by which a cell is told for how many samples it is to begin."""
STATE = "state_size"
"""The attribute by which a cell tells how large its state is."""
AXES_OF_ONE = frozenset({"axes of one", "axes of one everywhere"})
"""What a sum or product has spread may have been meant without."""
MOST = 80
"""Slips that are tried for one fault, the likeliest first."""


def propose_own_expressions(fault: Fault) -> Iterator[RewriteExpression]:
    """What else may have been meant by an expression behind the refused call, the nearest and likeliest first."""
    node = fault.graph.refused
    if node is None or fault.analysis.problem.rerun is None:
        return
    found = sorted(_slips(fault, node), key=lambda each: each[0])
    for cost, dependence, other in found[:MOST]:
        function = dependence.function
        code = compiled_with(function.source, other.span, other.text, function.function.__code__)
        if code is not None:
            place = function.function.__qualname__.rpartition("<locals>.")[2]
            yield RewriteExpression(node.index, other, function.function, code, place, cost)


def _slips(fault: Fault, node: Node) -> Iterator[tuple[float, Dependence, OtherExpression]]:
    words: dict[int, Vocabulary] = {}
    has_axes_of_one = any(1 in shape[1:] for shape in fault.graph.shapes.values())
    is_crossed = _is_crossed(fault, node)
    reshaped, joined = sizes_of_reshaped(fault.analysis), joined_tensors(fault.analysis, node)
    known = {(each.construction.call, name) for each in fault.suspects if each.construction for name in _known_of(each)}
    for each in depended_on(fault.analysis, node):
        if id(each.function) not in words:
            words[id(each.function)] = replace(
                vocabulary(each.function, has_axes_of_one=has_axes_of_one), reshaped=reshaped, joined=joined
            )
        own = words[id(each.function)]
        call = each.function.source.span(each.expression)
        for other in other_expressions(each.function.source, each.expression, own):
            if other.option is not None and (call, other.option.name) in known:
                continue  # a change of that argument has formulas
            cost = costs.SLIPS[other.manner] + costs.FURTHER_STATEMENT * each.distance
            is_spread = is_crossed and other.manner in AXES_OF_ONE
            yield cost + costs.SPREAD_BEFORE * is_spread, each, other


def _is_crossed(fault: Fault, node: Node) -> bool:
    """Whether a refused call takes what comes of a sum or product of tensors that cross."""
    return any(call.index in node.upstream for call in crossings(fault.graph.network))


def _known_of(node: Node) -> tuple[str, ...]:
    """The arguments of an operation that other proposals change."""
    return node.rule.arguments if isinstance(node.rule, OperationRule) else ()


def vocabulary(function: OwnFunction, *, has_axes_of_one: bool) -> Vocabulary:
    """What the names in a function stand for, as far as the source and the layer tell."""
    inside = list(ast.walk(function.definition))
    samples = _samples(function, inside)
    return Vocabulary(
        reductions=REDUCTIONS,
        axis_calls=AXIS_CALLS,
        unread=_unread(function, inside),
        numbers=(*_counts(function), *function.numbers()),
        bounds=_bounds(function, inside),
        has_steps=any(isinstance(each, ast.Slice) and each.step is not None for each in inside),
        layers=function.unused_layers_like() if function.owner is not None else {},
        iterated=frozenset(_iterated(inside)),
        shapes=_shapes(function, inside),
        conversions=_conversions(function, inside),
        samples=samples,
        reducing=_reducing(function, inside),
        squeezing=_squeezing(function, inside) if has_axes_of_one else None,
        held=_held(function, inside),
        tensors=function.definition.name != "build",
        state=f"self.{STATE}" if type(getattr(function.owner, STATE, None)) is int else None,
        called=frozenset(each.func for each in inside if isinstance(each, ast.Call)),
        sizes=samples.partition("(")[0] if samples is not None and "(" in samples else None,
    )


def _conversions(function: OwnFunction, nodes: list[ast.AST]) -> tuple[tuple[str, str, str], ...]:
    """The names whose axes a call arranges otherwise, each with the text before it in the call, and behind it."""
    found: dict[tuple[str, str, str], None] = {}
    source = function.source
    for each in nodes:
        match each:
            case ast.Call(func=callee, args=[ast.Name(id=name) as first, *rest]) if rest or each.keywords:
                if trees.last_name(callee) in CONVERTING:
                    whole, part = source.span(each), source.span(first)
                    front, back = source.text(gap(at(whole), part)), source.text(gap(end(part), end(whole)))
                    found[name, front, back] = None
    return tuple(found)


def _samples(function: OwnFunction, nodes: list[ast.AST]) -> str | None:
    """The number of samples of what a function is given, as it can say it."""
    if BATCH in (each.arg for each in function.definition.args.args):
        return BATCH
    text, span = function.source.text, function.source.span
    calls = [each for each in nodes if isinstance(each, ast.Call)]
    calls.sort(key=lambda each: text(span(each.func)).startswith("self."))  # which tells no module
    return next(filter(None, (number_of_samples(function.source, each) for each in calls)), None)


def _reducing(function: OwnFunction, nodes: list[ast.AST]) -> str | None:
    """The function that takes a mean, or a sum, where a loss is made; `None` in other functions, or without one."""
    names = {each.attr for each in nodes if isinstance(each, ast.Attribute)}
    if "GradientTape" not in names and "loss" not in function.definition.name:
        return None
    called = [each.func for each in nodes if isinstance(each, ast.Call)]
    found = [each for kind in REDUCING for each in called if trees.last_name(each) in kind]
    return function.source.text(function.source.span(found[0])) if found else None


def _squeezing(function: OwnFunction, nodes: list[ast.AST]) -> str | None:
    """The function that takes axes away, of the module whose functions are called."""
    called = [each.func.value for each in nodes if isinstance(each, ast.Call) and isinstance(each.func, ast.Attribute)]
    modules = [function.source.text(function.source.span(each)) for each in called]
    return next((f"{each}.squeeze" for each in modules if each in MODULES), None)


def _held(function: OwnFunction, nodes: list[ast.AST]) -> frozenset[str]:
    """The names that a function is given, or makes what it calculates."""
    made = (each for each in nodes if isinstance(each, ast.Assign))
    names = (each for one in made for target in one.targets for each in ast.walk(target) if isinstance(each, ast.Name))
    return frozenset((*(each.arg for each in function.definition.args.args), *(each.id for each in names)))


def _shapes(function: OwnFunction, nodes: list[ast.AST]) -> frozenset[ast.expr]:
    """Where a whole shape is read: the one that `build` is given, and no part of it."""
    given, parts = _shape_given(function), {each.value for each in nodes if isinstance(each, ast.Subscript)}
    return frozenset(each for each in nodes if isinstance(each, ast.Name) and each.id == given and each not in parts)


def _shape_given(function: OwnFunction) -> str | None:
    """The name of the shape that `build` is given."""
    names = [each.arg for each in function.definition.args.args][1:2]
    return next(iter(names), None) if function.definition.name == "build" else None


def _unread(function: OwnFunction, nodes: list[ast.AST]) -> tuple[str, ...]:
    """The names that a function is given or gives a value, and reads nowhere."""
    arguments = function.definition.args
    given = [each.arg for each in chain(arguments.args, arguments.kwonlyargs) if each.arg != "self"]
    names = [each for each in nodes if isinstance(each, ast.Name)]
    read = {each.id for each in names if isinstance(each.ctx, ast.Load)}
    every = dict.fromkeys((*given, *(each.id for each in names)))
    return tuple(name for name in every if name not in read and not name.startswith("_"))


def _bounds(function: OwnFunction, nodes: list[ast.AST]) -> tuple[str, ...]:
    """The ends of the slices in a function, each once."""
    ends = chain.from_iterable((each.lower, each.upper) for each in nodes if isinstance(each, ast.Slice))
    source = function.source
    return tuple(dict.fromkeys(source.text(source.span(each)) for each in ends if each is not None))


def _iterated(nodes: list[ast.AST]) -> Iterator[ast.expr]:
    """What loops go over, one by one or several side by side."""
    for each in nodes:
        match each:
            case ast.For(iter=ast.Call(func=ast.Name(id="zip" | "enumerate"), args=args)):
                yield from args
            case ast.For(iter=what):
                yield what


def _counts(function: OwnFunction) -> list[str]:
    """The names that a function gives whole numbers: lengths of tensors, and what is calculated of such."""
    counts: dict[str, None] = {}
    shape = _shape_given(function)
    for each in ast.walk(function.definition):
        match each:
            case ast.Assign(targets=[ast.Name(id=name)], value=value) if _is_count(value, counts, shape):
                counts[name] = None
    return list(counts)


def _is_count(value: ast.expr, counts: dict[str, None], shape: str | None) -> bool:
    """Whether a value is a whole number: a length, a size of a shape, or calculated of such."""
    match value:
        case ast.Subscript(value=ast.Attribute(attr="shape") | ast.Call(func=ast.Attribute(attr="shape")), slice=place):
            return not isinstance(place, ast.Slice)
        case ast.Subscript(value=ast.Name(id=name), slice=ast.Constant(value=int()) | ast.UnaryOp()):
            return name == shape
        case ast.BinOp(left=left, right=right):
            return all(_is_count(each, counts, shape) for each in (left, right))
        case ast.Name(id=name):
            return name in counts
        case ast.Constant(value=int()) | ast.Attribute(value=ast.Name(id="self")) | ast.Call(func=ast.Name(id="len")):
            return True
        case _:
            return False
