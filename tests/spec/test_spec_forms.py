"""Every form in which a shape may be written, and the canonical form that it is read as."""

import subprocess
import sys

import pytest

from shapeguard.spec import AnySize, Fixed, Labelled, Named, ShapeSpec, SpecError, StructureSpec, Variadic, parse

STRINGS = {
    "B 26 26 32": "B 26 26 32",
    "B, 26, 26, 32": "B 26 26 32",
    "(B, 26, 26, 32)": "B 26 26 32",
    "[B, 26, 26, 32]": "B 26 26 32",
    "[B 26 26 32]": "B 26 26 32",
    "  B\t26 \n 26 32 ": "B 26 26 32",
    "": "()",
    "()": "()",
    "[]": "()",
    "5": "5",
    "5,": "5",
    "(5,)": "5",
    "(5)": "5",
    "007": "7",
    "None . _ _rows": "None None None _rows",
    "... 3": "... 3",
    "*batch 3": "*batch 3",
    "batch... 3": "*batch 3",
    "*_ 3": "... 3",
    "*_batch 3": "*_batch 3",
    "#c 3": "#c 3",
    "broadcast c 3": "#c 3",
    "[broadcast batch..., 3]": "#*batch 3",
    "*#batch 3": "#*batch 3",
    "#3": "#3",
    "?leaf 3": "leaf 3",
    "rows=4 #cols=3": "rows=4 #cols=3",
    "n-1 2*n+1 (a+b)*c": "n-1 2*n+1 (a+b)*c",
    "(B, 2 * n + 1, min(a, b))": "B 2*n+1 min(a,b)",
    "B T//2 ceil(n/2) 2**k": "B T//2 ceil(n/2) 2**k",
    "a-(b-c) (a-b)-c a**(b**c) (a**b)**c -a**2 (-a)**2": "a-(b-c) a-b-c a**b**c (a**b)**c -a**2 (-a)**2",
    "{units} {self.units}*2": "{units} {self.units}*2",
    "2*13 7//2 10%4 abs(3-5) max(1,2,3)": "26 3 2 2 3",
    "日本 3": "日本 3",
    "[(None, 10), (None, 5)]": "[(None, 10), (None, 5)]",
    "(None, 10), (None,)": "((None, 10), (None,))",
    "((None, 10))": "None 10",
    "[(None, 28, 28, 1)]": "[(None, 28, 28, 1)]",
    "{'b': (None, 10), 'a': [()]}": "{'a': [()], 'b': (None, 10)}",
    """{"it's, (an: {output": B 3}""": """{"it's, (an: {output": (B, 3)}""",
    r"{'\\': 3}": r"{'\\': (3,)}",
}

PRINTED = {
    "(None, 26, 26, 32)": "None 26 26 32",  # Keras
    "[(None, 64), (None, 64), (None, 64)]": "[(None, 64), (None, 64), (None, 64)]",  # Keras, an LSTM with its states
    "TensorShape([None, 26])": "None 26",  # TensorFlow 2
    "TensorShape([])": "()",
    "TensorShape(None)": "...",
    "<unknown>": "...",
    "[TensorShape([2, 3]), TensorShape([2])]": "[(2, 3), (2,)]",
    "(?, 28, 28)": "None 28 28",  # TensorFlow 1
    "(?,)": "None",
    "(200, 26)": "200 26",  # NumPy, JAX
    "torch.Size([2, 3])": "2 3",  # PyTorch
    "torch.Size([])": "()",
}

OBJECTS = [
    ((200, 26, 26, 32), "200 26 26 32"),
    ([200, 26, 26, 32], "200 26 26 32"),
    ((None, "C", "n + 1", "#m", ...), "None C n+1 #m ..."),
    (("B", "*space", 3), "B *space 3"),
    (("n -1", 3), "n-1 3"),
    ((), "()"),
    ([], "()"),
    (["B", "T"], "B T"),
    (["B 10", "C"], "[(B, 10), (C,)]"),
    (["(B,)", "(T,)"], "[(B,), (T,)]"),
    ([(None, 10), None, ...], "[(None, 10), (...,), (...,)]"),
    (("B 10",), "((B, 10),)"),
    (["", (3,)], "[(), (3,)]"),
    ([[(1,), (2,)], (3,)], "[[(1,), (2,)], (3,)]"),
    ({"out": "B 10", "aux": (None, 2), "any": None}, "{'any': (...,), 'aux': (None, 2), 'out': (B, 10)}"),
    (parse("B 3"), "B 3"),
    ([parse("B 3")], "[(B, 3)]"),
]


@pytest.mark.parametrize("text", STRINGS)
def test_a_string_is_read_as_its_canonical_form(text):
    assert str(parse(text)) == STRINGS[text]


@pytest.mark.parametrize("text", PRINTED)
def test_a_shape_is_read_as_frameworks_print_it(text):
    assert str(parse(text)) == PRINTED[text]


