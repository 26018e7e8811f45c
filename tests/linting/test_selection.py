"""Which rules run, by codes, beginnings of codes and names; and what comments that name them silence."""

import pytest

from shapeguard.linting.linter import lint_source
from shapeguard.linting.registry import RULES, Choice, refusal, selection

DEFAULT = [rule.code for rule in RULES if rule.on_by_default]
OLD = "from keras.layers import *\nConv2D(8, 3, 3)\nConv2D(8, 2, 2)\nDense(output_dim=3)\n"


def codes(*choices, extend=()):
    return [rule.code for rule in selection(*choices, extend=extend).rules]


def found(source, *choices):
    return [diagnosis.code for diagnosis in lint_source(source, "x.py", selection(*choices))]


@pytest.mark.parametrize(
    ("choices", "expected"),
    [
        ([], DEFAULT),
        ([Choice(("SG7",))], DEFAULT),
        ([Choice(("SG704", "keras1-size"))], ["SG701", "SG704"]),
        ([Choice(("SG702",))], ["SG702"]),
        ([Choice(("keras1-size-weak",))], ["SG702"]),
        ([Choice((), ("SG70",))], [code for code in DEFAULT if not code.startswith("SG70")]),
        ([Choice(("SG704",), ("SG7",))], ["SG704"]),
        ([Choice(("SG7",), ("SG704",))], [code for code in DEFAULT if code != "SG704"]),
        ([Choice(("SG704",), ("SG704",))], []),
    ],
)
def test_the_longest_selector_decides_and_of_equal_ones_ignore(choices, expected):
    assert codes(*choices) == expected


def test_a_rule_may_run_besides_the_usual_ones():
    assert codes(extend=["SG702"]) == sorted([*DEFAULT, "SG702"])
    assert codes(Choice((), ("SG701",)), extend=["SG702"]) == sorted({*DEFAULT, "SG702"} - {"SG701"})


def test_what_a_more_important_place_selects_replaces_what_another_does():
    assert codes(Choice(("SG701", "SG704")), Choice(("SG703",))) == ["SG703"]
    assert codes(Choice(("SG701", "SG704"), ("SG701",)), Choice()) == ["SG704"]


def test_a_rule_for_keras_1_runs_in_such_a_file_where_it_is_not_ruled_out():
    assert found(OLD) == ["SG701", "SG702", "SG704"]
    assert found(OLD, Choice(("SG701",))) == ["SG701"]
    assert found(OLD, Choice((), ("SG702",))) == ["SG701", "SG704"]
    assert found(OLD, Choice(("SG702",))) == ["SG702"]


def test_a_word_that_selects_nothing_is_refused_with_what_is_near():
    assert refusal("SG7") is None
    assert refusal("return-sequence") == (
        "'return-sequence' is neither a code nor the name of a rule; did you mean return-sequences?"
    )
    assert refusal("SG101").startswith("'SG101' is neither a code nor the name of a rule; did you mean SG7")
    assert refusal("E501").startswith("'E501' is neither a code nor the name of a rule; the rules are SG701, keras1")


@pytest.mark.parametrize(
    ("comment", "left"),
    [
        ("ignore[SG701]", []),
        ("ignore[keras1-size]", []),
        ("ignore[SG7]", []),
        ("ignore[SG]", []),
        ("ignore", []),
        ("ignore[SG707]", ["SG701", "SG799"]),
        ("ignore[SG701, SG704]", ["SG799"]),
        ("ignore[SG701, SG702]", []),
        ("ignore[SG101]", ["SG701"]),
        ("ignore[keras-size]", ["SG701", "SG799"]),
        ("ignore[SG750]", ["SG701", "SG799"]),
    ],
)
def test_a_comment_silences_a_code_a_prefix_or_a_name(comment, left):
    assert found(f"from keras.layers import *\nConv2D(8, 3, 3)  # shapeguard: {comment}\n") == left
