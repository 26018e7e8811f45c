"""Applies the first fix of `shapeguard check` to the Keras programs of SFData (Wu and others, ISSRE 2021), and runs them again.

In tests/, with a checkout of github.com/tensfa/tensfa at PATH (it has no licence: nothing of it is kept here):

    python -m benchmarks.sfdata PATH                          every program; one row each, then the counts
    python -m benchmarks.sfdata PATH --only 60127320 --show   what is said of some of them
    python -m benchmarks.sfdata PATH --json FILE --table      the rows as JSON, and the table of the docs

Each program is modernised mechanically (`MODERN`) and trains two steps. A row compares with the published repair: `place`
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
import re
import runpy
import shutil
import sys
import tempfile
import traceback

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
from corpus import forked

FOLDERS = {"StackOverflow": "StackOverflow.xlsx", "ICSE2020": "ICSE2020ToRepair.xlsx"}
MODERN = (
    (r"\bnb_epoch(\s*)=", r"epochs\1="),
    (r"\b(fit|predict|evaluate)_generator\(", r"\1("),
    (r"\bpredict_classes\(", "predict("),
    (r"\blr(\s*)=(?!=)", r"learning_rate\1="),
    (r",\s*decay\s*=\s*[^,)]+", ""),
    (r",\s*(use_multiprocessing|workers)\s*=\s*\w+", ""),
    (r",\s*input_length\s*=\s*(\([^)]*\)|\w+)", ""),
    (r"\bborder_mode(\s*)=", r"padding\1="),
    (r"\binit(\s*)=(\s*['\"])", r"kernel_initializer\1=\2"),
    (r"\bnp\.(float|int|bool)\b(?!\d)", r"\1"),
    (r"weights\s*=\s*(['\"])imagenet\1", "weights=None"),
    (r"from tensorflow\.examples\.tutorials\.mnist import", "from absent_data import"),
    (r"from (tensorflow\.)?keras\.datasets import", "from absent_data import"),
    (r"\btf\.keras\.datasets\.(\w+)", r'__import__("absent_data").\1'),
    (r"(ModelCheckpoint\(\s*filepath\s*=\s*)(['\"])(\w+)\2", r"\1\2\3.weights.h5\2"),
    (r"\b((?:steps_per_epoch|validation_steps)\s*=\s*)(\w+\([^()]*\)\s*/\s*\w+)", r"\1int(\2)"),
    (r"(?m)^(\s*)\w+\.reset_states\(\)", r"\1pass"),
    (r"\btf\.concat\(", '__import__("keras").ops.concatenate('),
    (r"\bimport cv2\b", "import absent_data as cv2"),
    (r"\bimport os,\s*cv2\b", "import os, absent_data as cv2"),
)
"""What Keras 3 and NumPy 2 removed or renamed, and data that only the network has; none of it changes a line's number."""

ABSENT_DATA = """
import types
import numpy as np

INTER_AREA = COLOR_BGR2GRAY = 0
_random = np.random.default_rng(0)


def _images(count):
    return _random.integers(0, 256, (count, 28, 28), "uint8"), _random.integers(0, 10, count, "uint8")


def _words(count):
    texts = np.empty(count, object)
    texts[:] = [list(_random.integers(1, 9999, size)) for size in _random.integers(20, 200, count)]
    return texts, _random.integers(0, 2, count)


class _Part:
    def next_batch(self, count):
        images, labels = _images(count)
        return images.reshape(count, 784).astype("float32") / 255, labels


class _Digits:
    train = validation = test = _Part()


mnist = fashion_mnist = types.SimpleNamespace(load_data=lambda *_: (_images(60000), _images(10000)))
imdb = types.SimpleNamespace(load_data=lambda *_, **__: (_words(600), _words(100)))
input_data = types.SimpleNamespace(read_data_sets=lambda *_, **__: _Digits())
imread = lambda *_: _random.integers(0, 256, (64, 64, 3)).astype("uint8")
cvtColor = lambda image, _: image[..., 0]
resize = lambda image, size, **_: np.zeros((size[1], size[0], *image.shape[2:]), "uint8")
"""
LIMIT = 300
PROVE_TIMEOUT = 60.0
"""Seconds, as `shapeguard check` has it by default."""


def modernised(text):
    for old, new in MODERN:
        text = re.sub(old, new, text)
    return text


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


class Programs:
    """The programs in one folder as they are run: NUMBER.py the faulty one, NUMBER_truth.py, NUMBER_fixed.py."""

    def __init__(self, source, folder, only):
        self.folder = pathlib.Path(folder, "programs").absolute()
        self.folder.mkdir(parents=True, exist_ok=True)
        shutil.copytree(source / "SFData" / "data", self.folder.parent / "data", dirs_exist_ok=True)
        (self.folder / "absent_data.py").write_text(ABSENT_DATA, encoding="utf-8")
        self.numbers = []
        for part in FOLDERS:
            for path in sorted((source / "SFData" / part).glob("s*_context.py")):
                number, text = path.name.split("_")[0][1:], path.read_text(encoding="utf-8")
                if "keras" in text and (not only or number in only):
                    self.numbers.append(number)
                    truth = path.with_name(f"s{number}_ground_truth.py").read_text(encoding="utf-8")
                    self.write(number, modernised(text))
                    self.write(number, modernised(truth), "_truth")

    def path(self, number, suffix=""):
        return str(self.folder / f"s{number}{suffix}.py")

    def text(self, number, suffix=""):
        return pathlib.Path(self.path(number, suffix)).read_text(encoding="utf-8")

    def write(self, number, text, suffix=""):
        pathlib.Path(self.path(number, suffix)).write_text(text, encoding="utf-8")


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
