"""Counts what keeps the source of ShapeGuard from being one home per fact, in the tree as it is.

    python tests/benchmarks/house.py                      the table, and below it the files and names behind each figure
    python tests/benchmarks/house.py --brief              the table alone
    python tests/benchmarks/house.py --json house.json    the same, to compare by a program

Needs radon (in the group `lint`), which measures maintainability and complexity, and no Keras.
"""

import argparse
import ast
import importlib
import json
import pathlib
import re
import sys
from collections import Counter, defaultdict
from functools import cached_property
from itertools import pairwise

REPOSITORY = pathlib.Path(__file__).parents[2]
sys.path.insert(0, str(REPOSITORY))

REGISTRIES = ("shapeguard.layers.registry",)
LAYERS = ("layers/",)
SCORING = ("diagnosis/scoring/",)
"""Where the names of layer classes, and the numbers that rank causes, are at home: first where they shall be."""
FREE = {"InputLayer", "Functional", "Sequential", "Layer"}
"""Kinds of models rather than layers that someone chooses."""
LEARNERS = "cli/demo_"
"""Programs that the package shows, typed as learners type."""
LONGEST, LEAST_MAINTAINABLE, MOST_COMPLEX = 400, 20, 12
NO_RADON = "radon is missing: pip install -e '.[dev]'"

OLD_MODULES = {
    "ruling.py": "guard/active.py",
    "telling.py": "guard/notifier.py",
    "arrival.py": "keras_compat/import_hook.py",
    "cli/arrivals.py": "merged into the command that uses it",
    "failing.py": "guard/exceptions.py",
    "passes.py": "guard/preflight.py",
    "capture/passes.py": "capture/call_tracking.py",
    "recorded.py": "guard/attached_targets.py",
    "phases.py": "guard/callback.py",
    "building.py": "guard/build_session.py",
    "setup.py": "guard/options.py",
    "suspicions.py": "linting/api.py",
    "source/silencing.py": "source/suppressions.py",
    "observe/entrances.py": "keras_compat/training_calls.py",
    "observe/tap.py": "trace/",
    "capture/attached.py": "capture/expectation_store.py",
    "capture/remarks.py": "source/comments.py",
    "capture/following.py": "capture/remaining_code.py",
    "capture/written.py": "capture/mapping_spans.py",
    "capture/late.py": "capture/source_matching.py",
    "sites.py": "source/frames.py",
    "diagnose/wishes.py": "diagnosis/required_outputs.py",
    "diagnose/absent.py": "diagnosis/proposers/missing_layers.py",
    "diagnose/regrouping.py": "diagnosis/proposers/reshapes.py",
    "diagnose/composites.py": "diagnosis/proposers/joint_changes.py",
    "diagnose/doubts.py": "diagnosis/proposers/wrong_expectations.py",
    "diagnose/plausibility.py": "diagnosis/scoring/features.py",
    "diagnose/ranking.py": "diagnosis/scoring/",
    "diagnose/blames.py": "diagnosis/texts.py",
    "diagnose/engine.py": "diagnosis/pipeline.py",
    "diagnose/quantities.py": "diagnosis/constraints.py",
    "diagnose/constructors.py": "diagnosis/proposers/constructors.py",
    "diagnose/words.py": "diagnosis/diagnosis_text.py",
    "diagnose/older_calls.py": "layers/keras1.py",
    "diagnose/samples.py": "diagnosis/proposers/tensor_indexing.py",
    "diagnose/rules/passing.py": "layers/shape_preserving.py",
    "diagnose/rules/borders.py": "layers/padding_cropping.py",
    "cli/stage.py": "cli/worker.py",
    "cli/rehearsal.py": "cli/dry_run.py",
    "cli/attendance.py": "cli/guarded_program.py",
    "cli/overlay.py": "cli/source_overlay.py",
}
"""A module of the old tree: where it belongs."""

