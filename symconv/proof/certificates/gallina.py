"""Theorems for Rocq: ``checker.v``, the theorem and its proof as data, and one computation."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from fractions import Fraction
from importlib.resources import files
from typing import Any

from symconv import verify
from symconv.errors import SymconvError
from symconv.proof.certificates.kernel import (
    Between,
    Bounds,
    Divisor,
    Formula,
    Frozen,
    KernelLayer,
    KernelTerm,
    KernelTheorem,
    Law,
    Multiples,
    Numbers,
    OneSum,
    Outputs,
    Rule,
    Transfer,
    Untranslated,
)  # fmt: skip
from symconv.proof.certificates.multipliers import Certificate, Multiple, Product, Sum
from symconv.proof.certificates.translation import translated
from symconv.verify import DEFINITION


class Gallina:
    """Writes a theorem. What occurs often (polynomials, terms, certificates, steps) is defined once, under a number.

    ``defined`` has what is defined above already, by its type and text, and what is new is added to it.
    """

    def __init__(self, theorem: KernelTheorem, prefix: str, defined: dict[tuple[str, str], str] | None = None) -> None:
        self.theorem, self.prefix = theorem, prefix
        self.tensors = {tensor: at for at, (tensor, _) in enumerate(theorem.shapes, 1)}
        self.defined = {} if defined is None else defined
        self.lines: list[str] = []

    def text(self, title: str) -> str:
        """Definitions, and the theorem."""
        theorem = self.theorem
        sound = "layer_sound" if theorem.layer else "finite_sound" if theorem.is_finite else "check_sound"
        return f"""{self.definitions(title)}
