"""What the server says, in the types of the Language Server Protocol."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from lsprotocol import types
from pygls.uris import from_fs_path

from shapeguard.editor.code_pages import address_of_pages
from shapeguard.editor.positions import Place, place_at, unit_at
from shapeguard.source.files import SourceError, lines_of, read_source

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from shapeguard.editor.findings import Finding, Fix
    from shapeguard.editor.hints import Hint
    from shapeguard.editor.hover import Hover
    from shapeguard.editor.positions import Encoding
    from shapeguard.editor.sources import Source
    from shapeguard.editor.workspace import Document, Workspace
    from shapeguard.records.source import Span

SEVERITIES = {
    "error": types.DiagnosticSeverity.Error,
    "warning": types.DiagnosticSeverity.Warning,
    "unused": types.DiagnosticSeverity.Hint,
}


class Translation:
    """Translates what is known of a document for one client; `source` is its program with the lines as they are now."""

    def __init__(self, workspace: Workspace, document: Document, source: Source) -> None:
        self.workspace = workspace
        self.document = document
        self.source = source

    @property
    def _encoding(self) -> Encoding:
        return self.workspace.encoding

    def place(self, uri: str, position: types.Position) -> Place | None:
        """The place in the program of a position in a file or a cell."""
        lines = lines_of(self.document.texts.get(uri, ""))
        return self.source.place(uri, place_at(lines, position.line, position.character, self._encoding))

    def location(self, span: Span | None) -> types.Location | None:
        """Where a span is; `None` where its lines have changed since it was read, or cannot be read."""
        if span is None:
            return None
        located = self.source.located(span)
        if located is not None:
            return types.Location(located.part.uri, _range(located.part.lines, located.span, self._encoding))
        return None if span.file == self.source.path else self._elsewhere(span)

    def _elsewhere(self, span: Span) -> types.Location | None:
        """A place in another file, as the editor has it or as it is on the disk."""
        document = next((each for each in self.workspace.documents if each.path == span.file), None)
        if document is not None and not document.is_notebook:
            ((uri, text),) = document.texts.items()
            is_as_read = document.good == document.texts
            return types.Location(uri, _range(lines_of(text), span, self._encoding)) if is_as_read else None
        address = from_fs_path(span.file) if Path(span.file).is_absolute() else None
        try:
            lines = lines_of(read_source(span.file).text)
        except SourceError:
            return None
        return None if address is None else types.Location(address, _range(lines, span, self._encoding))

    def hint(self, uri: str, hint: Hint) -> types.InlayHint | None:
        """A hint, if it is in this file or cell."""
        found = self.location(hint.span)
        if found is None or found.uri != uri:
            return None
        return types.InlayHint(
            found.range.end,
            hint.label,
            kind=types.InlayHintKind.Type,
            tooltip=hint.tooltip or None,
            padding_left=True,
        )

    def hover(self, hover: Hover, *, markdown: bool) -> types.Hover:
        """A hover."""
        found = self.location(hover.span)
        if markdown:
            kind, text = types.MarkupKind.Markdown, "\n\n".join(_markdown(*each) for each in hover.paragraphs)
        else:
            kind = types.MarkupKind.PlainText
            text = "\n\n".join("\n".join((heading, *lines)) for heading, lines in hover.paragraphs)
        return types.Hover(types.MarkupContent(kind, text), None if found is None else found.range)

    def diagnostic(self, finding: Finding) -> tuple[str, types.Diagnostic] | None:
        """A finding with the address of its file or cell; `None` where its lines have changed since it was read."""
        found = self.location(finding.span)
        if found is None:
            return None
        pages = address_of_pages()
        return found.uri, types.Diagnostic(
            found.range,
            finding.message,
            severity=SEVERITIES[finding.severity],
            code=finding.code,
            code_description=None if pages is None else types.CodeDescription(f"{pages}/{finding.code}.md"),
            source="shapeguard",
            tags=[types.DiagnosticTag.Unnecessary] if finding.severity == "unused" else None,
            related_information=list(self._related(finding)) or None,
        )

    def _related(self, finding: Finding) -> Iterator[types.DiagnosticRelatedInformation]:
        for span, text in finding.related:
            location = None if span == finding.span else self.location(span)
            if location is not None:
                yield types.DiagnosticRelatedInformation(location, text)

    def actions(self, uri: str, lines: range, finding: Finding) -> Iterator[types.CodeAction]:
        """The fixes of a finding that is on one of these lines, or whose edits are."""
        shown = self.diagnostic(finding)
        for fix in finding.fixes:
            edits = self._edits(fix)
            if edits is None:
                continue
            places = [(address, place) for address, place, _ in edits]
            if shown is not None:
                places.append((shown[0], shown[1].range))
            if any(_touches(address, place, uri, lines) for address, place in places):
                yield types.CodeAction(
                    fix.title,
                    kind=types.CodeActionKind.QuickFix,
                    diagnostics=None if shown is None else [shown[1]],
                    is_preferred=fix.preferred or None,
                    edit=_workspace_edit(edits),
                )

    def _edits(self, fix: Fix) -> list[tuple[str, types.Range, str]] | None:
        """The edits by address; `None` if one of the places is not as it was read."""
        found = []
        for edit in fix.edits:
            location = self.location(edit.replaces)
            if location is None or edit.replacement is None:
                return None
            found.append((location.uri, location.range, edit.replacement))
        return found


def _workspace_edit(edits: Sequence[tuple[str, types.Range, str]]) -> types.WorkspaceEdit:
    changes: dict[str, list[types.TextEdit]] = {}
    for uri, place, text in edits:
        changes.setdefault(uri, []).append(types.TextEdit(place, text))
    return types.WorkspaceEdit(changes=changes)


def _range(lines: Sequence[str], span: Span, encoding: Encoding) -> types.Range:
    start, end = Place(span.line, span.column), Place(span.end_line, span.end_column)
    return types.Range(
        types.Position(start.line - 1, unit_at(lines, start, encoding)),
        types.Position(end.line - 1, unit_at(lines, end, encoding)),
    )


def _touches(place_uri: str, place: types.Range, uri: str, lines: range) -> bool:
    return place_uri == uri and place.start.line < lines.stop and place.end.line >= lines.start


def _markdown(heading: str, lines: Sequence[str]) -> str:
    """A heading, and lines that no Markdown is read in."""
    return f"`` {heading} ``" + ("\n\n```text\n" + "\n".join(lines) + "\n```" if lines else "")
