"""Inside `with guard` every forward pass is checked: own loops, `*_on_batch`, and training without a callback."""

import numpy as np
import pytest
from helpers.guarding import (
    EXPECTED,
    FREE_MISMATCH,
    MISMATCH,
    Subclassed,
    classifier,
    compiled_for_labels,
    fitted,
    guard,
    images,
    outcome,
    untouched,
)

from shapeguard import ShapeGuard, ShapeMismatchError
from shapeguard.guard.verdicts import Verdicts

X, Y = images(16)
USES = {
    "model(x)": (FREE_MISMATCH, lambda model: model(X)),
    "model(x, training=True)": (MISMATCH, lambda model: model(X, training=True)),
    "train_on_batch": (MISMATCH, lambda model: model.train_on_batch(X, Y)),
    "test_on_batch": (FREE_MISMATCH, lambda model: model.test_on_batch(X, Y)),
    "predict_on_batch": (FREE_MISMATCH, lambda model: model.predict_on_batch(X)),
    "fit": (MISMATCH, lambda model: model.fit(X, Y, 16, 1, 0)),
    "evaluate": (FREE_MISMATCH, lambda model: model.evaluate(X, Y, 16, 0)),
    "predict": (FREE_MISMATCH, lambda model: model.predict(X, 16, 0)),
}


def inside(model, use, **options):
    with guard(**options) as watching:
        use(model)
    return watching


@pytest.mark.parametrize("use", USES)
def test_a_pass_is_checked(use):
    expected, call = USES[use]
    model = classifier(2)
    assert outcome(lambda: inside(model, call)) == (expected, [])
    assert untouched(model)


@pytest.mark.parametrize("use", USES)
def test_a_right_pass_says_nothing_and_leaves_a_report(use):
    watching = inside(classifier(), USES[use][1])
    assert {row.layer: row.status for row in watching.report.rows}["conv"] == "ok"


@pytest.mark.parametrize("phase", ["train", "test"])
def test_a_batch_of_a_phase_not_asked_for_is_not_checked(phase):
    with guard(phases=("predict",)) as watching:
        classifier(2).train_on_batch(X, Y) if phase == "train" else classifier(2).test_on_batch(X, Y)
    assert watching.report.rows == ()


def test_a_custom_loop_is_checked_before_its_gradients_are_used():
    tf = pytest.importorskip("tensorflow")
    model = classifier(2)
    before = [np.array(weight) for weight in model.get_weights()]

    def loop(model):
        for _ in range(2):
            with tf.GradientTape() as tape:
                loss = tf.reduce_mean(model(X, training=True))
            model.optimizer.apply(tape.gradient(loss, model.trainable_variables), model.trainable_variables)

    assert outcome(lambda: inside(model, loop)) == (MISMATCH, [])
    assert all(np.array_equal(a, b) for a, b in zip(before, model.get_weights(), strict=True))
    assert outcome(lambda: inside(model, loop, on_mismatch="warn")) == (None, [MISMATCH])


def test_a_verdict_inside_the_users_own_traced_function_keeps_its_type_and_report():
    tf = pytest.importorskip("tensorflow")
    model = classifier(2)
    step = tf.function(lambda x: model(x, training=True))
    with pytest.raises(ShapeMismatchError) as caught:
        inside(model, lambda _: step(tf.constant(X)))
    assert str(caught.value).partition("\n")[0] == MISMATCH
    assert caught.value.report.diagnoses[0].causes[0].edits[0].argument == "strides"


def test_a_verdict_that_the_user_has_caught_does_not_come_back():
    mine = KeyError("mine")

    def use(model):
        with pytest.raises(ShapeMismatchError):
            model(X)
        raise mine

    with pytest.raises(KeyError) as caught:
        inside(classifier(2), use)
    assert caught.value is mine


def test_a_call_on_fewer_images_to_build_a_model_is_no_mismatch():
    with guard():
        model = compiled_for_labels(Subclassed())
        model(X[:1])
        model(X[:3], training=False)
    assert outcome(lambda: fitted(model, guard())) == (None, [])


def test_a_pass_of_known_shapes_is_looked_at_once(monkeypatch):
    model = classifier()
    with guard():
        model(X)
        seen = []
        monkeypatch.setattr(Verdicts, "check", lambda *given, **_: seen.append(given))
        model(X)
    assert seen == []


def test_what_keras_refuses_inside_the_block_is_explained():
    wrong, labels = images(16, 9)
    for use in (
        lambda model: model(wrong),
        lambda model: model.train_on_batch(wrong, labels),
        lambda model: model.fit(wrong, labels, verbose=0, batch_size=16),
    ):
        with pytest.raises(ShapeMismatchError, match=r"^\[SG(301|601)\]") as caught:
            inside(classifier(), use)
        assert isinstance(caught.value.__cause__, ValueError)


def test_the_guard_of_the_callbacks_rules_its_fit_inside_the_block_of_another():
    model = classifier(2)
    with ShapeGuard(EXPECTED) as around:
        assert outcome(lambda: fitted(model, guard(on_mismatch="record"), data=(X, Y))) == (None, [])
        assert outcome(lambda: fitted(model, around, data=(X, Y))) == (MISMATCH, [])


def test_wrong_arguments_of_fit_are_keras_own_affair():
    with pytest.raises(TypeError, match="bogus"), guard():
        classifier().fit(X, Y, bogus=1)
