"""The contract file: what is written, what is read back, and what is refused with file, line and remedy."""

import keras
import pytest

from shapeguard.errors import ExpectationError
from shapeguard.matching.contracts import Entry, canonical_names, read, write
from shapeguard.spec import parse

ENTRIES = [
    Entry("input_layer", "InputLayer", output=parse("B 28 28 1")),
    Entry("conv2d", "Conv2D", output=parse("B 26 26 32"), weights=parse([(3, 3, 1, 32), (32,)]), params=320),
    Entry("conv2d_1", "Conv2D", output=parse("B 24 24 64")),
    Entry("encoder/dense", "Dense", output=parse("B 10")),
    Entry("encoder/dense@2", "Dense", output=parse("B 10")),
    Entry("encoder/dense_1", "Dense", output=parse("B 4")),
    Entry("head", "Dense", output=parse("B n")),
]
WRITTEN = """\
{
  "shapeguard": 1,
  "layers": [
    {"layer": "input_layer", "type": "InputLayer", "output": "B 28 28 1"},
    {"layer": "conv2d", "type": "Conv2D", "output": "B 26 26 32", "weights": "[(3, 3, 1, 32), (32,)]", "params": 320},
    {"layer": "conv2d", "type": "Conv2D", "output": "B 24 24 64"},
    {"layer": "encoder/dense", "type": "Dense", "output": "B 10"},
    {"layer": "encoder/dense@2", "type": "Dense", "output": "B 10"},
    {"layer": "encoder/dense", "type": "Dense", "output": "B 4"},
    {"layer": "head", "type": "Dense", "output": "B n"}
  ]
}
"""


def test_a_contract_has_one_line_a_layer(tmp_path):
    write(tmp_path / "shapes.json", ENTRIES)
    assert (tmp_path / "shapes.json").read_text() == WRITTEN
    assert [path.name for path in tmp_path.iterdir()] == ["shapes.json"]


def test_what_is_read_is_what_was_written(tmp_path):
    path = tmp_path / "shapes.json"
    write(path, ENTRIES)
    assert [(e.target, str(e.spec), e.quantity, e.call, e.declared.line, e.origin) for e in read(path)] == [
        ("input_layer", "B 28 28 1", "output", None, 4, "contract"),
        ("conv2d", "B 26 26 32", "output", None, 5, "contract"),
        ("conv2d", "[(3, 3, 1, 32), (32,)]", "weights", None, 5, "contract"),
        ("conv2d", "320", "params", None, 5, "contract"),
        ("conv2d_1", "B 24 24 64", "output", None, 6, "contract"),
        ("encoder/dense", "B 10", "output", None, 7, "contract"),
        ("encoder/dense", "B 10", "output", 2, 8, "contract"),
        ("encoder/dense_1", "B 4", "output", None, 9, "contract"),
        ("head", "B n", "output", None, 10, "contract"),
    ]


def test_an_inserted_layer_changes_one_line(tmp_path):
    convolutions = [Entry(f"conv2d_{i}" if i else "conv2d", "Conv2D", output=parse(f"B {30 - i}")) for i in range(4)]
    write(tmp_path / "before.json", convolutions)
    later = [Entry(f"conv2d_{i + 2}", "Conv2D", output=e.output) for i, e in enumerate(convolutions[1:])]
    write(tmp_path / "after.json", [convolutions[0], Entry("conv2d_1", "Conv2D", output=parse("B 77")), *later])
    before = (tmp_path / "before.json").read_text().splitlines()
    after = (tmp_path / "after.json").read_text().splitlines()
    assert [line for line in after if line not in before] == [
        '    {"layer": "conv2d", "type": "Conv2D", "output": "B 77"},'
    ]
    assert len(after) == len(before) + 1


def test_names_that_keras_numbered_are_numbered_within_the_model():
    layers = keras.layers
    keras.Sequential([layers.Dense(1), layers.Conv2D(1, 1)])
    model = [layers.Conv2D(1, 1), layers.Dense(1), layers.Conv2D(1, 1), layers.Dense(1, name="head")]
    names = [layer.name for layer in model]
    assert names == ["conv2d_1", "dense_1", "conv2d_2", "head"]
    assert canonical_names(model) == dict(zip(names, ["conv2d", "dense", "conv2d_1", "head"], strict=True))


