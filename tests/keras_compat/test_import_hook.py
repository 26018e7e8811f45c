"""Importing ShapeGuard stays light, and recording starts when Keras arrives, in whichever order."""

import os
import subprocess
import sys
import textwrap

import pytest

HEAVY = ("keras", "tensorflow", "jax", "torch", "numpy", "tabulate", "rich")
REPORT = f"import sys; print(sorted(set(sys.modules) & set({HEAVY!r})))"


def run(program, **environment):
    return subprocess.run(
        [sys.executable, "-W", "error::RuntimeWarning", "-c", textwrap.dedent(program)],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, **environment},
    )


@pytest.fixture
def fake_keras(tmp_path):
    """A package named keras that costs nothing to import, so that import orders can be tried by the dozen."""
    (tmp_path / "keras").mkdir()
    (tmp_path / "keras" / "__init__.py").write_text("import os\nif os.environ.get('FAIL'): 1 / 0\n")
    return {"PYTHONPATH": os.pathsep.join([str(tmp_path), *sys.path])}


ARM = """
import sys
import types
sys.modules["room"] = room = types.ModuleType("room")
room.calls = []
room.install = lambda: room.calls.append("keras" in sys.modules)
from shapeguard.keras_compat.import_hook import KerasFinder, on_keras_import
sys.meta_path[:] = [finder for finder in sys.meta_path if not isinstance(finder, KerasFinder)]
before = list(sys.meta_path)
"""


def test_importing_shapeguard_imports_neither_keras_nor_a_backend():
    assert run(f"import shapeguard; {REPORT}").stdout == "[]\n"


@pytest.mark.parametrize("name", ["ShapeMismatchError", "SpecError", "ExpectationError", "Report", "parse", "lint"])
def test_the_light_names_import_no_keras(name):
    answer = run(f"from shapeguard import {name}; {REPORT}")
    assert "keras" not in answer.stdout, answer.stdout
    assert answer.returncode == 0, answer.stderr


def test_the_absence_test_can_fail():
    assert run(f"import shapeguard, tabulate; {REPORT}").stdout == "['tabulate']\n"


def test_every_public_name_can_be_had_and_is_listed():
    import shapeguard

    for name in shapeguard.__all__:
        assert getattr(shapeguard, name) is getattr(shapeguard, name)
    assert set(shapeguard.__all__) < set(dir(shapeguard))


def test_an_unknown_attribute_is_an_attribute_error():
    import shapeguard

    with pytest.raises(AttributeError, match=r"^module 'shapeguard' has no attribute 'ShapeGaurd'$"):
        shapeguard.ShapeGaurd  # noqa: B018


@pytest.mark.slow
@pytest.mark.parametrize(
    "imports",
    [
        "import shapeguard, keras",
        "import keras, shapeguard",
        "import shapeguard, tensorflow as tf; tf.keras.Sequential",
        "import tensorflow as tf; tf.keras.Sequential; import shapeguard",
    ],
)
def test_a_constructor_call_is_recorded_in_either_import_order(imports, tmp_path):
    program = tmp_path / "program.py"
    program.write_text(
        f"{imports}\nimport keras\nlayer = keras.layers.Dense(3)\n"
        "from shapeguard.capture.constructions import construction_of\n"
        "print(construction_of(layer).arguments[0].value)\n"
    )
    answer = subprocess.run([sys.executable, program], capture_output=True, text=True, check=False)
    assert answer.stdout == "3\n", answer.stderr


@pytest.mark.slow
@pytest.mark.parametrize("module", ["_keras", "hooks", "capture.applications"])
def test_a_room_that_brings_keras_by_itself_starts_recording_too(module):
    program = f"""
import shapeguard.{module}, keras
from shapeguard.capture.constructions import construction_of
print(construction_of(keras.layers.Dense(3)).arguments[0].value)
"""
    answer = run(program, SHAPEGUARD_STRICT="1")
    assert answer.stdout == "3\n", answer.stderr


@pytest.mark.slow
@pytest.mark.parametrize("imports", ["import shapeguard, keras", "import keras, shapeguard"])
def test_the_first_guard_of_a_process_explains_although_it_is_made_after_fit_was_looked_up(imports):
    program = f"""
{imports}
import numpy as np
model = keras.Sequential([keras.Input((8,)), keras.layers.Dense(3, name="dense")])
model.compile("sgd", "mse")
try:
    model.fit(np.zeros((32, 9)), np.zeros((32, 3)), verbose=0, callbacks=[shapeguard.ShapeGuard({{"dense": "B 3"}})])
except ValueError as error:
    print(type(error).__name__, str(error).partition(chr(10))[0])
"""
    answer = run(program)
    assert answer.stdout == ("ShapeMismatchError [SG601] input 'input_layer': expected (32, 8), got (32, 9)\n"), (
        answer.stderr
    )


