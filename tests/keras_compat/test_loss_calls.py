"""What a loss does with targets and outputs: the judgement, against Keras called on numbers."""

import inspect
import warnings

import keras
import numpy as np
import pytest

from shapeguard.keras_compat.compiled_losses import described
from shapeguard.keras_compat.loss_calls import Outcome, outcome

losses = keras.losses
if "axis" not in inspect.signature(losses.Tversky).parameters:
    pytest.skip("the losses of the table have options that Keras 3.6 does not know", allow_module_level=True)
SPARSE = losses.SparseCategoricalCrossentropy
IGNORING = {"ignore_class": 255}

CASES = {
    # a number a sample
    "mse (n,) (n, 1)": ("mse", (), (1,), "fits"),
    "mse (n, 1) (n, 1)": ("mse", (1,), (1,), "fits"),
    "mse (n, 1) (n,)": ("mse", (1,), (), "fits"),
    "mse (n,) (n, 3)": ("mse", (), (3,), "refused"),
    "mse (n, 1) (n, 3)": ("mse", (1,), (3,), "broadcasts"),
    "mse (n, 3) (n, 1)": ("mse", (3,), (1,), "broadcasts"),
    "mse (n, 3) (n, 4)": ("mse", (3,), (4,), "refused"),
    "function": (losses.mean_squared_error, (1,), (3,), "broadcasts"),
    "object": (losses.MeanSquaredError(reduction="sum"), (1,), (3,), "broadcasts"),
    "unreduced": (losses.Huber(delta=2.0, reduction="none"), (3,), (3,), "fits"),
    "binary (n,) (n, 1)": ("binary_crossentropy", (), (1,), "fits"),
    "binary (n, 1) (n, 2)": ("binary_crossentropy", (1,), (2,), "refused, or broadcasts"),
    "binary with logits": (losses.BinaryCrossentropy(from_logits=True), (4,), (4,), "fits"),
    "hinge (n, 1) (n, 3)": ("hinge", (1,), (3,), "broadcasts"),
    # sequences and pictures
    "steps, last only": ("mse", (1,), (20, 1), "broadcasts"),
    "steps, one number": ("mse", (20, 1), (1,), "broadcasts"),
    "steps without a last axis": ("mse", (20,), (20, 1), "fits"),
    "cosine along time": (losses.CosineSimilarity(axis=1), (20, 3), (20, 3), "fits"),
    "masks without channels": ("dice", (8, 8), (8, 8, 1), "fits"),
    "masks of one channel for three": (losses.Dice(), (8, 8, 1), (8, 8, 3), "broadcasts"),
    "tversky by axes": (losses.Tversky(axis=(1, 2, 3)), (8, 8, 3), (8, 8, 3), "fits"),
    # rows of classes
    "rows": ("categorical_crossentropy", (3,), (3,), "fits"),
    "rows, squeezed": ("categorical_crossentropy", (3,), (3, 1), "fits"),
    "numbers for rows": ("categorical_crossentropy", (), (3,), "refused"),
    "a column for rows": (losses.CategoricalCrossentropy(label_smoothing=0.1), (1,), (3,), "refused"),
    "one class": ("categorical_crossentropy", (1,), (1,), "warned"),
    "weights of classes": (losses.CategoricalFocalCrossentropy(alpha=[0.1, 0.2, 0.3]), (3,), (3,), "fits"),
    "weights of other classes": (losses.CategoricalFocalCrossentropy(alpha=[0.1, 0.2]), (3,), (3,), "refused"),
    "focal, a column": ("categorical_focal_crossentropy", (1,), (3,), "broadcasts"),
    # numbers of classes
    "numbers": ("sparse_categorical_crossentropy", (), (3,), "fits"),
    "numbers in a column": (SPARSE(from_logits=True), (1,), (3,), "fits"),
    "rows for numbers": (SPARSE(), (3,), (3,), "refused"),
    "numbers of pixels": (SPARSE(**IGNORING), (8, 8), (8, 8, 3), "fits"),
    "numbers of pixels, one channel": (SPARSE(**IGNORING), (8, 8, 1), (8, 8, 3), "fits"),
    "an axis of one that Keras squeezes": (SPARSE(), (4, 6), (4, 6, 1), "refused"),
    "numbers of other pixels": (SPARSE(), (8, 8), (4, 4, 3), "refused"),
    "classes squeezed": (SPARSE(), (1,), (3, 1), "fits"),
    # by shape
    "ce, numbers": ("ce", (), (3,), "fits"),
    "ce, rows": ("crossentropy", (3,), (3,), "fits"),
    "ce, two classes": ("ce", (1,), (1,), "fits"),
    "ce, a row for one": ("ce", (3,), (1,), "refused, or broadcasts"),
    # others
    "circle": ("circle", (), (4,), "fits"),
    "ctc": ("ctc", (4,), (9, 5), "fits"),
    "ctc of numbers": ("ctc", (), (9, 5), "refused"),
}
if hasattr(losses, "CategoricalGeneralizedCrossEntropy"):
    CASES["generalized, numbers"] = (losses.CategoricalGeneralizedCrossEntropy(), (), (3,), "fits")
    CASES["generalized, a column"] = (losses.CategoricalGeneralizedCrossEntropy(), (1,), (3,), "broadcasts")
    CASES["generalized, of steps"] = (losses.CategoricalGeneralizedCrossEntropy(), (5,), (5, 3), "fits")