RESTORE = "restore it from version control or create it again with guard.save(...)"
REFUSED = {
    "truncated": (
        WRITTEN[:200],
        f":5: the file ends here, so it is incomplete; {RESTORE}",
    ),
    "empty": (
        "",
        f":1: the file ends here, so it is incomplete; {RESTORE}",
    ),
    "no JSON": (
        "layers:\n",
        f":1: this is not JSON (Expecting value); {RESTORE}",
    ),
    "another JSON file": (
        '{"name": "x"}',
        ':1: this is not a ShapeGuard contract: it has no "shapeguard" version; create it again with guard.save(...)',
    ),
    "a newer schema": (
        WRITTEN.replace('"shapeguard": 1', '"shapeguard": 2'),
        (
            ":2: schema 2 is newer than this ShapeGuard reads (1); upgrade keras-shapeguard or create it again with"
            " guard.save(...)"
        ),
    ),
    "the same name twice": (
        WRITTEN.replace('"layer": "encoder/dense@2"', '"layer": "head"'),
        ":10: layer 'head' is already on line 8; delete one of the two",
    ),
    "a field twice": (
        WRITTEN.replace('"output": "B n"', '"output": "B n", "output": "B 3"'),
        ':4: "output" appears twice for one layer; delete one of the two',
    ),
    "a field that is none": (
        WRITTEN.replace('"params": 320', '"parameters": 320'),
        ":5: layer 'conv2d': \"parameters\" is not one of layer, output, params, type, weights",
    ),
    "a number that is none": (
        WRITTEN.replace("320", '"many"'),
        ":5: layer 'conv2d': params 'many' is not a number of parameters",
    ),
    "a layer with nothing": (
        WRITTEN.replace(', "output": "B n"', ""),
        ":10: layer 'head' has neither output, weights nor params",
    ),
    "a call that is none": (
        WRITTEN.replace("dense@2", "dense@x"),
        ":8: layer 'encoder/dense@x': after @, write the number of a call, counted from 1",
    ),
    "nested without end": (
        "[" * 100_000,
        ":1: this is not a contract (RecursionError); create it again with guard.save(...)",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_file_that_is_no_contract_is_refused_by_file_line_and_remedy(case, tmp_path):
    text, message = REFUSED[case]
    path = tmp_path / "shapes.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ExpectationError) as caught:
        read(path)
    assert str(caught.value) == f"[SG502] {path}{message}"


def test_a_misspelt_shape_is_shown_with_file_line_and_layer(tmp_path):
    path = tmp_path / "shapes.json"
    path.write_text(WRITTEN.replace('"B n"', '"26x26"'), encoding="utf-8")
    with pytest.raises(ExpectationError) as caught:
        read(path)
    assert str(caught.value).startswith(f"[SG502] {path}:10: layer 'head': [SG503]")


def test_a_missing_file_and_a_picture_are_refused(tmp_path):
    with pytest.raises(ExpectationError) as caught:
        read(tmp_path / "none.json")
    missing = str(tmp_path / "none.json")
    assert str(caught.value) == (
        f"[SG502] contract {missing!r} does not exist; create it with guard.check(model) and guard.save({missing!r})"
    )
    (tmp_path / "p.json").write_bytes(b"\x89PNG\xff")
    with pytest.raises(ExpectationError) as caught:
        read(tmp_path / "p.json")
    assert str(caught.value) == (
        f"[SG502] {tmp_path / 'p.json'}:1: this is not a UTF-8 text file; create it again with guard.save(...)"
    )


def test_a_write_makes_the_folder_that_is_not_there(tmp_path):
    write(tmp_path / "shapes" / "net.json", [Entry("conv2d", "Conv2D", output=parse("B 26 26 32"))])
    assert [e.target for e in read(tmp_path / "shapes" / "net.json")] == ["conv2d"]


def test_a_write_that_fails_leaves_the_old_file_whole(tmp_path):
    path = tmp_path / "shapes.json"
    write(path, ENTRIES)

    def broken():
        yield ENTRIES[0]
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write(path, broken())
    assert path.read_text() == WRITTEN
    assert [found.name for found in tmp_path.iterdir()] == ["shapes.json"]
