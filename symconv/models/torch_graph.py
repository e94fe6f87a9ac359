"""``from_torch``: a model of PyTorch as a layer, a ``Sequential`` or a ``Graph``.

A module of ``torch.nn`` is read as it is; of any other, ``torch.fx`` traces ``forward`` on symbols, which gives the
nodes. PyTorch is imported when a model is read and not before.
"""

from __future__ import annotations

import operator
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib import import_module
from typing import Any

from symconv.errors import SymconvError, shown
from symconv.geometry.arguments import Number
from symconv.layers import Layer
from symconv.models import (
    torch_attention,
    torch_elementary,
    torch_functions,
    torch_modules,
    torch_parts,
    torch_products,
    torch_shapes,
)  # fmt: skip
from symconv.models.assembling import Network
from symconv.models.model import Model, made
from symconv.models.parts import UnreadError
from symconv.models.readers import Tensor
from symconv.models.reading import Reading
from symconv.models.torch_backward import another_gradient, forward_hooks, is_ours, require_plain_gradients
from symconv.models.torch_calls import TorchCall
from symconv.models.torch_constants import constant
from symconv.models.torch_memory import Memory
from symconv.models.torch_own import Own, computed, weight_of
from symconv.models.torch_sizes import read_input_size, says_nothing, stated_shapes, with_batch
from symconv.models.torch_tracing import traced

VALUES = ("max", "min")
"""What gives values and then their places, which are not read."""
WHAT: Mapping[str, Callable[[Any, Tensor], Any]] = {
    "device": lambda torch, x: torch.device("cpu"), "dtype": lambda torch, x: torch.float64,
    "ndim": lambda torch, x: len(x.seen), "requires_grad": lambda torch, x: True,
}  # fmt: skip
"""What a model asks of a tensor besides its shape; numbers are read in double precision."""
MODULE, FUNCTION = torch_modules.MODULE, torch_modules.FUNCTION
SOURCE = "PyTorch"
READERS = (
    torch_modules, torch_shapes, torch_functions, torch_elementary, torch_parts, torch_products, torch_attention,
)  # fmt: skip
"""Whose readers are in the table."""


def from_torch(module: Any, input_size: Any) -> Layer | Network | Model:
    """Read a model of PyTorch.

    Args:
        module: a ``torch.nn.Module`` in memory. Of its ``forward``, ``torch.fx`` must be able to trace the path of the
            data. It is read as after ``eval()``.
        input_size: the input's shape as PyTorch has it, such as (3, 224, 224) for one example without a batch axis,
            or (8, 3, 224, 224). If the first layer says its channels they may be left out, (224, 224). Sizes may be
            symbols.

    Returns:
        The layer, if the module is one that slides a window. Else a ``Sequential``, or a ``Graph`` if the model has
        branches, whose ``names`` and ``numbers`` are the model's. If a node cannot be read, a ``Model``: its
        ``unread`` has the nodes and the reasons, and the rest can be shown and proved.

    Raises:
        SymconvError: it is not a module (a path of a file is refused: a pickle may run code), or the size cannot be
            read.

    >>> from importlib.util import find_spec
    >>> if find_spec("torch"):
    ...     from torch import nn
    ...     layer = from_torch(nn.Conv2d(3, 8, 3, stride=2, padding=1), (3, 32, 32))
    ...     assert layer.output_shape == (8, 16, 16)
    """
    model = read_torch(module, input_size)
    if model.unread:
        return model
    alone = is_ours(module) and len(model.nodes) == 1
    return (model.nodes[0].layer if alone else None) or model.network


def read_torch(module: Any, input_size: Any) -> Model:
    """The table of a model of PyTorch; see ``from_torch``."""
    torch = _torch(module)
    _require_module(torch, module)
    whole = torch.nn.Sequential() if is_ours(module) else module
    if whole is not module:
        whole.add_module(type(module).__name__, module)
    require_plain_gradients(torch, whole)
    with _as_evaluated(module):
        graph = _graph(torch, whole, input_size)
        entries, batch_size = read_input_size(graph, dict(whole.named_modules()), input_size)
        stated = stated_shapes(torch, whole, graph, entries, batch_size)
        if not stated and says_nothing(graph, dict(whole.named_modules())) and batch_size is None:
            other, examples = with_batch(entries)
            if again := stated_shapes(torch, whole, graph, other, examples):
                entries, batch_size, stated = other, examples, again
        return _read(torch, whole, _names(module), graph, entries, batch_size, stated)


def _torch(module: Any) -> Any:
    if isinstance(module, (str, bytes, os.PathLike)):
        raise SymconvError(
            f"the file {shown(module)}", "a file of PyTorch may run any code when it is opened, so it is not read",
            "make the model in Python, load_state_dict(torch.load(file, weights_only=True)), and pass the model",
        )  # fmt: skip
    try:
        return import_module("torch")
    except ImportError:
        raise SymconvError(f"from_torch({shown(module)})", "PyTorch is not installed", "pip install torch") from None


