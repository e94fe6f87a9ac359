"""An independent checker of theorems: standard library only, and nothing else of symconv.

    python -m symconv.verify theorem.json

A theorem file (docs/theorem-format.md) has two or more formulas, what is assumed of their names, and for each
formula the steps that bring it to one final form. A formula is a sum of terms; a term is a coefficient times
factors (an entry of a tensor, which is zero outside its shape; a bracket [e = 0]; a range [e >= 0]), summed over all
integers for each of its bound names. This module applies the rule of every step itself and compares.

Polynomials are dictionaries from sorted tuples of names to coefficients.
"""

import hashlib
import json
import re
import sys
from fractions import Fraction
from math import gcd

VERSION = 1
MOST_INEQUALITIES = 400


class Rejected(Exception):  # noqa: N818
    """The file does not prove what it says; ``step`` counts from 1 within ``formula``, 0 where it is no step."""

    def __init__(self, why, formula="", step=0):
        self.why, self.formula, self.step = why, formula, step
        where = f"formula {formula!r}" + (f", step {step}" if step else "") + ": " if formula else ""
        super().__init__(where + why)


# -- polynomials -------------------------------------------------------------------------------------------


def poly(data, whole=True):
    """A polynomial; of whole numbers, unless it is the coefficient of a term."""
    result = {}
    for coefficient, names in data:
        if not re.fullmatch(r"-?[0-9]{1,60}" if whole else r"-?[0-9]{1,60}(/[0-9]{1,60})?", str(coefficient)):
            raise Rejected(f"{str(coefficient)[:40]} is no {'whole ' if whole else ''}number")
        key = tuple(sorted(str(name) for name in names))
        result[key] = result.get(key, 0) + Fraction(coefficient)
    return {key: value for key, value in result.items() if value}


def add(one, other, times=1):
    result = dict(one)
    for key, value in other.items():
        result[key] = result.get(key, 0) + times * value
    return {key: value for key, value in result.items() if value}


def mul(one, other):
    result = {}
    for a, x in one.items():
        for b, y in other.items():
            key = tuple(sorted(a + b))
            result[key] = result.get(key, 0) + x * y
    return {key: value for key, value in result.items() if value}


def name(text):
    return {(text,): Fraction(1)}


def const(value):
    return {(): Fraction(value)} if value else {}


def names_of(p):
    return {n for key in p for n in key}


def substitute(p, values):
    result = {}
    for key, value in p.items():
        product = const(value)
        for n in key:
            product = mul(product, values.get(n, name(n)))
        result = add(result, product)
    return result


def unit(p, n):
    """The coefficient of a name where that is exactly 1 or -1 and the name is nowhere else, else 0."""
    found = [(key, value) for key, value in p.items() if n in key]
    return int(found[0][1]) if len(found) == 1 and found[0][0] == (n,) and abs(found[0][1]) == 1 else 0


def solved(p, n):
    """What n must be for p = 0, where its coefficient is 1 or -1."""
    rest = {key: value for key, value in p.items() if n not in key}
    return {key: -value * unit(p, n) for key, value in rest.items()}


# -- terms -------------------------------------------------------------------------------------------------


def read_factor(data):
    kind, *rest = data
    if kind == "access":
        return (kind, str(rest[0]), tuple(frozenset(poly(index).items()) for index in rest[1]))
    if kind in ("delta", "range") and len(rest) == 1:
        return (kind, "", (frozenset(sign(poly(rest[0]), kind).items()),))
    raise Rejected(f"there is no factor {kind!r}")


def sign(p, kind):
    """A bracket [e = 0] is [-e = 0]: the first coefficient is made positive."""
    return {key: -value for key, value in p.items()} if kind == "delta" and p and p[max(p)] < 0 else p


def read_term(data):
    factors = [read_factor(factor) for factor in data["factors"]]
    bound = tuple(sorted(str(n) for n in data["bound"]))
    if len(set(bound)) != len(bound):
        raise Rejected("a name is bound twice")
    return make(poly(data["coefficient"], whole=False), factors, bound)