OLD_NAMES = {
    "put_doors": "install_training_hooks",
    "doors": "hooks",
    "Voice": "Notifier",
    "def tell": "warn_once",
    "def say": "print_summary",
    "def suspect": "warn_suspicious_calls",
    "def silent": "nothing_expected",
    "break_silence": "warn_if_nothing_expected",
    "unsaid": "deferred_summary",
    "_gist": "_dedup_key",
    "when_keras_arrives": "on_keras_import",
    "begin_postponed": "run_deferred",
    "words_of": "message_of",
    "retells": "wraps",
    "came_from": "was_caused_by",
    "any_pass": "dry_run",
    "def of_call": "dry_run_call",
    "def on_demand": "dry_run_on",
    "said_of": "expectation_fingerprint",
    "recalled": "cached",
    "def remember": "store",
    "Passes": "CallTracker",
    "def recorded": "attached_targets",
    "said_inside": "has_inner_expectations",
    "_spoken_of": "_subject_call",
    "PhaseCallback": "GuardCallback",
    "class Run": "FitState",
    "Building": "BuildSession",
    "def guarded": "suppress_internal_errors",
    "_guarded": "suppress_internal_errors",
    "begin_anew": "reset_warnings",
    "said_at": "with_locations",
    "_mind_keys": "_check_unmatched_keys",
    "borne_in_another": "exists_in_other_model",
    "_told_apart": "_reported_keys",
    "_unbuilt": "_pending_builders",
    "_wake": "_reset_runtime",
    "_listen": "_watch_annotations",
    "heard": "annotations",
    "_learn": "_refine_report",
    "audible": "without_suppressed",
    "may_silence": "may_suppress",
    "Entrance": "TrainingCall",
    "def joined": "with_callbacks",
    "def arm": "enable",
    "Tap": "StepRecorder",
    "Abandoned": "StepAborted",
    "def drain": "take",
    "def amend": "wrap_output",
    "hand_over": "move",
    "_said": "_revision",
    "speaker_of": "output_layer_of",
    "_outspoken": "_reported_code",
    "_speak": "_attach_all",
    "_introduce_all": "_read_parameters",
    "may_refuse_too": "later_lines_may_fail",
    "is_users_own": "raised_by_user",
    "class Site": "CallSite",
    "def here": "current",
    "is_passage": "is_transparent",
    "stands_for_call": "is_functional_api",
    "def kept": "snapshot",
    "Goal": "Constraint",
    "Goals": "Constraints",
    "wished_outputs": "required_outputs",
    "_hypotheses": "required_outputs",
    "World": "Scenario",
    "tear": "last_refusal",
    "Outlook": "ScenarioCache",
    "_Foresight": "CachedPropagation",
    "_join": "_reuse",
    "class Repair": "Patch",
    "def with_": "merged",
    "def instead": "replaced",
    "Candidate": "Repair",
    "Addition": "LayerSpec",
    "def of_config": "from_config",
    "ways_at": "insertion_points",
    "Siblings": "LayerGroups",
    "def beside": "nearest",
    "of_format": "with_data_format",
    "Tally": "SearchBudget",
    "Absent": "MissingLayer",
    "absences": "find_missing",
    "regroupings": "propose_reshapes",
    "def of_batch": "batch_size",
    "def of_symbol": "conflicting_symbol",
    "def of_annotation": "wrong_annotation",
    "def told_by": "symbol_note",
    "oddness": "removes_all_downsampling",
    "_levelled": "removes_all_downsampling",
    "_misfit": "window_exceeds_map",
    "cost_of": "score",
    "prefer_smaller": "penalise_supersets",
    "_leads": "only_shape_preserving_between",
    "_meeting": "matches_majority_width",
    "one_per_blame": "deduplicate",
    "def also": "alternatives",
    "_Workshop": "WeightSearch",
    "mended": "also_fixed",
    "Measured": "WeightCheck",
    "Told": "CauseText",
    "def translated": "modernised",
    "GONE": "REMOVED",
    "with_taken_samples": "tensor_indexing",
    "def habit": "hint",
    "def derive": "explain_axis",
    "effort": "cost",
    "Passing": "ShapePreserving",
    "OnAxis": "AxisWeights",
    "Deferring": "KerasFallback",
    "made_afresh": "rebuild",
    "def applied": "with_change",
    "_judged": "_verified_first",
    "_asked_of_keras": "_verify",
    "_may_promise": "_can_guarantee",
    "_turned": "_blame_other_side",
    "_assume": "_pretend_met",
    "_Play": "ScriptRun",
    "performed": "run",
    "Reached": "StopAtFit",
    "def majority": "majority_bindings",
    "def shown": "display_dims",
    "def refuse": "spec_error",
}
"""A name of the old tree, where it is also an ordinary word with its `def` or `class`: the field's term."""

