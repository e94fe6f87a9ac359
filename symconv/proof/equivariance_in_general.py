"""solve_sharing(symmetry=..) with letters: what maps that commute with shifts, reflections or rotations look like.

Shifts, on each axis. Let v[j + s z, i + z] = v[j, i] for every z for which both places are inside. Two places j, i and
j', i' with j - s i = j' - s i' are such a pair, for z = i' - i. So v[j, i] is a function u of j - s i alone, and
h[i] = sum_j u[j - s i] x[j] = sum_t u[t] x[s i + t] is a convolution. Conversely every convolution commutes. Each
equation in this is proved by the algebra.

Reflections and rotations T. If the windows cover the padded input, v[T j, T i] is what the turned kernel w[T k] has at
j, i. Different weights stand at different places, so that the layer commutes if and only if w[T k] = w[k].
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

import sympy as sp

from symconv.algebra.forms import fresh
from symconv.algebra.polynomial import ONE
from symconv.algebra.sympy_in import Reader
from symconv.errors import SymconvError
from symconv.foundations.reports import Judgement
from symconv.layers import Layer
from symconv.printing.mathematics import index
from symconv.printing.tables import Column
from symconv.proof.certificates.saving import TheoremFiles
from symconv.proof.equality import prove_equal
from symconv.proof.theorem import TheoremsReport
from symconv.proof.verdict import Verdict
from symconv.symmetries import PointGroup, Shifts, Symmetry


@dataclass(frozen=True, repr=False)
class EquivarianceTheorem(Judgement):
    """One step of the proof, an equation for every size.

    Args:
        name: what it says, in words.
        equation: the equation, as it is printed.
        verdict: whether the algebra proves it.
        sides: what the algebra compares: both sides of the equation with what is known of them.
    """

    name: str
    equation: sp.Eq
    verdict: Verdict
    sides: tuple[Any, Any] = field(repr=False)

    @property
    def holds(self) -> bool:
        """Whether it is proved."""
        return self.verdict.holds

    @property
    def summary(self) -> str:
        return f"{self.name}: {self.verdict}"

    @property
    def statement(self) -> str:
        """The equation as text."""
        return " = ".join(map(_text, self.equation.args))

    def latex(self) -> str:
        """The equation; compiles with amsmath."""
        return " = ".join(self.sides_in_latex())

    def sides_in_latex(self) -> list[str]:
        """Both sides of the equation in LaTeX."""
        from symconv.printing.formulas import formula_tree  # only needed to print
        from symconv.printing.latex import latex_of

        return [latex_of(formula_tree(side)) for side in self.equation.args]

    def to_dict(self) -> dict[str, Any]:
        """What is found, as plain JSON values."""
        return {
            "name": self.name, "statement": self.statement, "verdict": self.verdict.status,
            "reason": self.verdict.reason,
        }  # fmt: skip


@dataclass(frozen=True, repr=False)
class EquivarianceReport(TheoremsReport, TheoremFiles):
    """Which maps commute with a symmetry, for every size, and that the layer is one.

    Args:
        symmetry: what they commute with.
        layer: the layer.
        theorems: the steps of the proof.
        scope: for what it holds, in words.
        conclusion: what follows, in words.

    >>> from symconv import Conv, solve_sharing
    >>> report = solve_sharing(Conv.general(1), symmetry="shifts")
    >>> report.holds, report.theorems[0].statement
    (True, 'v[c, j + s*z, o, i + z] = v[c, j, o, i]')
    """

    columns: ClassVar = (Column("step", 40), Column("equation", 60), Column("verdict"))

    symmetry: Symmetry
    layer: Layer
    theorems: tuple[EquivarianceTheorem, ...]
    scope: str
    conclusion: str

    @property
    def subject(self) -> str:
        return f"maps that commute with {self.symmetry.in_words}, and {self.layer!r}"

    @property
    def cells(self) -> Sequence[Sequence[Any]]:
        return [[theorem.name, theorem.statement, theorem.verdict.status] for theorem in self.theorems]

    def certificates(self) -> list[dict[str, Any]]:
        """A theorem file about each step of the proof, for ``symconv verify`` and for Rocq.

        Raises:
            SymconvError: a step is not proved by a common last line of both sides.

        >>> from symconv import Conv, solve_sharing, verify
        >>> made = solve_sharing(Conv.general(1), symmetry="shifts").certificates()
        >>> print(verify.check(made[0]).claimed["of"])
        the layer commutes with shifts by z
        """
        from symconv.proof.certificates.equations import equation_certificate  # only to write them

        return [equation_certificate(*one.sides, one.name, one.statement) for one in self.theorems]

    def latex(self) -> str:
        """All equations as one aligned block; compiles with amsmath."""
        lines = [" &= ".join(theorem.sides_in_latex()) for theorem in self.theorems]
        return "\\begin{aligned}\n" + " \\\\\n".join(lines) + "\n\\end{aligned}"

    @property
    def ending(self) -> str:
        return f"{self.conclusion}\nholds for {self.scope}" if self.holds else ""

    def to_dict(self) -> dict[str, Any]:
        """What is found, as plain JSON values."""
        return {
            "symmetry": repr(self.symmetry), "layer": repr(self.layer), "holds": self.holds, "scope": self.scope,
            "conclusion": self.conclusion, "theorems": [theorem.to_dict() for theorem in self.theorems],
        }  # fmt: skip


def _text(formula: sp.Expr) -> str:
    from symconv.printing.formulas import formula_tree  # only needed to print
    from symconv.printing.text import text_of

    return text_of(formula_tree(formula))


def _index(expression: sp.Expr) -> str:
    from symconv.printing.text import text_of  # only needed to print

    return text_of(index(Reader().polynomial(expression)))


def equivariance_in_general(symmetry: Symmetry, layer: Layer) -> EquivarianceReport:
    """The proof for a layer with letters.

    Raises:
        SymconvError: no proof for every shape is known of this symmetry or of this layer.
    """
    theorems, scopes, conclusions = [], [], []
    for part in symmetry.parts:
        if isinstance(part, Shifts):
            maker: Any = _OfShifts(part, layer)
        elif isinstance(part, PointGroup):
            maker = _OfTurns(part, layer)
        else:
            raise _numbers(f"{part!r} with letters", "it is solved with numbers only")
        theorems += list(maker.theorems())
        scopes.append(maker.scope)
        conclusions.append(maker.conclusion)
    scope = "this layer" if layer.is_concrete else f"every size{' and'.join(dict.fromkeys(filter(None, scopes)))}"
    return EquivarianceReport(symmetry, layer, tuple(theorems), scope, "\n".join(conclusions))


def _numbers(given: str, wrong: str) -> SymconvError:
    return SymconvError(given, wrong, "give numbers with conv.at(..), small ones of a large layer")


class _Matrix:
    """The layer's dense matrix with letters: v[c, j, o, i], and what it is in w."""

    def __init__(self, layer: Layer) -> None:
        self.layer = layer
        formula = layer.fully_connected.shared_weight.formula
        self.entry, self.in_weights = formula.lhs, formula.rhs
        self.inputs = [axis.symbol for axis in layer.input_positions]
        self.outputs = [axis.symbol for axis in layer.output_positions]
        self.kernel = [axis.symbol for axis in layer.kernel_offsets]
        number = layer.writer.polynomial
        self.schemes = layer.schemes
        self.n, self.s, self.l, self.K = (
            [number(getattr(scheme, name)) for scheme in layer.schemes] for name in ("n", "s", "l", "K")
        )
        self.names = {*map(str, formula.free_symbols), *layer.notation.names}

    def new(self, letter: str) -> list[sp.Symbol]:
        """A new whole number for every axis."""
        axes = range(len(self.inputs))
        names = [letter if len(axes) == 1 else f"{letter}{axis + 1}" for axis in axes]
        return [sp.Symbol(fresh(name, self.names), integer=True) for name in names]

    def at(self, side: sp.Expr, inputs: Sequence[Any], outputs: Sequence[Any]) -> sp.Expr:
        """One of both sides at other places."""
        return side.subs(dict(zip([*self.inputs, *self.outputs], [*inputs, *outputs])), simultaneous=True)

    def theorem(
        self, name: str, left: sp.Expr, right: sp.Expr, sides: tuple[Any, Any] | None = None
    ) -> EquivarianceTheorem:
        """What is printed, and what the algebra compares if it is not that."""
        compared = sides or (left, right)
        return EquivarianceTheorem(name, sp.Eq(left, right, evaluate=False), prove_equal(*compared), compared)


