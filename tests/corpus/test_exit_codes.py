"""`check` and `run` say the same of every program of the corpus, and `check` is green only where plain Keras runs."""

import json
import subprocess
import sys

import pytest
from corpus import __main__ as corpus
from corpus import exit_codes


@pytest.mark.slow
def test_no_program_that_crashes_is_green_and_no_correct_one_is_not(tmp_path):
    words = [sys.executable, "-m", "corpus.exit_codes", "--jobs", "2", "--json", tmp_path / "answers.json"]
    subprocess.run(words, check=True, cwd=corpus.HERE.parent)
    rows = json.loads((tmp_path / "answers.json").read_text(encoding="utf-8"))
    answers = {(row["case"], row["mode"], row["command"]): (row["exit"], row["text"]) for row in rows}
    crashing = {file.stem for file in corpus.cases() if exit_codes.crashes(file)}
    codes = {key: code for key, (code, _) in answers.items() if key[2] == "check"}
    assert {key for key, code in codes.items() if key[0] in crashing and code != 1} == set()
    assert {key for key, code in codes.items() if key[0].startswith("clean_") and code != 0} == set()
    assert exit_codes.differences(answers) == []
