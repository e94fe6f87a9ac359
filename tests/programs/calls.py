"""Random calls of every function of the library: arguments as NumPy takes them, some of them wrong."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import numpy as np

from tests.programs.lifting import Fixed

Call = tuple[tuple[Any, ...], dict[str, Any]]
Maker = Callable[["Draw"], Call]
MAKERS: dict[str, Maker] = {}


class Draw:
    """Random arguments."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng

    def chance(self, probability: float) -> bool:
        return self.rng.random() < probability

    def size(self, least: int = 1, most: int = 4) -> int:
        return self.rng.randint(least, most)

    def shape(self, rank: int | None = None, least: int = 1) -> tuple[int, ...]:
        rank = self.rng.randint(1, 3) if rank is None else rank
        return tuple(self.size(least) for _ in range(rank))

    def array(self, *shape: int, rank: int | None = None, kind: str = "f") -> Any:
        sizes = shape or self.shape(rank)
        numbers = np.random.default_rng(self.rng.randrange(2**32)).integers(-4, 5, sizes)
        return numbers.astype(float) if kind == "f" else numbers

    def axis(self, rank: int) -> Fixed:
        """An axis, now and then one that there is not."""
        out = 1 if self.chance(0.05) else 0
        return Fixed(self.rng.randint(-rank - out, rank - 1 + out))

    def axes(self, rank: int) -> Any:
        """None, one, or several, now and then one twice."""
        if self.chance(0.2):
            return None
        if self.chance(0.4):
            return self.axis(rank)
        count = self.rng.randint(1, rank)
        chosen = self.rng.sample(range(rank), count)
        if self.chance(0.1):
            chosen.append(chosen[0])
        return tuple(Fixed(at - rank if self.chance(0.3) else at) for at in chosen)

    def order(self, rank: int) -> tuple[Fixed, ...]:
        order = self.rng.sample(range(rank), rank)
        if self.chance(0.05):
            order[0] = order[-1]
        if self.chance(0.05):
            order.append(0)
        return tuple(map(Fixed, order))

    def factored(self, count: int) -> tuple[Any, ...]:
        """A shape of this number of entries, perhaps with -1, perhaps wrong."""
        sizes: list[Any] = []
        rest = count
        while rest > 1 and self.chance(0.7):
            divisor = self.rng.choice([d for d in range(1, rest + 1) if rest % d == 0])
            sizes.append(divisor)
            rest //= divisor
        sizes.append(rest)
        if self.chance(0.3):
            sizes[self.rng.randrange(len(sizes))] = Fixed(-1)
        if self.chance(0.05):
            sizes.append(Fixed(self.rng.choice([-1, -2, 2])))
        return tuple(sizes)


def calls(*names: str) -> Callable[[Maker], Maker]:
    """Says how arguments of functions are drawn."""

    def keep(maker: Maker) -> Maker:
        for name in names:
            MAKERS[name] = maker
        return maker

    return keep


# -- making


@calls("numpy.zeros", "numpy.ones")
def _(d: Draw) -> Call:
    return (d.shape(d.size(0, 3), 0) if d.chance(0.8) else d.size(0),), {}


@calls("numpy.full")
def _(d: Draw) -> Call:
    return (d.shape(2), d.rng.choice([0.5, 3.0, d.array(1)])), {}


@calls("numpy.zeros_like", "numpy.ones_like")
def _(d: Draw) -> Call:
    return (d.array(),), {}


@calls("numpy.full_like")
def _(d: Draw) -> Call:
    return (d.array(), 2.5), {}


@calls("numpy.arange")
def _(d: Draw) -> Call:
    if d.chance(0.5):
        return (d.size(0, 5),), {}
    return (Fixed(d.rng.randint(-3, 3)), Fixed(d.rng.randint(-3, 6)), Fixed(d.rng.choice([1, 2, 3, -1, -2, 0]))), {}


@calls("numpy.linspace")
def _(d: Draw) -> Call:
    return (0.0, 1.0), {}


@calls("numpy.diagonal", "array.diagonal")
def _(d: Draw) -> Call:
    return (d.array(rank=2),), {}


@calls("numpy.array", "numpy.asarray", "numpy.asanyarray", "numpy.ascontiguousarray")
def _(d: Draw) -> Call:
    shape = d.shape(d.size(0, 2))
    made: Any = [d.array(*shape) for _ in range(d.size())] if shape else [d.size(0, 5) for _ in range(d.size(2))]
    return (d.rng.choice([made, d.array(), [1, 3, 5], [[1.0, 2.0], [0.5, 3.0]], 3]),), {}


