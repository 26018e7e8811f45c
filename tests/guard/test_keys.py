"""The keys of a mapping: which layers they mean, and what is said of one that means none."""

import gc
from typing import Annotated, Any

import keras
import numpy as np
import pytest
from helpers.guarding import MISMATCH, classifier, fitted, images, layers, outcome, regression

from shapeguard import ExpectationError, ShapeGuard, SpecError

SIX = (np.zeros((8, 4)), np.zeros((8, 4)))


def shared():
    image = keras.Input((4,))
    dense = layers.Dense(4, name="dense")
    return regression(image, dense(dense(image)))


def nested(inner="first", outer="second"):
    image = keras.Input((4,))
    encoder = keras.Sequential([keras.Input((4,)), layers.Dense(3, name=inner)], name="encoder")
    return regression(image, layers.Dense(2, name=outer)(encoder(image)))


def twins():
    image = keras.Input((4,))
    one, two = (keras.Sequential([keras.Input((4,)), layers.Dense(4, name="dense")], name=name) for name in "ab")
    return regression(image, two(one(image)))


def judged(model, expected):
    """The first line of what is wrong; None where all is well."""
    report = ShapeGuard(expected).check(model)
    return None if report.ok else report.message().partition("\n")[0]


@pytest.mark.parametrize("mode", ["raise", "warn", "record"])
@pytest.mark.parametrize("deferred", [False, True])
def test_a_key_that_no_layer_bears_is_an_error_with_near_names_whatever_the_mode(mode, deferred):
    wrong = ShapeGuard({"cnov": (None, 6, 6, 2)}, on_mismatch=mode)
    assert outcome(lambda: fitted(classifier(deferred=deferred), wrong)) == (
        "[SG502] the model has no layer 'cnov'; it has 'conv'",
        [],
    )


def test_where_no_name_is_near_some_names_are_listed():
    with pytest.raises(ExpectationError) as caught:
        ShapeGuard({"zzzzzz": (None, 3)}).check(classifier())
    assert str(caught.value) == (
        "[SG502] the model has no layer 'zzzzzz'; it has 'input_layer', 'conv', 'flat', 'dense'"
    )


def test_a_wrong_key_is_kept_back_where_a_mismatch_is_found():
    both = ShapeGuard({"cnov": (None, 6, 6, 2), "conv": (16, 6, 6, 2)})
    assert outcome(lambda: fitted(classifier(2), both)) == (MISMATCH, [])


def test_a_key_of_another_model_built_in_the_same_block_is_no_mistake():
    with ShapeGuard({"conv": (None, 6, 6, 2), "other": ("B", 5)}) as guard:
        first, second = classifier(), keras.Sequential([keras.Input((4,)), layers.Dense(5, name="other")])
        assert guard.check(first).ok
    assert guard.check(second).ok


def dense_called(name):
    network = keras.Sequential([keras.Input((4,)), layers.Dense(4, name=name)])
    network.compile("sgd", "mse")
    return network


def of_another(name):
    there = "another model has such a layer, and it is checked there"
    return f"ShapeGuard: this model has no layer {name!r}; {there}"


def test_a_key_of_another_living_model_is_told_once_and_compared_there():
    guard = ShapeGuard({"one": ("B", 4), "two": ("B", 5)})
    one, two = dense_called("one"), dense_called("two")
    assert outcome(lambda: one.fit(*SIX, verbose=0, callbacks=[guard])) == (None, [of_another("two")])
    assert outcome(lambda: one.fit(*SIX, verbose=0, callbacks=[guard])) == (None, [])
    first_line, warned = outcome(lambda: two.fit(*SIX, verbose=0, callbacks=[guard]))
    assert (first_line, warned) == ("[SG501] layer 'two' (Dense): expected (B, 5), got (8, 4)", [])


def test_a_key_that_no_living_model_has_stays_an_error():
    one, two = dense_called("one"), dense_called("two")
    guard = ShapeGuard({"one": ("B", 4), "two": ("B", 4), "tow": ("B", 4)})
    assert outcome(lambda network=two: network.fit(*SIX, verbose=0, callbacks=[guard])) == (
        "[SG502] the model has no layer 'tow'; it has 'two'",
        [of_another("one")],
    )
    del two
    assert outcome(lambda: one.fit(*SIX, verbose=0, callbacks=[ShapeGuard({"two": ("B", 4)})])) == (
        "[SG502] the model has no layer 'two'; it has 'input_layer', 'one'",
        [],
    )


def test_a_key_of_a_layer_that_was_taken_out_of_the_model_is_an_error():
    network = keras.Sequential([keras.Input((4,)), layers.Dense(4, name="one"), layers.Dense(4, name="two")])
    network.pop()
    network.compile("sgd", "mse")
    with pytest.raises(ExpectationError, match="the model has no layer 'two'"):
        network.fit(*SIX, verbose=0, callbacks=[ShapeGuard({"two": ("B", 4)})])


