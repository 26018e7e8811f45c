"""One argument or one tensor of a working operation is changed: the rule, asked for the old output, gives it back."""

from __future__ import annotations

import inspect
import warnings
from functools import cache

import keras
import pytest
from helpers.layer_samples import seeded
from keras.src.ops.operation import Operation

from shapeguard.layers.operations import covered_operations, operation_rule_for
from shapeguard.layers.operations.letters import Lettered

COUNT = 30
"""Calls of each operation."""


def below(cls):
    for each in cls.__subclasses__():
        if not issubclass(each, keras.layers.Layer):
            yield each
        yield from below(each)


CLASSES = {each.__name__: each for each in below(Operation) if each.__module__.startswith("keras.src.ops.")}


def shape(draw, ndim=3, sizes=(2, 3, 4, 6, 8)):
    return (draw.choice([None, 2]), *(draw.choice(sizes) for _ in range(ndim - 1)))


def of_one(**arguments):
    """A call with one tensor of rank 3."""
    return lambda draw: ({name: choose(draw) for name, choose in arguments.items()}, (shape(draw),))


def one_of(*values):
    return lambda draw: draw.choice(values)


def reduction(draw):
    return {"axis": draw.choice([1, 2, -1, (1, 2)]), "keepdims": draw.random() < 0.5}, (shape(draw),)


def moments(draw):
    return {"axes": draw.choice([[1], [2], [1, 2]]), "keepdims": draw.random() < 0.5}, (shape(draw),)


def percentile(draw):
    config, shapes = reduction(draw)
    return config, shapes


def elementwise(draw):
    whole = shape(draw)
    narrow = (whole[0], *(draw.choice([1, size]) for size in whole[1:]))
    return {}, tuple(draw.sample([whole, draw.choice([narrow, narrow[1:], whole])], 2))


def where(draw):
    whole = shape(draw)
    return {}, (whole, whole, draw.choice([whole[1:], (*whole[:2], 1)]))


def join(axis):
    def sample(draw):
        whole, at = shape(draw), axis if axis is not None else draw.choice([1, 2, -1])
        if at == 0:
            whole = (2, *whole[1:])
        other = [*whole]
        other[at] = draw.choice([2, 3, 5])
        return {} if axis is not None else {"axis": at}, (whole, tuple(other))

    return sample


def stack(draw):
    return {"axis": draw.choice([1, 2, 3, -1])}, (shape(draw),) * 2


def squeeze(draw):
    axis = draw.choice([1, 2, -1])
    whole = [*shape(draw, 4)]
    whole[axis] = 1
    return {"axis": axis}, (tuple(whole),)


def split(axis):
    def sample(draw):
        at, parts = draw.choice([1, 2, -1]) if axis is None else axis, draw.choice([2, 3])
        whole = [*shape(draw)]
        whole[at] = parts * draw.choice([1, 2, 4])
        return {"indices_or_sections": parts, **({"axis": at} if axis is None else {})}, (tuple(whole),)

    return sample


def matmul(draw):
    rows, inner, columns = (draw.choice([2, 3, 5, 7]) for _ in range(3))
    front = shape(draw, draw.choice([1, 2]))
    return {}, draw.choice(
        [
            ((*front, rows, inner), (inner, columns)),
            ((*front, rows, inner), (*front, inner, columns)),
            ((*front, inner), (inner, columns)),
            ((*front, rows, inner), (inner,)),
        ]
    )


def dot(draw):
    rows, inner, columns = (draw.choice([2, 3, 5]) for _ in range(3))
    front = shape(draw, 1)
    other = draw.choice([(inner, columns), (inner,), (4, inner, columns)])
    return {}, ((*front, rows, inner), other)


def inner(draw):
    width = draw.choice([2, 3, 5])
    return {}, ((*shape(draw, 2), width), (draw.choice([2, 4]), width))


def distances(draw):
    width = draw.choice([2, 3, 5])
    front = shape(draw, 1)
    return {}, ((*front, draw.choice([2, 4]), width), (*front, draw.choice([2, 4]), width))


def solve(draw):
    width = draw.choice([2, 3, 5])
    return {}, ((2, width, width), (2, width, draw.choice([1, 4])))


def tensordot(draw):
    one = shape(draw)
    return draw.choice(
        [
            ({"axes": 1}, (one, (one[2], draw.choice([2, 5])))),
            ({"axes": 2}, (one, (*one[1:], draw.choice([2, 5])))),
            ({"axes": ([1], [0])}, (one, (one[1], draw.choice([2, 5])))),
            ({"axes": ([1, 2], [1, 0])}, (one, (one[2], one[1], draw.choice([2, 5])))),
        ]
    )


