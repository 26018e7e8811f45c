"""What each symbol stands for, and which expectation says so."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass, replace

# A symbol of one axis stands for a size, a variadic one for several, `None` where a size is not known yet.
BoundValue = int | tuple[int | None, ...]


@dataclass(frozen=True, slots=True)
class Binding:
    """The value of a symbol and the site that gave it: any hashable provenance of the caller's.

    `exact` is false for a variadic known so far only up to broadcasting.
    """

    value: BoundValue
    site: Hashable = None
    exact: bool = True


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Bindings(Mapping[str, Binding]):
    """Symbols and their bindings, in the order in which they were bound; `bind` returns a new value.

    A variadic symbol is kept under its name with a star, `*batch`: it is another symbol than `batch`.
    """

    entries: tuple[tuple[str, Binding], ...] = ()

    def __getitem__(self, name: str) -> Binding:
        for bound, binding in self.entries:
            if bound == name:
                return binding
        raise KeyError(name)

    def __iter__(self) -> Iterator[str]:
        return (name for name, _ in self.entries)

    def __len__(self) -> int:
        return len(self.entries)

    def __hash__(self) -> int:
        return hash(frozenset(self.entries))

    def __repr__(self) -> str:
        return f"Bindings({', '.join(f'{name}={binding.value}' for name, binding in self.entries)})"

    def bind(self, name: str, value: BoundValue, site: Hashable = None, *, exact: bool = True) -> Bindings:
        """These bindings with `name` bound to `value` at `site`; a symbol bound before keeps its place and site."""
        if name not in self:
            return Bindings((*self.entries, (name, Binding(value, site, exact))))
        return Bindings(
            tuple(
                (bound, replace(binding, value=value, exact=exact) if bound == name else binding)
                for bound, binding in self.entries
            )
        )

    def size(self, name: str) -> int | None:
        """The size of a symbol of one axis; `None` while it is not bound."""
        binding = self.get(name)
        return binding.value if binding is not None and isinstance(binding.value, int) else None

    @property
    def sizes(self) -> dict[str, int]:
        """Every symbol of one axis with its size."""
        return {name: binding.value for name, binding in self.entries if isinstance(binding.value, int)}


EMPTY = Bindings()
