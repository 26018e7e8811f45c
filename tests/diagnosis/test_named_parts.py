"""Keys of inputs and outputs that the model does not have, named in the call that has them."""

import pytest
from helpers.refused_programs import refused
from helpers.texts import mended

pytestmark = pytest.mark.filterwarnings("ignore:ShapeGuard. this model has no expected shapes")
MODEL = """
import keras
import numpy as np
from keras import layers

age, city = keras.Input((4,), name="age"), keras.Input((3,), name="city")
price = layers.Dense(1, name="price")(layers.Concatenate()([age, city]))
model = keras.Model({"age": age, "city": city}, {"price": price})
"""
COMPILE = "model.compile('sgd', 'mse')\n"
INPUTS = "{'age': np.zeros((8, 4)), 'city': np.zeros((8, 3))}"


def cause_of(tmp_path, program):
    diagnosis = refused(MODEL + program, tmp_path)
    return tmp_path / "program.py", diagnosis, diagnosis.causes[0]


@pytest.mark.parametrize(
    ("wrong", "line", "code", "title"),
    {
        "an input": (
            "model.fit({'age': np.zeros((8, 4)), 'town': np.zeros((8, 3))}, np.zeros((8, 1)), verbose=0)",
            f"model.fit({INPUTS}, np.zeros((8, 1)), verbose=0)",
            "SG301",
            "`x` names 'town', and the inputs of the model are 'age', 'city'",
        ),
        "an output": (
            f"model.fit({INPUTS}, {{'prize': np.zeros((8, 1))}}, verbose=0)",
            f"model.fit({INPUTS}, {{'price': np.zeros((8, 1))}}, verbose=0)",
            "SG303",
            "`y` names 'prize', and the outputs of the model are 'price'",
        ),
    }.values(),
)
def test_the_key_is_named_as_the_model_names_it(wrong, line, code, title, tmp_path):
    path, diagnosis, cause = cause_of(tmp_path, COMPILE + wrong)
    assert (diagnosis.code, cause.title, cause.confidence) == (code, title, "cause")
    assert line in mended(path, cause).splitlines()


RETURNED = """
import keras
import numpy as np
from keras import layers

i = keras.Input((4,))
h = layers.Dense(6, name="hidden")(i)
outputs = {"price": layers.Dense(1, name="one")(h), "kind": layers.Dense(3, name="two")(h)}
model = keras.Model(i, outputs)
x, price, kind = np.zeros((8, 4)), np.zeros((8, 1)), np.zeros((8, 3))
"""
LOSSES = "loss={'price': 'mse', 'kind': 'mse'}"
OF_LAYERS = "model.compile('sgd', loss={'one': 'mse', 'two': 'mse'}, metrics={'two': ['mae']})"
BATCHES = "def batches():\n    while True:\n        yield x, {{{}: price, 'kind': kind}}\n\n"
TITLE = "the outputs of the model are 'price', 'kind'"
KEYS = {
    "targets": (
        f"model.compile('sgd', {LOSSES})\nmodel.fit(x, {{'one': price, 'kind': kind}}, verbose=0)",
        "model.fit(x, {'price': price, 'kind': kind}, verbose=0)",
        f"`y` names 'one', and {TITLE}",
    ),
    "targets by a name": (
        f"model.compile('sgd', {LOSSES})\ny = {{'cost': price, 'kind': kind}}\nmodel.fit(x, y, verbose=0)",
        "y = {'price': price, 'kind': kind}",
        f"`y` names 'cost', and {TITLE}",
    ),
    "targets of a generator": (
        f"model.compile('sgd', {LOSSES})\n{BATCHES.format(repr('cost'))}model.fit(batches(), steps_per_epoch=2)",
        "        yield x, {'price': price, 'kind': kind}",
        f"`y` names 'cost', and {TITLE}",
    ),
    "weights": (
        (
            f"model.compile('sgd', {LOSSES})\nw = {{'price': np.ones(8), 'sort': np.ones(8)}}\n"
            "model.fit(x, {'price': price, 'kind': kind}, sample_weight=w, verbose=0)"
        ),
        "w = {'price': np.ones(8), 'kind': np.ones(8)}",
        f"`sample_weight` names 'sort', and {TITLE}",
    ),
    "metrics": (
        (
            f"model.compile('sgd', {LOSSES}, metrics={{'two': ['mae']}})\n"
            "model.fit(x, {'price': price, 'kind': kind}, verbose=0)"
        ),
        f"model.compile('sgd', {LOSSES}, metrics={{'kind': ['mae']}})",
        f"`metrics` names 'two', and {TITLE}",
    ),
    "all by their layers": (
        f"{OF_LAYERS}\nmodel.fit(x, {{'price': price, 'kind': kind}}, verbose=0)",
        f"model.compile('sgd', {LOSSES}, metrics={{'kind': ['mae']}})",
        f"`loss` names 'one', 'two' and `metrics` names 'two'; {TITLE}",
    ),
}


