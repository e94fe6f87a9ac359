"""symconv differentiate: the derivative of a formula, or the second derivatives of a layer or a network."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from typing import Any

from symconv.cli.command import PROVED, REFUTED, Command, add_json, add_quiet
from symconv.cli.options import add_layer, add_network, description_from, layer_from
from symconv.cli.parser import Parser, Words
from symconv.cli.streams import print_json
from symconv.errors import UsageError

KINDS = ("hessian", "gauss-newton", "fisher", "kfac", "double-backward")


def add_options(parser: Parser) -> None:
    parser.add_argument(
        "given", nargs="*", metavar="FORMULA",
        help='a formula and the tensors to differentiate it by, one after the other: "y[i] = sum(k, w[k]*x[i+k])" w x; '
        "of a layer or a network, tensors alone: those of a block, such as weight input",
    )  # fmt: skip
    parser.add_argument("--shape", action="append", metavar="NAME=SIZE,..",
                        help="the shape of a tensor in the formula, such as x=n,3; may be repeated")  # fmt: skip
    add_layer(parser)
    add_network(parser)
    parser.add_argument("--second", action=Words, words=KINDS, metavar="KIND",
                        help=f"of a layer or a network: {', '.join(KINDS)} (default: all)")  # fmt: skip
    parser.add_argument("--prove", action="store_true",
                        help="of a layer or a network: prove what is known of these, too")  # fmt: skip
    parser.add_argument("--latex", action="store_true", help="print LaTeX fragments")
    add_json(parser)
    add_quiet(parser)


def run(options: argparse.Namespace) -> int:
    reports: tuple[Any, ...]
    if options.network is None and not options.input_size and not options.general:
        formulas = {"derivative": _derivative(options)}
        subject, reports = options.given[0], ()
    else:
        described = layer_from(options) if options.network is None else description_from(options).network
        subject, formulas = repr(described), dict(_second(described, options))
        reports = tuple(_reports(described, options)) if options.prove else ()
    held = all(report.holds for report in reports)
    if options.json:
        shown = {name: {"text": one.text(), "latex": one.latex()} for name, one in formulas.items()}
        proofs = {"proofs": [report.to_dict() for report in reports]} if options.prove else {}
        print_json({"of": subject, "formulas": shown, **proofs})
    elif not options.quiet:
        for one in formulas.values():
            print(one.latex() if options.latex else one.text())
        for report in reports:
            print(f"\n{report}")
    return PROVED if held else REFUTED


def _derivative(options: argparse.Namespace) -> Any:
    """The derivative of the formula that is given."""
    from symconv.derivatives import differentiate

    if len(options.given) < 2:
        raise UsageError(
            " ".join(options.given) or "nothing", "a formula and what it is differentiated by are needed",
            'write symconv differentiate "y[i] = sum(k, w[k]*x[i+k])" w',
        )  # fmt: skip
    formula, *by = options.given
    return differentiate(formula, *by, shapes=dict(map(_shape, options.shape or ())))


def _shape(text: str) -> tuple[str, tuple[Any, ...]]:
    name, equals, sizes = text.replace(" ", "").partition("=")
    if not equals or not name.isidentifier():
        raise UsageError(f"--shape {text[:60]}", "it is not of the form NAME=SIZE,..", "write --shape x=n,3")
    return name, tuple(int(one) if one.isdigit() else one for one in sizes.split(",") if one)


def _second(subject: Any, options: argparse.Namespace) -> Iterator[tuple[str, Any]]:
    """The formulas that are wanted, by the names of what they are."""
    from symconv import derivatives
    from symconv.layers import Layer

    is_layer = isinstance(subject, Layer)
    if len(options.given) > 2:
        raise UsageError(" ".join(options.given)[:60], "a block is of two tensors at most", "name one or two")
    tensors = options.given or (["weight"] if is_layer and subject.fixed_kernel is None else ["input"] * is_layer)
    for kind in options.second or KINDS:
        if kind == "kfac":
            yield from _factors(subject)
        elif kind == "double-backward":
            formulas = derivatives.double_backward(subject) if is_layer else {}
            yield from ((f"double backward by {name}", one) for name, one in formulas.items())
        elif kind == "fisher" and not is_layer and subject.loss is None:
            continue
        else:
            function = getattr(derivatives, kind.replace("-", "_"))
            found = function(subject, *tensors)
            blocks = found if not tensors else {tuple(tensors): found}
            yield from ((f"{kind} of {' and '.join(block)}", one) for block, one in blocks.items())


def _factors(subject: Any) -> Iterator[tuple[str, Any]]:
    for name, one in _kronecker(subject).items():
        yield f"input factor of {name}", one.input
        yield f"output factor of {name}", one.output


def _kronecker(subject: Any) -> dict[str, Any]:
    """The Kronecker factors of a layer's weights, or of those of all layers; none if there are none."""
    from symconv.derivatives import kfac
    from symconv.layers import Layer

    if isinstance(subject, Layer):
        return {} if subject.fixed_kernel is not None else {subject.notation.weight: kfac(subject)}
    found: Any = {} if subject.loss is None else kfac(subject)
    return dict(found)


def _reports(subject: Any, options: argparse.Namespace) -> Iterator[Any]:
    """What is proved: the double backward pass, and under which condition Kronecker factors are exact."""
    from symconv.derivatives import double_backward
    from symconv.layers import Layer

    wanted = options.second or KINDS
    if "double-backward" in wanted and isinstance(subject, Layer):
        yield double_backward(subject).prove()
    if "kfac" in wanted:
        yield from (one.prove() for one in _kronecker(subject).values())


COMMAND = Command(
    "differentiate a formula, or a layer or a network twice", '"y[i] = sum(k, w[k]*x[i + k])" w x', add_options, run
)  # fmt: skip
