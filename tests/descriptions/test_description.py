"""Networks described in YAML: what is read, what is refused and on which line, and that nothing is ever executed."""

from __future__ import annotations

import random
import re
import subprocess
import sys
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
import sympy as sp
from sympy.core.cache import CACHE

from symconv import AvgPool, Conv, ConvTranspose, MaxPool, SymconvError, Upsample
from symconv.descriptions.description import read_description, read_network
from symconv.descriptions.words import KEYS, known_layers
from symconv.errors import DescriptionError
from symconv.networks import (
    Activation,
    Add,
    BatchNorm,
    Concat,
    Dropout,
    Flatten,
    GenericLoss,
    Graph,
    Linear,
    MeanSquaredError,
    Multiply,
    Sequential,
    Softmax,
    SquaredError,
)
from tests.tools import parts

PAGE = (Path(__file__).parents[2] / "docs" / "network-format.md").read_text(encoding="utf-8")
n, K, C, N, p, q = sp.symbols("n K C N p q", integer=True, positive=True)

# -- good descriptions ---------------------------------------------------------------------------------

GOOD: list[tuple[str, Callable[[], Sequential]]] = [
    (
        "{input: [1, 3], layers: [conv: {kernel_size: 2}]}",
        lambda: Sequential(Conv.lazy(kernel_size=2), input_shape=(1, 3)),
    ),
    (
        """
        input: [2, 9, n]
        layers:
          - conv:
              kernel_size: [3, 2]
              out_channels: 4
              stride: [2, 1]
              padding: [[0, 1], [-1, p]]
              dilation: 1
              groups: 2
              bias: true
              padding_mode: circular
              input_dilation: [1, 2]
              flip: false
        """,
        lambda: Sequential(
            Conv.lazy(
                kernel_size=(3, 2), out_channels=4, stride=(2, 1), padding=((0, 1), (-1, p)), dilation=1, groups=2,
                bias=True, padding_mode="circular", input_dilation=(1, 2), flip=False,
            ),
            input_shape=(2, 9, n),
        ),
    ),
    (
        "{input: [1, n], layers: [conv: {kernel_size: 3, padding: same}, conv: {kernel_size: K, padding: 'full'}]}",
        lambda: Sequential(
            Conv.lazy(kernel_size=3, padding="same"), Conv.lazy(kernel_size=K, padding="full"), input_shape=(1, n)
        ),
    ),
    (
        "input: [1, 9, 9]\n"
        "layers: [conv: {kernel_size: 3, padding: [1, [2, 0]]}, conv: {kernel_size: 2, padding: -1}]",
        lambda: Sequential(
            Conv.lazy(kernel_size=3, padding=(1, (2, 0))), Conv.lazy(kernel_size=2, padding=-1), input_shape=(1, 9, 9)
        ),
    ),
    (
        "input: [2, 4]\n"
        "layers: [conv_transpose: {kernel_size: 3, stride: 2, padding: 1, output_padding: 1, bias: True}]",
        lambda: Sequential(
            ConvTranspose.lazy(kernel_size=3, stride=2, padding=1, output_padding=1, bias=True), input_shape=(2, 4)
        ),
    ),
    (
        """
        # pooling, up and down
        input: [C, 8, 8]

        batch: N
        layers:
        - avg_pool: {kernel_size: 2, stride: 1, padding: 1, count_include_pad: false}
        - max_pool: {kernel_size: 2, padding: 0}
        - upsample: {scale_factor: [2, 3]}
        """,
        lambda: Sequential(
            AvgPool.lazy(kernel_size=2, stride=1, padding=1, count_include_pad=False),
            MaxPool.lazy(kernel_size=2, padding=0), Upsample.lazy(scale_factor=(2, 3)),
            input_shape=(C, 8, 8), batch_size=N,
        ),
    ),
    (
        """
        input: [n]
        loss: mse
        layers:
          - linear: {in_features: n, out_features: K, bias: false}
          - activation: {name: leaky_relu, negative_slope: 1/5}
          - activation: "gelu"
          - linear: {out_features: 2}
          - activation: f
        """,
        lambda: Sequential(
            Linear(n, K, bias=False), Activation("leaky_relu", Fraction(1, 5)), Activation("gelu"), Linear(None, 2),
            Activation("f"), loss="mse", input_shape=(n,),
        ),
    ),
    (
        "input: 4\nloss: {kind: mse, reduction: sum}\n"
        "layers: [flatten, {flatten: }, batch_norm, batch_norm: {eps: 1e-3}]",
        lambda: Sequential(
            Flatten(), Flatten(), BatchNorm(), BatchNorm(eps=Fraction(1, 1000)), loss=MeanSquaredError("sum"),
            input_shape=(4,),
        ),
    ),
    (
        "input: [3, 4]\nloss: {kind: generic, name: g, reduction: mean}\nindex_base: 0\n"
        "layers: [batch_norm: {num_features: 3, eps: 0.5, affine: false}]",
        lambda: Sequential(
            BatchNorm(3, Fraction(1, 2), affine=False), loss=GenericLoss("mean", "g"), input_shape=(3, 4), index_base=0
        ),
    ),
    (
        "---\nlayers: [conv: {kernel_size: 2}, activation: relu, conv: {kernel_size: 2}]\n"
        "views: {3: fully_connected, 1: patches}\nloss: squared\ninput: [1, 5]\n...\n",
        lambda: Sequential(
            Conv.lazy(kernel_size=2), Activation("relu"), Conv.lazy(kernel_size=2), loss=SquaredError(),
            input_shape=(1, 5), views={1: "patches", 3: "fully_connected"},
        ),
    ),
    (
        re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)[0],
        lambda: Sequential(
            Conv.lazy(kernel_size=5, out_channels=6, padding=2, bias=True), Activation("tanh"),
            AvgPool.lazy(kernel_size=2), Conv.lazy(kernel_size=5, out_channels=16, bias=True), Activation("tanh"),
            AvgPool.lazy(kernel_size=2), Flatten(), Linear(None, 120), Activation("tanh"), Linear(None, 84),
            Activation("tanh"), Linear(None, 10), loss="cross_entropy", input_shape=(1, 28, 28), batch_size=2,
            views={1: "patches", 4: "fully_connected"},
        ),
    ),
]  # fmt: skip


