r"""From text to signs: TeX, Unicode, Markdown and Python written down in one small alphabet.

Spacing, fonts, alignment and comments mean nothing and are gone; what is left knows where it stood in the writer's own
text, so that errors can point there. Which names there are, this stage does not know.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from symconv.errors import ClaimError
from symconv.printing.greek import GREEK_LETTERS

LONGEST = 4000
"""A claim has at most 4,000 characters."""


class Sign(NamedTuple):
    """One sign of a claim: its kind, which is a terminal of the grammar, its plain text and where it stood."""

    kind: str
    text: str
    at: int
    end: int
    spaces: int = 0
    """How many spaces stand in front of it."""


BELOW = dict(zip("₀₁₂₃₄₅₆₇₈₉ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓ₊₋₌₍₎", "0123456789aehijklmnoprstuvx+-=()"))
ABOVE = dict(
    zip(
        "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ᵃᵇᶜᵈᵉᶠᵍʰⁱʲᵏˡᵐⁿᵒᵖʳˢᵗᵘᵛʷˣʸᶻᴬᴮᴰᴱᴳᴴᴵᴶᴷᴸᴹᴺᴼᴾᴿᵀᵁⱽᵂ",
        "0123456789+-=()abcdefghijklmnoprstuvwxyzABDEGHIJKLMNOPRTUVW",
    )
)
_LOWERED = f"[{''.join(BELOW)}]"
_LETTERS = {letter: name for name, letter in GREEK_LETTERS.items()}
_LETTERS |= {"ℓ": "ell", "ϵ": "epsilon", "ε": "epsilon", "ϕ": "phi", "ϑ": "theta", "ℒ": "L", "∆": "Delta"}

_FONTS = """
    mathbf mathrm mathit mathsf mathcal mathscr mathtt mathfrak boldsymbol bm vec operatorname pmb underline bold rm
    bf it sf cal mathnormal ensuremath hat
"""
_UNSEEN = """
    left right big Big bigg Bigg bigl bigr Bigl Bigr biggl biggr Biggl Biggr bigm displaystyle textstyle scriptstyle
    limits nolimits nonumber notag mathstrut strut hfill allowbreak mathop mathrel mathbin mathord mathopen mathclose
    noindent centering small large thinspace negthinspace medspace thickspace nobreakspace protect
    , ; ! : ( ) [ ] > /
