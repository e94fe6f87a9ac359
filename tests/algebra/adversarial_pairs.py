"""Pairs of formulas that look equal, written in Python: some are equal for all sizes, and some at most of them.

A formula is a text such as ``sum(f[k] * (k < i or k > j) for k in range(0, n))``. Python gives its value at numbers,
and ``translated`` makes SymPy of it; neither knows the rules that symconv has. Nobody says which pairs are equal: a
pair that differs at some numbers must not be proved, and one that is refuted must differ at the witness.
"""

from __future__ import annotations

import ast
import random
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache, reduce
from types import CodeType
from typing import Any
from zlib import crc32

import sympy as sp

Pair = tuple[str, str]
Given = Mapping[tuple[str, tuple[int, ...]], int]
"""Entries by tensor and index; others are 0."""

SIZES = ("n", "m", "s", "t")
"""Whole numbers from 1."""
INDICES = ("i", "j", "c")
"""Any whole numbers."""
KINDS = (
    "alternatives", "unequal", "cases", "overlapping_cases", "ends", "inner_end", "clamped", "rounded", "rests",
    "nested_floors", "doubled_floors", "empty", "counted", "triangle", "shadowed", "shadowed_twice", "strided",
    "strided_window", "flattened", "products", "products_of_two", "digits", "digits_of_bracket",
    "multiple_brackets", "two_unknowns", "box", "telescoped", "residues", "cyclic", "upsampled",
)  # fmt: skip
"""Ways to draw a pair, which are methods of ``Drawn``."""
FREE, BOXES = ("f", "g", "h"), {"x": ("n",), "w": ("m",), "y": ("m", "n")}
"""Tensors that are what they are everywhere, and those with a shape."""
REACH = range(-40, 41)
"""What stands for all whole numbers where a formula is evaluated, whose sizes and indices are small."""


