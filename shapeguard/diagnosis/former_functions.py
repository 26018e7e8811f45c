"""The diagnosis of a function that `keras.backend` no longer has: what does the same in Keras 3, as edits."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING

from shapeguard.diagnosis.structure_edits import import_edit
from shapeguard.diagnosis.what_keras_said import diagnosis_of_one
from shapeguard.keras_compat.former_backend import FORMS, SUCCESSORS
from shapeguard.records.findings import Cause, Edit
from shapeguard.records.source import OperationName, Span
from shapeguard.source import trees
from shapeguard.source.constants import Scope
from shapeguard.source.literals import Code
from shapeguard.source.reading import expression_of
from shapeguard.source.spelling import rewritten, spelled

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shapeguard.keras_compat.former_backend import Successor
    from shapeguard.records.findings import Diagnosis
    from shapeguard.records.network import Failure
    from shapeguard.source.spelling import Import
    from shapeguard.source.trees import Source

PATHS = {"keras": "keras", "math": "math"}


def diagnosis_of_former(name: str, place: Span, failure: Failure) -> Diagnosis | None:
    """The diagnosis of `K.name` in a line; `None` where the source does not show it there."""
    source = trees.source_of(place.file)
    node = None if source is None else _named(source, place, name)
    if source is None or node is None:
        return None
    owner = OperationName.at(source.text(source.span(node)), _function_around(source, node), node.lineno)
    others = [] if name in FORMS else [each for each in _alike(source, node) if each is not node]
    changes = [change for each in (node, *others) for change in _changes(source, each)]
    if not changes:
        return None
    now = SUCCESSORS[name].path if name in SUCCESSORS else FORMS[name][1]
    also = f", and {len(others)} more of its functions" if others else ""
    cause = Cause(
        kind="structure",
        edits=tuple(_edits(source, owner, changes)),
        confidence="cause",
        title=f"Keras 3 has no `keras.backend.{name}`: it is `{now}`{also}",
        label="not in Keras 3",
    )
    return diagnosis_of_one(cause, "", failure, f"{owner.in_words} does not exist in Keras 3", place)


@dataclass(frozen=True, slots=True)
class _Change:
    """Another text for a part of the source, and the import that it needs first."""

    replaces: Span
    text: str
    needs: tuple[Import, ...] = ()


def _edits(source: Source, owner: OperationName, changes: list[_Change]) -> Iterator[Edit]:
    for change in changes:
        written = source.text(change.replaces)
        yield Edit(
            layer=owner,
            argument="replace",
            value=Code(written),
            suggestion=change.text,
            layers=(owner,),
            span_layers=(owner,),
            explicit=True,
            span=change.replaces,
            replaces=change.replaces,
            replacement=change.text,
            corrected=change.text if written else None,
        )
    needs = {needed.statement: needed for change in changes for needed in change.needs}
    yield from map(import_edit, needs.values())


def _named(source: Source, place: Span, name: str) -> ast.Attribute | None:
    """The expression in a line that names the function."""
    lines = range(place.line, place.end_line + 1)
    found = (node for node in ast.walk(source.tree) if isinstance(node, ast.Attribute) and node.attr == name)
    return next((node for node in found if node.lineno in lines and isinstance(node.value, ast.Name)), None)


def _alike(source: Source, named: ast.Attribute) -> Iterator[ast.Attribute]:
    """The functions of the file that are asked of the same module, and that are no longer there."""
    module = ast.dump(named.value)
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Attribute) and node.attr in SUCCESSORS and ast.dump(node.value) == module:
            yield node


def _function_around(source: Source, node: ast.AST) -> str:
    scope = next((each for each in trees.ancestors(source, node) if isinstance(each, Scope)), None)
    return scope.name if isinstance(scope, ast.FunctionDef | ast.AsyncFunctionDef) else ""


def _changes(source: Source, node: ast.Attribute) -> Iterator[_Change]:
    """What becomes of a function's name, of its keywords, and of an argument that was left to its default."""
    around = trees.parents_in(source).get(node)
    call = around if isinstance(around, ast.Call) and around.func is node else None
    if node.attr in FORMS:
        yield from () if call is None else _as_form(source, call, *FORMS[node.attr])
        return
    successor = SUCCESSORS[node.attr]
    own = spelled(source, node, successor.path)
    if own is not None:
        yield _Change(source.span(node), own.text, () if own.needs is None else (own.needs,))
        yield from () if call is None else _of_arguments(source, call, successor)


def _of_arguments(source: Source, call: ast.Call, successor: Successor) -> Iterator[_Change]:
    for keyword in call.keywords:
        now, place = successor.renamed.get(keyword.arg or ""), source.span(keyword)
        if now is not None:
            name = Span(place.file, place.line, place.column, place.line, place.column + len(keyword.arg or ""))
            yield _Change(name, now)
    if successor.given is None or any(isinstance(each, ast.Starred) for each in call.args):
        return
    position, written = successor.given
    names = {keyword.arg for keyword in call.keywords}
    if len(call.args) <= position and written.partition("=")[0] not in names and None not in names:
        last = source.span([*call.args, *call.keywords][-1])
        behind = Span(last.file, last.end_line, last.end_column, last.end_line, last.end_column)
        yield _Change(behind, f", {written}")


def _as_form(source: Source, call: ast.Call, parameters: tuple[str, ...], form: str) -> Iterator[_Change]:
    """The expression that does the same, with the call's arguments in it."""
    given = {name: source.text(source.span(each)) for name, each in zip(parameters, call.args, strict=False)}
    found = rewritten(source, call, form, PATHS)
    tree = None if found is None else expression_of(found[0])
    if found is None or tree is None or call.keywords or len(given) != len(parameters):
        return
    text, needs = found
    names = [node for node in ast.walk(tree) if isinstance(node, ast.Name) and node.id in given]
    for node in sorted(names, key=lambda each: each.col_offset, reverse=True):
        text = text[: node.col_offset] + given[node.id] + text[node.end_col_offset :]
    yield _Change(source.span(call), text, needs)
