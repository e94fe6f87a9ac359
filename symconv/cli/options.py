"""A layer on the command line: its options, and how their text is read.

Text is read by a small grammar of numbers and letters and never evaluated. Nothing here needs SymPy before a
layer is made.
"""

from __future__ import annotations

import argparse
import inspect
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from symconv.cli.parser import Parser, Sizes, WholeNumber, Words, near
from symconv.cli.streams import STANDARD, text_from
from symconv.errors import UsageError

if TYPE_CHECKING:
    from symconv.descriptions.description import Description
    from symconv.layers import Layer
    from symconv.printing.notation import Notation

LAYERS = (
    "conv", "conv-transpose", "avg-pool", "max-pool", "unfold", "fold", "upsample", "zero-insertion",
    "adaptive-avg-pool", "adaptive-max-pool", "pad", "pixel-unshuffle", "pixel-shuffle", "interpolate",
    "batch-grouped-conv",
)  # fmt: skip
"""The kinds of layer that --help names, which needs no SymPy; all that are registered can be used."""
QUANTITIES = ("output", "grad_weight", "grad_input", "grad_bias")
VIEWS = ("direct", "fully_connected", "patches")
CLAIMED = (
    *QUANTITIES, "jacobian_input", "jacobian_weight", "jacobian_bias", "matrix", "constraints", "grad_matrix",
    "dense_bias", "patches", "grad_patches", "output_size", "example_grad_weight", "patch_grad_weight", "parameters",
    "operations", "shape",
)  # fmt: skip
FORMATS = ("tex", "beamer", "pdf", "beamer-pdf", "md", "ipynb", "parts", "html", "all")
EXPORTS = ("json", "moodle", "gift", "qti")
DIFFICULTIES = ("easy", "medium", "hard")
LANGUAGES = ("en", "de")
PADDING_WORDS = ("valid", "same", "same_tf", "full")
MODES = ("zeros", "circular", "reflect", "replicate")
VECTORS = ("row", "column")
SIGNS = {"asterisk": "*", "star": "\\star"}
FACTORS = {"wx": "w x", "xw": "x w"}
NOTATION = {"vectors": "row", "sign": "asterisk", "bold": False, "name": None, "letter": None, "factors": "wx"}
"""Options of the notation, as they are if nothing is said."""
SIZE = "a whole number, or a letter such as n for a symbolic size; one, or one per axis"
PER_AXIS = {
    "input_size": SIZE,
    "output_size": "of fold and adaptive pooling",
    "kernel_size": SIZE,
    "size": "of interpolate: size of the output",
    "scale_factor": "of upsample and interpolate",
    "upscale_factor": "of pixel-shuffle",
    "downscale_factor": "of pixel-unshuffle",
    "stride": "default: 1 (of pooling: the kernel size)",
    "dilation": "distance of kernel elements; default: 1",
    "input_dilation": "distance of input elements, zeros between them; default: 1",
    "output_padding": "of conv-transpose; default: 0",
}
COUNTS = {
    "in_channels": "default: 1",
    "out_channels": "default: 1",
    "channels": "of layers without weights; default: 1",
    "divisor_override": "of avg-pool: divide by this number",
    "groups": "groups of channels that do not see each other; default: 1",
    "batch_group_count": "of batch-grouped-conv: groups of examples",
    "batch_size": "examples; default: one, without a batch axis",
}
WORDS = {
    "mode": "of interpolate: nearest, nearest-exact, linear or cubic; default: nearest",
    "coordinates": "of interpolate: half_pixel, asymmetric, align_corners or pytorch_half_pixel",
    "rounding": "of interpolate: floor, ceil, round_prefer_floor or round_prefer_ceil",
}
FLAGS = {
    "align_corners": "of interpolate: the corners of input and output are the same points",
    "bias": "add one number per output channel",
    "flip": "read the kernel backwards: the convolution of mathematics",
    "depth_first": "of pixel-shuffle and pixel-unshuffle: number the elements of a block before the channels",
    "ceil_mode": "of pooling: add a window for what is left over",
    "allow_empty": "allow a batch of 0 and outputs of size 0",
    "count_exclude_pad": "of avg-pool: do not count the padding",
}


