"""Reads programs without running them, and holds the result against Keras: `python -m benchmarks.static`, in tests/.

--keras     run every program too, and compare each size that is stated (minutes; results are kept in --kept)
--faults    which faults of the corpus are found without running, and the alarms at correct programs
--dir DIR   more programs, in the form of the corpus
"""

import argparse
import json
import pathlib
import statistics
import subprocess
import sys
import time

from helpers.keras_shapes import text_of
from helpers.static_shapes import Score, compared

from shapeguard.static.program import read_program

TESTS = pathlib.Path(__file__).parents[1]
CORPUS = TESTS / "corpus"


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


def faults(files):
    found, alarms, missed, crashing = 0, [], [], 0
    for file in files:
        text = text_of(file)
        is_right = file.name.startswith("clean_") or file.parent.name == "right"
        diagnoses = read_program(str(file), text).diagnoses
        if is_right:
            alarms += [(file.name, diagnosis.headline) for diagnosis in diagnoses]
        elif "\nCRASHES = None" not in text and "\n# PLAIN KERAS: nothing" not in text:
            crashing += 1
            found += bool(diagnoses)
            missed += [] if diagnoses else [file.name]
    print(f"crashing faults found without running: {found} of {crashing} ({found / max(crashing, 1):.0%})")
    print(f"alarms at correct programs: {len(alarms)}", *alarms)
    print("missed:", *missed)


def speed(files):
    texts = [(str(file), file.read_text(encoding="utf-8")) for file in files]
    read_program(*texts[0])
    times = []
    for path, text in texts:
        before = time.process_time()
        read_program(path, text)
        times.append((time.process_time() - before) * 1000)
    print(f"processor time a file: median {statistics.median(times):.1f} ms, most {max(times):.1f} ms")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--keras", action="store_true")
    parser.add_argument("--faults", action="store_true")
    parser.add_argument("--dir", action="append", default=[], type=pathlib.Path)
    parser.add_argument("--kept", type=pathlib.Path, default=pathlib.Path("keras_shapes.jsonl"))
    options = parser.parse_args()
    files = programs([CORPUS, CORPUS / "in_call", CORPUS / "in_call" / "right", *options.dir])
    speed(files)
    if options.faults:
        faults(files)
    if options.keras:
        against_keras(files, options.kept)


if __name__ == "__main__":
    main()
