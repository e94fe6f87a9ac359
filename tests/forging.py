"""Tools to forge theorem files, and an evaluator of them that shares nothing with the checker.

Forged files are built from small words (``term("w[k]", "X[i + k]", bound="k")``), real ones are ``mutated``, and every
file is sealed again with its digest. ``falsehood`` draws numbers that satisfy the assumptions and random tensors,
runs every sum over integers, and says if two formulas differ: the truth that an accepted file is judged by.
"""

from __future__ import annotations

import copy
import hashlib
import json
import random
import re
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
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


def assumptions(
    lower: Mapping[str, Any] | None = None,
    facts: Sequence[str] = (),
    defined: Sequence[Json] = (),
    **shapes: str | None,
) -> Json:
    """``w="K"`` is the shape of the tensor w; None of a tensor without one."""
    return {
        "lower": dict(lower or {}), "facts": [polynomial(fact) for fact in facts], "defined": list(defined),
        "shapes": {
            name: None if shape is None else [polynomial(size) for size in shape.split(", ") if size]
            for name, shape in shapes.items()
        },
    }  # fmt: skip


def defined(name: str, kind: str, *of: str, offset: int = 0) -> Json:
    return {"name": name, "kind": kind, "of": [polynomial(part) for part in of], "offset": offset}


