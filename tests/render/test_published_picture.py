"""The pictures in the docs are those that their own programs draw, and the screen of the README is the real one."""

import io
import re
from pathlib import Path

from helpers.literate import blocks
from rich.console import Console
from rich.text import Text

from shapeguard.report import Report

DOCS = Path(__file__).parents[2] / "docs"
HOW_TO = DOCS / "how-to"
OUTSIDE = re.compile(r"\s*@font-face \{.*?\}|\s*<!--.*?-->", re.DOTALL)


def test_the_picture_in_the_docs_is_the_real_one(request):
    programs = [block.code for block in blocks((HOW_TO / "pictures.md").read_text("utf-8")) if block.kind == "python"]
    names = {}
    exec(compile(programs[0], "model.py", "exec"), names)  # noqa: S102  the page's own program
    drawn = names["report"].to_svg()
    published = HOW_TO / "branches.svg"
    if request.config.getoption("--update-cases"):
        published.write_text(drawn, "utf-8")
    assert published.read_text("utf-8") == drawn


def test_the_first_screen_is_the_message_of_the_seed_in_colour(positional_stride, mnist, monkeypatch, request):
    monkeypatch.chdir(mnist.cwd)
    monkeypatch.delenv("NO_COLOR", raising=False)
    message = Report((positional_stride,)).message(colour=True)
    console = Console(record=True, width=104, file=io.StringIO(), force_terminal=True, color_system="truecolor")
    console.print(Text.from_ansi(f"ShapeMismatchError: {message}"), soft_wrap=True)
    drawn = OUTSIDE.sub("", console.export_svg(title="python mnist.py", unique_id="first-screen"))
    published = DOCS / "first-screen.svg"
    if request.config.getoption("--update-cases"):
        published.write_text(drawn, "utf-8")
    assert "http" not in drawn.replace("http://www.w3.org", "")
    assert published.read_text("utf-8") == drawn