def make(coefficient, factors, bound):
    """A term, its factors in a fixed order, equal brackets and ranges once."""
    kept = []
    for factor in sorted(factors, key=order_of):
        if factor[0] == "access" or factor not in kept:
            kept.append(factor)
    return (frozenset(coefficient.items()), tuple(kept), tuple(sorted(bound)))


def order_of(factor):
    return (factor[0], factor[1], [sorted(index) for index in factor[2]])


def replaced(term, values, bound):
    """The term with polynomials for names."""
    coefficient, factors, _ = term
    moved = []
    for kind, tensor, indices in factors:
        new = (sign(substitute(dict(index), values), kind) for index in indices)
        moved.append((kind, tensor, tuple(frozenset(p.items()) for p in new)))
    return make(substitute(dict(coefficient), values), moved, bound)


def without(term, factor, *more):
    coefficient, factors, bound = term
    at = factors.index(factor)
    return make(dict(coefficient), [*factors[:at], *more, *factors[at + 1 :]], bound)


def term_names(term):
    coefficient, factors, bound = term
    inside = (names_of(dict(index)) for _, _, indices in factors for index in indices)
    return names_of(dict(coefficient)).union(bound, *inside)


# -- what is assumed ---------------------------------------------------------------------------------------


class Assumed:
    """Lower bounds, facts (each >= 0), and names that stand for floors and maxima."""

    def __init__(self, data):
        self.lower = {str(n): int(low) for n, low in data["lower"].items()}
        self.facts = [poly(fact) for fact in data["facts"]]
        self.shapes = {t: None if s is None else [poly(size) for size in s] for t, s in data["shapes"].items()}
        later = [str(entry["name"]) for entry in data["defined"]]
        defined = set(later)
        if len(defined) < len(later):
            raise Rejected("a name is defined twice")
        made_of = set()
        for entry in data["defined"]:
            n = later.pop(0)
            parts = [poly(p) for p in entry["of"]]
            made_of = made_of.union(*map(names_of, parts))
            if any(names_of(p) & {n, *later} for p in parts):
                raise Rejected(f"{n} is defined by itself, or by what is defined later")
            if entry["kind"] == "maximum":
                self.facts += [add(name(n), p, -1) for p in parts]
            elif entry["kind"] in ("floor", "quotient"):
                above, below = parts
                if not self.implies(add(below, const(1), -1), []):
                    raise Rejected(f"the denominator of {n} may be 0 or negative")
                rest = add(above, mul(below, add(name(n), const(int(entry["offset"])), -1)), -1)
                last = add(add(below, const(1), -1), rest, -1)
                self.facts += [rest, {k: -v for k, v in rest.items()} if entry["kind"] == "quotient" else last]
            else:
                raise Rejected(f"nothing is defined as a {entry['kind']!r}")
        sizes = [size for shape in self.shapes.values() for size in shape or ()]
        self.names = set(self.lower).union(defined, made_of, *map(names_of, [*self.facts, *sizes]))
        if self.contradicts([]):
            raise Rejected("the assumptions contradict each other")

    def shifted(self, p):
        return substitute(p, {n: add(name(n), const(low)) for n, low in self.lower.items()})

    def implies(self, p, facts):
        """Whether p >= 0 wherever all facts hold, by linear arithmetic over the rationals."""
        return self.contradicts([*facts, add({key: -value for key, value in p.items()}, const(1), -1)])

    def contradicts(self, facts):
        rows = [self.shifted(fact) for fact in [*facts, *self.facts]]
        products = {key for row in rows for key in row if key}
        rows += [{key: Fraction(1)} for key in products if all(n in self.lower for n in key)]
        return infeasible(rows)

    def positive(self, n):
        return self.implies(add(name(n), const(1), -1), [])


def infeasible(rows):
    """Fourier-Motzkin elimination: whether no numbers make all rows (each >= 0) hold."""
    while True:
        if any(not any(row) and row.get((), 0) < 0 for row in rows):
            return True
        rows = [row for row in rows if any(row)]
        if not rows or len(rows) > MOST_INEQUALITIES:
            return False

        def cost(key, rows=rows):
            up, down = (sum(s * row.get(key, 0) > 0 for row in rows) for s in (1, -1))
            return (up * down - up - down, key)

        key = min({key for row in rows for key in row if key}, key=cost)
        up, down = ([row for row in rows if s * row.get(key, 0) > 0] for s in (1, -1))
        kept = {frozenset(row.items()) for row in rows if not row.get(key, 0)}
        for a in up:
            for b in down:
                mixed = add({k: v / a[key] for k, v in a.items()}, {k: v / -b[key] for k, v in b.items()})
                kept.add(frozenset(mixed.items()))
        rows = [dict(row) for row in kept]


