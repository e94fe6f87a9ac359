"""The general theorem, every size and hyper-parameter a letter, against tensorgrad's gradients."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import product
from typing import Any

import numpy as np
import sympy

from benchmarks import earlier
from benchmarks.checks import CheckError, require, same_numbers
from benchmarks.measuring import CLOCK, Comparison, Effort, Sample, Side, measure
from benchmarks.peers import peer
from benchmarks.rows import Row, as_long, faster

TITLE = "The general theorem"
ABOUT = f"""\
`prove(Conv.general(2))` derives the outputs and the gradients by weight, input and bias in all three views, with
letters for sizes, channels, stride, padding and dilation, and proves that the views agree. tensorgrad simplifies
the gradients of its own 2-D convolution, contracted with an upstream gradient; it has letters for the sizes and
channels, but no stride, padding, dilation or bias, one view, and proves nothing. Check: the peer's gradients are
evaluated at concrete sizes by explicit sums over all its indices, and symconv's (stride and dilation 1, padding 0,
from each of its views) give the same whole numbers. Both sides make their symbols, variables and formulas within the
clock, new ones each time, and nothing is kept between repetitions. The rows on more axes compare with as many times
the time of one axis, in the same run; their check is against sums by plain loops, with strides, padding and dilation.
The rows on padding modes compare with symconv itself at commit {earlier.COMMIT}, from the project's history, in
processes that alternate; their check is that both prove the same theorems. Clock: {CLOCK}."""

SIZES = {"C_in": 2, "C_out": 3, "n1": 5, "n2": 6, "K1": 2, "K2": 3}
OURS = 9
"""Gradients in symconv's theorem: by weight, input and bias, in each of three views."""
DERIVATIVES = {"grad_weight": "grad(W)", "grad_input": "grad(X)"}
EDGES = {"grad_weight": ("channel_out", "channel_in", "kh", "kw"), "grad_input": ("channel_in", "h", "w")}


def rows(effort: Effort) -> Iterator[Row]:
    repetitions = effort.choose(full=21, quick=1)
    yield measure(against_tensorgrad(["grad_weight"], repetitions))
    both = measure(against_tensorgrad(["grad_weight", "grad_input"], repetitions))
    yield both
    yield per_gradient(both)
    for axes in range(2, effort.choose(full=5, quick=2) + 1):
        yield measure(growth(axes, repetitions))
    yield from earlier.rows(effort.choose(full=("zeros", "circular", "reflect"), quick=()), 7)


# -- against tensorgrad --------------------------------------------------------------------------------


def against_tensorgrad(quantities: Sequence[str], repetitions: int) -> Comparison:
    names = " and ".join(DERIVATIVES[quantity] for quantity in quantities)
    return Comparison(
        f"symconv: the whole theorem on 2 axes; tensorgrad: {names} simplified",
        Side("symconv", lambda _: symconv_theorem(2)),
        [Side("tensorgrad", lambda _: tensorgrad_gradients(quantities))],
        same_gradients,
        repetitions=repetitions,
        limit=faster(3) if len(quantities) == 1 else None,
        needs=("tensorgrad",),
    )


def per_gradient(both: Row) -> Row:
    """The row of all gradients, divided on each side by how many there are."""
    work = f"the row above per gradient: symconv's time by {OURS}, 3 gradients in 3 views; tensorgrad's by 2"
    if both.symconv is None or both.peer is None:
        return replace(both, work=work, limit=faster(25))
    return replace(both, work=work, symconv=both.symconv / OURS, peer=both.peer / 2, limit=faster(25))


def symconv_theorem(axes: int) -> Any:
    from symconv import Conv, prove

    return prove(Conv.general(axes))


def tensorgrad_gradients(quantities: Sequence[str]) -> dict[str, Any]:
    """tensorgrad's simplified gradients of a 2-D convolution, contracted with an upstream gradient."""
    tensorgrad, functions = peer("tensorgrad"), peer("tensorgrad.functions")
    win, hin, kw, kh, wout, hout, inner, outer = sympy.symbols("win hin kw kh wout hout C_in C_out")
    X = tensorgrad.Variable("X", channel_in=inner, h=hin, w=win)
    W = tensorgrad.Variable("W", channel_out=outer, channel_in=inner, kh=kh, kw=kw)
    upstream = tensorgrad.Variable("upstream", channel_out=outer, hout=hout, wout=wout)
    unfold = functions.Convolution(w=win, kw=kw, wout=wout) @ functions.Convolution(h=hin, kh=kh, hout=hout)
    loss = X @ unfold @ W @ upstream
    variables = {"grad_weight": W, "grad_input": X}
    return {name: tensorgrad.Derivative(loss, variables[name]).full_simplify() for name in quantities}


def same_gradients(report: Any, gradients: Mapping[str, Any]) -> str:
    """Both sides' gradients give the same whole numbers at one shape, symconv's in every view."""
    require(bool(report.holds), "symconv's report does not hold")
    conv = report.conv.at(**SIZES, **dict.fromkeys(("s1", "s2", "d1", "d2"), 1), p1=0, p2=0)
    generator = np.random.default_rng(0)
    X, w, upstream = (
        generator.integers(-9, 10, shape) for shape in (conv.input_shape, conv.weight_shape, conv.output_shape)
    )
    theirs = {name: evaluated(gradient, X, w, upstream, EDGES[name]) for name, gradient in gradients.items()}
    arrays = {"grad_weight": {"X": X, "delta": upstream}, "grad_input": {"w": w, "delta": upstream}}
    for view in conv.views.values():
        ours = {name: getattr(view, name).evaluate(**arrays[name]) for name in gradients}
        found = same_numbers(ours, theirs, tolerance=0)
    return f"{found}, in each of the {len(conv.views)} views"


