"""The small situations of `tests/programs`, among them all cases that users reported, held against real linkers.

Each is built once and linked as its user links it, with the start files and libraries that gcc adds. The comparison is
that of `arfix verify`: undefined and duplicate symbols, refused members, code and versions, and exported symbols.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from arfix.errors import ArfixError
from arfix.linkage.compare import compare
from arfix.linkage.linkers import identify_linker
from arfix.linkage.model import Linker
from arfix.linkage.resolve import resolve
from arfix.linkage.trial import try_link
from arfix.linkline.driver import complete
from arfix.linkline.inputs import link_of, open_files
from arfix.linkline.read import read_command
from bench.agreement_record import CaseCell, Record, short_version
from tests.programs.situation import Machine
from tests.programs.table import SITUATIONS
from tests.programs.workshop import Workshop, words_of
from tests.tools import find

if TYPE_CHECKING:
    from arfix.linkage.linkers import Program
    from tests.programs.situation import Situation

PROGRAMS = ("ld.bfd", "ld.gold", "ld.lld-14", "ld.lld-19", "mold")


@dataclass(frozen=True)
class CaseAgreement:
    """What came of one situation with one linker.

    Attributes:
        name: The situation.
        program: The linker.
        is_refused: Whether the linker refuses the link.
        differences: Where the two part.
    """

    name: str
    program: Program
    is_refused: bool
    differences: tuple[str, ...]


def run_cases(only: frozenset[str] = frozenset()) -> list[CaseAgreement]:
    """Link the situations that can be built here with every linker that is installed; `only` names some."""
    able = [one for one in SITUATIONS if Machine.X86_64 in one.machines and all(map(find, one.needs))]
    chosen = [one.name for one in able if not only or one.name in only]
    with tempfile.TemporaryDirectory(prefix="arfix-cases-") as folder, ProcessPoolExecutor(2) as pool:
        found: list[CaseAgreement] = []
        for name, links in zip(chosen, pool.map(partial(_link_case, Path(folder)), chosen), strict=True):
            found += links
            print(f"{name}: {len(links)}", file=sys.stderr)
        return found


def _link_case(cache: Path, name: str) -> list[CaseAgreement]:
    situation = next(one for one in SITUATIONS if one.name == name)
    folder = Workshop(Machine.X86_64, cache).built(situation)
    programs = [identify_linker(path) for name in PROGRAMS if (path := shutil.which(name))]
    return [_agreement(situation, folder, program) for program in programs]


def _agreement(situation: Situation, folder: Path, program: Program) -> CaseAgreement:
    kind = {"pie": "-pie", "shared": "-shared"}.get(situation.target, "-no-pie")
    words = ["gcc", kind, *words_of(situation.line), *situation.link_flags.split()]
    command = complete(read_command(words, str(folder)))
    with ExitStack() as stack:
        # A trial exports everything, so that all definitions can be compared.
        link = replace(link_of(command, open_files(command, stack).files, stack), export_dynamic=True)
        result = resolve(link, program.linker, program.release, plugins=False)
        try:
            trial = try_link(link, program, result.machine)
        except ArfixError as error:
            return CaseAgreement(situation.name, program, is_refused=True, differences=(f"failed: {error}",))
        found = (one for one in compare(result, trial) if not one.silent)
        texts = tuple(
            f"{one.aspect.value} {one.name}, only the {'prediction' if one.predicted else 'linker'}" for one in found
        )
        return CaseAgreement(situation.name, program, trial.status != 0, texts)


def record_cases(record: Record, links: list[CaseAgreement]) -> Record:
    """Return the record with the results of these links."""
    versions = sorted({short_version(one.program) for one in links})
    cells = []
    for version in versions:
        ours = [one for one in links if short_version(one.program) == version]
        refused = sum(one.is_refused for one in ours)
        cells.append(CaseCell(version, len(ours), sum(not one.differences for one in ours), refused))
    differing = (f"- {one.name}, {one.program.label}: {'; '.join(one.differences)}" for one in links if one.differences)
    return replace(record, case_cells=tuple(cells), case_disagreements=tuple(differing))


def failures(links: list[CaseAgreement]) -> int:
    """Return how many links of GNU ld and lld differ: those are predicted in full."""
    return sum(bool(one.differences) for one in links if one.program.linker in (Linker.LD, Linker.LLD))


if __name__ == "__main__":
    for one in run_cases(frozenset(sys.argv[1:])):
        if one.differences:
            print(one.name, one.program.word, one.differences)
