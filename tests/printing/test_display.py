"""How objects show themselves: notation in LaTeX, fragments, Unicode at a terminal, HTML in a notebook."""

from __future__ import annotations

import os
import pty
import re
import subprocess
import sys
from dataclasses import fields, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
import sympy as sp

from symconv import (
    Activation,
    AvgPool,
    Conv,
    ConvTranspose,
    Flatten,
    Linear,
    MaxPool,
    Notation,
    Sequential,
    Unfold,
    Upsample,
    check,
    prove,
    prove_equal,
    sgd_step,
    solve_sharing,
    spot_check,
    write_notes,
)  # fmt: skip
from symconv.algebra.polynomial import Polynomial
from symconv.cli.main import main
from symconv.equivalence import pointwise_convolution_is_linear
from symconv.errors import NotationError, SymconvError
from symconv.notes.model import Display
from symconv.printing import jupyter as display
from symconv.printing.greek import GREEK
from symconv.printing.latex import TensorNames, cells_of, latex_of
from symconv.printing.mathematics import index
from symconv.printing.names import name_of, tensor_name
from symconv.printing.text import text_of
from symconv.printing.tree import (
    KINDS,
    Added,
    Bound,
    Bracket,
    Call,
    Entry,
    Marked,
    Name,
    Negative,
    Node,
    Number,
    Operator,
    Parentheses,
    Partial,
    Power,
    Product,
    Quotient,
    Relation,
    Root,
    Summation,
    Text,
)
from symconv.printing.unicode import unicode
from tests.notes.test_language import document as document_in, mathematics_of, passages
from tests.tools import require_module

ALL = Notation(bold=True, vectors="column", convolution="\\star")
NAMED = Notation(input="image", weight="theta", output="y_out", bias="beta", bold=True, convolution="\\star")

# -- notation ------------------------------------------------------------------------------------------

EXPECTED = [
    (Notation(), "direct", "h = X * w + b"),
    (Notation(), "fully_connected", r"h = X \, v + a"),
    (Notation(convolution="\\star"), "direct", r"h = X \star w + b"),
    (Notation(vectors="column"), "fully_connected", r"h = v^{\mathsf{T}} \, X + a"),
    (Notation(input="x", dense_weight="W", vectors="column"), "fully_connected", r"h = W^{\mathsf{T}} \, x + a"),
    (ALL, "direct", r"\boldsymbol{h} = \boldsymbol{X} \star \boldsymbol{w} + b"),
    (ALL, "fully_connected", r"\boldsymbol{h} = \boldsymbol{v}^{\mathsf{T}} \, \boldsymbol{X} + \boldsymbol{a}"),
    (NAMED, "direct",
     r"\boldsymbol{y}_{\mathrm{out}} = \boldsymbol{\mathit{image}} \star \boldsymbol{\theta} + \beta"),
]  # fmt: skip


@pytest.mark.parametrize(("notation", "view", "expected"), EXPECTED)
def test_a_view_as_one_operation(notation: Notation, view: str, expected: str) -> None:
    assert Conv(3, 2, bias=True, notation=notation).views[view].latex() == expected


def test_a_layer_that_is_no_convolution_has_no_sign() -> None:
    for layer in (AvgPool(4, 2), ConvTranspose(3, 2), Unfold(3, 2), MaxPool(4, 2)):
        assert layer.direct.latex() == layer.direct.output.latex()


def test_bold_letters_in_every_formula() -> None:
    direct = Conv(3, 2, bias=True, notation=Notation(bold=True)).direct
    assert direct.output.latex() == (r"\boldsymbol{h}_{i} = b + \sum_{k} \boldsymbol{w}_{k} \, \boldsymbol{X}_{i + k}")
    assert direct.grad_weight.latex() == (
        r"\frac{\partial L}{\partial \boldsymbol{w}_{k}} = \sum_{i} \boldsymbol{\delta}_{i} \, \boldsymbol{X}_{i + k}"
    )
    assert direct.grad_bias.latex() == r"\frac{\partial L}{\partial b} = \sum_{i} \boldsymbol{\delta}_{i}"
    assert direct.jacobian("weight").latex() == (
        r"\frac{\partial \boldsymbol{h}_{i}}{\partial \boldsymbol{w}_{k}} = \boldsymbol{X}_{i + k}"
    )


