"""What every test runs under: our own exceptions raise, the backend is silent, layer names start afresh."""

import os

os.environ["SHAPEGUARD_STRICT"] = "1"
os.environ.pop("SHAPEGUARD", None)
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("KERAS_BACKEND", "tensorflow")

import sys

import pytest

pytest_plugins = ["pytester"]


def pytest_addoption(parser):
    parser.addoption("--update-cases", action="store_true", help="rewrite the outputs in tests/cases and docs")


def pytest_collection_modifyitems(items):
    """Tests marked for another backend than this process' are left out, visibly."""
    backend = os.environ["KERAS_BACKEND"]
    for item in items:
        for other in ("jax", "torch"):
            if item.get_closest_marker(other) and backend != other:
                item.add_marker(pytest.mark.skip(reason=f"needs KERAS_BACKEND={other}"))


@pytest.fixture(autouse=True)
def _fresh_layer_names():
    """Keras numbers layers within a process: without this, a test's names would depend on the tests before it."""
    if "keras" in sys.modules:
        from keras.src.backend.common import global_state

        global_state.set_global_attribute("object_name_uids", None)  # clear_session also collects garbage: 0.5 s a test


@pytest.fixture(scope="session")
def handwritten_digits():
    """Images (1600, 28, 28, 1) in 0 to 1 and one-hot labels (1600, 10): scikit-learn's digits, enlarged and framed."""
    import numpy as np
    from sklearn.datasets import load_digits

    digits = load_digits()
    images = np.kron(digits.images[:1600] / 16, np.ones((3, 3)))
    framed = np.pad(images, ((0, 0), (2, 2), (2, 2)))[..., np.newaxis]
    return framed.astype("float32"), np.eye(10, dtype="float32")[digits.target[:1600]]
