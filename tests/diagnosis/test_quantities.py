"""Weights and parameter counts: what output shapes cannot show."""

import json
import textwrap

import keras
import pytest
from keras import layers

from shapeguard import ShapeGuard, ShapeMismatchError, check, expect, parse
from shapeguard.diagnosis.weight_shapes import measure
from shapeguard.guard.rows import with_quantities
from shapeguard.records.expectations import Expectation, Target
from shapeguard.records.network import Call, Network, Value, ValueRef

PREAMBLE = "import keras\nfrom keras import layers\nfrom shapeguard import check, expect\n"


@pytest.fixture
def reported(tmp_path, monkeypatch):
    """The report of a program that ends in `model`, written to a file so that its lines can be quoted."""

    def run(program, *arguments):
        monkeypatch.chdir(tmp_path)
        file = tmp_path / "model.py"
        file.write_text(PREAMBLE + textwrap.dedent(program), encoding="utf-8")
        namespace = {}
        exec(compile(file.read_text(encoding="utf-8"), str(file), "exec"), namespace)  # noqa: S102  quoted programs run
        return check(namespace["model"], *arguments)

    return run


HIDDEN = """
model = keras.Sequential([
    keras.Input((28, 28, 1)),
    layers.Conv2D(32, 5, padding="same", name="conv"),
])
expect(model.layers[0], {said})
"""


def test_a_kernel_that_padding_hides_is_named_by_its_weights(reported):
    report = reported(HIDDEN.format(said="weights=(3, 3, 1, 32)"))
    assert report.message() == textwrap.dedent("""\
        [SG105] layer 'conv' (Conv2D): expected weights (3, 3, 1, 32), got weights (5, 5, 1, 32)
          axis 0: expected 3, got 5; axis 1: expected 3, got 5

          model.py:7
            7 |     layers.Conv2D(32, 5, padding="same", name="conv"),
              |                       ^ 2nd positional argument: kernel_size=5

          cause: argument `kernel_size=(5, 5)`, the 2nd positional argument of Conv2D
            with kernel_size 5:  weights (5, 5, 1, 32), (32,), 832 parameters
            with kernel_size 3:  weights (3, 3, 1, 32), (32,), 320 parameters
            Both output (None, 28, 28, 32); only the weights differ.
          fix (verified: 'conv' has weights (3, 3, 1, 32)):
              layers.Conv2D(32, 3, padding="same", name="conv")

          expectation declared at model.py:9, by expect(...)
          more: shapeguard explain SG105""")


def test_the_number_of_parameters_names_the_same_kernel(reported):
    report = reported(HIDDEN.format(said="params=320"))
    headline = report.message().splitlines()[0]
    assert headline == "[SG105] layer 'conv' (Conv2D): expected 320 parameters, got 832 parameters"
    (cause,) = report.diagnoses[0].causes
    assert (cause.argument, cause.value, cause.suggestion) == ("kernel_size", (5, 5), (3, 3))
    assert (cause.verified, cause.confidence) == (True, "cause")


def test_the_row_of_a_quantity_stands_beside_that_of_the_output(reported):
    report = reported(HIDDEN.format(said="(None, 28, 28, 32), params=320"))
    told = [(row.layer, row.quantity, row.expected, row.actual, row.status) for row in report.rows[1:]]
    assert told == [
        ("conv", "output", (None, 28, 28, 32), (None, 28, 28, 32), "ok"),
        ("conv", "params", 320, 832, "mismatch"),
    ]


def test_channels_that_come_from_upstream_are_blamed_upstream(reported):
    report = reported("""
        model = keras.Sequential([
            keras.Input((28, 28, 1)),
            layers.Conv2D(16, 3, name="first"),
            layers.Conv2D(32, 3, name="second"),
        ])
        expect(model.get_layer("second"), weights=[(3, 3, 8, 32), (32,)])
    """)
    assert report.message() == textwrap.dedent("""\
        [SG105] layer 'second' (Conv2D): expected weights [(3, 3, 8, 32), (32,)], got weights [(3, 3, 16, 32), (32,)]
          caused by layer 'first' (Conv2D): `filters=16` (1st positional)

          model.py:7
            7 |     layers.Conv2D(16, 3, name="first"),
              |                   ^^ 1st positional argument: filters=16

          cause: argument `filters=16`, the 1st positional argument of Conv2D
            with filters 16:  weights (3, 3, 16, 32), (32,), 4640 parameters
            with filters 8:   weights (3, 3, 8, 32), (32,), 2336 parameters
          fix (verified: 'second' has weights (3, 3, 8, 32)):
              layers.Conv2D(8, 3, name="first")

          expectation declared at model.py:10, by expect(...)
          more: shapeguard explain SG105""")


def test_a_wrapped_layer_is_solved_for_its_units(reported):
    report = reported("""
        inputs = keras.Input((20, 8))
        wrapped = expect(layers.Bidirectional(layers.LSTM(16)), params=2016)
        model = keras.Model(inputs, wrapped(inputs))
    """)
    assert report.message() == textwrap.dedent("""\
        [SG105] layer 'bidirectional' (Bidirectional): expected 2016 parameters, got 3200 parameters
          caused by layer 'lstm' (LSTM): `units=16` (1st positional)

          model.py:6
            6 | wrapped = expect(layers.Bidirectional(layers.LSTM(16)), params=2016)
              |                                                   ^^
              |                                                1st positional argument: units=16

          cause: argument `units=16`, the 1st positional argument of LSTM
            with units 16:  weights (8, 64), (16, 64), (64,), (8, 64), (16, 64), (64,), 3200 parameters
            with units 12:  weights (8, 48), (12, 48), (48,), (8, 48), (12, 48), (48,), 2016 parameters
          fix (verified: 'bidirectional' has 2016 parameters):
              layers.LSTM(12)

          expectation declared at model.py:6, by expect(...)
          more: shapeguard explain SG105""")