def test_bold_letters_in_a_network() -> None:
    network = Sequential(Conv((3, 3), (2, 2), out_channels=2, bias=True), Activation("relu"), loss="squared", bold=True)
    assert network.forward["a2"].latex().startswith(r"\boldsymbol{a}^{(2)}_{o, i_{1}, i_{2}} = \operatorname{relu}")
    assert r"\left(\boldsymbol{z}^{(1)}_{o, i_{1}, i_{2}}\right)" in network.forward["a2"].latex()
    assert network.gradients["b1"].latex() == (
        r"\frac{\partial L}{\partial \boldsymbol{b}^{(1)}_{o}} = "
        r"\sum_{i_{1},\, i_{2}} \boldsymbol{\delta}^{(1)}_{o, i_{1}, i_{2}}"
    )
    assert network.loss_formula.latex().startswith("L = ")
    chain = next(gradient for gradient in network.backward if gradient.name == "w1").latex()
    assert r"\frac{\partial \boldsymbol{z}^{(1)}" in chain and r"\partial z" not in chain
    assert network.with_views("patches").bold


UNBOLD = re.compile(r"\\boldsymbol\{((?:[^{}]|\{[^{}]*\})*)\}")
LAYERS = [
    Conv(3, 2, bias=True), Conv.general(2), Conv((4, 4), (2, 2), stride=2, in_channels=2, out_channels=2, bias=True),
    Conv(4, 3, padding=1, padding_mode="reflect"), Conv.general(1, groups=sp.Symbol("G"), batch_size=sp.Symbol("N")),
    AvgPool.general(1, count_include_pad=False), ConvTranspose.general(1), MaxPool((4, 4), 2),
]  # fmt: skip


def named(layer: Any, notation: Notation) -> Any:
    return type(layer)(**{**layer.arguments(), "notation": notation})


def fragments_of(layer: Any) -> list[str]:
    found = []
    for view in layer.views.values():
        formulas = [getattr(view, name) for name in layer.quantities]
        found += [
            view.latex(),
            *(f.latex() for f in formulas),
            *(view.stage(name).latex() for name in view.definitions),
        ]
    report = prove(layer)
    found += [report.latex(), *(theorem.latex(view) for theorem in report.theorems for view in theorem.views)]
    return found


@pytest.mark.parametrize("layer", LAYERS, ids=repr)
def test_notation_changes_letters_and_nothing_else(layer: Any) -> None:
    plain, bold = fragments_of(layer), fragments_of(named(layer, Notation(bold=True)))
    assert [UNBOLD.sub(r"\1", fragment) for fragment in bold] == plain
    assert all(r"\boldsymbol{L}" not in fragment for fragment in bold)
    letters = {"h", "X", "w", "P", "v", r"\delta"} & set(re.findall(r"\\delta|[A-Za-z]", " ".join(plain)))
    for fragment in bold:
        stripped = re.sub(r"\\text\{[^{}]*\}", "", UNBOLD.sub("", fragment))
        assert not letters & set(re.findall(r"\\[A-Za-z]+|[A-Za-z]", stripped)), fragment


@pytest.mark.parametrize("layer", LAYERS[:4], ids=repr)
def test_notation_changes_no_proof(layer: Any) -> None:
    one, two = prove(layer), prove(named(layer, ALL))
    assert [theorem.certificate() for theorem in one.theorems] == [theorem.certificate() for theorem in two.theorems]
    assert one.scope == two.scope


