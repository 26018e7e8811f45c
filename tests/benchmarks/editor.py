"""From a keystroke to the shapes on the screen: `python -m benchmarks.editor`, in tests/.

The real server is driven over its standard input and output. Each keystroke is a `didChange` of one character, followed by
a request for inlay hints; the time is that from writing the change to having the hints. The processor time of the server
is that which other processes of the machine do not lengthen by taking their turn.
"""

import argparse
import pathlib
import statistics
import tempfile
import time

from helpers.editor_client import Editor

BLOCK = '''
def build_{n}(classes=10):
    """Builds a classifier of images."""
    image = keras.Input((64, 64, 3))
    x = layers.Rescaling(1 / 255)(image)
    for filters in (16, 32, 64):
        y = layers.Conv2D(filters, 3, padding="same", use_bias=False)(x)
        y = layers.BatchNormalization()(y)
        y = layers.ReLU()(y)
        x = layers.Conv2D(filters, 1, padding="same")(x)
        x = layers.Add()([x, y])
        x = layers.MaxPooling2D()(x)
    x = layers.Conv2D(128, 3)(x)
    x = layers.GlobalAveragePooling2D()(x)
    x = layers.Dropout(0.5)(x)
    x = layers.Dense(64, activation="relu")(x)
    x = layers.Dense(classes, activation="softmax")(x)
    model = keras.Model(image, x)
    model.compile("adam", "sparse_categorical_crossentropy")
    return model


model_{n} = build_{n}()
'''
LINES = 200


def program():
    """A program of 200 lines, with the line and the column at which it is typed."""
    text = "import keras\nfrom keras import layers\n"
    number = 0
    while text.count("\n") < LINES - 30:
        text += BLOCK.format(n=number)
        number += 1
    text += "\nlast = keras.Input((8,))\n"
    while text.count("\n") < LINES - 1:
        text += "last = layers.Dense(8)(last)\n"
    text += "last = layers.Dense(1)(last)  # \n"
    return text, text.count("\n") - 1


def percentile(times, share):
    return sorted(times)[min(int(len(times) * share), len(times) - 1)]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--edits", type=int, default=200)
    options = parser.parse_args()
    text, line = program()
    editor = Editor(pathlib.Path(tempfile.mkdtemp()))
    uri = editor.open("net.py", text)
    count = len(editor.hints(uri))
    print(f"{text.count(chr(10))} lines, {count} places with shapes")
    number, comment = text.splitlines()[line].index("(1)") + 1, len(text.splitlines()[line])
    for name, column, typed in (("in a comment", comment, "a"), ("in an argument", number, "2")):
        times, processor = [], []
        for edit in range(options.edits):
            before, used = time.perf_counter(), editor.processor_time()
            editor.change(uri, typed if edit % 2 == 0 else "", (line, column), (line, column + edit % 2), edit + 2)
            assert len(editor.hints(uri)) == count
            times.append((time.perf_counter() - before) * 1000)
            processor.append((editor.processor_time() - used) * 1000)
        print(
            f"{options.edits} keystrokes {name}: to the hints median {statistics.median(times):.1f} ms, "
            f"p95 {percentile(times, 0.95):.1f} ms, most {max(times):.1f} ms; "
            f"processor time of the server median {statistics.median(processor):.1f} ms, "
            f"p95 {percentile(processor, 0.95):.1f} ms, most {max(processor):.1f} ms"
        )
    editor.leave()


if __name__ == "__main__":
    main()
