"""SG704 keras1-keyword: an argument under its name of Keras 1, which Keras 3 refuses."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from shapeguard.layers.keras1 import KERNEL, ORDERINGS
from shapeguard.linting.calls import literal
from shapeguard.linting.findings import Change, Finding, FindingText, Rule, corrected, finding
from shapeguard.linting.imports import dotted
from shapeguard.linting.model_calls import is_model, models
from shapeguard.records.source import Opaque, Span

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from shapeguard.linting.calls import LayerCall, Module

_TRAINING_NAMES = frozenset({"input", "output", "nb_epoch", "lr"})
_WITH_BATCH = "batch_input_shape"
"""What layers took in Keras 1 and 2; the size of a batch is the Input's now, as `batch_shape`."""
_GENERATOR = "_generator"
_METHODS = frozenset({"fit_generator", "evaluate_generator", "predict_generator"})
_OF_GENERATORS = frozenset(
    {"generator", "samples_per_epoch", "nb_val_samples", "val_samples", "pickle_safe", "nb_worker"}
)
_OPTIMIZERS = "keras.optimizers."


def check(module: Module) -> Iterator[Finding]:
    """The calls with `nb_filter=`, `border_mode=` and the like, one finding per call."""
    for call in module.layers:
        changes = tuple(_renamings(module, call))
        if changes:
            headline = f"suspicious call {call.written}: Keras 3's {call.layer} has no {_arguments(changes)}"
            yield finding(module, call, changes, _text(headline, changes))
    yield from _trainings(module)
    yield from _generators(module)


def _renamings(module: Module, call: LayerCall) -> Iterator[Change]:
    renamed = call.traits.keras1.renamed
    kernel = _kernel(module, call) if "nb_filter" in renamed else None
    if kernel is not None:
        yield from kernel
    for name, keyword in call.keywords.items():
        if name == "dim_ordering" and name in renamed:
            yield _ordering(module, keyword)
        elif name in renamed:
            yield _renaming(module, keyword, renamed[name])
        elif name == _WITH_BATCH and not module.names.keras2:
            yield _without_batch(module, call, keyword)
        elif name in KERNEL and "nb_filter" in renamed and kernel is None:
            yield Change(name, module.value(keyword.value), Opaque("kernel_size=..."), module.span(keyword))


def _kernel(module: Module, call: LayerCall) -> tuple[Change, Change] | None:
    """`nb_row=3, nb_col=5` as `kernel_size=(3, 5)`; `None` if one is not there, or they are not neighbours."""
    words = call.node.keywords
    index = next((index for index, word in enumerate(words) if word.arg == KERNEL[0]), None)
    after = words[index + 1 : index + 2] if index is not None else []
    if index is None or not after or after[0].arg != KERNEL[1]:
        return None
    first, last = module.span(words[index]), module.span(after[0])
    sizes = ", ".join(module.code(word.value) for word in (words[index], after[0]))
    kernel = Opaque(f"kernel_size=({sizes})")
    rest = Span(first.file, first.end_line, first.end_column, last.end_line, last.end_column)
    rows, columns = module.value(words[index].value), module.value(after[0].value)
    return (
        Change(KERNEL[0], rows, kernel, first, replaces=first, replacement=kernel.text),
        Change(KERNEL[1], columns, kernel, last, replaces=rest, replacement=""),
    )


def _renaming(module: Module, keyword: ast.keyword, successor: str) -> Change:
    """The new name in the place of the old one."""
    span = module.span(keyword)
    name = keyword.arg or ""
    written = Span(span.file, span.line, span.column, span.line, span.column + len(name))
    value, suggestion = module.value(keyword.value), Opaque(f"{successor}=...")
    return Change(name, value, suggestion, span, replaces=written, replacement=successor)


def _without_batch(module: Module, call: LayerCall, keyword: ast.keyword) -> Change:
    """`input_shape` without the batch; no text where a state needs to know it, or the sizes are not written."""
    span, value = module.span(keyword), module.value(keyword.value)
    sizes = keyword.value.elts[1:] if isinstance(keyword.value, ast.Tuple | ast.List) else []
    if "stateful" in call.keywords or not sizes or any(isinstance(each, ast.Starred) for each in sizes):
        return Change(_WITH_BATCH, value, Opaque("input_shape=..."), span)
    text = f"input_shape=({', '.join(map(module.code, sizes))}{',' if len(sizes) == 1 else ''})"
    return Change(_WITH_BATCH, value, Opaque(text), span, replaces=span, replacement=text)


def _ordering(module: Module, keyword: ast.keyword) -> Change:
    """`data_format` in the place of `dim_ordering`, whose values have other names too."""
    ordering = ORDERINGS.get(str(literal(keyword.value)))
    span, value = module.span(keyword), module.value(keyword.value)
    if ordering is None:
        return Change("dim_ordering", value, Opaque("data_format=..."), span)
    quote = "'" if module.code(keyword.value).startswith("'") else '"'
    replacement = f"data_format={quote}{ordering}{quote}"
    return Change("dim_ordering", value, Opaque(replacement), span, replaces=span, replacement=replacement)