"""
FONTS = frozenset(_FONTS.split())
UNSEEN = frozenset((*_UNSEEN.split(), " ", "\n"))
"""Commands that mean nothing: fonts, and spacing."""

_RAW = re.compile(
    rf"""
  (?P<comment>(?<!\\)(%|\#).*)
| (?P<space>[^\S\n]+|~)
| (?P<newline>\n)
| (?P<begin>\\begin\s*\{{[A-Za-z]+\*?\}}(\[[tbc]\])?(\s*\{{[lcr|\s]*\}})?)
| (?P<end>\\end\s*\{{[A-Za-z]+\*?\}})
| (?P<row>\\\\\*?(\s*\[-?[\d.]+\s*[a-z]+\])?)
| (?P<hidden>\\(label|tag|hspace|vspace|phantom|hphantom|eqref)\*?\s*\{{[^{{}}]*\}}|\\left\s*\.|\\right\s*\.|\$+|`+)
| (?P<worded>\{{\s*(?:\\[a-z]+\{{\\?[A-Za-z]+\}}|\\?[A-Za-z]+)
    _\{{\\mathrm\{{[A-Za-z]+\}}(?:,\\mathrm\{{[A-Za-z]+\}})*\}}\s*\}})
| (?P<tilde>\\(?:tilde|widetilde)\s*\{{\s*(?:\\math[a-z]+\{{)?[A-Za-z]\}}?\s*\}})
| (?P<padding>(?:np\.|F\.|torch\.)?pad\(\s*[xX]\s*,[^()]*(?:\((?:[^()]|\([^()]*\))*\)[^()]*)*\)(?=\[))
| (?P<styled>\\(?:{"|".join(FONTS)})\s*\{{\s*(?:\\[a-z]+|[A-Za-z][A-Za-z0-9]*)\s*\}})
| (?P<words>\\(text|textrm|textit|textbf|textsf|textnormal|mbox)\s*\{{\s*[^{{}}]*\}})
| (?P<command>\\[A-Za-z]+|\\.)
| (?P<DECIMAL>[0-9]+\.[0-9]+)
| (?P<INT>[0-9]+)
| (?P<label>[A-Za-z][A-Za-z0-9]*(_[0-9]+){{2,}})
| (?P<ratio>d[A-Za-z](?:_?[0-9]+|_\{{[0-9, ]+\}})\s*/\s*d(?=[A-Za-z]))
| (?P<slashed>d[A-Za-z]+\s*/\s*d(?:[A-Za-z][A-Za-z0-9]*(_[0-9]+){{2,}}|[A-Za-z][A-Za-z0-9]*|\\[a-z]+|[α-ω]))
| (?P<joined>d[A-Za-z]+(?:_(?!d)[A-Za-z]+)*_d(?:[A-Za-z][A-Za-z0-9]*(_[0-9]+){{2,}}|[A-Za-z][A-Za-z0-9]*))
| (?P<snake>(?:grad|kernel|filter|stride|dilation|padding|pad|batch|in|out|num|input|output)_
    (?:[a-z]{{3,}}|in|out|x|h|w|y|z)(?![A-Za-z0-9]))
| (?P<channels>[A-Za-z]_(in|out)_[a-z])
| (?P<numbered>(?<=[(,\s])[NC]_[ij](?=\s*[,)]))
| (?P<python>(?:np|numpy|torch|jnp|tf|math|F|nn)\.(?=[a-z]))
| (?P<NAME>[A-Za-z][A-Za-z0-9]*)
| (?P<greek>[{"".join(_LETTERS)}])
| (?P<lowered>{_LOWERED}+['′]*(,{_LOWERED}+['′]*)*)
| (?P<raised>[{"".join(ABOVE)}]+)
| (?P<string>"[^"]*"|(?<=einsum\()'[^']*')
| (?P<prime>['′]+)
| (?P<sign>\.\.\.|\*\*|//|:=|\+=|==|<=|>=|<-|\.\.|.)
""",
    re.VERBOSE,
)

SIGNS = {
    "+": "PLUS", "-": "MINUS", "−": "MINUS", "–": "MINUS", "*": "AST", "∗": "AST", "⋅": "TIMES", "·": "TIMES",
    "×": "TIMES", "∙": "TIMES", "⊙": "ODOT", "∘": "ODOT", "⋆": "CONV", "⊛": "CONV", "★": "CONV", "@": "MATMUL",
    "//": "FLOORDIV", "ℤ": "SET", "ℕ": "SET", "/": "SLASH", "∕": "SLASH", "÷": "SLASH",
    "^": "CARET", "**": "CARET", "_": "UNDER", "(": "LPAR", ")": "RPAR",
    "{": "LBRACE", "}": "RBRACE", "[": "LSQB", "]": "RSQB", ",": "COMMA", ";": "SEMI", "=": "EQ", "==": "EQ",
    ":=": "EQ", "≔": "EQ", "+=": "PLUSEQ", "..": "DOTDOT", "...": "DOTS", "…": "DOTS", "⋯": "DOTS", "<": "COMPARE",
    ">": "COMPARE", "<=": "COMPARE", ">=": "COMPARE", "≤": "COMPARE", "≥": "COMPARE", "⩽": "COMPARE", "⩾": "COMPARE",
    "∈": "IN", ":": "COLON", "|": "BAR", "∣": "BAR", "&": "AMP", "Σ": "SUM", "∑": "SUM", "∂": "PARTIAL", "∇": "NABLA",
    "∞": "INFINITY", "⌊": "LFLOOR", "⌋": "RFLOOR", "⌈": "LCEIL", "⌉": "RCEIL", "∀": "FORALL", "←": "ASSIGN",
    "<-": "ASSIGN", ".": "STOP", "⊤": "TOP", "→": "TO", "⟦": "LSQB", "⟧": "RSQB", "!": "BANG", "⊗": "KRON",
}  # fmt: skip
COMMANDS = {
    "cdot": "TIMES", "times": "TIMES", "ast": "AST", "star": "CONV", "circledast": "CONV", "odot": "ODOT",
    "circ": "ODOT", "otimes": "KRON", "sum": "SUM", "partial": "PARTIAL", "nabla": "NABLA", "infty": "INFINITY",
    "in": "IN", "le": "COMPARE", "leq": "COMPARE", "leqslant": "COMPARE", "lt": "COMPARE", "ge": "COMPARE",
    "geq": "COMPARE", "geqslant": "COMPARE", "gt": "COMPARE", "dots": "DOTS", "ldots": "DOTS", "cdots": "DOTS",
    "dotsc": "DOTS", "dotsb": "DOTS", "vdots": "DOTS", "ddots": "DOTS", "lfloor": "LFLOOR", "rfloor": "RFLOOR",
    "lceil": "LCEIL", "rceil": "RCEIL", "frac": "FRAC", "dfrac": "FRAC", "tfrac": "FRAC", "cfrac": "FRAC",
    "equiv": "EQ", "triangleq": "EQ", "coloneqq": "EQ", "doteq": "EQ", "colon": "COLON", "mid": "BAR", "vert": "BAR",
    "lvert": "BAR", "rvert": "BAR", "forall": "FORALL", "leftarrow": "ASSIGN", "gets": "ASSIGN", "top": "TOP",
    "intercal": "TOP", "to": "TO", "rightarrow": "TO", "quad": "QUAD", "qquad": "QUAD", "substack": "SUBSTACK",
    "prime": "PRIME", "div": "SLASH", "{": "LBRACE_SET", "}": "RBRACE_SET", "lbrace": "LBRACE_SET",
    "rbrace": "RBRACE_SET", "lbrack": "LSQB", "rbrack": "RSQB", "colonequals": "EQ", "newline": "ROW", "cr": "ROW",
}  # fmt: skip
COMPARISONS = {
    "≤": "<=", "⩽": "<=", "≥": ">=", "⩾": ">=", "le": "<=", "leq": "<=", "leqslant": "<=", "ge": ">=", "geq": ">=",
    "geqslant": ">=", "lt": "<", "gt": ">",
}  # fmt: skip
SPELLINGS = {"varepsilon": "epsilon", "vartheta": "theta", "varphi": "phi", "varrho": "rho", "varsigma": "sigma"}
GREEK = frozenset((*GREEK_LETTERS, "ell"))
WORDS = {"conv": "CONV", "and": "AND", "for": "FOR", "in": "IN", "where": "FOR", "with": "FOR", "if": "IF",
         "xcorr": "CONV", "conv1d": "CONV", "conv2d": "CONV", "corr": "CONV"}  # fmt: skip
WORD_ENDS = ("NAME", "WHOLE", "INT", "RSQB", "RPAR", "RBRACE", "END", "COMMA", "QUAD", "NEWLINE", "DECIMAL", "STOP")
"""What stands before a word that is not a name."""
WORDS_MEAN = {
    "conv": "CONV", "and": "AND", "for": "FOR", "for all": "FOR", "where": "FOR", "with": "FOR", "if": "FOR",
    "for every": "FOR", "for each": "FOR", "or": "AND",
}  # fmt: skip


def signs_of(text: str) -> list[Sign]:
    """The signs of a text.

    Raises:
        ClaimError: the text is too long, or has a command that is not read; the message has the place.
    """
    if len(text) > LONGEST:
        raise ClaimError(text[:40] + "..", f"it has {len(text):,} characters", f"use at most {LONGEST:,}", text)
    text = _unboxed(text)
    if "\\right" in text and re.search(r"\\right\s*\.", text):  # one large brace in front of several lines
        text = re.sub(r"\\left\s*\\\{", lambda found: " " * len(found[0]), text)
    return _Cleaner(text).signs


_BOX = re.compile(r"\\(?:boxed|fbox)\s*\{")


def _unboxed(text: str) -> str:
    r"""The text without \boxed{..}, each other sign in its place."""
    while (found := _BOX.search(text)) is not None:
        depth, end = 0, found.end() - 1
        for end in range(found.end() - 1, len(text)):
            depth += (text[end] == "{") - (text[end] == "}")
            if not depth:
                break
        blank = " " * len(found[0])
        text = f"{text[: found.start()]}{blank}{text[found.end() : end]} {text[end + 1 :]}"
    return text


class _Cleaner:
    """One pass over a text."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.signs: list[Sign] = []
        self.spaces = 0
        for match in _RAW.finditer(text):
            kind = str(match.lastgroup)
            read = _READERS[kind]
            if read is None:
                self.put(kind, match[0], match)
            else:
                read(self, match[0], match)

    def put(self, kind: str, text: str, match: re.Match[str], start: int = 0) -> None:
        at = match.start() + start
        self.signs.append(Sign(kind, text, at, match.end(), self.spaces))
        self.spaces = 0

    def _space(self, found: str, match: re.Match[str]) -> None:
        self.spaces += len(found)

    def _comment(self, found: str, match: re.Match[str]) -> None:
        self.spaces += 1

    _hidden = _comment

    def _newline(self, found: str, match: re.Match[str]) -> None:
        self.put("NEWLINE", found, match)

    def _begin(self, found: str, match: re.Match[str]) -> None:
        name = re.search(r"\{([A-Za-z]+)", found)
        assert name is not None
        self.put("BEGIN", name[1], match)

    def _end(self, found: str, match: re.Match[str]) -> None:
        name = re.search(r"\{([A-Za-z]+)", found)
        assert name is not None
        self.put("END", name[1], match)

    def _row(self, found: str, match: re.Match[str]) -> None:
        self.put("ROW", found, match)

    def _words(self, found: str, match: re.Match[str]) -> None:
        r"""\text{conv}, \text{ for all }, \text{out}: a word that says something, or a name."""
        inside = found[found.index("{") + 1 : -1].strip().rstrip(",.:").replace("\\_", "_")
        if inside.lower() in WORDS_MEAN:
            self.put(WORDS_MEAN[inside.lower()], inside, match)
        elif re.fullmatch(r"[A-Za-z][A-Za-z0-9]*(_[A-Za-z]+)*", inside):
            self.put("WHOLE", inside, match)
        elif (place := re.fullmatch(r"([A-Za-z][A-Za-z0-9_]*)\[(\d)\]", inside)) is not None:  # \text{stride[0]}
            for kind, text in (("WHOLE", place[1]), ("LSQB", "["), ("INT", place[2]), ("RSQB", "]")):
                self.put(kind, text, match)
        elif inside:
            self.put("TEXT", inside, match)

    def _styled(self, found: str, match: re.Match[str]) -> None:
        r"""\mathbf{X}, \mathcal{L}, \boldsymbol{\delta}: the name alone."""
        name = found[found.index("{") + 1 : -1].strip().removeprefix("\\")
        self.put("NAME" if len(name) == 1 else WORDS_MEAN.get(name, "WHOLE"), SPELLINGS.get(name, name), match)

    def _worded(self, found: str, match: re.Match[str]) -> None:
        r"""{y_{\mathrm{out}}}, the name y_out of a tensor."""
        name, below = found[1:-1].strip().split("_{", 1)
        letters = re.sub(r"\\[a-z]+\{|[{}\\]", "", name)
        words = [SPELLINGS.get(letters, letters), *re.findall(r"\\mathrm\{([A-Za-z]+)\}", below)]
        self.put("WHOLE", "_".join(words), match)

    def _command(self, found: str, match: re.Match[str]) -> None:
        name = found[1:]
        if name in UNSEEN or name in FONTS:
            self.spaces += 1
        elif name in COMMANDS:
            self.put(COMMANDS[name], COMPARISONS.get(name, name), match)
        elif name in GREEK or name in SPELLINGS:
            self.put("WHOLE", SPELLINGS.get(name, name), match)
        elif name == "mathbb":
            self.put("MATHBB", name, match)
        elif name in ("max", "min") and re.match(r"(\s|\\left)*(\(|\\\{)", self.text[match.end() :]):
            self.put("CALL", name, match)
        elif name in ("overset", "stackrel", "underset"):
            self.put("OVERSET", name, match)
        else:
            self.put("COMMAND", found, match)

    def _slashed(self, found: str, match: re.Match[str]) -> None:
        self.put("DNAME", re.sub(r"\s+", "", found).replace("\\", ""), match)

    def _ratio(self, found: str, match: re.Match[str]) -> None:
        """dh_1/d in front of w_2 is ∂h_1/∂."""
        above, slash, _ = found.partition("/")
        self.put("PARTIAL", "d", match)
        for part in re.finditer(r"[A-Za-z]|[0-9]+|[_{},]", above[1:]):
            place, kind = part.start() + 1, "NAME" if part[0].isalpha() else SIGNS.get(part[0], "INT")
            if kind == "INT" and self.signs[-1].kind == "NAME":
                self.put("UNDER", "_", match, place)
            self.put(kind, part[0], match, place)
        self.put("SLASH", slash, match, len(above))
        self.put("PARTIAL", "d", match, len(found) - 1)

    def _INT(self, found: str, match: re.Match[str]) -> None:
        """1 of δ1 belongs to the letter in front of it."""
        last = self.signs[-1] if self.signs else None
        scripted = len(self.signs) > 1 and self.signs[-2].kind in ("UNDER", "CARET")
        if last is not None and last.kind == "WHOLE" and last.text in GREEK and not self.spaces and not scripted:
            self.signs[-1] = last._replace(text=last.text + found, end=match.end())
        else:
            self.put("INT", found, match)

    def _joined(self, found: str, match: re.Match[str]) -> None:
        self.put("DNAME", found, match)

    def _snake(self, found: str, match: re.Match[str]) -> None:
        self.put("WHOLE", found, match)

    def _label(self, found: str, match: re.Match[str]) -> None:
        self.put("NAME", found, match)

    _channels = _label

    def _tilde(self, found: str, match: re.Match[str]) -> None:
        r"""\tilde{x}, the padded input."""
        self.put("WHOLE", re.sub(r"\\[a-z]+|[{}\s]", "", found) + "_tilde", match)

    def _padding(self, found: str, match: re.Match[str]) -> None:
        """np.pad(x, p)[i], as a name with how much is padded, and on how many axes in front nothing is."""
        given = re.sub(r"\s", "", found.partition(",")[2])[:-1]
        given = re.sub(r",(?:mode=)?['\"]constant['\"]$", "", given)
        amount = re.fullmatch(r"\(?((?:\(0,0\),)*)\(?(\w+)(?:,\2)?\)?(?:,\(\2,\2\))*\)?", given)
        if amount is None or amount[2] == "0":
            self.put("COMMAND", found, match)
        else:
            self.put("WHOLE", f"x_padded_by_{amount[2]}_{amount[1].count('(')}", match)

    def _numbered(self, found: str, match: re.Match[str]) -> None:
        """N_i and C_j of out(N_i, C_j, k): one index each."""
        self.put("NAME", f"{found[0]}'", match)

    def _python(self, found: str, match: re.Match[str]) -> None:
        self.spaces += 1

    def _NAME(self, found: str, match: re.Match[str]) -> None:
        if found not in _SAYING:
            self.put("NAME", found, match)
            return
        before = self.signs[-1].kind if self.signs else ""
        after = self.text[match.end() :].lstrip()[:1]
        called = self.text[match.end() : match.end() + 1] in ("(", "[")
        starts = before in ("", "NEWLINE", "COLON") and found == "for"
        if (
            found in WORDS
            and (starts or (self.spaces and before in WORD_ENDS))
            and after not in ("", "}", "=", "_")
            and not called
        ):
            self.put(WORDS[found], found, match)
        elif found in ("True",):
            self.put("TRUE", found, match)
        elif found in ("Eq",) and after == "(":
            self.put("EQCALL", found, match)
        elif found == "sum" and after in ("_", "("):
            self.put("SUM" if after == "_" else "CALL", found, match)
        elif found == "range" and after == "(":
            self.put("RANGE", found, match)
        elif found in CALLS and after == "(":
            self.put("CALL", found, match)
        else:
            self.put("NAME", found, match)

    def _greek(self, found: str, match: re.Match[str]) -> None:
        if found == "Σ":
            self.put("SUM", found, match)
        else:
            self.put("WHOLE", _LETTERS[found], match)

    def _lowered(self, found: str, match: re.Match[str]) -> None:
        """X₁ is X1; wₖ₊₁ is w_{k+1}."""
        plain = "".join(BELOW.get(one, "'" if one in "'′" else one) for one in found)
        if plain.isdigit() and self.signs and self.signs[-1].kind in ("NAME", "WHOLE") and not self.spaces:
            last = self.signs.pop()
            self.signs.append(Sign(last.kind, last.text + plain, last.at, match.end(), last.spaces))
            return
        self._scripted("UNDER", plain, match)

    def _raised(self, found: str, match: re.Match[str]) -> None:
        self._scripted("CARET", "".join(ABOVE[one] for one in found), match)

    def _scripted(self, kind: str, plain: str, match: re.Match[str]) -> None:
        self.put(kind, kind, match)
        self.put("LBRACE", "{", match)
        for part in re.finditer(r"[0-9]+|in|out|[a-zA-Z]['′]*[0-9]*|.", plain):
            word = part[0]
            kinds = "INT" if word.isdigit() else "NAME" if word[0].isalpha() else SIGNS.get(word, "STOP")
            self.signs.append(Sign(kinds, word, match.start() + part.start(), match.end()))
        self.put("RBRACE", "}", match)

    def _prime(self, found: str, match: re.Match[str]) -> None:
        if self.signs and self.signs[-1].kind in ("NAME", "WHOLE") and not self.spaces:
            last = self.signs.pop()
            self.signs.append(Sign(last.kind, last.text + "'" * len(found), last.at, match.end(), last.spaces))
        elif found[0] == "'":
            self.put("PRIME", found, match)

    def _string(self, found: str, match: re.Match[str]) -> None:
        self.put("STRING", found[1:-1], match)

    def _sign(self, found: str, match: re.Match[str]) -> None:
        self.put(SIGNS.get(found, "UNKNOWN"), COMPARISONS.get(found, found), match)


CALLS = frozenset((
    "sum", "Sum", "Piecewise", "KroneckerDelta", "kronecker", "einsum", "dot", "inner", "delta_", "floor", "ceil",
    "ceiling", "max", "min", "mean",
))  # fmt: skip
_SAYING = frozenset((*WORDS, *CALLS, "True", "Eq", "range"))
"""Names that may be more than a name, by what stands around them."""
_READERS = {kind: getattr(_Cleaner, f"_{kind}", None) for kind in _RAW.groupindex}
"""What reads each kind of match; None if it is a sign as it stands."""