@pytest.mark.filterwarnings("ignore:`shuffle=True` was passed")
@pytest.mark.parametrize("case", KEYS)
def test_of_a_dictionary_of_outputs_the_keys_count(case, tmp_path):
    program, line, title = KEYS[case]
    diagnosis = refused(RETURNED + program, tmp_path)
    (cause,) = diagnosis.causes
    assert (diagnosis.code, cause.title, cause.confidence) == ("SG303", title, "cause")
    assert line in mended(tmp_path / "program.py", cause).splitlines()


def test_a_key_that_several_arguments_have_may_be_right(tmp_path):
    program = "model.compile('sgd', loss={'cost': 'mse', 'kind': 'mse'})\nmodel.fit(x, {'cost': price, 'kind': kind})"
    (cause,) = refused(RETURNED + program, tmp_path).causes
    assert cause.title == f"`y` names 'cost' and `loss` names 'cost'; {TITLE}"
    assert cause.confidence == "possible"
    mended(tmp_path / "program.py", cause)


def test_the_layer_of_the_only_output_is_no_name_where_that_has_a_key(tmp_path):
    program = (
        "model = keras.Model(i, {'answer': layers.Dense(1, name='last')(h)})\n"
        "model.compile('sgd', loss={'answer': 'mse'}, metrics={'whatever': 'mae'})\n"
        "model.fit(x, {'label': price}, verbose=0)"
    )
    (cause,) = refused(RETURNED + program, tmp_path).causes
    assert cause.title == "`y` names 'label', and the outputs of the model are 'answer'"
    assert "model.fit(x, {'answer': price}, verbose=0)" in mended(tmp_path / "program.py", cause).splitlines()


def test_keys_of_which_none_is_an_inputs_are_told_apart_by_their_shapes(tmp_path):
    lines = "data = {'years': np.zeros((8, 3)), 'town': np.zeros((8, 4))}\nmodel.fit(data, np.zeros((8, 1)), verbose=0)"
    _, diagnosis, cause = cause_of(tmp_path, COMPILE + lines)
    assert diagnosis.code == "SG301"
    assert cause.title == "the keys of x are 'years', 'town', and the inputs of the model are 'age', 'city'"
    assert (cause.verified, cause.confidence) == (False, "possible")
    assert [edit.replacement for edit in cause.edits] == ["'city'", "'age'"]


@pytest.mark.parametrize(
    ("wrong", "line"),
    [
        ("model.fit([x, x], [1.0] * 8, verbose=0)", "model.fit([x, x], np.array([1.0] * 8), verbose=0)"),
        (
            "model.fit([x, x], y, validation_data=([x, x], [0.0] * 8), verbose=0)",
            "model.fit([x, x], y, validation_data=([x, x], np.array([0.0] * 8)), verbose=0)",
        ),
        (
            "model.fit([x, x], y, validation_data=(x, y), verbose=0)",
            "model.fit([x, x], y, validation_data=([x, x], y), verbose=0)",
        ),
    ],
    ids=["targets that are a list", "a list in validation_data", "one array where the training data is given twice"],
)
def test_the_part_that_keras_does_not_take_is_converted(wrong, line, tmp_path):
    program = f"""
import keras
import numpy as np
from keras import layers

one, other = keras.Input((4,)), keras.Input((4,))
model = keras.Model([one, other], layers.Dense(1)(layers.concatenate([one, other])))
model.compile("sgd", "mse")
x, y = np.zeros((8, 4)), np.zeros((8, 1))
{wrong}
"""
    cause = refused(program, tmp_path).causes[0]
    assert line in mended(tmp_path / "program.py", cause).splitlines()


def test_one_list_of_metrics_for_several_outputs_is_given_to_each(tmp_path):
    program = """
import keras
import numpy as np
from keras import layers

one = keras.Input((4,))
model = keras.Model(one, [layers.Dense(1)(one), layers.Dense(1)(one)])
model.compile("sgd", "mse", metrics=["mae"])
model.fit(np.zeros((8, 4)), [np.zeros((8, 1))] * 2, verbose=0)
"""
    cause = refused(program, tmp_path).causes[0]
    lines = mended(tmp_path / "program.py", cause).splitlines()
    assert 'model.compile("sgd", "mse", metrics=[["mae"], ["mae"]])' in lines
