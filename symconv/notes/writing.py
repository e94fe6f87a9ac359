"""write_notes: from a layer to files."""

from __future__ import annotations

import re
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined

from symconv.errors import OutputError, SizeLimitError, SymconvError
from symconv.layers import Conv, Layer, require_layer
from symconv.notes.content import Content
from symconv.notes.files import MARKER, write_files
from symconv.notes.network_content import NetworkContent
from symconv.notes.step_content import StepContent
from symconv.numeric import Progress, spot_check
from symconv.proof import Report, prove
from symconv.training import Sequential, Step

FORMATS = ("tex",)
NETWORK_STEPS = ("proving that the views agree", "writing")
STEPS = ("proving this layer", "proving the general theorem", "checking numbers", "writing")


def write_notes(
    subject: Layer | Sequential | Step,
    directory: str | Path,
    formats: Sequence[str] = ("tex",),
    *,
    name: str | None = None,
    force: bool = False,
    progress: Progress | None = None,
    learning_rate: Fraction | None = None,
) -> list[Path]:
    """Write the derivation as a complete LaTeX article, and return the paths of the files.

    Of a layer: its three views, and the proof that they are the same. Of a network: from one neuron to
    back-propagation through all its parts. Of a step of gradient descent: the update in every view, and patch by patch.

    It compiles with pdflatex and the packages of texlive-latex-recommended. The same layer gives the
    same bytes. Files are written whole or not at all.

    Args:
        subject: a layer, a Sequential, or a Step of ``sgd_step``; concrete or with symbols. Large ones are shown in
            excerpts, and say so; small concrete ones have an example in numbers.
        directory: where to write; made if it is not there.
        formats: "tex".
        name: of the file, without its ending; by default it says the layer's sizes.
        force: overwrite a file that symconv did not write.
        progress: called with (steps done, steps in all, the next step).
        learning_rate: of the example in numbers of a network; 1/10 by default.

    Raises:
        OutputError: an unknown format, a name that is no plain file name, or a file that cannot be written.

    >>> import tempfile
    >>> from symconv.layers import Conv
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     [path.name for path in write_notes(Conv(3, 2), folder)]
    ['conv-3-kernel-2.tex']
    """
    if not isinstance(subject, (Sequential, Step)):
        require_layer(subject, "notes")
    if not isinstance(directory, (str, Path)):
        raise OutputError(f"directory={directory!r}", "it is no path", "use text or a pathlib.Path")
    wanted = (formats,) if isinstance(formats, str) else tuple(formats or ())
    if not wanted:
        raise OutputError("no formats", "there is nothing to write", f"use {', '.join(FORMATS)}")
    for one in wanted:
        if one not in FORMATS:
            raise OutputError(f"the format {one!r}", "it is not written", f"use {', '.join(FORMATS)}")
    stem = default_name(subject) if name is None else name
    if not isinstance(stem, str) or not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}", stem):
        raise OutputError(f"name={stem!r}", "it is no plain file name", "use letters, digits, - and _")
    if isinstance(subject, Sequential):
        text = network_article(subject, progress, learning_rate)
    elif isinstance(subject, Step):
        text = step_article(subject, progress)
    else:
        text = article(subject, progress)
    return write_files(Path(directory), {f"{stem}.tex": text}, force)


def article(conv: Layer, progress: Progress | None = None) -> str:
    """The notes' LaTeX source."""
    tell = progress or (lambda done, total, step: None)
    tell(0, len(STEPS), STEPS[0])
    report = _report(conv)
    if not report.holds:
        raise SymconvError(repr(conv), "its views are not proved to be the same", "look at print(prove(conv))")
    tell(1, len(STEPS), STEPS[1])
    general = prove(conv.family()) if conv.is_concrete else None
    tell(2, len(STEPS), STEPS[2])
    spots = spot_check(report.conv, trials=5)
    tell(3, len(STEPS), STEPS[3])
    notes = Content(conv, report, general, spots)
    text = _render("article.tex.jinja", conv=conv, report=report, general=general, spots=spots, notes=notes)
    tell(4, len(STEPS), "done")
    return text


