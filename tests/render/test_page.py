"""The page and the notebook's part of it, read by an HTML parser; a real browser reads it in the next file."""

from dataclasses import replace
from html.parser import HTMLParser

import pytest

from shapeguard.records.findings import Row
from shapeguard.report import Report

HOSTILE = "</script><script>alert(1)</script><img src=x onerror=alert(2)>\"'&"


class Reader(HTMLParser):
    """Collects tags, attributes and text outside of style and script."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.attributes, self.words, self.ids = [], [], [], []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs
        self.ids += [value for name, value in attrs if name == "id"]

    def handle_data(self, data):
        self.words.append(data)


@pytest.fixture
def report(positional_stride, mnist_rows, mnist, monkeypatch):
    monkeypatch.chdir(mnist.cwd)
    return Report((positional_stride,), mnist_rows, {"B": 200})


def test_the_page_holds_message_table_picture_and_what_is_behind_each_layer(report):
    page = Reader(report.to_html())
    words = "".join(page.words)
    assert words.index("1 finding") < words.index("[SG101] layer 'conv2d' (Conv2D): expected (200, 26, 26, 32)")
    assert (
        words.index("more: shapeguard explain SG101")
        < words.index("CAUSE: strides=(3, 3)")
        < words.index("layerverdictexpected")
    )
    assert "Dimension names: B = 200" in words
    assert "height: floor((28 - 3) / 3) + 1 = 9, from kernel_size=3, strides=3 (3rd positional)" in words
    assert "Created at mnist.py:19" in words
    assert "  19 | model.add(Convolution2D(32, 3, 3, activation='relu'))  # (200, 26, 26, 32)" in words
    assert "It is not known where this layer was created." in words
    assert {"table", "svg", "button"} <= set(page.tags)
    assert page.ids == ["chosen", "layer-0", "layer-1"]


def test_the_layer_at_fault_is_open_at_the_start(report):
    assert ("data-first", "0") in Reader(report.to_html()).attributes
    assert "data-first" not in dict(Reader(Report(rows=report.rows[1:]).to_html()).attributes)


def test_the_page_needs_nothing_from_outside(report):
    page = Reader(report.to_html())
    assert not {"link", "img", "iframe", "object", "embed", "base"} & set(page.tags)
    assert not {"src", "href", "action", "srcset"} & {name for name, _ in page.attributes}
    assert ("content", "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'") in page.attributes


@pytest.mark.parametrize("form", ["to_html", "_repr_html_"])
def test_names_from_the_program_stay_text(form, positional_stride):
    row = Row(HOSTILE, HOSTILE, f"{HOSTILE}/{HOSTILE}", 1, (1,), (HOSTILE,), (2,), derivation=(HOSTILE,))
    diagnosis = replace(positional_stride, layer=HOSTILE, layer_type=HOSTILE, notes=(HOSTILE,), original=HOSTILE)
    text = getattr(Report((diagnosis,), (row,), {HOSTILE: HOSTILE}), form)()
    page = Reader(text)
    plain = Reader(getattr(Report((positional_stride,), (replace(row, layer="d", path="d", layer_type="D"),)), form)())
    assert set(page.tags) - set(plain.tags) <= {"p", "code"}
    assert page.tags.count("script") == (1 if form == "to_html" else 0)
    assert not any(name.startswith("on") for name, _ in page.attributes)


def test_the_notebook_shows_message_table_and_picture_without_script(report):
    shown = Reader(report._repr_html_())
    assert "script" not in shown.tags
    assert "svg" in shown.tags
    words = "".join(shown.words)
    assert "   19 | model.add(Convolution2D(32, 3, 3, activation='relu'))" in words
    assert "      | 3rd positional argument: strides=3" in words
    assert ("open", None) in shown.attributes


def test_the_notebook_hides_the_picture_where_nothing_is_wrong(report):
    fine = Report(rows=tuple(replace(row, status="ok") for row in report.rows))
    assert ("open", None) not in Reader(fine._repr_html_()).attributes


def test_uneventful_rows_are_folded_and_the_cause_and_what_disagrees_are_not(positional_stride):
    rows = tuple(Row(f"d{n}", "Dense", f"d{n}", 1, (1,), None, (1,)) for n in range(40))
    rows = (*rows[:20], replace(rows[20], layer="conv2d", path="conv2d"), *rows[21:])
    html = Report((positional_stride,), rows).to_html()
    assert html.count('<tbody class="quiet">') == 2
    assert ">20\N{NO-BREAK SPACE}layers" not in html
    assert "20 layers: d0 ... d19" in html
    assert "19 layers: d21 ... d39" in html
    open_rows = html.split('<tbody class="quiet">')
    assert 'data-row="20"' in open_rows[1].split("</tbody>", 1)[1]


def test_the_guilty_argument_alone_is_marked_in_the_call(report):
    _, code, *_ = report.to_html().split("Created at mnist.py:19")
    assert "Convolution2D(32, 3, <mark>3</mark>, activation=" in code.partition("</pre>")[0]


def test_of_very_many_layers_those_that_disagree_can_be_opened():
    rows = tuple(
        Row(f"d{n}", "Dense", f"d{n}", 1, (1,), None, (1,), status="mismatch" if n == 1500 else "no expectation")
        for n in range(3000)
    )
    page = Reader(Report(rows=rows).to_html())
    assert len(page.ids) == 422
    assert "layer-1500" in page.ids
    words = "".join(page.words)
    assert "... 1200 more ..." in words
    assert "300 layers: d0 ... d299" in words
    assert "1499 layers: d1501 ... d2999" in words


def test_a_fold_counts_the_layers_that_it_leaves_out():
    rows = tuple(Row(f"d{n}", "Dense", f"d{n}", 1, (1,), None, (1,)) for n in range(3000))
    assert "3000 layers: d0 ... d2999" in "".join(Reader(Report(rows=rows).to_html()).words)


def test_prose_that_may_wrap_comes_in_whole_paragraphs(report):
    _, _, text = report.to_html().partition("<article>")
    words = "".join(Reader(text.partition("</article>")[0]).words)
    assert (
        "    Conv2D takes (filters, kernel_size, strides, ...). The form (32, 3, 3), meaning a 3x3 kernel, is" in words
    )
    assert "meaning a 3x3 kernel, is Keras 1 syntax.\n" in words


def test_a_layer_of_a_file_that_is_gone_says_so(report, mnist):
    import linecache

    mnist.path.unlink()
    linecache.clearcache()
    assert "The source is not available." in report.to_html()
