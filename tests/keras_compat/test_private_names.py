"""Only `keras_compat/` touches what Keras and its backends keep private: a renamed internal touches no other room."""

import ast
import re
from pathlib import Path

import pytest

import shapeguard

PACKAGE = Path(shapeguard.__file__).parent
ROOM = PACKAGE / "keras_compat"
PRIVATE_MODULES = ("keras.src", "tensorflow.python", "torch._", "jax._src")
OF_PYTHON = {"_getframe", "_exit", "_current_frames", "_initializing", "_fields"}
PRIVATE = re.compile(r"_[a-z]\w*")


def trees_outside():
    files = (file for file in PACKAGE.rglob("*.py") if ROOM not in file.parents)
    return {file.relative_to(PACKAGE).as_posix(): ast.parse(file.read_text(encoding="utf-8")) for file in files}


def own_names(trees):
    """The private names that ShapeGuard defines: functions, classes, variables, and attributes of its own objects."""
    names = set()
    for node in (node for tree in trees for node in ast.walk(tree)):
        match node:
            case (
                ast.FunctionDef(name=name)
                | ast.AsyncFunctionDef(name=name)
                | ast.ClassDef(name=name)
                | ast.Name(id=name, ctx=ast.Store())
            ):
                names.add(name)
            case ast.Attribute(value=ast.Name(id="self" | "cls"), attr=name, ctx=ast.Store()):
                names.add(name)
    return names


def touched(trees):
    """Where a private module is imported, or a private name that is not ours is read, set, or given as a text."""
    ours = own_names(trees.values()) | OF_PYTHON
    found = []
    for file, tree in trees.items():
        for node in ast.walk(tree):
            match node:
                case ast.Import(names=imported):
                    names = [each.name for each in imported if each.name.startswith(PRIVATE_MODULES)]
                case ast.ImportFrom(module=str(module)):
                    names = [module] if module.startswith(PRIVATE_MODULES) else []
                case ast.Attribute(attr=name) | ast.Constant(value=str(name)) if PRIVATE.fullmatch(name):
                    names = [] if name in ours or name.startswith("_shapeguard") else [name]
                case _:
                    names = []
            found += [f"{file}:{node.lineno}: {name}" for name in names]
    return found


def test_no_other_room_touches_a_private_name():
    assert touched(trees_outside()) == []


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("from keras.src.ops.operation import Operation", "keras.src.ops.operation"),
        ("def f():\n    import keras.src.backend", "keras.src.backend"),
        ("from tensorflow.python.eager import context", "tensorflow.python.eager"),
        ("tensor._keras_history", "_keras_history"),
        ("getattr(model, '_flatten_layers')()", "_flatten_layers"),
        ("layer._inbound_nodes = []", "_inbound_nodes"),
    ],
)
def test_the_test_can_fail(line, name):
    [place] = touched({"guard/wrong.py": ast.parse(line)})
    assert place.endswith(f": {name}")


def test_our_own_private_names_may_be_used():
    own = "class A:\n    def f(self):\n        self._model = 1\ndef g(a):\n    return a._model, getattr(a, '_model')"
    assert touched({"guard/right.py": ast.parse(own)}) == []
