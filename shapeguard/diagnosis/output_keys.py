"""Keys of targets, losses, metrics and weights that are those of no output of the model."""

from __future__ import annotations

import difflib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import keras

from shapeguard.diagnosis.fit_edits import edit_of
from shapeguard.diagnosis.handed_over import given_in, training_call
from shapeguard.keras_compat import compiled_losses
from shapeguard.records.findings import Cause
from shapeguard.source import trees
from shapeguard.source.dictionaries import keys_of, written_with
from shapeguard.source.fit_call import argument_of
from shapeguard.source.literals import Style
from shapeguard.source.statement_edits import replaced

if TYPE_CHECKING:
    import ast
    from collections.abc import Iterator, Mapping, Sequence

    from shapeguard.records.findings import Edit
    from shapeguard.records.network import Feed, Network
    from shapeguard.source.trees import Source

    Place = tuple[Source, ast.Call]

OF_FIT = ("y", "sample_weight")
OF_METRICS = frozenset({"metrics", "weighted_metrics"})
"""What Keras does not look up by a key where there is one output (3.6 to 3.15, trainers/compile_utils.py)."""
KEYS_COUNT = "The model returns a dictionary: its keys count, and not the names of its layers."


@dataclass(frozen=True, slots=True)
class Outputs:
    """By which names `compile` and `fit` call the outputs; `by_layer` are their keys by the names of their layers.

    The keys of a dictionary that the model returns count alone; else the names of the layers do.
    """

    names: tuple[str, ...]
    by_layer: Mapping[str, str] = field(default_factory=dict)
    are_keys: bool = False

    @classmethod
    def of(cls, network: Network) -> Outputs:
        """The names of the outputs; none of a model that has none."""
        call = next((call for call in network.calls if call.path == ""), None)
        if call is None or not isinstance(call.operation, keras.Model):
            return cls(())
        layers = tuple(map(str, getattr(call.operation, "output_names", None) or ()))
        returned = call.structure
        if not isinstance(returned, dict) or any(map(keras.tree.is_nested, returned.values())):
            return cls(layers)
        in_order = sorted(map(str, returned))  # as keras.tree takes them
        by_layer = dict(zip(layers, in_order, strict=True)) if len(layers) == len(in_order) else {}
        return cls(tuple(map(str, returned)), by_layer, are_keys=True)

    @property
    def explanation(self) -> str:
        """What is said of names that count beside others that do not."""
        return KEYS_COUNT if self.by_layer and set(self.by_layer) != set(self.names) else ""


@dataclass(frozen=True, slots=True)
class _Misnamed:
    """Keys of an argument that are no output's, each with the name that it should be if that is known."""

    argument: str
    keys: tuple[str, ...]
    wrong: tuple[str, ...]
    right: Mapping[str, str]


def of_wrong_keys(network: Network, feed: Feed) -> Cause | None:
    """Keys of targets, losses, metrics or weights that no output has."""
    outputs = Outputs.of(network)
    found = [each for each in _all_misnamed(network, feed, outputs) if each.right or outputs.are_keys]
    if not found:
        return None
    edits = [edit for each in found for edit in _edits(feed, each)]
    count = sum(len(each.wrong) for each in found)
    return Cause(
        "targets",
        tuple(edits) if len(edits) == count else (),
        confidence="possible" if _agree(found, outputs) else "cause",
        title=_title(found, outputs),
        label="no output of the model",
        explanation=outputs.explanation,
        fix_note="name the output" if count == 1 else "name the outputs",
    )


def _title(found: Sequence[_Misnamed], outputs: Outputs) -> str:
    named = " and ".join(f"`{each.argument}` names {_quoted(each.wrong)}" for each in found)
    joined = f"{named};" if len(found) > 1 else f"{named}, and"
    return f"{joined} the outputs of the model are {_quoted(outputs.names)}"


def _agree(found: Sequence[_Misnamed], outputs: Outputs) -> bool:
    """Whether several arguments name what is no layer either: the output may be meant to be called so."""
    names = {frozenset(each.wrong) for each in found}
    return len(found) > 1 and len(names) == 1 and not outputs.by_layer.keys() & set(found[0].wrong)


def _quoted(names: Sequence[str]) -> str:
    return ", ".join(f"'{name}'" for name in names)


def _all_misnamed(network: Network, feed: Feed, outputs: Outputs) -> Iterator[_Misnamed]:
    """The targets first, then what else has keys that are no output's."""
    model = next((call.operation for call in network.calls if call.path == ""), None)
    given = {"y": (), **dict(feed.keys), **compiled_losses.keys_given(model)}
    for argument, keys in given.items():
        is_looked_up = argument not in OF_METRICS or len(outputs.names) > 1
        wrong = tuple(key for key in keys if key not in outputs.names)
        if wrong and outputs.names and is_looked_up:
            yield _Misnamed(argument, tuple(keys), wrong, _right_names(keys, wrong, outputs))


def _right_names(keys: Sequence[str], wrong: Sequence[str], outputs: Outputs) -> dict[str, str]:
    """The names for keys that are no output's: that of the layer they name, the one that is left, or the likest."""
    left = {name for name in outputs.names if name not in keys}
    right = {key: name for key, name in outputs.by_layer.items() if key in wrong and name in left}
    rest = [key for key in wrong if key not in right]
    return right | (_likest(rest[0], sorted(left - set(right.values()))) if len(rest) == 1 else {})


def _likest(key: str, names: Sequence[str]) -> dict[str, str]:
    near = names if len(names) == 1 else difflib.get_close_matches(key, names, 1)
    return {key: near[0]} if near else {}


def _edits(feed: Feed, misnamed: _Misnamed) -> Iterator[Edit]:
    """The keys renamed where the program writes them; none where they are not in sight."""
    fitted, compiled = training_call(feed), compile_call(feed)
    is_of_fit = misnamed.argument in OF_FIT
    place = fitted if is_of_fit else compiled
    if place is None:
        return
    source, call = place
    argument = given_in(feed, misnamed.argument).argument if is_of_fit else misnamed.argument
    beside = compiled[1] if is_of_fit and compiled is not None else None
    written = written_with(source, call, argument_of(call, argument), misnamed.keys, beside)
    if written is None:
        return
    whole = call if call in trees.ancestors(source, written) else written
    for key, name in misnamed.right.items():
        span = source.span(keys_of(written)[key])
        quote = Style.of(source.text(span)).quote
        yield edit_of(call, argument, replaced(source, whole, span, f"{quote}{name}{quote}"))


def compile_call(feed: Feed) -> Place | None:
    """The user's call of `compile` in its source; `None` where that is not at hand."""
    source = None if feed.compile_span is None else trees.source_of(feed.compile_span.file)
    call = None if source is None or feed.compile_span is None else source.call_ending(feed.compile_span)
    return None if source is None or call is None else (source, call)
