"""JUnit's XML: what a reader of it sees."""

import xml.etree.ElementTree as ET
from dataclasses import replace

from shapeguard.records.findings import Diagnosis
from shapeguard.render.junit import junit


def cases(text):
    """The counts of the suite, and each case with its name and what is inside."""
    (suite,) = ET.fromstring(text)  # noqa: S314  our own text
    counts = {name: int(suite.attrib[name]) for name in ("tests", "failures", "errors", "skipped")}
    return counts, [(case.attrib["name"], [(inside.tag, inside.attrib) for inside in case]) for case in suite]


def test_each_finding_is_a_failed_case_at_its_place(mnist, positional_stride):
    text = junit([positional_stride], (), cwd=mnist.cwd)
    headline = "[SG101] layer 'conv2d' (Conv2D): expected (200, 26, 26, 32), got (200, 9, 9, 32)"
    assert cases(text) == (
        {"tests": 1, "failures": 1, "errors": 0, "skipped": 0},
        [("SG101 mnist.py:19:32", [("failure", {"type": "SG101", "message": headline})])],
    )
    (case,) = ET.fromstring(text)[0]  # noqa: S314  our own text
    assert (case.attrib["file"], case.attrib["line"], case.attrib["classname"]) == ("mnist.py", "19", "mnist.py")
    assert case[0].text.startswith(headline + "\n")


def test_an_expectation_that_is_met_is_a_case_that_passed_and_one_not_checked_is_skipped(mnist_rows):
    expected = mnist_rows[0]
    rows = [replace(expected, status="ok"), replace(expected, status="not reached"), mnist_rows[1]]
    assert cases(junit([], rows)) == (
        {"tests": 2, "failures": 0, "errors": 0, "skipped": 1},
        [
            ("layer 'conv2d' (Conv2D)", [("skipped", {"message": "not reached"})]),
            ("layer 'conv2d' (Conv2D)", []),
        ],
    )


def test_without_anything_one_case_passes():
    assert cases(junit([], ())) == ({"tests": 1, "failures": 0, "errors": 0, "skipped": 0}, [("no findings", [])])


def test_what_does_not_fit_into_xml_is_escaped():
    name, inside = cases(junit([Diagnosis("SG190", 'a<b>&"\x00\x1b\ud800', "D")], ()))[1][0]
    assert name == "SG190 layer 'a<b>&\"\\x00\\x1b\\ud800' (D)"
    assert inside[0][1]["message"].endswith("(D): no cause found")
