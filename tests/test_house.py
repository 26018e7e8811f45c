"""Each count of `benchmarks.house` finds a small tree that is wrong on purpose, and passes over one that is right."""

import textwrap

import pytest
from benchmarks import house

CLASSES = {"Dense", "Conv1D", "Conv2D", "Flatten", "Add"}
TANGLED = "def tangled(x):\n" + "".join(f"    if x > {n}:\n        return {n}\n" for n in range(12))
WRONG = {
    "__init__.py": "",
    "words.py": '''
        """A docstring may say "Dense" and 0.5."""
        from dataclasses import dataclass
        from typing import TYPE_CHECKING

        if TYPE_CHECKING:
            from tree.rooms import other

        NAMES = {"Dense": 1, "layers.Flatten()": 2, "Add": 3, "Sequential": 4, "Dense is a layer": 5}
        COST = 0.5

        def of(rank, crashed):
            return f"Conv{rank}D", f"{rank} of them"

        @dataclass
        class Voice:
            said: int = 0

        @dataclass(frozen=True)
        class Notifier:
            count: int = 0
    ''',
    "rooms/__init__.py": "",
    "rooms/other.py": "from ..words import of\ndef late():\n    from tree import ruling\n    return ruling",
    "ruling.py": "from tree.rooms import other\nX = 1\n" + "X = 1\n" * house.LONGEST,
    "layers/dense.py": f'NAME = "Dense"\n{TANGLED}COST = 0.3\n"""Why."""\nBARE = 0.7',
    "diagnosis/scoring/weights.py": "WEIGHT = 0.25",
    "cli/demo_mnist.py": "X = 1 / 255.0",
}


@pytest.fixture
def tree(tmp_path):
    for name, text in WRONG.items():
        file = tmp_path / "tree" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(textwrap.dedent(text), encoding="utf-8")
    return tmp_path / "tree"


@pytest.fixture
def modules(tree):
    return house.read(tree)


def test_layer_classes_are_found_in_texts_of_code_outside_their_home(modules):
    found = {"words.py": {"Dense": 1, "Flatten": 1, "Add": 1, "Conv{}D": 1}}
    assert house.layer_strings(modules, CLASSES) == found


def test_the_classes_are_those_of_the_registry_without_the_kinds_of_models():
    classes = house.layer_classes()
    assert {"Dense", "Lambda", "Conv2D", "Convolution2D", "MaxPool1D", "GlobalAvgPool2D"} <= classes
    assert not classes & house.FREE


def test_numbers_are_found_outside_scoring_and_what_layers_explain(modules):
    assert house.floats(modules) == {"words.py": {"0.5": 1}, "layers/dense.py": {"0.7": 1}}


def test_crashed_is_found_and_mutable_dataclasses_are(modules):
    assert house.crashed(modules) == {"words.py": {"crashed": 1}}
    assert house.mutable_dataclasses(modules) == {"words.py": {"Voice": 1}}


def test_circles_are_found_with_imports_for_type_checkers_and_those_inside_functions_apart(modules):
    graph = house.imports(modules)
    assert house.circles(graph) == [["tree.rooms.other", "tree.words"]]
    assert house.circles(house.rooms(graph)) == [["tree.rooms", "tree.words"]]
    whole = house.imports(modules, inside_functions=True)
    assert house.circles(whole) == [["tree.rooms.other", "tree.ruling", "tree.words"]]


def test_old_names_and_modules_are_found_by_whole_words(modules):
    assert house.old_modules(modules) == {"ruling.py": "guard/active.py"}
    assert house.old_names(modules) == {"Voice -> Notifier": 1}
    assert house.old_locals(modules) == {"said": 1}


def test_long_modules_are_found_and_docstrings_are_no_lines_of_code(modules, tree):
    assert list(house.too_long(modules)) == ["ruling.py"]
    total, code = house.lines(tree)
    assert total - code == 2


def test_radon_finds_what_is_tangled(modules):
    pytest.importorskip("radon", reason=house.NO_RADON)
    tangled = {f: c for f, c in house.complexities(modules).items() if c > house.MOST_COMPLEX}
    assert tangled == {"layers/dense.py:2 tangled": 13}
    assert house.hard_to_maintain(modules) == {}


def test_the_whole_table_is_counted(tree):
    pytest.importorskip("radon", reason=house.NO_RADON)
    figures, _ = house.measured(tree, CLASSES)
    assert figures["layer classes named outside layers/"] == 4
    assert figures["functions above a complexity of 12"] == 1
    assert "| import circles | 1 |" in house.table(figures)
