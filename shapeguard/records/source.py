"""What the user wrote: places in the source, and constructor calls with their arguments."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A place in the user's source.

    Attributes:
        file: Path of the file.
        line: First line, counted from 1.
        column: First column, counted from 0 in characters.
        end_line: Last line.
        end_column: The column after the last character.
    """

    file: str
    line: int
    column: int
    end_line: int
    end_column: int


INDEX = "key"
"""The argument of an index (`x[:, 0]`), which Keras hands to the call and not to the constructor."""


class OperationName(str):
    """What a functional operation is called: its place, as "ops.mean in Net.call" or "x[:, 0] at line 14"."""

    __slots__ = ()

    @classmethod
    def at(cls, text: str, function: str, line: int) -> OperationName:
        """The name of what is written as `text`, in a function or, where that is "", on a line outside of any."""
        return cls(f"{text} in {function}" if function else f"{text} at line {line}")

    @property
    def in_words(self) -> str:
        """The name for a sentence: `` `ops.mean` in `Net.call` ``."""
        text, _, function = self.rpartition(" in ")
        if text and not function.startswith("line "):
            return f"`{text}` in `{function}`"
        text, _, line = self.rpartition(" at line ")
        return f"`{text}` at line {line}"


@dataclass(frozen=True, slots=True)
class Opaque:
    """Represents an argument's value that is not kept: its guarded, cut `repr`, and its shape if it has one.

    `made` is how a layer was constructed, as the room that records constructions keeps it.
    """

    text: str
    shape: tuple[int | None, ...] | None = None
    made: Any = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Argument:
    """One argument as the user passed it to a constructor.

    `position` counts from 0 among the positional arguments without `self`; `None` for a keyword.
    `span` covers the value only (for a keyword `name=value` the whole pair); `None` without readable source.
    """

    name: str
    value: object
    position: int | None = None
    span: Span | None = None


@dataclass(frozen=True, slots=True)
class Construction:
    """The constructor call that made a layer, as written, with its explicit arguments.

    `written_name` is the callee as the user wrote it (`layers.Convolution2D`), `call` the whole call expression,
    `callers` the user's frames above it, innermost first. `callee` covers the name alone.
    `indirect`: Keras made it (from_config, clone_model), so no place in the user's source can be at fault.
    `numbers` are the whole numbers that names stood for in the function of `call`, and in those of the `callers`.
    """

    layer: str
    layer_type: str
    arguments: tuple[Argument, ...] = ()
    written_name: str | None = None
    call: Span | None = None
    callee: Span | None = None
    callers: tuple[Span, ...] = ()
    indirect: bool = False
    numbers: tuple[Mapping[str, int], ...] = field(default=(), compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Correction:
    """`text` is what is to be read after a change; `replacement` takes the place of exactly the source at `replaces`.

    Where nothing can be replaced both are `None`; `text` is `None` where the change cannot be written at all.
    """

    text: str | None
    replaces: Span | None = None
    replacement: str | None = None
