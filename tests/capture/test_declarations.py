"""Comments, annotations and `expect` on running code: what is attached to which layer."""

import inspect
import textwrap

import pytest
from helpers.annotated_programs import run

from shapeguard.capture import constructions
from shapeguard.capture.declarations import declaring
from shapeguard.capture.expect_function import expect
from shapeguard.capture.expectation_store import expectations_of, input_expectations_of
from shapeguard.errors import ExpectationError, SpecError

constructions.install()

HEADER = """\
import keras
from typing import Annotated, Any
from keras import layers, ops
from keras.layers import *
from shapeguard.capture.expect_function import expect
from shapeguard.capture.shaped import Shape, Shaped
"""


def watch(tmp_path, text, *, call=None, header=HEADER):
    """Runs a program under watch: the whole of it, or `call`, a builder that it defines; what was said, in order."""
    point = constructions.now()
    if call is None:
        lines = "".join(f"    {line}\n" for line in inspect.cleandoc(text).splitlines())
        program = f"{header}import sys\nwith declaring(sys._getframe()) as watched:\n{lines}"
        scope = run(tmp_path, program, declaring=declaring)
        watched = scope["watched"]
    else:
        scope = run(tmp_path, header + inspect.cleandoc(text))
        with declaring(scope[call]) as watched:
            scope["result"] = watched.run(scope[call], (), {})
    alive = constructions.constructed_since(point)
    said = [(e.target, str(e.spec), e.origin, e.call) for operation in alive for e in expectations_of(operation)]
    return sorted(said), watched.notes, scope


COMMENTS = {
    "call": ("x = Dense(3)(keras.Input((2,)))  # (None, 3)", [("dense", "None 3", "comment", None)]),
    "model.add": (
        "m = keras.Sequential()\nm.add(keras.Input((2,)))  # (None, 2)\nm.add(Dense(3))  # (None, 3)",
        [("dense", "None 3", "comment", None), ("input_layer", "None 2", "comment", None)],
    ),
    "items of a list": (
        (
            "m = keras.Sequential([\n"
            "    keras.Input((8, 8, 1)),  # (None, 8, 8, 1)\n"
            "    Conv2D(\n        4,  # (3, 3)\n        3,\n    ),  # (None, 6, 6, 4)\n"
            "    Flatten(),  # (2, 2) pool\n"
            "    Dense(3)])  # -> (3,)"
        ),
        [
            ("conv2d", "None 6 6 4", "comment", None),
            ("dense", "3", "comment", None),
            ("input_layer", "None 8 8 1", "comment", None),
        ],
    ),
    "a whole model": (
        (
            "m = keras.Sequential([\n    keras.Input((2,)),\n    Dense(3),\n    Dense(4),\n])  # (None, 4)\n"
            "i = keras.Input((2,))\nf = keras.Model(i, Dense(5)(i))  # (None, 5)\n"
            "d = keras.Sequential([\n    Dense(6),\n])  # (None, 6)"
        ),
        [
            ("dense_1", "None 4", "comment", None),
            ("dense_2", "None 5", "comment", None),
            ("dense_3", "None 6", "comment", None),
        ],
    ),
    "lone closing parentheses": (
        "x = Dense(\n    3,\n)(\n    keras.Input((2,))\n)  # (None, 3)",
        [("dense", "None 3", "comment", None)],
    ),
    "the outermost call of a chain": (
        "x = ReLU()(BatchNormalization()(keras.Input((2,))))  # (None, 2)",
        [("re_lu", "None 2", "comment", None)],
    ),
    "operators and functional operations": (
        "x = keras.Input((2,))\ny = x + 1.0  # (None, 2)\nz = ops.concatenate([x, y])  # (None, 4)",
        [("add", "None 2", "comment", None), ("concatenate", "None 4", "comment", None)],
    ),
    "merging function": (
        "x = keras.Input((2,))\nz = layers.concatenate([x, x])  # (None, 4)",
        [("concatenate", "None 4", "comment", None)],
    ),
    "helper": (
        (
            "def block(x, n):\n    y = Dense(n)(x)\n    Dense(9)(x)\n    return y\n"
            "x = block(keras.Input((2,)), 3)  # (None, 3)"
        ),
        [("dense", "None 3", "comment", None)],
    ),
    "names of variables": ("n = 3\nx = Dense(n)(keras.Input((2,)))  # (B, n)", [("dense", "B 3", "comment", None)]),
    "shared layer": (
        "d = Dense(2)\nx = d(keras.Input((2,)))  # (None, 2)\ny = d(x)  # (B, 2)",
        [("dense", "B 2", "comment", 2), ("dense", "None 2", "comment", 1)],
    ),
    "above, with an arrow": (
        "i = keras.Input((2,))\n# -> (None, 3)\nx = Dense(3)(i)",
        [("dense", "None 3", "comment", None)],
    ),
    "above, with the layer's name": (
        "i = keras.Input((2,))\n# fc: (None, 3)\nx = Dense(3, name='fc')(i)",
        [("fc", "None 3", "comment", None)],
    ),
    "above, without either: it may be the input's": ("i = keras.Input((2,))\n# (None, 3)\nx = Dense(3)(i)", []),
    "below, as in Keras' own docs": (
        "m = keras.Sequential()\nm.add(Dense(3))\n# now model.output_shape == (None, 3)\nm.add(Dense(4))",
        [("dense", "None 3", "comment", None)],
    ),
    "application": (
        (
            "from keras.applications import MobileNetV2 as Net\n"
            "m = Net(weights=None, include_top=False, input_shape=(32, 32, 3))  # (None, 1, 1, 1280)"
        ),
        [("out_relu", "None 1 1 1280", "comment", None)],
    ),
}


