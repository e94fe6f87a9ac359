"""Marked formulas of documents are found where they stand and judged: LaTeX, Markdown, notebooks, docstrings."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest

from symconv import Conv, SymconvError, check_document
from symconv.cli.main import main
from symconv.documents.check import LEFT_OUT, MOST_FORMULAS, MOST_REASONS
from symconv.errors import DocumentError
from symconv.testing import assert_document, assert_proved, assert_same

TEX = r"""\documentclass{article}
% symconv: defaults Conv(n, K, stride=s)
\begin{document}
% symconv:
\[ h_i = \sum_k w_k x_{s i+k} \]
Half, 50\% of $x$, stays, and \$5 is a price.
% symconv: grad_weight
\begin{equation}
  \frac{\partial L}{\partial w_k} = \sum_i \delta_i x_{i+k}
\end{equation}
The output $y_i = \sum_k w_k x_{s i + k}$ % symconv: output
is the same as
\begin{align*}
  h_i &= \sum_k w_k x_{s i + k} \\ % symconv:
  % symconv: wrong
  h_i &= \sum_k w_k x_{i + k}
\end{align*}
\begin{verbatim}
% symconv: Nothing(here)
\end{verbatim}
\verb|% symconv: Nothing(here)|
% symconv: Conv(3, 2)
\begin{align}
  h_1 &= w_1 X_1 + w_2 X_2 \\
  h_2 &= w_1 X_2 \\
      &\quad + w_2 X_3
\end{align}
% symconv: Conf(3, 2)
$a$
% symconv: Conv(3, 2)
\end{document}
"""
TEX_FOUND = [
    (5, "proved"), (9, "refuted"), (11, "proved"), (14, "proved"), (16, "refuted"), (24, "proved"), (25, "proved"),
    (29, "unreadable"), (30, "unreadable"),
]  # fmt: skip

MARKDOWN = r"""# A page
<!-- symconv: defaults Conv(n, K) -->
Text with $x$ and `code`, which no mark is about, for $5 or $ 6.

<!-- symconv: -->
$$
h_i = \sum_k w_k x_{i+k}
$$

The gradient is `dL/dw[k] = sum(i, delta[i] x[i + k])`. <!-- symconv: grad_weight -->

<!-- symconv: Conv(3, 2)
-->
```
h1 = X1*w1 + X2*w1
```

```html
<!-- symconv: Nothing(here) -->
```
<!-- symconv: Conv(3, 2) index_base=2 -->
$h_1$
<!-- symconv: grad_weigth -->
$h_1$
"""
MARKDOWN_FOUND = [(7, "proved"), (10, "proved"), (15, "refuted"), (22, "unreadable"), (24, "unreadable")]

MODULE = '''"""symconv: a word, and no mark.

.. symconv: Conv(n, K)

    h[i] = sum(k, w[k] x[i + k])
