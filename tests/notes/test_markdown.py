"""Markdown that every reader shows: CommonMark, GitHub's rules for mathematics, pandoc; notebooks elsewhere."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from markdown_it import MarkdownIt
from markdown_it.token import Token

from symconv import Conv, exercises, write_notes
from symconv.errors import OutputError
from symconv.notes.style import NotesStyle
from symconv.notes.writers.markdown import MarkdownMathematics, MarkdownWriter
from symconv.printing.authored import read
from tests.notes.test_formats import SUBJECTS, document
from tests.tools import require_module, require_tool, thinned

COMMONMARK = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
DISPLAY = re.compile(r"^ *\$\$\n(.*?)\n *\$\$$", re.DOTALL | re.MULTILINE)
INLINE = re.compile(r"(.?)\$([^$]+)\$(.?)", re.DOTALL)
BEFORE, AFTER = re.compile(r"[\s(\[|*\"'„“–—:;,.\-]?"), re.compile(r"[^A-Za-z0-9$]?", re.DOTALL)
"""What GitHub lets stand beside the signs of mathematics in a line."""


def markdown(name: str, language: str = "en") -> str:
    return MarkdownWriter("notes").document(document(name, language))["notes.md"]


def sheets(count: int = 1) -> list[str]:
    layers = (Conv(5, 3, stride=2, padding=1), Conv((3, 3), (2, 2), out_channels=2), Conv.general(2))
    return [exercises(layer, 9, 1).sheet(True) for layer in layers[:count]]


@pytest.mark.parametrize("name", thinned(SUBJECTS, 11))
def test_commonmark_leaves_mathematics_alone(name: str) -> None:
    _require_left_alone(markdown(name))


@pytest.mark.slow
@pytest.mark.parametrize("name", thinned(SUBJECTS, 11))
def test_so_it_does_in_german(name: str) -> None:
    _require_left_alone(markdown(name, "de"))


def _require_left_alone(text: str) -> None:
    """Mathematics, read as if it were words, is the same words: no emphasis, link, element or list in it."""
    found = DISPLAY.findall(text)
    assert found
    for display in found:
        lines = display.split("\n")
        assert all(line.strip() for line in lines)
        assert all(line.endswith(r" \\") or r"\\" not in line for line in lines), display  # one row a line
        _require_words(re.sub(r" \\\\$", "", display, flags=re.MULTILINE))
    for before, latex, after in INLINE.findall(re.sub(r"\\\$", "", DISPLAY.sub("", text))):
        assert BEFORE.fullmatch(before) and AFTER.fullmatch(after), (before, latex, after)
        assert latex == latex.strip() and "\n" not in latex and r"\\" not in latex, latex
        _require_words(latex)
    assert "|" not in "".join(latex for _, latex, _ in INLINE.findall(DISPLAY.sub("", text)))  # tables


def _require_words(latex: str) -> None:
    tokens = COMMONMARK.parse(latex)
    assert [token.type for token in tokens] == ["paragraph_open", "inline", "paragraph_close"], latex
    read = "".join(map(_words, tokens[1].children or []))
    assert read == re.sub(r"^ +", "", latex, flags=re.MULTILINE), latex


def _words(token: Token) -> str:
    assert token.type in ("text", "softbreak"), token
    return "\n" if token.type == "softbreak" else token.content


def test_what_commonmark_would_take_for_markup_is_spelled_otherwise() -> None:
    """The table of pitfalls: each is markup before, and words after."""
    for latex in (r"\mathbf{W}_{1} + {x}_{2} y", r"X *w* v", r"[a = b](c)", r"a <b> c", r"w \, x", r"a\;b", r"\! a"):
        with pytest.raises(AssertionError):
            _require_words(latex)
        _require_words(MarkdownMathematics().formula(read(latex)))
    assert MarkdownMathematics().row((read(r"\begin{bmatrix} - a & 1 \\ + b & 2 \end{bmatrix}"),)).split("\n")[1:3] == [
        "-a & 1 \\\\",
        "+b & 2",
    ]


def test_colours_are_optional(tmp_path: Path) -> None:
    plain = write_notes(Conv(3, 2), tmp_path, "md", name="plain")[0].read_text(encoding="utf-8")
    style = NotesStyle(coloured_formulas=True)
    coloured = write_notes(Conv(3, 2), tmp_path, "md", name="coloured", style=style)[0].read_text(encoding="utf-8")
    assert r"\textcolor" not in plain and r"\color" not in plain and r"\textcolor{#0069FF}{w_{1}}" in coloured
    assert (
        re.sub(r"\\textcolor\{#\w+\}\{((?:[^{}]|\{[^{}]*\})*)\}", r"\1", coloured).replace("coloured-", "plain-")[100:]
        == plain[100:]
    )
    with pytest.raises(OutputError, match="coloured_formulas"):
        NotesStyle(coloured_formulas=1)  # type: ignore[arg-type]


@pytest.mark.tex
@pytest.mark.parametrize(
    "name", ["3x3, two filters", "2-D strided and padded", "every size, 2-D", "network", "step", ""]
)
def test_pandoc_has_no_warnings(name: str, tmp_path: Path) -> None:
    require_tool("pandoc")
    require_tool("rsvg-convert")  # for the figures in a PDF
    if name:
        write_notes(SUBJECTS[name], tmp_path, "md", name="notes")
    else:
        (tmp_path / "notes.md").write_text(sheets()[0], encoding="utf-8")
    for target in ("html", "docx", "epub", "pdf"):
        more = ["--mathml"] if target == "html" else []
        done = subprocess.run(
            ["pandoc", "notes.md", "--metadata", "title=Notes", "--standalone", *more, "-o", f"notes.{target}"],
            cwd=tmp_path, capture_output=True, text=True, timeout=120,
        )  # fmt: skip
        assert (done.returncode, done.stdout + done.stderr) == (0, ""), (target, done.stderr[-1500:])


@pytest.mark.parametrize("count", [1, pytest.param(3, marks=pytest.mark.slow)])
def test_sheets_of_exercises_are_left_alone(count: int) -> None:
    for text in sheets(count):
        tokens = COMMONMARK.parse(text)
        assert not [token for token in tokens if token.type in ("bullet_list_open", "html_block", "code_block")]


# -- notebooks -----------------------------------------------------------------------------------------


def test_notebooks_start_with_an_install_cell(tmp_path: Path) -> None:
    require_module("nbformat")
    cells = json.loads(write_notes(Conv(3, 2), tmp_path, "ipynb")[0].read_text(encoding="utf-8"))["cells"]
    first = next(cell for cell in cells if cell["cell_type"] == "code")
    assert cells.index(first) == 1 and "%pip install -q symconv" in first["source"] and not first["outputs"]


@pytest.mark.slow
def test_the_install_cell_installs_only_where_symconv_is_missing(tmp_path: Path) -> None:
    """As IPython runs it, with pip's magic replaced by one that says so."""
    require_module("IPython")
    program = (
        "import sys\nfrom IPython.core.interactiveshell import InteractiveShell\n"
        "from symconv.notes.writers.notebook import INSTALL\n"
        "shell = InteractiveShell.instance()\n"
        "shell.register_magic_function(lambda line: print('pip', line), magic_name='pip')\n"
        "shell.run_cell(INSTALL)\n"
        "print('then')\n"
        "for name in [name for name in sys.modules if name.partition('.')[0] == 'symconv']: del sys.modules[name]\n"
        "sys.modules['symconv'] = None\n"
        "shell.run_cell(INSTALL)"
    )
    root, environment = Path(__file__).parents[2], {"IPYTHONDIR": str(tmp_path), "HOME": str(tmp_path)}
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=root, env=environment)
    assert done.stdout.split("\n")[:2] == ["then", "pip install -q symconv"], done.stderr[-800:]
