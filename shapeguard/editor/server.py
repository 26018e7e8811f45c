"""The language server: it keeps the documents, answers what an editor asks, and publishes what is wrong."""

from __future__ import annotations

import asyncio
import traceback
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from lsprotocol import types
from pygls.lsp.server import LanguageServer
from pygls.uris import to_fs_path

from shapeguard.editor.findings import Finding
from shapeguard.editor.messages import Translation
from shapeguard.editor.positions import Change
from shapeguard.editor.protocol import Protocol
from shapeguard.editor.saved_check import SavedCheck
from shapeguard.editor.saved_report import diagnoses_in
from shapeguard.editor.workspace import Document, Workspace
from shapeguard.strict import is_strict
from shapeguard.version import __version__

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from shapeguard.editor.saved_check import Outcome
    from shapeguard.linting.registry import Selection

    _Result = TypeVar("_Result")

PAUSE = 0.2
"""Seconds without a keystroke after which findings are published."""
SECTION = "shapeguard"


class Server(LanguageServer):
    """The server; `check_on_save` is the one setting."""

    def __init__(self, rules: Callable[[str], tuple[Selection, str]]) -> None:
        cells = types.NotebookDocumentFilterWithCells(
            notebook=types.NotebookDocumentFilterNotebookType("jupyter-notebook"),
            cells=[types.NotebookCellLanguage("python")],
        )
        super().__init__(
            "shapeguard",
            __version__,
            notebook_document_sync=types.NotebookDocumentSyncOptions([cells], save=True),
            protocol_cls=Protocol,
        )
        self.open_documents = Workspace(self._selection)
        self._rules = rules
        self._logged: set[str] = set()
        self.check_on_save = False
        self.check = SavedCheck()
        self._timers: dict[str, asyncio.TimerHandle] = {}
        self._published: dict[str, set[str]] = {}
        self._background: set[asyncio.Task[None]] = set()

    # What clients can do

    @property
    def takes_markdown(self) -> bool:
        """Whether the client shows Markdown in a hover."""
        text_document = self.client_capabilities.text_document
        hover = None if text_document is None else text_document.hover
        return types.MarkupKind.Markdown in ((hover and hover.content_format) or ())

    def refresh_hints(self) -> None:
        """Asks the client to ask for hints again."""
        workspace = self.client_capabilities.workspace
        if workspace is not None and workspace.inlay_hint is not None and workspace.inlay_hint.refresh_support:
            self.workspace_inlay_hint_refresh(None)

    def configure(self, settings: Any) -> None:
        """Takes settings, alone or under the name of the section."""
        values = settings.get(SECTION, settings) if isinstance(settings, dict) else {}
        if isinstance(values, dict) and isinstance(values.get("checkOnSave"), bool):
            self.check_on_save = values["checkOnSave"]
            if not self.check_on_save:
                self.check.end()

    # Reading

    def attempt(self, doing: str, function: Callable[[], _Result], otherwise: _Result) -> _Result:
        """What a function of ours returns; an exception in it is one message in the client's log."""
        try:
            return function()
        except Exception:
            if is_strict():
                raise
            self.log(f"shapeguard failed while {doing}:\n{traceback.format_exc()}", types.MessageType.Error)
            return otherwise

    def log(self, text: str, kind: types.MessageType = types.MessageType.Warning) -> None:
        """Writes into the client's log, the same text once."""
        if text not in self._logged:
            self._logged.add(text)
            self.window_log_message(types.LogMessageParams(kind, text))

    def _selection(self, path: str) -> Selection:
        selection, problem = self._rules(path)
        if problem:
            self.log(problem)
        return selection

    def translation(self, document: Document | None) -> Translation | None:
        """What is known of a document, for the client: as it is now, or as it was where it takes long to read."""
        if document is None:
            return None
        if not document.is_slow:
            self.attempt(f"reading {document.path}", lambda: self.open_documents.read(document), None)
        source = document.present
        return None if source is None else Translation(self.open_documents, document, source)

    def findings(self, document: Document) -> list[Finding]:
        """What is wrong in a document as it was read last."""
        reading, nothing = document.reading, list[Finding]()
        if reading is None:
            return nothing
        return self.attempt(f"looking at {document.path}", lambda: reading.findings, nothing)

    def edited(self, document: Document | None) -> None:
        """Publishes the findings of a document when nothing is typed for a moment."""
        if document is None:
            return
        timer = self._timers.pop(document.uri, None)
        if timer is not None:
            timer.cancel()
        pause = max(PAUSE, 2 * document.seconds) if document.is_slow else PAUSE
        loop = asyncio.get_running_loop()
        self._timers[document.uri] = loop.call_later(pause, self._begin, document)

    def _begin(self, document: Document) -> None:
        task = asyncio.get_running_loop().create_task(self._publish(document))
        self._background.add(task)
        task.add_done_callback(self._background.discard)

    async def _publish(self, document: Document) -> None:
        """Publishes what is wrong in a document; one that takes long is read by another thread."""
        if document.is_slow:
            read = partial(self.open_documents.read, document)
            await asyncio.to_thread(self.attempt, f"reading {document.path}", read, None)
            self.refresh_hints()
        self.publish(document)

    def publish(self, document: Document) -> None:
        """Publishes what is wrong in a document, for each file or cell."""
        translation = self.translation(document)
        if translation is None or self.open_documents.document(document.uri) is not document:
            return
        found: dict[str, list[types.Diagnostic]] = {uri: [] for uri in document.texts}
        for finding in self.findings(document):
            shown = translation.diagnostic(finding)
            if shown is not None:
                found.setdefault(shown[0], []).append(shown[1])
        self._say(document, found)

    def _say(self, document: Document, found: Mapping[str, list[types.Diagnostic]]) -> None:
        """Publishes diagnostics, and none for the cells that are gone."""
        for uri in self._published.get(document.uri, set()) - found.keys():
            self.text_document_publish_diagnostics(types.PublishDiagnosticsParams(uri, []))
        for uri, diagnostics in found.items():
            version = document.versions.get(uri)
            self.text_document_publish_diagnostics(types.PublishDiagnosticsParams(uri, diagnostics, version))
        self._published[document.uri] = set(found)

    def closed(self, document: Document | None) -> None:
        """Takes back what was published of a document."""
        if document is not None:
            timer = self._timers.pop(document.uri, None)
            if timer is not None:
                timer.cancel()
            self._say(document, {})
            del self._published[document.uri]

    # Running what was saved

    def saved(self, document: Document | None) -> None:
        """A document was saved: others may import it, and if the user wishes so it is run."""
        self.open_documents.written()
        for each in self.open_documents.documents:
            self.edited(each)
        if document is None or document.is_notebook or not self.check_on_save:
            return
        loop = asyncio.get_running_loop()
        texts = dict(document.texts)

        def done(outcome: Outcome) -> None:
            loop.call_soon_threadsafe(self._checked, document, texts, outcome)

        self.check.start(document.path, self._folder_of(document.path), done)

    def _folder_of(self, path: str) -> str:
        """Where a program is run: the folder of the workspace that it is in, else its own."""
        uris = [folder.uri for folder in self.workspace.folders.values()] or [self.workspace.root_uri]
        folders = [folder for uri in uris if uri and (folder := to_fs_path(uri))]
        holding = [folder for folder in folders if Path(path).is_relative_to(folder)]
        return max(holding, key=len, default=str(Path(path).parent))

    def _checked(self, document: Document, texts: Mapping[str, str], outcome: Outcome) -> None:
        """A check has ended: what it found holds while the text is the one that was saved."""
        if outcome.report is None:
            self.log(f"shapeguard check {document.path}: {outcome.problem}")
            return
        if document.texts != texts or self.open_documents.document(document.uri) is not document:
            return
        reading = self.open_documents.read(document)
        reading.proven = diagnoses_in(outcome.report, self._folder_of(document.path))
        self.publish(document)


def changes_of(events: Iterable[types.TextDocumentContentChangeEvent]) -> list[Change]:
    """The changes as the client reports them."""
    found = []
    for event in events:
        if isinstance(event, types.TextDocumentContentChangePartial):
            start, end = event.range.start, event.range.end
            found.append(Change(event.text, (start.line, start.character), (end.line, end.character)))
        else:
            found.append(Change(event.text))
    return found
