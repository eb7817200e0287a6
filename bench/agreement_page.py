"""Write `docs/agreement.md` from the records of each Debian release."""

from __future__ import annotations

from typing import TYPE_CHECKING

from arfix.linkage.model import Linker
from tests.oracle.agreement import TARGETS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bench.agreement_record import Cell, Record

HEAD = """\
# Where the prediction and the linkers agree

Written by `make agreement`; do not edit by hand. Each Debian release is tested separately, with its own linkers and
packages. This page shows the last run on each.

Each archive of some Debian packages is linked whole, without other archives, into an executable, a PIE and a shared
object. For each link, the prediction of `arfix` is compared with the messages of the linker: the set of undefined
symbols, the set of symbols defined twice, the members that are not objects, whether position-dependent code is refused,
and, if there is an output, the set of exported symbols.

A linker may stop early: GNU ld at the first position-dependent code, any linker if it crashes. In that case only the
messages so far are compared; the column *cut short* counts such links.
"""

TAIL = """\
## What is not counted as a disagreement

- Differences between releases: the prediction is for the release of the linker in use. `arfix/linkage/releases.py`
  lists the differences.
- Members that mold skips silently because they are not objects: the prediction says that they are lost, and
  `arfix verify` reports it as a finding of its own.
- The lists of refused symbols: gold names one per object, lld and mold name all, and GNU ld stops at the first. Only
  whether the link is refused is compared.
"""

LINES = """\
{total} links of {modules} modules of Debian packages, with the options that `pkg-config` prints and a program that uses
the library: {shared} against shared objects, {archives} against archives, {static} with `-static`.
The comparison covers undefined symbols, symbols defined twice, and the members pulled in, according to GNU ld's map,
lld's `--why-extract`, gold's `-t`, and mold's `--print-dependencies` and map.
"""


CASES = """\
The small situations of `tests/programs`, among them all cases from bug reports, are linked as their users link them.
`arfix verify` compares: undefined and duplicate symbols, refused members, position-dependent code, versions,
thread-local and discarded symbols, and exports. Linkers run alone, without the compiler's LTO plugin.
"""


def render_page(records: Sequence[Record]) -> str:
    """Return the page."""
    parts = [HEAD, "\n".join(_summary(records)) + "\n"]
    for record in records:
        parts += [f"## {record.release}\n", *_archives(record), *_lines(record), *_cases(record)]
    return "\n".join([*parts, TAIL])


def _summary(records: Sequence[Record]) -> Iterator[str]:
    yield (
        "| release | linker | links | agree | | undefined predicted | duplicates predicted | refused (PIC, PIE) "
        "| cut short |"
    )
    yield "|---|---|---:|---:|---:|---:|---:|---:|---:|"
    for record in records:
        for one in record.totals:
            counts = (one.undefined, one.duplicates, one.refused, one.short)
            columns = " | ".join(f"{number:,}" for number in (one.links, one.agree))
            more = " | ".join(f"{number:,}" for number in counts)
            yield f"| {record.release} | {one.version} | {columns} | {_share(one.agree, one.links)} | {more} |"


def _share(part: int, whole: int) -> str:
    return f"{100 * part / whole:.2f} %" if whole else ""


def _archives(record: Record) -> Iterator[str]:
    links = sum(one.links for one in record.totals)
    yield f"{sum(record.machines.values()):,} archives for {len(record.machines)} machines give {links:,} links.\n"
    if record.packages:
        yield f"Only these packages were tested: {', '.join(record.packages)}.\n"
    yield "\n".join(_by_machine(record)) + "\n"
    count = len(record.disagreements)
    yield f"{'No link differs.' if not count else 'All disagreements:'}\n"
    if count:
        yield "\n".join(record.disagreements) + "\n"
    if record.missing:
        yield f"Not available when this page was written: {', '.join(record.missing)}.\n"


def _by_machine(record: Record) -> Iterator[str]:
    columns = [(linker.value, target.value) for linker in Linker for target in TARGETS]
    yield "| machine | archives | " + " | ".join(f"{linker} {target}" for linker, target in columns) + " |"
    yield "|---|---:|" + "---:|" * len(columns)
    for machine, count in record.machines.items():
        cells = (_cell(record.cells, machine, linker, target) for linker, target in columns)
        yield f"| {machine} | {count} | " + " | ".join(cells) + " |"


def _cell(cells: Sequence[Cell], machine: str, linker: str, target: str) -> str:
    ours = [one for one in cells if (one.machine, one.linker, one.target) == (machine, linker, target)]
    return f"{sum(one.agree for one in ours)}/{sum(one.links for one in ours)}" if ours else ""


def _lines(record: Record) -> Iterator[str]:
    if not record.line_cells:
        return
    yield f"### Links of several libraries on {record.release}\n"
    yield LINES.format(**record.lines)
    rows = [
        f"| {one.version} | {one.links} | {one.agree} | {_share(one.agree, one.links)} "
        f"| {one.pulled:,} | {one.undefined:,} | {one.duplicates:,} |"
        for one in record.line_cells
    ]
    head = "| linker | links | agree | | members pulled in | undefined predicted | duplicates predicted |"
    yield "\n".join([head, "|---|---:|---:|---:|---:|---:|---:|", *rows]) + "\n"
    yield "\n".join(record.line_disagreements or ("No link differs.",)) + "\n"
    if record.line_missing:
        yield f"Not available: {', '.join(record.line_missing)}.\n"


def _cases(record: Record) -> Iterator[str]:
    if not record.case_cells:
        return
    yield f"### Links of small situations on {record.release}\n"
    yield CASES
    rows = [
        f"| {one.version} | {one.links} | {one.refused} | {one.agree} | {_share(one.agree, one.links)} |"
        for one in record.case_cells
    ]
    yield "\n".join(["| linker | links | refused | agree | |", "|---|---:|---:|---:|---:|", *rows]) + "\n"
    yield "\n".join(record.case_disagreements or ("No link differs.",)) + "\n"
