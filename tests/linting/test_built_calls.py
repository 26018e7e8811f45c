"""The Keras 1 rule for calls that were made."""

import pytest

from shapeguard.linting.built_calls import keras1_size_built, keras1_sizes_built
from shapeguard.records.expectations import Expectation
from shapeguard.records.source import Argument, Construction, Span
from shapeguard.spec import parse


def construction(*values, layer="conv2d_3", layer_type="Conv2D", **more):
    names = ("filters", "kernel_size", "strides")
    arguments = tuple(Argument(names[place], value, place) for place, value in enumerate(values))
    return Construction(layer, layer_type, arguments, written_name=layer_type, **more)


def test_a_call_that_was_made_is_judged_by_its_values():
    diagnosis = keras1_size_built(construction(32, 5, 5))
    assert diagnosis.headline == (
        "suspicious call Conv2D(..., 5, 5): the 3rd positional argument is strides=5, not the kernel's width"
    )
    assert (diagnosis.code, diagnosis.layer) == ("SG701", "conv2d_3")
    for fine in (construction(32, 3), construction(32, 3, 1), construction(32, 1, 1), construction(32, 4, 4)):
        assert keras1_size_built(fine) is None
    assert keras1_size_built(construction(32, 3, 3, indirect=True)) is None


def test_a_call_that_was_made_is_silenced_by_a_comment_on_its_line(tmp_path):
    file = tmp_path / "x.py"
    file.write_text("Conv2D(32, k, k)\nConv2D(32, k, k)  # shapeguard: ignore[SG701]\n", encoding="utf-8")
    found = [
        keras1_size_built(construction(32, 3, 3, call=Span(str(file), line, 0, line, 16))) is not None
        for line in (1, 2)
    ]
    assert found == [True, False]


def expected(spec, quantity="output"):
    return (Expectation("layer", parse(spec), quantity),)


def layers(*expectations):
    """Two suspicious convolutions, a Flatten and a Dense, with what is expected of each."""
    kinds = ("Conv2D", "Conv2D", "Flatten", "Dense")
    made = [construction(32, 3, 3, layer=f"{kind}_{n}", layer_type=kind) for n, kind in enumerate(kinds)]
    return list(zip(made, expectations, strict=True))


@pytest.mark.parametrize(
    ("expectations", "suspicious"),
    [
        (((), (), (), ()), ["Conv2D_0", "Conv2D_1"]),
        ((expected("B 26 26 32"), (), (), ()), ["Conv2D_1"]),
        (((), expected("B 8 8 32"), (), ()), []),
        (((), (), expected("B 2048"), ()), []),
        (((), (), (), expected("B 10")), ["Conv2D_0", "Conv2D_1"]),
        (((), (), (), expected("200 10")), ["Conv2D_0", "Conv2D_1"]),
        ((expected("B H W 32"), expected("... 32"), (), ()), ["Conv2D_0", "Conv2D_1"]),
        ((expected("3 3 1 32", "weights"), (), (), ()), ["Conv2D_0", "Conv2D_1"]),
    ],
)
def test_only_calls_that_no_expectation_of_a_grid_speaks_of_are_suspicious(expectations, suspicious):
    assert [found.layer for found in keras1_sizes_built(layers(*expectations))] == suspicious


def test_a_call_that_made_several_layers_is_told_once():
    call = Span("nowhere.py", 3, 4, 3, 20)
    made = [(construction(32, 3, 3, layer=f"conv2d_{n}", call=call), ()) for n in range(3)]
    assert [found.layer for found in keras1_sizes_built(made)] == ["conv2d_0"]
