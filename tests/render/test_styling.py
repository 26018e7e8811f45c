"""Marked text in each medium: the words are the same everywhere, and nothing of a user's can be taken for a mark."""

import re
from html import unescape

import pytest

from shapeguard.render.styling import marked, rendered
from shapeguard.render.text import message

TEXT = f"{marked('[SG101]', 'code')} a < b, {marked('3', 'mark')} and {marked('', 'fix')}ok"


def test_in_plain_text_nothing_is_left_of_a_mark():
    assert rendered(TEXT, "text") == "[SG101] a < b, 3 and ok"


def test_on_a_terminal_the_parts_are_coloured_even_where_the_environment_has_no_colours(monkeypatch):
    monkeypatch.setenv("NO_COLOR", "1")
    assert rendered(TEXT, "terminal") == "\x1b[1;31m[SG101]\x1b[0m a < b, \x1b[1;31m3\x1b[0m and ok"


def test_on_a_page_the_parts_have_classes_and_the_rest_is_escaped():
    assert rendered(TEXT, "page") == ('<span class="code">[SG101]</span> a &lt; b, <mark class="mark">3</mark> and ok')


def test_in_a_notebook_each_part_has_its_own_style():
    assert rendered(TEXT, "notebook").startswith('<span style="color:#b3261e;font-weight:bold">[SG101]</span> a &lt; b')


@pytest.mark.parametrize("medium", ["notebook", "page"])
def test_as_html_the_span_is_highlighted_and_the_label_stands_below(medium, mnist, positional_stride):
    html = message(positional_stride, medium=medium, cwd=mnist.cwd)
    assert re.search(r"32, 3, <mark [^>]+>3</mark>, activation=&#x27;relu&#x27;", html)
    text = unescape(re.sub(r"<[^>]+>", "", html))
    assert (
        """
  mnist.py:19
   19 | model.add(Convolution2D(32, 3, 3, activation='relu'))  # (200, 26, 26, 32)
      | 3rd positional argument: strides=3
"""
        in text
    )
    assert "^" not in text


def test_a_name_that_holds_the_characters_of_a_mark_is_escaped(positional_stride):
    from dataclasses import replace

    odd = replace(positional_stride, layer="a\x0ecb\x0f")
    assert message(odd).startswith("[SG101] layer 'a\\x0ecb\\x0f' (Conv2D): expected ")