def _trainings(module: Module) -> Iterator[Finding]:
    """`Model(input=..., output=...)`, `Adam(lr=...)`, `fit(nb_epoch=...)` of a model that the file itself makes."""
    if not any(keyword.arg in _TRAINING_NAMES for node in module.calls for keyword in node.keywords):
        return
    made = {model.written for model in models(module)}
    for node in module.calls:
        renamed = _renamed_in(module, node, made)
        changes = tuple(
            _renaming(module, keyword, renamed[keyword.arg]) for keyword in node.keywords if keyword.arg in renamed
        )
        if changes:
            called, span = module.code(node.func), module.span(node)
            text = _text(f"suspicious call {called}: in Keras 3 it has no {_arguments(changes)}", changes)
            name = called.rpartition(".")[2]
            yield Finding(called, name, span, changes, text, corrected(module, span, changes))


def _generators(module: Module) -> Iterator[Finding]:
    """`fit_generator` and its like, unless the file defines a function of that name itself."""
    if module.names.keras2 or not module.mentions(_GENERATOR):
        return
    for node in module.calls:
        match node.func:
            case ast.Attribute(value=owner, attr=method) if method in _METHODS and method not in module.names.defined:
                if not _is_another_model(module, owner):
                    yield _generator(module, node, method)


def _is_another_model(module: Module, owner: ast.expr) -> bool:
    """Whether it is the user's own class, or made by another package, so that the method may be its own."""
    if isinstance(owner, ast.Name) and owner.id == "self":
        return True
    written = module.code(owner)
    values = [
        node.value
        for node in module.statements.assignments
        if any(module.code(target) == written for target in node.targets)
    ]
    makers = [value.func for value in values if isinstance(value, ast.Call)]
    return bool(makers) and all(_is_of_another_package(module, maker) for maker in makers)


def _is_of_another_package(module: Module, maker: ast.expr) -> bool:
    """Whether what is called was imported, and not from Keras."""
    root = (dotted(maker) or "").partition(".")[0]
    return root in module.names.bound and module.names.resolve(maker) is None


def _generator(module: Module, node: ast.Call, method: str) -> Finding:
    """The method under its name of today, unless arguments have other names or meanings as well."""
    span, callee = module.span(node), module.span(node.func)
    new = method.removesuffix(_GENERATOR)
    name = Span(callee.file, callee.end_line, callee.end_column - len(method), callee.end_line, callee.end_column)
    words = {word.arg for word in node.keywords}
    old = words & (_OF_GENERATORS | {"nb_epoch"})
    change = Change(
        method, None, Opaque(f"{new}(...)"), name, replaces=None if old else name, replacement=None if old else new
    )
    called = " ".join(module.code(node.func).split())
    also = f"; {', '.join(f'`{word}`' for word in sorted(map(str, old)))} changed as well" if old else ""
    text = FindingText(
        headline=f"suspicious call {called}: a model of Keras 3 has no method `{method}`",
        title=f"`{method}` is a method of Keras 1 and 2",
        label=f"`{new}` takes generators",
        fix_note=f"`{method}` is now `{new}`{also}",
    )
    return Finding(called, method, span, (change,), text, corrected(module, span, (change,)))


def _renamed_in(module: Module, node: ast.Call, made: set[str]) -> Mapping[str | None, str]:
    """The renamed arguments of a call that is no layer's, with their successors."""
    if is_model(module, node):
        return {"input": "inputs", "output": "outputs"}
    if _is_optimizer(module, node):
        return {"lr": "learning_rate"}
    if isinstance(node.func, ast.Attribute) and node.func.attr == "fit" and module.code(node.func.value) in made:
        return {"nb_epoch": "epochs"}
    return {}


def _is_optimizer(module: Module, node: ast.Call) -> bool:
    """Whether the call constructs an optimizer of Keras 3; those of its `legacy` module kept their names."""
    path = module.names.resolve(node.func) or ""
    name = path.removeprefix(_OPTIMIZERS)
    if not path.startswith(_OPTIMIZERS) or not name[:1].isupper() or module.names.keras2:
        return False
    return "legacy" not in module.code(node.func)


def _names(changes: tuple[Change, ...]) -> str:
    return ", ".join(f"`{change.argument}`" for change in changes)


def _arguments(changes: tuple[Change, ...]) -> str:
    return f"argument{'' if len(changes) == 1 else 's'} {_names(changes)}"


def _text(headline: str, changes: tuple[Change, ...]) -> FindingText:
    return FindingText(
        headline,
        title=f"{_names(changes)} {'is a Keras 1 name' if len(changes) == 1 else 'are Keras 1 names'}",
        label="Keras 1 name",
        fix_note="; ".join(_successions(changes)),
    )


def _successions(changes: tuple[Change, ...]) -> Iterator[str]:
    """`nb_row`, `nb_col` are now `kernel_size`, and the like, each successor once."""
    names: dict[str, list[str]] = {}
    for change in changes:
        names.setdefault(_successor(change), []).append(f"`{change.argument}`")
    for successor, old in names.items():
        yield f"{', '.join(old)} {'is' if len(old) == 1 else 'are'} now `{successor}`"


def _successor(change: Change) -> str:
    assert isinstance(change.suggestion, Opaque)  # noqa: S101  made so in this module
    return change.suggestion.text.partition("=")[0]


RULE = Rule(
    "SG704",
    "keras1-keyword",
    "a name from Keras 1 or 2: nb_filter, border_mode, nb_epoch, lr, fit_generator",
    check,
    proves_keras1=True,
    fixable=True,
)