OLD_LOCALS = ("said", "told", "one", "made", "found", "known")
"""Variables that are called by no noun; counted apart, for not each of them is wrong."""


class Module:
    """One source file: its text, its tree, and its dotted name."""

    def __init__(self, path, package):
        self.path = path.relative_to(package).as_posix()
        self.text = path.read_text(encoding="utf-8")
        self.tree = ast.parse(self.text)
        self.is_package = path.name == "__init__.py"
        parts = path.relative_to(package.parent).with_suffix("").parts
        self.name = ".".join(parts[:-1] if self.is_package else parts)

    @cached_property
    def docstrings(self):
        """The expressions that are nothing but a text."""
        return [n for n in ast.walk(self.tree) if isinstance(n, ast.Expr) and _text(n.value) is not None]

    def strings(self):
        """Every text in code: docstrings left out, the holes of an f-string as "{}"."""
        inside = {id(n.value) for n in self.docstrings}
        for node in ast.walk(self.tree):
            if isinstance(node, ast.JoinedStr):
                inside.update(map(id, node.values))
                yield "".join(_text(part) or "{}" for part in node.values)
            elif _text(node) is not None and id(node) not in inside:
                yield node.value


def _text(node):
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def read(package):
    """The modules of a package, learners' programs left out."""
    files = sorted(package.rglob("*.py"))
    return [Module(f, package) for f in files if not f.relative_to(package).as_posix().startswith(LEARNERS)]


def layer_classes():
    """The names of Keras' layer classes by the registry of rules, with the other names that they have or had."""
    for name in REGISTRIES:
        try:
            registry = importlib.import_module(name)
        except ModuleNotFoundError:
            continue
        traits = [rule.traits for rule in registry.covered().values()]
        others = {other for each in traits for other in (*each.aliases, *each.keras1.names)}
        return {*registry.covered(), *registry.opaque(), *others} - FREE
    raise SystemExit(f"no registry of rules: none of {', '.join(REGISTRIES)} is here")


def layer_strings(modules, classes):
    """{file: names of layer classes in its texts}, outside their home."""
    outside = [m for m in modules if not m.path.startswith(LAYERS)]
    return _by_file(outside, lambda m: [name for text in m.strings() for name in _classes_in(text, classes)])


def _classes_in(text, classes):
    """The classes that a text consists of: "Dense", "layers.Dense", "Flatten()", "LSTM GRU", "Conv{}D"."""
    words = re.sub(r"\(.*\)$|\b(?:\w+\.)+(?=\w)", "", text.strip(), flags=re.DOTALL).split()
    if words and all(word in classes for word in words):
        return words
    pattern = re.escape(text).replace(r"\{\}", r"\w+")
    is_template = "{}" in text and re.match(r"[A-Z]\w*\{\}|\{\}[A-Z]\w+", text)
    return [text] if is_template and any(re.fullmatch(pattern, name) for name in classes) else []


def floats(modules):
    """{file: float literals}, outside scoring and the layers' constants that have a docstring."""
    outside = [m for m in modules if not m.path.startswith(SCORING)]
    return _by_file(outside, lambda m: [n.value for n in _nodes_without_constants(m) if _is_float(n)])


