"""What an answer is: the code, layer, axes and causes of each diagnosis and how the program ended; no texts."""

import json
import pathlib
import re

ADDRESS = re.compile(r" at 0x[0-9a-f]+")
COPY = re.compile(r"_\d+(?=\.py$)")
"""Mutants are compiled under numbered names, and the number depends on what ran before."""


def of_report(report, own, error=""):
    """The answer in a report; `own` is the name of the user's file, `error` the other exception that ended it."""
    if report is None:
        return {"ended": error.partition(":")[0] or "fine"}
    return of_document(json.loads(report.to_json()), own, "fine" if report.ok else "mismatch")


def of_document(document, own, ended):
    """The answer in a report as JSON has it; `ended` is the exit code of a command, else what became of the program."""
    found = [_diagnosis(each, own) for each in document["diagnoses"]]
    return {"ended": ended} | ({"diagnoses": found} if found else {})


def _diagnosis(document, own):
    kept = {name: document[name] for name in ("code", "layer", "axes")}
    other = {} if document["quantity"] == "output" else {"quantity": document["quantity"]}
    return kept | other | {"causes": [_cause(each, own) for each in document["causes"]]}


def _cause(document, own):
    kept = {name: document[name] for name in ("kind", "confidence", "verified")}
    also = {"also": _without_addresses(document["also"])} if document["also"] else {}
    return kept | also | {"edits": [_edit(each, own) for each in document["edits"]]}


def _edit(document, own):
    """An edit without what is empty, or as it mostly is."""
    edit = {name: _without_addresses(document[name]) for name in ("layer", "argument", "value", "suggestion")}
    layers = document["layers"] or [document["layer"]]
    rest = {
        "layers": layers if layers != [document["layer"]] else None,
        "span_layers": document["span_layers"] if document["span_layers"] != layers else None,
        "position": document["position"],
        "explicit": document["explicit"] or None,
        "span": _place(document["span"], own),
        "replaces": _place(document["replaces"], own),
        "replacement": document["replacement"],
        "corrected": document["corrected"] if _is_in(document["span"], own) else None,
    }
    return edit | {name: value for name, value in rest.items() if value not in (None, [])}


def _is_in(span, own):
    return span is not None and _file(span) == own


def _file(span):
    return COPY.sub("", pathlib.PurePath(span["file"]).name)


def _place(span, own):
    """Lines and columns in the user's own file; of another one its name, for its lines are no part of an answer."""
    if span is None or not _is_in(span, own):
        return span and _file(span)
    return "{line}:{column}-{end_line}:{end_column}".format(**span)


def _without_addresses(value):
    if isinstance(value, list):
        return [_without_addresses(each) for each in value]
    return ADDRESS.sub("", value) if isinstance(value, str) else value