@calls("numpy.eye")
def _(d: Draw) -> Call:
    return (d.size(0, 4),), d.rng.choice([{}, {"M": d.size(0, 4)}, {"k": Fixed(d.rng.randint(-3, 3))}])


@calls("numpy.identity")
def _(d: Draw) -> Call:
    return (d.size(0, 4),), {}


@calls("numpy.tri")
def _(d: Draw) -> Call:
    return (d.size(0, 4), d.size(0, 4), Fixed(d.rng.randint(-3, 3))), {}


@calls("numpy.indices")
def _(d: Draw) -> Call:
    return (d.shape(d.size(1, 3)),), {}


@calls("numpy.meshgrid")
def _(d: Draw) -> Call:
    lines = [d.array(rank=1) for _ in range(d.size(1, 3))]
    return tuple(lines), d.rng.choice([{}, {"indexing": "ij"}, {"indexing": "xy", "sparse": True}])


# -- padding


@calls("numpy.pad")
def _(d: Draw) -> Call:
    x = d.array()
    widths: Any = d.rng.choice([
        d.size(0, 3), (d.size(0, 2), d.size(0, 2)), ((d.size(0, 2), d.size(0, 2)),),
        tuple((d.size(0, 2), d.size(0, 2)) for _ in range(x.ndim)),
        [(d.size(0, 2),) for _ in range(x.ndim)],
        tuple((d.size(0, 2), d.size(0, 2)) for _ in range(x.ndim + 1)),
        ((Fixed(-1), 1),) * x.ndim,
    ])  # fmt: skip
    mode = d.rng.choice(["constant", "constant", "edge", "wrap", "reflect", "symmetric"])
    if mode == "constant":
        return (x, widths), d.rng.choice(
            [{}, {"mode": mode}, {"constant_values": 2.0}, {"constant_values": (1.5, 1.5)}]
        )
    return (x, widths, mode), {}


# -- shape


@calls("numpy.reshape")
def _(d: Draw) -> Call:
    x = d.array()
    shape = d.factored(x.size)
    return (x, shape[0] if len(shape) == 1 else shape), {}


@calls("array.reshape")
def _(d: Draw) -> Call:
    x = d.array()
    shape = d.factored(x.size)
    return (x, *shape) if d.chance(0.6) else (x, shape), {}


@calls(
    "numpy.ravel", "array.ravel", "array.flatten", "numpy.copy", "array.copy", "numpy.atleast_1d", "numpy.atleast_2d"
)
def _(d: Draw) -> Call:
    return (d.array(rank=d.size(1, 3)),), {}


@calls("array.astype")
def _(d: Draw) -> Call:
    return (d.array(), "float"), {}


@calls("numpy.transpose", "numpy.permute_dims")
def _(d: Draw) -> Call:
    x = d.array()
    order = d.order(x.ndim)
    return (x, d.rng.choice([None, order, list(order)])), {}


@calls("array.transpose")
def _(d: Draw) -> Call:
    x = d.array()
    order = d.order(x.ndim)
    return (x, *d.rng.choice([(), order, (order,), (list(order),)])), {}


@calls("numpy.swapaxes", "array.swapaxes")
def _(d: Draw) -> Call:
    x = d.array()
    return (x, d.axis(x.ndim), d.axis(x.ndim)), {}


@calls("numpy.moveaxis")
def _(d: Draw) -> Call:
    x = d.array()
    if d.chance(0.5):
        return (x, d.axis(x.ndim), d.axis(x.ndim)), {}
    count = d.size(1, x.ndim)
    return (x, d.order(x.ndim)[:count], list(d.order(x.ndim)[:count])), {}


@calls("numpy.rollaxis")
def _(d: Draw) -> Call:
    x = d.array()
    return (x, d.axis(x.ndim), Fixed(d.rng.randint(-x.ndim - 1, x.ndim + 1))), {}


@calls("numpy.expand_dims")
def _(d: Draw) -> Call:
    x = d.array()
    return (
        x,
        d.rng.choice([d.axis(x.ndim + 1), (Fixed(0), Fixed(-1)), (Fixed(1), Fixed(1)), [Fixed(0), Fixed(2)]]),
    ), {}


@calls("numpy.squeeze", "array.squeeze")
def _(d: Draw) -> Call:
    x = d.array(*(d.rng.choice([1, 1, d.size()]) for _ in range(d.size(1, 3))))
    return (x, d.rng.choice([None, d.axis(x.ndim), (Fixed(0),), (Fixed(0), Fixed(0))])), {}


