"""A constructor call that raised, with other arguments."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar, Literal

from shapeguard.diagnosis.scenarios import Patch

if TYPE_CHECKING:
    from collections.abc import Mapping

    from shapeguard.diagnosis.graph import Graph
    from shapeguard.layers.keras1 import Modernised
    from shapeguard.records.source import Argument, Construction
    from shapeguard.source.literals import Code


@dataclass(frozen=True, slots=True)
class RewriteCall:
    """Other arguments in a constructor call that raised.

    `edits` are what becomes of written arguments: each with its new name and value. `first` is the first written one
    that changes or goes. `is_keras_1`: in the words of Keras 3 it is the same call. `hint` says what the constructor
    takes. `spelled` is the code of values that are not written as literals.
    """

    construction: Construction
    first: Argument
    edits: tuple[tuple[Argument, str, object], ...]
    new: Modernised
    is_keras_1: bool = False
    hint: str = ""
    spelled: Mapping[str, Code] = field(default_factory=dict)
    cost: float = 0
    kind: ClassVar[Literal["argument"]] = "argument"
    nodes: ClassVar[tuple[int, ...]] = ()

    @property
    def argument(self) -> str:
        """The new name of the first argument that changes."""
        return self.edits[0][1]

    @property
    def suggestion(self) -> object:
        """The new value of the first argument."""
        return self.edits[0][2]

    @property
    def key(self) -> tuple[object, ...]:
        """What makes two repairs the same blame: the arguments and their values."""
        return self.kind, tuple((argument.name, name, repr(value)) for argument, name, value in self.edits)

    def patch(self, graph: Graph) -> Patch:
        """No network was made yet."""
        del graph
        return Patch()