def einsum(draw):
    b, i, j, k = draw.choice([None, 2]), *(draw.choice([2, 3, 5, 7]) for _ in range(3))
    return draw.choice(
        [
            ({"subscripts": "bij,bkj->bik"}, ((b, i, j), (b, k, j))),
            ({"subscripts": "bij,jk->bik"}, ((b, i, j), (j, k))),
            ({"subscripts": "bij,bj->bi"}, ((b, i, j), (b, j))),
            ({"subscripts": "...j,jk->...k"}, ((b, i, j), (j, k))),
            ({"subscripts": "bij->bji"}, ((b, i, j),)),
        ]
    )


def take(draw):
    indices = draw.choice([(5,), (2, 3)])
    return {"axis": draw.choice([1, 2, -1])}, (shape(draw), indices)


def take_along_axis(draw):
    axis, whole = draw.choice([1, 2]), (2, *shape(draw)[1:])
    other = [*whole]
    other[axis] = draw.choice([1, 5])
    return {"axis": axis}, (whole, tuple(other))


def reshape(draw):
    whole = shape(draw)
    return {"newshape": (-1, *draw.choice([whole[:0:-1], (whole[1] * whole[2],), (whole[1], 1, whole[2])]))}, (whole,)


def broadcast(draw):
    target = (2, draw.choice([3, 4]), draw.choice([5, 6]))
    return {"shape": target}, (draw.choice([(2, 1, target[2]), (1, target[1], 1), target[2:]]),)


def pad(draw):
    return {"pad_width": ((0, 0), *((draw.choice([0, 1, 2]), draw.choice([0, 1])) for _ in range(2)))}, (shape(draw),)


def part(draw):
    whole = (2, *shape(draw, 3, (4, 6, 8))[1:])
    return {"shape": tuple(draw.choice([size, size - 1, size - 2]) for size in whole[1:])}, (whole[1:],)


def classes(draw):
    return {"num_classes": draw.choice([3, 5, 10]), "axis": draw.choice([-1, 1])}, (shape(draw),)


def several(draw):
    return {"num_classes": draw.choice([3, 5, 10]), "axis": -1}, (shape(draw, draw.choice([2, 3])),)


def spaced(draw):
    return {"num": draw.choice([3, 5, 10]), "axis": draw.choice([0, 1, -1])}, (shape(draw, 2),) * 2


def segments(draw):
    return {"num_segments": draw.choice([3, 5])}, ((8, draw.choice([2, 4])), (8,))


def scatter(draw):
    return {"shape": (draw.choice([5, 6]), draw.choice([2, 4]))}, ((3, 1), (3, 4))


def swapped(first, second):
    def sample(draw):
        one, other = draw.sample([0, 1, 2], 2)
        return {first: one, second: other}, (shape(draw),)

    return sample


SAMPLES = {
    **dict.fromkeys(operation_rule_for("Mean").names, reduction),
    "Moments": moments,
    **dict.fromkeys(["Nanpercentile", "Nanquantile", "Percentile", "Quantile"], percentile),
    **dict.fromkeys(operation_rule_for("Add").names, elementwise),
    "Where": where,
    **dict.fromkeys(["Concatenate", "Append"], join(None)),
    "Vstack": join(0),
    "Hstack": join(1),
    "Dstack": join(2),
    "Stack": stack,
    "Glu": of_one(axis=one_of(1, 2, -1)),
    "Trapezoid": of_one(axis=one_of(1, 2, -1)),
    "Unstack": of_one(axis=one_of(1, 2, -1)),
    **dict.fromkeys(["Argsort", "Cumprod", "Cumsum", "Nancumprod", "Nancumsum"], of_one(axis=one_of(1, 2, -1))),
    "Argpartition": of_one(kth=one_of(1), axis=one_of(1, 2)),
    "ExpandDims": of_one(axis=one_of(1, 2, -1)),
    "Squeeze": squeeze,
    "Transpose": of_one(axes=one_of((0, 2, 1), (0, 1, 2), None)),
    "Swapaxes": swapped("axis1", "axis2"),
    **dict.fromkeys(["Diagonal", "Trace"], swapped("axis1", "axis2")),
    "Moveaxis": swapped("source", "destination"),
    "Pad": pad,
    "Slice": part,
    "Take": take,
    "TakeAlongAxis": take_along_axis,
    **dict.fromkeys(["Split", "ArraySplit"], split(None)),
    "Vsplit": split(0),
    "Hsplit": split(1),
    "Dsplit": split(2),
    "TopK": of_one(k=one_of(1, 2)),
    "Diff": of_one(n=one_of(1, 2), axis=one_of(1, 2, -1)),
    "Matmul": matmul,
    **dict.fromkeys(["Solve", "SolveTriangular"], solve),
    "CDist": distances,
    "Dot": dot,
    "Inner": inner,
    "Outer": lambda draw: ({}, ((draw.choice([2, 3]),), (draw.choice([4, 5]),))),
    "Vdot": lambda draw: ({}, ((draw.choice([2, 3]),),) * 2),
    "Tensordot": tensordot,
    "Einsum": einsum,
    "Reshape": reshape,
    "BroadcastTo": broadcast,
    "Scatter": scatter,
    "Repeat": of_one(repeats=one_of(2, 3), axis=one_of(1, 2, -1)),
    "Tile": of_one(repeats=one_of((1, 2, 1), (1, 1, 3), 2, 3, (2, 3))),
    "OneHot": classes,
    "MultiHot": several,
    **dict.fromkeys(["Geomspace", "Linspace", "Logspace"], spaced),
    **dict.fromkeys(["SegmentMax", "SegmentMin", "SegmentProd", "SegmentSum"], segments),
    "Correlate": lambda draw: ({"mode": draw.choice(["valid", "same", "full"])}, ((8,), (3,))),
    "Meshgrid": lambda draw: ({"indexing": draw.choice(["xy", "ij"])}, ((3,), (4,))),
    "Qr": lambda draw: ({"mode": draw.choice(["reduced", "complete"])}, ((2, 5, 3),)),
    "SVD": lambda draw: ({"full_matrices": draw.choice([True, False])}, ((2, 5, 3),)),
}
IN_A_LIST = {"Concatenate", "Stack", "Vstack", "Hstack", "Dstack"}
MORE = {
    "Slice": ((0, 0),),
    **dict.fromkeys(["Nanpercentile", "Nanquantile", "Percentile", "Quantile"], (0.5,)),
}
"""What is called beside the tensors."""
UNTRUE_IN_3_6 = {
    **dict.fromkeys(["Argmax", "Argmin"], "the formula of Keras 3.6 knows no `keepdims`"),
    "Matmul": "the formula of Keras 3.6 adds an axis where a vector comes second",
    **dict.fromkeys(["Scatter", "Slice"], "`shape` is no argument of the class in Keras 3.6"),
}
PRESENT = sorted(CLASSES.keys() & SAMPLES.keys() - (UNTRUE_IN_3_6 if keras.__version__.startswith("3.6.") else {}))


