"""One check: a network, what is expected of it, and the report; raises and prints nothing."""

from __future__ import annotations

import functools
from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from shapeguard.capture import call_edits, constructions, earlier_cells
from shapeguard.capture.expectation_store import input_expectations_of
from shapeguard.capture.source_matching import find_constructions
from shapeguard.diagnosis.left_out import find_missing
from shapeguard.diagnosis.pipeline import diagnose
from shapeguard.diagnosis.problem import Findings, Problem
from shapeguard.diagnosis.target_shapes import targets_fit
from shapeguard.diagnosis.weight_shapes import measure
from shapeguard.guard.attached_targets import attached_targets, has_inner_expectations, of_first_outputs
from shapeguard.guard.listing import listed
from shapeguard.guard.open_sizes import left_open, literals_of
from shapeguard.guard.places import feed_placed, has_moved, placed
from shapeguard.guard.rows import rows_of, with_derivations, with_quantities
from shapeguard.keras_compat import keras_layers, keras_trainers
from shapeguard.keras_compat.custom_code import has_custom_code
from shapeguard.matching.comparison import compare, without_literal_batch
from shapeguard.matching.contracts import Entry, canonical_names
from shapeguard.matching.keys import canonical_paths, names_in, resolve
from shapeguard.records.findings import Diagnosis, Search
from shapeguard.report import Report
from shapeguard.source import compiled, frames, modules, reading
from shapeguard.spec import parse
from shapeguard.strict import suppress_internal_errors
from shapeguard.trace import replay as replaying
from shapeguard.trace import wrapped_layers
from shapeguard.trace.networks import batch_of, with_constructions, with_inputs
from shapeguard.trace.recorder import failure_of
from shapeguard.trace.target_pairing import paired

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from shapeguard.records.expectations import Expectation, ListedExpectation, Mismatch, Target
    from shapeguard.records.network import Call, Failure, Feed, Network, Shape
    from shapeguard.records.source import Construction, Span


@dataclass(frozen=True, slots=True)
class Checked:
    """A check's report, and what the guard needs to decide; it keeps neither the model nor its layers alive.

    `missing` are the keys without a layer, `names` those that they could have been. `literals` tells the sizes that
    are expected where the check could not know the actual ones; `None` where it knew them all.
    """

    report: Report
    missing: tuple[Expectation, ...]
    names: tuple[str, ...]
    entries: tuple[Entry, ...]
    literals: Callable[[Any, int, Shape], Shape | None] | None
    expected_anything: bool
    listing: tuple[ListedExpectation, ...] = ()


