"""A layer on the command line: its options, and how their text is read.

Text is read by a small grammar of numbers and letters and never evaluated. Nothing here needs SymPy before a
layer is made.
"""

from __future__ import annotations

import argparse
import inspect
import re
from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from symconv.errors import UsageError

if TYPE_CHECKING:
    from symconv.descriptions.description import Description
    from symconv.layers import Layer

LAYERS = {
    "conv": "Conv",
    "conv-transpose": "ConvTranspose",
    "avg-pool": "AvgPool",
    "unfold": "Unfold",
    "fold": "Fold",
    "upsample": "Upsample",
    "zero-insertion": "ZeroInsertion",
}
PADDING_WORDS = ("valid", "same", "same_tf", "full")
MODES = ("zeros", "circular", "reflect", "replicate")
VECTORS = ("row", "column")
SIGNS = {"asterisk": "*", "star": "\\star"}
NOTATION = {"vectors": "row", "sign": "asterisk", "bold": False}
"""Options of the notation, with their defaults."""
SIZE = "a whole number, or a letter such as n for a symbolic size; one, or one per axis"
ONE_SIZE = "a whole number or a letter"
PER_AXIS = {
    "input_size": SIZE,
    "output_size": "of fold",
    "kernel_size": SIZE,
    "scale_factor": "of upsample",
    "stride": "default: 1 (of avg-pool: the kernel size)",
    "dilation": "distance of kernel elements; default: 1",
    "input_dilation": "distance of input elements, zeros between them; default: 1",
    "output_padding": "of conv-transpose; default: 0",
}
COUNTS = {
    "in_channels": "default: 1",
    "out_channels": "default: 1",
    "channels": "of layers without weights; default: 1",
    "groups": "groups of channels that do not see each other; default: 1",
    "batch_size": "examples; default: one, without a batch axis",
}
FLAGS = {
    "bias": "add one number per output channel",
    "flip": "read the kernel backwards: the convolution of mathematics",
    "count_exclude_pad": "of avg-pool: do not count the padding",
}


def add_layer(parser: argparse.ArgumentParser) -> None:
    """The options that describe a layer, named as in PyTorch."""
    layer = parser.add_argument_group("layer", "named as in PyTorch; several sizes may be joined by commas")
    layer.add_argument("--layer", choices=LAYERS, default="conv", metavar="KIND", help=f"{', '.join(LAYERS)}")
    layer.add_argument(
        "--general", type=int, metavar="AXES", help="use symbols for all that is not given, on AXES axes"
    )
    for name, words in PER_AXIS.items():
        layer.add_argument(_flag(name), nargs="+", metavar="N", help=words)
    layer.add_argument(
        "--padding", nargs="+", metavar="P",
        help="elements added at both ends, or LOW:HIGH, negative to crop (--padding=-1:0), or one of "
        + ", ".join(PADDING_WORDS) + "; default: 0",
    )  # fmt: skip
    layer.add_argument("--padding-mode", metavar="MODE", help=f"{', '.join(MODES)}; default: zeros")
    for name, words in COUNTS.items():
        layer.add_argument(_flag(name), metavar="N", help=words)
    for name, words in FLAGS.items():
        layer.add_argument(_flag(name), action="store_true", default=None, help=words)
    notation = parser.add_argument_group("notation", "how formulas are printed; nothing else depends on it")
    notation.add_argument(
        "--index-base", type=int, default=1, choices=(0, 1), help="labels count from this; default: 1"
    )
    notation.add_argument("--bold", action="store_true", help="bold letters for tensors, in LaTeX")
    notation.add_argument(
        "--vectors", choices=VECTORS, default=NOTATION["vectors"], help="the dense layer is x V, or V^T x"
    )
    notation.add_argument(
        "--sign", choices=SIGNS, default=NOTATION["sign"], help="of the convolution; default: asterisk"
    )


SEVERAL = {"--" + name.replace("_", "-") for name in (*PER_AXIS, "padding")}
"""Options that take a size for every axis."""
ONE_VALUE = {"--layer", "--general", "--padding-mode", "--index-base", "--count-from", "--of", "--max-terms"}
ONE_VALUE |= {"--vectors", "--sign"}
ONE_VALUE |= {"--" + name.replace("_", "-") for name in COUNTS}


