"""The literate cases: each page is a claim, a program, and the exact output."""

import os
from pathlib import Path

import pytest
from helpers import literate

CASES = sorted((Path(__file__).parent / "cases").glob("*.md"))
EVERYWHERE = "mnist_"
"""The other pages quote what Keras itself says, which differs between backends."""


@pytest.mark.parametrize("page", CASES, ids=lambda page: page.stem)
def test_the_output_in_the_case_is_the_real_one(page, tmp_path, request):
    if os.environ["KERAS_BACKEND"] != "tensorflow" and not page.stem.startswith(EVERYWHERE):
        pytest.skip("the page quotes Keras on TensorFlow")
    literate.assert_page_is_real(page, tmp_path, update=request.config.getoption("--update-cases"))


def test_every_case_has_a_claim_a_reason_a_program_and_an_output():
    for page in CASES:
        text = page.read_text(encoding="utf-8")
        kinds = [block.kind for block in literate.blocks(text)]
        assert text.startswith("# "), page
        assert "python" in kinds, page
        assert "text" in kinds, page