class Drawn:
    """A generator of pairs of one seed."""

    def __init__(self, seed: int | str) -> None:
        self.random = random.Random(f"adversarial {seed}")

    def pair(self) -> Pair:
        """One of a kind drawn at random, its sides exchanged or multiplied at random."""
        kind: Callable[[], Pair] = getattr(self, self.random.choice(KINDS))
        one, other = kind()
        if self.random.random() < 0.3:
            cut = self.condition()
            one, other = f"({one}) * ({cut})", f"({other}) * ({cut})"
        return (one, other) if self.random.random() < 0.5 else (other, one)

    # -- parts -----------------------------------------------------------------------------------------

    def off(self) -> int:
        """Mostly 0: by how much a formula is wrong."""
        return self.random.choice([0, 0, 0, 0, 1, -1])

    def free(self) -> str:
        return self.random.choice([*INDICES, *INDICES, *SIZES, "0", "1", "-1", "2", "n - 1", "i + j", "i - j"])

    def size(self) -> str:
        return self.random.choice([*SIZES, "2", "3"])

    def condition(self, name: str = "i") -> str:
        other = self.random.choice([one for one in ("j", "c", "n", "m", "0", "1", "s - 1") if one != name])
        times = self.random.choice(["", "", "2 * ", "s * ", "-"])
        return f"{times}{name} {self.random.choice(['<', '<=', '>', '>=', '==', '!='])} {other}"

    def body(self, name: str) -> str:
        """A product of entries that has the name."""
        return self.random.choice(
            [f"f[{name}]", f"x[{name}]", f"f[{name}] * g[i - {name}]", f"w[{name}] * x[i + {name}]", f"f[-{name}]",
             f"y[{name}, j]", f"x[2 * {name}]", f"w[{name}] * x[s * i + t * {name} - j]"]
        )  # fmt: skip

    def limits(self) -> tuple[str, str]:
        """The first value and the one after the last: the sum may be empty."""
        low, high = self.random.choice(
            [("0", "n"), ("0", "m"), ("1", "n"), ("i", "n"), ("0", "i"), ("i", "j"), ("-i", "i + 1"), ("c", "n + m"),
             ("0", "s * n"), ("i", "i + 3"), ("1 - n", "n"), ("s", "n")]
        )  # fmt: skip
        return low, high

    # -- conditions ------------------------------------------------------------------------------------

    def alternatives(self) -> Pair:
        """[a or b] is [a] + [b] - [a and b]."""
        low, high = self.limits()
        a, b = self.condition("k"), self.condition(self.random.choice(["k", "i"]))
        body = self.body("k")
        sums = [f"sum({body} * ({one}) for k in range({low}, {high}))" for one in (a, b, f"{a} and {b}")]
        both = self.random.choice([sums[2], sums[2], "0"])
        return f"sum({body} * ({a} or {b}) for k in range({low}, {high}))", f"{sums[0]} + {sums[1]} - {both}"

    def unequal(self) -> Pair:
        """[a != b] is 1 - [a = b], or [a < b] + [a > b]."""
        low, high = self.limits()
        a, b, body = self.random.choice(["k", "2 * k", "s * k", "k + i"]), self.free(), self.body("k")
        left = f"sum({body} * ({a} != {b}) for k in range({low}, {high}))"
        if self.random.random() < 0.5:
            parts = (f"{a} < {b} - {self.off()}", f"{a} > {b}")
            return left, " + ".join(f"sum({body} * ({one}) for k in range({low}, {high}))" for one in parts)
        all_of, less = f"sum({body} for k in range({low}, {high}))", f"({a} == {b} + {self.off()})"
        return left, f"{all_of} - sum({body} * {less} for k in range({low}, {high}))"

    def cases(self) -> Pair:
        """Cases in order, against each with the opposite of those before it."""
        a, b, c = (self.condition(self.random.choice(["i", "j"])) for _ in range(3))
        one, two, three, four = "f[i]", "g[j]", "h[i + j]", self.random.choice(["0", "f[j]"])
        left = f"({one} if {a} else {two} if {b} else {three} if {c} else {four})"
        c = c if self.random.random() < 0.7 else b
        right = (
            f"{one} * ({a}) + {two} * (not ({a}) and {b}) + {three} * (not ({a} or {b}) and {c})"
            f" + {four} * (not ({a}) and not ({b}) and not ({c}))"
        )
        return left, right

    def overlapping_cases(self) -> Pair:
        """Two cases exchanged: the same only where both do not hold at once."""
        one, other = f"i < {self.free()}", f"i >= {self.free()}"
        return f"(f[i] if {one} else g[i] if {other} else 0)", f"(g[i] if {other} else f[i] if {one} else 0)"

    # -- ends ------------------------------------------------------------------------------------------

    def ends(self) -> Pair:
        """Maxima and minima as ends, against conditions."""
        low, high = self.limits()
        a, b, body = self.free(), self.free(), self.body("k")
        left = f"sum({body} for k in range(max({low}, {a}), min({high}, {b})))"
        return left, f"sum({body} * (k >= {a} and k < {b} + {self.off()}) for k in range({low}, {high}))"

    def inner_end(self) -> Pair:
        """An end that is the name of the sum outside, against the sums exchanged."""
        low, high = self.random.choice([("0", "n"), ("1", "m"), ("i", "n"), ("0", "i")])
        left = f"sum(f[k] * g[l] for k in range({low}, {high}) for l in range(max(0, k - j), min(k + 1, {high})))"
        first = self.random.choice([f"max({low}, l)", f"max({low}, l)", "l", low])
        return left, f"sum(f[k] * g[l] for l in range(0, {high}) for k in range({first}, min({high}, l + j + 1)))"

    def clamped(self) -> Pair:
        """An index moved into the box, against its three cases."""
        last = self.random.choice(["n - 1", "n - 1", "n", "m"])
        high = self.random.choice([last, last, "n - 1"])
        left = f"f[max(0, min(i, {last}))]"
        return left, f"f[0] * (i < 0) + f[i] * (0 <= i and i < {high}) + f[{last}] * (i >= {high})"

    # -- floors and rests of negative numbers ----------------------------------------------------------------

    def rounded(self) -> Pair:
        """-floor(-e / S) is floor((e + S - 1) / S), and floor(-e / S) is -floor(e / S) only for multiples."""
        e, by = self.random.choice(["i", "-i", "i - j", "2 * i + 1", "-3 * i", "n - i"]), self.size()
        left = f"f[-((-({e})) // {by})]"
        return left, self.random.choice([
            f"f[(({e}) + {by} - 1) // {by}]", f"f[(({e}) + {by} - 1 + {self.off()}) // {by}]", f"f[({e}) // {by}]",
            f"f[({e}) // {by} + 1]", f"f[(({e}) - 1) // {by} + 1]",
            f"f[({e}) // {by}] * (({e}) % {by} == 0) + f[({e}) // {by} + 1] * (({e}) % {by} != 0)",
        ])  # fmt: skip

    def rests(self) -> Pair:
        """The rest by S is from 0 to S - 1, also of a negative number; and repeats."""
        by = self.size()
        e = self.random.choice(["i", "-i", "i + j", "-2 * i - 1"])
        return f"f[({e}) % {by}]", self.random.choice([
            f"f[(({e}) + {by} * j) % {by}]", f"f[(({e}) - {by}) % {by}]", f"f[{by} - 1 - (-({e}) - 1) % {by}]",
            f"f[(-(-({e}) % {by})) % {by}]", f"f[{by} - (-({e})) % {by}]", f"f[(({e}) + {by} + {self.off()}) % {by}]",
            f"sum(f[r] * (({e} - r) % {by} == 0) for r in range(0, {by} + {self.off()}))",
            f"sum(f[{e} - {by} * q] for q in Z if 0 <= {e} - {by} * q < {by} + {self.off()})",
        ])  # fmt: skip

    def nested_floors(self) -> Pair:
        """floor(floor(e / a) / b) is floor(e / (a b))."""
        a, b = self.random.choice([("2", "3"), ("s", "t"), ("s", "2"), ("2", "s"), ("s", "s")])
        e = self.random.choice(["i", "-i", "i + 1", "2 * i - j"])
        return f"f[(({e}) // {a}) // {b}]", self.random.choice([
            f"f[({e}) // ({a} * {b})]", f"f[(({e}) // {b}) // {a}]", f"f[(({e}) + {self.off()}) // ({a} * {b})]",
            f"f[(({e} + {self.off()}) // {b} + {self.off()}) // {a}]",
        ])  # fmt: skip

    def doubled_floors(self) -> Pair:
        """floor(e / 2) + floor((e + 1) / 2) = e, and what people take for it."""
        e = self.random.choice(["i", "-i", "n", "i - n", "3 * i"])
        return f"f[({e}) // 2 + (({e}) + 1 + 2 * {self.off()}) // 2]", self.random.choice([
            f"f[{e}]", f"f[2 * (({e}) // 2) + ({e}) % 2]", f"f[2 * (({e}) // 2)] + f[{e}] - f[2 * (({e}) // 2)]",
            f"f[({e}) // 3 + (({e}) + 1) // 3 + (({e}) + 2) // 3]", f"f[2 * (({e}) // 2) + 1]",
        ])  # fmt: skip

    # -- empty sums ------------------------------------------------------------------------------------------

    def empty(self) -> Pair:
        """A sum that is empty at some sizes, with its last term split off."""
        low, high = self.limits()
        body, moved = self.body("k"), self.body(f"({high} - 1)")
        rest = f"sum({body} for k in range({low}, {high} - 1))"
        guard = self.random.choice(["", f" * ({low} < {high})", f" * ({low} <= {high})"])
        return f"sum({body} for k in range({low}, {high}))", f"{rest} + {moved}{guard}"

    def counted(self) -> Pair:
        """How many, where there may be none."""
        low, high = self.limits()
        value = self.random.choice(["1", "k", "i", "(k - i)", "k * k"])
        left = f"sum(f[j] * {value} for k in range({low}, {high}))"
        length = f"({high} - ({low}))"
        total = {
            "1": length, "i": f"i * {length}",
            "k": f"{length} * ({high} + {low} - 1) / 2", "(k - i)": f"{length} * ({high} + {low} - 1 - 2 * i) / 2",
            "k * k": f"(({high}) * ({high} - 1) * (2 * ({high}) - 1) - ({low}) * ({low} - 1) * (2 * ({low}) - 1)) / 6",
        }[value]  # fmt: skip
        guard = self.random.choice(["", f" * ({low} < {high})", f" * ({low} <= {high} + {self.off()})"])
        return left, f"f[j] * {total}{guard}"

    def triangle(self) -> Pair:
        """A sum over pairs, against one over their distance."""
        over = self.random.choice(["0", "0", "1"])
        left = f"sum(f[k - l] for k in range({over}, n) for l in range({over}, m))"
        low, high = f"max({over}, d + {over})", f"min(n, d + m + {self.off()})"
        return left, f"sum(f[d] * ({high} - {low}) for d in range({over} - m + 1, n - {over}))"

    def telescoped(self) -> Pair:
        """Differences of neighbors: the first and the last, if there are any."""
        low, high = self.limits()
        left = f"sum(f[k + 1] - f[k] for k in range({low}, {high}))"
        guard = self.random.choice(["", f" * ({low} < {high})", f" * ({low} <= {high})"])
        return left, f"(f[{high}] - f[{low}]){guard}"

    # -- names -----------------------------------------------------------------------------------------------

    def shadowed(self) -> Pair:
        """A summed name that is free beside the sum."""
        name = self.random.choice(["i", "j"])
        low, high = self.random.choice([("0", "n"), ("0", name), (name, "n"), ("c", name)])
        left = f"f[{name}] * sum(g[k] * x[k + {self.off()}] for k in range({low}, {high}))"
        return left, f"f[{name}] * sum(g[{name}] * x[{name}] for {name} in range({low}, {high}))"

    def shadowed_twice(self) -> Pair:
        """A sum in a sum over the same name."""
        inner = self.random.choice(["m", "n", "k", "k + 1"])
        left = f"sum(f[k] * sum(g[l] for l in range(0, {inner})) for k in range(0, n))"
        within = self.random.choice([inner, inner, "n"])
        return left, f"sum(f[k] * sum(g[k] for k in range(0, {within})) for k in range(0, n))"

    # -- strides ---------------------------------------------------------------------------------------------

    def strided(self) -> Pair:
        """Every S-th place, as a condition on all."""
        by, high = self.random.choice([("s", "n"), ("2", "n"), ("s", "i"), ("3", "i + j"), ("s", "s * n")])
        last = self.random.choice(
            [f"({high} - 1) // {by} + 1", f"({high} + {by} - 1) // {by}", f"({high}) // {by} + 1"]
        )
        return (
            f"sum(f[{by} * k] for k in range(0, {last}))",
            f"sum(f[k] * (k % {by} == 0) for k in range(0, {high} + {self.off()}))",
        )

    def strided_window(self) -> Pair:
        """All windows next to each other have every place once."""
        width = self.random.choice(["s", "s", "s + 1", "t", "s - 1"])
        left = f"sum(f[s * k + l] for k in range(0, n) for l in range(0, {width}))"
        return left, f"sum(f[k] for k in range(0, s * n + {self.off()}))"

    def flattened(self) -> Pair:
        """Rows after each other, against their digits."""
        order = self.random.choice(["n * k + l", "n * k + l", "m * l + k", "m * k + l"])
        left = f"sum(y[k, l] * h[{order}] for k in range(0, m) for l in range(0, n))"
        by = order[0]
        row, column = ("u // {by}", "u % {by}") if order[4] == "k" else ("u % {by}", "u // {by}")
        entry = f"y[{row}, {column}]".format(by=by)
        return left, f"sum({entry} * h[u] for u in range(0, m * n + {self.off()}))"

    def residues(self) -> Pair:
        """All places by their rests."""
        by = self.random.choice(["2", "3", "s"])
        low, high = self.limits()
        body = self.body("k")
        moved = body.replace("k", f"({by} * q + r)")
        ends = f"{low} <= {by} * q + r and {by} * q + r < {high}"
        over = f"for r in range(0, {by} + {self.off()}) for q in Z if {ends}"
        return f"sum({body} for k in range({low}, {high}))", f"sum({moved} {over})"

    def cyclic(self) -> Pair:
        """A shift around the end."""
        return (
            f"sum(x[k] * f[(k + {self.random.choice(['i', '1', '-1'])}) % n] for k in range(0, n))",
            f"sum(x[(k - {self.random.choice(['i', '1', '-1'])}) % n] * f[k] for k in range(0, n + {self.off()}))",
        )

    def upsampled(self) -> Pair:
        """Each place S times, added up."""
        by = self.random.choice(["s", "2", "3"])
        left = f"sum(x[k // {by}] * {self.random.choice(['1', 'g[k // ' + by + ']'])} for k in range(0, {by} * n))"
        inner = "g[k]" if "g[" in left else "1"
        return left, f"{by} * sum(x[k] * {inner} for k in range(0, n + {self.off()}))"

    # -- products --------------------------------------------------------------------------------------------

    def products(self) -> Pair:
        """Conditions that hold only for a sign, or a size above 1."""
        body = self.body("k")
        low, high = self.limits()
        more = self.random.choice(
            ["s * k >= 0", "s * k >= k", "s * k <= s * n", "s * t * k <= s * t * (n - 1)", "k * k >= k", "k * i >= 0",
             "s * k >= s * i", "s * k + t <= s * n + t", "s * k > 0", "(n - k) * (m + 1) >= 0", "s * k < s * n",
             "2 * s * k >= s * k", "s * s * k >= s * k"]
        )  # fmt: skip
        return (
            f"sum({body} * ({more}) for k in range({low}, {high}))",
            f"sum({body} for k in range({low}, {high}))",
        )

    def products_of_two(self) -> Pair:
        """a b >= 0, from what is known of both."""
        low, high = self.random.choice([("0", "n"), ("1", "n"), ("i", "n"), ("-1", "n")])
        more = self.random.choice(
            ["k * l >= 0", "k * l >= k", "(n - 1 - k) * l >= 0", "k * l <= (n - 1) * (m - 1)", "k * m + l < n * m",
             "k * m + l <= (n - 1) * m", "k * l < n * m"]
        )  # fmt: skip
        body = self.random.choice(["f[k] * g[l]", "y[l, k]", "f[k * m + l]"])
        over = f"for k in range({low}, {high}) for l in range(0, m)"
        return f"sum({body} * ({more}) {over})", f"sum({body} {over})"

    # -- digits and brackets -----------------------------------------------------------------------------------

    def digits(self) -> Pair:
        """Each whole number has one quotient and one rest, if these are below S."""
        by, last = self.random.choice(
            [("s", "s"), ("s", "s"), ("s", "s + 1"), ("s", "t"), ("2", "2"), ("2", "3"), ("3", "2")]
        )
        first = self.random.choice(["0", "0", "0", "1", "-1"])
        e = self.random.choice(["i", "-i", "s * i + j", "n"])
        shift = "" if first == "0" else f" + ({first})"
        left = f"sum(f[q] * (q * {by} + r == {e}) for q in Z for r in range({first}, {last}{shift}))"
        return left, self.random.choice([f"f[({e}) // {by}]", f"f[({e} - ({first})) // {by}]"])

    def digits_of_bracket(self) -> Pair:
        """[S a + b = S c + d] is [a = c] [b = d], with both rests below S."""
        b, d = self.random.choice(["s", "s", "s + 1", "t"]), self.random.choice(["s", "s", "s + 1"])
        left = f"sum(y[k, l] * (s * k + l == s * i + j) for k in range(0, m) for l in range(0, {b}))"
        return f"({left}) * (0 <= j and j < {d})", f"y[i, j] * (0 <= j and j < {d} and j < {b})"

    def multiple_brackets(self) -> Pair:
        """[S k = e] has a solution only if S divides e."""
        by = self.size()
        e = self.random.choice(["i", "i + 1", "2 * i", "i - j", "s * i", "s * i + 1", "n"])
        low, high = self.random.choice([("0", "n"), ("0", "m"), ("-n", "n")])
        left = f"sum(f[k] * g[{by} * k] * ({by} * k == {e}) for k in range({low}, {high}))"
        k = f"(({e}) // {by})"
        divides = self.random.choice([f"({e}) % {by} == 0 and ", f"({e}) % {by} == 0 and ", ""])
        return left, f"f[{k}] * g[{e}] * ({divides}{low} <= {k} and {k} < {high} + {self.off()})"

    def two_unknowns(self) -> Pair:
        """[2 a + 3 b = e]: one solution for every t."""
        p, q = self.random.choice([(2, 3), (2, 4), (1, 2), (3, 5), (2, 2)])
        e = self.random.choice(["i", "n", "6", "i + j"])
        left = f"sum(f[a] * g[b] * ({p} * a + {q} * b == {e}) for a in range(0, n) for b in range(0, m))"
        a = f"(({e} - {q} * b) // {p})"
        fits = self.random.choice([f" and ({e} - {q} * b) % {p} == 0", f" and ({e} - {q} * b) % {p} == 0", ""])
        right = f"sum(f[{a}] * g[b] * (0 <= {a} and {a} < n + {self.off()}{fits}) for b in range(0, m))"
        return left, right

    def box(self) -> Pair:
        """What a box says, against limits."""
        index = self.random.choice(["k", "i - k", "s * k", "s * i + k", "2 * k - 1", "i + k", "-k"])
        low, high = self.random.choice([("0", "m"), ("0", "n"), ("i", "i + m"), ("-n", "n")])
        inside = self.random.choice(
            [f"0 <= {index} and {index} < n", f"{index} >= 0", f"{index} <= n - 1", f"{index} > 0"]
        )
        return (
            f"sum(x[{index}] * g[k] for k in range({low}, {high}))",
            f"sum(x[{index}] * g[k] * ({inside}) for k in range({low}, {high}))",
        )


