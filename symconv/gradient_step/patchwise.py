"""The small network updated after every patch, and how that differs from one step on the sum.

Patches are visited in row-major order, q = 1, 2, .., P. At its turn, patch q meets weights that the earlier
patches have moved: with G[p, q] = x_p . x_q (+ 1 with a bias), its output and error are then

    y[q] = h[q] - eta sum over p < q of e[p] G[p, q],        e[q] = dL/dh at y[q],

and the new weights are w - eta sum over q of e[q] x_q. In powers of eta,

    w + sum over n of (-eta)^n T_n,   T_n = sum over q of R_n[q] x_q,
    R_1 = dL/dh,                      R_(n+1)[q] = d2L/dh2[q] sum over p < q of R_n[p] G[p, q].

T_1 is the gradient of the summed loss. For a loss that is quadratic in h the series ends with T_P and is exact;
for any other T_1 and T_2 are the first two Taylor coefficients.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from functools import cached_property

from symconv.algebra.calculus import Definition, derivative
from symconv.algebra.forms import Access, Delta, Factor, Form, Range, Tensor, Term
from symconv.algebra.normal_form import simplify
from symconv.algebra.polynomial import ONE, Polynomial
from symconv.algebra.rules import simplifying
from symconv.errors import SizeLimitError
from symconv.formulas.tensor_formula import tensor_of
from symconv.foundations.values import Value
from symconv.geometry.axes import Axis, axes_of
from symconv.layers import Layer
from symconv.networks.functions import Softmax, softmax

LONGEST_TERM = 100
"""A term of the series is not made from one of more products."""
MEAN_FACTOR = "D_mean"
"""1 over the number of patches or examples, if that is a symbol."""


class Patchwise(Value):
    """The series of a layer's small network, for one loss.

    Args:
        layer: a layer with weights.
        error: dL/dh, the form of an entry in the output h (and the target), over the output's letters.
    """

    def __init__(self, layer: Layer, error: Form) -> None:
        self.layer, self.error = layer, error
        self.view = layer.patches
        self.names = layer.notation
        self.patch = self.view.tensors[self.names.patch]
        self.delta = self.view.tensors[self.names.grad_output]
        self.output = self.view.tensors[self.names.output]
        self.places = self.view.places
        self.channels = layer.group_axes + layer.output_channels
        self.elements = layer.input_channels + layer.kernel_offsets

    def _key(self) -> tuple[Hashable, ...]:
        return (self.layer, self.error)

    # -- pieces --------------------------------------------------------------------------------------

    def entry(self, tensor: Tensor, values: Mapping[str, str]) -> Form:
        """The tensor at its own letters, some of them replaced."""
        return Form.access(tensor, (Polynomial.name(values.get(letter, letter)) for letter in tensor.letters))

    def copy(self, axes: Sequence[Axis], number: int) -> dict[str, str]:
        """Other letters for axes: the same with ``number`` primes."""
        return {axis.letter: axis.letter + "'" * number for axis in axes}

    def gram(self, one: Mapping[str, str], other: Mapping[str, str], number: int) -> Form:
        """G[p, q]: the inner product of two patches, and 1 for the bias that they share."""
        inner = self.copy(self.elements, number)
        product = self.entry(self.patch, {**one, **inner}) * self.entry(self.patch, {**other, **inner})
        form = product.summed(inner.values())
        return form + Form.constant(ONE) if self.layer.bias_term else form

    def earlier(self, one: Mapping[str, str], other: Mapping[str, str]) -> Form:
        """[p < q] in row-major order: equal on the first places and less on the next one."""
        terms: list[Term] = []
        equal: list[Factor] = []
        for axis in self.places:
            p, q = (Polynomial.name(letters[axis.letter]) for letters in (one, other))
            terms.append(Term.make(ONE, (*equal, Range(q - p - 1))))
            equal.append(Delta.equal(p, q))
        return Form(tuple(terms))

    # -- the series ----------------------------------------------------------------------------------

    @cached_property
    def is_exact(self) -> bool:
        """Whether the loss is quadratic in h, so that the series ends."""
        return not any(tensor.variable == self.output for tensor in self.curvature.tensors)

    @cached_property
    def curvature(self) -> Form:
        """d2L/dh2: of the error at the output's letters by h at the letters with one prime."""
        by = self.copy(axes_of(self.layer.output_layout), 1)
        indices = [Polynomial.name(by[letter]) for letter in self.output.letters]
        return derivative(self.error, self.output, indices)

    def error_after(self, order: int) -> Form:
        """R_n over the output's letters, in the tensors dL/dh and patch."""
        if order == 1:
            return self.entry(self.delta, {})
        before = self.error_after(order - 1)
        if len(before.terms) > LONGEST_TERM:
            wrong, right = f"the one before has {len(before.terms):,} products", f"the limit is {LONGEST_TERM}"
            raise SizeLimitError(f"the term of order {order} of {self.layer!r}", wrong, right)
        places, moved = self.copy(self.places, 1), self.copy(self.channels, 1)
        earlier = self.copy(self.places, 2)
        groups = {axis.letter: moved[axis.letter] for axis in self.layer.group_axes}
        values = {old: Polynomial.name(new) for old, new in {**earlier, **moved}.items()}
        change = before.substitute(values) * self.earlier(earlier, places)
        change = change * self.gram({**earlier, **groups}, {**places, **groups}, order + 1)
        change = change.times(self._box({**earlier, **moved}))  # R_n is read inside the output alone
        form = self.curvature * change.summed(earlier.values())
        return self._simplified(form.times(self._box({**places, **moved})).summed([*places.values(), *moved.values()]))

    def _box(self, values: Mapping[str, str]) -> Sequence[Range]:
        ranges = []
        for axis in axes_of(self.layer.output_layout):
            index = Polynomial.name(values.get(axis.letter, axis.letter))
            ranges += [Range(index), Range(axis.size - 1 - index)]
        return ranges

    def _simplified(self, form: Form) -> Form:
        facts = [r.expression for r in self._box({})]
        return simplify(form, self.layer.assumptions.and_also(facts), simplifying(self.layer.reading_order)).result

    def term(self, order: int, bias: bool = False) -> Form:
        """T_n over the weight's letters (or the bias's), in the tensors dL/dh and patch."""
        error = self.error_after(order)
        inside = self._box({})
        own = [r for r in inside if r.expression.names & {axis.letter for axis in self.places}]
        product = error if bias else error * self.entry(self.patch, {})
        return product.times(own).summed(axis.letter for axis in self.places)

    # -- the recursion -------------------------------------------------------------------------------

    @cached_property
    def turn_output(self) -> Tensor:
        return tensor_of(self.names.turn_output, self.layer.output_layout)

    @cached_property
    def turn_error(self) -> Tensor:
        return tensor_of(self.names.turn_error, self.layer.output_layout)

    def output_at_turn(self, rate: Form) -> Form:
        """y over the output's letters: h, moved by the earlier patches."""
        earlier = self.copy(self.places, 1)
        moved = self.entry(self.turn_error, earlier) * self.earlier(earlier, self.copy(self.places, 0))
        moved = moved * self.gram(earlier, {}, 1)
        return self.entry(self.output, {}) - rate * moved.summed(earlier.values())

    def error_at_turn(self) -> Form:
        """e over the output's letters: dL/dh, read at y."""
        return self.error.with_accesses(self._read_at_turn)

    def _read_at_turn(self, access: Access) -> Access:
        tensor = access.tensor
        if tensor == self.output:
            return Access(self.turn_output, access.indices)
        if isinstance(tensor.applied, Softmax):
            at_turn = softmax(
                f"{tensor.applied.name}_turn", self.turn_output, tensor.applied.classes, tensor.applied.log
            )
            return Access(at_turn, access.indices)
        if tensor.applied is not None and tensor.variable == self.output:
            name = tensor.name.replace(f"({self.output.name})", f"({self.names.turn_output})")
            applied = tensor.applied.on(self.turn_output)
            return Access(Tensor(name, tensor.rank, tensor.shape, tensor.letters, applied), access.indices)
        return access

    def recursive(self, bias: bool = False) -> Form:
        """sum over q of e[q] x_q over the weight's letters (or the bias's)."""
        product = self.entry(self.turn_error, {})
        if not bias:
            product = product * self.entry(self.patch, {})
        return product.summed(axis.letter for axis in self.places)

    @property
    def definitions(self) -> dict[str, Definition]:
        """What dL/dh, h and the patches stand for, in the layer's own tensors."""
        own = dict(self.view.definitions)
        own[self.names.grad_output] = Definition(self.delta, self.delta.letters, self.error)
        return own
