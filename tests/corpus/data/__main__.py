"""Asks ShapeGuard about every program of this folder and writes the figures. Run from `tests/`:

python -m corpus.data                     all of it; writes corpus/data/score.json, prints a table
python -m corpus.data --only 013
python -m corpus.data --docs ../docs/explanation/figures.md      puts the table into that page
"""

import pathlib
import sys

from corpus.in_call.__main__ import main

if __name__ == "__main__":
    sys.exit(main(pathlib.Path(__file__).parent, __doc__))
