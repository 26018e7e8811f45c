"""`%load_ext shapeguard`: each cell of a notebook runs as the block of a guard would; imports no Keras by itself.

A cell is rewritten, as IPython lets extensions do, into a `with` block around its statements. The names of the user's
are not touched, and the last expression is displayed as before.
"""

from __future__ import annotations

import ast
import sys
from typing import TYPE_CHECKING, Any

from shapeguard.keras_compat.import_hook import KerasFinder
from shapeguard.source import reading

if TYPE_CHECKING:
    from types import FrameType

    from shapeguard.guard.guard import ShapeGuard

_CELL = f"__import__({__name__!r}, fromlist=['cell']).cell"


class Cell:
    """The guard of a notebook, around the cell that runs; it starts as soon as there is Keras."""

    def __init__(self) -> None:
        self.value: Any = None
        self._guard: ShapeGuard | None = None
        self._entered = False
        self._finder: KerasFinder | None = None

    def __enter__(self) -> None:
        """Begins with the cell, or where the cell imports Keras, in the middle of it."""
        frame = sys._getframe(1)  # noqa: SLF001  the cell itself
        if "keras" in sys.modules:
            self._begin(frame)
        else:
            self._finder = KerasFinder(lambda: self._begin(frame))
            sys.meta_path.insert(0, self._finder)

    def _begin(self, frame: FrameType) -> None:
        from shapeguard import capture, trace  # noqa: PLC0415  imports Keras
        from shapeguard.guard.guard import ShapeGuard  # noqa: PLC0415

        capture.install()  # Keras tells one finder only that it has arrived
        trace.install()
        self._guard = self._guard or ShapeGuard()
        self._guard.begin_block(frame)
        self._entered = True

    def __exit__(self, kind: type[BaseException] | None, exception: BaseException | None, trace: object) -> None:
        """Ends with the cell; explains an exception that Keras raised over shapes."""
        if self._finder in sys.meta_path:
            sys.meta_path.remove(self._finder)
        self._finder = None
        if self._entered and self._guard is not None:
            self._entered = False
            self._guard.__exit__(kind, exception, trace)

    def take(self) -> Any:
        """Returns the value of the cell's last expression, and forgets it."""
        value, self.value = self.value, None
        return value


cell = Cell()


class _Guarded(ast.NodeTransformer):
    """Puts the statements of a cell into the block of the guard."""

    def __init__(self, shell: Any) -> None:
        self._shell = shell

    def visit_Module(self, node: ast.Module) -> ast.Module:
        """Returns the cell with its block; one that only imports from `__future__`, as it is."""
        first = next((n for n, each in enumerate(node.body) if not _must_stay_first(each)), len(node.body))
        body = node.body[first:]
        if body:
            node.body[first:] = _in_blocks(body, getattr(self._shell, "ast_node_interactivity", ""))
        return node


def _in_blocks(body: list[ast.stmt], mode: str) -> list[ast.stmt]:
    """The statements in blocks that display what they would by themselves in one of IPython's modes."""
    if mode == "last_expr_or_assign":
        body = [*body, *_assigned_name(body[-1])]
    *before, last = body
    if mode in {"all", "none"}:  # the block is run as each of its statements would be
        return [_block(body)]
    if isinstance(last, ast.Expr):
        keep, take = _ours(f"{_CELL}.value = 0\n{_CELL}.take()", last)
        keep.value = last.value
        return [_block([*before, keep]), take]
    if mode == "last":
        return [*([_block(before)] if before else ()), _block([last])]
    return [_block(body)]


def _block(body: list[ast.stmt]) -> ast.stmt:
    block: ast.With
    (block,) = _ours(f"with {_CELL}:\n    pass", body[0])
    block.body = body
    return block


def _assigned_name(statement: ast.stmt) -> list[ast.stmt]:
    """The name to which a statement assigns, as an expression; nothing for several, or another kind of place."""
    match statement:
        case ast.Assign(targets=[ast.Name(id=name)]) | ast.AugAssign(target=ast.Name(id=name)):
            return _ours(name, statement)
        case ast.AnnAssign(target=ast.Name(id=name)):
            return _ours(name, statement)
    return []


def _must_stay_first(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.ImportFrom) and statement.module == "__future__"


def _ours(text: str, beside: ast.stmt) -> list[Any]:
    """The statements of a text, at the start of one of the cell's and without width: no source is behind them."""
    statements: list[Any] = reading.parse(text).body
    nodes: list[Any] = [each for statement in statements for each in ast.walk(statement)]
    for node in nodes:
        node.lineno = node.end_lineno = beside.lineno
        node.col_offset = node.end_col_offset = beside.col_offset
    return statements


_loaded: list[_Guarded] = []


def load(shell: Any) -> None:
    """Puts the guard around each cell from now on; shapes in the cells that ran so far count as well."""
    unload(shell)
    _loaded.append(_Guarded(shell))
    shell.ast_transformers.append(_loaded[-1])
    cells = reading.notebook_cells()
    if "keras" in sys.modules:  # else no layer was created so far
        _read_earlier(cells, shell.user_ns)


def _read_earlier(cells: tuple[str, ...], names: dict[str, Any]) -> None:
    from shapeguard.capture import earlier_cells  # noqa: PLC0415  imports Keras

    earlier_cells.read(cells, names)


def unload(shell: Any) -> None:
    """Ends that."""
    global cell  # noqa: PLW0603  a new guard for the next load
    while _loaded:
        transformer = _loaded.pop()
        if transformer in shell.ast_transformers:
            shell.ast_transformers.remove(transformer)
    cell = Cell()
    if "shapeguard.capture.earlier_cells" in sys.modules:
        _read_earlier((), {})