def network_article(network: Sequential, progress: Progress | None = None, rate: Fraction | None = None) -> str:
    """The LaTeX source of the notes on a network; ``rate`` is the learning rate of its example."""
    tell = progress or (lambda done, total, step: None)
    tell(0, len(NETWORK_STEPS), NETWORK_STEPS[0])
    has_layers = any(part.layer is not None for part in network.parts)
    report = network.prove() if has_layers else None
    if report is not None and not report.holds:
        raise SymconvError(repr(network), "its views are not proved to be the same", "look at print(network.prove())")
    tell(1, len(NETWORK_STEPS), NETWORK_STEPS[1])
    notes = NetworkContent(network) if rate is None else NetworkContent(network, rate)
    text = _render("network.tex.jinja", network=network, report=report, notes=notes)
    tell(2, len(NETWORK_STEPS), "done")
    return text


def step_article(step: Step, progress: Progress | None = None) -> str:
    """The LaTeX source of the notes on a step of gradient descent."""
    tell = progress or (lambda done, total, one: None)
    tell(0, len(NETWORK_STEPS), NETWORK_STEPS[0])
    notes = StepContent(step)
    if not notes.theorem.holds:
        raise SymconvError(repr(step), "its views are not proved to be the same", "look at print(step.prove())")
    tell(1, len(NETWORK_STEPS), NETWORK_STEPS[1])
    text = _render("step.tex.jinja", step=step, notes=notes, scope=notes.on_layer.scope(notes.theorem))
    tell(2, len(NETWORK_STEPS), "done")
    return text


def _render(template: str, **values: object) -> str:
    return _environment().get_template(template).render(marker=MARKER, **values)


def _report(conv: Layer) -> Report:
    """The proof for this layer; where it has too many terms for one, that of the general theorem stands for it."""
    try:
        return prove(conv)
    except SizeLimitError:
        return prove(conv.family())


SHORT = {
    "input_size": "",
    "output_size": "",
    "kernel_size": "kernel",
    "in_channels": "in",
    "out_channels": "out",
    "batch_size": "batch",
    "padding_mode": "mode",
    "output_padding": "outpadding",
    "input_dilation": "indilation",
    "scale_factor": "scale",
}
"""Parameters in file names, where they are shortened."""


def default_name(subject: Layer | Sequential | Step) -> str:
    """conv-3x3-kernel-2x2-out-2, general-2d, network-7-parts, or step-sequential-conv-3-kernel-2."""
    if isinstance(subject, Sequential):
        return f"network-{len(subject)}-part{'s' if len(subject) > 1 else ''}"
    if isinstance(subject, Step):
        return f"step-{subject.schedule}-{default_name(subject.layer)}"[:100]
    conv = subject
    kind = "" if isinstance(conv, Conv) else f"{type(conv).__name__.lower()}-"
    if not conv.is_concrete and conv == conv.family():
        usual = type(conv).general(conv.ndim, **({"bias": conv.bias_term} if "bias" in conv.PARAMETERS else {}))
        if conv == type(conv)(**{**usual.arguments(), "notation": conv.notation}):
            return f"{kind}general-{conv.ndim}d"
    parts = [kind.rstrip("-") or "conv"]
    given = conv.arguments()
    for name, shown in conv.used_arguments().items():
        value = given[name] if isinstance(given[name], str) else shown
        if name in ("input_size", "output_size", "kernel_size", "scale_factor") or not conv.is_default(name):
            text = "" if value is True else _times(value) if isinstance(value, tuple) else str(value)
            parts += [part for part in (SHORT.get(name, name), text) if part]
    return re.sub(r"[^A-Za-z0-9._-]+", "_", "-".join(parts))[:100].rstrip("_")


def _times(sizes: Sequence[object]) -> str:
    return "x".join("_".join(map(str, size)) if isinstance(size, tuple) else str(size) for size in sizes)


def _environment() -> Environment:
    """Jinja with LaTeX-safe marks. Values are LaTeX made by symconv's printers from validated names."""
    return Environment(
        loader=PackageLoader("symconv.notes"), undefined=StrictUndefined, autoescape=False, trim_blocks=True,
        lstrip_blocks=True, keep_trailing_newline=True, block_start_string="<%", block_end_string="%>",
        variable_start_string="<<", variable_end_string=">>", comment_start_string="<#", comment_end_string="#>",
    )  # fmt: skip