@pytest.mark.parametrize("form", COMMENTS)
def test_a_comment_speaks_of_the_layer_on_its_line(form, tmp_path):
    text, expected = COMMENTS[form]
    assert watch(tmp_path, text)[:2] == (expected, [])


def test_a_comment_behind_two_layers_is_ambiguous_and_said_once(tmp_path):
    text = "i = keras.Input((2,))\nfor _ in range(3):\n    a, b = Dense(3)(i), Dense(4)(i)  # (None, 3)"
    said, notes, scope = watch(tmp_path, text)
    line = 6 + 2 + 3
    name = scope["FILE"].rpartition("/")[2]
    assert (said, notes) == (
        [],
        [f"{name}:{line}: the comment follows two layers, so it is ignored: write each layer on its own line"],
    )


def test_lines_outside_the_block_are_not_watched(tmp_path):
    header = f"{HEADER}i = keras.Input((2,))\nx = Dense(7)(i)  # (None, 7)\n"
    assert watch(tmp_path, "y = Dense(3)(i)  # (None, 3)", header=header)[0] == [("dense_1", "None 3", "comment", None)]


ANNOTATIONS = {
    "Annotated": ('x: Annotated[Any, "B 3"] = Dense(3)(i)', "B 3"),
    "Annotated on a tensor type": ('x: Annotated[keras.KerasTensor, "B 3"] = Dense(3)(i)', "B 3"),
    "Annotated with a tuple": ("x: Annotated[Any, (None, 3)] = Dense(3)(i)", "None 3"),
    "Shaped": ("x: Shaped[keras.KerasTensor, None, 3] = Dense(3)(i)", "None 3"),
    "Shape": ('x: Shape["B 3"] = Dense(3)(i)', "B 3"),
    "f-string with live values": ('n = 3\nx: Annotated[Any, f"B {n}"] = Dense(3)(i)', "B 3"),
    "variable in the spec": ('n = 3\nx: Annotated[Any, "B n"] = Dense(3)(i)', "B 3"),
    "formula of a variable in braces": ('n = 4\nx: Annotated[Any, "B rows={n-1}"] = Dense(3)(i)', "B rows=3"),
    "attribute in braces": (
        (
            "from types import SimpleNamespace\nself = SimpleNamespace(units=4)\n"
            'x: Annotated[Any, "B {self.units-1}"] = Dense(3)(i)'
        ),
        "B 3",
    ),
    "alias": ('Rows = Annotated[Any, "B 3"]\nx: Rows = Dense(3)(i)', "B 3"),
    "quoted": ("x: \"Annotated[Any, 'B 3']\" = Dense(3)(i)", "B 3"),
    "name for type checkers only": ('x: Float[Tensor, "B 3"] = Dense(3)(i)', "B 3"),
    "Shaped for type checkers only": (
        (
            "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from shapeguard import Shaped\n"
            "x: Shaped[keras.KerasTensor, None, 3] = Dense(3)(i)"
        ),
        "None 3",
    ),
    "jaxtyping": ('from jaxtyping import Float\nx: Float[keras.KerasTensor, "B 3"] = Dense(3)(i)', "B 3"),
    "union": ('x: Annotated[Any, "B 3"] | None = Dense(3)(i)', "B 3"),
    "int with a description": ('x: Annotated[int, "number of filters"] = Dense(3)(i)', None),
    "bare string": ('x: "B 3" = Dense(3)(i)', None),
    "plain type": ("x: keras.KerasTensor = Dense(3)(i)", None),
    "unresolvable": ("x: Nowhere[int] = Dense(3)(i)", None),
}


