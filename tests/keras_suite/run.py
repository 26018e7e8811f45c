"""Runs Keras' own tests plain and under an ambient guard, and tells which of them a guard makes worse.

    KERAS_BACKEND=jax python tests/keras_suite/run.py [FOLDER ...] [--modes around,callback] [-k EXPRESSION] ...

README.md beside this file says what is run and how to read what is printed.
"""

import argparse
import collections
import importlib.metadata
import json
import os
import subprocess
import sys
import tarfile
import tempfile
import time
from pathlib import Path, PurePosixPath

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
FOLDERS = ("trainers", "models", "callbacks", "layers/rnn", "layers/core", "saving")
MODES = {
    "around": "a guard around each test",
    "callback": "a guard in the callbacks of each fit, evaluate and predict",
}
PYTEST = (
    *("-q", "-q", "--tb=short", "--no-header", "--no-summary", "-c", "pyproject.toml", "-o", "addopts="),
    *("--import-mode=importlib", "--continue-on-collection-errors"),
    *("-p", "no:cacheprovider", "-p", "no:shapeguard", "-p", "ambient"),
)
ENDED_WELL = (0, 1, 5)  # all passed, some failed, none selected
BY_ITSELF = 40  # tests that are run once more: a process that dies leaves hundreds without an outcome
GOOD = ("passed", "skipped", "xfailed", "xpassed")


def main():
    options = asked()
    with tempfile.TemporaryDirectory(prefix="keras_suite_") as folder:
        suite = Path(folder) / "suite"
        unpack(options.archive or downloaded(Path(folder)), suite)
        print(f"Keras {version()} on {options.backend}, ShapeGuard of {ROOT}: {' '.join(options.folders)}", flush=True)
        plain = ran(suite, "plain", options)
        if not any(outcome["outcome"] == "passed" for outcome in plain.values()):
            sys.exit("not one test passes without a guard: nothing can be compared")
        counts = [told(plain, mode, ran(suite, mode, options), suite, options) for mode in options.modes]
    sys.exit(any(counts))


def asked():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folders", nargs="*", metavar="FOLDER", help=f"below keras/src; {', '.join(FOLDERS)}")
    parser.add_argument("--backend", default=os.environ.get("KERAS_BACKEND", "tensorflow"))
    parser.add_argument("--modes", type=lambda text: text.split(","), default=list(MODES), help="around, callback")
    parser.add_argument("-k", dest="expression", default="", help="as pytest's -k")
    parser.add_argument("--deselect", action="append", default=[], metavar="TEST", help="as pytest's, may be repeated")
    parser.add_argument("--seconds", type=int, default=300, help="the longest a test may take; 300")
    parser.add_argument("--minutes", type=int, default=60, help="the longest a folder may take; 60")
    parser.add_argument("--archive", type=Path, metavar="FILE", help="Keras' source archive, if it is at hand")
    parser.add_argument("--plain", type=Path, metavar="FILE", help="keeps the plain outcomes for the next time")
    options = parser.parse_args()
    options.folders = options.folders or list(FOLDERS)
    wrong = set(options.modes) - set(MODES)
    if wrong:
        parser.error(f"--modes takes {', '.join(MODES)}, not {', '.join(sorted(wrong))}")
    return options


def version():
    return importlib.metadata.version("keras")


def downloaded(folder):
    """The source archive of the very Keras that is installed."""
    pip = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]
    subprocess.run([*pip, "--no-binary", "keras", f"keras=={version()}", "--dest", str(folder)], check=True)
    (archive,) = folder.glob("keras-*.tar.gz")
    return archive


def unpack(archive, suite):
    """Puts the tests alone into `suite`: with no `keras` package there, what they import is the installed one."""
    with tarfile.open(archive) as members:
        for member in members:
            parts = PurePosixPath(member.name).parts[1:]
            is_test = parts[:2] == ("keras", "src") and parts[-1].endswith("_test.py")
            if is_test or parts == ("pyproject.toml",):
                target = suite.joinpath(*parts)
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(members.extractfile(member).read())
    if not any(suite.rglob("*_test.py")):
        sys.exit(f"{archive.name} holds no tests")


