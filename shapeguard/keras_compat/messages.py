"""The texts of Keras and its backends that are matched anywhere, each with where it was seen."""

from __future__ import annotations

import re

UNKNOWN_BACKEND = "Unable to import backend : "
"""What comes before the name of a backend that does not exist: 3.6 to 3.15, backend/__init__.py."""

STATELESS = "create a variable while in a stateless scope"
"""An exception over states, not over shapes: 3.0 to 3.15, backend/common/variables.py."""

RECURSES_TOO_DEEP = "maximum recursion depth exceeded"
"""What Python says, which Keras and PyTorch quote: a deep network on PyTorch needs more frames than Python allows."""

_SYMBOLS_REFUSED = ("KerasTensor", "__jax_array__")
"""How KerasTensors are refused: 3.0 to 3.15, backend/common/keras_tensor.py; JAX 0.10; PyTorch names them."""

INCOMPATIBLE = "is incompatible with the layer"
"""How `input_spec` refuses: 3.0 to 3.15, layers/input_spec.py. A real call of a model does so too, while building runs
no such check."""

REFUSED_INPUT = re.compile(r"^Input \d+ with name .* is incompatible with the layer: ")
"""The layer at the head of such a refusal: 3.6 to 3.15, layers/input_spec.py and models/functional.py."""

RECEIVED = re.compile(
    r" Inputs received:.*|, but received input with shape .*|\.? Full shape received: .*|, found shape=.*"
)
"""The shape at the end of a refusal: 3.6 to 3.15, layers/input_spec.py and the layers' own checks."""

_INNERMOST = re.compile(r"\x1b\[1m(.*?)\x1b\[0m", re.DOTALL)  # 3.0 to 3.15, utils/traceback_utils.py
_QUOTED_MESSAGE = re.compile(  # TensorFlow 2.18 to 2.21, of what a `tf.function` raises
    r"^in user code:.*\n\n    \w+: (.*)$", re.DOTALL
)
_NOT_INFERRED = re.compile(  # 3.0 to 3.15, layers/layer.py
    r"Could not automatically infer.*?Error encountered:\s*", re.DOTALL
)

UNEQUAL_SHAPES = re.compile(
    r"tensor \S+ \[(?P<actual>[\d,? ]*)\].*?expected shape \[(?P<expected>[\d,? ]*)\]", re.DOTALL
)
"""How `tf.ensure_shape` raises, with XLA too: TensorFlow 2.18 to 2.21."""

_SHAPES = re.compile(
    r"(?<![A-Za-z])(shapes?|ranks?|n?dims?|dimension(s|al|ality)?|\d-?D|axis|axes|broadcast\w*|(?<!_)sizes?|channels|units"
    r"|structures?|data dictionary|inputs?\(s\)|input tensors)"
    r"(?![A-Za-z])",
    re.IGNORECASE,
)
"""The words by which Keras 3.15, TensorFlow 2.21, JAX 0.10 and PyTorch 2.13 speak of shapes, ranks and structures."""

_OPEN_SIZE = re.compile(
    r"partially known TensorShape"  # TensorFlow 2.18 to 2.21, framework/tensor_shape.py
    r"|'NoneType' object cannot be interpreted as an integer"
    r"|'NoneType' and '(?:int|float)'|'(?:int|float)' and 'NoneType'"
)
"""How a size that is `None`, since it is not known before a batch is there, is refused as a number."""

_DATA_REFUSED = re.compile(
    r"Invalid dtype: "  # 3.0 to 3.15, backend/common/variables.py
    r"|None values not supported"  # TensorFlow 2.18 to 2.21
    r"|None is not a valid value for jnp\.array"  # JAX 0.4.30 to 0.10
    r"|None was passed\b"  # 3.6 to 3.15, models/functional.py
    r"|Cast string to \w+ is not supported|Unsupported object type|can't convert np\.ndarray of type"
    r"|but got \w+ of type 'str'|could not convert string to float"  # TensorFlow 2.18 to 2.21, JAX 0.4.30 to 0.10
    r"|can't be found in either the model's output|must match the number of losses"  # 3.6 to 3.15, compile_utils.py
    r"|Expected keys .* in loss dict"  # 3.6 to 3.15, compile_utils.py
)
"""How Keras 3.15, TensorFlow 2.21, JAX 0.10 and PyTorch 2.13 refuse data of which no tensor can be made, data that is
not there, and losses that are not as many as the outputs."""

