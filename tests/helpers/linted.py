"""What the lint rules find in a few lines of source that follow the usual imports."""

from shapeguard.linting.linter import findings_of

IMPORTS = "import keras\nfrom keras import layers\nfrom keras.layers import *\nfrom keras.models import Sequential\n"
LINES = IMPORTS.count("\n")


def found_in(source, selection=None):
    """The findings below the imports, each with its rule."""
    return findings_of(IMPORTS + source, "x.py", selection)


def names_in(source, selection=None):
    """The names of the rules that find something, once per finding."""
    return [rule.name for rule, _ in found_in(source, selection)]


def corrections(source):
    """The corrected call of each finding."""
    return [found.corrected for _, found in found_in(source)]
