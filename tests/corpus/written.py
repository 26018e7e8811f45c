"""Every text of every cause, written into its case and built by plain Keras: is it the program that was said?"""

import json
import pathlib
import tempfile

import keras
from helpers.texts import applied, has_text

from . import scoring
from .programs import loaded

OURS = ("SyntaxError", "IndentationError", "NameError", "ImportError", "UnboundLocalError")
"""What a text may never lead to; Keras may refuse what is not verified."""


def broken(job):
    """(how many texts the causes found in a case have, what is wrong with each of them that is not as said)."""
    path, mode = job
    scoring.silent()
    keras.utils.clear_session()
    report, _ = scoring.reported(loaded(path), mode)
    causes = [cause for diagnosis in report.diagnoses for cause in diagnosis.causes] if report is not None else []
    texts = [cause for cause in causes if has_text(cause)]
    before, _ = _built(path)
    return len(texts), [why for cause in texts if (why := _wrong(path, cause, before))]


def _wrong(path, cause, before):
    with tempfile.TemporaryDirectory() as folder:
        copy = pathlib.Path(folder, path.name)
        copy.write_text(applied(path, cause), encoding="utf-8")
        after, error = _built(copy)
    kind = error.partition(":")[0]
    if kind in OURS or (error and cause.verified) or not _is_as_said(cause, before, after):
        return f"{json.dumps([edit.replacement for edit in cause.edits])}: {error or f'{before} -> {after}'}"
    return ""


def _built(path):
    """The classes of the layers that a case calls, in the order of their first calls, and what ended it."""
    keras.utils.clear_session()
    called, original = {}, keras.layers.Layer.__call__

    def calling(layer, *args, **kwargs):
        if not isinstance(layer, keras.Model):
            called.setdefault(id(layer), layer)
        return original(layer, *args, **kwargs)

    keras.layers.Layer.__call__, error = calling, ""
    try:
        loaded(path).build()
    except Exception as refusal:  # noqa: BLE001  whatever it is, it is the answer
        error = f"{type(refusal).__name__}: {str(refusal)[:80]}"
    finally:
        keras.layers.Layer.__call__ = original
    return [type(layer).__name__ for layer in called.values()], error


def _is_as_said(cause, before, after):
    """Whether the layers are those from before with the change of each edit made, as far as both programs come.

    Arguments may change them too, as those of an application do.
    """
    for edit in cause.edits:
        suggested = str(edit.suggestion).partition("(")[0]
        places = [index for index, name in enumerate(before) if name == edit.layer_type] or [len(before)]
        match edit.argument:
            case "insert_before":
                tried = [[*before[:place], suggested, *before[place:]] for place in places]
            case "insert_after":
                tried = [[*before[: place + 1], suggested, *before[place + 1 :]] for place in places]
            case "remove":
                tried = [[*before[:place], *before[place + 1 :]] for place in places]
            case "replace":
                tried = [[*before[:place], suggested, *before[place + 1 :]] for place in places]
            case "import":
                tried = [before]
            case _:
                return True
        before = max(tried, key=lambda names: _shared(names, after))
    return _shared(before, after) == min(len(before), len(after))


def _shared(names, others):
    """How many names two lists begin with in common."""
    pairs = zip(names, others, strict=False)
    return next((count for count, (a, b) in enumerate(pairs) if a != b), min(len(names), len(others)))
