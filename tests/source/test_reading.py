"""The user's source has one reader: everybody else asks it for lines, trees, tokens and comments."""

import ast
import linecache
from pathlib import Path

import pytest

import shapeguard
from shapeguard.source import reading

READERS = {
    "ast.parse": {"source/reading.py"},
    "linecache": {"source/reading.py"},
    "tokenize": {"source/reading.py", "source/files.py"},  # the latter for the encoding that a file declares
    "inspect.getsource": set(),
    "inspect.getsourcelines": set(),
}
PACKAGE = Path(shapeguard.__file__).parent


def readers_in(text):
    """What of `READERS` a module uses, however it is imported."""
    used = set()
    for node in ast.walk(ast.parse(text)):
        match node:
            case ast.Import(names=names):
                used |= {alias.name for alias in names}
            case ast.ImportFrom(module=module, names=names):
                used |= {module, *(f"{module}.{alias.name}" for alias in names)}
            case ast.Attribute(value=ast.Name(id=module), attr=name):
                used.add(f"{module}.{name}")
    return used & READERS.keys()


def test_only_the_reader_parses_the_users_source():
    files = {path.relative_to(PACKAGE).as_posix(): path for path in PACKAGE.rglob("*.py")}
    used = {name: readers_in(path.read_text(encoding="utf-8")) for name, path in files.items()}
    assert {reader: {name for name, readers in used.items() if reader in readers} for reader in READERS} == READERS


@pytest.mark.parametrize(
    "text",
    [
        "import linecache",
        "from linecache import getline",
        "import tokenize as words",
        "import ast\ndef tree(text):\n    return ast.parse(text)",
        "from ast import parse",
        "import inspect\ninspect.getsource(f)",
    ],
)
def test_a_second_reader_would_be_found(text):
    assert readers_in(text)


def test_lines_are_those_that_python_remembers():
    linecache.cache["<cell>"] = (9, None, ["a = 1\n", "b = 2\n"], "<cell>")
    assert reading.lines_at("<cell>") is reading.lines_at("<cell>")
    assert [reading.line_at("<cell>", number) for number in (0, 1, 2, 3)] == ["", "a = 1\n", "b = 2\n", ""]


def test_a_file_that_cannot_be_is_empty():
    assert reading.lines_at("a\0b") == []
    assert reading.line_at("a\0b", 1) == ""
    reading.refresh("a\0b")


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_comments_are_found_whatever_the_line_ending(ending):
    text = ending.join(["# first", "x = '#'  # ä", "y = (  # open", ")"])
    assert [(c.line, c.column, c.text, c.trailing) for c in reading.comments_of(text)] == [
        (1, 0, "# first", False),
        (2, 9, "# ä", True),
        (3, 7, "# open", True),
    ]


def test_comments_before_a_place_that_cannot_be_split_are_found():
    assert [comment.text for comment in reading.comments_of("x = 1  # one\ny = (  # two\n")] == ["# one", "# two"]


def test_what_is_no_python_has_no_tree():
    assert reading.tree_of("x = (") is None
    assert reading.expression_of("B 28 28") is None
    with pytest.raises(SyntaxError):
        reading.parse("x = (")
