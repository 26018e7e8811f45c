"""The functions of the user's own that a pass runs, and which of their expressions a call depends on."""

from __future__ import annotations

import ast
import inspect
from collections import defaultdict
from dataclasses import dataclass
from types import FunctionType
from typing import TYPE_CHECKING, Any

from shapeguard.diagnosis.written_calls import WrittenCall
from shapeguard.keras_compat import keras_layers
from shapeguard.keras_compat.own_cells import StateAfterStep
from shapeguard.keras_compat.own_steps import LossStep, OwnStep
from shapeguard.source import frames, trees
from shapeguard.source.compiled_otherwise import definition_of
from shapeguard.source.function_slices import expressions_before, statement_at

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from types import CellType

    from shapeguard.diagnosis.analysis import Analysis
    from shapeguard.diagnosis.graph import Graph, Node
    from shapeguard.records.source import Span
    from shapeguard.source.function_slices import Function
    from shapeguard.source.trees import Source


BUILD = "build"
"""The method in which a layer makes its weights."""
BEGINNING = "get_initial_state"
"""The method by which a cell makes its first state."""


@dataclass(frozen=True, slots=True, eq=False)
class OwnFunction:
    """A function that a pass runs, the statement that defines it, and the layer or model that it is a method of."""

    function: FunctionType
    source: Source
    definition: Function
    owner: Any

    @property
    def place(self) -> tuple[str, int]:
        """Where it is defined."""
        return self.source.file, self.definition.lineno

    def holds(self, span: Span) -> bool:
        """Whether a place is inside it."""
        return span.file == self.source.file and trees.holds(self.definition, span.line)

    def is_given_state(self, name: str) -> bool:
        """Whether it is the step of a cell that is given its state by this name."""
        names = [each.arg for each in self.definition.args.args]
        return self.definition.name == "call" and names[2:3] == [name]

    def unused_layers_like(self) -> dict[str, tuple[str, ...]]:
        """By attribute of its owner that is a layer, others of the same class that its class reads nowhere else."""
        read, stored = self._attributes(ast.Load), self._attributes(ast.Store)
        values = {name: getattr(self.owner, name, None) for name in sorted(read | stored)}
        own = {name: each for name, each in values.items() if isinstance(each, keras_layers.Layer)}
        return {
            name: tuple(other for other, like in own.items() if type(like) is type(layer) and other not in read)
            for name, layer in own.items()
        }

    def _attributes(self, context: type[ast.expr_context]) -> set[str]:
        """The attributes that the class around it reads, or sets."""
        around = next((each for each in trees.ancestors(self.source, self.definition)), self.source.tree)
        nodes = (each for each in ast.walk(around) if isinstance(each, ast.Attribute))
        return {each.attr for each in nodes if isinstance(each.ctx, context)}

    def numbers(self) -> tuple[str, ...]:
        """The attributes of its owner that are whole numbers, as the function reads them."""
        read = {
            each.attr for each in ast.walk(self.definition) if isinstance(each, ast.Attribute) and _is_self(each.value)
        }
        values = vars(self.owner) if self.owner is not None else {}
        return tuple(f"self.{name}" for name in sorted(read) if type(values.get(name)) is int)


def _is_self(node: ast.expr) -> bool:
    return isinstance(node, ast.Name) and node.id == "self"


def functions_in(graph: Graph) -> list[OwnFunction]:
    """The functions of the user's own that the calls of a network may run, each once."""
    found: dict[int, OwnFunction] = {}
    for call in graph.network.calls:
        owner = call.operation.model if isinstance(call.operation, OwnStep) else call.operation
        for function in _methods_of(owner):
            _add(found, function, owner)
        if isinstance(call.operation, LossStep):
            method = call.operation.method
            _add(found, inspect.unwrap(getattr(method, "__func__", method)), getattr(method, "__self__", None))
    return _with_helpers(found)


def functions_behind(functions: Iterable[FunctionType]) -> list[OwnFunction]:
    """These functions, and those of their files that they call, or that these call."""
    found: dict[int, OwnFunction] = {}
    for function in functions:
        _add(found, function, None)
    called = {id(each): each for each in found.values()}
    helpers = [each for each in _with_helpers(dict(found)) if id(each.function) not in found]
    waiting = list(found.values())
    while waiting:
        names = _names_called(waiting.pop())
        new = [each for each in helpers if each.definition.name in names and id(each) not in called]
        called |= {id(each): each for each in new}
        waiting += new
    return list(called.values())


def _names_called(function: OwnFunction) -> set[str | None]:
    return {trees.last_name(each.func) for each in ast.walk(function.definition) if isinstance(each, ast.Call)}


def _with_helpers(found: dict[int, OwnFunction]) -> list[OwnFunction]:
    """These functions, and what their files and the functions around them define."""
    for each in list(found.values()):
        around = [cell.cell_contents for cell in each.function.__closure__ or () if _is_filled(cell)]
        for function in (*each.function.__globals__.values(), *around):
            if isinstance(function, FunctionType) and function.__code__.co_filename == each.source.file:
                _add(found, function, None)
    return list(found.values())


def _is_filled(cell: CellType) -> bool:
    try:
        return cell.cell_contents is not None
    except ValueError:  # the name has no value yet
        return False


def _add(found: dict[int, OwnFunction], function: FunctionType, owner: Any) -> None:
    if id(function) in found:
        return
    source = trees.source_for(function.__code__)
    definition = None if source is None else definition_of(source, function.__code__)
    if source is not None and definition is not None:
        found[id(function)] = OwnFunction(function, source, definition, owner)


