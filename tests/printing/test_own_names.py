"""Names, bases and limits of a layer's notation, in networks and steps of gradient descent."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest

from symconv import (
    Activation,
    Conv,
    Flatten,
    Linear,
    MaxPool,
    Notation,
    Sequential,
    SymconvError,
    prove,
    sgd_step,
)
from symconv.errors import NotationError
from symconv.formulas.tensor_formula import TensorFormula
from tests.tools import thinned

NOTATIONS = [
    Notation(input="x", weight="W", output="y"),
    Notation(input="I", weight="K", output="S", grad_output="g"),
    Notation(input="a", output="z", target="y"),
    Notation(input="x", weight=r"\mathbf{W}", output="y", index_base=1, limits=True, bold=True),
    Notation(input="t", weight="y", output="epsilon", bias="a"),
    Notation(input="x_in", weight="z", output="y_out", loss="E"),
    Notation(letters={"output": "a", "kernel": "u", "output channel": "q"}, factors="x w", index_base=1),
]


def network(notation: Notation | None) -> Sequential:
    parts = [
        Conv((4, 4), (2, 2), out_channels=2, bias=True, notation=notation or Notation()), Activation("tanh"),
        MaxPool.lazy(kernel_size=2), Flatten(), Linear.lazy(out_features=2),
    ]  # fmt: skip
    return Sequential(*parts, loss="cross_entropy")


def all_formulas(net: Sequential) -> list[TensorFormula]:
    return [*net.forward.values(), net.loss_formula, *net.upstream.values(), *net.gradients.values(), net.grad_input]


@pytest.mark.parametrize("notation", NOTATIONS, ids=repr)
def test_a_network_has_the_names_of_its_layers(notation: Notation) -> None:
    net, usual = network(notation), network(None)
    assert net.wanted == (
        notation.input, f"{notation.weight}1", f"{notation.bias}1", f"{notation.weight}5", f"{notation.bias}5",
        notation.target,
    )  # fmt: skip
    assert net.delta(2) == f"{notation.grad_output}2" and net.delta(2) in net.upstream
    generator = np.random.default_rng(1)
    values = [generator.standard_normal([int(size) for size in usual.shape_of(name)]) for name in usual.wanted]
    found = net.evaluate(**dict(zip(net.wanted, values)))
    expected = usual.evaluate(**dict(zip(usual.wanted, values)))
    for one, other in zip(found.values(), expected.values(), strict=True):
        np.testing.assert_allclose(np.asarray(one, dtype=float), np.asarray(other, dtype=float))
    assert net.prove().holds
    assert net.spot_check(trials=1).holds


@pytest.mark.parametrize("notation", NOTATIONS, ids=repr)
def test_the_formulas_of_a_network_are_in_its_notation(notation: Notation) -> None:
    net = network(notation)
    first = net.forward[f"{notation.output if notation.output != 'h' else 'z'}1"]
    assert f"{notation.weight}1[" in first.text() and f"{notation.input}[" in first.text()
    for formula in all_formulas(net):
        bound = re.search(r"sum\((\S+)( = )?", formula.text())
        assert bound is None or bool(bound[2]) == notation.limits
        macros = [macro for name, macro in notation.macros if re.search(rf"\b{name}\d", formula.text())]
        assert all(macro in formula.latex() for macro in macros)
    for gradient in net.backward:
        assert (r"\sum_{i" in gradient.latex()) is False or notation.limits is False or "= 1}^" in gradient.latex()


def test_a_networks_formula_from_1_with_limits_by_hand() -> None:
    net = network(NOTATIONS[3])
    assert (
        net.forward["y1"].text()
        == "y1[o, i1, i2] = b1[o] + sum(k2 = 1..2, k1 = 1..2, W1[o, k1, k2]*x[i1 + k1 - 1, i2 + k2 - 1])"
    )
    written = net.gradients["W1"].latex()
    assert written.startswith(r"\frac{\partial L}{\partial \mathbf{W}^{(1)}_{o, k_{1}, k_{2}}} = \sum_{i_")
    assert r"\sum_{i_{1} = 1}^{3}" in written and r"\sum_{i_{2} = 1}^{3}" in written
    assert written.endswith(r"\boldsymbol{x}_{i_{1} + k_{1} - 1, i_{2} + k_{2} - 1}")


def test_the_notation_of_a_network_is_said_once() -> None:
    one, other = (Conv(3, 2, notation=Notation(weight=weight)) for weight in ("W", "K"))
    lazy = Conv.lazy(kernel_size=1)
    assert Sequential(one, lazy).parameters == ("W1", "W2")
    assert Sequential(one, lazy, notation=Notation(weight="Q")).parameters == ("Q1", "Q2")
    second = Conv(2, 2, notation=other.notation)
    with pytest.raises(NotationError, match="different notations"):
        Sequential(one, second)
    assert Sequential(one, second, notation=Notation()).parameters == ("w1", "w2")
    based = Sequential(one, index_base=1)
    assert (based.index_base, based.notation.formula_base, based.notation.weight) == (1, 1, "W")
    assert based.at().notation == based.with_views("patches").notation == based.notation
    with pytest.raises(SymconvError, match="not a notation"):
        Sequential(one, notation="W")  # type: ignore[arg-type]


def test_sizes_give_way_to_the_names_of_tensors() -> None:
    notation = Notation(input="n", weight="K", output="s", bias="C_in", loss="N")
    layer = Conv(5, 3, stride=2, batch_size=2, bias=True, notation=notation)
    family = layer.family()
    assert not set(family.symbol_names) & set(notation.names)
    assert len(family.symbol_names) == len(Conv(5, 3, stride=2, batch_size=2, bias=True).family().symbol_names)
    assert prove(family).holds and "K[" in family.direct.output.text()
    assert Conv.general(1, notation=Notation(weight="K")).notation.weight == "K"


@pytest.mark.parametrize("schedule", ["summed", "sequential"])
@pytest.mark.parametrize("notation", thinned(NOTATIONS, 2), ids=repr)
def test_a_step_has_the_names_of_its_layer(notation: Notation, schedule: str) -> None:
    def step_of(names: Notation) -> Any:
        return sgd_step(Conv(4, 2, bias=True, notation=names), learning_rate=0.1, schedule=schedule)

    generator = np.random.default_rng(2)
    values = dict(input=generator.standard_normal((1, 4)), weight=generator.standard_normal((1, 1, 2)),
                  bias=generator.standard_normal(1), target=generator.standard_normal((1, 3)))  # fmt: skip
    results = []
    for names in (notation, Notation()):
        step, given = step_of(names), {getattr(names, role): value for role, value in values.items()}
        assert len(given) == 4
        assert step.prove().holds if schedule == "summed" else step.spot_check(trials=1).holds
        results.append([*step.run(**given).values(), step.weight.evaluate(**given), step.bias.evaluate(**given)])
        for _, macro in names.macros:
            assert rf"{{{macro}_{{\mathrm{{new}}}}}}_{{k}}" in step.latex() and f"{macro}_{{k}}" in step.latex()
    for one, other in zip(*results, strict=True):
        np.testing.assert_allclose(one, other)


def test_a_step_with_limits_by_hand() -> None:
    step = sgd_step(Conv(4, 2, notation=NOTATIONS[3]), loss=None)
    assert step.weight.text() == "W_new[k] = W[k] - sum(i = 1..3, eta*delta[i]*x[i + k - 1])"
