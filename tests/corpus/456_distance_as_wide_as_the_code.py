"""Twin networks and the distance of their codes: the function that gives the shape of the distance answers
with the shape of a code."""
import numpy as np
import keras
from keras import layers, ops

SOURCE = "https://github.com/keras-team/keras/issues/2677 and https://github.com/keras-team/keras/issues/2665"
TITLE = "eucl_dist_output_shape returns shape1"
CATEGORY = "output_shape (Lambda)"
STYLE = "functional, shared Sequential, Lambda"
UPSTREAM = False
CRASHES = None
EXPECTED = {"distance": (None, 1)}
ACTUAL = {"distance": (None, 16)}
CULPRIT = dict(layer="distance", argument="output_shape", bad=None, good=(1,))
ACCEPT = [("distance", "output_shape", (1,)), ("distance", "output_shape", None)]


def euclidean_distance(vectors):
    x, y = vectors
    return ops.sqrt(ops.sum(ops.square(x - y), axis=1, keepdims=True) + 1e-7)


def distance_shape(shapes):
    first, second = shapes
    return first


def build():
    base = keras.Sequential([keras.Input((784,)), layers.Dense(32, activation="relu"), layers.Dense(16)])
    left, right = keras.Input((784,)), keras.Input((784,))
    codes = [base(left), base(right)]
    distance = layers.Lambda(euclidean_distance, output_shape=distance_shape, name="distance")(codes)
    return keras.Model([left, right], distance)


def data():
    x = np.zeros((3, 784), "float32")
    return [x, x], np.ones((3, 1), "float32")


CULPRIT["bad"] = distance_shape