def measured(loss, targets, output):
    """What Keras does in a step: it raises, it warns, or each sample's own targets count, all of them, or not."""
    model = keras.Sequential([keras.Input(output), keras.layers.Identity()])
    model.compile(None, loss)
    random = np.random.default_rng(0)
    y_pred = random.uniform(0.1, 0.9, (7, *output)).astype("float32")
    y_true = np.ones((7, *targets), "float32")
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        try:
            model.compute_loss(None, keras.ops.convert_to_tensor(y_true), keras.ops.convert_to_tensor(y_pred))
        except Exception:  # noqa: BLE001  each backend has its own types
            return "refused"
    if any(each.category is SyntaxWarning for each in warned):
        return "warned"
    return "broadcasts" if is_mixed(model, y_true, y_pred) else "fits"


def is_mixed(model, y_true, y_pred):
    """Whether targets of one sample reach another, or there are more or fewer of them than values of the output."""
    (entry,) = model._compile_loss._flat_losses
    given = [keras.ops.convert_to_tensor(each) for each in (y_true, y_pred)]
    unreduced = tuple(entry.loss.call(*given).shape)
    name = getattr(entry.loss, "fn", None).__name__
    if unreduced and (unreduced[0] != len(y_true) or len(y_true) in unreduced[1:]):
        return True
    if name in {"circle", "ctc"} or "sparse" in name or "generalized" in name:
        return False
    sizes = [np.squeeze(each).size for each in (y_true, y_pred)]
    return sizes[0] != sizes[1]


@pytest.mark.parametrize("case", CASES)
def test_the_judgement_is_what_keras_does(case):
    loss, targets, output, expected = CASES[case]
    seen = measured(loss, targets, output)
    assert seen in expected
    assert outcome(described(loss), targets, "float32", output) is Outcome[seen.upper()]


WEIGHTS = {
    "one a sample": ("mse", (3,), (3,), ()),
    "a column": ("mse", (3,), (3,), (1,)),
    "one a step": ("mse", (5, 3), (5, 3), (5,)),
    "one a step for numbers": ("mse", (5,), (5,), (5,)),
    "one a step, classes": ("sparse_categorical_crossentropy", (5,), (5, 3), (5,)),
    "one a class": ("categorical_crossentropy", (3,), (3,), (3,)),
    "one a sample for steps": ("mse", (5, 3), (5, 3), ()),
}


