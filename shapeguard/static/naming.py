"""The names that Keras gives."""

from __future__ import annotations

import re


def snake_case(name: str) -> str:
    """The name of a class as Keras writes it for its layers (utils/naming.py, `to_snake_case`)."""
    name = re.sub(r"\W+", "", name)
    name = re.sub("(.)([A-Z][a-z]+)", r"\1_\2", name)
    return re.sub("([a-z])([A-Z])", r"\1_\2", name).lower()
