"""Whether the source at hand is what a code object was compiled from: a file may have been edited since its import.

A caret drawn from other text than what runs stands under another call. A file is compiled once to be compared, and
looked at again once a check.
"""

from __future__ import annotations

import ast
import dis
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from shapeguard.source import reading

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import CodeType

_Place = tuple[int | None, int | None, int | None, int | None]
_files: dict[str, _File] = {}
_changed: set[str] = set()


_originals: WeakKeyDictionary[CodeType, CodeType] = WeakKeyDictionary()


def stands_for(code: CodeType, original: CodeType) -> None:
    """Notes that a code runs in the place of one that a file of the user's gives."""
    _originals[code] = original


def original(code: CodeType) -> CodeType:
    """The code that a file of the user's gives, where another one runs in its place; else the same."""
    return _originals.get(code, code)


def lines_of(code: CodeType) -> list[str]:
    """The lines that `code` was compiled from; none where its file is not at hand, or holds something else by now."""
    file = _file_of(code.co_filename)
    if file is None:
        return []
    if not file.compiles_to(code):
        reading.refresh(code.co_filename)  # the module may have been loaded anew
        file = _file_of(code.co_filename)
        if file is None or not file.compiles_to(code):
            return []
    return file.lines


def look_again() -> None:
    """Reads the files anew that have changed on the disk since they were read."""
    for name in tuple(_files):
        reading.refresh(name)
        _file_of(name)


def version_of(name: str) -> object:
    """Tells one text of a file from another, by identity; `None` where the file is not at hand."""
    return _file_of(name)


def has_changed(name: str) -> bool:
    """Whether the file is another now than when places in it were first read."""
    return name in _changed


class _File:
    """A file's text, and what is compiled from it."""

    __slots__ = ("_codes", "_nodes", "_verdicts", "lines")

    def __init__(self, lines: list[str]) -> None:
        self.lines = lines
        self._codes: dict[tuple[str, int], list[CodeType]] | None = None
        self._nodes: dict[_Place, list[ast.AST]] | None = None
        self._verdicts: dict[int, tuple[CodeType, bool]] = {}  # the code is kept, so that its id stays its own

    def compiles_to(self, code: CodeType) -> bool:
        """Whether the text gives this code, or code that a tool such as pytest has rewritten from it."""
        verdict = self._verdicts.get(id(code))
        if verdict is None:
            verdict = self._verdicts[id(code)] = code, self._gives(code) or self._reads_as(code)
        return verdict[1]

    def _gives(self, code: CodeType) -> bool:
        if self._codes is None:
            self._codes = {}
            for each in _all_codes("".join(self.lines)):
                self._codes.setdefault((each.co_qualname, each.co_firstlineno), []).append(each)
        alike = self._codes.get((code.co_qualname, code.co_firstlineno), ())
        return any(each == code and each.co_linetable == code.co_linetable for each in alike)

    def _reads_as(self, code: CodeType) -> bool:
        """Whether each name and literal of the code stands in the text at its place; false where columns are not known.

        What a tool has put in has the place of a statement or an expression of the user's, or a name that is none.
        """
        if self._nodes is None:
            self._nodes = _nodes_by_place("".join(self.lines))
        verdicts = [_is_at_its_place(instruction, code, self._nodes) for instruction in dis.get_instructions(code)]
        return True in verdicts and False not in verdicts


def _all_codes(text: str) -> Iterator[CodeType]:
    try:
        waiting = [compile(text, "<source>", "exec", dont_inherit=True)]
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return
    while waiting:
        code = waiting.pop()
        yield code
        waiting += [constant for constant in code.co_consts if hasattr(constant, "co_code")]


def _nodes_by_place(text: str) -> dict[_Place, list[ast.AST]]:
    nodes: dict[_Place, list[ast.AST]] = {}
    for node in ast.walk(reading.tree_of(text) or ast.Module([], [])):
        if hasattr(node, "lineno"):
            place = node.lineno, node.end_lineno, node.col_offset, node.end_col_offset  # type: ignore[attr-defined]
            nodes.setdefault(place, []).append(node)
    return nodes


def _is_at_its_place(
    instruction: dis.Instruction, code: CodeType, nodes_by_place: dict[_Place, list[ast.AST]]
) -> bool | None:
    """Whether the text has the instruction's name or literal at its place; `None` if that cannot be compared."""
    may_be = _judge_of(instruction)
    if may_be is None or instruction.positions is None or None in instruction.positions:
        return None
    line, end_line, column, end_column = instruction.positions
    nodes = nodes_by_place.get((line, end_line, column, end_column), ())
    if (line, column) == (end_line, end_column):
        return None  # no text is behind it
    if may_be in (_may_be_attribute, _may_be_keywords) and not nodes:
        return None  # over several lines Python puts the start at the attribute's name
    value = instruction.argval
    if may_be is _may_be_keywords:  # which `dis` of Python 3.11 does not resolve
        value = code.co_consts[instruction.arg or 0]
    return any(may_be(node, value) for node in nodes)


_LOADS = frozenset({"LOAD_NAME", "LOAD_GLOBAL", "LOAD_FAST", "LOAD_DEREF"})
_LITERALS = frozenset({int, float, str, bytes, tuple})


def _judge_of(instruction: dis.Instruction) -> Callable[[ast.AST, Any], bool] | None:
    """What tells whether a node gives the instruction; `None` where it comes from no name and no literal."""
    if instruction.opname in _LOADS and str(instruction.argval).isidentifier():
        return _may_be_name
    if instruction.opname in ("LOAD_ATTR", "LOAD_METHOD"):
        return _may_be_attribute
    if instruction.opname == "KW_NAMES":  # Python 3.11 and 3.12; later a constant at the call
        return _may_be_keywords
    if instruction.opname == "LOAD_CONST" and type(instruction.argval) in _LITERALS:
        return _may_be_literal
    return None


def _may_be_name(node: ast.AST, name: Any) -> bool:
    """Whether a name is loaded there; a private one in a class is mangled, and `__class__` is Python's own."""
    return not isinstance(node, ast.Name | ast.Constant) or name.endswith(getattr(node, "id", "\0")) or name[:2] == "__"


def _may_be_attribute(node: ast.AST, name: Any) -> bool:
    return not isinstance(node, ast.Attribute) or name.endswith(node.attr)


def _may_be_keywords(node: ast.AST, names: Any) -> bool:
    return not isinstance(node, ast.Call) or not isinstance(names, tuple) or {k.arg for k in node.keywords} >= {*names}


def _may_be_literal(node: ast.AST, value: Any) -> bool:
    """Whether the text there gives the value; of a string a part will do, for `"%s ..." % x` is put together anew."""
    if isinstance(node, ast.Call):
        return _may_be_keywords(node, value)
    if isinstance(node, ast.Constant) and isinstance(node.value, str) and isinstance(value, str):
        return value in node.value
    if not isinstance(node, ast.Constant | ast.Tuple | ast.UnaryOp | ast.BinOp):
        return True
    try:
        return repr(ast.literal_eval(node)) == repr(value)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return True


def _file_of(name: str) -> _File | None:
    lines = reading.lines_at(name)
    cached = _files.get(name)
    if cached is not None and (cached.lines is lines or cached.lines == lines):
        cached.lines = lines
        return cached
    if cached is not None:
        _changed.add(name)
        del _files[name]
    if not lines:
        return None
    _files[name] = _File(lines)
    return _files[name]
