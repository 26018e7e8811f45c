"""Known warnings of the hosts, which plain Keras gives as well."""

from pathlib import Path

import pytest

_HOSTS = (
    # PyTorch 2.13 under numpy 2.4, in `predict` of plain Keras 3.15
    "ignore:__array__ implementation doesn't accept a copy keyword:DeprecationWarning",
    # PyTorch 2.13, whenever its own compiler is imported
    "ignore:`torch.jit.script_method` is deprecated:DeprecationWarning",
    # Keras 3.6: tf.data makes tuples of lists of inputs, and Functional minds
    "ignore:The structure of `inputs` doesn't match the expected structure:UserWarning",
    "ignore:Exception encountered when calling Functional.call:UserWarning",
    # Keras 3.15 when a generator with `steps_per_epoch` ends
    "ignore:Your input ran out of data; interrupting training:UserWarning",
)


def pytest_collection_modifyitems(items):
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            for text in _HOSTS:
                item.add_marker(pytest.mark.filterwarnings(text))
