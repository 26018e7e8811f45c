"""What a metric does with targets and outputs: the judgement, against Keras called on numbers; and who is asked."""

import keras
import numpy as np
import pytest

from shapeguard.keras_compat.compiled_metrics import described, outcome, pairs_of
from shapeguard.keras_compat.loss_calls import Outcome

metrics = keras.metrics
METRICS = {
    "accuracy": lambda: "accuracy",
    "mae": lambda: "mae",
    "function": lambda: metrics.mean_squared_error,
    "sparse_categorical_accuracy": lambda: "sparse_categorical_accuracy",
    "AUC": lambda: metrics.AUC(num_thresholds=20),
    "Precision": lambda: metrics.Precision(thresholds=[0.3, 0.6]),
    "F1Score": lambda: metrics.F1Score(average="macro"),
    "MeanIoU": lambda: metrics.MeanIoU(num_classes=4),
    "SparseTopK": lambda: metrics.SparseTopKCategoricalAccuracy(k=1),
    "RootMeanSquaredError": metrics.RootMeanSquaredError,
}
PAIRS = [((), (3,)), ((1,), (3,)), ((3,), (3,)), ((1,), (1,)), ((), (1,)), ((4,), (4, 3))]


def is_refused(metric, targets, output):
    model = keras.Sequential([keras.Input(output), keras.layers.Identity()])
    model.compile(None, None, metrics=[metric])
    try:
        model._compile_metrics.update_state(keras.ops.ones((7, *targets)), 0.5 * keras.ops.ones((7, *output)))
    except Exception:  # noqa: BLE001  each backend has its own types
        return True
    return False


@pytest.mark.filterwarnings("ignore:Explicitly requested dtype int64")  # JAX has 32 bits unless told
@pytest.mark.parametrize("name", METRICS)
def test_the_judgement_is_what_keras_does(name):
    make = METRICS[name]
    told = {pair: outcome(described(make()), pair[0], "float32", pair[1]) for pair in PAIRS}
    assert {pair: each is Outcome.REFUSED for pair, each in told.items()} == {
        pair: is_refused(make(), *pair) for pair in PAIRS
    }


@pytest.mark.parametrize(
    ("metric", "targets", "output"), [("mae", (1,), (3,)), ("categorical_accuracy", (), (3,)), ("mse", (3,), (1,))]
)
def test_a_metric_that_broadcasts_does_not_fit(metric, targets, output):
    assert outcome(described(metric), targets, "float32", output) is Outcome.BROADCASTS


class Own(metrics.Metric):
    calls = 0

    def update_state(self, y_true, y_pred, sample_weight=None):
        Own.calls += 1

    def result(self):
        return 0.0


def own(y_true, y_pred):
    Own.calls += 1
    return keras.ops.mean(y_true - y_pred)


@pytest.mark.parametrize("make", [Own, lambda: own, lambda: metrics.MeanMetricWrapper(own), lambda: "MeanIoU"])
def test_a_metric_of_the_users_own_is_never_called(make):
    before = Own.calls
    assert outcome(described(make()), (1,), "float32", (1,)) is Outcome.UNKNOWN
    assert before == Own.calls


def test_asking_leaves_the_metric_and_the_names_as_they_were():
    metric = metrics.AUC(num_thresholds=20, name="auc")
    keras.backend.clear_session()
    outcome.cache_clear()
    outcome(described(metric), (3,), "float32", (3,))
    assert float(np.sum(keras.ops.convert_to_numpy(metric.true_positives))) == 0
    assert metrics.AUC().name == "auc"


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (["mae"], {"y": ["mae"]}),
        ({"a": ["mae", "accuracy"], "b": "mse"}, {"a": ["mae", "accuracy"], "b": ["mse"]}),
        ([["mae"], None], {"a": ["mae"]}),
        (None, {}),
    ],
)
def test_each_metric_is_asked_of_the_output_that_keras_hands_to_it(given, expected):
    x = keras.Input((4,))
    heads = [keras.layers.Dense(1, name=name)(x) for name in ("y" if list(expected) == ["y"] else "ab")]
    model = keras.Model(x, heads[0] if len(heads) == 1 else heads)
    model.compile("sgd", "mse", metrics=given)
    names = list(model.output_names)
    outputs = names[0] if len(names) == 1 else names
    told = {}
    for metric, _, output in pairs_of(model, outputs, outputs):
        told.setdefault(output, []).append(metric)
    assert told == expected
