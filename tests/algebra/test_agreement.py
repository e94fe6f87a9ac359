"""What is said of formulas that do not agree, and how much work is allowed."""

from __future__ import annotations

import pytest

from symconv.algebra import agreement as room
from symconv.algebra.agreement import Attempt, agreement, attempt
from symconv.algebra.assumptions import Assumptions
from symconv.algebra.forms import Access, Delta, Factor, Form, Range, Tensor, Term
from symconv.algebra.normal_form import Derivation, normal_form
from symconv.algebra.polynomial import ONE, ZERO, Polynomial

i, j, n, s, u, v = map(Polynomial.name, "ijnsuv")
FREE, BOX, TABLE = Tensor("f", 1), Tensor("x", 1, (n,)), Tensor("A", 2)
SIZES = Assumptions((("n", 1), ("s", 1)))
EMPTY = Derivation(Form(), Form(), (), (), Form())


def left(*terms: Term) -> Derivation:
    """A derivation that ends with the terms."""
    return Derivation(Form(), Form(), (), terms, Form(terms))


def term(*factors: Factor, coefficient: Polynomial = ONE, bound: tuple[str, ...] = ()) -> Term:
    return Term.make(coefficient, factors, bound)


INSIDE = (Range(v), Range(n - v))
SIXTH = v * v * v * v * v * v
MISSING: list[tuple[str, Term, str]] = [
    ("a bracket of a summed name", term(Delta.equal(s * v, i), bound=("v",)), "is not solved"),
    ("a bracket of free names", term(Delta.equal(s * j, i), Access(FREE, (i,))), "no rule makes"),
    ("a bracket of free names and a range", term(Delta.equal(s * j, i), Range(j)), "whether [j >= 0] holds"),
    ("a high power", term(*INSIDE, coefficient=SIXTH * v, bound=("v",)), "powers of a summed name above 6"),
    ("a power that is added up", term(*INSIDE, coefficient=SIXTH, bound=("v",)), "is not counted"),
    ("a name that only ranges have", term(Range(n - s * v), Range(v), bound=("v",)), "a range is not counted"),
    ("a name beside an entry", term(Access(FREE, (i,)), Range(n - s * v), Range(v), bound=("v",)), "is not counted"),
    ("a name of an entry", term(Access(FREE, (v,)), Range(n - s * v), Range(v), bound=("v",)), "whether ["),
    ("a name in an index", term(Access(TABLE, (v, i)), Range(n - s * v), Range(v), bound=("v",)), "whether ["),
    ("a name that nothing has", term(Access(FREE, (i,)), Range(j), bound=("v",)), "whether [j >= 0]"),
    ("twelve conditions", term(*(Range(j * (at + 2) - i) for at in range(12))), "whether ["),
    ("thirteen conditions", term(*(Range(j * (at + 2) - i) for at in range(13))), "more than 12 conditions"),
    ("an entry", term(Access(FREE, (i,))), "no rule makes the two last forms one"),
]  # fmt: skip


@pytest.mark.parametrize(("what", "one", "words"), MISSING, ids=[row[0] for row in MISSING])
def test_the_missing_step_is_said_of_what_only_one_side_has(what: str, one: Term, words: str) -> None:
    common = term(Access(BOX, (i,)), Range(i - 5))
    for sides in ((left(one, common), left(common)), (left(common), left(common, one))):
        assert words in Attempt(None, sides).missing()


def test_the_first_reason_is_that_of_the_first_term() -> None:
    """Terms in their order; what stopped the search comes before all of them."""
    bracket, condition = term(Delta.equal(s * v, i), bound=("v",)), term(Access(BOX, (i,)), Range(j))
    assert "whether [j >= 0] holds" in Attempt(None, (left(bracket, condition), EMPTY)).missing()
    assert Attempt(None, (left(bracket), EMPTY), "it took too long").missing() == "it took too long"


# -- formulas ------------------------------------------------------------------------------------------

ALL = Form((term(Access(BOX, (v,)), bound=("v",)),))
BELOW, ABOVE = (Form((term(Access(BOX, (v,)), Range(one), bound=("v",)),)) for one in (j - v, v - j - 1))
STRIDE = Form((term(Access(FREE, (v,)), Range(v), Range(s * n - s - s * v), bound=("v",)),))
PLAIN = Form((term(Access(FREE, (v,)), Range(v), Range(n - 1 - v), bound=("v",)),))


def test_derivations_end_with_one_form() -> None:
    for forms in ([ALL, BELOW + ABOVE], [BELOW + ABOVE, ALL], [ALL, ALL, ABOVE + BELOW], [STRIDE, PLAIN]):
        found = agreement(forms, SIZES)
        assert found is not None and len({one.result for one in found}) == 1
        assert [one.start for one in found] == list(forms)
    assert agreement([ALL, BELOW], SIZES) is None and agreement([ALL, ALL, BELOW], SIZES) is None
    assert agreement([ALL, BELOW, ALL], SIZES) is None and agreement([Form(), Form()], SIZES) is not None


def test_ranges_alone_come_first() -> None:
    """Where ranges are enough, sums stay whole and nothing is joined."""
    found = attempt([STRIDE, PLAIN], SIZES)
    assert found.agreed == found.last and found.agreed is not None
    assert found.agreed[1].steps == normal_form(PLAIN, SIZES, ranges=True).steps


def test_work_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """What stopped the search is said, and more effort allows more."""
    parts = BELOW + ABOVE
    monkeypatch.setattr(room, "FEW_STEPS", 1)
    monkeypatch.setattr(room, "STEPS", 100)
    few = attempt([ALL, parts], SIZES)
    assert few.agreed is None and "more work than effort=1 allows" in few.stopped
    assert attempt([ALL, parts], SIZES, effort=10_000).agreed is not None
    monkeypatch.undo()
    monkeypatch.setattr(room, "ROUNDS", 0)
    assert "more rounds of splitting sums than effort=1 allows" in attempt([PLAIN, BELOW], SIZES).stopped


def test_large_formulas_are_not_taken_apart() -> None:
    many = Form(tuple(term(*(Access(FREE, (v + at * k,)) for at in range(5)), bound=("v",)) for k in range(260)))
    assert "too many terms" in attempt([many, ALL], SIZES).stopped
    assert "too many terms" not in attempt([ALL, BELOW], SIZES).stopped


def test_a_sum_that_may_be_infinite_stops_the_search() -> None:
    """That it is finite is what is missing."""
    endless = Form((term(Access(FREE, (v,)), Range(v), bound=("v",)),))
    assert "that a sum in it is finite" in attempt([endless, ZERO_FORM], SIZES).stopped


ZERO_FORM = Form.constant(ZERO)
