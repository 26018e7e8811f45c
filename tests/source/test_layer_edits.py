"""Layers put in and taken out of the text of a program: applied, the text is the program that is meant."""

import ast

import pytest

from shapeguard.source.files import Places, SourceFile
from shapeguard.source.fixing import Replacement, with_replacements
from shapeguard.source.layer_edits import exchanged, inserted, inserted_before_loop, inserted_behind, removed
from shapeguard.source.layer_places import place_of_layer
from shapeguard.source.reading import parse
from shapeguard.source.spelling import spelled
from shapeguard.source.trees import indexed

FILE = "model.py"
FIRST = (0,)
MADE = "class M:\n    def __init__(self):\n        self.d = Dense(10)\n"
OURS = "from keras.layers import Flatten\n"
THEIRS = "from tensorflow.keras.layers import (\n    Dense,\n)\n"


def source_of(text):
    return indexed(Places(text, FILE), parse(text))


def constructor(source, callee="Dense"):
    calls = sorted(source.calls.values(), key=lambda call: (call.lineno, call.col_offset))
    return next(call for call in calls if ast.unparse(call.func).rpartition(".")[2] == callee)


def changed(text, correction):
    if correction is None:
        return None
    file = SourceFile(FILE, text, "utf-8", text.encode())
    return with_replacements(file, [Replacement(correction.replaces, correction.replacement)])


INSERTIONS = {
    "an `add` of its own line": ("model.add(Dense(10))\n", "model.add(F())\nmodel.add(Dense(10))\n"),
    "an indented `add`": (
        "def f(self):\n\tself.m.add(Dense(10))\n",
        "def f(self):\n\tself.m.add(F())\n\tself.m.add(Dense(10))\n",
    ),
    "an `add` behind a colon": ("if a: model.add(Dense(10))\n", "if a: model.add(F()); model.add(Dense(10))\n"),
    "an `add` behind a semicolon": ("a; model.add(Dense(10))\n", "a; model.add(F()); model.add(Dense(10))\n"),
    "an `add` over several lines": (
        "m.add(\n    Dense(\n        10,\n    )\n)\n",
        "m.add(F())\nm.add(\n    Dense(\n        10,\n    )\n)\n",
    ),
    "an `add` with Windows' line endings": (
        "m.add(A())\r\nm.add(Dense(10))\r\n",
        "m.add(A())\r\nm.add(F())\r\nm.add(Dense(10))\r\n",
    ),
    "an `add` of a layer with a name": (
        "d = Dense(10)\nm.add(A())\nm.add(d)\n",
        "d = Dense(10)\nm.add(A())\nm.add(F())\nm.add(d)\n",
    ),
    "an element with a line": (
        "m = Sequential([\n    A(),  # a\n    Dense(10),\n])\n",
        "m = Sequential([\n    A(),  # a\n    F(),\n    Dense(10),\n])\n",
    ),
    "an element within a line": ("m = Sequential([A(), Dense(10)])\n", "m = Sequential([A(), F(), Dense(10)])\n"),
    "an element of a tight list": ("m = Sequential([A(1,2),Dense(10)])\n", "m = Sequential([A(1,2),F(),Dense(10)])\n"),
    "the first element": (
        "m = keras.Sequential(layers=[Dense(10), A()])\n",
        "m = keras.Sequential(layers=[F(), Dense(10), A()])\n",
    ),
    "an element of a list with a name": (
        "s = [A(), Dense(10)]\nm = Sequential(s)\n",
        "s = [A(), F(), Dense(10)]\nm = Sequential(s)\n",
    ),
    "an element of a list that is added": (
        "m = Sequential([A()] + [Dense(10)])\n",
        "m = Sequential([A()] + [F(), Dense(10)])\n",
    ),
    "behind wide characters": (
        "m = Sequential([A('数据'), Dense(10)])\n",
        "m = Sequential([A('数据'), F(), Dense(10)])\n",
    ),
    "behind an f-string": (
        "m = Sequential([A(f'{a!r:>{w}}'), Dense(10)])\n",
        "m = Sequential([A(f'{a!r:>{w}}'), F(), Dense(10)])\n",
    ),
    "a tensor that is renewed": (
        "def f(x):\n    x = Dense(10)(x)  # (B, 10)\n",
        "def f(x):\n    x = F()(x)\n    x = Dense(10)(x)  # (B, 10)\n",
    ),
    "a tensor with another name": ("y = Dense(10)(x)\n", "y = Dense(10)(F()(x))\n"),
    "a tensor that is read twice": ("x = Dense(10)(x) + x\n", "x = Dense(10)(F()(x)) + x\n"),
    "the tensor of another call": ("y = Dense(10)(A()(x))\n", "y = Dense(10)(F()(A()(x)))\n"),
    "a keyword tensor": ("y = Dense(10)(inputs=x)\n", "y = Dense(10)(inputs=F()(x))\n"),
    "a layer made elsewhere": (
        "d = Dense(10)\ndef f(x):\n    return d(x)\n",
        "d = Dense(10)\ndef f(x):\n    return d(F()(x))\n",
    ),
    "a layer of a model": (
        f"{MADE}    def call(self, x):\n        return self.d(self.a(x))\n",
        f"{MADE}    def call(self, x):\n        return self.d(F()(self.a(x)))\n",
    ),
    "a layer of a model that is called twice": (
        f"{MADE}    def call(self, x):\n        return self.d(self.d(x))\n",
        None,
    ),
    "a parenthesis around an element": ("m = Sequential([A(), (Dense(10))])\n", None),
    "a list that is no model's": ("for layer in [A(), Dense(10)]: x = layer(x)\n", None),
    "a layer that is only returned": ("def f():\n    return Dense(10)\n", None),
    "a tensor among several behind a star": ("y = Dense(10)(*xs)\n", None),
}


