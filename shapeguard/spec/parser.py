"""Reads a spec in any of its forms: strings, tuples, framework shapes, annotations, nested outputs."""

from __future__ import annotations

import operator
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, NamedTuple

from shapeguard.errors import SpecError
from shapeguard.spec.arithmetic import MAX_SIZE
from shapeguard.spec.axis_parser import read_axis
from shapeguard.spec.dims import AnySize, Dim, Fixed, ShapeSpec, Spec, StructureSpec, Variadic
from shapeguard.spec.refusal import describe, spec_error
from shapeguard.spec.source_text import MAX_NESTING
from shapeguard.spec.substitution import substitute
from shapeguard.spec.text_parser import ANY_SHAPE, MAX_AXES, MAX_LENGTH, dict_spec, fault_of, parse_text

if TYPE_CHECKING:
    from collections.abc import Sequence

MAX_OUTPUTS = 1024


def parse(spec: object, variables: Mapping[str, object] | None = None, *, batch_first: bool = True) -> Spec:
    """Reads an expected shape.

    A tuple or list of sizes, names, `None` and `...` is one shape. A tuple or list with an element that is a whole
    shape (a tuple, a string with several axes or with brackets) is several outputs; in it `None` and `...` are any
    shape. A dict names its outputs.

    Args:
        spec: A string such as "B 26 26 32", a tuple, a list or a dict.
        variables: Values of names. A name that is an int there is that size, except on axis 0, where a bare name is the
            batch. Other values are ignored, so that a frame's locals may be passed.
        batch_first: Whether axis 0 is the batch.

    Returns:
        A `ShapeSpec`; a `StructureSpec` if several tensors are described.

    Raises:
        SpecError: The shape cannot be read.

    Example:
        >>> from shapeguard import parse
        >>> parse((None, 26, 26, 32))
        ShapeSpec('None 26 26 32')
        >>> parse("B H*W C") == parse(("B", "H*W", "C"))
        True
    """
    parsed = _parse(spec, _Budget(MAX_NESTING, iter(range(MAX_OUTPUTS))))
    if not variables:
        return parsed
    return substitute(parsed, variables, spec if isinstance(spec, str) else str(parsed), batch_first=batch_first)


class _Budget(NamedTuple):
    """What a spec may still cost: levels below this one, and outputs in all, each of which `next` takes from it."""

    nesting: int
    outputs: Iterator[int]

    def below(self) -> _Budget:
        return _Budget(self.nesting - 1, self.outputs)


def _parse(spec: object, budget: _Budget) -> Spec:
    if next(budget.outputs, None) is None:
        raise spec_error(
            f"<{type(spec).__name__}>", 0, "this spec has too many outputs", f"write at most {MAX_OUTPUTS} outputs"
        )
    if isinstance(spec, ShapeSpec | StructureSpec):
        return spec
    if isinstance(spec, str):
        return parse_text(str(spec))
    if isinstance(spec, tuple | list | Mapping):
        if not budget.nesting:
            raise spec_error(
                f"<{type(spec).__name__}>",
                0,
                "this spec is nested too deeply",
                f"use at most {MAX_NESTING} levels of nesting",
            )
        return _parse_mapping(spec, budget) if isinstance(spec, Mapping) else _parse_sequence(spec, budget)
    return _parse_foreign(spec, budget)


def _parse_foreign(spec: object, budget: _Budget) -> Spec:
    """Reads annotations and TensorShape objects by what they offer, without importing their packages."""
    declared = [item for item in getattr(spec, "__metadata__", ()) if isinstance(item, ShapeSpec | StructureSpec)]
    if len(declared) == 1:
        return declared[0]
    text = getattr(spec, "dim_str", None)
    if isinstance(text, str):
        return parse_text(text)
    as_list = getattr(spec, "as_list", None)
    if callable(as_list):
        return ANY_SHAPE if getattr(spec, "rank", 0) is None else _parse(as_list(), budget)
    if _is_integer(spec):
        problem, hint = "a single size is not a shape", f"write ({describe(spec)},) for a shape of one axis"
    elif isinstance(getattr(spec, "shape", None), tuple):
        problem, hint = "a tensor is not a shape spec", "pass its shape: x.shape"
    else:
        problem = f"a {type(spec).__name__} is not a shape spec"
        hint = 'write a tuple such as (None, 26, 26, 32) or a string such as "B 26 26 32"'
    raise spec_error(describe(spec), 0, problem, hint)


