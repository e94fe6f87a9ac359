"""Forged theorems: for every rule and reading of the checker, false ones that only one of its checks stops.

Each row takes one check out of a copy of the checker. The copy accepts the forged theorem, which the evaluator in
``forging`` finds false; the checker itself rejects it.
"""

from __future__ import annotations

import sys
import types
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from symconv import verify
from tests.checker.forging import Json, defined, falsehood, maps, pairs, polys, sealed, step, term, theorem

SOURCE = Path(verify.__file__).read_text(encoding="utf-8")


def checker_with(*changes: tuple[str, str]) -> Any:
    """A copy of the checker with some of its text replaced."""
    source = SOURCE
    for old, new in changes:
        assert source.count(old) == 1, f"{source.count(old)} times in the checker: {old}"
        source = source.replace(old, new)
    module = types.ModuleType("verify_without_a_check")
    with patch.dict(sys.modules, {module.__name__: module}):  # where its dataclass looks for it
        exec(compile(source, "verify_without_a_check.py", "exec"), vars(module))
    return module


def changed(data: Json, **values: Any) -> Json:
    """A theorem with other keys, sealed again."""
    return sealed({**data, **values})


I_IN_5 = {"facts": ["i", "4 - i"]}
"""An index that is inside a box."""


def sum_of(*factors: str, bound: str = "k") -> Json:
    return term(*factors, bound=bound)


EMPTY = ('    if assumed.contradicts(list(facts_of(term[1], assumed)), step["products"]):', "    if True:")
NO_LIMITS = ("    if not finite(term, assumed):", "    if False:")

