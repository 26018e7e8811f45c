"""The user's files with fixes in their text, as they would be written."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from shapeguard.cli.edits import changed_files
from shapeguard.source.fixing import replacements_of, with_replacements

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from shapeguard.records.findings import Cause
    from shapeguard.source.files import SourceFile
    from shapeguard.source.fixing import Replacement


@dataclass(frozen=True, slots=True)
class EditedFiles:
    """Files that are not written yet: each as it is on the disk, and its new text."""

    changes: tuple[tuple[SourceFile, str], ...] = ()

    @property
    def texts(self) -> dict[str, str]:
        """The new texts by absolute path, as a request takes them."""
        texts = {os.path.abspath(source.path): text for source, text in self.changes}  # noqa: PTH100  as scripts are
        return texts | {os.path.realpath(path): text for path, text in texts.items()}  # imports follow links

    def text_of(self, file: str) -> str | None:
        """The new text of a file; `None` if it does not change."""
        return next((text for source, text in self.changes if source.path == file), None)

    def with_causes(self, causes: Iterable[Cause], digests: Mapping[str, str]) -> EditedFiles:
        """The files with the edits of these causes too; raises `SourceError` where they cannot be made.

        The edits are of the files as they are here, and `digests` of what is on the disk.
        """
        return self.with_replacements([each for cause in causes for each in replacements_of(cause)], digests)

    def with_replacements(self, replacements: Iterable[Replacement], digests: Mapping[str, str]) -> EditedFiles:
        """The same for replacements."""
        by_file: dict[str, list[Replacement]] = {}
        for each in replacements:
            by_file.setdefault(each.span.file, []).append(each)
        changes = {source.path: (source, text) for source, text in self.changes}
        for file, source in changed_files(sorted(by_file), digests).items():
            text = changes[file][1] if file in changes else source.text
            changes[file] = source, with_replacements(replace(source, text=text), by_file[file])
        return EditedFiles(tuple(changes[file] for file in sorted(changes)))
