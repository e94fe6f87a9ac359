"""Every function of the library beside the library itself: the same values, and an exception where it raises one."""

from __future__ import annotations

import random
import warnings
from collections import Counter
from typing import Any

import numpy as np
import pytest

from symconv.programs.library.registry import FUNCTIONS
from symconv.programs.outcomes import CodeError, Unread
from tests.programs.calls import MAKERS, Draw
from tests.programs.lifting import Lift


def real(name: str, args: tuple[Any, ...], named: dict[str, Any]) -> Any:
    """What the library gives."""
    module, _, function = name.rpartition(".")
    if module == "array":
        array, *rest = args
        return getattr(array, function)(*rest, **named)
    found: Any = np
    for part in name.split(".")[1:]:
        found = getattr(found, part)
    return found(*args, **named)


def outcome(name: str, seed: int) -> str:
    """"same", "unread", or an error with what differs."""
    rng = random.Random(f"{name} {seed}")
    args, named = MAKERS[name](Draw(rng))
    lift = Lift(rng)
    prepared = lift.prepared(args), {key: lift.prepared(one) for key, one in named.items()}

    def compute(machine: Any) -> Any:
        made = lift.made(machine, prepared[0]), {key: lift.made(machine, one) for key, one in prepared[1].items()}
        return FUNCTIONS[name].call(machine, *made), made[0][0] if made[0] else None

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            right = real(name, args, named)
        error = None
    except Exception as raised:
        right, error = None, raised
    try:
        machine, (value, first) = lift.follow(compute)
        got = lift.number(machine, first if right is None and error is None else value)
    except Unread:
        return "unread"
    except CodeError as raised:
        kinds = [kind.__name__ for kind in type(error).__mro__]
        assert error is not None, f"{args} {named}: {raised.kind}: {raised}, but it is {right}"
        assert raised.kind in kinds, f"{args} {named}: {raised.kind}, but it raises {error!r}"
        return "same"
    assert error is None, f"{args} {named}: {got}, but it raises {error!r}"
    right = args[0] if right is None else right
    wanted = [right] if not isinstance(right, (list, tuple)) else right
    gotten = [got] if not isinstance(right, (list, tuple)) else got
    assert len(gotten) == len(wanted)
    for one, other in zip(gotten, wanted):
        assert np.shape(one) == np.shape(other), f"{args} {named}: shape {np.shape(one)}, not {np.shape(other)}"
        assert np.allclose(np.asarray(one, dtype=float), other), f"{args} {named}: {one}, not {other}"
    return "same"


def test_every_function_is_drawn() -> None:
    assert not {name for name in FUNCTIONS if name.startswith(("numpy.", "array."))} - MAKERS.keys()


@pytest.mark.parametrize("count", [15, pytest.param(400, marks=pytest.mark.slow)])
@pytest.mark.parametrize("name", sorted(MAKERS))
def test_functions_are_as_in_the_library(name: str, count: int) -> None:
    found = Counter(outcome(name, seed) for seed in range(count))
    assert found["same"] > count / 3
