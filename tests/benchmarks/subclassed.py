"""Writes a builder of `networks.py` as a subclassed model: layers are made in `__init__` and called in `call`.

A helper becomes a layer of its own, what a loop makes becomes a list of layers, and what `keras.Sequential` lists one
list that `call` walks through. The layers are made in the same order, so they have the same names. With `operations`,
merges, activations and reshapes are written with operators and `keras.ops` in `call`, as people do.
"""

import ast
import copy
import inspect
from collections import Counter

import keras
from keras.src.utils.naming import to_snake_case

TEMPLATE = """
class {name}({base}):
    def __init__(self{parameters}):
        super().__init__()
    def call(self, {inputs}):
        pass
"""
POOLED = {"GlobalAveragePooling": "mean", "GlobalMaxPooling": "max"}


def subclassed(tree, name, *, operations=False):
    """The tree of a module that has the builder `name` written as a class, and a function `name` that makes one."""
    tree = copy.deepcopy(tree)
    functions = [node for node in tree.body if isinstance(node, ast.FunctionDef)]
    imports = [node for node in tree.body if not isinstance(node, ast.FunctionDef)]
    helpers = {node.name for node in functions if node.name != name}
    classes = [_class(node, name, helpers, operations=operations) for node in functions]
    maker = ast.parse(f"def {name}():\n    return {_class_name(name)}()").body
    imports += ast.parse("from keras import ops").body if operations else []
    return ast.fix_missing_locations(ast.Module([*imports, *classes, *maker], []))


def _class_name(name):
    return "".join(word.capitalize() for word in name.strip("_").split("_"))


def _class(function, name, helpers, *, operations):
    is_model = function.name == name
    tensor, *parameters = [arg.arg for arg in function.args.args] or ["inputs"]
    split = _Split(helpers, parameters, operations=operations)
    calls = split.statements(_without_sequential(function.body))
    if is_model and len(split.inputs) > 1:
        calls = [*ast.parse(f"{', '.join(split.inputs)} = {tensor}").body, *calls]
    elif is_model:
        tensor = split.inputs[0]
    signature = function.args
    defaults = dict(zip(reversed(parameters), map(ast.unparse, reversed(signature.defaults)), strict=False))
    written = "".join(f", {each}" + (f"={defaults[each]}" if each in defaults else "") for each in parameters)
    base = "keras.Model" if is_model else "layers.Layer"
    text = TEMPLATE.format(name=_class_name(function.name), base=base, parameters=written, inputs=tensor)
    (made,) = ast.parse(text).body
    begin, call = made.body
    begin.body += [*(_statement(f"self.{each} = {each}") for each in sorted(split.kept)), *split.made]
    call.body = calls
    return made


def _statement(text):
    (statement,) = ast.parse(text).body
    return statement


def _without_sequential(body):
    """The statements with `model.add(...)` written as calls of layers."""
    names = {
        node.targets[0].id
        for node in body
        if isinstance(node, ast.Assign) and _is_named(node.value, "keras.Sequential")
    }
    if not names:
        return body
    found = []
    for node in body:
        value = getattr(node, "value", None)
        if isinstance(node, ast.Expr) and _is_named(value, *(f"{name}.add" for name in names)):
            (added,) = value.args
            is_input = _is_named(added, "keras.Input")
            found.append(ast.Assign([ast.Name("x")], added if is_input else ast.Call(added, [ast.Name("x")], [])))
        elif isinstance(node, ast.Return):
            found.append(ast.Return(ast.Name("x")))
    return found


def _is_named(node, *names):
    return isinstance(node, ast.Call) and ast.unparse(node.func) in names


def is_made(node):
    """Whether this makes a layer: `layers.Dense(10)`."""
    is_named = isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
    return is_named and ast.unparse(node.func.value) == "layers"


