"""The texts of Keras and its backends that are matched anywhere, each with where it was seen."""

from __future__ import annotations

import re

UNKNOWN_BACKEND = "Unable to import backend : "
"""What comes before the name of a backend that does not exist: 3.6 to 3.15, backend/__init__.py."""

STATELESS = "create a variable while in a stateless scope"
"""An exception over states, not over shapes: 3.0 to 3.15, backend/common/variables.py."""

INCOMPATIBLE = "is incompatible with the layer"
"""How `input_spec` refuses: 3.0 to 3.15, layers/input_spec.py. A real call of a model does so too, while building runs
no such check."""

REFUSED_INPUT = re.compile(r"^Input \d+ with name .* is incompatible with the layer: ")
"""The layer at the head of such a refusal: 3.6 to 3.15, layers/input_spec.py and models/functional.py."""

RECEIVED = re.compile(
    r" Inputs received:.*|, but received input with shape .*|\.? Full shape received: .*|, found shape=.*"
)
"""The shape at the end of a refusal: 3.6 to 3.15, layers/input_spec.py and the layers' own checks."""

_INNERMOST = re.compile(r"\x1b\[1m(.*?)\x1b\[0m", re.DOTALL)  # 3.0 to 3.15, utils/traceback_utils.py
_NOT_INFERRED = re.compile(  # 3.0 to 3.15, layers/layer.py
    r"Could not automatically infer.*?Error encountered:\s*", re.DOTALL
)

UNEQUAL_SHAPES = re.compile(
    r"tensor \S+ \[(?P<actual>[\d,? ]*)\].*?expected shape \[(?P<expected>[\d,? ]*)\]", re.DOTALL
)
"""How `tf.ensure_shape` raises, with XLA too: TensorFlow 2.18 to 2.21."""


def innermost(text: str) -> str:
    """The message without what Keras' traceback utilities put around the innermost one."""
    bold = _INNERMOST.search(text)
    return _NOT_INFERRED.sub("", bold.group(1) if bold else text).strip()
