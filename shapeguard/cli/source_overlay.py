"""Makes a program run as if some of its files held another text, without writing them."""

from __future__ import annotations

import importlib.machinery
from typing import TYPE_CHECKING, Any

from shapeguard.source import reading

if TYPE_CHECKING:
    from collections.abc import Mapping


def overlay(texts: Mapping[str, str]) -> None:
    """Makes imports, and whoever asks for source lines, see `texts` by absolute path, for the rest of the process."""
    original = importlib.machinery.SourceFileLoader.get_code

    def get_code(self: Any, fullname: str) -> Any:
        path = self.get_filename(fullname)
        if path not in texts:
            return original(self, fullname)
        return compile(texts[path], path, "exec", dont_inherit=True)

    importlib.machinery.SourceFileLoader.get_code = get_code  # type: ignore[method-assign]
    for path, text in texts.items():
        reading.overlay(path, text)
