"""Readers of PyTorch's attention: of the function, of the module, and of masks in front of a softmax."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from importlib import import_module
from typing import Any

import numpy as np

from symconv.models import making
from symconv.models.parts import Piece, UnreadError, Weight
from symconv.models.products import LOWEST, attended
from symconv.models.readers import Made, Step, Steps, Tensor, reads
from symconv.models.torch_calls import TorchCall
from symconv.models.torch_modules import FUNCTION, MODULE, needed
from symconv.networks.arguments import exact

SOFTMAX = frozenset({"softmax", "Softmax"})


@reads(FUNCTION, "scaled_dot_product_attention")
def attention(call: TorchCall) -> Made:
    query, key, value = (call.given(name, at) for at, name in enumerate(("query", "key", "value")))
    if not all(isinstance(one, Tensor) for one in (query, key, value)):
        raise UnreadError("its query, key or value is not computed from the input")
    if call.given("dropout_p", 4, 0.0) != 0:
        raise UnreadError("it is random after eval() too; pass dropout_p=0 then")
    if call.options.get("enable_gqa", False):
        raise UnreadError("enable_gqa=True, which repeats heads")
    if len({len(one.whole) for one in (query, key, value)}) > 1 or len(query.whole) < 3:
        raise UnreadError("query, key and value have different numbers of dimensions, or no batch")
    sizes = (query.whole[-2], key.whole[-2])
    mask = _mask(call, call.given("attn_mask", 3), bool(call.given("is_causal", 5, False)), sizes)
    scale = _scale(call.options.get("scale"), query.whole[-1])
    return Steps(tuple(attended(query, key, value, scale, len(query.whole), mask)))


def _scale(given: Any, size: Any) -> Any:
    if given is not None:
        return exact(given, "scale")
    if not isinstance(size, int):
        raise UnreadError("it divides by the root of a size that is a symbol")
    return exact(size**-0.5, "scale")


def _mask(call: TorchCall, given: Any, causal: bool, sizes: tuple[Any, Any]) -> Piece | None:
    """What is added to the scores."""
    if causal:
        if not all(isinstance(size, int) for size in sizes):
            raise UnreadError("is_causal=True with a size that is a symbol")
        given = call.made(_lower, *sizes)
    if given is None:
        return None
    if isinstance(given, Tensor):
        raise UnreadError("its mask is computed from the input")
    weight = call.weight(call.made(_added, given), f"{call.name}.mask")
    assert weight is not None
    return shifted_in_softmax(weight)


def _lower(rows: int, columns: int) -> Any:
    return import_module("torch").ones(rows, columns, dtype=import_module("torch").bool).tril()


def _added(mask: Any) -> Any:
    """The number that is added for every entry of a mask; of one that says what to read, 0 or minus infinity."""
    torch = import_module("torch")
    if mask.dtype != torch.bool:
        return mask
    return torch.zeros(mask.shape, dtype=torch.float64).masked_fill(~mask, float("-inf"))


def shifted_in_softmax(weight: Weight) -> Piece:
    """It is added in front of a softmax, so that a very low number does what minus infinity does."""
    before = weight.arranged
    return making.shifted(replace(weight, arrange=lambda array: np.maximum(before(array), LOWEST), learned=False)
                          if not weight.learned else weight)  # fmt: skip


@reads(FUNCTION, "masked_fill", "masked_fill_")
def masked_fill(call: TorchCall) -> Made:
    """x where a mask of the model is 0, and a number elsewhere."""
    mask, value = call.given("mask", 1), call.given("value", 2)
    if isinstance(mask, Tensor) or not isinstance(value, (int, float)):
        raise UnreadError("its mask or its value is computed from the input")
    low = value == float("-inf")
    if low and not (call.users and SOFTMAX.issuperset(call.users)):
        raise UnreadError("it fills with minus infinity, and what reads it is not a softmax")
    kept = call.tensor(call.made(_kept, mask), call.x)
    filled = call.tensor(call.made(partial(_filled, value=LOWEST if low else value), mask), call.x)
    assert kept is not None and filled is not None
    return [replace(making.scaled(kept), step="kept"), making.shifted(filled)]


def _kept(mask: Any) -> Any:
    return (~mask).double()


def _filled(mask: Any, value: float) -> Any:
    return mask.double() * value


@reads(MODULE, "MultiheadAttention")
def heads(call: TorchCall) -> Made:
    """Three linear layers, attention in every head, and one more linear layer."""
    m = call.module
    if not m.batch_first:
        raise UnreadError("batch_first=False, so that the batch is its second axis; use batch_first=True")
    tensors = [call.given(name, at) for at, name in enumerate(("query", "key", "value"))]
    if not all(isinstance(one, Tensor) for one in tensors):
        raise UnreadError("its query, key or value is not computed from the input")
    if m.bias_k is not None or m.add_zero_attn or call.given("key_padding_mask", 3) is not None:
        raise UnreadError("it adds rows to its keys, or leaves out those of a mask")
    if any(len(one.whole) != 3 for one in tensors):
        raise UnreadError("an input without a batch")
    sizes, width = [one.whole[1] for one in tensors], m.embed_dim // m.num_heads
    steps: list[Step] = []
    for at, (name, tensor) in enumerate(zip(("query", "key", "value"), tensors)):
        weight, bias = _projection(call, at)
        split = making.reshape((sizes[at], m.num_heads, width))
        steps += [
            Step(name, making.linear(m.embed_dim, weight, bias), (tensor,)), Step(f"{name} heads", split, (name,)),
            Step(f"{name} rows", making.permuted((0, 2, 1, 3)), (f"{name} heads",)),
        ]  # fmt: skip
    given = call.given("attn_mask", 5)
    if given is not None and not isinstance(given, Tensor) and given.dtype == import_module("torch").bool:
        given = call.made(_opposite, given)  # here a mask says what not to read
    mask = _mask(call, given, False, (sizes[0], sizes[1]))
    rows = [f"{name} rows" for name in ("query", "key", "value")]
    steps += attended(rows[0], rows[1], rows[2], _scale(None, width), 4, mask, "read")
    out = making.linear(m.embed_dim, needed(_of(call, m.out_proj.weight, "out_proj.weight")),
                        _of(call, m.out_proj.bias, "out_proj.bias"))  # fmt: skip
    steps += [
        Step("back", making.permuted((0, 2, 1, 3)), ("read",)),
        Step("joined", making.reshape((sizes[0], m.embed_dim)), ("back",)), Step("out", out, ("joined",)),
        *_average(m.num_heads, sizes[0], sizes[1]),
    ]  # fmt: skip
    shown = "mean" if call.options.get("average_attn_weights", True) else "weights"
    return Steps(tuple(steps), ("out", shown))


def _opposite(mask: Any) -> Any:
    return ~mask


def _of(call: TorchCall, tensor: Any, name: str) -> Weight | None:
    return call.weight(tensor, f"{call.name}.{name}")


def _projection(call: TorchCall, at: int) -> tuple[Weight, Weight | None]:
    """The weights of query, key or value, which PyTorch may keep in one tensor."""
    m, rows = call.module, slice(at * call.module.embed_dim, (at + 1) * call.module.embed_dim)
    if m.in_proj_weight is None:
        weight = (m.q_proj_weight, m.k_proj_weight, m.v_proj_weight)[at]
    else:
        weight = call.made(partial(_rows, rows=rows), m.in_proj_weight)
    bias = None if m.in_proj_bias is None else call.made(partial(_rows, rows=rows), m.in_proj_bias)
    return needed(_of(call, weight, "weight")), _of(call, bias, "bias")


def _rows(tensor: Any, rows: slice) -> Any:
    return tensor[rows]


def _average(count: int, rows: Any, columns: Any) -> list[Step]:
    """The mean of the weights over all heads."""
    return [
        Step("heads last", making.permuted((0, 2, 3, 1)), ("weights",)),
        Step("as pixels", making.reshape((making.product((rows, columns)), count)), ("heads last",)),
        Step("pooled", making.global_pool("average", (1, count)), ("as pixels",)),
        Step("mean", making.reshape((rows, columns)), ("pooled",)),
    ]  # fmt: skip
