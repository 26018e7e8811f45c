"""Times what a guard costs once: the import, a constructor call, the pass before a first step, a second `fit`.

    KERAS_BACKEND=jax python tests/benchmarks/once.py

Processor time, the least of several rounds, so that other work on the machine counts little.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
REPOSITORY = str(Path(__file__).parents[2])
sys.path.insert(0, REPOSITORY)

import keras  # noqa: E402
import numpy as np  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Callable

CALLS = 200


def least(action: Callable[[], Any], rounds: int = 5) -> float:
    """The least seconds of processor time that one of the rounds took."""
    seconds = []
    for _ in range(rounds):
        begin = time.process_time()
        action()
        seconds.append(time.process_time() - begin)
    return min(seconds)


def interpreter(program: str) -> float:
    """Seconds of processor time of a Python that runs this program."""
    seconds = []
    for _ in range(9):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        environment = {**os.environ, "PYTHONPATH": REPOSITORY}
        subprocess.run([sys.executable, "-c", program], env=environment, check=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        seconds.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return min(seconds)


def capture() -> float:
    """Seconds that remembering one constructor call takes; the call itself takes some hundred times as long."""
    from shapeguard.capture import constructions

    layer = keras.layers.Dense(4)

    def constructed(*args: Any, **kwargs: Any) -> None:
        constructions._record(layer, args, kwargs)

    def often() -> None:
        for _ in range(CALLS):
            constructed(4, activation="relu")

    return least(often, 200) / CALLS


def resnet() -> Any:
    model = keras.applications.ResNet50(weights=None, input_shape=(32, 32, 3), classes=10)
    model.compile("sgd", "sparse_categorical_crossentropy")
    return model


def fit(model: Any, *callbacks: Any) -> None:
    x, y = np.zeros((4, 32, 32, 3), "float32"), np.zeros((4,), "int32")
    model.fit(x, y, batch_size=2, verbose=0, callbacks=list(callbacks))


def main() -> None:
    print(f"backend {keras.config.backend()}, keras {keras.__version__}, load {os.getloadavg()[0]:.1f}")
    bare = interpreter("pass")
    print(f"import shapeguard: {1000 * (interpreter('import shapeguard') - bare):.0f} ms beyond the bare interpreter")
    print(f"capture: {1e6 * capture():.1f} us a layer")
    from keras.src import backend  # 3.0 to 3.15: no public name for an abstract pass

    from shapeguard import ShapeGuard
    from shapeguard.trace import replay

    model = resnet()
    inputs = keras.KerasTensor((2, 32, 32, 3))
    layers = len(model.layers)
    abstract = least(lambda: backend.compute_output_spec(lambda x: model(x, training=True), inputs))
    seen = least(lambda: replay.replay(model, inputs))
    print(f"a pass of ResNet50 ({layers} layers): abstract {1000 * abstract:.0f} ms, ", end="")
    print(f"looked at {1000 * seen:.0f} ms, ratio {seen / abstract:.2f}")
    fit(model)
    again = least(lambda: fit(model), 5)
    first = least(lambda: fit(model, ShapeGuard({"*": "..."})), 1)
    known = least(lambda: fit(model, ShapeGuard({"*": "..."})), 5)
    print(f"a fit of 2 steps, cached: {1000 * again:.0f} ms; with a new guard {1000 * first:.0f} ms; ", end="")
    print(f"with a guard that expects the same again {1000 * known:.0f} ms")


if __name__ == "__main__":
    main()