_ARRAYS_REFUSED = re.compile(  # NumPy 1.26 to 2.5
    r"cannot reshape array|could(?: not be| not) broadcast|cannot be broadcast|same number of dimensions"
    r"|array dimensions|must have the same shape|not aligned|mismatch in its core dimension|is out of bounds for"
    r"|too many indices|inhomogeneous shape|shape mismatch|cannot select an axis to squeeze|axes don't match array"
    r"|only integer scalar arrays can be converted|only 0-dimensional arrays can be concatenated"
)

_NO_DATA = re.compile(
    r"empty generator|has length 0|Unrecognized data type: x=[^\[({]"  # 3.0 to 3.15, trainers/data_adapters/
    r"|num_samples should be a positive integer"  # PyTorch 2.13, utils/data/sampler.py
)
"""How data without a single batch are refused, or an object that is no array and no structure of any: these have no
shape, and nothing is said of them."""

DATA_ADAPTERS = "keras.src.trainers.data_adapters"
"""Where Keras makes batches of what a training method is given, and refuses what it cannot: 3.0 to 3.15."""

_BESIDE = re.compile(
    r"<[^<>]*>|Tensor\([^()]*\([^()]*\)[^()]*\)|traced array with shape \S+"  # tensors as they print themselves
    r"|\{\{[^{}]*\}\}|^\s*File \".*$"  # nodes of a graph, and lines of a stack
    r"|allocat\w+ .*|out of memory.*|(positional|keyword) arguments?\b.*",
    re.IGNORECASE | re.MULTILINE,
)
"""What the text of an exception has beside what it says: a dtype that is refused comes with the tensor's shape, an
argument that a function does not have may be called `shape`, and memory that lacks is that of a shape."""

_GRAPH_NODE = re.compile(r"Detected at node (\S+) defined at")  # TensorFlow 2.18 to 2.21, python/eager/execute.py
_GRAPH_ERROR = "Graph execution error:"
_STACK_LINE = re.compile(r"^\s*File .*\n+", re.MULTILINE)
_OF_STACK = re.compile(r"Detected at node|\s*File |<stack traces unavailable>")
_FUNCTION_NODE = re.compile(r"\{\{function_node [^{}]*\}\}\s*")  # TensorFlow 2.18 to 2.21, of eager operations
_VALUES = re.compile(
    r"(Invalid input shape for input) .*(?= with name )", re.DOTALL
)  # 3.6 to 3.15, models/functional.py
_NODE_NAME = re.compile(r" \[Op:\w+\]( name: *\w*)?| for '\{\{node.*?\}\}[^']*'")
_QUOTED_FRAME = re.compile(r'^\s*File "(?P<file>[^"]+)", line (?P<line>\d+)', re.MULTILINE)
_TRACEBACK = "Traceback (most recent call last)"  # of a thread or process: TensorFlow's py_function, PyTorch's loaders
_USER_CODE = "in user code:"  # TensorFlow 2.18 to 2.21, python/autograph/impl/api.py


def speak_of_shapes(text: str) -> bool:
    """Whether an exception's text speaks of shapes, ranks, dimensions or sizes, or of structures of tensors."""
    said = _BESIDE.sub(" ", innermost(text))
    return _SHAPES.search(said) is not None or "TensorShape" in said


def speak_of_open_sizes(text: str) -> bool:
    """Whether an exception says that `None` is no number, as a size is that is open."""
    return _OPEN_SIZE.search(innermost(text)) is not None


def refuse_arrays(text: str) -> bool:
    """Whether it is how NumPy refuses shapes, axes or indices."""
    return _ARRAYS_REFUSED.search(text) is not None


def refuse_data(text: str) -> bool:
    """Whether a training method raised it over data that are no numbers or missing, or over losses of other outputs."""
    return _DATA_REFUSED.search(innermost(text)) is not None


def refuses_symbols(text: str) -> bool:
    """Whether a function of the backend, or NumPy, refuses KerasTensors, which only stand for tensors."""
    return any(each in innermost(text) for each in _SYMBOLS_REFUSED)


