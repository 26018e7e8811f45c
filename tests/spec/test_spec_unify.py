"""Unifying a spec with an observed shape: what agrees, what is bound, what is in conflict and why."""

import pytest

from shapeguard.spec import (
    EMPTY,
    Bindings,
    Fixed,
    Named,
    all_agree,
    concrete_dims,
    occurrences,
    parse,
    shapes_agree,
    unify,
    unify_all,
    wanted,
)

AGREE = [
    ("B 26 26 32", (200, 26, 26, 32), {"B": 200}),
    ("B 26 26 32", (None, 26, None, 32), {}),
    ("()", (), {}),
    ("None . _ _rows", (1, 2, None, 4), {}),
    ("...", (), {}),
    ("... 3", (1, 2, 3), {}),
    ("*b 3", (3,), {"*b": ()}),
    ("*b 3", (1, None, 3), {"*b": (1, None)}),
    ("a *b c", (1, 2, 3, 4), {"a": 1, "*b": (2, 3), "c": 4}),
    ("#n 5", (1, 5), {}),
    ("#n n", (1, 5), {"n": 5}),
    ("#4 #4", (1, 4), {}),
    ("n 2*n n//2 n%2", (5, 10, 2, 1), {"n": 5}),
    ("2*n n", (10, 5), {"n": 5}),
    ("n #2*n", (5, 1), {"n": 5}),
    ("n n/2", (4, 2), {"n": 4}),
    ("rows=4", (4,), {}),
    ("rows=n n", (4, 4), {"n": 4}),
    ("rows=n rows", (4, 5), {"n": 4, "rows": 5}),
    ("n rows=2*n", (4, 8), {"n": 4}),
    ("n rows=#2*n", (4, 1), {"n": 4}),
    ("*axes=b b", (2, 3, 4), {"*b": (2, 3), "b": 4}),
    ("{k}", (7,), {}),
    ("{k-1}", (7,), {}),
]

DISAGREE = [
    ("B 26 26 32", (200, 9, 9, 32), "size", (1, 2)),
    ("B 26", (200, 26, 1), "rank", ()),
    ("B ... 3 4", (3,), "rank", ()),
    ("n n", (3, 4), "symbol", (1,)),
    ("n 2*n", (5, 11), "expression", (1,)),
    ("n n/2", (5, 2), "expression", (1,)),
    ("n 10//n", (0, 3), "expression", (1,)),
    ("n 3-n", (5, 2), "expression", (1,)),
    ("#4", (3,), "size", (0,)),
    ("n 5 n", (1, 6, 2), "size", (1, 2)),
    ("rows=4", (5,), "size", (0,)),
    ("rows=n n", (4, 5), "symbol", (1,)),
    ("n rows=2*n", (4, 9), "expression", (1,)),
    ("#rows=n n", (3, 4), "symbol", (1,)),
]


@pytest.mark.parametrize(("spec", "shape", "bound"), AGREE, ids=[f"{spec} {shape}" for spec, shape, _ in AGREE])
def test_a_shape_agrees_and_binds(spec, shape, bound):
    unified = unify(parse(spec), shape, site="here")
    assert unified.ok
    assert {name: binding.value for name, binding in unified.bindings.items()} == bound
    assert {binding.site for binding in unified.bindings.values()} <= {"here"}


@pytest.mark.parametrize(
    ("spec", "shape", "kind", "axes"), DISAGREE, ids=[f"{spec} {shape}" for spec, shape, *_ in DISAGREE]
)
def test_a_shape_disagrees_at_its_axes(spec, shape, kind, axes):
    given = Bindings().bind("other", 3)
    unified = unify(parse(spec), shape, given)
    assert unified.conflict is not None
    assert (unified.conflict.kind, unified.conflict.axes) == (kind, axes)
    assert unified.bindings is given


def test_a_conflict_names_the_symbol_its_value_and_who_bound_it():
    bindings = unify(parse("B T"), (16, 30), site="tokens").bindings
    conflict = unify(parse("B T 128"), (16, 28, 128), bindings, site="encoder").conflict
    assert conflict is not None
    (disagreement,) = conflict.disagreements
    assert (disagreement.dim, disagreement.axes) == (Named("T"), (1,))
    assert (disagreement.wanted, disagreement.actual) == (30, 28)
    ((name, binding),) = disagreement.bound
    assert (name, binding.value, binding.site) == ("T", 30, "tokens")


def test_a_conflict_of_an_expression_names_every_symbol_in_it():
    bindings = Bindings().bind("n", 5, "first").bind("m", 2, "second")
    (disagreement,) = unify(parse("n*m-20"), (3,), bindings).conflict.disagreements
    assert disagreement.wanted is None
    assert disagreement.problem == "-10 is negative"
    assert [(name, binding.site) for name, binding in disagreement.bound] == [("m", "second"), ("n", "first")]


def test_an_expression_with_an_unbound_name_is_deferred():
    unified = unify(parse("B 2*n"), (None, 7))
    assert unified.ok
    (deferred,) = unified.deferred
    assert (deferred.axis, deferred.actual, str(deferred.dim)) == (1, 7, "2*n")


