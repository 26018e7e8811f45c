"""The shapes that comments state, held against what was read of the program."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from shapeguard.records.expectations import Expectation
from shapeguard.source import comment_rivals as rivals
from shapeguard.source.annotation_shapes import with_values
from shapeguard.source.comment_filters import settled, without_axis_names
from shapeguard.source.comment_subjects import comment_of, is_about
from shapeguard.source.comments import read
from shapeguard.source.statements import declared_in, place_of
from shapeguard.source.trees import indexed
from shapeguard.spec import Fixed, ShapeSpec
from shapeguard.static.layer_calls import config_of
from shapeguard.static.sizes import holds_unknown
from shapeguard.static.values import Layer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shapeguard.records.network import Call, Shape
    from shapeguard.source.statements import Declaration, Place
    from shapeguard.static.modules import Module
    from shapeguard.static.recording import Recorder

COMMENT = re.compile(r"#.*$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Stated:
    """A comment beside a call, with the whole numbers that names had there."""

    declaration: Declaration
    call: int
    variables: dict[str, int]


@dataclass(frozen=True, slots=True)
class Differing:
    """A call whose output is not what a comment says: the spec, and the output's shape."""

    call: int
    expectation: Expectation
    spec: ShapeSpec
    shape: Shape


@dataclass(frozen=True, slots=True, eq=False)
class Declarations:
    """The comments of a file by the place of the expression that they are about, and those that were met."""

    by_place: dict[Place, list[Declaration]]
    met: list[Stated] = field(default_factory=list)

    @classmethod
    def of(cls, module: Module) -> Declarations:
        """Those of a file; none if no comment in it is a shape."""
        if not any(read(comment) for comment in COMMENT.findall(module.places.text)):
            return cls({})
        return cls(declared_in(indexed(module.places, module.tree)).by_place)

    def note(self, node: ast.AST, call: int, variables: dict[str, Any]) -> None:
        """A call is made at this node; names have these values there."""
        if not self.by_place or not isinstance(node, ast.expr):
            return
        for declaration in self.by_place.get(place_of(node), ()):
            numbers = {name: value for name, value in variables.items() if type(value) is int}
            self.met.append(Stated(declaration, call, numbers))


def differing(recorder: Recorder, declarations: Declarations) -> list[Differing]:
    """The calls that are not as a comment says, in the order of the calls.

    Of a line that makes several layers a shape in numbers may be that of one turn alone: it holds if it does of any.
    """
    found: list[Differing] = []
    holding = set()
    for stated in declarations.met:
        result = _held_against(recorder, stated)
        if result is None:
            holding.add(stated.declaration.span)
        elif isinstance(result, Differing):
            found.append(result)
    kept = (each for each in found if each.expectation.declared not in holding)
    return sorted(kept, key=lambda each: each.call)


def _held_against(recorder: Recorder, stated: Stated) -> Differing | bool | None:
    """How a call differs from a comment; `None` if it does not, `False` if the comment does not tell."""
    call = recorder.calls[stated.call]
    expectation = _expectation(stated, call)
    comment = None if expectation is None else expectation.comment
    output = () if comment is None else _output(recorder, call, comment.output)
    if expectation is None or comment is None or not output:
        return False
    settled_one = settled(expectation, len(output))
    if settled_one is None or not isinstance(settled_one.spec, ShapeSpec) or not _has_sizes(settled_one.spec):
        return False
    beside = _beside(recorder, call, output)
    if rivals.reason_against(comment, settled_one.spec, beside) is not None:
        return False
    wanted = rivals.with_batch(comment, settled_one.spec, beside)
    return None if rivals.agrees(wanted, output) else Differing(call.index, expectation, wanted, output)


def _output(recorder: Recorder, call: Call, place: int) -> Shape:
    """The shape of an output; `()` if there is none, or not all of its sizes are known."""
    shape: Any = recorder.shapes_of[call.outputs[place]] if place < len(call.outputs) else None
    return () if shape is None or holds_unknown(shape) else shape


def _has_sizes(spec: ShapeSpec) -> bool:
    """Whether a spec has more than names of the axes behind the batch."""
    return any(isinstance(dim, Fixed) for dim in spec.dims[1:])


def _expectation(stated: Stated, call: Call) -> Expectation | None:
    """What a comment expects of the call that it is beside; `None` if it is about something else."""
    declaration, names = stated.declaration, (str(call.layer), call.layer_type)
    shape, comment = declaration.comment, comment_of(stated.declaration, names)
    if shape is None or comment is None or not is_about(declaration, shape, names):
        return None
    spec = _spec(shape.spec, stated.variables, batch_first=shape.batch == "included")
    expectation = Expectation(call.layer, spec, "output", declaration.span, "comment", declaration.text)
    return replace(expectation, comment=replace(comment, spec=spec))


def _spec(spec: Any, variables: dict[str, int], *, batch_first: bool) -> Any:
    named = without_axis_names(spec, variables, batch_first=batch_first)
    return with_values(named, {}, variables, batch_first=batch_first)


def _beside(recorder: Recorder, call: Call, output: Shape) -> rivals.Beside:
    """What the comment may be of besides the output."""
    inputs = tuple(_known_shapes(recorder, call.inputs))
    config = config_of(call.operation) if isinstance(call.operation, Layer) else {}
    later = (value for each in recorder.calls[call.index + 1 :] for value in each.outputs)
    return rivals.Beside(
        output,
        inputs=tuple(shape for shape in inputs if shape != output),
        entering=frozenset(size for shape in inputs for size in shape),
        widths=frozenset(shape[1] for shape in inputs if len(shape) == 2),
        others=tuple(_known_shapes(recorder, call.outputs[1:])),
        later=tuple(_known_shapes(recorder, later)),
        step=_step(config, output),
        layout=_other_layout(config, output),
        windows=_windows(config, inputs),
        arguments=_arguments(call),
    )


def _arguments(call: Call) -> tuple[object, ...]:
    return () if call.construction is None else tuple(each.value for each in call.construction.arguments)


def _step(config: dict[str, Any], output: Shape) -> Shape | None:
    """What the layer of a wrapper gives for one step."""
    return (output[0], *output[2:]) if "layer" in config and len(output) > 2 else None


def _other_layout(config: dict[str, Any], output: Shape) -> Shape | None:
    """The output with the channels in front, where the layer has them last or does not care."""
    if len(output) < 3 or config.get("data_format") == "channels_first":
        return None
    other = (output[0], output[-1], *output[1:-1])
    return None if other == output else other


def _known_shapes(recorder: Recorder, values: Any) -> Iterator[Shape]:
    for value in values:
        shape: Any = recorder.shapes_of[value]
        if shape is not None and not holds_unknown(shape):
            yield shape


def _windows(config: dict[str, Any], inputs: tuple[Shape, ...]) -> tuple[tuple[int | None, ...], ...]:
    """The kernel or pool size with the channels that go with it, and the size of a table, as people write them."""
    sizes = config.get("kernel_size", config.get("pool_size", ()))
    window = tuple(sizes) if isinstance(sizes, list | tuple) else (sizes, sizes)
    width = config.get("filters", config.get("units"))
    entering = inputs[0][-1] if inputs and inputs[0] else None
    table = (config.get("input_dim"), config.get("output_dim"))
    return (
        window, (*window, 1), (*window, width), (width, *window), (*window, entering), (*window, entering, width),
        (entering, width), table,
    )  # fmt: skip