class _OfShifts:
    """Maps that commute with shifts are convolutions."""

    def __init__(self, symmetry: Shifts, layer: Layer) -> None:
        self.v = _Matrix(layer)
        self.circular = set(symmetry.borders(layer.ndim)) == {"circular"}
        self.spreads = any(scheme.l != ONE for scheme in layer.schemes)
        if self.spreads and any(scheme.s != ONE for scheme in layer.schemes):
            raise _numbers(repr(layer), "it has a stride and an input dilation")
        if self.circular != (layer.padding_mode == "circular") or layer.padding_mode not in ("zeros", "circular"):
            raise _numbers(f"{symmetry!r} of {layer!r}", f"it has {layer.padding_mode} padding")
        self.turns = self._turns(layer) if self.circular else []
        if len(symmetry.axes(layer.ndim)) != layer.ndim:
            raise _numbers(f"{symmetry!r} of {layer!r}", "with letters shifts are along all axes")
        if symmetry.steps(layer.ndim) != tuple(zip(self.v.s, self.v.l)):
            raise _numbers(f"{symmetry!r} of {layer!r}", "its stride is different")

    def _turns(self, layer: Layer) -> list[Any]:
        """By how many outputs a circle is once around, on every axis: m where n = s m."""
        if layer.is_concrete:
            sizes = [sp.Integer(int(m)) for m in layer.output_size]
            if self.spreads or any(n != s * m for n, s, m in zip(self.v.n, self.v.s, sizes)):
                raise _numbers(repr(layer), "on a circle there must be as many inputs as outputs times the stride")
            return sizes
        if self.spreads or not all(isinstance(n, sp.Symbol) for n in self.v.n):
            raise _numbers(repr(layer), "on a circle the input size must be a letter, and inputs next to each other")
        return [sp.Symbol(str(one), integer=True, positive=True) for one in self.v.new("m")]

    @property
    def scope(self) -> str:
        return " with n = s m on every axis" if self.circular and not self.v.layer.is_concrete else ""

    @property
    def conclusion(self) -> str:
        j, i = (", ".join(map(str, letters)) for letters in (self.v.inputs, self.v.outputs))
        where = "on the circle" if self.circular else "whose places are both inside"
        return (
            f"a map commutes with every shift {where} if and only if v[{j}, {i}] is a function u of "
            f"{' and '.join(map(_index, self.offsets(self.v.inputs, self.v.outputs)))} alone:\nit is a convolution, "
            "for each pair of channels with a kernel u; the layer has the u above, zero where it reads nothing"
        )

    def offsets(self, inputs: Sequence[Any], outputs: Sequence[Any]) -> list[sp.Expr]:
        """What all places that share a weight have in common, on every axis: j - s i, or i - l j."""
        if self.spreads:
            return [i - l * j for j, i, l in zip(inputs, outputs, self.v.l)]  # noqa: E741
        return [j - s * i for j, i, s in zip(inputs, outputs, self.v.s)]

    def theorems(self) -> Iterator[EquivarianceTheorem]:
        v, z = self.v, self.v.new("z")
        moved = (
            [j + step * one for j, step, one in zip(v.inputs, v.s, z)],
            [i + step * one for i, step, one in zip(v.outputs, v.l, z)],
        )
        yield v.theorem(
            "the layer commutes with shifts by z",
            v.at(v.entry, *moved),
            v.entry,
            (v.at(v.in_weights, *moved), v.in_weights),
        )
        if self.circular:
            yield from self._around()
        yield self._one_orbit()
        yield from self._convolution()

    def _around(self) -> Iterator[EquivarianceTheorem]:
        """Indices count modulo the sizes."""
        v, m = self.v, self.turns
        sizes = {n: s * one for n, s, one in zip(v.n, v.s, m) if isinstance(n, sp.Symbol)}
        for name, inputs, outputs in (
            ("once around the input", [j + n for j, n in zip(v.inputs, v.n)], v.outputs),
            ("once around the output, n = s m", v.inputs, [i + one for i, one in zip(v.outputs, m)]),
        ):
            sides = (v.at(v.in_weights, inputs, outputs).subs(sizes), v.in_weights.subs(sizes))
            yield v.theorem(name, v.at(v.entry, inputs, outputs), v.entry, sides)

    def _one_orbit(self) -> EquivarianceTheorem:
        """Places with the same offset are a shift apart."""
        v, q = self.v, self.v.new("q")
        if self.spreads:  # z = q - j
            there = q, [i + l * (one - j) for j, i, l, one in zip(v.inputs, v.outputs, v.l, q)]  # noqa: E741
            same = q, [l * one + t for l, one, t in zip(v.l, q, self.offsets(v.inputs, v.outputs))]  # noqa: E741
        else:  # z = q - i
            there = [j + s * (one - i) for j, i, s, one in zip(v.inputs, v.outputs, v.s, q)], q
            same = [s * one + t for s, one, t in zip(v.s, q, self.offsets(v.inputs, v.outputs))], q
        letters = ", ".join(map(str, v.inputs if self.spreads else v.outputs))
        name = f"a shift, z = q - {letters}, reaches every place with the same offset"
        return v.theorem(name, v.at(v.entry, *same), v.entry, (v.at(v.entry, *there), v.at(v.entry, *same)))

    def _convolution(self) -> Iterator[EquivarianceTheorem]:
        v, t, r = self.v, self.v.new("t"), self.v.new("r")
        u = sp.IndexedBase(fresh("u", v.names), shape=tuple(v.n) if self.circular else None)
        x = sp.IndexedBase(v.layer.notation.input, shape=tuple(v.n))
        offsets = self.offsets(v.inputs, v.outputs)
        all_of = [(one, -sp.oo, sp.oo) for one in t]
        around = [(one, -sp.oo, sp.oo) for one in r] if self.circular else []
        wrapped = [n * one if around else 0 for n, one in zip(v.n, r)]
        left = sp.Sum(
            u[tuple(e + w for e, w in zip(offsets, wrapped))] * x[tuple(v.inputs)],
            *((j, 0, n - 1) for j, n in zip(v.inputs, v.n)), *around,
        )  # fmt: skip
        if self.spreads:
            brackets = sp.Mul(*(sp.KroneckerDelta(one, e) for one, e in zip(t, offsets)))
            read = sp.Sum(x[tuple(v.inputs)] * brackets, *((j, 0, n - 1) for j, n in zip(v.inputs, v.n)))
        else:
            read = x[tuple(s * i + one + w for s, i, one, w in zip(v.s, v.outputs, t, wrapped))]
        yield v.theorem(
            "so the map is a convolution with a kernel u", left, sp.Sum(u[tuple(t)] * read, *all_of, *around)
        )
        zero = [0] * len(t)
        origin = (zero, t) if self.spreads else (t, zero)
        places = (zero, offsets) if self.spreads else (offsets, zero)
        yield v.theorem(
            "the layer's kernel u", v.at(v.entry, *origin), v.at(v.in_weights, *origin),
            (v.in_weights, v.at(v.in_weights, *places)),
        )  # fmt: skip


