"""The pytest plugin: the fixtures `shape_guard` and `assert_shapes`, and the switch that rewrites contract files."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from shapeguard.errors import ExpectationError
from shapeguard.guard.terminal import coloured_message
from shapeguard.render.terminal_width import message_width
from shapeguard.report import ShapeMismatchError

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator

    from shapeguard.guard.guard import ShapeGuard
    from shapeguard.report import Report

SWITCH = "--shapeguard-update"
_written = pytest.StashKey[list[Path]]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Adds the switch."""
    parser.getgroup("shapeguard").addoption(
        SWITCH, action="store_true", help="update the contract files with the observed shapes"
    )


def pytest_configure(config: pytest.Config) -> None:
    """Makes room for the list of contract files that the run writes."""
    config.stash[_written] = []


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Names the contract files that were written."""
    for path in config.stash[_written]:
        terminalreporter.write_line(f"shapeguard: wrote {path}")


@pytest.hookimpl(wrapper=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> Generator[None, Any, Any]:
    """Lets the guard of `shape_guard` explain what Keras raised in the test, as the end of a `with` block does."""
    __tracebackhide__ = True
    try:
        return (yield)
    except Exception as error:
        guard = pyfuncitem.funcargs.get("shape_guard")
        if hasattr(guard, "__exit__"):
            guard.__exit__(type(error), error, error.__traceback__)
        raise


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(call: pytest.CallInfo[None]) -> Generator[None, Any, Any]:
    """Lets the terminal show the message of a mismatch in colour; what is captured or written to a file is plain."""
    report: Any = yield
    error = None if call.excinfo is None else call.excinfo.value
    entries = getattr(getattr(report.longrepr, "reprtraceback", None), "reprentries", None)
    if isinstance(error, ShapeMismatchError) and entries:
        _colour(entries[-1], error)
    return report


def _colour(entry: Any, error: ShapeMismatchError) -> None:
    """Covers how pytest prints the entry of a traceback that ends with the error's text."""
    plain = str(error).splitlines()
    first = next((n for n, line in enumerate(entry.lines) if line[:1] == "E" and line.endswith(plain[0])), None)
    if first is None:
        return
    lines = list(entry.lines[first : first + len(plain)])
    if [line[1:].strip() for line in lines[1:]] == [line.strip() for line in plain[1:]]:
        in_pytests_way = entry.toterminal
        entry.toterminal = lambda writer: in_pytests_way(_ColouredMessage(writer, lines, error))


class _ColouredMessage:
    """A terminal writer that writes the error's text in colour in the place of the lines in which pytest has it."""

    def __init__(self, writer: Any, lines: list[str], error: ShapeMismatchError) -> None:
        self._writer = writer
        first, *rest = str(error).splitlines()
        self._heading = lines[0].removesuffix(first)
        indent = lines[1].removesuffix(rest[0]) if rest else ""
        coloured = coloured_message(error, message_width(writer.fullwidth - len(indent))) if writer.hasmarkup else None
        self._left = list(lines) if coloured else []
        self._coloured = (coloured or "").replace("\n", f"\n{indent}")

    def line(self, text: str = "", **markup: bool) -> None:
        if not self._left or text != self._left[0]:
            self._writer.line(text, **markup)
            return
        self._left.pop(0)
        if self._coloured:
            self._writer.write(self._heading, **markup)
            self._writer.line(self._coloured)
            self._coloured = ""

    def __getattr__(self, name: str) -> Any:
        return getattr(self._writer, name)


@pytest.fixture
def shape_guard() -> Iterator[ShapeGuard]:
    """A guard that is active while the test runs: it checks models and explains what Keras refuses."""
    from shapeguard import ShapeGuard  # noqa: PLC0415  imports Keras

    with ShapeGuard() as guard:
        yield guard


@pytest.fixture(name="assert_shapes")
def _assert_shapes(request: pytest.FixtureRequest) -> Callable[..., Report]:
    """`assert_shapes(model, spec, inputs=None)`; contract files are beside the test file."""
    return functools.partial(
        assert_shapes,
        folder=request.path.parent,
        update=request.config.getoption(SWITCH),
        written=request.config.stash[_written],
    )


def assert_shapes(
    model: Any,
    spec: object,
    inputs: object = None,
    *,
    folder: Path | None = None,
    update: bool = False,
    written: list[Path] | None = None,
) -> Report:
    """Asserts that every shape of a model is the expected one.

    Args:
        model: A Keras model.
        spec: A mapping from layers to shapes, a contract file (a path, or a string that ends in ".json"), or one shape
            for the model's output. A contract file that does not exist is written, and fails the test without `update`.
        inputs: Arrays or shapes to call the model with; `None` if it is built.
        folder: The folder of contract files; the fixture passes that of the test file.
        update: Whether contract files are written anew.
        written: Receives the contract files that are written.

    Returns:
        The report of the check.

    Raises:
        ShapeMismatchError: A shape is not the expected one.
    """
    __tracebackhide__ = True
    contract = _contract_path(spec, folder)
    if contract is not None and (update or not contract.exists()):
        return _recorded(model, inputs, contract, update=update, written=written)
    from shapeguard import check  # noqa: PLC0415  imports Keras

    if contract is not None:
        report = check(model, str(contract), inputs)
    else:
        report = check(model, spec if isinstance(spec, Mapping) else {_output_name(model): spec}, inputs)
    if not report.ok:
        error = ShapeMismatchError(report.message())
        error.report = report
        raise error
    return report


def _contract_path(spec: object, folder: Path | None) -> Path | None:
    if isinstance(spec, Path) or (isinstance(spec, str) and spec.endswith(".json")):
        return (folder or Path()) / spec
    return None


def _output_name(model: Any) -> str:
    from shapeguard.keras_compat import keras_layers  # noqa: PLC0415  imports Keras

    outputs: Any = getattr(model, "outputs", None) or ()
    producer = keras_layers.producer_of(outputs[0]) if len(outputs) == 1 else None
    if producer is None:
        raise ExpectationError("[SG502] a single spec needs a built model with one output; name the layers")
    return str(producer.name)


def _recorded(model: Any, inputs: object, contract: Path, *, update: bool, written: list[Path] | None) -> Report:
    __tracebackhide__ = True
    from shapeguard import ShapeGuard  # noqa: PLC0415  imports Keras

    guard = ShapeGuard()
    report = guard.check(model, inputs)
    guard.save(contract)
    if written is not None:
        written.append(contract)
    if not update:
        pytest.fail(f"created {contract.name}: review and commit it ({SWITCH} skips this failure)", False)  # noqa: FBT003
    return report