def _said(network: Sequential) -> dict[str, Any]:
    """Everything that a network says: its arguments, and the formulas that follow from them."""
    formulas = {**network.forward, **network.upstream, **network.gradients}
    return {
        "given": network.given, "loss": network.loss, "views": network.chosen_views, "base": network.index_base,
        "input": network.input, "batch": network.batch_size,
        **{name: formula.formula for name, formula in formulas.items()},
    }  # fmt: skip


@pytest.mark.parametrize(("text", "by_hand"), GOOD)
def test_a_description_is_the_network_built_by_hand(text: str, by_hand: Callable[[], Sequential]) -> None:
    assert _said(read_network(text)) == _said(by_hand())


def test_shapes_of_lenet_are_those_of_its_paper() -> None:
    network = read_network(re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)[0])
    assert [part.after.shape[1:] for part in network.parts if part.parameters or part.after.name in ("a3", "a6")] == [
        (6, 28, 28), (6, 14, 14), (16, 10, 10), (16, 5, 5), (120,), (84,), (10,),
    ]  # fmt: skip


def test_every_symbol_is_one_object() -> None:
    """Also if one of SymPy's caches holds an older symbol that equals the one of this text."""
    text = "{input: [n, n], batch: n, layers: [conv: {kernel_size: n, out_channels: n, padding: n}]}"
    read_network(text)
    for cached in CACHE:  # those that make symbols forget, the others do not
        if cached.__module__ == sp.Symbol.__module__:
            cached.cache_clear()
    network = read_network(text)
    options = network.given[0].options.values()
    assert len({id(symbol) for symbol in (*options, *network.input.shape, network.batch_size)}) == 1
    assert network.batch_size == n and network.batch_size.is_positive and network.batch_size.is_integer


def test_the_training_is_returned_exactly() -> None:
    training = "learning_rate: 1e-1, schedule: sequential, momentum: 9/10, weight_decay: .05, seed: 7"
    said = read_description(f"{{input: 3, layers: [flatten], {training}}}")
    assert (said.learning_rate, said.schedule, said.momentum) == (Fraction(1, 10), "sequential", Fraction(9, 10))
    assert (said.weight_decay, said.seed) == (Fraction(1, 20), 7)


