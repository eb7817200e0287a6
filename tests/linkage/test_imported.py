"""Verdicts on references to symbols of shared objects, against what linkers were seen to do."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from arfix.formats.elf.constants import EM
from arfix.formats.elf.relocation_role import Role
from arfix.linkage.imported import ImportedKind, ImportedReference, Treatment, treatment_of
from arfix.linkage.model import Linker, Target

if TYPE_CHECKING:
    from collections.abc import Iterator

TABLE = Path(__file__).with_name("imported.txt")
MACHINES = {"x86-64": EM.X86_64, "i386": EM.I386, "aarch64": EM.AARCH64, "arm": EM.ARM}
#: The role of each relocation of the table; the rest are distances.
ROLES = {
    **dict.fromkeys(("32", "32S", "MOVW", "MOVW_ABS"), Role.NARROW),
    **dict.fromkeys(("64", "ABS64", "ABS32"), Role.WORD),
    **dict.fromkeys(("GOTOFF64", "GOTOFF"), Role.GOT_RELATIVE),
}
KINDS = {
    "function": ImportedKind.FUNCTION,
    "variable": ImportedKind.VARIABLE,
    "unsized": ImportedKind.UNSIZED,
    "other": ImportedKind.OTHER,
}
#: In the order of the letters.
LINKERS = (Linker.LD, Linker.GOLD, Linker.LLD, Linker.LLD, Linker.MOLD)


def rows(machine: str) -> Iterator[tuple[str, ImportedReference, str]]:
    """Yield the label of each cell of the table, the reference, and the letters."""
    section = TABLE.read_text("utf-8").partition(f"[{machine}]\n")[2].partition("\n\n")[0]
    for line in section.splitlines():
        output, symbols, cells = line.split("; ")
        target, _, keyword = output.partition(" -z ")
        for symbol in symbols.split(", "):
            for cell in cells.split():
                name, letters = cell.split("=")
                type_, _, data = name.partition(":")
                role = Role.WORD if (machine, type_) == ("i386", "32") else ROLES.get(type_, Role.PC_RELATIVE)
                allowed = {"text": False, "notext": True}.get(keyword)
                kind, is_protected = KINDS[symbol.removeprefix("protected ")], symbol.startswith("protected ")
                is_data = type_ in {"PREL64", "PREL32", "REL32"}
                reference = ImportedReference(
                    MACHINES[machine],
                    Target(target),
                    role,
                    type_ == "PC64",
                    is_data,
                    bool(data),
                    allowed,
                    kind,
                    is_protected,
                )
                yield f"{output} {symbol} {name}", reference, letters


@pytest.mark.parametrize("machine", MACHINES)
def test_every_measured_verdict(machine: str) -> None:
    different = []
    for label, reference, letters in rows(machine):
        for linker, letter in zip(LINKERS, letters, strict=True):
            verdict = treatment_of(reference, linker, (1, 10) if linker is Linker.MOLD else None)
            is_refused = verdict is not Treatment.FINE
            if verdict is Treatment.TEXT_RELOCATION:
                is_refused = linker is Linker.LLD or reference.text_relocations is False
            if is_refused is not (letter == "R"):
                different.append((label, linker.value, verdict.value))
    assert different == []


def test_mold_2_checks_the_halves_of_an_address() -> None:
    halves = next(one for label, one, _ in rows("arm") if label == "pie function MOVW_ABS")
    assert treatment_of(halves, Linker.MOLD, (1, 10)) is not Treatment.TOO_NARROW
    assert treatment_of(halves, Linker.MOLD, (2, 37)) is Treatment.TOO_NARROW
