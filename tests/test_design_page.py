"""The design page is true: what it draws exists, what exists is on it, and comments cite files that are there."""

import ast
import io
import re
import tokenize
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "shapeguard"
PAGE = (ROOT / "docs" / "explanation" / "design.md").read_text(encoding="utf-8")
SOURCES = sorted(
    file
    for folder in (PACKAGE, ROOT / "tests")
    for file in folder.rglob("*.py")
    if "corpus" not in file.relative_to(ROOT).parts
)
CITED = re.compile(r"(?:(?:docs|tests|shapeguard)/[\w./-]*\w\.\w+|\b[\w./-]*\w\.(?:md|txt|toml)|\btest_\w+\.py)\b")


def table_layers():
    """The first column of the page's table, a set of parts per row."""
    rows = re.findall(r"^\| (`[^|]+`) \|", PAGE, re.MULTILINE)
    return [set(re.findall(r"`(\w+)/?`", row)) for row in rows]


def types():
    """The names of all classes and type aliases of the package."""
    names = set()
    for file in PACKAGE.rglob("*.py"):
        for node in ast.parse(file.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.ClassDef):
                names.add(node.name)
            elif isinstance(node, ast.Assign):
                names |= {target.id for target in node.targets if isinstance(target, ast.Name)}
    return names


def parts():
    return {
        path.stem
        for path in PACKAGE.iterdir()
        if path.stem != "__init__" and (path.suffix == ".py" or (path / "__init__.py").exists())
    }


def test_every_part_of_the_package_has_its_place_on_the_page():
    assert set().union(*table_layers()) == parts()


def test_the_order_of_the_page_is_the_order_that_import_linter_enforces():
    configuration = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    (contract,) = [c for c in configuration["tool"]["importlinter"]["contracts"] if c["type"] == "layers"]
    assert table_layers() == [set(layer.split(" : ")) for layer in contract["layers"]]


def test_every_part_that_the_diagram_names_exists():
    diagram = PAGE.split("```")[1]
    assert set(re.findall(r"\[(\w+)\]", diagram)) <= parts()


def test_every_type_on_the_page_exists():
    drawn = set(re.findall(r"\b[A-Z][a-z]+(?:[A-Z][a-z]+)*\b(?!\d)", PAGE.split("```")[1]))
    named = set(re.findall(r"`([A-Z][a-z]\w+)`", PAGE))
    assert len(drawn) > 10
    assert drawn | named <= types()


def test_every_file_on_the_page_exists():
    files = re.findall(r"`(\w+/\w+\.py)`", PAGE)
    assert files
    assert [file for file in files if not (PACKAGE / file).exists()] == []


def remarks(text):
    """The comments and docstrings of a file."""
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.COMMENT:
            yield token.string
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            yield ast.get_docstring(node) or ""


def missing(text, there):
    """The files that the remarks of a text cite and that no path of the repository ends with."""
    cited = {name.removeprefix("../") for remark in remarks(text) for name in CITED.findall(remark)}
    return sorted(name for name in cited if not any(path.endswith(f"/{name}") for path in there))


@pytest.fixture(scope="module")
def there():
    folders = (PACKAGE, ROOT / "tests", ROOT / "docs")
    files = [*ROOT.glob("*"), *(file for folder in folders for file in folder.rglob("*"))]
    return [f"/{file.relative_to(ROOT).as_posix()}" for file in files]


def test_comments_and_docstrings_cite_no_file_that_is_not_in_the_repository(there):
    found = {str(file.relative_to(ROOT)): missing(file.read_text(encoding="utf-8"), there) for file in SOURCES}
    assert {file: names for file, names in found.items() if names} == {}


def test_a_citation_of_a_file_that_is_not_there_is_found(there):
    text = '"""As in PLAN.md."""\n# see docs/nowhere.md and test_nothing.py, pyproject.toml\nx = "other.md"\n'
    assert missing(text, there) == ["PLAN.md", "docs/nowhere.md", "test_nothing.py"]