FORGED: dict[str, tuple[tuple[str, str] | list[tuple[str, str]], Json]] = {
    # -- evaluate bracket ------------------------------------------------------------------------------
    "[2 a + 2 b + 1 = 0] is never solved, [2 a + 3 b + 1 = 0] is": (
        ("        if p and (not common or p.get((), 0) % common):", "        if p and p.get((), 0):"),
        theorem([term("[2*a + 3*b + 1 = 0]")], [step("evaluate bracket", [])], []),
    ),
    "[2 a + 4 = 0] can be solved": (
        ("p.get((), 0) % common)", "p.get((), 0))"),
        theorem([term("[2*a + 4 = 0]")], [step("evaluate bracket", [])], []),
    ),
    "[0 = 0] is one, not zero": (
        ("        if p and (not common or p", "        if (not common or p"),
        theorem([term("X[i]", "[0 = 0]")], [step("evaluate bracket", [])], [], X="5", **I_IN_5),
    ),
    "[a = 0] is not one": (
        ("        if not p:\n            yield [without(term, factor)]", "        if True:\n            yield [without(term, factor)]"),
        theorem([term("[a = 0]")], [step("evaluate bracket", [term()])]),
    ),
    "[a >= 0] is not a number": (
        ("        if not any(p):\n", "        if True:\n"),
        theorem([term("[a - 1 >= 0]")], [step("evaluate bracket", [])], []),
    ),
    "[-1 >= 0] is zero": (
        ("else []\n    for factor in deltas(term):", "else [without(term, factor)]\n    for factor in deltas(term):"),
        theorem([term("[0 - 1 >= 0]")], [step("evaluate bracket", [term()])]),
    ),
    # -- cancel factor ---------------------------------------------------------------------------------
    "a factor that may be 0 is not cancelled": (
        ("if made and all(assumed.positive(name(n)) for n in by or ()):", "if made:"),
        theorem([term("[i*s = 0]")], [step("cancel factor", [term("[i = 0]")])]),
    ),
    "a factor that is not negative may be 0": (
        ("all(assumed.positive(name(n)) for n in by or ())", "all(assumed.implies(name(n), []) for n in by or ())"),
        theorem([term("[i*s = 0]")], [step("cancel factor", [term("[i = 0]")])], lower={"s": 0}),
    ),
    "a factor of one product is not a factor of the bracket": (
        ("made = by is not None and mul(q, {by: Fraction(value, lead)}) == p", "made = by is not None"),
        theorem([term("[2*i + j = 0]")], [step("cancel factor", [term("[i = 0]")])]),
    ),
    "every other factor stays when one is cancelled": (
        ("yield [without(term, factor, new)]", "yield [make(dict(term[0]), [new], term[2])]"),
        theorem([term("X[j]", "[2*i = 0]")], [step("cancel factor", [term("[i = 0]")])], X="5"),
    ),
    # -- sift ------------------------------------------------------------------------------------------
    "only a bound name is solved for": (
        ("if p == name(v) and v in term[2] else ()", "if p == name(v) else ()"),
        theorem([term("X[i]", "[i - 2 = 0]")], [step("sift", [term("X[2]")], names=maps(i="i"))], X="5"),
    ),
    "only a unit is solved for": (
        ("            if unit(the(factor), v):", "            if True:"),
        theorem([sum_of("X[k]", "[2*k - 4 = 0]")], [step("sift", [term("X[0]")], names=maps(k="k"))], X="5"),
    ),
    "a range is not solved": (
        ('return [factor for factor in term[1] if factor[0] == "delta"]', 'return [factor for factor in term[1] if factor[0] != "access"]'),
        theorem([sum_of("X[k]", "[k - i >= 0]")], [step("sift", [term("X[i]")], names=maps(k="k"))], X="5"),
    ),
    "a bracket is not a range": (
        ('return [factor for factor in term[1] if factor[0] == "range"]', 'return [factor for factor in term[1] if factor[0] != "access"]'),
        theorem([term("[3 = 0]")], [step("evaluate bracket", [term()])]),
    ),
    "a coefficient 2 is not a unit": (
        ("and found[0][0] == (n,) and abs(found[0][1]) == 1 else 0", "and found[0][0] == (n,) and abs(found[0][1]) <= 2 else 0"),
        theorem([sum_of("X[k]", "[2*k - i = 0]")], [step("sift", [term("X[2*i]")], names=maps(k="k"))], X="5"),
    ),
    "a name with a stride is not a unit": (
        ("and found[0][0] == (n,) and abs", "and abs"),
        theorem([sum_of("X[k]", "[k*s - i = 0]")], [step("sift", [term("X[i]")], names=maps(k="k"))], X="5", lower={"s": 1}),
    ),
    "a name that stands twice is not solved for": (
        ("if len(found) == 1 and found[0][0] == (n,)", "if found and found[0][0] == (n,)"),
        theorem([sum_of("X[k]", "[k + k*s - i = 0]")], [step("sift", [term("X[i]")], names=maps(k="k"))], X="5", lower={"s": 1}),
    ),
    "a bracket is solved for what it is": (
        ("{key: -value * unit(p, n) for", "{key: value * unit(p, n) for"),
        theorem([sum_of("X[k]", "[k - i = 0]")], [step("sift", [term("X[0 - i]")], names=maps(k="k"))], X="5"),
    ),
    "what is solved for is put into every factor": (
        ("    return make(substitute(dict(coefficient), values), moved, bound)", "    return make(dict(coefficient), moved, bound)"),
        theorem(
            [term("X[k]", "[k - i = 0]", bound="k", coefficient="k")],
            [step("sift", [term("X[i]", coefficient="k")], names=maps(k="k"))], X="5",
        ),
    ),
    # -- ranges that meet ------------------------------------------------------------------------------
    "ranges meet only if one is the other's negative": (
        ('other = condition(negative(the(one)))\n        if one != other and other in there:', 'other = next(r for r in ranges(term) if r != one)\n        if True:'),
        theorem([term("[i >= 0]", "[j >= 0]")], [step("ranges that meet", [term("[i = 0]")])]),
    ),
    # -- drop implied range ----------------------------------------------------------------------------
    "a dropped range must follow": (
        ("        if not assumed.implies(the(dropped), list(facts_of(term[1], assumed)), step[\"products\"]):\n            return\n", ""),
        theorem([term("[i >= 0]")], [step("drop implied range", [term()], dropped=[["range", [[1, ["i"]]]]])]),
    ),
    "a dropped range is judged by the others": (
        ("        term = without(term, dropped)\n        if not assumed.implies(the(dropped), list(facts_of(term[1], assumed)), step[\"products\"]):\n            return\n",
         "        facts = list(facts_of(term[1], assumed))\n        term = without(term, dropped)\n        if not assumed.implies(the(dropped), facts):\n            return\n"),
        theorem([term("[i >= 0]")], [step("drop implied range", [term()], dropped=[["range", [[1, ["i"]]]]])]),
    ),
    "only ranges are dropped": (
        ('if dropped[0] != "range" or dropped not in term[1]:', "if dropped not in term[1]:"),
        theorem([term("[i = 0]")], [step("drop implied range", [term()], dropped=[["delta", [[1, ["i"]]]]])], lower={"i": 0}),
    ),
    "p >= 0 follows if p <= -1 cannot be, not if p <= 0 cannot": (
        ("return self.no_solution([below(p)], facts)", "return self.no_solution([add(below(p), const(1), -1)], facts)"),
        theorem([term("[i >= 0]")], [step("drop implied range", [term()], dropped=[["range", [[1, ["i"]]]]])], lower={"i": -1}),
    ),
    # -- rewrite under bracket ---------------------------------------------------------------------------
    "the bracket stays": (
        ("yield [make(dict(coefficient), [*factors, factor], bound)]", "yield [make(dict(coefficient), factors, bound)]"),
        theorem([term("X[i]", "[i - 2 = 0]")], [step("rewrite under bracket", [term("X[2]")])], X="5"),
    ),
    "a name is rewritten only if it is a unit": (
        ("            if unit(the(factor), m):\n                coefficient, factors", "            if unit(the(factor), m) or True:\n                coefficient, factors"),
        theorem([term("X[i]", "[2*i - 4 = 0]")], [step("rewrite under bracket", [term("X[0]", "[2*i - 4 = 0]")])], X="5"),
    ),
    # -- empty range -------------------------------------------------------------------------------------
    "a term is empty only if its factors contradict each other": (
        EMPTY, theorem([term("X[i]")], [step("empty range", [])], [], X="5"),
    ),
    "an index is below the size, not at it": (
        ("yield from within(p, shape[at])", "yield from within(p, add(shape[at], const(1), -1))"),
        theorem([term("X[4]")], [step("empty range", [])], [], X="5"),
    ),
    "an index starts at 0, not at 1": (
        ("yield from within(p, shape[at])", "yield from (add(p, const(1), -1), within(p, shape[at])[1])"),
        theorem([term("X[0]")], [step("empty range", [])], [], X="5"),
    ),
    "a product is not negative only if all its names are bounded": (
        ("if all(n in self.lower for n in key)]", "if any(n in self.lower for n in key)]"),
        theorem([term("[0 - i*s - 1 >= 0]")], [step("empty range", [])], [], lower={"s": 0}),
    ),
    "a name is written from its own least value": (
        ("{n: add(name(n), const(low)) for n, low in self.lower.items() if low}", "{n: add(name(n), const(low + 1)) for n, low in self.lower.items() if low}"),
        theorem([term("[2 - n >= 0]")], [step("empty range", [])], [], lower={"n": 2}),
    ),
    "a floor is not exact": (
        ('[rest, negative(rest) if exact else', '[rest, negative(rest) if True else'),
        theorem([term("[n - 2*m - 1 = 0]")], [step("empty range", [])], [], defined=[defined("m", "floor", "n", "2")]),
    ),
    "a denominator is at least 1": (
        ("        if not self.positive(by):\n            raise", "        if False:\n            raise"),
        theorem([term("[s - 1 >= 0]")], [step("drop implied range", [term()], dropped=[["range", [[1, ["s"]], [-1, []]]]])], defined=[defined("m", "floor", "n", "s")]),
    ),
    "a floor leaves a rest below the denominator": (
        ("within(rest, by)[1]]", "within(rest, add(by, const(1), -1))[1]]"),
        theorem([term("[n - 2*m - 1 = 0]")], [step("empty range", [])], [], defined=[defined("m", "floor", "n", "2")]),
    ),
    "a floor counts from its offset": (
        ("mul(by, add(name(n), const(offset), -1))", "mul(by, add(name(n), const(offset)))"),
        theorem([term("[n - m + 1 = 0]")], [step("empty range", [])], [], defined=[defined("m", "floor", "n", "1", offset=1)]),
    ),
    "a maximum is not below its parts, and may be above one": (
        ("new = [add(name(n), p, -1) for p in parts]", "new = [add(p, name(n), -1) for p in parts]"),
        theorem([term("[q - n - 1 >= 0]")], [step("empty range", [])], [], defined=[defined("q", "maximum", "n", "p")]),
    ),
    # -- linear arithmetic -------------------------------------------------------------------------------
    "what is eliminated has a lower and an upper bound": (
        ("upper = [p for p in both.values() if p.get(key, 0) < 0]", "upper = [p for p in both.values() if key in p]"),
        theorem([term("[i >= 0]", "[i + j - 1 >= 0]", "[i - j - 1 >= 0]")], [step("empty range", [])], []),
    ),
    "the sum of two inequalities has the names of both": (
        ("yield add({k: -b[key] * v for k, v in a.items()}, b, a[key])", "yield add({k: -b[key] * v for k, v in a.items()}, {k: v for k, v in b.items() if k in a}, a[key])"),
        theorem([term("[i - 3 >= 0]", "[j - i >= 0]")], [step("empty range", [])], []),
    ),
    # -- products of facts -------------------------------------------------------------------------------
    "a product is a fact only if both its factors are": (
        ("if all(one in facts or self.implies(one, facts) for one in (p, q))]", "]"),
        theorem([term("[i >= 0]")], [step("drop implied range", [term()], dropped=[["range", [[1, ["i"]]]]], products=pairs("i", "1"))]),
    ),
    "a product is a fact only if both its factors are, not one": (
        ("if all(one in facts or self.implies(one, facts) for one in (p, q))]", "if any(one in facts or self.implies(one, facts) for one in (p, q))]"),
        theorem([term("[i*j - 1 >= 0]", "[j >= 0]")], [step("empty range", [], products=pairs("0 - i", "j"))], []),
    ),
    # -- brackets and ranges that hold ---------------------------------------------------------------------
    "an axis of two elements has two": (
        ("        if size == const(1):\n            yield [new]", "        if size is not None:\n            yield [new]"),
        theorem([term("X[i]")], [step("one element", [term("X[0]", "[i = 0]")], digits=polys("i"))], X="2"),
    ),
    "an index is 0, not another": (
        ("            if dict(index) == e:\n                moved", "            if True:\n                moved"),
        theorem([term("X[i]")], [step("one element", [term("X[0]", "[j = 0]")], digits=polys("j"))], X="1"),
    ),
    "the size is that of the axis": (
        ("yield None if shape is None else shape[at], without", "yield None if shape is None else const(1) if const(1) in shape else {}, without"),
        theorem([term("X[0, i]")], [step("one element", [term("X[0, 0]", "[i = 0]")], digits=polys("i"))], X="1, 3"),
    ),
    "an index is at its edge if it cannot be below": (
        ("for side in (there, negative(there))):", "for side in (negative(there),)):"),
        theorem([term("X[i]")], [step("index at its edge", [term("X[4]", "[i - 4 = 0]")], digits=polys("i", "4"))], X="5"),
    ),
    "an index is at its edge if it cannot be above": (
        ("for side in (there, negative(there))):", "for side in (there,)):"),
        theorem([term("X[i]")], [step("index at its edge", [term("X[0]", "[i = 0]")], digits=polys("i", "0"))], X="5"),
    ),
    "the index at its edge is the one that is replaced": (
        ("            if dict(index) == e:\n                moved", "            if True:\n                moved"),
        theorem(
            [term("X[i]", "X[j]")], [step("index at its edge", [term("X[i]", "X[0]", "[i = 0]")], digits=polys("i", "0"))], X="5", facts=["i", "0 - i"],
        ),
    ),
    "a bracket stays where its multiples are taken out": (
        [("for result in (one for one in step[\"result\"][:1] if factor in one[1]):", "for result in step[\"result\"][:1]:"),
         ("old, new = without(term, factor), without(result, factor)", "old, new = without(term, factor), result")],
        theorem([term("X[2*i]", "[2*i - j = 0]")], [step("rewrite under bracket", [term("X[j]")])], X="5"),
    ),
    "only multiples of what is 0 are taken out": (
        ("            if any(less(old, the(factor), key) == less(new, the(factor), key) for key in the(factor)):", "            if True:"),
        theorem([sum_of("X[2*k]", "[2*k - 2 = 0]")], [step("rewrite under bracket", [sum_of("X[k]", "[2*k - 2 = 0]")])],
                [sum_of("X[k]", "[2*k - 2 = 0]")], X="5"),
    ),
    "multiples are those of the bracket": (
        ("        return add(p, mul(times, e), -1)\n\n    coefficient", "        return {n: v for n, v in p.items() if not set(key) <= set(n)}\n\n    coefficient"),
        theorem([term("X[2*i]", "[2*i - j = 0]")], [step("rewrite under bracket", [term("X[0]", "[2*i - j = 0]")])],
                [term("X[0]", "[2*i - j = 0]")], X="5"),
    ),
    "a value is the only one if it cannot be below": (
        ("for side in (rest, negative(rest))", "for side in (negative(rest),)"),
        theorem([sum_of("X[k + 2]", "[0 - k >= 0]")], [step("only value", [term("X[2]", "[0 >= 0]")], names=maps(k="k"), digits=polys("0"))], X="5"),
    ),
    "a value is the only one if it cannot be above": (
        ("for side in (rest, negative(rest))", "for side in (rest,)"),
        theorem([sum_of("X[k]")], [step("only value", [term("X[0]")], names=maps(k="k"), digits=polys("0"))], X="5"),
    ),
    "of a free name it must be assumed": (
        ("facts = list(facts_of(term[1], assumed)) if v in term[2] else []", "facts = list(facts_of(term[1], assumed))"),
        theorem([term("X[i]")], [step("only value", [term("X[0]")], names=maps(i="i"), digits=polys("0"))], X="1"),
    ),
    "a value does not have the name itself": (
        ("if v not in names_of(e) and held:", "if held:"),
        theorem([sum_of("X[k]")], [step("only value", [term("X[k]")], names=maps(k="k"), digits=polys("k"))], X="5"),
    ),
    "a range is at its edge only if it cannot be above": (
        ("        if follows(negative(the(factor)), without(term, factor), step, assumed):", "        if True:"),
        theorem([term("[i >= 0]")], [step("range at its edge", [term("[i = 0]")])]),
    ),
    "a bracket that is dropped follows from below": (
        ("for side in (the(factor), negative(the(factor)))):", "for side in (the(factor),)):"),
        theorem([term("[i = 0]")], [step("drop implied bracket", [term()])], facts=["i"]),
    ),
    "a bracket that is dropped follows from above": (
        ("for side in (the(factor), negative(the(factor)))):", "for side in (negative(the(factor)),)):"),
        theorem([term("[i = 0]")], [step("drop implied bracket", [term()])], facts=["0 - i"]),
    ),
    "a bracket is judged by the others": (
        ("        rest = without(term, factor)\n        if all(follows(side, rest,", "        rest = without(term, factor)\n        if all(follows(side, term,"),
        theorem([term("[i = 0]")], [step("drop implied bracket", [term()])]),
    ),
    # -- digits ------------------------------------------------------------------------------------------
    "a rest may not be below -S": (
        ("if between(negative(b), size, rest, step, assumed) and between(b", "if between(b"),
        theorem([term("[2*i + j = 0]")], [step("split bracket", [term("[i = 0]", "[j = 0]")], digits=polys("2", "i", "j"))], facts=["1 - j"]),
    ),
    "a rest may not be above S": (
        ("and between(b, size, rest, step, assumed):\n            yield [without(term, factor, bracket(a)", ":\n            yield [without(term, factor, bracket(a)"),
        theorem([term("[2*i + j = 0]")], [step("split bracket", [term("[i = 0]", "[j = 0]")], digits=polys("2", "i", "j"))], facts=["j - 2", "2 - j", "1 + i", "1 - i"]),
    ),
    "every other factor stays when a bracket is split": (
        ("yield [without(term, factor, bracket(a), bracket(b))]", "yield [make(dict(term[0]), [bracket(a), bracket(b)], term[2])]"),
        theorem(
            [term("X[i]", "[2*i + j = 0]")],
            [step("split bracket", [term("[i = 0]", "[j = 0]")], digits=polys("2", "i", "j"))], facts=["1 + j", "1 - j"], X="5",
        ),
    ),
    "a range is divided only with a rest that is not negative": (
        ("if between(b, size, rest, step, assumed) and follows(b, rest, step, assumed):", "if between(b, size, rest, step, assumed):"),
        theorem([term("[2*i + j >= 0]")], [step("divide range", [term("[i >= 0]")], digits=polys("2", "i", "j"))], facts=["1 - j"]),
    ),
    "a range is divided only with a rest below the size": (
        ("if between(b, size, rest, step, assumed) and follows(b, rest, step, assumed):", "if follows(b, rest, step, assumed):"),
        theorem([term("[2*i + j >= 0]")], [step("divide range", [term("[i >= 0]")], digits=polys("2", "i", "j"))], facts=["j"]),
    ),
    "what follows, follows from what is left": (
        ("        rest = without(term, factor)\n        if between(b, size", "        rest = term\n        if between(b, size"),
        theorem(
            [term("[i >= 0]")], [step("divide range", [term("[0 >= 0]")], digits=polys("10", "0", "i"))], facts=["9 - i"],
        ),
    ),
    "there is one quotient only of a size": (
        [("if free and assumed.positive(size) and (rest :=", "if free and (rest :="), NO_LIMITS],
        theorem(
            [sum_of("[i - k*s >= 0]", "[s - 1 - i + k*s >= 0]")],
            [step("one quotient", [term()], names=maps(k="k"), digits=polys("s", "i"))],
        ),
    ),
    "a quotient is not of itself": (
        ("free = v not in names_of(size) | names_of(e)", "free = True"),
        theorem(
            [sum_of("[i - k >= 0]", "[1 - i + k >= 0]")],
            [step("one quotient", [term()], names=maps(k="k"), digits=polys("2", "i + k"))],
        ),
    ),
    "a quotient stands nowhere else": (
        ("    return None if v in term_names(rest) else rest", "    return rest"),
        theorem(
            [sum_of("X[k]", "[i - 2*k >= 0]", "[1 - i + 2*k >= 0]")],
            [step("one quotient", [term("X[k]")], names=maps(k="k"), digits=polys("2", "i"))], X="5",
        ),
    ),
    "another condition on a quotient stays": (
        ("yield [make(dict(rest[0]), [*rest[1], *new], rest[2])]", "yield [rest]"),
        theorem(
            [sum_of("[i - 2*k >= 0]", "[1 - i + 2*k >= 0]", "[k >= 0]")],
            [step("one quotient", [term()], names=maps(k="k"), digits=polys("2", "i"))],
        ),
    ),
    "a quotient is rounded down": (
        ("return add(add(add(mul(size, rest), size), const(1), -1), e, -1)", "return add(mul(size, rest), e, -1)"),
        theorem(
            [sum_of("[i - 2*k >= 0]", "[1 - i + 2*k >= 0]", "[1 - k >= 0]")],
            [step("one quotient", [term("[2 - i >= 0]")], names=maps(k="k"), digits=polys("2", "i"))], facts=["i - 3", "3 - i"],
        ),
    ),
    "a lower bound of a quotient is one": (
        ("    if unit(p, v) == 1:\n        return add(e, mul(size, rest))", "    if unit(p, v) == 1:\n        return add(e, rest)"),
        theorem(
            [sum_of("[i - 2*k >= 0]", "[1 - i + 2*k >= 0]", "[k - 3 >= 0]")],
            [step("one quotient", [term("[i - 3 >= 0]")], names=maps(k="k"), digits=polys("2", "i"))],
        ),
    ),
    "a quotient is bound": (
        ("    if v not in term[2] or any(factor", "    if any(factor"),
        theorem(
            [term("[i - 2*k >= 0]", "[1 - i + 2*k >= 0]")],
            [step("one quotient", [term()], names=maps(k="k"), digits=polys("2", "i"))],
        ),
    ),
    "a length is not negative": (
        ("    if follows(length, rest, step, assumed):", "    if True:"),
        theorem([sum_of("[k >= 0]", "[i - k >= 0]")], [step("count", [term(coefficient="i + 1")], names=maps(k="k"))]),
    ),
    "what is counted goes up and down by one": (
        ("                if unit(the(low), v) == 1 and unit(the(high), v) == -1:", "                if low != high:"),
        theorem([sum_of("[2*k >= 0]", "[5 - 2*k >= 0]")], [step("count", [term(coefficient="6")], names=maps(k="k"))]),
    ),
    "what is counted is the same everywhere": (
        ("        if v not in names_of(dict(term[0])):", "        if True:"),
        theorem(
            [term("[k >= 0]", "[2 - k >= 0]", bound="k", coefficient="k")], [step("count", [term(coefficient="3*k")], names=maps(k="k"))],
        ),
    ),
    "what is counted is in no entry": (
        ("    return None if v in term_names(rest) else rest", "    return rest"),
        theorem([sum_of("X[k]", "[k >= 0]", "[2 - k >= 0]")], [step("count", [term("X[k]", coefficient="3")], names=maps(k="k"))], X="5"),
    ),
    "what is added up is the difference": (
        ("        if difference == mul(dict(term[0]), scale):", "        if True:"),
        theorem(
            [term("[k >= 0]", "[i - k >= 0]", bound="k", coefficient="k")],
            [step("telescope", [term("[i + 1 >= 0]", coefficient="i*i + 2*i + 1")], names=maps(k="k"), digits=polys("k*k", "1"))],
        ),
    ),
    "what is added up is divided by a number other than 0": (
        ("    if type(by) is not int or by < 1:", "    if type(by) is not int:"),
        theorem(
            [term("[k >= 0]", "[i - k >= 0]", bound="k")],
            [step("telescope", [term("[i + 1 >= 0]", coefficient="0")], names=maps(k="k"), digits=polys("0", "0"))],
        ),
    ),
    "a joined name is new": (
        ("type(u) is str and u not in term_names(term)", "type(u) is str"),
        theorem(
            [term("X[s*q + k + u]", "[k >= 0]", "[s - 1 - k >= 0]", bound="q k")],
            [step("join digits", [sum_of("X[2*u]", bound="u")], names={}, digits=polys("s", "q", "k", "u"))], X="5", lower={"s": 1},
        ),
    ),
    "both digits that are joined are summed": (
        ("and new and {q, r} <= set(term[2]):", "and new and q in term[2]:"),
        theorem(
            [term("X[s*q + k]", "[k >= 0]", "[s - 1 - k >= 0]", bound="q")],
            [step("join digits", [sum_of("X[u]", bound="u")], names={}, digits=polys("s", "q", "k", "u"))], X="5", lower={"s": 1},
        ),
    ),
    # -- sums in parts -----------------------------------------------------------------------------------
    "the parts of a split do not overlap": (
        ("for side in (e, below(e))]", "for side in (e, negative(e))]"),
        theorem([term("X[i]")], [step("split at a condition", [term("X[i]", "[i >= 0]"), term("X[i]", "[0 - i >= 0]")], digits=polys("i"))],
                [term("X[i]", "[i >= 0]"), term("X[i]", "[0 - i >= 0]")], X="5"),
    ),
    "every residue has its part": (
        ("{v: add(start, const(rest))}, bound) for rest in range(size)]", "{v: add(start, const(rest))}, bound) for rest in range(size - 1)]"),
        theorem([sum_of("X[k]")], [step("residues", [sum_of("X[2*q]", bound="q")], names=maps(k="k"), digits=polys("2", "q", "0"))], X="5"),
    ),
    "only a bound name has all residues": (
        ("            if v in term[2] and q not in names_of(c):", "            if q not in names_of(c):"),
        theorem(
            [term("X[k]")],
            [step("residues", [sum_of("X[2*q]", bound="q"), sum_of("X[2*q + 1]", bound="q")], names=maps(k="k"), digits=polys("2", "q", "0"))],
            [sum_of("X[2*q]", bound="q"), sum_of("X[2*q + 1]", bound="q")], X="5",
        ),
    ),
    "the new name of a quotient is not in the term": (
        ("<= MOST_RESIDUES and type(q) is str and q not in term_names(term):", "<= MOST_RESIDUES and type(q) is str:"),
        theorem(
            [sum_of("X[k + q]", "w[k]")],
            [step("residues", [sum_of("X[3*q]", "w[2*q]", bound="q"), sum_of("X[3*q + 1]", "w[2*q + 1]", bound="q")], names=maps(k="k"), digits=polys("2", "q", "0"))],
            [sum_of("X[3*q]", "w[2*q]", bound="q"), sum_of("X[3*q + 1]", "w[2*q + 1]", bound="q")], X="5", w="4",
        ),
    ),
    "where residues start is free of the new name": (
        ("if v in term[2] and q not in names_of(c):", "if v in term[2]:"),
        theorem(
            [sum_of("X[k]")],
            [step("residues", [sum_of("X[3*q]", bound="q"), sum_of("X[3*q + 1]", bound="q")], names=maps(k="k"), digits=polys("2", "q", "q"))],
            [sum_of("X[3*q]", bound="q"), sum_of("X[3*q + 1]", bound="q")], X="5",
        ),
    ),
    "a sum that is written out is not longer above": (
        ("(add(name(v), first, -1), add(last, name(v), -1))", "(add(name(v), first, -1),)"),
        theorem([sum_of("X[k]")], [step("write out", [term("X[0]"), term("X[1]")], names=maps(k="k"), digits=polys("0", "1"))], [term("X[0]"), term("X[1]")], X="3"),
    ),
    "a sum that is written out is not longer below": (
        ("(add(name(v), first, -1), add(last, name(v), -1))", "(add(last, name(v), -1),)"),
        theorem([sum_of("X[k]")], [step("write out", [term("X[1]"), term("X[2]")], names=maps(k="k"), digits=polys("1", "2"))], [term("X[1]"), term("X[2]")], X="3"),
    ),
    "every value is written out": (
        ("for at in range(more + 1)]", "for at in range(more)]"),
        theorem([sum_of("X[k]")], [step("write out", [term("X[0]"), term("X[1]")], names=maps(k="k"), digits=polys("0", "2"))], [term("X[0]"), term("X[1]")], X="3"),
    ),
    "every remainder has its part": (
        ("brackets = [bracket(add(start, const(-rest))) for rest in range(size)]", "brackets = [bracket(add(start, const(-rest))) for rest in range(size - 1)]"),
        theorem([term("X[i]")], [step("split by a remainder", [sum_of("X[i]", "[i - 2*q = 0]", bound="q")], names={}, digits=polys("2", "q", "i"))],
                [sum_of("X[i]", "[i - 2*q = 0]", bound="q")], X="5"),
    ),
    "the name of a quotient is new": (
        ("type(q) is str and q not in term_names(term) | names_of(e):", "type(q) is str:"),
        theorem([term("X[q]")], [step("split by a remainder", [sum_of("X[q]", "[q = 0]", bound="q")], names={}, digits=polys("1", "q", "2*q"))],
                [sum_of("X[q]", "[q = 0]", bound="q")], X="5"),
    ),
    "the part of a quotient is not negative": (
        ("all(follows(add(high, low, -1), term, step, assumed) for low, high in ends)", "all(follows(add(high, low, -1), term, step, assumed) for low, high in ends[1:])"),
        theorem([term("X[i]")], [step("split a quotient", [
            sum_of("X[i]", "[i - 2*q >= 0]", "[0 - 2 - i + 2*q >= 0]", bound="q"), sum_of("X[i]", "[i - 2*q + 1 >= 0]", "[1 - i + 2*q >= 0]", bound="q")],
            names={}, digits=polys("2", "i", "q", "0 - 1"))],
            [sum_of("X[i]", "[i - 2*q >= 0]", "[0 - 2 - i + 2*q >= 0]", bound="q"), sum_of("X[i]", "[i - 2*q + 1 >= 0]", "[1 - i + 2*q >= 0]", bound="q")], X="5"),
    ),
    "the part of a quotient is not longer": (
        ("all(follows(add(high, low, -1), term, step, assumed) for low, high in ends)", "all(follows(add(high, low, -1), term, step, assumed) for low, high in ends[:1])"),
        theorem([term("X[i]")], [step("split a quotient", [
            sum_of("X[i]", "[i - 2*q >= 0]", "[2 - i + 2*q >= 0]", bound="q"), sum_of("X[i]", "[i - 2*q - 3 >= 0]", "[1 - i + 2*q >= 0]", bound="q")],
            names={}, digits=polys("2", "i", "q", "3"))],
            [sum_of("X[i]", "[i - 2*q >= 0]", "[2 - i + 2*q >= 0]", bound="q"), sum_of("X[i]", "[i - 2*q - 3 >= 0]", "[1 - i + 2*q >= 0]", bound="q")], X="5"),
    ),
    "the name of a quotient that is split is new": (
        ("    new = type(q) is str and q not in term_names(term).union(*map(names_of, (size, e, *cuts)))", "    new = type(q) is str"),
        theorem([term("X[q]")], [step("split a quotient", [
            sum_of("X[q]", "[q >= 0]", "[0 - q >= 0]", bound="q"), sum_of("X[q]", "[q - 1 >= 0]", "[0 - q >= 0]", bound="q")],
            names={}, digits=polys("1", "2*q", "q", "1"))],
            [sum_of("X[q]", "[q >= 0]", "[0 - q >= 0]", bound="q"), sum_of("X[q]", "[q - 1 >= 0]", "[0 - q >= 0]", bound="q")], X="5"),
    ),
    "the size of a quotient that is split is positive": (
        # Where the size is 0 a quotient may be any number, so the sum over it is not finite.
        [("    inside = assumed.positive(size) and all(follows(", "    inside = all(follows("), NO_LIMITS],
        theorem([term("X[i]")], [step("split a quotient", [sum_of("X[i]", "[i >= 0]", "[0 - 1 - i >= 0]", bound="q")],
                                      names={}, digits=polys("0", "i", "q"))], [sum_of("X[i]", "[i >= 0]", "[0 - 1 - i >= 0]", bound="q")], X="5"),
    ),
    "the parts of a quotient are in order": (
        ("all(follows(add(high, low, -1), term, step, assumed) for low, high in ends)", "all(follows(add(size, low, -1), term, step, assumed) for low, high in ends)"),
        theorem([term("X[i]")], [step("split a quotient", [
            sum_of("X[i]", "[i - 3*q >= 0]", "[1 - i + 3*q >= 0]", bound="q"), sum_of("X[i]", "[i - 3*q - 2 >= 0]", "[0 - i + 3*q >= 0]", bound="q"),
            sum_of("X[i]", "[i - 3*q - 1 >= 0]", "[2 - i + 3*q >= 0]", bound="q")], names={}, digits=polys("3", "i", "q", "2", "1"))],
            [sum_of("X[i]", "[i - 3*q >= 0]", "[1 - i + 3*q >= 0]", bound="q"), sum_of("X[i]", "[i - 3*q - 2 >= 0]", "[0 - i + 3*q >= 0]", bound="q"),
             sum_of("X[i]", "[i - 3*q - 1 >= 0]", "[2 - i + 3*q >= 0]", bound="q")], X="5"),
    ),
    "a range is multiplied only with a rest that is not negative": (
        ("if between(b, size, rest, step, assumed) and follows(b, rest, step, assumed):", "if between(b, size, rest, step, assumed):"),
        theorem([term("X[i]", "[i - 1 >= 0]")], [step("multiply range", [term("X[i]", "[2*i - 5 >= 0]")], digits=polys("2", "i - 1", "0 - 3"))],
                [term("X[i]", "[2*i - 5 >= 0]")], X="5"),
    ),
    "a range is multiplied only with a rest below the size": (
        ("if between(b, size, rest, step, assumed) and follows(b, rest, step, assumed):", "if follows(b, rest, step, assumed):"),
        theorem([term("X[i]", "[i - 2 >= 0]")], [step("multiply range", [term("X[i]", "[2*i - 1 >= 0]")], digits=polys("2", "i - 2", "3"))],
                [term("X[i]", "[2*i - 1 >= 0]")], X="5"),
    ),
    "a bracket is not combined with itself": (
        ("    if one in term[1] and other in term[1] and one != other:", "    if one in term[1] and other in term[1]:"),
        theorem([term("X[i]", "[i = 0]")], [step("combine brackets", [term("X[i]", "[0 = 0]")], digits=polys("i", "i", "0 - 1"))], [term("X[i]", "[0 = 0]")], X="5"),
    ),
    "what is combined with a bracket has that bracket": (
        ("    if one in term[1] and other in term[1] and one != other:", "    if other in term[1] and one != other:"),
        theorem([term("X[i]", "[i - j = 0]")], [step("combine brackets", [term("X[i]", "[i - 1 = 0]")], digits=polys("j - 1", "i - j", "1"))], [term("X[i]", "[i - 1 = 0]")], X="5"),
    ),
    "a bracket stays when it is combined": (
        ("        yield [without(term, other, bracket(add(f, mul(k, e))))]", "        yield [without(without(term, one), other, bracket(add(f, mul(k, e))))]"),
        theorem([term("X[i]", "[i - j = 0]", "[j = 0]")], [step("combine brackets", [term("X[i]", "[i = 0]")], digits=polys("j", "i - j", "1"))], [term("X[i]", "[i = 0]")], X="5"),
    ),
    "what divides a number is positive": (
        ("and factor in term[1] and assumed.positive(size):", "and factor in term[1]:"),
        theorem([sum_of("f[k]", "[k*j - 1 = 0]", "[2 + k >= 0]", "[2 - k >= 0]")],
                [step("divisors", [sum_of("f[k]", "[k - 1 = 0]", "[j - 1 = 0]", "[2 + k >= 0]", "[2 - k >= 0]")], digits=polys("j", "k", "0 - 1"))], f=None),
    ),
    "0 has more divisors than can be written": (
        ("    if type(c) is int and 0 < abs(c) <= MOST_RESIDUES and", "    if type(c) is int and abs(c) <= MOST_RESIDUES and"),
        theorem([term("X[i]", "[i*s = 0]")], [step("divisors", [], digits=polys("s", "i", "0"))], [], X="5", lower={"s": 1}),
    ),
    "every divisor has its part": (
        ("        found = (d for d in range(1, abs(c) + 1) if c % d == 0)", "        found = (d for d in range(1, abs(c)) if c % d == 0)"),
        theorem([sum_of("f[k]", "[k*s - 2 = 0]")], [step("divisors", [sum_of("f[k]", "[k - 2 = 0]", "[s - 1 = 0]")], digits=polys("s", "k", "0 - 2"))],
                f=None, lower={"s": 1}),
    ),
    "the part of a divisor has that divisor": (
        ("bracket(add(mul(const(d), a), rest))) for d in found]", "bracket(add(a, rest))) for d in found]"),
        theorem([sum_of("X[k]", "[k*s - 2 = 0]")],
                [step("divisors", [sum_of("X[k]", "[k - 2 = 0]", f"[s - {d} = 0]") for d in (1, 2)], digits=polys("s", "k", "0 - 2"))],
                [sum_of("X[k]", "[k - 2 = 0]", f"[s - {d} = 0]") for d in (1, 2)], X="5", lower={"s": 1}),
    ),
    "a maximum is the first of the greatest": (
        ("const(int(b < a)), -1)", "const(0), -1)"),
        theorem([term("X[m]")], [step("cases of a maximum", [term("X[i]", "[i - j >= 0]"), term("X[j]", "[j - i >= 0]")], names=maps(m="m"))],
                [term("X[i]", "[i - j >= 0]"), term("X[j]", "[j - i >= 0]")], X="5", defined=[defined("m", "maximum", "i", "j")]),
    ),
    "a maximum is each of its parts where that is the greatest": (
        ("for g, ps in zip(there, apart)]", "for g, ps in zip(there[:1], apart)]"),
        theorem([term("X[m]")], [step("cases of a maximum", [term("X[i]", "[i - j >= 0]")], names=maps(m="m"))],
                [term("X[i]", "[i - j >= 0]")], X="5", defined=[defined("m", "maximum", "i", "j")]),
    ),
    "the cases of a maximum are of that name": (
        ('        if n in step["names"]:\n            there = [replaced', '        if True:\n            n, = step["names"]\n            there = [replaced'),
        theorem([term("X[k]", "[m >= 0]")], [step("cases of a maximum", [term("X[i]", "[i - j >= 0]", "[m >= 0]"), term("X[j]", "[j - i - 1 >= 0]", "[m >= 0]")], names=maps(k="k"))],
                [term("X[i]", "[i - j >= 0]", "[m >= 0]"), term("X[j]", "[j - i - 1 >= 0]", "[m >= 0]")], X="5", defined=[defined("m", "maximum", "i", "j")]),
    ),
    "a floor is not negative only if what it is of is not": (
        ("if self.implies(above, []) else new", "if True else new"),
        theorem([term("X[i]", "[q >= 0]")], [step("drop implied range", [term("X[i]")], dropped=[["range", [[1, ["q"]]]]])],
                X="5", defined=[defined("q", "floor", "i - 2", "2")]),
    ),
    "what is joined has the condition": (
        ("    if (factor := condition(e)) in term[1]:\n        yield [without(term, factor), minus", "    if (factor := condition(e)) or True:\n        term = without(term, term[1][-1], factor)\n        yield [without(term, factor), minus"),
        theorem([term("X[i]", "[i - 3 >= 0]")],
                [step("join at a condition", [term("X[i]"), term("X[i]", "[j - 1 >= 0]", coefficient="0 - 1")], digits=polys("0 - j"))],
                [term("X[i]"), term("X[i]", "[j - 1 >= 0]", coefficient="0 - 1")], X="5"),
    ),
    "the parts that are joined have no place in common": (
        ("minus(without(term, factor, condition(below(e))))]", "minus(without(term, factor, condition(negative(e))))]"),
        theorem([term("X[i]", "[i - 3 >= 0]")],
                [step("join at a condition", [term("X[i]"), term("X[i]", "[3 - i >= 0]", coefficient="0 - 1")], digits=polys("i - 3"))],
                [term("X[i]"), term("X[i]", "[3 - i >= 0]", coefficient="0 - 1")], X="5"),
    ),
    "the other part is subtracted": (
        ("    return (frozen(negative(dict(term[0]))), *term[1:])", "    return term"),
        theorem([term("X[i]", "[i - 3 >= 0]")],
                [step("join at a condition", [term("X[i]"), term("X[i]", "[2 - i >= 0]")], digits=polys("i - 3"))],
                [term("X[i]"), term("X[i]", "[2 - i >= 0]")], X="5"),
    ),
    "a range that is added follows": (
        ("    (e,) = digits(step, 1)\n    if follows(e, term, step, assumed):", "    (e,) = digits(step, 1)\n    if True:"),
        theorem([term("X[i]")], [step("add implied range", [term("X[i]", "[i - 1 >= 0]")], digits=polys("i - 1"))], [term("X[i]", "[i - 1 >= 0]")], X="5"),
    ),
    "only what is assumed to add up to 1 does": (
        ('assumed.sums.get(tensor, ()) if kind == "access"', 'assumed.sums.get(tensor, (0,)) if kind == "access"'),
        theorem([sum_of("X[k]")], [step("adds up to one", [term()], names={})], [term()], X="5"),
    ),
    "it adds up to 1 if its index is in no other place": (
        ("set(names) <= set(term[2]) and term_names(rest).isdisjoint(names)", "set(names) <= set(term[2])"),
        theorem([term("p[k]", "f[3]", bound="k", coefficient="k")], [step("adds up to one", [term("f[3]", coefficient="k")], names={})],
                [term("f[3]", coefficient="k")], p="3", f=None, sums={"p": [0]}),
    ),
    "it adds up to 1 if all of it is summed": (
        ("len(axes) > 0 and set(names) <= set(term[2]) and term", "len(axes) > 0 and term"),
        theorem([term("p[i]")], [step("adds up to one", [term()], names={})], [term()], p="3", sums={"p": [0]}, facts=["i", "2 - i"]),
    ),
    "two indices that are one do not add up to 1": (
        ("        alone = len(set(names)) == len(axes) > 0 and", "        alone = len(axes) > 0 and"),
        theorem([sum_of("p[k, k]")], [step("adds up to one", [term()], names={})], [term()], p="2, 2", sums={"p": [0, 1]}),
    ),
    "it adds up to 1 only inside the shape": (
        ("[*without(term, factor)[1], *inside], [n for", "[*without(term, factor)[1]], [n for"),
        theorem([sum_of("p[i, k]")], [step("adds up to one", [term()], names={})], [term()], p="2, 3", sums={"p": [1]}),
    ),
    "no elements add up to 0": (
        ("        if alone and all(assumed.positive(shape[axis]) for axis in axes):", "        if alone:"),
        theorem([sum_of("p[k]")], [step("adds up to one", [term()], names={})], [term()], p="n", sums={"p": [0]}, lower={"n": 0}),
    ),
    "a coefficient is the sum of its parts": (
        ("    if collected(parts) == collected([term]):", "    if parts:"),
        theorem([term("X[i]", coefficient="3")], [step("split a coefficient", [term("X[i]"), term("X[i]")])], [term("X[i]", coefficient="2")], X="5"),
    ),
    "the first residue is the term": (
        ("            if first == term:", "            if True:"),
        theorem([sum_of("f[3*k]", "X[k]")],
                [step("join residues", [sum_of("f[k]", "X[k]"), sum_of("f[2*q + 1]", "X[2*q + 1]", bound="q") | {"coefficient": [[-1, []]]}],
                      names=maps(k="k"), digits=polys("2", "q"))],
                [sum_of("f[k]", "X[k]"), sum_of("f[2*q + 1]", "X[2*q + 1]", bound="q") | {"coefficient": [[-1, []]]}], X="5", f=None),
    ),
    "every other residue is subtracted": (
        ("                yield [whole, *map(minus, others)]", "                yield [whole, *map(minus, others[:-1])]"),
        theorem([sum_of("X[2*q]", bound="q")], [step("join residues", [sum_of("X[k]")], names=maps(k="k"), digits=polys("2", "q"))], [sum_of("X[k]")], X="5"),
    ),
    "a name in cases is not larger": (
        ("for end in (add(name(v), first, -1), add(last, name(v), -1)))", "for end in (add(name(v), first, -1),))"),
        theorem([term("X[i]")], [step("cases of a name", [term("X[0]", "[i = 0]")], names=maps(i="i"), digits=polys("0", "0"))], [term("X[0]", "[i = 0]")], X="5"),
    ),
    "a name in cases is not smaller": (
        ("for end in (add(name(v), first, -1), add(last, name(v), -1)))", "for end in (add(last, name(v), -1),))"),
        theorem([term("X[i]")], [step("cases of a name", [term("X[4]", "[i - 4 = 0]")], names=maps(i="i"), digits=polys("4", "4"))], [term("X[4]", "[i - 4 = 0]")], X="5"),
    ),
    "a case has its bracket": (
        ("[*g[1], bracket(add(name(v), value, -1))], g[2])", "g[1], g[2])"),
        theorem([term("X[i]", "[i = 0]")], [step("cases of a name", [term("X[0]", "[0 = 0]")], names=maps(i="i"), digits=polys("0", "0"))], [term("X[0]", "[0 = 0]")], X="5"),
    ),
    "every value has its case": (
        ("    return [add(first, const(at)) for at in range(more + 1)]", "    return [add(first, const(at)) for at in range(more)]"),
        theorem([term("X[i]")], [step("cases of a name", [term("X[0]", "[i = 0]")], names=maps(i="i"), digits=polys("0", "1"))], [term("X[0]", "[i = 0]")], X="2"),
    ),
    "only a bound name is written out": (
        ("        if v in term[2] and free and is_held(", "        if free and is_held("),
        theorem([term("X[k]")], [step("write out", [term("X[0]"), term("X[1]")], names=maps(k="k"), digits=polys("0", "1"))], [term("X[0]"), term("X[1]")], X="2"),
    ),
    "the ends of what is written out are fixed": (
        ("        if v in term[2] and free and is_held(", "        if v in term[2] and is_held("),
        theorem([sum_of("X[k]")], [step("write out", [term("X[k]"), term("X[k + 1]")], names=maps(k="k"), digits=polys("k", "k + 1"))],
                [term("X[k]"), term("X[k + 1]")], X="3"),
    ),
    "an inequality is divided by what all its coefficients have in common": (
        ("common = common_divisor(p) or 1", "common = max([abs(value) for key, value in p.items() if key], default=1) or 1"),
        theorem([term("[3*i + 2*j - 1 >= 0]", "[0 - i >= 0]")], [step("empty range", [])], []),
    ),
    "a constant is rounded down by less than one": (
        ("constant = p.get((), 0) // common", "constant = p.get((), 0) // common - 1"),
        theorem([term("[i >= 0]", "[0 - i >= 0]")], [step("empty range", [])], []),
    ),
    # -- re-index ----------------------------------------------------------------------------------------
    "an old name is not among the new ones": (
        ("maps = all(names_of(p) <= new | free for p in names.values())", "maps = True"),
        theorem([sum_of("w[k]", "X[i + k]")], [step("re-index", [term("w[k]", "X[i + k]")], names=maps(k="k"), inverse={})], w="2", X="5"),
    ),
    "a new name is not among those that it is made of": (
        [("    maps = maps and all(names_of(p) <= old | free for p in inverse.values())\n", ""), NO_LIMITS],
        theorem(
            [sum_of("w[k]")], [step("re-index", [term("w[u]", bound="u z")], names=maps(k="u"), inverse=maps(u="k", z="z"))], w="2",
        ),
    ),
    "what a re-indexing does is undone (N(M(v)) = v)": (
        ("maps and undoes(inverse, names) and undoes(names, inverse)", "maps and undoes(names, inverse)"),
        theorem(
            [sum_of("w[k]", "X[r]", bound="k r")],
            [step("re-index", [term("w[u]", "X[0]", bound="u")], names=maps(k="u", r="0"), inverse=maps(u="k"))], w="2", X="5",
        ),
    ),
    "what undoes it is undone (M(N(u)) = u)": (
        # The rest is not finite where this fails: N has points u that it takes to one point, and all directions from
        # one of them to another are in the support.
        [("and undoes(inverse, names) and undoes(names, inverse)", "and undoes(inverse, names)"), NO_LIMITS],
        theorem(
            [sum_of("w[k]")], [step("re-index", [term("w[u]", bound="u z")], names=maps(k="u"), inverse=maps(u="k", z="0"))], w="2",
        ),
    ),
    "a new name is not free in the term": (
        ("    fresh = not new & term_names(term)\n", "    fresh = True\n"),
        theorem([sum_of("w[k]", "X[i + k]")], [step("re-index", [term("w[i]", "X[2*i]", bound="i")], names=maps(k="i"), inverse=maps(i="k"))], w="2", X="5"),
    ),
    "a new name has no assumptions": (
        ("    if shared := assumed.names.intersection(term[2]):", "    if shared := set():"),
        theorem(
            [term("w[k]", bound="k")],
            [
                step("re-index", [term("w[a]", bound="a")], names=maps(k="a"), inverse=maps(a="k")),
                step("empty range", []),
            ],
            [], lower={"a": 2}, w="2",
        ),
    ),
    "every bound name has a new one": (
        ("    if set(names) == old and fresh", "    if fresh"),
        theorem(
            [sum_of("w[k]", "X[r]", bound="k r")], [step("re-index", [term("w[u]", "X[r]", bound="u")], names=maps(k="u"), inverse=maps(u="k"))],
            w="2", X="5",
        ),
    ),
    "a scale is not a bijection of the integers": (
        ("        else:\n            step[key] = {n: poly(p) for", "        else:\n            step[key] = {n: poly(p, fractions=True) for"),
        theorem(
            [sum_of("[k >= 0]", "[8 - k >= 0]")],
            [step("re-index", [term("[2*q >= 0]", "[8 - 2*q >= 0]", bound="q")], names=maps(k="2*q"), inverse={"q": [["1/2", ["k"]]]})],
        ),
    ),
    # -- vanish, collect, the end ------------------------------------------------------------------------
    "only 0 vanishes": (
        ("    if not term[0]:", "    if True:"), theorem([term("X[i]")], [step("vanish", [])], [], X="5"),
    ),
    "like terms are added, not kept once": (
        ("totals[factors, bound] = add(totals.get((factors, bound), {}), dict(coefficient))", "totals[factors, bound] = dict(coefficient)"),
        theorem([term("X[i]"), term("X[i]")], [], [term("X[i]")], X="5"),
    ),
    "terms are like if they have the same bound names": (
        [("totals[factors, bound] = add(totals.get((factors, bound), {}), dict(coefficient))", "totals[factors] = add(totals.get(factors, {}), dict(coefficient))"),
         ("final=form_text([(frozen(coefficient), *key) for key, coefficient in final.items()])", 'final=""')],
        theorem([term("X[k]")], [], [term("X[k]", bound="k")], X="5"),
    ),
    "a factor that stands twice counts twice": (
        ("(*sorted(accesses), *sorted(others))", "(*sorted(set(accesses)), *sorted(others))"),
        theorem([term("X[i]", "X[i]")], [], [term("X[i]")], X="5"),
    ),
    "every formula ends with the last line": (
        ("        if collected(terms) != final:", "        if False:"), theorem([term("X[i]")], [], [term("X[0]")], X="5"),
    ),
    "a rule gives what it gives": (
        ('    if not any(found == step["result"] for', '    if not any(True for'),
        theorem([sum_of("X[k]", "[k - i = 0]")], [step("sift", [term("X[i + 1]")], names=maps(k="k"))], X="5"),
    ),
    "a place is counted from the start": (
        ("    if not 0 <= at < len(terms):", "    if not at < len(terms):"),
        changed(
            theorem([term("X[0]"), term("[0 = 0]", coefficient="0")], [step("vanish", [], at=1)], [term("X[0]")], X="5"),
            formulas={
                "one": {"start": [term("X[0]"), term(coefficient="0")], "steps": [step("vanish", [], at=-1)]},
                "other": {"start": [term("X[0]"), term("X[0]")], "steps": []},
            },
            final=[term("X[0]"), term("X[0]")],
        ),
    ),
    # -- finite sums -------------------------------------------------------------------------------------
    "a sum over all k >= 0 has no value": (
        NO_LIMITS,
        theorem(
            [sum_of("[k >= 0]"), term("[k - 1 >= 0]", bound="k", coefficient="-1")],
            [step("re-index", [term("[u >= 0]", bound="u", coefficient="-1")], at=1, names=maps(k="u + 1"), inverse=maps(u="k - 1")),
             step("re-index", [term("[u >= 0]", bound="u")], names=maps(k="u"), inverse=maps(u="k"))],
            [],
        ),
    ),
    "a direction is not cut off by a name that may be 0": (
        ("if c and all(assumed.lower.get(k, 0) >= 1 for k in c)", "if c"),
        theorem([term("[k >= 0]", "[r >= 0]", "[i - k - p*r >= 0]", bound="k r")], [], lower={"p": 0}, facts=["0 - p", "i"]),
    ),
    "a direction has the sign that is known of it": (
        ("*((m, -1) for m in down), (n, s)}", "*((m, 1) for m in down), (n, s)}"),
        theorem([term("[i - r >= 0]", "[2*r - p*r + i >= 0]", bound="r")], [], lower={"p": 3}, facts=["i"]),
    ),
    "a name that is only bounded below runs off": (
        ("held = (up & down) or {", "held = (up | down) or {"), theorem([sum_of("[k >= 0]")], [], X="5"),
    ),
    "a name with a coefficient that may be 0 is not held": (
        ("self.implies(add(p, const(1), -1), [])", "self.implies(p, [])"),
        theorem([sum_of("X[k*s]")], [], X="5", lower={"s": 0}),
    ),
    "two names hold each other only in one direction": (
        ("    return not infeasible([*known, *rows, {(n,): s, (): -1}])", "    return False"), theorem([sum_of("X[k + r]", bound="k r")], [], X="5"),
    ),
    "a square is not a name": (
        ("            if len(inside) > 1:\n                break\n", ""), theorem([sum_of("[k*k + 3 >= 0]", "[5 - k >= 0]")], []),
    ),
    "a tensor without a shape holds no index": (
        ("            elif (shape := assumed.shapes[tensor]) is not None:\n                yield from within(p, shape[at])", "            elif (shape := assumed.shapes[tensor]) is None:\n                yield from (p, negative(p))\n            else:\n                yield from within(p, shape[at])"),
        theorem([sum_of("f[k]")], [], f=None),
    ),
    # -- reading -----------------------------------------------------------------------------------------
    "an index is whole": (
        ("(frozen(sign(poly(rows(data, 2)[1]), kind)),)", "(frozen(sign(poly(rows(data, 2)[1], fractions=True), kind)),)"),
        theorem(
            [{"coefficient": [[1, []]], "factors": [["delta", [[1, ["v"]], ["-1/2", ["k"]]]]], "bound": ["v"]}],
            [step("sift", [term()], names=maps(v="v"))],
        ),
    ),
    "a size is not a bound name": (
        [("self.names = set(self.lower).union(self.defined, *map(names_of, [*self.facts, *sizes]))", "self.names = set(self.lower).union(self.defined, *map(names_of, self.facts))")],
        theorem([sum_of("X[k]", "[5 - k >= 0]")], [step("empty range", [])], [], X="k"),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", FORGED)
def test_one_check_stops_it(name: str) -> None:
    changes, forged = FORGED[name]
    without = checker_with(*([changes] if isinstance(changes, tuple) else changes))
    assert without.check(forged).formulas
    assert falsehood(forged, draws=60) is not None
    with pytest.raises(verify.Rejected):
        verify.check(forged)


HALF = {**term("X[i]"), "coefficient": [["1/2", ["i"]], ["-3/2", []]]}
DOUBLE = {**HALF, "coefficient": [[1, ["i"]], [-3, []]]}
DROP_TWO = [["range", [[1, ["i"]]]], ["range", [[4, []], [-1, ["i"]]]]]

TRUE: dict[str, Json] = {
    "evaluate bracket: [0 = 0] = 1": theorem([term("X[i]", "[0 = 0]")], [step("evaluate bracket", [term("X[i]")])], X="5"),
    "evaluate bracket: [5 = 0] = 0": theorem([term("[5 = 0]")], [step("evaluate bracket", [])]),
    "evaluate bracket: [0 >= 0] = 1": theorem([term("[0 >= 0]")], [step("evaluate bracket", [term()])]),
    "evaluate bracket: [3 >= 0] = 1": theorem([term("[3 >= 0]")], [step("evaluate bracket", [term()])]),
    "evaluate bracket: [-1 >= 0] = 0": theorem([term("[0 - 1 >= 0]")], [step("evaluate bracket", [])]),
    "evaluate bracket: [2 a + 4 b s + 1 = 0] = 0": theorem([term("[2*a + 4*b*s + 1 = 0]")], [step("evaluate bracket", [])]),
    "cancel factor: a number": theorem([term("[2*i - 6 = 0]")], [step("cancel factor", [term("[i - 3 = 0]")])]),
    "cancel factor: a number for another": theorem([term("[2*i = 0]")], [step("cancel factor", [term("[3*i = 0]")])]),
    "cancel factor: a sign": theorem([term("[i*s - j*s = 0]")], [step("cancel factor", [term("[j - i = 0]")])], lower={"s": 1}),
    "cancel factor: a square": theorem([term("[i*s*s = 0]")], [step("cancel factor", [term("[i = 0]")])], lower={"s": 1}),
    "cancel factor: to a bracket that stands": theorem([term("[2*i = 0]", "[i = 0]")], [step("cancel factor", [term("[i = 0]")])]),
    "cancel factor: positive by a fact": theorem([term("[i*s = 0]")], [step("cancel factor", [term("[i = 0]")])], facts=["s - 1"]),
    "sift: with 1": theorem([sum_of("X[k]", "[k - i = 0]")], [step("sift", [term("X[i]")], names=maps(k="k"))], X="5"),
    "sift: with -1": theorem(
        [term("w[k]", "[i*s - k = 0]", bound="k", coefficient="k*k")],
        [step("sift", [term("w[i*s]", coefficient="i*i*s*s")], names=maps(k="k"))], w=None,
    ),
    "ranges that meet": theorem([term("[i - 2 >= 0]", "[2 - i >= 0]")], [step("ranges that meet", [term("[i - 2 = 0]")])]),
    "drop implied range: by an entry": theorem(
        [term("X[i]", "[i >= 0]", "[4 - i >= 0]")], [step("drop implied range", [term("X[i]")], dropped=DROP_TWO)], X="5",
    ),
    "drop implied range: by assumptions": theorem(
        [term("[i >= 0]", "[4 - i >= 0]")], [step("drop implied range", [term()], dropped=DROP_TWO)], **I_IN_5,
    ),
    "drop implied range: by what contradicts itself": theorem(
        [term("[i >= 0]", "[j >= 0]", "[0 - j - 1 >= 0]")],
        [step("drop implied range", [term("[j >= 0]", "[0 - j - 1 >= 0]")], dropped=DROP_TWO[:1])],
    ),
    "rewrite under bracket": theorem(
        [term("X[i + j]", "[i - 2 = 0]")], [step("rewrite under bracket", [term("X[2 + j]", "[i - 2 = 0]")])], X="5",
    ),
    "rewrite under bracket: a size": theorem(
        [term("X[n - 1]", "[n - 2 = 0]")], [step("rewrite under bracket", [term("X[1]", "[n - 2 = 0]")])], X="n",
    ),
    "rewrite under bracket: a bound name": theorem(
        [sum_of("X[k]", "[k - 2 = 0]")], [step("rewrite under bracket", [sum_of("X[2]", "[k - 2 = 0]")])], X="5",
    ),
    "empty range: an index outside": theorem([term("X[5]")], [step("empty range", [])], X="5"),
    "empty range: a product that is not negative": theorem(
        [term("[0 - n*s - 1 >= 0]")], [step("empty range", [])], lower={"n": 0, "s": 0},
    ),
    "empty range: an exact quotient": theorem(
        [term("[n - 3*m - 1 = 0]")], [step("empty range", [])], defined=[defined("m", "quotient", "n", "3")],
    ),
    "empty range: a floor": theorem(
        [term("[n - 3*m - 3 >= 0]")], [step("empty range", [])], defined=[defined("m", "floor", "n", "3")],
    ),
    "empty range: a maximum": theorem(
        [term("[n - q - 1 >= 0]")], [step("empty range", [])], defined=[defined("q", "maximum", "0", "n")],
    ),
    "drop implied range: by rounding": theorem(
        [term("[2*j - 2*i + 1 >= 0]", "[2*i - j >= 0]", "[j >= 0]")],
        [step("drop implied range", [term("[2*j - 2*i + 1 >= 0]", "[2*i - j >= 0]")], dropped=[["range", [[1, ["j"]]]]])],
    ),
    "drop implied range: by a product": theorem(
        [term("[i*s >= 0]", "[i >= 0]")],
        [step("drop implied range", [term("[i >= 0]")], dropped=[["range", [[1, ["i", "s"]]]]], products=pairs("i", "s - 1"))], lower={"s": 1},
    ),
    "empty range: by a product of what is assumed": theorem(
        [term("X[i]", "[0 - i*j - 1 >= 0]")], [step("empty range", [], products=pairs("i", "j"))], [], facts=["i", "j"], X="5",
    ),
    "one element": theorem([term("X[i + j]")], [step("one element", [term("X[0]", "[i + j = 0]")], digits=polys("i + j"))], X="1"),
    "only value: of a sum": theorem(
        [sum_of("X[i + n*k]")], [step("only value", [term("X[i]")], names=maps(k="k"), digits=polys("0"), products=pairs("k - 1", "n - 1", "0 - k - 1", "n - 1"))],
        X="n", facts=["i", "n - 1 - i"], lower={"n": 1},
    ),
    "only value: of an index": theorem([term("X[i + 1]")], [step("only value", [term("X[1]")], names=maps(i="i"), digits=polys("0"))], X="5", facts=["i", "0 - i"]),
    "only value: a floor": theorem(
        [term("X[q + i]")], [step("only value", [term("X[i - 1]")], names=maps(q="q"), digits=polys("0 - 1"), products=pairs("0 - q - 2", "s - 1", "q", "s - 1"))],
        X="5", defined=[defined("q", "floor", "0 - 1", "s")], lower={"s": 1},
    ),
    "only value: another summed name": theorem(
        [term("X[k]", "f[r]", "[k - r >= 0]", "[r - k >= 0]", bound="k r")],
        [step("only value", [term("X[r]", "f[r]", "[0 >= 0]", bound="r")], names=maps(k="k"), digits=polys("r"))], X="5", f=None,
    ),
    "index at its edge": theorem(
        [term("X[i]", "[i - 4 >= 0]")], [step("index at its edge", [term("X[4]", "[i - 4 = 0]", "[i - 4 >= 0]")], digits=polys("i", "4"))], X="5",
    ),
    "rewrite under bracket: multiples": theorem(
        [sum_of("X[2*k + i]", "[4*k - j >= 0]", "[2*k - n + 1 = 0]")],
        [step("rewrite under bracket", [sum_of("X[n - 1 + i]", "[2*n - 2 - j >= 0]", "[2*k - n + 1 = 0]")])], X="5",
    ),
    "rewrite under bracket: a coefficient": theorem(
        [term("X[i]", "[2*i - n = 0]", coefficient="i + 1")],
        [step("rewrite under bracket", [{**term("X[i]", "[2*i - n = 0]"), "coefficient": [["1/2", ["n"]], [1, []]]}])], X="5",
    ),
    "a sum held by a product": theorem([term("[i - k >= 0]", "[r >= 0]", "[k - r*s >= 0]", bound="k r")], [], lower={"s": 1}),
    "range at its edge": theorem([term("[i - n >= 0]")], [step("range at its edge", [term("[i - n = 0]")])], facts=["n - i"]),
    "drop implied bracket": theorem([term("X[i]", "[i = 0]")], [step("drop implied bracket", [term("X[i]")])], X="1"),
    "split bracket: two digits": theorem(
        [term("w[b]", "[a*W + b - c*W - d = 0]", bound="a b")],
        [step("split bracket", [term("w[b]", "[a - c = 0]", "[b - d = 0]", bound="a b")], digits=polys("W", "a - c", "b - d"))],
        w="W", facts=["d", "W - 1 - d"], lower={"W": 1},
    ),
    "divide range: by a stride": theorem(
        [term("[i*s + 1 >= 0]")], [step("divide range", [term("[i >= 0]")], digits=polys("s", "i", "1"))], lower={"s": 2},
    ),
    "one quotient": theorem(
        [sum_of("X[i]", "[i - k*s >= 0]", "[s - 1 - i + k*s >= 0]")],
        [step("one quotient", [term("X[i]")], names=maps(k="k"), digits=polys("s", "i"))], X="5", lower={"s": 1},
    ),
    "one quotient: with conditions": theorem(
        [sum_of("[i - k*s >= 0]", "[s - 1 - i + k*s >= 0]", "[k - 1 >= 0]", "[n - k >= 0]")],
        [step("one quotient", [term("[i - s >= 0]", "[n*s + s - 1 - i >= 0]")], names=maps(k="k"), digits=polys("s", "i"))], lower={"s": 1},
    ),
    "write out": theorem(
        [sum_of("X[k]", "f[k + i]", "[k - 1 >= 0]")],
        [step("write out", [term("X[1]", "f[1 + i]", "[0 >= 0]"), term("X[2]", "f[2 + i]", "[1 >= 0]")], names=maps(k="k"), digits=polys("1", "2"))],
        [term("X[1]", "f[1 + i]", "[0 >= 0]"), term("X[2]", "f[2 + i]", "[1 >= 0]")], X="3", f=None,
    ),
    "write out: between letters": theorem(
        [sum_of("f[k]", "[k - i >= 0]", "[i + 1 - k >= 0]")],
        [step("write out", [term("f[i]", "[0 >= 0]", "[1 >= 0]"), term("f[i + 1]", "[1 >= 0]", "[0 >= 0]")], names=maps(k="k"), digits=polys("i", "i + 1"))],
        [term("f[i]", "[0 >= 0]", "[1 >= 0]"), term("f[i + 1]", "[1 >= 0]", "[0 >= 0]")], f=None,
    ),
    "split a quotient": theorem(
        [term("X[i]")],
        [step("split a quotient", [sum_of("X[i]", "[i - s*q >= 0]", "[0 - i + s*q >= 0]", bound="q"), sum_of("X[i]", "[i - s*q - 1 >= 0]", "[s - 1 - i + s*q >= 0]", bound="q")],
              names={}, digits=polys("s", "i", "q", "1"))],
        [sum_of("X[i]", "[i - s*q >= 0]", "[0 - i + s*q >= 0]", bound="q"), sum_of("X[i]", "[i - s*q - 1 >= 0]", "[s - 1 - i + s*q >= 0]", bound="q")],
        X="5", lower={"s": 1},
    ),
    "split a quotient: in three": theorem(
        [term("X[i]")],
        [step("split a quotient", [sum_of("X[i]", f"[i - 3*s*q - {low} >= 0]", f"[{high} - 1 - i + 3*s*q >= 0]", bound="q") for low, high in (("0", "s"), ("s", "2*s"), ("2*s", "3*s"))],
              names={}, digits=polys("3*s", "i", "q", "s", "2*s"))],
        [sum_of("X[i]", f"[i - 3*s*q - {low} >= 0]", f"[{high} - 1 - i + 3*s*q >= 0]", bound="q") for low, high in (("0", "s"), ("s", "2*s"), ("2*s", "3*s"))],
        X="5", lower={"s": 1},
    ),
    "multiply range: a floor": theorem(
        [term("X[i]", "[q - i >= 0]")], [step("multiply range", [term("X[i]", "[n - 2*i >= 0]")], digits=polys("2", "q - i", "n - 2*q"))],
        X="5", defined=[defined("q", "floor", "n", "2")],
    ),
    "combine brackets": theorem(
        [term("X[i]", "[3*q - i - 1 = 0]", "[3*k - i = 0]", bound="q k")],
        [step("combine brackets", [term("X[i]", "[3*q - i - 1 = 0]", "[3*k - 3*q + 1 = 0]", bound="q k")], digits=polys("3*q - i - 1", "3*k - i", "0 - 1"))], X="5",
    ),
    "divisors": theorem(
        [term("X[i]", "[i*s - j*s - 2 = 0]")],
        [step("divisors", [term("X[i]", f"[{d}*i - {d}*j - 2 = 0]", f"[s - {d} = 0]") for d in (1, 2)], digits=polys("s", "i - j", "0 - 2"))],
        [term("X[i]", f"[{d}*i - {d}*j - 2 = 0]", f"[s - {d} = 0]") for d in (1, 2)], X="5", lower={"s": 1},
    ),
    "cases of a maximum": theorem(
        [term("X[m + k]", coefficient="m")],
        [step("cases of a maximum", [term("X[i + k]", "[i - j >= 0]", "[i - 2 >= 0]", coefficient="i"), term("X[j + k]", "[j - i - 1 >= 0]", "[j - 2 >= 0]", coefficient="j"),
                                     term("X[2 + k]", "[1 - i >= 0]", "[1 - j >= 0]", coefficient="2")], names=maps(m="m"))],
        X="5", defined=[defined("m", "maximum", "i", "j", "2")],
    ),
    "join at a condition": theorem(
        [sum_of("X[k]", "[k - i >= 0]")],
        [step("join at a condition", [sum_of("X[k]"), sum_of("X[k]", "[i - k - 1 >= 0]") | {"coefficient": [[-1, []]]}], digits=polys("k - i"))],
        [sum_of("X[k]"), sum_of("X[k]", "[i - k - 1 >= 0]") | {"coefficient": [[-1, []]]}], X="5",
    ),
    "add implied range": theorem(
        [term("X[i]")], [step("add implied range", [term("X[i]", "[i + 1 >= 0]")], digits=polys("i + 1"))], [term("X[i]", "[i + 1 >= 0]")], X="5",
    ),
    "adds up to one": theorem(
        [term("p[i, k]", "f[i]", bound="k", coefficient="i")], [step("adds up to one", [term("f[i]", "[i >= 0]", "[1 - i >= 0]", coefficient="i")], names={})],
        p="2, n", f=None, lower={"n": 1}, sums={"p": [1]},
    ),
    "adds up to one: over two axes": theorem(
        [term("p[k, r]", "X[i]", bound="k r")], [step("adds up to one", [term("X[i]")], names={})], p="2, 3", X="5", sums={"p": [0, 1]},
    ),
    "split a coefficient": theorem(
        [term("X[i]", coefficient="i + 3")], [step("split a coefficient", [term("X[i]", coefficient="i + s"), term("X[i]", coefficient="3 - s")])],
        [term("X[i]", coefficient="i + 3")], X="5",
    ),
    "join residues": theorem(
        [sum_of("X[3*q + i]", "[3*q >= 0]", bound="q")],
        [step("join residues", [sum_of("X[k + i]", "[k >= 0]"),
                                *(sum_of(f"X[3*q + {rest} + i]", f"[3*q + {rest} >= 0]", bound="q") | {"coefficient": [[-1, []]]} for rest in (1, 2))],
              names=maps(k="k"), digits=polys("3", "q"))],
        [sum_of("X[k + i]", "[k >= 0]"),
         *(sum_of(f"X[3*q + {rest} + i]", f"[3*q + {rest} >= 0]", bound="q") | {"coefficient": [[-1, []]]} for rest in (1, 2))], X="5",
    ),
    "a floor of what is not negative": theorem(
        [term("X[i]", "[q >= 0]")], [step("drop implied range", [term("X[i]")], dropped=[["range", [[1, ["q"]]]]])],
        X="5", lower={"s": 1}, facts=["i"], defined=[defined("q", "floor", "i", "s")],
    ),
    "cases of a name": theorem(
        [term("X[i]", "f[i + j]", coefficient="i")],
        [step("cases of a name", [term("X[0]", "f[j]", "[i = 0]", coefficient="0"), term("X[1]", "f[1 + j]", "[i - 1 = 0]")], names=maps(i="i"), digits=polys("0", "1"))],
        [term("X[1]", "f[1 + j]", "[i - 1 = 0]")], X="2", f=None,
    ),
    "cases of a name: a floor under a bracket": theorem(
        [term("X[q]", "[n - 2*k - 1 = 0]", bound="k")],
        [step("cases of a name", [term("X[k]", "[n - 2*k - 1 = 0]", "[q - k = 0]", bound="k")], names=maps(q="q"), digits=polys("k", "k"))],
        X="5", defined=[defined("q", "floor", "n", "2")],
    ),
    "rewrite under bracket: multiples by names": theorem(
        [sum_of("X[2*k*s + i]", "[2*k - n + 1 = 0]")],
        [step("rewrite under bracket", [sum_of("X[n*s - s + i]", "[2*k - n + 1 = 0]")])], X="5",
    ),
    "split by a remainder": theorem(
        [term("X[i]")],
        [step("split by a remainder", [sum_of("X[i]", f"[i + j - 2*q - {rest} = 0]", bound="q") for rest in (0, 1)], names={}, digits=polys("2", "q", "i + j"))],
        [sum_of("X[i]", f"[i + j - 2*q - {rest} = 0]", bound="q") for rest in (0, 1)], X="5",
    ),
    "residues: from another start": theorem(
        [sum_of("f[k]", "X[k - i]")],
        [step("residues", [sum_of("f[2*q + i]", "X[2*q]", bound="q"), sum_of("f[2*q + i + 1]", "X[2*q + 1]", bound="q")], names=maps(k="k"), digits=polys("2", "q", "i"))],
        [sum_of("f[2*q + i]", "X[2*q]", bound="q"), sum_of("f[2*q + i + 1]", "X[2*q + 1]", bound="q")], X="5", f=None,
    ),
    "count": theorem(
        [term("X[i]", "[k >= 0]", "[i - k >= 0]", bound="k", coefficient="i")],
        [step("count", [term("X[i]", coefficient="i*i + i")], names=maps(k="k"))], X="5",
    ),
    "count: or nothing": theorem(
        [sum_of("[k >= 0]", "[i - k >= 0]")], [step("count", [term("[i + 1 >= 0]", coefficient="i + 1")], names=maps(k="k"))],
    ),
    "telescope": theorem(
        [term("[k - j >= 0]", "[i - k >= 0]", bound="k", coefficient="k*s")],
        [step("telescope", [{**term("[i - j + 1 >= 0]"), "coefficient": [["1/2", ["i", "i", "s"]], ["1/2", ["i", "s"]], ["-1/2", ["j", "j", "s"]], ["1/2", ["j", "s"]]]}],
              names=maps(k="k"), digits=polys("k*k*s - k*s", "2"))],
    ),
    "join digits": theorem(
        [term("X[s*q + k]", "[k >= 0]", "[s - 1 - k >= 0]", "[q - 1 >= 0]", "[2 - q >= 0]", bound="q k", coefficient="s*q + k")],
        [step("join digits", [term("X[u]", "[u - s >= 0]", "[3*s - 1 - u >= 0]", bound="u", coefficient="u")], names=maps(q="q", k="k"),
              digits=polys("s", "q", "k", "u"))], X="9", lower={"s": 1},
    ),
    "split at a condition": theorem(
        [sum_of("X[k]")], [step("split at a condition", [sum_of("X[k]", "[k - i >= 0]"), sum_of("X[k]", "[i - k - 1 >= 0]")], digits=polys("k - i"))],
        [sum_of("X[k]", "[k - i >= 0]"), sum_of("X[k]", "[i - k - 1 >= 0]")], X="5",
    ),
    "residues": theorem(
        [sum_of("X[k]")],
        [step("residues", [sum_of("X[2*q]", bound="q"), sum_of("X[2*q + 1]", bound="q")], names=maps(k="k"), digits=polys("2", "q", "0"))],
        [sum_of("X[2*q]", bound="q"), sum_of("X[2*q + 1]", bound="q")], X="5",
    ),
    "re-index: a shift and a sign": theorem(
        [term("X[k]", "X[r + i]", bound="k r")],
        [step("re-index", [term("X[i - u]", "X[u + z + i]", bound="u z")], names=maps(k="i - u", r="u + z"), inverse=maps(u="i - k", z="r + k - i"))],
        X="5",
    ),
    "vanish": theorem([term("X[i]", coefficient="0"), term("X[i]")], [step("vanish", [])], X="5"),
    "like terms, and their order": theorem([term("X[1]"), HALF, HALF], [], [DOUBLE, term("X[1]")], X="5"),
    "terms that cancel": theorem([term("f[i]"), term("f[i]", coefficient="0 - 1")], [], [], f=None),
    "no terms": theorem([], []),
    "a scalar": theorem([term("b[]")], [], b=""),
    "a sum held by two limits": theorem([sum_of("[k >= 0]", "[n - k >= 0]")], []),
    "a sum held by a stride": theorem([sum_of("X[k*s + i]")], [], X="n", lower={"s": 1}),
    "a sum held by a bracket": theorem([sum_of("f[k]", "[3*k - i = 0]")], [], f=None),
    "sums that hold each other": theorem([term("X[k + r]", "X[k - r]", bound="k r")], [], X="5"),
    "a sum held after another": theorem([term("X[k]", "X[r*s - k*n]", bound="k r")], [], X="5", lower={"s": 1}),
}  # fmt: skip


@pytest.mark.parametrize("name", TRUE)
def test_true_theorems_are_accepted(name: str) -> None:
    data = TRUE[name]
    assert falsehood(data, draws=20) is None
    verified = verify.check(data)
    assert verified.steps == len(data["formulas"]["one"]["steps"])
    if data["assumptions"]["shapes"].get("f", "") is None:
        assert "f (any function of its indices)" in verified.tensors
