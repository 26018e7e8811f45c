"""What happens when Keras is imported, before or after ShapeGuard: recording starts, and a missing backend is named."""

from __future__ import annotations

import importlib
import importlib.util
import os
import sys
import warnings
from typing import TYPE_CHECKING

from shapeguard.keras_compat import messages

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from importlib.machinery import ModuleSpec
    from types import ModuleType

BACKENDS = ("tensorflow", "jax", "torch")
PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + os.sep  # noqa: PTH100, PTH120


DOOR = "shapeguard.keras_compat.keras_layers"
_postponed: list[Sequence[str]] = []


def on_keras_import(*modules: str) -> None:
    """Calls `install()` of these modules now if Keras is imported already, else right after it has been.

    Its exceptions become a warning, so that they never break `import keras`; under SHAPEGUARD_STRICT=1 they do.
    """

    def start() -> None:
        if _is_half_imported(DOOR):
            _postponed.append(modules)
        else:
            _install(modules)

    if "keras" in sys.modules:
        start()
    else:
        sys.meta_path.insert(0, KerasFinder(start))


def run_deferred() -> None:
    """Makes up for a start that found the door to Keras half imported; the door's last line calls it."""
    while _postponed:
        _install(_postponed.pop(0))


def _install(modules: Sequence[str]) -> None:
    try:
        for module in modules:
            importlib.import_module(module).install()
    except Exception as error:
        if os.environ.get("SHAPEGUARD_STRICT") == "1":
            raise
        warnings.warn(f"ShapeGuard could not start when Keras was imported: {error!r}", RuntimeWarning, stacklevel=2)


def _is_half_imported(module: str) -> bool:
    spec = getattr(sys.modules.get(module), "__spec__", None)
    return bool(getattr(spec, "_initializing", False))  # importlib/_bootstrap.py, Python 3.11 to 3.13


class KerasFinder:
    """A finder that finds nothing itself: it lets the others find Keras, and calls `start` once Keras has run.

    The loader that the others chose stays in place: only its `exec_module` is covered while Keras' own code runs.
    A failed import leaves the finder where it is, for the next try.
    """

    def __init__(self, start: Callable[[], None]) -> None:
        self._start = start

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """The spec that the other finders have for `keras`; `None` for every other module."""
        if fullname != "keras":
            return None
        spec = self._spec_of_others(fullname, path, target)
        if spec is not None and spec.loader is not None:
            self._cover(spec)
        return spec

    def _spec_of_others(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None
    ) -> ModuleSpec | None:
        for finder in tuple(sys.meta_path):
            if isinstance(finder, KerasFinder) or not hasattr(finder, "find_spec"):
                continue
            spec = finder.find_spec(fullname, path, target)
            if spec is not None:
                return spec
        return None

    def _cover(self, spec: ModuleSpec) -> None:
        loader = spec.loader
        original = loader.exec_module  # type: ignore[union-attr]

        def exec_module(module: ModuleType) -> None:
            original(module)
            vars(loader).pop("exec_module", None)
            if self in sys.meta_path:
                sys.meta_path.remove(self)
                self._start()

        loader.exec_module = exec_module  # type: ignore[union-attr, method-assign]


def missing_backend(error: BaseException) -> str | None:
    """One sentence that says what to install, if `error` is that Keras or its backend is not there, else `None`.

    A program's own import of a package is its own matter, unless the package is the backend that Keras is to take.
    """
    if isinstance(error, ValueError) and _is_of_keras(error):
        name = str(error).removeprefix(messages.UNKNOWN_BACKEND)
        return None if name == str(error) else _unknown_backend(name)
    return _missing_module(error) if isinstance(error, ModuleNotFoundError) else None


def _missing_module(error: ModuleNotFoundError) -> str | None:
    name, chosen = (error.name or "").partition(".")[0], os.environ.get("KERAS_BACKEND") or BACKENDS[0]
    if chosen not in BACKENDS and _is_of_keras(error):
        return _unknown_backend(chosen)
    if name == "keras" or (name in BACKENDS and (name == chosen or _is_of_keras(error))):
        return _not_installed(name)
    return None


def _is_of_keras(error: BaseException) -> bool:
    """Whether Keras raised it while it imported its backend."""
    trace = error.__traceback__
    while trace is not None:
        if str(trace.tb_frame.f_globals.get("__name__")).startswith("keras.src.backend"):
            return True
        trace = trace.tb_next
    return False


def _not_installed(name: str) -> str:
    installed = _installed()
    if name == "keras" or not installed:
        first = name if name in BACKENDS else BACKENDS[0]
        others = ", ".join(f"[{backend}]" for backend in BACKENDS if backend != first)
        return f'{name} is not installed: pip install "keras-shapeguard[{first}]" (or {others})'
    return (
        f'{name} is not installed: pip install "keras-shapeguard[{name}]", '
        f"or set KERAS_BACKEND={installed[0]}, which is installed"
    )


def _unknown_backend(name: str) -> str:
    installed = _installed()
    rest = [backend for backend in BACKENDS if backend not in installed]
    here = [f"{', '.join(installed)} {'is' if len(installed) == 1 else 'are'} installed"] if installed else []
    brought = [f'pip install "keras-shapeguard[{rest[0]}]" installs {rest[0]}'] if rest else []
    return (
        f"{name!r} is not a backend that ShapeGuard supports: set KERAS_BACKEND to "
        f"{', '.join(BACKENDS[:-1])} or {BACKENDS[-1]}; {', '.join(here + brought)}"
    )


def _installed() -> list[str]:
    return [backend for backend in BACKENDS if importlib.util.find_spec(backend) is not None]
