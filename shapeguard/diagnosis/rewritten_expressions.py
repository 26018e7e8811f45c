"""An expression of the user's own function that may have been meant otherwise, and a rerun with it."""

from __future__ import annotations

import ast
import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from shapeguard.diagnosis.scenarios import Patch
from shapeguard.source.compiled_otherwise import running
from shapeguard.source.literals import Code

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from types import CodeType, FunctionType

    from shapeguard.diagnosis.graph import Graph
    from shapeguard.source.slips import OtherExpression


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
        """Whether an option of a call changes, or what a call is given."""
        return "inputs" if self.other.option is None else "argument"

    @property
    def nodes(self) -> tuple[int, ...]:
        """The call that was refused."""
        return (self.node,)

    @property
    def argument(self) -> str:
        """The option that changes, if it is one."""
        return self.kind if self.other.option is None else self.other.option.name

    @property
    def suggestion(self) -> object:
        """What is to be written: the value of an option, or an expression."""
        is_new = self.other.option is not None and self.other.option.value is None
        return True if is_new else value_or_code(self.other.text)

    @property
    def key(self) -> tuple[object, ...]:
        """What makes two repairs the same blame: the expression, wherever it stands, and what is wrong in it.

        Values of an option are one blame, other expressions are not.
        """
        text = self.other.text if self.other.option is None else None
        return self.kind, self.other.now, self.other.manner, self.argument, text

    def patch(self, graph: Graph) -> Patch:
        """What comes of it no formula tells."""
        del graph
        return Patch()


@contextlib.contextmanager
def running_as_written(repairs: Iterable[object]) -> Iterator[None]:
    """While it lasts, the user's own functions are as these repairs write them."""
    with contextlib.ExitStack() as stack:
        for repair in repairs:
            if isinstance(repair, RewriteExpression):
                stack.enter_context(running(repair.function, repair.code))
        yield


def value_or_code(text: str) -> object:
    """The value that a literal stands for; code of anything else."""
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError):
        return Code(text)
