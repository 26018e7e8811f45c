"""The picture: every shape in it, no label over another, bounded, and harmless whatever the names."""

from dataclasses import replace
from xml.etree import ElementTree as ET

import pytest
from helpers.geometry import SVG, assert_no_label_overlaps, boxes_of

from shapeguard.records.findings import Cause, Diagnosis, Edit, Row
from shapeguard.render.drawing import drawing
from shapeguard.render.svg import svg


def row(layer, sources=(), **others):
    given = {"inputs": (None, 28, 28, 1), "expected": None, "actual": (None, 26, 26, 32), **others}
    return Row(layer, given.pop("layer_type", "Conv2D"), given.pop("path", layer), 1, sources=tuple(sources), **given)


def unet(depth):
    """An encoder and a decoder with a skip at each level, named by level."""
    rows = [row("image", inputs=None, layer_type="InputLayer")]
    skips = []
    for level in range(depth):
        rows.append(row(f"down{level}", [len(rows) - 1]))
        skips.append(len(rows) - 1)
        rows.append(row(f"pool{level}", [len(rows) - 1]))
    rows.append(row("bottom", [len(rows) - 1]))
    for level in reversed(range(depth)):
        rows.append(row(f"up{level}", [len(rows) - 1]))
        rows.append(row(f"concat{level}", [len(rows) - 1, skips[level]], inputs=((None, 8, 8, 4), (None, 8, 8, 4))))
    return rows


def inception(modules, branches):
    rows = [row("image", inputs=None)]
    for module in range(modules):
        start = len(rows) - 1
        ends = []
        for branch in range(branches):
            rows.append(row(f"m{module}_b{branch}_1x1", [start]))
            rows += [row(f"m{module}_b{branch}_{n}", [len(rows) - 1 + n]) for n in range(branch)]
            ends.append(len(rows) - 1)
        rows.append(row(f"mixed{module}", ends, inputs=((None, 8, 8, 4),) * branches))
    return rows


def resnet(blocks):
    rows = [row("image", inputs=None)]
    for block in range(blocks):
        start = len(rows) - 1
        rows += [row(f"conv{block}_{n}", [start + n]) for n in range(8)]
        rows.append(row(f"add{block}", [start, len(rows) - 1]))
    return rows


NETWORKS = {
    "six layers": [row(f"layer{n}", [n - 1] if n else []) for n in range(6)],
    "a U-Net": unet(4),
    "Inception": inception(3, 4),
    "ResNet": resnet(16),
    "dense blocks": [row(f"c{n}", range(n)) for n in range(24)],
    "two thousand layers": [row(f"layer{n}", [n - 1] if n else []) for n in range(2000)],
    "two thousand branches": [row("image"), *[row(f"b{n}", [0]) for n in range(1999)]],
    "wide names": [row("層" * 40, []), row("畳み込み", [0], layer_type="型" * 50)],
    "not connected": [row(f"layer{n}") for n in range(5)],
    "two thousand, not connected": [row(f"layer{n}") for n in range(2000)],
    "one layer": [row("alone")],
}


@pytest.mark.parametrize("name", NETWORKS)
def test_no_label_overlaps_another_and_each_stays_in_its_box(name):
    assert_no_label_overlaps(svg(NETWORKS[name], (), ok=True))


@pytest.mark.parametrize("name", NETWORKS)
def test_the_picture_is_bounded(name):
    text = svg(NETWORKS[name], (), ok=True)
    assert len(boxes_of(text)) <= 250
    assert len(text) < 250_000


def test_every_box_says_what_goes_in_and_what_comes_out():
    (box,) = drawing([row("conv")], []).boxes
    assert [text for _, text in box.lines] == [
        "conv", "Conv2D", "in  (None, 28, 28, 1)", "out (None, 26, 26, 32)",
    ]  # fmt: skip


def test_expected_against_actual_is_said_in_words(positional_stride, mnist_rows):
    box, after = drawing(mnist_rows, [positional_stride]).boxes
    assert [text for _, text in box.lines] == [
        "conv2d",
        "Conv2D",
        "in  (200, 28, 28, 1)",
        "out (200, 9, 9, 32)",
        "expected (200, 26, 26, 32)",
        "MISMATCH",
        "CAUSE: strides=(3, 3) -> (1, 1)",
    ]
    assert (box.role, box.wrong, after.role) == ("cause", True, "")


