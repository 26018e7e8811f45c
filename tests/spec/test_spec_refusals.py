"""What cannot be read is refused with the text, a caret under the place, and a hint; and quickly."""

import time

import pytest

from shapeguard.spec import SpecError, parse

REFUSALS = [
    (
        "B 26 * 32",
        """\
[SG503] "B 26 * 32": `*` alone is ambiguous: any number of axes in check_shapes and TensorFlow, one axis in nptyping
  B 26 * 32
       ^
  hint: write `...` for any number of axes, `None` for one axis of any size""",
    ),
    (
        "? 28 28",
        """\
[SG503] "? 28 28": `?` alone is a prefix without an axis
  ? 28 28
  ^
  hint: write `None` for one axis of any size""",
    ),
    (
        "B -1",
        """\
[SG503] "B -1": `-1` is not a size
  B -1
    ^
  hint: write `None` for one axis of any size""",
    ),
    (
        "26x26x32",
        """\
[SG503] "26x26x32": sizes joined by `x` are allowed only in comments
  26x26x32
    ^
  hint: separate the axes with spaces or commas: 26 26 32""",
    ),
    (
        "26 x 26 x 32",
        """\
[SG503] "26 x 26 x 32": sizes joined by `x` are allowed only in comments
  26 x 26 x 32
     ^
  hint: separate the axes with spaces or commas: 26 26 32""",
    ),
    (
        "B (h w) c",
        """\
[SG503] "B (h w) c": parentheses do not group axes, unlike in einops
  B (h w) c
       ^
  hint: write h*w for a product of sizes, and commas in a whole shape: (B, 26, 26, 32)""",
    ),
    (
        "B, 26 26 32",
        """\
[SG503] "B, 26 26 32": axes are separated both by commas and by spaces
  B, 26 26 32
        ^
  hint: use one of them throughout: "B 26 26 32" or "B, 26, 26, 32\"""",
    ),
    (
        "*batch 3 ...",
        """\
[SG503] "*batch 3 ...": `...` is the second axis that matches any number of axes
  *batch 3 ...
           ^
  hint: keep one of them, and write `None` for each single axis of any size""",
    ),
    (
        "7/2",
        """\
[SG503] "7/2": `7/2` is not a size: 7/2 is not a whole number
  7/2
  ^
  hint: write a size of 0 or more""",
    ),
    (
        "n+_m",
        """\
[SG503] "n+_m": `_m` is not checked, so nothing can be computed from it
  n+_m
    ^
  hint: write `m`""",
    ),
    (
        "日本 @ 3",
        """\
[SG503] "日本 @ 3": `@` has no meaning here
  日本 @ 3
       ^
  hint: an axis is a size, a name, `None`, `...` or a formula such as 2*n+1""",
    ),
    (
        (200, True),
        """\
[SG503] "(200, True)": a bool is not a size
  (200, True)
        ^
  hint: for one shape, the elements must be int, str, None or `...`; for several outputs, shapes""",
    ),
    (
        (-1, 10),
        """\
[SG503] "(-1, 10)": this is not a size
  (-1, 10)
   ^
  hint: `None` is one axis of any size""",
    ),
    (
        (1.5,),
        """\
[SG503] "(1.5,)": a float is not a size
  (1.5,)
   ^
  hint: for one shape, the elements must be int, str, None or `...`; for several outputs, shapes""",
    ),
    (
        (1, (2,)),
        """\
[SG503] "(1, (2,))": sizes and shapes are mixed
  (1, (2,))
   ^
  hint: write each output as its own shape: [(None, 10), (None, 5)]""",
    ),
    (
        26,
        """\
[SG503] "26": a single size is not a shape
  26
  ^
  hint: write (26,) for a shape of one axis""",
    ),
    (
        None,
        """\
[SG503] "None": a NoneType is not a shape spec
  None
  ^
  hint: write a tuple such as (None, 26, 26, 32) or a string such as "B 26 26 32\"""",
    ),
    (
        {1: "B"},
        """\
[SG503] "1": the name of an output is not a string
  1
  ^
  hint: use a string as the name of each output""",
    ),
]

# text -> the place of the caret, and how the first line ends
PLACES = {
    "1,,2": (2, "an axis is missing here"),
    ",": (0, "an axis is missing here"),
    "(2, 3": (0, "this bracket is never closed"),
    "2, 3)": (4, "`)` closes nothing"),
    "(2, 3]": (5, "`]` closes nothing"),
    "2*": (1, "this size is incomplete"),
    "2*/3": (2, "expected a size, got `/`"),
    "**foo": (1, "the prefix `*` (many) appears twice"),
    "#_": (0, "an axis that is not checked cannot be broadcastable"),
    "#None": (1, "an axis of any size is already broadcastable"),
    "_4": (1, "only a name can follow `_`, which means that the axis is not checked"),
    "*4": (1, "only a name can match any number of axes"),
    "*n+1": (1, "only a name can match any number of axes"),
    "3...": (1, "`...` cannot be part of a longer axis"),
    "c#": (1, "`#` must be before the axis"),
    "a=b=c": (3, "`=` has no meaning here"),
    "a=": (1, "`=` has no meaning here"),
    "f(x)": (0, "formulas cannot call `f`"),
    "min(a b)": (6, "the arguments of `min` are not separated"),
    "ceil(a, b)": (0, "too many arguments for `ceil`: at most 1 allowed"),
    "torch.long": (5, "`.` has no meaning here"),
    "{a b}": (3, "braces must contain exactly one size"),
    "{{a}-1}": (1, "expected a size, got `{`"),
    "{}": (1, "expected a size, got `}`"),
    "a.b-1": (1, "`.` has no meaning here"),
    "B 3 broadcast": (4, "`broadcast` needs an axis after it"),
    "B 26\u00d726": (4, "sizes joined by `\u00d7` are allowed only in comments"),
    "(None, 26) conv": (5, "a comma inside a formula"),
    "TensorShape([1, 2]) x": (19, "there is more text after this shape"),
    "[(1, 2), 3": (0, "this bracket is never closed"),
    "{'a': (1,), (2,)}": (12, "this output has no name"),
    "1/0": (0, "`1/0` is not a size: it divides by zero"),
    "3-5": (0, "`3-5` is not a size: -2 is negative"),
    "9223372036854775808": (0, "this size is too large"),
}