"""


def my_gradient(x, delta):
    r"""The gradient.

    .. symconv: Conv(n, K, stride=2) grad_weight
    .. math::

        \\frac{\\partial L}{\\partial w_k} = \\sum_i \\delta_i x_{i + k}
    """
    raise SystemExit("nobody runs this")
'''


def _written(directory: Path, name: str, text: str) -> Path:
    path = directory / name
    path.write_text(text, encoding="utf-8")
    return path


def _notebook(*cells: tuple[str, str]) -> str:
    made = [{"cell_type": kind, "source": text.splitlines(keepends=True), "metadata": {}} for kind, text in cells]
    return json.dumps({"cells": made, "metadata": {}, "nbformat": 4, "nbformat_minor": 5})


@pytest.mark.parametrize(("name", "text", "found"), [
    ("lecture.tex", TEX, TEX_FOUND),
    ("page.md", MARKDOWN, MARKDOWN_FOUND),
    ("page.MD", MARKDOWN.replace("\n", "\r\n"), MARKDOWN_FOUND),
    ("module.py", MODULE, [(5, "proved"), (15, "refuted")]),
])  # fmt: skip
def test_formulas_are_found_and_judged_where_they_stand(
    tmp_path: Path, name: str, text: str, found: list[tuple[int, str]]
) -> None:
    report = check_document(_written(tmp_path, name, text))
    assert [(result.line, result.status) for result in report.results] == found
    lines = text.splitlines()
    for result in report.results:
        if result.formula:  # the formula begins on that line
            assert result.formula[:5].replace("&", "") in lines[result.line - 1].replace("&", "")
        assert f"{name}:{result.line}" in result.summary
    assert not report.holds and str(report).count("\n") > len(found)


def test_a_wrong_formula_that_is_marked_as_wrong_is_as_marked(tmp_path: Path) -> None:
    report = check_document(_written(tmp_path, "lecture.tex", TEX))
    wrong = next(result for result in report.results if result.wrong)
    assert wrong.status == "refuted" and wrong.holds and "as its mark says" in wrong.summary
    right = _written(tmp_path, "other.tex", "% symconv: wrong Conv(n, K)\n$h_i = \\sum_k w_k x_{i+k}$\n")
    assert not check_document(right).holds


def test_a_notebook_has_cells(tmp_path: Path) -> None:
    text = _notebook(
        ("markdown", "<!-- symconv: Conv(n, K) -->\n$h_i = \\sum_k w_k x_{i+k}$\n"), ("code", "# symconv: Conv(1, 2)"),
        ("markdown", "Words.\n\n<!-- symconv: Conv(n, K) -->\n$h_i = \\sum_k w_k x_{i-k}$\n"),
    )  # fmt: skip
    report = check_document(_written(tmp_path, "lecture.ipynb", text))
    assert [(one.cell, one.line, one.status) for one in report.results] == [(1, 2, "proved"), (3, 4, "refuted")]
    assert report.results[1].place.endswith("lecture.ipynb:cell 3:4")


def test_bare_formulas_follow_their_marks(tmp_path: Path) -> None:
    text = "% symconv: Conv(n, K)\nh_{i} = \\sum_{k} w_{k} x_{i + k}\n\n% symconv: Conv(n, K)\nh_i = w_0\n% end\n"
    report = check_document(_written(tmp_path, "formulas.tex", text))
    assert [(one.line, one.status) for one in report.results] == [(2, "proved"), (5, "refuted")]


def test_defaults_come_from_the_caller_too(tmp_path: Path) -> None:
    path = _written(tmp_path, "a.md", "<!-- symconv: -->\n$h_i = \\sum_{k=1}^K w_k x_{i+k-1}$\n")
    assert check_document(path).results[0].status == "unreadable"
    assert check_document(path, layer="Conv(n, K)", index_base=1).holds
    assert check_document(path, layer=Conv.general(1, stride=1, padding=0, dilation=1, bias=False, in_channels=1,
                                                   out_channels=1), index_base=1).holds  # fmt: skip
    marked = _written(
        tmp_path, "b.md", "<!-- symconv: defaults Conv(n, K) index_base=1 -->\n" + path.read_text(encoding="utf-8")
    )
    assert check_document(marked).holds


@pytest.mark.parametrize(("name", "content", "words"), [
    ("a.txt", b"", "not a kind of document"),
    ("a.tex", b"% symconv: \xff", "not UTF-8"),
    ("a.ipynb", b"symconv: []", "not a notebook"),
    ("a.ipynb", b'{"cells": [1], "symconv:": 0}', "not a notebook"),
    ("a.py", b"symconv: (", "not a Python module"),
    ("a.md", b"<!-- symconv: Conv(3, 2) -->\n$a$\n" * (MOST_FORMULAS + 1), "marked formulas"),
    ("a.md", b" " * 1_000_001, "more than 1,000,000 bytes"),
])  # fmt: skip
def test_what_is_not_a_document_is_an_error(tmp_path: Path, name: str, content: bytes, words: str) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(DocumentError, match=words):
        check_document(path)


def test_missing_files_and_options_are_errors(tmp_path: Path) -> None:
    for path in (tmp_path / "none.md", "a\0.md"):
        with pytest.raises(DocumentError):
            check_document(path)
    (tmp_path / "folder.md").mkdir()
    with pytest.raises(DocumentError):
        check_document(tmp_path / "folder.md")
    path = _written(tmp_path, "a.md", "")
    options: list[dict[str, Any]] = [{"layer": 3}, {"layer": "Conv(3"}, {"index_base": 2}, {"index_base": True}]
    for given in options:
        with pytest.raises(SymconvError):
            check_document(path, **given)
    report = check_document(path)
    assert report.holds and report.results == () and "no formula is marked" in str(report)


def test_the_command_line_checks_documents(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    good = _written(tmp_path, "good.md", "<!-- symconv: Conv(n, K) -->\n$h_i = \\sum_k w_k x_{i+k}$\n")
    bad = _written(tmp_path, "bad.tex", TEX)
    assert main(["check", str(good)]) == 0
    assert "1 of 1 formula as marked" in capsys.readouterr().out
    assert main(["check", str(good), str(bad)]) == 1
    assert "bad.tex:9: grad_weight refuted" in capsys.readouterr().out
    assert main(["check", "--json", str(good), str(bad)]) == 1
    found = json.loads(capsys.readouterr().out)
    assert found["status"] == "refuted" and [len(one["formulas"]) for one in found["documents"]] == [1, len(TEX_FOUND)]
    bare = _written(tmp_path, "bare.md", "<!-- symconv: -->\n$h_i = \\sum_k w_k x_{i+k}$\n")
    assert main(["check", str(bare), "-q", "--input-size", "n", "--kernel-size", "K"]) == 0
    for wrong in ([str(tmp_path / "none.md")], [str(good), "h1 = X1"], [str(_written(tmp_path, "e.md", ""))],
                  [str(good), "--of", "output"]):  # fmt: skip
        assert main(["check", *wrong]) == 2
        assert capsys.readouterr().err.startswith("symconv: ")


def test_assertions(tmp_path: Path) -> None:
    path = _written(tmp_path, "bad.tex", TEX)
    with pytest.raises(AssertionError, match=r"bad\.tex:9: grad_weight refuted"):
        assert_document(path)
    assert_document(_written(tmp_path, "none.tex", ""))
    conv = Conv.general(1)
    assert_same(conv.direct.output, conv.patches.output)
    assert_proved(Conv(3, 2), "h1 = X1*w1 + X2*w2")
    with pytest.raises(AssertionError, match="the stride is left out"):
        assert_proved(Conv(4, 2, stride=2), "X1*w1 + X2*w2, X2*w1 + X3*w2")
    with pytest.raises(AssertionError, match="refuted"):
        assert_same(conv.direct.output, conv.patches.output.replaced(conv.direct.output.form + conv.direct.output.form))


def test_any_text_is_a_document(tmp_path: Path) -> None:
    """Delimiters in any order: an answer or one of our errors."""
    chance = random.Random(3)
    pieces = [
        "$", "$$", "`", "```", "\n", "\n\n", " ", "%", "<!--", "-->", "\\[", "\\]", "\\(", "\\)", "\\\\", "\\",
        "&", "é", "\\begin{align}", "\\end{align}", "\\begin{verbatim}", "\\end{verbatim}", "\\verb|", "symconv:",
        "~~~", "h1 = X1", " Conv(3, 2)", "% symconv: Conv(3, 2)\n", "<!-- symconv: Conv(3, 2) -->", '"""',
        "\\begin{bmatrix}",
    ]  # fmt: skip
    for number in range(400):
        text = "".join(chance.choice(pieces) for _ in range(chance.randint(1, 25)))
        path = _written(tmp_path, f"{number}{chance.choice(['.tex', '.md'])}", text)
        report = check_document(path)
        assert all(1 <= result.line <= text.count("\n") + 1 for result in report.results)