def facts_of(factors, assumed):
    """What is not negative wherever none of the factors is zero."""
    for kind, tensor, indices in factors:
        for at, index in enumerate(indices):
            p = dict(index)
            if kind == "range":
                yield p
            elif kind == "delta":
                yield p
                yield {key: -value for key, value in p.items()}
            elif assumed.shapes[tensor] is not None:
                yield p
                yield add(add(assumed.shapes[tensor][at], const(1), -1), p, -1)


# -- rules: each gives the terms that a term may become ------------------------------------------------------


def evaluate_bracket(term, step, assumed):
    for factor in term[1]:
        p = dict(factor[2][0]) if factor[0] != "access" else None
        if p is None:
            continue
        value = p.get((), 0) if not any(p) else None
        if factor[0] == "range" and value is not None:
            yield [without(term, factor)] if value >= 0 else []
        if factor[0] == "delta":
            if value is not None:
                yield [] if value else [without(term, factor)]
            elif all(v.denominator == 1 for v in p.values()) and p.get((), 0) % gcd(
                *(int(v) for k, v in p.items() if k)
            ):
                yield []  # no integers solve it: a common divisor of the coefficients does not divide the number


def cancel_factor(term, step, assumed):
    (result,) = step["result"]
    for factor in term[1]:
        if factor[0] == "delta":
            p = dict(factor[2][0])
            for new in (f for f in result[1] if f[0] == "delta" and f not in term[1]):
                q = dict(new[2][0])
                key, lead = max(q.items())
                for other, value in p.items():
                    left = list(other)
                    if lead and all(n in left and not left.remove(n) for n in key):
                        scale = {tuple(left): value / lead}
                        if mul(q, scale) == p and all(assumed.positive(n) for n in left):
                            yield [without(term, factor, new)]


def sift(term, step, assumed):
    (v,) = step["names"]
    for factor in term[1]:
        if factor[0] == "delta" and v in term[2] and unit(dict(factor[2][0]), v):
            rest = tuple(n for n in term[2] if n != v)
            yield [replaced(without(term, factor), {v: solved(dict(factor[2][0]), v)}, rest)]


def ranges_that_meet(term, step, assumed):
    ranges = [factor for factor in term[1] if factor[0] == "range"]
    for one in ranges:
        for other in ranges:
            p = dict(one[2][0])
            if other != one and dict(other[2][0]) == {key: -value for key, value in p.items()}:
                yield [without(without(term, one), other, ("delta", "", (frozenset(sign(p, "delta").items()),)))]


def drop_implied_range(term, step, assumed):
    for dropped in step["dropped"]:
        if dropped not in term[1] or dropped[0] != "range":
            return
        term = without(term, dropped)
        if not assumed.implies(dict(dropped[2][0]), list(facts_of(term[1], assumed))):
            return
    yield [term]


def rewrite_under_bracket(term, step, assumed):
    for factor in term[1]:
        if factor[0] == "delta":
            for m in names_of(dict(factor[2][0])) - set(term[2]):
                if unit(dict(factor[2][0]), m):
                    moved = replaced(without(term, factor), {m: solved(dict(factor[2][0]), m)}, term[2])
                    yield [make(dict(moved[0]), [*moved[1], factor], moved[2])]


def empty_range(term, step, assumed):
    if assumed.contradicts(list(facts_of(term[1], assumed))):
        yield []


def reindex(term, step, assumed):
    names, inverse = step["names"], step["inverse"]
    identity = all(substitute(p, inverse) == name(old) for old, p in names.items())
    identity = identity and all(substitute(p, names) == name(new) for new, p in inverse.items())
    fresh = not set(inverse) & (term_names(term) | assumed.names)
    if identity and fresh and set(names) == set(term[2]):
        yield [replaced(term, names, tuple(inverse))]


