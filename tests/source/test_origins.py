"""The number behind an argument is found at its home, and with another one there the argument is what was wanted."""

import textwrap

import pytest
from helpers.annotated_programs import run

from shapeguard.capture import constructions
from shapeguard.source.expressions import UNKNOWN
from shapeguard.source.files import SourceFile
from shapeguard.source.fixing import Replacement, with_replacements
from shapeguard.source.literal_edits import literal_place, with_literal
from shapeguard.source.origins import origins_of

constructions.install()

HEADER = "import math\nimport keras\nfrom keras.layers import Conv2D, Dense\n"
BLOCK = """
class Block(keras.layers.Layer):
    def __init__(self, dim{default}):
        super().__init__()
        self.dim = dim
        self.inner = None

    def build(self, shape):
        self.inner = Dense({expression})
"""


def origins(tmp_path, text, owners=()):
    """The origins of the arguments of the layer that a program calls `layer`."""
    layer = run(tmp_path, HEADER + textwrap.dedent(text))["layer"]
    return origins_of(constructions.construction_of(layer), owners)


def homes(origin):
    return [] if origin is None else [(each.value, literal_place(each.span).words) for each in origin.literals]


def changed(tmp_path, text, origin, wanted):
    """For each literal the program in which it is such that the argument is what is wanted."""
    whole, texts = HEADER + textwrap.dedent(text), []
    for literal in origin.literals:
        value = origin.solved(literal, wanted)
        if value is not UNKNOWN:
            correction = with_literal(literal.span, value)
            replacement = Replacement(correction.replaces, correction.replacement)
            file = SourceFile(literal.span.file, whole, "utf-8", whole.encode())
            texts.append(with_replacements(file, [replacement]).removeprefix(HEADER))
    return texts


