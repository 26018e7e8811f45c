"""An expression of the user's own function that was meant otherwise: found by running the pass again with it."""

import textwrap

import keras
import pytest
from helpers.texts import applied, mended, module_of

from shapeguard import ShapeGuard, ShapeMismatchError

pytestmark = pytest.mark.filterwarnings("ignore:.*unbuilt state", "ignore:`build\\(\\)` was called on layer")
NET = """
    import keras
    import numpy as np
    from keras import layers, ops

    class Net(keras.Model):
        def __init__(self, width=6):
            super().__init__()
            self.width = width
            self.narrow = layers.Dense(width)
            self.near = layers.Dense(4)
            self.far = layers.Dense(width)
            self.head = layers.Dense(1)

        def cut(self, x, size):
            return x[:, :size]

        def parts(self, x):
            return self.near(x), self.far(x)

        def call(self, x):
            {body}

    model = Net()
    model.compile("sgd", "mse")
    model.fit(np.zeros((4, {shape})), np.zeros((4, {target})), verbose=0)
"""


def crashed(tmp_path, body, shape, target):
    """(causes, path) of a program that Keras refuses."""
    text = textwrap.dedent(NET).replace("{body}", textwrap.indent(textwrap.dedent(body).strip(), " " * 8).lstrip())
    path = tmp_path / "program.py"
    path.write_text(text.replace("{shape}", shape).replace("{target}", target), encoding="utf-8")
    with pytest.raises(ShapeMismatchError) as caught, ShapeGuard():
        module_of(path)
    return caught.value.report.diagnoses[0].causes, path


def lines_of(path, causes):
    """The lines that each cause with a text writes anew."""
    before = path.read_text(encoding="utf-8").splitlines()
    written = (applied(path, cause).splitlines() for cause in causes if all(e.replaces for e in cause.edits))
    return [[line.strip() for line, old in zip(text, before, strict=False) if line != old] for text in written]


UNPACKED = """
    change, forecast = self.parts(x)
    return self.head(x - change) + 0 * ops.mean(forecast, axis=-1, keepdims=True)
"""
REVERSED = """
    kept, y = [], x
    for size in (3, 2):
        kept.append(y)
        y = y[:, ::size]
    for size, skip in zip((2, 3), kept):
        y = ops.repeat(y, size, axis=1)[:, : skip.shape[1]] + skip
    return self.head(y)
"""
KEEPDIMS = """
    weights = ops.max(self.far(x), axis=1)
    weights = weights / ops.sum(weights, axis=-1, keepdims=True)
    return self.head(x * weights)
"""
COUNTED = """
    start = self.cut(x, size=3)
    return self.head(start + self.near(x))
"""
MASK = """
    scores = ops.stack([ops.matmul(x, ops.transpose(x, (0, 2, 1)))] * 2, axis=1)
    mask = x[..., 0]
    scores += -1e9 * mask[:, None, :]
    return self.head(ops.mean(scores, axis=1) @ x)
"""
STEP = """
    even, odd = x[:, 0::2], x[:, 1:2]
    return self.head(ops.concatenate([even, odd], axis=-1))
"""
SIBLING = """
    wide = ops.concatenate([x, x, x], axis=-1)
    n = x.shape[-1]
    first, last = wide[..., :n], wide[..., n:]
    return self.head(first * wide[..., 2 * n:] + last)
"""
AXIS_MISSING = """
    centre = ops.mean(x, axis=1)
    shifted = ops.relu(centre)
    return self.head(x - shifted)
"""
NUMBER = """
    both = ops.concatenate([x, x], axis=1)
    n = x.shape[1]
    return self.head(both + ops.reshape(ops.arange(n, dtype="float32"), (1, -1, 1)))
"""
TOO_MANY = """
    y = ops.expand_dims(self.near(x), 1)
    return self.head(ops.concatenate([x, y], axis=-1))
"""
LAYER = """
    y = self.narrow(x)
    return self.head(x + y)
"""
TENSOR = """
    first = self.narrow(x)
    second = ops.relu(first)
    third = self.near(x)
    return self.head(x + third)
"""