def test_the_training_may_be_left_out() -> None:
    said = read_description("{input: 3, layers: [flatten]}")
    assert (said.learning_rate, said.schedule, said.momentum, said.weight_decay, said.seed) == (None, "summed", 0, 0, 0)


# -- bad descriptions ----------------------------------------------------------------------------------

START = "input: [1, 8]\nlayers:\n"  # so that a layer after it is on line 3
END = "\nlayers: [flatten]"
VIEWED = "input: [1, 3]\nlayers: [conv: {kernel_size: 2}]\nviews:"  # on line 3

BAD: list[tuple[str, int, str]] = [
    # the text
    ("", 1, "the text is empty"),
    ("\n\n# nothing but a comment\n", 1, "the text is empty"),
    ("---\n...\n", 1, "the text is empty"),
    ("hello", 1, "the network: hello .* not a map.*input, batch, loss, layers"),
    ("- input\n- layers", 1, "the network: a list .* not a map"),
    (START + "  - flatten\n\t- flatten", 4, "a tab .* use spaces"),
    (START + "  - conv:\t{kernel_size: 2}", 3, "a tab .* use spaces"),
    (START + "  - conv: {kernel_size: [2}\n", 3, "not a YAML"),
    (START + "  - conv: {kernel_size: 2\n  - flatten\n", 3, "not a YAML: while parsing a flow mapping"),
    (START + "  - conv: kernel_size: 2\n", 3, "not a YAML: mapping values are not allowed here"),
    (START + "  - 'conv\n  - flatten\n\n", 3, "not a YAML: .*quoted scalar"),
    (START + "  - fl\x07atten", 3, "a character with the code 7 "),
    (START + '  - "\\UFFFFFFFF"', 3, "an escape"),
    (START + "  - flatten\n" * 1001, 3, "layers: a list of 1001 .* at most 1000"),
    ("input: [" + "1, " * 16 + "1]" + END, 1, "input: a list of 17 .* at most 16"),
    ("# size " + "9" * 100_000, 1, "a text of 100007 characters .* at most 100000"),
    (START + "  - " + "[" * 20 + "]" * 20, 3, "9 lists and maps in each other .* too deep"),
    (START + "  - " + "{a: " * 20 + "}" * 20, 3, "9 lists and maps in each other .* too deep"),
    ("[" * 50_000, 1, "9 lists and maps in each other"),
    ("input: 3\nlayers: [flatten]\n---\ninput: 3", 3, "a second document"),
    ("%YAML 1.1\n---\ninput: 3" + END, 1, "a directive"),
    ("%YAML 1." + "9" * 5000 + "\n---\n", 1, "directive"),
    ("%TAG ! tag:x:\n---\ninput: 3" + END, 1, "a directive"),
    ("input: |\n  3" + END, 1, r"a block of text, \|"),
    ("input: 3\nloss: >-\n  mse" + END, 2, "a block of text, >"),
    ("input: &size 3" + END, 1, "the anchor &size .* write it out"),
    (START + "  - &one flatten\n  - *one", 3, "the anchor &one"),
    ("input: 3\nlayers: *all", 2, "not a YAML: found undefined alias|the alias \\*all"),
    ("input: !!int 3" + END, 1, "the tag tag:yaml.org,2002:int"),
    ("input: !size 3" + END, 1, "the tag !size"),
    ("!!map {input: 3, layers: [flatten]}", 1, "the tag tag:yaml.org,2002:map"),
    ("? [a, b]\n: 3", 1, "a list as a key"),
    ("input: 3\n? {a: b}\n: 3", 2, "a map as a key"),
    # keys
    ("input: 3\nlayer: [flatten]", 2, "the key layer .* did you mean layers"),
    ("input_shape: 3" + END, 1, "the key input_shape .* did you mean input"),
    ("input: 3\n\nxyzzy: 3" + END, 3, "the key xyzzy .* unknown; use input, batch"),
    ("input: 3\n<<: {a: 1}" + END, 2, "the key << "),
    ("input: 3\n3: 4" + END, 2, "the key 3 "),
    ("input: 3", 1, "it has no layers"),
    ("\nlayers: [flatten]", 2, "it has no input;"),
    ("loss: mse", 1, "it has no input and no layers"),
    ("input: 3\nlayers: [flatten]\ninput: 3", 3, "the key input .* line 1 has it already"),
    (START + "  - conv:\n      stride: 2\n      kernel_size: 2\n      stride: 1", 6, "the key stride .* line 4 has it"),
    # the input and the batch
    ("input:\nlayers: [flatten]", 1, r"input: \(nothing\) .* not a size"),
    ("input: []" + END, 1, r"input: \[\] .* there is nothing in it"),
    ("input: [1, [2]]" + END, 1, "input: a list .* not a size"),
    ("input:\n  - 1\n  - 0" + END, 3, "input: 0 .* at least 1"),
    ("input: {size: 3}" + END, 1, "input: a map .* not a size"),
    ("input: [1, 3.0]" + END, 1, "input: 3.0 .* not a size"),
    ("input: [1, 1e3]" + END, 1, "input: 1e3 .* not a size"),
    ("input: [1, 010]" + END, 1, "input: 010 .* not a size"),
    ("input: [1, 0x10]" + END, 1, "input: 0x10 .* not a size"),
    ("input: [1, 1_000]" + END, 1, "input: 1_000 .* not a size"),
    ("input: [1, 1:30]" + END, 1, "input: 1:30 .* not a size"),
    ("input: [1, 9999999999]" + END, 1, "input: 9999999999 .* not a size"),
    ("input: [1, '3']" + END, 1, "input: '3' .* not a size"),
    ("input: [1, ٣]" + END, 1, "not a size"),
    ("input: [1, n + 1]" + END, 1, r"input: n \+ 1 .* not a size"),
    ("input: [1, 2*n]" + END, 1, r"input: 2\*n .* not a size"),
    ("input: [1, __class__]" + END, 1, "input: __class__ .* not a size"),
    ("input: [1, \"__import__('os').getpid()\"]" + END, 1, "not a size"),
    ("input: [1, True]" + END, 1, "input: True .* not a size"),
    ("input: [1, null]" + END, 1, "input: null .* not a size"),
    ("input: [1, ~]" + END, 1, "input: ~ .* not a size"),
    ("input: [1, m1_1]" + END, 1, "input: m1_1 .* the network has sizes of such names"),
    ("input: 3\nbatch: 0" + END, 2, "batch: 0 .* at least 1"),
    ("input: 3\nbatch: [2]" + END, 2, "batch: a list .* not a size"),
    ("input: 3\nindex_base: 2" + END, 2, "index_base: 2 .* use 0 or 1"),
    # layers
    ("input: 3\nlayers:", 2, r"layers: \(nothing\) .* not a list"),
    ("input: 3\nlayers: []", 2, "there is nothing in it"),
    ("input: 3\nlayers: {flatten: }", 2, "layers: a map .* not a list"),
    (START + "  - flatten\n  -", 4, r"\(nothing\) as a layer"),
    (START + "  - {}", 3, "a map as a layer .* not a layer; use conv, conv_transpose, avg_pool"),
    (START + "  - [flatten]", 3, "a list as a layer"),
    (START + "  - flatten\n  - cnv: {kernel_size: 2}", 4, "layer cnv .* did you mean conv"),
    (START + "  - Conv2d: {kernel_size: 2}", 3, "the layer Conv2d .* did you mean conv"),
    (START + "  - 7", 3, "the layer 7 "),
    (START + "  - conv:\n    kernel_size: 2", 3, "a layer with the keys conv, kernel_size .* indent its options"),
    (START + "  - conv", 3, "conv .* it has no kernel_size"),
    (START + "  - conv:\n", 3, "conv .* it has no kernel_size"),
    (START + "  - flatten\n  - conv: {stride: 2}", 4, "conv .* no kernel_size; its keys: kernel_size, out"),
    (START + "  - conv: 3", 3, "conv: 3 .* not a map"),
    (START + "  - conv: [3]", 3, "conv: a list .* not a map"),
    (START + "  - conv:\n      kernel_size: 2\n      strid: 2", 5, "the key strid of conv .* did you mean stride"),
    (START + "  - conv: {kernel_size: 2, in_channels: 1}", 3, "the key in_channels of conv"),
    (START + "  - conv: {kernel_size: 2, notation: x}", 3, "the key notation of conv"),
    (START + "  - max_pool: {kernel_size: 2, bias: true}", 3, "the key bias of max_pool .* use kernel_size, stride"),
    (START + "  - flatten: {start_dim: 1}", 3, "the key start_dim of flatten .* leave it out"),
    (START + "  - conv: {kernel_size: 0}", 3, "kernel_size of conv: 0 .* at least 1"),
    (START + "  - conv: {kernel_size: -2}", 3, "kernel_size of conv: -2 .* at least 1"),
    (START + "  - conv:\n      kernel_size:\n      - 2.5", 5, "kernel_size of conv: 2.5 .* not a size"),
    (START + "  - conv: {kernel_size: [[2]]}", 3, "kernel_size of conv: a list"),
    (START + "  - conv: {kernel_size: 2, out_channels: [2]}", 3, "out_channels of conv: a list"),
    (START + "  - conv: {kernel_size: 2, bias: yes}", 3, "bias of conv: yes .* use true or false"),
    (START + "  - conv: {kernel_size: 2, bias: 'true'}", 3, "bias of conv: 'true' .* use true or false"),
    (START + "  - conv: {kernel_size: 2, bias: [true]}", 3, "bias of conv: a list .* use true or false"),
    (START + "  - conv: {kernel_size: 2, padding: smae}", 3, "smae .* did you mean same"),
    (START + "  - conv: {kernel_size: 2, padding: []}", 3, r"padding of conv: \[\] "),
    (START + "  - conv: {kernel_size: 2, padding: [[1, 2, 3]]}", 3, "a list of 3 for one axis .* not a pair"),
    (START + "  - conv: {kernel_size: 2, padding: {low: 1}}", 3, "padding of conv: a map"),
    (START + "  - conv: {kernel_size: 2, padding_mode: reflet}", 3, "did you mean reflect"),
    (START + "  - conv: {kernel_size: 2, padding_mode: [zeros]}", 3, "padding_mode of conv: a list .* not a word"),
    (START + "  - unfold: {kernel_size: 2, padding: same}", 3, "padding of unfold: same .* of at least 0"),
    (START + "  - unfold: {kernel_size: 2, padding: -1}", 3, "padding of unfold: -1 .* at least 0"),
    (START + "  - max_pool: {kernel_size: 2, padding: -1}", 3, "given padding=-1: it must be at least 0"),
    (START + "  - activation: rleu", 3, "activation: rleu .* did you mean relu"),
    (START + "  - activation:", 3, "activation .* it has no name"),
    (START + "  - activation: [relu]", 3, "activation: a list .* not a map"),
    (START + "  - activation: {name: [relu]}", 3, "activation: a list .* not a word"),
    (START + "  - activation: {name: leaky_relu, negative_slope: steep}", 3, "steep .* not a number"),
    (START + "  - linear: 3", 3, "linear: 3 .* not a map.*out_features"),
    (START + "  - linear: {bias: true}", 3, "linear .* it has no out_features"),
    (START + "  - batch_norm: {eps: -1}", 3, "eps of batch_norm: -1 .* it is negative"),
    (START + "  - batch_norm: {eps: 0}", 3, "eps=0 .* it is not positive"),
    # loss, views, training
    ("input: 3\nloss: crossentropy" + END, 2, "loss: crossentropy .* did you mean cross_entropy"),
    ("input: 3\nloss:" + END, 2, "loss: "),
    ("input: 3\nloss: [mse]" + END, 2, "loss: a list .* not a map"),
    ("input: 3\nloss: {reduction: sum}" + END, 2, "loss .* it has no kind"),
    ("input: 3\nloss:\n  kind: mse\n  reduction: some" + END, 4, "reduction of loss: some .* mean or sum"),
    ("input: 3\nloss: {kind: mse, name: f}" + END, 2, "the key name of loss mse .* use kind or reduction"),
    ("input: 3\nloss: {kind: generic, name: f(x)}" + END, 2, r"name of loss: f\(x\) "),
    (VIEWED + " patches", 3, "views: patches .* not a map"),
    (VIEWED + " {1: patchs}", 3, "patchs .* did you mean patches"),
    (VIEWED + " {1: [patches]}", 3, "the view of part 1: a list"),
    (VIEWED + "\n  2: direct", 4, "part 2 .* no such part"),
    (VIEWED + " {0: direct}", 3, "part 0 .* no such part"),
    (VIEWED + " {first: direct}", 3, "part first .* no such part"),
    ("input: [1, 3]\nlayers: [flatten]\nviews: {1: direct}", 3, r"part 1, Flatten\(\) .* only one"),
    ("input: [1, 3]\nlayers: [max_pool: {kernel_size: 2}]\nviews: {1: fully_connected}", 3, "use direct or patches"),
    ("input: 3\nlearning_rate: fast" + END, 2, "learning_rate: fast .* not a number; use a number such as 0.1"),
    ("input: 3\nlearning_rate: 1/0" + END, 2, "learning_rate: 1/0 .* not a number"),
    ("input: 3\nlearning_rate: -1/2" + END, 2, "learning_rate: -1/2 .* it is negative"),
    ("input: 3\nlearning_rate: 1e999999999" + END, 2, "learning_rate: 1e999999999 .* not a number"),
    ("input: 3\nlearning_rate: .nan" + END, 2, "learning_rate: .nan .* not a number"),
    ("input: 3\nlearning_rate: '0.1'" + END, 2, "learning_rate: '0.1' .* not a number"),
    ("input: 3\nmomentum: [0.9]" + END, 2, "momentum: a list .* not a number"),
    ("input: 3\nweight_decay: -0.1" + END, 2, "weight_decay: -0.1 .* it is negative"),
    ("input: 3\nschedule: sumed" + END, 2, "schedule: sumed .* did you mean summed"),
    ("input: 3\nseed: -1" + END, 2, "seed: -1 .* at least 0"),
    ("input: 3\nseed: 1.5" + END, 2, "seed: 1.5 .* not a whole number"),
    # networks that cannot be built
    (
        START + "  - conv: {kernel_size: 3}\n  - max_pool: {kernel_size: 9}\n  - flatten", 4,
        r"part 1, Conv.lazy\(kernel_size=3\), with an output of shape \(1, 6\), then part 2, MaxPool.lazy.* only 6",
    ),
    (START + "  - flatten\n\n  # too late\n  - conv: {kernel_size: 3}", 6, r"\(8,\), then part 2, .* spatial"),
    (START + "  - conv: {kernel_size: 9}", 3, r"an input of shape \(1, 8\), then part 1, .* only 8"),
    (START + "  - conv: {kernel_size: [2, 2]}", 3, "different numbers of axes"),
    (
        START + "  - activation: relu\n  - linear: {in_features: 7, out_features: 1}", 4,
        r"part 1, Activation.*, with an output of shape \(1, 8\), then part 2, Linear.* is 8, not 7",
    ),
    (START + "  - activation: relu\n  - batch_norm: {num_features: 2}", 4, "it has 1 channels, not 2"),
    ("input: [4, 8]\nlayers:\n  - conv: {kernel_size: 2, groups: 3}", 3, "3 groups do not divide"),
    (START + "  - conv: {kernel_size: w1}", 3, "w1 .* a tensor of the layer has that name"),
    ("input: [1, w2]\nlayers:\n  - flatten\n  - linear: {out_features: 2}", 1, "the size w2 .* a tensor of the"),
    ("input: [1, w2]\nloss: {kind: mse}\nlayers:\n  - conv: {kernel_size: K}\n  - activation: f", 1, "the size w2 "),
]  # fmt: skip