def with_sizes_joined(arguments: Sequence[str]) -> list[str]:
    """``--padding 1:2 -1:2`` as ``--padding=1:2,-1:2``, and the claims of ``symconv check`` behind a "--".

    To the parser, "-1:2" looks like an option, and a claim that follows sizes like one more of them.
    """
    kept: list[str] = []
    claims: list[str] = []
    waiting = list(arguments)
    checking = waiting[:1] == ["check"]
    while waiting:
        one = waiting.pop(0)
        if one == "--":
            return [*kept, "--", *claims, *waiting]
        if one in SEVERAL:
            sizes = []
            while waiting and re.fullmatch(r"[+-]?\w+(-\w+)?([:,][+-]?\w+)*", waiting[0]):
                sizes.append(waiting.pop(0))
            kept.append(f"{one}={','.join(sizes)}" if sizes else one)
        elif checking and kept and not re.match(r"--|-h$", one) and kept[-1] not in ONE_VALUE:
            claims.append(one)
        else:
            kept.append(one)
    return [*kept, "--", *claims] if claims else kept


def layer_from(options: argparse.Namespace) -> Layer:
    """The layer that the options describe.

    Raises:
        UsageError: an option is missing or not one of this layer, or its text cannot be read.
        GeometryError: the sizes do not describe a layer.
    """
    import symconv.layers
    from symconv.printing.notation import Notation

    kind: type[Layer] = getattr(symconv.layers, LAYERS[options.layer])
    readers: dict[str, Callable[[Any, str], Any]] = {
        **dict.fromkeys(PER_AXIS, _sizes),
        **dict.fromkeys(COUNTS, _size),
        **dict.fromkeys(FLAGS, lambda value, flag: value),
        "padding": _padding,
        "padding_mode": lambda value, flag: value,
    }
    given = {
        name: reader(value, _flag(name))
        for name, reader in readers.items()
        if (value := getattr(options, name)) is not None
    }
    if given.pop("count_exclude_pad", False):
        given["count_include_pad"] = False
    for name in given:
        if name not in kind.PARAMETERS:
            own = ", ".join(_flag(one) for one in kind.PARAMETERS if one in readers)
            raise UsageError(
                f"{_flag(name)} with --layer {options.layer}", "that layer has no such option", f"use {own}"
            )
    notation = Notation(
        index_base=options.index_base, vectors=options.vectors, convolution=SIGNS[options.sign], bold=options.bold
    )
    if options.general is not None:
        return kind.general(options.general, notation=notation, **given)
    for name, parameter in inspect.signature(kind).parameters.items():
        if parameter.default is parameter.empty and name not in given:
            needed = name.replace("_", " ")
            article = "an" if needed[0] in "aeiou" else "a"
            raise UsageError(
                f"no {_flag(name)}", f"this layer needs {article} {needed}", f"add {_flag(name)} 3, or --general 1"
            )
    return kind(**given, notation=notation)


def directory_from(options: argparse.Namespace) -> Path:
    """Where to write. A directory behind the sizes of an option was read as one more of them, and is given back.

    Raises:
        UsageError: there is none, or several sizes may be meant.
    """
    if options.directory is not None:
        return Path(options.directory)
    sizes = {name: _split(texts) for name in (*PER_AXIS, "padding") if (texts := getattr(options, name)) is not None}
    words = [name for name, given in sizes.items() if len(given) > 1 and given[-1].isidentifier()]
    if len(words) > 1:
        axes = min(map(len, sizes.values()))
        words = [name for name in words if len(sizes[name]) > axes]
    if len(words) != 1:
        raise UsageError(
            "no directory",
            "the files have to be written somewhere",
            f"name it first: symconv {options.command} lecture ..",
        )
    *rest, directory = sizes[words[0]]
    setattr(options, words[0], rest)
    return Path(directory)


def _flag(name: str) -> str:
    return "--" + name.replace("_", "-")


def _padding(texts: Sequence[str], flag: str) -> Any:
    """A word, or a number or LOW:HIGH for every axis."""
    if len(texts) == 1 and (word := texts[0].replace("-", "_")) in PADDING_WORDS:
        return word
    parts = _split(texts)
    for part in parts:
        if re.fullmatch(r"[A-Za-z]{4,}(-[A-Za-z]+)?", part):
            raise UsageError(f"{flag} {part}", "no such padding", f"use {', '.join(PADDING_WORDS)}, or a number")
    pairs = [
        tuple(_size(end, flag) for end in part.split(":", 1)) if ":" in part else _size(part, flag) for part in parts
    ]
    return pairs[0] if len(pairs) == 1 and not isinstance(pairs[0], tuple) else tuple(pairs)