def add_layer(parser: Parser) -> None:
    """The options that describe a layer, named as in PyTorch."""
    layer = parser.add_argument_group("layer", "named as in PyTorch; a size for each axis may be given: 3 3 or 3,3")
    layer.add_argument("--layer", default="conv", metavar="KIND",
                       help=f"{', '.join(LAYERS)}; default: conv")  # fmt: skip
    layer.add_argument("--general", action=WholeNumber, nargs="?", const="1", metavar="AXES",
                       help="letters for all that is not given, on this number of axes (alone: 1)")  # fmt: skip
    for name, words in PER_AXIS.items():
        layer.add_argument(_flag(name), action=Sizes, metavar="N", help=words)
    layer.add_argument(
        "--padding", action=Sizes, metavar="P",
        help="elements added at both ends, or LOW:HIGH, negative to crop (--padding -1:0), or one of "
        + ", ".join(PADDING_WORDS) + "; default: 0",
    )  # fmt: skip
    layer.add_argument("--padding-mode", metavar="MODE", help=f"{', '.join(MODES)}; default: zeros")
    for name, words in COUNTS.items():
        layer.add_argument(_flag(name), metavar="N", help=words)
    for name, words in WORDS.items():
        layer.add_argument(_flag(name), metavar="WORD", help=words)
    for name, words in FLAGS.items():
        layer.add_argument(_flag(name), action="store_true", default=None, help=words)
    layer.add_argument("--no-bias", dest="bias", action="store_false", default=None,
                       help="no bias, which is the default")  # fmt: skip
    notation = parser.add_argument_group("notation", "how formulas are printed; nothing else depends on it")
    notation.add_argument("--name", action="append", metavar="ROLE=NAME",
                          help="name a tensor, as in weight=W or grad_output=g; may be repeated")  # fmt: skip
    notation.add_argument(
        "--index-base",
        action=Words,
        words=("0", "1"),
        single=True,
        metavar="N",
        help="labels and formulas count from this, 0 or 1; default: labels from 1, formulas from 0",
    )
    notation.add_argument("--letter", action="append", metavar="AXIS=LETTER",
                          help="an index letter, as in output=a or kernel=u; may be repeated")  # fmt: skip
    notation.add_argument("--factors", action=Words, words=FACTORS, single=True, default="wx", metavar="ORDER",
                          help="wx: weights first in a product; xw: the input first; default: wx")  # fmt: skip
    notation.add_argument("--limits", action="store_true", help="sums with limits, as in sum over k = 0..2")
    notation.add_argument("--bold", action="store_true", help="bold letters for tensors, in LaTeX")
    notation.add_argument("--vectors", action=Words, words=VECTORS, single=True, default="row", metavar="KIND",
                          help="row: the dense layer is x V; column: it is V^T x; default: row")  # fmt: skip
    notation.add_argument("--sign", action=Words, words=SIGNS, single=True, default="asterisk", metavar="SIGN",
                          help="of the convolution, asterisk or star; default: asterisk")  # fmt: skip