def speak_of_argument(text: str, argument: str) -> bool:
    """Whether an exception's text names an argument of `fit` or `compile`, as Keras does in backticks (3.0 to 3.15)."""
    return f"`{argument}`" in text


_KEYS = re.compile(r"You passed a data dictionary with keys \[(?P<keys>.*?)\]")  # 3.6 to 3.15, models/functional.py


def refused_keys(text: str) -> str:
    """The keys of the data that Keras refused, as it lists them, where one that it needs is missing; "" elsewhere."""
    found = _KEYS.search(text)
    return "" if found is None else found["keys"]


_DATA_TYPE = "Unrecognized data type: x="  # 3.0 to 3.15, trainers/data_adapters/
_NO_DICTIONARY = re.compile(  # what Python says of 3.0 to 3.15, trainers/data_adapters/data_adapter_utils.py
    r"'(?:numpy\.)?(\w+)' object has no attribute 'get'"
)


def refuses_lists(text: str) -> bool:
    """Whether an exception's text says that lists of numbers are no data."""
    return re.search(rf"{_DATA_TYPE}.*\(of type <class '(list|tuple)'>\)", text, re.DOTALL) is not None


def refuses_data_type(text: str) -> bool:
    """Whether an exception's text says that what was given is no data of any kind."""
    return _DATA_TYPE in text


def lacks_get(text: str) -> str:
    """The type of what was asked for the weight of a class as a dictionary is; "" of other exceptions."""
    found = _NO_DICTIONARY.search(text)
    return "" if found is None else found[1]


def counts_text(text: str) -> bool:
    """Whether an exception's text says that classes are counted by keys that are text."""
    return 'can only concatenate str (not "int") to str' in text  # 3.0 to 3.15, data_adapters/tf_dataset_adapter.py


def refuses_objects(text: str) -> bool:
    """Whether an exception's text says that an array holds Python objects, such as lists of several lengths."""
    return "Invalid dtype: object" in text  # 3.0 to 3.15, backend/common/variables.py


def refuses_yielded(text: str) -> bool:
    """Whether an exception's text says that a generator yields no tuple."""
    return "the generator must return a tuple" in text  # 3.0 to 3.15, trainers/data_adapters/generator_data_adapter.py


_UNKNOWN_KEYWORD = re.compile(r"got an unexpected keyword argument '(\w+)'")  # Python's own words


def unknown_keyword(text: str) -> str:
    """The keyword that a function does not have, as the exception's text names it; "" of other exceptions."""
    found = _UNKNOWN_KEYWORD.search(text)
    return "" if found is None else found[1]


_INDEX = re.compile(
    r"indices\[[\d,]*\] = (?P<index>-?\d+) is not in \[0, (?P<limit>\d+)\)"  # TensorFlow 2.18 to 2.21, gather_op
    r"|^index out of range in self$"  # PyTorch 2.13, embedding on the CPU
)


def missed_index(text: str) -> tuple[int | None, int | None] | None:
    """The number that is no row of a table, and how many rows that has, as far as the text tells; `None` elsewhere."""
    found = _INDEX.search(innermost(text))
    if found is None:
        return None
    return (None, None) if found["index"] is None else (int(found["index"]), int(found["limit"]))


_YIELDED = re.compile(  # TensorFlow 2.18 to 2.21, data/ops/from_generator_op.py
    r"`generator` yielded an element of shape \((?P<given>[\d, ]*)\) where an element of shape"
    r" \((?P<declared>[\d, A-Zone]*)\) was expected"
)
_WHILE_MAPPING = re.compile(  # TensorFlow 2.18 to 2.21, core/data/captured_function.cc
    r"Error in user-defined function passed to \w*Map\w*:\d+ transformation with iterator: [\w:]+: (?P<said>[^\n]*)"
)
_NO_RANK = re.compile(  # TensorFlow 2.18 to 2.21, python/framework/tensor_shape.py
    r"unknown rank|unknown TensorShape|undefined rank|found ndim=None"
)
_UNLIKE = re.compile(  # TensorFlow 2.18 to 2.21, kernels/data/batch_dataset_op.cc
    r"Cannot batch tensors with different shapes in component \d+\. First element had shape \[(?P<first>[\d,]*)\]"
    r" and element \d+ had shape \[(?P<other>[\d,]*)\]"
)
_NOT_ADDED = re.compile(  # TensorFlow 2.18 to 2.21, where the batch is made in parallel
    r"Cannot add tensor to the batch: number of elements does not match\. Shapes are: "
    r"\[tensor\]: \[(?P<other>[\d,]*)\], \[batch\]: \[(?P<first>[\d,]*)\]"
)


