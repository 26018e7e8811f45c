"""The page of operations says what the tables say; `--update-cases` rewrites its tables."""

import re
from pathlib import Path

from shapeguard.layers.operations import covered_operations, opaque_operations

PAGE = Path(__file__).parents[3] / "docs" / "reference" / "operations.md"
TABLE = re.compile(r"(<!-- (covered|opaque) -->\n\n).*?(\n\n<!-- end -->)", re.DOTALL)


def table(head, rows):
    """The rows as Markdown: names that have the second column in common are one row."""
    together = {}
    for name, text in rows:
        together.setdefault(text, []).append(name)
    return "\n".join([head, "|---|---|", *(f"| {', '.join(names)} | {text} |" for text, names in together.items())])


def arguments_of(rule):
    return ", ".join(f"`{argument}`" for argument in rule.arguments) or "none"


def test_the_page_of_operations_says_what_the_tables_say(request):
    covered = [(name, arguments_of(rule)) for name, rule in covered_operations().items()]
    opaque = [(f"`{name}`", reason) for name, reason in opaque_operations().items()]
    tables = {
        "covered": table("| operations | arguments, most often guilty first |", covered),
        "opaque": table("| functions | reason |", opaque),
    }
    text = PAGE.read_text(encoding="utf-8")
    rewritten = TABLE.sub(lambda match: match[1] + tables[match[2]] + match[3], text)
    if request.config.getoption("--update-cases"):
        PAGE.write_text(rewritten, encoding="utf-8")
    assert text == rewritten or request.config.getoption("--update-cases")
    assert text.count("<!-- end -->") == len(tables)
