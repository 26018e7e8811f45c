"""Tensors that a call is given in another order than it takes them: the exchange is told, applied and proven."""

import textwrap

import keras
import numpy as np
import pytest
from helpers.texts import mended, module_of
from keras import layers, ops

from shapeguard import ShapeGuard, ShapeMismatchError, expect

HEADER = """
    import keras
    import numpy as np
    from keras import layers, ops
"""
CROSSED = """
    enc, dec = keras.Input((20, 8)), keras.Input((12, 8))
    y = layers.MultiHeadAttention(2, 4, name="cross"){}
    model = keras.Model([enc, dec], y)
"""
JOINED = """
    class Net(keras.Model):
        def __init__(self):
            super().__init__()
            self.attend = {}
            self.join = layers.Concatenate()

        def call(self, inputs):
            enc, dec = inputs
            context = {}
            return self.join([dec, context])

    model = Net()
    model.compile("sgd", "mse")
    data = [np.zeros((4, 9, 6), "float32"), np.zeros((4, 5, 6), "float32")]
    model.fit(data, np.zeros((4, 5, 12)), verbose=0)
"""
IN_CALL = {
    "list": ("layers.Attention()", "self.attend([enc, dec])", "[dec, enc]"),
    "positions": ("layers.MultiHeadAttention(2, 3)", "self.attend(enc, dec)", "dec, enc"),
    "keyword": ("layers.MultiHeadAttention(2, 3)", "self.attend(enc, value=dec)", "dec, value=enc"),
    "both keywords": ("layers.MultiHeadAttention(2, 3)", "self.attend(query=enc, value=dec)", "query=dec, value=enc"),
    "expressions": ("layers.AdditiveAttention()", "self.attend([enc + 1, ops.tanh(dec)])", "[ops.tanh(dec), enc + 1]"),
}


def written(tmp_path, text, name="program"):
    """The path of a program with this text behind the imports."""
    path = tmp_path / f"{name}.py"
    path.write_text(textwrap.dedent(HEADER) + textwrap.dedent(text), encoding="utf-8")
    return path


def built(tmp_path, text, expected=None):
    """(diagnosis, path) of a program that makes a model."""
    path = written(tmp_path, text)
    with ShapeGuard(expected or {}, on_mismatch="record") as guard:
        model = module_of(path).model
    return guard.check(model).diagnoses[0], path


def crashed(tmp_path, text):
    """(diagnosis, path) of a program whose `fit` crashes."""
    path = written(tmp_path, text)
    with pytest.raises(ShapeMismatchError) as caught, ShapeGuard():
        module_of(path)
    return caught.value.report.diagnoses[0], path


@pytest.mark.filterwarnings("ignore:.*(unbuilt state|trainable weights)")
@pytest.mark.parametrize("kind", IN_CALL)
def test_the_tensors_of_a_call_are_exchanged_in_its_text(tmp_path, kind):
    layer, call, expected = IN_CALL[kind]
    diagnosis, path = crashed(tmp_path, JOINED.format(layer, call))
    cause = diagnosis.causes[0]
    assert (cause.kind, cause.argument, cause.verified) == ("inputs", "inputs", True)
    assert expected in cause.edits[0].corrected
    assert "query and value exchanged" in cause.label
    assert expected in mended(path, cause)


def test_tensors_in_the_other_order_are_told_before_other_sizes(tmp_path):
    diagnosis, path = built(tmp_path, CROSSED.format("(enc, dec)"), {"cross": "B 12 8"})
    first = diagnosis.causes[0]
    assert first.title == "the tensors of 'cross' are in the other order"
    assert (first.kind, diagnosis.code, str(first.suggestion)) == ("inputs", "SG101", "dec, enc")
    assert "(dec, enc)" in mended(path, first)
    assert "argument" in {cause.kind for cause in diagnosis.causes[1:]}


def test_two_of_three_tensors_are_exchanged_rather_than_all(tmp_path):
    diagnosis, path = crashed(
        tmp_path,
        """
        x = keras.Input((8, 4))
        q, k, v = layers.Dense(5)(x), layers.Dense(5)(x), layers.Dense(7)(x)
        y = layers.Dense(1)(layers.Attention()([q, k, v]))
        model = keras.Model(x, y)
        model.compile("sgd", "mse")
        model.fit(np.zeros((4, 8, 4)), np.zeros((4, 8, 1)), verbose=0)
        """,
    )
    assert str(diagnosis.causes[0].suggestion) == "[q, v, k]"
    assert diagnosis.causes[0].title.endswith("in the wrong order")
    mended(path, diagnosis.causes[0])


def test_the_tensors_of_a_model_that_is_called_follow_its_inputs(tmp_path):
    diagnosis, path = crashed(
        tmp_path,
        """
        words, facts = keras.Input((20,), name="words"), keras.Input((5,), name="facts")
        model = keras.Model([words, facts], layers.Dense(1)(layers.Concatenate()([words, facts])))
        one, other = keras.Input((20,)), keras.Input((5,))
        y = model([other, one])
        """,
    )
    (cause,) = diagnosis.causes
    assert (diagnosis.code, cause.confidence, str(cause.suggestion)) == ("SG601", "cause", "[one, other]")
    assert cause.explanation.splitlines() == [
        "as written:  words (None, 5), facts (None, 20) -> refused",
        "exchanged:   words (None, 20), facts (None, 5) -> (None, 1)",
    ]
    assert "y = model([one, other])" in mended(path, cause)


