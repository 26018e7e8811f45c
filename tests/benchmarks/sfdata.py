"""Applies the first fix of `shapeguard check` to the Keras programs of SFData (Wu and others, ISSRE 2021), and runs them again.

In tests/, with a checkout of github.com/tensfa/tensfa at PATH (it has no licence: nothing of it is kept here), openpyxl and Pillow:

    python -m benchmarks.sfdata PATH                          every program; one row each, then the counts
    python -m benchmarks.sfdata PATH --only 60127320 --show   what is said of some of them
    python -m benchmarks.sfdata PATH --json FILE --table      the rows as JSON, and the table of the docs

Each program is modernised mechanically (`sfdata_programs`) and trains two steps. A row compares with the published repair: `place`
says that the fix changes a line that the published repair changes too, `shapes` that the layers have the same output
shapes afterwards. The repaired programs of the data set are checked for false alarms.
"""

import argparse
import collections
import concurrent.futures
import contextlib
import difflib
import json
import os
import pathlib
import runpy
import sys
import tempfile
import traceback

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
from benchmarks.sfdata_programs import FOLDERS, Programs
from corpus import forked

LIMIT = 300
PROVE_TIMEOUT = 60.0
"""Seconds, as `shapeguard check` has it by default."""


def published(path):
    """{number: whether the published tool repairs it}, from the tables beside its results; needs openpyxl."""
    import openpyxl

    tables = [openpyxl.load_workbook(path / "results" / table, read_only=True).active for table in FOLDERS.values()]
    return {
        str(number): repairs == 1 for table in tables for number, _, repairs, *_ in table.iter_rows(values_only=True)
    }


class TwoSteps(keras.callbacks.Callback):
    """Ends an epoch behind its second step: shapes do not change from there on."""

    def on_train_batch_end(self, batch, logs=None):
        self.model.stop_training = batch > 0


def trained(program):
    """What ends a run of the program in plain Keras, of two steps per `fit` and validation; empty if nothing does."""
    fit = keras.Model.fit

    def once(model, *arguments, **options):
        callbacks = [*(options.get("callbacks") or ()), TwoSteps()]
        validated = {"validation_data", "validation_split"} & set(options)
        steps = {"validation_steps": 2} if validated else {}
        return fit(model, *arguments[:2], **{**options, **steps, "epochs": 1, "callbacks": callbacks})

    keras.Model.fit = once
    try:
        runpy.run_path(str(program), run_name="__main__")
    except SystemExit:
        return ""
    except BaseException as error:  # noqa: BLE001  whatever ends a user's program
        lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == str(program)]
        return f"line {lines[-1] if lines else '?'}: {type(error).__name__}: {error}"
    return ""


def checked(program, children, *, proves):
    """(exit code, report, first cause before any proof) of `shapeguard check`, which proves its fixes by running.

    Where no fix is proven to suffice, what `shapeguard fix` would write is left in a file beside the program.
    """
    from shapeguard.cli import processes
    from shapeguard.cli.chains import longest
    from shapeguard.cli.common_options import CannotRunError
    from shapeguard.cli.dry_run import Request
    from shapeguard.cli.later_lines import with_later_lines
    from shapeguard.cli.proofs import proven
    from shapeguard.cli.prover import Budget, Prover

    options = argparse.Namespace(timeout=LIMIT, prove_timeout=PROVE_TIMEOUT, verbose=False, no_rerun=not proves)
    request = Request(program)
    try:
        first = processes.checked(request, options, start=children.start)
        with Prover(request, first, Budget(options), children) as prover:
            report = with_later_lines(proven(first, prover), program).report
        causes = [cause for diagnosis in report.diagnoses for cause in diagnosis.causes[:1]]
        if proves and first.report.diagnoses and not (causes and all(cause.proven_by for cause in causes)):
            with Prover(request, first, Budget(options), children) as prover:
                chain = longest(first, prover)
            if chain.passes and chain.files.text_of(program):
                _beside(program, "_chain").write_text(chain.files.text_of(program), encoding="utf-8")
    except CannotRunError as error:
        return 2, {"text": str(error)}, ""
    return int(not report.ok), {**report.to_dict(), "text": str(report)}, _first(first.report.to_dict())


def _beside(program, suffix):
    path = pathlib.Path(program)
    return path.with_stem(path.stem + suffix)


