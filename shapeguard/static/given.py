"""The arguments of a call."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Given:
    """The arguments of a call; `is_open`: there are others that are not known, behind `*` or `**`."""

    args: tuple[Any, ...] = ()
    keywords: dict[str, Any] = field(default_factory=dict)
    is_open: bool = False

    def behind(self, first: Any) -> Given:
        """The same arguments behind another one."""
        return Given((first, *self.args), self.keywords, self.is_open)

    def get(self, place: int | None, name: str, default: Any = None) -> Any:
        """The argument at a place or of a name."""
        if place is not None and place < len(self.args):
            return self.args[place]
        return self.keywords.get(name, default)
