"""The programs of SFData as today's Keras takes them: modernised mechanically, with data that only the network has."""

import pathlib
import re
import shutil

FOLDERS = {"StackOverflow": "StackOverflow.xlsx", "ICSE2020": "ICSE2020ToRepair.xlsx"}
MODERN = (
    (r"\bnb_epoch(\s*)=", r"epochs\1="),
    (r"\b(fit|predict|evaluate)_generator\(", r"\1("),
    (r"\bpredict_classes\(", "predict("),
    (r"\blr(\s*)=(?!=)", r"learning_rate\1="),
    (r",\s*decay\s*=\s*[^,)]+", ""),
    (r",\s*(use_multiprocessing|workers)\s*=\s*\w+", ""),
    (r",\s*input_length\s*=\s*(\([^)]*\)|\w+)", ""),
    (r"\bborder_mode(\s*)=", r"padding\1="),
    (r"\binit(\s*)=(\s*['\"])", r"kernel_initializer\1=\2"),
    (r"\bnp\.(float|int|bool)\b(?!\d)", r"\1"),
    (r"weights\s*=\s*(['\"])imagenet\1", "weights=None"),
    (r"from tensorflow\.examples\.tutorials\.mnist import", "from absent_data import"),
    (r"from (tensorflow\.)?keras\.datasets import", "from absent_data import"),
    (r"\btf\.keras\.datasets\.(\w+)", r'__import__("absent_data").\1'),
    (r"(ModelCheckpoint\(\s*filepath\s*=\s*)(['\"])(\w+)\2", r"\1\2\3.weights.h5\2"),
    (r"\b((?:steps_per_epoch|validation_steps)\s*=\s*)(\w+\([^()]*\)\s*/\s*\w+)", r"\1int(\2)"),
    (r"(?m)^(\s*)\w+\.reset_states\(\)", r"\1pass"),
    (r"\btf\.concat\(", '__import__("keras").ops.concatenate('),
    (r"\bimport cv2\b", "import absent_data as cv2"),
    (r"\bimport os,\s*cv2\b", "import os, absent_data as cv2"),
)
"""What Keras 3 and NumPy 2 removed or renamed, and data that only the network has; none of it changes a line's number."""

ABSENT_DATA = """
import types
import numpy as np

INTER_AREA = COLOR_BGR2GRAY = 0
_random = np.random.default_rng(0)


def _images(count):
    return _random.integers(0, 256, (count, 28, 28), "uint8"), _random.integers(0, 10, count, "uint8")


def _words(count):
    texts = np.empty(count, object)
    texts[:] = [list(_random.integers(1, 9999, size)) for size in _random.integers(20, 200, count)]
    return texts, _random.integers(0, 2, count)


class _Part:
    def next_batch(self, count):
        images, labels = _images(count)
        return images.reshape(count, 784).astype("float32") / 255, labels


class _Digits:
    train = validation = test = _Part()


mnist = fashion_mnist = types.SimpleNamespace(load_data=lambda *_: (_images(60000), _images(10000)))
imdb = types.SimpleNamespace(load_data=lambda *_, **__: (_words(600), _words(100)))
input_data = types.SimpleNamespace(read_data_sets=lambda *_, **__: _Digits())
imread = lambda *_: _random.integers(0, 256, (64, 64, 3)).astype("uint8")
cvtColor = lambda image, _: image[..., 0]
resize = lambda image, size, **_: np.zeros((size[1], size[0], *image.shape[2:]), "uint8")
"""


def modernised(text):
    for old, new in MODERN:
        text = re.sub(old, new, text)
    return text


class Programs:
    """The programs in one folder as they are run: NUMBER.py the faulty one, NUMBER_truth.py, NUMBER_fixed.py."""

    def __init__(self, source, folder, only):
        self.folder = pathlib.Path(folder, "programs").absolute()
        self.folder.mkdir(parents=True, exist_ok=True)
        shutil.copytree(source / "SFData" / "data", self.folder.parent / "data", dirs_exist_ok=True)
        (self.folder / "absent_data.py").write_text(ABSENT_DATA, encoding="utf-8")
        self.numbers = []
        for part in FOLDERS:
            for path in sorted((source / "SFData" / part).glob("s*_context.py")):
                number, text = path.name.split("_")[0][1:], path.read_text(encoding="utf-8")
                if "keras" in text and (not only or number in only):
                    self.numbers.append(number)
                    truth = path.with_name(f"s{number}_ground_truth.py").read_text(encoding="utf-8")
                    self.write(number, modernised(text))
                    self.write(number, modernised(truth), "_truth")

    def path(self, number, suffix=""):
        return str(self.folder / f"s{number}{suffix}.py")

    def text(self, number, suffix=""):
        return pathlib.Path(self.path(number, suffix)).read_text(encoding="utf-8")

    def write(self, number, text, suffix=""):
        pathlib.Path(self.path(number, suffix)).write_text(text, encoding="utf-8")
