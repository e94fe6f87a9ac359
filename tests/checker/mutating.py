"""Random changes of theorem files that know what the parts are, and rules that are applied without their conditions.

Nothing here knows whether the change is right: that is for the checker to say, and for ``forging.falsehood`` to judge.
"""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Any

from tests.checker.forging import Json, assumptions, defined, last_line, sealed, step

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
    number = isinstance(node[0], int) or (isinstance(node[0], str) and node[0] not in ("delta", "range"))
    return number and all(isinstance(name, str) for name in node[1])


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
            old = Fraction(monomial[0])
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
        """A polynomial replaced by another wherever it stands."""
        if place := self.some(is_polynomial):
            old = json.dumps(place[0][place[1]])
            new = json.dumps([*place[0][place[1]], *self.polynomial()])
            self.replace_all(json.loads(json.dumps(self.data).replace(old, new)))

    def factor_everywhere(self) -> None:
        """A factor replaced by another wherever it stands."""
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


# -- rules without their conditions --------------------------------------------------------------------


def substituted(node: Any, values: Mapping[str, list[Any]]) -> Any:
    """Polynomials for names, in everything below a node of a form; bound names stay."""
    if isinstance(node, dict):
        return {
            **node,
            "coefficient": in_poly(node["coefficient"], values),
            "factors": substituted(node["factors"], values),
        }
    if is_factor(node):
        kind, *rest = node
        if kind == "access":
            return [kind, rest[0], [in_poly(index, values) for index in rest[1]]]
        return [kind, in_poly(rest[0], values)]
    return [substituted(one, values) for one in node]


def in_poly(poly: list[Any], values: Mapping[str, list[Any]]) -> list[Any]:
    total: dict[tuple[str, ...], Fraction] = {}
    for coefficient, names in poly:
        product = {(): Fraction(coefficient)}
        for name in names:
            by = values.get(name, [[1, [name]]])
            longer: dict[tuple[str, ...], Fraction] = {}
            for one, times in product.items():
                for other, more in by:
                    key = tuple(sorted([*one, *more]))
                    longer[key] = longer.get(key, Fraction(0)) + times * Fraction(other)
            product = longer
        for key, times in product.items():
            total[key] = total.get(key, Fraction(0)) + times
    return [[int(v) if v.denominator == 1 else str(v), list(key)] for key, v in sorted(total.items()) if v]