@pytest.mark.parametrize(("text", "expected"), INSERTIONS.values(), ids=INSERTIONS)
def test_a_layer_is_put_in_before_another(text, expected):
    source = source_of(text)
    place = place_of_layer(source, constructor(source))
    argument = ("inputs",) if "inputs=" in text else FIRST
    assert changed(text, place and inserted(source, place, "F()", argument)) == expected


def test_a_layer_is_put_in_before_one_tensor_of_a_list():
    text = "y = Concatenate()([a, b.c])\n"
    source = source_of(text)
    place = place_of_layer(source, constructor(source, "Concatenate"))
    assert changed(text, inserted(source, place, "F()", (0, 1))) == "y = Concatenate()([a, F()(b.c)])\n"
    assert inserted(source, place, "F()", (0,)) is None


LOOPED = {
    "a tensor that is renewed": (
        "    for n in (3, 4):\n        x = Dense(10)(x)\n",
        "    x = F()(x)\n    for n in (3, 4):\n        x = Dense(10)(x)\n",
    ),
    "layers added": (
        "for n in (3, 4):\n    m.add(Dense(10))\n    m.add(A())\n",
        "m.add(F())\nfor n in (3, 4):\n    m.add(Dense(10))\n    m.add(A())\n",
    ),
    "behind another layer": ("for n in (3, 4):\n    m.add(A())\n    m.add(Dense(10))\n", None),
    "a tensor that is kept": ("for n in (3, 4):\n    y = x\n    x = Dense(10)(x)\n", None),
    "a tensor of the loop": ("for x in (3, 4):\n    x = Dense(10)(x)\n", None),
    "a loop in a loop": ("for a in (3, 4):\n    for b in (3, 4):\n        x = Dense(10)(x)\n", None),
    "a function that runs again": (
        "def f(x):\n    for n in (3, 4):\n        x = Dense(10)(x)\n    return x\nf(f(x))\n",
        None,
    ),
}


@pytest.mark.parametrize(("text", "expected"), LOOPED.values(), ids=LOOPED)
def test_a_layer_is_put_in_before_the_first_of_a_loop(text, expected):
    head = "def build(x):\n" if text.startswith(" ") else ""
    source = source_of(head + text)
    change = inserted_before_loop(source, place_of_layer(source, constructor(source)), "F()", FIRST)
    assert changed(head + text, change) == (expected and head + expected)


