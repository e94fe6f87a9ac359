r"""Claims written as people write them: LaTeX, plain text, Unicode, Python, lists and matrices, from one small tree.

The tree is that of ``test_random_claims``; what is written here is only read by ``check``.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

from tests.claims.test_random_claims import Affine, Product, Tree

LOW = {"i": "ᵢ", "j": "ⱼ", "k": "ₖ", "o": "ₒ", "p": "ₚ", "s": "ₛ", "t": "ₜ", "n": "ₙ", "+": "₊", "-": "₋"}
LOW |= dict(zip("0123456789", "₀₁₂₃₄₅₆₇₈₉"))


@dataclass(frozen=True)
class Style:
    """How one claim is written."""

    kind: str
    names: Mapping[str, str]
    loss: str
    layer: str
    chance: random.Random

    def pick(self, *ways: str) -> str:
        return self.chance.choice(ways)


def style(chance: random.Random, quantity: str) -> Style:
    kind = chance.choice(["latex", "latex", "text", "unicode", "python"])
    latex = kind == "latex"
    names = {
        "X": chance.choice(["x", "X", "x", "I", "a", r"\mathbf{x}" if latex else "inp"]),
        "w": chance.choice(["w", "W", "w", "f", r"\theta" if latex else "w", r"\mathbf{w}" if latex else "w"]),
        "h": chance.choice(["y", "h", "h", "z", "O", r"\hat{y}" if latex else "out"]),
        "delta": {"latex": r"\delta", "unicode": "δ"}.get(kind, chance.choice(["delta", "dy", "grad_output"])),
        "b": "b",
    }
    if quantity != "output":  # a name of the left side is known, so that the others have one meaning
        names["w"] = "w" if names["w"] in ("f", r"\theta") else names["w"]
        names["X"] = "x" if names["X"] in ("I", "a", "inp") else names["X"]
    layer = chance.choice(["", "", "^{(l)}", "^{l}"]) if latex else ""
    if layer:
        names = {**names, "X": "x", "w": "w", "h": "z"}
    loss = chance.choice(["L", "L", "E", "J", "C", r"\mathcal{L}" if latex else "L"])
    return Style(kind, names, loss, layer, chance)


# -- general formulas ----------------------------------------------------------------------------------


def written(tree: Tree, quantity: str, letters: Sequence[str], chance: random.Random) -> str:
    """The claim in one style, in a wrapping of that style."""
    how = style(chance, quantity)
    if how.kind == "python" and (added := _added(tree, quantity, letters, how)) is not None:
        return added
    text = ""
    for one in tree:
        sign = "-" if one.coefficient < 0 else "+"
        text += f" {sign} " if text else "-" if sign == "-" else ""
        text += {"latex": _latex, "python": _python}.get(how.kind, _plain)(one, how)
    return _wrapped(f"{_left(quantity, letters, how)} {_equals(how)} {text}", letters, how)


def _equals(how: Style) -> str:
    return {"latex": how.pick("=", "=", "&=", ":="), "python": "="}.get(how.kind, how.pick("=", "=", ":=", "=="))


def _wrapped(text: str, letters: Sequence[str], how: Style) -> str:
    if how.kind != "latex":
        return how.pick(text, text, f"  {text} ", f"{text}.", f"{text}  # as in the lecture")
    if letters and how.chance.random() < 0.15:
        text += r" \quad " + how.pick(r"\text{for all } ", r"\forall ") + letters[0]
    plain = text.replace("&=", "=")
    return how.pick(
        plain, f"${plain}$", rf"\[ {plain}. \]", f"$$ {plain} $$", rf"\( {plain} \)", f"{plain} % the layer",
        rf"\begin{{equation}} \label{{eq:1}} {plain} \end{{equation}}",
        rf"\begin{{align*}} {text} \tag{{3}} \end{{align*}}", rf"\begin{{aligned}}{text},\end{{aligned}}",
    )  # fmt: skip


def _left(quantity: str, letters: Sequence[str], how: Style) -> str:
    by = {"output": "h", "grad_input": "X", "grad_weight": "w", "grad_bias": "b"}[quantity]
    above = "-1" if by == "X" else ""
    name = _named(how, by, above)
    entry = _entry(name, [((1, (letter,)),) for letter in letters], how)
    if quantity == "output":
        return entry
    if how.kind == "latex":
        loss = how.loss
        return how.pick(
            rf"\frac{{\partial {loss}}}{{\partial {entry}}}", rf"\dfrac{{\partial {loss}}}{{\partial {entry}}}",
            rf"\frac{{d {loss}}}{{d {entry}}}", rf"\nabla_{{{entry}}} {loss}",
            rf"\partial {loss} / \partial {entry}", rf"\frac{{\mathrm{{d}}{loss}}}{{\mathrm{{d}}{entry}}}",
        )  # fmt: skip
    if how.kind == "unicode":
        return f"∂{how.loss}/∂{entry}"
    if how.kind == "python":
        return how.pick("d", "grad_") + entry
    return f"d{how.loss}/d{entry}"


def _named(how: Style, name: str, shift: str = "") -> str:
    """The name of a tensor, with the number of its layer."""
    shown = how.names[name]
    if not how.layer:
        return shown
    return shown + how.layer.replace("l", "l-1" if name == "X" or shift else "l")


def _entry(name: str, indices: Sequence[Affine], how: Style) -> str:
    texts = [_affine(index, how) for index in indices]
    if not texts:
        return name
    if how.kind == "latex":
        inside = ", ".join(texts)
        if len(inside) == 1 and how.chance.random() < 0.6:
            return f"{name}_{inside}"
        if how.chance.random() < 0.1 and "^" not in name:
            return rf"[{name}]_{{{inside}}}"
        return f"{name}_{{{inside}}}"
    lowered = "".join(LOW.get(sign, "?") for sign in "".join(texts).replace(" ", ""))
    if how.kind == "unicode" and len(texts) == 1 and "?" not in lowered and any(names for _, names in indices[0]):
        return name + lowered
    return f"{name}[{', '.join(texts)}]"


def _affine(index: Affine, how: Style) -> str:
    times = {"latex": " ", "unicode": "·", "python": "*"}.get(how.kind) or how.pick("*", " ")
    text = ""
    for number, names in index:
        sign = "-" if number < 0 else "+" if text else ""
        parts = [*([str(abs(number))] if abs(number) != 1 or not names else []), *names]
        text += sign + times.join(parts)
    return text or "0"


def _factors(one: Product, how: Style) -> list[str]:
    factors = [str(abs(one.coefficient))] if abs(one.coefficient) != 1 else []
    for name, indices in one.entries:
        if name == "delta" and how.kind == "latex" and how.chance.random() < 0.3:
            entry = _entry(_named(how, "h"), indices, how)
            factors.append(rf"\frac{{\partial {how.loss}}}{{\partial {entry}}}")
        else:
            factors.append(_entry(_named(how, name), indices, how))
    return factors


def _latex(one: Product, how: Style) -> str:
    factors = _factors(one, how)
    brackets = [f"{_affine(left, how)} = {_affine(right, how)}" for left, right in one.brackets]
    unlimited = [name for name, low, _ in one.bound if low is None]
    below = ""
    if brackets and unlimited and len(unlimited) == len(one.bound) and how.chance.random() < 0.4:
        divider = how.pick(" : ", r" \\ ", ", ")
        inside = ", ".join(unlimited) + divider + brackets[0]
        below = rf"\sum_{{\substack{{{inside}}}}} " if divider == r" \\ " else rf"\sum_{{{inside}}} "
        brackets, unlimited = brackets[1:], []
    factors += [how.pick(f"[{one}]", rf"\mathbb{{1}}[{one}]") for one in brackets]
    tight = all("^" not in factor for factor in factors)
    body = (how.pick(r" \, ", " ", r" \cdot ", r"\;", "" if tight else " ")).join(factors) or "1"
    if unlimited and how.chance.random() < 0.3:
        sums = rf"\sum_{{{', '.join(unlimited)}}} "
    else:
        ways = (r"\sum_{0} ", r"\sum_{{{0}}}", r"\sum_{{{0}=-\infty}}^{{\infty}} ")
        sums = "".join(how.pick(*ways).format(name) for name in unlimited)
    for name, low, high in one.bound:
        if low is not None and high is not None:
            a, b = _affine(low, how), _affine(high, how)
            sums += how.pick(
                rf"\sum_{{{name}={a}}}^{{{b}}} ", rf"\sum\limits_{{{name} = {a}}}^{{{b}}}",
                rf"\sum^{{{b}}}_{{{name}={a}}} ", rf"\sum_{{{a} \le {name} \le {b}}} ",
                rf"\sum_{{{name} \in \{{{a}, \dots, {b}\}}}} ",
            )  # fmt: skip
    return below + sums + body


def _plain(one: Product, how: Style) -> str:
    factors = _factors(one, how)
    factors += [f"[{_affine(left, how)} = {_affine(right, how)}]" for left, right in one.brackets]
    body = (how.pick(" ", "·", "*") if how.kind == "unicode" else how.pick(" ", "*", " * ")).join(factors) or "1"
    for name, low, high in one.bound:
        if how.kind == "unicode":
            sign = how.pick("∑", "Σ")
            ends = "" if low is None or high is None else f"{_affine(low, how)}..{_affine(high, how)}"
            body = f"{sign}_{{{name}={ends}}} {body}" if ends else f"{sign}{LOW.get(name, '_' + name)} {body}"
        elif low is None or high is None:
            body = f"sum({name}, {body})"
        else:
            body = f"sum({name}{how.pick('=', ' = ', ' in ')}{_affine(low, how)}..{_affine(high, how)}, {body})"
    return body


def _python(one: Product, how: Style) -> str:
    factors = _factors(one, how)
    factors += [f"[{_affine(left, how)} = {_affine(right, how)}]" for left, right in one.brackets]
    body = how.pick("*", " * ").join(factors) or "1"
    unlimited = [name for name, low, _ in one.bound if low is None]
    loops = "".join(
        f" for {name} in range({'' if a == '0' else a + ', '}{b} + 1)"
        for name, a, b in ((n, _affine(lo, how), _affine(hi, how)) for n, lo, hi in one.bound if lo and hi)
    )
    if loops:
        body = f"sum({body}{loops})"
    return f"sum({', '.join(unlimited)}, {body})" if unlimited else body


def _added(tree: Tree, quantity: str, letters: Sequence[str], how: Style) -> str | None:
    """dx[s*i + k] += dy[i]*w[k], of one product whose brackets say the left side."""
    one = tree[0]
    if len(tree) > 1 or one.coefficient != 1 or len(one.brackets) != 1 or len(letters) != 1 or any(
        low is not None for _, low, _ in one.bound
    ) or one.brackets[0][0] != ((1, (letters[0],)),):  # fmt: skip
        return None
    used = {name for _, indices in one.entries for index in indices for _, names in index for name in names}
    used |= {name for _, names in one.brackets[0][1] for name in names}
    if {name for name, _, _ in one.bound} - used or letters[0] in used:
        return None
    left = _left(quantity, letters, how)
    name = left[: left.index("[")]
    return f"{name}[{_affine(one.brackets[0][1], how)}] += {' * '.join(_factors(one, how))}"


# -- entries of small layers ---------------------------------------------------------------------------

Polynomial = list[tuple[int, tuple[str, ...]]]


def entries_written(entries: Sequence[tuple[str, Polynomial]], shape: Sequence[int], chance: random.Random) -> Any:
    """The entries of a small layer, each with its left side, as a list, a matrix, lines or statements."""
    latex = chance.random() < 0.5
    cells = [_polynomial(polynomial, latex, chance) for _, polynomial in entries]
    lefts = [_label(label, latex) for label, _ in entries]
    lines = [f"{left} = {cell}" for left, cell in zip(lefts, cells)]
    name = chance.choice(["", "h = ", r"\mathbf{h} = " if latex else "h = "])
    ways: list[Callable[[], Any]] = [
        lambda: ", ".join(lines), lambda: "; ".join(lines), lambda: "\n".join(lines), lambda: " and ".join(lines),
        lambda: lines, lambda: cells, lambda: ", ".join(cells), lambda: f"{name}[{', '.join(cells)}]",
        lambda: f"{name}[{'   '.join(cells)}]", lambda: f"{name}({', '.join(cells)})",
    ]  # fmt: skip
    if latex:
        ways += [
            lambda: r"\begin{aligned} " + r" \\ ".join(one.replace("=", "&=") for one in lines) + r" \end{aligned}",
            lambda: name + r"\begin{pmatrix} " + r" \\ ".join(cells) + r" \end{pmatrix}",
            lambda: name + r"\left[\begin{array}{cc} " + " & ".join(cells) + r" \end{array}\right]",
            lambda: r"\begin{bmatrix} " + r" \\ ".join(lefts) + r" \end{bmatrix} = \begin{bmatrix} "
            + r" \\ ".join(cells) + r" \end{bmatrix}",
        ]  # fmt: skip
    return chance.choice(ways)()


def _label(label: str, latex: bool) -> str:
    return f"{label[0]}_{{{label[1:]}}}" if latex else label


def _polynomial(polynomial: Polynomial, latex: bool, chance: random.Random) -> str:
    times = chance.choice(["", " ", r"\cdot " if latex else "*"])
    text = ""
    for coefficient, labels in polynomial:
        sign = "-" if coefficient < 0 else "+" if text else ""
        number = [str(abs(coefficient))] if abs(coefficient) != 1 or not labels else []
        text += (f" {sign} " if text else sign) + times.join([*number, *(_label(one, latex) for one in labels)])
    return text or "0"


def small_outputs(n: int, K: int) -> list[tuple[str, Polynomial]]:
    """The outputs of a line of n inputs and a kernel of K, by plain loops."""
    return [(f"h{i + 1}", [(1, (f"w{k + 1}", f"X{i + k + 1}")) for k in range(K)]) for i in range(n - K + 1)]


def plane_outputs(n: int, K: int) -> list[tuple[str, Polynomial]]:
    """The outputs of a plane of n times n inputs and a square kernel."""
    offsets = list(product(range(K), repeat=2))
    return [
        (f"h{i + 1}{j + 1}", [(1, (f"w{a + 1}{b + 1}", f"X{i + a + 1}{j + b + 1}")) for a, b in offsets])
        for i, j in product(range(n - K + 1), repeat=2)
    ]
