"""The answer to a crash over shapes of which no cause was found: what raised, where, and the shapes that met there."""

from __future__ import annotations

import ast
from dataclasses import replace
from typing import TYPE_CHECKING

from shapeguard.diagnosis.expression_edits import edit_at, line_with
from shapeguard.diagnosis.headline import refusal_text
from shapeguard.diagnosis.trail import shapes_to
from shapeguard.guard.line_causes import causes_of
from shapeguard.records.findings import Cause, Diagnosis, Edit
from shapeguard.report import Report
from shapeguard.source import compiled, trees
from shapeguard.source.slips import Writer
from shapeguard.source.statement_edits import end, replaced
from shapeguard.source.suppressions import without_suppressed
from shapeguard.trace.crash_sites import site_of
from shapeguard.trace.loop_batches import whole_batch
from shapeguard.trace.loop_datasets import open_ended
from shapeguard.trace.recorder import failure_of
from shapeguard.trace.refused_lines import refused_line
from shapeguard.trace.sliced_lists import sliced_lists
from shapeguard.trace.squeezed_batches import squeezed_batch
from shapeguard.trace.whole_data import whole_data

if TYPE_CHECKING:
    from shapeguard.records.network import Network
    from shapeguard.records.source import Span
    from shapeguard.trace.crash_sites import CrashSite, UserLine
    from shapeguard.trace.loop_batches import WholeBatch
    from shapeguard.trace.loop_datasets import OpenEnded
    from shapeguard.trace.sliced_lists import SlicedLists
    from shapeguard.trace.squeezed_batches import SqueezedBatch
    from shapeguard.trace.whole_data import WholeData

NOT_RUN_AGAIN = "a loop of your own is not run again"
NOTHING_TO_CHANGE = "there is no argument to change"


def report_of_crash(exception: BaseException, network: Network | None, raised_at: Span | None) -> Report:
    """The report of an exception of Keras or its backend.

    `network` is the pass as far as it went, if one is known; `raised_at` the user's line, if the exception came through
    none of the user's since.
    """
    compiled.look_again()
    site, failure = site_of(exception), failure_of(exception)
    shapes, place = site.shapes, raised_at if site.line is None else site.line.place
    met = f"does not accept {', '.join(map(str, shapes))}" if shapes else "failed"
    diagnosis = Diagnosis(
        code="SG190",
        layer="" if site.part is None else site.part.name,
        layer_type="" if site.part is None else site.part.type_name,
        actual=(shapes[0] if len(shapes) == 1 else shapes) or None,
        original=f"{failure.exception_type}: {failure.text}",
        headline=f"{_what(site)} {met}: {refusal_text(failure.text)}".rstrip(": "),
        trail="" if network is None else shapes_to(network),
        tried=NOTHING_TO_CHANGE,
        raised_at=place,
    )
    return Report(diagnoses=(diagnosis,))


def report_of_shorter_batch(exception: BaseException, network: Network | None, raised_at: Span | None) -> Report | None:
    """The report of an exception of a loop that takes its last, shorter batch for a whole one, or all data for a batch.

    `None` of others.
    """
    compiled.look_again()
    shapes = site_of(exception).shapes
    number, batches = whole_batch(exception, shapes), open_ended(exception, shapes)
    data = whole_data(exception, shapes) if number is None else None
    squeezed = squeezed_batch(exception, shapes)
    causes = [] if squeezed is None else [_of_squeezed(squeezed)]
    causes += [] if number is None else [_of_number(number)]
    causes += [_of_data(data)] if data is not None else [_of_remainder(batches)] if batches is not None else []
    return _with_cause(report_of_crash(exception, network, raised_at), *causes) if causes else None


def report_of_sliced_lists(exception: BaseException, raised_at: Span | None) -> Report | None:
    """The report of lists of arrays that a dataset was to be made of; `None` of other exceptions."""
    compiled.look_again()
    found = sliced_lists(exception)
    return None if found is None else _with_cause(report_of_crash(exception, None, raised_at), _of_lists(found))


def report_of_refused_line(
    exception: BaseException, raised_at: Span | None, *, raised_by: str = "Keras"
) -> Report | None:
    """The report of a line of the program itself, outside of any layer, that does with other text; else `None`."""
    compiled.look_again()
    found = refused_line(exception)
    if found is None:
        return None
    report = _with_cause(report_of_crash(exception, None, raised_at), *causes_of(found))
    return replace(report, diagnoses=tuple(replace(each, raised_by=raised_by) for each in report.diagnoses))


def _with_cause(report: Report, *causes: Cause) -> Report:
    """The report of a crash whose causes are known."""
    told = (replace(each, code="SG601", causes=causes, tried="") for each in report.diagnoses)
    return replace(report, diagnoses=tuple(told))


