"""The real server, driven by a client over standard input and output."""

import pytest
from helpers.editor_client import Editor, applied
from lsprotocol import types

from shapeguard.editor.positions import column_at

NET = """\
import keras
from keras import layers
x = keras.Input((28, 28, 1))
x = layers.Conv2D(32, 3)(x)
x = layers.Flatten()(x)
"""
REFUSED = """\
import keras
from keras import layers
model = keras.Sequential([keras.Input((12, 12, 1)), layers.Conv2D(32, 3, strides=3)])
model.add(layers.Conv2D(8, 5))
"""
WIDE = """\
import keras
from keras import layers
"🙂日本"; x = layers.Conv2D(32, 3, strides=2)(keras.Input((28, 28, 1)))  # (None, 26, 26, 32)
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("project")


@pytest.fixture(scope="module")
def editor(folder):
    editor = Editor(folder)
    yield editor
    code, errors = editor.leave()
    assert (code, errors) == (0, "")
    assert len(editor.messages()) > 10


def test_each_layer_call_has_its_shape_at_its_end(editor):
    uri = editor.open("net.py", NET)
    assert editor.hints(uri) == [(3, 27, "-> (None, 26, 26, 32)"), (4, 23, "-> (None, 21632)")]
    of_one_line = types.Range(types.Position(4, 0), types.Position(4, 5))
    assert editor.hints(uri, of_one_line) == [(4, 23, "-> (None, 21632)")]
    editor.close(uri)
    assert editor.hints(uri) == []


def test_a_hover_has_the_arithmetic(editor):
    uri = editor.open("net.py", NET)
    hover = editor.hover(uri, 4, 6)
    assert hover.contents.kind is types.MarkupKind.Markdown
    assert hover.contents.value == (
        "`` 'flatten' (Flatten): (None, 26, 26, 32) -> (None, 21632) ``\n\n"
        "```text\nfeatures: 26 * 26 * 32 = 21632\nkept: batch\n```"
    )
    assert hover.range == types.Range(types.Position(4, 4), types.Position(4, 23))
    assert "kernel_size=3 of Conv2D decides" in editor.hover(uri, 3, 22).contents.value
    assert editor.hover(uri, 0, 3) is None
    editor.close(uri)


def test_a_fault_is_published_with_its_causes_and_taken_back(editor):
    uri = editor.open("refused.py", REFUSED)
    (found,) = editor.published(uri)
    assert (found.code, found.severity, found.source) == ("SG601", types.DiagnosticSeverity.Error, "shapeguard")
    assert found.range == types.Range(types.Position(2, 73), types.Position(2, 82))
    assert found.message == (
        "layer 'conv2d_1' (Conv2D) does not accept (None, 4, 4, 32): `kernel_size` 5 is larger than the 4 of axis 1\n"
        "possible causes, most plausible first:\n"
        "1. layer 'conv2d': `strides=3` (keyword) -> (1, 1) (not verified: by formula, 'conv2d_1' becomes "
        "(None, 6, 6, 8))\n"
        "2. layer 'conv2d_1': `padding='valid'` (default, not passed) -> 'same' (not verified: by formula, 'conv2d_1' "
        "becomes (None, 4, 4, 8))\n"
        "3. layer 'conv2d_1': `kernel_size=5` (2nd positional) -> (3, 3) (not verified: by formula, 'conv2d_1' becomes "
        "(None, 2, 2, 8))\n"
        "more: shapeguard explain SG601"
    )
    assert found.code_description is None, "no address of the pages is known"
    related = [(each.location.uri, each.location.range.start.line, each.message) for each in found.related_information]
    assert related == [
        (uri, 3, "layer 'conv2d_1': `padding='valid'` (default, not passed) -> 'same'"),
        (uri, 3, "layer 'conv2d_1': `kernel_size=5` (2nd positional) -> (3, 3)"),
    ]
    editor.change(uri, REFUSED.replace("strides=3", "strides=2"))
    editor.until(lambda: editor.diagnostics[uri] == [])
    editor.close(uri)


def test_a_quick_fix_makes_the_program_right(editor):
    uri = editor.open("refused.py", REFUSED)
    first, second, third = editor.fixes(uri, 2)
    assert first.title == "layer 'conv2d': `strides=3` (keyword) -> (1, 1) (by formula)"
    assert (first.kind, first.is_preferred) == (types.CodeActionKind.QuickFix, None)
    assert [each.code for each in first.diagnostics] == ["SG601"]
    assert editor.fixes(uri, 0) == []
    assert editor.fixes(uri, 2, only=[types.CodeActionKind.Refactor]) == []
    assert [action.title for action in editor.fixes(uri, 3, only=[types.CodeActionKind.QuickFix])] == [
        second.title,
        third.title,
    ], "those whose edits are on that line"
    text = applied(second, uri, REFUSED)
    assert text == REFUSED.replace("(8, 5)", '(8, 5, padding="same")')
    editor.change(uri, text)
    assert editor.hints(uri) == [(2, 83, "-> (None, 4, 4, 32)"), (3, 45, "-> (None, 4, 4, 8)")]
    assert editor.fixes(uri, 3) == []
    editor.close(uri)


def test_what_lint_finds_is_a_warning_with_its_fix(editor):
    text = "from keras.layers import Conv2D\nlayer = Conv2D(32, 3, 3)  # shapeguard: ignore[SG705]\n"
    uri = editor.open("old.py", text)
    found, unused = editor.published(uri, 2)
    assert (found.code, found.severity) == ("SG701", types.DiagnosticSeverity.Warning)
    assert (unused.severity, list(unused.tags)) == (types.DiagnosticSeverity.Hint, [types.DiagnosticTag.Unnecessary])
    action = editor.fixes(uri, 1)[0]
    assert action.title == "pass the kernel size as one tuple (keras1-size)"
    assert applied(action, uri, text) == text.replace("3, 3", "(3, 3)")
    editor.close(uri)


def test_the_rules_of_the_project_are_those_of_its_pyproject(editor, folder):
    (folder / "pyproject.toml").write_text('[tool.shapeguard.lint]\nignore = ["SG701"]\n')
    uri = editor.open("old.py", "from keras.layers import Conv2D\nConv2D(32, 3, 3)\nConv2D(4, 3, stride=2)\n")
    (found,) = editor.published(uri)
    assert found.code == "SG711"
    (folder / "pyproject.toml").write_text('[tool.shapeguard.lint]\nignored = ["SG701"]\n')
    editor.change(uri, "from keras.layers import Conv2D\nConv2D(32, 3, 3)\n")
    assert [each.code for each in editor.until(lambda: len(editor.diagnostics[uri]) == 1 and editor.diagnostics[uri])]
    assert "unknown key 'ignored' in [tool.shapeguard.lint]" in editor.until(lambda: editor.log)[-1]
    (folder / "pyproject.toml").unlink()
    editor.close(uri)


def test_positions_behind_wide_characters_count_in_utf_16(editor):
    uri = editor.open("wide.py", WIDE)
    assert editor.server.capabilities.position_encoding == types.PositionEncodingKind.Utf16
    line = WIDE.splitlines()[2]
    end = line.index("  #") + 1  # the smiley has two units
    assert editor.hints(uri) == [(2, end, "-> (None, 13, 13, 32)")]
    (found,) = editor.published(uri)
    start = line.index("strides") + 1
    assert (found.range.start.character, found.range.end.character) == (start, start + len("strides=2"))
    action = editor.fixes(uri, 2)[0]
    text = applied(action, uri, WIDE, lambda text, unit: column_at(text, unit, "utf-16"))
    assert text.splitlines()[2].startswith('"🙂日本"; x = layers.Conv2D(32, 3')
    editor.change(uri, "5", (2, start + 8), (2, start + 9))
    assert editor.hints(uri) == [(2, end, "-> (None, 6, 6, 32)")]
    editor.close(uri)


def test_shapes_stay_while_the_text_is_not_python(editor):
    uri = editor.open("net.py", NET)
    editor.hints(uri)
    editor.change(uri, "x = layers.Dense(\n", (3, 0), (3, 0))
    assert editor.hints(uri) == [(4, 27, "-> (None, 26, 26, 32)"), (5, 23, "-> (None, 21632)")]
    assert editor.hover(uri, 5, 6).range.start.line == 5
    assert editor.hover(uri, 3, 6) is None
    editor.change(uri, "x = layers.ReLU()(x)\n", (3, 0), (4, 0), version=3)
    assert editor.hints(uri)[0] == (3, 20, "-> (None, 28, 28, 1)")
    editor.close(uri)


def test_a_form_feed_ends_no_line(editor):
    uri = editor.open("feed.py", "\x0c\n" + NET)
    editor.change(uri, "16", (4, 18), (4, 20))
    assert editor.hints(uri)[0] == (4, 27, "-> (None, 26, 26, 16)")
    editor.close(uri)


REFUSED_CELL = "y = keras.layers.Conv2D(32, 3, strides=3)(x)\nz = keras.layers.Conv2D(8, 5)(y)"


def cell(editor, name, text):
    return types.TextDocumentItem(f"vscode-notebook-cell:{editor.folder}/{name}", "python", 1, text)


def test_a_notebook_is_one_program_with_hints_and_faults_in_its_cells(editor):
    first = cell(editor, "nb.ipynb#1", "%matplotlib inline\nimport keras\nx = keras.Input((12, 12, 1))\n!pip list")
    second = cell(editor, "nb.ipynb#2", REFUSED_CELL)
    kind = types.NotebookCellKind.Code
    notebook = types.NotebookDocument(
        editor.uri("nb.ipynb"), "jupyter-notebook", 1, [types.NotebookCell(kind, each.uri) for each in (first, second)]
    )
    editor.call(
        editor.client.notebook_document_did_open, types.DidOpenNotebookDocumentParams(notebook, [first, second])
    )
    assert editor.hints(second.uri) == [(0, 44, "-> (None, 4, 4, 32)"), (1, 32, "-> ?")]
    assert editor.hints(first.uri) == []
    (found,) = editor.published(second.uri)
    assert found.code == "SG601"
    assert editor.diagnostics[first.uri] == []
    action = editor.fixes(second.uri, 0)[0]
    assert list(action.edit.changes) == [second.uri]
    changed_text = types.NotebookDocumentCellContentChanges(
        types.VersionedTextDocumentIdentifier(2, first.uri),
        [types.TextDocumentContentChangePartial(types.Range(types.Position(2, 17), types.Position(2, 19)), "32")],
    )
    third = cell(editor, "nb.ipynb#3", "w = z + 1")
    added = types.NotebookDocumentCellChangeStructure(
        types.NotebookCellArrayChange(2, 0, [types.NotebookCell(kind, third.uri)]), did_open=[third]
    )
    change = types.NotebookDocumentChangeEvent(
        cells=types.NotebookDocumentCellChanges(structure=added, text_content=[changed_text])
    )
    versioned = types.VersionedNotebookDocumentIdentifier(2, notebook.uri)
    editor.call(editor.client.notebook_document_did_change, types.DidChangeNotebookDocumentParams(versioned, change))
    assert editor.hints(second.uri)[0] == (0, 44, "-> (None, 10, 4, 32)")
    assert [label for _, _, label in editor.hints(third.uri)] == ["-> ?"]
    identifier = types.NotebookDocumentIdentifier(notebook.uri)
    cells = [types.TextDocumentIdentifier(each.uri) for each in (first, second, third)]
    editor.call(editor.client.notebook_document_did_close, types.DidCloseNotebookDocumentParams(identifier, cells))
    editor.until(lambda: editor.diagnostics[second.uri] == [])


def test_a_large_file_is_read_after_a_pause_and_the_editor_is_told(editor):
    uri = editor.open("large.py", NET + "z = 1\n" * 80_000)
    assert editor.hints(uri) == []
    editor.until(lambda: editor.refreshed)
    assert editor.hints(uri)[0] == (3, 27, "-> (None, 26, 26, 32)")
    editor.change(uri, "\n", (0, 0), (0, 0))
    assert editor.hints(uri)[0] == (4, 27, "-> (None, 26, 26, 32)")
    editor.close(uri)


@pytest.mark.parametrize("encoding", [types.PositionEncodingKind.Utf8, types.PositionEncodingKind.Utf32])
def test_positions_count_as_the_client_prefers(folder, encoding):
    editor = Editor(folder, encodings=[encoding, types.PositionEncodingKind.Utf16])
    assert editor.server.capabilities.position_encoding == encoding
    uri = editor.open("wide.py", WIDE)
    end = WIDE.splitlines()[2].index("  #")
    more = {"utf-8": len("🙂日本".encode()) - 3, "utf-32": 0}[encoding.value]
    assert editor.hints(uri) == [(2, end + more, "-> (None, 13, 13, 32)")]
    editor.change(uri, "", (2, end + more), (2, end + more + 100))
    editor.change(uri, "3", (2, end + more - 33), (2, end + more - 32))
    assert editor.leave() == (0, "")
