"""What a program becomes by the edits of a cause, as anyone would apply them."""

import importlib.util

from shapeguard.source.files import read_source
from shapeguard.source.fixing import Replacement, with_replacements


def module_of(path):
    """The program at `path`, run as a module of its own."""
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def has_text(cause):
    """Whether every edit of a cause says what to write where."""
    return bool(cause.edits) and all(edit.replaces and edit.replacement is not None for edit in cause.edits)


def applied(path, cause):
    """The program's text with the edits of a cause."""
    return with_replacements(read_source(str(path)), [Replacement(e.replaces, e.replacement) for e in cause.edits])


def mended(path, cause):
    """The program after the edits of the cause, which it runs with."""
    text = applied(path, cause)
    other = path.with_name("mended.py")
    other.write_text(text, encoding="utf-8")
    module_of(other)
    return text