def each_checked(programs, at_once, *, proves=False):
    """What `check` says of each program; every worker has one process from which its runs are forked."""
    from shapeguard.cli.forking import Children

    waiting, answers = list(reversed(programs)), {}

    def work():
        with Children() as children:
            while waiting:
                program = waiting.pop()
                answers[program] = checked(program, children, proves=proves)
                pathlib.Path(program).with_suffix(".txt").write_text(answers[program][1]["text"], encoding="utf-8")

    with concurrent.futures.ThreadPoolExecutor(at_once) as pool:
        for worker in [pool.submit(work) for _ in range(at_once)]:
            worker.result()
    return answers


def _alone(program):
    folder = pathlib.Path(program).parent
    os.chdir(folder)
    sys.path.insert(0, str(folder))
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, 1)
    os.dup2(null, 2)
    return trained(program)


def each_trained(programs, at_once):
    """What ends each program in plain Keras."""
    return {
        program: answer if answer is not None else error
        for program, answer, error in forked.each(_alone, programs, at_once, LIMIT)
    }


def with_fix(text, diagnoses):
    """The program with the first fix of each fault in its text; `None` if one of them has no text."""
    causes = [diagnosis["causes"][0] if diagnosis["causes"] else {"edits": []} for diagnosis in diagnoses]
    edits = [edit for cause in causes for edit in cause["edits"]]
    if not all(cause["edits"] for cause in causes) or not edits:
        return None
    if any(not edit.get("replaces") or edit.get("replacement") is None for edit in edits):
        return None
    lines = text.splitlines(keepends=True)
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line))
    spans = {}
    for edit in edits:
        span = edit["replaces"]
        place = starts[span["line"] - 1] + span["column"], starts[span["end_line"] - 1] + span["end_column"]
        spans[place] = edit["replacement"]
    for (start, end), new in sorted(spans.items(), reverse=True):
        text = text[:start] + new + text[end:]
    return text


def changed_lines(before, after):
    """The lines of `before` that `after` changes, or between which it inserts."""
    changes = difflib.SequenceMatcher(None, before.splitlines(), after.splitlines(), autojunk=False).get_opcodes()
    return {line for tag, start, end, *_ in changes if tag != "equal" for line in range(start, max(end, start + 1) + 1)}


def shapes_of(answer):
    return [(row["layer_type"], row["actual"]) for row in answer[1].get("rows", ())] if answer[0] < 2 else None


def rows_of(programs, at_once):
    """One dict per program, by number."""
    plain = each_trained([programs.path(n) for n in programs.numbers], at_once)
    answers = each_checked([programs.path(n) for n in programs.numbers], at_once, proves=True)
    rows = {}
    for number in programs.numbers:
        code, report, at_first = answers[programs.path(number)]
        diagnoses = report.get("diagnoses", [])
        causes = diagnoses[0]["causes"] if diagnoses else []
        rows[number] = {
            "crash": plain[programs.path(number)],
            "exit": code,
            "codes": [d["code"] for d in diagnoses],
            "cause": _first(report),
            "what": "; ".join(_kind(diagnosis["causes"][0]) for diagnosis in diagnoses if diagnosis["causes"]),
            "without proof": at_first,
            "proof": causes[0].get("proven_by") if causes else None,
        }
        fixed = with_fix(programs.text(number), diagnoses)
        if fixed is not None:
            programs.write(number, fixed, "_fixed")
    _compare(rows, programs, at_once)
    return rows


def _first(report):
    """The first cause of the first diagnosis in words; "" without one."""
    causes = [cause for diagnosis in report.get("diagnoses", [])[:1] for cause in diagnosis["causes"]]
    return _words(causes[0]) if causes else ""


def _kind(cause):
    """What a cause changes, without a word of the program."""
    arguments = dict.fromkeys(edit["argument"] for edit in cause["edits"] if edit["argument"] != "import")
    return f"{cause['kind']} ({', '.join(arguments)})" if arguments else cause["kind"]


def _words(cause):
    edits = "; ".join(f"{e['layer']}.{e['argument']}={e['suggestion']!r}" for e in cause["edits"])
    return f"{cause['confidence']}: {edits or cause['explanation']}"


