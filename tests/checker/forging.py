"""Tools to forge theorem files, and an evaluator of them that shares nothing with the checker.

Forged files are built from small words (``term("w[k]", "X[i + k]", bound="k")``) and sealed with their digest.
``falsehood`` draws numbers that satisfy the assumptions and random tensors, runs every sum over integers, and says if
two formulas differ: the truth that an accepted file is judged by. ``tests/checker/mutating.py`` changes real theorems.
"""

from __future__ import annotations

import hashlib
import json
import random
import re
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import product as combinations_of
from typing import Any

Json = dict[str, Any]

# -- building ------------------------------------------------------------------------------------------


def polynomial(text: str) -> list[Any]:
    """``"2*i + s*k - 1"`` as JSON."""
    result: list[Any] = []
    for sign, product in re.findall(r"([+-]?)\s*([^\s+-]+)", text):
        coefficient, names = 1 if sign != "-" else -1, []
        for part in product.split("*"):
            if part.isdigit():
                coefficient *= int(part)
            else:
                names.append(part)
        if coefficient:
            result.append([coefficient, sorted(names)])
    return result


def factor(text: str) -> list[Any]:
    """``"X[i + k, c]"``, ``"[i - k = 0]"`` or ``"[k >= 0]"`` as JSON."""
    found = re.fullmatch(r"(\w*)\[(.*?)(?: (=|>=) 0)?\]", text)
    assert found is not None, text
    tensor, inside, relation = found.groups()
    if relation:
        return ["delta" if relation == "=" else "range", polynomial(inside)]
    return ["access", tensor, [polynomial(index) for index in inside.split(", ")] if inside else []]


def term(*factors: str, bound: str = "", coefficient: str = "1") -> Json:
    return {
        "coefficient": polynomial(coefficient), "factors": [factor(one) for one in factors], "bound": bound.split(),
    }  # fmt: skip


def step(rule: str, result: Sequence[Json], at: int = 0, **more: Any) -> Json:
    return {"rule": rule, "at": at, "result": list(result), **more}


def maps(**values: str) -> Json:
    """Names and what they are, for ``names`` and ``inverse``."""
    return {name: polynomial(value) for name, value in values.items()}


def polys(*values: str) -> list[Any]:
    """Polynomials, for ``digits``."""
    return list(map(polynomial, values))


def pairs(*values: str) -> list[Any]:
    """Polynomials two by two, for ``products``."""
    return [list(pair) for pair in zip(polys(*values[::2]), polys(*values[1::2]), strict=True)]


def assumptions(
    lower: Mapping[str, Any] | None = None,
    facts: Sequence[str] = (),
    defined: Sequence[Json] = (),
    sums: Mapping[str, Sequence[int]] | None = None,
    identities: Sequence[Json] = (),
    **shapes: str | None,
) -> Json:
    """``w="K"`` is the shape of the tensor w; None of a tensor without one."""
    return {
        "lower": dict(lower or {}), "facts": [polynomial(fact) for fact in facts], "defined": list(defined),
        "shapes": {
            name: None if shape is None else [polynomial(size) for size in shape.split(", ") if size]
            for name, shape in shapes.items()
        },
        **({"sums": {name: list(axes) for name, axes in sums.items()}} if sums else {}),
        **({"identities": list(identities)} if identities else {}),
    }  # fmt: skip


def defined(name: str, kind: str, *of: str, offset: int = 0) -> Json:
    return {"name": name, "kind": kind, "of": [polynomial(part) for part in of], "offset": offset}


def theorem(start: Sequence[Json], steps: Sequence[Json], last: Sequence[Json] | None = None, **assumed: Any) -> Json:
    """That the terms of ``start`` are those of ``last``; by default, those of the last step."""
    final = list(last if last is not None else last_line({"start": list(start), "steps": list(steps)}))
    return sealed({
        "format": "symconv theorem", "version": 2, "of": "output", "statement": "", "scope": "",
        "assumptions": assumptions(**assumed),
        "formulas": {"one": {"start": list(start), "steps": list(steps)}, "other": {"start": final, "steps": []}},
        "final": final,
    })  # fmt: skip


def last_line(formula: Json) -> list[Json]:
    """The terms after all the steps, whether they follow or not."""
    terms = list(formula["start"])
    for one in formula["steps"]:
        terms[one["at"] : one["at"] + 1] = one["result"]
    return terms


def sealed(data: Json) -> Json:
    """The same with a digest that fits."""
    rest = {key: value for key, value in data.items() if key != "sha256"}
    text = json.dumps(rest, sort_keys=True)
    return {**rest, "sha256": hashlib.sha256(text.encode()).hexdigest()}