@pytest.mark.parametrize(("spec", "canonical"), OBJECTS, ids=[canonical for _, canonical in OBJECTS])
def test_an_object_is_read_as_its_canonical_form(spec, canonical):
    assert str(parse(spec)) == canonical


@pytest.mark.parametrize("canonical", [*STRINGS.values(), *PRINTED.values(), *(text for _, text in OBJECTS)])
def test_the_canonical_form_is_its_own_canonical_form(canonical):
    assert str(parse(canonical)) == canonical


def test_the_dims_are_values():
    assert parse("B 26 None rows=4 *c #n").dims == (
        Named("B"),
        Fixed(26),
        AnySize(),
        Labelled("rows", 4),
        Variadic("c"),
        Named("n", broadcastable=True),
    )


def test_a_spec_shows_its_canonical_form():
    assert repr(parse((None, 26))) == "ShapeSpec('None 26')"
    assert repr(parse([(None, 26), "B"])) == "StructureSpec('[(None, 26), (B,)]')"
    assert parse("B 26 2*n").as_tuple == "(B, 26, 2*n)"
    assert parse("B").as_tuple == "(B,)"


def test_a_spec_tells_its_rank_and_names():
    spec = parse("B *space 2*n+m _x rows=3 {k}")
    assert (spec.ndim, spec.names, spec.variables) == (None, frozenset({"B", "*space", "n", "m"}), frozenset({"k"}))
    assert parse("B 3").ndim == 2
    assert parse("B 3 4").is_concrete
    assert not parse("3 B 4").is_concrete


def test_outputs_are_listed_in_the_order_of_keras():
    spec = parse({"b": "B 1", "a": [("B", 2), ("B", 3)]})
    assert isinstance(spec, StructureSpec)
    assert list(map(str, spec.leaves)) == ["B 2", "B 3", "B 1"]
    assert spec.names == {"B"}


def test_a_name_that_is_an_int_variable_is_that_int():
    variables = {"n": 5, "k": 3, "B": "not an int", "flag": True, "space": 9}
    spec = parse("B n 2*n+m {k}*2 #n flag *space rows=4", variables)
    assert spec == parse("B 5 2*5+m 6 #5 flag *space rows=4")
    assert parse(spec, {"m": 1}) == parse("B 5 11 6 #5 flag *space rows=4")
    assert parse([("B", "n"), ("B", "k")], variables) == parse([("B", 5), ("B", 3)])


def test_a_bare_name_on_axis_0_is_the_batch_whatever_variable_bears_it():
    variables = {"N": 200, "T": 12}
    assert parse("N T", variables) == parse("N 12")
    assert parse("(N*T, T)", variables) == parse("(N*T, 12)")
    assert parse([("N", "T"), ("N",)], variables) == parse([("N", 12), ("N",)])
    assert parse("{N} T", variables) == parse("200 12")
    assert parse("N T", variables, batch_first=False) == parse("200 12")


def test_numpy_integers_are_sizes():
    np = pytest.importorskip("numpy")
    assert parse((np.int64(26), np.uint8(3), None)) == parse("26 3 None")
    assert parse("B n", {"n": np.int32(7)}) == parse("B 7")


def test_a_tensorshape_is_read_without_tensorflow():
    class TensorShape:
        rank = 2

        def as_list(self):
            return [None, 26]

    class UnknownShape:
        rank = None

        def as_list(self):
            raise ValueError

    assert parse(TensorShape()) == parse("None 26")
    assert parse(UnknownShape()) == parse("...")
    assert parse([TensorShape(), (3,)]) == parse("[(None, 26), (3,)]")


def test_a_jaxtyping_annotation_is_read():
    jaxtyping = pytest.importorskip("jaxtyping")
    np = pytest.importorskip("numpy")
    assert parse(jaxtyping.Float[np.ndarray, "B 26 26 32"]) == parse("B 26 26 32")


def test_a_subclass_of_str_is_a_string():
    class Text(str):
        __slots__ = ()

    assert parse(Text("B 3")) == parse("B 3")
    assert parse((Text("B"), 3)) == parse("B 3")


def test_specs_are_hashable_and_copies_are_equal():
    import copy
    import pickle

    spec = parse("*b 2*(n+1) #m {k} rows=3 _x")
    assert {spec: 1}[parse(str(spec))] == 1
    assert copy.deepcopy(spec) == pickle.loads(pickle.dumps(spec)) == spec  # noqa: S301 - our own value


def test_reading_specs_needs_neither_keras_nor_numpy():
    code = (
        "import sys, shapeguard.spec; shapeguard.spec.parse('B 26'); "
        "print(sorted({'keras', 'numpy', 'tensorflow', 'jax', 'torch'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"


def test_a_dim_is_not_a_shape():
    with pytest.raises(SpecError):
        parse(Fixed(3))
    assert ShapeSpec((Fixed(3),)) == parse("3,")