def theorem(start: Sequence[Json], steps: Sequence[Json], last: Sequence[Json] | None = None, **assumed: Any) -> Json:
    """That the terms of ``start`` are those of ``last``; by default, those of the last step."""
    final = list(last if last is not None else last_line({"start": list(start), "steps": list(steps)}))
    return sealed({
        "format": "symconv theorem", "version": 1, "of": "output", "statement": "", "scope": "",
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
REACH = 40
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

    def __init__(self, env: Environment, shapes: Mapping[str, Any], seed: int, reach: int = REACH) -> None:
        self.env, self.seed, self.reach = env, seed, reach
        self.shapes = {
            tensor: None if shape is None else [int(value_of(size, env)) for size in shape]
            for tensor, shape in shapes.items()
        }

    def entry(self, tensor: str, index: tuple[int, ...]) -> int:
        shape = self.shapes[tensor]
        if shape is not None and not all(0 <= i < n for i, n in zip(index, shape, strict=True)):
            return 0
        return random.Random(f"{self.seed} {tensor} {index}").choice([-7, -5, -3, -2, -1, 1, 2, 3, 4, 5, 6, 8])

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
            env[name] = low + generator.randint(0, reach + attempt // 60)
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
    if below < 1 or (entry["kind"] == "quotient" and above % below):
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
        for reach in (REACH, 2 * REACH):
            world = World(env, data["assumptions"]["shapes"], draw, reach)
            for label, form in forms.items():
                value = world.form(form)
                if values.setdefault(label, value) != value:
                    return f"the sum {label} is not finite at {env}"
        if len(set(values.values())) > 1:
            return f"{values} at {env}"
    return None


# -- mutating real theorems ----------------------------------------------------------------------------


def single_steps(data: Json) -> Iterator[Json]:
    """A theorem for every step of a theorem: that the term before it is the terms after it."""
    for formula in data["formulas"].values():
        terms = list(formula["start"])
        for one in formula["steps"]:
            alone = {**one, "at": 0}
            formulas = {
                "before": {"start": [terms[one["at"]]], "steps": [alone]},
                "after": {"start": one["result"], "steps": []},
            }
            yield sealed({**data, "formulas": formulas, "final": one["result"]})
            terms[one["at"] : one["at"] + 1] = one["result"]


def closed(data: Json) -> Json:
    """The theorem about its first formula alone, with whatever its last line now is: only the rules judge it."""
    label, formula = next(iter(data["formulas"].items()))
    last = last_line(formula)
    return {**data, "formulas": {label: formula, "last": {"start": last, "steps": []}}, "final": last}


def places(node: Any, wanted: Any) -> list[tuple[Any, Any]]:
    """(container, key) of everything below a node for which ``wanted`` is true."""
    found = []
    if isinstance(node, (dict, list)):
        for key, value in node.items() if isinstance(node, dict) else enumerate(node):
            if wanted(value):
                found.append((node, key))
            found += places(value, wanted)
    return found


def is_polynomial(node: Any) -> bool:
    return isinstance(node, list) and bool(node) and all(map(is_monomial, node))


def is_monomial(node: Any) -> bool:
    if not isinstance(node, list) or len(node) != 2 or not isinstance(node[1], list):
        return False
    return isinstance(node[0], (int, str)) and all(isinstance(name, str) for name in node[1]) and node[0] != "delta"


def is_factor(node: Any) -> bool:
    return isinstance(node, list) and bool(node) and node[0] in ("access", "delta", "range")


def is_term(node: Any) -> bool:
    return isinstance(node, dict) and "coefficient" in node


class Mutator:
    """One random change of a theorem, which knows what the parts are."""

    def __init__(self, data: Json, generator: random.Random) -> None:
        self.data, self.pick, self.random = data, generator.choice, generator
        assumed = data["assumptions"]
        self.tensors = sorted(assumed["shapes"]) or ["X"]
        everything = [data["formulas"], data["final"], assumed]
        self.names = sorted({name for node, at in places(everything, is_monomial) for name in node[at][1]}) or ["i"]

    def change(self) -> None:
        kinds = [
            self.number, self.number, self.monomial, self.name, self.one_factor, self.one_factor, self.bound,
            self.rule, self.data_of_step, self.data_of_step, self.assumption, self.assumption, self.steps,
            self.rename_everywhere, self.exchange_everywhere, self.factor_everywhere, self.swap_terms,
        ]  # fmt: skip
        self.pick(kinds)()

    def some(self, wanted: Any, node: Any = None) -> tuple[Any, Any] | None:
        found = places(self.data if node is None else node, wanted)
        return self.pick(found) if found else None

    def polynomial(self) -> list[Any]:
        names = [[self.pick([-2, -1, 1, 1, 2]), [self.pick(self.names)]] for _ in range(self.random.randint(0, 2))]
        return [*names, [self.pick([-1, 1, 2]), []]] if self.random.random() < 0.5 else names

    def number(self) -> None:
        if place := self.some(is_monomial):
            monomial = place[0][place[1]]
            old = Fraction(monomial[0]) if monomial[0] != "" else Fraction(0)
            new = self.pick([old + 1, old - 1, -old, 2 * old])
            monomial[0] = int(new) if new.denominator == 1 else str(new)

    def monomial(self) -> None:
        if place := self.some(is_polynomial):
            poly = place[0][place[1]]
            if poly and self.random.random() < 0.5:
                poly.pop(self.random.randrange(len(poly)))
            else:
                poly.append(
                    [
                        self.pick([-1, 1, 2]),
                        self.random.sample(self.names, min(len(self.names), self.pick([0, 1, 1, 2]))),
                    ]
                )

    def name(self) -> None:
        if place := self.some(is_monomial):
            names = place[0][place[1]][1]
            if names and self.random.random() < 0.8:
                names[self.random.randrange(len(names))] = self.pick(self.names)
            else:
                names.append(self.pick(self.names))

    def one_factor(self) -> None:
        place = self.some(is_term)
        if place is None:
            return
        factors = place[0][place[1]]["factors"]
        kind = self.pick(["drop", "double", "copy", "kind", "tensor", "new"])
        at = self.random.randrange(len(factors)) if factors else None
        if kind == "new" or at is None:
            factors.append([self.pick(["delta", "range"]), self.polynomial()])
        elif kind == "drop":
            factors.pop(at)
        elif kind == "double":
            factors.append(copy.deepcopy(factors[at]))
        elif kind == "copy" and (other := self.some(is_factor)):
            factors[at] = copy.deepcopy(other[0][other[1]])
        elif kind == "kind" and factors[at][0] != "access":
            factors[at][0] = "range" if factors[at][0] == "delta" else "delta"
        elif factors[at][0] == "access":
            factors[at][1] = self.pick(self.tensors)

    def bound(self) -> None:
        if place := self.some(is_term):
            bound = place[0][place[1]]["bound"]
            if bound and self.random.random() < 0.5:
                bound.pop(self.random.randrange(len(bound)))
            else:
                bound.append(self.pick([*self.names, "fresh"]))

    def all_steps(self) -> list[Json]:
        return [one for formula in self.data["formulas"].values() for one in formula["steps"]]

    def rule(self) -> None:
        if steps := self.all_steps():
            one, other = self.pick(steps), self.pick(steps)
            one["rule"] = other["rule"]
            for key in ("names", "inverse", "dropped"):
                one.pop(key, None)
                if key in other:
                    one[key] = copy.deepcopy(other[key])

    def data_of_step(self) -> None:
        """Change the maps of a re-indexing, often with its result, or what a step says that it drops or solves for."""
        steps = [one for one in self.all_steps() if one.keys() & {"names", "inverse", "dropped"}]
        if not steps:
            return
        one = self.pick(steps)
        key = self.pick([key for key in ("names", "inverse", "dropped") if key in one])
        if key == "dropped":
            ranges = [place for place in places(one["result"], is_factor) if place[0][place[1]][0] == "range"]
            if ranges and self.random.random() < 0.7:
                node, at = self.pick(ranges)
                one["dropped"].append(node.pop(at))
            elif one["dropped"]:
                one["dropped"].pop()
            return
        maps = one[key]
        kind = self.pick(["drop", "add", "identity", "shift", "shift", "fold"])
        if kind == "drop" and maps:
            maps.pop(self.pick(sorted(maps)))
        elif kind == "add":
            maps[self.pick([*self.names, "z"])] = self.polynomial()
        elif kind == "identity" and maps:
            name = self.pick(sorted(maps))
            maps[name] = [[1, [name]]]
        elif kind == "fold" and maps:
            maps[self.pick(sorted(maps))] = copy.deepcopy(maps[self.pick(sorted(maps))])
        elif maps:  # both maps and the result shifted by the same polynomial, or the old name in the new ones
            name = self.pick(sorted(maps))
            maps[name] = [*maps[name], *self.polynomial()]

    def assumption(self) -> None:
        assumed = self.data["assumptions"]
        kind = self.pick(["lower", "unbound", "fact", "no fact", "kind", "offset", "size", "no shape", "of"])
        if kind == "lower":
            assumed["lower"][self.pick(self.names)] = self.pick([-2, -1, 0, 1, 2])
        elif kind == "unbound" and assumed["lower"]:
            assumed["lower"].pop(self.pick(sorted(assumed["lower"])))
        elif kind == "fact":
            assumed["facts"].append(self.polynomial())
        elif kind == "no fact" and assumed["facts"]:
            assumed["facts"].pop(self.random.randrange(len(assumed["facts"])))
        elif kind in ("kind", "offset", "of") and assumed["defined"]:
            entry = self.pick(assumed["defined"])
            if kind == "kind":
                entry["kind"] = self.pick(["floor", "quotient", "maximum"])
            elif kind == "offset":
                entry["offset"] += self.pick([-1, 1])
            else:
                entry["of"][self.random.randrange(len(entry["of"]))] = self.polynomial()
        elif kind in ("size", "no shape"):
            tensor = self.pick(self.tensors)
            shape = assumed["shapes"].get(tensor)
            if kind == "size" and shape:
                shape[self.random.randrange(len(shape))] = self.polynomial()
            else:
                assumed["shapes"][tensor] = None

    def steps(self) -> None:
        long = [formula["steps"] for formula in self.data["formulas"].values() if formula["steps"]]
        if not long:
            return
        steps = self.pick(long)
        at = self.random.randrange(len(steps))
        kind = self.pick(["skip", "double", "swap", "at"])
        if kind == "skip":
            steps.pop(at)
        elif kind == "double":
            steps.insert(at, copy.deepcopy(steps[at]))
        elif kind == "swap":
            steps[at], steps[at - 1] = steps[at - 1], steps[at]
        else:
            steps[at]["at"] += self.pick([-1, 1])

    def swap_terms(self) -> None:
        one, other = self.some(is_term), self.some(is_term)
        if one and other:
            one[0][one[1]] = copy.deepcopy(other[0][other[1]])

    def rename_everywhere(self) -> None:
        """One name for another in all lines, so that two names may become one."""
        assumed = self.data["assumptions"]
        if self.random.random() < 0.3:
            old, new = self.pick(self.tensors), self.pick([*self.tensors, "Z"])
            for node, at in places(self.data, is_factor):
                if node[at][:2] == ["access", old]:
                    node[at][1] = new
            moved(assumed["shapes"], old, new)
            return
        old, new = self.pick(self.names), self.pick([*self.names, "z"])
        for node, at in places(self.data, is_monomial):
            node[at][1] = sorted(new if name == old else name for name in node[at][1])
        for node, at in places(self.data, is_term):
            node[at]["bound"] = [new if name == old else name for name in node[at]["bound"]]
        for maps in [
            assumed["lower"],
            *(one[key] for one in self.all_steps() for key in one.keys() & {"names", "inverse"}),
        ]:
            moved(maps, old, new)
        for entry in assumed["defined"]:
            entry["name"] = new if entry["name"] == old else entry["name"]

    def exchange_everywhere(self) -> None:
        """A polynomial replaced by another one wherever it stands."""
        if place := self.some(is_polynomial):
            old = json.dumps(place[0][place[1]])
            new = json.dumps([*place[0][place[1]], *self.polynomial()])
            self.replace_all(json.loads(json.dumps(self.data).replace(old, new)))

    def factor_everywhere(self) -> None:
        """A factor replaced by another one wherever it stands."""
        one, other = self.some(is_factor), self.some(is_factor)
        if one and other:
            old, new = json.dumps(one[0][one[1]]), json.dumps(other[0][other[1]])
            self.replace_all(json.loads(json.dumps(self.data).replace(old, new)))

    def replace_all(self, changed: Json) -> None:
        self.data.clear()
        self.data.update(changed)


def moved(node: Json, old: str, new: str) -> None:
    if old in node:
        node.setdefault(new, node.pop(old))


def mutated(data: Json, generator: random.Random) -> Json:
    """A copy with one to three changes, sealed; two times in three closed up, so that only the rules judge it."""
    changed = copy.deepcopy(data)
    for _ in range(generator.choice([1, 1, 1, 2, 2, 3])):
        Mutator(changed, generator).change()
    if generator.random() < 0.67:
        changed = closed(changed)
    return sealed(changed)
