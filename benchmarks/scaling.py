"""How the proof of a concrete layer grows with its product terms, in time and memory, and the limit beside it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from math import log, prod
from statistics import median
from time import process_time
from typing import Any

import numpy as np

from benchmarks.checks import CheckError, polynomial, require, same_answers, same_keys
from benchmarks.index_keys import QUANTITIES, VIEWS, Keys, products_of_entry, sorted_keys
from benchmarks.measuring import CLOCK, Comparison, Effort, Side, guarded, measure
from benchmarks.plain_layer import PlainLayer
from benchmarks.processes import peak_memory, python, run_process
from benchmarks.rows import Limit, Row, as_long

TITLE = "Concrete proofs from a thousand to a hundred million product terms"
ABOUT = f"""\
`prove(Conv(.., max_terms=..))` against the least that a comparison of product terms by sorting can do: NumPy makes
one 64-bit key for every product term of every quantity in every view, by broadcasting and without any that is not
valid, and sorts them. Terms are counted for one quantity; a proof has three quantities in three views. Check:
symconv reports as many product terms as there are keys, the sorted keys of the three views agree, and the products
of sampled entries are those of symconv's entries. Clock: {CLOCK}. The largest layer (the first of ResNet-50, output
112x112) is proved in a process of its own, and so is every proof whose peak memory is given: all of the process,
with Python and SymPy. The limit is about 100,000 terms and more; with fewer, deriving the formulas takes longer
than comparing terms."""

LAYERS = (
    PlainLayer((10, 10), (3, 3), out_channels=2),
    PlainLayer((18, 18), (3, 3), out_channels=4),
    PlainLayer((32, 32), (5, 5), out_channels=6),
    PlainLayer((32, 32), (5, 5), in_channels=3, out_channels=16),
    PlainLayer((56, 56), (3, 3), in_channels=16, out_channels=24, padding=1),
)
LARGEST = PlainLayer((224, 224), (7, 7), in_channels=3, out_channels=64, stride=2, padding=3)
SLOPE = Limit("value", "at most", 1.1)
MEMORY = Limit("value", "at most", 4, "GB")
LIMITED_FROM = 10**5
"""Terms from which the work is comparing them, more than deriving the formulas, which is the same for every size."""
SAMPLED_ENTRIES = 3
"""Entries of every quantity whose products are compared, where there are many terms; elsewhere ALL_UP_TO of them."""
ALL_UP_TO = 32
ADDRESS_SPACE = 12 * 2**30
"""A proof that asks for more ends with an error instead of taking all of the machine."""


def rows(effort: Effort) -> Iterator[Row]:
    layers = LAYERS[: effort.choose(full=len(LAYERS), quick=2)]
    measured = []
    for layer in layers:
        measured.append(measure(comparison(layer)))
        yield measured[-1]
    counts = [terms(layer) for layer in layers]
    yield slope_row("slope of time against terms, log-log, all rows above", counts, measured)
    yield slope_row("the same, the last two rows above", counts[-2:], measured[-2:])
    for layer in effort.choose(full=layers[2:], quick=layers[-1:]):
        yield memory_row(layer)
    if not effort.quick:
        yield from largest_rows(LARGEST)


def terms(layer: PlainLayer) -> int:
    """Product terms of one quantity."""
    along = [
        sum(
            0 <= layer.stride * i + k - layer.padding < n
            for i in range(layer.output_size[axis])
            for k in range(layer.kernel_size[axis])
        )
        for axis, n in enumerate(layer.input_size)
    ]
    return layer.in_channels * layer.out_channels * prod(along)


def work(layer: PlainLayer) -> str:
    image, kernel = ("x".join(map(str, size)) for size in (layer.input_size, layer.kernel_size))
    return f"{terms(layer):,} terms: {layer.in_channels} of {image}, kernel {kernel}, {layer.out_channels} filters"


def comparison(layer: PlainLayer) -> Comparison:
    return Comparison(
        f"prove {work(layer)}",
        Side("symconv", lambda _: symconv_proof(layer)),
        [Side("NumPy keys", lambda _: all_keys(layer))],
        lambda report, keys: same_terms(layer, report, keys),
        repetitions=7 if terms(layer) < 10**6 else 3,
        limit=as_long(4) if terms(layer) >= LIMITED_FROM else None,
    )


def symconv_proof(layer: PlainLayer) -> Any:
    from symconv import Conv, prove

    return prove(Conv(**layer.arguments), max_terms=10**9)


def all_keys(layer: PlainLayer) -> dict[str, dict[str, Keys]]:
    return {quantity: {view: sorted_keys(layer, quantity, view) for view in VIEWS} for quantity in QUANTITIES}


def reported_counts(report: Any) -> dict[str, int]:
    """How many product terms symconv says that it compared, by quantity."""
    require(bool(report.holds), "symconv's report does not hold")
    counts = {}
    for theorem in report.theorems:
        count = re.search(r"the same ([\d,]+) collected product terms", theorem.verdict.reason)
        if count is None:
            raise CheckError(f"{theorem.of}: no count of product terms in {theorem.verdict.reason!r}")
        counts[theorem.of] = int(count[1].replace(",", ""))
    return counts


def same_terms(layer: PlainLayer, report: Any, keys: Mapping[str, Mapping[str, Keys]]) -> str:
    """The keys are as many as symconv reports, agree, and say the same as symconv of some entries."""
    found = same_keys(reported_counts(report), keys)
    return f"{found}; {same_entries(layer, report, {name: views['direct'] for name, views in keys.items()})}"


def same_entries(layer: PlainLayer, report: Any, keys: Mapping[str, Keys]) -> str:
    """Sampled entries of every quantity have the same products on both sides."""
    for theorem in report.theorems:
        same_products(layer, theorem.of, theorem.formulas["direct"], keys[theorem.of])
    return f"{sampled(layer)} entries of each quantity (or all) have the same products"


def sampled(layer: PlainLayer) -> int:
    """How many entries of a quantity are compared, or all where it has fewer."""
    return SAMPLED_ENTRIES if terms(layer) >= LIMITED_FROM else ALL_UP_TO


def same_products(layer: PlainLayer, quantity: str, formula: Any, keys: Keys) -> None:
    """Sampled entries of one formula of symconv's have the products that the sorted keys say.

    Raises:
        CheckError: the products of an entry differ.
    """
    shape = tuple(map(int, formula.shape))
    for entry in np.random.default_rng(0).permutation(prod(shape))[: sampled(layer)].tolist():
        index = tuple(int(i) for i in np.unravel_index(entry, shape))
        theirs = dict.fromkeys(products_of_entry(layer, quantity, keys, entry), 1)
        require(polynomial(formula[index]) == theirs, f"{quantity}: the products of entry {index} differ")


def slope_row(work: str, counts: Sequence[int], measured: Sequence[Row]) -> Row:
    """The slope of the straight line through the points (log terms, log time) by least squares."""
    times = [row.symconv for row in measured if row.symconv is not None]
    if len(times) < len(counts):
        return Row(work, "failed", "FAILED: a row that it is made of has no time", limit=SLOPE)
    slope = float(np.polyfit([log(count) for count in counts], [log(time) for time in times], 1)[0])
    return Row(work, "measured", "of rows that passed their checks", symconv=slope, unit="", limit=SLOPE)


# -- in a process of its own ---------------------------------------------------------------------------


def alone(side: str, layer: PlainLayer) -> Any:
    """What ``symconv_alone`` or ``numpy_alone`` prints in a process of its own."""
    return json.loads(run_process(python(f"from benchmarks.scaling import *; {side}_alone({layer!r})")).output)


def symconv_alone(layer: PlainLayer) -> None:
    """Prove it, and print how long it took, what was counted, and the process's peak memory."""
    import resource

    resource.setrlimit(resource.RLIMIT_AS, (ADDRESS_SPACE, ADDRESS_SPACE))
    symconv_proof(LAYERS[0])  # to warm up
    start = process_time()
    report = symconv_proof(layer)
    seconds, memory = process_time() - start, peak_memory()
    print(json.dumps({"seconds": seconds, "memory": memory, "counts": reported_counts(report)}))