def ran(suite, mode, options):
    """How each test ended, by its name; a process of its own a folder, so that a crash ends one folder alone."""
    begin = time.monotonic()
    known = kept(options.plain) if mode == "plain" else {}
    outcomes = {}
    for folder in options.folders:
        selection = " ".join([version(), options.backend, folder, options.expression, *options.deselect])
        known[selection] = known.get(selection) or child(suite, mode, [f"keras/src/{folder}"], options)
        outcomes |= known[selection]
    if mode == "plain" and options.plain is not None:
        options.plain.write_text(json.dumps(known), encoding="utf-8")
    count = collections.Counter(outcome["outcome"] for outcome in outcomes.values())
    words = ", ".join(f"{number} {word}" for word, number in count.most_common())
    print(f"{mode:<9}{len(outcomes):>5} tests: {words}; {time.monotonic() - begin:.0f} s", flush=True)
    return outcomes


def kept(file):
    """The plain outcomes of earlier runs, by what was selected."""
    return json.loads(file.read_text(encoding="utf-8")) if file is not None and file.exists() else {}


def child(suite, mode, tests, options):
    with tempfile.TemporaryDirectory(prefix="keras_suite_home_") as home:
        lines, said = Path(home) / "outcomes", Path(home) / "said"
        command = [sys.executable, "-m", "pytest", *tests, *PYTEST, "--rootdir", str(suite)]
        command += ["--ambient", mode, "--outcomes", str(lines), "--seconds", str(options.seconds)]
        command += ["-k", options.expression, *(f"--deselect={test}" for test in options.deselect)]
        try:
            with said.open("w", encoding="utf-8") as output:
                code = subprocess.run(
                    command,
                    cwd=suite,
                    env=environment(options.backend, home),
                    stdout=output,
                    stderr=subprocess.STDOUT,
                    timeout=60 * options.minutes,
                    check=False,
                ).returncode
        except subprocess.TimeoutExpired:
            code = f"none: it was stopped after {options.minutes} minutes"
        if code not in ENDED_WELL:
            print(f"{mode:<9}{' '.join(tests)}: pytest did not end well, exit code {code}")
            print(indented(said.read_text(encoding="utf-8", errors="replace").splitlines()[-10:]), flush=True)
        rows = map(json.loads, lines.read_text(encoding="utf-8").splitlines() if lines.exists() else ())
        return {row.pop("test"): row for row in rows}


def environment(backend, home):
    """That of this process, with this ShapeGuard first, its own faults raised, and no settings of the user's."""
    path = os.pathsep.join([str(ROOT), str(HERE), os.environ.get("PYTHONPATH", "")]).rstrip(os.pathsep)
    return {
        "TF_CPP_MIN_LOG_LEVEL": "3",
        **{name: value for name, value in os.environ.items() if name not in ("SHAPEGUARD", "PYTEST_ADDOPTS")},
        "PYTHONPATH": path,
        "PYTHONSAFEPATH": "1",  # the folder in which pytest runs holds a `keras` without code
        "KERAS_BACKEND": backend,
        "KERAS_HOME": home,
        "SHAPEGUARD_STRICT": "1",
    }


def worse(plain, guarded):
    """The tests that ended well without a guard, and not so with it."""
    return [
        test
        for test, outcome in plain.items()
        if outcome["outcome"] in GOOD and ended(guarded, test)[0] != outcome["outcome"]
    ]


def ended(outcomes, test):
    """How the test ended, and its error; "no outcome" where its process died or was stopped."""
    outcome = outcomes.get(test, {"outcome": "no outcome", "error": ""})
    return outcome["outcome"], outcome["error"]


def told(plain, mode, guarded, suite, options):
    """How many tests are worse, each printed with the end of its error and whether it is also worse by itself."""
    tests = worse(plain, guarded)
    print(f"\n{len(tests) or 'not one'} worse with {MODES[mode]}")
    for number, test in enumerate(tests):
        now, error = ended(guarded, test)
        change = f"{plain[test]['outcome']} -> {now}"
        if number < BY_ITSELF:
            alone = [ended(child(suite, each, [test], options), test)[0] for each in ("plain", mode)]
            change += f"; by itself {alone[0]} -> {alone[1]}"
        print(f"\n{test}: {change}\n{end_of(error)}", flush=True)
    print()
    return len(tests)


def end_of(error):
    """The place of the error and the beginning of what it says: pytest marks these lines with an E."""
    lines = [line for line in error.splitlines() if line.strip()]
    begins = [number for number, line in enumerate(lines) if line.startswith("E ") and lines[number - 1][:2] != "E "]
    begin = begins[-1] if begins else len(lines) - 4
    return indented(lines[max(begin - 3, 0) : begin + 5])


def indented(lines):
    return "\n".join(f"    {line[:200]}" for line in lines)


if __name__ == "__main__":
    main()
