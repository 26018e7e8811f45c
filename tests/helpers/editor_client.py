"""An editor for tests: it drives the real server over its standard input and output, and keeps what it is told."""

import asyncio
import json
import os
import pathlib
import re
import sys
import threading
import time

from lsprotocol import types
from pygls.io_ import run_async
from pygls.lsp.client import LanguageClient

ALL = types.Range(types.Position(0, 0), types.Position(100_000, 0))


class Recording:
    """The server's standard output, every byte of it kept."""

    def __init__(self, stream):
        self.stream, self.taken = stream, bytearray()

    async def readline(self):
        return self._kept(await self.stream.readline())

    async def readexactly(self, count):
        return self._kept(await self.stream.readexactly(count))

    def _kept(self, data):
        self.taken += data
        return data


class Editor:
    """One server and its client; the methods wait for the answers."""

    def __init__(self, folder, *, encodings=None, options=None, settings=None, strict="1"):
        self.folder, self.settings = folder, settings
        self.diagnostics, self.log, self.registered, self.refreshed = {}, [], [], 0
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self.thread.start()
        self.client = LanguageClient("tests", "1")
        self._listen()
        self.run(self._start(strict))
        capabilities = types.ClientCapabilities(
            general=types.GeneralClientCapabilities(position_encodings=encodings),
            workspace=types.WorkspaceClientCapabilities(
                configuration=settings is not None,
                did_change_configuration=types.DidChangeConfigurationClientCapabilities(settings is not None),
                inlay_hint=types.InlayHintWorkspaceClientCapabilities(refresh_support=True),
            ),
            notebook_document=types.NotebookDocumentClientCapabilities(types.NotebookDocumentSyncClientCapabilities()),
            text_document=types.TextDocumentClientCapabilities(
                hover=types.HoverClientCapabilities(content_format=[types.MarkupKind.Markdown])
            ),
        )
        initialize = types.InitializeParams(
            capabilities, os.getpid(), root_uri=folder.as_uri(), initialization_options=options
        )
        self.server = self.run(self.client.initialize_async(initialize))
        self.call(self.client.initialized, types.InitializedParams())

    def _listen(self):
        @self.client.feature(types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)
        def publish(params):
            self.diagnostics[params.uri] = list(params.diagnostics)

        @self.client.feature(types.WINDOW_LOG_MESSAGE)
        def log(params):
            self.log.append(params.message)

        @self.client.feature(types.WORKSPACE_CONFIGURATION)
        def configuration(params):
            return [self.settings for _ in params.items]

        @self.client.feature(types.CLIENT_REGISTER_CAPABILITY)
        def register(params):
            self.registered += [each.method for each in params.registrations]

        @self.client.feature(types.WORKSPACE_INLAY_HINT_REFRESH)
        def refresh(_):
            self.refreshed += 1

    async def _start(self, strict):
        command = [sys.executable, "-m", "shapeguard", "lsp", "--stdio"]
        pipe = asyncio.subprocess.PIPE
        environment = os.environ | {"SHAPEGUARD_STRICT": strict}
        self.process = await asyncio.create_subprocess_exec(
            *command, stdin=pipe, stdout=pipe, stderr=pipe, cwd=self.folder, env=environment
        )
        self.output = Recording(self.process.stdout)
        self.client.protocol.set_writer(self.process.stdin)
        listening = run_async(threading.Event(), self.output, self.client.protocol)
        self.listening = self.loop.create_task(listening)

    def run(self, awaitable, timeout=60):
        return asyncio.run_coroutine_threadsafe(_awaited(awaitable), self.loop).result(timeout)

    def call(self, function, *arguments):
        """A notification, which must be written by the loop's own thread."""

        async def calling():
            return function(*arguments)

        return self.run(calling())

    def until(self, condition, timeout=30):
        """What the condition gives as soon as that is something; fails if nothing comes."""
        end = time.monotonic() + timeout
        while time.monotonic() < end:
            found = condition()
            if found:
                return found
            time.sleep(0.02)
        raise AssertionError(f"nothing came in {timeout} s; the log is {self.log}")

    def leave(self):
        """Shuts the server down; returns its exit code and what it wrote to standard error."""
        self.run(self.client.shutdown_async(None))
        self.call(self.client.exit, None)
        return self.ended()

    def ended(self):
        code = self.run(self.process.wait())
        errors = self.run(self.process.stderr.read()).decode()
        self.run(self.listening)
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join(10)
        self.loop.close()
        return code, errors

    def messages(self):
        """Everything that was on standard output; fails at a byte that is not of a message."""
        data, found = bytes(self.output.taken), []
        while data:
            header = re.match(rb"Content-Length: (\d+)\r\n(?:Content-Type: [^\r\n]*\r\n)?\r\n", data)
            assert header, data[:200]
            end = header.end() + int(header[1])
            found.append(json.loads(data[header.end() : end]))
            data = data[end:]
        return found

    def processor_time(self):
        """Seconds of processor time that the server's main thread, which answers, has used, on Linux."""
        return int(pathlib.Path(f"/proc/{self.process.pid}/schedstat").read_text().split()[0]) / 1e9

    # Documents

    def uri(self, name):
        return (self.folder / name).as_uri()

    def open(self, name, text):
        uri = self.uri(name)
        self.diagnostics.pop(uri, None)
        item = types.TextDocumentItem(uri, "python", 1, text)
        self.call(self.client.text_document_did_open, types.DidOpenTextDocumentParams(item))
        return uri

    def change(self, uri, text, start=None, end=None, version=2):
        """The whole text, or what is between two (line, unit)."""
        if start is None:
            event = types.TextDocumentContentChangeWholeDocument(text)
        else:
            place = types.Range(types.Position(*start), types.Position(*end))
            event = types.TextDocumentContentChangePartial(place, text)
        document = types.VersionedTextDocumentIdentifier(version, uri)
        self.call(self.client.text_document_did_change, types.DidChangeTextDocumentParams(document, [event]))

    def save(self, uri):
        params = types.DidSaveTextDocumentParams(types.TextDocumentIdentifier(uri))
        self.call(self.client.text_document_did_save, params)

    def close(self, uri):
        params = types.DidCloseTextDocumentParams(types.TextDocumentIdentifier(uri))
        self.call(self.client.text_document_did_close, params)

    # Requests

    def hints(self, uri, place=ALL):
        """[(line, unit, label)]."""
        params = types.InlayHintParams(types.TextDocumentIdentifier(uri), place)
        found = self.run(self.client.text_document_inlay_hint_async(params)) or []
        return [(hint.position.line, hint.position.character, hint.label) for hint in found]

    def hover(self, uri, line, unit):
        params = types.HoverParams(types.TextDocumentIdentifier(uri), types.Position(line, unit))
        return self.run(self.client.text_document_hover_async(params))

    def fixes(self, uri, line, only=None):
        place = types.Range(types.Position(line, 0), types.Position(line, 0))
        context = types.CodeActionContext([], only=only)
        params = types.CodeActionParams(types.TextDocumentIdentifier(uri), place, context)
        return self.run(self.client.text_document_code_action_async(params)) or []

    def published(self, uri, count=1):
        """The diagnostics of a file, as soon as there are so many."""
        return self.until(lambda: self.diagnostics.get(uri) if len(self.diagnostics.get(uri, ())) == count else None)


async def _awaited(awaitable):
    return await awaitable


def applied(action, uri, text, unit=lambda line, unit: unit):
    """The text with an action's edits; `unit` makes a character of a unit of a line."""
    lines = text.splitlines(keepends=True)
    offsets = [sum(map(len, lines[:number])) for number in range(len(lines) + 1)]

    def offset(position):
        line = lines[position.line] if position.line < len(lines) else ""
        return offsets[position.line] + unit(line, position.character)

    edits = [(offset(e.range.start), offset(e.range.end), e.new_text) for e in action.edit.changes[uri]]
    for start, end, new in sorted(edits, reverse=True):
        text = text[:start] + new + text[end:]
    return text
