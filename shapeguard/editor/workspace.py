"""The documents that are open in an editor, with their texts and what was read of them."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from shapeguard.editor.positions import changed
from shapeguard.editor.readings import read
from shapeguard.editor.sources import is_python_cell, notebook_source, python_source
from shapeguard.source import reading
from shapeguard.source.reading import shared_tree_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from shapeguard.editor.positions import Change, Encoding
    from shapeguard.editor.readings import Reading
    from shapeguard.editor.sources import Source
    from shapeguard.linting.registry import Selection

SLOW = 0.3
"""Seconds of processor time; a program that takes longer is not read at every keystroke."""
LARGE = 400_000
"""Characters; a program that has more is taken for slow before it was read once."""


class Document:
    """A file, or a notebook; `cells` are the addresses of a notebook's cells, in order.

    `texts` are those of its parts by address, in order, `good` those that they had when they last were Python, and
    `versions` the editor's numbers. `seconds` is the processor time of its reading; `outdated`: another file was
    written since.
    """

    def __init__(self, uri: str, path: str, texts: dict[str, str], *, is_notebook: bool) -> None:
        self.uri = uri
        self.path = path
        self.texts = texts
        self.cells = list(texts)
        self.good: dict[str, str] = {}
        self.versions: dict[str, int | None] = {}
        self.is_notebook = is_notebook
        self.reading: Reading | None = None
        self.outdated = False
        self.seconds = 2 * SLOW if sum(map(len, texts.values())) > LARGE else 0.0
        for part in texts:
            self.edited(part)

    @property
    def is_slow(self) -> bool:
        """Whether it takes too long to be read at every keystroke."""
        return self.seconds > SLOW

    @property
    def source(self) -> Source:
        """What there is to read."""
        if self.is_notebook:
            return notebook_source(self.path, self.texts, self.good)
        ((uri, text),) = self.texts.items()
        return python_source(uri, self.path, text, self.good.get(uri))

    @property
    def present(self) -> Source | None:
        """What was read last, with its lines where they are now; `None` if it never was."""
        return None if self.reading is None else self.reading.source.moved(self.texts)

    def edited(self, part: str) -> None:
        """A part has another text; a run of the program has shown nothing of it."""
        text = self.texts[part]
        if is_python_cell(text) if self.is_notebook else shared_tree_of(text) is not None:
            self.good[part] = text
        if self.reading is not None:
            self.reading.proven = None


class Workspace:
    """All open documents; `selection` gives the lint rules for a path."""

    def __init__(self, selection: Callable[[str], Selection], encoding: Encoding = "utf-16") -> None:
        self.encoding = encoding
        self._selection = selection
        self._documents: dict[str, Document] = {}

    @property
    def documents(self) -> tuple[Document, ...]:
        """Those that are open."""
        return tuple(self._documents.values())

    def document(self, uri: str) -> Document | None:
        """The document with this address, or with a cell of it."""
        return self._documents.get(uri) or next((each for each in self.documents if uri in each.texts), None)

    def open(self, uri: str, path: str, texts: dict[str, str], *, is_notebook: bool = False) -> Document:
        """A document was opened."""
        self._documents[uri] = document = Document(uri, path, texts, is_notebook=is_notebook)
        return document

    def change(self, uri: str, changes: Iterable[Change], version: int | None) -> Document | None:
        """The text of a file or a cell was changed."""
        document = self.document(uri)
        if document is None or uri not in document.texts:
            return None
        document.texts[uri] = changed(document.texts[uri], changes, self.encoding)
        document.versions[uri] = version
        document.edited(uri)
        return document

    def arrange(self, document: Document, place: slice, cells: Sequence[str], new: Mapping[str, str]) -> None:
        """Other cells come to a place in a notebook; `new` are the texts of those that were not there."""
        document.cells[place] = cells
        known = {**document.texts, **new}
        document.texts = {cell: known[cell] for cell in document.cells if cell in known}
        for cell in new.keys() & document.texts.keys():
            document.edited(cell)

    def close(self, uri: str) -> Document | None:
        """A document was closed; from now on its text is what is on the disk."""
        document = self._documents.pop(uri, None)
        if document is not None:
            reading.forget(document.path)
        return document

    def written(self) -> None:
        """Files were written: what was read of other files may be different by now."""
        reading.refresh_all()
        for document in self.documents:
            document.outdated = True

    def read(self, document: Document) -> Reading:
        """What is known of a document as it is now; it is read if it, or another one, has changed since."""
        source = document.source
        others = {
            each.path: text
            for each in self.documents
            if each is not document and not each.is_notebook
            for text in each.good.values()
        }
        last = None if document.outdated else document.reading
        if last is not None and last.source.text == source.text and last.others == others:
            return last
        began = time.thread_time()
        document.reading = read(source, others, self._selection(document.path))
        document.outdated = False
        document.seconds = time.thread_time() - began
        return document.reading