def _require_module(torch: Any, module: Any) -> None:
    if isinstance(module, torch.jit.ScriptModule):
        raise SymconvError(
            "a scripted module", "it is compiled and has no Python code that can be traced", "pass the module itself"
        )
    if isinstance(module, torch.export.ExportedProgram):
        raise SymconvError("an exported program", "its layers are taken apart into calls", "pass the module itself")
    if isinstance(module, Mapping):
        raise SymconvError(
            "a state dict", "it has numbers, but not the layers that use them",
            "make the model, load_state_dict(..), and pass the model",
        )  # fmt: skip
    if not isinstance(module, torch.nn.Module):
        raise SymconvError(shown(module), "not a module of PyTorch", "pass one, such as nn.Sequential(..)")

    if any(torch.nn.parameter.is_lazy(tensor) for tensor in (*module.parameters(), *module.buffers())):
        raise SymconvError(
            f"a {type(module).__name__} with lazy modules", "they have no weights before they have seen an input",
            "run the model once, model(torch.zeros(..)), and pass it then",
        )  # fmt: skip


@contextmanager
def _as_evaluated(module: Any) -> Iterator[None]:
    """The module as after ``eval()``, and then with all that it had, without what a trace leaves in it."""
    before = [(one, dict(vars(one))) for one in module.modules()]
    try:
        module.eval()
        yield
    finally:
        for one, own in before:
            vars(one).clear()
            vars(one).update(own)


def _graph(torch: Any, module: Any, input_size: Any) -> Any:
    """The graph of a model, if possible through the hooks and parametrizations of its modules."""
    try:
        return traced(torch, module, lambda one: is_ours(one) and not forward_hooks(torch, one), input_size)
    except SymconvError:
        if not any(
            (is_ours(one) and forward_hooks(torch, one)) or _is_computing(torch, one) for one in module.modules()
        ):
            raise
        return traced(torch, module, lambda one: is_ours(one) or _is_computing(torch, one), input_size)


def _is_computing(torch: Any, module: Any) -> bool:
    """Whether a module computes a weight from others by PyTorch's own parametrization."""
    return isinstance(module, torch.nn.utils.parametrize.ParametrizationList)


def _read(
    torch: Any, module: Any, known: dict[int, Own], graph: Any, entries: Sequence[Tensor], batch_size: Number | None,
    stated: Mapping[Any, Any],
) -> Model:  # fmt: skip
    reading = Reading(SOURCE, entries, batch_size)
    waiting = iter(reading.entries)
    modules = dict(module.named_modules())
    values: dict[Any, Any] = {}
    outputs: list[Tensor] = []
    memory = Memory(modules)
    for node in graph.nodes:
        stale = memory.stale_input(node)
        if node.op == "placeholder":
            values[node] = next(waiting)
        elif node.op == "get_attr":
            values[node] = _attribute(module, node.target)
        elif node.op == "output":
            if stale:
                raise SymconvError(f"the output of {type(module).__name__}", stale, "return a clone() of it")
            output = _mapped(torch, node.args[0], values)
            outputs = [_with_batch_first(reading, one) for one in _tensors(output)]
        else:
            values[node] = _node(torch, reading, node, values, modules, known, stated, stale)
        if any(True for _ in _tensors(values.get(node))):
            for one in memory.follow(node):
                values[one] = values[node]
    if not outputs:
        raise SymconvError(
            f"the output of {type(module).__name__}", "it is not computed from the input", "return a tensor, or several"
        )
    return made(type(module).__name__, reading, outputs)


def _with_batch_first(reading: Reading, output: Tensor) -> Tensor:
    if not output.batch_at:
        return output
    return reading.skip("output", "output", (output,), f"its batch is axis {output.batch_at}, and not the first")


def _names(module: Any) -> dict[int, Own]:
    """Every parameter and buffer by identity, with its first name: a tensor with several names is one tensor."""
    learned = {id(tensor): Own(name, True) for name, tensor in reversed([*module.named_parameters()])}
    kept = {id(tensor): Own(name, False) for name, tensor in reversed([*module.named_buffers()])}
    return {**kept, **learned}


def _attribute(module: Any, target: str) -> Any:
    for name in target.split("."):
        module = getattr(module, name)
    return module


def _mapped(torch: Any, argument: Any, values: Mapping[Any, Any]) -> Any:
    return torch.fx.node.map_arg(argument, lambda node: values[node])


