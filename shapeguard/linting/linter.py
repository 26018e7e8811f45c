"""Runs the lint rules on files: what they find, less what a comment suppresses."""

from __future__ import annotations

import os
import re
import warnings
from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from shapeguard.linting import registry
from shapeguard.linting.calls import module_of
from shapeguard.linting.findings import diagnosis_of
from shapeguard.records.findings import Cause, Diagnosis, Edit
from shapeguard.source import reading
from shapeguard.source.files import Places, SourceError, is_special, read_source
from shapeguard.source.suppressions import suppressions

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from shapeguard.linting.findings import Finding, Rule
    from shapeguard.source.suppressions import Suppression

_UNUSED = "SG701"
"""The code of a suppressing comment that silences nothing."""
_SKIPPED_FOLDERS = frozenset({"__pycache__", "node_modules", "site-packages"})
_KNOWN_CODE = re.compile(r"SG\d{3}\Z")


@dataclass(frozen=True, slots=True)
class Linted:
    """The diagnoses in the order of the places, the number of files read, and a line per file that could not be."""

    diagnoses: tuple[Diagnosis, ...]
    files: int
    unreadable: tuple[str, ...] = ()


def lint_source(text: str, file: str, rules: Sequence[Rule] | None = None) -> tuple[Diagnosis, ...]:
    """The suspicious calls of one file, and its suppressing comments that silence nothing.

    Args:
        text: The source.
        file: Its name in the diagnoses.
        rules: The rules to run; those that are on by default if `None`.

    Returns:
        The diagnoses in the order of the places.

    Raises:
        SyntaxError: The text is not Python; for some texts it is what else `ast.parse` raises.
    """
    comments = suppressions(text, file)
    used: set[Suppression] = set()
    diagnoses = []
    for rule, found in findings_of(text, file, rules):
        first = bisect_left(comments, found.call.line, key=_line_of_suppression)
        last = bisect_right(comments, found.call.end_line, key=_line_of_suppression)
        silencing = [comment for comment in comments[first:last] if comment.silences(rule.code)]
        used.update(silencing)
        if not silencing:
            diagnoses.append((found.call, diagnosis_of(found, rule.code)))
    diagnoses += [(comment.span, _unused(comment)) for comment in comments if comment not in used and _is_idle(comment)]
    return tuple(diagnosis for _, diagnosis in sorted(diagnoses, key=lambda pair: pair[0]))


def _line_of_suppression(comment: Suppression) -> int:
    return comment.span.line


def findings_of(text: str, file: str, rules: Sequence[Rule] | None = None) -> list[tuple[Rule, Finding]]:
    """What the rules find, suppressed or not, in the order of the places.

    Args:
        text: The source.
        file: Its name in the findings.
        rules: The rules to run; those that are on by default if `None`. In a file that one of them proves to be of
            Keras 1, the rules for such files run too.

    Returns:
        Each finding with its rule.

    Raises:
        SyntaxError: The text is not Python; for some texts it is what else `ast.parse` raises.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # "\d" in a string of the user's is not our matter
        tree = reading.parse(text, file)
    module = module_of(tree, Places(text, file))
    running = registry.selected() if rules is None else rules
    findings = [(rule, found) for rule in running for found in rule.check(module)]
    if any(rule.proves_keras1 for rule, _ in findings):
        calls = {found.call for _, found in findings}
        also = [rule for rule in registry.RULES if rule.on_in_keras1]
        findings += [(rule, found) for rule in also for found in rule.check(module) if found.call not in calls]
    return sorted(findings, key=lambda pair: (pair[1].call, pair[0].name))


def lint_paths(paths: Iterable[str], rules: Sequence[Rule] | None = None) -> Linted:
    """The suspicious calls of these files and of the Python files in these folders.

    Args:
        paths: Files and folders; hidden folders and installed packages in them are passed over.
        rules: The rules to run; those that are on by default if `None`.

    Returns:
        What was found, and which files could not be read.
    """
    diagnoses: list[Diagnosis] = []
    unreadable: list[str] = []
    count = 0
    for path in _files(paths):
        try:
            diagnoses += lint_source(read_source(path).text, path, rules)
            count += 1
        except SourceError as error:
            unreadable.append(str(error))
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            unreadable.append(f"{path}{_line_of(error)}: not valid Python ({getattr(error, 'msg', None) or error})")
    return Linted(tuple(diagnoses), count, tuple(unreadable))


def _line_of(error: BaseException) -> str:
    line = getattr(error, "lineno", None)
    return f":{line}" if line else ""


def _files(paths: Iterable[str]) -> Iterator[str]:
    seen: set[str] = set()
    for path in paths:
        for file in _python_files(path) if Path(path).is_dir() else [path]:
            if file not in seen:
                seen.add(file)
                yield file


def _python_files(folder: str) -> Iterator[str]:
    for parent, folders, files in os.walk(folder):
        folders[:] = sorted(
            name
            for name in folders
            if not name.startswith(".")
            and name not in _SKIPPED_FOLDERS
            and not Path(parent, name, "pyvenv.cfg").exists()
        )
        found = (os.path.join(parent, name) for name in sorted(files) if name.endswith(".py"))  # noqa: PTH118
        yield from (file for file in found if not is_special(file))


def _is_idle(comment: Suppression) -> bool:
    """Whether lint can tell that the comment does nothing: other codes are silenced while the program runs."""
    linted = {rule.code for rule in registry.RULES}
    return any(code in linted or not _KNOWN_CODE.match(code) for code in comment.codes)


def _unused(comment: Suppression) -> Diagnosis:
    unknown = [code for code in comment.codes if not _KNOWN_CODE.match(code)]
    reason = f"{unknown[0]!r} is not an error code" if unknown else "nothing suspicious on this line"
    codes = f"[{', '.join(comment.codes)}]" if comment.codes else ""
    span = comment.span
    edit = Edit("comment", "comment", None, None, explicit=True, span=span, replaces=span, replacement="")
    cause = Cause("annotation", (edit,), title="the comment suppresses nothing", fix_note="remove the comment")
    headline = f"unused `# shapeguard: ignore{codes}`: {reason}"
    return Diagnosis(_UNUSED, "comment", "", causes=(cause,), headline=headline)