OPERATIONS = {
    "operator": ("enc @ dec", "dec @ enc"),
    "function": ("ops.matmul(enc, dec)", "ops.matmul(dec, enc)"),
    "layer": ("layers.Dot(axes=(2, 1))([enc, dec])", "layers.Dot(axes=(2, 1))([dec, enc])"),
    "layer as function": ("layers.dot([enc, dec], axes=(2, 1))", "layers.dot([dec, enc], axes=(2, 1))"),
}


@pytest.mark.parametrize("kind", OPERATIONS)
def test_the_two_sides_of_a_product_are_exchanged(tmp_path, kind):
    written, right = OPERATIONS[kind]
    text = f"""
    enc, dec = keras.Input((6, 4)), keras.Input((4, 6))
    y = layers.Dense(4, name="end")({written})
    model = keras.Model([enc, dec], y)
    """
    diagnosis, path = built(tmp_path, text, {"end": "B 4 4"})
    cause = next(cause for cause in diagnosis.causes if cause.kind == "inputs")
    assert cause.edits[0].corrected == right
    assert cause.verified
    assert right in mended(path, cause)


def test_the_calls_of_one_line_are_changed_together(tmp_path):
    diagnosis, path = built(
        tmp_path,
        """
        def block(one, other):
            return layers.Attention()([one, other])

        enc, dec = keras.Input((9, 6)), keras.Input((5, 6))
        y = layers.Concatenate(name="end")([block(enc, dec), block(enc, dec)])
        model = keras.Model([enc, dec], y)
        """,
        {"end": "B 5 12"},
    )
    cause = next(cause for cause in diagnosis.causes if cause.kind == "inputs")
    assert len(cause.edits[0].layers) == 2
    assert "[other, one]" in mended(path, cause)


def test_of_a_layer_that_is_called_twice_one_call_is_changed(tmp_path):
    diagnosis, path = built(
        tmp_path,
        """
        enc, dec = keras.Input((9, 6)), keras.Input((5, 6))
        attend = layers.Attention()
        right = layers.Dense(3)(attend([dec, enc]))
        wrong = layers.Dense(3, name="wrong")(attend([enc, dec]))
        model = keras.Model([enc, dec], [right, wrong])
        """,
        {"wrong": "B 5 3"},
    )
    first = diagnosis.causes[0]
    assert (first.kind, first.verified) == ("inputs", True)
    assert mended(path, first).count("attend([dec, enc])") == 2


def test_a_call_without_a_place_in_the_source_has_no_text_and_is_not_verified(tmp_path):
    text = """
    enc, dec = keras.Input((20, 8)), keras.Input((12, 8))
    pair = [enc, dec]
    y = layers.Attention(name="cross")(pair)
    model = keras.Model(pair, y)
    """
    diagnosis, _ = built(tmp_path, text, {"cross": "B 12 8"})
    cause = next(cause for cause in diagnosis.causes if cause.kind == "inputs")
    assert (cause.verified, cause.edits[0].replacement) == (False, None)


@pytest.mark.parametrize("order", ["(enc, dec)", "(dec, enc)"])
def test_a_comment_with_the_shape_of_an_input_is_the_outputs_where_the_exchange_gives_it(tmp_path, order):
    text = CROSSED.format(f"{order}  # (None, 12, 8)")
    path = written(tmp_path, text)
    with ShapeGuard(on_mismatch="record") as guard:
        model = module_of(path).model
    report = guard.check(model)
    if order == "(dec, enc)":
        assert report.ok
    else:
        assert report.diagnoses[0].causes[0].kind == "inputs"


def test_a_sum_is_the_same_in_any_order():
    with ShapeGuard(on_mismatch="record") as guard:
        one, other = keras.Input((4, 6)), keras.Input((6,))
        y = expect(layers.Subtract()([one, other]), "B 4 5")
        model = keras.Model([one, other], y)
    assert not any(cause.kind == "inputs" for cause in guard.check(model).diagnoses[0].causes)


def test_the_model_that_was_judged_is_as_it_was():
    with ShapeGuard({"cross": "B 12 8"}, on_mismatch="record") as guard:
        enc, dec = keras.Input((20, 8)), keras.Input((12, 8))
        model = keras.Model([enc, dec], layers.Attention(name="cross")([enc, dec]))
    guard.check(model)
    assert model.output_shape == (None, 20, 8)
    assert ops.shape(model([np.zeros((2, 20, 8)), np.zeros((2, 12, 8))])) == (2, 20, 8)


def test_axes_of_tensors_of_another_rank_are_all_moved_by_as_many():
    a, b = keras.Input((6, 6)), keras.Input((6, 9))
    with pytest.raises(ShapeMismatchError) as caught, ShapeGuard():
        layers.Dot(axes=(3, 2), name="mix")([a, b])
    edit = caught.value.report.diagnoses[0].causes[0].edits[0]
    assert (edit.layer, edit.argument, edit.suggestion) == ("mix", "axes", (2, 1))