@pytest.mark.parametrize(("text", "line", "message"), BAD, ids=lambda value: str(value)[-40:])
def test_an_error_names_its_line_and_what_is_wrong(text: str, line: int, message: str) -> None:
    with pytest.raises(DescriptionError) as caught:
        read_description(text, "net.yaml")
    assert re.search(message, str(caught.value)), caught.value
    assert (caught.value.line, caught.value.source) == (line, "net.yaml")
    assert f"on line {line} of net.yaml" in str(caught.value)


@pytest.mark.parametrize("place", range(12))
def test_the_line_is_that_of_the_part_that_does_not_fit(place: int) -> None:
    """Wherever it is, and whatever is behind it."""
    layers = ["  - activation: tanh"] * 12
    layers[place] = "  - conv: {kernel_size: 9}"
    with pytest.raises(DescriptionError, match=f"then part {place + 1},") as caught:
        read_network("\n".join(["input: [1, 8]", "loss: mse", "views:", f"  {place + 1}: patches", "layers:", *layers]))
    assert caught.value.line == 6 + place


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_lines_are_counted_as_editors_count_them(ending: str) -> None:
    for wrong in ("  - flaten", "  - fl\x07atten", "  - [", '  - "\\UFFFFFFFF"'):
        with pytest.raises(DescriptionError) as caught:
            read_network(ending.join(["input: [1, 8]", "# a comment", "layers:", "  - flatten", wrong]))
        assert caught.value.line == 5