@pytest.mark.parametrize("form", ANNOTATIONS)
def test_a_local_annotation_is_read_where_it_declares_a_shape(form, tmp_path):
    if form == "jaxtyping":
        pytest.importorskip("jaxtyping")
    text, spec = ANNOTATIONS[form]
    body = textwrap.indent(f"i = keras.Input((2,))\n{text}", "    ")  # Python evaluates those of modules itself
    said = watch(tmp_path, f"def build():\n{body}\nbuild()")[0]
    assert said == ([] if spec is None else [("dense", spec, "annotation", None)])


def test_a_misspelt_shape_in_an_annotation_is_the_users_to_see(tmp_path):
    with pytest.raises(SpecError):
        watch(tmp_path, 'x: Annotated[Any, "B 3x3"] = Dense(3)(keras.Input((2,)))')


def test_an_f_string_is_evaluated_in_each_iteration(tmp_path):
    text = """
        x = keras.Input((8, 8, 1))
        for k in range(2):
            x: Annotated[Any, f"B {8 - 2 * (k + 1)} {8 - 2 * (k + 1)} 4"] = Conv2D(4, 3)(x)
    """
    assert watch(tmp_path, text)[0] == [
        ("conv2d", "B 6 6 4", "annotation", None),
        ("conv2d_1", "B 4 4 4", "annotation", None),
    ]


BUILDER = """
def block(x: Annotated[Any, "B F"], n: int) -> Annotated[Any, "B n"]:
    return Dense(n)(x)

def build() -> Annotated[Any, "B 5"]:
    x = keras.Input((2,))
    x = block(x, 3)
    return Dense(5)(x)
"""


@pytest.mark.parametrize("future", ["", "from __future__ import annotations\n"])
def test_parameters_and_results_of_builders_are_read(future, tmp_path):
    said, _, scope = watch(tmp_path, BUILDER, call="build", header=future + HEADER)
    assert said == [("dense_1", "B 5", "annotation", None), ("input_layer", "B F", "annotation", None)]
    scopes = {e.scope for e in expectations_of(scope["result"]._keras_history.operation)}
    assert scopes == {""}