def yielded_beside_declared(text: str) -> tuple[tuple[int | None, ...], tuple[int | None, ...]] | None:
    """The shape of an element of a generator and the one that was declared for it; `None` of other exceptions."""
    found = _YIELDED.search(text)
    return None if found is None else (_sizes(found["given"]), _sizes(found["declared"]))


def refused_by_mapped_function(text: str) -> str | None:
    """What the operation said that a function refused by which a dataset is mapped; `None` of other exceptions."""
    found = _WHILE_MAPPING.search(text)
    return None if found is None else found["said"].strip()


def tells_no_rank(text: str) -> bool:
    """Whether an exception's text says that it is not known how many axes a tensor has."""
    return _NO_RANK.search(text) is not None


def unlike_elements(text: str) -> tuple[tuple[int | None, ...], tuple[int | None, ...]] | None:
    """The shapes of two elements of a dataset that were to be one batch; `None` of other exceptions."""
    found = _UNLIKE.search(text) or _NOT_ADDED.search(text)
    return None if found is None else (_sizes(found["first"]), _sizes(found["other"]))


def _sizes(text: str) -> tuple[int | None, ...]:
    words = [word.strip() for word in text.split(",") if word.strip()]
    return tuple(int(word) if word.isdecimal() else None for word in words)


def refuses_scalars(text: str) -> bool:
    """Whether an exception's text says that a batch has a number where an array with a batch axis is wanted."""
    return "the arrays must be at least rank 1" in text  # 3.0 to 3.15, trainers/data_adapters/data_adapter_utils.py


def refuses_list_of_inputs(text: str) -> bool:
    """Whether an exception's text says that a batch of a generator has a list in it where a tuple is wanted."""
    return "`tf.TypeSpec` but found <class 'list'>" in text  # TensorFlow 2.18 to 2.21, data/ops/from_generator_op.py


def tells_no_data(text: str) -> bool:
    """Whether an exception's text says that there is not one batch, or nothing that Keras makes batches of."""
    return _NO_DATA.search(text) is not None


def first_line(text: str) -> str:
    """The first line that says something: of a TensorFlow graph that failed, the one behind the stack."""
    lines = [line for line in _NODE_NAME.sub("", text).splitlines() if line.strip()]
    if lines and lines[0].startswith(_GRAPH_ERROR):
        lines = [line for line in lines[1:] if not _OF_STACK.match(line)]
    return lines[0].strip() if lines else ""


def graph_node(text: str) -> str | None:
    """The node of a TensorFlow graph that failed while it ran; `None` of other exceptions."""
    match = _GRAPH_NODE.search(text)
    return None if match is None else match[1]


def frames_in(text: str) -> list[tuple[str, int]]:
    """The files and lines of the stack that an exception's text quotes, the innermost last."""
    return [(match["file"], int(match["line"])) for match in _QUOTED_FRAME.finditer(text)]


def quotes_exception(text: str) -> bool:
    """Whether the exception was raised in another thread, process or form, whose stack the text quotes."""
    return _TRACEBACK in text or _USER_CODE in text


def quotes_users_frames_only(text: str) -> bool:
    """Whether that stack has no frames but the user's."""
    return _TRACEBACK not in text


def innermost(text: str) -> str:
    """The message without what Keras' traceback utilities put around the innermost one."""
    found = _INNERMOST.search(text) or _QUOTED_MESSAGE.search(text)
    inner = _FUNCTION_NODE.sub("", _NOT_INFERRED.sub("", found.group(1) if found else text)).strip()
    inner = _VALUES.sub(r"\1", inner)
    return _STACK_LINE.sub("", inner) if inner.startswith(_GRAPH_ERROR) else inner
