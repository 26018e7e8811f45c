"""The last map of a padded-back U-Net gets its border as four numbers in a row; the layer wants a pair of pairs and
refuses to be made."""
import numpy as np
import keras
from keras.layers import Conv2D, Input, ZeroPadding2D

SOURCE = "https://github.com/zizhaozhang/unet-tensorflow-keras/issues/3"
TITLE = "`padding` should have two elements. Found: (6, 6, 6, 6)"
CATEGORY = "padding (ZeroPadding)"
STYLE = "functional inside a class"
UPSTREAM = False
CRASHES = "build"
EXPECTED = {"border": (None, 40, 40, 8), "mask": (None, 40, 40, 1)}
CULPRIT = dict(layer="border", argument="padding", bad=(6, 6, 6, 6), good=((6, 6), (6, 6)))
ACCEPT = [("border", "padding", ((6, 6), (6, 6))), ("border", "padding", (6, 6)), ("border", "padding", 6)]
LOSS = "binary_crossentropy"


class Segmenter:
    def missing(self, whole, part):
        """Rows above and below that the unpadded convolutions took away."""
        lost = whole - part
        return lost // 2, lost - lost // 2

    def create(self, side):
        cells = Input((side, side, 1))
        h = cells
        for _ in range(6):
            h = Conv2D(8, (3, 3), activation="relu")(h)
        top, bottom = self.missing(side, h.shape[1])
        left, right = self.missing(side, h.shape[2])
        h = ZeroPadding2D(padding=(top, bottom, left, right), name="border")(h)
        return keras.Model(cells, Conv2D(1, (1, 1), activation="sigmoid", name="mask")(h))


def build():
    return Segmenter().create(40)


def data():
    return np.zeros((1, 40, 40, 1), "float32"), np.zeros((1, 40, 40, 1), "float32")