def test_the_result_of_a_builder_may_be_a_model_or_several_tensors(tmp_path):
    text = """
        def build() -> tuple[Annotated[Any, "B 3"], Annotated[Any, "B 4"]]:
            x = keras.Input((2,))
            return Dense(3)(x), Dense(4)(x)
    """
    assert watch(tmp_path, text, call="build")[0] == [
        ("dense", "B 3", "annotation", None),
        ("dense_1", "B 4", "annotation", None),
    ]
    text = """
        def build() -> Annotated[Any, "B 3"]:
            return keras.Sequential([keras.Input((2,)), Dense(3, name="last")])
    """
    assert watch(tmp_path, text, call="build")[0] == [("last", "B 3", "annotation", None)]


CALL = """
class Block(Layer):
    def __init__(self, n):
        super().__init__()
        self.inner = Dense(n)

    def call(self, x: Annotated[Any, "B F"]) -> Annotated[Any, "B n"]:
        h = self.inner(x)  # B n
        return expect(h, "B n")
"""


def test_annotations_comments_and_expect_inside_call_share_the_scope_of_that_call(tmp_path):
    text = f"{CALL}\ny = Block(3)(keras.Input((2,)))\nz = Block(4)(y)"
    point = constructions.now()
    scope = watch(tmp_path, text)[2]
    said = {}
    for operation in constructions.constructed_since(point):
        for e in expectations_of(operation):
            said.setdefault(e.scope, []).append((e.target, str(e.spec), e.origin))
    assert len(said) == 2
    assert sorted(map(sorted, said.values())) == [
        [
            ("block", "B F", "annotation"),
            ("block_1", "B n", "annotation"),
            ("dense_1", "B None", "comment"),
            ("dense_1", "B n", "expect"),
        ],
        [
            ("block", "B n", "annotation"),
            ("dense", "B None", "comment"),
            ("dense", "B n", "expect"),
            ("input_layer", "B F", "annotation"),
        ],
    ]
    assert scope["z"].shape == (None, 4)


def test_real_tensors_inside_call_are_known_by_identity(tmp_path):
    text = f"{CALL}\nimport numpy as np\nblock = Block(3)\ny = block(np.ones((5, 2), 'float32'))"
    said, _, scope = watch(tmp_path, text)
    assert said == [
        ("block", "B n", "annotation", None),
        ("dense", "B None", "comment", None),
        ("dense", "B n", "expect", None),
    ]
    assert [(index, str(e.spec)) for index, e in input_expectations_of(scope["block"])] == [(0, "B F")]


def test_a_helper_called_twice_has_two_scopes(tmp_path):
    text = """
        def block(x, n):
            x: Annotated[Any, "B C"] = Dense(n)(x)
            return x
        x = block(block(keras.Input((2,)), 3), 4)
    """
    point = constructions.now()
    kept = watch(tmp_path, text)
    scopes = [e.scope for o in constructions.constructed_since(point) for e in expectations_of(o)]
    assert (len(scopes), len(set(scopes)), kept[0][0][1]) == (2, 2, "B C")


def test_expect_returns_the_same_object_and_raises_no_mismatch(tmp_path):
    text = """
        i = keras.Input((2,))
        x = Dense(3)(i)
        same = [expect(x, "B 99") is x, expect(i, (None, 2)) is i]
        layer = Dense(4)
        same.append(expect(layer, "B 4", weights="2 4", params=12) is layer)
        exec("y = Dense(6)(x)\\nexpect(y, 'B 6')")
    """
    said, _, scope = watch(tmp_path, text)
    assert scope["same"] == [True, True, True]
    assert said == [
        ("dense", "B 99", "expect", None),
        ("dense_1", "12", "expect", None),
        ("dense_1", "2 4", "expect", None),
        ("dense_1", "B 4", "expect", None),
        ("dense_2", "B 6", "expect", None),
        ("input_layer", "None 2", "expect", None),
    ]


