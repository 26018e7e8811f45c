"""The six messages that the rendering aims at, each compared whole."""

from shapeguard.records.findings import Cause, Diagnosis, Edit
from shapeguard.render.text import message


def test_a_positional_stride_is_shown_in_the_call_with_both_derivations_and_the_corrected_call(
    mnist, positional_stride
):
    assert message(positional_stride, cwd=mnist.cwd) == (
        """\
[SG101] layer 'conv2d' (Conv2D): expected (200, 26, 26, 32), got (200, 9, 9, 32)
  axis 1: expected 26, got 9; axis 2: expected 26, got 9

  mnist.py:19
   19 | model.add(Convolution2D(32, 3, 3, activation='relu'))  # (200, 26, 26, 32)
      |                                ^ 3rd positional argument: strides=3

  cause: argument `strides=(3, 3)`, the 3rd positional argument of Convolution2D
    with strides 3:  floor((28 - 3) / 3) + 1 = 9
    with strides 1:  floor((28 - 3) / 1) + 1 = 26
    Conv2D takes (filters, kernel_size, strides, ...). The form (32, 3, 3), meaning a
    3x3 kernel, is Keras 1 syntax.
  fix (verified: 'conv2d' becomes (200, 26, 26, 32)): pass the kernel size as one tuple
      Convolution2D(32, (3, 3), activation='relu')

  expected shape declared at mnist.py:19, in the comment
  more: shapeguard explain SG101"""
    )


def test_several_causes_upstream_are_numbered_each_in_its_own_frame(program):
    resnet = program(
        "resnet.py",
        {
            14: 'x = layers.Conv2D(64, 7, strides=4, padding="same", name="stem")(x)',
            15: 'x = layers.MaxPooling2D(3, strides=2, padding="same", name="pool")(x)',
        },
    )
    stem = Edit("stem", "strides", 4, 2, explicit=True, span=resnet.span(14, "strides=4"))
    pool = Edit("pool", "strides", 2, 1, explicit=True, span=resnet.span(15, "strides=2"))
    diagnosis = Diagnosis(
        "SG103",
        "block1_conv",
        "Conv2D",
        ("B", 56, 56, 64),
        ("B", 28, 28, 64),
        (1, 2),
        causes=(
            Cause("argument", (stem,), proven_by="rebuilt"),
            Cause("argument", (pool,), proven_by="rebuilt"),
            Cause("data", (), proven_by="rebuilt", title="images of 448x448 instead of 224x224"),
            Cause("structure", (Edit("pool", "remove", None, None),), proven_by="rebuilt"),
        ),
        consequences=("block2_conv",),
        notes=("'block1_conv' itself only keeps or reduces the size of its input (28, 28); the cause is upstream.",),
        trail="size along axis 1:  image 224 -> stem 56 -> pool 28 -> block1_conv 28",
        advice="to tell them apart, annotate 'stem', for example  \"B 112 112 64\"",
    )
    assert message(diagnosis, cwd=resnet.cwd, annotated=2) == (
        """\
[SG103] layer 'block1_conv' (Conv2D): expected (B, 56, 56, 64), got (B, 28, 28, 64)
  axis 1: expected 56, got 28; axis 2: expected 56, got 28

  'block1_conv' itself only keeps or reduces the size of its input (28, 28); the cause
  is upstream.
  size along axis 1:  image 224 -> stem 56 -> pool 28 -> block1_conv 28
  possible causes; each alone makes both annotated layers match, most plausible first:

  1. layer 'stem': `strides=4` (keyword) -> 2
     resnet.py:14
      14 | x = layers.Conv2D(64, 7, strides=4, padding="same", name="stem")(x)
         |                          ^^^^^^^^^
  2. layer 'pool': `strides=2` (keyword) -> 1
     resnet.py:15
      15 | x = layers.MaxPooling2D(3, strides=2, padding="same", name="pool")(x)
         |                            ^^^^^^^^^
  also fits: images of 448x448 instead of 224x224; remove layer 'pool'
  to tell them apart, annotate 'stem', for example  "B 112 112 64"

  1 later expectation fails for the same reason: 'block2_conv'
  more: shapeguard explain SG103"""
    )


