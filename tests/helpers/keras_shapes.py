"""Runs a program with real Keras and notes the shape that each layer call of its text gives, by the call's place."""

import contextlib
import json
import linecache
import os
import pathlib
import sys

import keras
from helpers.whole_programs import text_of

from shapeguard.capture.constructions import construction_of

KERAS = str(pathlib.Path(keras.__file__).parent)
APPLICATIONS = f"{os.sep}applications{os.sep}"


def observed(path):
    """{place: [[shape of each output] of each call]} of the layer calls in a program, and what ended it."""
    text, found, error = text_of(path), {}, ""
    file = str(path)
    lines = text.splitlines(keepends=True)
    linecache.cache[file] = (len(text), None, lines, file)
    original = keras.layers.Layer.__call__

    def calling(layer, *args, **kwargs):
        outputs = original(layer, *args, **kwargs)
        place = place_of(layer, file, lines)
        if place is not None:
            shapes = [_shape(x) for x in keras.tree.flatten(outputs) if hasattr(x, "shape")]
            if shapes not in found.setdefault(place, []):
                found[place].append(shapes)
        return outputs

    keras.utils.clear_session()
    keras.layers.Layer.__call__ = calling
    try:
        with pathlib.Path(os.devnull).open("w", encoding="utf-8") as nothing, contextlib.redirect_stdout(nothing):
            exec(compile(text, file, "exec"), {"__name__": "__main__", "__file__": file})  # noqa: S102
    except BaseException as refusal:  # noqa: BLE001  whatever ends it
        error = f"{type(refusal).__name__}: {str(refusal)[:120]}"
    finally:
        keras.layers.Layer.__call__ = original
    return found, error


def _shape(tensor):
    return [None if size is None else int(size) for size in tensor.shape]


def place_of(layer, file, lines):
    """The place of the call in the program: that of the constructor where a Sequential calls the layer."""
    frame, inside = sys._getframe(2), None
    while frame is not None and frame.f_code.co_filename.startswith(KERAS):
        if APPLICATIONS in frame.f_code.co_filename:
            return None
        owner = frame.f_locals.get("self")
        if isinstance(owner, keras.layers.Layer) and owner is not layer:
            inside = owner if inside is None or isinstance(inside, keras.Model) else inside
        frame = frame.f_back
    if frame is None:
        return None
    if inside is not None or frame.f_code.co_filename != file:
        made = construction_of(layer) if isinstance(inside, keras.Sequential) else None
        if made is None or made.call is None or made.call.file != file:
            return None
        span = made.call
        return span.line, span.column, span.end_line, span.end_column
    positions = list(frame.f_code.co_positions())[frame.f_lasti // 2]
    line, end_line, column, end_column = positions
    if None in positions:
        return None
    first, last = lines[line - 1].encode()[:column], lines[end_line - 1].encode()[:end_column]
    return line, len(first.decode()), end_line, len(last.decode())


def main(paths):
    """Prints what each program gives, as one line of JSON."""
    for path in paths:
        found, error = observed(path)
        places = [[*place, shapes] for place, shapes in sorted(found.items())]
        print(json.dumps({"path": str(path), "places": places, "error": error}), flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
