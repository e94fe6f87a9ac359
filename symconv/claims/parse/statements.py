r"""From the signs of a text to its statements: environments, lists, matrices, chains of equalities, loops.

A container is a list or a matrix of formulas, [a, b], [a  b; c  d] or \begin{bmatrix}..\end{bmatrix}. Inside an
expression it is one sign of kind MATRIX. A statement is a formula, or sides with equals signs between.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from symconv.claims.parse.brackets import CLOSING, NAMED, OPENING, closing, opening
from symconv.claims.parse.shaping import shaped
from symconv.claims.parse.tokens import Sign, signs_of
from symconv.errors import ClaimError

Signs = tuple[Sign, ...]
MATRICES = ("matrix", "bmatrix", "pmatrix", "vmatrix", "Bmatrix", "Vmatrix", "smallmatrix", "array")
LINES = (
    "equation", "align", "aligned", "gather", "gathered", "split", "multline", "eqnarray", "displaymath", "math",
    "cases", "flalign", "alignat", "alignedat", "dmath", "array", "document", "center",
)  # fmt: skip
MOST_STATEMENTS = 400
"""One text has at most 400 statements."""

_JOINTS = ("EQ", "PLUS", "MINUS", "AST", "TIMES", "CONV", "SLASH", "COMMA", "ODOT", "PLUSEQ", "AND", "MATMUL", "COLON")
"""A line that starts or ends with one of them goes on."""


@dataclass(frozen=True)
class Container:
    """A list, a matrix or nested lists: the cells in row-major order, and the shape."""

    cells: tuple[Signs, ...]
    shape: tuple[int, ...]


@dataclass(frozen=True)
class Statement:
    """One formula, or several sides that are said to be equal.

    Args:
        sides: the signs of every side; a side that is a container is one sign of kind MATRIX.
        containers: what the MATRIX signs stand for, by their text.
        text: what was written.
        adds: whether it is y[i] += .., which adds up over all loops.
        loops: the signs of every for k in range(K) around it.
        aside: what is said of the entries that are meant, such as for i = 0, .., m - 1.
    """

    sides: tuple[Signs, ...]
    containers: dict[str, Container]
    text: str
    adds: bool = False
    loops: tuple[Signs, ...] = ()
    aside: tuple[str, ...] = ()

    def container(self, side: int) -> Container | None:
        """The container that a side is."""
        signs = self.sides[side]
        return self.containers[signs[0].text] if len(signs) == 1 and signs[0].kind == "MATRIX" else None


def statements_of(text: str, tensors: Collection[str] = ()) -> list[Statement]:
    """The statements of a text.

    Raises:
        ClaimError: brackets or environments do not match, or a part is empty; the message has the place.
    """
    return _Splitter(text).statements(shaped(text, signs_of(text), tensors))


class _Splitter:
    def __init__(self, text: str) -> None:
        self.text = text
        self.containers: dict[str, Container] = {}

    def error(self, at: int, wrong: str, right: str) -> ClaimError:
        return ClaimError(self.text, wrong, right, self.text, at)

    def statements(self, signs: Sequence[Sign]) -> list[Statement]:
        signs = self.without_environments(list(signs))
        found: list[Statement] = []
        for part, loops in self.parts(self.lists(signs)):
            if found and self.is_aside(part, found[-1]):
                words = self.text[part[0].at : part[-1].end]
                found[-1] = replace(found[-1], aside=(*found[-1].aside, words))
            else:
                found.append(self.statement(part, loops))
        if any(one.adds for one in found):  # y[i] = 0 in front of the loops
            found = [one for one in found if one.adds or not _is_zero(one)]
        if len(found) > MOST_STATEMENTS:
            raise self.error(0, f"it has {len(found)} statements", f"use at most {MOST_STATEMENTS}")
        if not found:
            raise self.error(0, "it says nothing", "write a formula such as h_i = \\sum_k w_k x_{i+k}")
        return found

    # -- containers ----------------------------------------------------------------------------------

    def without_environments(self, signs: list[Sign]) -> list[Sign]:
        """Matrices as one sign each; lines of equations as rows."""
        result: list[Sign] = []
        starts: list[int] = []
        for sign in signs:
            result.append(sign)
            if sign.kind == "BEGIN":
                if sign.text not in (*MATRICES, *LINES):
                    raise self.error(sign.at, f"the environment {sign.text!r} is not read", "use aligned or bmatrix")
                starts.append(len(result) - 1)
            elif sign.kind == "END":
                if not starts or result[starts[-1]].text != sign.text:
                    raise self.error(sign.at, f"\\end{{{sign.text}}} ends nothing", "write \\begin in front of it")
                start = starts.pop()
                inside = result[start + 1 : -1]
                if sign.text == "cases" and not any(one.kind == "EQ" for row in _split(inside, ("ROW",))
                                                    for one in _split(row, ("AMP",))[0]):  # fmt: skip
                    result[start:] = self.cases(result[start], inside)
                    continue
                is_matrix = sign.text in MATRICES and not any(one.kind == "EQ" for one in _outside(inside))
                if is_matrix:
                    result[start:] = [self.matrix(result[start], inside, sign.end)]
                else:
                    rows = [one for one in inside if one.kind not in ("AMP", "NEWLINE")]
                    end = Sign("ROW", "", sign.at, sign.end)
                    result[start:] = [Sign("ROW", "", result[start].at, result[start].at), *rows, end]
        if starts:
            begin = result[starts[-1]]
            raise self.error(begin.at, f"\\begin{{{begin.text}}} is not ended", f"write \\end{{{begin.text}}}")
        return [one for one in result if one.kind != "AMP" or "Piecewise" in self.text or ") &" in self.text]

    def cases(self, begin: Sign, inside: Sequence[Sign]) -> list[Sign]:
        """A value where a condition holds, and else 0, as the product of both: (w_{j-i}) [0 <= j-i < K]."""
        rows = [row for row in _split([one for one in inside if one.kind != "NEWLINE"], ("ROW",)) if row]
        parts = [_split(row, ("AMP", "FOR", "IF")) for row in rows]
        values = [[one for one in part[0] if one.kind not in ("COMMA", "QUAD")] for part in parts]
        kept = [at for at, value in enumerate(values) if [one.text for one in value] != ["0"]]
        conditions = [_conditions(part[1:]) for part in parts]
        if len(kept) != 1 or len(rows) != 2 or not values[kept[0]] or not conditions[kept[0]]:
            wrong = "only a value with its condition, and else 0, is read"
            raise self.error(begin.at, wrong, "write a formula for each, or w[k]*[k >= 0]")
        value, at = values[kept[0]], begin.at
        result = [Sign("LPAR", "(", at, at), *value, Sign("RPAR", ")", at, at)]
        for condition in conditions[kept[0]]:
            first = condition[0].at
            result += [Sign("TIMES", "*", first, first), Sign("LSQB", "[", first, first, 1), *condition]
            result.append(Sign("RSQB", "]", condition[-1].end, condition[-1].end))
        return result

    def matrix(self, begin: Sign, inside: Sequence[Sign], end: int) -> Sign:
        """A matrix between \\begin and \\end."""
        inside = [one for one in inside if one.kind != "NEWLINE"]
        rows = [[*_split(row, ("AMP",))] for row in _split(inside, ("ROW",))]
        if rows and len(rows) > 1 and not any(rows[-1]):
            rows.pop()
        return self.stored([[tuple(cell) for cell in row] for row in rows], begin.at, end)

    def stored(self, rows: Sequence[Sequence[Signs]], at: int, end: int) -> Sign:
        """The sign that stands for a matrix; its cells may be containers, which make it one of more axes."""
        if len({len(row) for row in rows}) != 1:
            counts = ", ".join(str(len(row)) for row in rows)
            raise self.error(at, f"its rows have {counts} entries", "give every row as many entries")
        for row in rows:
            for cell in row:
                if not cell:
                    raise self.error(at, "an entry is empty", "write 0 where it is zero")
        return self.kept(Container(tuple(cell for row in rows for cell in row), (len(rows), len(rows[0]))), at, end)

    def kept(self, container: Container, at: int, end: int) -> Sign:
        name = f"matrix{len(self.containers)}"
        self.containers[name] = container
        return Sign("MATRIX", name, at, end)

    def lists(self, signs: Sequence[Sign]) -> list[Sign]:
        """Lists in square brackets as one sign each, and lists in round brackets that are a whole side."""
        result: list[Sign] = []
        starts: list[int] = []
        for place, sign in enumerate(signs):
            result.append(sign)
            if sign.kind in OPENING:
                starts.append(len(result) - 1)
            elif sign.kind in CLOSING and starts:
                start = starts.pop()
                if place + 1 < len(signs) and signs[place + 1].kind == "UNDER":
                    continue  # [X]_{ij}
                if self.is_environment(result[start + 1 : -1]) and result[start].kind in ("LSQB", "LPAR"):
                    result[start:] = [result[start + 1]]
                elif result[start].kind == "LSQB" or (result[start].kind == "LPAR" and not starts):
                    self.reduce(result, start, bool(starts) and result[starts[-1]].kind == "LSQB")
        return result

    def is_environment(self, inside: Sequence[Sign]) -> bool:
        """Whether a matrix between \\begin and \\end is all that stands in a bracket."""
        return len(inside) == 1 and inside[0].kind == "MATRIX" and self.text[inside[0].at] == "\\"

    def reduce(self, result: list[Sign], start: int, in_list: bool) -> None:
        """The bracket from ``start`` to the end as a list, if it is one."""
        opening, end = result[start], result[-1]
        before = result[start - 1].kind if start else ""
        inside = result[start + 1 : -1]
        outside = list(_outside(inside))
        kinds = {one.kind for one in outside}
        square = opening.kind == "LSQB"
        if (
            kinds & {"EQ", "COMPARE", "IN", "COLON", "FOR"}
            or not inside
            or before in ("UNDER", "CARET", "SUM", "CALL", "IN")
        ):
            return
        if not square and (
            before not in ("", "EQ", "COMMA", "SEMI", "ROW", "NEWLINE", "CONV", "AST") or not kinds & {"COMMA"}
        ):
            return
        if not square and before == "COMMA":
            return
        if kinds & {"SEMI", "ROW"} or ("NEWLINE" in kinds and "COMMA" not in kinds):
            lines = [line for line in _split(inside, ("SEMI", "ROW", "NEWLINE")) if line]
            self.close(result, start, [self.cells(line) for line in lines], len(lines) > 1)
        elif "COMMA" in kinds or ("MATRIX" in kinds and len(outside) > 1) or (square and len(self.cells(inside)) > 1):
            self.close(result, start, [self.cells(inside)], False)
        elif square and "MATRIX" in kinds:  # [[a, b]]
            inner = self.containers[inside[0].text]
            result[start:] = [self.kept(Container(inner.cells, (1, *inner.shape)), opening.at, end.end)]
        elif square and (in_list or before in ("", "EQ", "ROW")):
            self.close(result, start, [[tuple(inside)]], False)

    def close(self, result: list[Sign], start: int, rows: Sequence[Sequence[Signs]], is_matrix: bool) -> None:
        """The list or matrix in the place of its signs; a list of lists of one shape has one more axis."""
        at, end = result[start].at, result[-1].end
        cells = [cell for row in rows for cell in row if cell or is_matrix]
        inner = [self.inner(cell) for cell in cells]
        if cells and all(one is not None for one in inner):
            parts = [one for one in inner if one is not None]
            shapes = {one.shape for one in parts}
            if len(shapes) > 1:
                raise self.error(at, "its rows have different lengths", "give every row as many entries")
            joined = tuple(cell for one in parts for cell in one.cells)
            result[start:] = [self.kept(Container(joined, (len(parts), *shapes.pop())), at, end)]
        elif is_matrix:
            result[start:] = [self.stored(rows, at, end)]
        elif cells:
            result[start:] = [self.kept(Container(tuple(cells), (len(cells),)), at, end)]

    def inner(self, cell: Signs) -> Container | None:
        return self.containers[cell[0].text] if len(cell) == 1 and cell[0].kind == "MATRIX" else None

    def cells(self, inside: Sequence[Sign]) -> list[Signs]:
        """The entries of a line: between commas, or between wide spaces, or between spaces."""
        inside = [one for one in inside if one.kind not in ("NEWLINE",)]
        if any(one.kind == "COMMA" for one in _outside(inside)):
            parts = [tuple(part) for part in _split(inside, ("COMMA",))]
            return parts if parts[-1] else parts[:-1]
        inside = [one for one in inside if one.kind != "AMP"]
        apart = [place for place, one in _at_depth_0(inside) if place and one.spaces and _ends(inside, place)]
        widest = max((inside[place].spaces for place in apart), default=0)
        quads = [place for place, one in _at_depth_0(inside) if one.kind == "QUAD"]
        if quads:
            return [tuple(part) for part in _split(inside, ("QUAD",)) if part]
        if widest == 1 and any(one.kind in ("PLUS", "MINUS") and one.spaces for _, one in _at_depth_0(inside)[1:]):
            return [tuple(inside)]
        cuts = [0, *(place for place in apart if widest == 1 or inside[place].spaces > 1), len(inside)]
        return [tuple(inside[low:high]) for low, high in pairwise(cuts)]

    # -- statements ----------------------------------------------------------------------------------

    def parts(self, signs: Sequence[Sign]) -> Iterator[tuple[list[Sign], tuple[Signs, ...]]]:
        """The signs of every statement, with the loops around it."""
        lines = [line for line in _split(signs, ("ROW", "SEMI")) if line]
        pieces: list[list[Sign]] = []
        for line in lines:
            broken = _split(line, ("NEWLINE",))
            several = all(any(one.kind in ("EQ", "PLUSEQ") for one in part) for part in broken if part)
            none = not any(one.kind in ("EQ", "PLUSEQ", "FOR") for one in line)
            for number, part in enumerate(part for part in broken if part):
                goes_on = number and not (several or none or any(o.kind == "PLUSEQ" for o in line))
                _joined(pieces, part, bool(goes_on))
        loops: list[Signs] = []
        for piece in pieces:
            while (end := _loop_end(piece)) is not None:
                loops.append(tuple(piece[:end]))
                piece = piece[end + 1 :]
            for part in _split(piece, ("COMMA", "AND", "QUAD")):
                cuts = [place for place, one in _at_depth_0(part) if one.kind in ("FORALL", "FOR") and place]
                for low, high in pairwise((0, *cuts[:1], len(part))):
                    if part[low:high]:
                        yield part[low:high], tuple(loops)

    def is_aside(self, part: Sequence[Sign], last: Statement) -> bool:
        """Whether a part says which entries a formula is for: i = 0, \\dots, m - 1, or for all i, or 0 <= i < m."""
        outside = [one for one in part if one.kind not in OPENING and one.kind not in CLOSING]
        kinds = [one.kind for one in outside]
        if not kinds or kinds[0] in ("FORALL", "FOR"):
            return True
        left = {one.text for one in last.sides[0] if one.kind in NAMED} if len(last.sides) > 1 else set()
        letters = left | {letter for name in left for letter in name}
        if "EQ" not in kinds and _compares(part):
            return True
        if kinds[0] in NAMED and kinds[1:2] == ["EQ"]:
            return outside[0].text in letters and outside[0].text != last.sides[0][0].text
        return bool(last.aside) and "EQ" not in kinds

    def statement(self, signs: Sequence[Sign], loops: tuple[Signs, ...]) -> Statement:
        signs = list(signs)
        while signs and signs[-1].kind in ("STOP", "COMMA", "SEMI", "QUAD", "NEWLINE", "COLON"):
            signs.pop()
        if not signs:
            raise self.error(0, "it says nothing", "write a formula")
        text = self.text[signs[0].at : signs[-1].end].strip()
        if signs[0].kind == "EQCALL":
            return Statement(self.in_sympy(signs), self.containers, text)
        adds = [place for place, one in _at_depth_0(signs) if one.kind == "PLUSEQ"]
        sides = [tuple(side) for side in _split(signs, ("EQ", "PLUSEQ"))]
        for side in sides:
            if not side:
                at = signs[-1].end if not sides[-1] else signs[0].at
                raise self.error(at, "a side of the equation is empty", "write a formula on both sides")
        return Statement(tuple(sides), self.containers, text, bool(adds), loops)

    def in_sympy(self, signs: Sequence[Sign]) -> tuple[Signs, Signs]:
        """Both sides of Eq(h[i], ..)."""
        sides = [tuple(side) for side in _split(signs[2:-1], ("COMMA",))]
        if len(sides) != 2 or not all(sides) or closing(signs, 1) != len(signs) - 1:
            raise self.error(signs[0].at, "an Eq has two sides", "write Eq(h[i], ..)")
        return sides[0], sides[1]


def _conditions(parts: Sequence[Sequence[Sign]]) -> list[list[Sign]]:
    """The conditions behind a value, without words between them; none of "otherwise"."""
    split = [one for part in parts for one in _split(part, ("COMMA", "AND", "FOR", "IF", "QUAD", "STOP"))]
    found = [one for one in split if one]
    return found if all(any(sign.kind in ("COMPARE", "EQ") for sign in one) for one in found) else []


def _loop_end(signs: Sequence[Sign]) -> int | None:
    """The place of the colon behind for k in range(K), if signs start with it."""
    signs = list(signs)
    if not signs or signs[0].kind != "FOR" or not any(one.kind == "RANGE" for one in signs):
        return None
    return next((place for place, one in _at_depth_0(signs) if one.kind == "COLON"), None)


def _is_zero(statement: Statement) -> bool:
    """Whether it is y = 0, or y = np.zeros(..)."""
    right = statement.sides[-1]
    return right[0].text.startswith("zeros") or (len(right) == 1 and right[0].text in ("0", "0.0"))


def _joined(pieces: list[list[Sign]], part: list[Sign], goes_on: bool) -> None:
    """A line put to the ones before it, or to the last one if it goes on."""
    before = pieces[-1][-1].kind if pieces else ""
    if pieces and (goes_on or part[0].kind in _JOINTS or before in _JOINTS or _ends_in_a_sum_sign(pieces[-1])):
        pieces[-1] += part
    else:
        pieces.append(list(part))


def _ends_in_a_sum_sign(signs: Sequence[Sign]) -> bool:
    r"""Whether a line ends with \sum_{k=0}^{K-1}, whose product is in the next one."""
    at = len(signs) - 1
    while at > 1 and signs[at].kind == "RBRACE":
        at = opening(signs, at) - 2
        if signs[at + 1].kind not in ("UNDER", "CARET"):
            return False
    return 0 <= at < len(signs) - 1 and signs[at].kind == "SUM"


def _at_depth_0(signs: Sequence[Sign]) -> list[tuple[int, Sign]]:
    """The signs outside all brackets, with their places."""
    found, depth = [], 0
    for place, sign in enumerate(signs):
        depth -= sign.kind in CLOSING
        if not depth:
            found.append((place, sign))
        depth += sign.kind in OPENING
    return found


def _outside(signs: Sequence[Sign]) -> Iterator[Sign]:
    return (sign for _, sign in _at_depth_0(signs))


def _split(signs: Sequence[Sign], kinds: Collection[str]) -> list[list[Sign]]:
    """The signs between those of these kinds, outside all brackets."""
    parts: list[list[Sign]] = [[]]
    depth = 0
    for sign in signs:
        depth += (sign.kind in OPENING) - (sign.kind in CLOSING)
        if not depth and sign.kind in kinds:
            parts.append([])
        else:
            parts[-1].append(sign)
    return parts


def _ends(signs: Sequence[Sign], place: int) -> bool:
    """Whether an entry may end in front of the sign at ``place``."""
    before, after = signs[place - 1].kind, signs[place].kind
    operators = ("PLUS", "MINUS", "AST", "TIMES", "SLASH", "CARET", "UNDER", "ODOT", "EQ", "CONV")
    return (
        before not in operators
        and after not in operators[:1] + operators[2:]
        and (after != "MINUS" or (place + 1 < len(signs) and not signs[place + 1].spaces))
    )


def _compares(part: Sequence[Sign]) -> bool:
    """Whether a part is a comparison, in brackets or not; one inside a formula, as in x[i] [i >= 0], makes it none."""
    inside = part[0].kind in OPENING and part[-1].kind in CLOSING
    depth = 0
    for sign in part[1:-1] if inside else part:
        if sign.kind in ("COMPARE", "IN") and not depth:
            return True
        depth += (sign.kind in OPENING) - (sign.kind in CLOSING)
    return False
