"""Every number that decides which cause is named first: what it is worth, why, and a case that needs it.

A cost is in units of nothing: 0.5 (`MARGIN`) is what makes one cause clearly likelier than the next. Below 0 a fact
speaks for a repair. `TABLE` has all of them by name.
"""

from __future__ import annotations

from typing import Self


class Weight(float):
    """A number that decides a ranking, with the reason for it and the name of a case whose answer needs it."""

    why: str
    case: str

    def __new__(cls, value: float, why: str, case: str = "") -> Self:
        weight = super().__new__(cls, value)
        weight.why, weight.case = why, case
        return weight


# What speaks for or against a change of arguments.
EFFORT = Weight(0.6, "a rule of a layer orders the values of one argument; across arguments that order counts less")
SEVERAL_ARGUMENTS = Weight(1.0, "two slips in one call are rarer than one")
PRIORS = {
    "strides": Weight(0.0, "the argument that is most often at fault, by position or by a ported habit"),
    "padding": Weight(0.1, "its default is forgotten nearly as often as strides are misread"),
    "data_format": Weight(0.2, "a fault of whole networks, seldom of one layer"),
    "return_sequences": Weight(0.0, "forgotten in every second stack of recurrent layers"),
    "return_state": Weight(0.0, "written for a decoder and left where one output is wanted"),
    "output_padding": Weight(0.1, "what a decoder of an odd size lacks"),
    "axis": Weight(0.0, "counted differently by other libraries"),
    "axes": Weight(0.0, "counted differently by other libraries"),
    "dims": Weight(0.0, "a Permute counts from 1, NumPy from 0"),
    "units": Weight(0.2, "a wrong number is rarer than a wrong option"),
    "filters": Weight(0.2, "a wrong number is rarer than a wrong option"),
    "target_shape": Weight(0.1, "computed by hand for one size of the input"),
    "pool_size": Weight(0.5, "people mean the pooling that they write"),
    "kernel_size": Weight(0.9, "guilty in 3 of 107 faults, and the commonest wrong rival: last among equals"),
    "dilation_rate": Weight(0.5, "whoever writes a dilation has thought of it"),
    "merge_mode": Weight(0.2, "seldom written at all"),
}
"""By argument: how seldom it is at fault."""
OTHER_PRIOR = Weight(0.3, "an argument without a number of its own lies between options and sizes")
NOT_WRITTEN = Weight(0.4, "who did not write a size does not have it wrong")
RARELY_WRITTEN = Weight(0.6, "a dilation that nobody wrote is not what is wrong")
SKIPPING = Weight(1.0, "strides larger than the window leave pixels unread: nobody means that")
EXCHANGED = Weight(-0.6, "the user's own numbers in another order: axes that were exchanged")
KERAS_1_FORM = Weight(-1.0, "`Conv2D(32, 3, 3)` meant a 3x3 kernel in Keras 1")
UNCOMMON_WIDTH = Weight(1.0, "nobody means 46 filters where 64 stand")
NO_POWER_OF_TWO = Weight(0.15, "whoever counts in powers of two goes on doing so")
TILING_POOL = Weight(-0.5, "a pooling is usually as wide as its strides")
EVEN_KERNEL = Weight(0.3, "a kernel is odd so that it has a middle, `same` above all")

# What layers of the same class are like.
SIBLING_AGREES = Weight(-0.35, "other layers of the class already have the suggested value")
SIBLING_DISAGREES = Weight(0.35, "other layers of the class have the value that would change")
DATA_FORMAT_SIBLINGS = Weight(2.0, "the factor of both for `data_format`, which is one choice for a whole network")
NOBODY_USES = Weight(0.25, "a window that no other layer of the class has")
ODD_ONE_OUT = Weight(-0.3, "the layer alone has this window, the others have the suggested one")
FIRST_OF_ITS_KIND = Weight(0.4, "a first convolution of single pixels is not what a wrong kernel was meant to be")
LIKE_A_SIBLING = Weight(0.3, "after the change the whole window is that of a sibling, or was so only before")

