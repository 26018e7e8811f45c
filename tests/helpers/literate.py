"""Runs the programs of a Markdown page in order and compares, or rewrites, the outputs that the page shows.

A ```python block is a program. A ```text block that follows it is its output: what it printed, its warnings, and the
error that ended it. The programs of a page share their names, as the cells of a notebook do; each is a file of its own,
`model.py` (or the page's `default`) unless the fence says ```{code-block} python with a `:caption:`. In a ```console
block each line `$ shapeguard ...` runs the command line. A block under `<!-- not run: reason -->` is only read.
"""

import contextlib
import difflib
import io
import linecache
import os
import re
import shlex
import sys
import warnings
from dataclasses import dataclass
from pathlib import Path

FENCE = re.compile(
    r"^(?P<indent> *)(?P<ticks>`{3,})(?P<kind>[^\n`]*)\n(?P<body>.*?)^(?P=indent)(?P=ticks) *$",
    re.MULTILINE | re.DOTALL,
)
NOT_RUN = re.compile(r"<!-- not run: .+? -->\s*\Z")


@dataclass(frozen=True, slots=True)
class Block:
    kind: str
    name: str
    code: str
    start: int
    end: int
    skipped: bool = False


def blocks(text, default="model.py"):
    for match in FENCE.finditer(text):
        kind = match["kind"].strip()
        code = match["body"]
        name = default
        if kind == "{code-block} python":
            kind = "python"
            options, _, code = code.partition("\n\n")
            caption = re.search(r":caption: (\S+)", options)
            name = caption[1] if caption else name
        skipped = NOT_RUN.search(text[: match.start()]) is not None
        yield Block(kind, name, code, match.start("body"), match.end("body"), skipped)


def replayed(text, folder, default="model.py", given=None):
    """The page with every output as it really is now; `given` are names that its programs find defined."""
    namespace = {"__name__": "__main__", **(given or {})}
    pieces, done, output = [], 0, None
    for block in blocks(text, default):
        if block.skipped:
            output = None
        elif block.kind == "python":
            output = run_program(block, namespace, folder)
        elif block.kind == "console":
            pieces += [text[done : block.start], run_console(block.code)]
            done, output = block.end, None
        elif block.kind == "text" and output is not None:
            pieces += [text[done : block.start], output]
            done, output = block.end, None
    return "".join([*pieces, text[done:]])


def run_program(block, namespace, folder):
    file = Path(folder) / block.name
    file.write_text(block.code, encoding="utf-8")
    linecache.checkcache(str(file))
    code = compile(block.code, str(file), "exec", dont_inherit=True)
    printed = io.StringIO()
    with warnings.catch_warnings(), contextlib.redirect_stdout(printed):
        known = [entry for entry in warnings.filters if entry[0] == "ignore" and entry[1] is not None]
        warnings.simplefilter("always")
        for _, message, category, _, _ in known:  # of the host's, listed in pyproject.toml
            warnings.filterwarnings("ignore", message.pattern, category)
        warnings.showwarning = lambda message, category, *_: print(f"{category.__name__}: {message}")
        try:
            exec(code, namespace)  # noqa: S102  running programs is what this is for
        except Exception as error:  # noqa: BLE001  whatever ends a program is its output
            print(f"{type(error).__name__}: {error}")
    return tidied(printed.getvalue())


def run_console(code):
    from shapeguard.cli.main import main

    lines = []
    for line in code.splitlines():
        if line.startswith("$ shapeguard"):
            printed = io.StringIO()
            with (
                contextlib.redirect_stdout(printed),
                contextlib.redirect_stderr(printed),
                contextlib.suppress(SystemExit),
            ):
                main(shlex.split(line.removeprefix("$ shapeguard")))
            lines.append(f"{line}\n{tidied(printed.getvalue())}")
    return "".join(lines)


def tidied(output):
    return "".join(f"{line.rstrip()}\n" for line in output.rstrip().splitlines())


@contextlib.contextmanager
def fresh_session(folder):
    """A page of its own: working directory, importable files, layer names."""
    import keras

    keras.utils.clear_session()
    keras.utils.set_random_seed(0)
    modules, environment = set(sys.modules), dict(os.environ)
    with contextlib.chdir(folder):
        sys.path.insert(0, str(folder))
        try:
            yield
        finally:
            sys.path.remove(str(folder))
            os.environ.clear()
            os.environ.update(environment)
            for name in set(sys.modules) - modules:
                if str(folder) in (getattr(sys.modules[name], "__file__", None) or ""):
                    del sys.modules[name]


def assert_page_is_real(page, folder, *, update, default="model.py", given=None):
    """Fails where the page shows what is not so; with `update` it rewrites the page instead."""
    text = page.read_text(encoding="utf-8")
    with fresh_session(folder):
        real = replayed(text, folder, default, given)
    if update and real != text:
        page.write_text(real, encoding="utf-8")
        return
    assert real == text, "\n".join(difflib.unified_diff(text.splitlines(), real.splitlines(), "page", "real", n=1))