Theorem proved : {claim(theorem)}.
Proof. apply ({sound} {data(theorem)} proofs). vm_compute. reflexivity. Qed.
End {self.prefix}.
"""

    def definitions(self, title: str) -> str:
        """A module with the assumptions, the formulas and the proofs, which is not closed yet."""
        theorem = self.theorem
        names = ", ".join(f"{at} {n}" for at, n in enumerate(theorem.names, 1))
        tensors = ", ".join(f"{at} {t}" for t, at in self.tensors.items())
        made = self.parts().items()
        return "\n".join([
            f"(* {comment(title)}", f"   Names: {comment(names)}. Tensors: {comment(tensors)}.",
            f"   Formulas: {comment(', '.join(theorem.formulas))}. *)", f"Module {self.prefix}.", *self.lines,
            *(f"Definition {name} : {kind} := {text}." for name, (kind, text) in made),
        ])  # fmt: skip

    def parts(self) -> dict[str, tuple[str, str]]:
        """What a theorem is made of, with its type and text: the assumptions, the layer, the formulas, the proofs."""
        theorem, free = self.theorem, len(self.theorem.names) or 1
        maxima = self.list(theorem.maxima, lambda one: f"({self.name(one[0])}, {self.list(one[1], self.poly)})")
        shapes, laws = self.list(theorem.shapes, self.shape), self.list(theorem.laws, self.law)
        facts = self.list(theorem.facts, self.poly)
        stated = [one.start for label, one in theorem.formulas.items() if not theorem.layer or label != DEFINITION]
        proofs = self.list(theorem.formulas.items(), lambda item: self.proof(item[1], theorem.places[item[0]]))
        return {
            "assumed": ("assumptions", f"Assume {free} {facts} {maxima} {shapes} {laws}"),
            **(self.layer(theorem.layer) if theorem.layer else {}),
            "formulas": ("list form", self.forms(stated)), "proofs": ("list proof", proofs),
        }  # fmt: skip

    # -- small parts -------------------------------------------------------------------------------------

    def list(self, items: Iterable[Any], write: Callable[[Any], str]) -> str:
        return "[" + "; ".join(map(write, items)) + "]"

    def named(self, kind: str, text: str) -> str:
        """The name of a definition of this text."""
        if (kind, text) not in self.defined:
            known = f"{kind[0]}{len(self.defined)}_"
            self.defined[kind, text] = known
            self.lines.append(f"Definition {known} : {kind} := {text}.")
        return self.defined[kind, text]

    def name(self, n: int) -> str:
        return f"{n}%positive"

    def poly(self, p: Frozen) -> str:
        if not p:
            return "[]"
        return self.named("poly", self.list(p, lambda item: f"({item[1]}, {self.list(item[0], self.name)})"))

    def shape(self, item: tuple[str, tuple[Frozen, ...] | None]) -> str:
        tensor, sizes = item
        size = "None" if sizes is None else f"Some {self.list(sizes, self.poly)}"
        return f"({self.name(self.tensors[tensor])}, {size})"

    def term(self, term: KernelTerm) -> str:
        entries = self.list(
            term.entries, lambda one: f"({self.name(self.tensors[one[0]])}, {self.list(one[1], self.poly)})"
        )
        return self.named("term", (
            f"Term {self.poly(term.numerator)} {term.denominator} {entries} {self.list(term.brackets, self.poly)} "
            f"{self.list(term.ranges, self.poly)} {self.list(term.bound, self.name)}"
        ))  # fmt: skip

    def forms(self, forms: Iterable[Iterable[KernelTerm]]) -> str:
        return self.list(forms, lambda terms: self.list(terms, self.term))

    def layer(self, one: KernelLayer) -> dict[str, tuple[str, str]]:
        """What the theorem is about."""
        axes = self.list(one.axes, lambda axis: f"Axis {' '.join(map(self.poly, axis))}")
        channels = self.list(one.channels, lambda pair: f"(At{pair[0].upper()}, {self.poly(pair[1])})")
        tensors = self.list(one.tensors, lambda pair: f"(T{pair[0].upper()}, {self.name(self.tensors[pair[1]])})")
        outputs = self.list(zip(one.right, one.outputs), self.outputs)
        flipped = str(one.flipped).lower()
        kind = one.kind if one.divisor is None else f"({one.kind} {self.divisor(one.divisor)})"
        return {
            "about": ("layer", f"Layer {kind} {one.mode} {flipped} {axes} {channels} {tensors}"),
            "entry": ("list name", self.list(one.entry, self.name)),
            "sizes": ("list (list certificate * outputs)", outputs),
        }

    def divisor(self, one: Divisor) -> str:
        if one.name == "Inside":
            return f"(Inside {self.list(one.of, lambda ends: f'({self.poly(ends[0])}, {self.poly(ends[1])})')})"
        return f"(Given {self.poly(one.of)})" if one.name == "Given" else one.name

    def outputs(self, pair: tuple[tuple[Certificate, ...], Outputs]) -> str:
        """Why an axis has a layer's numbers, and that many outputs."""
        right, (name, arguments) = pair
        return f"({self.list(right, self.certificate)}, {' '.join([name, *map(self.argument, arguments)])})"

    def law(self, law: Law) -> str:
        if isinstance(law, OneSum):
            return f"OneSum {self.name(self.tensors[law.tensor])} {self.list(law.axes, natural)}"
        tensors = " ".join(self.name(self.tensors[tensor]) for tensor in law.tensors)
        flipped = str(law.flipped).lower()
        if isinstance(law, Numbers):
            return f"Numbers {tensors} {flipped} {' '.join(map(self.matrix, law.matrices))}"
        return f"Roots {tensors} {flipped} {str(law.forward).lower()} {self.poly(law.order)} {natural(law.over)}"

    def matrix(self, rows: Iterable[Iterable[Fraction]]) -> str:
        def one(value: Fraction) -> str:
            return f"({value.numerator}, {self.name(value.denominator)})"

        return self.list(rows, lambda row: self.list(row, one))

    # -- certificates --------------------------------------------------------------------------------------

    def line(self, line: Any) -> str:
        if isinstance(line, Sum):
            rows = self.list(line.rows, lambda one: f"({number(one[0])}, {one[1]}%nat)")
            return f"Sum {rows} {number(line.divisor)}"
        if isinstance(line, Product):
            return f"Product {line.one} {line.other}"
        assert isinstance(line, Multiple)
        return f"Multiple {self.poly(line.by)} {line.row} {line.negative}"

    def certificate(self, one: Certificate) -> str:
        lemmas = self.list(one.lemmas, lambda lemma: f"({self.poly(lemma[0])}, {self.list(lemma[1], self.line)})")
        return self.named("certificate", f"By {lemmas} {self.list(one.lines, self.line)}")

    def zero(self, zero: Multiples | Between) -> str:
        if isinstance(zero, Multiples):
            return f"Multiples {self.list(zero.of, lambda one: f'({one[0]}%nat, {self.poly(one[1])})')}"
        return f"Between {self.certificate(zero.low)} {self.certificate(zero.high)}"

    def bounds(self, one: Bounds) -> str:
        whys = f"{self.certificate(one.is_low)} {self.certificate(one.is_high)}"
        return f"Bounds {self.poly(one.low)} {self.poly(one.high)} {whys}"

    def transfer(self, one: Transfer) -> str:
        parts = [self.term(one.result)]
        parts += [self.list(polys, self.poly) for polys in (one.old, one.new)]
        parts += [self.list(whys, self.certificate) for whys in (one.there, one.back)]
        parts += [self.list(zeros, self.zero) for zeros in (one.old_again, one.new_again)]
        parts += [self.list(one.matched, lambda pair: f"({pair[0]}%nat, {self.list(pair[1], self.zero)})")]
        return f"Transfer {' '.join(parts)} ({self.zero(one.same_coefficient)})"

    def argument(self, value: Any) -> str:
        """An argument of a rule, by what it is."""
        if isinstance(value, Transfer):
            return f"({self.transfer(value)})"
        if isinstance(value, Certificate):
            return self.certificate(value)
        if isinstance(value, int):
            return self.name(value)
        if value and isinstance(value[0], Certificate):
            return self.list(value, self.certificate)
        if len(value) == 2 and isinstance(value[1], int):  # a coefficient
            return f"({self.poly(value[0])}, {self.name(value[1])})"
        return self.poly(value)

    def rule(self, rule: Rule) -> str:
        if rule.name in ("Merge", "Unsplit"):
            return f"{rule.name} {rule.arguments[0]}"
        if rule.name == "AddUp":
            law, at, whys = rule.arguments
            return f"AddUp {law} {at} {self.list(whys, self.certificate)}"
        if rule.name == "Contract":
            *places, n, why = rule.arguments
            return f"Contract {' '.join(map(natural, places))} {self.name(n)} {self.certificate(why)}"
        if rule.name == "Insert":
            return f"Insert {self.term(rule.arguments[0])} {self.list(rule.arguments[1], self.bounds)}"
        return " ".join([rule.name, *map(self.argument, rule.arguments)])

    def proof(self, formula: Formula, places: tuple[int, ...]) -> str:
        ends = self.list(formula.ends or (), lambda one: self.list(one, self.bounds))
        steps = self.list(formula.steps, lambda one: self.named("step", f"({natural(one[0])}, {self.rule(one[1])})"))
        return f"(Proof {ends} {steps} {self.list(places, natural)})"