def test_a_missing_layer_is_shown_where_it_belongs_with_the_code_to_insert(program):
    classifier = program("classifier.py", {12: '    layers.Dense(128, activation="relu"),'})
    where = classifier.span(12, "layers.Dense")

    def insert(layer):
        return Edit("dense", "insert_before", None, layer, span=where, corrected=f"layers.{layer},")

    diagnosis = Diagnosis(
        "SG201",
        "dense_1",
        "Dense",
        ("B", 10),
        ("B", 13, 13, 10),
        causes=(
            Cause(
                "structure",
                (insert("Flatten()"),),
                "cause",
                proven_by="rebuilt",
                title="no Flatten (or global pooling) between 'max_pooling2d' and 'dense'",
                label="receives a rank-4 tensor (B, 13, 13, 32) from 'max_pooling2d'",
                explanation="Dense acts on the last axis only and keeps the others, so the 13x13 grid remains.",
                proof="'dense_1' becomes (B, 10)",
            ),
            Cause("structure", (insert("GlobalAveragePooling2D()"),), proven_by="rebuilt"),
        ),
    )
    assert message(diagnosis, cwd=classifier.cwd) == (
        """\
[SG201] layer 'dense_1' (Dense): expected rank 2 (B, 10), got rank 4 (B, 13, 13, 10)

  classifier.py:12
   12 |     layers.Dense(128, activation="relu"),
      |     ^^^^^^^^^^^^ receives a rank-4 tensor (B, 13, 13, 32) from 'max_pooling2d'

  cause: no Flatten (or global pooling) between 'max_pooling2d' and 'dense'
    Dense acts on the last axis only and keeps the others, so the 13x13 grid remains.
  fix (verified: 'dense_1' becomes (B, 10)): insert before line 12
      layers.Flatten(),
  also possible (verified): layers.GlobalAveragePooling2D() in the same place

  more: shapeguard explain SG201"""
    )


def test_what_keras_raised_is_traced_to_the_layer_above_in_one_frame(program):
    text = program("text.py", {21: "model.add(layers.LSTM(64))", 22: "model.add(layers.LSTM(32))"})
    edit = Edit(
        "lstm",
        "return_sequences",
        value=False,
        suggestion=True,
        layer_type="LSTM",
        span=text.span(21, "layers.LSTM(64)"),
        corrected="layers.LSTM(64, return_sequences=True)",
    )
    diagnosis = Diagnosis(
        "SG601",
        "lstm_1",
        "LSTM",
        causes=(
            Cause(
                "argument",
                (edit,),
                "cause",
                proven_by="rebuilt",
                label="returns only its last timestep: (B, 50, 8) -> (B, 64)",
                proof="the model builds and every annotated layer matches",
            ),
        ),
        original=(
            "ValueError: Input 0 with name 'None' of layer 'lstm_1' is incompatible with the layer: "
            "expected ndim=3, found ndim=2. Full shape received: (None, 64)"
        ),
        headline="layer 'lstm_1' (LSTM) does not accept (B, 64): it needs rank 3 (batch, timesteps, features)",
        raised_at=text.span(22, "layers.LSTM(32)"),
    )
    assert message(diagnosis, cwd=text.cwd) == (
        """\
[SG601] layer 'lstm_1' (LSTM) does not accept (B, 64): it needs rank 3 (batch, timesteps, features)
  caused by layer 'lstm' (LSTM): `return_sequences=False` (default, not passed)

  text.py:21
   21 | model.add(layers.LSTM(64))
      |           ^^^^^^^^^^^^^^^ returns only its last timestep: (B, 50, 8) -> (B, 64)
   22 | model.add(layers.LSTM(32))
      |           ^^^^^^^^^^^^^^^ raised here

  fix (verified: the model builds and every annotated layer matches):
      layers.LSTM(64, return_sequences=True)

  Keras raised: ValueError: Input 0 with name 'None' of layer 'lstm_1' is incompatible
  with the layer: expected ndim=3, found ndim=2. Full shape received: (None, 64)

  more: shapeguard explain SG601"""
    )