@pytest.mark.parametrize("case", WEIGHTS)
def test_weights_of_samples_are_judged_with_the_loss(case):
    loss, targets, output, weights = WEIGHTS[case]
    model = keras.Sequential([keras.Input(output), keras.layers.Identity()])
    model.compile(None, loss)
    y_true, y_pred, given = (keras.ops.ones((7, *shape)) for shape in (targets, output, weights))
    try:
        model.compute_loss(None, y_true, y_pred, given)
    except Exception:  # noqa: BLE001  each backend has its own types
        seen = Outcome.REFUSED
    else:
        seen = Outcome.FITS
    assert outcome(described(loss), targets, "float32", output, weights) is seen


class Own(losses.Loss):
    calls = 0

    def call(self, y_true, y_pred):
        Own.calls += 1
        return keras.ops.mean(y_true - y_pred)


class OwnMse(losses.MeanSquaredError):
    def call(self, y_true, y_pred):
        Own.calls += 1
        return super().call(y_true, y_pred)


def own(y_true, y_pred):
    Own.calls += 1
    return keras.ops.mean(y_true - y_pred, axis=-1)


OF_THE_USERS_OWN = {
    "class": Own(),
    "derived": OwnMse(),
    "function": own,
    "lambda": lambda y, p: own(y, p),
    "name": "nonsense",
}


@pytest.mark.parametrize("loss", OF_THE_USERS_OWN.values(), ids=OF_THE_USERS_OWN)
def test_a_loss_of_the_users_own_is_never_called(loss):
    before = Own.calls
    assert outcome(described(loss), (1,), "float32", (1,)) is Outcome.UNKNOWN
    assert before == Own.calls


def test_sizes_that_are_not_known_leave_it_open():
    assert outcome(described("mse"), (None, 3), "float32", (4, 3)) is Outcome.UNKNOWN
    assert outcome(described("mse"), (3,), "float32", (None,)) is Outcome.UNKNOWN


def test_asking_leaves_names_and_random_states_as_they_were():
    keras.utils.set_random_seed(3)
    expected = keras.random.uniform((2,)), np.random.rand(), keras.layers.Dense(1).name
    keras.utils.set_random_seed(3)
    keras.backend.clear_session()
    outcome.cache_clear()
    outcome(described("hinge"), (3,), "int32", (3,))
    described(losses.CategoricalFocalCrossentropy(alpha=np.array([0.1, 0.9])))
    now = keras.random.uniform((2,)), np.random.rand(), keras.layers.Dense(1).name
    assert np.allclose(expected[0], now[0])
    assert expected[1] == now[1]
    assert now[2] == "dense"


OPTIONS = [
    ("mse", ("string", "mse", "mean_squared_error", ())),
    ("SparseCategoricalCrossentropy", ("string",) * 1 + ("SparseCategoricalCrossentropy", SPARSE().fn.__name__, ())),
    (losses.binary_crossentropy, ("function", "binary_crossentropy", "binary_crossentropy", ())),
    (SPARSE(from_logits=True, axis=1), ("object", "SparseCategoricalCrossentropy", SPARSE().fn.__name__,
                                        (("from_logits", True), ("axis", 1)))),
    (losses.MeanSquaredError(reduction="sum", name="mine", dtype="float64"),
     ("object", "MeanSquaredError", "mean_squared_error", (("name", "mine"), ("reduction", "sum"),
                                                           ("dtype", "float64")))),
    (losses.CategoricalFocalCrossentropy(alpha=np.array([0.25, 0.75])),
     ("object", "CategoricalFocalCrossentropy", "categorical_focal_crossentropy", (("alpha", (0.25, 0.75)),))),
]  # fmt: skip


@pytest.mark.parametrize(("loss", "expected"), OPTIONS, ids=[f"{form}-{name}" for _, (form, name, *_) in OPTIONS])
def test_a_loss_is_described_by_its_form_and_the_options_that_are_not_the_usual(loss, expected):
    about = described(loss)
    assert (about.form, about.written, about.name, about.options) == expected
    assert about.is_keras
    assert hash(about) is not None
