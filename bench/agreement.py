"""Hold the prediction against real linkers over real archives, and write what came of it to `docs/agreement.md`.

    python -m bench.agreement [--only PACKAGE]... [--output FILE] [--lines]

With `--lines` only the links of several libraries are made (`bench/agreement_lines.py`), and their section of the
document is written anew.

Every archive of every package is linked whole, and by itself, by each linker that links for its machine, into an
executable, a PIE and a shared object. Packages are fetched with `apt-get download`; one that cannot be had is left out,
and the document says so.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

from _pytest.outcomes import OutcomeException

from arfix.errors import ArfixError
from arfix.linkage.compare import Aspect, Difference
from arfix.linkage.linkers import Program, find_linker, installed_linkers
from arfix.linkage.model import Linker, Target
from bench.agreement_lines import failures, render_lines, run_lines
from tests.debian import archives_of
from tests.oracle.agreement import TARGETS, Agreement, agreements, machine_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from arfix.formats.model import Machine

#: The heading of the part that `bench/agreement_lines.py` makes.
LINES = "## Lines of several libraries"
OUTPUT = Path(__file__).parent.parent / "docs" / "agreement.md"

#: What is linked: amd64, i386 and the cross libraries; C libraries, C++ libraries, and what sysroots usually hold.
PACKAGES = (
    *("zlib1g-dev", "libbz2-dev", "liblzma-dev", "libffi-dev", "libsqlite3-dev", "libssl-dev", "libgmp-dev"),
    *("libncurses-dev", "libc6-dev", "musl-dev", "libgcc-12-dev", "libstdc++-12-dev", "libboost-test1.81-dev"),
    *("libabsl-dev", "libfl-dev", "tcl8.6-dev", "libexpat1-dev", "libpng-dev", "libjpeg62-turbo-dev", "libxml2-dev"),
    *("libreadline-dev", "libgcrypt20-dev", "binutils-dev", "libclang-rt-14-dev"),
    *("zlib1g-dev:i386", "libffi-dev:i386", "libssl-dev:i386", "libsqlite3-dev:i386", "libc6-dev:i386"),
    *("libgcc-12-dev:i386", "libstdc++-12-dev:i386", "libbz2-dev:i386", "liblzma-dev:i386"),
    *("libc6-dev-arm64-cross", "libc6-dev-armhf-cross", "libc6-dev-riscv64-cross", "libc6-dev-ppc64el-cross"),
    *("libc6-dev-s390x-cross", "libc6-dev-mips-cross", "libgcc-12-dev-arm64-cross", "libgcc-12-dev-armhf-cross"),
    *("libstdc++-12-dev-arm64-cross", "libstdc++-12-dev-riscv64-cross", "libgcc-12-dev-ppc64-cross"),
    *("libnewlib-arm-none-eabi", "llvm-14-dev"),
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
            "gold does not name the symbol it refuses; it is `__dso_handle`, hidden and missing, which the others call "
            "undefined only"
        ),
    ),
    (
        Linker.LD,
        Aspect.EXPORTED,
        "__tls_get_addr",
        "GNU ld for 64-bit PowerPC puts its own `__tls_get_addr_opt` in the place of the one that the archive has",
    ),
    (
        Linker.MOLD,
        Aspect.EXPORTED,
        "_ITM_beginTransaction",
        "mold 1.10 links ELFv1 PowerPC objects without knowing their function descriptors",
    ),
)

DOCUMENT = """\
# Where the prediction and the linkers agree

Written by `make agreement`; do not edit by hand.

{archives} archives of Debian packages for {machines} machines, each linked whole and by itself, give {links} links.
For each, what `arfix` predicts is compared with what the linker prints: the set of undefined symbols, the set of
symbols defined twice, the members that are no objects, whether position-dependent code is refused, and, where an output
comes to be, the set of exported symbols.

A linker may stop before it has looked at everything: GNU ld at the first code it cannot place, any linker when it
crashes. Then what it did say is compared; the column *cut short* counts such links.

{summary}

## By machine and kind of output

{by_machine}

## Every disagreement

{disagreements}

## What is not counted as a disagreement

- lld 14 counts relocations of type NONE as references and defines `_DYNAMIC` for `--export-dynamic` alone; lld 19 does
  neither. The prediction follows the version that is run.
- mold passes over members that are no objects without a word. The prediction says that they are lost in silence, and
  `arfix verify` reports it as a finding of its own.
- gold names one refused symbol per object, lld and mold name all, GNU ld stops at the first: verdicts are compared, not
  lists.
