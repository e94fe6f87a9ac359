"""Random programs, read on symbolic arrays and computed at sizes, beside what Python and NumPy give for them."""

from __future__ import annotations

import random
import warnings
from collections import Counter
from typing import Any

import numpy as np
import pytest

from symconv.errors import InfiniteSumError
from symconv.programs.interpret.reader import Reader
from symconv.programs.outcomes import CodeError, OutOfScope, TooLarge, Unread
from symconv.programs.source import Module, named
from tests.programs.lifting import Lift
from tests.programs.random_programs import Program


def run(program: Program) -> Any:
    """What Python gives, or the exception."""
    names: dict[str, Any] = {}
    given = {name: value.copy() if hasattr(value, "copy") else value for name, value in program.arguments.items()}
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            exec(program.text, names)
            return names["program"](**given)
    except Exception as error:
        return error


def outcome(seed: int, letters: float = 0.6) -> str:
    """ "same", "raises", "may raise" if it does not at these sizes, or why it is not read.

    Raises:
        AssertionError: what is read is something else than what Python does.
    """
    rng = random.Random(seed)
    program = Program(rng)
    right = run(program)
    lift = Lift(rng, letters)
    prepared = {name: lift.prepared(value) for name, value in program.arguments.items()}
    target = named(Module(program.text, "the text"), "program")

    def compute(machine: Any) -> Any:
        given = {name: lift.made(machine, value) for name, value in prepared.items()}
        return Reader(target, machine).run([], given)

    try:
        machine, value = lift.follow(compute)
        got = lift.number(machine, value)
    except (Unread, TooLarge, OutOfScope) as stopped:
        return f"not read: {getattr(stopped, 'construct', stopped)}"
    except InfiniteSumError:
        return "not read: a sum"
    except CodeError as raised:
        if not isinstance(right, Exception) and letters:
            outcome(seed, letters=0)
            return "may raise"
        assert isinstance(right, Exception), f"{program.text}\n{raised.kind}: {raised}, but it gives {right}"
        return "raises"
    assert not isinstance(right, Exception), f"{program.text}\n{got}, but it raises {right!r}"
    pairs = zip(got, right) if isinstance(right, tuple) else [(got, right)]
    for one, other in pairs:
        assert np.shape(one) == np.shape(other), f"{program.text}\nshape {np.shape(one)}, not {np.shape(other)}"
        assert np.allclose(np.asarray(one, dtype=float), other), f"{program.text}\n{one}, not {other}"
    return "same"


@pytest.mark.parametrize("part", [0, *(pytest.param(part, marks=pytest.mark.exhaustive) for part in range(1, 100))])
def test_random_programs_are_read_as_python_runs_them(part: int) -> None:
    found = Counter(outcome(seed).partition(":")[0] for seed in range(200 * part, 200 * (part + 1)))
    assert found["same"] + found["raises"] > 100


def test_an_index_of_repeated_elements_that_are_none() -> None:
    """A program that stopped the reading once: x is repeated no times, and then indexed."""
    assert not outcome(4996).startswith("not read")


def test_an_array_of_no_dimensions_has_a_first_axis_for_sums_only() -> None:
    """A program that was read otherwise once: NumPy sums an array of no dimensions along axis 0."""
    assert outcome(30149) == "same"