@pytest.mark.parametrize(
    ("body", "shape", "line"),
    [
        (UNPACKED, "6", "forecast, change = self.parts(x)"),
        (REVERSED, "12, 6", "for size, skip in zip((2, 3), reversed(kept)):"),
    ],
    ids=["what a call gives", "what a loop goes over"],
)
def test_what_a_call_gives_is_unpacked_in_the_other_order(tmp_path, body, shape, line):
    causes, path = crashed(tmp_path, body, shape, "1" if shape == "6" else "12, 1")
    assert lines_of(path, causes[:1]) == [[line]]
    assert causes[0].confidence == "possible"
    mended(path, causes[0])


@pytest.mark.parametrize(
    ("body", "shape", "target", "line"),
    [
        (STEP, "8, 6", "4, 1", "even, odd = x[:, 0::2], x[:, 1::2]"),
        (SIBLING, "6", "1", "first, last = wide[..., :n], wide[..., 2 * n:]"),
    ],
    ids=["a step", "the bound of another slice"],
)
def test_a_bound_of_a_slice_is_told(tmp_path, body, shape, target, line):
    causes, path = crashed(tmp_path, body, shape, target)
    assert [line] in lines_of(path, causes)[:2]
    assert causes[0].verified or keras.backend.backend() == "jax"  # which works no slices of open sizes out
    mended(path, causes[0])


def test_a_forgotten_keepdims_is_told(tmp_path):
    causes, path = crashed(tmp_path, KEEPDIMS, "5, 6", "5, 1")
    assert ["weights = ops.max(self.far(x), axis=1, keepdims=True)"] in lines_of(path, causes)


def test_a_tensor_lacks_an_axis(tmp_path):
    causes, path = crashed(tmp_path, AXIS_MISSING, "5, 6", "5, 1")
    assert {"centre = ops.mean(x, axis=1, keepdims=True)", "return self.head(x - shifted[:, None])"} & {
        line for lines in lines_of(path, causes) for line in lines
    }


@pytest.mark.skipif(keras.backend.backend() == "torch", reason="Keras wraps what PyTorch raises while it builds")
def test_an_index_adds_one_axis_more(tmp_path):
    causes, path = crashed(tmp_path, MASK, "5, 6", "5, 1")
    told = [line for lines in lines_of(path, causes) for line in lines]
    assert {"scores += -1e9 * mask[:, None, None, :]", "scores += (-1e9 * mask[:, None, :])[:, :, None]"} & {*told}


def test_a_number_of_an_option_is_told(tmp_path):
    causes, path = crashed(tmp_path, COUNTED, "6", "1")
    assert ["start = self.cut(x, size=4)"] in lines_of(path, causes)


def test_the_nearest_slip_is_told_first(tmp_path):
    causes, path = crashed(tmp_path, AXIS_MISSING, "5, 6", "5, 1")
    told = [line for lines in lines_of(path, causes) for line in lines]
    assert told[0] != "centre = ops.mean(x[:, None], axis=1)"


def test_a_number_is_calculated_otherwise(tmp_path):
    causes, path = crashed(tmp_path, NUMBER, "5, 6", "10, 1")
    told = lines_of(path, causes)
    assert any("ops.arange((2 * n), dtype" in line for lines in told for line in lines)


def test_a_call_too_many_is_told(tmp_path):
    causes, path = crashed(tmp_path, TOO_MANY, "6", "1")
    assert ["y = self.near(x)"] in lines_of(path, causes)


def test_another_layer_was_meant(tmp_path):
    causes, path = crashed(tmp_path, LAYER.replace("narrow", "near"), "6", "1")
    told = lines_of(path, causes)
    assert ["y = self.narrow(x)"] in told
    assert ["y = self.far(x)"] not in told  # another method calls it


def test_another_tensor_was_meant(tmp_path):
    causes, path = crashed(tmp_path, TENSOR, "6", "1")
    assert ["return self.head(x + second)"] in lines_of(path, causes)
    assert ["return self.head(x + first)"] not in lines_of(path, causes)


def test_the_functions_are_as_they_were_behind_a_diagnosis(tmp_path):
    text = textwrap.dedent(NET).replace("{body}", textwrap.indent(textwrap.dedent(UNPACKED).strip(), " " * 8).lstrip())
    path = tmp_path / "net.py"
    path.write_text(text[: text.index("model = Net()")], encoding="utf-8")
    net = module_of(path).Net
    before = net.call.__code__, net.parts.__code__
    with pytest.raises(ShapeMismatchError), ShapeGuard():
        net()(keras.Input((6,)))
    assert (net.call.__code__, net.parts.__code__) == before
    assert net.call.__code__ is before[0]