def vanish(term, step, assumed):
    if not term[0]:
        yield []


RULES = {
    "evaluate bracket": evaluate_bracket, "cancel factor": cancel_factor, "sift": sift, "vanish": vanish,
    "ranges that meet": ranges_that_meet, "drop implied range": drop_implied_range, "empty range": empty_range,
    "rewrite under bracket": rewrite_under_bracket, "re-index": reindex,
}  # fmt: skip


# -- theorems ----------------------------------------------------------------------------------------------


def collected(terms):
    totals = {}
    for coefficient, factors, bound in terms:
        totals[factors, bound] = add(totals.get((factors, bound), {}), dict(coefficient))
    return {key: value for key, value in totals.items() if value}


def read_terms(data, assumed):
    """Terms whose entries have as many indices as their tensors."""
    terms = [read_term(term) for term in data]
    for kind, tensor, indices in (factor for term in terms for factor in term[1]):
        if kind == "access" and (
            tensor not in assumed.shapes or len(assumed.shapes[tensor] or indices) != len(indices)
        ):
            raise Rejected(f"the tensor {tensor!r} has no shape, or another number of indices")
    return terms


def read_step(data, assumed):
    return {
        "result": read_terms(data["result"], assumed),
        "names": {str(n): poly(p) for n, p in data.get("names", {}).items()},
        "inverse": {str(n): poly(p) for n, p in data.get("inverse", {}).items()},
        "dropped": [read_factor(factor) for factor in data.get("dropped", [])],
    }


def digest(theorem):
    """Of everything but the digest itself."""
    rest = {key: value for key, value in theorem.items() if key != "sha256"}
    return hashlib.sha256(json.dumps(rest, sort_keys=True, ensure_ascii=True).encode()).hexdigest()


def check(theorem):
    """Check one theorem; the number of steps that were checked. Raises Rejected."""
    if theorem.get("format") != "symconv theorem" or theorem.get("version") != VERSION:
        raise Rejected(f"it is no symconv theorem of version {VERSION}")
    assumed = Assumed(theorem["assumptions"])
    final = collected(read_terms(theorem["final"], assumed))
    if len(theorem["formulas"]) < 2:
        raise Rejected("it has fewer than two formulas")
    count = 0
    for label, formula in theorem["formulas"].items():
        terms = read_terms(formula["start"], assumed)
        if any(set(term[2]) & assumed.names for term in terms):
            raise Rejected("a bound name has assumptions", label)
        for number, data in enumerate(formula["steps"], 1):
            try:
                step, at = read_step(data, assumed), data["at"]
            except Rejected as error:
                raise Rejected(error.why, label, number) from None
            if data["rule"] not in RULES or type(at) is not int or not 0 <= at < len(terms):
                raise Rejected(f"there is no rule {data['rule']!r} or no term {at}", label, number)
            if step["result"] not in list(RULES[data["rule"]](terms[at], step, assumed)):
                raise Rejected(f"the rule {data['rule']!r} does not give this", label, number)
            terms[at : at + 1] = step["result"]
            count += 1
        if collected(terms) != final:
            raise Rejected("its last line is not the final form", label)
    if theorem.get("sha256") != digest(theorem):
        raise Rejected("what it states was changed after it was written: the digest differs")
    return count


def check_file(path):
    """Check a file with one theorem or several; the number of steps of each. Raises Rejected."""
    try:
        with open(path, encoding="utf-8") as file:
            theorems = json.load(file)
        theorems = theorems.get("theorems", [theorems])
        if not isinstance(theorems, list) or not theorems:
            raise Rejected("there is no theorem in it")
        return [check(theorem) for theorem in theorems]
    except OSError as error:
        raise Rejected(str(error)) from None
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError, ArithmeticError) as error:
        raise Rejected(f"it is no theorem file ({type(error).__name__}: {error})") from None


if __name__ == "__main__":
    if not sys.argv[1:]:
        sys.exit("usage: python -m symconv.verify FILE ..")
    for path in sys.argv[1:]:
        try:
            print(f"{path}: verified, {sum(check_file(path))} steps")
        except Rejected as error:
            sys.exit(f"{path}: rejected: {error}")
