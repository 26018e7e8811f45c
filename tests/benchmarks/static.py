"""Reads programs without running them, and holds the result against Keras: `python -m benchmarks.static`, in tests/.

--keras     run every program too, and compare each size that is stated (minutes; results are kept in --kept)
--faults    which faults are found without running, whether the first cause is right, the alarms at correct programs
--dir DIR   more programs, in the form of the corpus
--right DIR programs that are right, wherever they come from: every alarm is printed
"""

import argparse
import ast
import json
import pathlib
import re
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass

from helpers.literate import blocks
from helpers.static_shapes import Score, compared
from helpers.whole_programs import text_of

from shapeguard.static.program import read_program

TESTS = pathlib.Path(__file__).parents[1]
CORPUS = TESTS / "corpus"
DOCS = TESTS.parent / "docs"
SHOWN_FAULTY = {"fix", "pictures"}
"""Pages about faulty programs that show no message of them, but what becomes of them."""
INPUT_SHAPES = {"shape", "input_shape", "batch_shape", "batch_input_shape"}


@dataclass
class Share:
    """How many of all."""

    found: int = 0
    all: int = 0
    missed: tuple = ()

    def count(self, name, found):
        self.all += 1
        self.found += bool(found)
        self.missed += () if found else (name,)

    def __str__(self):
        return f"{self.found} of {self.all} ({self.found / max(self.all, 1):.0%})"


@dataclass
class Text:
    """A program that stands in a page."""

    name: str
    text: str
    shown: str = ""


@dataclass
class Label:
    """A program of the corpus under its expectations, and the places of the repairs that its label accepts."""

    path: pathlib.Path
    accepted: list


def programs(folders):
    files = [file for folder in folders for file in sorted(folder.glob("*.py"))]
    return [file for file in files if file.name[0].isdigit() or file.name.startswith("clean_")]


def in_keras(files, kept):
    """{path: places} of the programs, run by real Keras in one process each time."""
    known = {}
    if kept.exists():
        known = {entry["path"]: entry for entry in map(json.loads, kept.read_text(encoding="utf-8").splitlines())}
    missing = [str(file) for file in files if str(file) not in known]
    if missing:
        command = [sys.executable, "-m", "helpers.keras_shapes", *missing]
        answer = subprocess.run(command, capture_output=True, text=True, check=True, cwd=TESTS)
        known |= {entry["path"]: entry for entry in map(json.loads, answer.stdout.splitlines())}
        kept.write_text("".join(json.dumps(entry) + "\n" for entry in known.values()), encoding="utf-8")
    return known


def against_keras(files, kept):
    total = Score()
    known = in_keras(files, kept)
    for file in files:
        total += compared(str(file), text_of(file), known[str(file)]["places"])
    print(f"{len(files)} programs, {total.calls} layer calls in Keras")
    print(
        f"sizes stated {total.sizes}, equal {total.equal} ({total.equal / total.sizes:.2%}), symbols and ? {total.unknown}"
    )
    print(
        f"rank known {total.ranked} ({total.ranked / total.calls:.1%}), all sizes known {total.resolved / total.calls:.1%}"
    )
    for wrong in total.wrong:
        print("wrong:", *wrong)


def is_right(file):
    return file.name.startswith("clean_") or file.parent.name == "right"


def faults(files):
    """{kind: share} of the faults that are found: of crashes with nothing expected, and of all with what is expected."""
    found = {"crashes": Share(), "expected": Share()}
    for file in files:
        text = text_of(file)
        if is_right(file):
            continue
        is_silent = "\nCRASHES = None" in text or "\n# PLAIN KERAS: nothing" in text
        if not is_silent:
            found["crashes"].count(file.stem, read_program(str(file), text).diagnoses)
        if "\nEXPECTED = " in text:
            found["expected"].count(file.stem, read_program(str(file), text_of(file, expected=True)).diagnoses)
    return found


def label_of(path):
    """The label of a program of the corpus; `None` if no change of an argument is right."""
    text = path.read_text(encoding="utf-8")
    tree = ast.parse(text if "\nACCEPT = " in text else "")
    labels = [each for each in tree.body if isinstance(each, ast.Assign) and ast.unparse(each.targets[0]).isupper()]
    scope = {}
    exec(compile(ast.Module(labels, []), str(path), "exec"), scope)  # noqa: S102  a case of our own
    accepted = [way if isinstance(way, list) else [way] for way in scope.get("ACCEPT") or ()]
    return Label(path, [{place(*edit[:2]) for edit in way} for way in accepted]) if accepted else None


def place(layer, argument):
    return ("input", "shape") if argument in INPUT_SHAPES else (layer, argument)


