"""A user's program, for the command line: builds the case that it is given under a guard, and fits it."""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parents[1]))

from corpus import programs

from shapeguard import ShapeGuard

case = programs.loaded(pathlib.Path(sys.argv[1]))
guard = ShapeGuard(dict(case.EXPECTED))
with guard:
    model = case.build()
programs.fitted(case, model, guard)