def evaluated(gradient: Any, X: Any, w: Any, upstream: Any, edges: Sequence[str]) -> Any:
    """A product of tensorgrad's in numbers, as the sum over all of its indices.

    tensorgrad's own ``evaluate`` needs named tensors, which newer versions of PyTorch do not have.
    """
    functions = peer("tensorgrad.functions")
    require(
        type(gradient).__name__ == "Product", f"tensorgrad gives a {type(gradient).__name__}, which is not read here"
    )
    arrays: dict[str, tuple[tuple[str, ...], Any]] = {
        "X": (("channel_in", "h", "w"), X),
        "W": (("channel_out", "channel_in", "kh", "kw"), w),
        "upstream": (("channel_out", "hout", "wout"), upstream),
    }
    sizes = {edge: size for names, array in arrays.values() for edge, size in zip(names, array.shape)}
    operands: list[Any] = []
    for factor in gradient.factors:
        if isinstance(factor, functions.Convolution):
            edges_of = (factor.input_name, factor.kernel_name, factor.output_name)
            at = np.indices([sizes[name] for name in edges_of])
            operands += [(at[0] == at[1] + at[2]).astype(int), [list(sizes).index(name) for name in edges_of]]
        elif type(factor).__name__ == "Variable":
            names, array = arrays[factor.name]
            require(set(names) == set(factor.edges), f"{factor.name} has the edges {', '.join(factor.edges)}")
            operands += [array, [list(sizes).index(name) for name in names]]
        else:
            raise CheckError(f"tensorgrad's product has a {type(factor).__name__}, which is not read here")
    return np.einsum(*operands, [list(sizes).index(name) for name in edges], optimize=True)


# -- growth --------------------------------------------------------------------------------------------


def growth(axes: int, repetitions: int) -> Comparison:
    """The theorem on several axes against as many times the theorem on one."""
    line = Sample(lambda *_: symconv_theorem(1), scale=axes)
    many_times = Side(f"{axes} times that on 1 axis", lambda _: None, sample=line)
    return Comparison(
        f"the whole theorem on {axes} axes",
        Side("symconv", lambda _: symconv_theorem(axes)),
        [many_times],
        lambda report, line: same_as_loops(report, line, axes),
        repetitions=repetitions,
        limit=as_long(1),
    )


def same_as_loops(report: Any, line: Any, axes: int) -> str:
    """At one shape with strides, padding and dilation, every view gives the same whole numbers as plain loops."""
    require(bool(line.holds) and bool(line.conv.ndim == 1), "the theorem on one axis does not hold")
    require(bool(report.holds), "symconv's report does not hold")
    sizes, hyper = {"C_in": 2, "C_out": 2}, {"n": 3, "K": 2, "s": 1, "d": 1, "p": 0}
    per_axis = [dict(hyper) for _ in range(axes)]
    per_axis[0] |= {"n": 4, "d": 2, "p": 1}
    per_axis[-1] |= {"n": 4, "s": 2, "p": 1}
    for axis, one in enumerate(per_axis):
        sizes |= {f"{letter}{axis + 1}": value for letter, value in one.items()}
    conv = report.conv.at(**sizes)
    generator = np.random.default_rng(0)
    shapes = {"X": conv.input_shape, "w": conv.weight_shape, "b": conv.bias_shape, "delta": conv.output_shape}
    arrays = {name: generator.integers(-9, 10, shape) for name, shape in shapes.items()}
    theirs = by_loops(arrays, per_axis)
    used = {
        "output": ("X", "w", "b"),
        "grad_weight": ("delta", "X"),
        "grad_input": ("delta", "w"),
        "grad_bias": ("delta",),
    }
    for view in conv.views.values():
        ours = {
            name: getattr(view, name).evaluate(**{one: arrays[one] for one in given}) for name, given in used.items()
        }
        found = same_numbers(ours, theirs, tolerance=0)
    return f"{found}, in each of the {len(conv.views)} views"


def by_loops(arrays: Mapping[str, Any], per_axis: Sequence[Mapping[str, int]]) -> dict[str, Any]:
    """The outputs and all gradients, product by product."""
    X, w, b, delta = (arrays[name] for name in ("X", "w", "b", "delta"))
    output = np.zeros_like(delta) + b.reshape(-1, *[1] * len(per_axis))
    grad_weight, grad_input = np.zeros_like(w), np.zeros_like(X)
    for o, *i in product(*map(range, delta.shape)):
        for c, *k in product(*map(range, w.shape[1:])):
            place = [one["s"] * at + one["d"] * offset - one["p"] for one, at, offset in zip(per_axis, i, k)]
            if all(0 <= j < one["n"] for j, one in zip(place, per_axis)):
                out, weight, at = (o, *i), (o, c, *k), (c, *place)
                output[out] += w[weight] * X[at]
                grad_weight[weight] += delta[out] * X[at]
                grad_input[at] += delta[out] * w[weight]
    grad_bias = delta.reshape(len(delta), -1).sum(axis=1)
    return {"output": output, "grad_weight": grad_weight, "grad_input": grad_input, "grad_bias": grad_bias}
