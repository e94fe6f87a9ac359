"""Readers of PyTorch's functions that take parts of a tensor, copy them or put them in another order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from symconv.geometry.arguments import Number
from symconv.models import making
from symconv.models.padding import padded
from symconv.models.parts import Piece, UnreadError
from symconv.models.readers import Made, Moved, Step, Steps, Tensor, moving, reads
from symconv.models.shapes import reshaped
from symconv.models.torch_calls import TorchCall
from symconv.models.torch_modules import FUNCTION
from symconv.networks.joins import Concat


@reads(FUNCTION, "repeat", "tile")
def repeat(call: TorchCall) -> Made:
    """Copies of it behind each other, along one axis after the other."""
    given = call.args[1:] or (call.options.get("repeats", call.options.get("dims")),)
    counts = list(given[0] if len(given) == 1 and isinstance(given[0], (tuple, list)) else given)
    rank = len(call.x.whole)
    if call.kind == "tile":
        counts = [1] * (rank - len(counts)) + counts
    if len(counts) != rank or counts[0] != 1:
        raise UnreadError(f"it repeats a tensor of {rank} dimensions {tuple(counts)} times, with its batch")
    steps: list[Step] = []
    last: Tensor | str = call.x
    for at, count in enumerate(counts):
        if count != 1:
            steps.append(Step(f"axis{at}", Concat(at - 1), (last,) * int(count)))
            last = steps[-1].name
    return Steps(tuple(steps)) if steps else call.x


@reads(FUNCTION, "repeat_interleave")
def repeat_interleave(call: TorchCall) -> Made:
    """Every element several times: as an axis of its own."""
    count, whole = call.given("repeats", 1), call.x.whole
    at = (call.given("dim", 2) or 0) % len(whole)
    if not isinstance(count, int) or at == 0:
        raise UnreadError("it repeats the batch, or elements different numbers of times")
    long = (*whole[1:at], whole[at] * count, *whole[at + 1 :])
    return Steps((
        Step("apart", making.reshape((*whole[1 : at + 1], 1, *whole[at + 1 :])), (call.x,)),
        Step("copies", Concat(at), ("apart",) * count), Step("out", making.reshape(long), ("copies",)),
    ))  # fmt: skip


@reads(FUNCTION, "roll")
def roll(call: TorchCall) -> Made:
    """The last entries first, then the others."""
    shifts, dims = call.given("shifts", 1), call.given("dims", 2)
    pairs = list(zip(*((one if isinstance(one, (tuple, list)) else (one,)) for one in (shifts, dims))))
    steps: list[Step] = []
    last: Tensor | str = call.x
    for number, (shift, dim) in enumerate(pairs):
        if dim is None or not isinstance(size := call.x.whole[dim], int):
            raise UnreadError("it rolls an axis whose size is a symbol, or all axes as one")
        at, moved = dim % len(call.x.whole), shift % size
        if moved:
            names = [f"{number}.{end}" for end in ("end", "start", "both")]
            steps.append(Step(names[0], making.sliced(at, size - moved, None), (last,)))
            steps.append(Step(names[1], making.sliced(at, 0, size - moved), (last,)))
            steps.append(Step(names[2], Concat(at - 1), (names[0], names[1])))
            last = names[2]
    return Steps(tuple(steps)) if steps else call.x


@reads(FUNCTION, "flip")
def flip(call: TorchCall) -> Made:
    """Entry by entry from the end."""
    given = call.args[1:] or (call.options.get("dims"),)
    dims = given[0] if len(given) == 1 and isinstance(given[0], (tuple, list)) else given
    steps: list[Step] = []
    last: Tensor | str = call.x
    for at in (dim % len(call.x.whole) for dim in dims):
        if not isinstance(size := call.x.whole[at], int) or size > MOST_FLIPPED:
            raise UnreadError(f"it turns an axis of {size} entries; at most {MOST_FLIPPED} are read")
        names = [f"{at}.{entry}" for entry in reversed(range(size))]
        steps += [Step(name, making.sliced(at, entry, entry + 1), (last,)) for name, entry in
                  zip(names, reversed(range(size)))]  # fmt: skip
        steps.append(Step(f"{at}", Concat(at - 1), tuple(names)))
        last = f"{at}"
    return Steps(tuple(steps))


MOST_FLIPPED = 64


# -- parts of a tensor ---------------------------------------------------------------------------------


@reads(FUNCTION, "chunk")
def chunk(call: TorchCall) -> Made:
    at, count = call.given("dim", 2, 0) % len(call.x.whole), call.given("chunks", 1)
    size = call.x.whole[at]
    if not isinstance(size, int):
        raise UnreadError(f"dimension {at} has a size that is a symbol")
    return making.split(call.x, at, _pieces(size, -(-size // count)))


@reads(FUNCTION, "split", "split_with_sizes")
def split(call: TorchCall) -> Made:
    at = call.given("dim", 2, 0) % len(call.x.whole)
    said = call.given("split_size_or_sections", 1, call.given("split_size", 1, call.given("split_sizes", 1)))
    size = call.x.whole[at]
    if isinstance(said, (tuple, list)):
        return making.split(call.x, at, said)
    if not isinstance(size, int) or not isinstance(said, int):
        raise UnreadError(f"dimension {at} has a size that is a symbol")
    return making.split(call.x, at, _pieces(size, said))


def _pieces(size: int, each: int) -> list[int]:
    return [min(each, size - start) for start in range(0, size, each)]


@reads(FUNCTION, "unbind")
@moving
def unbind(call: TorchCall) -> Made:
    """Every entry along an axis, without that axis."""
    x, axis = call.x, call.given("dim", 1, 0) % len(call.x.seen)
    size = x.seen[axis]
    if not isinstance(size, int) or size > MOST_FLIPPED:
        raise UnreadError(f"it takes apart an axis of {size} entries; at most {MOST_FLIPPED} are read")
    if axis == x.batch_at or x.batch_at > 1 or (x.batch_at and axis):
        raise UnreadError(f"it takes apart axis {axis}, and the batch is axis {x.batch_at}")
    axis, steps = axis + x.batch_at, []
    rest = [one for at, one in enumerate(x.seen) if at not in (x.batch_at, axis - x.batch_at)]
    for at in range(size):
        steps.append(Step(f"entry {at}", making.sliced(axis, at, at + 1), (call.x,)))
        steps.append(Step(str(at), making.reshape(rest), (f"entry {at}",)))
    return Steps(tuple(steps), tuple(map(str, range(size))))


@reads(FUNCTION, "getattr")
def attribute(call: TorchCall) -> Made:
    rank = len(call.x.whole)
    if call.args[1] not in ("mT", "mH") or rank < 3:
        raise UnreadError(f"the attribute {call.args[1]}")
    return making.permuted((*range(rank - 2), rank - 1, rank - 2))


@reads(FUNCTION, "narrow")
def narrow(call: TorchCall) -> Made:
    start, length = call.given("start", 2), call.given("length", 3)
    return making.sliced(call.given("dim", 1) % len(call.x.whole), start, start + length)


@reads(FUNCTION, "select")
@moving
def select(call: TorchCall) -> Made:
    at = call.given("dim", 1) % len(call.x.seen)
    return _indexed(call.x, [slice(None)] * at + [call.given("index", 2)])


@reads(FUNCTION, "getitem")
@moving
def item(call: TorchCall) -> Made:
    """x[:, :, 1:-1], x[:, 0], x[:, :, None], x[..., ::2]; of spatial axes it takes elements off the ends."""
    index = call.given("index", 1)
    return _indexed(call.x, list(index) if isinstance(index, tuple) else [index])


def _indexed(x: Tensor, index: list[Any]) -> Made:
    if x.batch_at:
        return _before_the_batch(x, index)
    whole = x.whole
    named = [one for one in index if one is not None and one is not Ellipsis]
    if any(not isinstance(one, (int, slice)) or isinstance(one, bool) for one in named):
        raise UnreadError("it takes entries at places that are computed, or given as a list")
    rest = [slice(None)] * (len(whole) - len(named))
    at = next((at for at, one in enumerate(index) if one is Ellipsis), len(index))
    index = [*index[:at], *rest, *index[at + 1 :]]
    said = [one for one in index if one is not None]
    if _cuts_ends(said, whole):
        return padded(x, [_cut(one, size) for one, size in zip(said[2:], whole[2:])])
    pieces, sizes = [], list(whole)
    for at, one in enumerate(said):
        if one != slice(None):
            if isinstance(one, int):
                one = slice(one, one + 1 if one != -1 else None)
            pieces.append(making.sliced(at, one.start or 0, one.stop, one.step or 1, f"axis{at}"))
            sizes[at] = _length(one, whole[at])
    shape = [*sizes]
    for at in (at for at, one in reversed([*enumerate(said)]) if isinstance(one, int)):
        del shape[at]
    for at, one in enumerate(index):
        if one is None:
            shape.insert(at - sum(isinstance(before, int) for before in index[:at]), 1)
    last = reshaped(Tensor(x.name, tuple(sizes[1:]), x.batch), shape)
    if isinstance(last, Piece):
        pieces.append(last)
    if not pieces:
        return x
    return [*pieces[:-1], replace(pieces[-1], step="")]


def _before_the_batch(x: Tensor, index: list[Any]) -> Made:
    """Entries along axes that stand before the batch, or behind it."""
    if any(one is None or one is Ellipsis for one in index):
        raise UnreadError(f"the batch is axis {x.batch_at} of {x.name}, and it is indexed with None or an ellipsis")
    at = x.batch_at
    index = [*index, *[slice(None)] * (len(x.seen) - len(index))]
    own = [index[at], *index[:at], *index[at + 1 :]]
    gone = sum(isinstance(one, int) for one in index[:at])
    found = _indexed(replace(x, batch_at=0), own)
    if not isinstance(found, (Piece, list, Tensor)):
        raise UnreadError(f"the batch is axis {at} of {x.name}")
    return Moved([found] if isinstance(found, Piece) else found, at - gone)


def _cuts_ends(said: list[Any], whole: Sequence[Number]) -> bool:
    """Whether it only takes elements off the ends of spatial axes."""
    plain = all(isinstance(one, slice) and one.step in (None, 1) for one in said)
    known = all(isinstance(size, int) for size in whole[2:])
    return plain and known and said[:2] == [slice(None)] * 2 and said[2:] != [slice(None)] * len(said[2:])


def _length(part: slice, size: Number) -> Number:
    """How many entries a slice takes."""
    if isinstance(size, int):
        return len(range(*part.indices(size)))
    start, stop = part.start or 0, size if part.stop is None else part.stop
    start, stop = (size + end if isinstance(end, int) and end < 0 else end for end in (start, stop))
    return stop - start


def _cut(part: slice, size: Number) -> tuple[int, int]:
    """What a slice takes off both ends, as negative padding."""
    assert isinstance(size, int)
    start, stop, _ = part.indices(size)
    return -start, stop - size