"""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--only", action="append", metavar="PACKAGE")
    parser.add_argument("--output", type=Path, default=OUTPUT)
    parser.add_argument("--lines", action="store_true", help="make the links of several libraries alone")
    options = parser.parse_args()
    if options.lines:
        return write_lines(options.output, options.only or ())
    paths, missing = gather(options.only or PACKAGES)
    found: list[Agreement] = []
    with ProcessPoolExecutor() as pool:
        for position, outcome in enumerate(pool.map(link_all, paths)):
            found += outcome
            print(f"{position + 1}/{len(paths)} {paths[position].name}", file=sys.stderr)
    options.output.write_text(render(found, missing), encoding="utf-8")
    lines_differ = write_lines(options.output, options.only or ())
    unexplained = sum(explanation(one, difference) is None for one in found for difference in one.differences)
    print(f"{len(found)} links, {sum(not one.agrees for one in found)} differ, {unexplained} differences unexplained")
    return 1 if unexplained else lines_differ


def write_lines(output: Path, only: Iterable[str]) -> int:
    """Make the links of several libraries and write their section; return 1 where GNU ld or lld differ, else 0."""
    outcome = run_lines(only)
    text = output.read_text(encoding="utf-8") if output.is_file() else ""
    start = text.find(LINES)
    end = text.find("\n## ", start + 1) if start >= 0 else -1
    before, after = (text, "") if start < 0 else (text[:start], "" if end < 0 else text[end + 1 :])
    section = f"{LINES}\n\n{render_lines(outcome)}"
    output.write_text(f"{before.rstrip()}\n\n{section}" + (f"\n{after}" if after else ""), encoding="utf-8")
    print(f"{len(outcome.links)} links of several libraries, {failures(outcome)} of GNU ld and lld differ")
    return 1 if failures(outcome) else 0


def gather(packages: Iterable[str]) -> tuple[list[Path], list[str]]:
    """Return the archives of the packages that can be had, and the names of those that cannot."""
    paths: list[Path] = []
    missing: list[str] = []
    for package in packages:
        try:
            found = archives_of(package)
        except OutcomeException:
            missing.append(package)
            continue
        paths += [path for path in found if path.stat().st_size <= LARGEST][:MOST]
    return paths, missing


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


def explanation(one: Agreement, difference: Difference) -> str | None:
    """Return what is behind a difference, or None."""
    for linker, aspect, part, text in EXPLANATIONS:
        if one.program.linker is linker and difference.aspect is aspect and part in difference.name:
            return text
    return None


def render(found: list[Agreement], missing: list[str]) -> str:
    """Return the document."""
    machines = Counter(label(one.machine) for one in {one.archive: one for one in found}.values())
    text = DOCUMENT.format(
        archives=len({one.archive for one in found}),
        machines=len(machines),
        links=f"{len(found):,}",
        summary="\n".join(summary(found)),
        by_machine="\n".join(by_machine(found, machines)),
        disagreements="\n".join(disagreements(found)),
    )
    return text + (f"\nNot to be had when this was written: {', '.join(missing)}.\n" if missing else "")


def label(machine: Machine) -> str:
    known = {"arm": 32, "i386": 32, "ppc64le": 64, "s390x": 64}.get(machine.name)
    return machine.name if known == machine.bits or "64" in machine.name else f"{machine.name} ({machine.bits} bits)"


def summary(found: list[Agreement]) -> Iterator[str]:
    yield "| linker | links | agree | | undefined predicted | duplicates predicted | refused (PIC, PIE) | cut short |"
    yield "|---|---:|---:|---:|---:|---:|---:|---:|"
    for version in sorted({one.program.version for one in found}):
        ours = [one for one in found if one.program.version == version]
        agree = sum(one.agrees for one in ours)
        short = sum(one.trial is None or not one.trial.complete for one in ours)
        refused = sum(one.trial is not None and bool(one.trial.refused) for one in ours)
        yield (
            f"| {version.replace(' (compatible with GNU linkers)', '').replace(' (compatible with GNU ld)', '')} "
            f"| {len(ours):,} | {agree:,} | {100 * agree / len(ours):.2f} % | {sum(one.undefined for one in ours):,} "
            f"| {sum(one.duplicates for one in ours):,} | {refused:,} | {short:,} |"
        )


def by_machine(found: list[Agreement], machines: Counter[str]) -> Iterator[str]:
    yield (
        "| machine | archives | " + " | ".join(f"{linker.value} {target.value}" for linker, target in columns()) + " |"
    )
    yield "|---|---:|" + "---:|" * len(list(columns()))
    for name, count in machines.most_common():
        cells = []
        for linker, target in columns():
            ours = [
                one
                for one in found
                if label(one.machine) == name and one.program.linker is linker and one.target is target
            ]
            cells.append(f"{sum(one.agrees for one in ours)}/{len(ours)}" if ours else "")
        yield f"| {name} | {count} | " + " | ".join(cells) + " |"


def columns() -> Iterator[tuple[Linker, Target]]:
    return ((linker, target) for linker in Linker for target in TARGETS)


def disagreements(found: list[Agreement]) -> Iterator[str]:
    differing = [one for one in found if not one.agrees]
    if not differing:
        yield "None."
    for one in differing:
        head = f"- `{one.archive.name}` ({label(one.machine)}), {one.program.linker.value}, {one.target.value}: "
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
