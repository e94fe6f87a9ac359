"""Theorems as files for the Rocq prover (Coq 8.16 or newer) and its standard library.

A small concrete layer gets a file of its own: the layer's tensors, the views as functions, a lemma for every entry,
closed by ``ring`` over any commutative ring. A convolution on one axis with symbols gets the general theorem,
``one_axis.v``, proved there once for every shape, and its own statement as an instance. All others: ``gallina.py``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from importlib.resources import files
from itertools import product
from math import prod
from typing import Any

from symconv.algebra.assumptions import Floor
from symconv.algebra.forms import Access, Delta, Factor, Form, Range, Term
from symconv.algebra.normal_form import simplify
from symconv.algebra.polynomial import Polynomial
from symconv.algebra.sympy_out import sides, summation_limits
from symconv.errors import SymconvError
from symconv.formulas.tensor_formula import READING_RULES, TensorFormula
from symconv.geometry.axes import Layout, axes_of
from symconv.layers import Layer
from symconv.printing.greek import GREEK
from symconv.views import View

MOST_LEMMAS = 2000
"""A file has at most 2,000 lemmas, one for every entry and view."""

PREAMBLE = """\
(* {title}
   Written by symconv. For Rocq/Coq 8.16 or newer and its standard library. *)

Require Import ZArith Bool Ring Ring_theory.
Open Scope Z_scope.

Section Layer.

(* Any commutative ring. *)
Variable R : Type.
Variables (zero one : R) (add mul sub : R -> R -> R) (opp : R -> R).
Hypothesis is_ring : ring_theory zero one add mul sub opp (@eq R).
Add Ring the_ring : is_ring.

Infix "+r" := add (at level 50, left associativity).
Infix "*r" := mul (at level 40, left associativity).

(* The sum of f i over low <= i < low + count. *)
Fixpoint sum (count : nat) (low : Z) (f : Z -> R) : R :=
  match count with
  | O => zero
  | S rest => sum rest low f +r f (low + Z.of_nat rest)
  end.

Definition bracket (a b : Z) : R := if a =? b then one else zero.
Definition not_negative (a : Z) : R := if 0 <=? a then one else zero.
Definition inside (i size : Z) : bool := (0 <=? i) && (i <? size).
"""

LETTERS = frozenset("RZSO")
"""Single letters that mean something in the files. No other name there has two underscores, or one at its end."""
IN_GENERAL = ("direct", "fully_connected", "patches")
"""The views that the general file has."""
BOUND_LETTERS = LETTERS | frozenset("xwboickj") | {"delta"}
"""In the general file these are bound too."""


def identifier(name: str, letters: frozenset[str] = LETTERS) -> str:
    """A name of ours in Gallina: different for different names, and never a word of the language or of the files.

    A single or Greek letter, with a number or primes, stays what it is, unless it is one of ``letters``. Any other
    name, which may be a keyword, a notation such as ``mod``, or what a file defines, gets an underscore at its end,
    which none of those has.

    >>> identifier("X"), identifier("k1'"), identifier("R"), identifier("forall"), identifier("forall_")
    ('X', "k1'", 'R_', 'forall_', 'forall__')
    """
    stays = re.fullmatch(rf"([A-Za-z]|{'|'.join(GREEK)})[0-9]*'*", name) and name not in letters
    return name if stays else f"{name}_"


def comment(text: str) -> str:
    """The text, for inside a comment, where brackets and quotes come in pairs."""
    return text.replace("(*", "( *").replace("*)", "* )").replace('"', "''")


def is_small(layer: Layer, entries: Sequence[TensorFormula]) -> bool:
    """Whether a layer has few enough entries for a lemma each, finite sums over limits, and whole coefficients."""
    if not layer.is_concrete or layer.padding_mode == "circular":
        return False
    if any(term.coefficient.value is None or term.coefficient.value % 1 for entry in entries for term in entry.form):
        return False
    return len(layer.views) * sum(prod(map(int, entry.shape)) for entry in entries) <= MOST_LEMMAS


def concrete_file(layer: Layer, formulas: Mapping[str, Mapping[str, TensorFormula]], views: Mapping[str, View]) -> str:
    """The file for a small layer: ``formulas`` by quantity and view."""
    parts = [PREAMBLE.format(title=comment(repr(layer)))]
    writer = _Gallina()
    parts.append("(* The layer's tensors: any functions, zero outside their shapes. *)\n")
    parts += [writer.tensor(name, layout) for name, layout in next(iter(views.values())).layouts.items()]
    for view in views.values():
        parts.append(f"\n(* -- {view.title} -- *)\n")
        parts += _stages(view, writer)
        parts += _gradients(view, writer, [quantity for quantity in formulas if quantity != "output"])
        writer.stages.clear()
    first, *others = views
    parts.append("\n(* -- they are the same, entry by entry -- *)\n")
    for quantity, by_view in formulas.items():
        parts += _lemmas(quantity, by_view[first], first, others)
    parts.append("\nEnd Layer.\n")
    return "\n".join(parts)


def _stages(view: View, writer: _Gallina) -> Iterator[str]:
    """The view's stages, each a function of the ones before."""
    layouts = view.stage_layouts()
    for name, definition in view.definitions.items():
        if name == view.notation.output:
            yield writer.definition(f"{view.name}_output", layouts[name], definition.body)
        else:
            yield writer.stage(f"{view.name}__{name}", name, layouts[name], definition.body)


