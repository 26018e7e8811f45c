"""The rule keras1-size-weak: two equal sizes in a row that may be meant."""

from helpers.linted import LINES, found_in, names_in

from shapeguard.linting.registry import RULES, Selection

FINE = [
    "Conv2D(96, 4, 4)",
    "Conv2D(f, k, k)",
    "Conv2D(dim, patch_size, patch_size)",
]


def test_a_call_that_may_be_meant_is_left_alone():
    assert {source: names for source in FINE if (names := names_in(source))} == {}


def test_an_even_size_counts_where_the_file_is_keras_1_beyond_doubt():
    source = "Conv2D(32, 2, 2)\nConv2D(32, k, k)\nConv2D(32, 3, 3)"
    found = [(rule.name, found.call.line - LINES) for rule, found in found_in(source)]
    assert found == [("keras1-size-weak", 1), ("keras1-size-weak", 2), ("keras1-size", 3)]
    assert names_in("Conv2D(32, 2, 2)") == []
    assert names_in("Conv2D(32, 2, 2)", Selection(RULES)) == ["keras1-size-weak"]
