"""The rule unused-ignore: comments that suppress nothing."""

from shapeguard.linting.linter import lint_source
from shapeguard.linting.registry import Choice, selection


def found(source, *choices):
    return [diagnosis.code for diagnosis in lint_source(source, "x.py", selection(*choices))]


def test_a_code_whose_rule_does_not_run_is_not_called_unused():
    source = "from keras.layers import *\nConv2D(8, 4, 4)  # shapeguard: ignore[SG702]\n"
    assert found(source) == []
    assert found(source.replace("4, 4)", "(4, 4))"), Choice(("SG702", "SG799"))) == ["SG799"]
    assert found(source.replace("702", "704"), Choice(("SG701", "SG799"))) == []
    assert found(source.replace("702", "704"), Choice((), ("SG799",))) == []


def test_of_a_comment_that_is_used_in_part_the_rest_is_named_with_what_it_should_be():
    source = "from keras.layers import *\nConv2D(8, 3, 3)  # shapeguard: ignore[SG701, SG704]\n"
    (diagnosis,) = lint_source(source, "x.py")
    (edit,) = diagnosis.causes[0].edits
    assert diagnosis.headline == (
        "unused SG704 in `# shapeguard: ignore[SG701, SG704]`: what was found on this line is SG701"
    )
    assert (edit.replacement, edit.replaces) == ("# shapeguard: ignore[SG701]", edit.span)