def _gradients(view: View, writer: _Gallina, quantities: Sequence[str]) -> Iterator[str]:
    """The chain rule through the stages, last to first: the gradient of each stage, then those that are asked for."""
    names = view.notation
    layouts = view.all_layouts
    found: dict[str, Form] = {}
    for name, definition in reversed(view.definitions.items()):
        if name == names.output:
            upstream = Form.access(view.tensors[names.grad_output], view.indices(name))
        else:
            body = simplify(found[name], view.inside(name), READING_RULES).result
            gradient = f"{view.name}__grad__{name}"
            yield writer.stage(gradient, gradient, layouts[name], body)
            upstream = Form.access(replace(view.tensors[name], name=gradient), view.indices(name))
        for operand in definition.body.tensors:
            found[operand.name] = found.get(operand.name, Form()) + view.chain(upstream, definition, operand)
    for quantity in quantities:
        name = getattr(names, quantity.removeprefix("grad_"))
        body = simplify(found.get(name, Form()), view.inside(name), READING_RULES).result
        yield writer.definition(f"{view.name}_{quantity}", layouts[name], body)


def _lemmas(quantity: str, formula: TensorFormula, first: str, others: Sequence[str]) -> Iterator[str]:
    sizes = [int(axis.size.value or 0) for axis in formula.axes]
    for other, index in product(others, product(*map(range, sizes))):
        place = "".join(f"_{at}" for at in index)
        entry = "".join(f" {at}" for at in index)
        yield (
            f"Lemma same_{other}_{quantity}{place} : {other}_{quantity}{entry} = {first}_{quantity}{entry}.\n"
            "Proof. cbv. ring. Qed."
        )


class _Gallina:
    """Writes forms in Gallina. ``stages`` has what the tensors of a view's stages are called."""

    def __init__(self, letters: frozenset[str] = LETTERS) -> None:
        self.stages: dict[str, str] = {}
        self.letters = letters

    def name(self, text: str) -> str:
        return identifier(text, self.letters)

    def tensor(self, name: str, layout: Layout) -> str:
        """A variable, and the function that is zero outside the shape."""
        axes = axes_of(layout)
        own, given = self.name(name), f"given__{name}"
        kind = " -> ".join(["Z"] * len(axes) + ["R"])
        letters = [self.name(axis.letter) for axis in axes]
        body = self._inside(layout, f"{given} {' '.join(letters)}".strip())
        return f"Variable {given} : {kind}.\nDefinition {own}{self._parameters(layout)} : R := {body}."

    def stage(self, name: str, tensor: str, layout: Layout, body: Form) -> str:
        text = f"Definition {name}{self._parameters(layout)} : R := {self._inside(layout, self.form(body))}."
        self.stages[tensor] = name
        return text

    def definition(self, name: str, layout: Layout, body: Form) -> str:
        return f"Definition {name}{self._parameters(layout)} : R := {self.form(body)}."

    def _parameters(self, layout: Layout) -> str:
        letters = [self.name(axis.letter) for axis in axes_of(layout)]
        return f" ({' '.join(letters)} : Z)" if letters else ""

    def _inside(self, layout: Layout, body: str) -> str:
        tests = [f"inside {self.name(axis.letter)} {self.integer(axis.size)}" for axis in axes_of(layout)]
        return f"if {' && '.join(tests)} then {body} else zero" if tests else body

    def form(self, form: Form) -> str:
        return " +r ".join(map(self.term, form)) or "zero"

    def term(self, term: Term) -> str:
        limits, used = summation_limits(term)
        factors = [self.factor(factor) for factor in term.factors if factor not in used]
        coefficient = term.coefficient.value
        if coefficient is None or int(coefficient) != coefficient:
            raise SymconvError(
                f"the coefficient {term.coefficient!r}", "not a whole number", "use a layer with weights"
            )
        body = " *r ".join(factors) or "one"
        if coefficient != 1:
            body = f"sum {abs(int(coefficient))} 0 (fun _ => {body})"
            body = f"opp ({body})" if coefficient < 0 else body
        for name, (low, high) in limits.items():
            if low is None or high is None:
                raise SymconvError(
                    f"a sum over all integers ({name})", "it cannot be written as a finite one", "use zero padding"
                )
            count = high - low + 1
            body = f"sum (Z.to_nat {self.integer(count)}) {self.integer(low)} (fun {self.name(name)} => {body})"
        return f"({body})" if limits or len(factors) > 1 else body

    def factor(self, factor: Factor) -> str:
        if isinstance(factor, Access):
            name = self.stages.get(factor.tensor.name, self.name(factor.tensor.name))
            return " ".join([name, *map(self.integer, factor.indices)])
        if isinstance(factor, Delta):
            left, right = sides(factor)
            return f"bracket {self.integer(left)} {self.integer(right)}"
        assert isinstance(factor, Range)
        return f"not_negative {self.integer(factor.expression)}"

    def integer(self, polynomial: Polynomial) -> str:
        """j - i + 1: terms that are added before those that are subtracted."""
        text = ""
        for names, coefficient in sorted(polynomial.terms, key=lambda pair: pair[1] < 0):
            size = abs(int(coefficient))
            parts = [*([str(size)] if size != 1 or not names else []), *map(self.name, names)]
            sign = (" - " if text else "-") if coefficient < 0 else (" + " if text else "")
            text += sign + " * ".join(parts)
        text = text or "0"
        return text if re.fullmatch(r"[\w']+", text) else f"({text})"