WRONG: list[dict[str, Any]] = [
    {"vectors": "rows"}, {"vectors": None}, {"convolution": "\\ast"}, {"convolution": ""}, {"bold": 1}, {"bold": "yes"},
]  # fmt: skip


@pytest.mark.parametrize("options", WRONG, ids=str)
def test_an_option_has_few_values(options: dict[str, Any]) -> None:
    with pytest.raises(NotationError, match=next(iter(options))):
        Notation(**options)


MACROS_REFUSED = [
    r"\mathbf{W",
    r"\mathbf{W}}",
    r"\mathbf{}",
    r"\input{x}",
    r"\mathbf{\input}",
    r"\mathbf{W} \write18{x}",
    r"\mathbf{W1}",
    r"\mathbf{W}$",
    "{W}",
    r"\mathbf{\mathbf{\mathbf{\mathbf{W}}}}",
    r"\mathbf{\delta x}",
    r"\mathbf{W_}",
    "\\mathbf{W\n}",
]  # fmt: skip


@pytest.mark.parametrize("macro", MACROS_REFUSED)
def test_a_macro_is_a_style_around_a_name_and_nothing_else(macro: str) -> None:
    for given in (macro, ("W", macro)):
        with pytest.raises(NotationError, match="not LaTeX"):
            Notation(weight=given)  # type: ignore[arg-type]
    with pytest.raises(NotationError, match="not LaTeX"):
        Notation(macros=(("w", macro),))


def test_macros_in_formulas() -> None:
    own = Notation(weight=r"\mathbf{W}", grad_output=r"\boldsymbol{\delta}", input=("x", r"\mathsf{X}"))
    assert (own.weight, own.grad_output, own.input) == ("W", "delta", "x")
    direct = Conv(3, 2, notation=own).direct
    assert direct.output.latex() == r"h_{i} = \sum_{k} \mathbf{W}_{k} \, \mathsf{X}_{i + k}"
    assert r"\boldsymbol{\delta}_{i} \, \mathsf{X}_{i + k}" in direct.grad_weight.latex()
    assert direct.output.unicode() == "h[i] = ∑ₖ W[k] x[i + k]"
    assert replace(own, bold=True).macros == own.macros


def test_names_that_a_layer_does_not_use_give_way() -> None:
    for given in ({"output": "S"}, {"input": "a"}, {"weight": "D"}, {"input": "P", "output": "U", "bias": "v"}):
        own = Notation(**given)
        assert len(set(own.names)) == len(own.names)
        assert all(getattr(own, role) == name for role, name in given.items())
        assert prove(Conv(3, 2, bias=True, notation=own)).holds
        assert prove(MaxPool(4, 2, notation=own)).holds
    for given in ({"input": "w"}, {"switch": "X"}, {"dense_bias": "b"}, {"switch": "Q", "output": "Q"}):
        with pytest.raises(NotationError, match="has that name already"):
            Notation(**given)


def test_names_of_tensors_and_entries_are_bold_and_others_are_not() -> None:
    names = TensorNames(Notation(weight=r"\mathbf{W}", input="x_in", bold=True), frozenset({"W", "x_in", "h", "w1"}))
    labels = ["W", "W13", "W_10_3", "x_in2", "h", "w1", "w1_13", "n1", "L", "w12", "eta"]
    expected = [
        r"\mathbf{W}", r"\mathbf{W}_{13}", r"\mathbf{W}_{10,3}", r"\boldsymbol{x}_{\mathrm{in},2}",
        r"\boldsymbol{h}",
        r"\boldsymbol{w}^{(1)}", r"\boldsymbol{w}^{(1)}_{13}", "n_{1}", "L", "w_{12}", r"\eta",
    ]  # fmt: skip
    assert [names(label) for label in labels] == expected
    h1, w1, n = sp.symbols("h1 W1 n")
    assert names.expression(2 * h1 * w1 + n, {"W1": "wA"}) == r"2 {\color{wA}\mathbf{W}_{1}} \boldsymbol{h}_{1} + n"
    assert names.entry("x_in", ["i + k"]) == r"{\boldsymbol{x}_{\mathrm{in}}}_{i + k}"


