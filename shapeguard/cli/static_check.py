"""`shapeguard check --static`: the shapes of programs by their source alone; imports no Keras and runs nothing."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from shapeguard.cli.common_options import COULD_NOT_RUN, FINE, MISMATCH
from shapeguard.cli.configuration import configuration
from shapeguard.cli.output import printed, terminal_of
from shapeguard.linting.sources import Patterns, files_in
from shapeguard.matching import contracts
from shapeguard.render.document import SCHEMA_VERSION, plain
from shapeguard.render.wording import path_text, shape_text, working_directory
from shapeguard.report import Report
from shapeguard.source.files import SourceError, read_source
from shapeguard.static.program import read_program

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from shapeguard.records.expectations import Expectation
    from shapeguard.static.program import Program


@dataclass(frozen=True, slots=True)
class Reading:
    """What was read of one path: the programs in it, and a line for each that could not be read as a whole."""

    path: str
    programs: tuple[Program, ...]
    unreadable: tuple[str, ...]

    @property
    def report(self) -> Report:
        """The findings of all programs."""
        return Report(tuple(diagnosis for program in self.programs for diagnosis in program.diagnoses))


def run_static(paths: Sequence[str], arguments: argparse.Namespace) -> int:
    """Prints the shapes and what is wrong with them; returns 1 for a mismatch, 2 if a file could not be read."""
    contract = contracts.read(arguments.expect) if arguments.expect else ()
    readings = [_read(path, contract) for path in paths]
    if arguments.format == "json":
        print(json.dumps(_document(readings), indent=2, allow_nan=False))
    else:
        for reading in readings:
            _print(reading, arguments)
    unreadable = [line for reading in readings for line in reading.unreadable]
    for line in unreadable:
        print(f"shapeguard: {line}", file=sys.stderr)
    if unreadable:
        return COULD_NOT_RUN
    return FINE if all(reading.report.ok for reading in readings) else MISMATCH


def _read(path: str, contract: tuple[Expectation, ...]) -> Reading:
    programs, unreadable = [], []
    settings = configuration()
    for file in files_in([path], Patterns(settings.folder, settings.exclude)):
        try:
            program = read_program(file, read_source(file).text, contract)
        except SourceError as error:
            unreadable.append(str(error))
            continue
        programs.append(program)
        if not program.is_python:
            unreadable.append(f"{file}: not valid Python; only the statements that are were read")
    return Reading(path, tuple(programs), tuple(unreadable))


def _print(reading: Reading, arguments: argparse.Namespace) -> None:
    terminal = terminal_of(arguments.color, sys.stdout)
    if arguments.format != "text":
        if text := printed(reading.report, arguments.format, terminal):
            print(text)
        return
    where = working_directory(None)
    for program in reading.programs:
        for each in program.shapes:
            print(f"{path_text(each.span.file, where)}:{each.span.line}: {each.name} -> {shape_text(each.shape)}")
        if not program.complete:
            print(f"{path_text(program.file, where)}: too long to read to its end; what is missing is not known")
    if message := reading.report.message(colour=terminal.colour):
        print(f"\n{message}")


def _document(readings: Sequence[Reading]) -> dict[str, Any]:
    documents = [{"target": reading.path} | reading.report.to_dict() | _shapes(reading) for reading in readings]
    if len(documents) == 1:
        return {name: value for name, value in documents[0].items() if name != "target"}
    return {"schema_version": SCHEMA_VERSION, "reports": documents}


def _shapes(reading: Reading) -> dict[str, Any]:
    where = working_directory(None)
    stated = (each for program in reading.programs for each in program.shapes)
    return {"shapes": [plain(each.span, where) | {"call": each.name, "shape": each.shape} for each in stated]}