def _methods_of(owner: Any) -> Iterator[FunctionType]:
    """The functions in the classes of an object that do not come with a library."""
    for cls in type(owner).__mro__:
        for value in vars(cls).values():
            function = inspect.unwrap(getattr(value, "python_function", value)) if callable(value) else None
            if isinstance(function, FunctionType) and not frames.is_library(function.__code__.co_filename):
                yield function


@dataclass(frozen=True, slots=True)
class Dependence:
    """An expression on which a refused call depends, in its function; `distance` counts what lies between."""

    function: OwnFunction
    expression: ast.expr
    distance: int


def depended_on(analysis: Analysis, node: Node) -> list[Dependence]:
    """The expressions that a call depends on, in the user's functions that a rerun runs, nearest first.

    These are in the function that makes the call, in those that called it, and in the methods that these call.
    """
    functions = functions_in(analysis.graph)
    by_name = defaultdict(list)
    for each in functions:
        by_name[each.definition.name].append(each)
    found: dict[tuple[int, int, int, int, int], Dependence] = {}
    for depth, (span, focus) in enumerate(_places_of(analysis, node)):
        function = _innermost(functions, span)
        if function is not None:
            inside = focus or function.source.expression_at(span) or statement_at(function.definition, span.line)
            _take(found, by_name, function, inside, depth)
    step = _step_behind(analysis.graph, node, functions)
    if step is not None:
        _take(found, by_name, step, None, 0)
    return sorted(found.values(), key=lambda each: each.distance)


def _places_of(analysis: Analysis, node: Node) -> list[tuple[Span, ast.expr | None]]:
    """Where a call is written, and where the functions were called that led to it."""
    written = WrittenCall.of(analysis, node)
    made = node.construction
    own: list[tuple[Span, ast.expr | None]] = []
    if written is not None:
        own.append((written.source.span(written.expression), written.expression))
    if analysis.problem.raised_at is not None:
        own.append((analysis.problem.raised_at, None))
    return [*own, *((span, None) for span in (() if made is None else made.callers))]


def _step_behind(graph: Graph, node: Node, functions: list[OwnFunction]) -> OwnFunction | None:
    """The step of the cell that returned a state which the next step does not take."""
    around = graph.network.calls[node.call.parent] if node.call.parent is not None else None
    if around is None or not isinstance(node.call.operation, StateAfterStep):
        return None
    steps = (each for each in functions if each.definition.name == "call")
    return next((each for each in steps if each.owner is around.operation.cell), None)


def _innermost(functions: list[OwnFunction], span: Span) -> OwnFunction | None:
    around = [each for each in functions if each.holds(span)]
    return max(around, key=lambda each: each.definition.lineno, default=None)


def _take(
    found: dict[tuple[int, int, int, int, int], Dependence],
    by_name: Mapping[str, list[OwnFunction]],
    function: OwnFunction,
    focus: ast.AST | None,
    depth: int,
) -> None:
    for distance, expression in expressions_before(function.definition, focus):
        _note(found, function, expression, depth + distance)
        for helper, further, inner in _elsewhere(by_name, function, expression):
            _note(found, helper, inner, depth + distance + 1 + further)


def _elsewhere(
    by_name: Mapping[str, list[OwnFunction]], function: OwnFunction, expression: ast.expr
) -> Iterator[tuple[OwnFunction, int, ast.expr]]:
    """What an expression depends on in other functions.

    In one that it calls, in `build` behind an attribute, in what makes the state that a cell is given first.
    """
    own = [each for name in (BUILD, BEGINNING) for each in by_name[name] if each.owner is function.owner]
    for method in (each for each in own if each is not function):
        yield from ((method, *each) for each in _set_or_begun(method.definition, function, expression))
    if isinstance(expression, ast.Call):
        for helper in _helpers(by_name.get(trees.last_name(expression.func) or "", ()), function):
            yield from ((helper, *each) for each in expressions_before(helper.definition, None))


def _set_or_begun(method: Function, function: OwnFunction, expression: ast.expr) -> Iterator[tuple[int, ast.expr]]:
    """The expressions of another method of the same object on which an attribute or a state that is read depends."""
    match expression:
        case ast.Attribute(value=owner, attr=name) if method.name == BUILD and _is_self(owner):
            yield from _behind_attribute(method, name)
        case ast.Name(id=name) if method.name == BEGINNING and function.is_given_state(name):
            yield from expressions_before(method, None)


def _helpers(functions: Iterable[OwnFunction], function: OwnFunction) -> list[OwnFunction]:
    """Those in the file of a function that are other ones."""
    return [each for each in functions if each is not function and each.source is function.source]


def _behind_attribute(method: Function, name: str) -> Iterator[tuple[int, ast.expr]]:
    """The expressions in a method on which the attribute of its object depends that it sets."""
    for statement in ast.walk(method):
        if isinstance(statement, ast.Assign) and any(
            isinstance(each, ast.Attribute) and each.attr == name and _is_self(each.value) for each in statement.targets
        ):
            yield from expressions_before(method, statement.value)


def _note(
    found: dict[tuple[int, int, int, int, int], Dependence], function: OwnFunction, expression: ast.expr, distance: int
) -> None:
    place = (expression.lineno, expression.col_offset, expression.end_lineno or 0, expression.end_col_offset or 0)
    found.setdefault((id(function), *place), Dependence(function, expression, distance))