def check_network(  # noqa: PLR0913  what a check may know
    network: Network,
    expectations: Iterable[Expectation],
    *,
    feed: Feed | None = None,
    failure: Failure | None = None,
    ignored: Callable[[Call], bool] = lambda _: False,
    raised_at: Span | None = None,
    with_targets: bool = True,
    explaining: bool = False,
    may_rerun: bool = True,
    coming: tuple[Shape, ...] = (),
) -> Checked:
    """Compares a network with what is expected of it and explains what does not hold.

    `feed` tells the data and the phase, `failure` the exception that reached the user. `ignored` calls are not
    compared. `explaining`: the rows say why each size is what it is, also where it costs reading configs for that
    alone. `coming` are the shapes of the data that a program would go on with. `may_rerun`: custom code may run again,
    abstractly; else nothing that needs it is verified. Raises `AmbiguousKeyError` for a key that names several layers.
    """
    compiled.look_again()
    expectations = tuple(map(placed, expectations))
    raised_at = None if has_moved(raised_at) else raised_at
    feed_beside = _pairing(feed, refused=failure is not None)
    feed = None if feed_beside is None else feed_beside(network)
    seen = _Seen(network, expectations, ignored, feed)
    seen.look_into_wrappers(may_rerun=may_rerun)
    network, targets, missing = seen.network, seen.targets, seen.missing
    compared = compare(network, targets)
    measured = measure(network, targets, compared.bindings)
    problem = Problem(
        network=network,
        targets=targets,
        mismatches=compared.mismatches,
        rerun=functools.partial(seen.rerun, network) if may_rerun else None,
        construction_of=constructions.construction_of,
        wrapped_construction=constructions.wrapped_construction,
        correct=call_edits.corrected_call,
        feed=feed if with_targets else None,
        feed_beside=feed_beside,
        failure=failure,
        raised_at=raised_at,
        missing=tuple(expectation.target for expectation in missing),
        absent=find_missing(network, expectations, targets, missing),
        weights=measured,
        bindings=compared.bindings,
        coming=coming,
    )
    is_wrong = _needs_diagnosis(problem, network)
    has_wrong_weights = any(each.agrees is False for each in measured)
    findings = _findings(problem) if is_wrong or has_wrong_weights else Findings((), Search())
    diagnoses = findings.diagnoses
    open_ = left_open(network, targets, literals=feed is None)
    rows = rows_of(network, targets, compared.mismatches, diagnoses, ignored, open_)
    rows = with_derivations(rows, network, findings.configs if is_wrong else {}, all_=explaining)
    rows = with_quantities(rows, network, measured, findings.consequences)
    bindings = {name: binding.value for name, binding in compared.bindings.get("", {}).items()}
    report = Report(diagnoses=diagnoses, rows=rows, bindings=bindings, search=findings.search)
    return Checked(
        report,
        missing,
        names_in(network),
        entries_of(network),
        literals_of(network, targets),
        expected_anything=bool(targets or missing),
        listing=listed(network, targets),
    )


def _pairing(feed: Feed | None, *, refused: bool) -> Callable[[Network], Feed] | None:
    """Gives the feed with targets beside the outputs of a network; `None` without data."""
    return None if feed is None else functools.partial(paired, feed_placed(feed), refused=refused)


class _Seen:
    """A network with how its layers were made, and what is expected of which of its calls."""

    def __init__(
        self, network: Network, expectations: Sequence[Expectation], ignored: Callable[[Call], bool], feed: Feed | None
    ) -> None:
        self.network = with_constructions(
            _with_inputs(network), _constructions(network), constructions.application_ending_at
        )
        self.rerun: Callable[..., Network] = replaying.rerun
        earlier_cells.attach_declared(self.network.calls)
        literal_batch = feed is None or _fills_batches(feed, self.network)
        self._targets_in = functools.partial(
            targets_of, expectations=expectations, ignored=ignored, literal_batch=literal_batch
        )
        self.targets, self.missing = self._targets_in(self.network)

    def look_into_wrappers(self, *, may_rerun: bool) -> None:
        """Sees the calls inside Keras' wrappers too if something may be expected of them and custom code may run."""
        wrappers = wrapped_layers.wrappers(self.network)
        if not may_rerun and any(map(has_custom_code, wrappers)):
            self.missing = tuple(each for each in self.missing if not _is_inside(each.target, wrappers))
        elif _speaks_of_inner_layers(self.network, self.missing):
            self.rerun = wrapped_layers.rerun
            network = wrapped_layers.with_inner_calls(self.network)
            self.network = with_constructions(network, _constructions(network), constructions.application_ending_at)
            self.targets, self.missing = self._targets_in(self.network)


def with_locations(checked: Checked, before: Iterable[Expectation], now: Iterable[Expectation]) -> Checked:
    """The check as if the same had been expected at other places in the program."""
    places = {old.declared: new.declared for old, new in zip(before, now, strict=True) if old.declared != new.declared}
    if not places:
        return checked
    rows = tuple(replace(row, declared=places.get(row.declared, row.declared)) for row in checked.report.rows)
    return replace(checked, report=replace(checked.report, rows=rows))