def layer_from(options: argparse.Namespace) -> Layer:
    """The layer that the options describe.

    Raises:
        UsageError: an option is missing or not one of this layer, or its text cannot be read.
        GeometryError: the sizes do not describe a layer.
    """
    from symconv.layers import kinds_by_name

    kinds = kinds_by_name("-")
    if options.layer not in kinds:
        raise UsageError(
            f"--layer {options.layer}",
            "not a kind of layer",
            near(options.layer, kinds) or f"use {', '.join(kinds)}",
        )
    kind = kinds[options.layer]
    readers: dict[str, Callable[[Any, str], Any]] = {
        **dict.fromkeys(PER_AXIS, _sizes),
        **dict.fromkeys(COUNTS, _size),
        **dict.fromkeys(FLAGS, lambda value, flag: value),
        **dict.fromkeys(WORDS, lambda value, flag: value),
        "padding": _padding,
        "padding_mode": lambda value, flag: value,
    }
    given = {
        name: reader(value, _flag(name))
        for name, reader in readers.items()
        if (value := getattr(options, name)) is not None
    }
    if given.get("bias") is False and "bias" not in kind.PARAMETERS:
        del given["bias"]
    if given.pop("count_exclude_pad", False):
        given["count_include_pad"] = False
    for name in given:
        if name not in kind.PARAMETERS:
            own = ", ".join(_flag(one) for one in kind.PARAMETERS if one in readers)
            raise UsageError(
                f"{_flag(name)} with --layer {options.layer}", "that layer has no such option", f"use {own}"
            )
    notation = _notation(options)
    if options.general is not None:
        usual = {"bias": False} if "bias" in kind.PARAMETERS else {}
        return kind.general(options.general, notation=notation, **{**usual, **given})
    for name, parameter in inspect.signature(kind).parameters.items():
        if parameter.default is parameter.empty and name not in given:
            needed = name.replace("_", " ")
            article = "an" if needed[0] in "aeiou" else "a"
            raise UsageError(
                f"no {_flag(name)}", f"this layer needs {article} {needed}", f"add {_flag(name)} 3, or --general"
            )
    return kind(**given, notation=notation)


def _named(
    texts: Iterable[str] | None, option: str, form: str, roles: Sequence[str], example: str
) -> Iterator[tuple[str, str]]:
    """What ROLE=NAME says, for each of an option's texts."""
    named = set()
    for text in texts or ():
        role, _, name = text.partition("=")
        role = role.strip().replace("-", "_")
        if role not in roles or not name:
            wrong = f"it is not of the form {form}" if role in roles else f"nothing is called {role[:40]!r}"
            right = near(role, roles) if role not in roles else ""
            right = right or f"use {example}; the roles are {', '.join(roles)}"
            raise UsageError(f"{option} {text[:60]}", wrong, right)
        if role in named:
            raise UsageError(f"{option} {text[:60]}", f"{role} has a name already", "leave one of them out")
        named.add(role)
        yield role, name.strip()


def _notation(options: argparse.Namespace) -> Notation:
    """Names and other choices of how formulas are printed."""
    from symconv.printing.notation import LETTERS, ROLES, Notation

    names: dict[str, Any] = dict(_named(options.name, "--name", "ROLE=NAME", ROLES, "weight=W"))
    axes = [axis.replace(" ", "_") for axis in LETTERS]
    letters = {
        axis.replace("_", " "): letter
        for axis, letter in _named(options.letter, "--letter", "AXIS=LETTER", axes, "output=a")
    }
    if options.index_base is not None:
        names["index_base"] = int(options.index_base)
    return Notation(
        **names, vectors=options.vectors, convolution=SIGNS[options.sign], bold=options.bold,
        limits=options.limits, factors=FACTORS[options.factors], letters=letters,
    )  # fmt: skip


