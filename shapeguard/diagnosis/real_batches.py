"""Whether a batch of data has the shapes that Keras' symbolic calls promise, and each sample of it is by itself.

A symbolic call asks a layer's formula, which may be untrue: attention between tensors of rank 2 goes from sample to
sample, an operation may count the batch in. Where a network has such calls, it runs once more for batches of known
sizes, and the backend itself works these calls out.
"""

from __future__ import annotations

from enum import Enum, auto
from typing import TYPE_CHECKING, Any

import keras

from shapeguard.diagnosis.evaluated import Batches
from shapeguard.diagnosis.rebuilding import Rebuild
from shapeguard.diagnosis.rebuilt_calls import shapes_in, tensors_in
from shapeguard.diagnosis.rerun_shapes import observed
from shapeguard.diagnosis.whole_numbers import takes_whole_numbers
from shapeguard.keras_compat import abstract_runs, keras_layers, keras_trainers, own_weights, small_batches, states
from shapeguard.keras_compat.custom_code import is_custom
from shapeguard.layers import config_of, rule_for
from shapeguard.spec import shapes_agree

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from shapeguard.diagnosis.analysis import Analysis
    from shapeguard.diagnosis.rebuilding import Rerun
    from shapeguard.records.network import Call, Network, Shape

BATCHES = (83, 89)
"""Sizes that hardly any axis of a network has."""


class Change(Enum):
    """What a repair changes about a call."""

    NOTHING = auto()
    SIZES = auto()
    RANKS = auto()
    """The axes that it works along are others then: they may be those of the samples."""