def unknown_rows(report: Report) -> int:
    """Of how many rows a size that was spoken of was not known."""
    return sum(row.status == "not checked" and row.expected is not None for row in report.rows)


def _speaks_of_inner_layers(network: Network, missing: tuple[Expectation, ...]) -> bool:
    """Whether anything may be expected of the layers inside Keras' wrappers, which cost a pass of their own to see."""
    wrappers = wrapped_layers.wrappers(network)
    return bool(wrappers) and bool(missing or any(map(has_inner_expectations, wrappers)))


def _is_inside(key: str, wrappers: Iterable[Any]) -> bool:
    """Whether the key may name a layer inside one of these wrappers."""
    name = key.rpartition("/")[2]
    return any(layer.name == name for wrapper in wrappers for layer in keras_trainers.own_layers(wrapper))


def _constructions(network: Network) -> Callable[[Any], Construction | None]:
    """How each layer was made: as recorded, or found in the user's files for layers older than ShapeGuard's import."""
    layers = {id(c.operation): c.operation for c in network.calls if isinstance(c.operation, keras_layers.Layer)}
    unknown = [layer for layer in layers.values() if constructions.construction_of(layer) is None]
    if not unknown:
        return constructions.construction_of
    files = (*frames.user_files(), *reading.notebook_cells(), *modules.imported_files("keras"))
    matched = find_constructions(unknown, dict.fromkeys(files))
    return lambda operation: constructions.construction_of(operation) or matched.get(id(operation))


def _findings(problem: Problem) -> Findings:
    """What is to blame; where looking for it fails, the mismatches alone, for a verdict must not be lost over it."""
    with suppress_internal_errors("looking for the cause"):
        return diagnose(problem)
    return Findings(tuple(_unexplained(problem.network, mismatch) for mismatch in problem.mismatches), Search())


def _unexplained(network: Network, mismatch: Mismatch) -> Diagnosis:
    call = network.calls[mismatch.target.call or 0]
    expectation = mismatch.target.expectation
    return Diagnosis(
        "SG190",
        call.layer,
        call.layer_type,
        mismatch.expected,
        mismatch.actual,
        mismatch.axes,
        declared=expectation.declared,
        origin=expectation.origin,
    )


def _needs_diagnosis(problem: Problem, network: Network) -> bool:
    """Whether anything is wrong, or the configs that a diagnosis reads may be read to explain the rows."""
    if problem.mismatches or problem.failure or not network.complete:
        return True
    feed = problem.feed
    return feed is not None and (problem.rerun is not None or not targets_fit(network, feed.targets, feed.loss))


def targets_of(
    network: Network,
    expectations: Iterable[Expectation],
    ignored: Callable[[Call], bool],
    *,
    literal_batch: bool,
) -> tuple[tuple[Target, ...], tuple[Expectation, ...]]:
    """What is expected of which calls, said by key or recorded on the layers; and the expectations without a call.

    `literal_batch`: whether a literal size on axis 0 counts; it does in training only.
    """
    meant = _without_those_left_behind(expectations, network)
    targets, missing = resolve(meant, network, canonical_paths(network, canonical_names))
    everything = of_first_outputs(network, [*targets, *attached_targets(network)])
    in_place = [
        replace(t, expectation=placed(t.expectation, None if t.call is None else network.calls[t.call]))
        for t in everything
    ]
    compared = [t for t in in_place if t.call is None or not ignored(network.calls[t.call])]
    if literal_batch:
        return tuple(compared), missing
    return tuple(replace(t, expectation=without_literal_batch(t.expectation)) for t in compared), missing


def _without_those_left_behind(expectations: Iterable[Expectation], network: Network) -> list[Expectation]:
    """The expectations but for those of layers that were left behind when a new head was put on.

    Keras numbers the new layers on, so that the name of one left behind would be counted to another.
    """
    model = next((call.operation for call in network.calls if call.path == ""), None)
    return [
        each
        for each in expectations
        if model is None or each.origin != "mapping" or not constructions.is_left_behind(each.target, model)
    ]


