"""prove: the theorems of a layer, view against view.

Every view's own formula of a quantity is brought to normal form; the views agree where the normal forms are
the same. For a concrete layer the product terms of every view are collected and compared as well, by code that
shares nothing with the normal form.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from symconv.algebra.assumptions import Defined
from symconv.algebra.concrete.blocks import DEFAULT_MAX_TERMS
from symconv.algebra.concrete.compare import Disagreement, compare
from symconv.algebra.extent import about
from symconv.algebra.forms import fresh
from symconv.algebra.normal_form import Derivation, Shared, most_work, normal_form, work
from symconv.algebra.polynomial import Polynomial
from symconv.errors import SizeLimitError, SymconvError, instead_of, shown
from symconv.formulas.tensor_formula import TensorFormula
from symconv.foundations.cyclotomic import has_complex
from symconv.foundations.given import several, telling, term_limit
from symconv.foundations.values import Lazy
from symconv.foundations.verbs import verb
from symconv.geometry.symbols import Fixed
from symconv.layers import Layer
from symconv.proof.equation import Equation, tied
from symconv.proof.instances import instance
from symconv.proof.scope import layer_scope
from symconv.proof.theorem import Report, Theorem, listed
from symconv.proof.verdict import NORMAL_FORM, Verdict
from symconv.views import ON_REQUEST, View


@verb(Layer, "a proof", "a layer, a network or a step")
def prove(
    conv: Layer,
    views: Sequence[str | View] | None = None,
    of: str | Sequence[str] | None = None,
    *,
    by: str | None = None,
    max_terms: int = DEFAULT_MAX_TERMS,
    progress: Callable[[int, int, str], None] | None = None,
) -> Report:
    """Prove that the views of a layer have the same outputs and the same partial derivatives.

    Of a network: that every layer may be replaced by any of its views. Of a step of gradient descent: that all views
    have the same weights after it. These take ``max_terms`` alone.

    Args:
        conv: a layer, concrete or with symbols; or a Sequential, or a Step.
        views: names (or View objects) to compare, at least two; all by default.
        of: quantities among "output", "grad_weight", "grad_input", "grad_bias"; by default all that
            the layer has.
        by: the way to decide, "normal form", "terms" or "theorem"; by default the normal forms and, as a second,
            independent way, the collected product terms of a concrete layer that has few enough. "theorem" proves the
            general layer of this kind, of which this one is an instance. ``verdict.by`` says which way decided.
        max_terms: the most product terms of a concrete layer to collect and compare.
        progress: called with (theorems done, theorems in all, the next one's quantity).

    Returns:
        A Report; ``report.holds`` where every theorem is proved.

    Raises:
        SymconvError: an unknown view, quantity or way, or terms of a layer with symbols.
        SizeLimitError: with ``by="terms"``, a layer has more than ``max_terms`` product terms.

    >>> from symconv import Conv
    >>> prove(Conv.general(1)).holds
    True
    """
    chosen, tell = _chosen_views(conv, views), telling(progress)
    quantities = _chosen_quantities(conv, of)
    _require_way(conv, by)
    scope, effort = layer_scope(conv), max(view.effort for view in chosen.values())
    theorems = []
    for done, quantity in enumerate(quantities):
        tell(done, len(quantities), quantity)
        formulas = {name: getattr(view, quantity) for name, view in chosen.items()}
        theorems.append(theorem_of(conv, quantity, formulas, scope, max_terms, by, effort))
    return Report(conv, scope, tuple(theorems))


def _chosen_views(conv: Layer, views: Sequence[str | View] | None) -> dict[str, View]:
    right = f"use {listed(tuple(conv.views))}"
    wanted = list(conv.views) if views is None else several(views, (str, View), "views", right)
    chosen: dict[str, View] = {}
    for view in wanted:
        if not isinstance(view, (str, View)):
            raise SymconvError(f"{shown(view)} as a view", "it is neither a name nor a View", right)
        one = _view_called(view, conv) if isinstance(view, str) else view
        if one.geometry != conv:
            raise SymconvError(
                f"the view {one.name} of {one.geometry!r}", "it belongs to another layer", f"use views of {conv!r}"
            )
        chosen[one.label] = one
    if len(chosen) < 2:
        raise SymconvError(f"{len(chosen)} view(s)", "a comparison needs at least two", right)
    return chosen


def _view_called(name: str, conv: Layer) -> View:
    if name in conv.views:
        return conv.views[name]
    if name in conv.views_on_request:
        return conv.views_on_request[name]
    if name in ON_REQUEST:
        getattr(conv, name)  # says why the layer does not have it
    raise SymconvError(
        f"the view {shown(name)}", "no such view", instead_of(name, [*conv.views, *conv.views_on_request])
    )


def _chosen_quantities(conv: Layer, of: str | Sequence[str] | None) -> Sequence[str]:
    available = conv.quantities
    wanted = list(available) if of is None else several(of, str, "of", f"use {listed(available)}")
    if not wanted:
        raise SymconvError("of=[]", "there is nothing to prove", f"use {listed(available)}")
    for name in wanted:
        if name not in available:
            raise SymconvError(f"of={shown(name)}", "the layer has no such quantity", f"use {listed(available)}")
    return list(dict.fromkeys(wanted))


def _require_way(conv: Layer, by: str | None) -> None:
    if by is not None and by not in WAYS:
        raise SymconvError(f"by={shown(by)}", "no such way to decide", instead_of(by, WAYS))
    if by == "terms" and not conv.is_concrete:
        raise SymconvError(f'by="terms" of {conv!r}', "it has symbols", "give numbers with conv.at(..)")


def theorem_of(
    conv: Layer,
    quantity: str,
    formulas: Mapping[str, TensorFormula],
    scope: str,
    max_terms: int = DEFAULT_MAX_TERMS,
    by: str | None = None,
    effort: int = 1,
) -> Theorem:
    """The theorem that some formulas are equal, by the names of where they come from."""
    formulas = _with_own_matrices(formulas)
    limit, derivations = term_limit(max_terms), _derivations(formulas)
    verdict = None
    if by != "theorem":
        verdict = _verdict(conv, formulas, derivations, scope, limit, by, effort)
    if conv.is_concrete and (verdict is None or verdict.undecided) and _are_own(conv, quantity, formulas):
        verdict = instance(conv, lambda family: _in_family(family, quantity, formulas, effort), scope) or verdict
    if verdict is None:
        verdict = _verdict(conv, formulas, derivations, scope, limit, "normal form", effort)
    return Theorem(conv, quantity, formulas, derivations, verdict)


def _with_own_matrices(formulas: Mapping[str, TensorFormula]) -> dict[str, TensorFormula]:
    """Fixed matrices of one name told apart if their numbers differ, with what is assumed of each.

    Raises:
        SymconvError: two views have one letter for different things.
    """
    if len({id(formula.geometry) for formula in formulas.values()}) == 1:  # in which a name means one thing
        return dict(formulas)
    known: dict[str, Fixed] = {}
    meanings: dict[str, Defined] = {}
    result = {}
    for name, formula in formulas.items():
        own = formula.geometry.fixed
        clashes = [one for one, numbers in own.items() if known.get(one, numbers) != numbers]
        taken = {*known, *formula.layouts, *formula.geometry.taken_names} if clashes else set()
        others = {one: fresh(one, taken) for one in clashes}
        result[name] = formula.with_matrices_named(others) if others else formula
        known |= result[name].geometry.fixed
        for letter, one in formula.assumptions.defined:
            if (meant := meanings.setdefault(letter, one)) is not one and meant != one:
                wrong = f"the letter {letter} stands for different things in the view {name} and in one before it"
                raise SymconvError(f"views {listed(list(formulas))}", wrong, "prove each of them beside direct")
    return result


def _are_own(conv: Layer, quantity: str, formulas: Mapping[str, TensorFormula]) -> bool:
    """Whether the formulas are those of the layer's own views, which every layer of its kind has."""
    known = {**conv.views, **conv.views_on_request}
    own = {name: getattr(known[name], quantity, None) for name in formulas if name in known}
    return all(name in own and own[name] == formula for name, formula in formulas.items())


def _in_family(family: Layer, quantity: str, names: Iterable[str], effort: int) -> Verdict:
    """The same views' formulas of the general layer.

    Raises:
        SymconvError: it has no such view or quantity.
    """
    known = {**family.views, **family.views_on_request}
    if quantity not in family.quantities or not known.keys() >= set(names):
        raise SymconvError(quantity, "the general layer has no such theorem", "use the views of a layer")
    formulas = {name: getattr(known[name], quantity) for name in names}
    return _verdict(family, formulas, _derivations(formulas), layer_scope(family), 0, None, effort)


WAYS = ("normal form", "terms", "theorem")
"""What ``prove`` may be told to decide by."""

MOST_COMPLEX = 50_000
"""With complex numbers in matrices, up to 50,000 product terms are compared, as each takes some microseconds."""
MOST_WORK = 6_000_000
"""Formulas are brought to normal form if that takes up to about 6 million steps, as ``normal_form.work`` counts."""


def _derivations(formulas: Mapping[str, TensorFormula]) -> dict[str, Derivation]:
    """Every formula brought to normal form; what two views give in the same words is derived once.

    Raises:
        SizeLimitError: the formulas have too many terms, or terms with too many like factors.
    """
    forms = [formula.form for formula in formulas.values()]
    if sum(map(most_work, forms)) > MOST_WORK and (steps := sum(map(work, forms))) > MOST_WORK:
        first = next(iter(formulas.values()))
        wrong = f"bringing its formulas to normal form takes about {about(steps)} steps"
        right = f"the limit is {MOST_WORK:,}; use fewer axes, or padding_mode='zeros'"
        raise SizeLimitError(f"a proof about {first.quantity}", wrong, right)
    derivations: dict[str, Derivation] = {}
    shared = Shared(next(iter(formulas.values())).assumptions)
    for name, formula in formulas.items():
        for other, known in derivations.items():
            if known.start == formula.form and formulas[other].assumptions == formula.assumptions:
                derivations[name] = known
                break
        else:
            order = formula.geometry.reading_order
            derivations[name] = normal_form(formula.form, formula.assumptions, order, shared=shared)
    return derivations


def _verdict(
    conv: Layer,
    formulas: Mapping[str, TensorFormula],
    derivations: Mapping[str, Derivation],
    scope: str,
    max_terms: int,
    by: str | None,
    effort: int,
) -> Verdict:
    """The first view against each of the others; the first that is not proved decides."""
    first, *others = formulas
    equations = Lazy(others, lambda other: _equation(formulas[first], formulas[other]))
    if conv.is_concrete and by != "normal form":
        try:
            return _collected_verdict(equations, derivations, first, scope, max_terms)
        except SizeLimitError as error:
            if by == "terms":
                raise
            skipped = f" (product terms not compared: {error.given}; {error.wrong})"
            return _normal_verdict(conv, equations, derivations, first, scope, effort, skipped)
    if conv.is_concrete:
        return _normal_verdict(conv, equations, derivations, first, scope, effort)
    for other in others:
        if derivations[first].result != derivations[other].result:
            from symconv.proof.deciding import decide  # only needed if normal forms differ

            verdict = decide(equations[other], conv.writer, derivations[first], derivations[other], effort=effort)
            if not verdict.proved:
                return verdict
    return Verdict("proved", scope, "the same normal form from every view", by=NORMAL_FORM)


def _equation(left: TensorFormula, right: TensorFormula) -> Equation:
    axes = tuple((axis.letter, axis.size) for axis in left.axes)
    renamed = {
        axis.letter: Polynomial.name(letter) for axis, (letter, _) in zip(right.axes, axes) if axis.letter != letter
    }
    return Equation(
        left.form,
        right.form.substitute(renamed) if renamed else right.form,
        axes,
        left.assumptions.and_also((), right.assumptions),
        left.geometry.reading_order,
        fixed=tuple({**left.geometry.fixed, **right.geometry.fixed}.items()),
        constrained=tied(left) or tied(right),
    )


def _normal_verdict(
    conv: Layer, equations: Mapping[str, Equation], derivations: Mapping[str, Derivation], first: str, scope: str,
    effort: int, skipped: str = "",
) -> Verdict:  # fmt: skip
    """By normal forms alone, whatever the size: equal ones are a proof; if they differ, a place is looked for."""
    from symconv.proof.deciding import decide, why_equal  # only needed without collected terms

    reasons = []
    for name, equation in equations.items():
        if (reason := why_equal(equation, derivations[first], derivations[name])) is None:
            own, other = derivations[first], derivations[name]
            verdict = decide(equation, conv.writer, own, other, max_terms=0, effort=effort)
            if not verdict.proved:
                return verdict
            reason = verdict.reason
        reasons.append(reason)
    return Verdict("proved", scope, listed(list(dict.fromkeys(reasons))) + skipped, by=NORMAL_FORM)


def _collected_verdict(
    equations: Mapping[str, Equation], derivations: Mapping[str, Derivation], first: str, scope: str, max_terms: int
) -> Verdict:
    """By the collected product terms, which decide; the normal forms must not contradict them.

    Raises:
        SizeLimitError: there are more than ``max_terms``.
    """
    names, forms = [*equations], [equation.right for equation in equations.values()]
    equation = equations[names[0]]
    axes = [(letter, int(size.value or 0)) for letter, size in equation.axes]
    same = {name: derivations[first].result == derivations[name].result for name in names}
    if any(map(_has_own_numbers, equations.values())):
        return _with_numbers(equations, derivations, first, scope, max_terms)
    comparison = compare((equation.left, *forms), axes, {}, max_terms, "the layer")
    if (found := comparison.disagreement) is not None:
        name = names[found.other - 1]
        assert not same[name], "the normal form and the collected terms contradict each other"
        if not equations[name].is_free:
            reason = f"{first} and {name} differ, but in functions whose entries are not any numbers"
            return Verdict("undecided", scope, reason)
        return _refuted(equations[name], found, first, name, scope)
    reason, by = f"the same {comparison.count:,} collected product terms", f"{comparison.count:,} collected terms"
    if all(same.values()):
        return Verdict("proved", scope, f"the same normal form and {reason}", by=f"{NORMAL_FORM} and {by}")
    return Verdict("proved", scope, reason, by=by)


def _refuted(equation: Equation, found: Disagreement, first: str, name: str, scope: str) -> Verdict:
    from symconv.proof.refute import witness  # only needed if a view is wrong

    numbers = witness(equation, {}, found)
    return Verdict("refuted", scope, f"{first} (left) and {name} (right) differ", witness=numbers)


def _has_own_numbers(equation: Equation) -> bool:
    """Whether a side has fixed tensors that the other does not have, so that their numbers count."""
    left, right = ({tensor.name for tensor in side.tensors} for side in equation.sides)
    return bool((left ^ right) & {name for name, _ in equation.fixed})


def _with_numbers(
    equations: Mapping[str, Equation], derivations: Mapping[str, Derivation], first: str, scope: str, max_terms: int
) -> Verdict:
    """The same, view by view, with the numbers of fixed tensors, which may be others in every view."""
    count = 0
    for name, equation in equations.items():
        is_complex = any(has_complex(fixed.at({}).flat) for _, fixed in equation.fixed)
        comparison = equation.compare({}, min(max_terms, MOST_COMPLEX) if is_complex else max_terms)
        if (found := comparison.disagreement) is not None:
            assert derivations[first].result != derivations[name].result, "the two ways contradict each other"
            return _refuted(equation, found, first, name, scope)
        count = comparison.count
    reason, by = f"the same {count:,} collected product terms", f"{count:,} collected terms"
    return Verdict("proved", scope, reason, by=by)