@pytest.mark.parametrize("piece", [
    "$", "`", "$$", "\\[", "\\begin{align}", "<!--", "```\n", "%\n", "\\\\", "\\begin{verbatim}", "\\verb|", "``` `",
    "$a$ ", "$$\n\n", "`a\n\n", "% symconv: defaults Conv(n, K)\n", "symconv:",
])  # fmt: skip
@pytest.mark.parametrize("suffix", [".tex", ".md"])
def test_a_scan_takes_one_pass(tmp_path: Path, piece: str, suffix: str) -> None:
    """A hundred kilobytes of one delimiter; a scan that looks ahead from each of them would not end soon."""
    path = _written(tmp_path, f"a{suffix}", "symconv:\n" + piece * (100_000 // len(piece)))
    try:
        assert check_document(path).holds in (True, False)
    except DocumentError as error:
        assert "marked formulas" in str(error)


def test_reasons_of_many_wrong_formulas_are_left_out(tmp_path: Path) -> None:
    """The first ones have reasons, and those that are not as marked come before those that are."""
    count = 2 * MOST_REASONS
    line = "% symconv:\n\\[ h_i = \\sum_k w_k x_{i-k} \\]\n"
    file = tmp_path / "many.tex"
    file.write_text(
        "% symconv: defaults Conv(n, K)\n% symconv: wrong\n\\[ h_i = 0 \\]\n" + line * count, encoding="utf-8"
    )
    reports = [result.report for result in check_document(file).results]
    left_out = [report is not None and report.explanation == (LEFT_OUT,) for report in reports]
    assert left_out[0] and sum(left_out) > count // 2
    assert left_out[1:] == sorted(left_out[1:]) and not left_out[1]
    assert str(check_document(file)).count("the kernel's index has the wrong sign") == count + 1 - sum(left_out)
