"""The README as the package index shows it, where a link relative to the repository would lead nowhere."""

import re
from pathlib import Path
from typing import Any

from hatchling.metadata.plugin.interface import MetadataHookInterface

_IMAGE = re.compile(r"!\[[^\]]*\]\((?!https?:)[^)]+\)\n*")
_LINK = re.compile(r"\[([^\]]+)\]\((?!https?:)([^)]+)\)")


class ReadmeHook(MetadataHookInterface):
    """Fills in the README; `address` in pyproject.toml is that of the public repository, "" while there is none."""

    def update(self, metadata: dict[str, Any]) -> None:
        """Sets the fields that are declared as dynamic."""
        text = (Path(self.root) / "README.md").read_text(encoding="utf-8")
        address = self.config.get("address", "").rstrip("/")
        metadata["readme"] = {"content-type": "text/markdown", "text": readme_for_index(text, address)}
        if address:
            metadata["urls"] = {"Source": address, "Changelog": f"{address}/blob/main/docs/changelog.md"}


def readme_for_index(text: str, address: str) -> str:
    """Returns the text with its relative links and pictures made absolute; without an address, links are plain text."""
    if not address:
        return _LINK.sub(r"\1", _IMAGE.sub("", text))
    text = re.sub(r"!\[([^\]]*)\]\((?!https?:)([^)]+)\)", rf"![\1]({address}/raw/main/\2)", text)
    return _LINK.sub(rf"[\1]({address}/blob/main/\2)", text)
