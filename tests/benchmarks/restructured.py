"""Leaves a layer out of the source of a builder, puts one in, or makes it of another class; every name stays."""

import ast
import copy

from benchmarks import faults
from benchmarks.subclassed import is_made


def named(tree, name):
    """The tree of a builder with the name of each layer written in its call; `None` where a call makes several."""
    if sum(isinstance(node, ast.FunctionDef) for node in tree.body) > 1:
        return None
    if any(isinstance(node, ast.For | ast.ListComp) for node in ast.walk(tree)):
        return None
    tree, order = copy.deepcopy(tree), _Order()
    order.visit(tree)
    configs = faults.recorded(faults.compiled(name)).configs
    for call, (layer, _) in zip(order.made, configs, strict=True):
        call.keywords.append(ast.keyword("name", ast.Constant(layer)))
    return tree


class _Order(ast.NodeVisitor):
    """The calls that make layers, in the order in which Python makes them."""

    def __init__(self):
        self.made = []

    def visit_Call(self, node):
        for each in (node.func, *node.args, *(keyword.value for keyword in node.keywords)):
            self.visit(each)
        if is_made(node):
            self.made.append(node)


def restructured(tree, fault):
    """The tree of `named` with one of `faults.structural_faults` in it."""
    kind, layer, changes = fault
    new = None
    if kind == "extra":
        other = changes["before"][layer.name]
        new = f"layers.{other.func.__name__}({other.args[0]}, name='extra')"
    elif kind == "class":
        new = new_class(fault)
    return ast.fix_missing_locations(_Structure(kind, layer.name, new).visit(copy.deepcopy(tree)))


def new_class(fault):
    """The class that a fault of this kind gives to the layer."""
    _, layer, changes = fault
    return changes["instead"][layer.name].args[1]


class _Structure(ast.NodeTransformer):
    def __init__(self, kind, layer, new):
        self.kind, self.layer, self.new = kind, layer, new

    def _is_it(self, node):
        return is_made(node) and any(
            each.arg == "name" and ast.literal_eval(each.value) == self.layer for each in node.keywords
        )

    def _extra(self):
        return ast.parse(self.new, mode="eval").body

    def visit_Call(self, node):
        self.generic_visit(node)
        if self._is_it(node.func) and self.kind == "missing":
            return node.args[0]
        if self._is_it(node.func) and self.kind == "extra":
            node.args[0] = ast.Call(self._extra(), [node.args[0]], [])
        if self._is_it(node) and self.kind == "class":
            return self._of_other_class(node)
        return node

    def _of_other_class(self, node):
        arguments = f"{ast.unparse(node).partition('(')[2]}" if self.new == "Conv2D" else f"name={self.layer!r})"
        other = ast.parse(f"layers.{self.new}({arguments}", mode="eval").body
        other.keywords = [each for each in other.keywords if each.arg != "output_padding"]
        return other

    def visit_List(self, node):
        self.generic_visit(node)
        elements = []
        for each in node.elts:
            if self._is_it(each) and self.kind == "extra":
                elements.append(self._extra())
            if not (self._is_it(each) and self.kind == "missing"):
                elements.append(each)
        return ast.List(elements)

    def visit_Expr(self, node):
        self.generic_visit(node)
        added = node.value.args[0] if isinstance(node.value, ast.Call) and node.value.args else None
        if not self._is_it(added) or self.kind == "class":
            return node
        if self.kind == "missing":
            return None
        return [ast.Expr(ast.Call(copy.deepcopy(node.value.func), [self._extra()], [])), node]
