"""Loops of the user's own in which a number for each sample meets a model's column: told before the step is over."""

import keras
import pytest
from helpers.texts import applied, mended, module_of

from shapeguard import ShapeGuard, ShapeMismatchError
from shapeguard.strict import ShapeGuardWarning

BEGINNING = """
import keras
import numpy as np
from keras import layers, ops

rows = np.random.RandomState(0).rand(12, 5).astype("float32")
wanted = rows.sum(axis=1)
inner = keras.Input((5,))
hidden = layers.Dense(6, activation="relu")(inner)
both = keras.Model(inner, [layers.Dense(3)(hidden), layers.Dense(1, name="value")(hidden)])
single = keras.Sequential([keras.Input((5,)), layers.Dense(1, name="only")])
made = []
"""
TENSORS = """
rows, wanted = ops.convert_to_tensor(rows), ops.convert_to_tensor(wanted)
"""
BATCHES = f"""{TENSORS}
def squares(one, other):
    apart = one - other
    return ops.square(apart)

def step(network, given, target):
    guess = network(given, training=True)
    made.append(ops.mean(squares(target, guess)))

for turn in range(2):
    for part, of_part in [(rows[:6], wanted[:6]), (rows[6:], wanted[6:])]:
        step(single, part, of_part)
"""
ACTIONS = """
taken = np.arange(12) % 3
gained = ops.linspace(0.0, 1.0, 12)

def learn(seen, taken, gained):
    scores, values = both(seen)
    likely = ops.sum(ops.log_softmax(scores) * ops.one_hot(taken, 3), axis=1)
    better = gained - ops.stop_gradient(values)
    made.append(-ops.mean(likely * better))

learn(rows, taken, gained)
"""
KNOWN_ELSEWHERE = """
gained = ops.linspace(0.0, 1.0, 12)
RATE = 0.5

def learn(seen, gained):
    scores, values = both(seen)
    error = ops.mean(ops.square(gained - ops.squeeze(values, -1)))
    made.append(error + RATE * ops.mean(ops.abs(RATE * values - gained)))

learn(rows, gained)
"""
WRONG = {
    BATCHES: "apart = one - other[:, 0]",
    ACTIONS: "better = gained - ops.stop_gradient(values)[:, 0]",
    KNOWN_ELSEWHERE: "ops.abs((RATE * values)[:, 0] - gained)",
}
RIGHT = {
    "outer differences of inputs": "step = rows[:, 0]; out = single(rows)\nmade.append(step[:, None] - step[None, :])",
    "pairs of outputs": "out = single(rows)\nflat = ops.reshape(out, (-1,))\nmade.append(out - flat)",
    "pairs of outputs by their places": "out = single(rows)\nmade.append(out - out[:, 0])",
    "equal labels": "labels = wanted; out = single(rows)\nmade.append((labels == labels[:, None]) * out)",
    "an axis put there": "out = single(rows)\nmade.append(ops.squeeze(out, -1)[:, None] - wanted)",
    "as many centres as samples": "centres = np.linspace(0, 1, 12); out = single(rows)\nmade.append(out - centres)",
    "as many quantiles as samples": (
        "at = np.linspace(0, 1, 12).astype('float32')\nout = single(rows)\napart = wanted[:, None] - out\n"
        "made.append(ops.maximum(at * apart, (at - 1) * apart))"
    ),
    "centres in a function": (
        "def bins(data, centres):\n    out = single(data)\n    near = ops.exp(-ops.square(out - centres))\n"
        "    made.append(ops.mean(near, axis=0))\n\nbins(rows, np.linspace(0, 1, 12))"
    ),
    "columns on both sides": "targets = wanted[:, None]; out = single(rows)\nmade.append(targets - out)",
    "a baseline": "out = single(rows)\nmade.append(wanted - ops.mean(out))",
    "what is left before": (
        "def step(part, of_part):\n    out = single(part)\n    if out.shape != of_part.shape:\n"
        "        return None\n    return out - of_part\n\n"
        "for one, two in [(rows, wanted)]:\n    made.append(step(one, two) is None)"
    ),
    "another shape on the way": (
        "for one, two in [(rows, wanted)]:\n    out = single(one)\n    if two.ndim == 1:\n        two = two[:, None]\n"
        "    made.append(two - out)"
    ),
    "scores of pairs": "out = single(rows)\nmade.append(ops.matmul(out, ops.transpose(out)) * wanted)",
    "a mask": "mask = wanted > 1; out = both(rows)[0]\nmade.append(ops.where(mask[:, None], out, 0.0))",
    "a shape that is set": (
        "for one, two in [(rows, wanted.copy())]:\n    out = single(one)\n    two.shape = (-1, 1)\n"
        "    made.append(two - out)"
    ),
    "a name that is set on the way": (
        "for one, two in [(rows, wanted)]:\n    out = single(one)\n    print((two := two[:, None]).shape)\n"
        "    made.append(two - out)"
    ),
    "a method of another class": (
        "class Plain:\n    def apart(self, one, two):\n        return two - one\n\n"
        "    def step(self, one, two):\n        return self.apart(single(one), two)\n\n"
        "class Better(Plain):\n    def apart(self, one, two):\n        return two - one[:, 0]\n\n"
        "for one, two in [(rows, wanted)]:\n    made.append(Better().step(one, two))"
    ),
    "another model of the name": (
        "flat = keras.Sequential([keras.Input((5,)), layers.Dense(1), layers.Reshape(())])\n"
        "for one, two in [(rows, wanted)]:\n    net = single\n    out = net(one)\n    net = flat\n"
        "    made.append(two - net(one))"
    ),
    "a name that a function shares": (
        "def widen():\n    global wanted\n    wanted = wanted[:, None]\n\n"
        "out = single(rows)\nplain = ops.squeeze(out, -1) - wanted\nwiden()\nmade.append(wanted - out)"
    ),
    "one sample": "for one, two in [(rows[:1], wanted[:1])]:\n    made.append(two - single(one))",
    "never computed": "for one, two in [(rows, wanted)]:\n    out = single(one)\n    late = lambda: two - out",
}


