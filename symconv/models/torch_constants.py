"""Nodes of a PyTorch model whose numbers do not depend on the input's: ones of the same shape, positions, kernels."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from symconv.models.parts import UnreadError
from symconv.models.readers import Tensor
from symconv.models.torch_calls import CASTS, TorchCall
from symconv.models.torch_own import Own, computed
from symconv.models.torch_tracing import WITHOUT_GRADIENT

FILLED = {"zeros": 0, "ones": 1, "full": None}


def constant(torch: Any, node: Any, call: TorchCall, known: dict[int, Own]) -> Any:
    """The tensor that stands at a node for every input, with its recipe in ``known``; None if it reads the input.

    Raises:
        UnreadError: PyTorch cannot compute it, or it is drawn at random.
    """
    kind, args = call.kind, call.args
    if kind in CASTS and args and not isinstance(args[0], Tensor) and hasattr(args[0], "detach"):
        return args[0]
    if not call.inputs:
        return _computed(torch, node, call, known)
    if call.module is None and (size := _size_filled(call)) is not None:
        number = FILLED[kind.removeprefix("new_").removesuffix("_like")]
        number = call.given("fill_value", 1 if kind == "full_like" else 2) if number is None else number
        if not isinstance(number, (int, float)):
            raise UnreadError("it is filled with what is not a number")
        return call.made(partial(torch.full, dtype=torch.float64), tuple(size), float(number))
    return None


def _size_filled(call: TorchCall) -> Any:
    """The size of a tensor that is filled with a number; None for any other node."""
    if call.kind.removesuffix("_like") in FILLED and call.kind.endswith("_like"):
        return call.x.whole
    if call.kind.startswith("new_") and call.kind.removeprefix("new_") in FILLED:
        given = call.args[1:] or (call.options.get("size"),)
        return given[0] if isinstance(given[0], (tuple, list)) else given
    return None


def _computed(torch: Any, node: Any, call: TorchCall, known: dict[int, Own]) -> Any:
    function: Callable[..., Any] = node.target
    args = call.args
    if call.module is not None:
        own = {**dict(call.module.named_parameters()), **dict(call.module.named_buffers())}
        function, args = partial(_called, torch, call.module), (own, *args)
    elif node.op == "call_method":
        function = partial(_method, call.kind)
    learns = not node.meta.get(WITHOUT_GRADIENT) and not (call.kind == "getattr" and args[1] == "data")
    function = function if learns else partial(_without_gradient, torch, function)
    return computed(call.kind, node.name, function, args, call.options, known, learns)


def _without_gradient(torch: Any, function: Callable[..., Any], *args: Any, **options: Any) -> Any:
    with torch.no_grad():
        return function(*args, **options)


def _called(torch: Any, module: Any, own: Any, *args: Any, **options: Any) -> Any:
    return torch.func.functional_call(module, own, args, options)


def _method(name: str, first: Any, *rest: Any, **options: Any) -> Any:
    return getattr(first, name)(*rest, **options)