# Which places of the program change.
DISTANCE = Weight(0.04, "per call between the change and the first mismatch: the nearer, the likelier")
FARTHEST = Weight(0.4, "what distance costs at most: in a deep network it says no more")
SPLIT_LINE = Weight(0.5, "one line makes several layers, and the change would have to split it")
SPLIT_VARIABLE = Weight(0.2, "one variable is written in several layers, and the change would have to split it")
WHOLE_SPAN = Weight(0.05, "several layers change; the same change in one is simpler")
EACH_OTHER_SPAN = Weight(0.35, "per further line that has to change")
WIDTH_OF_A_CALLER = Weight(0.4, "a width that a caller passes to a helper is chosen; one option there is forgotten")
LARGER_THAN_ENOUGH = Weight(0.3, "fewer layers do with the same change")
AT_INPUT = {
    1: Weight(-0.5, "the very first layer is wrong: it was wrong when it came in"),
    2: Weight(-0.3, "the second layer is wrong, and the first may only have let it through"),
}
"""By layers between an input and the fault: how much sooner the input is to blame."""
UNKNOWN = Weight(1.0, "behind a layer without a formula nobody knows whether the repair holds")

# What the repaired network would look like.
WINDOW_EXCEEDS_MAP = Weight(0.6, "`same` lets a window slide over a smaller map, but the sizes stay misread")
NO_OP = Weight(1.0, "a pooling of one pixel or an enlarging by one does nothing")
ONE_STEP = Weight(0.6, "one step that `keepdims` leaves of a sequence is none")
KEEPS_SIZE = Weight(0.4, "a pooling with strides of 1 keeps the size, which only a written `same` asks for")
NO_DOWNSAMPLING_LEFT = Weight(0.7, "several strides undone at once, and nothing makes the map smaller any more")
MIXED_ORDER = Weight(0.5, "channels first in some layers and last in others")
MOVED = Weight(-0.5, "an input with channels first is repaired by moving them last")
ALL_CHANNELS_FIRST = Weight(-0.1, "every layer takes channels first, as the input has them")
COUNTED_CHANNELS_FIRST = Weight(-0.9, "the program itself takes axis 1 for the channels")
ALWAYS_JOINS = Weight(0.3, "ragged maps join along the axis on which they differ: that they fit says nothing")
ON_CHANNELS = Weight(-0.65, "maps that differ in their channels alone are joined on the channels")
ENTRY = Weight(0.1, "per entry of a target shape that changes: as little as possible was wrong")
ANOTHER_MAP = Weight(1.0, "a target that keeps a side and the channels was made for another map: the map is wrong")

# What a refused merge says.
TRUNK = Weight(0.4, "of a branch and the trunk it is added to, the branch has the wrong width")
PROJECTION = Weight(-0.8, "a convolution of single pixels before a sum is there to make the ways alike")
MAJORITY_WIDTH = Weight(-0.6, "ways that are added are as wide as most of them are")
OWN_AXIS = Weight(-0.5, "what is expected of a layer is what it gives of another axis: no number says as much")

