"""How long it takes to start: importing, asking for help, and the smallest proof, whole processes."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

from benchmarks.checks import require, same_answers
from benchmarks.measuring import Effort
from benchmarks.processes import CLOCK, ProcessComparison, measure_processes, python
from benchmarks.rows import Limit, Row, as_long

TITLE = "Start"
ABOUT = f"""\
Whole processes, from the first instruction of Python to the last. `import symconv` loads nothing of SymPy before a
name is used, so the second row asks for the names as well. The smallest proof is of three inputs and a kernel of
two; the peer's is a script in plain SymPy that builds the three views, expands their differences, and the same of
the derivatives. Check: what both processes print (the version that they loaded; which theorems they proved). Clock:
{CLOCK}."""

COMMANDS = ("derive", "prove", "verify", "check", "spot-check", "notes", "demo")
PLAIN_PROOF = """
import json
from sympy import Add, expand, symbols
X, w, d = symbols("X1:4"), symbols("w1:3"), symbols("delta1:3")
direct = [Add(*[w[k] * X[i + k] for k in range(2)]) for i in range(2)]
dense = [[w[j - i] if 0 <= j - i < 2 else 0 for i in range(2)] for j in range(3)]
fully_connected = [Add(*[dense[j][i] * X[j] for j in range(3)]) for i in range(2)]
patches = [Add(*[weight * x for weight, x in zip(w, X[i:i + 2])]) for i in range(2)]
views = []
for output in (direct, fully_connected, patches):
    loss = Add(*[upstream * h for upstream, h in zip(d, output)])
    views.append({"output": output, "grad_weight": [expand(loss.diff(one)) for one in w],
                  "grad_input": [expand(loss.diff(one)) for one in X]})
proved = {name: "proved" if all(expand(a - b) == 0 for view in views for a, b in zip(views[0][name], view[name]))
          else "refuted" for name in views[0]}
print(json.dumps(proved))
"""


def rows(effort: Effort) -> Iterator[Row]:
    for comparison in comparisons(effort.choose(full=21, quick=1)):
        yield measure_processes(comparison)


def comparisons(repetitions: int) -> Iterator[ProcessComparison]:
    sympy = python("import sympy; print(sympy.Symbol('x') + 1, sympy.__version__)")
    yield ProcessComparison(
        "import symconv",
        python("import symconv; print(symconv.__version__)"),
        python("import sympy; print(sympy.__version__)"),
        "import sympy",
        versions,
        repetitions,
        as_long(1.15),
    )
    loaded = "import sys; from symconv import Conv, prove; sympy = sys.modules['sympy']"
    yield ProcessComparison(
        "from symconv import Conv, prove",
        python(f"{loaded}; print(sympy.Symbol('x') + 1, sympy.__version__)"),
        sympy,
        "import sympy",
        lambda ours, theirs: same_answers(ours, theirs, "SymPy loaded, by its version and what it prints"),
        repetitions,
        as_long(1.25),
    )
    yield ProcessComparison(
        "symconv --help",
        [*symconv(), "--help"],
        None,
        "",
        lambda ours, _: names_all_commands(ours),
        repetitions,
        Limit("value", "at most", 0.15, "s"),
    )
    yield ProcessComparison(
        "symconv prove --input-size 3 --kernel-size 2",
        [*symconv(), "prove", "--input-size", "3", "--kernel-size", "2", "--json"],
        python(PLAIN_PROOF),
        "SymPy, a script",
        same_proof,
        repetitions,
        as_long(1.25),
    )


def symconv() -> list[str]:
    """The command as it is installed beside this Python, or as a module where it is not."""
    script = Path(sys.executable).with_name("symconv")
    return [str(script)] if script.exists() else [sys.executable, "-m", "symconv"]


def versions(ours: str, theirs: str | None) -> str:
    """Both packages were loaded: each printed its version."""
    for printed in (ours, theirs or ""):
        require(printed.strip()[:1].isdigit(), f"no version, but {printed[:40]!r}")
    return f"both were loaded: symconv {ours.strip()}, sympy {(theirs or '').strip()}"


def names_all_commands(printed: str) -> str:
    missing = [command for command in COMMANDS if command not in printed]
    require(not missing, f"the help does not name {', '.join(missing)}")
    return f"the help names all {len(COMMANDS)} commands"


def same_proof(ours: str, theirs: str | None) -> str:
    """Both proved the same theorems."""
    report = json.loads(ours)
    verdicts = {theorem["of"]: theorem["verdict"] for theorem in report["theorems"]}
    found = json.loads(theirs or "{}")
    require("refuted" not in found.values(), f"the peer has {found}")
    return f"{same_answers(verdicts, found, 'theorems')}: {', '.join(verdicts)}"