def forward(name, config, shapes):
    """The shapes that Keras' class of operation gives; `None` where it refuses."""
    tensors = [keras.KerasTensor(each) for each in shapes]
    made = CLASSES[name]
    arguments = {key: value for key, value in config.items() if key in inspect.signature(made.__init__).parameters}
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Tensordot asks whether None is not -1 in a way that Python deprecates
            operation = made(**arguments)
            given = operation.compute_output_spec(*([tensors] if name in IN_A_LIST else tensors), *MORE.get(name, ()))
    except Exception:  # noqa: BLE001 whatever Keras raises here is its refusal
        return None
    return tuple(tuple(each.shape) for each in keras.tree.flatten(given) if isinstance(each, keras.KerasTensor))


def agrees(shape, wanted):
    return len(shape) == len(wanted) and all(
        None in {size, want} or size == want for size, want in zip(shape, wanted, strict=True)
    )


@cache
def working(name):
    """Configs, shapes and the shapes that come out."""
    draw, found = seeded(name), []
    for _ in range(COUNT):
        config, shapes = SAMPLES[name](draw)
        parameters = inspect.signature(CLASSES[name].__init__).parameters
        config = {key: value for key, value in config.items() if key in parameters}
        given = forward(name, config, shapes)
        if given and all(0 not in each for each in given):
            found.append((config, shapes, given))
    return found


def test_every_rule_of_an_operation_of_this_keras_is_tried():
    assert covered_operations().keys() - SAMPLES.keys() == {"GetItem"}, "an index has tests of its own"
    assert [name for name in PRESENT if not working(name)] == []


def wrong_arguments(name):
    """A working call, one argument of which has the value of another."""
    draw = seeded(name)
    for config, shapes, wanted in working(name):
        for argument in operation_rule_for(name).arguments:
            value = draw.choice(working(name))[0].get(argument)
            if config.get(argument) is not None and value != config[argument]:
                wrong = {**config, argument: value}
                if forward(name, wrong, shapes) != wanted:
                    yield argument, wrong, shapes, wanted


@pytest.mark.parametrize("name", PRESENT)
def test_what_is_solved_is_what_keras_gives(name):
    for _, wrong, shapes, wanted in wrong_arguments(name):
        for change in operation_rule_for(name).changes(wrong, shapes, wanted):
            if change.solved:
                given = forward(name, {**wrong, **dict(change.arguments)}, shapes)
                assert given is not None, (wrong, shapes, wanted, change)
                assert agrees(given[0], wanted[0]), (wrong, shapes, wanted, change, given)


NOT_SOLVED = {"Einsum": "equations with other numbers of letters are not enumerated"}


