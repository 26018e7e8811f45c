"""Counts what a `fit` does in Python: calls into our files at each step, and the operations of the graphs it traced."""

import sys
from collections import Counter

import keras


class Counting(keras.callbacks.Callback):
    """Put first among the callbacks: counts the calls into files of these names until training ends.

    `steps` has the calls of each training step, `files` those of all steps by file.
    """

    def __init__(self, *names):
        super().__init__()
        self.names = names
        self.files, self.steps, self.calls = Counter(), [], 0

    def on_train_begin(self, logs=None):
        sys.setprofile(self.profile)

    def profile(self, frame, event, argument):
        file = frame.f_code.co_filename.replace("\\", "/")
        if event == "call" and any(part in file for part in self.names):
            self.files[file.rpartition("/")[2]] += 1
            self.calls += 1

    def on_train_batch_end(self, batch, logs=None):
        self.steps.append(self.calls)
        self.calls = 0

    def on_train_end(self, logs=None):
        sys.setprofile(None)


def counted(model, callbacks, names, *data, **options):
    """The counts of a `fit` with these callbacks."""
    counting = Counting(*names)
    try:
        model.fit(*data, verbose=0, callbacks=[counting, *callbacks], **options)
    finally:
        sys.setprofile(None)
    return counting


def operations(function):
    """The names of the operations in every graph that a step function has traced."""
    graphs, seen = [], set()
    contents = [function]  # Keras 3.6 keeps the graph function itself, 3.15 a plain function around it
    while contents:
        content = contents.pop()
        if id(content) in seen:
            continue
        seen.add(id(content))
        if hasattr(content, "_list_all_concrete_functions"):
            graphs += [concrete.graph for concrete in content._list_all_concrete_functions()]
            content = content.python_function
        contents += [cell.cell_contents for cell in getattr(content, "__closure__", None) or ()]
    return sorted(operation.name for graph in graphs for operation in graph.get_operations())


def deep(count, **options):
    """As many equal layers, and a last one."""
    model = keras.Sequential([keras.Input((4,)), *(keras.layers.Dense(4) for _ in range(count)), keras.layers.Dense(1)])
    model.compile("sgd", "mse", **options)
    return model
