"""The Keras 1 rule while models are built, and comments that silence a code where a program runs."""

import linecache
import warnings

import keras
import numpy as np
import pytest

from shapeguard import ShapeGuard, ShapeMismatchError
from shapeguard.strict import ShapeGuardWarning

SUSPICION = "suspicious call layers.Conv2D(..., 3, 3): the 3rd positional argument is strides=3, not the kernel's width"


@pytest.fixture
def run(tmp_path):
    """Runs a program from a file of its own and gives its names and the first lines of its warnings."""

    def run(text):
        file = tmp_path / "program.py"
        file.write_text(text, encoding="utf-8")
        linecache.checkcache(str(file))
        names = {"keras": keras, "layers": keras.layers, "ShapeGuard": ShapeGuard}
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always", ShapeGuardWarning)
            exec(compile(text, str(file), "exec"), names)  # noqa: S102  running programs is what this is for
        names["warned"] = [str(each.message).partition("\n")[0] for each in caught]
        return names

    return run


def sequential(*lines):
    body = "".join(f"        {line}\n" for line in ("keras.Input((28, 28, 1)),", *lines))
    return f"@ShapeGuard()\ndef build():\n    return keras.Sequential([\n{body}    ])\nmodel = build()\n"


CONVOLUTION = "layers.Conv2D(4, 3, 3),"
HEAD = ("layers.Flatten(),", "layers.Dense(10),")


def test_a_keras_1_call_is_told_when_the_model_is_built_and_once_for_a_builder(run):
    warned = run(sequential(CONVOLUTION, *HEAD) + "build()\n")["warned"]
    assert warned == [f"ShapeGuard: [SG701] keras1-size: {SUSPICION}"]


@pytest.mark.parametrize(
    "lines",
    [
        ("layers.Conv2D(4, 3, 3),  # (B, 9, 9, 4)", *HEAD),
        (CONVOLUTION, "layers.MaxPooling2D(),  # (B, 4, 4, 4)", *HEAD),
        (CONVOLUTION, "layers.Flatten(),  # (B, 324)", "layers.Dense(10),"),
        ("layers.Conv2D(4, 3, 3),  # shapeguard: ignore[SG701]", *HEAD),
        ("layers.Conv2D(4, 3, strides=3),", *HEAD),
        ("layers.Conv2D(4, (3, 3)),", *HEAD),
    ],
)
def test_a_call_that_is_expected_silenced_or_written_out_is_not_suspicious(run, lines):
    assert run(sequential(*lines))["warned"] == []


def test_an_expectation_that_no_stride_can_break_does_not_exonerate(run):
    lines = (CONVOLUTION, "layers.Flatten(),", "layers.Dense(10),  # (B, 10)")
    assert run(sequential(*lines))["warned"] == [f"ShapeGuard: [SG701] keras1-size: {SUSPICION}"]


@pytest.mark.parametrize("key", ["conv2d", "conv*", "of_another_model/conv2d"])
def test_what_the_guard_is_given_by_key_exonerates_too(run, key):
    program = f"guard = ShapeGuard({{{key!r}: 'B 9 9 4'}})\n" + sequential(CONVOLUTION, *HEAD)
    assert run(program.replace("@ShapeGuard()", "@guard"))["warned"] == []


def test_a_guard_that_only_records_says_nothing(run):
    program = sequential(CONVOLUTION, *HEAD).replace("ShapeGuard()", "ShapeGuard(on_mismatch='record')")
    assert run(program)["warned"] == []


def fit(model, guard=None):
    model.compile("sgd", "mse")
    guard = guard or ShapeGuard()
    model.fit(np.zeros((8, 28, 28, 1)), np.zeros((8, 10)), verbose=0, callbacks=[guard])
    return guard


WRONG = "layers.Conv2D(4, 3, 2),  # (B, 26, 26, 4)"


def test_a_comment_silences_a_mismatch_and_the_model_trains(run):
    model = run(sequential(f"{WRONG}  # shapeguard: ignore[SG101]", *HEAD))["model"]
    before = model.layers[-1].get_weights()[1].copy()
    model.layers[-1].bias.assign(before + 1)
    guard = fit(model)
    assert guard.report.ok
    assert [row.status for row in guard.report.rows] == [
        "no expectation", "not checked", "no expectation", "no expectation",
    ]  # fmt: skip
    assert not np.array_equal(model.layers[-1].get_weights()[1], before + 1)


def test_a_comment_for_another_code_lets_the_mismatch_raise(run):
    model = run(sequential(f"{WRONG}  # shapeguard: ignore[SG201]", *HEAD))["model"]
    with pytest.raises(ShapeMismatchError) as raised:
        fit(model)
    assert raised.value.report.diagnoses[0].code == "SG101"


def test_a_comment_silences_in_a_model_whose_inputs_only_the_first_step_tells(run):
    program = sequential(f"{WRONG}  # shapeguard: ignore[SG101]", *HEAD)
    model = run(program.replace("keras.Input((28, 28, 1)),", ""))["model"]
    assert fit(model).report.ok


def test_a_comment_that_silences_nothing_is_told_at_fit(run):
    model = run(sequential("layers.Conv2D(4, 3),  # (B, 26, 26, 4)  # shapeguard: ignore[SG101]", *HEAD))["model"]
    with pytest.warns(ShapeGuardWarning) as caught:
        fit(model)
    (told,) = (str(each.message) for each in caught if each.category is ShapeGuardWarning)
    assert told.endswith("program.py:5: unused `# shapeguard: ignore[SG101]`: nothing to suppress on this line")