def _of_lists(found: SlicedLists) -> Cause:
    """Each list as a tuple, of which all arrays are sliced alike."""
    source, function, edits = found.source, trees.last_name(found.call.func) or "", []
    for written in found.lists:
        span = source.span(written)
        text = source.text(span)
        changed = f"({text[1:-1]})" if isinstance(written, ast.List) else f"tuple({text})"
        edits.append(
            edit_at(source, span, changed, function, "tensors", replaced(source, found.call, span, changed).text)
        )
    return Cause(
        "data",
        tuple(edits),
        confidence="cause",
        title="a dataset makes one tensor of a list of arrays: of a tuple it takes a sample of each",
        label="a list",
        explanation=f"All arrays have {found.samples} samples.",
        fix_note="write a tuple",
    )


def _of_number(found: WholeBatch) -> Cause:
    """The number of samples that was written for a batch which has fewer."""
    text = f"{found.tensor}.shape[0]"
    explanation = f"The last batch of a loop may be shorter: `{found.tensor}` has {_counted(found.samples)} here."
    return replace(_in_loop(found, text), label=f"{found.written} samples", explanation=explanation)


def _of_remainder(found: OpenEnded) -> Cause:
    """The call that makes the batches of a loop, without the last, shorter one."""
    source, call = found.source, found.call
    place, text = end(source.span([*call.args, *call.keywords][-1])), ", drop_remainder=True"
    edit = Edit(
        layer="batch",
        argument="drop_remainder",
        value=False,
        suggestion=True,
        span=source.span(call),
        replaces=place,
        replacement=text,
        corrected=line_with(place, text),
    )
    return Cause(
        "data",
        (edit,),
        title="`batch` keeps the samples that are left over -> `drop_remainder=True`",
        label="the last batch is shorter",
        explanation="Every batch is a whole one then: the samples that are left over are not seen in this epoch.",
        fix_note="leave out the last, shorter batch",
        proof=NOT_RUN_AGAIN,
    )


def _of_data(found: WholeData) -> Cause:
    """The array of all samples that was read for a batch of it."""
    explanation = f"Nothing reads `{found.batch}`, the {_counted(found.samples)} of this round of the loop."
    return replace(_in_loop(found, found.batch), label=f"{found.all_samples} samples", explanation=explanation)


def _of_squeezed(found: SqueezedBatch) -> Cause:
    """The axes that `squeeze` may take away, without that of the samples."""
    axes = found.axes[0] if len(found.axes) == 1 else found.axes
    option, write = f"{'dim' if found.is_torch else 'axis'}={axes}", Writer(found.source, found.source.span(found.call))
    span = write.whole
    text = write.with_keyword(found.call, option)
    return Cause(
        "inputs",
        (edit_at(found.source, span, text, found.function, "inputs", line_with(span, text)),),
        title=f"`{write.text(found.call)}` takes the samples away, too, where a batch has only one",
        label="names no axis",
        proof=NOT_RUN_AGAIN,
    )


def _counted(samples: int) -> str:
    return "one sample" if samples == 1 else f"{samples} samples"


def _in_loop(found: WholeBatch | WholeData, text: str) -> Cause:
    """Another text in the place of an expression of a loop."""
    span = found.source.span(found.node)
    now = found.source.text(span)
    place = "" if found.function == "module" else f" in `{found.function}`"
    edit = edit_at(found.source, span, text, found.function, "inputs", line_with(span, text))
    return Cause(
        "inputs",
        (edit,),
        confidence="possible",
        title=f"`{now}`{place} -> `{text}`",
        proof=NOT_RUN_AGAIN,
    )


def is_suppressed(report: Report) -> bool:
    """Whether a comment suppresses the answer to a crash: under its own code or that of errors which are explained."""
    codes = (replace(each, code=code) for each in report.diagnoses for code in ("SG190", "SG601"))
    return any(not without_suppressed([each], report.rows)[0] for each in codes)


def _what(site: CrashSite) -> str:
    """The part of Keras, or the user's line, that raised."""
    part = site.part
    owner = "" if part is None else f"{'model' if part.is_model else part.kind} '{part.name}' ({part.type_name})"
    if site.node is not None:
        where = f"operation '{site.node}'"
    elif site.line is not None and (part is None or site.is_inside or part.is_model):
        where = _in_words(site.line)
    else:
        where = ""
    return ", ".join(filter(None, (owner, where))) or "Keras"


def _in_words(line: UserLine) -> str:
    where = f"line {line.number} in {line.function}" if line.function else f"line {line.number}"
    return f"{where}: `{line.text}`" if line.text else where
