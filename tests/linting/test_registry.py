"""Which lint rules there are: each has its own module, its line in the docs and its tests."""

import json
from importlib import import_module
from pathlib import Path

from shapeguard.cli.main import main
from shapeguard.linting import registry, rules
from shapeguard.linting.findings import Finding, FindingText, Rule
from shapeguard.linting.linter import lint_source
from shapeguard.linting.registry import RULES, selection
from shapeguard.render.phrases import CODES

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "how-to" / "lint.md"
PAGES = ROOT / "docs" / "reference" / "codes"
PRECISION = json.loads(Path(__file__).with_name("precision.json").read_text(encoding="utf-8"))


def module_of(rule):
    return rule.name.replace("-", "_")


def test_every_rule_is_the_only_one_of_its_module_and_stands_in_the_registry():
    modules = {file.stem for file in Path(rules.__file__).parent.glob("*.py")} - {"__init__"}
    assert modules == {module_of(rule) for rule in RULES}
    for rule in RULES:
        defined = vars(import_module(f"{rules.__name__}.{module_of(rule)}")).values()
        assert [value for value in defined if isinstance(value, Rule)] == [rule]


def test_every_rule_has_a_row_in_the_docs_a_page_for_its_code_and_a_file_of_tests():
    page = PAGE.read_text(encoding="utf-8")
    for rule in RULES:
        assert f"\n| [{rule.code}](../reference/codes/{rule.code}.md) | `{rule.name}` | " in page, rule.name
        own = (PAGES / f"{rule.code}.md").read_text(encoding="utf-8")
        assert own.startswith(f"# {rule.code} · {CODES[rule.code]}\n\nThe rule `{rule.name}`. "), rule.code
        assert Path(__file__).with_name("rules").joinpath(f"test_{module_of(rule)}.py").exists(), rule.name


def test_a_rule_that_is_added_to_the_registry_is_run_and_may_be_switched_off(monkeypatch, tmp_path, capsys):
    def deep_dense(module):
        for call in module.layers:
            if call.layer == "Dense":
                text = FindingText("suspicious call: one more Dense", "a Dense too many")
                yield Finding(call.name, call.layer, module.span(call.node), (), text, kind="structure")

    deep = Rule("SG101", "deep-dense", "a Dense", deep_dense)
    source = "from keras.layers import Dense\nDense(3)\nDense(4)  # shapeguard: ignore[SG101]\n"
    file = tmp_path / "deep.py"
    file.write_text(source, encoding="utf-8")
    assert lint_source(source, "deep.py") == ()
    monkeypatch.setattr(registry, "RULES", (*RULES, deep))
    (diagnosis,) = lint_source(source, "deep.py")
    assert (diagnosis.code, diagnosis.headline) == ("SG101", "suspicious call: one more Dense")
    assert main(["lint", str(file)]) == 1
    assert "1 finding; 1 file checked" in capsys.readouterr().out
    file.write_text("from keras.layers import Dense\nDense(3)\n", encoding="utf-8")
    assert main(["lint", str(file), "--disable", "deep-dense"]) == 0


def test_every_rule_has_its_own_code_and_name():
    assert len({rule.code for rule in RULES}) == len({rule.name for rule in RULES}) == len(RULES)


def test_every_rule_that_is_on_was_right_on_public_files_in_95_of_100_alarms():
    alarms, searched = PRECISION["alarms"], PRECISION["searched"]
    assert set(alarms) == {rule.name for rule in RULES} - {"unused-ignore"}  # an opinion about comments of our own
    assert PRECISION["files"] >= 100
    for rule in (rule.name for rule in selection().rules if rule.name in alarms):
        counts = [table[rule] for table in (alarms, searched) if rule in table]
        judged, right = (sum(count[kind] for count in counts) for kind in ("judged", "right"))
        assert judged, rule
        assert right >= 0.95 * judged, rule
    assert [rule.name for rule in RULES if not rule.on_by_default] == ["keras1-size-weak"]


def test_the_page_on_lint_shows_the_counts():
    page = PAGE.read_text(encoding="utf-8")
    for rule, count in PRECISION["alarms"].items():
        packages = sorted(count["packages"].items(), key=lambda pair: (-pair[1], pair[0]))
        where = ", ".join(f"{name} {number}" for name, number in packages)
        assert sum(count["packages"].values()) == count["judged"], rule
        assert not where or f"| `{rule}` | {count['judged']} | {count['right']} | {where} |" in page
    for rule, count in PRECISION["searched"].items():
        each = ", one per file" if rule == "keras1-size" else ""
        assert f"| `{rule}` | {count['files']} | {count['judged']}{each} | {count['right']} |" in page