def test_expect_refuses_what_cannot_be_meant():
    import keras

    with pytest.raises(SpecError):
        expect(keras.Input((2,)), "B 3x3")
    with pytest.raises(ExpectationError) as empty:
        expect(keras.Input((2,)))
    with pytest.raises(ExpectationError) as number:
        expect(3, "B 3")
    assert [str(error.value) for error in (empty, number)] == [
        "[SG502] expect(x, spec) needs a spec, weights=... or params=...",
        "[SG502] expect(...) takes a tensor or a layer, not int: 3",
    ]


def test_a_builder_without_source_is_named_once(tmp_path):
    scope = run(tmp_path, f"{HEADER}exec('''def build():\\n    x = keras.Input((2,))\\n    return Dense(3)(x)''')\n")
    with declaring(scope["build"]) as watched:
        watched.run(scope["build"], (), {})
    assert watched.notes == [
        (
            "the source of 'build' (<string>) is not available, so its comments and local annotations cannot be read:"
            " use expect(...), a mapping or a contract file"
        )
    ]


def test_the_published_program_reports_both_of_its_wrong_comments(tmp_path):
    text = """
        model = keras.Sequential()
        model.add(keras.Input((160, 320, 3)))
        model.add(Cropping2D(cropping=((0, 0), (50, 20))))  #(None, 90, 320, 3)
        model.add(Convolution2D(32, 3, 3))  #(None, 88, 318, 32)
    """
    said, _, scope = watch(tmp_path, text)
    assert said == [
        ("conv2d", "None 88 318 32", "comment", None),
        ("cropping2d", "None 90 320 3", "comment", None),
    ]
    assert [layer.output.shape for layer in scope["model"].layers] == [(None, 160, 250, 3), (None, 53, 83, 32)]


NAMES_ON_AXIS_0 = {
    "a comment": ("x = Dense(U)(keras.Input((K, D)))  # (N, K, U)", "N 12 32"),
    "a comment without the batch": ("x = Dense(U)(keras.Input((K, D)))  # (K, U)", "None 12 32"),
    "a comment of the batch by a word of its own": ("x = Dense(U)(keras.Input((D,)))  # (pupils, U)", "pupils 32"),
    "samples and steps in one": ("x = Dense(U)(keras.Input((D,)))  # (N*K, U)", "N*K 32"),
    "a value in braces": ("x = Dense(U)(keras.Input((D,)))  # ({N}, U)", "200 32"),
    "a number": ("x = Dense(U)(keras.Input((D,)))  # (200, U)", "200 32"),
    "an annotation": ('x: Annotated[Any, "N K U"] = Dense(U)(keras.Input((K, D)))', "N 12 32"),
    "an annotation with braces": ('x: Annotated[Any, "{N} K U"] = Dense(U)(keras.Input((K, D)))', "200 12 32"),
    "an annotation by an f-string": ('x: Annotated[Any, f"{N} K {U}"] = Dense(U)(keras.Input((K, D)))', "200 12 32"),
    "elements": ('x: Shaped[Any, "N", "K", 32] = Dense(U)(keras.Input((K, D)))', "N 12 32"),
    "expect": ('expect(Dense(U)(keras.Input((K, D))), "N K U")', "N 12 32"),
}


@pytest.mark.parametrize("form", NAMES_ON_AXIS_0)
def test_a_name_on_axis_0_is_never_the_size_of_a_variable(form, tmp_path):
    line, spec = NAMES_ON_AXIS_0[form]
    point = constructions.now()
    watch(tmp_path, f"N, K, D, U, pupils = 200, 12, 5, 32, 64\n{line}")
    dense = next(each for each in constructions.constructed_since(point) if type(each).__name__ == "Dense")
    assert [str(e.spec) for e in expectations_of(dense, len(dense.output.shape))] == [spec]


def test_the_first_axis_of_weights_is_no_batch(tmp_path):
    said, _, _ = watch(tmp_path, 'K = 3\nx = Dense(2)\nx(keras.Input((K,)))\nexpect(x, weights="K 2")')
    assert said == [("dense", "3 2", "expect", None)]