def written(tmp_path, text):
    path = tmp_path / "program.py"
    path.write_text(f"{BEGINNING}{text}", encoding="utf-8")
    return path


@pytest.mark.parametrize("text", WRONG)
def test_numbers_of_samples_that_meet_a_column_are_told(tmp_path, text):
    path = written(tmp_path, text)
    with pytest.raises(ShapeMismatchError) as caught, ShapeGuard():
        module_of(path)
    (diagnosis,) = caught.value.report.diagnoses
    (cause,) = diagnosis.causes
    assert (diagnosis.code, cause.confidence, cause.verified) == ("SG303", "cause", False)
    assert WRONG[text] in applied(path, cause)
    with ShapeGuard() as guard:
        mended(path, cause)
    assert guard.report.ok


@pytest.mark.skipif(keras.backend.backend() == "torch", reason="PyTorch takes no arrays of NumPy in sums of tensors")
@pytest.mark.parametrize("kind", RIGHT)
def test_what_is_meant_to_meet_says_nothing(tmp_path, kind):
    path = written(tmp_path, RIGHT[kind])
    with ShapeGuard() as guard:
        module = module_of(path)
    assert guard.report.ok
    assert guard.report.rows
    assert module.made or "late" in RIGHT[kind]


def test_a_warning_is_given_once(tmp_path):
    path = written(tmp_path, BATCHES)
    told = pytest.warns(ShapeGuardWarning, match="compares each sample with all others")
    with told as caught, ShapeGuard(on_mismatch="warn"):
        module = module_of(path)
    assert len(caught) == 1
    assert len(module.made) == 4


def test_a_comment_suppresses_it(tmp_path):
    path = written(tmp_path, BATCHES.replace("apart = one - other", "apart = one - other  # shapeguard: ignore[SG303]"))
    with ShapeGuard() as guard:
        assert len(module_of(path).made) == 4
    assert guard.report.ok


def test_nothing_is_said_without_a_guard_and_what_runs_is_the_same(tmp_path):
    path = written(tmp_path, TENSORS + RIGHT["a baseline"])
    plain = module_of(path).made
    with ShapeGuard():
        guarded = module_of(path).made
    assert plain[0].shape == guarded[0].shape == (12,)