# What a proposal costs before anything is known of it: structure.
INSERT_FLATTEN = Weight(0.2, "forgotten where the grid ends, before the first Dense")
INSERT_LATER = Weight(0.75, "between two Dense layers nobody forgets a Flatten")
INSERT_ELSEWHERE = Weight(0.9, "before other layers, or behind a sequence, a Flatten is seldom meant")
POOLING_FOR_FLATTEN = Weight(0.2, "a global pooling does what a Flatten does, and fewer people write it")
EVENS_OUT = Weight(0.2, "beside ways of rank 2 with as many channels a global pooling is what is missing")
INSERT_SIZED = Weight(1.2, "a pooling like those of the network may be missing, with sizes that are guessed")
INSERT_UNUSED = Weight(1.8, "a pooling or an enlarging where the network has none")
POINTLESS = Weight(
    1.0, "an enlarging before a pooling undoes it; the same layer in each way belongs behind their merge"
)
REGULAR = Weight(-0.1, "a layer of the class has the same neighbours elsewhere")
ALL_ALIKE = Weight(-0.05, "before several layers of one class: one line is missing")
ALL_WAYS = Weight(0.1, "before several layers of different classes: one of them may be meant alone")
REMOVE = Weight(1.6, "layers are written on purpose")
REMOVE_ALONE = Weight(0.5, "every other layer is expected: this one has hardly been thought of")
REMOVE_TOO_EARLY = Weight(0.7, "it takes axes away before a layer that needs them, as Flatten or a global pooling")
LEARNS = Weight(0.3, "a layer with weights is not written by mistake")
REPLACE = Weight(1.1, "a class that people take for this one")
REPLACE_BEFORE_WINDOW = Weight(0.3, "a global pooling before a window: the single pixel is not what was meant")
ALWAYS_FITS = Weight(0.3, "any maps that Add refuses may be joined")

# Layers that are expected or wished for and that nobody made.
ABSENT = Weight(-0.2, "only the layer itself explains why something is expected of it")
ELSEWHERE = Weight(0.03, "not before the layer that is listed next")
BY_WORD = Weight(0.02, "the layer's name has a word for the class, not Keras' own name of it")
ANY = Weight(0.2, "the layer's name says nothing of its class")
UNSAID = Weight(1.7, "nobody speaks of the layer: behind a typing error in what is expected")

# The same numbers on other axes.
EACH_STEP = Weight(0.3, "pictures in steps before a layer of steps: each is flattened")
ROWS_AS_STEPS = Weight(0.6, "a picture before a layer of steps: its rows are the steps")
ONE_CHANNEL = Weight(0.9, "a sequence before a layer of pictures: a picture of one channel")
AS_MAP = Weight(0.5, "the first map of a generator, made of the numbers of a Dense")
MAP_SIDE = Weight(0.01, "per pixel that the side of such a map is not 7, the commonest")
READS = Weight(0.5, "an encoder that reads to the end before a RepeatVector")
REPEATS = Weight(0.6, "a RepeatVector between two recurrent layers")
REPEATS_FOR_DECODER = Weight(0.3, "the second one returns sequences: a decoder")
FROM_CODE = Weight(0.9, "a Dense that makes a map of a small code")
FROM_NOISE = Weight(0.3, "a generator begins with a Dense; who forgot it gives noise to the Reshape")

# Declared inputs and data.
FITS_DATA = Weight(0.0, "the shape that the data has needs no other reason")
UNUSUAL = Weight(1.2, "an input with channels last is not redeclared for data that has them elsewhere")
UNKNOWN_DATA = Weight(0.9, "without data another input is one guess among many")
NEAR = Weight(0.1, "one axis too many or one of 1 missing is near what was declared")
NEARER = Weight(0.05, "an axis of 1 too many is nearer still")
IN_FRONT = Weight(0.2, "of axes too many a sample count in front is the usual one, not the last")
FAR = Weight(0.9, "other sizes are far from what was declared")
IN_THE_PROGRAM = Weight(-0.6, "a size that the program itself mentions")
ROUNDED = Weight(-0.9, "the nearest size that halves evenly all the way down")
TRANSFORM = Weight(0.4, "the data is changed rather than its declaration")
REGROUPED = Weight(0.4, "a reshape of data that only keeps the number of elements")
REFITTED = Weight(0.3, "pictures resized, sentences cut: more than an order of axes changes")

