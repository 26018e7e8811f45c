"""Runs a program again with other text in its files, as often and as long as a command may."""

from __future__ import annotations

import sys
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Self

from shapeguard.cli.common_options import CannotRunError
from shapeguard.cli.forking import Children
from shapeguard.cli.processes import run_in_process

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping

    from shapeguard.cli.dry_run import DryRun, Request

MOST_RUNS = 5
_LEAST_SECONDS = 0.5


class Budget:
    """How often and how long programs may still be run again, in all that one command does."""

    def __init__(self, arguments: argparse.Namespace) -> None:
        self.seconds: float = arguments.prove_timeout
        self.left = self.seconds
        self.runs = 0 if getattr(arguments, "no_rerun", False) else MOST_RUNS
        self.verbose: bool = getattr(arguments, "verbose", False)


class Prover:
    """Runs the program of a request again, with edits in its text; nothing is written.

    `limit` says what keeps it from running again, "" while nothing does; `skipped` why single fixes were not tried.
    """

    def __init__(self, request: Request, first: DryRun, budget: Budget, children: Children | None = None) -> None:
        self.limit = ""
        self.skipped: list[str] = []
        self.allowed = budget.runs > 0
        self._budget = budget
        self._request = request
        self._first = first
        self._runs = 0
        self._own = None if children else Children(first.environment)
        self._children = children or self._own

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._own is not None:
            self._own.__exit__()

    def run(self, texts: Mapping[str, str]) -> DryRun | None:
        """Returns what comes of the program with `texts` in its files; `None` if it may not run or does not end."""
        if not self._may_run() or self._children is None:
            return None
        self._runs += 1
        self._budget.runs -= 1
        began = time.monotonic()
        try:
            return run_in_process(
                replace(self._request, texts=dict(texts)),
                timeout=self._budget.left,
                verbose=self._budget.verbose,
                start=self._children.start,
                doing=f"run {MOST_RUNS - self._budget.runs} of at most {MOST_RUNS} with a fix in its text",
            )
        except CannotRunError as error:
            self.limit = str(error).partition("\n")[0].removeprefix(f"{self._request.target}: ")
            return None
        finally:
            self._budget.left -= time.monotonic() - began

    def _may_run(self) -> bool:
        seconds = self._budget.seconds
        if not self.allowed or self.limit:
            return False
        if self._first.seconds > seconds:
            self.limit = f"its first run took {self._first.seconds:.0f} s, and --prove-timeout is {seconds:g}"
        elif not self._budget.runs:
            self.limit = f"{MOST_RUNS} runs are the most"
        elif self._budget.left < _LEAST_SECONDS:
            self.limit = f"the {seconds:g} s of --prove-timeout are over"
        return not self.limit

    def print_runs(self) -> None:
        """Prints how often the program was run, and what kept it from running more often."""
        target = self._request.target
        for line in dict.fromkeys(self.skipped):
            print(f"shapeguard: not tried: {line.removesuffix('; nothing was written')}", file=sys.stderr)
        if self._runs:
            times = "once more" if self._runs == 1 else f"{self._runs} more times"
            print(f"shapeguard: {target}: run {times}, with fixes in its text, to prove them", file=sys.stderr)
        if self.limit:
            print(f"shapeguard: {target}: not run again: {self.limit}", file=sys.stderr)