def test_the_hook_runs_once_after_keras_and_leaves_the_finders_as_they_were(fake_keras):
    program = f"""{ARM}
on_keras_import("room")
import keras, keras
print(room.calls, sys.meta_path == before, "exec_module" in vars(keras.__spec__.loader))
"""
    assert run(program, **fake_keras).stdout == "[True] True False\n"


def test_one_arrival_starts_several_rooms_in_order(fake_keras):
    program = f"""{ARM}
sys.modules["other"] = other = types.ModuleType("other")
other.install = lambda: room.calls.append("other")
on_keras_import("room", "other")
import keras
print(room.calls)
"""
    assert run(program, **fake_keras).stdout == "[True, 'other']\n"


def test_the_hook_runs_at_once_where_keras_is_there_already(fake_keras):
    program = f"""{ARM}
import keras
on_keras_import("room")
print(room.calls, sys.meta_path == before)
"""
    assert run(program, **fake_keras).stdout == "[True] True\n"


def test_looking_for_keras_without_importing_it_does_not_run_the_hook(fake_keras):
    program = f"""{ARM}
import importlib.util
on_keras_import("room")
importlib.util.find_spec("keras")
print(room.calls)
import keras
print(room.calls)
"""
    assert run(program, **fake_keras).stdout == "[]\n[True]\n"


def test_a_failed_import_of_keras_leaves_the_hook_armed_for_the_next_try(fake_keras):
    program = f"""{ARM}
import os
on_keras_import("room")
try:
    import keras
except ZeroDivisionError:
    print(room.calls)
del os.environ["FAIL"]
import keras
print(room.calls, sys.meta_path == before)
"""
    assert run(program, FAIL="1", **fake_keras).stdout == "[]\n[True] True\n"


def test_the_hook_runs_once_when_threads_race_for_keras(fake_keras):
    program = f"""{ARM}
import threading
on_keras_import("room")
threads = [threading.Thread(target=__import__, args=("keras",)) for _ in range(16)]
for thread in threads: thread.start()
for thread in threads: thread.join()
print(room.calls, sys.meta_path == before)
"""
    assert run(program, **fake_keras).stdout == "[True] True\n"


def test_a_fault_of_ours_is_a_warning_and_keras_imports_all_the_same(fake_keras):
    program = f"""{ARM}
import warnings
room.install = lambda: 1 / 0
on_keras_import("room")
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    import keras
print(caught[0].message, "|", keras.__name__)
"""
    answer = run(program, SHAPEGUARD_STRICT="0", **fake_keras)
    assert answer.stdout == (
        "ShapeGuard could not start when Keras was imported: ZeroDivisionError('division by zero') | keras\n"
    ), answer.stderr


def test_a_fault_of_ours_raises_under_strict(fake_keras):
    program = f"""{ARM}
room.install = lambda: 1 / 0
on_keras_import("room")
import keras
"""
    assert run(program, SHAPEGUARD_STRICT="1", **fake_keras).stderr.endswith("ZeroDivisionError: division by zero\n")


@pytest.mark.parametrize(
    ("backend", "advice"),
    [
        ("tensorflow", '"keras-shapeguard[tensorflow]" (or [jax], [torch])'),
        ("jax", '"keras-shapeguard[jax]" (or [tensorflow], [torch])'),
    ],
)
def test_without_a_backend_one_sentence_says_what_to_install(backend, advice):
    blocked = """
    import sys

    class Nothing:
        def find_spec(self, name, path, target=None):
            if name.partition(".")[0] in ("tensorflow", "jax", "torch"):
                raise ModuleNotFoundError(f"No module named {name!r}", name=name)

    import shapeguard.keras_compat.import_hook as arrival
    import importlib.util
    arrival.importlib.util.find_spec = lambda name: None
    sys.meta_path.insert(0, Nothing())
    from shapeguard import ShapeGuard
    """
    last = run(blocked, KERAS_BACKEND=backend).stderr.splitlines()[-1]
    assert last == f"ImportError: {backend} is not installed: pip install {advice}"
