"""The language against jaxtyping's and check_shapes' own parsers, on strings of public packages.

`jaxtyping_strings.txt` and `check_shapes_strings.txt` hold one string a line, shapes alone, as found in the sources of
nerfstudio, TransformerLens, GPJax, diffrax, equinox, lineax, optimistix and GPflow.
"""

import ast
import importlib.util
import json
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from shapeguard.spec import AnySize, Expression, Fixed, Labelled, Named, SpecError, Variadic, parse
from shapeguard.spec.formula import text_of

HERE = Path(__file__).parent
JAXTYPING = (HERE / "jaxtyping_strings.txt").read_text(encoding="utf-8").splitlines()
CHECK_SHAPES = (HERE / "check_shapes_strings.txt").read_text(encoding="utf-8").splitlines()

# What jaxtyping reads and we refuse, or read otherwise, on purpose: string -> our canonical form, or why not.
JAXTYPING_DIFFERENCES = {
    "num_faces 3 torch.long": "`.` has no meaning here",  # a dtype among the axes
    "*": "`*` alone is ambiguous: any number of axes in check_shapes and TensorFlow, one axis in nptyping",
    "?": "`?` alone is a prefix without an axis",
    "-1 3": "`-1` is not a size",
    "26x26x32": "sizes joined by `x` are allowed only in comments",
    "3 x 3": "sizes joined by `x` are allowed only in comments",
    "n+_m": "`_m` is not checked, so nothing can be computed from it",
    "len(x)": "formulas cannot call `len`",
    "None 3": "None 3",  # there a name
    ". 3": "None 3",  # there a formula that cannot be evaluated
    "broadcast n": "#n",  # there two names
    "2*13": "26",  # there a formula until it is checked
    "(B)": "B",  # there a formula
}
# What jaxtyping refuses and we read.
JAXTYPING_EXTENSIONS = {
    "batch... 3": "*batch 3",
    "B, 26, 26": "B 26 26",
    "(B, 26, 26)": "B 26 26",
    "[B, 26, 26]": "B 26 26",
}


def dims_of(text):
    """Our dims in the terms that the three parsers share."""
    shared = []
    for dim in parse(text).dims:
        match dim:
            case AnySize():
                shared.append("any")
            case Variadic(None):
                shared.append("many")
            case Variadic(name, broadcastable):
                shared.append(("many", name, broadcastable))
            case Fixed(size, broadcastable) | Labelled(_, size, broadcastable):
                shared.append(("size", size, broadcastable))
            case Named(name, broadcastable):
                shared.append(("name", name, broadcastable))
            case Expression(formula, broadcastable):
                shared.append(("formula", ast.dump(ast.parse(text_of(formula), mode="eval")), broadcastable))
    return shared


def jaxtyping_dims(text):
    jaxtyping = pytest.importorskip("jaxtyping")
    np = pytest.importorskip("numpy")
    array_types = jaxtyping._array_types
    shared = []
    for dim in jaxtyping.Float[np.ndarray, text].dims:
        match type(dim).__name__:
            case _ if dim is array_types._anonymous_dim:
                shared.append("any")
            case _ if dim is array_types._anonymous_variadic_dim:
                shared.append("many")
            case "_NamedDim":
                shared.append(("name", dim.name, dim.broadcastable))
            case "_NamedVariadicDim":
                shared.append(("many", dim.name, dim.broadcastable))
            case "_FixedDim":
                shared.append(("size", dim.size, dim.broadcastable))
            case _:
                shared.append(("formula", ast.dump(ast.parse(dim.elem, mode="eval")), dim.broadcastable))
    return shared


# check_shapes imports TensorFlow where it is installed: not into the process of the other tests.
CHECK_SHAPES_DIMS = """
import json, sys
from check_shapes.parser import parse_tensor_spec
dims = lambda text: parse_tensor_spec(text, None).shape.dims
shown = lambda dim: [dim.variable_rank, dim.constant, dim.variable_name, dim.broadcastable]
print(json.dumps({text: [shown(dim) for dim in dims(text)] for text in json.load(sys.stdin)}))
"""


def check_shapes_dims(texts):
    """Their dims of every text, in the terms that the three parsers share."""
    if importlib.util.find_spec("check_shapes") is None:
        pytest.skip("check_shapes is not installed")
    command = [sys.executable, "-c", CHECK_SHAPES_DIMS]
    printed = subprocess.run(command, input=json.dumps(texts), capture_output=True, text=True, check=True).stdout
    return {text: [shared_dim(*dim) for dim in dims] for text, dims in json.loads(printed).items()}


