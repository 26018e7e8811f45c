"""What the server answers: each request and notification of the protocol that it knows."""

from __future__ import annotations

import contextlib
import gc
import os
import signal
import sys
import warnings
from typing import TYPE_CHECKING, Any

from lsprotocol import types
from pygls.uris import to_fs_path

from shapeguard.editor.hover import hover_at
from shapeguard.editor.server import SECTION, Server, changes_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from shapeguard.editor.positions import Encoding
    from shapeguard.linting.registry import Selection


ENCODINGS: dict[str, Encoding] = {
    types.PositionEncodingKind.Utf8.value: "utf-8",
    types.PositionEncodingKind.Utf16.value: "utf-16",
    types.PositionEncodingKind.Utf32.value: "utf-32",
}
"""The encodings by the names of the protocol."""


def serve(rules: Callable[[str], tuple[Selection, str]]) -> None:
    """Serves on standard input and output until the client leaves.

    What anything else writes to standard output goes to standard error.

    Args:
        rules: The lint rules for a path, and what is wrong with their configuration, or "".
    """
    output = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    warnings.simplefilter("ignore", SyntaxWarning)  # "\d" in a string of the user's, at every keystroke
    server = Server(rules)
    for register in (_lifecycle, _documents, _notebooks, _requests):
        register(server)

    def ended(number: int, _: Any) -> None:
        server.check.end()
        os._exit(128 + number)  # a thread waits for standard input, and would keep the process

    signal.signal(signal.SIGTERM, ended)
    gc.freeze()  # what is imported stays: a collection has less to look at
    try:
        server.start_io(sys.stdin.buffer, output)
    finally:
        server.check.end()


def _lifecycle(server: Server) -> None:
    @server.feature(types.INITIALIZE)
    def initialize(params: types.InitializeParams) -> None:
        server.open_documents.encoding = ENCODINGS.get(_value(server.workspace.position_encoding), "utf-16")
        server.configure(params.initialization_options)

    @server.feature(types.INITIALIZED)
    async def initialized(_: types.InitializedParams) -> None:
        await _ask_for_settings(server)
        await _ask_for_changes_of_settings(server)

    @server.feature(types.WORKSPACE_DID_CHANGE_CONFIGURATION)
    async def settings_changed(params: types.DidChangeConfigurationParams) -> None:
        server.configure(params.settings)
        await _ask_for_settings(server)

    @server.feature(types.SHUTDOWN)
    def shutdown(_: Any) -> None:
        server.check.end()


async def _ask_for_settings(server: Server) -> None:
    """Asks a client that has settings for ours."""
    workspace = server.client_capabilities.workspace
    if workspace is not None and workspace.configuration:
        wanted = types.ConfigurationParams([types.ConfigurationItem(section=SECTION)])
        for settings in await server.workspace_configuration_async(wanted):
            server.configure(settings)


async def _ask_for_changes_of_settings(server: Server) -> None:
    """Asks a client that tells of changes only to those who ask."""
    workspace = server.client_capabilities.workspace
    changes = None if workspace is None else workspace.did_change_configuration
    if changes is not None and changes.dynamic_registration:
        options = types.DidChangeConfigurationRegistrationOptions(SECTION)
        wanted = types.Registration(f"{SECTION}-settings", types.WORKSPACE_DID_CHANGE_CONFIGURATION, options)
        await server.client_register_capability_async(types.RegistrationParams([wanted]))


def _documents(server: Server) -> None:
    documents = server.open_documents

    @server.feature(types.TEXT_DOCUMENT_DID_OPEN)
    def opened(params: types.DidOpenTextDocumentParams) -> None:
        item = params.text_document
        document = documents.open(item.uri, _path(item.uri), {item.uri: item.text})
        document.versions[item.uri] = item.version
        server.edited(document)

    @server.feature(types.TEXT_DOCUMENT_DID_CHANGE)
    def changed(params: types.DidChangeTextDocumentParams) -> None:
        item = params.text_document
        server.edited(documents.change(item.uri, changes_of(params.content_changes), item.version))

    @server.feature(types.TEXT_DOCUMENT_DID_SAVE)
    def saved(params: types.DidSaveTextDocumentParams) -> None:
        server.saved(documents.document(params.text_document.uri))

    @server.feature(types.TEXT_DOCUMENT_DID_CLOSE)
    def closed(params: types.DidCloseTextDocumentParams) -> None:
        server.closed(documents.close(params.text_document.uri))


