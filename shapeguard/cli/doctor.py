"""`shapeguard doctor`: versions, backend, what clashes, and what to do about it."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import asdict, dataclass
from importlib import metadata
from typing import TYPE_CHECKING

from shapeguard.cli.common_options import FINE, MISMATCH, add_format, import_keras
from shapeguard.keras_compat.import_hook import BACKENDS, missing_backend
from shapeguard.legible import printable

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

EXAMPLES = """examples:
  shapeguard doctor
  shapeguard doctor --format json     exit code 1 if there is something to fix"""

OURS = "keras-shapeguard"
NAMESAKES = ("shapeguard", "jax-shapeguard", "torch-shapeguard")
OLDEST_KERAS = (3, 6)


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing the doctor looked at; `advice` says what to do, and is empty where all is well."""

    subject: str
    state: str
    advice: str = ""


def configure(parser: argparse.ArgumentParser) -> None:
    """Adds the format."""
    add_format(parser, ("text", "json"))


def run(arguments: argparse.Namespace) -> int:
    """Prints every finding; 1 where one of them asks for something to be done."""
    findings = tuple(examine())
    if arguments.format == "json":
        print(json.dumps([asdict(finding) for finding in findings], indent=2))
    else:
        print("\n".join(_text(findings)))
    return MISMATCH if any(finding.advice for finding in findings) else FINE


def examine() -> Iterator[Finding]:
    """Looks at everything that decides whether ShapeGuard can work here."""
    yield _own_version()
    yield Finding("Python", f"{sys.version.split()[0]} at {sys.executable}")
    yield from _clashes()
    yield from _altered_files()
    yield from _keras()
    yield from _double_tensorflow()
    yield from _legacy_keras()
    yield from _environment()


def version(distribution: str) -> str | None:
    """The installed version of a distribution; `None` where it is not installed."""
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return None


def _own_version() -> Finding:
    installed = version(OURS)
    if installed is None:
        return Finding("ShapeGuard", f"imported from {_package_folder()}, not installed", f"pip install {OURS}")
    return Finding("ShapeGuard", f"{installed} at {_package_folder()}")


def _package_folder() -> str:
    return os.path.dirname(os.path.dirname(os.path.abspath(__file__)))  # noqa: PTH100, PTH120  printed, not opened


def _clashes() -> Iterator[Finding]:
    for name in NAMESAKES:
        try:
            files = _recorded(name)
        except metadata.PackageNotFoundError:
            continue
        if any(file.parts[0] == "shapeguard" for file in files):
            yield Finding(
                f"conflict with {name}",
                f"{name} {version(name)} installs the same import name `shapeguard`; the later install overwrote files",
                f"pip uninstall -y {name} && pip install --force-reinstall --no-deps {OURS}",
            )


def _recorded(name: str) -> list[metadata.PackagePath]:
    """All files that the installer of a distribution wrote; `Distribution.files` hides those gone, from 3.12 on."""
    import csv

    distribution = metadata.distribution(name)
    record = distribution.read_text("RECORD")
    if record is None:
        return list(distribution.files or ())
    files = []
    for path, digest, *_ in csv.reader(record.splitlines()):
        file = metadata.PackagePath(path)
        file.hash = metadata.FileHash(digest) if digest else None
        file.dist = distribution
        files.append(file)
    return files


def _altered_files() -> Iterator[Finding]:
    """Files that are not those which were installed, as the installer's own record tells."""
    try:
        recorded = _recorded(OURS)
    except metadata.PackageNotFoundError:
        return
    altered = [str(file) for file in recorded if file.parts[0] == "shapeguard" and not _as_installed(file)]
    if altered:
        state = "changed or missing: " + ", ".join(altered[:3])
        state += f" and {len(altered) - 3} more" if len(altered) > 3 else ""
        yield Finding("installed files", state, f"pip install --force-reinstall --no-deps {OURS}")


def _as_installed(file: metadata.PackagePath) -> bool:
    import base64
    import hashlib

    if file.hash is None:  # compiled files have no hash in the record
        return True
    try:
        digest = hashlib.new(file.hash.mode, file.read_binary()).digest()
    except OSError:
        return False
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode() == file.hash.value


def _keras() -> Iterator[Finding]:
    try:
        keras = import_keras()
    except Exception as error:  # noqa: BLE001  what Keras and the backend it is to take raise may be anything
        reason = printable(error).strip() or type(error).__name__
        yield Finding("Keras", f"cannot be imported: {reason}", missing_backend(error) or "reinstall Keras")
        return
    release = tuple(int(part) for part in keras.__version__.split(".")[:2])
    old = release < OLDEST_KERAS
    oldest = ".".join(map(str, OLDEST_KERAS))
    yield Finding("Keras", keras.__version__, f"pip install 'keras>={oldest}'" if old else "")
    if not old:
        backend = keras.config.backend()
        yield Finding("backend", f"{backend} {_backend_version(backend)}, chosen by {_chosen_by()}")
    for other in BACKENDS:
        if _backend_version(other) != "not installed":
            yield Finding(f"installed: {other}", _backend_version(other))


def _backend_version(backend: str) -> str:
    return version(backend) or version(f"{backend}-cpu") or "not installed"


def _chosen_by() -> str:
    return "KERAS_BACKEND" if os.environ.get("KERAS_BACKEND") else "Keras' config file or default"


def _double_tensorflow() -> Iterator[Finding]:
    if version("tensorflow") and version("tensorflow-cpu"):
        yield Finding(
            "TensorFlow",
            "tensorflow and tensorflow-cpu are both installed, into the same folder",
            "pip uninstall -y tensorflow tensorflow-cpu, then install the one you want",
        )


def _legacy_keras() -> Iterator[Finding]:
    installed = version("tf_keras")
    if os.environ.get("TF_USE_LEGACY_KERAS", "").lower() in {"1", "true"}:
        yield Finding("tf.keras", "TF_USE_LEGACY_KERAS selects Keras 2, which ShapeGuard does not check", "unset it")
    elif installed:
        yield Finding("tf_keras", f"{installed} (Keras 2): ShapeGuard does not check models built with it")


def _environment() -> Iterator[Finding]:
    for name in ("SHAPEGUARD", "SHAPEGUARD_STRICT"):
        if name in os.environ:
            yield Finding(name, f"set to {os.environ[name]!r}")
    if not _has_columns():
        yield Finding(
            "source columns",
            "turned off in this Python, so messages show lines but no columns",
            "unset PYTHONNODEBUGRANGES and drop -X no_debug_ranges",
        )


def _has_columns() -> bool:
    code = compile("f(x)", "<columns>", "eval")
    return any(end is not None for _, _, _, end in code.co_positions())


def _text(findings: tuple[Finding, ...]) -> Iterator[str]:
    width = max(len(finding.subject) for finding in findings)
    for finding in findings:
        yield f"{finding.subject:<{width}}  {finding.state}"
        if finding.advice:
            yield f"{'':<{width}}  -> {finding.advice}"
    count = sum(bool(finding.advice) for finding in findings)
    yield ""
    yield "No problems found." if not count else f"{count} problem{'s' if count > 1 else ''} to fix, marked ->"
