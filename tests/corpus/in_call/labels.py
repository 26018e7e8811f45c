"""What counts as a right answer to a program: its entry in labels.json beside it, and edits held against that.

An entry has `accept`, a list of repairs, each a list of edits that are made together. An edit says what must be so:

- `at`: pieces of the program's code; the edit stands on the line of one of them
- `argument`, `kind`: the name of the argument, the kind of the cause
- `suggestion`: values, one of which is suggested, as the program calculates them or as code
- `class`: layers, one of which is put in
- `writes`: pieces of code, one of which is in what the edit writes
"""

import functools
import json
import re
from dataclasses import dataclass

BRACKETS = str.maketrans("[]'", '()"')


@functools.cache
def labels_in(folder):
    """The labels of the programs in a folder, by their names."""
    return json.loads((folder / "labels.json").read_text(encoding="utf-8"))


@dataclass(frozen=True)
class Label:
    """The label of a faulty program; `silent`: Keras says nothing of it; `no_argument`: no single one is to blame."""

    accept: list
    silent: bool
    no_argument: bool
    lines: list

    @classmethod
    def of(cls, path):
        """The label of the program at a path; `None` of a correct one."""
        entry = None if path.parent.name == "right" else labels_in(path.parent)[path.stem]
        return entry and cls(**entry, lines=path.read_text(encoding="utf-8").splitlines())

    def accepts(self, cause):
        """Whether a cause, in JSON, is one of the repairs: all of its edits and no other."""
        edits = [edit for edit in cause["edits"] if edit["argument"] != "import"]
        return any(_pairs(edits, repair, lambda e, a: self._is(e, a, cause["kind"])) for repair in self.accept)

    def is_place(self, span):
        """Whether a span, in JSON, contains the line of one of the repairs."""
        return any(self._stands(span, at) for repair in self.accept for edit in repair for at in edit.get("at", ()))

    def _is(self, edit, accepted, kind):
        suggested = edit["suggestion"]
        held = {
            "kind": lambda value: value == kind,
            "argument": lambda value: value == edit["argument"],
            "at": lambda pieces: any(self._stands(edit[span], at) for at in pieces for span in ("span", "replaces")),
            "suggestion": lambda values: _value(suggested) in map(_value, values),
            "class": lambda names: str(suggested).partition("(")[0].rpartition(".")[2] in names,
            "writes": lambda pieces: any(_contains(text, piece) for piece in pieces for text in _written(edit)),
        }
        return all(held[name](value) for name, value in accepted.items())

    def _stands(self, span, piece):
        # in the head the same code is quoted as a comment
        numbers = [n for n, line in enumerate(self.lines, 1) if piece in line and not line.startswith("# ")]
        return span is not None and any(span["line"] <= number <= span["end_line"] for number in numbers)


def _pairs(edits, repair, is_same):
    """Whether each edit is one of the repair's, which has no more."""
    if not edits or not repair:
        return not edits and not repair
    rest = [(repair[:n] + repair[n + 1 :]) for n, accepted in enumerate(repair) if is_same(edits[0], accepted)]
    return any(_pairs(edits[1:], others, is_same) for others in rest)


def _written(edit):
    return [str(edit[name]) for name in ("suggestion", "replacement", "corrected") if edit[name] is not None]


def _value(value):
    return _plain(value if isinstance(value, str) else repr(value)).translate(BRACKETS)


def _contains(text, piece):
    piece = _plain(piece)
    return (
        re.search(rf"(?<!\w){re.escape(piece)}" if piece[0].isalnum() else re.escape(piece), _plain(text)) is not None
    )


def _plain(code):
    """Code without the spaces that say nothing, in double quotes."""
    return re.sub(r"\s*([^\w\s])\s*", r"\1", code.strip()).replace("'", '"')
