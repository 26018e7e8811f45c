"""The programs of the corpus as whole programs that build and fit; imports no Keras."""

import pathlib

FIT = """
model = build()
x, y = data()
model.compile('sgd', loss={loss!r})
model.fit(x, y, epochs=1, verbose=0{more})
"""
GUARD = "from shapeguard import ShapeGuard\n"


def text_of(path, *, expected=False):
    """The text of a program; a case of the corpus with the lines that build and fit it.

    `expected`: under a guard that expects what the case says that its author believed.
    """
    text = pathlib.Path(path).read_text(encoding="utf-8")
    if "\ndef build(" not in text or "\ndef data(" not in text:
        return text
    scope = {}
    for line in text.splitlines():
        if line.startswith("LOSS ="):
            exec(line, scope)  # noqa: S102  a case of our own
    held = expected and "\nEXPECTED = " in text
    fit = FIT.format(loss=scope.get("LOSS", "mse"), more=", callbacks=[ShapeGuard(EXPECTED)]" if held else "")
    return text + (GUARD if held else "") + fit
