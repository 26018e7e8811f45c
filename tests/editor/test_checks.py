"""What the server runs, only where it is asked to: a check of what was saved, one at a time; and how it ends."""

import os
import pathlib
import signal
import subprocess
import sys
import time
from dataclasses import replace

import pytest
from helpers.editor_client import Editor, applied
from lsprotocol import types

from shapeguard.cli.main import main
from shapeguard.editor.code_pages import folder_of_pages
from shapeguard.editor.saved_check import SavedCheck
from shapeguard.editor.saved_report import diagnoses_in
from shapeguard.editor.server import Server
from shapeguard.linting import registry
from shapeguard.report import Report
from shapeguard.static.program import read_program

WAITS = """\
import os, pathlib, subprocess, sys, time
inner = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
pathlib.Path("started").write_text(f"{os.getpid()} {inner.pid}")
print("Content-Length: 2\\r\\n\\r\\n{}", flush=True)
time.sleep(600)
"""
MISMATCH = """\
print("Content-Length: 2\\r\\n\\r\\n{}", flush=True)
import numpy as np
import keras
from keras import layers

model = keras.Sequential([keras.Input((28, 28, 1))])
model.add(layers.Conv2D(32, 3, strides=3))  # (None, 26, 26, 32)
model.add(layers.Flatten())
model.add(layers.Dense(3))
model.compile("sgd", "mse")
model.fit(np.zeros((4, 28, 28, 1)), np.zeros((4, 3)), verbose=0)
"""


def is_alive(number):
    try:
        os.kill(number, 0)
    except ProcessLookupError:
        return False
    return pathlib.Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()[0] != "Z"


def started(folder):
    """The processes of the program that waits, as soon as it has written them."""
    end = time.monotonic() + 60
    while time.monotonic() < end:
        words = (folder / "started").read_text().split() if (folder / "started").exists() else []
        if len(words) == 2:
            (folder / "started").unlink()
            return list(map(int, words))
        time.sleep(0.05)
    raise AssertionError("the program was not run")


def gone(numbers):
    end = time.monotonic() + 10
    while any(map(is_alive, numbers)) and time.monotonic() < end:
        time.sleep(0.05)
    return not any(map(is_alive, numbers))


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "net.py").write_text(WAITS)
    return tmp_path


needs_proc = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")


@needs_proc
def test_what_is_saved_is_run_once_at_a_time_and_its_causes_are_those_of_the_run(folder):
    editor = Editor(folder, settings={"checkOnSave": True})
    uri = editor.open("net.py", WAITS)
    editor.until(lambda: uri in editor.diagnostics)
    assert editor.registered == [types.WORKSPACE_DID_CHANGE_CONFIGURATION]
    editor.save(uri)
    first = started(folder)
    editor.save(uri)
    assert gone(first), "the next save ends the earlier run, and what it has started"
    second = started(folder)
    (folder / "net.py").write_text(MISMATCH)
    editor.change(uri, MISMATCH)
    assert "by formula" in editor.published(uri)[0].message
    editor.save(uri)
    assert gone(second)
    (found,) = editor.until(lambda: [d for d in editor.diagnostics[uri] if "fix (verified" in d.message], 120)
    assert found.code == "SG101"
    assert "by formula" not in found.message
    assert found.range.start.line == 6
    action = editor.fixes(uri, 6)[0]
    assert action.is_preferred
    assert applied(action, uri, MISMATCH) == MISMATCH.replace("strides=3", "strides=1")
    editor.change(uri, "# \n", (0, 0), (0, 0))
    (static,) = editor.until(lambda: [d for d in editor.diagnostics[uri] if "by formula" in d.message])
    assert static.range.start.line == 7, "they hold until the text changes"
    (folder / "net.py").write_text(WAITS)
    editor.save(uri)
    third = started(folder)
    assert editor.leave() == (0, "")
    assert gone(third), "shutting down ends the run"
    assert len(editor.messages()) > 5, "and none of what it printed was on the stream of the protocol"


