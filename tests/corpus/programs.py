"""Loads a case and builds its model again, some constructors given other arguments; knows nothing of ShapeGuard."""

import contextlib
import functools
import importlib.util
import inspect
import sys
from collections import defaultdict

import keras
from keras.src.models.functional import Functional
from keras.src.utils.naming import auto_name

STRUCTURAL = {"insert_before", "insert_after", "remove", "replace"}
FIELDS = {"LOSS": "mse", "BATCH": None, "ACCEPT": None, "REPAIRABLE": True, "FIT_AFTER": True, "ALIASES": {}}


def loaded(path):
    """The case as a module of its own, with what it leaves out."""
    spec = importlib.util.spec_from_file_location(f"case_{path.stem}", path)
    case = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(case)
    for name, default in FIELDS.items():
        vars(case).setdefault(name, default)
    return case


def fitted(case, model, guard):
    """Compiles and fits the model as the case says."""
    x, y = case.data()
    if not getattr(model, "optimizer", None):
        model.compile(optimizer="sgd", loss=case.LOSS)
    samples = len(keras.tree.flatten(x)[0])
    model.fit(x, y, batch_size=case.BATCH or samples, epochs=1, verbose=0, callbacks=[guard])


class Workshop:
    """While it is open, notes where layers are made and what they give, and makes some as `edits` say.

    An edit is (layer, argument, value). `lines` has the first and last line of each constructor call in `path`,
    `shapes` every output shape of each layer, `applied` the (layer, argument) pairs that were met.
    """

    def __init__(self, path, edits=()):
        self.path = str(path)
        self.lines, self.shapes, self.applied = {}, defaultdict(list), set()
        self._arguments, self._structure = defaultdict(dict), {}
        for layer, argument, value in edits:
            if argument in STRUCTURAL:
                self._structure[layer] = (argument, value)
            else:
                self._arguments[layer][argument] = value
        self._making, self._inserting = False, False
        self._first_input = {}

    @contextlib.contextmanager
    def open(self):
        with contextlib.ExitStack() as undone:
            for cls in {c for c in vars(keras.layers).values() if inspect.isclass(c) and issubclass(c, keras.Layer)}:
                undone.enter_context(_replaced(cls, "__init__", self._constructor(cls)))
            undone.enter_context(_replaced(keras.layers.Layer, "__call__", self._calling()))
            for name, function in list(vars(keras.applications).items()):
                if inspect.isfunction(function):
                    undone.enter_context(_replaced(keras.applications, name, self._application(function)))
            yield self

    def _constructor(self, cls):
        original, workshop = cls.__init__, self
        signature = inspect.signature(original)

        def constructor(self, *args, **kwargs):  # Keras looks for `self` and at *args (ops/operation.py, 3.15)
            if workshop._making or type(self) is not cls:  # what a layer makes inside itself is its own matter
                original(self, *args, **kwargs)
                return
            bound = signature.bind_partial(self, *args, **kwargs)
            workshop._alter(cls, bound)
            workshop._making = True
            try:
                original(*bound.args, **bound.kwargs)
            finally:
                workshop._making = False
            if isinstance(self, keras.layers.InputLayer):
                workshop.shapes[self.name].append(_shape(self.output))

        return constructor

    def _alter(self, cls, bound):
        """Gives the layer the name that Keras would have given it, and the arguments that the edits say."""
        parameters = bound.signature.parameters
        extra = next((p.name for p in parameters.values() if p.kind is p.VAR_KEYWORD), None)

        def holder(argument):
            return bound.arguments if argument in parameters else bound.arguments.setdefault(extra, {})

        name = holder("name").get("name") or auto_name(cls.__name__)
        holder("name")["name"] = name
        self._note(name)
        for argument, value in self._arguments.get(name, {}).items():
            batched = bound.arguments.get("batch_shape") if argument == "shape" else None
            if batched:
                bound.arguments["batch_shape"] = (batched[0], *value)
            else:
                holder(argument)[argument] = value
            self.applied.add((name, argument))

    def _application(self, function):
        @functools.wraps(function)
        def application(*args, **kwargs):
            bound = inspect.signature(function).bind_partial(*args, **kwargs)
            for name in {function.__name__.lower(), bound.arguments.get("name")} - {None}:
                self._note(name)
                for argument, value in self._arguments.get(name, {}).items():
                    bound.arguments[argument] = value
                    self.applied.add((name, argument))
            return function(*bound.args, **bound.kwargs)

        return application

    def _calling(self):
        original = keras.layers.Layer.__call__

        @functools.wraps(original)
        def calling(layer, *args, **kwargs):
            change = self._structure.get(layer.name)
            if change is not None and not self._inserting and self._is_first_pass(layer, args[0]):
                self.applied.add((layer.name, change[0]))
                if change[0] == "remove":
                    return args[0]
                if change[0] == "insert_before":
                    args = (self._made(change[1])(args[0]), *args[1:])
            other = change is not None and change[0] == "replace" and not self._inserting
            output = self._made(change[1])(args[0]) if other else original(layer, *args, **kwargs)
            if change is not None and change[0] == "insert_after" and not self._inserting:
                output = self._made(change[1])(output)
            several = isinstance(output, list | tuple)
            self.shapes[layer.name].append([_shape(each) for each in output] if several else _shape(output))
            return output

        return calling

    def _is_first_pass(self, layer, tensor):
        """A Functional model calls its layers again with what an inserted layer has already changed."""
        shapes = [_shape(each)[1:] for each in keras.tree.flatten(tensor)]
        return self._first_input.setdefault(layer.name, shapes) == shapes

    def _made(self, text):
        """What calls a layer of this code, as a suggestion writes it, without an edit of its own."""
        layer = eval(text if "(" in text else f"{text}()", vars(keras.layers))  # noqa: S307

        def call(tensor):
            self._inserting = True
            try:
                return layer(tensor)
            finally:
                self._inserting = False

        return call

    def _note(self, name):
        frame = sys._getframe(1)
        while frame is not None and frame.f_code.co_filename != self.path:
            frame = frame.f_back
        if frame is not None:
            first, last, *_ = list(frame.f_code.co_positions())[frame.f_lasti // 2]
            self.lines.setdefault(name, (first, last))


@contextlib.contextmanager
def _replaced(owner, name, value):
    kept = vars(owner).get(name)
    setattr(owner, name, value)
    try:
        yield
    finally:
        if kept is None:
            delattr(owner, name)
        else:
            setattr(owner, name, kept)


def _shape(tensor):
    return tuple(None if d is None else int(d) for d in tensor.shape) if hasattr(tensor, "shape") else None


def opened(path, edits=(), *, fits=False, transform=None):
    """The workshop after the case was built with these edits, and the exception that ended it (`None`: it went well).

    `fits`: whether data and targets must go through as well, as one pass without gradients; `transform` alters x.
    """
    keras.utils.clear_session()
    keras.utils.set_random_seed(0)
    workshop = Workshop(path, edits)
    with workshop.open():
        try:
            case = loaded(path)
            model = case.build()
            x, y = case.data()
            x = x if transform is None else transform(x)
            if not (model.built and isinstance(model, keras.Sequential | Functional)):
                model(keras.tree.map_structure(keras.ops.convert_to_tensor, x))
            if fits:
                model.compile(loss=case.LOSS, jit_compile=False)
                model.evaluate(x, y, batch_size=len(keras.tree.flatten(x)[0]), verbose=0)
        except Exception as error:  # noqa: BLE001  whatever Keras says of it is the answer
            return workshop, error
    return workshop, None
