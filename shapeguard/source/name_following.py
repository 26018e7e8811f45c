"""Follows a name to what gives it its value: an assignment, a parameter, a loop; never a guess."""

from __future__ import annotations

import ast
import operator
from typing import TYPE_CHECKING, Any

from shapeguard.source.attribute_following import NOTHING
from shapeguard.source.call_arguments import (
    Spread,
    default_of,
    keyword_of,
    may_call,
    only_call_of,
    passed_for,
    positional_names,
    positional_of,
)
from shapeguard.source.code_places import Place, assigned_to, bound_at, text_of
from shapeguard.source.expressions import Binding, Calculated, KnownValue, Named, says_nothing
from shapeguard.source.loop_rounds import each_round, items_of
from shapeguard.source.mapping_following import MappingFollower, collects
from shapeguard.source.name_bindings import FUNCTIONS, loop_around, scope_of
from shapeguard.source.trees import source_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from shapeguard.records.source import Argument
    from shapeguard.source.call_arguments import Passed
    from shapeguard.source.expressions import Expression
    from shapeguard.source.name_bindings import Function


class NameFollower(MappingFollower):
    """Follows names; what reads the expressions that these were given is left to the reader."""

    __slots__ = ()

    def spread(self, call: ast.Call, argument: Argument, place: Place) -> Expression | None:
        """An argument that a starred expression in a call passes; `None` where it is not one."""
        position = argument.position
        passed = keyword_of(call, argument.name) if position is None else positional_of(call, position)
        return self._passed(passed, place) if isinstance(passed, Spread) else None

    def of_name(self, node: ast.Name, place: Place) -> Expression:
        """The value of a name."""
        around = loop_around(place.source, node, node.id)
        if around is not None:
            comprehension, target, iterated = around
            rounds = self._rounds(comprehension, target, iterated, node.id, place)
            return rounds if rounds is NOTHING else self._named(f"{node.id} in ", iterated, rounds, node, place)
        bound = bound_at(node.id, place)
        if bound is None:
            return NOTHING
        expression = self._of_binders(node, *bound)
        return _observed(node.id, *bound, expression) if says_nothing(expression) else expression

    def _of_binders(self, node: ast.Name, place: Place, binders: Sequence[ast.AST]) -> Expression:
        match binders:
            case [ast.arg()] if isinstance(place.scope, FUNCTIONS):
                return self._parameter(node, place.scope, place)
            case [ast.For(target=target, iter=iterated) as loop]:
                rounds = self._rounds(loop, target, iterated, node.id, place)
                return rounds if rounds is NOTHING else self._named(f"{node.id} in ", iterated, rounds, node, place)
            case [ast.Assign() | ast.AnnAssign() as statement]:
                value = assigned_to(statement, node.id)
                return (
                    NOTHING
                    if value is None
                    else self._named(f"{node.id} = ", value, self.read(value, place), node, place)
                )
            case [first, *others] if (sign := _only_operator(others)) is not None:
                inner = self._of_binders(node, place, [first])
                return inner if inner is NOTHING else Calculated(sign, (inner, NOTHING))
            case _:
                return NOTHING

    @staticmethod
    def _named(before: str, given: ast.AST, inner: Expression, use: ast.Name, place: Place) -> Named:
        """A name whose step reads `before` and then the text of what it is given."""
        source = place.source
        return Named(use.id, before + text_of(source, given), inner, source.span(use), Binding(place.span, use.id))

    def _rounds(self, loop: ast.AST, target: ast.expr, iterated: ast.expr, name: str, place: Place) -> Expression:
        items = items_of(iterated, lambda each: self.read(each, place))
        found = each_round(place.source.span(loop), target, name, items)
        return NOTHING if found is None else found

    def _parameter(self, use: ast.Name, function: Function, place: Place) -> Expression:
        """What a function was given for a parameter, by its caller or by its default."""
        called = self.call_of(function, place)
        names = [*positional_names(place.source, function), *(each.arg for each in function.args.kwonlyargs)]
        if called is None or use.id not in names:
            return NOTHING
        call, outside = called
        passed, default = passed_for(place.source, function, use.id, call), default_of(function, use.id)
        inner = self._passed(passed, outside) if passed is not None else NOTHING
        if default is not None and (passed is None or (isinstance(passed, Spread) and inner is NOTHING)):
            around = Place(place.source, scope_of(place.source, function), left=place.left)
            return self._named(f"{use.id}=", default, self.read(default, around), use, place)
        given = passed.value if isinstance(passed, Spread) else passed
        if given is None or inner is NOTHING:
            return inner
        step = f"{use.id}={text_of(outside.source, given)}"
        return Named(use.id, step, inner, place.source.span(use), Binding(place.span, use.id))

    def call_of(self, function: Function, place: Place) -> tuple[ast.Call, Place] | None:
        """The call of the function in which the code at a place runs; else the only one that its file has."""
        if place.callers:
            source = source_of(place.callers[0].file)
            call = None if source is None else source.call_ending(place.callers[0])
            if source is not None and call is not None and may_call(place.source, call, function):
                scope, numbers = scope_of(source, call), place.numbers[1:]
                return call, Place(source, scope, place.callers[1:], place.owners, place.left, numbers)
        call = None if function in place.left else only_call_of(place.source, function)
        if call is None:
            return None
        return call, Place(place.source, scope_of(place.source, call), left=place.left | {function})

    def _passed(self, passed: Passed | None, place: Place) -> Expression:
        if not isinstance(passed, Spread):
            return NOTHING if passed is None else self.read(passed, place)
        if passed.key is not None:
            return self.entry(passed.value, passed.key, place)
        if isinstance(passed.value, ast.Name) and collects(place.scope, "vararg", passed.value.id):
            return self.beyond(passed.value, place, index=passed.index or 0)
        return Calculated(operator.getitem, (self.read(passed.value, place), KnownValue(passed.index)))

    def beyond(self, use: ast.Name, place: Place, *, index: int = 0, key: str | None = None) -> Expression:
        """What a function was given beyond its own parameters: by position from `index` on, or under a key."""
        function = place.scope
        called = self.call_of(function, place) if isinstance(function, FUNCTIONS) else None
        if called is None or not isinstance(function, FUNCTIONS):
            return NOTHING
        call, outside = called
        count = len(positional_names(place.source, function))
        passed = positional_of(call, count + index) if key is None else keyword_of(call, key)
        inner = self._passed(passed, outside)
        return inner if inner is NOTHING else self._named("*" if key is None else "**", use, inner, use, place)


def _observed(name: str, place: Place, binders: Sequence[ast.AST], otherwise: Expression) -> Expression:
    """What a name stood for while the program ran, if one thing alone gives it a value, as `_, h, w, c = x.shape`."""
    value = place.numbers[0].get(name) if place.numbers else None
    is_given_once = len(binders) == 1 and isinstance(binders[0], ast.arg | ast.Assign | ast.AnnAssign)
    return KnownValue(value, is_observed=True) if value is not None and is_given_once else otherwise


_SIGNS: dict[type[ast.operator], Callable[..., Any]] = {ast.Mult: operator.mul, ast.Add: operator.add}


def _only_operator(statements: Sequence[ast.AST]) -> Callable[..., Any] | None:
    """The function of the one operator that statements apply to a name again and again: `filters *= 2`."""
    signs = {type(each.op) if isinstance(each, ast.AugAssign) else None for each in statements}
    sign = signs.pop() if len(signs) == 1 else None
    return _SIGNS.get(sign) if sign is not None else None
