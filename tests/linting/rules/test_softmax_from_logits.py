"""The rule softmax-from-logits: an activation that the model applies and its loss once more."""

import pytest
from helpers.linted import corrections, found_in, names_in

SPARSE = "keras.losses.SparseCategoricalCrossentropy(from_logits=True)"
SEQUENTIAL = "model = Sequential([Input((8,)), Dense(3, activation='softmax')])\n"
FUNCTIONAL = "i = Input((8,))\nx = Dense(3, 'softmax')(i)\nmodel = keras.Model(i, x)\n"
BINARY = SPARSE.replace("SparseCategorical", "Binary")
SUSPICIOUS = [
    f"{SEQUENTIAL}model.compile('adam', loss={SPARSE})",
    f"{SEQUENTIAL}model.compile('adam', {SPARSE})",
    f"{SEQUENTIAL}loss = {SPARSE}\nmodel.compile('adam', loss=loss)",
    f"{FUNCTIONAL}model.compile('adam', loss={SPARSE})",
    f"model = Sequential()\nmodel.add(Dense(3))\nmodel.add(Activation('softmax'))\nmodel.compile(loss={SPARSE})",
    f"model = Sequential([Dense(3), Softmax()])\nmodel.compile(loss={SPARSE})",
    f"model = Sequential([Dense(1, activation='sigmoid')])\nmodel.compile(loss={BINARY})",
    f"i = Input((8,))\nmodel = keras.Model(inputs=i, outputs=Dense(3, 'softmax')(i))\nmodel.compile(loss={SPARSE})",
]

FINE = [
    f"{SEQUENTIAL}model.compile('adam', loss={SPARSE.replace('True', 'False')})",
    f"{SEQUENTIAL}model.compile('adam', loss={SPARSE.replace('from_logits=True', '')})",
    f"{SEQUENTIAL}model.compile('adam', loss={BINARY})",
    f"{SEQUENTIAL}model.add(Dense(3))\nmodel.compile(loss={SPARSE})",
    f"{SEQUENTIAL}f(model)\nmodel.compile(loss={SPARSE})",
    f"{SEQUENTIAL}model = g(model)\nmodel.compile(loss={SPARSE})",
    f"model = Sequential([Dense(3, activation=a)])\nmodel.compile(loss={SPARSE})",
    f"model = Sequential([Dense(3, activation='softmax'), Dense(3)])\nmodel.compile(loss={SPARSE})",
    f"{SEQUENTIAL}other.compile(loss={SPARSE})",
    f"{FUNCTIONAL}model.compile(loss=[{SPARSE}])",
    f"x = Dense(3)(i)\nmodel = keras.Model(i, x)\nx = Dense(3, 'softmax')(x)\nmodel.compile(loss={SPARSE})",
]


@pytest.mark.parametrize("source", SUSPICIOUS)
def test_a_loss_that_undoes_what_the_model_does_is_found_once(source):
    assert names_in(source) == ["softmax-from-logits"]
    loss = BINARY if "sigmoid" in source else SPARSE
    assert corrections(source) == [loss.replace("True", "False")]


def test_a_model_whose_end_is_not_shown_or_another_is_left_alone():
    assert {source: names for source in FINE if (names := names_in(source))} == {}


def test_the_message_names_loss_and_layer():
    ((_, found),) = found_in(SUSPICIOUS[0])
    assert found.text.headline == (
        "suspicious call keras.losses.SparseCategoricalCrossentropy: from_logits=True, "
        "but the model ends in softmax (Dense)"
    )
