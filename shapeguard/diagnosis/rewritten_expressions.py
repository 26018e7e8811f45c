"""An expression of the user's own function that may have been meant otherwise, and a rerun with it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal

from shapeguard.diagnosis.scenarios import Patch
from shapeguard.source.compiled_otherwise import running
from shapeguard.source.literals import Code

if TYPE_CHECKING:
    from contextlib import AbstractContextManager
    from types import CodeType, FunctionType

    from shapeguard.diagnosis.graph import Graph
    from shapeguard.source.other_expressions import OtherExpression


@dataclass(frozen=True, slots=True, eq=False)
class RewriteExpression:
    """One expression of `function` written otherwise, with which it has the `code`; `node` is the call at fault.

    `place` is the function as it is told: "Net.call".
    """

    node: int
    other: OtherExpression
    function: FunctionType
    code: CodeType
    place: str
    cost: float

    @property
    def kind(self) -> Literal["argument", "inputs"]:
        """Whether an argument of a call changes, or what a call is given."""
        return "argument" if self.other.argument else "inputs"

    inputs: ClassVar[str] = "inputs"

    @property
    def nodes(self) -> tuple[int, ...]:
        """The call that was refused."""
        return (self.node,)

    @property
    def argument(self) -> str:
        """The argument that changes, if it is one."""
        return self.other.argument or self.inputs

    @property
    def suggestion(self) -> Code:
        """What is to be written."""
        return Code(self.other.value or self.other.text)

    @property
    def key(self) -> tuple[object, ...]:
        """What makes two repairs the same blame: the expression, and what is wrong in it."""
        return self.kind, self.other.span, self.other.manner, self.other.argument

    def patch(self, graph: Graph) -> Patch:
        """What comes of it no formula tells."""
        del graph
        return Patch()

    def running(self) -> AbstractContextManager[None]:
        """While it lasts, the function is as it would be."""
        return running(self.function, self.code)