# -- evaluating ----------------------------------------------------------------------------------------

Environment = dict[str, int]
REACH = 200
"""A sum over all integers is run from -REACH to REACH, far outside every box of the tests."""


def value_of(poly: Sequence[Any], env: Mapping[str, int]) -> Fraction:
    total = Fraction(0)
    for coefficient, names in poly:
        product = Fraction(coefficient)
        for name in names:
            product *= env[name]
        total += product
    return total


def names_in(node: Any) -> set[str]:
    """All names in the polynomials and bound names below a node of a form."""
    if isinstance(node, dict):
        return names_in(node["coefficient"]) | names_in(node["factors"]) | set(node["bound"])
    if isinstance(node, list) and len(node) == 2 and isinstance(node[1], list) and not isinstance(node[0], list):
        if all(isinstance(name, str) for name in node[1]):
            return set(node[1])
        return names_in(node[1])
    return set().union(*map(names_in, node)) if isinstance(node, list) else set()


class World:
    """Numbers for the free names, and random tensors, zero outside their boxes."""

    def __init__(self, env: Environment, assumed: Mapping[str, Any], seed: int, reach: int = REACH) -> None:
        self.env, self.seed, self.reach = env, seed, reach
        self.sums: Mapping[str, Sequence[int]] = assumed.get("sums", {})
        self.identities: Sequence[Json] = assumed.get("identities", ())
        self.shapes = {
            tensor: None if shape is None else [int(value_of(size, env)) for size in shape]
            for tensor, shape in assumed["shapes"].items()
        }

    def entry(self, tensor: str, index: tuple[int, ...]) -> int:
        shape = self.shapes[tensor]
        if shape is not None and not all(0 <= i < n for i, n in zip(index, shape, strict=True)):
            return 0
        for identity in self.identities:
            if tensor in identity["tensors"]:
                return self.fixed(identity, identity["tensors"].index(tensor), *index)
        axes = self.sums.get(tensor, ())
        if shape is not None and axes and not any(index[axis] for axis in axes):  # what is left to 1
            ranges = (range(n) if at in axes else (index[at],) for at, n in enumerate(shape))
            return 1 - sum(self.entry(tensor, other) for other in combinations_of(*ranges) if other != index)
        return random.Random(f"{self.seed} {tensor} {index}").choice([-7, -5, -3, -2, -1, 1, 2, 3, 4, 5, 6, 8])

    def fixed(self, identity: Json, which: int, row: int, column: int) -> Any:
        """A number of a matrix; of roots of unity those of order 1 and 2."""
        if "matrices" in identity:
            return Fraction(identity["matrices"][which][row][column])
        order = int(value_of(identity["order"], self.env))
        assert order in (1, 2)
        root = (-1 if order == 2 else 1) ** (row * column)
        return Fraction(root, order) if identity["inverse"][which] else root

    def form(self, terms: Sequence[Json]) -> Fraction:
        return sum((self.summed(one, dict(self.env), list(one["bound"])) for one in terms), Fraction(0))

    def summed(self, one: Json, env: Environment, loose: list[str]) -> Fraction:
        """The sum over the loose names, one after the other, each over what the factors leave of the window."""
        if not loose:
            return self.product(one, env)
        window = self.windows(one, env, loose)
        if window is None:
            return Fraction(0)
        name = min(loose, key=lambda n: window[n][1] - window[n][0])
        rest = [other for other in loose if other != name]
        low, high = window[name]
        return sum((self.summed(one, {**env, name: value}, rest) for value in range(low, high + 1)), Fraction(0))

    def windows(self, one: Json, env: Environment, loose: list[str]) -> dict[str, tuple[int, int]] | None:
        """Where each loose name can be without a factor being zero, by intervals; None if nowhere."""
        window = {name: (-self.reach, self.reach) for name in loose}
        for _ in range(3):
            for poly, low, high in self.limits(one):
                if not narrowed(poly, low, high, env, window):
                    return None
        return window

    def limits(self, one: Json) -> Iterator[tuple[list[Any], int, int | None]]:
        """Polynomials that must be between two numbers for the term not to be zero."""
        for kind, *rest in one["factors"]:
            if kind == "access":
                for poly, size in zip(rest[1], self.shapes[rest[0]] or ()):
                    yield poly, 0, size - 1
            else:
                yield rest[0], 0, 0 if kind == "delta" else None

    def product(self, one: Json, env: Environment) -> Fraction:
        product = value_of(one["coefficient"], env)
        for kind, *rest in one["factors"]:
            if not product:
                break
            if kind == "access":
                product *= self.entry(rest[0], tuple(int(value_of(poly, env)) for poly in rest[1]))
            else:
                value = value_of(rest[0], env)
                product *= value == 0 if kind == "delta" else value >= 0
        return product


