"""Programs that import no Keras: what `run` and `check` make of them, in milliseconds."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

STRANGER = """import sys, os, helper
print(__name__, sys.argv, os.path.basename(__file__), sys.path[0] == os.path.dirname(os.path.realpath(__file__)))
print(open("data.txt").read(), helper.VALUE, sys.modules["__main__"].__dict__ is globals())
print("told", file=sys.stderr)
sys.exit(7)
"""


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "data.txt").write_text("here", encoding="utf-8")
    (tmp_path / "helper.py").write_text("VALUE = 42\n", encoding="utf-8")
    return tmp_path


def python(folder, *words):
    return subprocess.run([sys.executable, *words], cwd=folder, capture_output=True, text=True, check=False)


def shapeguard(folder, *words, **more):
    return subprocess.run(
        [sys.executable, "-m", "shapeguard", *words], cwd=folder, capture_output=True, text=True, check=False, **more
    )


def write(folder, text, name="train.py"):
    (folder / name).write_text(text, encoding="utf-8")
    return name


ENDINGS = {
    "sys.exit": STRANGER,
    "a message": "import sys\nsys.exit('gave up')\n",
    "an exception": "def f():\n    raise KeyError('x')\nf()\n",
    "a chained exception": "try:\n    1 / 0\nexcept ZeroDivisionError as e:\n    raise ValueError('y') from e\n",
    "the end": "print('fine')\n",
    "a hook of its own": "import sys\nsys.excepthook = lambda *e: print('hook', e[0].__name__)\nraise OSError\n",
    "a thread": "import threading\nthreading.Thread(target=lambda: print('late')).start()\n",
    "an exit handler": "import atexit\natexit.register(print, 'bye')\n",
    "a process of its own": "import subprocess, sys\nsubprocess.run([sys.executable, '-c', 'print(1)'])\n",
}


@pytest.mark.parametrize("ending", ENDINGS)
def test_a_program_runs_as_under_python(folder, ending):
    name = write(folder, ENDINGS[ending])
    theirs, ours = python(folder, name, "a", "--b"), shapeguard(folder, "run", name, "a", "--b")
    assert (ours.stdout, ours.stderr, ours.returncode) == (theirs.stdout, theirs.stderr, theirs.returncode)


MODULE = """import sys
from . import helper
from .helper import VALUE
print(__name__, __package__, __spec__.name, sys.argv, sys.path[0] == __import__("os").getcwd(), VALUE)
sys.exit(5)
"""


@pytest.mark.parametrize("name", ["package.train", "package"])
def test_a_module_runs_as_under_python(folder, name):
    (folder / "package").mkdir()
    write(folder, "print('above')\n", "package/__init__.py")
    write(folder, "VALUE = 42\n", "package/helper.py")
    write(folder, MODULE, "package/train.py")
    write(folder, MODULE, "package/__main__.py")
    theirs, ours = python(folder, "-m", name, "a", "--b"), shapeguard(folder, "run", "-m", name, "a", "--b")
    assert theirs.stdout.startswith("above\n__main__ package package.")
    assert (ours.stdout, ours.stderr, ours.returncode) == (theirs.stdout, theirs.stderr, theirs.returncode)


@pytest.mark.parametrize("name", ["nowhere.train", "helper.train", "package"])
@pytest.mark.parametrize("command", ["run", "check"])
def test_a_module_that_is_not_there_is_one_line_and_code_2(folder, command, name):
    (folder / "package").mkdir()
    answer = shapeguard(folder, command, "-m", name)
    assert (answer.stdout, answer.returncode, answer.stderr.count("\n")) == ("", 2, 1)
    assert answer.stderr.startswith(f"shapeguard: {name}: no such module; looked in ")


REFUSED = {
    "none.py": (None, "none.py: no such file or directory"),
    "open.py": (b"x = (\n", "open.py:1: not valid Python ('(' was never closed)"),
    "latin.py": (b"x = '\xe9'\n", "latin.py"),
    "null.py": (b"x = 1\0\n", "null.py"),
}


@pytest.mark.parametrize("name", REFUSED)
@pytest.mark.parametrize("command", ["run", "check", "fix", "annotate"])
def test_a_file_that_is_no_program_is_one_line_and_code_2(folder, command, name):
    raw, line = REFUSED[name]
    if raw is not None:
        (folder / name).write_bytes(raw)
    answer = shapeguard(folder, command, name)
    assert (answer.stdout, answer.returncode) == ("", 2)
    assert answer.stderr.startswith(f"shapeguard: {line}")
    assert answer.stderr.count("\n") == 1
    assert raw is None or (folder / name).read_bytes() == raw


@pytest.mark.parametrize(
    "words",
    [
        ["train.py", "--", "a", "--b"],
        ["--format", "json", "train.py", "--", "a", "--b"],
        ["train.py", "--format", "json", "--", "a", "--b"],
    ],
)
def test_what_follows_two_dashes_is_the_programs_wherever_an_option_stands(folder, words):
    write(folder, "import sys\nsys.exit(' '.join(sys.argv[1:]))\n")
    answer = shapeguard(folder, "check", *words)
    assert "exited by sys.exit('a --b') before calling fit()" in answer.stderr


def test_an_option_that_check_does_not_know_is_refused_before_two_dashes(folder):
    write(folder, "")
    answer = shapeguard(folder, "check", "train.py", "--frmt", "json", "--", "a")
    assert answer.returncode == 2
    assert answer.stderr.endswith("error: unrecognized arguments: --frmt json -- a\n")


CHECKS_ITSELF = """import keras
from shapeguard import ShapeGuard
with ShapeGuard({{"dense": ("B", {units})}}) as guard:
    model = keras.Sequential([keras.Input((8,)), keras.layers.Dense(4, name="dense")])
