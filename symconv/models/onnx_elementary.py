"""Readers of ONNX's operators on single numbers, of quotients, norms and products of two computed tensors."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from functools import partial

from symconv.models import composed, making, products
from symconv.models.onnx_calls import OnnxCall
from symconv.models.onnx_nodes import ONNX, option
from symconv.models.onnx_shapes import other, require_new
from symconv.models.parts import UnreadError
from symconv.models.readers import Joined, Made, Step, Steps, Tensor, reads
from symconv.networks.arguments import exact
from symconv.networks.joins import Multiply

FUNCTIONS: Mapping[str, str] = {"Exp": "exp", "Log": "log", "Sin": "sin", "Cos": "cos"}
ROOTS: Mapping[str, Fraction] = {"Sqrt": Fraction(1, 2), "Reciprocal": Fraction(-1)}


def _function(name: str, call: OnnxCall) -> Made:
    return making.activation(name)


def _root(exponent: Fraction, call: OnnxCall) -> Made:
    return making.power(exponent)


for _kind, _name in FUNCTIONS.items():
    reads(ONNX, _kind)(partial(_function, _name))
for _kind, _exponent in ROOTS.items():
    reads(ONNX, _kind)(partial(_root, _exponent))


@reads(ONNX, "Pow")
def power(call: OnnxCall) -> Made:
    said = call.said(1, "exponent") if not isinstance(call.operand(1), Tensor) else None
    if not isinstance(call.operand(0), Tensor) or said is None or len(said) != 1 or said[0] == 0:
        raise UnreadError("its exponent is not one number other than 0")
    if said[0] == 2:
        return Joined(Multiply(), (call.x, call.x))
    return call.x if said[0] == 1 else making.power(said[0])


@reads(ONNX, "Div")
def divide(call: OnnxCall) -> Made:
    require_new(call)
    if isinstance(divisor := call.operand(1), Tensor):
        return _by_a_tensor(call, divisor)
    _, number, _ = other(call)
    if not number:
        raise UnreadError("it divides by 0, or by several constants")
    return making.with_number(call.x, Fraction(1) / exact(number, "a number"))


def _by_a_tensor(call: OnnxCall, divisor: Tensor) -> Made:
    """Times the inverse of what is computed."""
    steps = [Step("inverse", making.power(-1), (divisor,))]
    if isinstance(dividend := call.operand(0), Tensor):
        return Steps((*steps, Step("out", Multiply(), (dividend, "inverse"))))
    constant, number, _ = other(call)
    scaled = making.scaled(constant.weight()) if number is None else making.rescaling(number)
    return Steps((*steps, Step("out", scaled, ("inverse",))))


@reads(ONNX, "ReduceL2")
def norm(call: OnnxCall) -> Made:
    rank, axes, keepdims = len(call.x.whole), call.said(1, "axes"), bool(call.attributes.get("keepdims", 1))
    over = sorted({int(axis) % rank for axis in axes or ()})
    if not over or 0 in over or call.attributes.get("noop_with_empty_axes", 0):
        raise UnreadError("it goes over the batch, or over all dimensions")
    return Steps(tuple(composed.in_a_row(composed.norm_of(call.x, over, keepdims), call.x, "norm")))


@reads(ONNX, "LpNormalization")
def normalization(call: OnnxCall) -> Made:
    rank = len(call.x.whole)
    axis = int(call.attributes.get("axis", -1)) % rank
    if call.attributes.get("p", 2) != 2 or axis == 0:
        raise UnreadError("it is not by squares, or goes along the batch")
    return composed.normalized(call.x, [axis], None)


@reads(ONNX, "LRN")
def local_response_norm(call: OnnxCall) -> Made:
    """Of an even number of channels, the one more is behind the middle; in PyTorch it is before it."""
    size = int(call.attributes["size"])
    alpha, beta, k = (option(call, name, usual) for name, usual in (("alpha", 1e-4), ("beta", 0.75), ("bias", 1.0)))
    return composed.local_response_norm(call.x, ((size - 1) // 2, size // 2), alpha, beta, k)


@reads(ONNX, "Einsum")
def einsum(call: OnnxCall) -> Made:
    equation = call.attributes["equation"]
    sides = str(equation if isinstance(equation, str) else equation.decode()).replace(" ", "").split("->")
    labels = sides[0].split(",")
    tensors = [one for one in call.operands if isinstance(one, Tensor)]
    if len(sides) != 2 or len(labels) != 2 or len(tensors) != 2 or "." in "".join(sides):
        raise UnreadError(f"the equation {equation!r}, of what is not two tensors computed from the input")
    return products.contracted(tensors[0], labels[0], tensors[1], labels[1], sides[1])
