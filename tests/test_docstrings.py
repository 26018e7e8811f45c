"""The docstrings of the public interface: their sections are those of Keras' docs, and their examples run."""

import doctest
import inspect
import re

import pytest

import shapeguard
from shapeguard.explanation import Explanation

VALUES = (shapeguard.Report, Explanation)


def _public():
    """Every public callable by its name, and the public methods of classes with the name of their class before it."""
    owners = {name: getattr(shapeguard, name) for name in shapeguard.__all__ if name not in {"Shape", "Shaped"}}
    owners |= {value.__name__: value for value in VALUES}
    public = dict(owners)
    for name, owner in owners.items():
        if inspect.isclass(owner) and not issubclass(owner, Exception):
            members = (owner.check, owner.expect, owner.save) if name == "ShapeGuard" else _methods(owner)
            public |= {f"{name}.{member.__name__}": member for member in members}
    return public


def _methods(owner):
    return [member for name, member in vars(owner).items() if inspect.isfunction(member) and not name.startswith("_")]


PUBLIC = _public()


def _section(text, heading):
    found = re.search(rf"^{heading}:\n((?: .*\n|\n)+)", inspect.cleandoc(text) + "\n", re.MULTILINE)
    return found[1] if found else ""


@pytest.mark.parametrize("name", PUBLIC)
def test_the_docstring_describes_every_argument(name):
    signature = inspect.signature(PUBLIC[name])
    arguments = [argument for argument in signature.parameters if argument != "self"]
    section = "Attributes" if inspect.isclass(PUBLIC[name]) and PUBLIC[name] in VALUES else "Args"
    if not arguments or (inspect.isclass(PUBLIC[name]) and issubclass(PUBLIC[name], Exception)):
        return
    described = re.findall(r"^ {4}(\w+)[: ]", _section(PUBLIC[name].__doc__, section), re.MULTILINE)
    assert described == arguments


@pytest.mark.parametrize("name", [name for name in PUBLIC if not inspect.isclass(PUBLIC[name])])
def test_the_docstring_says_what_is_returned(name):
    text = PUBLIC[name].__doc__
    returns = inspect.signature(PUBLIC[name]).return_annotation not in {None, "None"}
    assert returns == bool(_section(text, "Returns") or text.startswith("Returns "))


@pytest.mark.parametrize("name", [name for name in PUBLIC if "." not in name])
def test_the_docstring_has_an_example(name):
    assert ">>> " in _section(PUBLIC[name].__doc__, "Example")


@pytest.mark.parametrize("name", PUBLIC)
def test_the_examples_run(name, tmp_path, monkeypatch):
    import keras

    monkeypatch.chdir(tmp_path)
    keras.utils.clear_session()
    finder, runner = doctest.DocTestFinder(recurse=False), doctest.DocTestRunner(optionflags=doctest.ELLIPSIS)
    names = {}
    owner = name.partition(".")[0]
    for part in dict.fromkeys((owner, name)):  # a method's example goes on from that of its class
        for example in finder.find(PUBLIC[part], part, globs=names):
            example.globs = names
            runner.run(example, clear_globs=False)
    assert runner.summarize(verbose=False).failed == 0
