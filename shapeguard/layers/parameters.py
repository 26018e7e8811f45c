"""The parameters of Keras' constructors and of `keras.ops`, for readers of source that import no Keras.

`constructors.txt` and `operations/functions.txt` list them as the newest supported Keras has them, one signature per
line; a test compares both with Keras.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from shapeguard.source.reading import tree_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Parameters:
    """The parameters of a function: positional ones, keyword-only ones, and the defaults of both by name.

    `rest` is the name of `*args`, `open_ended` tells whether other keywords are taken, `returns` what is written behind
    the arrow: of a function of `keras.ops` the class of the operation.
    """

    positional: tuple[str, ...]
    keyword_only: tuple[str, ...] = ()
    defaults: Mapping[str, Any] = field(default_factory=dict)
    rest: str | None = None
    open_ended: bool = False
    returns: str = ""

    def bind(self, args: Sequence[Any], keywords: Mapping[str, Any]) -> dict[str, Any] | None:
        """The arguments of a call by name, without defaults; `None` if Python would refuse the call."""
        if len(args) > len(self.positional) and self.rest is None:
            return None
        bound = dict(zip(self.positional, args, strict=False))
        if self.rest is not None:
            bound[self.rest] = tuple(args[len(self.positional) :])
        known = {*self.positional, *self.keyword_only}
        for name, value in keywords.items():
            if name in bound or (name not in known and not self.open_ended):
                return None
            bound[name] = value
        return bound

    @property
    def required(self) -> tuple[str, ...]:
        """The parameters without a default."""
        return tuple(name for name in (*self.positional, *self.keyword_only) if name not in self.defaults)


def constructor_parameters(name: str) -> Parameters | None:
    """The parameters of the constructor of a built-in layer class; `None` for another name."""
    return _parsed("constructors.txt", name)


def function_parameters(name: str) -> Parameters | None:
    """The parameters of a function of `keras.ops`; `None` for another name."""
    return _parsed("operations/functions.txt", name)


@cache
def _lines(file: str) -> dict[str, str]:
    lines = (HERE / file).read_text(encoding="utf-8").splitlines()
    return {line.partition("(")[0]: line for line in lines}


@cache
def _parsed(file: str, name: str) -> Parameters | None:
    line = _lines(file).get(name)
    tree = None if line is None else tree_of(f"def {line}: ...")
    if tree is None or not isinstance(tree.body[0], ast.FunctionDef):
        return None
    return parameters_of(tree.body[0])


def parameters_of(function: ast.FunctionDef) -> Parameters:
    """The parameters that are written in a definition whose defaults are literals."""
    written = function.args
    positional = tuple(parameter.arg for parameter in (*written.posonlyargs, *written.args))
    values = [ast.literal_eval(default) for default in written.defaults]
    defaults = dict(zip(positional[len(positional) - len(values) :], values, strict=True))
    for parameter, default in zip(written.kwonlyargs, written.kw_defaults, strict=True):
        if default is not None:
            defaults[parameter.arg] = ast.literal_eval(default)
    return Parameters(
        positional,
        tuple(parameter.arg for parameter in written.kwonlyargs),
        defaults,
        written.vararg.arg if written.vararg else None,
        open_ended=written.kwarg is not None,
        returns="" if function.returns is None else ast.unparse(function.returns),
    )
