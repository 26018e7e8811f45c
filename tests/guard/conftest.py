"""These tests need a working Keras; those of other rooms do not."""

import keras  # noqa: F401  recording starts when Keras arrives, not in the middle of our own modules
import pytest

from shapeguard.keras_compat import interception


@pytest.fixture(autouse=True)
def _nothing_left():
    """No test may leave a patch on Keras behind."""
    yield
    assert not interception.active()
