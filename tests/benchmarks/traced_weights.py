"""Weights that a program reads while it runs: each can be given another value, and remembered by every score."""

import collections
import math

from helpers.weights_table import MODULES, TABLE

THRESHOLDS = ("MARGIN", "FAR_BEHIND", "ALTERNATIVES_WITHIN", "FAR_FETCHED", "TYPO", "KERNEL_TYPO", "TWO_AXES_TYPO")
THRESHOLDS += ("GUESS",)
"""Weights that are part of no score, but tell where one answer ends and another begins."""
NEUTRAL = {"DATA_FORMAT_SIBLINGS": 1} | dict.fromkeys(
    ("FARTHEST", "FAR_BEHIND", "FAR_FETCHED", "TYPO", "GUESS"), math.inf
)
"""Values at which a weight says nothing, where that is not 0; an argument's prior is then that of any other."""


class Traced(float):
    """A number that remembers how often it has which weight in it."""

    def __new__(cls, value, terms):
        traced = super().__new__(cls, value)
        traced.terms = terms
        return traced

    def __bool__(self):
        """A weight of 0 says something too: a breakdown that leaves it out would not remember it."""
        return bool(float(self) or self.terms)

    def __add__(self, other):
        terms = collections.Counter(self.terms)
        terms.update(getattr(other, "terms", {}))
        return Traced(float(self) + float(other), terms)

    __radd__ = __add__

    def __neg__(self):
        return self * -1

    def __sub__(self, other):
        return self + other * -1

    def __rsub__(self, other):
        return -self + other

    def __mul__(self, other):
        terms = collections.Counter({name: times * float(other) for name, times in self.terms.items()})
        terms.update({name: times * float(self) for name, times in getattr(other, "terms", {}).items()})
        return Traced(float(self) * float(other), terms)

    __rmul__ = __mul__

    def __truediv__(self, other):
        return self * (1 / other)


def put(name, value):
    """Makes the code read another value of a weight."""
    table, _, key = name.rstrip("]").partition("[")
    module = next(each for each in MODULES if hasattr(each, table))
    if not key:
        setattr(module, table, value)
        return
    values = getattr(module, table)
    values[next(each for each in values if str(each) == key)] = value


def trace(values):
    """Makes the code read these values of the weights, each of which is remembered by what is made of it."""
    for name, value in values.items():
        put(name, Traced(value, {name: 1}))


def neutral(name):
    """The value at which a weight says nothing."""
    if name.startswith("WEIGHT_WINDOWS["):
        return TABLE["OTHER_WINDOW"]
    return TABLE["OTHER_PRIOR"] if name.startswith("PRIORS[") else NEUTRAL.get(name, 0)