class RealBatch:
    """The hooks of a rebuild for a batch of `samples`: of what formulas may not know the backend is asked."""

    def __init__(self, analysis: Analysis, rebuild: Rebuild, samples: int) -> None:
        self._analysis, self._rebuild, self._samples = analysis, rebuild, samples
        self.inputs = {
            value: (samples, *rebuild.inputs.get(value, analysis.graph.shapes[value])[1:])
            for value in analysis.graph.network.inputs
        }
        self.found = Batches.HOLD

    def shortcut(self, operation: Any, number: int, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Any | None:
        """What the call gives: as before for other samples, or by the backend; `None` where a formula will do."""
        outputs = self._rebuild.shortcut(operation, number, args, kwargs)
        if outputs is not None or self._is_entered(operation, args) or self._rebuild.is_application(operation):
            return outputs
        taken = shapes_in((args, kwargs))
        call = self._rebuild.unchanged(operation, number, taken)
        target = self._rebuild.replace(operation, number) or operation
        is_whole = takes_whole_numbers(target, [x.dtype for x in tensors_in(args, kwargs)])
        if not is_whole and is_certain(self._analysis, target, self._rebuild.call_of(operation, number), taken):
            return None if call is None else self._of_samples(self._rebuild.observed(call), taken)
        return self._asked(target, args, kwargs, change=self._change(operation, number, taken))

    def _is_entered(self, operation: Any, args: tuple[Any, ...]) -> bool:
        """Whether the calls inside are made one by one: of models, and of own layers with a change inside."""
        is_own = isinstance(operation, keras_layers.Layer) and not keras_layers.is_builtin(operation)
        changes = is_own and (
            self._rebuild.may_change_inside(operation)
            or (own_weights.has_weights(operation) and own_weights.makes_others(operation, _shape_of_first(args)))
        )
        return isinstance(operation, keras.Model) or changes

    def _change(self, operation: Any, number: int, taken: Sequence[Shape]) -> Change:
        """What is new about a call."""
        if self._rebuild.unchanged(operation, number, taken) is not None:
            return Change.NOTHING
        before = self._rebuild.call_of(operation, number)
        if before is None and not isinstance(operation, keras_layers.Layer):
            return Change.SIZES  # behind what was refused: of which axes it is, the user wrote there
        ranks = [len(self._analysis.graph.shapes[value]) for value in before.inputs] if before is not None else []
        return Change.SIZES if ranks == [len(shape) for shape in taken] else Change.RANKS

    def _of_samples(self, outputs: Any, taken: Collection[Shape]) -> Any:
        """The same tensors for the batch that comes in."""
        samples = next((shape[0] for shape in taken if shape), None)

        def resized(x: Any) -> Any:
            return keras_layers.KerasTensor((samples, *x.shape[1:]), dtype=x.dtype)

        return keras.tree.map_structure(resized, outputs)

    def _asked(self, target: Any, args: tuple[Any, ...], kwargs: Mapping[str, Any], change: Change) -> Any:
        """The outputs by the backend; where the ranks are new, a small batch tells whether it mixes samples now."""
        try:
            outputs = abstract_runs.outputs_of(target, args, kwargs)
        except Exception:
            is_refused = change is not Change.NOTHING and not is_custom(target)
            self.found = Batches.DIFFER if is_refused else Batches.UNTOLD
            raise
        if change is Change.RANKS and self.found is not Batches.DIFFER:
            self._look_for_mixing(target, args, kwargs, shapes_in(outputs))
        return outputs

    def _look_for_mixing(
        self, target: Any, args: tuple[Any, ...], kwargs: Mapping[str, Any], outputs: list[Shape]
    ) -> None:
        try:
            is_mixed = small_batches.mixes_samples(target, args, kwargs, outputs, self._samples)
        except Exception:  # noqa: BLE001  a call that takes no noise
            is_mixed = None
        if is_mixed is None:
            self.found = Batches.UNTOLD
        elif is_mixed:
            self.found = Batches.DIFFER


def _shape_of_first(args: tuple[Any, ...]) -> Any:
    """The shape of the first argument; `None` if that is no tensor."""
    return getattr(args[0], "shape", None) if args else None


def of_real_batches(analysis: Analysis, rebuild: Rebuild, symbolic: Network) -> Batches:
    """What batches of data make of a network that symbolic calls have built."""
    unknown = [call for call in symbolic.calls if not _is_known(analysis, rebuild, symbolic, call)]
    if not unknown:
        return Batches.HOLD
    if all(_is_unchanged(rebuild, symbolic, call) for call in unknown):
        return _as_it_is(analysis, unknown)
    found = _asked(analysis, rebuild, symbolic, unknown)
    return Batches.UNTOLD if found is Batches.DIFFER and _as_it_is(analysis, unknown) is not Batches.HOLD else found


def _is_unchanged(rebuild: Rebuild, network: Network, call: Call) -> bool:
    taken = [network.values[value].shape for value in call.inputs]
    return rebuild.unchanged(call.operation, call.number, taken) is not None


def _as_it_is(analysis: Analysis, unknown: Sequence[Call]) -> Batches:
    """Whether batches have the promised shapes before any repair, asked once: if not, a repair is not to blame."""
    if not analysis.batches:
        found = _asked(analysis, Rebuild(analysis.graph, ()), analysis.graph.network, unknown)
        analysis.batches.append(found if found is Batches.HOLD else Batches.UNTOLD)
    return analysis.batches[0]


def _asked(analysis: Analysis, rebuild: Rebuild, symbolic: Network, unknown: Sequence[Call]) -> Batches:
    rerun = analysis.problem.rerun
    if rerun is None or not analysis.graph.network.inputs or not analysis.budget.may_call_keras(len(symbolic.calls)):
        return Batches.UNTOLD
    custom = [call.operation for call in unknown if isinstance(call.operation, keras_layers.Layer)]
    with states.leaving_no_mark([each for layer in custom for each in keras_trainers.own_layers(layer)]):
        return _seen_by(analysis, rebuild, rerun, observed(analysis.graph, symbolic).shapes)


def _seen_by(analysis: Analysis, rebuild: Rebuild, rerun: Rerun, promised: Mapping[int, Shape]) -> Batches:
    values = [value for value in _compared(analysis) if value in promised]
    is_open = any(None in promised[value][1:] for value in values)
    seen: list[Mapping[int, Shape]] = []
    for samples in BATCHES if is_open else BATCHES[:1]:
        batch = RealBatch(analysis, rebuild, samples)
        hooks = {"replace": rebuild.replace, "before": rebuild.before, "weight": rebuild.weight}
        with rebuild.rewriting():
            network = rerun(batch.inputs, shortcut=batch.shortcut, **hooks)
        if batch.found is not Batches.HOLD:
            return batch.found
        if _fails(rebuild, network):
            return Batches.UNTOLD
        seen.append(observed(analysis.graph, network).shapes)
    batches = {analysis.graph.shapes[value][:1] for value in analysis.graph.network.inputs}
    holds = all(_holds(promised[value], [each.get(value) for each in seen], batches) for value in values)
    return Batches.HOLD if holds else Batches.DIFFER


def _compared(analysis: Analysis) -> list[int]:
    """The values whose shapes matter: outputs, and what is expected."""
    expected = [value for constraint in analysis.constraints.all for value in constraint.values]
    return list(dict.fromkeys((*analysis.graph.network.outputs, *expected)))


def _fails(rebuild: Rebuild, network: Network) -> bool:
    """Whether Keras refuses a batch, where it is not what a repair is sought for."""
    failed = [call for call in network.calls if call.failure is not None]
    return any(rebuild.makes_changes or not _failed_before(rebuild, call) for call in failed)


def _failed_before(rebuild: Rebuild, call: Call) -> bool:
    before = rebuild.call_of(call.operation, call.number)
    return before is not None and before.failure is not None


def _holds(promised: Shape, shapes: Sequence[Shape | None], batches: Collection[Shape]) -> bool:
    """Whether an output has the promised shape in each batch, with all samples on the first axis."""
    seen = [(samples, shape) for samples, shape in zip(BATCHES, shapes, strict=False) if shape is not None]
    for samples, shape in seen:
        first = (samples,) if promised[:1] in batches else promised[:1]
        if shape[:1] != first or len(shape) != len(promised) or not shapes_agree(shape[1:], promised[1:]):
            return False
    return len({shape[1:] for _, shape in seen}) <= 1


def _is_known(analysis: Analysis, rebuild: Rebuild, network: Network, call: Call) -> bool:
    """Whether a formula knows what the call gives to any batch, or calls inside it tell."""
    if isinstance(call.operation, (keras.Model, keras_layers.InputLayer)) or not call.inputs:
        return True
    parent = None if call.parent is None else network.calls[call.parent].operation
    if parent is not None and not isinstance(parent, keras.Model):
        return True
    target = rebuild.replace(call.operation, call.number) or call.operation
    if takes_whole_numbers(target, [network.values[value].dtype for value in call.inputs]):
        return False
    taken = [network.values[value].shape for value in call.inputs]
    return is_certain(analysis, target, rebuild.call_of(call.operation, call.number), taken)


def is_certain(analysis: Analysis, target: Any, call: Call | None, taken: Collection[Shape]) -> bool:
    """Whether the symbolic shape of a call is that of any batch: Keras' own layer, which works on each sample."""
    if not isinstance(target, keras_layers.Layer) or not keras_layers.is_builtin(target) or is_custom(target):
        return False
    node = None if call is None else analysis.graph.nodes.get(call.index)
    if node is not None and (node.opaque or node.doubtful):
        return False
    config = config_of(target)
    rule = rule_for(type(target), config)
    return rule is not None and rule.keeps_samples(config, tuple(taken))
