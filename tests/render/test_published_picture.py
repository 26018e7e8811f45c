"""The picture in the docs is the one that the page's own program draws."""

from pathlib import Path

from helpers.literate import blocks

HOW_TO = Path(__file__).parents[2] / "docs" / "how-to"


def test_the_picture_in_the_docs_is_the_real_one(request):
    programs = [block.code for block in blocks((HOW_TO / "pictures.md").read_text("utf-8")) if block.kind == "python"]
    names = {}
    exec(compile(programs[0], "model.py", "exec"), names)  # noqa: S102  the page's own program
    drawn = names["report"].to_svg()
    published = HOW_TO / "branches.svg"
    if request.config.getoption("--update-cases"):
        published.write_text(drawn, "utf-8")
    assert published.read_text("utf-8") == drawn