class _Split(ast.NodeTransformer):
    """Parts the statements of a builder into those that make layers, `made`, and those that call them."""

    def __init__(self, helpers, parameters, *, operations):
        self.helpers, self.parameters, self.operations = helpers, set(parameters), operations
        self.made, self.inputs, self.kept = [], [], set()
        self._names, self._looped = Counter(), None

    def statements(self, body):
        """What `call` does instead of these statements."""
        return [new for node in body for new in self._parted(node)]

    def _parted(self, node):
        if isinstance(node, ast.For):
            return self._loop(node)
        if isinstance(node, ast.If):
            return self._condition(node)
        if isinstance(node, ast.Assign) and _is_named(node.value, "keras.Input"):
            self.inputs.append(node.targets[0].id)
            return []
        if isinstance(node, ast.Return) and _is_named(node.value, "keras.Model"):
            return [ast.Return(self.visit(node.value.args[1]))]
        if isinstance(node, ast.Return) and _is_named(node.value, "keras.Sequential"):
            return self._steps(node.value.args[0].elts)
        return [self.visit(node)]

    def _steps(self, elements):
        _, *made = elements
        self.inputs.append("x")
        self.made += ast.parse("self.steps = []").body
        self.made[-1].value = ast.List(made)
        return ast.parse("for step in self.steps:\n    x = step(x)\nreturn x").body

    def _loop(self, node):
        before, self.made, self._looped = self.made, [], []
        body = self.statements(node.body)
        inside, self.made, looped, self._looped = self.made, before, self._looped, None
        if not looped:
            return [ast.For(node.target, self.visit(node.iter), body, [])]
        self.made += [_statement(f"self.{name} = []") for name in looped]
        self.made.append(ast.For(node.target, node.iter, inside, []))
        lists = ", ".join(f"self.{name}" for name in looped)
        walked = lists if len(looped) == 1 else f"zip({lists}, strict=True)"
        loop = _statement(f"for {', '.join(looped)} in {walked}:\n    pass")
        loop.body = body
        return [loop]

    def _condition(self, node):
        before, self.made = self.made, []
        body = self.statements(node.body)
        inside, self.made = self.made, before
        if inside:
            self.made.append(ast.If(copy.deepcopy(node.test), inside, []))
        return [ast.If(self.visit(node.test), body, [])]

    def visit_Name(self, node):
        if node.id not in self.parameters:
            return node
        self.kept.add(node.id)
        return ast.Attribute(ast.Name("self"), node.id)

    def visit_Call(self, node):
        if is_made(node.func):
            operation = _operation(node.func, node.args[0]) if self.operations else None
            if operation is not None:
                return self.visit(ast.parse(operation, mode="eval").body)
            return self._called(node.func.func.attr, node.func, node.args, node.keywords)
        if isinstance(node.func, ast.Name) and node.func.id in self.helpers:
            tensor, *settings = node.args
            name = _class_name(node.func.id)
            return self._called(name, ast.Call(ast.Name(name), settings, node.keywords), [tensor], [])
        return self.generic_visit(node)

    def _called(self, kind, made, tensors, options):
        """The call of a layer that `__init__` makes and keeps."""
        name = to_snake_case(kind)
        self._names[name] += 1
        name += f"_{self._names[name]}" if self._names[name] > 1 else ""
        if self._looped is None:
            keep = _statement(f"self.{name} = None")
            keep.value = made
        else:
            self._looped.append(name)
            keep = _statement(f"self.{name}.append(None)")
            keep.value.args = [made]
        self.made.append(keep)
        layer = ast.Name(name) if self._looped is not None else ast.Attribute(ast.Name("self"), name)
        options = [ast.keyword(each.arg, self.visit(each.value)) for each in options]
        return ast.Call(layer, [self.visit(tensor) for tensor in tensors], options)


def _operation(made, tensor):
    """The expression that people write for this layer's call; `None` where there is none."""
    kind = made.func.attr
    names = list(inspect.signature(getattr(keras.layers, kind)).parameters)
    given = dict(zip(names, map(ast.unparse, made.args), strict=False))
    given |= {each.arg: ast.unparse(each.value) for each in made.keywords if each.arg != "name"}
    if kind[:-2] in POOLED:
        return _pooled(kind, given, ast.unparse(tensor))
    return OPERATIONS[kind](given, tensor) if kind in OPERATIONS else None


def _pooled(kind, given, x):
    if given.keys() - {"keepdims"}:
        return None
    axes = {"1": "1", "2": "(1, 2)", "3": "(1, 2, 3)"}[kind[-2]]
    kept = f", keepdims={given['keepdims']}" if given else ""
    return f"ops.{POOLED[kind[:-2]]}({x}, axis={axes}{kept})"


def _merged(operator, reduced=None):
    def written(_, tensors):
        if isinstance(tensors, ast.List) and len(tensors.elts) == 2:
            return f" {operator} ".join(map(ast.unparse, tensors.elts))
        return f"{reduced}({ast.unparse(tensors)})" if reduced and isinstance(tensors, ast.Name) else None

    return written


def _flattened(_, tensor):
    x = ast.unparse(tensor)
    return f"ops.reshape({x}, (ops.shape({x})[0], -1))" if isinstance(tensor, ast.Name) else None


def _with_batch(sizes, first):
    return repr((first, *ast.literal_eval(sizes)))


OPERATIONS = {
    "Add": _merged("+", "sum"),
    "Multiply": _merged("*"),
    "Flatten": _flattened,
    "ReLU": lambda given, x: f"ops.relu{'6' if given else ''}({ast.unparse(x)})",
    "Concatenate": lambda given, x: f"ops.concatenate({ast.unparse(x)}, axis={given.get('axis', '-1')})",
    "Reshape": lambda given, x: f"ops.reshape({ast.unparse(x)}, {_with_batch(given['target_shape'], -1)})",
    "Permute": lambda given, x: f"ops.transpose({ast.unparse(x)}, {_with_batch(given['dims'], 0)})",
}
"""What stands for a layer's call, by class: from the arguments as written and the tensor, or the list of tensors."""
