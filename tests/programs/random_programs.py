"""Random programs over what is read: arrays and sizes, loops, slices, views, functions of NumPy, helpers and containers.

A program is written statement by statement and run as it grows, so that most statements fit the shapes that there are;
some do not, and raise.
"""

from __future__ import annotations

import random
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

HEAD = "import numpy as np\n\n\n"
HELPERS = """def scaled(a, k=2):
    return a * k


def shifted(a, by, total=None):
    if by == 0:
        return a
    total = a[by:] if total is None else total
    return total


class Box:
    def __init__(self, value, step=1):
        self.value = value
        self.step = step

    def every(self):
        return self.value[:: self.step]


"""


class Program:
    """A function's text, with the arguments that it gets."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        self.arguments: dict[str, Any] = {}
        self.lines: list[str] = []
        self.env: dict[str, Any] = {}
        self.failed = False
        self.count = 0
        for name in ("x", "w")[: rng.randint(1, 2)]:
            shape = tuple(rng.randint(1, 4) for _ in range(rng.choice([1, 1, 2, 2, 3])))
            numbers = np.random.default_rng(rng.randrange(2**32)).integers(-4, 5, shape)
            self.arguments[name] = numbers.astype(float)
        for name in ("s", "p")[: rng.randint(0, 2)]:
            self.arguments[name] = rng.randint(0 if name == "p" else 1, 3)
        exec(HEAD + HELPERS, self.env)
        self.env.update(
            {name: value.copy() if hasattr(value, "copy") else value for name, value in self.arguments.items()}
        )
        for _ in range(rng.randint(2, 5)):
            if not self.failed:
                rng.choice(STATEMENTS)(self)
        self.result = self.rng.choice([name for name in self.arrays()] or ["0"])
        if rng.random() < 0.2 and len(self.arrays()) > 1:
            self.result += ", " + self.rng.choice(self.arrays())

    @property
    def text(self) -> str:
        body = "".join(f"    {line}\n" for line in [*self.lines, f"return {self.result}"])
        return HEAD + HELPERS + f"def program({', '.join(self.arguments)}):\n" + body

    # -- what there is

    def arrays(self, rank: int | None = None) -> list[str]:
        return [
            name for name, value in self.env.items()
            if isinstance(value, np.ndarray) and not name.startswith("_") and value.dtype == float
            and (rank is None or value.ndim == rank) and value.size < 300
        ]  # fmt: skip

    def array(self, rank: int | None = None) -> str:
        return self.rng.choice(self.arrays(rank) or self.arrays())

    def ints(self) -> list[str]:
        return [name for name, value in self.env.items() if type(value) is int and not name.startswith("_")]

    def size(self, most: int = 4) -> str:
        """A small whole number, with sizes in it."""
        choices: list[str] = [str(self.rng.randint(0, most)), *self.ints()]
        name = self.array()
        if self.env[name].ndim:
            choices += [f"{name}.shape[{self.rng.randrange(self.env[name].ndim)}]", f"len({name})"]
        text = self.rng.choice(choices)
        if self.rng.random() < 0.25:
            text = f"{text} {self.rng.choice(['+ 1', '- 1', '// 2', '* 2', '% 2', '+ ' + self.rng.choice(choices)])}"
        return text

    def new(self) -> str:
        self.count += 1
        return f"v{self.count}"

    def do(self, *lines: str) -> None:
        """Write a statement, and run it."""
        self.lines += lines
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("error")
                exec("\n".join(lines), self.env)
        except Exception:
            self.failed = True

    def slice(self, size: int) -> str:
        rng = self.rng
        if rng.random() < 0.3:
            return ":"
        if rng.random() < 0.2:
            return rng.choice(["::-1", "::2", "1:", ":-1", "-2:", "1::2", ":0", "::-2", "-1:0:-1"])
        low = rng.choice(["", str(rng.randint(-2, 2)), *self.ints()])
        high = rng.choice(["", str(rng.randint(-2, size + 1)), self.size()])
        step = rng.choice(["", "", ":2", ":-1", *(f":{name}" for name in self.ints() if self.env[name] > 0)])
        return f"{low}:{high}{step}"

    def index(self, name: str) -> str:
        """What stands in the brackets after an array."""
        value, rng = self.env[name], self.rng
        items = []
        for size in value.shape[: rng.randint(1, max(value.ndim, 1))]:
            kind = rng.random()
            if kind < 0.5:
                items.append(self.slice(size))
            elif kind < 0.8:
                items.append(rng.choice([str(rng.randint(-1, max(size - 1, 0))), "0", self.size(size)]))
            elif kind < 0.9:
                items.append("None")
                items.append(self.slice(size))
            else:
                items.append(f"[{', '.join(str(rng.randrange(max(size, 1))) for _ in range(2))}]")
        if rng.random() < 0.15:
            items.insert(rng.randint(0, len(items)), "...")
        return ", ".join(items) or "..."


def elementwise(p: Program) -> None:
    name = p.array()
    other = p.rng.choice([p.array(), str(p.rng.randint(-2, 3)), "0.5", *p.ints()])
    p.do(f"{p.new()} = {name} {p.rng.choice('+-*')} {other}")


def made(p: Program) -> None:
    shape = ", ".join(p.size() for _ in range(p.rng.randint(1, 2)))
    text = p.rng.choice([
        f"np.zeros(({shape},))", f"np.ones(({shape},))", f"np.zeros_like({p.array()})", f"np.full(({shape},), 2.5)",
        f"np.eye({p.size()}, {p.size()}, k={p.rng.randint(-2, 2)})", f"{p.array()}.copy()",
        f"np.arange({p.size()}) * 1.0", f"np.zeros({p.array()}.shape)", f"np.ones_like({p.array()}) * {p.rng.randint(1, 3)}",
    ])  # fmt: skip
    p.do(f"{p.new()} = {text}")


def taken(p: Program) -> None:
    name = p.array()
    if p.env[name].ndim:
        p.do(f"{p.new()} = {name}[{p.index(name)}]")


def called(p: Program) -> None:
    rng = p.rng
    name = p.array()
    value = p.env[name]
    rank = value.ndim
    axis = rng.randint(-rank, rank - 1) if rank else 0
    order = ", ".join(map(str, rng.sample(range(rank), rank)))
    letters = "abcdef"[:rank]
    kept = "".join(rng.sample(letters, rng.randint(0, rank)))
    other = p.array()
    choices = [
        f"np.pad({name}, {p.size(2)})", f"np.pad({name}, {rank and tuple((rng.randint(0, 2), rng.randint(0, 2)) for _ in range(rank))})",
        f"np.pad({name}, {p.size(1)}, mode='{rng.choice(['edge', 'wrap', 'reflect', 'symmetric'])}')",
        f"{name}.reshape(-1)", f"{name}.ravel()", f"{name}.T", f"np.transpose({name}, [{order}])", f"{name}.sum()",
        f"{name}.sum(axis={axis})", f"np.sum({name}, axis={axis}, keepdims=True)", f"np.flip({name}, {axis})",
        f"np.flip({name})", f"np.roll({name}, {p.size(2)}, axis={axis})", f"np.repeat({name}, {p.size(2)}, axis={axis})",
        f"np.tile({name}, {p.size(2)})", f"np.expand_dims({name}, {axis})", f"np.squeeze({name})",
        f"np.concatenate([{name}, {name}], axis={axis})", f"np.stack([{name}, {name} * 2], axis={axis})",
        f"np.einsum('{letters}->{kept}', {name})", f"np.outer({name}, {other})", f"np.dot({name}, {other})",
        f"{name} @ {other}", f"np.tensordot({name}, {other}, axes={rng.randint(0, 1)})", f"np.kron({name}, {other})",
        f"scaled({name})", f"scaled({name}, k={p.size()})", f"shifted({name}, {p.size(2)})",
        f"Box({name}, {rng.randint(1, 2)}).every()", f"np.take({name}, [0, {rng.randint(0, 2)}], axis={axis})",
        f"np.broadcast_to({name}, ({p.size()}, *{name}.shape))", f"np.moveaxis({name}, 0, {axis})",
        f"np.mean({name}, axis={axis}) * {name}.shape[{axis}]", f"np.rot90({name}, {rng.randint(-1, 3)})",
        f"np.lib.stride_tricks.sliding_window_view({name}, {p.size(2)}, axis={axis})",
        f"np.where(np.arange({name}.shape[-1]) >= {rng.randint(0, 2)}, {name}, 0.0)" if rank else f"{name}.copy()",
        f"np.convolve({name}, {other})", f"np.array([{name}, {name}])", f"{name}.reshape({name}.shape[0], -1)" if rank else name,
    ]  # fmt: skip
    p.do(f"{p.new()} = {rng.choice(choices)}")


def written(p: Program) -> None:
    name = p.array()
    if not p.env[name].ndim:
        return
    value = p.rng.choice([str(p.rng.randint(-3, 3)), p.array(), f"{p.array()} * 2", "1.5"])
    p.do(f"{name}[{p.index(name)}] {p.rng.choice(['=', '+=', '-=', '='])} {value}")


def aliased(p: Program) -> None:
    name = p.array()
    if not p.env[name].ndim:
        return
    view, rng = p.new(), p.rng
    first = rng.choice(
        [f"{name}[{p.slice(p.env[name].shape[0])}]", f"{name}.T", f"{name}.reshape(-1)", name, f"{name}[::-1]"]
    )
    p.do(f"{view} = {first}")
    if not p.failed and view in p.env and isinstance(p.env[view], np.ndarray) and p.env[view].ndim:
        p.do(f"{view}[{p.index(view)}] {rng.choice(['=', '+='])} {rng.choice([str(rng.randint(-3, 3)), '0.5'])}")
    if rng.random() < 0.4 and not p.failed:
        p.do(f"{view} {rng.choice(['+=', '*='])} {rng.randint(2, 3)}")


def looped(p: Program) -> None:
    rng = p.rng
    one = p.array(1) if rng.random() < 0.6 else p.array()
    if not p.env[one].ndim:
        return
    out, i = p.new(), rng.choice(["i", "j", "t"])
    bound = rng.choice([f"{one}.shape[0]", f"len({one})", p.size(), f"{one}.shape[0] - 1"])
    step = rng.choice(
        [i, i, f"{i} + 1", f"{i} - 1", f"2 * {i}", f"{i} * {rng.choice([*p.ints(), '2'])}", f"-{i} - 1", f"{i} // 2"]
    )
    size = rng.choice([bound, f"{one}.shape[0] + 1", f"{one}.shape[0]"])
    rest = "".join(f", {one}.shape[{at}]" for at in range(1, p.env[one].ndim))
    lines = [f"{out} = np.zeros(({size}{rest}))"]
    guard = rng.random()
    body = [
        f"{out}[{rng.choice([i, i, '0', f'{i} // 2'])}] {rng.choice(['=', '+=', '+='])} {one}[{step}]{rng.choice(['', ' * 2', f' * {i}'])}"
    ]
    if guard < 0.25:
        body = [
            f"if {rng.choice([f'0 <= {step} < len({one})', f'{i} > 0', f'{i} % 2 == 0', f'{i} != 1'])}:",
            *("    " + line for line in body),
        ]
    elif guard < 0.35:
        body = [f"if {i} == {rng.randint(0, 2)}:", f"    {rng.choice(['continue', 'break'])}", *body]
    head = rng.choice([
        f"for {i} in range({bound}):", f"for {i} in range({bound}):", f"for {i} in range({rng.randint(0, 1)}, {bound}):",
        f"for {i} in range(0, {bound}, {rng.choice(['2', *(n for n in p.ints() if p.env[n] > 0)])}):",
        f"for {i} in reversed(range({bound})):",
    ])  # fmt: skip
    lines += [head, *("    " + line for line in body)]
    if rng.random() < 0.2 and not any("continue" in line for line in body) and f"{i}:" not in one:
        body = [*("    " + line for line in body), f"    {i} += 1"]
        lines = [lines[0], f"{i} = 0", f"while {i} < {bound}:", *body]
    p.do(*lines)


def nested(p: Program) -> None:
    rng = p.rng
    a, b = p.array(1), p.array(1)
    if p.env[a].ndim != 1 or p.env[b].ndim != 1:
        return
    out = p.new()
    kind = rng.randrange(5)
    if kind == 0:
        p.do(f"{out} = np.zeros(len({a}) + len({b}) - 1)", f"for i in range(len({a})):", f"    for j in range(len({b})):",
             f"        {out}[i + j] += {a}[i] * {b}[j]")  # fmt: skip
    elif kind == 1:
        p.do(f"{out} = np.zeros((len({a}), len({b})))", f"for i in range(len({a})):", f"    for j in range(len({b})):",
             f"        {out}[i, j] = {a}[i] - {b}[{rng.choice(['j', 'len(' + b + ') - 1 - j', 'j // 2'])}]")  # fmt: skip
    elif kind == 2:
        p.do(f"{out} = np.zeros(max(len({a}) - len({b}) + 1, 0))", f"for i in range(len({out})):",
             f"    {out}[i] = np.sum({a}[i:i + len({b})] * {b})")  # fmt: skip
    elif kind == 3:
        p.do(f"{out} = np.zeros(len({a}))", f"for i, (u, v) in enumerate(zip({a}, {b})):", f"    {out}[i] = u * v")
    else:
        p.do(f"total = {rng.choice(['0.0', a + '[0]'])}", f"for i in range(len({a})):",
             f"    for j in range({rng.choice(['i', 'i + 1', 'len(' + b + ')'])}):",
             f"        total += {a}[i] * {b}[min(j, len({b}) - 1)]", f"{out} = np.array([total, total])")  # fmt: skip


def contained(p: Program) -> None:
    rng = p.rng
    a, b = p.array(), p.array()
    out = p.new()
    kind = rng.randrange(6)
    if kind == 0:
        p.do(f"d = {{'a': {a}, 'k': {p.size()}}}", f"{out} = d['a'] * d['k']")
    elif kind == 1:
        p.do(f"t = ({a}, {b}, {p.size()})", "one, *rest = t", f"{out} = one + rest[-1]")
    elif kind == 2 and p.env[a].ndim:
        p.do(
            "rows = []",
            f"for i in range(len({a})):",
            f"    rows.append({a}[i] * {rng.choice(['2', 'i', '1'])})",
            f"{out} = np.array(rows)",
        )
    elif kind == 3 and p.env[a].ndim:
        p.do(f"{out} = np.stack([{a}[i] for i in range(len({a}))])")
    elif kind == 4:
        p.do(f"f = lambda u, k={p.size()}: u * k", f"{out} = f({a}) + f({a}, 3)")
    else:
        p.do(
            f"n = {p.size()}",
            f"if n {rng.choice(['>', '<', '=='])} {rng.randint(0, 3)}:",
            f"    {out} = {a} * 2",
            "else:",
            f"    {out} = {a}.copy()",
        )


STATEMENTS: list[Callable[[Program], None]] = [
    elementwise, made, taken, taken, called, called, called, written, written, aliased, looped, looped, nested, contained,
]  # fmt: skip