def _parse_sequence(spec: Sequence[object], budget: _Budget) -> Spec:
    if len(spec) > MAX_OUTPUTS:
        raise spec_error(
            f"<{len(spec)} elements>", 0, "this spec is too long", f"a shape can have at most {MAX_AXES} axes"
        )
    elements = [_parse_element(spec, index, budget) for index in range(len(spec))]
    dims = [element for element in elements if not isinstance(element, ShapeSpec | StructureSpec)]
    if len(dims) == len(elements):
        if len(dims) > MAX_AXES:
            raise _refuse_element(
                spec, MAX_AXES, f"this spec has {len(dims)} axes", f"a shape can have at most {MAX_AXES} axes"
            )
        if fault := fault_of(dims):
            raise _refuse_element(spec, *fault)
        return ShapeSpec(tuple(dims))
    items = tuple(_as_output(spec, index, element) for index, element in enumerate(elements))
    return StructureSpec("list" if isinstance(spec, list) else "tuple", items)


def _parse_element(spec: Sequence[object], index: int, budget: _Budget) -> Dim | Spec:
    """An element of a tuple or list: an axis, or the whole shape of an output."""
    element = spec[index]
    if element is None:
        return AnySize()
    if element is ...:
        return Variadic()
    if isinstance(element, str):
        return _parse_text_element(str(element))
    if _is_integer(element):
        size = operator.index(element)  # type: ignore[arg-type]
        if not 0 <= size <= MAX_SIZE:
            hint = "`None` is one axis of any size" if size < 0 else f"no axis is longer than {MAX_SIZE}"
            raise _refuse_element(spec, index, "this is not a size", hint)
        return Fixed(size)
    if isinstance(element, bool | float | complex | bytes) or type(element).__name__ == "bool_":
        hint = "for one shape, the elements must be int, str, None or `...`; for several outputs, shapes"
        raise _refuse_element(spec, index, f"a {type(element).__name__} is not a size", hint)
    return _parse(element, budget.below())


def _is_integer(value: object) -> bool:
    """Whether `value` is an integer of any library; a bool is none."""
    if isinstance(value, bool) or type(value).__name__ == "bool_":
        return False
    try:
        operator.index(value)  # type: ignore[arg-type]
    except Exception:  # noqa: BLE001 - a foreign __index__ may raise anything; then it is not an integer
        return False
    return True


def _parse_text_element(text: str) -> Dim | Spec:
    """A string within a tuple or list: one axis, which may hold spaces as between commas, or a whole spec."""
    try:
        whole = parse_text(text)
    except SpecError:
        if len(text) > MAX_LENGTH:
            raise
        try:
            return read_axis(text, 0, len(text))
        except SpecError as error:
            refusal = error
        # An axis that stands alone is refused as an axis, all else as the spec that it was meant to be.
        if any(character.isspace() or character in ",[" for character in text.strip()):
            raise
        raise refusal from None
    is_axis = isinstance(whole, ShapeSpec) and len(whole.dims) == 1 and not _is_marked_whole(text)
    return whole.dims[0] if is_axis and isinstance(whole, ShapeSpec) else whole


def _is_marked_whole(text: str) -> bool:
    """Whether brackets or a comma show a text of one axis to be a whole shape."""
    return text.strip().endswith((",", ",)", "]")) or text.strip().startswith(("[", "TensorShape", "torch."))


def _as_output(spec: Sequence[object], index: int, element: Dim | Spec) -> Spec:
    """An element beside shapes: a shape too, where it can be one."""
    if isinstance(element, ShapeSpec | StructureSpec):
        return element
    if spec[index] is None or spec[index] is ...:
        return ANY_SHAPE
    if isinstance(spec[index], str):
        return ShapeSpec((element,))
    hint = "write each output as its own shape: [(None, 10), (None, 5)]"
    raise _refuse_element(spec, index, "sizes and shapes are mixed", hint)


def _parse_mapping(spec: Mapping[object, object], budget: _Budget) -> StructureSpec:
    if not 0 < len(spec) <= MAX_OUTPUTS:
        problem, hint = f"this dict names {len(spec)} outputs", f"name between 1 and {MAX_OUTPUTS} outputs"
        raise spec_error(f"<dict of {len(spec)}>", 0, problem, hint)
    pairs: list[tuple[str, Spec]] = []
    for key, value in spec.items():
        if not isinstance(key, str):
            raise spec_error(
                describe(key), 0, "the name of an output is not a string", "use a string as the name of each output"
            )
        pairs.append((key, ANY_SHAPE if value is None or value is ... else _parse(value, budget.below())))
    return dict_spec(pairs)


def _refuse_element(spec: Sequence[object], index: int, problem: str, hint: str) -> SpecError:
    texts = [describe(element) for element in spec]
    position = 1 + sum(len(text) + 2 for text in texts[:index])
    return spec_error(f"({', '.join(texts)}{',' * (len(texts) == 1)})", position, problem, hint)
