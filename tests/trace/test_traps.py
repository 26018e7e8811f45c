"""What once went wrong in prototypes stays tested: each of the seventeen traps of Keras has a test that names it."""

import re
from pathlib import Path

TESTS = Path(__file__).parents[1]


def test_each_trap_is_named_by_a_test():
    texts = (path.read_text("utf-8") for path in sorted(TESTS.glob("*/test_*.py")))
    named = {int(number) for text in texts for number in re.findall(r'"""Trap (\d+)\b', text)}
    assert named == set(range(1, 18))
