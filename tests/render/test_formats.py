"""`FORMATS`: what is put into it is a format everywhere, and what is not is one nowhere."""

import pytest

from shapeguard.cli.main import main
from shapeguard.errors import ExpectationError
from shapeguard.render.formats import FORMATS, Format
from shapeguard.report import Report


@pytest.fixture
def count(monkeypatch):
    """A format that someone adds from outside: the number of findings."""
    monkeypatch.setitem(FORMATS, "count", Format(".count", lambda report: f"{len(report.diagnoses)} findings\n"))


@pytest.mark.usefixtures("count")
def test_a_format_from_outside_is_written_by_a_report(tmp_path):
    Report().write(tmp_path / "shapes.count")
    assert (tmp_path / "shapes.count").read_text("utf-8") == "0 findings\n"


@pytest.mark.usefixtures("count")
def test_a_format_from_outside_is_written_by_a_guard(tmp_path, monkeypatch):
    import keras

    from shapeguard import ShapeGuard

    monkeypatch.chdir(tmp_path)
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2, name="dense")])
    model.compile("sgd", "mse")
    guard = ShapeGuard({"dense": (None, 2)}, to_file="shapes.count")
    model.fit(keras.ops.zeros((2, 4)), keras.ops.zeros((2, 2)), verbose=0, callbacks=[guard])
    assert (tmp_path / "shapes.count").read_text("utf-8") == "0 findings\n"


@pytest.mark.usefixtures("count")
def test_a_format_from_outside_is_printed_by_the_command_line(tmp_path, capsys):
    program = tmp_path / "model.py"
    program.write_text("from keras.layers import Conv2D\nConv2D(32, 3, 3)\n", "utf-8")
    assert main(["lint", "--format", "count", str(program)]) == 1
    assert capsys.readouterr().out == "1 findings\n"


def test_without_it_each_refuses_the_format(tmp_path, capsys):
    from shapeguard import ShapeGuard

    with pytest.raises(ValueError, match=r"got '.*shapes\.count'$"):
        Report().write(tmp_path / "shapes.count")
    with pytest.raises(ExpectationError, match=r"^\[SG502\] ShapeGuard\(to_file='shapes\.count'\): "):
        ShapeGuard(to_file="shapes.count")
    with pytest.raises(SystemExit):
        main(["lint", "--format", "count", str(tmp_path)])
    assert "invalid choice: 'count'" in capsys.readouterr().err
