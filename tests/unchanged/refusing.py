"""What a refused fit leaves behind, and how the model trains afterwards: the table of trials, and how one runs."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from unchanged import state
from unchanged.table import BACKEND

if TYPE_CHECKING:
    from collections.abc import Callable

WRONG = {"head": (None, 7)}
OWN = ("variable", "optimizer", "metric", "history")


@dataclass(frozen=True)
class Refusal:
    name: str
    make: "Callable[[], tuple[Any, ...]]"
    wrong: dict[str, Any] | None
    only: tuple[str, ...] = field(default=())

    @property
    def runs_here(self):
        return not self.only or BACKEND in self.only

    def run(self, variant):
        """`refused`: a refused fit, then a plain one. `never`: only the plain one, or behind the same plain crash."""
        state.reset()
        model, fit, *crashing = self.make()
        refuse, told = crashing[0] if crashing else fit, {}
        if variant == "refused" or crashing:
            told = _left_by(model, refuse, _guards(self.wrong) if variant == "refused" else [])
        if crashing:  # on TensorFlow the step that raised can never make its optimizer's variables
            model.compile("adam", model.loss)
        history = fit([])
        ended = {**state.state_of([model, history]), **state.surroundings()}
        mattering = {name: text for name, text in ended.items() if any(word in name for word in (*OWN, "random of"))}
        return {"state": mattering, "told": told}


def _guards(wrong):
    import shapeguard

    return [shapeguard.ShapeGuard(wrong)]


def _left_by(model, refuse, guards):
    """What was raised, and every variable and random state that is not what it was before."""
    before, around = _variables(model), _random_states()
    texts = [state.bits(each) for each in before]
    told = _raised(refuse, guards)
    pairs = zip(before, texts, strict=True)
    moved = [f"{each.path}: {text} -> {state.bits(each)}" for each, text in pairs if state.bits(each) != text]
    moved += [name for name, text in _random_states().items() if around[name] != text]
    return {**told, "moved": moved}


def _raised(refuse, guards):
    try:
        refuse(guards)
    except Exception as error:  # noqa: BLE001  what it is, the test says
        return {"raised": _kind(error), "text": str(error)[:200]}
    return {"raised": "nothing", "text": ""}


def _kind(error):
    """ShapeGuard's error may be of Keras' own type as well."""
    names = [each.__name__ for each in type(error).__mro__]
    return "ShapeMismatchError" if "ShapeMismatchError" in names else names[0]


def _variables(model):
    """All that there are before the fit, each once."""
    optimizer = model.optimizer.variables if model.optimizer is not None else []
    found = [*model.variables, *optimizer, *(each for metric in model.metrics for each in metric.variables)]
    return list({id(each): each for each in found}.values())


def _random_states():
    return {name: text for name, text in state.quiet_surroundings().items() if name.startswith("random of ")}


REFUSALS: dict[str, Refusal] = {}


def refusal(wrong=WRONG, only=()):
    def register(function):
        name = function.__name__
        assert name not in REFUSALS, name
        REFUSALS[name] = Refusal(name, function, wrong, (only,) if isinstance(only, str) else only)
        return function

    return register
