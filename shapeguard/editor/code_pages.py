"""The address of a code's page, where the package says where it is published."""

from __future__ import annotations

from functools import cache
from importlib.metadata import PackageNotFoundError, metadata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

DISTRIBUTION = "keras-shapeguard"
SOURCE = "Source"
"""The label of the repository among the addresses of the package (docs/hatch_build.py writes it)."""


@cache
def address_of_pages() -> str | None:
    """The folder of the pages as the installed package names it; `None` if it names none, or is not installed."""
    try:
        return folder_of_pages(metadata(DISTRIBUTION).get_all("Project-URL") or ())
    except PackageNotFoundError:
        return None


def folder_of_pages(addresses: Iterable[str]) -> str | None:
    """The folder of the pages under the repository's address; the addresses are "label, address"."""
    for each in addresses:
        label, _, address = each.partition(",")
        if label.strip() == SOURCE and address.strip():
            return f"{address.strip().rstrip('/')}/blob/main/docs/reference/codes"
    return None