def narrowed(
    poly: Sequence[Any], low: int, high: int | None, env: Environment, window: dict[str, tuple[int, int]]
) -> bool:
    """Narrow the windows of the names that stand alone in a product; False if nothing is left of one."""
    slopes: dict[str, Fraction] = {}
    constant = Fraction(0)
    for coefficient, names in poly:
        value, unknown = Fraction(coefficient), [name for name in names if name in window]
        for name in names:
            value *= 1 if name in window else env[name]
        if len(unknown) > 1:
            return True
        if unknown:
            slopes[unknown[0]] = slopes.get(unknown[0], Fraction(0)) + value
        else:
            constant += value
    extremes = {n: sorted(slope * end for end in window[n]) for n, slope in slopes.items()}
    least = constant + sum(ends[0] for ends in extremes.values())
    most = constant + sum(ends[1] for ends in extremes.values())
    if most < low or (high is not None and least > high):
        return False
    for name, slope in slopes.items():
        if slope:
            bounds = [(low - most + extremes[name][1]) / slope]  # slope * value >= this slope, the others at their most
            ceiling = None if high is None else (high - least + extremes[name][0]) / slope
            first, last = window[name]
            if slope > 0:
                first = max(first, -(-bounds[0].numerator // bounds[0].denominator))
                last = last if ceiling is None else min(last, ceiling.numerator // ceiling.denominator)
            else:
                last = min(last, bounds[0].numerator // bounds[0].denominator)
                first = first if ceiling is None else max(first, -(-ceiling.numerator // ceiling.denominator))
            if first > last:
                return False
            window[name] = (first, last)
    return True


def drawn_names(data: Json, generator: random.Random, tries: int = 300) -> Environment | None:
    """Random numbers for all names of a theorem that satisfy its assumptions; None if none were found."""
    assumed = data["assumptions"]
    lower, definitions = assumed["lower"], assumed["defined"]
    standing = {entry["name"] for entry in definitions}
    parts = [poly for entry in definitions for poly in entry["of"]]
    sizes = [size for shape in assumed["shapes"].values() for size in shape or ()]
    forms = [formula["start"] for formula in data["formulas"].values()] + [data["final"]]
    names = set(lower).union(*map(names_in, [assumed["facts"], parts, sizes, *forms])) - standing
    conditions = [*((names_in(fact), fact) for fact in assumed["facts"])]
    env: Environment = {}
    redrawn, reach = sorted(names), generator.choice([1, 2, 3, 5])
    for attempt in range(tries):
        for name in redrawn:
            low = lower.get(name, -2)
            env[name] = low + generator.randint(0, reach + attempt // 150)
        broken = None
        for entry in definitions:
            value = meaning(entry, env)
            if value is None or value < lower.get(entry["name"], value):
                broken = set().union(*map(names_in, entry["of"]))
                break
            env[entry["name"]] = value
        if broken is None:
            broken = next((found for found, fact in conditions if value_of(fact, env) < 0), None)
        if broken is None:
            return env
        redrawn = sorted(names & (broken if not broken & standing else names)) or sorted(names)
    return None


def meaning(entry: Json, env: Environment) -> int | None:
    """What a defined name stands for, or None if it has no value there."""
    values = [int(value_of(poly, env)) for poly in entry["of"]]
    if entry["kind"] == "maximum":
        return max(values)
    above, below = values
    if not below or (entry["kind"] == "quotient" and above % below):
        return None
    return above // below + int(entry["offset"])


def falsehood(data: Json, seed: int = 0, draws: int = 8) -> str | None:
    """What shows that the formulas of a theorem are not equal, or not finite; None if nothing was found."""
    generator = random.Random(seed)
    forms = {label: formula["start"] for label, formula in data["formulas"].items()} | {"final": data["final"]}
    for draw in range(draws):
        env = drawn_names(data, generator)
        if env is None:
            continue
        values = {}
        for reach in (REACH,) if draw else (REACH, 2 * REACH):
            world = World(env, data["assumptions"], draw, reach)
            for label, form in forms.items():
                value = world.form(form)
                if values.setdefault(label, value) != value:
                    return f"the sum {label} is not finite at {env}"
        if len(set(values.values())) > 1:
            return f"{values} at {env}"
    return None