# -- Python's value --------------------------------------------------------------------------------------


class Entries:
    """A tensor's entries: some of them given, or drawn at random for every place."""

    def __init__(self, name: str, shape: tuple[int, ...] | None, seed: int, given: Given | None) -> None:
        self.name, self.shape, self.seed, self.given = name, shape, seed, given

    def __getitem__(self, index: int | tuple[int, ...]) -> int:
        at = index if isinstance(index, tuple) else (index,)
        if self.shape is not None and any(not 0 <= one < size for one, size in zip(at, self.shape)):
            return 0
        if self.given is not None:
            return self.given.get((self.name, at), 0)
        return crc32(f"{self.name} {self.seed} {at}".encode()) % 199 - 99


@lru_cache(maxsize=64)
def _compiled(text: str) -> CodeType:
    return compile(ast.parse(text, mode="eval"), "formula", "eval")


def value(text: str, numbers: Mapping[str, int], seed: int = 0, given: Given | None = None) -> Any:
    """What Python says a formula is at numbers; only sums of powers are divided, by what divides them."""
    names: dict[str, Any] = {"Z": REACH, "sum": sum, "range": range, "max": max, "min": min, **numbers}
    for name in (*FREE, *BOXES):
        shape = tuple(numbers[size] for size in BOXES[name]) if name in BOXES else None
        names[name] = Entries(name, shape, seed, given)
    return eval(_compiled(text), {"__builtins__": {}, **names})


