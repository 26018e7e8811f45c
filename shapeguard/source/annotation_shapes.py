"""Reads the shape out of a type annotation, where it is one; other people's annotations are left alone."""

from __future__ import annotations

import ast
import inspect
import re
import types
import typing
from typing import TYPE_CHECKING, Annotated, Any

from shapeguard.errors import SpecError
from shapeguard.source.reading import expression_of
from shapeguard.source.trees import last_name
from shapeguard.spec import ShapeSpec, StructureSpec, parse

if TYPE_CHECKING:
    from collections.abc import Mapping

_TENSOR_NAMES = frozenset(
    {"Any", "Array", "ArrayLike", "KerasTensor", "SymbolicTensor", "Tensor", "TensorLike", "Variable", "ndarray"}
)
_TENSOR_HOMES = frozenset({"keras", "tensorflow", "jax", "jaxlib", "torch", "numpy", "tf_keras"})
_PROSE = re.compile(r"^[a-z]{2,}$|\b(?:an|of|that|the|this|to)\b")
_SHAPE_LIKE = re.compile(r"\d|[\[\](,*?]|\.\.\.")


def spec_of(annotation: object, variables: Mapping[str, object] | None = None) -> ShapeSpec | StructureSpec | None:
    """The shape that an annotation declares; `None` where it declares none. Raises `SpecError` for a misspelt one.

    A string counts inside `Annotated` on `Any` or a tensor type only: `Annotated[int, "number of filters"]` is no
    shape. A tuple of shapes is what a function with several outputs returns.
    """
    origin = typing.get_origin(annotation)
    if origin is Annotated:
        return _of_metadata(annotation, variables)
    if isinstance(getattr(annotation, "dim_str", None), str):  # jaxtyping, 0.2 and 0.3
        return parse(annotation, variables)
    if origin is not tuple and origin not in (typing.Union, types.UnionType):
        return None
    members = [spec_of(member, variables) for member in typing.get_args(annotation)]
    specs = tuple(spec for spec in members if spec is not None)
    if origin is tuple:
        return StructureSpec("tuple", specs) if specs and len(specs) == len(members) else None
    return specs[0] if len(specs) == 1 else None


def _of_metadata(annotation: Any, variables: Mapping[str, object] | None) -> ShapeSpec | StructureSpec | None:
    kind, *metadata = typing.get_args(annotation)
    for item in metadata:
        if isinstance(item, ShapeSpec | StructureSpec):
            return parse(item, variables)
        if isinstance(item, str | tuple) and _is_tensor_like(kind):
            spec = of_item(item)
            if spec is not None:
                return parse(spec, variables)
    return None


def of_item(item: str | tuple[object, ...]) -> ShapeSpec | StructureSpec | None:
    """The shape that an item of `Annotated` on a tensor states; `None` of prose. Raises `SpecError`."""
    if _is_prose(item):
        return None
    try:
        return parse(item)
    except SpecError:
        if isinstance(item, tuple) or _SHAPE_LIKE.search(item):
            raise
        return None


def _is_prose(item: str | tuple[object, ...]) -> bool:
    """Whether a string is one plain word ("logits") or has English words between, which could be read as axes too."""
    return isinstance(item, str) and _PROSE.search(item.strip()) is not None


def is_tensor_path(path: str) -> bool:
    """Whether a dotted path is that of a type of tensors, or of anything."""
    return path.rpartition(".")[2] in _TENSOR_NAMES or path.partition(".")[0] in _TENSOR_HOMES


def _is_tensor_like(kind: object) -> bool:
    if kind is Any:
        return True
    if isinstance(kind, str | typing.ForwardRef):
        text = kind if isinstance(kind, str) else kind.__forward_arg__
        return text.rpartition(".")[2] in _TENSOR_NAMES
    members = typing.get_args(kind) if typing.get_origin(kind) in (typing.Union, types.UnionType) else (kind,)
    return any(
        getattr(member, "__name__", "") in _TENSOR_NAMES
        or getattr(member, "__module__", "").split(".")[0] in _TENSOR_HOMES
        for member in members
    )


