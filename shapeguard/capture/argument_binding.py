"""Binds what a constructor was given to the names of its parameters and to the places in the source."""

from __future__ import annotations

import ast
import functools
import inspect
import textwrap
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from shapeguard.keras_compat import keras_layers
from shapeguard.keras_compat.own_weights import Weight
from shapeguard.records.source import INDEX, Argument, Construction, Opaque, OperationName
from shapeguard.source import frames, trees

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from types import CodeType

    from shapeguard.records.source import Span

_PLAIN = frozenset({int, float, bool, str, bytes, complex, type(None), type(Ellipsis)})
_LONGEST = 64
_LONGEST_EXPRESSION = 48


def snapshot(value: Any) -> Any:
    """The value itself where it is plain and small, else an `Opaque`: arrays, tensors and layers pin memory."""
    kind = type(value)
    if kind in _PLAIN:
        return value
    if kind in (tuple, list):
        return kind(map(snapshot, value)) if len(value) <= _LONGEST else Opaque(f"<{kind.__name__} of {len(value)}>")
    if kind is dict:
        return {key: snapshot(item) for key, item in value.items()} if len(value) <= _LONGEST else Opaque("<dict>")
    shape = getattr(value, "shape", None)
    if shape == () and kind.__module__ == "numpy":
        return value.item()
    return Opaque(_described(value, kind), _shape(shape))


def _described(value: Any, kind: type) -> str:
    name = getattr(value, "__name__", None) or getattr(value, "name", None)
    return f"<{kind.__name__} {name}>" if isinstance(name, str) else f"<{kind.__name__}>"


def _shape(shape: Any) -> tuple[int | None, ...] | None:
    try:
        return tuple(size if size is None else int(size) for size in shape)
    except (TypeError, ValueError):
        return None


@dataclass(frozen=True, slots=True)
class Passed:
    """What a constructor was given, before it is bound: `written` are an application function's code and arguments.

    `numbers` are the whole numbers that names of the functions at the site stood for.
    """

    layer: str
    cls: type
    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    site: frames.CallSite
    written: tuple[CodeType, dict[str, Any]] | None = None
    numbers: tuple[dict[str, int], ...] = ()


def resolve(passed: Passed) -> Construction:
    """The construction with every place that the source tells."""
    site = passed.site
    factory = site.entered if not site.direct and _is_factory(site.entered, passed) else None
    if not site.direct and factory is None:
        return Construction(passed.layer, passed.cls.__name__, indirect=True)
    layer_type = passed.written[0].co_name if passed.written else passed.cls.__name__
    if factory is not None and frames.is_method_of_tensors(factory):
        return _of_method(passed, factory)
    located = _located(site, _names(passed.cls, factory))
    if located is None:
        return Construction(passed.layer, layer_type, _bound(passed, factory, None), callers=_callers(site))
    source, call = located
    written_name = " ".join(source.text(source.span(call.func)).split())
    return Construction(
        _name_of(passed, _assigned(passed, source, call) or written_name, call.lineno),
        layer_type,
        _bound(passed, factory, located),
        written_name=written_name,
        call=source.span(call),
        callee=source.span(call.func),
        callers=_callers(site),
        numbers=_numbers(passed),
    )


def _assigned(passed: Passed, source: trees.Source, call: ast.Call) -> str:
    """The name that a weight gets where it is made, as "self.w"; "" for anything else."""
    around = trees.parents_in(source).get(call) if passed.cls is Weight else None
    return source.text(source.span(around.targets[0])) if isinstance(around, ast.Assign) else ""


def _name_of(passed: Passed, written: str, line: int) -> str:
    """A layer's name; of a functional operation what is written, and where."""
    if issubclass(passed.cls, keras_layers.Layer):
        return passed.layer
    code = passed.site.frames[0][0]
    function = "" if code.co_name.startswith("<") else code.co_qualname.rpartition("<locals>.")[2]
    return OperationName.at(written, function, line)


def _of_method(passed: Passed, factory: CodeType) -> Construction:
    """The expression by which an operator, an index or a method of a tensor was called: `x + y`, `x[:, 0]`."""
    code, offset = passed.site.frames[0]
    source = trees.source_for(code)
    node = None if source is None else trees.raising_at(source, code, offset)
    if source is None or node is None:
        return Construction(passed.layer, passed.cls.__name__, callers=_callers(passed.site))
    arguments: tuple[Argument, ...] = ()
    if isinstance(node, ast.Subscript):
        arguments = (Argument(INDEX, None, 0, source.span(node.slice)),)
    elif isinstance(node, ast.Call):
        arguments = tuple(_factory_arguments(passed, factory, (source, node)))
    written = node.func if isinstance(node, ast.Call) else node
    text = textwrap.shorten(source.text(source.span(written)), _LONGEST_EXPRESSION, placeholder=" ...")
    return Construction(
        _name_of(passed, text, node.lineno),
        passed.cls.__name__,
        arguments,
        written_name=text,
        call=source.span(node),
        callers=_callers(passed.site),
        numbers=_numbers(passed),
    )


def _is_factory(entered: CodeType | None, passed: Passed) -> bool:
    """Whether the user's call of a function of Keras stands for this constructor, as with `Input` and `ResNet50`."""
    if entered is None or not frames.is_functional_api(entered):
        return False
    return passed.written is not None or "/applications/" not in entered.co_filename.replace("\\", "/")


def _names(cls: type, factory: CodeType | None) -> frozenset[str]:
    """The names under which the callee may be written."""
    if factory is not None:
        return frozenset({factory.co_name})
    return frozenset({cls.__name__, *aliases(cls)})


