"""One wrong argument in a small network: it is among the causes, and what is called verified holds when built anew."""

import random

import keras
import pytest
from helpers import crashes
from helpers.edited import changes_in, changes_of
from keras import layers

from shapeguard import ShapeGuard, ShapeMismatchError, check

INPUT = (33, 30, 3)
OTHER = {
    "filters": (4, 8, 16),
    "units": (5, 10, 20),
    "kernel_size": (1, 2, 3, 5),
    "strides": (1, 2, 3),
    "padding": ("valid", "same"),
    "pool_size": (2, 3),
    "dilation_rate": (1, 2),
    "depth_multiplier": (1, 2),
    "size": (2, 3),
    "cropping": (1, 2),
}


def drawn(rng):
    """[(class, arguments)] of a network that ends in a Dense."""
    kinds = {
        "Conv2D": ("filters", "kernel_size", "padding"),
        "SeparableConv2D": ("filters", "kernel_size", "strides", "padding"),
        "DepthwiseConv2D": ("kernel_size", "depth_multiplier"),
        "MaxPooling2D": ("pool_size", "padding"),
        "AveragePooling2D": ("pool_size", "strides"),
        "Conv2DTranspose": ("filters", "kernel_size", "strides", "padding"),
        "UpSampling2D": ("size",),
        "Cropping2D": ("cropping",),
    }
    body = [
        (kind, {a: rng.choice(OTHER[a]) for a in kinds[kind]})
        for kind in rng.choices(sorted(kinds), k=rng.randint(2, 4))
    ]
    head = rng.choice(["Flatten", "GlobalAveragePooling2D"])
    return [*body, (head, {}), ("Dense", {"units": rng.choice(OTHER["units"])})]


def built(recipe, shape=INPUT):
    """The model of a recipe, its layers called layer_0, layer_1 and so on; `None` where Keras refuses it."""
    model = keras.Sequential([keras.Input(shape, name="image")])
    try:
        for number, (kind, arguments) in enumerate(recipe):
            model.add(getattr(layers, kind)(**{"name": f"layer_{number}", **arguments}))
    except ValueError:
        return None
    return model


def shapes_of(model):
    return {layer.name: tuple(layer.output.shape) for layer in model.layers if layer.name.startswith("layer_")}


def with_one_fault(rng):
    """A correct recipe, the same with one argument changed, and (layer, argument); both can be built and differ."""
    while True:
        recipe = drawn(rng)
        number = rng.choice([i for i, (_, arguments) in enumerate(recipe) if arguments])
        kind, arguments = recipe[number]
        argument = rng.choice(sorted(arguments))
        value = rng.choice([v for v in OTHER[argument] if v != arguments[argument]])
        wrong = [*recipe[:number], (kind, {**arguments, argument: value}), *recipe[number + 1 :]]
        right_model, wrong_model = built(recipe), built(wrong)
        if right_model and wrong_model and shapes_of(right_model) != shapes_of(wrong_model):
            return recipe, wrong, (f"layer_{number}", argument)


def edited(recipe, cause):
    """The recipe and the input's shape with all edits of a cause made."""
    shape, changed, inserted, removed = INPUT, [(k, dict(a)) for k, a in recipe], {}, set()
    for edit in cause.edits:
        for name, changed_argument, value in changes_of(edit):
            number = int(name.rpartition("_")[2]) if name.startswith("layer_") else None
            match changed_argument:
                case "shape":
                    shape = value
                case "insert_before":
                    inserted[number] = edit.suggestion
                case "remove":
                    removed.add(number)
                case "replace":
                    changed[number] = expression(edit.suggestion, name)
                case argument:
                    changed[number][1][argument] = value
    steps = []
    for number, (kind, arguments) in enumerate(changed):
        if number in inserted:
            steps.append(expression(inserted[number], f"new_{number}"))
        if number not in removed:
            steps.append((kind, {"name": f"layer_{number}", **arguments}))
    return steps, shape


def expression(text, name):
    """`Flatten()` as a step of a recipe."""
    layer = eval(f"layers.{text}", {"layers": layers})  # noqa: S307  our own suggestion
    return type(layer).__name__, {**layer.get_config(), "name": name}


@pytest.mark.parametrize("seed", range(24))
@pytest.mark.parametrize("density", ["every layer", "output only"])
def test_the_changed_argument_is_blamed_and_every_verified_suggestion_holds(seed, density):
    right, wrong, blame = with_one_fault(random.Random(seed))  # noqa: S311  a sample, not a secret
    expected = shapes_of(built(right))
    if density == "output only":
        last = max(expected)
        expected = {last: expected[last]}
        if shapes_of(built(wrong))[last] == expected[last]:
            return  # the fault does not show at the output
    report = check(built(wrong), expected)
    (diagnosis, *others) = report.diagnoses
    assert not others
    blamed = [{(layer, argument) for layer, argument, _ in changes_in(cause)} for cause in diagnosis.causes]
    if density == "every layer":
        assert any(blame in each for each in blamed), (wrong, blame, blamed)
    for cause in diagnosis.causes:
        if cause.verified:
            model = built(*edited(wrong, cause))
            assert model is not None, cause
            assert {name: shape for name, shape in shapes_of(model).items() if name in expected} == expected, cause


