"""The texts of Keras and its backends that are matched anywhere, each with where it was seen."""

from __future__ import annotations

UNKNOWN_BACKEND = "Unable to import backend : "
"""What the name of a backend that does not exist is put behind: 3.6 to 3.15, backend/__init__.py."""
