"""The page of covered layers says what the tables say; `--update-cases` rewrites its tables."""

import re
from pathlib import Path

from shapeguard.layers import covered, opaque
from shapeguard.layers.registry import FAMILIES

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "layers.md"
TABLE = re.compile(r"(<!-- (covered|opaque) -->\n\n).*?(\n\n<!-- end -->)", re.DOTALL)


def arguments_of(rule):
    own = [f"`{argument}`" for argument in rule.arguments]
    return ", ".join([*own, "those of the wrapped layer"] if hasattr(rule, "find") else own) or "none"


def covered_table():
    families = [[rule.name for rule in family.RULES] for family in FAMILIES]
    held = {name for family in families for name in family}
    families.append([name for name in covered() if name not in held])
    lines = ["| layers | arguments, most often guilty first |", "|---|---|"]
    for family in families:
        by_arguments = {}
        for name in family:
            by_arguments.setdefault(arguments_of(covered()[name]), []).append(name)
        lines += [f"| {', '.join(names)} | {arguments} |" for arguments, names in by_arguments.items()]
    return "\n".join(lines)


def opaque_table():
    lines = ["| layer | reason |", "|---|---|"]
    return "\n".join([*lines, *(f"| {name} | {reason} |" for name, reason in sorted(opaque().items()))])


def test_the_page_of_layers_says_what_the_tables_say(request):
    tables = {"covered": covered_table(), "opaque": opaque_table()}
    text = PAGE.read_text(encoding="utf-8")
    rewritten = TABLE.sub(lambda match: match[1] + tables[match[2]] + match[3], text)
    if request.config.getoption("--update-cases"):
        PAGE.write_text(rewritten, encoding="utf-8")
    assert text == rewritten or request.config.getoption("--update-cases")
    assert text.count("<!-- end -->") == len(tables)
