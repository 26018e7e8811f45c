"""Programs under test as real files: what stands in them is what the user wrote."""

import itertools
import linecache
import textwrap

_numbers = itertools.count()


def run(tmp_path, text, **names):
    """Runs a program from a file of its own and returns its globals; `FILE` is the file's name."""
    file = tmp_path / f"program_{next(_numbers)}.py"
    file.write_text(textwrap.dedent(text), encoding="utf-8")
    linecache.checkcache(str(file))
    scope = {"__name__": "__main__", "FILE": str(file), **names}
    exec(compile(file.read_text(encoding="utf-8"), str(file), "exec"), scope)  # noqa: S102  the program under test
    return scope


def text_of(span):
    """The source text at a span; `None` for none."""
    if span is None:
        return None
    lines = linecache.getlines(span.file)[span.line - 1 : span.end_line]
    lines[-1] = lines[-1][: span.end_column]
    lines[0] = lines[0][span.column :]
    return "".join(lines)