def test_data_in_another_order_is_shown_at_the_argument_of_fit(program):
    train = program("train.py", {40: "model.fit(x_train, y_train, batch_size=32, callbacks=[ShapeGuard()])"})
    edit = Edit(
        "image",
        "data",
        None,
        None,
        explicit=True,
        span=train.span(40, "x_train"),
        corrected="x_train = np.moveaxis(x_train, 1, -1)        # (60000, 28, 28, 1)",
    )
    diagnosis = Diagnosis(
        "SG301",
        "image",
        "InputLayer",
        ("B", 28, 28, 1),
        (32, 1, 28, 28),
        (1, 3),
        causes=(
            Cause(
                "data",
                (edit,),
                "cause",
                proven_by="rebuilt",
                title=(
                    "the data is channels-first (batch, channels, height, width); the model is channels-last. "
                    "Moving axis 1 to the end gives the expected shape."
                ),
                label="data, not a layer argument",
                explanation="x_train has shape (60000, 1, 28, 28)",
                fix_note="convert the data once, before calling fit()",
            ),
        ),
    )
    assert message(diagnosis, cwd=train.cwd) == (
        """\
[SG301] input 'image': expected (B, 28, 28, 1), got (32, 1, 28, 28)
  axis 1: expected 28, got 1; axis 3: expected 1, got 28

  train.py:40
   40 | model.fit(x_train, y_train, batch_size=32, callbacks=[ShapeGuard()])
      |           ^^^^^^^ data, not a layer argument

  likely cause: the data is channels-first (batch, channels, height, width); the model
  is channels-last. Moving axis 1 to the end gives the expected shape.
    x_train has shape (60000, 1, 28, 28)
  fix (verified on shapes): convert the data once, before calling fit()
      x_train = np.moveaxis(x_train, 1, -1)        # (60000, 28, 28, 1)

  more: shapeguard explain SG301"""
    )


def test_a_name_with_two_sizes_shows_every_place_where_it_occurs():
    diagnosis = Diagnosis(
        "SG401",
        "mask",
        "InputLayer",
        causes=(
            Cause(
                "symbol",
                (),
                "cause",
                title=(
                    "input 'mask' has 28 steps where 30 are needed (2 sites agree on 30)\n"
                    "No layer argument can change the length of an input. Pad or cut one array to the other's "
                    "length, or give the axes different names (`T`, `S`) if they may differ."
                ),
            ),
        ),
        headline="dimension `T` is 30 in input 'tokens' but 28 in input 'mask'",
        notes=(
            "occurrences of T:        annotation    actual           T",
            "input 'tokens'           B T 64        (16, 30, 64)     30",
            "layer 'encoder'          B T 128       (16, 30, 128)    30",
            "input 'mask'             B T           (16, 28)         28   <- differs from the 2 others",
        ),
    )
    assert message(diagnosis) == (
        """\
[SG401] dimension `T` is 30 in input 'tokens' but 28 in input 'mask'

  occurrences of T:        annotation    actual           T
  input 'tokens'           B T 64        (16, 30, 64)     30
  layer 'encoder'          B T 128       (16, 30, 128)    30
  input 'mask'             B T           (16, 28)         28   <- differs from the 2 others

  likely cause: input 'mask' has 28 steps where 30 are needed (2 sites agree on 30)
  No layer argument can change the length of an input. Pad or cut one array to the
  other's length, or give the axes different names (`T`, `S`) if they may differ.

  more: shapeguard explain SG401"""
    )
