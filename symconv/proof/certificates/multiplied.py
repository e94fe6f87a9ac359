"""Steps of theorem files with the multipliers that their inequalities need, found with the checker's own rules.

The checker asks of a step whether inequalities follow. Here each question is answered by a search, and what it found
is kept with the step, so that whoever checks it multiplies.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from symconv import verify
from symconv.errors import SymconvError
from symconv.proof.certificates.multipliers import Arithmetic, Certificate, Line, Multiple, Pair, Poly, Product, Sum


class _Searching(verify.Assumed):
    """What is assumed, with a search for every answer that is kept."""

    def __init__(self, assumed: verify.Assumed, numbers: Mapping[str, int], arithmetic: Arithmetic) -> None:
        self.__dict__.update(assumed.__dict__)
        self.numbers, self.arithmetic = dict(numbers), arithmetic
        self.certificates: dict[Certificate, None] = {}

    def implies(self, p: verify.Poly, facts: list[verify.Poly], pairs: verify.Pairs = ()) -> bool:
        return self.kept(self.poly(p), facts, pairs)

    def contradicts(self, facts: list[verify.Poly], pairs: verify.Pairs = ()) -> bool:
        return self.kept(None, facts, pairs)

    def positive(self, p: verify.Poly) -> bool:
        return self.implies(verify.add(p, verify.const(1), -1), [])

    def kept(self, goal: Poly | None, facts: list[verify.Poly], pairs: verify.Pairs) -> bool:
        both: list[Pair] = [(self.poly(p), self.poly(q)) for p, q in pairs]
        found = self.arithmetic.follows(goal, list(map(self.poly, facts)), [], both, search=False)
        if found is not None:
            self.certificates[found] = None
        return found is not None

    def poly(self, p: verify.Poly) -> Poly:
        return numbered(p, self.numbers)


def numbered(p: verify.Poly, numbers: dict[str, int]) -> Poly:
    """With numbers for names, new ones for new names."""
    return {tuple(sorted(numbers.setdefault(n, len(numbers) + 1) for n in key)): int(value) for key, value in p.items()}


def with_multipliers(theorem: Mapping[str, Any]) -> dict[str, Any]:
    """The theorem with ``multipliers`` in place of ``products`` in its steps.

    Raises:
        SymconvError: a step is wrong, or an inequality is not found to follow.
    """
    assumed, numbers = _assumed(theorem), dict[str, int]()
    try:
        with verify.work_for(theorem):
            arithmetic = Arithmetic([numbered(row, numbers) for row in assumed.rows])

            def found(terms: list[verify.Term], steps: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
                made = []
                for data in steps:
                    searching = _Searching(assumed, numbers, arithmetic)
                    terms = _applied(data, terms, searching)
                    made.append({key: value for key, value in data.items() if key != "products"})
                    if searching.certificates:
                        back = {at: n for n, at in searching.numbers.items()}
                        made[-1]["multipliers"] = [_written(one, back) for one in searching.certificates]
                return made

            formulas = {
                label: {**formula, "steps": found(verify.read_terms(formula["start"], assumed), formula["steps"])}
                for label, formula in theorem["formulas"].items()
            }
            layer = theorem.get("layer") or {}
            if "steps" in layer:
                start = verify.defined_by(layer, theorem["of"], assumed)
                theorem = {**theorem, "layer": {**layer, "steps": found(start, layer["steps"])}}
    except verify.Rejected as error:
        raise SymconvError(
            f"the theorem about {theorem['of']}", f"its file is not accepted: {error}", "use fewer axes or views"
        ) from None
    return {**theorem, "formulas": formulas}


def _assumed(theorem: Mapping[str, Any]) -> verify.Assumed:
    try:
        with verify.work_for(theorem):
            return verify.Assumed(theorem["assumptions"])
    except verify.Rejected as error:
        raise SymconvError(
            f"the theorem about {theorem['of']}", f"its file would say nothing: {error}",
            "use quantities that have entries, if an axis is empty: prove(layer, of=..)",
        ) from None  # fmt: skip


def _applied(data: Mapping[str, Any], terms: list[verify.Term], assumed: _Searching) -> list[verify.Term]:
    rule, step = verify.read_step(data, terms, assumed)
    if not any(found == step["result"] for found in verify.RULES[rule][0](terms[step["at"]], step, assumed)):
        raise verify.Rejected(f"the rule {rule!r} does not give this")
    return [*terms[: step["at"]], *step["result"], *terms[step["at"] + 1 :]]


def _written(one: Certificate, names: Mapping[int, str]) -> list[Any]:
    lemmas = [[_poly(p, names), [_line(line, names) for line in why]] for p, why in one.lemmas]
    return [lemmas, [_line(line, names) for line in one.lines]]


def _line(line: Line, names: Mapping[int, str]) -> list[Any]:
    if isinstance(line, Sum):
        return ["sum", [list(row) for row in line.rows], line.divisor]
    if isinstance(line, Product):
        return ["product", line.one, line.other]
    assert isinstance(line, Multiple)
    return ["multiple", line.row, line.negative, _poly(line.by, names)]


def _poly(p: Iterable[tuple[tuple[int, ...], int]], names: Mapping[int, str]) -> list[Any]:
    return sorted([value, sorted(names[n] for n in key)] for key, value in p)
