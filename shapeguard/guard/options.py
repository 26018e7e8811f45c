"""The options of a guard: which values are accepted, and the errors for others."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, get_args

from shapeguard.capture.mapping_spans import mapping_places
from shapeguard.errors import ExpectationError, SpecError
from shapeguard.matching.keys import matches
from shapeguard.records.expectations import Expectation
from shapeguard.records.network import Phase
from shapeguard.render.formats import formats_by_suffix
from shapeguard.spec import parse

if TYPE_CHECKING:
    from collections.abc import Iterable
    from os import PathLike

    from shapeguard.records.network import Call
    from shapeguard.spec import ShapeSpec, StructureSpec

OnMismatch = Literal["raise", "warn", "stop", "record"]
JOB_MODES = ("off", "warn", "raise")


def job_mode() -> str | None:
    """What the environment variable SHAPEGUARD says for this job; `None` where it is not set."""
    mode = os.environ.get("SHAPEGUARD")
    if mode in (None, ""):
        return None
    if mode not in JOB_MODES:
        message = f"[SG502] the environment variable SHAPEGUARD is {mode!r}; it must be {_listed(JOB_MODES)}"
        raise ExpectationError(message)
    return mode


@dataclass(frozen=True, slots=True)
class Options:
    """What a guard was given, each option checked."""

    expectations: tuple[Expectation, ...]
    on_mismatch: OnMismatch
    phases: tuple[Phase, ...]
    ignore: tuple[str | type, ...]
    to_file: Path | None
    verbose: int

    @classmethod
    def of(
        cls,
        expect: Mapping[str, Any] | str | PathLike[str] | None,
        *,
        on_mismatch: OnMismatch,
        phases: Iterable[Phase],
        ignore: Iterable[str | type],
        to_file: str | PathLike[str] | None,
        verbose: int,
    ) -> Options:
        """The options of a guard; raises `SpecError` or `ExpectationError` for those that are not accepted."""
        return cls(
            expectations_of(expect),
            one_of("on_mismatch", on_mismatch, get_args(OnMismatch)),
            phases_of(phases),
            ignored_of(ignore),
            file_of(to_file),
            one_of("verbose", verbose, (0, 1, 2)),
        )

    @property
    def mode(self) -> str:
        """What happens on a mismatch: what the job says, else what the guard was given."""
        mode = job_mode()
        return mode if mode in ("warn", "raise") else self.on_mismatch

    def ignores(self, call: Call) -> bool:
        """Whether a call is left out of the comparison: by layer name, path, glob or class."""
        return any(
            isinstance(call.operation, entry) if isinstance(entry, type) else matches(entry, call)
            for entry in self.ignore
        )


def one_of(name: str, value: Any, accepted: tuple[Any, ...]) -> Any:
    """The value, or an error that lists what is accepted."""
    if value not in accepted:
        message = f"[SG502] ShapeGuard({name}={value!r}): {name} must be {_listed(accepted)}"
        raise ExpectationError(message)
    return value


def phases_of(phases: Any) -> tuple[Phase, ...]:
    """The phases as a tuple, each one checked."""
    given = (phases,) if isinstance(phases, str) else tuple(phases)
    for phase in given:
        one_of("phases", phase, get_args(Phase))
    return given


def file_of(to_file: Any) -> Path | None:
    """The path of the report to be written, its suffix checked."""
    if to_file is None:
        return None
    path = Path(to_file)
    suffixes = tuple(formats_by_suffix())
    if path.suffix not in suffixes:
        message = f"[SG502] ShapeGuard(to_file={str(to_file)!r}): the file name must end in {_listed(suffixes)}"
        raise ExpectationError(message)
    return path


def expectations_of(expect: Any) -> tuple[Expectation, ...]:
    """The expectations of a mapping, or of a contract file."""
    if expect is None:
        return ()
    if isinstance(expect, str | os.PathLike):
        from shapeguard.matching import contracts  # noqa: PLC0415  most guards have no contract file

        return tuple(contracts.read(expect))
    if not isinstance(expect, Mapping):
        if callable(expect):
            message = "ShapeGuard needs parentheses as a decorator: write `@ShapeGuard()` above the function"
            raise TypeError(message)
        message = (
            f"[SG502] ShapeGuard(expect={expect!r}): pass a mapping from layer name, path or glob to a shape, such as "
            '{"conv2d": (None, 26, 26, 32)}, or the path of a contract file'
        )
        raise ExpectationError(message)
    for key in expect:
        if not isinstance(key, str) or not key:
            message = f"[SG502] a key of a ShapeGuard mapping must be the name, path or glob of a layer, not {key!r}"
            raise ExpectationError(message)
    places = mapping_places(expect)
    return tuple(
        Expectation(key, _parsed(key, spec), declared=places.get(key), text=str(spec)) for key, spec in expect.items()
    )


def _parsed(key: str, spec: Any) -> ShapeSpec | StructureSpec:
    try:
        return parse(spec)
    except SpecError as error:
        message = str(error).replace("[SG503] ", f"[SG503] for {key!r}: ", 1)
        raise SpecError(message) from None


def ignored_of(ignore: Any) -> tuple[str | type, ...]:
    """The entries of `ignore`, each one checked."""
    entries = (ignore,) if isinstance(ignore, str | type) else tuple(ignore)
    for entry in entries:
        if not isinstance(entry, str | type):
            message = f"[SG502] ShapeGuard(ignore=...): pass layer names, paths, globs or classes, not {entry!r}"
            raise ExpectationError(message)
    return entries


def _listed(values: Iterable[Any]) -> str:
    texts = [repr(value) for value in values]
    return ", ".join(texts[:-1]) + f" or {texts[-1]}"