print(guard.check(model).ok)
"""


@pytest.mark.parametrize(("units", "code"), [(4, 0), (5, 1)])
def test_what_a_program_checks_by_itself_is_checked(folder, units, code):
    answer = shapeguard(folder, "check", write(folder, CHECKS_ITSELF.format(units=units)), "--no-rerun")
    assert answer.returncode == code, answer.stderr
    assert ("[SG101] layer 'dense' (Dense): expected (B, 5), got (None, 4)" in answer.stdout) == bool(code)


UNCHECKED = {
    "print('x' * 5_000_000)\n": "train.py: ended without calling fit(); nothing was checked\n",
    "import sys\nsys.exit(0)\n": "train.py: exited by sys.exit(0) before calling fit(); nothing was checked\n",
    "import threading, time\nthreading.Thread(target=time.sleep, args=(60,)).start()\n": (
        "train.py: ended without calling fit(); nothing was checked\n"
    ),
    "input()\n": "train.py raised an exception that ShapeGuard could not attribute to a shape:\n",
    "import nowhere\n": "train.py raised an exception that ShapeGuard could not attribute to a shape:\n",
    "import os\nos._exit(5)\n": "train.py: the process exited with code 5 before it returned a result\n",
    "import os, signal\nos.kill(os.getpid(), signal.SIGSEGV)\n": (
        f"train.py: the process was killed by signal {int(signal.SIGSEGV)} before it returned a result\n"
    ),
}


@pytest.mark.parametrize("text", UNCHECKED)
def test_a_program_that_never_calls_fit_is_one_clear_line_and_code_2(folder, text):
    started = time.monotonic()
    answer = shapeguard(folder, "check", write(folder, text))
    assert (answer.stdout, answer.returncode) == ("", 2)
    assert answer.stderr.startswith(f"shapeguard: {UNCHECKED[text]}")
    assert time.monotonic() - started < 30
    assert (folder / "train.py").read_text(encoding="utf-8") == text


WANTS_DATA = """import argparse, sys
print("progress 1\\rprogress 2", file=sys.stderr)
print("\\x1b]0;title", file=sys.stderr)
parser = argparse.ArgumentParser()
parser.add_argument("--data", required=True)
parser.parse_args()
"""


@pytest.mark.parametrize("target", ["train.py", "train.py:build"])
@pytest.mark.parametrize("command", ["check", "fix", "annotate"])
def test_what_a_program_said_before_it_left_with_a_failure_is_shown(folder, command, target):
    write(folder, WANTS_DATA)
    answer = shapeguard(folder, command, target)
    first, _, *said = answer.stderr.splitlines()
    assert first.startswith(f"shapeguard: {target}: exited by sys.exit(2) before ")
    assert first.endswith("; pass the arguments that it needs after `--`") == (target == "train.py")
    assert said[:2] == ["progress 2", "\\x1b]0;title"]
    assert said[-1].endswith("error: the following arguments are required: --data")
    assert (answer.stdout, answer.returncode) == ("", 2)


def test_of_what_a_program_said_the_end_is_shown_and_nothing_where_it_left_in_peace(folder):
    name = write(folder, "import sys\nfor i in range(10**5): print('line', i, file=sys.stderr)\nsys.exit(3)\n")
    said = shapeguard(folder, "check", name).stderr.splitlines()
    assert (len(said), said[-1]) == (17, "line 99999")
    write(folder, "import sys\nprint('fine', file=sys.stderr)\nsys.exit(0)\n")
    assert shapeguard(folder, "check", name).stderr.count("\n") == 1


def test_a_process_that_a_failing_program_left_behind_is_not_waited_for(folder):
    text = (
        "import subprocess, sys\n"
        "subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'], start_new_session=True)\n"
        "sys.exit('no data')\n"
    )
    started = time.monotonic()
    answer = shapeguard(folder, "check", write(folder, text))
    assert answer.stderr.startswith("shapeguard: train.py: exited by sys.exit('no data') before calling fit()")
    assert time.monotonic() - started < 30


def test_the_exception_of_a_program_is_shown_as_python_shows_it(folder):
    name = write(folder, "def f():\n    raise KeyError('x')\nf()\n")
    theirs = python(folder, name).stderr
    ours = shapeguard(folder, "check", name).stderr
    assert (
        ours == f"shapeguard: train.py raised an exception that ShapeGuard could not attribute to a shape:\n\n{theirs}"
    )


def test_a_program_that_hangs_is_ended_with_its_children(folder):
    text = (
        "import os, subprocess, sys, time\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])\n"
        "open('child', 'w').write(str(child.pid))\ntime.sleep(60)\n"
    )
    answer = shapeguard(folder, "check", write(folder, text), "--timeout", "3")
    assert answer.stderr == "shapeguard: train.py: no result within 3 s; it was at train.py:4\n"
    assert answer.returncode == 2
    time.sleep(0.2)
    with pytest.raises(OSError, match="No such process"):
        _signal_living(int((folder / "child").read_text()))


def _signal_living(number):
    """Signals the process where it lives; a dead one that nobody has waited for counts as gone."""
    os.kill(number, 0)
    if Path(f"/proc/{number}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0] == "Z":
        raise ProcessLookupError(3, "No such process")


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["check", "nowhere.models:build"], "nowhere.models: no such module; looked in"),
        (["check", "helper:build"], "helper:build: helper has no 'build'"),
        (["check", "helper:VALUE"], "helper:VALUE: not a function that builds a model"),
        (["check", "helper.py:build"], "helper.py:build: helper has no 'build'"),
    ],
)
def test_a_builder_that_is_not_there_is_one_line_and_code_2(folder, words, line):
    answer = shapeguard(folder, *words)
    assert (answer.stdout, answer.returncode, answer.stderr.count("\n")) == ("", 2, 1)
    assert answer.stderr.startswith(f"shapeguard: {line}")


def test_a_console_without_the_characters_gets_them_escaped(folder):
    name = write(folder, "from keras.layers import Conv2D\nConv2D(3, 5, 5, name='名前')\n")
    answer = shapeguard(folder, "lint", name, env={**os.environ, "PYTHONIOENCODING": "cp1252"})
    assert answer.returncode == 1
    assert "Conv2D(3, (5, 5), name='\\u540d\\u524d')" in answer.stdout


def test_a_timeout_must_be_a_length_of_time(folder):
    answer = shapeguard(folder, "check", "helper.py", "--timeout", "-1")
    assert answer.returncode == 2
    assert "argument --timeout: '-1' is not a number of seconds" in answer.stderr