def test_two_faults_are_two_diagnoses_and_what_follows_from_them_is_none():
    model = built(
        [
            ("Conv2D", {"filters": 8, "kernel_size": 3, "strides": 2, "padding": "same"}),
            ("MaxPooling2D", {"pool_size": 2, "padding": "same"}),
            ("Conv2D", {"filters": 9, "kernel_size": 3, "padding": "same"}),
            ("GlobalAveragePooling2D", {}),
        ],
        shape=(32, 32, 3),
    )
    report = check(model, {"layer_0": "B 32 32 8", "layer_1": "B 16 16 8", "layer_2": "B 16 16 16", "layer_3": "B 16"})
    told = [(d.layer, d.causes[0].argument, d.causes[0].suggestion, d.consequences) for d in report.diagnoses]
    assert told == [
        ("layer_0", "strides", (1, 1), ("layer_1",)),
        ("layer_2", "filters", 16, ("layer_3",)),
    ]


def test_what_a_custom_layer_hides_is_not_called_verified():
    class Halved(layers.Layer):
        def call(self, x):
            return keras.ops.convert_to_tensor(x[:, ::2])

    image = keras.Input((16, 4))
    model = keras.Model(image, Halved(name="halved")(layers.Conv1D(8, 3, name="conv")(image)))
    report = check(model, {"halved": "B 8 8"})
    (diagnosis,) = report.diagnoses
    assert {cause.argument for cause in diagnosis.causes} >= {"padding"}
    rebuilt = Halved()(layers.Conv1D(8, 3, padding="same")(keras.Input((16, 4))))
    assert tuple(rebuilt.shape) == (None, 8, 8)


def test_the_diagnosis_names_the_same_causes_each_time():
    recipe = [("Conv2D", {"filters": 8, "kernel_size": 3}), ("MaxPooling2D", {"pool_size": 3}), ("Flatten", {})]
    reports = [check(built(recipe), {"layer_2": "B 1800"}).to_dict() for _ in range(2)]
    assert reports[0] == reports[1]


def test_a_symbol_with_two_sizes_blames_no_argument_where_the_data_is_known():
    import numpy as np

    tokens, mask = keras.Input((30, 4), name="tokens"), keras.Input((28,), name="mask")
    model = keras.Model([tokens, mask], [layers.Dense(4)(tokens), layers.Dense(28)(mask)])
    model.compile("sgd", "mse")
    guard = ShapeGuard({"tokens": "B T 4", "mask": "B T"}, on_mismatch="record")
    x = [np.zeros((2, 30, 4), "float32"), np.zeros((2, 28), "float32")]
    model.fit(x, x, verbose=0, callbacks=[guard])
    (diagnosis,) = guard.report.diagnoses
    assert (diagnosis.code, [cause.kind for cause in diagnosis.causes]) == ("SG401", ["symbol"])
    assert diagnosis.causes[0].edits == ()


def test_an_abstention_says_what_was_looked_at_and_where_the_shape_comes_from():
    model = keras.Sequential([keras.Input((8, 4)), layers.LSTM(6, name="last")])
    (diagnosis,) = check(model, {"last": "B 3 5 7 9"}).diagnoses
    assert (diagnosis.code, diagnosis.causes) == ("SG190", ())
    assert diagnosis.tried == (
        "looked at the arguments of the layers on the way, added, removed and replaced layers and two changes at once; "
        "nothing gives every shape that is needed. The shape gets 2 axes in 'last'"
    )


def test_where_a_call_is_refused_the_layer_is_named_in_which_its_tensors_get_their_axes():
    with pytest.raises(ShapeMismatchError) as caught, ShapeGuard():
        crashes.two_readers()
    (diagnosis,) = caught.value.report.diagnoses
    assert (diagnosis.code, diagnosis.causes) == ("SG190", ())
    assert diagnosis.tried.endswith("; nothing gives every shape that is needed. The shape gets 2 axes in 'lstm'")


def test_strides_that_were_not_written_follow_a_pooling_inside_a_wrapper_too():
    def build(size):
        return keras.Sequential(
            [
                keras.Input((4, 32, 32, 3)),
                layers.TimeDistributed(layers.MaxPooling2D(size, name="pool"), name="pools"),
                layers.TimeDistributed(layers.Flatten(), name="flat"),
            ]
        )

    for wanted in (3, 4, 5):
        with ShapeGuard():
            model = build(2)
        expected = {"pools": ("B", *build(wanted).layers[0].output.shape[1:])}
        report = check(model, expected)
        verified = [c.edits[0] for d in report.diagnoses for c in d.causes if c.verified and len(c.edits) == 1]
        sizes = [value for edit in verified for _, argument, value in changes_of(edit) if argument == "pool_size"]
        assert sizes
        for size in sizes:
            assert tuple(build(size).layers[0].output.shape[1:]) == expected["pools"][1:]
