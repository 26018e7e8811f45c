"""What is asked of a program that is run up to its first `fit`, and what comes of it; the arguments that say so."""

from __future__ import annotations

import argparse
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from shapeguard.cli.common_options import CannotRunError
from shapeguard.report import Report

if TYPE_CHECKING:
    from shapeguard.records.network import Shape
    from shapeguard.records.source import Span

Run = dict["Span", tuple["Shape", ...]]


@dataclass(frozen=True, slots=True)
class Request:
    """What to run: a script, or with `module` the name of one, with its arguments; or `module:builder`.

    `runs`: the output shapes are wanted as well; `stale`: even if the model differs from comments, and only from them.
    `texts` replaces the text of files, by absolute path.
    """

    target: str
    arguments: tuple[str, ...] = ()
    expect: str | None = None
    inputs: tuple[str, ...] = ()
    runs: bool = False
    stale: bool = False
    texts: dict[str, str] = field(default_factory=dict)
    module: bool = False


@dataclass(frozen=True, slots=True)
class DryRun:
    """The result of a request.

    "checked": `report` holds the findings. "ended": the program ended, or left by `sys.exit`, without a `fit`.
    "unseen": `text` says what of its first `fit` could not be looked at.
    "raised": it or the builder raised something that shapes do not explain, and `text` has the traceback. "refused":
    `text` says why it could not be run. `failed`: its exit code means failure, and `stderr` is the end of its standard
    error. `runs` are the output shapes by constructor call, `digests` the hashes of the user's files as they were read.
    `reached` is how far it came without a failure: through the first step of its first `fit`, to its "end" without any
    `fit`, or to the "model" of a builder. `environment` are the variables that the program set before it imported
    Keras, `seconds` the time that it took. `line` is that of the script's own file from which its first `fit` was
    called, 0 where there is none.
    """

    outcome: Literal["checked", "ended", "unseen", "raised", "refused"]
    text: str = ""
    report: Report = field(default_factory=Report)
    expected: bool = False
    runs: tuple[Run, ...] = ()
    digests: dict[str, str] = field(default_factory=dict)
    failed: bool = False
    stderr: str = ""
    reached: Literal["fit", "end", "model"] = "fit"
    environment: dict[str, str] = field(default_factory=dict)
    seconds: float = 0.0
    line: int = 0


def is_builder(target: str) -> bool:
    """Whether the target is `module:builder` or `file.py:builder`, as opposed to a script."""
    return ":" in target and not target.endswith(".py") and not Path(target).exists()


def add_target(parser: argparse.ArgumentParser) -> None:
    """Adds the arguments that say which program is run, and how."""
    parser.add_argument("target", metavar="TARGET", help="a script, or MODULE:BUILDER, or FILE.py:BUILDER")
    add_target_options(parser)


def add_target_options(parser: argparse.ArgumentParser) -> None:
    """Adds the options that say how it is run. Words after `--` are the script's; the entry point takes them."""
    parser.set_defaults(arguments=[])
    parser.add_argument("-m", "--module", action="store_true", help="TARGET is a module, as with python -m")
    parser.add_argument("--expect", metavar="FILE", help="a contract file, as written by ShapeGuard.save")
    parser.add_argument(
        "--input",
        action="append",
        default=[],
        metavar="SHAPE",
        help="an input shape for the builder, batch axis first: 200,28,28,1 or image=200,28,28,1; can be repeated",
    )
    parser.add_argument("--timeout", type=_seconds, metavar="SECONDS", help="give up after this long (default: never)")
    parser.add_argument("--verbose", action="store_true", help="show the program's output, on standard error")


def add_proving(parser: argparse.ArgumentParser) -> None:
    """Adds whether the program may be run again with fixes in its text, and for how long."""
    parser.add_argument(
        "--no-rerun",
        action="store_true",
        help="run the program once only; without this, at most five more times, to prove fixes",
    )
    add_prove_timeout(parser)


def add_prove_timeout(parser: argparse.ArgumentParser) -> None:
    """Adds for how long fixes may be proven by running the program."""
    parser.add_argument(
        "--prove-timeout",
        type=_seconds,
        default=60.0,
        metavar="SECONDS",
        help="time for all runs that prove fixes (default: %(default)g)",
    )


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds < threading.TIMEOUT_MAX:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of seconds, such as 300")
    return seconds


def request_of(
    arguments: argparse.Namespace, target: str | None = None, *, runs: bool = False, stale: bool = False
) -> Request:
    """Returns the request that the arguments describe, for `target` if there are several."""
    return Request(
        target or arguments.target,
        tuple(arguments.arguments),
        arguments.expect,
        tuple(arguments.input),
        runs=runs,
        stale=stale,
        module=arguments.module,
    )


def _lacks_arguments(request: Request, dry_run: DryRun) -> bool:
    """Whether a script that was given none left with a failure and said how it is used, as `argparse` does."""
    return dry_run.failed and not request.arguments and "usage: " in dry_run.stderr and not is_builder(request.target)


def only_comments_differ(report: Report) -> bool:
    """Whether comments are all that disagrees with the model: no exception, no other expectation."""
    return all(diagnosis.origin == "comment" and diagnosis.original is None for diagnosis in report.diagnoses)


def of_outcome(request: Request, dry_run: DryRun) -> DryRun:
    """The result if it holds findings; raises `CannotRunError` with the reason if not."""
    match dry_run.outcome:
        case "checked":
            return dry_run
        case "refused":
            raise CannotRunError(dry_run.text)
        case "ended":
            hint = "; pass the arguments that it needs after `--`" if _lacks_arguments(request, dry_run) else ""
            raise CannotRunError(f"{request.target}: {dry_run.text}; nothing was checked{hint}{dry_run.stderr}")
        case "unseen":
            raise CannotRunError(f"{request.target}: not looked at: {dry_run.text}")
        case "raised":
            raise CannotRunError(
                f"{request.target} raised an exception that ShapeGuard could not attribute to a shape:"
                f"\n\n{dry_run.text.rstrip()}"
            )
