"""The rule input-not-a-tuple: a number where a shape is expected."""

from helpers.linted import corrections, found_in, names_in

from shapeguard.linting.findings import diagnosis_of

CORRECTED = {
    "Input(shape=(784))": "Input(shape=(784,))",
    "Input(shape=784)": "Input(shape=(784,))",
    "keras.Input((28 * 28))": "keras.Input((28 * 28,))",
    "keras.Input(784, name='x')": "keras.Input((784,), name='x')",
    "Input(shape = ( 784 ))": "Input(shape = ( 784, ))",
    "Dense(3, input_shape=(8))": "Dense(3, input_shape=(8,))",
    "Input(shape=(x_train.shape[1]))": "Input(shape=(x_train.shape[1],))",
    "InputLayer(input_shape=(784))": "InputLayer(input_shape=(784,))",
    "Input(x.shape[-1])": "Input((x.shape[-1],))",
    "Input(shape=len(words) + 1)": "Input(shape=(len(words) + 1,))",
}

FINE = [
    "Input(shape=(784,))",
    "Input(shape=())",
    "Input(shape=n)",
    "Input(shape=(n))",
    "Input(shape=x.shape[1:])",
    "Input(shape=size * 2)",
    "Input(shape=get(3))",
    "Input(shape=None)",
    "import tf_keras\ntf_keras.Input(shape=(8))",
    "Dense(3, input_dim=8)",
    "Dense(3, input_dim=(8))",
    "Input(batch_size=3, shape=[8])",
]


def test_the_corrected_call_has_the_comma_and_all_else_as_it_was():
    assert {source: names_in(source) for source in CORRECTED} == {source: ["input-not-a-tuple"] for source in CORRECTED}
    assert {source: corrections(source) for source in CORRECTED} == {
        source: [corrected] for source, corrected in CORRECTED.items()
    }


def test_a_call_that_may_be_meant_is_left_alone():
    assert {source: names for source in FINE if (names := names_in(source))} == {}


def test_the_edit_has_the_numbers_themselves():
    ((rule, found),) = found_in("Input(shape=(28 * 28))")
    diagnosis = diagnosis_of(found, rule)
    (edit,) = diagnosis.causes[0].edits
    assert (diagnosis.code, edit.argument, edit.value, edit.suggestion) == ("SG709", "shape", 784, (784,))
    assert diagnosis.headline == "suspicious call Input: shape=(28 * 28) is a number, not a tuple"
