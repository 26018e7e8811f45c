"""Another loss comes with its text in the call of `compile`, in the words of the program."""

import pytest
from helpers.texts import applied, has_text, module_of

from shapeguard import ShapeGuard, ShapeMismatchError

HEAD = "import keras\nimport numpy as np\nfrom keras import losses\nfrom keras.losses import CategoricalCrossentropy\n"
ONE = "model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3, activation='softmax', name='kind')])\n"
TWO = (
    "x = keras.Input((4,))\n"
    "heads = [keras.layers.Dense(3, activation='softmax', name=name)(x) for name in ('kind', 'size')]\n"
    "model = keras.Model(x, heads)\n"
)
FIT = "model.fit(np.zeros((8, 4)), np.arange(8) % 3, verbose=0)\n"
FIT_TWO = "model.fit(np.zeros((8, 4)), [np.arange(8) % 3, np.eye(3)[np.arange(8) % 3]], verbose=0)\n"
CCE = "categorical_crossentropy"

CASES = {
    "by keyword": (ONE, f"model.compile('sgd', loss='{CCE}')", f"model.compile('sgd', loss='sparse_{CCE}')", FIT),
    "by position": (ONE, f'model.compile("sgd", "{CCE}", None)', f'model.compile("sgd", "sparse_{CCE}", None)', FIT),
    "by a variable": (
        ONE,
        f"loss = '{CCE}'; model.compile(loss=loss)",
        f"loss = '{CCE}'; model.compile(loss=\"sparse_{CCE}\")",
        FIT,
    ),
    "an object": (
        ONE,
        "model.compile(loss=losses.CategoricalCrossentropy(from_logits=True))",
        "model.compile(loss=losses.SparseCategoricalCrossentropy(from_logits=True))",
        FIT,
    ),
    "an object of a name": (
        ONE,
        "model.compile(loss=CategoricalCrossentropy())",
        "model.compile(loss=losses.SparseCategoricalCrossentropy())",
        FIT,
    ),
    "a function": (
        ONE,
        f"model.compile(loss=keras.losses.{CCE})",
        f"model.compile(loss=keras.losses.sparse_{CCE})",
        FIT,
    ),
    "one of a list": (
        TWO,
        f"model.compile(loss=['{CCE}', '{CCE}'])",
        f"model.compile(loss=['sparse_{CCE}', '{CCE}'])",
        FIT_TWO,
    ),
    "one of a dict": (
        TWO,
        f"model.compile(loss={{'size': '{CCE}', 'kind': '{CCE}'}})",
        f"model.compile(loss={{'size': '{CCE}', 'kind': 'sparse_{CCE}'}})",
        FIT_TWO.replace("[np.arange(8) % 3, ", "{'kind': np.arange(8) % 3, 'size': ").replace("3]]", "3]}"),
    ),
    "one for several": (TWO, f"model.compile(loss='{CCE}')", None, FIT_TWO),
}


@pytest.mark.parametrize(("model", "compiled", "meant", "fit"), CASES.values(), ids=CASES)
def test_another_loss_is_written_where_the_program_compiles(model, compiled, meant, fit, tmp_path):
    path = tmp_path / "program.py"
    path.write_text(f"{HEAD}{model}{compiled}\n{fit}")
    with pytest.raises(ShapeMismatchError) as raised, ShapeGuard():
        module_of(path)
    cause = next(cause for cause in raised.value.report.diagnoses[0].causes if cause.kind == "loss")
    assert (cause.layer, cause.argument, has_text(cause)) == ("compile", "loss", meant is not None)
    if meant is not None:
        assert applied(path, cause) == f"{HEAD}{model}{meant}\n{fit}"
        assert cause.edits[0].corrected in meant


SUBCLASS = """
class Net(keras.Sequential):
    def compile(self, loss):
        super().compile(loss=loss)

model = Net([keras.Input((4,)), keras.layers.Dense(3, activation='softmax')])
"""


def test_a_method_of_the_users_that_compiles_is_not_rewritten(tmp_path):
    path = tmp_path / "program.py"
    path.write_text(f"{HEAD}{SUBCLASS}model.compile('{CCE}')\n{FIT}")
    with pytest.raises(ShapeMismatchError) as raised, ShapeGuard():
        module_of(path)
    assert not any(map(has_text, [c for c in raised.value.report.diagnoses[0].causes if c.kind == "loss"]))
