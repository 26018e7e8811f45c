"""Suspicious calls by source alone: no annotation, nothing run, no Keras imported."""

from __future__ import annotations

import os
import re
import warnings
from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from shapeguard.linting.calls import module_of
from shapeguard.linting.findings import CODE, diagnosis_of
from shapeguard.linting.rules import keywords, positional, ranks, sample_counts
from shapeguard.records.findings import Cause, Diagnosis, Edit
from shapeguard.source import reading
from shapeguard.source.files import Places, SourceError, is_special, read_source
from shapeguard.source.suppressions import suppressions

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from shapeguard.linting.calls import Module
    from shapeguard.linting.findings import Finding
    from shapeguard.source.suppressions import Suppression

_PASSES: tuple[Callable[[Module], Iterator[Finding]], ...] = (
    positional.keras1_sizes,
    positional.argument_kinds,
    keywords.keras1_keywords,
    sample_counts.sample_counts,
    ranks.ranks,
    ranks.flattens,
)
RULES: dict[str, str] = {
    positional.SIZES: "the third positional integer of a convolution equals the second: Conv2D(32, 3, 3)",
    positional.WEAK_SIZES: "the same with an even size or a variable, which may be meant: Conv2D(f, k, k)",
    positional.KINDS: "a number where a word is read, or a word where a number is: UpSampling2D(2, 2)",
    keywords.KEYWORDS: "a name of Keras 1: nb_filter, border_mode, nb_epoch",
    sample_counts.SAMPLES: "an input_shape that counts the samples: (60000, 28, 28, 1), x_train.shape",
    ranks.RANKS: "a layer of a Sequential that needs another number of axes than the one before gives",
    ranks.RETURN_SEQUENCES: "a recurrent layer that returns its last step only, before one that needs all",
    ranks.FLATTEN: "Dense layers that end an image classifier without Flatten or global pooling",
}
# Fewer than 95 of 100 alarms were right on public files: docs/how-to/lint.md has the counts.
OFF_BY_DEFAULT = frozenset({positional.WEAK_SIZES})
ON_BY_DEFAULT = frozenset(RULES) - OFF_BY_DEFAULT

_SKIPPED_FOLDERS = frozenset({"__pycache__", "node_modules", "site-packages"})
_KNOWN_CODE = re.compile(r"SG\d{3}\Z")


@dataclass(frozen=True, slots=True)
class Linted:
    """What the files hold: diagnoses in the order of the places, files read, and files that could not be."""

    diagnoses: tuple[Diagnosis, ...]
    files: int
    unreadable: tuple[str, ...] = ()


def lint_source(text: str, file: str, rules: Iterable[str] = ON_BY_DEFAULT) -> tuple[Diagnosis, ...]:
    """The suspicious calls of one file, and its suppressing comments that silence nothing; raises `SyntaxError`."""
    silencers = suppressions(text, file)
    used: set[Suppression] = set()
    diagnoses = []
    for found in findings_of(text, file, rules):
        first = bisect_left(silencers, found.call.line, key=_line_of_suppression)
        last = bisect_right(silencers, found.call.end_line, key=_line_of_suppression)
        silencing = [one for one in silencers[first:last] if one.silences(CODE)]
        used.update(silencing)
        if not silencing:
            diagnoses.append((found.call, diagnosis_of(found)))
    diagnoses += [(one.span, _unused(one)) for one in silencers if one not in used and _is_idle(one)]
    return tuple(diagnosis for _, diagnosis in sorted(diagnoses, key=lambda pair: pair[0]))


def _line_of_suppression(one: Suppression) -> int:
    return one.span.line


def findings_of(text: str, file: str, rules: Iterable[str] = ON_BY_DEFAULT) -> list[Finding]:
    """What the rules see, suppressed or not, in the order of the places."""
    wanted = frozenset(rules)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # "\d" in a string of the user's is not our matter
        tree = reading.parse(text, file)
    module = module_of(tree, Places(text, file))
    found = [one for each in _PASSES for one in each(module) if one.rule in wanted]
    if module.layers and not {one.rule for one in found}.isdisjoint(_KERAS_1):
        known = {one.call for one in found}
        found += [
            one
            for one in positional.keras1_sizes(module)
            if one.rule == positional.WEAK_SIZES and one.call not in known
        ]
    return sorted(found, key=lambda one: (one.call, one.rule))


_KERAS_1 = frozenset({positional.SIZES, keywords.KEYWORDS})  # in such a file an even pair is no accident


def lint_paths(paths: Iterable[str], rules: Iterable[str] = ON_BY_DEFAULT) -> Linted:
    """The suspicious calls of these files and of the Python files in these folders."""
    diagnoses: list[Diagnosis] = []
    unreadable: list[str] = []
    count = 0
    wanted = frozenset(rules)
    for path in _files(paths):
        try:
            diagnoses += lint_source(read_source(path).text, path, wanted)
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


def _is_idle(one: Suppression) -> bool:
    """Whether lint can tell that the comment does nothing: other codes are silenced where the program runs."""
    return CODE in one.codes or any(not _KNOWN_CODE.match(code) for code in one.codes)


def _unused(one: Suppression) -> Diagnosis:
    unknown = [code for code in one.codes if not _KNOWN_CODE.match(code)]
    reason = f"{unknown[0]!r} is no code" if unknown else "nothing suspicious on this line"
    codes = f"[{', '.join(one.codes)}]" if one.codes else ""
    edit = Edit("comment", "comment", None, None, explicit=True, span=one.span, replaces=one.span, replacement="")
    cause = Cause("annotation", (edit,), title="the comment silences nothing", fix_note="remove the comment")
    return Diagnosis(
        CODE,
        "comment",
        "",
        causes=(cause,),
        headline=f"unused `# shapeguard: ignore{codes}`: {reason}",
    )