def test_a_description_is_text() -> None:
    with pytest.raises(SymconvError, match="of type bytes: not text"):
        read_network(b"input: 3")  # type: ignore[arg-type]


def test_without_pyyaml_it_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "yaml", None)
    with pytest.raises(SymconvError, match=r'pip install "symconv\[network\]"'):
        read_network("{input: 3, layers: [flatten]}")


def test_pyyaml_is_loaded_when_a_text_is_read() -> None:
    script = (
        "import sys, symconv.descriptions.description as d; assert 'yaml' not in sys.modules;"
        "d.read_network('{input: 3, layers: [flatten]}'); assert 'yaml' in sys.modules"
    )
    subprocess.run([sys.executable, "-c", script], check=True)


# -- nothing is executed -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "value",
    [
        "!!python/object/apply:pathlib.Path.touch [!!python/object/apply:pathlib.Path [{path}]]",
        "!!python/object/apply:builtins.open [{path}, w]",
        "!!python/object/new:builtins.open {{args: [{path}, w]}}",
        "!!python/name:builtins.open",
        "!!python/module:antigravity",
        "\"__import__('pathlib').Path('{path}').touch()\"",
        "open('{path}', 'w')",
    ],
)
@pytest.mark.parametrize(
    "place", ["{}", "input: {}", "input: 3\nlayers: [flatten: {}]", "input: 3\nlayers: [linear: {{out_features: {}}}]"]
)
def test_nothing_is_executed(value: str, place: str, tmp_path: Path) -> None:
    file = tmp_path / "touched"
    with pytest.raises(DescriptionError):
        read_network(place.format(value.format(path=file)))
    assert not file.exists()