FORMS = {
    "a keyword of a function": ("def f(n):\n  return Dense(n)\nlayer = f(n=8)", 16, "layer = f(n=16)"),
    "a positional argument": ("def f(x, n):\n  return Dense(n)\nlayer = f(0, 8)", 16, "layer = f(0, 16)"),
    "a default": ("def f(n=8):\n  return Dense(n)\nlayer = f()", 16, "def f(n=16):"),
    "a default that only keywords replace": (
        "def f(*, n=8):\n  return Dense(units=n)\nlayer = f()",
        16,
        "def f(*, n=16):",
    ),
    "a helper of a helper": (
        "def g(m):\n  return Dense(m)\ndef f(n):\n  return g(2 * n)\nlayer = f(4)",
        16,
        "layer = f(8)",
    ),
    "a constant of the module": ("N = 8\ndef f():\n  return Dense(N)\nlayer = f()", 16, "N = 16"),
    "a constant with a type": ("N: int = 8\nlayer = Dense(N)", 16, "N: int = 16"),
    "a local variable": ("def f():\n  n = 8\n  return Dense(n)\nlayer = f()", 16, "  n = 16"),
    "a variable that is unpacked": ("a, n = 3, 8\nlayer = Dense(n)", 16, "a, n = 3, 16"),
    "a variable of the function around": (
        "def f(n):\n  def g():\n    return Dense(n)\n  return g()\nlayer = f(8)",
        16,
        "layer = f(16)",
    ),
    "a lambda": ("f = lambda n: Dense(n)\nlayer = f(8)", 16, "layer = f(16)"),
    "a loop over a list": ("for n in (4, 8):\n  layer = Dense(n)", 16, "for n in (4, 16):"),
    "a loop over a list that has a name": ("S = [4, 8]\nfor n in S:\n  layer = Dense(n)", 16, "S = [4, 16]"),
    "a loop over pairs": (
        "for n, s in ((4, 1), (8, 2)):\n  layer = Conv2D(n, 3, strides=s)",
        16,
        "for n, s in ((4, 1), (16, 2)):",
    ),
    "a loop that counts": ("for k, n in enumerate([4, 8]):\n  layer = Dense(n)", 16, "for k, n in enumerate([4, 16]):"),
    "a loop over two lists": (
        "for n, s in zip([4, 8], (1, 2)):\n  layer = Dense(n)",
        16,
        "for n, s in zip([4, 16], (1, 2)):",
    ),
    "a loop backwards": (
        "for n in reversed([8, 4, 2][:2]):\n  layer = Dense(n)",
        16,
        "for n in reversed([16, 4, 2][:2]):",
    ),
    "a comprehension": ("layer = [Dense(n) for n in (8, 4)][0]", 16, "layer = [Dense(n) for n in (16, 4)][0]"),
    "a list that a comprehension makes": (
        "w = 4\nfor n in [w * 2**k for k in range(2)]:\n  layer = Dense(n)",
        16,
        "w = 8",
    ),
    "the round of a loop": ("w = 4\nfor k in range(3):\n  layer = Dense(w * 2**k)", 32, "w = 8"),
    "the round of a loop in a helper": (
        "def f(n):\n  return Dense(n)\ndef g(w):\n  for k in range(2):\n    d = f(w + 4 * k)\n  return d\nlayer = g(4)",
        16,
        "layer = g(12)",
    ),
    "a variable that grows": ("n = 2\nfor _ in range(3):\n  layer = Dense(n)\n  n *= 2", 16, "n = 4"),
    "an entry of a list": ("S = [4, 8]\nlayer = Dense(S[1])", 16, "S = [4, 16]"),
    "an entry of a dictionary": ("c = {'a': 4, 'n': 8}\nlayer = Dense(c['n'])", 16, "c = {'a': 4, 'n': 16}"),
    "a dictionary that is spread": ("c = dict(units=8)\nlayer = Dense(**c)", 16, "c = dict(units=16)"),
    "arguments that are passed on": (
        "def f(x, *args):\n  return Dense(*args)\nlayer = f(0, 8)",
        16,
        "layer = f(0, 16)",
    ),
    "keywords that are passed on": ("def f(**k):\n  return Dense(**k)\nlayer = f(units=8)", 16, "layer = f(units=16)"),
    "a factor that becomes one": ("n = 4\nlayer = Dense(2 * n)", 4, "layer = Dense(n)"),
    "a term that becomes nothing": ("n = 4\nlayer = Dense(n + 3)", 4, "layer = Dense(n)"),
    "a part": ("n = 8\nlayer = Dense(n // 2)", 6, "n = 12"),
    "one more": ("n = 8\nlayer = Dense(n + 1)", 11, "n = 10"),
    "a function of Python": ("n = 8\nlayer = Dense(max(4, int(n * 1.5)))", 24, "n = 16"),
    "a choice that the round decides": (
        "for k in range(2):\n  layer = Dense(4 if k == 0 else 8)",
        16,
        "  layer = Dense(4 if k == 0 else 16)",
    ),
    "what stands for nothing": ("def f(n=None):\n  return Dense(n or 8)\nlayer = f()", 16, "  return Dense(n or 16)"),
    "an argument of a layer of one's own": (
        (
            "class B(keras.layers.Layer):\n  def __init__(self, d):\n    super().__init__()\n    self.b = Dense(d)\n"
            "layer = B(8).b"
        ),
        16,
        "layer = B(16).b",
    ),
    "an attribute": (
        (
            "class B(keras.layers.Layer):\n  def __init__(self, d):\n    super().__init__()\n    self.d = d\n"
            "    self.make()\n  def make(self):\n    self.b = Dense(self.d)\nlayer = B(8).b"
        ),
        16,
        "layer = B(16).b",
    ),
    "a constant of a class": (
        (
            "class B(keras.layers.Layer):\n  d = 8\n  def __init__(self):\n    super().__init__()\n"
            "    self.b = Dense(self.d)\nlayer = B().b"
        ),
        16,
        "  d = 16",
    ),
    "what a class passes to the one above": (
        (
            "class A(keras.layers.Layer):\n  def __init__(self, d):\n    super().__init__()\n    self.b = Dense(d)\n"
            "class B(A):\n  def __init__(self):\n    super().__init__(8)\nlayer = B().b"
        ),
        16,
        "    super().__init__(16)",
    ),
}


