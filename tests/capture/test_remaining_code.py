"""What would have been built behind the line that raised, read from the source."""

import textwrap

import pytest

from shapeguard.capture.remaining_code import later_lines_may_fail


class ShapeGuard:
    """Stands for the guard's `with`, which is known by its name."""

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        return False


def refuse(*_):
    raise ValueError("as Keras does")


def raised(program, tmp_path):
    """The exception that the program ends in; `refuse` raises, and every other layer or function takes anything."""
    file = tmp_path / "program.py"
    file.write_text(textwrap.dedent(program))
    names = {"refuse": refuse, "ShapeGuard": ShapeGuard, "guard": ShapeGuard()}
    with pytest.raises(ValueError, match="as Keras does") as caught:
        exec(compile(file.read_text(), str(file), "exec"), names)  # noqa: S102
    return caught.value


CHAIN = """
    x = 1
    refuse(x)
    model.add(Dense(10))
    x = Flatten()(x)
"""
LAST = "refuse()\n"
JOINED = """
    refuse()
    x = layers.Concatenate()([x, skip])
"""
ADDED = """
    refuse()
    x = layers.add([x, skip])
"""
SUMMED = """
    refuse()
    x = x + skip
"""
RESHAPED = """
    refuse()
    model.add(Reshape((8, 8, 3)))
"""
OF_THE_USER = """
    def block(x):
        return x

    refuse()
    block(1)
"""
IN_A_LOOP = """
    for size in (1, 2):
        refuse()
"""
IN_A_HELPER = """
    def block(x):
        refuse(x)
        return x

    x = block(1)
    y = concatenate([x, x])
"""
HELPER_LAST = """
    def block(x):
        refuse(x)
        return x

    x = block(1)
"""
BEFORE = """
    y = [1] + [2]
    z = dict(add=[y])
    refuse()
"""
BEHIND_THE_BLOCK = """
    with guard:
        refuse()
        model.add(Dense(3))
    y = concatenate([1, 2])
"""
BEHIND_A_NEW_GUARD = """
    with ShapeGuard() as own:
        refuse()
    y = concatenate([1, 2])
"""
BEHIND_ANOTHER_BLOCK = """
    import contextlib
    with contextlib.nullcontext():
        refuse()
    y = concatenate([1, 2])
"""


@pytest.mark.parametrize("program", [CHAIN, LAST, HELPER_LAST, BEFORE, BEHIND_THE_BLOCK, BEHIND_A_NEW_GUARD])
def test_a_chain_of_single_layers_is_not_expected_to_refuse(program, tmp_path):
    assert not later_lines_may_fail(raised(program, tmp_path))


@pytest.mark.parametrize(
    "program",
    [JOINED, ADDED, SUMMED, RESHAPED, OF_THE_USER, IN_A_LOOP, IN_A_HELPER, BEHIND_ANOTHER_BLOCK],
)
def test_what_joins_reshapes_repeats_or_is_the_users_own_may_refuse_too(program, tmp_path):
    assert later_lines_may_fail(raised(program, tmp_path))


def test_without_a_source_nothing_is_known():
    with pytest.raises(ValueError, match="as Keras does") as caught:
        exec("refuse()", {"refuse": refuse})  # noqa: S102
    assert later_lines_may_fail(caught.value)