class _OfTurns:
    """A reflection or a rotation of the map is one of the kernel."""

    def __init__(self, symmetry: PointGroup, layer: Layer) -> None:
        self.symmetry, self.v = symmetry, _Matrix(layer)
        if layer.padding_mode != "zeros":
            raise _numbers(f"{symmetry!r} of {layer!r}", f"it has {layer.padding_mode} padding")
        if "regular" in (symmetry.inputs, symmetry.outputs):
            raise _numbers(f"{symmetry!r} with letters", "the number of channels decides")
        for scheme in layer.schemes:
            if scheme.low != scheme.high:
                raise _numbers(repr(layer), "its padding is not the same at both ends")
            if scheme.s != ONE and scheme.l != ONE:
                raise _numbers(repr(layer), "it has a stride and an input dilation")
        for _, turn in symmetry.turns(layer.ndim):
            if any(layer.schemes[at] != layer.schemes[source] for at, source in enumerate(turn.source)):
                raise _numbers(f"{symmetry!r} of {layer!r}", "they exchange axes that are not alike")
        self.letters = _letters(self.v)
        self.conditions: list[str] = []

    @property
    def scope(self) -> str:
        strided = [scheme for scheme in self.v.schemes if scheme.s != ONE]
        return " where no padded input is left over" if strided and not self.v.layer.is_concrete else ""

    @property
    def conclusion(self) -> str:
        turned = " and ".join(self.conditions)
        return f"the layer commutes if and only if {turned} for the weights that are read"

    def theorems(self) -> Iterator[EquivarianceTheorem]:
        v, sizes = self.v, self._sizes()
        kinds = (self.symmetry.inputs, self.symmetry.outputs)
        for name, turn in self.symmetry.turns(v.layer.ndim):
            signs = [turn.sign if kind == "sign" else 1 for kind in kinds]
            sign = signs[0] * signs[1]
            inputs, outputs, kernel = (
                [size[a] - 1 - place[at] if flip else place[at]
                 for a, (at, flip) in enumerate(zip(turn.source, turn.flipped))]
                for place, size in ((v.inputs, sizes[0]), (v.outputs, sizes[1]), (v.kernel, v.K))
            )  # fmt: skip
            (weight,) = v.in_weights.atoms(sp.Indexed)
            turned = weight.subs(dict(zip(v.kernel, kernel)), simultaneous=True)
            right = v.in_weights.xreplace({weight: turned})
            self.conditions.append(f"{_text(turned)} = {_text(sign * weight)}")
            shown = [letter - 1 - place[at] if flip else place[at]
                     for place, of in ((v.inputs, self.letters[0]), (v.outputs, self.letters[1]))
                     for letter, at, flip in zip(of, turn.source, turn.flipped)]  # fmt: skip
            ndim = len(v.inputs)
            left = v.at(v.entry, shown[:ndim], shown[ndim:])
            yield v.theorem(f"a {name} turns the kernel", left, right, (v.at(v.in_weights, inputs, outputs), right))

    def _sizes(self) -> tuple[list[Any], list[Any]]:
        """Input and output sizes such that the windows cover the padded input."""
        number = self.v.layer.writer.polynomial
        inputs, outputs = [], []
        for scheme, m in zip(self.v.schemes, self.letters[1]):
            if scheme.s == ONE:
                inputs.append(number(scheme.n))
                outputs.append(number(scheme.room + 1))
            else:
                exact = number(scheme.s) * (m - 1) + number(scheme.span - scheme.low - scheme.high)
                if self.v.layer.is_concrete and exact != number(scheme.n):
                    raise _numbers(repr(self.v.layer), "its windows leave some of the padded input over")
                inputs.append(exact)
                outputs.append(m)
        return inputs, outputs


def _letters(v: _Matrix) -> tuple[list[Any], list[sp.Symbol]]:
    """The sizes of input and output as letters, one letter for axes that are alike."""
    names = v.new("m")
    alike = len(set(v.schemes)) == 1
    if v.layer.is_concrete:
        return v.n, [sp.Integer(int(m)) for m in v.layer.output_size]
    return v.n, [sp.Symbol(str(names[0] if alike else one), integer=True, positive=True) for one in names]


def square_layer(symmetry: Symmetry, layer: Layer) -> Layer:
    """The layer; with the sizes and hyper-parameters of its first axis on all, if the symmetry exchanges axes."""
    turns = [turn for part in symmetry.parts if isinstance(part, PointGroup) for _, turn in part.turns(layer.ndim)]
    if all(turn.source == tuple(range(layer.ndim)) for turn in turns):
        return layer
    given: dict[str, Any] = {
        name: (value[0],) * len(value) if isinstance(value, tuple) else value
        for name, value in layer.arguments().items()
    }
    return type(layer)(**given)