def test_the_matrix_is_turned_where_vectors_are_columns(tmp_path: Path) -> None:
    conv = Conv(3, 2, notation=Notation(vectors="column"))
    (path,) = write_notes(conv, tmp_path)
    text = re.sub(r"\{\\color\{\w+\}(\w_\{\d\})\}", r"\1", path.read_text(encoding="utf-8"))
    assert "v^{\\mathsf{T}} = \\begin{bmatrix}\nw_{1} & w_{2} & \\zero \\\\\n\\zero & w_{1} & w_{2}\n" in text
    assert "outputs down the rows and inputs across the columns" in text
    assert r"h = v^{\mathsf{T}} \, X" in text and "2 × 3" in text.replace(r"$\times$", "×")
    (path,) = write_notes(Conv(3, 2), tmp_path / "row")
    text = re.sub(r"\{\\color\{\w+\}(\w_\{\d\})\}", r"\1", path.read_text(encoding="utf-8"))
    assert "v = \\begin{bmatrix}\nw_{1} & \\zero \\\\\nw_{2} & w_{1} \\\\\n\\zero & w_{2}\n" in text
    assert "inputs down the rows and outputs across the columns" in text


@pytest.mark.parametrize(
    ("flip", "words"), [(False, "is cross-correlation"), (True, "is the convolution of mathematics")]
)
def test_the_notes_say_which_operation_the_sign_means(flip: bool, words: str, tmp_path: Path) -> None:
    (path,) = write_notes(Conv(3, 2, flip=flip, notation=Notation(convolution="\\star")), tmp_path)
    assert rf"$h = X \star w$, where $\star$ {words}" in path.read_text(encoding="utf-8")


# -- fragments -----------------------------------------------------------------------------------------


def copied(*arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "symconv", "derive", "--copy-latex", *arguments],
        capture_output=True, text=True, check=True, timeout=120,
    )  # fmt: skip
    return done.stdout


@pytest.mark.tex
def test_fragments_compile_on_their_own_with_amsmath(tmp_path: Path) -> None:
    fragments = [
        one for layer in LAYERS for notation in (Notation(), ALL) for one in fragments_of(named(layer, notation))
    ]
    network = Sequential(
        Conv((4, 4), (3, 3)), Activation("gelu"), Flatten(), Linear(None, 2), loss="cross_entropy", bold=True
    )
    fragments += [formula.latex() for formula in (*network.forward.values(), *network.gradients.values())]
    fragments += [gradient.latex() for gradient in network.backward] + [network.loss_formula.latex()]
    fragments += [sgd_step(Conv(3, 2, notation=ALL), schedule="sequential").latex()]
    body = "\n".join(f"\\[\n{fragment}\n\\]" for fragment in fragments)
    body += "\n" + copied("--general", "2", "--bold", "--vectors", "column", "--sign", "star")
    path = tmp_path / "fragments.tex"
    path.write_text(
        f"\\documentclass{{article}}\\usepackage{{amsmath}}\\begin{{document}}\n{body}\n\\end{{document}}\n",
        encoding="utf-8",
    )
    done = subprocess.run(
        ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "-no-shell-escape", path.name],
        cwd=tmp_path, capture_output=True, text=True, errors="replace", check=False, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-2000:]
    assert len(fragments) > 200


def test_what_is_copied(capsys: pytest.CaptureFixture[str]) -> None:
    options = ["--input-size", "3", "--kernel-size", "2", "--view", "fully_connected", "--of", "output"]
    assert main(["derive", *options, "--copy-latex", "--vectors", "column"]) == 0
    assert capsys.readouterr().out == (
        "% fully connected layer with shared weights\n\\[\nh = v^{\\mathsf{T}} \\, X\n\\]\n"
        "\\[\nh_{i} = \\sum_{k,\\, j} w_{k} \\, X_{j} \\, [j = i + k]\n\\]\n"
    )