@needs_proc
def test_nothing_is_run_unless_it_is_switched_on(folder):
    editor = Editor(folder, settings=None)
    uri = editor.open("net.py", WAITS)
    editor.save(uri)
    editor.until(lambda: uri in editor.diagnostics)
    assert not (folder / "started").exists()
    assert editor.leave() == (0, "")


@needs_proc
def test_the_setting_may_be_given_at_the_start_and_taken_back(folder):
    editor = Editor(folder, options={"shapeguard": {"checkOnSave": True}})
    uri = editor.open("net.py", WAITS)
    editor.save(uri)
    running = started(folder)
    off = types.DidChangeConfigurationParams({"shapeguard": {"checkOnSave": False}})
    editor.call(editor.client.workspace_did_change_configuration, off)
    assert gone(running)
    editor.process.send_signal(signal.SIGTERM)
    code, errors = editor.ended()
    assert (code, errors) == (128 + signal.SIGTERM, "")


@needs_proc
def test_a_server_that_is_ended_ends_what_it_runs(folder):
    editor = Editor(folder, options={"checkOnSave": True})
    uri = editor.open("net.py", WAITS)
    editor.save(uri)
    running = started(folder)
    editor.process.send_signal(signal.SIGTERM)
    editor.ended()
    assert gone(running)


def test_a_program_that_cannot_be_checked_is_a_line_in_the_log(folder):
    (folder / "net.py").write_text("raise SystemExit(3)\n")
    outcomes = []
    SavedCheck().start(str(folder / "net.py"), str(folder), outcomes.append)
    end = time.monotonic() + 60
    while not outcomes and time.monotonic() < end:
        time.sleep(0.05)
    (outcome,) = outcomes
    assert outcome.report is None
    assert outcome.problem


def test_the_json_of_a_report_comes_back_as_its_faults(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    text = "import keras\nx = keras.layers.Dense(3, 'relu')(keras.Input((2,)))  # (None, 4)\n"
    (tmp_path / "net.py").write_text(text)
    diagnoses = read_program(str(tmp_path / "net.py"), text).diagnoses
    assert diagnoses
    (read,) = diagnoses_in(Report(diagnoses).to_dict(), str(tmp_path))
    assert read.headline == "layer 'dense' (Dense): expected (None, 4), got (None, 3)"
    assert (replace(read, headline=""),) == diagnoses


def test_a_fault_of_our_own_is_a_line_in_the_log_and_nothing_is_shown(monkeypatch):
    server = Server(lambda _: (registry.selection(), ""))
    said = []
    monkeypatch.setattr(server, "window_log_message", lambda params: said.append(params.message))

    def broken():
        raise KeyError("x")

    with pytest.raises(KeyError):
        server.attempt("testing", broken, [])
    monkeypatch.setenv("SHAPEGUARD_STRICT", "0")
    assert server.attempt("testing", broken, []) == []
    assert server.attempt("testing", broken, []) == []
    assert len(said) == 1, "the same fault is told once"
    assert said[0].startswith("shapeguard failed while testing:\nTraceback")


def test_without_its_packages_the_command_says_what_to_install():
    program = "import sys; sys.modules['pygls'] = None; from shapeguard.cli.main import main; sys.exit(main(['lsp']))"
    answer = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert answer.returncode == 2
    assert answer.stderr == 'shapeguard: pygls is missing: pip install "keras-shapeguard[lsp]"\n'


def test_the_command_has_help_without_its_packages(capsys):
    with pytest.raises(SystemExit):
        main(["lsp", "--help"])
    assert "checkOnSave" in capsys.readouterr().out


def test_the_page_of_a_code_is_linked_where_the_package_says_where_it_is():
    assert folder_of_pages([]) is None
    assert folder_of_pages(["Changelog, https://example.org/x"]) is None
    assert folder_of_pages(["Source, https://example.org/x/"]) == "https://example.org/x/blob/main/docs/reference/codes"