def test_aliases_cannot_multiply() -> None:
    """The billion laughs: ten levels, each ten times the one below."""
    levels = [f"l{k}: &l{k} [{', '.join([f'*l{k - 1}'] * 10)}]" for k in range(1, 11)]
    with pytest.raises(DescriptionError, match="the anchor &l0"):
        read_network("\n".join(["l0: &l0 lol", *levels]))


SEEDS = [text for text, _ in GOOD]
PIECES = [
    "conv", "flatten", "max_pool", "linear", "activation", "kernel_size", "padding", "out_features", "[", "]", "{", "}",
    ",", ":", "- ", "\n", "  ", "\t", "'", '"', "#", "&a ", "*a", "!!python/object/apply:os.getpid []", "!!int ", "|",
    ">", "---", "%", "? ", "0", "-1", "3", "n", "1/0", "1e9", ".inf", "true", "null", "~", "<<", "\\", "\x00", "\ufeff",
    "é", "\ud800", "same", "w1", "m1_1", "views: {1: patches}", "batch: N", "loss: mse",
]  # fmt: skip


def _mutated(draw: random.Random) -> str:
    text = draw.choice(SEEDS)
    for _ in range(draw.randint(1, 4)):
        start = draw.randrange(len(text) + 1)
        end = min(len(text), start + draw.choice([0, 0, 1, 1, 3, 10]))
        kind = draw.randrange(4)
        if kind == 0:  # something inserted or replaced
            text = text[:start] + draw.choice(PIECES) + text[end:]
        elif kind == 1:  # left out
            text = text[:start] + text[end:]
        elif kind == 2:  # one line twice, or elsewhere
            lines = text.split("\n")
            line = draw.choice(lines)
            lines.insert(draw.randrange(len(lines) + 1), line)
            text = "\n".join(lines)
        else:  # one word in place of another
            words = re.findall(r"\w+", text) or ["n"]
            text = re.sub(rf"\b{draw.choice(words)}\b", draw.choice(words), text, count=1)
    return text


