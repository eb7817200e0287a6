"""The page `docs/agreement.md`, made of what is recorded of each Debian release."""

from __future__ import annotations

from typing import TYPE_CHECKING

from arfix.linkage.model import Linker
from tests.oracle.agreement import TARGETS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bench.agreement_record import Cell, Record

HEAD = """\
# Where the prediction and the linkers agree

Written by `make agreement`; do not edit by hand. Each Debian release is run by itself, with its own linkers and its own
packages; this page shows the last run on each.

Every archive of some Debian packages is linked whole and by itself, into an executable, a PIE and a shared object.
For each link, what `arfix` predicts is compared with what the linker prints: the set of undefined symbols, the set of
symbols defined twice, the members that are no objects, whether position-dependent code is refused, and, where there is
an output, the set of exported symbols.

A linker may stop before it has looked at everything: GNU ld at the first code it cannot place, any linker when it
crashes. Then what it printed is compared; the column *cut short* counts such links.
"""

TAIL = """\
## What is not counted as a disagreement

- The prediction follows the release of the linker that is run. `arfix/linkage/releases.py` lists what differs from one
  release to another.
- mold passes over members that are no objects without a word. The prediction says that they are lost in silence, and
  `arfix verify` reports it as a finding of its own.
- gold names one refused symbol per object, lld and mold name all, GNU ld stops at the first: verdicts are compared, not
  lists.
"""

LINES = """\
{total} links of {modules} modules of Debian packages, as `pkg-config` gives them, with a program that uses the library:
{shared} against shared objects, {archives} against archives, {static} with `-static`.
Compared are the undefined symbols, those defined twice, and the members pulled in: GNU ld's map, lld's
`--why-extract`, what gold prints for `-t`, and mold's `--print-dependencies` and map.
"""


def render_page(records: Sequence[Record]) -> str:
    """Return the page."""
    parts = [HEAD, "\n".join(_summary(records)) + "\n"]
    for record in records:
        parts += [f"## {record.release}\n", *_archives(record), *_lines(record)]
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
        yield f"Only a part was run: {', '.join(record.packages)}.\n"
    yield "\n".join(_by_machine(record)) + "\n"
    count = len(record.disagreements)
    yield f"{'No link differs.' if not count else 'Every disagreement:'}\n"
    if count:
        yield "\n".join(record.disagreements) + "\n"
    if record.missing:
        yield f"Not to be had when this was written: {', '.join(record.missing)}.\n"


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
        yield f"Not to be had: {', '.join(record.line_missing)}.\n"
