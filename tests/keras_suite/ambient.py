"""A pytest plugin that guards tests which know nothing of ShapeGuard, and writes down how each test ended.

`--ambient around` runs every test inside `with ShapeGuard():`, `--ambient callback` appends a `ShapeGuard()` to the
callbacks of every `fit`, `evaluate` and `predict`, and `--ambient plain` does not even import it. `--outcomes FILE`
gets one JSON object a line, as the tests end, so that what ran before a crash is not lost.
"""

import contextlib
import functools
import inspect
import json
import signal
import sys
import types
from pathlib import Path

import pytest

_GUARDED = ("fit", "evaluate", "predict")
_GOOD = ("passed", "skipped", "xfailed", "xpassed")


def pytest_addoption(parser):
    group = parser.getgroup("keras_suite")
    group.addoption("--ambient", choices=("plain", "around", "callback"), default="plain")
    group.addoption("--outcomes", type=Path, required=True)
    group.addoption("--seconds", type=int, default=300)


def pytest_configure(config):
    play_keras_conftest(config)
    mode = config.getoption("--ambient")
    config.pluginmanager.register(Outcomes(config.getoption("--outcomes"), config.getoption("--seconds")))
    if mode == "around":
        config.pluginmanager.register(Around())
    elif mode == "callback":
        append_a_guard()


def play_keras_conftest(config):
    """Does what the conftest.py of Keras' repository does, which no archive holds.

    With Keras imported before, pytest puts a test file into the installed package, under the name that it has in the
    repository: Keras finds a class of a saved model again only in modules whose names begin with `keras`.
    """
    with contextlib.suppress(ImportError):
        import torch  # noqa: F401  before TensorFlow, or it may not load
    import keras

    def skip_if_backend(name, reason):
        return pytest.mark.skipif(keras.config.backend() == name, reason=reason)

    sys.modules["conftest"] = conftest = types.ModuleType("conftest")
    conftest.skip_if_backend = skip_if_backend
    for marker in ("requires_trainable_backend", "multi_device"):  # all that are here train
        config.addinivalue_line("markers", marker)


class Around:
    """A guard around the body of each test, not around its fixtures."""

    def __init__(self):
        from shapeguard import ShapeGuard

        self._guard = ShapeGuard

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self):
        with self._guard():
            return (yield)


def append_a_guard():
    """Gives every training method one more callback, last, as a user would write it."""
    import keras

    from shapeguard import ShapeGuard

    ShapeGuard()  # puts its own wrappers in place: ours must stand outside them, where a user's call stands
    for name in _GUARDED:
        owner = next(each for each in keras.Model.__mro__ if name in vars(each))
        setattr(owner, name, _with_a_guard(getattr(owner, name), ShapeGuard, keras.callbacks.CallbackList))


def _with_a_guard(method, guard, callback_list):
    signature = inspect.signature(method)

    @functools.wraps(method)
    def guarded(*args, **kwargs):
        try:
            bound = signature.bind(*args, **kwargs)
        except TypeError:  # a call that Keras shall refuse
            return method(*args, **kwargs)
        given = bound.arguments.get("callbacks")
        if isinstance(given, callback_list):  # the validation inside `fit`, which has the guard of the fit
            return method(*args, **kwargs)
        listed = given if isinstance(given, list | tuple) else [] if given is None else [given]
        bound.arguments["callbacks"] = [*listed, guard()]
        return method(*bound.args, **bound.kwargs)

    return guarded


class Outcomes:
    """Writes one line a test, and stops a test that takes too long."""

    def __init__(self, file, seconds):
        self._file = file
        self._seconds = seconds
        self._reports = {}

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item):
        def stop(*_):
            raise TimeoutError(f"{item.nodeid} ran for more than {self._seconds} s")

        before = signal.signal(signal.SIGALRM, stop)
        signal.alarm(self._seconds)
        try:
            return (yield)
        finally:
            signal.alarm(0)
            signal.signal(signal.SIGALRM, before)

    def pytest_collectreport(self, report):
        if report.failed:
            self._write(report.nodeid, "error", 0.0, report.longreprtext)

    def pytest_runtest_logreport(self, report):
        self._reports.setdefault(report.nodeid, []).append(report)

    def pytest_runtest_logfinish(self, nodeid):
        reports = self._reports.pop(nodeid, [])
        words = [_word(report) for report in reports]
        word = next((each for each in words if each not in _GOOD), None) or next(
            (each for each in words if each != "passed"), "passed"
        )
        error = next((r.longreprtext for r, each in zip(reports, words, strict=True) if each not in _GOOD), "")
        self._write(nodeid, word, sum(report.duration for report in reports), error)

    def _write(self, test, outcome, seconds, error):
        row = {"test": test, "outcome": outcome, "seconds": round(seconds, 2), "error": error}
        with self._file.open("a", encoding="utf-8") as lines:
            lines.write(json.dumps(row) + "\n")


def _word(report):
    """How one phase of a test ended; "error" outside the test's own body, as pytest says it."""
    if hasattr(report, "wasxfail"):
        return "xfailed" if report.skipped else "xpassed"
    return "error" if report.failed and report.when != "call" else report.outcome
