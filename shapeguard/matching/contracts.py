"""The contract file: the shapes of a model's layers as JSON, one layer a line, written whole and read strictly."""

from __future__ import annotations

import json
import os
import re
import tempfile
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from shapeguard.errors import ExpectationError, SpecError
from shapeguard.records.expectations import Expectation
from shapeguard.records.source import Span
from shapeguard.source import reading
from shapeguard.spec import parse

if TYPE_CHECKING:
    from collections.abc import Iterable

    from shapeguard.records.expectations import Quantity
    from shapeguard.spec import Spec

SCHEMA = 1
_MARK = "shapeguard"
_FIELDS = frozenset({"layer", "type", "output", "weights", "params"})
_LARGEST = 16 * 1024 * 1024
_NUMBER = re.compile(r"_\d+$")
_ENTRY = re.compile(r'(?<!\\)"layer"\s*:')
_ANEW = "create it again with guard.save(...)"


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of a contract. `layer` is the canonical path, with "@2" for the second call; `None` is left out."""

    layer: str
    layer_type: str
    output: Spec | None = None
    weights: Spec | None = None
    params: int | None = None


def canonical_names(layers: Iterable[Any]) -> dict[str, str]:
    """The name of each layer of a model, with the numbers that Keras gave counted within the model, in its order.

    A second run of a notebook cell makes `conv2d_7` of the first convolution; here it is `conv2d` again.
    """
    return counted_names((str(layer.name), type(layer).__name__) for layer in layers)


def counted_names(layers: Iterable[tuple[str, str]]) -> dict[str, str]:
    """The canonical name of each layer of a model, of its name and its class."""
    pairs = list(layers)
    taken = {name for name, layer_type in pairs if not _is_automatic(name, layer_type)}
    counts: Counter[str] = Counter()
    names: dict[str, str] = {}
    for name, layer_type in pairs:
        if name in names or not _is_automatic(name, layer_type):
            names.setdefault(name, name)
            continue
        stem = _NUMBER.sub("", name)
        names[name] = _numbered(stem, counts[stem])
        while names[name] in taken:
            counts[stem] += 1
            names[name] = _numbered(stem, counts[stem])
        counts[stem] += 1
    return names


def _numbered(stem: str, count: int) -> str:
    return f"{stem}_{count}" if count else stem


def _is_automatic(name: str, layer_type: str) -> bool:
    """Whether Keras made the name of the class, as `max_pooling2d_3` of MaxPooling2D."""
    return _NUMBER.sub("", name).replace("_", "") == layer_type.lower()


def write(path: str | os.PathLike[str], entries: Iterable[Entry]) -> None:
    """Writes a contract in one step, and its folder where there is none: a reader sees the old file or the new one."""
    lines = ",\n".join(f"    {_json(_line(entry))}" for entry in entries)
    layers = f"[\n{lines}\n  ]" if lines else "[]"
    text = f'{{\n  "{_MARK}": {SCHEMA},\n  "layers": {layers}\n}}\n'
    target = Path(path)
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.", suffix=".part")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        Path(temporary).replace(target)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def _json(line: dict[str, object]) -> str:
    """The line with letters of all scripts as they are, and what does not print in JSON's escapes."""
    text = json.dumps(line, ensure_ascii=False)
    return text if text.isprintable() else "".join(c if c.isprintable() else json.dumps(c)[1:-1] for c in text)


def _line(entry: Entry) -> dict[str, object]:
    container, _, own = entry.layer.rpartition("/")
    name, at, call = own.partition("@")
    if _is_automatic(name, entry.layer_type):
        name = _NUMBER.sub("", name)  # its place among those of its class tells the number
    key = "/".join(filter(None, (container, f"{name}{at}{call}")))
    line: dict[str, object] = {"layer": key, "type": entry.layer_type}
    for quantity in ("output", "weights"):
        spec = getattr(entry, quantity)
        if spec is not None:
            line[quantity] = str(spec)
    if entry.params is not None:
        line["params"] = entry.params
    return line


def read(path: str | os.PathLike[str]) -> tuple[Expectation, ...]:
    """The expectations in a contract, their targets under canonical names; raises `ExpectationError`."""
    file = os.fspath(path)
    text = _text(file)
    reading.refresh(file)  # a contract may have been written anew since a message showed a line of it
    layers = _layers(file, text)
    lines = [text.count("\n", 0, match.start()) + 1 for match in _ENTRY.finditer(text)]
    counts: Counter[str] = Counter()
    seen: dict[str, int] = {}
    expectations: list[Expectation] = []
    for index, entry in enumerate(layers):
        line = lines[index] if index < len(lines) else 1
        target, call = _target(file, line, entry, counts)
        key = target if call is None else f"{target}@{call}"
        if key in seen:
            _refuse(file, line, f"layer {key!r} is already on line {seen[key]}; delete one of the two")
        seen[key] = line
        expectations += _expectations(file, line, entry, target, call)
    return tuple(expectations)


