"""write_notes: from a layer to files."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined

from symconv.errors import OutputError, SizeLimitError, SymconvError
from symconv.layers import Conv, Layer, require_layer
from symconv.notes.content import Content
from symconv.notes.files import MARKER, write_files
from symconv.numeric import Progress, spot_check
from symconv.proof import Report, prove

FORMATS = ("tex",)
STEPS = ("proving this layer", "proving the general theorem", "checking numbers", "writing")


def write_notes(
    conv: Layer,
    directory: str | Path,
    formats: Sequence[str] = ("tex",),
    *,
    name: str | None = None,
    force: bool = False,
    progress: Progress | None = None,
) -> list[Path]:
    """Write the derivation as a complete LaTeX article, and return the paths of the files.

    It compiles with pdflatex and the packages of texlive-latex-recommended. The same layer gives the
    same bytes. Files are written whole or not at all.

    Args:
        conv: a layer, concrete or with symbols. Large ones are shown in excerpts, and say so.
        directory: where to write; made if it is not there.
        formats: "tex".
        name: of the file, without its ending; by default it says the layer's sizes.
        force: overwrite a file that symconv did not write.
        progress: called with (steps done, steps in all, the next step).

    Raises:
        OutputError: an unknown format, a name that is no plain file name, or a file that cannot be written.

    >>> import tempfile
    >>> from symconv.layers import Conv
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     [path.name for path in write_notes(Conv(3, 2), folder)]
    ['conv-3-kernel-2.tex']
    """
    require_layer(conv, "notes")
    if not isinstance(directory, (str, Path)):
        raise OutputError(f"directory={directory!r}", "it is no path", "use text or a pathlib.Path")
    wanted = (formats,) if isinstance(formats, str) else tuple(formats or ())
    if not wanted:
        raise OutputError("no formats", "there is nothing to write", f"use {', '.join(FORMATS)}")
    for one in wanted:
        if one not in FORMATS:
            raise OutputError(f"the format {one!r}", "it is not written", f"use {', '.join(FORMATS)}")
    stem = default_name(conv) if name is None else name
    if not isinstance(stem, str) or not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}", stem):
        raise OutputError(f"name={stem!r}", "it is no plain file name", "use letters, digits, - and _")
    return write_files(Path(directory), {f"{stem}.tex": article(conv, progress)}, force)


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
    text = (
        _environment()
        .get_template("article.tex.jinja")
        .render(
            marker=MARKER,
            conv=conv,
            report=report,
            general=general,
            spots=spots,
            notes=Content(conv, report, general, spots),
        )
    )
    tell(4, len(STEPS), "done")
    return text


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


def default_name(conv: Layer) -> str:
    """conv-3x3-kernel-2x2-out-2, or general-2d."""
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