def test_a_suggestion_keeps_what_was_expected_of_outputs(reported):
    report = reported(
        """
        inputs = keras.Input((20, 8))
        wrapped = expect(layers.Bidirectional(layers.LSTM(16), name="both"), params=2016)
        model = keras.Model(inputs, wrapped(inputs))
        """,
        {"both": (None, 32)},
    )
    (diagnosis,) = report.diagnoses
    assert (diagnosis.code, diagnosis.causes) == ("SG105", ())
    assert diagnosis.tried == "5 layers rebuilt with one argument changed; none has these weights"


def test_weights_that_follow_from_a_wrong_output_are_a_consequence(reported):
    report = reported("""
        model = keras.Sequential([keras.Input((28, 28, 1)), layers.Conv2D(16, 3, name="conv")])
        expect(model.layers[0], (None, 26, 26, 32), weights=(3, 3, 1, 32))
    """)
    assert [diagnosis.code for diagnosis in report.diagnoses] == ["SG101"]
    assert [(row.quantity, row.status) for row in report.rows[1:]] == [
        ("output", "mismatch"),
        ("weights", "consequence"),
    ]


def test_two_flags_that_each_explain_a_count_are_possible_causes(reported):
    report = reported("""
        model = keras.Sequential([keras.Input((5, 2)), layers.BatchNormalization(name="norm")])
        expect(model.layers[0], params=6)
    """)
    causes = report.diagnoses[0].causes
    assert [(c.argument, c.suggestion, c.confidence, c.verified) for c in causes] == [
        ("center", False, "possible", True),
        ("scale", False, "possible", True),
    ]


def test_one_line_that_makes_several_layers_is_one_fault(reported):
    report = reported("""
        tensor = keras.Input((28, 28, 4))
        entry = tensor
        for number in range(3):
            tensor = expect(layers.Conv2D(4, 5, padding="same", name=f"conv_{number}"), params=148)(tensor)
        model = keras.Model(entry, tensor)
    """)
    (diagnosis,) = report.diagnoses
    assert diagnosis.consequences == ("conv_1", "conv_2")
    assert diagnosis.causes[0].edits[0].layers == ("conv_0", "conv_1", "conv_2")
    assert [row.status for row in report.rows if row.quantity == "params"] == ["mismatch", "consequence", "consequence"]


def test_symbols_in_weights_are_those_of_the_outputs(reported):
    report = reported("""
        model = keras.Sequential([keras.Input((28, 28, 1)), layers.Conv2D(32, 3, name="conv")])
        expect(model.layers[0], "B H W C", weights="k k 1 C")
    """)
    assert report.ok


def test_an_unbuilt_layer_is_not_checked():
    dense = layers.Dense(3, name="dense")
    call = Call(0, dense, "dense", "Dense", "dense", 1, (ValueRef(0),), {}, (0,), (1,))
    network = Network((call,), (Value((2, 3), "float32"), Value((2, 3), "float32")), (0,), (1,))
    target = Target(Expectation("dense", parse((12,)), "params"), 0)
    (row,) = with_quantities((), network, measure(network, (target,), {}), ())
    assert (row.quantity, row.expected, row.actual, row.status) == ("params", 12, None, "not checked")


def test_looking_for_the_argument_leaves_no_mark():
    model = keras.Sequential([keras.Input((28, 28, 1)), layers.Conv2D(32, 5, padding="same")])
    expect(model.layers[0], params=320)
    before = [weight.shape for weight in model.weights]
    assert not check(model).ok
    assert [weight.shape for weight in model.weights] == before
    assert layers.Conv2D(1, 1).name == "conv2d_1"


def test_a_contract_file_may_ask_for_weights_and_parameters(tmp_path):
    contract = tmp_path / "shapes.json"
    entry = {"layer": "conv", "type": "Conv2D", "weights": "3 3 1 32", "params": 320}
    contract.write_text(json.dumps({"shapeguard": 1, "layers": [entry]}, indent=1), encoding="utf-8")
    model = keras.Sequential([keras.Input((28, 28, 1)), layers.Conv2D(32, 5, padding="same", name="conv")])
    report = check(model, str(contract))
    assert [(row.quantity, row.status) for row in report.rows[1:]] == [
        ("output", "no expectation"),
        ("weights", "mismatch"),
        ("params", "mismatch"),
    ]
    assert [(d.code, d.causes[0].argument, d.causes[0].suggestion) for d in report.diagnoses] == [
        ("SG105", "kernel_size", (3, 3))
    ]


def test_fit_refuses_to_train_a_layer_of_other_weights():
    import numpy as np

    model = keras.Sequential([keras.Input((4,)), expect(layers.Dense(3, name="head"), params=12)])
    model.compile(loss="mse")
    with pytest.raises(ShapeMismatchError) as raised:
        model.fit(np.zeros((8, 4)), np.zeros((8, 3)), verbose=0, callbacks=[ShapeGuard()])
    (diagnosis,) = raised.value.report.diagnoses
    assert (diagnosis.code, diagnosis.quantity, diagnosis.expected, diagnosis.actual) == ("SG105", "params", 12, 15)
    assert [(cause.argument, cause.suggestion) for cause in diagnosis.causes] == [("use_bias", False)]
