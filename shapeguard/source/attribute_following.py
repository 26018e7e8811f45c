"""Follows an attribute of a layer, or of a class, to the one statement that gives it its value."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

from shapeguard.source.code_places import Place, assigned_to, class_read_at, inside, text_of
from shapeguard.source.expressions import UNKNOWN, Binding, KnownValue, Named
from shapeguard.source.name_bindings import attribute_values, binders_in, family_of

if TYPE_CHECKING:
    import ast

    from shapeguard.source.expressions import Expression

NOTHING = KnownValue(UNKNOWN)
"""What only running the program would tell."""


class AttributeFollower(ABC):
    """Follows attributes; what reads the expressions that these were given is left to the reader."""

    __slots__ = ()

    @abstractmethod
    def read(self, node: ast.expr, place: Place) -> Expression:
        """The expression with its names followed; `NOTHING` for what only running the program would tell."""

    def of_attribute(self, node: ast.Attribute, place: Place) -> Expression:
        """The value of an attribute of the layer whose method runs, or of a class in the file."""
        cls, method = class_read_at(node, place)
        if cls is None:
            return NOTHING
        given = attribute_values(place.source, cls, node.attr)
        if not given:
            return self._class_constant(node, cls, place)
        if len(given) > 1 or given[0].value is None or method is None:
            return NOTHING
        inner = self.read(given[0].value, inside(given[0].method, place, cls))
        return inner if inner is NOTHING else self._attribute_named(node, given[0].value, inner, cls, place)

    def _class_constant(self, node: ast.Attribute, cls: ast.ClassDef, place: Place) -> Expression:
        values = [
            (each, value)
            for each in family_of(place.source, cls)
            for binder in binders_in(place.source, each).get(node.attr, ())
            if (value := assigned_to(binder, node.attr)) is not None
        ]
        if len(values) != 1:
            return NOTHING
        owner, value = values[0]
        inner = self.read(value, Place(place.source, owner, left=place.left))
        return inner if inner is NOTHING else self._attribute_named(node, value, inner, cls, place)

    @staticmethod
    def _attribute_named(
        node: ast.Attribute, given: ast.expr, inner: Expression, cls: ast.ClassDef, place: Place
    ) -> Named:
        source = place.source
        name = text_of(source, node)
        step = f"{name} = {text_of(source, given)}"
        return Named(name, step, inner, source.span(node), Binding(source.span(cls), node.attr, is_attribute=True))
