"""What `check` says of lines behind the first `fit`, which it reads and does not run."""

import json

from helpers.running import shapeguard

FLOWERS = """import keras
import numpy as np
from keras import layers

model = keras.Sequential([keras.Input((4,)), layers.Dense(3, activation="softmax")])
model.compile("sgd", "categorical_crossentropy")
model.fit(np.zeros((8, 4)), np.eye(3)[np.zeros(8, int)], verbose=0)
open("ran", "w").close()
flower = np.array([5.1, 3.5, 1.4, 0.2])
print(model.predict({}))
"""


def test_one_flower_in_a_later_predict_is_reported_and_not_run(tmp_path):
    (tmp_path / "train.py").write_text(FLOWERS.format("flower"), encoding="utf-8")
    answer = shapeguard(tmp_path, "check", "train.py", "--format", "json")
    (diagnosis,) = json.loads(answer.stdout)["diagnoses"]
    assert (answer.returncode, diagnosis["code"]) == (1, "SG301")
    assert diagnosis["notes"] == ["read from the source: the program was stopped behind its first fit()"]
    assert diagnosis["causes"][0]["edits"][0]["replacement"] == "flower[None]"
    assert not (tmp_path / "ran").exists()


def test_a_batch_in_a_later_predict_is_fine(tmp_path):
    (tmp_path / "train.py").write_text(FLOWERS.format("flower[None]"), encoding="utf-8")
    assert shapeguard(tmp_path, "check", "train.py").returncode == 0
