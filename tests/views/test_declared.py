"""A view's formula in SymPy, which people read, and the form that is proved and differentiated say the same."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
import sympy as sp

from symconv import Conv, prove
from symconv.algebra.forms import Form, Term
from symconv.algebra.reindexing import term_key
from symconv.algebra.sympy_in import Reader
from symconv.geometry.axes import axes_of
from symconv.geometry.padding import MODES
from symconv.layers import KINDS, Layer
from symconv.views import Stage, View
from tests.tools import thinned

G, N, L, s, p = (sp.Symbol(name, integer=True, positive=True) for name in ("G", "N", "l", "s", "p"))


def kinds() -> Iterator[tuple[str, Callable[[], Layer]]]:
    """Every kind of layer in general, and in every padding mode that it has."""
    for name, kind in KINDS.items():
        for axes in (1, 2):
            yield f"{name}-{axes}", lambda kind=kind, axes=axes: kind.general(axes)
        if "padding_mode" in kind.PARAMETERS:
            for mode in MODES:
                yield f"{name}-{mode}", lambda kind=kind, mode=mode: kind.general(2, padding_mode=mode)


LAYERS: dict[str, Callable[[], Layer]] = {
    **dict(kinds()),
    "everything": lambda: Conv.general(2, groups=G, batch_size=N, input_dilation=(L, 1), flip=True),
    "dilated circular": lambda: Conv.general(1, input_dilation=L, padding_mode="circular"),
    "same": lambda: Conv.general(1, stride=1, padding="same"),
    "same_tf": lambda: Conv.general(2, padding="same_tf", padding_mode="reflect"),
    "numbers": lambda: Conv((5, 4), (2, 3), in_channels=2, out_channels=4, groups=2, stride=(2, 1), batch_size=3),
    **{f"numbers {mode}": lambda mode=mode: Conv(7, 3, stride=2, padding=2, padding_mode=mode) for mode in MODES},
    **{f"one element {mode}": lambda mode=mode: Conv(7, 1, stride=2, padding=2, padding_mode=mode) for mode in MODES},
    **{f"letters {mode}": lambda mode=mode: Conv(7, 3, stride=s, padding=1, padding_mode=mode) for mode in MODES},
}


def read_back(view: View) -> Iterator[tuple[Form, Form]]:
    """What is declared, and what SymPy's formula says, stage by stage."""
    letters = {axis.letter for layout in view.all_layouts.values() for axis in axes_of(layout)}
    own = frozenset(view.geometry.assumptions.names | letters | set(view.geometry.symbol_names))
    reader = Reader(known=view.tensors, opaque=own)
    for stage in view.stages():
        assert isinstance(stage.formula, sp.Expr)
        yield view.definitions[stage.name].body, reader.form(stage.formula)


def in_order(form: Form) -> list[Term]:
    """The terms in an order of their own: a sum of SymPy has another."""
    return sorted(form, key=term_key)


@pytest.mark.parametrize("name", thinned(LAYERS, 2))
def test_the_formula_in_sympy_says_what_is_declared(name: str) -> None:
    layer = LAYERS[name]()
    for view in {**layer.views, **layer.views_on_request}.values():
        for declared, read in read_back(view):
            assert in_order(declared) == in_order(read), (view.name, declared, read)


class Shifted(View):
    """Reads one element further on: partly in what views are made of, partly in SymPy."""

    name = "shifted"
    title = "one element further on"
    moved = 1

    def stages(self) -> list[Stage]:
        g, names = self.geometry, self.notation
        (i,), (k,) = g.output_positions, g.kernel_offsets
        at = i.symbol + k.symbol + self.moved
        body = sp.Sum(self.kernel * self.entry(names.input, [at]), (k.symbol, 0, k.size.value - 1))
        return [Stage(names.output, g.output_layout, body)]


class Unmoved(Shifted):
    name = "unmoved"
    moved = 0


def test_what_views_are_made_of_can_be_used_in_sympy() -> None:
    """A formula may be written with SymPy's own functions; it is read from SymPy then, and judged as it says."""
    conv = Conv(5, 2)
    for view, holds in ((Unmoved(conv), True), (Shifted(conv), False)):
        (stage,) = view.stages()
        assert stage.formula == sp.sympify(stage.formula)
        assert prove(conv, views=["direct", view], of="output").holds is holds


def test_what_views_are_made_of_acts_as_sympys_expressions() -> None:
    view = Conv.general(1).direct
    i, k = sp.symbols("i k", integer=True)
    w, entry = view.kernel, view.entry("b", view.geometry.output_channels)
    expression = sp.sympify(w)
    assert isinstance(expression, sp.Indexed) and w.indices == expression.indices and w.subs(k, i) != expression
    for made, expected in (
        (w * entry, expression * sp.sympify(entry)), (2 * w, 2 * expression), (w * 2, 2 * expression),
        (w + entry, expression + sp.sympify(entry)), (w - entry, expression - sp.sympify(entry)), (-w, -expression),
        (i - w, i - expression), (w / 2, expression / 2), (w**2, expression**2), (sp.Mul(i, w), i * expression),
        (view.equal(view.geometry.output_positions[0], sp.Integer(3)), sp.KroneckerDelta(i, 3, evaluate=False)),
    ):  # fmt: skip
        assert sp.sympify(made) == expected and made == expected and repr(made) == repr(expected)
        assert hash(made) == hash(expected)
    with pytest.raises(AttributeError):
        _ = w._repr_png_