def numbers(seed: int) -> dict[str, int]:
    """Small sizes and indices."""
    drawn = random.Random(f"numbers {seed}")
    return {name: drawn.choice([1, 1, 2, 3, 4]) for name in SIZES} | {name: drawn.randint(-5, 7) for name in INDICES}


# -- SymPy -------------------------------------------------------------------------------------------------

RELATIONS: dict[type[ast.cmpop], Callable[[Any, Any], Any]] = {
    ast.Lt: sp.Lt, ast.LtE: sp.Le, ast.Gt: sp.Gt, ast.GtE: sp.Ge, ast.Eq: sp.Eq, ast.NotEq: sp.Ne,
}  # fmt: skip
OPERATIONS: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: lambda a, b: a + b, ast.Sub: lambda a, b: a - b, ast.Mult: lambda a, b: a * b, ast.Div: lambda a, b: a / b,
    ast.FloorDiv: lambda a, b: sp.floor(a / b), ast.Mod: lambda a, b: a - b * sp.floor(a / b),
}  # fmt: skip


class Translation:
    """Makes SymPy of formulas, the sizes in other letters if wanted; summed names that have these are doubled then."""

    def __init__(self, letters: Mapping[str, str]) -> None:
        self.letters = letters
        self.sizes = {name: sp.Symbol(letters.get(name, name), integer=True, positive=True) for name in SIZES}
        self.tensors = {name: sp.IndexedBase(name) for name in FREE} | {
            name: sp.IndexedBase(name, tuple(self.sizes[size] for size in shape)) for name, shape in BOXES.items()
        }

    def symbol(self, name: str) -> sp.Symbol:
        twice = 2 if name in self.letters.values() else 1
        return self.sizes.get(name, sp.Symbol(name * twice, integer=True))

    def expression(self, node: ast.expr) -> Any:
        match node:
            case ast.Constant(value=number):
                return sp.Integer(number)
            case ast.Name(id=name):
                return self.symbol(name)
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                return -self.expression(operand)
            case ast.BinOp(left=left, op=op, right=right):
                return OPERATIONS[type(op)](self.expression(left), self.expression(right))
            case ast.Subscript(value=ast.Name(id=name), slice=ast.Tuple(elts=indices)):
                return self.tensors[name][tuple(map(self.expression, indices))]
            case ast.Subscript(value=ast.Name(id=name), slice=index):
                return self.tensors[name][self.expression(index)]
            case ast.IfExp(test=test, body=body, orelse=other):
                return sp.Piecewise((self.expression(body), self.condition(test)), (self.expression(other), True))
            case ast.Compare() | ast.BoolOp() | ast.UnaryOp(op=ast.Not()):
                return sp.Piecewise((1, self.condition(node)), (0, True))
            case ast.Call(func=ast.Name(id="sum"), args=[ast.GeneratorExp(elt=elt, generators=generators)]):
                return self.sum(elt, generators)
            case ast.Call(func=ast.Name(id=("max" | "min") as name), args=args):
                return (sp.Max if name == "max" else sp.Min)(*map(self.expression, args))
        raise AssertionError(ast.dump(node))

    def condition(self, node: ast.expr) -> Any:
        match node:
            case ast.Compare(left=left, ops=ops, comparators=others):
                sides = [self.expression(one) for one in (left, *others)]
                return sp.And(*(RELATIONS[type(op)](a, b) for op, a, b in zip(ops, sides, sides[1:])))
            case ast.BoolOp(op=op, values=values):
                return (sp.And if isinstance(op, ast.And) else sp.Or)(*map(self.condition, values))
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                return sp.Not(self.condition(operand))
        raise AssertionError(ast.dump(node))

    def sum(self, body: ast.expr, generators: list[ast.comprehension]) -> Any:
        conditions = [self.condition(one) for generator in generators for one in generator.ifs]
        inside = self.expression(body)
        if conditions:
            inside = inside * sp.Piecewise((1, sp.And(*conditions)), (0, True))
        return reduce(lambda inner, generator: sp.Sum(inner, self.limits(generator)), reversed(generators), inside)

    def limits(self, generator: ast.comprehension) -> tuple[Any, Any, Any]:
        name = self.expression(generator.target)
        match generator.iter:
            case ast.Name(id="Z"):
                return name, -sp.oo, sp.oo
            case ast.Call(args=[first, end]):
                return name, self.expression(first), self.expression(end) - 1
        raise AssertionError(ast.dump(generator.iter))


def translated(text: str, letters: Mapping[str, str] | None = None) -> sp.Expr:
    """The same in SymPy."""
    return Translation(letters or {}).expression(ast.parse(text, mode="eval").body)


def pairs(first: int, last: int) -> Iterator[tuple[int, str, str]]:
    """Pairs by their seeds."""
    for seed in range(first, last):
        yield seed, *Drawn(seed).pair()
