"""`shapeguard run`: an unmodified program with a guard in every `fit`, `evaluate` and `predict`."""

from __future__ import annotations

import argparse
import os
import sys
import time
from typing import TYPE_CHECKING

from shapeguard.cli import programs
from shapeguard.cli.common_options import INTERRUPTED, MISMATCH
from shapeguard.cli.dry_run import DryRun, Request, add_prove_timeout
from shapeguard.keras_compat.import_hook import missing_backend
from shapeguard.report import ShapeMismatchError

if TYPE_CHECKING:
    from collections.abc import Callable

    from shapeguard.cli.guarded_program import GuardedProgram
    from shapeguard.cli.programs import Program

EXAMPLES = """examples:
  shapeguard run train.py --epochs 3          arguments after the program are passed to it
  shapeguard run --expect shapes.json train.py
  shapeguard run -m package.train --epochs 3

The program's output and exit code are those of `python train.py`; a mismatch raises ShapeMismatchError in it."""


def configure(parser: argparse.ArgumentParser) -> None:
    """Adds the program, its arguments and the contract file."""
    parser.add_argument("--expect", metavar="FILE", help="a contract file, as written by ShapeGuard.save")
    parser.add_argument(
        "--prove",
        action="store_true",
        help="after a mismatch, run the program again with fixes in its text, at most five times, to prove them",
    )
    add_prove_timeout(parser)
    parser.add_argument("-m", "--module", action="store_true", help="PROGRAM is a module, as with python -m")
    parser.add_argument("program", metavar="PROGRAM", help="the Python script")
    parser.add_argument("arguments", nargs=argparse.REMAINDER, metavar="...", help="arguments for the program")


def run(arguments: argparse.Namespace) -> int:
    """Runs the program; returns its exit code, 1 if it ends with an exception."""
    if os.environ.get("SHAPEGUARD") == "off":
        del os.environ["SHAPEGUARD"]  # it is for guards in programs, not for an explicit command
    program = programs.load(arguments.program, is_module=arguments.module)
    guarded: list[GuardedProgram] = []  # empty until the program imports Keras

    def start_guard() -> None:
        from shapeguard.cli.guarded_program import guard_program

        guarded.append(guard_program(program.code, arguments.expect))

    return _exit_code(program, arguments, guarded, start_guard)


def _exit_code(
    program: Program, arguments: argparse.Namespace, guarded: list[GuardedProgram], start_guard: Callable[[], None]
) -> int:
    began, environment = time.monotonic(), dict(os.environ)
    try:
        programs.execute(program, arguments.arguments, start_guard)
    except SystemExit as error:
        return programs.exit_code(error)
    except KeyboardInterrupt as error:
        _print(error)
        return INTERRUPTED
    except BaseException as error:  # noqa: BLE001  printed as `python` would
        if sentence := missing_backend(error):
            print(f"shapeguard: {sentence}", file=sys.stderr)
            return MISMATCH
        explained = _explained(error, guarded) or error
        if arguments.prove:
            changes = {name: value for name, value in os.environ.items() if environment.get(name) != value}
            _prove(explained, program, arguments, time.monotonic() - began, changes)
        _print(explained)
        return MISMATCH
    finally:
        for guarded_program in guarded:
            guarded_program.end()
    return 0


def _explained(error: BaseException, guarded: list[GuardedProgram]) -> BaseException | None:
    for guarded_program in guarded:
        explained = guarded_program.explained(error) if isinstance(error, Exception) else None
        if explained is not None:
            explained.__cause__ = error
            error.__traceback__ = programs.users_frames(error.__traceback__)
            return explained
    return None


def _prove(
    error: BaseException, program: Program, arguments: argparse.Namespace, seconds: float, changes: dict[str, str]
) -> None:
    """Proves the causes in the error's report by running the program again, and writes its message anew."""
    if not isinstance(error, ShapeMismatchError) or error.report is None:
        return
    from shapeguard.cli.proofs import proven
    from shapeguard.cli.prover import Budget, Prover

    digests = programs.digests() | {program.code.co_filename: program.digest}
    first = DryRun("checked", report=error.report, digests=digests, environment=changes, seconds=seconds)
    request = Request(arguments.program, tuple(arguments.arguments), arguments.expect, module=arguments.module)
    with Prover(request, first, Budget(arguments)) as prover:
        error.report = proven(first, prover).report
        prover.print_runs()
    error.args = (error.report.message(),)


def _print(error: BaseException) -> None:
    """Prints as `python` does at the end: by `sys.excepthook`, which the program may have replaced."""
    sys.stdout.flush()
    error.__traceback__ = programs.users_frames(error.__traceback__)
    sys.excepthook(type(error), error, error.__traceback__)