@pytest.mark.parametrize("name", [name for name in PRESENT if name not in NOT_SOLVED])
def test_a_visible_fault_of_one_argument_has_a_candidate_that_mends_it(name):
    for argument, wrong, shapes, wanted in wrong_arguments(name):
        changes = list(operation_rule_for(name).changes(wrong, shapes, wanted))
        mending = [each for each in changes if forward(name, {**wrong, **dict(each.arguments)}, shapes) == wanted]
        assert argument in {each.arguments[0][0] for each in mending}, (argument, wrong, shapes, wanted)


@pytest.mark.parametrize("name", PRESENT)
def test_a_grid_is_small_and_holds_no_value_twice_and_not_the_one_that_is_there(name):
    for config, shapes, wanted in working(name):
        for each in (None, wanted):
            changes = [change.arguments for change in operation_rule_for(name).changes(config, shapes, each)]
            assert len(changes) <= 60
            assert len({repr(change) for change in changes}) == len(changes)
            assert [change for ((name_, value),) in changes if (change := value) == config.get(name_, ...)] == []


def wrong_tensors(name):
    """A working call, one tensor of which has another size on one axis."""
    draw = seeded(name)
    for config, shapes, wanted in working(name):
        for place, right in enumerate(shapes):
            axis = draw.choice([*range(1, len(right))] or [0])
            if not right or right[axis] is None:
                continue
            wrong = (*right[:axis], draw.choice([right[axis] + 1, 2 * right[axis], 9]), *right[axis + 1 :])
            given = (*shapes[:place], wrong, *shapes[place + 1 :])
            if forward(name, config, given) != wanted:
                yield config, place, given, wanted


NOT_INVERTED = {
    **dict.fromkeys(["Correlate", "Meshgrid", "Qr", "SVD"], "no shape of one tensor is asked for what a choice gives"),
    **dict.fromkeys(["Geomspace", "Linspace", "Logspace"], "both ends together have the shape"),
    **dict.fromkeys(["Nanpercentile", "Nanquantile", "Percentile", "Quantile"], "the output may have the axis of `q`"),
    **dict.fromkeys(["Diagonal", "Trace", "Trapezoid", "Unstack", "Glu"], "the sizes that go leave no trace"),
    "Scatter": "the output has the shape that was written",
}


@pytest.mark.parametrize("name", [name for name in PRESENT if name not in NOT_INVERTED])
def test_a_tensor_of_another_size_has_a_shape_that_gives_what_was_given(name):
    for config, place, shapes, wanted in wrong_tensors(name):
        operands = list(operation_rule_for(name).operands(config, shapes, place, wanted))
        given = [forward(name, config, (*shapes[:place], each, *shapes[place + 1 :])) for each in operands]
        assert all(each is not None and agrees(each[0], wanted[0]) for each in given), (
            config,
            shapes,
            wanted,
            operands,
        )
        assert operands, (config, place, shapes, wanted)


@pytest.mark.parametrize("name", PRESENT)
def test_a_tensor_for_which_nothing_is_wanted_is_one_that_keras_takes(name):
    for config, place, shapes, _ in wrong_tensors(name):
        if forward(name, config, shapes) is None:
            operands = list(operation_rule_for(name).operands(config, shapes, place))
            taken = [forward(name, config, (*shapes[:place], each, *shapes[place + 1 :])) for each in operands]
            assert None not in taken, (config, place, shapes, operands)
            assert taken or name in NOT_INVERTED, (config, place, shapes)


LETTERED = [name for name in PRESENT if isinstance(operation_rule_for(name), Lettered)]


@pytest.mark.parametrize("name", LETTERED)
def test_what_a_rule_refuses_keras_refuses_with_data(name):
    rule = operation_rule_for(name)
    faults = [(config, shapes) for config, _, shapes, _ in wrong_tensors(name)][:8]
    for config, shapes in faults:
        refused = rule.refusal(config, shapes) is not None
        assert not refused or not computes(name, config, shapes), (config, shapes)
        if forward(name, config, shapes) is not None and not computes(name, config, shapes):
            assert refused, (config, shapes)
    assert [config for config, shapes, _ in working(name) if rule.refusal(config, shapes) is not None] == []


def computes(name, config, shapes):
    """Whether Keras computes anything of arrays of these shapes; sizes that are not known are 2."""
    dtype = "int32" if name in {"Gcd", "Lcm"} else "float32"
    arrays = [keras.ops.ones([size or 2 for size in each], dtype) for each in shapes]
    if name in {"TakeAlongAxis", "Ldexp"}:
        arrays[1] = keras.ops.zeros(arrays[1].shape, "int32")
    if name in {"Solve", "SolveTriangular"}:
        arrays[0] = arrays[0] + 2 * keras.ops.eye(*arrays[0].shape[-2:])
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            CLASSES[name](**config).call(*arrays)
    except Exception:  # noqa: BLE001 whatever it is, it is a refusal
        return False
    return True
