"""`Report`: what a check found, and every format in which it can be read."""

# ruff: noqa: PLC0415  each format is imported when it is asked for: a report costs nothing until it is read
from __future__ import annotations

import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from shapeguard.legible import Legible
from shapeguard.records.findings import Diagnosis, Row, Search

if TYPE_CHECKING:
    import os
    from collections.abc import Mapping

    from shapeguard.records.expectations import ListedExpectation
    from shapeguard.render.styling import Medium


@dataclass(frozen=True, slots=True, repr=False)
class Report:
    """What a check found.

    Attributes:
        diagnoses: One value per fault.
        rows: One value per forward call of a layer.
        bindings: The size of each name in the expected shapes.
        search: How the causes were searched for.
        expectations: All expectations of the program, and the comments near its layers that are none.

    Example:
        >>> import keras
        >>> import shapeguard
        >>> conv = keras.layers.Conv2D(32, 3, 3, name="conv")
        >>> model = keras.Sequential([keras.Input((28, 28, 1)), conv])
        >>> report = shapeguard.check(model, {"conv": (None, 26, 26, 32)})
        >>> report.ok
        False
        >>> cause = report.diagnoses[0].causes[0]
        >>> cause.argument, cause.value, cause.suggestion
        ('strides', (3, 3), (1, 1))
    """

    diagnoses: tuple[Diagnosis, ...] = ()
    rows: tuple[Row, ...] = ()
    bindings: Mapping[str, object] = field(default_factory=dict)
    search: Search = field(default_factory=Search)
    expectations: tuple[ListedExpectation, ...] = field(default=(), compare=False, repr=False)

    @property
    def ok(self) -> bool:
        """Whether every expectation was met and nothing suspicious was found."""
        return not self.diagnoses and all(row.status not in {"mismatch", "consequence"} for row in self.rows)

    def __str__(self) -> str:
        """Returns the message, if something is wrong, and the table, as wide as the terminal of standard output."""
        from shapeguard.render.formats import Terminal, text_for
        from shapeguard.render.terminal_width import message_width, terminal_columns

        columns = terminal_columns(sys.stdout)
        return text_for(self, Terminal(message_width(columns), columns)).removesuffix("\n")

    def __repr__(self) -> str:
        """Returns the outcome and the table in short, for a prompt that shows what a line of code returned."""
        from shapeguard.render.short import in_short

        return in_short(self.diagnoses, self.rows, ok=self.ok)

    def message(self, *, width: int = 88, colour: bool = False) -> str:
        """Returns the error's text.

        Args:
            width: Number of columns at which prose wraps.
            colour: Whether to colour the text for a terminal.

        Returns:
            The first diagnosis in full and each other one in short; "" without a diagnosis.

        Example:
            >>> print(report.message().splitlines()[0])
            [SG101] layer 'conv' (Conv2D): expected (None, 26, 26, 32), got (None, 9, 9, 32)
        """
        from shapeguard.render.text import message

        annotated = sum(row.expected is not None for row in self.rows)
        medium: Medium = "terminal" if colour else "text"
        return message(self.diagnoses, width=width, medium=medium, annotated=annotated or None)

    def to_table(self, format: str = "simple", *, width: int | None = None) -> str:  # noqa: A002  tabulate's own word
        """Returns the rows as a table.

        Args:
            format: "simple", "github", "html" or "rounded_outline".
            width: Number of columns that the table may have: a wider one loses columns of it, then each row becomes a
                paragraph. `None` for any width.

        Returns:
            The table; "" without rows.

        Raises:
            ValueError: There is no such format.

        Example:
            >>> print(report.to_table(width=80))  # doctest: +NORMALIZE_WHITESPACE
            layer        expected            actual             verdict
            -----------  ------------------  -----------------  --------------
            input_layer                      (None, 28, 28, 1)  no expectation
            conv         (None, 26, 26, 32)  (None, 9, 9, 32)   MISMATCH
        """
        from shapeguard.render.table import table

        return table(self.rows, format, width)

    def to_html(self) -> str:
        """Returns one self-contained HTML page: messages, table, picture, and the details of each layer."""
        return self._rendered("html")

    def _repr_html_(self) -> str:
        from shapeguard.render.notebook import fragment

        return fragment(self.diagnoses, self.rows, ok=self.ok)

    def to_svg(self) -> str:
        """Returns a picture of the network as SVG, with the cause and the way to the mismatch marked."""
        return self._rendered("svg")

    def to_dict(self) -> dict[str, Any]:
        """Returns everything in JSON's own types, under the documented schema.

        Returns:
            A dict that `json.dumps` takes; paths in it are relative to the working directory.

        Example:
            >>> report.to_dict()["diagnoses"][0]["causes"][0]["argument"]
            'strides'
        """
        from shapeguard.render.document import document

        return document(self.diagnoses, self.rows, self.bindings, self.search, ok=self.ok)

    def to_json(self) -> str:
        """Returns `to_dict()` as JSON text."""
        return self._rendered("json")

    def to_sarif(self) -> str:
        """Returns the findings as SARIF 2.1.0, for code scanning."""
        return self._rendered("sarif")

    def to_github(self) -> str:
        """Returns one GitHub workflow command per finding, which annotates its line; "" without findings."""
        return self._rendered("github")

    def to_markdown(self) -> str:
        """Returns messages and table as Markdown, for the summary of a workflow run or a pull request."""
        return self._rendered("markdown")

    def write(self, path: str | os.PathLike[str]) -> None:
        """Writes the report to a file, in the format that its suffix names, in UTF-8.

        Args:
            path: A path that ends in .html, .json, .md, .sarif, .svg or .txt.

        Raises:
            ValueError: The suffix is none of these.
        """
        from shapeguard.render.formats import formats_by_suffix

        target, formats = Path(path), formats_by_suffix()
        form = formats.get(target.suffix.lower())
        if form is None:
            raise ValueError(f"the name of a report file must end in {', '.join(formats)}; got {str(target)!r}")
        target.write_text(form.render(self), encoding="utf-8", errors="backslashreplace", newline="\n")

    def _rendered(self, name: str) -> str:
        from shapeguard.render.formats import FORMATS

        return FORMATS[name].render(self)


class ShapeMismatchError(Legible, ValueError):
    """A shape that is not the expected one, or that Keras refuses.

    If Keras raised, it is an instance of that exception's type too, and `__cause__` is that exception.

    Attributes:
        report: The findings.

    Example:
        >>> import keras
        >>> from shapeguard import ShapeGuard, ShapeMismatchError
        >>> model = keras.Sequential([keras.Input((8,)), keras.layers.Dense(4, name="dense")])
        >>> model.compile("sgd", "mse")
        >>> x, y = keras.ops.ones((2, 8)), keras.ops.ones((2, 5))
        >>> try:
        ...     model.fit(x, y, callbacks=[ShapeGuard({"dense": (2, 5)})], verbose=0)
        ... except ShapeMismatchError as error:
        ...     print(error.report.diagnoses[0].causes[0].argument)
        units
    """

    report: Report | None = None

    def _render_traceback_(self) -> list[str]:
        """Returns the traceback for IPython, which asks for it by this name; the text of the error stays plain."""
        from shapeguard.render.ipython import traceback_lines

        text = str(self)
        is_of_report = self.report is not None and self.report.message() == text
        return traceback_lines(self, self.report.message(colour=True) if self.report and is_of_report else text)