def _text(file: str) -> str:
    try:
        size = Path(file).stat().st_size
        if size > _LARGEST:
            _refuse(file, 1, f"{size} bytes is too large for a contract, which has one line per layer")
        return Path(file).read_text(encoding="utf-8")
    except FileNotFoundError as error:
        message = (
            f"[SG502] contract {file!r} does not exist; create it with guard.check(model) and guard.save({file!r})"
        )
        raise ExpectationError(message) from error
    except OSError as error:
        raise ExpectationError(f"[SG502] contract {file!r} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ExpectationError(f"[SG502] {file}:1: this is not a UTF-8 text file; {_ANEW}") from error
    except ValueError as error:
        raise ExpectationError(f"[SG502] contract {file!r} cannot be read: this is not a possible file name") from error


def _layers(file: str, text: str) -> list[Any]:
    try:
        document = json.loads(text, object_pairs_hook=lambda pairs: _without_doubles(file, text, pairs))
    except json.JSONDecodeError as error:
        cut = not text[error.pos :].strip() or error.msg.startswith("Unterminated string")
        what = "the file ends here, so it is incomplete" if cut else f"this is not JSON ({error.msg})"
        _refuse(file, error.lineno, f"{what}; restore it from version control or {_ANEW}")
    except (RecursionError, ValueError) as error:
        if isinstance(error, ExpectationError):
            raise
        _refuse(file, 1, f"this is not a contract ({type(error).__name__}); {_ANEW}")
    return _layers_of(file, text, document)


def _layers_of(file: str, text: str, document: Any) -> list[Any]:
    """The entries of the document; raises where it is no contract that this version reads."""
    if not isinstance(document, dict) or _MARK not in document:
        _refuse(file, 1, f'this is not a ShapeGuard contract: it has no "{_MARK}" version; {_ANEW}')
    version = document[_MARK]
    if type(version) is not int or version < 1:
        _refuse(file, _line_of(text, _MARK), f'"{_MARK}": {version!r} is not a schema version; {_ANEW}')
    if version > SCHEMA:
        _refuse(
            file,
            _line_of(text, _MARK),
            f"schema {version} is newer than this ShapeGuard reads ({SCHEMA}); upgrade keras-shapeguard or {_ANEW}",
        )
    unknown = sorted(set(document) - {_MARK, "layers"})
    if unknown:
        _refuse(file, _line_of(text, unknown[0]), f'"{unknown[0]}" is not a field of a contract')
    layers = document.get("layers")
    if not isinstance(layers, list):
        _refuse(file, _line_of(text, "layers"), f'"layers" is not a list; {_ANEW}')
    return layers


def _without_doubles(file: str, text: str, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    fields = dict(pairs)
    if len(fields) < len(pairs):
        double = next(key for key, count in Counter(key for key, _ in pairs).items() if count > 1)
        _refuse(file, _line_of(text, double), f'"{double}" appears twice for one layer; delete one of the two')
    return fields


def _line_of(text: str, key: str) -> int:
    position = text.find(json.dumps(key, ensure_ascii=False))
    return text.count("\n", 0, max(position, 0)) + 1


def _target(file: str, line: int, entry: Any, counts: Counter[str]) -> tuple[str, int | None]:
    if not isinstance(entry, dict) or not isinstance(entry.get("layer"), str) or not entry["layer"]:
        _refuse(file, line, 'each entry of "layers" must be an object with a "layer" name')
    unknown = sorted(set(entry) - _FIELDS)
    if unknown:
        _refuse(file, line, f'layer {entry["layer"]!r}: "{unknown[0]}" is not one of {", ".join(sorted(_FIELDS))}')
    layer_type = entry.get("type", "")
    if not isinstance(layer_type, str):
        _refuse(file, line, f'layer {entry["layer"]!r}: "type" is not a string')
    path, call = _path_and_call(file, line, entry["layer"])
    container, _, name = path.rpartition("/")
    if not _is_automatic(name, layer_type) or _NUMBER.search(name):
        return path, call
    stem = f"{container}/{name}" if container else name
    if call is None or call == 1 or stem not in counts:
        counts[stem] += 1
    return _numbered(stem, counts[stem] - 1), call


def _path_and_call(file: str, line: int, layer: str) -> tuple[str, int | None]:
    path, at, number = layer.partition("@")
    if at and (not number.isdecimal() or int(number) < 1):
        _refuse(file, line, f"layer {layer!r}: after @, write the number of a call, counted from 1")
    return path, int(number) if at else None


def _expectations(file: str, line: int, entry: dict[str, Any], target: str, call: int | None) -> list[Expectation]:
    declared = Span(file, line, 0, line, 0)
    quantities: tuple[Quantity, ...] = ("output", "weights")
    expectations = []
    for quantity in quantities:
        written = entry.get(quantity)
        if written is None:
            continue
        if not isinstance(written, str | list):
            _refuse(file, line, f"layer {target!r}: {quantity} {written!r} is not a shape")
        try:
            spec = parse(written)
        except SpecError as error:
            raise ExpectationError(f"[SG502] {file}:{line}: layer {target!r}: {error}") from error
        expectations.append(Expectation(target, spec, quantity, declared, "contract", str(written), "", call))
    params = entry.get("params")
    if params is not None:
        if type(params) is not int or params < 0:
            _refuse(file, line, f"layer {target!r}: params {params!r} is not a number of parameters")
        expectations.append(
            Expectation(target, parse((params,)), "params", declared, "contract", str(params), "", call)
        )
    if not expectations:
        _refuse(file, line, f"layer {target!r} has neither output, weights nor params")
    return expectations


def _refuse(file: str, line: int, problem: str) -> NoReturn:
    raise ExpectationError(f"[SG502] {file}:{line}: {problem}")