def test_notation_is_not_for_described_networks(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["derive", "--network", str(tmp_path / "net.yaml"), "--bold"]) == 2
    assert "--bold" in capsys.readouterr().err


MACROS = re.compile(r"\\([A-Za-z]+|[^A-Za-z])")
STYLE_PAGE = Path(__file__).parents[2] / "docs" / "style.md"


def listed_macros() -> set[str]:
    """The macros that docs/style.md lists for mathematics."""
    section = STYLE_PAGE.read_text(encoding="utf-8").split("## Macros", 1)[1]
    return set(re.findall(r"`\\([A-Za-z]+|[^A-Za-z`])`", section))


DOCUMENTS = ("two filters", "columns", "replicate in general", "average", "small network", "step", "step with softmax")


def test_every_macro_in_mathematics_is_listed() -> None:
    used: set[str] = set()
    for name in DOCUMENTS:
        document = document_in(name, "de")
        pieces = [one for inlines in passages(document) for one in mathematics_of(inlines)]
        pieces += [cells_of(row.cells) for block in document.walk() if isinstance(block, Display) for row in block.rows]
        for piece in pieces:
            used |= set(MACROS.findall(piece))
    used |= {macro for layer in LAYERS for fragment in fragments_of(layer) for macro in MACROS.findall(fragment)}
    assert used - set(GREEK) - listed_macros() == set()


# -- Unicode -------------------------------------------------------------------------------------------

X, W, DELTA = tensor_name("X"), tensor_name("w"), tensor_name("delta2")
K, S, P = (Polynomial.name(name) for name in "ksp")
IN_UNICODE = [
    (Entry(X, (index(S * Polynomial.name("i") + K - P),)), "X[s·i + k − p]", "X[s*i + k - p]"),
    (Product((name_of("C_in"), name_of("n1")), tight=True), "Cᵢₙ·n₁", "C_in*n1"),
    (Quotient(Partial(Name("L")), Partial(Entry(DELTA, (name_of("o"), name_of("i1'"))))), "∂L/∂δ⁽²⁾[o, i₁′]",
     "dL_ddelta2[o, i1']"),
    (Summation((Bound(name_of("c")), Bound(name_of("k1"))), W), "∑{c, k₁} w", "sum(c, k1, w)"),
    (Summation((Bound(name_of("k"), Number(1), name_of("K")),), W), "∑{k=1..K} w", "sum(k = 1..K, w)"),
    (Bracket(Relation((Number(0), name_of("k"), name_of("n")), ("<=", "<"))), "[0 ≤ k < n]", "[0 <= k < n]"),
    (Call(Operator("relu", r"\operatorname{relu}", 1), X), "relu′(X)", "relu'(X)"),
    (Added((Negative(X), Negative(Number(2)))), "− X − 2", "-X - 2"),
    (Power(Entry(X, (name_of("i"),)), 2), "X[i]²", "X[i]**2"),
    (Quotient(Added((name_of("n"), Number(1))), name_of("s")), "(n + 1)/s", "(n + 1)/(s)"),
    (Call(Operator("log", r"\log"), name_of("p"), bare=True), "log p", "log(p)"),
    (Marked(Number(Fraction(1, 2)), (("weight", 0),)), "1/2", "1/2"),
    (Parentheses(Root(X)), "(√(X))", "(sqrt(X))"),
    (Text("max pooling"), "max pooling", "max pooling"),
]  # fmt: skip


@pytest.mark.parametrize(("tree", "expected", "plain"), IN_UNICODE, ids=[row[1] for row in IN_UNICODE])
def test_a_tree_in_unicode_and_in_plain_text(tree: Node, expected: str, plain: str) -> None:
    assert unicode(tree) == expected
    assert text_of(tree) == plain


def test_every_kind_of_node_has_been_written() -> None:
    kinds = {type(one) for tree, _, _ in IN_UNICODE for one in parts(tree)}
    assert kinds == set(KINDS)