@pytest.mark.parametrize("form", FORMS)
def test_the_literal_is_found_and_with_another_the_argument_is_as_wanted(tmp_path, form):
    text, wanted, line = FORMS[form]
    found = origins(tmp_path, text)
    name = next(iter(found.keys() & {"units", "filters"}))
    texts = changed(tmp_path, text, found[name], wanted)
    lines = [next(new for new, old in zip(t.split("\n"), text.split("\n"), strict=True) if new != old) for t in texts]
    assert line in lines
    for each in texts:
        assert getattr(run(tmp_path, HEADER + each)["layer"], name) == wanted


NOT_CERTAIN = {
    "a number that is written there": "layer = Dense(8)",
    "a variable with two values": "n = 4\nn = 8\nlayer = Dense(n)",
    "a variable under a condition": "n = 4\nif n:\n  n = 8\nlayer = Dense(n)",
    "a variable that another function sets": "n = 8\ndef f():\n  global n\n  n = 4\nlayer = Dense(n)",
    "a value that is read": "import os\nn = int(os.environ.get('N', '8'))\nlayer = Dense(n)",
    "an attribute with two values": (
        "class B(keras.layers.Layer):\n  def __init__(self, d):\n    super().__init__()\n    self.d = 4\n"
        "    self.d = d\n    self.b = Dense(self.d)\nlayer = B(8).b"
    ),
    "one of two equal numbers": "for n in (8, 8):\n  layer = Dense(n)",
    "a parameter that is set again": "def f(n):\n  n = n or 4\n  return Dense(n)\nlayer = f(8)",
    "a function that is handed on": "def f(n):\n  return Dense(n)\nlayer = list(map(f, [8]))[0]",
    "what a call gives": "def w():\n  return 8\nlayer = Dense(w())",
}


@pytest.mark.parametrize("form", NOT_CERTAIN)
def test_what_is_not_certain_has_no_home(tmp_path, form):
    origin = origins(tmp_path, NOT_CERTAIN[form]).get("units")
    assert origin is None or [each for each in origin.literals if origin.solved(each, 16) is not UNKNOWN] == []


def test_a_text_of_which_something_else_comes_out_is_not_believed(tmp_path):
    text = "n = 8\nglobals()['n'] = 4\nlayer = Dense(n)"
    assert origins(tmp_path, text) == {}


def test_an_attribute_that_a_layer_reads_in_build_is_followed_to_how_the_layer_was_made(tmp_path):
    text = (
        BLOCK.format(default="", expression="2 * self.dim")
        + "outer = Block(4)\nouter.build((1, 4))\nlayer = outer.inner"
    )
    program = run(tmp_path, HEADER + textwrap.dedent(text))
    owner, made = map(constructions.construction_of, (program["outer"], program["layer"]))
    assert homes(origins_of(made, (owner,))["units"]) == [(2, "argument 1 of Dense"), (4, "argument 1 of Block")]
    twice = text + "\nother = Block(5)"
    program = run(tmp_path, HEADER + textwrap.dedent(twice))
    owner, made = map(constructions.construction_of, (program["outer"], program["layer"]))
    assert homes(origins_of(made)["units"]) == [(2, "argument 1 of Dense")]
    assert homes(origins_of(made, (owner,))["units"])[1:] == [(4, "argument 1 of Block")]


PLACES = {
    "def f(n):\n  return Dense(n)\nlayer = f(n=8)": "keyword of f",
    "def f(a, n):\n  return Dense(n)\nlayer = f(0, 8)": "argument 2 of f",
    "def f(n=8):\n  return Dense(n)\nlayer = f()": "default of n in f",
    "class B:\n  def f(self, *, n=8):\n    return Dense(n)\nlayer = B().f()": "default of n in B.f",
    "n = 8\nlayer = Dense(n)": "assigned",
    "n = int(8)\nlayer = Dense(n)": "assigned",
}


@pytest.mark.parametrize("text", PLACES)
def test_the_place_of_a_literal_has_words(tmp_path, text):
    assert homes(origins(tmp_path, text)["units"])[-1] == (8, PLACES[text])


def test_the_way_is_told_step_by_step(tmp_path):
    text = "def f(n):\n  return Dense(n)\ndef g(w):\n  return f(2 * w)\nlayer = g(w=4)"
    origin = origins(tmp_path, text)["units"]
    home = next(each for each in origin.literals if each.value == 4)
    assert [each.step for each in origin.names_of(home)] == ["n=2 * w", "w=4"]