def bold_step(one: Json, generator: random.Random) -> Json | None:
    """A rule applied to a term as if its conditions held; None if there is nothing to apply it to."""
    deltas = [factor for factor in one["factors"] if factor[0] == "delta" and factor[1]]
    ranges = [factor for factor in one["factors"] if factor[0] == "range"]
    rule = generator.choice(["re-index", "re-index", "sift", "drop", "cancel", "rewrite", "bracket", "empty", "meet"])
    if rule == "re-index" and one["bound"]:
        return bold_reindexing(one, generator)
    if rule == "drop" and ranges:
        dropped = generator.sample(ranges, generator.randint(1, len(ranges)))
        kept = [factor for factor in one["factors"] if factor not in dropped]
        return step("drop implied range", [{**one, "factors": kept}], dropped=dropped)
    if rule == "empty":
        return step("empty range", [])
    if rule == "meet" and len(ranges) > 1:
        pair = generator.sample(ranges, 2)
        kept = [factor for factor in one["factors"] if factor not in pair]
        return step("ranges that meet", [{**one, "factors": [*kept, ["delta", pair[0][1]]]}])
    if not deltas:
        return None
    delta = generator.choice(deltas)
    rest = [factor for factor in one["factors"] if factor != delta]
    if rule == "bracket":
        return step("evaluate bracket", [{**one, "factors": rest}] if generator.random() < 0.3 else [])
    if rule == "cancel":
        number, names = generator.choice([*delta[1], [2, []], [3, []]])
        by = abs(int(number)) or 1
        common = generator.choice([names, names[:1], []])
        divided = [[int(c) // by, [*without_names(ns, common)]] for c, ns in delta[1]]
        return step("cancel factor", [{**one, "factors": [*rest, ["delta", divided]]}])
    coefficient, names = generator.choice(delta[1])
    if not names:
        return None
    name = generator.choice(names)
    sign = -1 if int(coefficient) > 0 else 1
    solution = in_poly([[sign * int(c), ns] for c, ns in delta[1] if name not in ns], {})
    moved = substituted({**one, "factors": rest}, {name: solution})
    if rule == "rewrite":
        return step("rewrite under bracket", [{**moved, "factors": [*moved["factors"], delta]}])
    bound = [other for other in one["bound"] if other != name]
    return step("sift", [{**moved, "bound": bound}], names={name: [[1, [name]]]})


def without_names(names: list[str], common: list[str]) -> list[str]:
    left = list(names)
    for name in common:
        if name in left:
            left.remove(name)
    return left


def bold_reindexing(one: Json, generator: random.Random) -> Json:
    """New names by elementary steps that are undone, and half of the times something about them changed."""
    old = list(one["bound"])
    new = [f"u{at}" for at in range(len(old))]
    if generator.random() < 0.2:
        new[0] = generator.choice(["i", "z", old[-1], "n", "u1"])
    free = sorted({name for node, at in places(one, is_monomial) for name in node[at][1]} - set(old))
    names = {a: [[1, [b]]] for a, b in zip(old, new)}
    inverse = {b: [[1, [a]]] for a, b in zip(old, new)}
    for _ in range(generator.randint(1, 3)):  # u -> u + e: each old name takes it back, each new name gets it
        at = generator.choice(new)
        others = [name for name in new if name != at]
        more = (
            [[generator.choice([-2, -1, 1, 2]), [generator.choice([*others, *free, *free])]]] if others or free else []
        )
        more += [[generator.choice([-1, 0, 1]), []]]
        there = {at: [[1, [at]], *more]}
        back = {at: [[1, [at]], *([-c, ns] for c, ns in more)]}
        names = {a: in_poly(value, there) for a, value in names.items()}
        undone = {name: inverse[name] for name in new}
        inverse[at] = in_poly(back[at], undone)
    if generator.random() < 0.5:
        spoil(names, inverse, new, generator)
    moved = substituted(one, names)
    return step("re-index", [{**moved, "bound": list(inverse)}], names=names, inverse=inverse)


def spoil(names: Json, inverse: Json, new: list[str], generator: random.Random) -> None:
    """Change one of the two maps of a re-indexing."""
    maps = generator.choice([names, inverse])
    kind = generator.choice(["drop", "add", "scale", "shift", "square", "old"])
    key = generator.choice(sorted(maps))
    if kind == "drop":
        maps.pop(key)
    elif kind == "add":
        maps["z"] = [[generator.choice([0, 1, 1]), [generator.choice(new)]]]
    elif kind == "scale":
        maps[key] = [[2 * c, ns] for c, ns in maps[key]]
    elif kind == "shift":
        maps[key] = in_poly([*maps[key], [1, []]], {})
    elif kind == "square":
        maps[key] = [[c, [*ns, *ns]] for c, ns in maps[key]]
    else:
        maps[key] = [[1, [key]]]


def bold(data: Json, generator: random.Random) -> Json | None:
    """A theorem about one bold step from some term of a theorem."""
    terms = [node[at] for node, at in places(data, is_term)]
    if not terms:
        return None
    start = generator.choice(terms)
    found = bold_step(start, generator)
    if found is None:
        return None
    formulas = {"before": {"start": [start], "steps": [found]}, "after": {"start": found["result"], "steps": []}}
    return sealed({**data, "formulas": formulas, "final": found["result"]})


def from_nothing(generator: random.Random) -> Json:
    """A theorem of one bold step on a random term, with products of names, squares and tensors without shapes."""
    assumed = assumptions(
        generator.choice([{"n": 1, "s": 1}, {"n": 0, "s": 0}, {"n": 1, "s": 2, "i": 0}, {"s": 1}]),
        generator.choice([[], ["i", "n - 1 - i"], ["j - i"]]),
        generator.choice([[], [defined("m", "floor", "n - 1", "2", offset=1)], [defined("m", "quotient", "n", "3")]]),
        X="n", w="3", f=None,
    )  # fmt: skip
    bound = generator.sample(["k", "r"], generator.choice([0, 1, 1, 2, 2]))
    names = ["i", "j", "m" if assumed["defined"] else "n", *bound, *bound]

    def affine() -> list[Any]:
        products = [
            [generator.choice(names), *generator.choice([[], [], [], ["s"]])] for _ in range(generator.randint(1, 3))
        ]
        rows = [[generator.choice([-2, -1, -1, 1, 1, 2, 3]), sorted(product)] for product in products]
        return in_poly([*rows, [generator.choice([-1, 0, 0, 1, 2]), []]], {})

    factors: list[Any] = [
        ["access", generator.choice("Xw"), [[[1, [name]]]]] for name in bound if generator.random() < 0.8
    ]
    for _ in range(generator.randint(1, 3)):
        kind = generator.choice(["access", "delta", "delta", "range", "range"])
        factors.append([kind, generator.choice("Xwf"), [affine()]] if kind == "access" else [kind, affine()])
    one = {"coefficient": generator.choice([[[1, []]], affine()]), "factors": factors, "bound": bound}
    found = None
    while found is None:
        found = bold_step(one, generator)
    formulas = {"before": {"start": [one], "steps": [found]}, "after": {"start": found["result"], "steps": []}}
    head = {"format": "symconv theorem", "version": 2, "of": "", "statement": "", "scope": ""}
    return sealed({**head, "assumptions": assumed, "formulas": formulas, "final": found["result"]})
