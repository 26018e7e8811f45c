"""The pytest plugin: the fixtures `shape_guard` and `assert_shapes`, and the switch that rewrites contract files."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from shapeguard.errors import ExpectationError
from shapeguard.report import ShapeMismatchError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

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


@pytest.fixture
def shape_guard() -> Iterator[ShapeGuard]:
    """A guard that is active while the test runs: models built are recorded, forward passes are checked."""
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