def with_another_head(model, way):
    if way == "popped":
        model.pop()
        model.add(layers.Dense(2, name="new"))
        headed = model
    elif way == "cut":
        headed = keras.Model(model.inputs, layers.Dense(2, name="new")(model.layers[-2].output))
    else:
        headed = keras.Sequential([keras.Input((4,)), *model.layers[:-1], layers.Dense(2, name="new")])
    headed.compile("sgd", "mse")
    return headed


@pytest.mark.parametrize("fresh", [False, True])
@pytest.mark.parametrize("way", ["popped", "cut", "listed"])
def test_a_key_that_matched_before_a_new_head_was_put_on_is_no_error_of_the_new_model(way, fresh):
    expected = {"body": ("B", 3), "old": ("B", 4)}
    model = keras.Sequential([keras.Input((4,)), layers.Dense(3, name="body"), layers.Dense(4, name="old")])
    model.compile("sgd", "mse")
    guard = ShapeGuard(expected)
    assert outcome(lambda: model.fit(*SIX, verbose=0, callbacks=[guard])) == (None, [])
    headed, two = with_another_head(model, way), np.zeros((8, 2))
    second = ShapeGuard(expected) if fresh else guard
    assert outcome(lambda: headed.fit(SIX[0], two, verbose=0, callbacks=[second]))[0] is None
    never = ShapeGuard({**expected, "odl": ("B", 4)})
    assert "[SG502]" in outcome(lambda: headed.fit(SIX[0], two, verbose=0, callbacks=[never]))[0]
    wrong = ShapeGuard({**expected, "new": ("B", 3)})
    assert "layer 'new' (Dense)" in outcome(lambda: headed.fit(SIX[0], two, verbose=0, callbacks=[wrong]))[0]


def test_the_automatic_name_of_a_head_left_behind_is_not_counted_to_the_new_one():
    keras.utils.clear_session()
    image = keras.Input((4,))
    body = layers.Dense(3)(image)
    guard = ShapeGuard({"dense": ("B", 3), "dense_1": ("B", 4)})
    regression(image, layers.Dense(4)(body)).fit(*SIX, verbose=0, callbacks=[guard])
    headed = regression(image, layers.Dense(2)(body))
    gc.collect()  # the model before has gone, its layers are in the new one
    assert outcome(lambda: headed.fit(SIX[0], np.zeros((8, 2)), verbose=0, callbacks=[guard])) == (None, [])
    again = keras.Sequential([keras.Input((4,)), layers.Dense(3), layers.Dense(5)])  # the cell is run once more
    again.compile("sgd", "mse")
    assert "[SG501]" in outcome(lambda: again.fit(SIX[0], np.zeros((8, 5)), verbose=0, callbacks=[guard]))[0]


def test_a_key_is_an_error_in_a_check_whatever_other_models_have():
    one, two = dense_called("one"), dense_called("two")
    with pytest.raises(ExpectationError, match="the model has no layer 'two'"):
        ShapeGuard({"two": ("B", 4)}).check(one)
    assert ShapeGuard({"two": ("B", 4)}).check(two).ok


def test_a_layer_that_the_model_has_but_never_calls_is_no_other_models():
    class Half(keras.Model):
        def __init__(self):
            super().__init__()
            self.used, self.idle = layers.Dense(4, name="used"), layers.Dense(4, name="idle")

        def call(self, x):
            return self.used(x)

    network = Half()
    network.compile("sgd", "mse")
    assert "[SG502]" in outcome(lambda: network.fit(*SIX, verbose=0, callbacks=[ShapeGuard({"idle": ("B", 4)})]))[0]


def test_a_builder_that_has_not_run_yet_may_make_the_layer():
    guard = ShapeGuard({"one": ("B", 4), "two": ("B", 4)})

    @guard
    def first():
        return dense_called("one")

    @guard
    def second():
        return dense_called("two")

    told = (
        "ShapeGuard: this model has no layer 'two'; "
        "test_a_builder_that_has_not_run_yet_may_make_the_layer.<locals>.second(), which has not run yet, may create it"
    )
    assert outcome(lambda: first().fit(*SIX, verbose=0, callbacks=[guard])) == (None, [told])
    assert outcome(lambda: second().fit(*SIX, verbose=0, callbacks=[guard])) == (None, [])


def test_one_guard_serves_two_models_that_share_their_names():
    guard = ShapeGuard({"conv": (None, 6, 6, 2)})
    fitted(classifier(), guard)
    assert outcome(lambda: fitted(classifier(2), guard, data=images(16)))[0] == (
        "[SG101] layer 'conv' (Conv2D): expected (None, 6, 6, 2), got (16, 3, 3, 2)"
    )


