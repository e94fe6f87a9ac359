"""Sizes of a PyTorch model: the input's shape as users pass it, and the shapes that PyTorch itself finds."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from math import prod
from typing import Any

from symconv.errors import GeometryError, SymconvError, shown
from symconv.geometry.arguments import Number
from symconv.models.readers import Shape, Tensor
from symconv.models.torch_modules import PLAIN, WITH_OPTIONS
from symconv.models.torch_tracing import silent
from symconv.networks.arguments import same, whole

RANKED = re.compile(r"(Conv|ConvTranspose|MaxPool|AvgPool|AdaptiveAvgPool|AdaptiveMaxPool|LPPool|BatchNorm|InstanceNorm"
                    r"|conv|conv_transpose|max_pool|avg_pool|adaptive_avg_pool|adaptive_max_pool|lp_pool)"
                    r"([123])d")  # fmt: skip
"""Kinds that say how many spatial axes they have."""
SHAPELESS = re.compile(r"Identity|Dropout.*|(Zero|Constant|Reflection|Replication|Circular)Pad.*|(Log)?Softmax"
                       r"|BatchNorm1d|(Group|Layer|RMS)Norm|P?R?ReLU|GELU|Softplus|Upsample|dropout|pad|(log_)?softmax"
                       r"|interpolate|normalize|(group|layer|rms)_norm|prelu|gelu|softplus|i?(add|sub|mul|truediv)_?|div"
                       r"|neg|pow|square|exp|log|sqrt|clamp|cat|chunk|split|getitem|clone|contiguous|to|roll"
                       r"|flip")  # fmt: skip
"""Kinds behind which one may look for such a kind, besides activations."""
ACTIVATIONS = {*PLAIN, *PLAIN.values(), *WITH_OPTIONS, *(name for name, _ in WITH_OPTIONS.values())}


def read_input_size(graph: Any, modules: Mapping[str, Any], size: Any) -> tuple[tuple[Tensor, ...], Number | None]:
    """The model's inputs without their batch, and the number of examples.

    Raises:
        SymconvError: there are not as many shapes as inputs, or a shape does not go with the first layer.
    """
    inputs = [node for node in graph.nodes if node.op == "placeholder"]
    if len(inputs) == 1:
        entry, batch_size = _one_input(inputs[0], "input", modules, size)
        return (entry,), batch_size
    listed = list(size) if isinstance(size, (tuple, list)) else [size]
    if len(listed) != len(inputs) or not all(isinstance(one, (tuple, list)) for one in listed):
        raise SymconvError(
            f"input_size={shown(size)}", f"the model has {len(inputs)} inputs, {', '.join(map(str, inputs))}",
            "give one shape for each, input_size=((3, 32, 32), (8,))",
        )  # fmt: skip
    found = [_one_input(node, str(node.target), modules, one) for node, one in zip(inputs, listed)]
    found = _with_one_batch(found, [_first_layer(node, modules)[1] is None for node in inputs])
    if len({batch for _, batch in found}) > 1:
        raise GeometryError(f"input_size={shown(size)}", "the shapes have different batches", "use one")
    return tuple(entry for entry, _ in found), found[0][1]


def _with_one_batch(
    found: Sequence[tuple[Tensor, Number | None]], unsaid: Sequence[bool]
) -> list[tuple[Tensor, Number | None]]:
    """Inputs of which no layer says how many axes they have, with the batch that the others have."""
    said = {batch for (_, batch), open_ in zip(found, unsaid) if not open_}
    if len(said) != 1 or None in said:
        return list(found)
    (batch,) = said
    return [
        (Tensor(entry.name, entry.shape[1:]), batch)
        if open_ and own is None and entry.shape and len(entry.shape) > 1 and same(entry.shape[0], batch or 0)
        else (entry, own)
        for (entry, own), open_ in zip(found, unsaid)
    ]


def _one_input(node: Any, name: str, modules: Mapping[str, Any], size: Any) -> tuple[Tensor, Number | None]:
    listed = tuple(size) if isinstance(size, (tuple, list)) else (size,)
    if not listed:
        raise GeometryError("input_size=()", "it is empty", "use a shape such as (3, 224, 224)")
    shape = tuple(whole(one, "input_size") for one in listed)
    channels, ndim = _first_layer(node, modules)
    if ndim is None:
        return _by_features(node, name, modules, shape)
    if not isinstance(size, (tuple, list)) and ndim > 0:
        shape = shape * ndim
    if len(shape) == ndim and channels is not None:
        return Tensor(name, (channels, *shape)), None
    if len(shape) == ndim + 1:
        return Tensor(name, shape), None
    if len(shape) == ndim + 2 or (ndim == 0 and len(shape) > 2):  # a linear layer reads the last of any number of axes
        return Tensor(name, shape[1:]), shape[0]
    raise GeometryError(
        f"input_size={shown(size)}", f"the first layer reads {ndim} spatial axes",
        f"give the shape ({', '.join(['channels', *['size'] * ndim])}), or the same behind a batch size",
    )  # fmt: skip


def _first_layer(node: Any, modules: Mapping[str, Any]) -> tuple[int | None, int | None]:
    """The channels that the first layer reads, and its number of spatial axes; None for what it does not say."""
    for user in node.users:
        module = modules.get(user.target) if user.op == "call_module" else None
        kind = type(module).__name__ if module is not None else getattr(user.target, "__name__", str(user.target))
        if kind in ("Linear", "linear"):
            return None, 0
        if (ranked := RANKED.fullmatch(kind)) and kind != "BatchNorm1d":
            return getattr(module, "in_channels", None), int(ranked[2])
        if (rank := _rank_said(user, kind)) is not None:
            return None, rank - 2
        if not SHAPELESS.fullmatch(kind) and kind not in ACTIVATIONS:
            continue
        channels, ndim = _first_layer(user, modules)
        if ndim is not None:
            taken = _axes_taken(user, kind)
            return (None if taken else channels), max(ndim + taken, 0)
    return None, None


def _axes_taken(user: Any, kind: str) -> int:
    """How many axes fewer there are behind a node that takes entries, as in x[:, 0]."""
    if kind != "getitem" or getattr(user.args[0].target, "__name__", user.args[0].target) in ("chunk", "split"):
        return 0
    index = user.args[1]
    index = index if isinstance(index, tuple) else (index,)
    return sum(isinstance(one, int) for one in index) - sum(one is None for one in index)


def _rank_said(user: Any, kind: str) -> int | None:
    """How many dimensions a function says its argument has, by an order of all of them or by naming the last ones."""
    said = user.kwargs.get("dims", user.kwargs.get("dim", user.args[1:] if kind == "permute" else user.args[1:2]))
    while isinstance(said, (tuple, list)) and len(said) == 1:
        (said,) = said
    if kind == "permute" and isinstance(said, (tuple, list)):
        return len(said)
    if kind in ("mean", "amax") and isinstance(said, (tuple, list)) and min(said, default=0) > 0:
        return int(max(said)) + 1
    return None


def _by_features(
    node: Any, name: str, modules: Mapping[str, Any], shape: Shape
) -> tuple[Tensor, Number | None]:  # fmt: skip
    """A shape before a layer that does not say its axes: one with a batch only if a flattened example tells so."""
    flat = [user for user in node.users if "flatten" in str(user.target) or _kind(user, modules) == "Flatten"]
    features = [
        modules[after.target].in_features
        for user in flat for after in user.users if _kind(after, modules) == "Linear"
    ]  # fmt: skip
    named = {modules[user.target] for user in node.users if user.op == "call_module"}
    channels = {getattr(one, at, None) for one in named for at in ("num_channels", "num_features")} - {None}
    if len(shape) > 1 and channels and not channels & {shape[0]} and channels & {shape[1]}:
        return Tensor(name, shape[1:]), shape[0]
    if features and len(shape) > 1 and same(prod(shape[1:]), features[0]) and not same(prod(shape), features[0]):
        return Tensor(name, shape[1:]), shape[0]
    return Tensor(name, shape), None


def says_nothing(graph: Any, modules: Mapping[str, Any]) -> bool:
    """Whether no layer tells how many axes an input has."""
    inputs = (node for node in graph.nodes if node.op == "placeholder")
    return all(_first_layer(node, modules)[1] is None for node in inputs)


def with_batch(entries: Sequence[Tensor]) -> tuple[tuple[Tensor, ...], Number | None]:
    """The same shapes read with their batch first; those that are given if they do not agree in one."""
    batches = {(entry.shape or (None,))[0] for entry in entries}
    if len(batches) > 1 or any(len(entry.shape or ()) < 2 for entry in entries):
        return tuple(entries), None
    return tuple(Tensor(entry.name, (entry.shape or ())[1:]) for entry in entries), batches.pop()


def _kind(node: Any, modules: Mapping[str, Any]) -> str:
    return type(modules[node.target]).__name__ if node.op == "call_module" else ""


def stated_shapes(
    torch: Any, module: Any, graph: Any, entries: Sequence[Tensor], batch_size: Number | None
) -> dict[Any, Shape]:
    """The shape of one example of every node's output, as PyTorch itself finds it, without computing an entry.

    Empty for sizes that are symbols, and where PyTorch itself cannot run the model.
    """
    sizes = [size for entry in entries for size in entry.shape or ()]
    if not all(isinstance(size, int) for size in (*sizes, batch_size or 1)):
        return {}
    from torch._subclasses.fake_tensor import FakeTensorMode
    from torch.fx.passes.shape_prop import ShapeProp

    dtype = next((one.dtype for one in module.parameters() if one.is_floating_point()), torch.get_default_dtype())
    whole_graph = torch.fx.GraphModule(module, graph)
    try:
        with silent(), FakeTensorMode(allow_non_fake_inputs=True) as mode:
            given = [torch.empty((batch_size or 2, *(entry.shape or ())), dtype=dtype) for entry in entries]
            ShapeProp(whole_graph, fake_mode=mode).propagate(*given)
    except Exception:  # whatever the model does; its shapes are then those of our rules alone
        return {}
    return {
        node: tuple(int(size) for size in found.shape[1:])
        for node in graph.nodes
        if hasattr(found := node.meta.get("tensor_meta"), "shape") and len(found.shape)
    }
