"""`shapeguard lsp`: the language server, on standard input and output."""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING

from shapeguard.cli.common_options import FINE, CannotRunError

if TYPE_CHECKING:
    import argparse

    from shapeguard.linting.registry import Selection

EXAMPLES = """examples:
  shapeguard lsp                an editor starts it; docs/how-to/editor.md has the settings for several

It reads programs and runs none, unless the editor's setting `shapeguard.checkOnSave` is true."""


def configure(parser: argparse.ArgumentParser) -> None:
    """Adds what clients pass to every server."""
    parser.add_argument("--stdio", action="store_true", help="the default, and the only way: some editors ask for it")


def run(arguments: argparse.Namespace) -> int:  # noqa: ARG001  one way to serve
    """Serves until the editor leaves."""
    missing = [name for name in ("pygls", "lsprotocol") if find_spec(name) is None]
    if missing:
        raise CannotRunError(f'{" and ".join(missing)} is missing: pip install "keras-shapeguard[lsp]"')
    from shapeguard.editor.features import serve

    serve(selection_for)
    return FINE


def selection_for(path: str) -> tuple[Selection, str]:
    """The lint rules for a file, as the nearest pyproject.toml says, and what is wrong with that, or ""."""
    from pathlib import Path

    from shapeguard.cli.configuration import configuration
    from shapeguard.cli.lint import job_of
    from shapeguard.linting import registry

    try:
        job = job_of(configuration(str(Path(path).parent)), registry.Choice())
    except CannotRunError as error:
        return registry.selection(), str(error)
    return job.selection_for(path), ""