def _nodes_without_constants(module):
    """The nodes of a module; in the layers' home without constants that a docstring explains."""
    body = module.tree.body
    at_home = module.path.startswith(LAYERS)
    explained = [s for s, after in pairwise(body) if at_home and isinstance(s, ast.Assign) and _is_docstring(after)]
    return [node for statement in body if statement not in explained for node in ast.walk(statement)]


def _is_docstring(statement):
    return isinstance(statement, ast.Expr) and _text(statement.value) is not None


def _is_float(node):
    return isinstance(node, ast.Constant) and isinstance(node.value, float)


def crashed(modules):
    """{file: mentions of "crashed"}, in code and texts."""
    return _by_file(modules, lambda m: re.findall(r"\w*crashed\w*", m.text))


def mutable_dataclasses(modules):
    """{file: dataclasses that are not frozen}."""
    return _by_file(modules, lambda m: [n.name for n in ast.walk(m.tree) if _is_mutable(n)])


def _is_mutable(node):
    decorators = getattr(node, "decorator_list", ()) if isinstance(node, ast.ClassDef) else ()
    written = [ast.unparse(d) for d in decorators]
    return any(re.match(r"(dataclasses\.)?dataclass\b(?!.*frozen=True)", text) for text in written)


def imports(modules, *, inside_functions=False):
    """{module: modules of the package that it imports}, for type checkers too."""
    known = {m.name for m in modules}
    return {m.name: {t for t in _imported(m, known, inside_functions) if t != m.name} for m in modules}


def _imported(module, known, inside_functions):
    for node in _statements(module.tree, inside_functions):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in known)
        elif isinstance(node, ast.ImportFrom):
            base = _absolute(node, module)
            for alias in node.names:
                deeper = f"{base}.{alias.name}"
                yield from [name for name in (deeper, base) if name in known][:1]


def _statements(tree, inside_functions):
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        yield node
        if inside_functions or not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            waiting.extend(ast.iter_child_nodes(node))


def _absolute(node, module):
    if not node.level:
        return node.module
    parts = module.name.split(".")
    above = parts[: len(parts) - node.level + module.is_package]
    return ".".join([*above, *([node.module] if node.module else [])])


def circles(graph):
    """The groups of modules that import each other, sorted."""
    behind = {name: _reached(name, graph) for name in graph}
    groups = {frozenset(other for other in behind[name] if name in behind[other]) for name in graph}
    return sorted(sorted(group) for group in groups if len(group) > 1)


def _reached(start, graph):
    found, waiting = set(), [start]
    while waiting:
        fresh = graph[waiting.pop()] - found
        found |= fresh
        waiting.extend(fresh)
    return found


def rooms(graph):
    """The graph of what stands directly in the package: modules and folders."""
    whole = defaultdict(set)
    for name, others in graph.items():
        here = ".".join(name.split(".")[:2])
        whole[here] |= {".".join(other.split(".")[:2]) for other in others} - {here}
    return whole


def too_long(modules):
    """{file: lines}, where there are more than the limit."""
    lengths = {m.path: len(m.text.splitlines()) for m in modules}
    return {path: length for path, length in lengths.items() if length > LONGEST}


def hard_to_maintain(modules):
    """{file: radon's maintainability}, where it is below the limit."""
    from radon.metrics import mi_visit

    indices = {m.path: round(mi_visit(m.text, multi=True), 1) for m in modules}
    return {path: index for path, index in indices.items() if index < LEAST_MAINTAINABLE}


def complexities(modules):
    """{function: radon's cyclomatic complexity}, of all functions and methods."""
    from radon.complexity import cc_visit

    blocks = [(m.path, block) for m in modules for block in cc_visit(m.text) if block.letter in "FM"]
    return {f"{path}:{block.lineno} {block.fullname}": block.complexity for path, block in blocks}


def old_modules(modules):
    """{file of the old tree: where it belongs}."""
    return {m.path: OLD_MODULES[m.path] for m in modules if m.path in OLD_MODULES}