@calls("numpy.broadcast_to")
def _(d: Draw) -> Call:
    x = d.array(*(d.rng.choice([1, d.size()]) for _ in range(d.size(1, 2))))
    shape = [size if size > 1 or d.chance(0.3) else d.size() for size in x.shape]
    if d.chance(0.1):
        shape[0] += 1
    return (x, (*d.shape(d.size(0, 1)), *shape)), {}


@calls("numpy.flip")
def _(d: Draw) -> Call:
    x = d.array()
    return (x, d.axes(x.ndim)), {}


@calls("numpy.flipud", "numpy.fliplr")
def _(d: Draw) -> Call:
    return (d.array(),), {}


@calls("numpy.rot90")
def _(d: Draw) -> Call:
    x = d.array(rank=d.size(2, 3))
    axes = d.rng.choice([(0, 1), (1, 0), (0, -1), (0, 0), (1, x.ndim - 1)])
    return (x, Fixed(d.rng.randint(-3, 5)), tuple(map(Fixed, axes))), {}


@calls("numpy.roll")
def _(d: Draw) -> Call:
    x = d.array()
    by = d.rng.choice([d.size(0, 5), Fixed(-d.size())])
    if d.chance(0.3):
        return (x, (by, Fixed(1)), (d.axis(x.ndim), d.axis(x.ndim))), {}
    return (x, by, d.rng.choice([None, d.axis(x.ndim)])), {}


@calls("numpy.take", "array.take")
def _(d: Draw) -> Call:
    x = d.array()
    axis = d.rng.choice([None, Fixed(d.rng.randrange(x.ndim))])
    most = x.size if axis is None else x.shape[axis]
    start, step = d.rng.randrange(most), d.rng.choice([0, 1, 1, 2])
    items = [Fixed(start + step * k) for k in range(d.size(2, 3))]
    return (x, d.rng.choice([items, Fixed(start), Fixed(-1)]), axis), {}


@calls("array.item")
def _(d: Draw) -> Call:
    return (d.array(*(d.rng.choice([1, 1, 1, 2]) for _ in range(d.size(1, 3)))),), {}


@calls("array.fill")
def _(d: Draw) -> Call:
    return (d.array(), 2.0), {}


# -- joining


def several(d: Draw, at: int, rank: int) -> list[Any]:
    shape = list(d.shape(rank))
    parts = []
    for _ in range(d.size(1, 3)):
        own = list(shape)
        if 0 <= at < rank:
            own[at] = d.size()
        if d.chance(0.04):
            own[-1] += 1
        parts.append(d.array(*own))
    return parts


@calls("numpy.concatenate", "numpy.concat")
def _(d: Draw) -> Call:
    rank = d.size(1, 3)
    axis = d.axis(rank)
    return (d.rng.choice([list, tuple])(several(d, int(axis) % rank, rank)), d.rng.choice([axis, axis, axis, None])), {}


@calls("numpy.split")
def _(d: Draw) -> Call:
    x, count = d.array(), d.size(1, 3)
    axis = d.axis(x.ndim)
    sizes = [count * d.size(1, 2) if at == int(axis) % x.ndim else size for at, size in enumerate(x.shape)]
    return (d.array(*sizes) if d.chance(0.8) else x, count, axis), {}


@calls("numpy.hsplit")
def _(d: Draw) -> Call:
    count = d.size(1, 3)
    sizes = [(count * d.size(1, 2),), (d.size(1, 3), count * d.size(1, 2)), (d.size(1, 2), count + 1, d.size(1, 2))]
    return (d.array(*d.rng.choice(sizes)), count), {}


@calls("numpy.vsplit")
def _(d: Draw) -> Call:
    count = d.size(1, 3)
    return (d.array(*d.rng.choice([(count * d.size(1, 2), d.size(1, 3)), (count,), (count + 1, 2)])), count), {}


@calls("numpy.stack")
def _(d: Draw) -> Call:
    rank = d.size(1, 2)
    return (several(d, -1, rank), d.axis(rank + 1)), {}


@calls("numpy.vstack")
def _(d: Draw) -> Call:
    rank = d.size(1, 3)
    return (several(d, 0 if rank > 1 else -1, rank),), {}


@calls("numpy.hstack")
def _(d: Draw) -> Call:
    rank = d.size(1, 3)
    return (several(d, min(1, rank - 1), rank),), {}