def shared_dim(many, size, name, broadcastable):
    if size is not None:
        return "size", size, broadcastable
    if name is None:
        return "many" if many else "any"
    return "many" if many else "name", name, broadcastable


# Forms that no package of the list uses, and that jaxtyping's documentation or parser has.
JAXTYPING_FORMS = (
    "{dim-1}", "{dim-1} 3", "2*{dim-1}", "{a*b}+1", "{self.units//2}", "{min(a,b)}", "{n}",
    "foo=bar", "foo=bar+qux", "#foo=bar", "foo=#bar", "foo=#4", "#foo=bar-1", "foo={dim-1}", "foo=#{dim-1}",
    "*foo=bar", "foo=*bar", "#*foo=bar", "foo=_", "_foo=bar", "foo=_bar", "*foo=_", "n foo=bar 3 foo=3",
)  # fmt: skip


def as_jaxtyping_evaluates(formula, sizes):
    """What jaxtyping's two steps make of a formula: the braces filled in, and the text that is left."""
    filled = eval(f"f{formula!r}", {"self": SimpleNamespace(units=8)}, sizes)  # noqa: S307  as jaxtyping does
    return eval(filled, {}, sizes)  # noqa: S307  as above


@pytest.mark.parametrize("text", JAXTYPING_FORMS)
def test_what_jaxtyping_takes_is_taken_with_its_meaning(text):
    jaxtyping = pytest.importorskip("jaxtyping")
    np = pytest.importorskip("numpy")
    sizes = {"dim": 6, "a": 3, "b": 4, "n": 5, "bar": 7, "qux": 2}
    ours = parse(text, {**sizes, "self.units": 8}, batch_first=False).dims
    theirs = jaxtyping.Float[np.ndarray, text].dims
    assert parse(str(parse(text))) == parse(text)
    for our, their in zip(ours, theirs, strict=True):
        assert getattr(our, "broadcastable", False) == getattr(their, "broadcastable", False)
        if isinstance(our, AnySize):
            assert their is jaxtyping._array_types._anonymous_dim
        elif isinstance(our, Variadic):
            assert our.name == getattr(their, "name", None)
        elif hasattr(their, "elem"):
            assert our.size == as_jaxtyping_evaluates(their.elem, sizes)
        else:
            assert our.size == (their.size if hasattr(their, "size") else sizes[their.name])


def test_jaxtyping_reads_the_same_dims():
    different = [
        text for text in JAXTYPING if text not in JAXTYPING_DIFFERENCES and dims_of(text) != jaxtyping_dims(text)
    ]
    assert different == []


@pytest.mark.parametrize("text", JAXTYPING_DIFFERENCES)
def test_a_deliberate_difference_from_jaxtyping_is_one(text):
    try:
        theirs = jaxtyping_dims(text)
    except SyntaxError:
        theirs = "read as a formula that has no value"
    try:
        assert str(parse(text)) == JAXTYPING_DIFFERENCES[text]
    except SpecError as error:
        assert str(error).split('": ')[1].split("\n")[0] == JAXTYPING_DIFFERENCES[text]  # noqa: PT017 - either is right
    else:
        assert dims_of(text) != theirs


@pytest.mark.parametrize("text", JAXTYPING_EXTENSIONS)
def test_an_extension_of_jaxtyping_is_one(text):
    with pytest.raises(ValueError, match=r".") as caught:
        jaxtyping_dims(text)
    assert not isinstance(caught.value, SpecError)
    assert str(parse(text)) == JAXTYPING_EXTENSIONS[text]


def test_check_shapes_reads_the_same_dims_where_one_axis_at_most_stands_for_many():
    theirs = check_shapes_dims(CHECK_SHAPES)
    refused, different = [], []
    for text in CHECK_SHAPES:
        try:
            if dims_of(text) != theirs[text]:
                different.append(text)
        except SpecError as error:
            refused.append((text, str(error)))
    assert different == []
    second = [text for text, error in refused if "is the second axis that matches any number of axes" in error]
    assert all(sum(dim == "many" or dim[0] == "many" for dim in theirs[text]) > 1 for text in second)
    # A leading underscore is part of the name there, and says "do not check" here and in jaxtyping.
    assert [text for text, _ in refused if text not in second] == ["[_1_L_or_1_M_M...]"]
    assert (len(CHECK_SHAPES), len(second)) == (293, 30)


def test_the_lists_are_of_a_size_that_means_something():
    assert (len(set(JAXTYPING)), len(set(CHECK_SHAPES))) == (332, 293)
    assert set(JAXTYPING) & set(JAXTYPING_DIFFERENCES) == {"num_faces 3 torch.long"}
