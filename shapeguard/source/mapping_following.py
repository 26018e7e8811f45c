"""Follows a key of a dictionary to what it has under it: written out, passed on, collected, or kept by a layer."""

from __future__ import annotations

import ast
from abc import abstractmethod
from dataclasses import replace
from typing import TYPE_CHECKING

from shapeguard.source.attribute_following import NOTHING, AttributeFollower
from shapeguard.source.call_arguments import Spread, passed_for
from shapeguard.source.code_places import Place, bound_at, class_read_at, inside, text_of
from shapeguard.source.expressions import Binding, Named
from shapeguard.source.name_bindings import FUNCTIONS, attribute_values

if TYPE_CHECKING:
    from shapeguard.source.constants import Scope
    from shapeguard.source.expressions import Expression
    from shapeguard.source.name_bindings import Function


class MappingFollower(AttributeFollower):
    """Follows keys of dictionaries; which call a function has is left to the follower of names."""

    __slots__ = ()

    @abstractmethod
    def call_of(self, function: Function, place: Place) -> tuple[ast.Call, Place] | None:
        """The call of the function in which the code at a place runs; else the only one that its file has."""

    @abstractmethod
    def beyond(self, use: ast.Name, place: Place, *, index: int = 0, key: str | None = None) -> Expression:
        """What a function was given beyond its own parameters: by position from `index` on, or under a key."""

    def entry(self, mapping: ast.expr, key: str, place: Place) -> Expression:
        """What a dictionary has under a key."""
        if isinstance(mapping, ast.Attribute):
            return self._entry_of_attribute(mapping, key, place)
        if not isinstance(mapping, ast.Name):
            value = _value_under(mapping, key)
            return NOTHING if value is None else self.read(value, place)
        bound = bound_at(mapping.id, place)
        match None if bound is None else bound[1]:
            case [ast.Assign(targets=[ast.Name()], value=value)] if bound is not None:
                inner = self.entry(value, key, bound[0])
                return inner if inner is NOTHING else self._entry_named(mapping, key, value, inner, bound[0])
            case [ast.arg()] if bound is not None and collects(bound[0].scope, "kwarg", mapping.id):
                return self.beyond(mapping, bound[0], key=key)
            case [ast.arg()] if bound is not None:
                return self._entry_passed(mapping, key, bound[0])
            case _:
                return NOTHING

    def _entry_passed(self, mapping: ast.Name, key: str, place: Place) -> Expression:
        """What a dictionary has under a key that a function was given for a parameter."""
        called = self.call_of(place.scope, place) if isinstance(place.scope, FUNCTIONS) else None
        if called is None or not isinstance(place.scope, FUNCTIONS):
            return NOTHING
        passed = passed_for(place.source, place.scope, mapping.id, called[0])
        if passed is None or isinstance(passed, Spread):
            return NOTHING
        inner = self.entry(passed, key, called[1])
        if inner is NOTHING:
            return NOTHING
        step = f"{mapping.id}={text_of(called[1].source, passed)}"
        use = place.source.span(mapping)
        return Named(f"{mapping.id}[{key!r}]", step, inner, use, Binding(place.span, mapping.id, key=key))

    def _entry_of_attribute(self, mapping: ast.Attribute, key: str, place: Place) -> Expression:
        """What a dictionary has under a key that a layer keeps as an attribute."""
        cls, method = class_read_at(mapping, place)
        given = () if cls is None else attribute_values(place.source, cls, mapping.attr)
        if cls is None or method is None or len(given) != 1 or given[0].value is None:
            return NOTHING
        inner = self.entry(given[0].value, key, inside(given[0].method, place, cls))
        if inner is NOTHING:
            return NOTHING
        named = self._attribute_named(mapping, given[0].value, inner, cls, place)
        return replace(named, name=f"{named.name}[{key!r}]", binding=replace(named.binding, key=key))

    @staticmethod
    def _entry_named(mapping: ast.Name, key: str, given: ast.AST, inner: Expression, place: Place) -> Named:
        source = place.source
        step = f"{mapping.id} = {text_of(source, given)}"
        return Named(
            f"{mapping.id}[{key!r}]", step, inner, source.span(mapping), Binding(place.span, mapping.id, key=key)
        )


def collects(scope: Scope, kind: str, name: str) -> bool:
    """Whether a name is what a function collects in its `*` or `**`."""
    collected = getattr(scope.args, kind) if isinstance(scope, FUNCTIONS) else None
    return collected is not None and collected.arg == name


def _value_under(mapping: ast.expr, key: str) -> ast.expr | None:
    """The value under a key of a dictionary that is written out, or of a call of `dict`."""
    match mapping:
        case ast.Dict(keys=keys, values=values):
            found = [value for each, value in zip(keys, values, strict=True) if _is_key(each, key)]
            return found[0] if len(found) == 1 and None not in keys else None
        case ast.Call(func=ast.Name(id="dict"), args=[], keywords=keywords):
            return next((each.value for each in keywords if each.arg == key), None)
        case _:
            return None


def _is_key(node: ast.expr | None, key: str) -> bool:
    return isinstance(node, ast.Constant) and node.value == key
