"""Examples at which facts hold, against all numbers that an example may have."""

from __future__ import annotations

import random
from collections import Counter
from itertools import product

import pytest

from symconv.algebra.assumptions import Floor, Maximum
from symconv.algebra.examples import ABOVE, ANY, COUNT, HIGHEST_DEGREE, LARGEST_COEFFICIENT, LARGEST_VALUE, Examples
from symconv.algebra.polynomial import Polynomial
from tests.algebra.test_products import drawn

s, i, j, q, t = map(Polynomial.name, "sijqt")
DEFINED = {"q": Floor(i, Polynomial.constant(2)), "t": Maximum((i, j))}


def points(least: int) -> list[dict[str, int]]:
    """Every value that the names may have in an example, with what is defined of them."""
    some = product(sorted({least + more for more in ABOVE}), sorted(set(ANY)), sorted(set(ANY)))
    return [{"s": a, "i": b, "j": c, "q": b // 2, "t": max(b, c)} for a, b, c in some]


@pytest.mark.parametrize("seed", range(3))
def test_what_examples_satisfy_holds_somewhere(seed: int) -> None:
    """If facts hold at an example, they hold at some of the numbers; most that hold at many of them do."""
    generator, missed = random.Random(seed), 0
    least = generator.choice([0, 1, 2])
    everywhere = points(least)
    for _ in range(120):
        assumed = [drawn(generator, "sij", 1) for _ in range(generator.randint(0, 2))]
        asked = [drawn(generator, "sijqt", 2) for _ in range(generator.randint(1, 4))]
        examples = Examples({"s": least}, DEFINED, assumed)
        count = sum(all(fact.evaluate(at) >= 0 for fact in (*assumed, *asked)) for at in everywhere)
        if examples.satisfy(asked):
            assert count, (assumed, asked)
        else:
            missed += count > len(everywhere) // 20
    assert not missed


def test_each_example_is_one_choice_of_numbers() -> None:
    """Facts hold together at one example, not each at its own; and the answer to one question changes no other."""
    examples = Examples({"s": 1}, DEFINED, [s - 2])
    for _ in range(2):
        assert examples.satisfy([i, j]) and examples.satisfy([i - 1, -j - 1]) and examples.satisfy([])
        assert not examples.satisfy([i, -i - 1]) and not examples.satisfy([i - j - 1, j - i])
        assert (
            not examples.satisfy([1 - s])
            and not examples.satisfy([q * 2 - i - 1])
            and not examples.satisfy([j - t - 1])
        )
        assert examples.satisfy([i - q * 2 - 1]) and examples.satisfy([t - j - 1])


def test_no_example_satisfies_what_is_not_computed() -> None:
    """Numbers that may leave 64 bits are not computed: that shows nothing, and so the search goes on."""
    examples = Examples({}, {}, ())
    assert examples.satisfy([i * (LARGEST_COEFFICIENT - 1)]) and not examples.satisfy([i * LARGEST_COEFFICIENT])
    assert not examples.satisfy([i * -LARGEST_COEFFICIENT])
    assert not examples.satisfy([i * LARGEST_COEFFICIENT + 1]) and not examples.satisfy([i * i * i * i * i * i + 1])
    assert examples.satisfy([i * i * i * i * i]) and not examples.satisfy([i * i * i * i * i * i])
    half = Polynomial([(("i",), Polynomial.constant(1).terms[0][1])])
    assert examples.satisfy([half])
    assert not Examples({}, {}, [i * LARGEST_COEFFICIENT]).satisfy([])


def test_numbers_stay_within_64_bits() -> None:
    """Even of a hundred products, each as large as it may be."""
    assert 100 * LARGEST_COEFFICIENT * LARGEST_VALUE**HIGHEST_DEGREE < 2**63
    assert max(ABOVE) + 2 < LARGEST_VALUE and max(map(abs, ANY)) < LARGEST_VALUE


def test_small_numbers_are_frequent() -> None:
    """What does not follow fails at small numbers, most often; but a name has larger ones, and negative ones, too."""
    for least in (0, 1):
        above = Counter((Examples({"s": least}, {}, ())._of("s") - least).tolist())
        assert sorted(above) == [0, 1, 2, 3, 4, 5, 7]
        assert min(above[0], above[1]) > COUNT / 5 and above[2] > COUNT / 8 and min(above.values()) > COUNT / 25
    anywhere = Counter(Examples({}, {}, ())._of("i").tolist())
    assert sorted(anywhere) == [-3, -2, -1, 0, 1, 2, 3, 4, 6, 9]
    assert min(anywhere[0], anywhere[1]) > COUNT / 8 and min(anywhere.values()) > COUNT / 25


def test_what_stands_for_something_large_stays_small() -> None:
    """A maximum with a huge number is cut off, so that its square is still computed in 64 bits."""
    huge = Examples({}, {"t": Maximum((i, Polynomial.constant(10**12)))}, ())
    assert huge.satisfy([t - 100]) and not huge.satisfy([t - 101])
    low = Examples({}, {"t": Maximum((Polynomial.constant(-(10**12)), Polynomial.constant(-(10**12))))}, ())
    assert low.satisfy([-t - 100]) and not low.satisfy([-t - 101])


def test_examples_are_the_same_ones_every_time() -> None:
    """A name's numbers depend on the name and its least value alone."""
    first, second = Examples({"s": 1}, {}, ()), Examples({"s": 1}, {}, ())
    assert not first.satisfy([i - 100])
    asked = [[s - 3, i - 5, -j - 2], [i - 8, j - 8, s - 7], [i + 3, -i - 3, j - 9, 9 - j, s - 8]]
    assert [first.satisfy(one) for one in asked] == [second.satisfy(one) for one in asked]
    assert first.satisfy([7 - s]) and not first.satisfy([s - 9]) and not first.satisfy([-s])
    assert (
        not first.satisfy([i - 10])
        and not first.satisfy([-i - 4])
        and first.satisfy([i - 9])
        and first.satisfy([-i - 3])
    )
