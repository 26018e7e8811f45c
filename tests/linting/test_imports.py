"""By which names a file reaches Keras' layers, and by which not."""

from shapeguard.linting.linter import findings_of

WAYS_TO_CONV2D = [
    "from keras.layers import Conv2D as C\nC(32, 3, 3)",
    "import keras.layers as L\nL.Conv2D(32, 3, 3)",
    "import keras\nkeras.layers.Conv2D(32, 3, 3)",
    "import tensorflow as tf\ntf.keras.layers.Conv2D(32, 3, 3)",
    "import tensorflow.keras as k\nk.layers.Conv2D(32, 3, 3)",
    "from tensorflow import keras\nkeras.layers.Conv2D(32, 3, 3)",
    "from tensorflow.keras.layers import Conv2D\nConv2D(32, 3, 3)",
    "from tensorflow.keras import layers\nlayers.Conv2D(32, 3, 3)",
    "from keras.layers import *\nConv2D(32, 3, 3)",
    "from keras.layers.convolutional import Convolution2D\nConvolution2D(32, 3, 3)",
    "import tensorflow as tf\nkeras = tf.keras\nkeras.layers.Conv2D(32, 3, 3)",
    "import tensorflow as tf\nlayers = tf.keras.layers\nlayers.Conv2D(32, 3, 3)",
    "import keras\ndef build():\n    from keras import layers\n    return layers.Conv2D(32, 3, 3)",
]


def test_every_way_to_import_a_layer_is_understood():
    rules = {source: [rule.name for rule, _ in findings_of(source, "x.py")] for source in WAYS_TO_CONV2D}
    assert rules == {source: ["keras1-size"] for source in WAYS_TO_CONV2D}


NOT_KERAS = [
    "from mine.layers import Conv2D\nConv2D(32, 3, 3)",
    "from .layers import Conv2D\nimport keras\nConv2D(32, 3, 3)",
    "from keras.layers import *\nclass Conv2D: ...\nConv2D(32, 3, 3)",
    "from keras.layers import Conv2D\ndef Conv2D(*sizes): ...\nConv2D(32, 3, 3)",
    "from torch import nn\nnn.Conv2d(32, 3, 3)",
    "Conv2D(32, 3, 3)",
]


def test_a_class_of_the_same_name_from_elsewhere_is_not_a_layer():
    assert {source: found for source in NOT_KERAS if (found := findings_of(source, "x.py"))} == {}