def is_named_first(label):
    """Whether the first cause by formula is one that the label accepts, or a part of one."""
    diagnoses = read_program(str(label.path), text_of(label.path, expected=True)).diagnoses
    causes = diagnoses[0].causes if diagnoses else ()
    named = {place(layer, edit.argument) for cause in causes[:1] for edit in cause.edits for layer in edit.layers}
    return bool(named) and any(named <= way for way in label.accepted)


def literate_programs(folder):
    """The programs in the pages of a folder, each with what the page shows behind it."""
    for page in sorted(folder.rglob("*.md")):
        found = list(blocks(page.read_text(encoding="utf-8")))
        for number, block in enumerate(found):
            if block.kind == "python":
                shown = found[number + 1].code if number + 1 < len(found) and found[number + 1].kind != "python" else ""
                yield Text(f"{page.stem}-{number}.py", block.code, shown)


def right_programs():
    """The programs in the docs of the pages that show no fault."""
    pages = [page for page in sorted(DOCS.rglob("*.md")) if "_build" not in page.parts]
    shown = {page.stem: [each.code for each in blocks(page.read_text(encoding="utf-8"))] for page in pages}
    faulty = {stem for stem, texts in shown.items() if re.search(r"SG\d{3}|Mismatch|Error", "".join(texts))}
    return [each for each in literate_programs(DOCS) if each.name.rpartition("-")[0] not in faulty | SHOWN_FAULTY]


def cases():
    """How many of the literate cases with a fault get the first line that the case shows, and how many any diagnosis."""
    found, alike = Share(), Share()
    for case in literate_programs(TESTS / "cases"):
        line = re.search(r"\[SG\d{3}\] .*", case.shown)
        if line is not None:
            diagnoses = read_program(case.name, case.text).diagnoses
            found.count(case.name, diagnoses)
            head = diagnoses[0].layer if diagnoses else "nothing"
            alike.count(case.name, f"'{head}'" in line[0])
    return found, alike


def report_faults(files):
    for kind, share in faults(files).items():
        print(f"{kind}: found without running {share}; missed:", *share.missed)
    told = [label for file in files if not is_right(file) and (label := label_of(file)) is not None]
    print(f"first cause accepted by the label: {sum(map(is_named_first, told))} of {len(told)}")
    found, alike = cases()
    print(f"literate cases: found {found}, of the layer that the case names {alike}; missed:", *found.missed)
    right = [(file.name, text_of(file, expected=e)) for file in files if is_right(file) for e in (False, True)]
    right += [(each.name, each.text) for each in right_programs()]
    alarms = [(name, each.headline) for name, text in right for each in read_program(name, text).diagnoses]
    print(f"alarms at {len(right)} correct programs: {len(alarms)}", *alarms)


def report_alarms(folder):
    count, calls, alarms = 0, 0, []
    for file in sorted(folder.rglob("*.py")):
        program = read_program(str(file), file.read_text(encoding="utf-8", errors="replace"))
        count += bool(program.network.calls)
        calls += len(program.network.calls)
        alarms += [(file.name, each.headline or (each.layer, each.expected, each.actual)) for each in program.diagnoses]
    print(f"{folder.name}: {count} programs with {calls} calls, {len(alarms)} alarms")
    for alarm in alarms:
        print("alarm:", *alarm)


def speed(files):
    texts = [(str(file), file.read_text(encoding="utf-8")) for file in files]
    read_program(*texts[0])
    times = []
    for path, text in texts:
        before = time.process_time()
        program = read_program(path, text)
        times.append(((time.process_time() - before) * 1000, program.steps, path))
    slowest = max(times)
    print(
        f"processor time a file: median {statistics.median(each[0] for each in times):.1f} ms, most {slowest[0]:.1f} ms"
    )
    print(f"the slowest: {pathlib.Path(slowest[2]).name}, {slowest[1]} statements and calls")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--keras", action="store_true")
    parser.add_argument("--faults", action="store_true")
    parser.add_argument("--dir", action="append", default=[], type=pathlib.Path)
    parser.add_argument("--right", action="append", default=[], type=pathlib.Path)
    parser.add_argument("--kept", type=pathlib.Path, default=pathlib.Path("keras_shapes.jsonl"))
    options = parser.parse_args()
    files = programs([CORPUS, CORPUS / "in_call", CORPUS / "in_call" / "right", *options.dir])
    speed(files)
    if options.faults:
        report_faults([*files, *programs([CORPUS / "data"])])
    for folder in options.right:
        report_alarms(folder)
    if options.keras:
        against_keras(files, options.kept)


if __name__ == "__main__":
    main()
