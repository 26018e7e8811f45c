"""The law of "verified": with the suggestion in it a program passes its first step in plain Keras, as expected.

Other values that are named beside a verified suggestion are suggestions as well.
"""

import ast
import itertools
import pathlib
import tempfile
from dataclasses import dataclass, field

from corpus import forked, scoring
from keras.src.utils.naming import to_snake_case

from shapeguard.cli.dry_run import Request
from shapeguard.cli.worker import ScriptRun
from shapeguard.errors import ExpectationError

from . import plain

LIMIT = 240
STRUCTURE = {"insert_before", "insert_after", "remove", "replace"}


@dataclass
class Verdict:
    """What was promised of one program: of the promises `textless` have no text, and `broken` tells each not kept.

    `others` are values that are named beside verified ones, of which `unwritten` could not be written in their place.
    """

    name: str
    promises: int = 0
    possible: int = 0
    textless: int = 0
    others: int = 0
    unwritten: int = 0
    broken: list = field(default_factory=list)
    error: str = ""
    code: str = ""


def judged(texts, at_once=2):
    """The verdict on each program; asked and run in forks, with Keras imported."""
    for text, verdict, error in forked.each(_judge, texts, at_once, LIMIT):
        yield verdict if not error else Verdict(text.name, error=error)


def _judge(text):
    scoring.silent()
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder, "program.py")
        path.write_text(text.text, encoding="utf-8")
        ((_, asked, error),) = forked.each(_asked, [(str(path), text.expected)], 1, LIMIT / 2)
        if error:
            return Verdict(text.name, error=f"asked: {error}")
        outcome, said, causes = asked
        verdict = Verdict(text.name, code=outcome, error=said)
        hold(verdict, text, causes, path)
    return verdict


def hold(verdict, text, causes, path):
    """Notes in the verdict what the causes promise that were found in the program at this path, and what is broken."""
    jobs = []
    for number, cause in enumerate(causes):
        if not cause["verified"]:
            verdict.possible += 1
            continue
        verdict.promises += 1
        changed = _applied(text.text, cause["edits"], path)
        if changed is None:
            verdict.textless += 1
        else:
            jobs.append((number, changed, str(path)))
        others = [_applied(text.text, _with_value(cause["edits"], value), path) for value in cause["also"]]
        verdict.others += len(others)
        verdict.unwritten += others.count(None)
        jobs += [(number, other, str(path)) for other in others if other is not None]
    for (number, changed, _), observed, error in forked.each(_observed, jobs, 1, LIMIT / 2):
        why = error or _why_broken(observed, text, causes[number])
        if why:
            verdict.broken.append(f"{_told(causes[number])}: {why}\n{_difference(text.text, changed)}")


def _difference(old, new):
    pairs = itertools.zip_longest(old.splitlines(), new.splitlines(), fillvalue="")
    return "\n".join(f"    -{a}\n    +{b}" for a, b in itertools.islice(((a, b) for a, b in pairs if a != b), 3))


def _asked(job):
    """(how it ended, what it said, the causes) by `shapeguard check` of the program, in this process."""
    scoring.silent()
    path, expected = job
    try:
        dry_run = ScriptRun(Request(path, expect=dict(expected) or None)).run()
    except ExpectationError as error:  # no such layer any more
        return "SG502", str(error), []
    report = dry_run.report.to_dict()
    causes = [cause for diagnosis in report["diagnoses"] for cause in diagnosis["causes"]]
    together = len(report["diagnoses"])
    codes = " ".join(diagnosis["code"] for diagnosis in report["diagnoses"])
    return codes or dry_run.outcome, dry_run.text[-300:], [{**cause, "faults": together} for cause in causes]


def _with_value(edits, value):
    """The edits with another value in the place of the first one's suggestion."""
    first = edits[0]
    changed = []
    for each in edits:
        is_same = (each["argument"], each["suggestion"]) == (first["argument"], first["suggestion"])
        new = _instead(each["replacement"], first["suggestion"], value) if is_same else each["replacement"]
        changed.append({**each, "replacement": new})
    return changed


def _instead(code, old, new):
    """The arguments of a call in which another value is written; `None` where the old one is not there just once."""
    call = f"call({(code or '').lstrip(', ')})"
    places = [ast.get_source_segment(call, node) for node in ast.walk(ast.parse(call)) if _is_written(node, old)]
    return code.replace(places[0], repr(new)) if len(places) == 1 and code.count(places[0]) == 1 else None


def _is_written(node, value):
    try:
        written = ast.literal_eval(node) if isinstance(node, ast.expr) else ...
    except ValueError:
        return False
    return _as_tuples(written) == _as_tuples(value)


def _as_tuples(value):
    return tuple(map(_as_tuples, value)) if isinstance(value, list | tuple) else value


def _observed(job):
    _, text, file = job
    scoring.silent()
    return plain.run(text, file)


def _applied(text, edits, path):
    """The text with the edits of a cause in it; `None` where one has none for this file."""
    places = []
    starts = [0, *itertools.accumulate(map(len, text.splitlines(keepends=True)))]
    for edit in edits:
        place = edit["replaces"]
        if place is None or edit["replacement"] is None or pathlib.Path(place["file"]).absolute() != path:
            return None
        start = starts[place["line"] - 1] + place["column"]
        end = starts[place["end_line"] - 1] + place["end_column"]
        places.append((start, end, edit["replacement"]))
    for start, end, new in sorted(set(places), reverse=True):
        text = text[:start] + new + text[end:]
    return text


def _why_broken(observed, text, cause):
    """Why a promise is not kept; "" where it is."""
    if observed.error:
        return f"plain Keras: {observed.error}"
    if text.fits and not observed.fitted:
        return "the program came to no fit"
    if observed.broadcast:
        return f"targets and outputs {observed.broadcast[0]} broadcast"
    if cause["faults"] > 1 or cause["kind"] == "annotation":
        return ""
    renamed = {_auto_name(edit) for edit in cause["edits"] if edit["argument"] in STRUCTURE}
    for layer, shape in text.expected.items():
        seen = observed.shapes.get(layer)
        if seen is None or any(name and layer.startswith(name) for name in renamed):
            continue  # an automatic name that belongs to another layer now
        if not all(_agree(each, shape) for each in seen):
            return f"{layer!r} is {seen[0]}, expected {shape}"
    return ""


def _auto_name(edit):
    """The automatic name of the class of layer that is put in, or of the one that goes."""
    suggestion = str(edit["suggestion"] or "").partition("(")[0].rpartition(".")[2]
    return to_snake_case(suggestion) if suggestion else edit["layer"].rstrip("0123456789_")


def _agree(seen, expected):
    if isinstance(seen, list):
        return not isinstance(expected, list) or all(map(_agree, seen, expected))
    if isinstance(expected, list):
        return False
    pairs = zip(seen[1:], expected[1:], strict=False)
    return len(seen) == len(expected) and all(a == b or None in (a, b) for a, b in pairs)


def _told(cause):
    edits = (f"{e['layer']}.{e['argument']}={e['replacement'] or e['suggestion']!r}" for e in cause["edits"])
    return f"[{cause['kind']}] {'; '.join(edits)}"
