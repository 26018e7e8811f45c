"""The names of losses are those of Keras."""

import keras
import pytest

from shapeguard.layers.losses import ELEMENTWISE, SHORT
from shapeguard.layers.versions import since


@pytest.mark.parametrize(("short", "name"), SHORT.items())
def test_a_short_name_is_that_of_the_loss(short, name):
    assert keras.losses.get(short) is keras.losses.get(name)


@pytest.mark.skipif(not since(3, 15), reason="older versions have fewer losses")
@pytest.mark.parametrize("name", sorted(ELEMENTWISE))
def test_a_name_is_that_of_a_loss(name):
    assert callable(keras.losses.get(name))
