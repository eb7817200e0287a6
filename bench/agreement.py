"""Hold the prediction against real linkers over real archives, and write what came of it to `docs/agreement.md`.

    python -m bench.agreement [--only PACKAGE]... [--lines | --cases | --page] [--records FOLDER] [--output FILE]

Every archive of every package is linked whole, and by itself, by each linker that links for its machine, into an
executable, a PIE and a shared object. Packages are fetched with `apt-get download`; one that cannot be had is left out,
and the document says so.

The results are recorded for the Debian release that runs this (`bench/records/`), and the page is made of the records
of all releases. With `--lines` only the links of several libraries are made anew (`bench/agreement_lines.py`), with
`--cases` only those of the situations in `tests/programs` (`bench/agreement_cases.py`), with `--page` nothing but the
page.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from _pytest.outcomes import OutcomeException

from arfix.errors import ArfixError
from arfix.linkage.compare import Aspect, Disagreement
from arfix.linkage.linkers import Program, find_linker, installed_linkers
from arfix.linkage.model import Linker
from bench.agreement_cases import failures as case_failures
from bench.agreement_cases import record_cases, run_cases
from bench.agreement_lines import failures, record_lines, run_lines
from bench.agreement_page import render_page
from bench.agreement_record import (
    FOLDER,
    Cell,
    Record,
    Total,
    load_record,
    load_records,
    save_record,
    short_version,
    this_release,
)
from tests.debian import archives_of
from tests.oracle.agreement import Agreement, agreements, machine_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from arfix.formats.model import Machine

OUTPUT = Path(__file__).parent.parent / "docs" / "agreement.md"

#: What is linked: amd64, i386 and the cross libraries; C libraries, C++ libraries, and what sysroots usually hold.
#: Of names with `|` between them the first is taken that the release has.
PACKAGES = (
    *("zlib1g-dev", "libbz2-dev", "liblzma-dev", "libffi-dev", "libsqlite3-dev", "libssl-dev", "libgmp-dev"),
    *("libncurses-dev", "libc6-dev", "musl-dev", "libgcc-14-dev|libgcc-12-dev", "libstdc++-14-dev|libstdc++-12-dev"),
    *("libboost-test1.83-dev|libboost-test1.81-dev", "libabsl-dev", "libfl-dev", "tcl8.6-dev", "libexpat1-dev"),
    *("libpng-dev", "libjpeg62-turbo-dev", "libxml2-dev", "libreadline-dev", "libgcrypt20-dev", "binutils-dev"),
    *("libclang-rt-19-dev|libclang-rt-14-dev", "zlib1g-dev:i386", "libffi-dev:i386", "libssl-dev:i386"),
    *("libsqlite3-dev:i386", "libc6-dev:i386", "libgcc-14-dev:i386|libgcc-12-dev:i386"),
    *("libstdc++-14-dev:i386|libstdc++-12-dev:i386", "libbz2-dev:i386", "liblzma-dev:i386"),
    *("libc6-dev-arm64-cross", "libc6-dev-armhf-cross", "libc6-dev-riscv64-cross", "libc6-dev-ppc64el-cross"),
    *("libc6-dev-s390x-cross", "libc6-dev-mips-cross", "libgcc-14-dev-arm64-cross|libgcc-12-dev-arm64-cross"),
    "libgcc-14-dev-armhf-cross|libgcc-12-dev-armhf-cross",
    "libstdc++-14-dev-arm64-cross|libstdc++-12-dev-arm64-cross",
    "libstdc++-14-dev-riscv64-cross|libstdc++-12-dev-riscv64-cross",
    "libgcc-14-dev-ppc64-cross|libgcc-12-dev-ppc64-cross",
    *("libnewlib-arm-none-eabi", "llvm-19-dev|llvm-14-dev"),
)
#: Larger archives add minutes and no new kind of code; bytes.
LARGEST = 16 << 20
#: Of packages that hold one library in dozens of variants, as many are linked.
MOST = 32

#: Differences that are understood: linker, aspect, a part of the name or archive, and what is behind it.
EXPLANATIONS = (
    (
        Linker.GOLD,
        Aspect.POSITION,
        "R_ARM_REL32",
        (
            "gold does not name the symbol that it refuses; it is `__dso_handle`, hidden and undefined, which the "
            "others only report as undefined"
        ),
    ),
    (
        Linker.LD,
        Aspect.EXPORTED,
        "__tls_get_addr",
        "GNU ld for 64-bit PowerPC replaces the archive's definition by its own `__tls_get_addr_opt`",
    ),
    (
        Linker.MOLD,
        Aspect.EXPORTED,
        "_ITM_beginTransaction",
        "mold ignores the function descriptors of ELFv1 PowerPC objects",
    ),
)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--only", action="append", metavar="PACKAGE")
    parser.add_argument("--records", type=Path, default=FOLDER, metavar="FOLDER")
    parser.add_argument("--output", type=Path, default=OUTPUT, metavar="FILE")
    parser.add_argument("--lines", action="store_true", help="make the links of several libraries alone")
    parser.add_argument("--cases", action="store_true", help="link the situations of tests/programs alone")
    parser.add_argument("--page", action="store_true", help="write the page from the records alone")
    options = parser.parse_args()
    status = 0
    if not options.page:
        record = load_record(this_release(), options.records)
        if not options.lines:
            cases = run_cases()
            record = record_cases(record, cases)
            save_record(record, options.records)
            status = 1 if case_failures(cases) else 0
            print(f"{len(cases)} links of situations, {case_failures(cases)} of GNU ld and lld differ")
    if not options.page and not options.cases:
        if not options.lines:
            record, more = record_archives(record, options.only or PACKAGES)
            status = status or more
            record = replace(record, packages=tuple(options.only or ()))
            save_record(record, options.records)
        outcome = run_lines(options.only or ())
        save_record(record_lines(record, outcome), options.records)
        print(f"{len(outcome.links)} links of several libraries, {failures(outcome)} of GNU ld and lld differ")
        status = status or (1 if failures(outcome) else 0)
    options.output.write_text(render_page(list(load_records(options.records))), encoding="utf-8")
    return status


def record_archives(record: Record, packages: Iterable[str]) -> tuple[Record, int]:
    """Link every archive and return the record with the results, and 1 where a difference is not explained."""
    paths, missing = gather(packages)
    found: list[Agreement] = []
    with ProcessPoolExecutor() as pool:
        for position, outcome in enumerate(pool.map(link_all, paths)):
            found += outcome
            print(f"{position + 1}/{len(paths)} {paths[position].name}", file=sys.stderr)
    machines = Counter(label(one.machine) for one in {one.archive: one for one in found}.values())
    record = replace(
        record,
        machines=dict(machines.most_common()),
        totals=tuple(totals(found)),
        cells=tuple(cells(found)),
        disagreements=tuple(disagreements(found)),
        missing=tuple(missing),
    )
    unexplained = sum(explanation(one, difference) is None for one in found for difference in one.differences)
    print(f"{len(found)} links, {sum(not one.agrees for one in found)} differ, {unexplained} differences unexplained")
    return record, 1 if unexplained else 0


def gather(packages: Iterable[str]) -> tuple[list[Path], list[str]]:
    """Return the archives of the packages that can be had, and the names of those that cannot."""
    paths: list[Path] = []
    missing: list[str] = []
    for names in packages:
        found = next(filter(None, map(archives_in, names.split("|"))), None)
        if found is None:
            missing.append(names.replace("|", " or "))
        else:
            paths += [path for path in found if path.stat().st_size <= LARGEST][:MOST]
    return paths, missing


def archives_in(package: str) -> list[Path] | None:
    """Return the archives of a package, or None where it cannot be had."""
    try:
        return archives_of(package)
    except OutcomeException:
        return None


def link_all(path: Path) -> list[Agreement]:
    """Return the outcome of every link of one archive."""
    try:
        machine = machine_of(path)
        return [] if machine is None else list(agreements(path, programs_for(machine)))
    except ArfixError:
        return []


def programs_for(machine: Machine) -> tuple[Program, ...]:
    """Return the installed linkers; where there are two versions of lld, both."""
    programs = list(installed_linkers(machine))
    if any(one.linker is Linker.LLD for one in programs):
        for name in ("ld.lld-14", "ld.lld-19"):
            try:
                other = find_linker(name, machine)
            except ArfixError:
                continue
            if all(other.version != one.version for one in programs):
                programs.append(other)
    return tuple(programs)


def explanation(one: Agreement, difference: Disagreement) -> str | None:
    """Return what is behind a difference, or None."""
    for linker, aspect, part, text in EXPLANATIONS:
        if one.program.linker is linker and difference.aspect is aspect and part in difference.name:
            return text
    return None


def label(machine: Machine) -> str:
    known = {"arm": 32, "i386": 32, "ppc64le": 64, "s390x": 64}.get(machine.name)
    return machine.name if known == machine.bits or "64" in machine.name else f"{machine.name} ({machine.bits} bits)"


def totals(found: list[Agreement]) -> Iterator[Total]:
    """Yield the sums over all links of one release of a linker."""
    for version in sorted({short_version(one.program) for one in found}):
        ours = [one for one in found if short_version(one.program) == version]
        yield Total(
            version,
            links=len(ours),
            agree=sum(one.agrees for one in ours),
            undefined=sum(one.undefined for one in ours),
            duplicates=sum(one.duplicates for one in ours),
            refused=sum(one.trial is not None and bool(one.trial.refused) for one in ours),
            short=sum(one.trial is None or not one.trial.complete for one in ours),
        )


def cells(found: list[Agreement]) -> Iterator[Cell]:
    """Yield the sums over all links of one linker, machine and kind of output."""
    groups: dict[tuple[str, str, str], list[bool]] = {}
    for one in found:
        key = (label(one.machine), one.program.linker.value, one.target.value)
        groups.setdefault(key, []).append(one.agrees)
    yield from (Cell(*key, links=len(agree), agree=sum(agree)) for key, agree in sorted(groups.items()))


def disagreements(found: list[Agreement]) -> Iterator[str]:
    for one in (one for one in found if not one.agrees):
        program = f"{one.program.label}"
        head = f"- `{one.archive.name}` ({label(one.machine)}), {program}, {one.target.value}: "
        if one.trial is None:
            yield head + "the linker did not end in time."
            continue
        for difference in one.differences:
            who = "only the prediction" if difference.predicted else "only the linker"
            name = difference.name.rpartition("/")[2]
            why = explanation(one, difference) or "not explained yet"
            yield f"{head}{difference.aspect.value} `{name}`, {who}: {why}."


if __name__ == "__main__":
    sys.exit(main())
