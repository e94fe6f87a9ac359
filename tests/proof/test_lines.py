"""Lines of derivations read as SymPy writes them, and long derivations stop."""

from __future__ import annotations

import pytest

from symconv import AvgPool, Conv, ConvTranspose, prove
from symconv.layers import Layer
from symconv.proof import lines
from symconv.proof.lines import Lines
from tests.tools import thinned

LAYERS: list[Layer] = [
    Conv.general(1), Conv.general(1, padding_mode="reflect"), AvgPool.general(1), ConvTranspose.general(2),
    Conv((4, 4), 2, padding=1, padding_mode="replicate"),
]  # fmt: skip


@pytest.mark.parametrize("layer", thinned(LAYERS, 2), ids=repr)
def test_lines_are_what_sympy_writes(layer: Layer) -> None:
    for theorem in prove(layer).theorems:
        written = Lines(layer.writer)
        for derivation in theorem.derivations.values():
            for step in derivation.steps[:10]:
                assert written.form(step.after) == str(layer.writer.form(step.after))


def test_short_derivations_are_whole_and_long_ones_say_how_much_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    theorem = prove(Conv.general(1)).theorems[0]
    views = theorem.to_dict()["views"]
    assert {name: (len(view["steps"]), view["more"]) for name, view in views.items()} == {
        name: (len(derivation.steps), 0) for name, derivation in theorem.derivations.items()
    }
    assert "more steps" not in str(theorem)
    monkeypatch.setattr(lines, "MOST_TERMS", 2)
    for name, view in theorem.to_dict()["views"].items():
        assert len(view["steps"]) + view["more"] == len(theorem.derivations[name].steps)
    assert any(view["more"] for view in theorem.to_dict()["views"].values()) and "more steps)" in str(theorem)
