"""Metrics of Keras' own that refuse targets which the loss takes, each repaired in the program that runs then."""

import keras
import pytest
from helpers.refused_programs import refused
from helpers.texts import mended

pytestmark = pytest.mark.filterwarnings("ignore")
HEAD = "import keras\nimport numpy as np\nfrom keras import layers\nx = np.zeros((24, 6), 'float32')\n"
LABELS = "y = np.arange(24) % 4\n"
FIT = "model.fit(x, y, verbose=0)"
SPARSE = "'sparse_categorical_crossentropy'"


def model_of(units, activation, loss, metrics):
    head = f"layers.Dense({units}, activation={activation!r})"
    return f"model = keras.Sequential([keras.Input((6,)), {head}])\nmodel.compile('sgd', {loss}, {metrics})\n"


def causes_of(program, tmp_path):
    diagnosis = refused(HEAD + program, tmp_path)
    assert diagnosis.code == "SG303"
    return diagnosis.causes


def changed(tmp_path, cause):
    path = tmp_path / "program.py"
    before = path.read_text(encoding="utf-8").splitlines()
    return [line for line in mended(path, cause).splitlines() if line not in before]


def test_precision_beside_class_numbers_goes_or_both_targets_and_loss_change(tmp_path):
    metrics = "metrics=['accuracy', keras.metrics.Precision()]"
    without, rows = causes_of(f"{LABELS}{model_of(4, 'softmax', SPARSE, metrics)}{FIT}", tmp_path)
    assert {without.confidence, rows.confidence} == {"possible"}
    assert without.title == "`Precision` does not take the targets (B,) beside the output (B, 4), which the loss takes"
    assert changed(tmp_path, without) == [
        "model.compile('sgd', 'sparse_categorical_crossentropy', metrics=['accuracy'])"
    ]
    assert changed(tmp_path, rows) == [
        "model.compile('sgd', 'categorical_crossentropy', metrics=['accuracy', keras.metrics.Precision()])",
        "model.fit(x, keras.utils.to_categorical(y, 4), verbose=0)",
    ]


@pytest.mark.parametrize(
    ("metrics", "kept"),
    {
        "the first and the last": ("[keras.metrics.AUC(), 'accuracy', keras.metrics.Recall()]", "['accuracy']"),
        "all": ("[keras.metrics.AUC(), keras.metrics.Recall()]", "['accuracy']"),
        "by name": ("[auc, 'accuracy']", "['accuracy']"),
    }.values(),
)
def test_all_metrics_that_refuse_go_together(metrics, kept, tmp_path):
    program = f"{LABELS}auc = keras.metrics.AUC()\n{model_of(4, 'softmax', SPARSE, f'metrics={metrics}')}{FIT}"
    without, _ = causes_of(program, tmp_path)
    (line,) = changed(tmp_path, without)
    assert line.endswith(f"metrics={kept})")


MAPS = "x, y = np.zeros((4, 8, 8, 6)), np.arange(256).reshape(4, 8, 8, 1) % 3\n"
MAPS_MODEL = (
    "model = keras.Sequential([keras.Input((8, 8, 6)), layers.Dense(3, activation='softmax')])\n"
    f"model.compile('sgd', {SPARSE}, metrics=['accuracy', overlap])\n{FIT}"
)


@pytest.mark.skipif(keras.config.backend() == "torch", reason="PyTorch takes no gradients of this loss of maps")
@pytest.mark.parametrize(
    ("made", "line"),
    {
        "an option": (
            "keras.metrics.MeanIoU(num_classes=3)",
            "keras.metrics.MeanIoU(num_classes=3, sparse_y_pred=False)",
        ),
        "an option of its own": (
            "keras.metrics.IoU(3, target_class_ids=[0])",
            "keras.metrics.IoU(3, target_class_ids=[0], sparse_y_pred=False)",
        ),
    }.values(),
)
def test_numbers_of_classes_beside_probabilities_are_an_option_of_the_metric(made, line, tmp_path):
    (cause,) = causes_of(f"{MAPS}overlap = {made}\n{MAPS_MODEL}", tmp_path)
    assert cause.confidence == "cause"
    assert cause.verified
    assert changed(tmp_path, cause) == [f"overlap = {line}"]


@pytest.mark.parametrize(
    ("targets", "loss", "metrics", "line"),
    {
        "a class for rows": (
            "y = np.eye(4)[np.arange(24) % 4]\n",
            "'categorical_crossentropy'",
            "metrics=[keras.metrics.SparseCategoricalAccuracy(name='acc')]",
            "metrics=[keras.metrics.CategoricalAccuracy(name='acc')]",
        ),
        "a name for numbers": (
            LABELS,
            SPARSE,
            "metrics=['binary_accuracy']",
            "metrics=['sparse_categorical_accuracy']",
        ),
    }.values(),
)
def test_the_same_metric_for_targets_of_the_other_kind_is_taken(targets, loss, metrics, line, tmp_path):
    (cause,) = causes_of(f"{targets}{model_of(4, 'softmax', loss, metrics)}{FIT}", tmp_path)
    assert cause.confidence == "cause"
    (compiled,) = changed(tmp_path, cause)
    assert line in compiled


def test_targets_that_the_loss_takes_in_another_form_too_are_converted_for_the_metric(tmp_path):
    metrics = "metrics=[keras.metrics.F1Score()]"
    model = model_of(1, "sigmoid", "'binary_crossentropy'", metrics)
    program = f"y = np.arange(24) % 2 * 1.0\n{model}{FIT}"
    converted, without = causes_of(program, tmp_path)
    assert changed(tmp_path, converted) == ["model.fit(x, y[:, None], verbose=0)"]
    assert changed(tmp_path, without) == ["model.compile('sgd', 'binary_crossentropy', metrics=[])"]


def test_of_two_outputs_the_metric_of_the_one_that_refuses_is_named(tmp_path):
    program = (
        "i = keras.Input((6,))\nmodel = keras.Model(i, {'price': layers.Dense(1, name='price')(i),"
        " 'kind': layers.Dense(4, activation='softmax', name='kind')(i)})\n"
        f"model.compile('sgd', {{'price': 'mse', 'kind': {SPARSE}}}, metrics={{'price': ['mae'],"
        " 'kind': ['accuracy', keras.metrics.Recall()]})\n"
        "model.fit(x, {'price': np.zeros((24, 1)), 'kind': np.arange(24) % 4}, verbose=0)"
    )
    without, _ = causes_of(program, tmp_path)
    (line,) = changed(tmp_path, without)
    assert "metrics={'price': ['mae'], 'kind': ['accuracy']}" in line