def test_a_shared_layer_is_meant_in_all_calls_or_in_one_of_them():
    assert judged(shared(), {"dense": ("B", 4)}) is None
    assert judged(shared(), {"dense@1": ("B", 4), "dense@2": ("B", 4)}) is None
    assert judged(shared(), {"dense@2": ("B", 5)}) == "[SG190] layer 'dense' (Dense): expected (B, 5), got (None, 4)"
    with pytest.raises(ExpectationError) as caught:
        judged(shared(), {"dense@3": ("B", 4)})
    assert str(caught.value) == "[SG502] the model has no layer 'dense@3'; it has 'dense'"


def test_a_path_means_the_layer_inside_the_inner_model():
    assert judged(nested(), {"encoder/first": ("B", 3), "second": ("B", 2), "encoder": ("B", 3)}) is None
    assert judged(nested(), {"encoder/first": ("B", 4)}) == (
        "[SG101] layer 'first' (Dense): expected (B, 4), got (None, 3)"
    )


def test_a_bare_name_means_the_outer_layer_where_an_inner_one_bears_it_too():
    assert judged(nested("dense", "dense"), {"dense": ("B", 2)}) is None


def test_a_bare_name_of_two_inner_layers_asks_for_a_path():
    with pytest.raises(ExpectationError) as caught:
        judged(twins(), {"dense": ("B", 4)})
    assert str(caught.value) == "[SG502] 'dense' matches 2 layers: a/dense, b/dense; use one of these paths"


def test_a_glob_means_every_layer_that_it_matches():
    assert judged(twins(), {"**/dense": ("B", 4), "?": ("B", 4), "*/dense": (None, "C")}) is None
    assert judged(nested("dense", "dense"), {"**/dense": ("B", "C")}) is not None
    with pytest.raises(ExpectationError, match="the model has no layer 'z\\*'"):
        judged(twins(), {"z*": ("B", 4)})


def test_a_shape_that_does_not_parse_shows_its_place_and_a_hint_and_nothing_trains():
    with pytest.raises(SpecError) as caught:
        ShapeGuard({"conv": "B (6 6"})
    assert str(caught.value) == (
        "[SG503] for 'conv': \"B (6 6\": this bracket is never closed\n  B (6 6\n    ^\n  hint: close it with `)`"
    )


def misspelt():
    image = keras.Input((4,))
    x: Annotated[Any, "B 6 %"] = layers.Dense(3)(image)
    return x


def test_a_misspelt_annotation_raises_where_it_is_met_in_a_builder_and_in_a_block():
    def in_block():
        with ShapeGuard(on_mismatch="record"):
            misspelt()

    for build in (ShapeGuard(on_mismatch="record")(misspelt), in_block):
        with pytest.raises(SpecError) as caught:
            build()
        shown = '[SG503] "B 6 %": expected a size, got `%`\n  B 6 %\n      ^\n  hint: '
        assert str(caught.value).startswith(shown)


class Misspelt(keras.Model):
    def __init__(self):
        super().__init__()
        self.dense = layers.Dense(4)

    def call(self, x):
        x: Annotated[Any, "B 4 ("] = self.dense(x)
        return x


def test_a_misspelt_annotation_in_call_raises_in_fit_and_leaves_the_model_trainable():
    model = Misspelt()
    model.compile("sgd", "mse")
    with pytest.raises(SpecError, match="this bracket is never closed"):
        model.fit(*SIX, verbose=0, callbacks=[ShapeGuard()])
    model.fit(*SIX, verbose=0)


@pytest.mark.parametrize(
    ("expect", "message"),
    [
        ([3], ("[SG502] ShapeGuard(expect=[3]): pass a mapping from layer name, path or glob to a shape, such as "
               '{"conv2d": (None, 26, 26, 32)}, or the path of a contract file')),
        ({3: (3,)}, "[SG502] a key of a ShapeGuard mapping must be the name, path or glob of a layer, not 3"),
        ({"": (3,)}, "[SG502] a key of a ShapeGuard mapping must be the name, path or glob of a layer, not ''"),
    ],
)  # fmt: skip
def test_what_is_no_mapping_of_names_is_refused(expect, message):
    with pytest.raises(ExpectationError) as caught:
        ShapeGuard(expect)
    assert str(caught.value) == message


@pytest.mark.parametrize("name", ["\x1b[31mred", "a\nb", "a\rb", "a\u202eb", "a\u2028b"])
def test_what_does_not_print_in_a_name_is_escaped_in_errors_and_near_names(name):
    image = keras.Input((4,))
    model = regression(image, layers.Dense(3, name=name)(image))
    report = ShapeGuard({name: (None, 4)}).check(model)
    with pytest.raises(ExpectationError) as unknown:
        ShapeGuard({f"{name}x": (None, 3)}).check(model)
    with pytest.raises(SpecError) as unreadable:
        ShapeGuard({name: f"[{name}"})
    for text in (report.message(), str(unknown.value), str(unreadable.value)):
        assert all(line.isprintable() for line in text.split("\n"))
    assert repr(name)[1:-1] in report.message().partition("\n")[0]
    assert str(unknown.value).count(repr(name)[1:-1]) > 1, "the key, and the near name"
