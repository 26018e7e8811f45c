"""Which Keras is installed, for the few rules that changed between versions; keras itself is not imported."""

from __future__ import annotations

import re
from functools import cache


@cache
def since(major: int, minor: int) -> bool:
    """Whether the installed Keras is of this version or a later one; without Keras, what the newest does."""
    from importlib import metadata  # noqa: PLC0415  takes longer to import than all rules together take to make

    try:
        found = re.match(r"(\d+)\.(\d+)", metadata.version("keras"))
    except metadata.PackageNotFoundError:
        return True
    return found is None or (int(found[1]), int(found[2])) >= (major, minor)