def _fills_batches(feed: Feed, network: Network) -> bool:
    """Whether a literal batch can be expected: in training, unless this batch is shorter, as the last may be.

    Where a batch is divided among replicas, the pass of one of them is no whole batch either.
    """
    counts = [count for count in (feed.samples, batch_of(network)) if count is not None]
    is_short = feed.batch_size is not None and any(count < feed.batch_size for count in counts)
    return feed.phase == "train" and not is_short


def _with_inputs(network: Network) -> Network:
    """The network with a call in front for each input of which a parameter speaks and that no call made."""
    outputs = {value for call in network.calls for value in call.outputs}
    names = {
        call.inputs[index]: expectation.target
        for call in reversed(network.calls)
        for index, expectation in input_expectations_of(call.operation)
        if index < len(call.inputs) and call.inputs[index] not in outputs
    }
    return with_inputs(network, names) if names else network


def entries_of(network: Network) -> tuple[Entry, ...]:
    """The lines of a contract that the network fulfils, the batch left open."""
    paths = canonical_paths(network, canonical_names)
    often = Counter(call.path for call in network.calls)
    entries = []
    for call in network.calls:
        shapes = [network.values[v].shape for v in call.outputs]
        if not call.path or not shapes or not isinstance(call.operation, keras_layers.Layer):
            continue
        key = paths.get(call.path, call.path) + (f"@{call.number}" if often[call.path] > 1 else "")
        free = [(None, *shape[1:]) for shape in shapes]
        entries.append(Entry(key, call.layer_type, parse(free[0] if len(free) == 1 else free)))
    return tuple(entries)


def disagrees(
    network: Network,
    expectations: Iterable[Expectation],
    feed: Feed,
    ignored: Callable[[Call], bool],
    is_error: Callable[[Sequence[Expectation]], bool] = lambda _: False,
) -> bool:
    """Whether anything observed so far is not as expected; compares only, for use inside traces.

    Of a complete pass: also whether a weight is not, whether the targets do not fit, and whether the expectations that
    no layer answers to are an error.
    """
    network = _with_inputs(network)
    targets, missing = targets_of(network, expectations, ignored, literal_batch=_fills_batches(feed, network))
    compared = compare(network, targets)
    if compared.mismatches:
        return True
    if not network.complete:
        return False
    measured = measure(network, targets, compared.bindings)
    fed = paired(feed, network, refused=False)
    if any(each.agrees is False for each in measured) or not targets_fit(network, fed.targets, fed.loss):
        return True
    return not _speaks_of_inner_layers(network, missing) and is_error(missing)


def report_of_violation(violation: Any) -> Report:
    """The report of a batch that broke a size which the trace had left open."""
    axes = tuple(
        i
        for i, (want, got) in enumerate(zip(violation.expected or (), violation.actual or (), strict=False))
        if want is not None and want != got
    )
    diagnosis = Diagnosis(
        "SG190",
        violation.layer,
        "",
        violation.expected,
        violation.actual,
        axes,
        notes=("a later batch has this shape; earlier batches left this size open",),
    )
    return Report(diagnoses=(diagnosis,))


def report_of_construction(exception: BaseException, raised_at: Span | None) -> Report | None:
    """The report of a layer whose own constructor raised over shapes; `None` where that is not what happened."""
    compiled.look_again()
    construction = constructions.failed_construction(exception)
    if construction is None:
        return None
    raised_at = None if has_moved(raised_at) else raised_at
    correct = call_edits.corrected_call
    findings = diagnose(Problem.of_construction(construction, failure_of(exception), correct, raised_at))
    diagnoses = tuple(diagnosis for diagnosis in findings.diagnoses if diagnosis.causes)
    return Report(diagnoses=diagnoses) if diagnoses else None