def old_names(modules):
    """{"old -> new": mentions}, of the names that are left."""
    text = "\n".join(m.text for m in modules)
    counts = {old: len(re.findall(rf"\b{re.escape(old)}\b", text)) for old in OLD_NAMES}
    return {f"{old} -> {OLD_NAMES[old]}": count for old, count in counts.items() if count}


def old_locals(modules):
    """{name: assignments to it}."""
    stored = (n.id for m in modules for n in ast.walk(m.tree) if isinstance(n, ast.Name) and _is_stored(n))
    return dict(Counter(name for name in stored if name in OLD_LOCALS))


def _is_stored(node):
    return isinstance(node.ctx, ast.Store)


def lines(package):
    """The lines of a package, and those that are no docstring."""
    modules = [Module(f, package) for f in sorted(package.rglob("*.py"))]
    total = sum(len(m.text.splitlines()) for m in modules)
    return total, total - sum(n.end_lineno - n.lineno + 1 for m in modules for n in m.docstrings)


def _by_file(modules, found_in):
    counts = {m.path: dict(Counter(map(str, found_in(m)))) for m in modules}
    return {path: count for path, count in counts.items() if count}


def _sum(by_file):
    return sum(sum(counts.values()) for counts in by_file.values())


def measured(package, classes):
    """(figures, places): {what: figure}, and {what: what is behind the figure}."""
    modules = read(package)
    above, whole = imports(modules), imports(modules, inside_functions=True)
    functions = complexities(modules)
    total, code = lines(package)
    counted = {
        "layer classes named outside layers/": layer_strings(modules, classes),
        "float literals outside scoring": floats(modules),
        'mentions of "crashed"': crashed(modules),
        "mutable dataclasses": mutable_dataclasses(modules),
    }
    listed = {
        "import circles": circles(above),
        "import circles of rooms": circles(rooms(above)),
        "import circles with those inside functions": circles(whole),
        f"modules over {LONGEST} lines": too_long(modules),
        f"modules below a maintainability of {LEAST_MAINTAINABLE}": hard_to_maintain(modules),
        f"functions above a complexity of {MOST_COMPLEX}": {f: c for f, c in functions.items() if c > MOST_COMPLEX},
        "old modules left": old_modules(modules),
        "old names left": old_names(modules),
        "variables called by no noun": old_locals(modules),
    }
    figures = {what: _sum(places) for what, places in counted.items()}
    figures |= {f"{what}: files": len(places) for what, places in counted.items()}
    figures |= {what: len(places) for what, places in listed.items()}
    figures["variables called by no noun"] = sum(listed["variables called by no noun"].values())
    figures |= {"functions": len(functions), "modules": len(modules), "lines": total, "lines without docstrings": code}
    return figures, counted | listed


def table(figures):
    """The figures in Markdown."""
    return "\n".join(["| | now |", "|---|---:|", *(f"| {what} | {figure} |" for what, figure in figures.items())])


def _shown(places):
    if isinstance(places, list):
        return [", ".join(group) for group in places]
    return [f"{where}: {_figure(what)}" for where, what in places.items()]


def _figure(what):
    if not isinstance(what, dict):
        return what
    return f"{sum(what.values())} ({', '.join(f'{n} x {name}' if n > 1 else name for name, n in what.items())})"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", type=pathlib.Path, help="where figures and places go")
    parser.add_argument("--brief", action="store_true", help="the table alone")
    options = parser.parse_args()
    try:
        figures, places = measured(REPOSITORY / "shapeguard", layer_classes())
    except ModuleNotFoundError as error:
        if error.name != "radon":
            raise
        sys.exit(NO_RADON)
    print(table(figures))
    for what, entries in () if options.brief else places.items():
        print(f"\n{what}", *_shown(entries), sep="\n    ")
    if options.json:
        text = json.dumps({"figures": figures, "places": places}, indent=1, ensure_ascii=False)
        options.json.write_text(f"{text}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
