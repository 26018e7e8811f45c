"""What `shapeguard check` and `shapeguard run` answer for many programs, each in a process forked with Keras imported.

python -m helpers.commands FOLDER < [["check", "text of a program"], ...]       prints [[exit code, text], ...]
"""

import argparse
import contextlib
import io
import json
import os
import pathlib
import re
import subprocess
import sys

TESTS = pathlib.Path(__file__).parents[1]
COMMANDS = ("check", "run")
HEADLINE = re.compile(r"\[(SG\d+)\][^'\n]*'?([\w/]*)")


def check(program, expect=None):
    """The answer of `shapeguard check`: (exit code, first line, what else it says)."""
    from shapeguard.cli.common_options import CannotRunError
    from shapeguard.cli.dry_run import Request, of_outcome
    from shapeguard.cli.worker import ScriptRun

    request = Request(str(program), expect=expect)
    try:
        dry_run = of_outcome(request, ScriptRun(request).run())
    except CannotRunError as error:
        return 2, str(error)
    return (0, "") if dry_run.report.ok else (1, dry_run.report.message())


def run(program, expect=None):
    """The answer of `shapeguard run`: its exit code, and what it wrote on standard error."""
    from shapeguard.cli import run as command

    arguments = argparse.Namespace(program=str(program), arguments=[], module=False, expect=expect, prove=False)
    with contextlib.redirect_stderr(io.StringIO()) as said:
        code = command.run(arguments)
    return code, said.getvalue() if code else ""


def answered(job):
    """The answer to one (command, program, expect), the streams of the process closed."""
    command, program, expect = job
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
    return {"check": check, "run": run}[command](program, expect)


def diagnosis(text):
    """The code and the layer that a text names first; the last line if it names none."""
    match = HEADLINE.search(text)
    return f"{match[1]} {match[2]}" if match else text.strip().rpartition("\n")[2]


def main(folder):
    import keras  # noqa: F401  once, before the forks
    from corpus import forked

    from shapeguard.cli import worker  # noqa: F401

    jobs = []
    for number, (command, text) in enumerate(json.load(sys.stdin)):
        file = folder / f"program_{number}.py"
        file.write_text(text, encoding="utf-8")
        jobs.append((command, file, None))
    answers = {job: answer or (-1, error) for job, answer, error in forked.each(answered, jobs, at_once=2, limit=120)}
    json.dump([answers[job] for job in jobs], sys.stdout)


def asked(folder, commands):
    """[(exit code, text)] for (command, text of a program), each the main program of a process."""
    done = subprocess.run(
        [sys.executable, "-m", "helpers.commands", folder],
        input=json.dumps(commands),
        cwd=TESTS,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(map(str, (TESTS.parent, TESTS)))},
    )
    return [tuple(answer) for answer in json.loads(done.stdout)]


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))
