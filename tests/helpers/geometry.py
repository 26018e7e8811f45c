"""Whether the labels and boxes of a picture keep clear of each other."""

import unicodedata
from itertools import combinations, pairwise
from xml.etree import ElementTree as ET

SVG = "{http://www.w3.org/2000/svg}"
GLYPH = 7.25


def boxes_of(text):
    return [g for g in ET.fromstring(text).iter(f"{SVG}g") if "box" in g.get("class").split()]  # noqa: S314  our own


def numbers(element, *names):
    return tuple(float(element.get(name)) for name in names)


def assert_no_label_overlaps(text):
    """Each label lies in its box, the lines of a box apart, and no box over another."""
    rects = []
    for box in boxes_of(text):
        x, y, width, height = numbers(box.find(f"{SVG}rect"), "x", "y", "width", "height")
        rects.append((x, y, x + width, y + height))
        baselines = []
        for label in box.iter(f"{SVG}text"):
            left, baseline = numbers(label, "x", "y")
            wide = sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in label.text)
            assert x <= left
            assert left + wide * GLYPH <= x + width + 0.1
            assert y + 12 <= baseline <= y + height - 3
            baselines.append(baseline)
        assert all(b - a >= 15 for a, b in pairwise(baselines))
    for a, b in combinations(rects, 2):
        assert a[2] <= b[0] or b[2] <= a[0] or a[3] <= b[1] or b[3] <= a[1]