def data(theorem: KernelTheorem, module: str = "") -> str:
    """The definitions of a module that a theorem is about."""
    if theorem.layer is None:
        return f"{module}assumed {module}formulas"
    quantity = theorem.layer.quantity
    return f"{module}assumed {module}about {quantity} {module}entry {module}sizes {module}formulas"


def claim(theorem: KernelTheorem, module: str = "") -> str:
    """What is proved: that the formulas have one value, which is that of the layer, or one where they are finite."""
    said = "about_layer" if theorem.layer else "one_value" if theorem.is_finite else "same_value"
    return f"{said} {data(theorem, module)}"


def natural(value: int) -> str:
    return f"{value}%nat"


def number(value: int) -> str:
    return f"({value})" if value < 0 else str(value)


def comment(text: str) -> str:
    """The text, for inside a comment, where brackets and quotes come in pairs."""
    return text.replace("(*", "( *").replace("*)", "* )").replace('"', "''")


def rocq_file(theorems: Sequence[Mapping[str, Any]], about: str, notes: list[str] | None = None) -> str:
    """A file for Rocq that proves theorems, as theorem files have them, by the checker that is proved correct there.

    ``notes`` gets a sentence for everything that the checker in Python shows and the file, which has it too, does not.

    Raises:
        SymconvError: a theorem has a step that the checker does not have, or it is not found why it is about a layer.
        verify.Rejected: the checker in Python rejects a theorem.
    """
    checker = files("symconv.proof.certificates").joinpath("checker.v")
    parts, names, claims = [checker.read_text(encoding="utf-8")], [], []
    for number, theorem in enumerate(theorems, 1):
        verify.check(theorem)  # so that both checkers take the same files
        try:
            kernel = translated(theorem)
        except Untranslated as error:
            given, right = f"a Rocq file about {theorem['of']}", "use symconv prove --save, and symconv verify"
            raise SymconvError(given, str(error), right) from None
        names.append(f"theorem_{number}")
        layer = (theorem.get("layer") or {}).get("text", about)
        if not kernel.is_finite:
            note = f"theorem {number}, {theorem['of']}: that its sums are finite is not shown in Rocq"
            parts.append(f"(* {comment(note)} *)")
            notes = [] if notes is None else notes
            notes.append(note)
        parts.append(Gallina(kernel, names[-1]).text(f"{layer}: {theorem['of']}"))
        claims.append(claim(kernel, f"{names[-1]}."))
    *first, last = (f"{name}.proved" for name in names)
    proofs = "".join(f"(conj {name} " for name in first) + last + ")" * len(first)
    all_claims = " /\\\n  ".join(claims)
    parts.append(f"Theorem all_proved :\n  {all_claims}.\nProof. exact ({proofs}). Qed.\n")
    return "\n".join([*parts, "Print Assumptions all_proved.", ""])
