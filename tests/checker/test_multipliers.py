"""Steps with multipliers: forged ones are rejected, each by one check, and nothing is searched for them."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest

from symconv import Conv, ConvTranspose, prove, verify
from symconv.proof.certificates.multiplied import with_multipliers
from tests.checker.forging import Json, factor, falsehood, maps, polynomial, sealed, step, term, theorem
from tests.checker.test_forgeries import TRUE, checker_with


def multiplied(data: Json, *certificates: Any) -> Json:
    """A theorem of version 3 whose first step has these certificates."""
    (first, *rest), other = data["formulas"]["one"]["steps"], data["formulas"]["other"]
    steps = [
        {**{key: value for key, value in first.items() if key != "products"}, "multipliers": list(certificates)},
        *rest,
    ]
    formulas = {"one": {**data["formulas"]["one"], "steps": steps}, "other": other}
    return sealed({**data, "version": 3, "layer": None, "formulas": formulas})


def total(*parts: tuple[int, int], over: int = 1) -> list[Any]:
    return ["sum", [list(part) for part in parts], over]


def dropped(goal: str, *facts: str, **more: Any) -> Json:
    """[goal >= 0] = 1, by facts that are assumed. Row 0 is -goal - 1, and the facts are rows 1, 2, .."""
    one = f"[{goal} >= 0]"
    return theorem(
        [term(one)], [step("drop implied range", [term()], dropped=[factor(one)])], facts=list(facts), **more
    )


FORGED: dict[str, tuple[tuple[str, str], Json]] = {
    "a multiplier is not negative": (
        ("            if min([1, *(times for times, _ in parts)]) < 0:\n                return False\n", ""),
        multiplied(dropped("i", "i + 5"), [[], [total((-1, 0), (-1, 1))]]),
    ),
    "a sum is divided by what divides its coefficients": (
        ("if c < 1 or any(value % c for key, value in total.items() if key):", "if c < 1:"),
        multiplied(dropped("0 - i", "1 - i"), [[], [total((1, 1), over=2), total((1, 0), (1, 2))]]),
    ),
    "a sum is not divided by a negative number": (
        ("if c < 1 or any(", "if any("),
        multiplied(dropped("i", "i + 5", "i + 3"), [[], [total((1, 1), over=-1), total((1, 2), (1, 3))]]),
    ),
    "what is multiplied by anything is 0": (
        ('            if kind == "multiple" and add(one, other):\n                return False\n', ""),
        multiplied(dropped("i", "i + 5"), [[], [["multiple", 1, 0, polynomial("0 - 1")], ["multiple", 0, 1, polynomial("0 - 1")], total((1, 2), (1, 3))]]),
    ),
    "a lemma is shown": (
        ("        if not negative_at_last([below(p), *made], why):\n            return False\n", ""),
        multiplied(dropped("i"), [[[polynomial("0 - 1"), [total((1, 0))]]], [total((1, 1))]]),
    ),
    "0 is not negative": (
        ("set(made[-1]) == {()} and made[-1][()] < 0", "set(made[-1]) <= {()} and made[-1].get((), 0) <= 0"),
        multiplied(dropped("i", "i + 1"), [[], [total((1, 0), (1, 1))]]),
    ),
    "1 is not negative": (
        (" and made[-1][()] < 0", ""), multiplied(dropped("i", "i + 2"), [[], [total((1, 0), (1, 1))]]),
    ),
    "a row with a name is not a number": (
        ("set(made[-1]) == {()} and ", ""), multiplied(dropped("i"), [[], [total((1, 0))]]),
    ),
    "a negation is one less": (
        ('    """What is not negative where p is negative."""\n    return add(negative(p), const(1), -1)', "    return add(negative(p), const(2), -1)"),
        multiplied(dropped("i", "i + 1"), [[], [total((1, 0), (1, 1))]]),
    ),
    "a factor that is not negative may be 0": (
        ("return self.implies(add(p, const(-1)), [])", "return self.implies(p, [])"),
        multiplied(
            theorem([term("[i*s = 0]")], [step("cancel factor", [term("[i = 0]")])], lower={"s": 0}),
            [[], [total((1, 0), (1, 1))]],
        ),
    ),
    "a range does not follow from itself": (
        ("        term = without(term, dropped)\n        if not assumed.implies(the(dropped), list(facts_of(term[1], assumed)), step[\"products\"]):\n            return\n",
         "        facts = list(facts_of(term[1], assumed))\n        term = without(term, dropped)\n        if not assumed.implies(the(dropped), facts):\n            return\n"),
        multiplied(dropped("i"), [[], [total((1, 0), (1, 1))]]),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", FORGED)
def test_one_check_stops_it(name: str) -> None:
    change, forged = FORGED[name]
    assert checker_with(change).check(forged).formulas
    assert falsehood(forged, draws=60) is not None
    with pytest.raises(verify.Rejected, match=r"step 1: the rule .* does not give this"):
        verify.check(forged)


BAD: dict[str, tuple[Any, str]] = {
    "no list": (5, "is not a list"),
    "no lines": ([[]], "is not a list of 2"),
    "another line": ([[], [["wish", 1, 2]]], "there is no line"),
    "an empty line": ([[], [[]]], "there is no line"),
    "a row that is not there": ([[], [total((1, 9))]], "does not give this"),
    "a row before the first": ([[], [total((1, -1))]], "does not give this"),
    "a multiplier True": ([[], [total((True, 0))]], "not a whole number"),
    "a fraction": ([[], [["sum", [["1/2", 0]], 1]]], "not a whole number"),
    "a divisor 0": ([[], [total((1, 0), over=0)]], "does not give this"),
    "squares of squares": ([[], [total((10**50, 0)), *(["product", at, at] for at in range(2, 12))]], "too large"),
    "nothing": ([[], []], "does not give this"),
}


@pytest.mark.parametrize("name", BAD)
def test_what_is_no_certificate(name: str) -> None:
    certificate, words = BAD[name]
    with pytest.raises(verify.Rejected, match=words):
        verify.check(multiplied(dropped("i", "i"), certificate))


def test_rows_may_be_counted_no_times_and_lines_must_be_there() -> None:
    right = dropped("i", "i", "i + 1")
    assert verify.check(multiplied(right, [[], [total((1, 0), (1, 1), (0, 2))]])).steps == 1
    for nothing in (theorem([term()], [step("empty range", [])], []), dropped("i")):
        with pytest.raises(verify.Rejected, match="does not give this"):
            verify.check(multiplied(nothing, [[], []]))


def test_nothing_is_searched() -> None:
    """What follows from the assumptions at once is rejected if the file does not say why."""
    right = dropped("i", "i")
    assert verify.check(right).steps == 1
    with pytest.raises(verify.Rejected, match="does not give this"):
        verify.check(multiplied(right))
    assert verify.check(multiplied(right, [[], [total((1, 0), (1, 1))]])).steps == 1
    searching = (
        "def infeasible(inequalities: Iterable[Poly]) -> bool:\n",
        "def infeasible(inequalities):\n    return False\n",
    )
    assert checker_with(searching).check(multiplied(right, [[], [total((1, 0), (1, 1))]])).steps == 1


@pytest.mark.parametrize("name", TRUE)
def test_every_rule_is_accepted_with_multipliers(name: str) -> None:
    data = TRUE[name]
    with_ = with_multipliers(data)
    assert not any("products" in one for formula in with_["formulas"].values() for one in formula["steps"])
    assert verify.check(sealed({**with_, "version": 3, "layer": None})).steps == verify.check(data).steps


def test_a_file_says_what_it_is_about() -> None:
    said = str(verify.check(json.loads(prove(Conv((5, 5), 3, stride=2, groups=1), of="output").theorems[0].to_json())))
    first = said.splitlines()[0]
    assert first.startswith("about 'output' of Conv (padding_mode zeros; ")
    assert "input_size 5, 5; kernel_size 3, 3; output_size 2, 2; stride 2, 2;" in first


@pytest.mark.parametrize("count", [20, pytest.param(2000, marks=pytest.mark.exhaustive)])
def test_changed_multipliers_prove_nothing_false(count: int) -> None:
    """With any numbers in its certificates, a file is rejected at its step or is as right as before."""
    generator = random.Random(0)
    layers = [Conv.general(1), Conv.general(1, padding_mode="reflect"), ConvTranspose.general(1)]
    known = [json.loads(one.to_json()) for layer in layers for one in prove(layer).theorems]
    for _ in range(count):
        data = json.loads(json.dumps(generator.choice(known)))
        steps = [one for formula in data["formulas"].values() for one in formula["steps"] if one.get("multipliers")]
        lines = [line for one in steps for lemmas, lines in one["multipliers"] for line in lines]
        if not lines:
            continue
        line = generator.choice(lines)
        if line[0] == "sum":
            generator.choice(line[1])[generator.randrange(2)] += generator.choice([-2, -1, 1, 2])
        else:
            line[generator.randrange(1, 3)] += generator.choice([-1, 1])
        try:
            verify.check(sealed(data))
        except verify.Rejected as error:
            assert error.step


@pytest.mark.parametrize("count", [400, pytest.param(100_000, marks=pytest.mark.exhaustive)])
def test_a_long_file_is_read_in_little_work(count: int, tmp_path: Path) -> None:
    """The bound of the only sum is renamed again and again, in a file of up to 17 million bytes."""
    one, other = term("X[k]", bound="k"), term("X[q]", bound="q")
    there = step("re-index", [other], names=maps(k="q"), inverse=maps(q="k"))
    back = step("re-index", [one], names=maps(q="k"), inverse=maps(k="q"))
    data = sealed({**theorem([one], [there, back] * (count // 2), [one], X="5"), "version": 3, "layer": None})
    path = tmp_path / "long.json"
    path.write_text(json.dumps(data, separators=(",", ":")), encoding="utf-8")
    assert verify.check_file(path)[0].steps == count


def test_the_work_of_a_line_is_counted() -> None:
    """A long row that is added a million times, and certificates that show nothing, take work for each of them."""
    long: verify.Poly = {(f"n{at}",): 1 for at in range(1_000)}
    for lines in ([("sum", [(1, 0)] * 1_000_000, {(): 1})], []):
        with verify.work_for({}), pytest.raises(verify.Rejected, match="more work than is allowed"):
            for _ in range(300_000):
                assert not verify.contradicted([long], [], list(lines))