def _compare(rows, programs, at_once):
    fixed = [n for n in rows if pathlib.Path(programs.path(n, "_fixed")).exists()]
    again = each_trained([programs.path(n, "_fixed") for n in fixed], at_once)
    shown = each_checked([programs.path(n, "_fixed") for n in fixed], at_once)
    truths = each_checked([programs.path(n, "_truth") for n in rows], at_once)
    sound = each_trained([programs.path(n, "_truth") for n in rows], at_once)
    chained = [n for n in rows if pathlib.Path(programs.path(n, "_chain")).exists()]
    written = each_trained([programs.path(n, "_chain") for n in chained], at_once)
    for number, row in rows.items():
        truth = truths[programs.path(number, "_truth")]
        row["truth"] = sound[programs.path(number, "_truth")]
        row["alarm"] = truth[0] == 1 and not row["truth"]
        row["fixed"] = number in fixed
        row["chain"] = number in chained and not written[programs.path(number, "_chain")]
        row["passes"] = row["fixed"] and not again[programs.path(number, "_fixed")]
        if row["fixed"]:
            row["after"] = again[programs.path(number, "_fixed")]
            own = changed_lines(programs.text(number), programs.text(number, "_fixed"))
            row["place"] = bool(own & changed_lines(programs.text(number), programs.text(number, "_truth")))
            shapes = shapes_of(truth)
            row["shapes"] = shapes is not None and shapes == shapes_of(shown[programs.path(number, "_fixed")])


def counts(rows, tool):
    crashing = {n: r for n, r in rows.items() if r["crash"]}
    passing = [n for n, r in crashing.items() if r["passes"]]
    return {
        "programs": len(rows),
        "crash in plain Keras": len(crashing),
        "explained": sum(bool(r["codes"]) for r in crashing.values()),
        "with a cause": sum(bool(r["cause"]) for r in crashing.values()),
        "first fix has text": sum(r["fixed"] for r in crashing.values()),
        "passes with it": len(passing),
        "passes with it, or with what `fix` writes": sum(r["passes"] or r["chain"] for r in crashing.values()),
        "agrees with the published repair": sum(rows[n]["place"] or rows[n]["shapes"] for n in passing),
        "said to be proven, and fails": sum(
            bool(r["proof"]) and r["fixed"] and not r["passes"] for r in crashing.values()
        ),
        "check exits 0 although it crashes": sum(r["exit"] == 0 for r in crashing.values()),
        "alarms on repaired programs": sum(r["alarm"] for r in rows.values()),
        "repaired by the published tool": sum(tool.get(n, False) for n in crashing),
    }


def verdict(row):
    if not row["crash"]:
        return "runs in plain Keras"
    if row["passes"]:
        agrees = [name for name in ("place", "shapes") if row[name]]
        return "repaired" + (f", as published ({', '.join(agrees)})" if agrees else ", otherwise than published")
    if row["chain"]:
        return "repaired by several fixes of `fix`"
    if row["fixed"]:
        return "the first fix does not suffice"
    return "a cause without text" if row["cause"] else "explained without a cause" if row["codes"] else "not explained"


def table(rows, tool):
    lines = ["| program | first fix | with it | published tool |", "|---|---|---|---|"]
    for number, row in rows.items():
        lines.append(f"| {number} | {row['what']} | {verdict(row)} | {'repairs' if tool.get(number) else '-'} |")
    return "\n".join(lines)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("path", type=pathlib.Path)
    parser.add_argument("--only", nargs="*", default=())
    parser.add_argument("--at-once", type=int, default=2)
    parser.add_argument("--show", action="store_true", help="what each program ended with, before and after the fix")
    parser.add_argument("--json", type=pathlib.Path)
    parser.add_argument("--table", action="store_true", help="the rows as a table in Markdown")
    parser.add_argument("--keep", type=pathlib.Path, help="a folder for the programs as they were run")
    options = parser.parse_args()
    with contextlib.ExitStack() as stack:
        folder = options.keep or stack.enter_context(tempfile.TemporaryDirectory())
        programs = Programs(options.path, folder, options.only)
        stack.enter_context(contextlib.chdir(programs.folder))
        rows = rows_of(programs, options.at_once)
    tool = published(options.path)
    for number, row in rows.items():
        print(f"{number:9} exit {row['exit']:2} {'/'.join(row['codes']):12} {verdict(row):42} {row['cause'][:110]}")
        if options.show:
            print("    crash:", row["crash"][:300], "\n    after:", row.get("after", "")[:300])
        if row["alarm"]:
            print("    ALARM on the repaired program")
    for name, count in counts(rows, tool).items():
        print(f"{count:4} {name}")
    print(collections.Counter(verdict(row) for row in rows.values()))
    if options.table:
        print(table(rows, tool))
    if options.json:
        options.json.write_text(json.dumps(rows, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