def directory_from(options: argparse.Namespace) -> Path:
    """Where to write. A directory behind the words of an option was read as one more of them, and is given back.

    Raises:
        UsageError: no directory, or several, or several sizes may be meant.
    """
    if options.directory and options.output:
        raise UsageError(
            f"{options.directory} and --output {options.output}", "both say where to write", "leave one of them out"
        )
    if given := options.directory or options.output:
        return Path(given)
    sizes = {name: texts for name in (*PER_AXIS, "padding") if (texts := getattr(options, name)) is not None}
    words = [name for name, given in sizes.items() if len(given) > 1 and given[-1].isidentifier()]
    if len(words) > 1:
        axes = min(map(len, sizes.values()))
        words = [name for name in words if len(sizes[name]) > axes]
    if len(words) != 1:
        raise UsageError(
            "no directory",
            "the files have to be written somewhere",
            f"name it: symconv {options.command} lecture .., or -o lecture",
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
    for part in texts:
        if re.fullmatch(r"[A-Za-z]{4,}(-[A-Za-z]+)?", part):
            raise UsageError(f"{flag} {part}", "no such padding", f"use {', '.join(PADDING_WORDS)}, or a number")
    pairs = [
        tuple(_size(end, flag) for end in part.split(":", 1)) if ":" in part else _size(part, flag) for part in texts
    ]
    return pairs[0] if len(pairs) == 1 and not isinstance(pairs[0], tuple) else tuple(pairs)


def sizes_from(options: argparse.Namespace) -> dict[str, Any]:
    """Sizes and channels of a map that is not a layer, by their names.

    Raises:
        UsageError: a text cannot be read.
    """
    readers = {"input_size": _sizes, "output_size": _sizes, "in_channels": _size, "out_channels": _size}
    return {
        name: reader(value, _flag(name))
        for name, reader in readers.items()
        if (value := getattr(options, name)) is not None
    }


def _sizes(texts: Sequence[str], flag: str) -> Any:
    parts = (part for text in texts for part in re.split(r"(?<=[0-9])[x×](?=[0-9])", text))  # 5x5
    sizes = [_size(part, flag) for part in parts]
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

SCHEDULES = ("summed", "mean", "sequential")
LOSSES = ("squared", "mse", "cross_entropy", "generic")


def add_network(parser: Parser) -> None:
    """The option that names a network's description."""
    parser.add_argument(
        "--network", metavar="FILE",
        help="in place of a layer: a network described in YAML (docs/network-format.md); - is standard input",
    )  # fmt: skip


def add_step(parser: Parser) -> None:
    """The options that describe a step of gradient descent on the layer."""
    step = parser.add_argument_group("step", "notes on a step of gradient descent on the layer")
    step.add_argument("--step", action=Words, words=SCHEDULES, single=True, metavar="SCHEDULE",
                      help="summed, mean or sequential: all patches, their mean, or patch by patch")  # fmt: skip
    step.add_argument("--loss", action=Words, words=LOSSES, single=True, metavar="LOSS",
                      help=f"{', '.join(LOSSES)}; default: squared, which is 1/2 sum (h - t)^2")  # fmt: skip
    step.add_argument("--learning-rate", metavar="ETA", help="a number such as 0.1 or 1/10; default: the symbol eta")


def description_from(options: argparse.Namespace) -> Description:
    """The network of ``--network``.

    Raises:
        UsageError: options of a layer are given as well, or the file cannot be read.
        DescriptionError: the description is wrong; with the line.
    """
    from symconv.descriptions.description import read_description

    layer = {
        **dict.fromkeys((*PER_AXIS, *COUNTS, *WORDS, *FLAGS, "padding", "padding_mode", "general", "step", "loss"))
    }
    given = [name for name in layer if getattr(options, name, None) is not None]
    given += [name for name, usual in NOTATION.items() if getattr(options, name) != usual]
    if given or options.layer != "conv":
        flag = _flag(given[0]) if given else "--layer"
        raise UsageError(f"--network with {flag}", "a description says all of the network", "leave one of them out")
    name = "standard input" if options.network == STANDARD else options.network
    return read_description(text_from(options.network, "--network"), name)


def step_from(options: argparse.Namespace, layer: Layer) -> Any:
    """The step that the options describe, or the layer where they describe none.

    Raises:
        UsageError: options of a step without ``--step``, or a learning rate that is not a number.
    """
    if options.step is None:
        for name in ("loss", "learning_rate"):
            if getattr(options, name) is not None:
                raise UsageError(f"{_flag(name)} without --step", "it is about a step", f"add --step {SCHEDULES[0]}")
        return layer
    from symconv.gradient_step.sgd import ETA, sgd_step

    rate: Any = ETA
    if options.learning_rate is not None:
        try:
            rate = Fraction(options.learning_rate)
        except (ValueError, ZeroDivisionError):
            raise UsageError(
                f"--learning-rate {options.learning_rate}", "not a number", "use one such as 0.1 or 1/10"
            ) from None
    return sgd_step(layer, options.loss or "squared", rate, options.step)