@calls("numpy.append")
def _(d: Draw) -> Call:
    one, two = (several(d, 0, 2) * 2)[:2]
    return (one, two, d.rng.choice([None, Fixed(0), Fixed(1)])), {}


@calls("numpy.insert")
def _(d: Draw) -> Call:
    x = d.array()
    return (x, Fixed(d.rng.randint(-4, 4)), d.rng.choice([0, 2.5]), d.rng.choice([None, d.axis(x.ndim)])), {}


@calls("numpy.repeat", "array.repeat")
def _(d: Draw) -> Call:
    x = d.array()
    return (x, d.rng.choice([d.size(0, 3), [Fixed(2)], Fixed(-1)]), d.rng.choice([None, d.axis(x.ndim)])), {}


@calls("numpy.tile")
def _(d: Draw) -> Call:
    return (d.array(), d.rng.choice([d.size(0, 3), d.shape(d.size(1, 3), 0), [1, 2]])), {}


# -- reducing and products


@calls("numpy.sum", "array.sum", "numpy.mean", "numpy.nanmean", "array.mean", "numpy.average")
def _(d: Draw) -> Call:
    x = d.array()
    axes = d.axes(x.ndim)
    if d.chance(0.03):
        axes = [Fixed(0)]
    return (x, *d.rng.choice([(), (axes,)])), d.rng.choice([{}, {"keepdims": True}])


@calls("numpy.prod")
def _(d: Draw) -> Call:
    return (d.shape(),), {}


@calls("numpy.cumsum", "array.cumsum")
def _(d: Draw) -> Call:
    x = d.array()
    return (x, d.rng.choice([None, d.axis(x.ndim)])), {}


@calls("numpy.dot", "array.dot", "numpy.matmul", "numpy.inner")
def _(d: Draw) -> Call:
    k = d.size()
    left = (*d.shape(d.size(0, 2)), k)
    right = (k,) if d.chance(0.3) else (*d.shape(d.size(0, 1)), k, d.size())
    if len(left) == len(right) == 3 and d.chance(0.7):
        right = (left[0], *right[1:])
    if d.chance(0.1):
        right = (*right[:-1], right[-1] + 1)
    return (d.array(*left), d.array(*right)), {}


@calls("numpy.outer", "numpy.vdot")
def _(d: Draw) -> Call:
    x = d.array()
    return (x, d.array(*x.shape) if d.chance(0.7) else d.array()), {}


@calls("numpy.kron")
def _(d: Draw) -> Call:
    return (d.array(rank=d.size(1, 2)), d.array(rank=d.size(1, 2))), {}


@calls("numpy.tensordot")
def _(d: Draw) -> Call:
    x = d.array(rank=d.size(1, 3))
    count = d.size(0, x.ndim)
    places = d.rng.sample(range(x.ndim), count)
    shape = [x.shape[at] for at in places] + [d.size() for _ in range(d.size(0, 2))]
    order = d.rng.sample(range(len(shape)), len(shape))
    y = d.array(*(shape[at] for at in order)) if shape else d.array(1)
    theirs = [order.index(at) for at in range(count)]
    if d.chance(0.1) and theirs:
        theirs[0] = (theirs[0] + 1) % y.ndim
    axes: Any = (tuple(map(Fixed, places)), list(map(Fixed, theirs)))
    if d.chance(0.2):
        axes = Fixed(d.size(0, 2))
    return (x, y, axes), {}


@calls("numpy.einsum")
def _(d: Draw) -> Call:
    sizes = {letter: d.size() for letter in "ijkl"}
    terms = ["".join(d.rng.choice("ijkl") for _ in range(d.size(1, 3))) for _ in range(d.size(1, 3))]
    shapes = [tuple(1 if d.chance(0.05) else sizes[one] for one in term) for term in terms]
    if d.chance(0.2):
        terms[0] = "..." + terms[0]
        shapes[0] = (d.size(), *shapes[0])
    letters = sorted(set("".join(terms)) - {"."})
    text = ",".join(terms)
    if d.chance(0.8):
        kept = d.rng.sample(letters, d.size(0, len(letters)))
        text += "->" + ("..." if "." in text else "") + "".join(kept)
    if d.chance(0.05):
        text = text.replace("i", "m", 1)
    return (text, *(d.array(*shape) for shape in shapes)), d.rng.choice([{}, {"optimize": True}])


@calls("numpy.trace", "array.trace")
def _(d: Draw) -> Call:
    size = d.size()
    return (d.array(size, size),), {}