@functools.cache
def aliases(cls: type) -> tuple[str, ...]:
    """The names that `keras.layers` exports for a class: `Conv2D` and `Convolution2D`."""
    import keras  # noqa: PLC0415  resolved late, when the class exists

    return tuple(sorted(name for name, value in vars(keras.layers).items() if value is cls))


def _located(site: frames.CallSite, names: frozenset[str]) -> tuple[trees.Source, ast.Call] | None:
    """The call in the user's source; `None` where there is no source or the place is not certain."""
    if not site.frames:
        return None
    code, offset = site.frames[0]
    source = trees.source_for(code)
    if source is None:
        return None
    call = trees.call_at(source, code, offset)
    line, _, column, _ = frames.position(code, offset)
    if call is None and line is not None and column is None:  # PYTHONNODEBUGRANGES: lines only
        candidates = trees.calls_on(source, line, names)
        call = candidates[0] if len(candidates) == 1 else None
    return None if call is None else (source, call)


def _callers(site: frames.CallSite) -> tuple[Span, ...]:
    return tuple(span for _, span in _calls_above(site))


def _numbers(passed: Passed) -> tuple[dict[str, int], ...]:
    """The numbers of the function that made the call, and those of its callers."""
    places = (0, *(place for place, _ in _calls_above(passed.site)))
    return tuple(passed.numbers[place] for place in places) if passed.numbers else ()


def _calls_above(site: frames.CallSite) -> Iterator[tuple[int, Span]]:
    """(number of the frame, span) of each call above the innermost one that the source shows."""
    for place, (code, offset) in enumerate(site.frames[1:], 1):
        source = trees.source_for(code)
        call = None if source is None else trees.call_at(source, code, offset)
        if source is not None and call is not None:
            yield place, source.span(call)


def _bound(
    passed: Passed, factory: CodeType | None, located: tuple[trees.Source, ast.Call] | None
) -> tuple[Argument, ...]:
    if factory is not None:
        return tuple(_factory_arguments(passed, factory, located))
    places = _places(passed, located)
    names = parameters(passed.cls, len(passed.args))
    positional = [Argument(names[i], value, i, places.get(i)) for i, value in enumerate(passed.args)]
    keywords = [Argument(name, value, None, places.get(name)) for name, value in passed.kwargs.items()]
    return (*positional, *keywords)


def _places(passed: Passed, located: tuple[trees.Source, ast.Call] | None) -> dict[int | str, Span]:
    """The span of each argument by position or keyword; a starred expression stands for all that it spreads."""
    if located is None:
        return {}
    source, call = located
    places: dict[int | str, Span] = {}
    for index, node in _positions(call.args, len(passed.args)):
        places[index] = source.span(node)
    spread = next((keyword for keyword in call.keywords if keyword.arg is None), None)
    written = {keyword.arg: keyword for keyword in call.keywords if keyword.arg is not None}
    for name in passed.kwargs:
        keyword = written.get(name, spread)
        if keyword is not None:
            places[name] = source.span(keyword)
    return places


def _positions(nodes: Sequence[ast.expr], count: int) -> Iterator[tuple[int, ast.expr]]:
    """Which node gave which positional argument; nothing where a partial has shifted them."""
    starred = [i for i, node in enumerate(nodes) if isinstance(node, ast.Starred)]
    if not starred:
        if len(nodes) == count:
            yield from enumerate(nodes)
        return
    first, last = starred[0], len(nodes) - starred[-1] - 1
    yield from ((i, nodes[i]) for i in range(first))
    yield from ((count - i, nodes[-i]) for i in range(1, last + 1))
    if len(starred) == 1:
        yield from ((i, nodes[first]) for i in range(first, count - last))


@functools.lru_cache(maxsize=1024)
def _signature_names(cls: type) -> tuple[str, ...]:
    """The positional parameters of a constructor; those of the next class up where it takes `*args`."""
    names: list[str] = []
    for base in cls.__mro__:
        if "__init__" not in vars(base):
            continue
        parameters_ = list(inspect.signature(base.__init__).parameters.values())[1:]  # type: ignore[misc]
        own = [p.name for p in parameters_ if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
        names += own[len(names) :]
        if not any(p.kind is p.VAR_POSITIONAL for p in parameters_):
            break
    return tuple(names)


def parameters(cls: type, count: int) -> tuple[str, ...]:
    """The names of the first `count` positional parameters of a class; `args[7]` for those without one."""
    names = _signature_names(cls)
    return tuple(names[i] if i < len(names) else f"args[{i}]" for i in range(count))


def _factory_arguments(
    passed: Passed, factory: CodeType, located: tuple[trees.Source, ast.Call] | None
) -> Iterator[Argument]:
    """The arguments of the function that the user called, where the layer's own tell their values."""
    skipped = frames.is_method_of_tensors(factory)  # the tensor itself
    names = factory.co_varnames[skipped : factory.co_argcount + factory.co_kwonlyargcount]
    values = dict(zip(parameters(passed.cls, len(passed.args)), passed.args, strict=True)) | passed.kwargs
    if passed.written is not None:
        values = passed.written[1]
    if located is None:
        yield from (Argument(name, values[name]) for name in names if values.get(name) is not None)
        return
    source, call = located
    for i, node in enumerate(call.args):
        if isinstance(node, ast.Starred):
            break
        if i < len(names) and names[i] in values:
            yield Argument(names[i], values[names[i]], i, source.span(node))
    for keyword in call.keywords:
        if keyword.arg is not None and keyword.arg in values:
            yield Argument(keyword.arg, values[keyword.arg], None, source.span(keyword))