# -- in general ----------------------------------------------------------------------------------------

ARGUMENTS = {
    "direct_output": "R zero add mul {n} {K} {C_in} {s} {d} {p} x w b",
    "direct_grad_weight": "R zero add mul {n} {m} {s} {d} {p} x delta",
    "direct_grad_input": "R zero one add mul {K} {m} {C_out} {s} {d} {p} w delta",
    "dense_output": "R zero one add mul {n} {K} {C_in} {s} {d} {p} x w b",
    "dense_grad_weight": "R zero one add mul {n} {m} {s} {d} {p} x delta",
    "dense_grad_input": "R zero one add mul {K} {m} {C_out} {s} {d} {p} w delta",
    "patches_output": "R zero add mul {n} {K} {C_in} {s} {d} {p} x w b",
    "patches_grad_weight": "R zero add mul {n} {m} {s} {d} {p} x delta",
    "patches_grad_input": "R zero one add mul {K} {m} {C_out} {s} {d} {p} w delta",
}
"""What the definitions of one_axis.v take, outside their section."""


def is_in_general(layer: Layer, views: Sequence[str]) -> bool:
    """Whether one_axis.v is about the layer: one axis, with stride, zero padding, dilation, channels and bias."""
    scheme = layer.schemes[0]
    extras = not layer.is_convolution or layer.flip or layer.padding_mode != "zeros" or layer.batch is not None
    if layer.is_concrete or layer.ndim != 1 or extras or scheme.l.value != 1 or layer.G.value != 1:
        return False
    numbers = (scheme.n, scheme.K, scheme.s, scheme.d, scheme.low, layer.C_in, layer.C_out)
    known = {name for number in numbers for name in number.names} <= set(layer.symbol_names)
    return known and set(views) <= set(IN_GENERAL)


def general_file(layer: Layer) -> str:
    """The general theorem on one axis, and this layer's statement as an instance of it."""
    scheme = layer.schemes[0]
    writer = _Gallina(BOUND_LETTERS)
    text = files("symconv.proof.certificates").joinpath("one_axis.v").read_text(encoding="utf-8")
    names = sorted(layer.symbol_names)
    output = layer.m[0]
    if (letter := output.single_name) in layer.defined:
        floor = layer.defined[str(letter)]
        assert isinstance(floor, Floor)
        size = f"({writer.integer(floor.numerator)} / {writer.integer(floor.denominator)} + {floor.offset})"
    else:
        size = writer.integer(output)
    sizes = {"n": scheme.n, "K": scheme.K, "C_in": layer.C_in, "C_out": layer.C_out}
    values: dict[str, Any] = {name: f"(Z.to_nat {writer.integer(number)})" for name, number in sizes.items()}
    values |= {"m": f"(Z.to_nat {size})", "s": writer.integer(scheme.s), "d": writer.integer(scheme.d)}
    values["p"] = writer.integer(scheme.low)

    def applied(name: str) -> str:
        return f"{name} {ARGUMENTS[name].format(**values)}"

    def same(quantity: str, letters: str) -> str:
        equations = (f"{applied(f'{view}_{quantity}')} {letters} = {applied(f'direct_{quantity}')} {letters}"
                     for view in ("dense", "patches"))  # fmt: skip
        both = " /\\ ".join(equations)
        return f"(forall {letters}, {both})"

    binders = " ".join(map(writer.name, names))
    quantifiers = f"({binders} : Z)" if names else ""
    claims = " /\\\n  ".join([same("output", "o i"), same("grad_weight", "o c k"), same("grad_input", "c j")])
    arguments = "{n} {K} {m} {C_in} {C_out} {s} {d} {p}".format(**values)
    return f"""{text}
(* {comment(repr(layer))}
   Written by symconv: the theorem above, at this layer's sizes and hyper-parameters. *)
Theorem this_layer : forall (R : Type) (zero one : R) (add mul sub : R -> R -> R) (opp : R -> R)
  (is_ring : ring_theory zero one add mul sub opp (@eq R)) {quantifiers}
  (x : Z -> Z -> R) (w : Z -> Z -> Z -> R) (b : Z -> R) (delta : Z -> Z -> R),
  {claims}.
Proof.
  intros R zero one add mul sub opp is_ring {binders} x w b delta.
  exact (one_axis R zero one add mul sub opp is_ring {arguments} x w b delta).
Qed.

Print Assumptions this_layer.
"""
