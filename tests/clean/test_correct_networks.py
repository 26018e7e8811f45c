"""No false alarm: correct networks at every density of annotation give no diagnosis and no warning."""

import keras
import numpy as np
import pytest
from benchmarks import faults, networks
from benchmarks.asking import DENSITIES, expected_at

from shapeguard import ShapeGuard, check

SMALL = {
    "ConvNeXtTiny": 32,
    "DenseNet121": 32,
    "EfficientNetB0": 32,
    "EfficientNetV2B0": 32,
    "InceptionResNetV2": 75,
    "InceptionV3": 75,
    "MobileNet": 32,
    "MobileNetV2": 32,
    "MobileNetV3Small": 32,
    "NASNetMobile": 32,
    "ResNet50": 32,
    "ResNet50V2": 32,
    "VGG16": 32,
    "Xception": 71,
}
"""One model of each family of keras.applications, with the least side of a picture that it takes."""
QUICK = ("MobileNet", "VGG16")

IN_FIT = (networks.digits_cnn, networks.stacked_lstm, networks.two_inputs, networks.transposed_autoencoder)


def application(name):
    """A small network of a family of keras.applications."""
    options = {"include_top": False} if name.startswith("Inception") or name in {"ResNet50", "ResNet50V2"} else {}
    return getattr(keras.applications, name)(weights=None, input_shape=(SMALL[name], SMALL[name], 3), **options)


@pytest.mark.parametrize("builder", networks.NETWORKS, ids=lambda b: b.__name__)
def test_a_correct_network_is_found_correct_at_every_density(builder):
    correct = faults.recorded(faults.compiled(builder.__name__))
    outputs = faults.output_layers(correct.model)
    for density in DENSITIES:
        expected = expected_at(correct.shapes, outputs, density, density)
        report = check(correct.model, expected)
        assert (report.ok, report.diagnoses) == (True, ())
        assert {row.layer for row in report.rows if row.status == "ok"} == set(expected)


@pytest.mark.parametrize("builder", networks.NETWORKS, ids=lambda b: b.__name__)
def test_a_correct_network_is_built_in_peace_under_a_guard(builder):
    run = faults.compiled(builder.__name__)
    expected = faults.recorded(run).shapes
    guard = ShapeGuard(expected)
    with guard:
        model = run()
    assert guard.check(model).ok


@pytest.mark.parametrize("builder", IN_FIT, ids=lambda b: b.__name__)
def test_a_short_last_batch_of_a_correct_network_trains_in_peace(builder):
    correct = faults.recorded(faults.compiled(builder.__name__))
    model = correct.model
    model.compile("sgd", "mse")
    x = [np.zeros((10, *tensor.shape[1:]), tensor.dtype) for tensor in model.inputs]
    y = [np.zeros((10, *tensor.shape[1:]), "float32") for tensor in model.outputs]
    guard = ShapeGuard({name: ("B", *shape[1:]) for name, shape in correct.shapes.items()})
    model.fit(x if len(x) > 1 else x[0], y[0], batch_size=4, epochs=1, verbose=0, callbacks=[guard])
    assert guard.report.ok


@pytest.mark.parametrize(
    "name", [name if name in QUICK else pytest.param(name, marks=pytest.mark.slow) for name in SMALL]
)
def test_an_application_is_found_correct_at_every_density(name):
    model = application(name)
    shapes = faults.shapes_of(model)
    for density in DENSITIES:
        report = check(model, expected_at(shapes, faults.output_layers(model), density, density))
        assert (report.ok, report.diagnoses) == (True, ())