def _node(
    torch: Any, reading: Reading, node: Any, values: Mapping[Any, Any], modules: Mapping[str, Any],
    known: dict[int, Own], stated: Mapping[Any, Any], stale: str,
) -> Any:  # fmt: skip
    args, options = _mapped(torch, node.args, values), _mapped(torch, dict(node.kwargs), values)
    inputs = tuple(_tensors((args, options)))
    asked = _asked(torch, node, args, inputs)
    if asked is not None:
        return asked
    if (taken := _one_of_several(torch, node, args)) is not None:
        return taken
    module = modules[node.target] if node.op == "call_module" else None
    kind = _kind(torch, node, modules)
    name = _own_name(node, module, {one.name for one in reading.nodes} | {entry.name for entry in reading.entries})
    call = TorchCall(
        name, kind, inputs, module, tuple(args), options, lambda tensor, own: weight_of(tensor, own, known),
        lambda function, *own: computed("", node.name, function, own, {}, known),
        tuple(_kind(torch, user, modules) for user in node.users),
    )  # fmt: skip
    reading.source = FUNCTION if module is None else MODULE
    if stale:
        return reading.skip(name, kind, inputs, stale, stated.get(node))
    try:
        fixed = constant(torch, node, call, known)
        if fixed is not None or not inputs:
            return fixed
    except UnreadError as error:
        return reading.skip(name, kind, inputs, str(error), stated.get(node))
    if module is not None and (hooks := forward_hooks(torch, module)):
        return reading.skip(name, kind, inputs, f"it has hooks, which may change anything: {hooks}", stated.get(node))
    if why := another_gradient(torch, node, kind, module):
        return reading.skip(name, kind, inputs, why, stated.get(node))
    found = reading.read(call, stated.get(node))
    return (found,) if kind in VALUES and len(inputs) == 1 and isinstance(found, Tensor) else found


def _kind(torch: Any, node: Any, modules: Mapping[str, Any]) -> str:
    return type(modules[node.target]).__name__ if node.op == "call_module" else _function_name(torch, node)


def _own_name(node: Any, module: Any, taken: set[str]) -> str:
    """What the model calls a module; of a function what ``torch.fx`` calls it. A second use has a number."""
    first = str(node.target).removeprefix("_orig_mod.") if module is not None else str(node.name)
    first = first or type(module).__name__
    name, number = first, 1
    while name in taken:
        number += 1
        name = f"{first}:{number}"
    return name


def _tensors(value: Any) -> Iterator[Tensor]:
    if isinstance(value, Tensor):
        yield value
    elif isinstance(value, (tuple, list)):
        for one in value:
            yield from _tensors(one)
    elif isinstance(value, Mapping):
        yield from _tensors(tuple(value.values()))


def _asked(torch: Any, node: Any, args: Any, inputs: tuple[Tensor, ...]) -> Any:
    """What a model asks of a shape, or computes with sizes; None for a node that computes a tensor."""
    name = _function_name(torch, node) if node.op != "call_module" else ""
    try:
        if name == "getattr" and isinstance(args[0], tuple) and args[1] == "values":
            return args[0][0]
        if name in ("dim", "ndimension") and len(inputs) == 1:
            return len(inputs[0].seen)
        if name in ("size", "getattr") and len(inputs) == 1:
            if name == "getattr" and args[1] in WHAT:
                return WHAT[args[1]](torch, inputs[0])
            if name == "getattr" and args[1] != "shape":
                return None
            whole = inputs[0].seen
            axis = args[1] if name == "size" and len(args) > 1 else node.kwargs.get("dim")
            return whole if axis is None else whole[axis]
        if not inputs and name in torch_functions.ARITHMETIC and _are_sizes(args):
            return torch_functions.ARITHMETIC[name](*args)
    except (UnreadError, IndexError, TypeError, ZeroDivisionError):
        return None
    return None


def _one_of_several(torch: Any, node: Any, args: Any) -> Tensor | None:
    """One of the outputs of a node that has several, as ``chunk``."""
    if node.op == "call_module" or _function_name(torch, node) != "getitem" or not isinstance(args[0], tuple):
        return None
    found = args[0][args[1]] if isinstance(args[1], int) and -len(args[0]) <= args[1] < len(args[0]) else None
    return found if isinstance(found, Tensor) else None


def _are_sizes(args: Any) -> bool:
    if isinstance(args, (tuple, list)):
        return all(map(_are_sizes, args))
    return isinstance(args, (int, slice)) or getattr(args, "is_integer", False) is True


def _function_name(torch: Any, node: Any) -> str:
    """The name of a function or method if it is one of PyTorch's own, or of Python's operators."""
    if node.op == "call_method":
        return str(node.target)
    function = node.target
    name = str(getattr(function, "__name__", function))
    homes = (torch.nn.functional, torch, operator, torch.Tensor)
    if function in (torch.batch_norm, torch.instance_norm, torch.adaptive_max_pool1d):
        return f"torch.{name}"  # not the same as the functions of torch.nn.functional with these names
    if function is getattr or any(getattr(home, name, None) is function for home in homes):
        return name
    return f"{getattr(function, '__module__', '')}.{name}"