def numpy_alone(layer: PlainLayer) -> None:
    """Make and sort the keys, quantity by quantity, and print how long it took and how many there were.

    Raises:
        CheckError: the keys of two views differ, or some are not the products of symconv's entries.
    """
    from symconv import Conv

    all_keys(LAYERS[0])  # to warm up
    conv = Conv(**layer.arguments)
    seconds, counts = 0.0, {}
    for quantity in QUANTITIES:
        views = {}
        for view in VIEWS:
            start = process_time()
            views[view] = sorted_keys(layer, quantity, view)
            seconds += process_time() - start
        counts[quantity] = len(views["direct"])
        same_keys({quantity: counts[quantity]}, {quantity: views})
        same_products(layer, quantity, getattr(conv.direct, quantity), views["direct"])
    print(json.dumps({"seconds": seconds, "counts": counts}))


def memory_row(layer: PlainLayer) -> Row:
    name = f"peak memory of that proof, {terms(layer):,} terms"

    def measured() -> Row:
        found = alone("symconv", layer)
        expected = dict.fromkeys(QUANTITIES, terms(layer))
        check = same_answers(found["counts"], expected, "count of product terms")
        return Row(name, "measured", check, symconv=found["memory"] / 1e9, unit="GB")

    return guarded(name, measured)


def largest_rows(layer: PlainLayer, repetitions: int = 2) -> Iterator[Row]:
    """Time and memory of the largest layer, each side in processes of its own, one after the other."""
    name, memory_name = f"prove {work(layer)}", f"peak memory of that proof, {terms(layer):,} terms"
    runs: list[tuple[Any, Any]] = []

    def measured() -> Row:
        for _ in range(repetitions):
            runs.append((alone("symconv", layer), alone("numpy", layer)))
        ours, theirs = runs[0]
        check = same_answers(ours["counts"], theirs["counts"], "count of product terms")
        times = [median(run[side]["seconds"] for run in runs) for side in (0, 1)]
        check += f", {sum(ours['counts'].values()):,} in all, the same sorted keys in every view; "
        check += f"{SAMPLED_ENTRIES} entries of each quantity have the same products"
        return Row(name, "measured", check, times[0], times[1], peer_name="NumPy keys", limit=as_long(4))

    timed = guarded(name, measured, as_long(4))
    yield timed
    if timed.status != "measured":
        yield Row(memory_name, "failed", "FAILED: the proof it is of has no time", limit=MEMORY)
    else:
        memory = max(ours["memory"] for ours, _ in runs) / 1e9
        yield Row(memory_name, "measured", "of a proof that passed its check", memory, unit="GB", limit=MEMORY)