# Applications, changes that help together only, and functions of a Lambda.
APPLICATION_PRIORS = {
    "pooling": Weight(0.1, "forgotten with `include_top=False`"),
    "include_top": Weight(0.3, "left on where features are wanted"),
    "classes": Weight(0.3, "left at 1000 where a network is trained anew"),
}
"""By argument of a `keras.applications` function: how seldom it is at fault."""
EACH_OTHER_ARGUMENT = Weight(0.2, "per further argument of an application that changes")
FILLED_TARGET = Weight(1.0, "the effort of another target of a Reshape, and of the units that fill it")
MIRRORED_DECODER = Weight(0.3, "the effort of an `output_padding` that gives back an odd size")
PROMISE_MEANT = Weight(1.0, "the effort of another `output_shape` of a Lambda, of the same rank: sizes may be meant")
PROMISE_BROKEN = Weight(-1.0, "of another rank: with such a promise the program contradicts itself")

# Weights and numbers of parameters.
WEIGHT_EFFORTS = {
    "kernel_size": Weight(0.2, "decides about a kernel's first axes"),
    "units": Weight(0.2, "decides about a kernel's last axis"),
    "filters": Weight(0.2, "decides about a kernel's last axis"),
    "use_bias": Weight(0.3, "the bias is one weight more or less"),
    "depth_multiplier": Weight(0.4, "seldom written, so seldom wrong"),
    "groups": Weight(0.6, "hardly ever written"),
    "input_dim": Weight(0.3, "the size of a vocabulary, often one too small"),
    "output_dim": Weight(0.3, "the width of an embedding"),
    "num_heads": Weight(0.4, "exchanged with the width of a head"),
    "key_dim": Weight(0.4, "the width of a head, taken for that of all"),
    "value_dim": Weight(0.6, "hardly ever written: that of the keys by default"),
    "head_dim": Weight(0.4, "the width of a head, taken for that of all"),
    "num_query_heads": Weight(0.5, "seldom written, so seldom wrong"),
    "num_key_value_heads": Weight(0.5, "seldom written, so seldom wrong"),
    "center": Weight(0.5, "a normalisation without it is rare"),
    "scale": Weight(0.5, "a normalisation without it is rare"),
    "reset_after": Weight(0.8, "a matter of CuDNN, hardly ever written"),
}
"""Arguments that decide about weights, most often guilty first, and how far-fetched another value of each is."""
WEIGHT_WINDOWS = {
    3: Weight(0.0, "the commonest window"),
    1: Weight(0.2, "a convolution of single pixels"),
    5: Weight(0.2, "the next larger window with a middle"),
    7: Weight(0.4, "a window of first layers"),
}
"""By width of a window: how far-fetched it is where only weights speak of it."""
OTHER_WINDOW = Weight(0.6, "a window of another width")
OTHER_OPTION = Weight(0.5, "an argument that decides about no weight, but about what enters the layer")
UPSTREAM = Weight(0.6, "a layer before the one whose weights are compared")
EACH_UPSTREAM = Weight(0.1, "per layer between")

# Where one answer ends and another begins.
MARGIN = Weight(0.5, "the first cause is called the cause where the next blame costs this much more: 97 % right then")
FAR_BEHIND = Weight(1.5, "what costs this much more than a certain cause is not shown")
ALTERNATIVES_WITHIN = Weight(0.8, "other values of the same blame that cost no more than this are shown beside it")
FAR_FETCHED = Weight(1.5, "above it two arguments that are wrong together are looked for as well")
TYPO = Weight(1.2, "above it a wrong annotation is likelier than the change (tests/benchmarks/mutants.py)")
KERNEL_TYPO = Weight(0.8, "a kernel size is seldom at fault, but no stranger than others beside a wrong annotation")
TWO_AXES_TYPO = Weight(0.8, "nobody mistypes the same size on two axes: a change that explains both is believed longer")
GUESS = Weight(0.5, "above it a layer of guessed size takes nothing from what is named first")
TARGETS = Weight(0.6, "above it targets in another form than the loss takes are named before the change")


def _named() -> dict[str, Weight]:
    found: dict[str, Weight] = {}
    for name, value in globals().items():
        if isinstance(value, Weight):
            found[name] = value
        elif isinstance(value, dict) and name.isupper():
            found.update({f"{name}[{key}]": weight for key, weight in value.items()})
    return found


TABLE = _named()
"""Each weight by the name by which the code reads it."""