def _split(texts: Sequence[str]) -> list[str]:
    return [part for text in texts for part in text.split(",")]


def _sizes(texts: Sequence[str], flag: str) -> Any:
    sizes = [_size(text, flag) for text in _split(texts)]
    return sizes[0] if len(sizes) == 1 else tuple(sizes)


def _size(text: str, flag: str) -> Any:
    """A whole number or the symbol of a letter. Nothing is evaluated."""
    if re.fullmatch(r"[+-]?[0-9]{1,9}", text):
        return int(text)
    if re.fullmatch(r"[A-Za-z][A-Za-z0-9]{0,9}(_[A-Za-z0-9]{1,9})?", text):
        import sympy

        return sympy.Symbol(text, integer=True)
    shown = repr(text if len(text) <= 40 else text[:37] + "...")
    raise UsageError(f"{flag} {shown}", "it is neither a whole number nor a letter", "use 3, or n, or n1")


# -- networks and steps --------------------------------------------------------------------------------

LONGEST_DESCRIPTION = 200_000
"""So many characters are read of a file; a description has fewer."""
SCHEDULES = ("summed", "mean", "sequential")
LOSSES = ("squared", "mse", "cross_entropy", "generic")


def add_network(parser: argparse.ArgumentParser) -> None:
    """The option that names a network's description."""
    parser.add_argument(
        "--network", type=Path, metavar="FILE",
        help="in place of a layer: a network described in YAML (docs/network-format.md)",
    )  # fmt: skip


def add_step(parser: argparse.ArgumentParser) -> None:
    """The options that describe a step of gradient descent on the layer."""
    step = parser.add_argument_group("step", "notes on a step of gradient descent on the layer")
    step.add_argument("--step", choices=SCHEDULES, help="all patches together, their mean, or patch by patch")
    step.add_argument("--loss", choices=LOSSES, help="default: squared, which is 1/2 sum (h - t)^2")
    step.add_argument("--learning-rate", metavar="ETA", help="a number such as 0.1 or 1/10; default: the symbol eta")


def description_from(options: argparse.Namespace) -> Description:
    """The network of ``--network``.

    Raises:
        UsageError: options of a layer are given as well, or the file cannot be read.
        DescriptionError: the description is wrong; with the line.
    """
    from symconv.descriptions.description import read_description

    layer = {**dict.fromkeys((*PER_AXIS, *COUNTS, *FLAGS, "padding", "padding_mode", "general", "step", "loss"))}
    given = [name for name in layer if getattr(options, name, None) is not None]
    given += [name for name, usual in NOTATION.items() if getattr(options, name) != usual]
    if given or options.layer != "conv":
        flag = _flag(given[0]) if given else "--layer"
        raise UsageError(f"--network with {flag}", "a description says all of the network", "leave one of them out")
    try:
        with options.network.open(encoding="utf-8") as file:
            text = file.read(LONGEST_DESCRIPTION)
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "not text in UTF-8"
        raise UsageError(f"--network {options.network}", f"{why}", "name a file that can be read") from None
    return read_description(text, str(options.network))


def step_from(options: argparse.Namespace, layer: Layer) -> Any:
    """The step that the options describe, or the layer where they describe none.

    Raises:
        UsageError: options of a step without ``--step``, or a learning rate that is not a number.
    """
    from symconv.gradient_step.sgd import ETA, sgd_step

    if options.step is None:
        for name in ("loss", "learning_rate"):
            if getattr(options, name) is not None:
                raise UsageError(f"{_flag(name)} without --step", "it is about a step", f"add --step {SCHEDULES[0]}")
        return layer
    rate: Any = ETA
    if options.learning_rate is not None:
        try:
            rate = Fraction(options.learning_rate)
        except (ValueError, ZeroDivisionError):
            raise UsageError(
                f"--learning-rate {options.learning_rate}", "not a number", "use one such as 0.1 or 1/10"
            ) from None
    return sgd_step(layer, options.loss or "squared", rate, options.step)