def _notebooks(server: Server) -> None:
    documents = server.open_documents

    @server.feature(types.NOTEBOOK_DOCUMENT_DID_OPEN)
    def opened(params: types.DidOpenNotebookDocumentParams) -> None:
        notebook = params.notebook_document
        known = {item.uri: item.text for item in params.cell_text_documents}
        cells = [cell.document for cell in notebook.cells]
        document = documents.open(notebook.uri, _path(notebook.uri), {}, is_notebook=True)
        documents.arrange(document, slice(None), cells, known)
        document.versions |= {item.uri: item.version for item in params.cell_text_documents}
        server.edited(document)

    @server.feature(types.NOTEBOOK_DOCUMENT_DID_CHANGE)
    def changed(params: types.DidChangeNotebookDocumentParams) -> None:
        document, cells = documents.document(params.notebook_document.uri), params.change.cells
        if document is None or cells is None:
            return
        if cells.structure is not None:
            array = cells.structure.array
            place = slice(array.start, array.start + array.delete_count)
            new = {item.uri: item.text for item in cells.structure.did_open or ()}
            documents.arrange(document, place, [cell.document for cell in array.cells or ()], new)
        for text in cells.text_content or ():
            documents.change(text.document.uri, changes_of(text.changes), text.document.version)
        server.edited(document)

    @server.feature(types.NOTEBOOK_DOCUMENT_DID_SAVE)
    def saved(params: types.DidSaveNotebookDocumentParams) -> None:
        server.saved(documents.document(params.notebook_document.uri))

    @server.feature(types.NOTEBOOK_DOCUMENT_DID_CLOSE)
    def closed(params: types.DidCloseNotebookDocumentParams) -> None:
        server.closed(documents.close(params.notebook_document.uri))


def _requests(server: Server) -> None:
    documents = server.open_documents

    @server.feature(types.TEXT_DOCUMENT_INLAY_HINT)
    def inlay_hints(params: types.InlayHintParams) -> list[types.InlayHint]:
        uri, document = params.text_document.uri, documents.document(params.text_document.uri)
        translation = server.translation(document)
        if document is None or document.reading is None or translation is None:
            return []
        lines = range(params.range.start.line, params.range.end.line + 1)
        found = (translation.hint(uri, hint) for hint in document.reading.hints)
        return [hint for hint in found if hint is not None and hint.position.line in lines]

    @server.feature(types.TEXT_DOCUMENT_HOVER)
    def hover(params: types.HoverParams) -> types.Hover | None:
        uri, document = params.text_document.uri, documents.document(params.text_document.uri)
        translation = server.translation(document)
        if document is None or document.reading is None or translation is None:
            return None
        place, program = translation.place(uri, params.position), document.reading.program
        if place is None:
            return None
        found = server.attempt("explaining a call", lambda: hover_at(program, place), None)
        return None if found is None else translation.hover(found, markdown=server.takes_markdown)

    @server.feature(
        types.TEXT_DOCUMENT_CODE_ACTION, types.CodeActionOptions(code_action_kinds=[types.CodeActionKind.QuickFix])
    )
    def code_actions(params: types.CodeActionParams) -> list[types.CodeAction]:
        uri, document = params.text_document.uri, documents.document(params.text_document.uri)
        translation, only = server.translation(document), params.context.only
        wanted = only is None or any(types.CodeActionKind.QuickFix.startswith(kind) for kind in only)
        if document is None or document.reading is None or translation is None or not wanted:
            return []
        lines = range(params.range.start.line, params.range.end.line + 1)
        found = (translation.actions(uri, lines, finding) for finding in server.findings(document))
        return [action for actions in found for action in actions]


def _value(encoding: types.PositionEncodingKind | str | None) -> str:
    return encoding.value if isinstance(encoding, types.PositionEncodingKind) else str(encoding)


def _path(uri: str) -> str:
    """The path of a document; of one that is no file the end of its address."""
    with contextlib.suppress(ValueError):
        if path := to_fs_path(uri):
            return path
    return uri.rpartition("/")[2]