def may_be_shape(node: ast.expr) -> bool:
    """Whether an annotation in the source is of a form that can declare a shape."""
    match node:
        case ast.Subscript() | ast.JoinedStr():
            return True
        case ast.BinOp(left=left, op=ast.BitOr(), right=right):
            return may_be_shape(left) or may_be_shape(right)
        case ast.Name() | ast.Attribute():
            return True  # an alias such as `Image = Annotated[Any, "B 28 28 1"]`
        case ast.Constant(value=str() as text):
            inner = expression_of(text)
            return inner is not None and may_be_shape(inner)
        case _:
            return False


def evaluated(
    node: ast.expr, namespace: dict[str, Any], local: Mapping[str, object]
) -> ShapeSpec | StructureSpec | None:
    """The shape that an annotation of the user's own running function declares, with the live values in f-strings.

    Names that exist for type checkers only leave the strings in the annotation's own text to be read.
    """
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        inner = expression_of(node.value)
        calls = inner is not None and any(isinstance(part, ast.Call) for part in ast.walk(inner))
        return None if inner is None or calls else evaluated(inner, namespace, local)  # a string calls nothing
    if not may_be_shape(node):
        return None
    try:
        value = _run(node, namespace, local)
    except Exception:  # noqa: BLE001  Python itself never evaluates a local annotation: it may hold anything
        return _of_text(node, namespace, local)
    if isinstance(node, ast.JoinedStr) and isinstance(value, str):
        return with_values(parse(value), namespace, local)
    spec = spec_of(value)
    return None if spec is None else with_values(spec, namespace, local)


def with_values(
    spec: ShapeSpec | StructureSpec,
    namespace: Mapping[str, object],
    local: Mapping[str, object],
    *,
    batch_first: bool = True,
) -> ShapeSpec | StructureSpec:
    """The spec with the local int variables put in, on axis 0 unless it is the batch, and any variable in braces."""
    spec = parse(spec, dict(local), batch_first=batch_first)
    leaves = (spec,) if isinstance(spec, ShapeSpec) else spec.leaves
    wanted = {name for leaf in leaves for name in leaf.variables}
    return parse(spec, {name: _value_of(name, {**namespace, **local}) for name in wanted}) if wanted else spec


def _value_of(path: str, variables: Mapping[str, object]) -> object:
    """What `units` or `self.units` is, as it lies there: no property of the user's is run."""
    root, *attributes = path.split(".")
    value = variables.get(root)
    for attribute in attributes:
        value = inspect.getattr_static(value, attribute, None)
    return value


def _run(node: ast.expr, namespace: dict[str, Any], local: Mapping[str, object]) -> object:
    code = compile(ast.Expression(node), "<annotation>", "eval")
    return eval(code, namespace, dict(local))  # noqa: S307  the user's own annotation, as typing.get_type_hints does


def _of_text(
    node: ast.expr, namespace: dict[str, Any], local: Mapping[str, object]
) -> ShapeSpec | StructureSpec | None:
    """What `Float[Tensor, "B 26"]` or `Shaped[Tensor, None, 26]` says where its names are for type checkers only."""
    match node:
        case ast.Subscript(value=form, slice=ast.Tuple(elts=[kind, *written])) if written:
            name = last_name(form)
        case _:
            return None
    if last_name(kind) not in _TENSOR_NAMES:
        return None
    if name == "Shaped" and (len(written) > 1 or isinstance(written[0], ast.Tuple)):
        return _of_elements(written, namespace, local)
    text = _string(written[0], namespace, local) if len(written) == 1 else None
    if text is None or (name == "Annotated" and _is_prose(text)):
        return None
    try:
        return with_values(parse(text), namespace, local)
    except SpecError:
        if _SHAPE_LIKE.search(text):
            raise
        return None


def _of_elements(
    written: list[ast.expr], namespace: dict[str, Any], local: Mapping[str, object]
) -> ShapeSpec | StructureSpec | None:
    try:
        elements = [ast.literal_eval(element) for element in written]
    except (ValueError, TypeError, RecursionError):
        return None
    return with_values(parse(elements[0] if len(elements) == 1 else tuple(elements)), namespace, local)


def _string(node: ast.expr, namespace: dict[str, Any], local: Mapping[str, object]) -> str | None:
    if isinstance(node, ast.JoinedStr):
        try:
            return str(_run(node, namespace, local))
        except Exception:  # noqa: BLE001  an f-string of an annotation that Python never evaluates
            return None
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None