REMOVALS = {
    "an `add`": ("m.add(A())\nm.add(Dense(10))\nm.add(B())\n", "m.add(A())\nm.add(B())\n"),
    "an `add` and its shape": ("m.add(A())\nm.add(Dense(10))  # (B, 10)\n", "m.add(A())\n"),
    "an `add` but not its comment": (
        "if a:\n    m.add(A())\n    m.add(Dense(10))  # why\n",
        "if a:\n    m.add(A())\n    # why\n",
    ),
    "an `add` over several lines": ("m.add(A())\nm.add(Dense(\n    10,  # (B, 10)\n))\n", "m.add(A())\n"),
    "an `add` with a comment inside": ("m.add(A())\nm.add(Dense(\n    10,  # ten digits\n))\n", None),
    "the only statement of a block": ("if a:\n    m.add(Dense(10))\nb\n", "if a:\n    pass\nb\n"),
    "an `add` before a semicolon": ("m.add(Dense(10)); m.add(A())\n", "m.add(A())\n"),
    "an `add` behind a semicolon": ("if a: m.add(A()); m.add(Dense(10))\n", "if a: m.add(A())\n"),
    "the last line": ("m.add(A())\nm.add(Dense(10))", "m.add(A())\n"),
    "an element with a line": (
        "m = Sequential([\n    A(),\n    Dense(10),  # (B, 10)\n    B(),\n])\n",
        "m = Sequential([\n    A(),\n    B(),\n])\n",
    ),
    "the last element with a line": (
        "m = Sequential([\n    A(),\n    Dense(10)\n])\n",
        "m = Sequential([\n    A(),\n])\n",
    ),
    "an element with a comment": (
        "m = Sequential([\n    A(),\n    Dense(10),  # why\n])\n",
        "m = Sequential([\n    A(),\n    # why\n])\n",
    ),
    "the last element before a bracket": (
        "m = Sequential([A(),  # a\n    Dense(10)])\n",
        "m = Sequential([A(),  # a\n    ])\n",
    ),
    "an element within a line": ("m = Sequential([A(), Dense(10), B()])\n", "m = Sequential([A(), B()])\n"),
    "the last element within a line": ("m = Sequential([A(), Dense(10)])\n", "m = Sequential([A()])\n"),
    "the first element": ("m = Sequential([Dense(10), A()])\n", "m = Sequential([A()])\n"),
    "the last element before a line": (
        "m = Sequential([A(), Dense(10),\n    B()])\n",
        "m = Sequential([A(), \n    B()])\n",
    ),
    "the only element": ("m = Sequential([Dense(10)])\n", "m = Sequential([])\n"),
    "the last element of a tuple": ("m = Sequential((A(), Dense(10)))\n", "m = Sequential((A(), ))\n"),
    "what renews a tensor": ("x = A()(x)\nx = Dense(10)(x)  # (B, 10)\ny\n", "x = A()(x)\ny\n"),
    "what gives a tensor another name": ("y = Dense(10)(x)\n", "y = x\n"),
    "a call inside another": ("y = A()(Dense(10)(B()(x)))\n", "y = A()(B()(x))\n"),
    "a call of a sum": ("y = Dense(10)(a + b) * c\n", "y = (a + b) * c\n"),
    "a call with more arguments": ("y = Dense(10)(x, training=True)\n", "y = x\n"),
    "a call of several tensors": ("y = Dense(10)([a, b])\n", None),
}


@pytest.mark.parametrize(("text", "expected"), REMOVALS.values(), ids=REMOVALS)
def test_a_layer_is_taken_out(text, expected):
    source = source_of(text)
    assert changed(text, removed(source, place_of_layer(source, constructor(source)))) == expected


def test_a_layer_is_put_in_behind_another():
    text = "h = Dense(10)(x)  # (B, 10)\n"
    source = source_of(text)
    change = inserted_behind(source, place_of_layer(source, constructor(source)), "F()")
    assert changed(text, change) == "h = F()(Dense(10)(x))  # (B, 10)\n"