def test_a_deferred_expression_is_checked_once_its_names_are_known():
    pairs = [(parse("2*n m"), (7, 4), "a"), (parse("n"), (3,), "b")]
    for ordered in (pairs, pairs[::-1]):
        unified = unify_all(ordered)
        conflicts = dict(zip((site for *_, site in ordered), unified.conflicts, strict=True))
        assert conflicts["b"] is None
        assert conflicts["a"].kind == "expression"
    assert unify_all([(parse("2*n"), (6,), "a"), (parse("n"), (3,), "b")]).ok


def test_the_later_of_two_sites_is_in_conflict():
    pairs = [(parse("B T"), (16, 30), "tokens"), (parse("B T"), (16, 28), "mask")]
    unified = unify_all(pairs)
    assert unified.conflicts[0] is None
    assert unified.conflicts[1].axes == (1,)
    assert unified.bindings.sizes == {"B": 16, "T": 30}


def test_what_each_site_says_about_a_symbol_can_be_listed():
    assert occurrences(parse("B *s 2*n #c T"), (16, 7, 8, 4, 1, None)) == (("B", (0,), 16), ("*s", (1, 2), (7, 8)))


@pytest.mark.parametrize(
    ("first", "second", "together"),
    [
        (("*b", (3, 4)), ("*b", (3, 4)), (3, 4)),
        (("*b", (3, None)), ("*b", (None, 4)), (3, 4)),
        (("*b", (3, 4)), ("*b", (3, 5)), None),
        (("*b", (3, 4)), ("*b", (3,)), None),
        (("*b", (3, 4)), ("#*b", (1, 4)), (3, 4)),
        (("*b", (3, 4)), ("#*b", (4,)), (3, 4)),
        (("*b", (3, 4)), ("#*b", ()), (3, 4)),
        (("*b", (3, 1)), ("#*b", (3, 4)), None),
        (("*b", (4,)), ("#*b", (3, 4)), None),
        (("#*b", (3, 1)), ("#*b", (1, 4)), (3, 4)),
        (("#*b", (3, 1)), ("#*b", (2, 4)), None),
        (("#*b", (None, 1)), ("#*b", (1, None)), (None, None)),
        (("#*b", (1,)), ("*b", (5, 6)), (5, 6)),
    ],
)
def test_variadic_symbols_agree_in_either_order(first, second, together):
    pairs = [(parse(f"{text} ."), (*shape, 9), text) for text, shape in (first, second)]
    for ordered in (pairs, pairs[::-1]):
        unified = unify_all(ordered)
        assert unified.ok is (together is not None)
        if together is not None:
            assert unified.bindings["*b"].value == together


def test_a_symbol_of_one_axis_and_a_variadic_one_may_share_a_name():
    unified = unify(parse("b *b"), (2, 3, 4))
    assert {name: binding.value for name, binding in unified.bindings.items()} == {"b": 2, "*b": (3, 4)}


def test_bindings_are_persistent_values_in_order():
    first = EMPTY.bind("B", 200, "input")
    second = first.bind("C", 32, "conv2d")
    assert (len(EMPTY), list(first), list(second)) == (0, ["B"], ["B", "C"])
    assert second == Bindings().bind("C", 32, "conv2d").bind("B", 200, "input")
    assert hash(second) == hash(Bindings().bind("C", 32, "conv2d").bind("B", 200, "input"))
    assert second["B"].site == "input"
    assert (second.size("C"), second.size("D"), "D" in second) == (32, None, False)
    assert repr(second) == "Bindings(B=200, C=32)"
    with pytest.raises(KeyError):
        second["D"]


def test_concrete_dims_are_sizes_names_and_none():
    bindings = Bindings().bind("n", 5).bind("*s", (7, None))
    spec = parse("B 26 None n 2*n n-9 #n #m rows=4 *s")
    assert concrete_dims(spec, bindings) == ("B", 26, None, 5, 10, "n-9", "#5", "#m", 4, 7, None)
    assert concrete_dims(spec) is None
    assert concrete_dims(parse("... 3"), bindings) is None


def test_the_wanted_shape_has_the_rank_asked_for():
    bindings = Bindings().bind("n", 5).bind("*s", (7, 8))
    assert wanted(parse("B n ... 32"), 5, bindings) == (None, 5, None, None, 32)
    assert wanted(parse("B n ... 32"), 2, bindings) is None
    assert wanted(parse("B n"), 3) is None
    assert wanted(parse("B rows=n out=n+1 {n-1}"), 4, bindings) == (None, 5, 6, None)
    assert wanted(parse("B *s #4"), 4, bindings) == (None, 7, 8, 4)
    assert wanted(parse("B *s"), 2, bindings) is None
    assert wanted(parse("B #*s"), 2, bindings) == (None, 8)
    assert wanted(parse("B *t"), 3, bindings) == (None, None, None)


def test_a_literal_dim_is_told_from_a_symbol():
    conflict = unify(parse("n 5"), (3, 6)).conflict
    assert conflict.disagreements[0].dim == Fixed(5)


def test_shapes_agree_up_to_what_is_not_known():
    assert shapes_agree((None, 3), (2, 3))
    assert shapes_agree((), ())
    assert not shapes_agree((None, 3), (None, 4))
    assert not shapes_agree((3,), (None, 3))
    assert all_agree([(None, 3), (4,)], [(2, None), (4,)])
    assert not all_agree([(3,)], [(3,), (3,)])