def test_the_way_from_the_cause_to_the_mismatch_is_marked_and_no_other():
    rows = unet(2)
    wrong = next(n for n, r in enumerate(rows) if r.layer == "concat1")
    rows[wrong] = replace(rows[wrong], expected=(1,), status="mismatch")
    edit = Edit("down1", "strides", 2, 1)
    drawn = drawing(rows, [Diagnosis("SG102", "concat1", "X", causes=(Cause("argument", (edit,), "cause"),))])
    marked = {(rows[a].layer, rows[b].layer) for a, b in drawn.arrows if drawn.marked((a, b))}
    assert marked == {
        ("down1", "pool1"), ("pool1", "bottom"), ("bottom", "up1"), ("up1", "concat1"), ("down1", "concat1"),
    }  # fmt: skip


def test_blocks_that_repeat_are_one_box_but_never_the_cause_and_what_is_next_to_it():
    rows = resnet(16)
    edit = Edit("conv3_4", "strides", 2, 1)
    drawn = drawing(rows, [Diagnosis("SG102", "add3", "Add", causes=(Cause("argument", (edit,), "cause"),))])
    names = [box.lines[0][1] for box in drawn.boxes]
    assert names == [
        "27 layers: 3 times a block of 9", "add2", "3 layers", "conv3_3", "conv3_4", "conv3_5", "conv3_6", "conv3_7",
        "108 layers: 12 times a block of 9", "add15",
    ]  # fmt: skip


def test_a_chain_that_repeats_is_one_box_and_one_that_does_not_is_drawn_in_parts_of_like_length():
    chain = [row(f"layer{n}", [n - 1] if n else []) for n in range(100)]
    assert [box.lines[0][1] for box in drawing(chain, []).boxes] == ["100 layers: 100 times (Conv2D)"]
    unlike = [replace(each, layer_type=f"Kind{n}") for n, each in enumerate(chain)]
    assert [len(box.rows) for box in drawing(unlike, []).boxes] == [14, 14, 14, 15, 14, 14, 15]


def test_each_call_of_a_shared_model_has_a_frame_of_its_own():
    rows = [
        row("left", inputs=None),
        row("right", inputs=None),
        row("tower", [0], layer_type="Sequential"),
        row("look", [], path="tower/look"),
        row("code", [3], path="tower/code"),
        replace(row("tower", [1], layer_type="Sequential"), call=2),
        replace(row("look", [], path="tower/look"), call=2),
        replace(row("code", [6], path="tower/code"), call=2),
        row("meet", [2, 5], inputs=((None, 4), (None, 4))),
    ]
    frames = drawing(rows, []).frames
    assert [(frame.label, len(frame.boxes)) for frame in frames] == [
        ("tower: call 1 of 2", 2),
        ("tower: call 2 of 2", 2),
    ]
    assert svg(rows, [], ok=True).count('<g class="shared">') == 2


def test_what_a_container_took_and_gave_goes_to_and_from_its_content():
    rows = [
        row("image", inputs=None),
        row("encoder", [0], layer_type="Functional"),
        row("a", [], path="encoder/a"),
        row("b", [2], path="encoder/b"),
        row("head", [1]),
    ]
    drawn = drawing(rows, [])
    names = [box.lines[0][1] for box in drawn.boxes]
    assert names == ["image", "a", "b", "head"]
    assert [(names[a], names[b]) for a, b in drawn.arrows] == [("image", "a"), ("a", "b"), ("b", "head")]


def test_where_no_connection_is_known_none_is_drawn_and_the_picture_says_so():
    text = svg(NETWORKS["not connected"], (), ok=True)
    assert "in call order; the connections between layers are unknown" in text
    assert "<path" not in text


def test_weights_stand_in_the_box_of_their_layer():
    weights = replace(row("c"), quantity="weights", expected=[(3, 3, 1, 8)], actual=[(5, 5, 1, 8)], status="mismatch")
    (box,) = drawing([row("c"), weights], []).boxes
    assert [text for _, text in box.lines][-3:] == ["weights (5, 5, 1, 8)", "expected [(3, 3, 1, 8)]", "MISMATCH"]
    assert box.role == "mismatch"


def test_a_report_without_layers_is_a_picture_that_says_so():
    assert "no layer was called" in svg([], (), ok=True)


def test_nothing_in_the_picture_comes_from_outside_and_names_are_escaped():
    hostile = row('<script>"&', layer_type="]]><image href='http://x'/>")
    text = svg([hostile], (), ok=True)
    tree = ET.fromstring(text)  # noqa: S314  our own
    assert {element.tag.removeprefix(SVG) for element in tree.iter()} == {"svg", "style", "g", "title", "rect", "text"}
    assert not any("href" in name or name.startswith("on") for element in tree.iter() for name in element.attrib)
    assert "url(" not in text
    assert "@import" not in text
