"""The pytest plugin, in runs of its own."""

import re
from pathlib import Path

import pytest

ESCAPE = re.compile(r"\x1b\[[\d;]*m")

MODEL = """
import keras
from pathlib import Path

import pytest
from keras import layers

@pytest.fixture
def model():
    keras.utils.clear_session()
    return keras.Sequential([keras.Input((28, 28, 1)), layers.Conv2D(32, 3, name="conv"), layers.Flatten(name="flat")])
"""


@pytest.fixture(scope="module")
def _warm():
    """All that a run imports: pytester forgets the modules of each run, and TensorFlow loads only once."""
    import keras

    from shapeguard import ShapeMismatchError, check

    model = keras.Sequential([keras.Input((28, 28, 1)), keras.layers.Conv2D(32, 3, 3, name="conv")])
    report = check(model, {"conv": "B 28 28 32"})
    assert str(ShapeMismatchError(report.message()))
    model(keras.ops.zeros((2, 28, 28, 1)))


@pytest.fixture
def project(pytester, _warm, monkeypatch):
    """A project whose tests find `model` as a fixture; its runs are in this process, to import Keras once."""
    for variable in ("CI", "BUILD_NUMBER"):  # where they are set, pytest repeats whole messages in its summary
        monkeypatch.delenv(variable, raising=False)
    pytester.makeconftest(MODEL)
    return pytester


def run(project, *arguments):
    return project.runpytest_inprocess("-p", "no:cacheprovider", *arguments)


def test_shapes_that_are_as_expected_pass(project):
    project.makepyfile(
        """
        def test_all_of_it(model, assert_shapes):
            assert_shapes(model, {"conv": "B 26 26 32"})
            assert_shapes(model, "B 21632")
        """
    )
    run(project).assert_outcomes(passed=1)


def test_a_mismatch_fails_with_the_message(project):
    project.makepyfile(
        """
        def test_conv(model, assert_shapes):
            assert_shapes(model, {"conv": "B 28 28 32"})
        """
    )
    outcome = run(project)
    outcome.assert_outcomes(failed=1)
    outcome.stdout.fnmatch_lines(["E * [[]SG101[]] layer 'conv' (Conv2D): expected (B, 28, 28, 32), got *"])


def test_a_new_contract_is_written_and_fails_the_run_then_holds(project):
    project.makepyfile(
        """
        def test_contract(model, assert_shapes):
            assert_shapes(model, "shapes.json")
        """
    )
    first = run(project)
    first.assert_outcomes(failed=1)
    first.stdout.fnmatch_lines(
        [
            "*created shapes.json: review and commit it (--shapeguard-update skips this failure)",
            "shapeguard: wrote *shapes.json",
        ]
    )
    run(project).assert_outcomes(passed=1)


def test_the_switch_writes_a_contract_and_passes(project):
    project.makepyfile(
        """
        def test_contract(model, assert_shapes):
            assert_shapes(model, "shapes.json")
        """
    )
    run(project, "--shapeguard-update").assert_outcomes(passed=1)
    assert "conv" in (project.path / "shapes.json").read_text()


def test_a_changed_model_breaks_its_contract_and_the_switch_renews_it(project):
    project.makepyfile(
        """
        from pathlib import Path

        import keras
        from keras import layers

        def test_contract(assert_shapes):
            size = int(Path("size.txt").read_text())
            model = keras.Sequential([keras.Input((28, 28, 1)), layers.Conv2D(size, 3, name="conv")])
            assert_shapes(model, "shapes.json")
        """
    )
    size = project.path / "size.txt"
    size.write_text("32")
    run(project, "--shapeguard-update").assert_outcomes(passed=1)
    size.write_text("16")
    run(project).assert_outcomes(failed=1)
    run(project, "--shapeguard-update").assert_outcomes(passed=1)
    run(project).assert_outcomes(passed=1)


def test_the_fixture_watches_what_the_test_builds_and_calls(project):
    project.makepyfile(
        """
        import keras
        import pytest
        from shapeguard import ShapeMismatchError

        def test_called(shape_guard):
            model = keras.Sequential([keras.Input((8,)), keras.layers.Dense(4, name="dense")])
            shape_guard.expect(model.get_layer("dense"), "B 5")
            with pytest.raises(ShapeMismatchError):
                model(keras.ops.zeros((2, 8)))
        """
    )
    run(project).assert_outcomes(passed=1)


def test_the_fixture_explains_what_keras_refuses_and_passes_on_any_other_error(project):
    project.makepyfile(
        """
        import keras

        def test_refused(shape_guard):
            keras.layers.Conv2D(2, 3)(keras.layers.Flatten()(keras.Input((8, 8, 1))))

        def test_other(shape_guard):
            raise ValueError("no data")
        """
    )
    result = run(project)
    result.assert_outcomes(failed=2)
    result.stdout.fnmatch_lines(["E *ShapeMismatchError: [[]SG601[]] layer 'conv2d*", "E *ValueError: no data"])
    result.stdout.no_fnmatch_line("*During handling of the above*")


def test_one_spec_for_a_model_with_two_outputs_says_what_to_do(project):
    project.makepyfile(
        """
        import keras
        import pytest
        from shapeguard import ExpectationError

        def test_two(assert_shapes):
            x = keras.Input((8,))
            model = keras.Model(x, [keras.layers.Dense(1)(x), keras.layers.Dense(2)(x)])
            with pytest.raises(ExpectationError, match="name the layers"):
                assert_shapes(model, "B 1")
        """
    )
    run(project).assert_outcomes(passed=1)


def test_the_example_of_the_page_on_ci_writes_a_contract_and_fails_then_passes(project):
    from helpers import literate

    page = Path(__file__).parents[1] / "docs" / "how-to" / "ci.md"
    (example,) = [block.code for block in literate.blocks(page.read_text(encoding="utf-8")) if block.kind == "python"]
    model = """
import keras


def build_model():
    keras.utils.clear_session()
    return keras.Sequential([keras.Input((8,)), keras.layers.Dense(4)])


"""
    project.makepyfile(test_model=model + example)
    run(project).assert_outcomes(failed=1)
    run(project).assert_outcomes(passed=1)


def test_the_message_of_a_mismatch_is_coloured_on_the_screen_and_plain_in_a_file(project):
    project.makepyfile(
        """
        from shapeguard import check

        def test_conv(model, assert_shapes):
            assert_shapes(model, {"conv": "B 28 28 32"})
        """
    )
    plain = run(project).stdout.str()
    screen = run(project, "--color=yes", "--junitxml=junit.xml").stdout.str()
    assert "\x1b[1;31m[SG101]\x1b[0m\x1b[1m layer 'conv' (Conv2D): expected (B, 28, 28, 32)" in screen
    shown = ESCAPE.sub("", screen)
    assert "with padding 'valid':  floor((28 - 3) / 1) + 1 = 26" in shown
    assert shown.count("more: shapeguard explain SG101") == plain.count("more: shapeguard explain SG101") == 1
    junit = (project.path / "junit.xml").read_text(encoding="utf-8")
    assert "[SG101]" in junit
    assert "#x1b" not in junit.lower()


def test_a_screen_without_colours_shows_what_pytest_shows(project):
    project.makepyfile(
        """
        def test_conv(model, assert_shapes):
            assert_shapes(model, {"conv": "B 28 28 32"})
        """
    )
    text = run(project, "--color=no").stdout.str()
    assert "\x1b" not in text
    assert re.search(r"^E +shapeguard\.report\.ShapeMismatchError: \[SG101\] layer 'conv'", text, re.MULTILINE)