def parts(node: Any) -> list[Any]:
    """A node with all nodes inside it."""
    children = [value for one in fields(node) for value in (getattr(node, one.name),)]
    flat = [one for value in children for one in (value if isinstance(value, tuple) else (value,))]
    return [node, *(part for one in flat if isinstance(one, Node) for part in parts(one))]


@pytest.mark.parametrize("write", [unicode, text_of, latex_of])
@pytest.mark.parametrize("stranger", ["x", sp.Symbol("x"), None, Bound])
def test_what_is_no_node_is_an_error(write: Any, stranger: Any) -> None:
    with pytest.raises(SymconvError, match="not a node of the tree"):
        write(stranger)
    with pytest.raises(SymconvError, match="not a node of the tree"):
        write(Product((X, stranger)))


@pytest.mark.parametrize("layer", LAYERS, ids=repr)
def test_no_latex_is_left_in_unicode(layer: Any) -> None:
    for view in layer.views.values():
        for name in layer.quantities:
            text = getattr(view, name).unicode()
            assert not re.search(r"[\\$&^]", text), text
            assert text.count("[") == text.count("]")


def at_a_terminal(*arguments: str, **environment: str) -> str:
    """What the command prints where its output is a terminal."""
    ours, theirs = pty.openpty()
    child = subprocess.Popen(
        [sys.executable, "-m", "symconv", *arguments], stdout=theirs, stderr=subprocess.STDOUT,
        env={**os.environ, **environment},
    )  # fmt: skip
    os.close(theirs)
    said = b""
    while True:
        try:
            more = os.read(ours, 65536)
        except OSError:  # the child has left
            break
        if not more:
            break
        said += more
    assert child.wait(timeout=120) == 0, said
    os.close(ours)
    return said.decode()


SMALL = ("derive", "--input-size", "3", "--kernel-size", "2", "--of", "output", "grad_weight")


def test_a_terminal_gets_unicode_and_a_pipe_or_ascii_does_not() -> None:
    terminal = at_a_terminal(*SMALL, PYTHONIOENCODING="utf-8")
    assert "h[i] = ∑ₖ w[k] X[i + k]" in terminal and "∂L/∂w[k] = ∑ᵢ δ[i] X[i + k]" in terminal
    plain = at_a_terminal(*SMALL, PYTHONIOENCODING="ascii")
    assert plain.isascii() and "h[i] = Sum(X[i + k]*w[k], (k, 0, 1))" in plain
    piped = subprocess.run(
        [sys.executable, "-m", "symconv", *SMALL], capture_output=True, check=True, timeout=120,
        env={**os.environ, "PYTHONIOENCODING": "utf-8"},
    ).stdout.decode()  # fmt: skip
    assert "h[i] = Sum(X[i + k]*w[k], (k, 0, 1))" in piped


# -- notebooks -----------------------------------------------------------------------------------------

CONV = Conv((3, 3), (2, 2), out_channels=2, bias=True)
NETWORK = Sequential(Conv((4, 4), (3, 3)), Activation("relu"), Flatten(), Linear(None, 2), loss="squared")
k, i = sp.symbols("k i", integer=True)
w, X = sp.IndexedBase("w"), sp.IndexedBase("X")
STEP = sgd_step(Conv(3, 2), schedule="sequential")


def refuted() -> Any:
    return prove_equal(sp.Sum(w[k] * X[i + k], (k, 0, 1)), sp.Sum(w[k] * X[i - k], (k, 0, 1)))


