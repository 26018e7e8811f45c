"""Programs as an editor has them: what is read of a text that is not Python, and where its lines are by now."""

from hypothesis import given
from hypothesis import strategies as st

from shapeguard.editor.positions import Change, Place
from shapeguard.editor.sources import kept_lines
from shapeguard.editor.workspace import Workspace
from shapeguard.linting import registry
from shapeguard.records.source import Span
from shapeguard.source.files import lines_of

NET = "import keras\nx = keras.Input((8,))\ny = keras.layers.Dense(3)(x)\nz = keras.layers.Dense(4)(y)\n"


def workspace():
    return Workspace(lambda _: registry.selection())


def shown(place, document):
    """[(line, label)] of the hints where they are now."""
    place.read(document)
    located = [(document.present.located(hint.span), hint.label) for hint in document.reading.hints]
    return [(each.span.line, label) for each, label in located if each is not None]


def test_a_text_that_is_not_python_keeps_the_shapes_of_the_lines_that_are_as_they_were():
    place = workspace()
    document = place.open("a", "/net.py", {"a": NET})
    assert shown(place, document) == [(3, "-> (None, 3)"), (4, "-> (None, 4)")]
    place.change("a", [Change("q = (\n\n", (2, 0), (2, 0))], 2)
    assert shown(place, document) == [(5, "-> (None, 3)"), (6, "-> (None, 4)")]
    place.change("a", [Change("layers.Dense(", (4, 10), (4, 10))], 3)
    assert shown(place, document) == [(6, "-> (None, 4)")]


def test_a_text_that_never_was_python_is_read_where_it_is():
    place = workspace()
    document = place.open("a", "/net.py", {"a": f"{NET}w = layers.Dense(\n"})
    assert shown(place, document) == [(3, "-> (None, 3)"), (4, "-> (None, 4)")]


def test_cells_are_one_program_and_magics_are_left_out():
    place = workspace()
    cells = {"c1": "%matplotlib inline\nimport keras\nx = keras.Input((8,))", "c2": "!ls\ny = keras.layers.Dense(3)(x)"}
    document = place.open("nb", "/nb.ipynb", {}, is_notebook=True)
    place.arrange(document, slice(None), ["text", *cells], cells)
    reading = place.read(document)
    (hint,) = reading.hints
    located = document.present.located(hint.span)
    assert (located.part.uri, located.span.line, hint.label) == ("c2", 2, "-> (None, 3)")
    assert document.present.place("c2", Place(2, 4)) == Place(5, 4)
    assert document.present.place("text", Place(1, 0)) is None


def test_a_broken_cell_is_read_as_it_last_was_and_another_one_is_left_out():
    place = workspace()
    document = place.open("nb", "/nb.ipynb", {}, is_notebook=True)
    cells = {"c1": "import keras\nx = keras.Input((8,))", "c2": "print 1", "c3": "y = keras.layers.Dense(3)(x)"}
    place.arrange(document, slice(None), list(cells), cells)
    assert [hint.label for hint in place.read(document).hints] == ["-> (None, 3)"]
    place.change("c1", [Change("(", (1, 0), (1, 0))], 2)
    assert [hint.label for hint in place.read(document).hints] == ["-> (None, 3)"]


def test_cells_that_go_take_their_names_with_them():
    place = workspace()
    document = place.open("nb", "/nb.ipynb", {}, is_notebook=True)
    cells = {"c1": "import keras\nx = keras.Input((8,))", "c2": "x = keras.Input((9,))", "c3": "y = x + 1"}
    place.arrange(document, slice(None), list(cells), cells)
    assert [hint.label for hint in place.read(document).hints] == ["-> (None, 9)"]
    place.arrange(document, slice(1, 2), [], {})
    assert [hint.label for hint in place.read(document).hints] == ["-> (None, 8)"]


def test_another_file_that_is_open_is_read_as_the_editor_has_it(tmp_path):
    (tmp_path / "parts.py").write_text("WIDTH = 1\n")
    place = workspace()
    text = "import keras\nfrom parts import WIDTH\ny = keras.layers.Dense(WIDTH)(keras.Input((8,)))\n"
    document = place.open("net", str(tmp_path / "net.py"), {"net": text})
    assert shown(place, document) == [(3, "-> (None, 1)")]
    place.open("parts", str(tmp_path / "parts.py"), {"parts": "WIDTH = 2\n"})
    assert shown(place, document) == [(3, "-> (None, 2)")]
    place.close("parts")
    assert shown(place, document) == [(3, "-> (None, 1)")]
    (tmp_path / "parts.py").write_text("WIDTH = 3\n")
    assert shown(place, document) == [(3, "-> (None, 1)")]
    place.written()
    assert shown(place, document) == [(3, "-> (None, 3)")]


def test_a_text_that_is_as_it_was_is_not_read_again():
    place = workspace()
    document = place.open("a", "/net.py", {"a": NET})
    first = place.read(document)
    place.change("a", [Change("(", (0, 0), (0, 0))], 2)
    assert place.read(document) is first
    place.change("a", [Change("", (0, 0), (0, 1))], 3)
    assert place.read(document) is first
    place.change("a", [Change("# ", (0, 0), (0, 0))], 4)
    assert place.read(document) is not first


def test_what_a_run_has_shown_holds_until_the_text_changes():
    place = workspace()
    text = "import keras\nx = keras.layers.Dense(3)(keras.Input((2,)))  # (None, 4)\n"
    document = place.open("a", "/net.py", {"a": text})
    reading = place.read(document)
    assert [finding.code for finding in reading.findings] == ["SG101"]
    reading.proven = ()
    assert reading.findings == []
    place.change("a", [Change("#\n", (0, 0), (0, 0))], 2)
    assert [finding.code for finding in place.read(document).findings] == ["SG101"]


def test_a_large_document_is_not_read_at_every_keystroke():
    assert workspace().open("a", "/net.py", {"a": "x = 1\n" * 80_000}).is_slow
    assert not workspace().open("a", "/net.py", {"a": NET}).is_slow


def test_a_span_that_lies_on_a_changed_line_or_in_another_file_is_nowhere():
    place = workspace()
    document = place.open("a", "/net.py", {"a": NET})
    place.read(document)
    assert document.present.located(Span("/other.py", 1, 0, 1, 1)) is None
    assert document.present.located(Span("/net.py", 4, 0, 9, 1)) is None
    assert document.present.located(None) is None
    place.change("a", [Change("\n", (2, 3), (2, 3))], 2)
    moved = document.present
    assert moved.located(Span("/net.py", 2, 0, 3, 1)) is None
    assert moved.located(Span("/net.py", 4, 0, 4, 1)).span.line == 5


@given(st.lists(st.sampled_from(["a\n", "b\n", "c\n"])), st.lists(st.sampled_from(["a\n", "b\n", "c\n"])))
def test_a_line_is_kept_only_as_it_is_and_in_order(before, after):
    found = kept_lines("".join(before), "".join(after))
    old, new = lines_of("".join(before)), lines_of("".join(after))
    assert all(old[one - 1] == new[other - 1] for one, other in found.items())
    assert [found[one] for one in sorted(found)] == sorted(set(found.values()))