@pytest.mark.parametrize(("spec", "message"), REFUSALS, ids=[repr(spec) for spec, _ in REFUSALS])
def test_a_refusal_shows_the_text_the_place_and_a_hint(spec, message):
    with pytest.raises(SpecError) as caught:
        parse(spec)
    assert str(caught.value) == message


@pytest.mark.parametrize("text", PLACES)
def test_the_caret_stands_under_the_place(text):
    with pytest.raises(SpecError) as caught:
        parse(text)
    first, shown, caret, hint = str(caught.value).split("\n")
    assert (caret.index("^") - 2, first.removeprefix(f'[SG503] "{text}": ')) == PLACES[text]
    assert shown == f"  {text}"
    assert hint.startswith("  hint: ")


def test_a_variable_that_is_no_size_is_shown_with_its_value():
    with pytest.raises(SpecError) as caught:
        parse("B n-10 3", {"n": 4})
    assert str(caught.value) == (
        '[SG503] "B n-10 3": `n-10` with n = 4 is not a size: -6 is negative\n'
        "  B n-10 3\n"
        "    ^\n"
        "  hint: change the formula or the variable"
    )


def test_a_long_text_is_cut_around_the_caret():
    with pytest.raises(SpecError) as caught:
        parse(f"{'a' * 100} * {'b' * 100}")
    assert str(caught.value) == (
        f'[SG503] "{"a" * 40}...": '
        "`*` alone is ambiguous: any number of axes in check_shapes and TensorFlow, one axis in nptyping\n"
        f"  ...{'a' * 35} * {'b' * 34}...\n"
        f"  {' ' * 39}^\n"
        "  hint: write `...` for any number of axes, `None` for one axis of any size"
    )


def test_a_users_repr_that_raises_is_not_ours_to_raise():
    class Broken:
        def __repr__(self):
            raise RuntimeError

    with pytest.raises(SpecError, match="a Broken is not a shape spec"):
        parse(Broken())


def nested(depth):
    spec = (1,)
    for _ in range(depth):
        spec = (spec,)
    return spec


def endless():
    spec = []
    spec.append(spec)
    return spec


def bushy():
    spec = "a"
    for _ in range(9):
        spec = [spec] * 10
    return spec


HOSTILE = {
    "1 MB of digits": "9" * 10**6,
    "1 MB of brackets": "(" * 10**6,
    "1 MB in a list": ["n*" * 500_000, 3],
    "brackets": "(" * 1000 + "1" + ")" * 1000,
    "nested shapes": "(" * 9 + "(,)," * 480 + ")" * 9,
    "signs": "-" * 1999 + "1",
    "a sum": "1+" * 999 + "1",
    "a tower": "2**2**99999",
    "a taller tower": "9**9**9**9**9**9",
    "a product of towers": "*".join(["9**80"] * 60),
    "many axes": "9 " * 999,
    "many spaces": "a" + " " * 1990 + "(",
    "crossed": "9 x " * 480,
    "a long size": "9" * 1999,
    "a long tuple": (0,) * 10**6,
    "a large integer": (10**4000,),
    "a nested tuple": nested(3000),
    "a list within itself": endless(),
    "a billion outputs": bushy(),
    "a large dict": {str(index): "B" for index in range(10**5)},
}


@pytest.mark.parametrize("spec", HOSTILE.values(), ids=list(HOSTILE))
def test_an_expensive_spec_is_refused_in_bounded_time(spec):
    started = time.process_time()
    with pytest.raises(SpecError) as caught:
        parse(spec)
    assert time.process_time() - started < 0.1
    assert len(str(caught.value)) < 600


def test_an_expensive_value_is_refused_in_bounded_time():
    from shapeguard.spec import Bindings, unify

    started = time.process_time()
    conflict = unify(parse("n**n**n"), (5,), Bindings().bind("n", 9_999_999)).conflict
    assert time.process_time() - started < 0.1
    assert conflict is not None
    assert conflict.disagreements[0].problem == "its value is too large"


def test_a_quoted_text_is_not_cut_inside_a_word():
    with pytest.raises(SpecError) as caught:
        parse(" ".join(["height", "width", "channels"] * 4) + " %")
    assert str(caught.value).startswith('[SG503] "height width channels height width...": ')