OBJECTS = {
    "layer": lambda: CONV, "general layer": lambda: Conv.general(2), "pooling": lambda: AvgPool(4, 2),
    "max pooling": lambda: MaxPool(4, 2), "up-sampling": lambda: Upsample(2, 3),
    "lazy": lambda: Conv.lazy(kernel_size=3),
    "direct": lambda: CONV.direct, "fully connected": lambda: CONV.fully_connected, "patches": lambda: CONV.patches,
    "formula": lambda: CONV.direct.grad_weight, "jacobian": lambda: CONV.direct.jacobian("input"),
    "matrix": lambda: CONV.fully_connected.shared_weight, "report": lambda: prove(CONV),
    "general report": lambda: prove(Conv.general(1)), "theorem": lambda: prove(CONV).theorems[0],
    "verdict": lambda: prove(CONV).theorems[0].verdict, "refuted": refuted, "witness": lambda: refuted().witness,
    "sharing": lambda: solve_sharing(CONV), "general sharing": lambda: solve_sharing(Conv.general(1)),
    "equivariant sharing": lambda: solve_sharing(Conv(3, 2), symmetry="shifts"),
    "equivariance": lambda: solve_sharing(Conv.general(1), symmetry="shifts"),
    "spot check": lambda: spot_check(CONV, trials=1), "check": lambda: check(Conv(3, 2), "h[i] = w[i]"),
    "network": lambda: NETWORK, "network's report": lambda: NETWORK.prove(),
    "network's spot check": lambda: NETWORK.spot_check(trials=1), "gradient": lambda: NETWORK.backward[0],
    "step": lambda: STEP, "step's spot check": lambda: STEP.spot_check(trials=1),
    "equivalence": lambda: pointwise_convolution_is_linear(),
}  # fmt: skip


def valid(html: str) -> Any:
    """The HTML as a tree; anything that is not HTML 5 fails."""
    html5lib = require_module("html5lib")
    page = f"<!DOCTYPE html><html><head><title>t</title></head><body>{html}</body></html>"
    return html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(page)


@pytest.mark.parametrize("name", OBJECTS)
def test_every_object_shows_itself(name: str) -> None:
    shown = OBJECTS[name]()
    html, latex = (getattr(shown, method, lambda: None)() for method in ("_repr_html_", "_repr_latex_"))
    assert html or latex
    assert repr(shown) and str(shown)
    if latex is not None:
        assert latex.startswith("$\\displaystyle ") and latex.endswith("$") and latex.count("$") == 2
    if html is not None:
        tree = valid(html)
        assert "".join(tree.itertext()).strip()


HOSTILE = ["<script>alert(1)</script>", "a & b", '"><img src=x onerror=alert(1)>', "</pre><b>", "$\\input{x}$"]


@pytest.mark.parametrize("text", HOSTILE)
def test_text_is_escaped(text: str) -> None:
    pieces = (display.code(text), display.words(text), display.table([[text]], [text]), display.mathematics(text))
    tree = valid(display.block(*pieces))
    assert {element.tag for element in tree.iter() if isinstance(element.tag, str)} <= {
        "html", "head", "title", "body", "div", "pre", "p", "table", "thead", "tbody", "tr", "th", "td",
    }  # fmt: skip
    assert sum(text in (element.text or "") for element in tree.iter()) == 5


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_names_are_refused_or_escaped(text: str) -> None:
    made = []
    for make in (
        lambda: Conv(sp.Symbol(text, integer=True, positive=True), 2),
        lambda: Conv(3, 2, notation=replace(Notation(), input=text)),
        lambda: Sequential(Conv(3, 2), Activation(text)),
        lambda: Conv.lazy(kernel_size=sp.Symbol(text)),
    ):
        try:
            made.append(make())
        except SymconvError:
            continue
    for shown in made:
        for method in ("_repr_html_", "_repr_latex_"):
            html = getattr(shown, method, lambda: None)()
            assert html is None or ("<script" not in html and "<img" not in html and "<b>" not in html)


def test_a_terminal_notebook_gets_unicode() -> None:
    class Printer:
        said = ""

        def text(self, more: str) -> None:
            self.said += more

    printer = Printer()
    Conv(3, 2).direct.output._repr_pretty_(printer, False)
    assert printer.said == "h[i] = ∑ₖ w[k] X[i + k]"
