"""Decorators, `with` blocks and copies of a guard: what is recorded, and what stays as it was."""

import copy
import functools
import pickle

import keras
import pytest
from helpers.guarding import EXPECTED, FREE_MISMATCH, MISMATCH, classifier, compiled_for_labels, fitted, layers, outcome

from shapeguard import ShapeGuard, ShapeMismatchError, expect
from shapeguard.errors import SpecError

SAID = "[SG101] layer 'conv' (Conv2D): expected (None, 6, 6, 2), got (16, 3, 3, 2)"


def commented():
    image = keras.Input((8, 8, 1))
    x = layers.Conv2D(2, 3, strides=2, name="conv")(image)  # (None, 6, 6, 2)
    return compiled_for_labels(keras.Model(image, layers.Dense(3)(layers.Flatten()(x))))


class Factory:
    @ShapeGuard()
    def method(self):
        image = keras.Input((8, 8, 1))
        x = layers.Conv2D(2, 3, strides=2, name="conv")(image)  # (None, 6, 6, 2)
        return compiled_for_labels(keras.Model(image, layers.Dense(3)(layers.Flatten()(x))))

    @classmethod
    @ShapeGuard()
    def made(cls):
        image = keras.Input((8, 8, 1))
        x = layers.Conv2D(2, 3, strides=2, name="conv")(image)  # (None, 6, 6, 2)
        return compiled_for_labels(keras.Model(image, layers.Dense(3)(layers.Flatten()(x))))


CACHED = functools.cache(ShapeGuard()(commented))
WATCHED_CACHE = ShapeGuard()(functools.cache(commented))


@pytest.mark.parametrize(
    "build", [ShapeGuard()(commented), lambda: Factory().method(), Factory.made, CACHED, WATCHED_CACHE]
)
def test_a_builder_of_any_kind_records_and_a_fresh_guard_in_fit_finds_it(build):
    model = build()
    assert outcome(lambda: fitted(model, ShapeGuard())) == (SAID, [])


def test_a_cached_builder_gives_the_same_model_again():
    assert CACHED() is CACHED()
    assert WATCHED_CACHE() is WATCHED_CACHE()
    assert CACHED.__wrapped__.__name__ == "commented"


def test_a_builder_may_return_anything_untouched():
    parts = (object(), {"a": 1}, None)
    assert ShapeGuard()(lambda: parts)() is parts

    @ShapeGuard()
    def tensors():
        image = keras.Input((8, 8, 1))
        x = layers.Conv2D(2, 3, strides=2, name="conv")(image)  # (None, 6, 6, 2)
        return image, x

    image, x = tensors()
    assert SAID.replace("16, 3", "None, 3") in ShapeGuard().check(keras.Model(image, x)).message()


def test_a_builder_that_is_a_generator_stays_one():
    @ShapeGuard()
    def models():
        yield classifier()

    assert next(models()).name.startswith("sequential")


@pytest.mark.parametrize("target", [commented, Factory])
def test_a_decorator_without_parentheses_says_what_to_write(target):
    with pytest.raises(TypeError) as caught:
        ShapeGuard(target)
    assert str(caught.value) == "ShapeGuard needs parentheses as a decorator: write `@ShapeGuard()` above the function"


def test_building_under_a_guard_raises_no_mismatch():
    with ShapeGuard(EXPECTED, on_mismatch="raise"):
        assert classifier(2).built


def test_the_innermost_block_records_and_any_guard_finds_it():
    with ShapeGuard() as outer, ShapeGuard():
        image = keras.Input((8, 8, 1))
        x = layers.Conv2D(2, 3, strides=2, name="conv")(image)  # (None, 6, 6, 2)
        model = keras.Model(image, x)
    assert not outer.check(model).ok


def refused():
    convolutions = [layers.Conv2D(2, 3, 3, name="conv"), layers.MaxPooling2D(2), layers.Conv2D(4, 3, name="next")]
    return keras.Sequential([keras.Input((8, 8, 1)), *convolutions])


REFUSAL = (
    "[SG601] layer 'next' (Conv2D) does not accept (None, 1, 1, 2): `kernel_size` 3 is larger than the 1 of axis 1"
)


def test_what_keras_refuses_to_build_is_explained_in_a_block_and_in_a_builder():
    def in_block():
        with ShapeGuard():
            refused()

    for build in (in_block, ShapeGuard()(refused)):
        with pytest.raises(ShapeMismatchError) as caught:
            build()
        assert str(caught.value).partition("\n")[0] == REFUSAL
        assert caught.value.__cause__ is not None
        assert [cause.edits[0].argument for cause in caught.value.report.diagnoses[0].causes][:1] == ["strides"]


@pytest.mark.parametrize("mode", ["warn", "record"])
def test_what_keras_refuses_passes_as_it_is_where_the_guard_does_not_raise(mode):
    with pytest.raises(ValueError, match=r"^Computed output size would be zero or negative") as caught:
        ShapeGuard(on_mismatch=mode)(refused)()
    assert type(caught.value) is ValueError


COPIES = {"deepcopy": copy.deepcopy, "copy": copy.copy, "pickle": lambda guard: pickle.loads(pickle.dumps(guard))}  # noqa: S301


@pytest.mark.parametrize("how", COPIES)
def test_a_copy_guards_before_and_after_its_original_was_used(how):
    guard = ShapeGuard({"conv": (None, 6, 6, 2)}, ignore=[layers.Flatten])
    for _ in range(2):
        assert outcome(lambda: fitted(classifier(2), COPIES[how](guard)))[0] == FREE_MISMATCH
        fitted(classifier(), guard)


def test_a_guard_is_copied_during_its_fit_without_its_model():
    guard = ShapeGuard(EXPECTED)

    class Copying(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            self.copies = [copy_of(guard) for copy_of in COPIES.values()]

    copying = Copying()
    fitted(classifier(), guard, copying)
    assert [made.model for made in copying.copies] == [None] * 3


def test_two_guards_in_one_fit_raise_one_error_and_warn_once():
    assert outcome(lambda: fitted(classifier(2), ShapeGuard(EXPECTED), ShapeGuard(EXPECTED)))[0] == MISMATCH
    warning = [ShapeGuard(EXPECTED, on_mismatch="warn") for _ in range(2)]
    assert outcome(lambda: fitted(classifier(2), *warning)) == (None, [MISMATCH])


def test_what_is_expected_of_a_layer_does_not_go_into_clones_or_files(tmp_path):
    dense = layers.Dense(3, name="dense")
    model = keras.Sequential([keras.Input((4,)), dense])
    expect(dense, ("B", 4))
    assert not ShapeGuard().check(model).ok
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    for other in (keras.models.clone_model(model), loaded, type(model).from_config(model.get_config())):
        assert {row.status for row in ShapeGuard().check(other).rows} == {"no expectation"}


def test_expect_refuses_a_misspelt_shape_at_once():
    with pytest.raises(SpecError):
        expect(layers.Dense(3), "B (")
