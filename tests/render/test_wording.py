"""Prose that is too long for its place."""

import pytest

from shapeguard.render.wording import shorten

SENTENCE = "the outputs of this layer differ in rank, so that no formula describes them all"


@pytest.mark.parametrize("width", [30, 44, 60, 78])
def test_a_sentence_is_not_shortened_inside_a_word(width):
    head, _, tail = shorten(SENTENCE, width).partition("...")
    assert len(head) + len(tail) + 3 <= width
    assert set((head + tail).split()) <= set(SENTENCE.split())


def test_a_long_word_is_shortened_to_exactly_the_width():
    assert shorten("a" * 50 + "b" * 50, 23) == f"{'a' * 10}...{'b' * 10}"


def test_what_fits_stays_as_it_is():
    assert shorten(SENTENCE, len(SENTENCE)) == SENTENCE