@pytest.mark.parametrize("seed", parts(8, 4))
def test_a_text_with_mistakes_is_a_network_or_an_error_with_a_line(seed: int) -> None:
    draw = random.Random(seed)
    read = refused = 0
    for _ in range(250):
        text = _mutated(draw)
        try:
            network = read_network(text)
        except DescriptionError as error:
            refused += 1
            assert 1 <= error.line <= len(re.findall(r"\r\n|[\n\r\x85\u2028\u2029]", text)) + 1, text
        else:
            read += 1
            assert isinstance(network, Sequential) and len(network) >= 1
    assert read > 10 and refused > 100  # so both are tried


# -- the page ------------------------------------------------------------------------------------------


def test_the_page_has_every_layer_with_its_options() -> None:
    rows = dict(
        re.findall(r"^\| `(\w+)` \| (.*) \|$", PAGE.split("## Layers")[1].split("## The loss")[0], re.MULTILINE)
    )
    assert set(rows) == set(known_layers())
    for layer, entry in known_layers().items():
        assert [key for key in entry.keys if f"`{key}`" not in rows[layer]] == []
        needed = re.findall(r"`(\w+)` \(needed\)", rows[layer])
        assert needed == list(entry.needed)


def test_the_page_has_every_key() -> None:
    rows = re.findall(r"^\| ((?:`\w+`(?:, )?)+) \|", PAGE.split("## The keys")[1].split("## Layers")[0], re.MULTILINE)
    assert set(re.findall(r"\w+", " ".join(rows))) == set(KEYS)


