"""Sizes that no trace knows, a right and a wrong layer, graph and XLA: the docs' table of who alarms is what runs."""

from pathlib import Path

import pytest
from helpers.observing import BACKEND

if BACKEND != "tensorflow":
    pytest.skip("only TensorFlow traces with open sizes", allow_module_level=True)

from benchmarks.open_sizes import CHECKS, installed, row

PAGE = Path(__file__).parents[2] / "docs" / "explanation" / "comparison.md"
OURS = [pytest.param(name, marks=() if name == "ShapeGuard" else pytest.mark.slow) for name in CHECKS]


def test_only_shapeguard_is_right_in_all_four_cells():
    told = [line for name in CHECKS for line in PAGE.read_text("utf-8").splitlines() if line.startswith(f"| {name} | ")]
    rows = [line for line in told if line.count("|") == 6]
    assert [line.partition(" |")[0] for line in rows] == [f"| {name}" for name in CHECKS]
    assert [line for line in rows if line.count("right") == 4] == ["| ShapeGuard | right | right | right | right |"]


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", OURS)
def test_each_row_of_the_table_is_what_runs(name):
    if not installed(CHECKS[name][1]):
        pytest.skip(f"{name} is not installed")
    assert row(name) in PAGE.read_text("utf-8").splitlines()
