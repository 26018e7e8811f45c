"""`shapeguard explain SG101`: the page of an error code, as the docs publish it."""

from __future__ import annotations

import difflib
import json
from pathlib import Path
from typing import TYPE_CHECKING

from shapeguard.cli.common_options import FINE, CannotRunError, add_format

if TYPE_CHECKING:
    import argparse

EXAMPLES = """examples:
  shapeguard explain SG101
  shapeguard explain            lists the codes"""

_PACKAGE = Path(__file__).parents[1]


def configure(parser: argparse.ArgumentParser) -> None:
    """Adds the code, and the format."""
    parser.add_argument(
        "code", nargs="?", help="an error code, such as SG101, or the name of a lint rule; without it, all are listed"
    )
    add_format(parser, ("text", "json"))


def run(arguments: argparse.Namespace) -> int:
    """Prints the page, or the list of codes."""
    pages = code_pages()
    if arguments.code is None:
        titles = {code: title(page) for code, page in pages.items()}
        print(json.dumps(titles, indent=2) if arguments.format == "json" else _listed(titles))
        return FINE
    code = _known_code(arguments.code, tuple(pages))
    page = pages[code]
    if arguments.format == "json":
        print(json.dumps({"code": code, "title": title(page), "page": page}, indent=2))
    else:
        print(page.rstrip())
    return FINE


def code_pages() -> dict[str, str]:
    """The page of every code, in Markdown, from the installed package or, in a checkout, from the docs."""
    for folder in (_PACKAGE / "codes", _PACKAGE.parent / "docs" / "reference" / "codes"):
        pages = {path.stem: path.read_text(encoding="utf-8") for path in sorted(folder.glob("SG*.md"))}
        if pages:
            return pages
    raise CannotRunError("the pages of the error codes are not installed; `shapeguard doctor` shows why")


def title(page: str) -> str:
    """What the page's heading says after the code."""
    return page.partition("\n")[0].lstrip("# ").partition(" ")[2].lstrip("· ")


def _listed(titles: dict[str, str]) -> str:
    return "\n".join(f"{code}  {title_}" for code, title_ in titles.items())


def _known_code(written: str, codes: tuple[str, ...]) -> str:
    digits = written.strip("[] ").upper().removeprefix("SG")
    code = f"SG{digits}"
    if code in codes:
        return code
    from shapeguard.linting.registry import RULES

    names = {rule.name: rule.code for rule in RULES}
    if written.strip("[] ").lower() in names:
        return names[written.strip("[] ").lower()]
    near = difflib.get_close_matches(written, names, n=1) or difflib.get_close_matches(code, codes, n=3, cutoff=0.5)
    rest = f"did you mean {' or '.join(near)}?" if near else f"the codes are {', '.join(codes)}"
    raise CannotRunError(f"unknown error code {written!r}; {rest}")