# -- branches ------------------------------------------------------------------------------------------

BRANCHES = """
input: [C, n]
batch: N
layers:
  - conv: {out_channels: C, kernel_size: 3, padding: 1}
    name: conv1
  - batch_norm: {training: true}
  - activation: {name: hardtanh, max_val: 2}
  - dropout: 0.25
    name: drop
  - add:
    from: [drop, input]
    name: sum
  - concat: -1
    from: [sum, conv1]
  - multiply:
    from: [sum, sum]
  - softmax: -1
outputs: ["6", "8"]
views: {conv1: patches}
"""


def test_a_network_with_branches() -> None:
    network = read_network(BRANCHES)
    N, C, n = sp.symbols("N C n", integer=True, positive=True)
    nodes = {
        "conv1": Conv.lazy(out_channels=C, kernel_size=3, padding=1),
        "2": BatchNorm(training=True),
        "3": Activation("hardtanh", max_val=2),
        "drop": Dropout(0.25),
        "sum": (Add(), "drop", "input"),
        "6": (Concat(-1), "sum", "conv1"),
        "7": (Multiply(), "sum", "sum"),
        "8": Softmax(-1),
    }
    views = {"conv1": "patches"}
    assert network == Graph(nodes, input_shape=(C, n), batch_size=N, outputs=("6", "8"), views=views)


def test_several_inputs() -> None:
    text = "{input: {left: [2, 3], right: [2, 3]}, layers: [{add: , from: [left, right]}, activation: tanh]}"
    assert read_network(text) == Graph(
        {"1": (Add(), "left", "right"), "2": Activation("tanh")}, input_shape={"left": (2, 3), "right": (2, 3)}
    )
    assert type(read_network("{input: 3, layers: [{flatten: , name: flat}, flatten]}")) is Sequential


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("layers:\n  - flatten\n  - add:\n    from: [1, imput]", 4, "from: imput .*did you mean input"),
        ("layers:\n  - flatten\n  - add:\n    from: [2, input]", 4, "from: 2 .*unknown"),
        ("layers:\n  - flatten:\n    name: input", 3, "name: input .*another layer or an input has it"),
        ("layers:\n  - flatten:\n    name: [a]", 3, "name: a list .*not a name"),
        ("layers:\n  - flatten\n  - flatten:\n    from: input", 3, "nodes 1, 2 .*no node reads them"),
        ("layers:\n  - conv: {kernel_size: 2}\n  - add:\n    from: [1, input]", 3, r"shapes \(1, 7\) and \(2, 8\)"),
        ("layers:\n  - flatten\noutputs: flat", 3, "outputs: flat .*unknown"),
        ("layers:\n  - add", 2, "it joins two tensors or more"),
        ("layers:\n  - {name: a, from: input}", 2, "not a layer"),
    ],
)
def test_branches_that_are_none(text: str, line: int, message: str) -> None:
    with pytest.raises(DescriptionError, match=re.compile(message, re.DOTALL)) as caught:
        read_network("input: [2, 8]\n" + text)
    assert caught.value.line in (line, line + 1)