EXCHANGED = {
    "a constructor": ("y = A()(Dense(10, name='d')(x))\n", False, "y = A()(F(name='d')(x))\n"),
    "the first layer": ("m.add(Dense(10, input_shape=(3, 2)))\n", False, "m.add(F(input_shape=(3, 2)))\n"),
    "a function": ("y = k.Dense([a, b])\n", True, "y = F()([a, b])\n"),
    "a function with more arguments": ("y = k.Dense([a, b], axis=1)\n", True, None),
}


@pytest.mark.parametrize(("text", "is_function", "expected"), EXCHANGED.values(), ids=EXCHANGED)
def test_a_layer_is_exchanged_for_another(text, is_function, expected):
    source = source_of(text)
    assert changed(text, exchanged(source, constructor(source), "F()", is_function=is_function)) == expected


SPELLINGS = {
    "from keras import layers\nlayers.Dense(10)\n": "layers.Flatten",
    "from keras import layers as L\nL.Dense(10)\n": "L.Flatten",
    "import keras\nkeras.layers.Dense(10)\n": "keras.layers.Flatten",
    "import tensorflow as tf\ntf.keras.layers.Dense(10)\n": "tf.keras.layers.Flatten",
    "from tensorflow import keras as k\nD = k.layers\nD.Dense(10)\n": "D.Flatten",
    "from keras.layers import Dense, Flatten\nDense(10)\n": "Flatten",
    "from keras.layers import Dense, Flatten as Flat\nDense(10)\n": "Flat",
    "from keras.layers import *\nDense(10)\n": "Flatten",
    "import keras\nfrom keras.layers import Dense\nDense(10)\n": "keras.layers.Flatten",
    "layers.Dense(10)\n": "layers.Flatten",
    "def f():\n    from keras.layers import Dense, Flatten\n    Dense(10)\n": "Flatten",
}


@pytest.mark.parametrize("text", SPELLINGS)
def test_a_layer_has_the_name_that_the_program_has_for_it(text):
    source = source_of(text)
    call = constructor(source)
    told = spelled(source, call, "keras.layers.Flatten", beside=ast.unparse(call.func))
    assert (told.text, told.needs) == (SPELLINGS[text], None)


IMPORTS = {
    "from keras.layers import Dense\n\nDense(10)\n": f"from keras.layers import Dense\n{OURS}\nDense(10)\n",
    '"""Doc."""\n\nDense(10)\n': f'"""Doc."""\n{OURS}\nDense(10)\n',
    "# coding: utf-8\nDense(10)\n": f"# coding: utf-8\n{OURS}Dense(10)\n",
    f"{THEIRS}Dense(10)\nimport os\n": f"{THEIRS}from tensorflow.keras.layers import Flatten\nDense(10)\nimport os\n",
    "from keras.layers import Dense\nlayers = [Dense(10)]\n": (
        f"from keras.layers import Dense\n{OURS}layers = [Dense(10)]\n"
    ),
}


@pytest.mark.parametrize("text", IMPORTS)
def test_a_name_that_the_program_does_not_have_is_imported(text):
    source = source_of(text)
    call = constructor(source)
    told = spelled(source, call, "keras.layers.Flatten", beside=ast.unparse(call.func))
    file = SourceFile(FILE, text, "utf-8", text.encode())
    assert told.text == "Flatten"
    assert with_replacements(file, [Replacement(told.needs.replaces, told.needs.text)]) == IMPORTS[text]


def test_a_name_that_means_something_else_in_the_program_is_not_taken():
    source = source_of("from keras.layers import Dense\ndef Flatten(): ...\nDense(10)\n")
    assert spelled(source, constructor(source), "keras.layers.Flatten", beside="Dense") is None


def test_a_name_of_numpy_goes_by_its_short_name():
    source = source_of("import os\nDense(10)\n")
    told = spelled(source, constructor(source), "numpy.moveaxis")
    assert (told.text, told.needs.statement) == ("np.moveaxis", "import numpy as np")
