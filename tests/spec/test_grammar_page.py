"""Every example and every table row of the grammar page is what the code does."""

import doctest
import importlib.util
import re
from pathlib import Path

import pytest

from shapeguard.spec import SpecError, parse
from shapeguard.spec.arithmetic import MAX_BITS, MAX_SIZE
from shapeguard.spec.formula_parser import MAX_DEPTH, MAX_OPERATIONS
from shapeguard.spec.parser import MAX_OUTPUTS
from shapeguard.spec.source_text import MAX_NESTING
from shapeguard.spec.text_parser import MAX_AXES, MAX_LENGTH

PAGE = (Path(__file__).parents[2] / "docs" / "reference" / "grammar.md").read_text(encoding="utf-8")


def tables():
    """Each table as (header cells, rows of cells)."""
    for block in re.findall(r"(?:^\|.*\n)+", PAGE, re.MULTILINE):
        header, _, *rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in block.splitlines()]
        yield header, rows


def rows_under(*header):
    return [row for found, rows in tables() if tuple(found[: len(header)]) == header for row in rows]


def bare(cell):
    return cell.strip("`")


def test_the_sessions_print_what_they_show():
    blocks = re.findall(r"```pycon\n(.*?)```", PAGE, re.DOTALL)
    session = doctest.DocTestParser().get_doctest("\n".join(blocks), {}, "grammar.md", "grammar.md", 0)
    output = []
    failed, attempted = doctest.DocTestRunner(verbose=False).run(session, out=output.append)
    assert (failed, attempted) == (0, 18), "".join(output)


def test_every_form_is_read_as_the_page_says():
    rows = rows_under("you write", "is read as")
    assert len(rows) == 32
    assert [(row[0], str(parse(bare(row[0])))) for row in rows] == [(row[0], bare(row[1])) for row in rows]


@pytest.mark.parametrize(("text", "because", "hint"), rows_under("rejected", "because", "hint"))
def test_every_refusal_has_the_words_of_the_page(text, because, hint):
    with pytest.raises(SpecError) as caught:
        parse(bare(text))
    first, _, _, last = str(caught.value).split("\n")
    assert (first, last) == (f'[SG503] "{bare(text)}": {because}', f"  hint: {hint}")


def test_the_limits_are_those_of_the_page():
    limits = (
        f"a string has at most {MAX_LENGTH:,} characters, a shape {MAX_AXES} axes, "
        f"a formula {MAX_OPERATIONS} operations, brackets nest {MAX_NESTING} deep, "
        f"a spec has at most {MAX_OUTPUTS:,} outputs, "
        f"a size is below 2**{(MAX_SIZE + 1).bit_length() - 1} and any intermediate number below 2**{MAX_BITS}."
    )
    assert MAX_DEPTH == MAX_NESTING
    assert limits in " ".join(PAGE.split())


def test_the_other_languages_spell_it_so():
    for _, ours, jaxtyping, check_shapes, _ in rows_under("meaning", "ShapeGuard"):
        for theirs in filter(None, (jaxtyping, check_shapes)):
            assert parse(bare(theirs)) == parse(bare(ours))


def test_jaxtyping_takes_its_spellings():
    if importlib.util.find_spec("jaxtyping") is None:
        pytest.skip("jaxtyping is not installed")
    import jaxtyping

    np = pytest.importorskip("numpy")
    for _, _, theirs, _, _ in rows_under("meaning", "ShapeGuard"):
        assert not theirs or jaxtyping.Float[np.ndarray, bare(theirs)]


def test_every_difference_from_jaxtyping_is_one():
    for cell, _, ours in rows_under("string", "jaxtyping", "ShapeGuard"):
        for text in re.findall(r"`([^`]+)`", cell):
            if ours.startswith("rejected"):
                with pytest.raises(SpecError):
                    parse(text)
            else:
                parse(text)
